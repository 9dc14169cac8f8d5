/** The file of WeChat DevTools: project.config.json, and the environment that the mini program itself names. */
import path from 'node:path';
import { isRecord } from '../system/json.js';
import type { FoundEnv, FoundFunction, Statement } from './model.js';
import { type CarriedPattern, carryGlob, carryPackEntry, joinCarried } from './patterns.js';
import {
  emptyStatement,
  folderFrom,
  listAt,
  placeFrom,
  readJson,
  readProjectFile,
  textAt,
  textsOf,
} from './read.js';
import { isPlaceholder } from './variables.js';

export const devtoolsFile = 'project.config.json';

/** @param at the folder that holds it, relative to the project; null where there is none */
export async function readDevtools(project: string, at: string): Promise<Statement | null> {
  const file = path.posix.join(at, devtoolsFile);
  const read = await readProjectFile(project, file);
  if (read.kind === 'absent') return null;
  if (read.kind === 'trouble') return emptyStatement(file, [read.note]);
  const { value, line } = readJson(read.text);
  if (!isRecord(value)) return emptyStatement(file, [{ kind: 'not-understood', file, line }]);
  const written = textAt(value, 'cloudfunctionRoot');
  const roots = written === null ? [] : [placeFrom(at, written)];
  const miniprogram = folderFrom(at, textAt(value, 'miniprogramRoot') ?? '.') ?? at;
  const carried = joinCarried([
    ...listAt(value['packOptions'], 'ignore').map((entry) => carryPackEntry(entry, file, miniprogram, roots)),
    ...textsOf(listAt(value['watchOptions'], 'ignore')).map((glob) => carryGlob(glob, file, at, roots)),
  ]);
  const found = await readMiniprogramEnvs(project, miniprogram);
  const envs = found.filter(({ id }) => !isPlaceholder(id));
  const left = found.filter(({ id }) => isPlaceholder(id));
  const notes = left.map(({ file: named, id }) => ({ kind: 'placeholder', file: named, value: id }) as const);
  return { file, roots, envs, ...byFunction(carried.patterns), notes: [...carried.notes, ...notes] };
}

/** Patterns of all functions, and of each. */
export function byFunction(patterns: readonly CarriedPattern[]): Pick<Statement, 'ignore' | 'functions'> {
  const functions: Record<string, FoundFunction> = {};
  for (const { function: name, pattern } of patterns) {
    if (name === null) continue;
    const before = functions[name]?.ignore ?? [];
    functions[name] = { dir: null, build: null, ignore: [...before, pattern] };
  }
  const everywhere = patterns.filter((each) => each.function === null).map(({ pattern }) => pattern);
  return { ignore: everywhere, functions };
}

/** Where DevTools' templates and people put `wx.cloud.init({env: '…'})`, and the list of the quick-start template. */
const envFiles: readonly string[] = ['app.js', 'app.ts', 'envList.js'];
const envPatterns: readonly RegExp[] = [
  /cloud\s*\.\s*init\s*\(\s*\{[^}]*?\benv\s*:\s*(['"`])([A-Za-z0-9][\w-]{3,63})\1/g,
  /\benvId\s*:\s*(['"`])([A-Za-z0-9][\w-]{3,63})\1/g,
];

async function readMiniprogramEnvs(project: string, folder: string): Promise<FoundEnv[]> {
  const found: FoundEnv[] = [];
  for (const name of envFiles) {
    const file = path.posix.join(folder, name);
    const read = await readProjectFile(project, file);
    if (read.kind !== 'text') continue;
    const text = read.text.replaceAll(/^[ \t]*\/\/.*$/gm, '');
    const ids = envPatterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[2] ?? ''));
    found.push(...ids.map((id) => ({ written: id, id, file })));
  }
  return found;
}
