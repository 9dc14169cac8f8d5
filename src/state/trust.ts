/**
 * The risks that this user has agreed to, by project: kept outside every project, since a project must not be able to agree to itself.
 * Only digests are kept, so that a command with a secret in it is stored nowhere.
 */
import { hash } from 'node:crypto';
import { chmod, lstat, mkdir, open, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Risk } from '../model/risk.js';
import { errnoOf } from '../system/errno.js';
import { retriedWhileHeld } from '../system/held.js';
import { parseJson } from '../system/json.js';
import { noFollow, readOnly } from '../system/open-flags.js';
import { isOwnedByUs } from '../system/owner.js';

const agreement = z.object({
  /** ISO time. */
  agreedAt: z.string(),
  /** JSON path of each agreed risk → digests of what was agreed there. */
  risks: z.record(z.string(), z.array(z.string())),
});

const file = z.object({ v: z.literal(1), projects: z.record(z.string(), agreement) });

type Projects = z.infer<typeof file>['projects'];

/** Why the store counts as empty, or cannot be written. */
export type StoreTrouble =
  | { readonly kind: 'unreadable'; readonly file: string; readonly code: string }
  | { readonly kind: 'not-ours'; readonly file: string }
  /** A folder, a pipe or a device lies in its place. */
  | { readonly kind: 'no-file'; readonly file: string }
  | { readonly kind: 'damaged'; readonly file: string };

/** The risks of a configuration that are agreed to, and those that are not. */
export interface Judgement {
  /** Not agreed to. Empty: everything may be done. */
  readonly open: readonly Risk[];
  /** The paths of those that stand where something else was agreed to before. */
  readonly changed: ReadonlySet<string>;
  readonly trouble: StoreTrouble | null;
}

export interface AgreedProject {
  /** The real path of the configuration's file, or of the project's folder where there is no file. */
  readonly place: string;
  readonly agreedAt: string;
  readonly paths: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface TrustStore {
  /** Where it lies, absolute. */
  readonly file: string;
  judge(place: string, risks: readonly Risk[]): Promise<Judgement>;
  /** Agrees to exactly these, instead of what was agreed to before. null: written. */
  agree(place: string, risks: readonly Risk[]): Promise<StoreTrouble | null>;
  list(): Promise<{ readonly projects: readonly AgreedProject[]; readonly trouble: StoreTrouble | null }>;
  /** Forgets one project. @returns whether there was anything to forget */
  forget(place: string): Promise<{ readonly forgotten: boolean; readonly trouble: StoreTrouble | null }>;
}

export function createTrustStore(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): TrustStore {
  const place = trustFileOf(environment, platform);
  return {
    file: place,
    async judge(project, risks) {
      const { projects, trouble } = await read(place);
      const agreed = projects[await realPlace(project)]?.risks ?? {};
      const open = risks.filter((risk) => !(agreed[risk.path] ?? []).includes(digestOf(risk)));
      const changed = new Set(open.map((risk) => risk.path).filter((at) => agreed[at] !== undefined));
      return { open, changed, trouble };
    },
    async agree(project, risks) {
      const { projects, trouble } = await read(place);
      if (trouble !== null && trouble.kind !== 'damaged') return trouble;
      const agreed: Record<string, string[]> = {};
      for (const risk of risks) agreed[risk.path] = [...(agreed[risk.path] ?? []), digestOf(risk)];
      const entry = { agreedAt: new Date().toISOString(), risks: agreed };
      return write(place, { ...projects, [await realPlace(project)]: entry });
    },
    async list() {
      const { projects, trouble } = await read(place);
      const rows = Object.entries(projects).map(([at, { agreedAt, risks }]) => ({
        place: at,
        agreedAt,
        paths: Object.keys(risks),
      }));
      return { projects: rows, trouble };
    },
    async forget(project) {
      const { projects, trouble } = await read(place);
      const at = await realPlace(project);
      if (projects[at] === undefined) return { forgotten: false, trouble };
      const { [at]: _forgotten, ...others } = projects;
      const failed = await write(place, others);
      return { forgotten: failed === null, trouble: failed };
    },
  };
}

/**
 * The file in the user's own state folder: `XDG_STATE_HOME` (XDG Base Directory Specification 0.8, `~/.local/state` by
 * default), `%LOCALAPPDATA%` on Windows, `~/Library/Application Support` on macOS.
 */
export function trustFileOf(environment: Environment, platform: NodeJS.Platform): string {
  return path.join(userStateFolder(environment, platform), 'tcb-watch', 'trust.json');
}

function userStateFolder(environment: Environment, platform: NodeJS.Platform): string {
  const given = environment['XDG_STATE_HOME'];
  // The specification says that a relative one is to be ignored.
  if (given !== undefined && path.isAbsolute(given)) return given;
  const home = environment[platform === 'win32' ? 'USERPROFILE' : 'HOME'] || homedir();
  switch (platform) {
    case 'win32':
      return environment['LOCALAPPDATA'] || path.join(home, 'AppData', 'Local');
    case 'darwin':
      return path.join(home, 'Library', 'Application Support');
    default:
      return path.join(home, '.local', 'state');
  }
}

/** The text that stands for a risk: two of one kind at one place with one value are the same. */
function digestOf({ kind, path: at, value }: Risk): string {
  return hash('sha256', JSON.stringify([kind, at, value]), 'hex');
}

async function realPlace(place: string): Promise<string> {
  return realpath(place).catch(() => path.resolve(place));
}

interface Read {
  readonly projects: Projects;
  readonly trouble: StoreTrouble | null;
}

/** A store that cannot be relied on counts as empty, and says why. */
async function read(place: string): Promise<Read> {
  try {
    const handle = await open(place, readOnly | noFollow);
    try {
      const stats = await handle.stat();
      if (!isOwnedByUs(stats)) return empty({ kind: 'not-ours', file: place });
      if (!stats.isFile()) return empty({ kind: 'no-file', file: place });
      const parsed = file.safeParse(parseJson(await handle.readFile('utf8')));
      return parsed.success
        ? { projects: parsed.data.projects, trouble: null }
        : empty({ kind: 'damaged', file: place });
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return empty(null);
    return empty(
      code === 'ELOOP' ? { kind: 'not-ours', file: place } : { kind: 'unreadable', file: place, code },
    );
  }
}

function empty(trouble: StoreTrouble | null): Read {
  return { projects: {}, trouble };
}

async function write(place: string, projects: Projects): Promise<StoreTrouble | null> {
  const folder = path.dirname(place);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const stats = await lstat(folder);
    if (!stats.isDirectory() || !isOwnedByUs(stats)) return { kind: 'not-ours', file: folder };
    await chmod(folder, 0o700);
    const text = `${JSON.stringify({ v: 1, projects }, null, 2)}\n`;
    await retriedWhileHeld(() => writeFileAtomic(place, text, { mode: 0o600 }));
    return null;
  } catch (error) {
    return { kind: 'unreadable', file: place, code: errnoOf(error) };
  }
}
