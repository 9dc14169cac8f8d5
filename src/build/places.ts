/** Where compilers say that something is wrong, as every editor opens it: `path:line:column`, the path from the project. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { slashRelative } from '../system/paths.js';

interface Folders {
  readonly dir: string;
  readonly projectFolder: string;
}

/** @param file as the compiler names it, from the function's folder. @param column from 1 */
export function placeFromProject(
  file: string,
  line: number,
  column: number,
  { dir, projectFolder }: Folders,
): string {
  return `${slashRelative(projectFolder, path.resolve(dir, file))}:${line}:${column}`;
}

/** `index.ts(2,5)` of tsc, and `src/index.ts:2:5` of it and most others, at a line's beginning; columns from 1. */
const place = /^(\s*)([^\s:()]+\.[cm]?[jt]sx?)(?:\((\d+),(\d+)\)|:(\d+):(\d+))/;

/** A line of a command's output with its place seen from the project; as it is where no such file is there. */
export function placesFromProject(line: string, folders: Folders): string {
  const match = place.exec(line);
  const [whole, indent = '', file = '', ...numbers] = match ?? [];
  if (whole === undefined || !existsSync(path.resolve(folders.dir, file))) return line;
  const [at, column] = numbers.filter((number) => number !== undefined).map(Number);
  if (at === undefined || column === undefined) return line;
  return `${indent}${placeFromProject(file, at, column, folders)}${line.slice(whole.length)}`;
}
