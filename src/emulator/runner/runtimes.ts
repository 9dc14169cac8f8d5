/** The runtimes of the vendor's function service, and how this machine's Node comes close to them. */
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Since which major version of Node each of these globals is there (nodejs.org/api/globals.html). Methods of built-in classes
 * that came later stay: Node's own modules use them.
 */
const SINCE: readonly (readonly [since: number, names: readonly string[]])[] = [
  [14, ['WeakRef', 'FinalizationRegistry']],
  [15, ['AbortController', 'AbortSignal', 'Event', 'EventTarget', 'MessageChannel', 'AggregateError']],
  [16, ['atob', 'btoa', 'performance']],
  [17, ['structuredClone', 'DOMException']],
  [18, ['fetch', 'FormData', 'Headers', 'Request', 'Response', 'Blob', 'BroadcastChannel']],
  [18, ['ReadableStream', 'WritableStream', 'TransformStream', 'CompressionStream', 'DecompressionStream']],
  [19, ['crypto', 'Crypto', 'CryptoKey', 'SubtleCrypto', 'CustomEvent']],
  [20, ['File']],
  [21, ['navigator', 'Navigator']],
  [22, ['WebSocket', 'Iterator', 'CloseEvent']],
  [24, ['URLPattern', 'Float16Array']],
];

/** The major version in a runtime's name: `Nodejs16.13` → 16; null where there is none. */
export function majorOf(runtime: string): number | null {
  const digits = /^Nodejs(\d+)\.\d+$/.exec(runtime)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The globals that a runtime lacks. They are taken away from a newer Node that stands in for it. */
export function absentIn(runtime: string): readonly string[] {
  const major = majorOf(runtime);
  if (major === null) return [];
  return SINCE.flatMap(([since, names]) => (since > major ? names : []));
}

/** The options that make this machine's Node load code as the cloud's does: ES modules are neither guessed nor required. */
export const nodeArguments = ['experimental-require-module', 'experimental-detect-module'].flatMap((name) =>
  process.allowedNodeEnvironmentFlags.has(`--${name}`) ? [`--no-${name}`] : [],
);

/** Where version managers keep what they installed, below the home folder: nvm, fnm (twice), Volta, asdf, n. */
const MANAGERS: readonly (readonly [folder: string, node: string])[] = [
  ['.nvm/versions/node', 'bin/node'],
  ['.local/share/fnm/node-versions', 'installation/bin/node'],
  ['.fnm/node-versions', 'installation/bin/node'],
  ['.volta/tools/image/node', 'bin/node'],
  ['.asdf/installs/nodejs', 'bin/node'],
  ['n/versions/node', 'bin/node'],
];

/** A Node of this major version that a version manager installed, the newest one; null where there is none. */
export async function findNode(major: number, home: string = homedir()): Promise<string | null> {
  const found = await Promise.all(
    MANAGERS.map(async ([folder, node]) => {
      const versions = await readdir(join(home, folder)).catch(() => []);
      return versions
        .filter((version) => new RegExp(`^v?${major}\\.`).test(version))
        .map((version) => ({ version: version.replace(/^v/, ''), path: join(home, folder, version, node) }));
    }),
  );
  const [newest] = found.flat().sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }));
  return newest?.path ?? null;
}
