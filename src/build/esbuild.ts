/** `"build": "esbuild"`: TypeScript or ES modules, bundled to what the cloud runs. esbuild comes from the user's project. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type * as Esbuild from 'esbuild';
import { mainOf } from '../content/entry.js';
import { errnoOf } from '../system/errno.js';
import { isRecord, parseJson } from '../system/json.js';
import { slashRelative } from '../system/paths.js';
import { loadPeer } from '../system/peer.js';
import { readTextFile } from '../system/text-file.js';
import type { BuildEnd, BuildRun, BuildTask } from './model.js';
import { placeFromProject } from './places.js';

/** The entry that is looked for when the package.json's `main` does not name a source that is there. */
const sourceNames: readonly string[] = [
  ...['index.ts', 'src/index.ts', 'index.mts', 'src/index.mts'],
  ...['index.js', 'index.mjs', 'src/index.js', 'index.cjs'],
];
/** The files that esbuild reads itself, and those that have no meaning next to a bundle. Everything else is copied along. */
const notAssets = /\.(?:[cm]?[jt]sx?|map)$|(?:^|\/)(?:package(?:-lock)?|tsconfig[^/]*)\.json$/;

/** Bundles everything but the package.json's `dependencies`, which the cloud installs. */
export async function runEsbuild(task: BuildRun, signal: AbortSignal): Promise<BuildEnd> {
  const esbuild = await loadEsbuild(task);
  if (esbuild === null) return failed('no-esbuild', '');
  const manifest = await readManifest(task);
  if ('code' in manifest)
    return { type: 'unreadable', path: 'package.json', code: manifest.code, inputs: [] };
  const entry = entryOf(task, manifest.text);
  if (entry === null) return failed('no-source', sourceNames.slice(0, 2).join(', '));
  const options = optionsOf(task, entry, manifest.dependencies);
  try {
    const result = await bundle(esbuild, options, signal);
    if (signal.aborted) return { type: 'cancelled' };
    await writeResult(task, result.outputFiles ?? [], manifest.packed);
    return { type: 'built', inputs: inputsOf(task, Object.keys(result.metafile?.inputs ?? {})) };
  } catch (error) {
    if (signal.aborted) return { type: 'cancelled' };
    return failureOf(task, error);
  }
}

/** esbuild's process may be killed (memory, antivirus); it is stopped for good then, and the next call starts another. */
const serviceGone = /service (?:was stopped|is no longer running)/;

async function bundle(
  esbuild: typeof Esbuild,
  options: Esbuild.BuildOptions,
  signal: AbortSignal,
): Promise<Esbuild.BuildResult> {
  try {
    return await bundleOnce(esbuild, options, signal);
  } catch (error) {
    if (!(error instanceof Error) || !serviceGone.test(error.message)) throw error;
    await esbuild.stop();
    return bundleOnce(esbuild, options, signal);
  }
}

async function bundleOnce(
  esbuild: typeof Esbuild,
  options: Esbuild.BuildOptions,
  signal: AbortSignal,
): Promise<Esbuild.BuildResult> {
  const context = await esbuild.context(options);
  const cancel = (): void => void context.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await context.rebuild();
  } finally {
    signal.removeEventListener('abort', cancel);
    await context.dispose();
  }
}

function failed(fault: 'no-esbuild' | 'no-source', output: string): BuildEnd {
  return { type: 'failed', fault, output, inputs: [] };
}

async function loadEsbuild({ dir, projectFolder }: BuildTask): Promise<typeof Esbuild | null> {
  const loaded = await loadPeer('esbuild', [dir, projectFolder]);
  if (isEsbuild(loaded)) return loaded;
  return isRecord(loaded) && isEsbuild(loaded['default']) ? loaded['default'] : null;
}

function isEsbuild(value: unknown): value is typeof Esbuild {
  return isRecord(value) && typeof value['context'] === 'function';
}

interface Manifest {
  readonly text: string;
  readonly dependencies: readonly string[];
  /** The manifest that the cloud is to read: which packages to install. */
  readonly packed: string;
}

async function readManifest({ dir, name }: BuildTask): Promise<Manifest | { readonly code: string }> {
  const read = await readTextFile(path.join(dir, 'package.json'));
  if (!read.ok && read.code !== 'ENOENT') return read;
  const text = read.ok ? read.text : '{}';
  const parsed = parseJson(text);
  const listed = isRecord(parsed) && isRecord(parsed['dependencies']) ? parsed['dependencies'] : {};
  const version = isRecord(parsed) && typeof parsed['version'] === 'string' ? parsed['version'] : '1.0.0';
  const packed = { name, version, main: 'index.js', dependencies: listed };
  return { text, dependencies: Object.keys(listed), packed: `${JSON.stringify(packed, null, 2)}\n` };
}

/** null without one. */
function readIfThere(file: string): Promise<Buffer | null> {
  return readFile(file).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  });
}

function entryOf({ files }: BuildRun, manifest: string): string | null {
  const main = mainOf(manifest)?.replace(/^\.\//, '') ?? '';
  const typed = main.replace(/\.([cm]?)js$/, '.$1ts');
  return [typed, main, ...sourceNames].find((name) => files.some((file) => file.path === name)) ?? null;
}

function optionsOf(task: BuildTask, entry: string, external: readonly string[]): Esbuild.BuildOptions {
  return {
    absWorkingDir: task.dir,
    entryPoints: [entry],
    outfile: path.join(task.output, 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: `node${task.runtime}`,
    charset: 'utf8',
    external: external.flatMap((name) => [name, `${name}/*`]),
    sourcemap: 'external',
    sourcesContent: false,
    metafile: true,
    write: false,
    logLevel: 'silent',
  };
}

/**
 * The source map stays next to the packed folder: it is for whoever debugs, not for the cloud. It names the bundle that it belongs to
 * by its SHA-256, because the bundle that runs may be an older one.
 */
async function writeResult(
  task: BuildRun,
  made: readonly Esbuild.OutputFile[],
  manifest: string,
): Promise<void> {
  const wanted = new Map<string, Uint8Array>();
  const bundled = made.find((file) => file.path.endsWith('index.js'));
  for (const file of made) {
    if (file.path.endsWith('.map')) await write(`${task.output}.map`, mapOf(file, bundled));
    else wanted.set(path.relative(task.output, file.path), file.contents);
  }
  wanted.set('package.json', Buffer.from(manifest));
  for (const file of task.files) {
    if (!notAssets.test(file.path)) wanted.set(path.normalize(file.path), await readFile(file.file));
  }
  for (const [name, content] of wanted) await write(path.join(task.output, name), content);
  const present = await readdir(task.output, { recursive: true, withFileTypes: true });
  const files = present.filter((item) => !item.isDirectory());
  const leftOver = files.map((item) => path.relative(task.output, path.join(item.parentPath, item.name)));
  for (const name of leftOver) if (!wanted.has(name)) await rm(path.join(task.output, name));
}

function mapOf(map: Esbuild.OutputFile, bundle: Esbuild.OutputFile | undefined): Uint8Array {
  const parsed = parseJson(map.text);
  if (!isRecord(parsed) || bundle === undefined) return map.contents;
  const x_sha256 = createHash('sha256').update(bundle.contents).digest('hex');
  return Buffer.from(JSON.stringify({ ...parsed, x_sha256 }));
}

/** Leaves alone what is the same, so that it need not be read again. */
async function write(file: string, content: Uint8Array): Promise<void> {
  const before = await readIfThere(file);
  if (before?.equals(content) === true) return;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** esbuild names them from the function's folder; what it made up itself has a namespace and is no file. */
function inputsOf({ dir }: BuildTask, names: readonly string[]): string[] {
  return names.filter((name) => !/^[a-z-]{2,}:/.test(name)).map((name) => path.resolve(dir, name));
}

/** Throws what is no error of the system. */
function unreadable({ dir }: BuildTask, error: unknown): BuildEnd {
  const code = errnoOf(error);
  const file = isRecord(error) && typeof error['path'] === 'string' ? error['path'] : dir;
  return { type: 'unreadable', path: slashRelative(dir, file), code, inputs: [] };
}

/** esbuild's own lines, as `file:line:column: text`. */
function failureOf(task: BuildTask, error: unknown): BuildEnd {
  const errors: unknown = isRecord(error) ? error['errors'] : undefined;
  if (!Array.isArray(errors)) return unreadable(task, error);
  const messages = errors.map((message: unknown) => readMessage(message, task));
  const output = messages.map(({ text, place }) => (place === null ? text : `${place}: ${text}`)).join('\n');
  const files = messages.flatMap(({ file }) => (file === null ? [] : [file]));
  return { type: 'failed', fault: 'compiler', output, inputs: inputsOf(task, files) };
}

function readMessage(
  message: unknown,
  task: BuildTask,
): { text: string; place: string | null; file: string | null } {
  const text = isRecord(message) ? String(message['text']) : String(message);
  const location = isRecord(message) ? message['location'] : null;
  if (!isRecord(location)) return { text, place: null, file: null };
  const file = String(location['file']);
  // esbuild counts columns from 0, editors from 1.
  const place = placeFromProject(file, Number(location['line']), Number(location['column']) + 1, task);
  return { text, place, file };
}
