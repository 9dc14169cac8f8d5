/** Reading a project's own files: what is not there is null, what cannot be read is a note. */
import path from 'node:path';
import { type ParseError, parse } from 'jsonc-parser';
import type { ProjectNote } from '../model/project-note.js';
import { isRecord, tooDeepAt } from '../system/json.js';
import { withoutEnd } from '../system/text-end.js';
import { readTextFile } from '../system/text-file.js';
import type { Statement } from './model.js';

export type ReadFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'trouble'; readonly note: ProjectNote };

/** @param file relative to `folder`, with forward slashes */
export async function readProjectFile(folder: string, file: string): Promise<ReadFile> {
  const read = await readTextFile(path.join(folder, file));
  if (read.ok) return { kind: 'text', text: read.text };
  if (read.code === 'ENOENT' || read.code === 'ENOTDIR') return { kind: 'absent' };
  return { kind: 'trouble', note: { kind: 'unreadable', file, code: read.code } };
}

/** JSON with comments and trailing commas; null and the line of the first mistake where it is not. */
export function readJson(text: string): { readonly value: unknown; readonly line: number | null } {
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
  const deep = tooDeepAt(text);
  if (deep !== null) return { value: null, line: lineOf(deep) };
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined) return { value, line: null };
  return { value: null, line: lineOf(first.offset) };
}

/** The text at a key; null for anything else. */
export function textAt(value: unknown, key: string): string | null {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : null;
}

/** The members of a list at a key; none where no list is. */
export function listAt(value: unknown, key: string): readonly unknown[] {
  const found = isRecord(value) ? value[key] : undefined;
  return Array.isArray(found) ? found : [];
}

export function textsOf(values: readonly unknown[]): string[] {
  return values
    .filter((value) => typeof value === 'string')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/**
 * A folder as a project's file writes it, seen from the project's folder; it may lie next to the project or above it
 * (`../cloudfunctions`). A slash in front means the project's own folder: a file that is shared names no place of one machine.
 */
export function placeFrom(base: string, written: string): string {
  const relative = written.replaceAll('\\', '/').replace(/^\/+/, '');
  return withoutEnd(path.posix.normalize(path.posix.join(base, relative)), '/');
}

/** One text, or a list of them. */
export function oneOrMore(value: unknown, key: string): readonly unknown[] {
  const text = textAt(value, key);
  return text === null ? listAt(value, key) : [text];
}

/** A folder as a project's file writes it, seen from the project's folder: `./functions/` → `functions`. null: outside. */
export function folderFrom(base: string, written: string): string | null {
  const joined = path.posix
    .normalize(path.posix.join(base, written.replaceAll('\\', '/')))
    .replace(/\/$/, '');
  return joined.startsWith('..') || path.posix.isAbsolute(written) ? null : joined;
}

export function emptyStatement(file: string, notes: readonly ProjectNote[] = []): Statement {
  return { file, roots: [], envs: [], ignore: [], functions: {}, notes };
}
