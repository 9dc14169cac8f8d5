/** The file of the cloud's own command line: cloudbaserc.json, .yaml, .yml, .js. A .js file is read, never run. */
import path from 'node:path';
import type { Variables } from '../config/text.js';
import type { ProjectNote } from '../model/project-note.js';
import { isRecord } from '../system/json.js';
import { byFunction } from './devtools.js';
import { readExportedLiteral } from './literal.js';
import type { FoundFunction, Statement } from './model.js';
import { type Carried, carry, joinCarried } from './patterns.js';
import {
  emptyStatement,
  listAt,
  oneOrMore,
  placeFrom,
  readJson,
  readProjectFile,
  textAt,
  textsOf,
} from './read.js';
import { readProjectVariables, resolveEnvId } from './variables.js';
import { readYaml } from './yaml.js';

/** In the order in which that tool looks for them. */
export const cloudbaseFiles: readonly string[] = [
  'cloudbaserc.json',
  'cloudbaserc.js',
  'cloudbaserc.cjs',
  'cloudbaserc.yaml',
  'cloudbaserc.yml',
  'cloudbaserc',
  '.cloudbaserc',
];
/** Where the same may stand in a package.json. */
const manifestName = 'package.json';
const manifestKey = 'cloudbase';

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
  const value = await cloudbaseOfManifest(project, at);
  const file = `${path.posix.join(at, manifestName)}#${manifestKey}`;
  return value === null ? null : stateOf(project, at, file, value, [], environment);
}

/** The values that a package.json has under its key `cloudbase`; null where it says nothing. */
export async function cloudbaseOfManifest(
  project: string,
  at: string,
): Promise<Record<string, unknown> | null> {
  const read = await readProjectFile(project, path.posix.join(at, manifestName));
  const manifest = read.kind === 'text' ? readJson(read.text).value : null;
  const value = isRecord(manifest) ? manifest[manifestKey] : null;
  return isRecord(value) ? value : null;
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
  if (isRecord(value)) return { value, notes: [] };
  // Without an ending it may be either.
  const read = file.endsWith('rc') ? readYaml(text) : null;
  return read?.ok === true && isRecord(read.value) ? { value: read.value, notes: [] } : trouble(line);
}

async function stateOf(
  project: string,
  at: string,
  file: string,
  value: Record<string, unknown>,
  notes: readonly ProjectNote[],
  environment: Variables,
): Promise<Statement> {
  const sources = [value, ...functionPlugins(value)];
  // A build's result is what is sent.
  const roots = sources
    .map(
      (each) =>
        textAt(each, 'functionDistPath') ?? textAt(each, 'functionRoot') ?? textAt(each, 'functionRootPath'),
    )
    .filter((written) => written !== null)
    .map((written) => placeFrom(at, written));
  const rows = sources.flatMap((source) => [...listAt(source, 'functions')]).filter(isRecord);
  const defaults = sources.map((source) => (isRecord(source) ? source['functionDefaultConfig'] : undefined));
  const carried = joinCarried([
    ...defaults.flatMap((each) => ignoresOf(each).map((glob) => ownGlob(glob, null, file))),
    ...rows.flatMap((row) => ignoresOf(row).map((glob) => ownGlob(glob, textAt(row, 'name'), file))),
  ]);
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
    notes: [...notes, ...carried.notes, ...envs.notes, ...oddValues(file, value, sources, rows)],
  };
}

/** As one text, or as a list of them. */
const ignoresOf = (source: unknown): string[] => textsOf(oneOrMore(source, 'ignore'));

/** A value that is there, and of no form in which it could be read, is named. */
function oddValues(
  file: string,
  value: Record<string, unknown>,
  sources: readonly unknown[],
  rows: readonly Record<string, unknown>[],
): ProjectNote[] {
  const isOdd = (source: unknown, key: string, read: (source: unknown) => boolean): boolean =>
    isRecord(source) && source[key] !== undefined && source[key] !== null && !read(source);
  const isList = (key: string) => (source: unknown) => isRecord(source) && Array.isArray(source[key]);
  const isText = (key: string) => (source: unknown) => textAt(source, key) !== null;
  const keys = [
    ...sources.filter((source) => isOdd(source, 'functions', isList('functions'))).map(() => 'functions'),
    ...rows
      .filter((row) => isOdd(row, 'ignore', hasIgnores))
      .map((row) => `${textAt(row, 'name') ?? '?'}.ignore`),
    ...['functionRoot', 'envId'].filter((key) => isOdd(value, key, isText(key))),
  ];
  return keys.map((key) => ({ kind: 'odd-value', file, key }));
}

/** Also an empty list: it is understood. */
function hasIgnores(row: unknown): boolean {
  return textAt(row, 'ignore') !== null || (isRecord(row) && Array.isArray(row['ignore']));
}

/** A function's own patterns start from its folder, as gitignore's do. */
function ownGlob(glob: string, name: string | null, file: string): Carried {
  return carry({ function: name, pattern: glob.replace(/^\.\//, '/') }, file);
}

/** Functions that have a row, and the folder that it names. */
function withFolders(
  functions: Readonly<Record<string, FoundFunction>>,
  rows: readonly Record<string, unknown>[],
  at: string,
): Record<string, FoundFunction> {
  const all: Record<string, FoundFunction> = { ...functions };
  for (const row of rows) {
    const name = textAt(row, 'name');
    const dir = textAt(row, 'functionDistPath') ?? textAt(row, 'dir') ?? textAt(row, 'functionPath');
    if (name === null) continue;
    all[name] = {
      dir: dir === null ? null : placeFrom(at, dir),
      ignore: all[name]?.ignore ?? [],
      build: null,
    };
  }
  return all;
}

/** The same in the older form: each of `framework.plugins.*` that uses the function plug-in. */
function functionPlugins(value: Record<string, unknown>): readonly unknown[] {
  const framework = isRecord(value['framework']) ? value['framework'] : {};
  const plugins = isRecord(framework['plugins']) ? Object.values(framework['plugins']) : [];
  return plugins
    .filter((plugin) => /framework-plugin-function/.test(textAt(plugin, 'use') ?? ''))
    .map((plugin) => (isRecord(plugin) ? plugin['inputs'] : undefined));
}
