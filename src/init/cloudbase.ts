/** What the cloud's own command line keeps: cloudbaserc.json, .yaml, .yml, .js. A .js file is read, never run. */
import path from 'node:path';
import type { Variables } from '../config/text.js';
import { isRecord } from '../system/json.js';
import { byFunction } from './devtools.js';
import { readExportedLiteral } from './literal.js';
import type { FoundFunction, ProjectNote, Statement } from './model.js';
import { type Carried, carry, joinCarried } from './patterns.js';
import { emptyStatement, folderFrom, listAt, readJson, readProjectFile, textAt, textsOf } from './read.js';
import { readProjectVariables, resolveEnvId } from './variables.js';
import { readYaml } from './yaml.js';

/** In the order in which that tool looks for them. */
export const cloudbaseFiles: readonly string[] = [
  'cloudbaserc.json',
  'cloudbaserc.js',
  'cloudbaserc.cjs',
  'cloudbaserc.yaml',
  'cloudbaserc.yml',
];

/** @param at the folder that holds it, relative to the project; null where there is none */
export async function readCloudbase(
  project: string,
  at: string,
  environment: Variables,
): Promise<Statement | null> {
  for (const name of cloudbaseFiles) {
    const file = path.posix.join(at, name);
    const read = await readProjectFile(project, file);
    if (read.kind === 'absent') continue;
    if (read.kind === 'trouble') return emptyStatement(file, [read.note]);
    const { value, notes } = parseRc(file, read.text);
    return isRecord(value)
      ? stateOf(project, at, file, value, notes, environment)
      : emptyStatement(file, notes);
  }
  return null;
}

interface ParsedRc {
  readonly value: unknown;
  readonly notes: readonly ProjectNote[];
}

function parseRc(file: string, text: string): ParsedRc {
  const trouble = (line: number | null): ParsedRc => ({
    value: null,
    notes: [{ kind: 'not-understood', file, line }],
  });
  if (/\.c?js$/.test(file)) {
    const { value, computed, broken } = readExportedLiteral(text);
    const notes = computed.map((line): ProjectNote => ({ kind: 'computed', file, line }));
    return isRecord(value) || notes.length > 0 ? { value, notes } : trouble(broken);
  }
  if (/\.ya?ml$/.test(file)) {
    const read = readYaml(text);
    return read.ok && isRecord(read.value)
      ? { value: read.value, notes: [] }
      : trouble(read.ok ? null : read.line);
  }
  const { value, line } = readJson(text);
  return isRecord(value) ? { value, notes: [] } : trouble(line);
}

async function stateOf(
  project: string,
  at: string,
  file: string,
  value: Record<string, unknown>,
  notes: readonly ProjectNote[],
  environment: Variables,
): Promise<Statement> {
  const plugin = functionPlugin(value);
  const written = textAt(value, 'functionRoot') ?? textAt(plugin, 'functionRootPath');
  const root = written === null ? null : folderFrom(at, written);
  const roots = root === null ? [] : [root];
  const rows = [...listAt(value, 'functions'), ...listAt(plugin, 'functions')].filter(isRecord);
  const carried = joinCarried(
    rows.flatMap((row) =>
      textsOf(listAt(row, 'ignore')).map((glob) => ownGlob(glob, textAt(row, 'name'), file)),
    ),
  );
  const envId = textAt(value, 'envId');
  const envs =
    envId === null
      ? { envs: [], notes: [] }
      : resolveEnvId(envId, file, await readProjectVariables(path.join(project, at), environment));
  const patterns = byFunction(carried.patterns);
  return {
    file,
    roots,
    // `${NAME}` is filled in from the .env next to watch.config.json, so elsewhere the id itself has to stand.
    envs: at === '.' ? envs.envs : envs.envs.map((env) => ({ ...env, written: env.id })),
    ignore: patterns.ignore,
    functions: withFolders(patterns.functions, rows, at),
    notes: [...notes, ...carried.notes, ...envs.notes],
  };
}

/** A function's own patterns start from its folder, as gitignore's do. */
function ownGlob(glob: string, name: string | null, file: string): Carried {
  return carry({ function: name, pattern: glob.replace(/^\.\//, '/') }, file);
}

/** Functions whose row names a folder of their own. */
function withFolders(
  functions: Readonly<Record<string, FoundFunction>>,
  rows: readonly Record<string, unknown>[],
  at: string,
): Record<string, FoundFunction> {
  const all: Record<string, FoundFunction> = { ...functions };
  for (const row of rows) {
    const name = textAt(row, 'name');
    const dir = textAt(row, 'dir') ?? textAt(row, 'functionPath');
    const folder = dir === null ? null : folderFrom(at, dir);
    if (name === null || folder === null) continue;
    all[name] = { dir: folder, ignore: all[name]?.ignore ?? [], build: null };
  }
  return all;
}

/** The same in the older form: `framework.plugins.*` that uses the function plug-in. */
function functionPlugin(value: Record<string, unknown>): unknown {
  const framework = isRecord(value['framework']) ? value['framework'] : {};
  const plugins = isRecord(framework['plugins']) ? Object.values(framework['plugins']) : [];
  const found = plugins.find((plugin) => /framework-plugin-function/.test(textAt(plugin, 'use') ?? ''));
  return isRecord(found) ? found['inputs'] : undefined;
}
