/**
 * Signs that a function's files are not finished, though it is quiet around them: a build tool that removes a folder before it
 * makes it again, a file that is written in pieces.
 */

import { hash } from 'node:crypto';
import { posix } from 'node:path';
import { attempt, beginningOf, type Disk } from './disk.js';
import { entryNames, mainCandidates, mainOf } from './entry.js';
import type { ScannedFile, ScannedFiles } from './read.js';

/** Code beyond that is not read to find what it names: files, and bytes of each. */
const mostFiles = 300;
const mostBytes = 1024 * 1024;
/** The most that is read to see that a file begins as before, bytes; of more, its growth alone says it. */
const mostPrefix = 1024 * 1024;

/** `require('./a')`, `import('./a')`, `from './a'`, `import './a'`. */
const relativeName = /\b(?:(?:require|import)[ \t]*\([ \t]*|(?:from|import)[ \t]*)(['"])(\.\.?\/[^'"\n]*)\1/g;

/**
 * Files that were there at the last scan, are gone, and are still named by the code that the entry loads. Paths of the zip.
 * @param files those of the last scan
 */
export function missingParts(files: ScannedFiles, disk: Disk): readonly string[] {
  const isThere = (file: ScannedFile): boolean => {
    const found = attempt(() => disk.find(file.file));
    return found.ok && found.value?.kind === 'file';
  };
  const missing = new Set<string>();
  const waiting = entriesOf(files, disk);
  const seen = new Set(waiting);
  for (const path of waiting) {
    for (const name of namesIn(path, textOf(files.get(path), disk))) {
      const candidates = [name, `${name}.json`, ...mainCandidates(name)].filter((candidate) =>
        files.has(candidate),
      );
      const found = candidates.find((candidate) => {
        const file = files.get(candidate);
        return file !== undefined && isThere(file);
      });
      if (found === undefined) {
        if (candidates[0] !== undefined) missing.add(candidates[0]);
      } else if (!seen.has(found) && seen.size < mostFiles && /\.[cm]?js$/.test(found)) {
        seen.add(found);
        waiting.push(found);
      }
    }
  }
  return [...missing].sort();
}

/** @param path of the code, which its names start from */
function namesIn(path: string, code: string): string[] {
  return [...code.matchAll(relativeName)].map(([, , name = '']) => posix.join(posix.dirname(path), name));
}

function entriesOf(files: ScannedFiles, disk: Disk): string[] {
  const main = mainOf(textOf(files.get('package.json'), disk));
  const named = main === null ? [] : mainCandidates(main);
  return [...new Set([...named, ...entryNames])].filter((path) => files.has(path));
}

function textOf(file: ScannedFile | undefined, disk: Disk): string {
  return file === undefined ? '' : (beginningOf(file.file, mostBytes, disk)?.toString('utf8') ?? '');
}

/** Whether a file is what it was at the last scan, and more behind it. */
export function hasGrown(known: ScannedFile, disk: Disk): boolean {
  const { size, ino } = known.stat;
  const found = attempt(() => disk.find(known.file));
  if (!found.ok || found.value === null || found.value.ino !== ino || found.value.size <= size) return false;
  if (size > mostPrefix) return true;
  const prefix = beginningOf(known.file, size, disk);
  return prefix !== null && prefix.length === size && hash('sha256', prefix, 'hex') === known.sha256;
}
