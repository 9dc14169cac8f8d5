/** The material of benchmarks: source files that deflate to about a quarter, as real ones do, the same ones in every run. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Files } from '../support/rig.js';

const words =
  'const let return async await function exports require module event context cloud database collection where update get add openid result data error code message user order price total count index value name list item time status'.split(
    ' ',
  );

/** Relative path → text: an entry and parts below `lib/`, `bytes` in all. */
export function sourceFiles(count: number, bytes: number, seed = 1): Files {
  const next = randomNumbers(seed);
  const part = (): string => sourceText(bytes / count, next);
  return Object.fromEntries([
    ['index.js', `exports.main = async () => 0;\n${part()}`],
    ...Array.from({ length: count - 1 }, (_, index) => [`lib/part-${index}.js`, part()]),
  ]);
}

function sourceText(bytes: number, next: () => number): string {
  let text = '';
  while (text.length < bytes) {
    const line = Array.from({ length: 6 }, () => words[Math.floor(next() * words.length)]);
    text += `  ${line.join(' ')} = ${Math.floor(next() * 1e6).toString(36)};\n`;
  }
  return text;
}

/** Mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  const made = new Set<string>();
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    if (!made.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
    made.add(dirname(file));
    await writeFile(file, text);
  }
}

/** So many functions with as many files again in their node_modules as outside, five to a directory. */
export async function writeTree(root: string, functions: number, files: number): Promise<void> {
  const each = Math.floor(files / functions);
  for (let fn = 0; fn < functions; fn += 1) {
    const own: Record<string, string> = {};
    for (let index = 0; index < each; index += 1) {
      const place = `${Math.floor(index / 20)}/file-${index}.js`;
      const path =
        index === 0 ? 'index.js' : index % 2 === 0 ? `lib/${place}` : `node_modules/package-${place}`;
      own[path] = `exports.${index === 0 ? 'main = () =>' : 'value ='} ${fn * each + index};\n`;
    }
    await writeFiles(join(root, `fn-${fn}`), own);
  }
}

/** Milliseconds of processor time a process has used, all its threads, by /proc; null elsewhere. */
export async function processorMs(pid: number): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const { stdout } = await promisify(execFile)('getconf', ['CLK_TCK']);
  return ((Number(fields[11]) + Number(fields[12])) / Number(stdout)) * 1000;
}

/** Resident memory of a process, MB; null without /proc. */
export async function residentMb(pid: number): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) / 1024;
}
