/**
 * The needs of a test of its system. Where that is missing the test is skipped, and the report says for the lack of what. Windows makes
 * links only for whoever may. Wine makes none, does not rename by case alone, lets two processes listen at one pipe, and does not report of
 * all that happens in a tree.
 */
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, type TestContext, TestRunner } from 'vitest';

const isWindows = process.platform === 'win32';
const isWine = isWindows && process.env['WINEPREFIX'] !== undefined;

const kinds = {
  modes: { isThere: () => !isWindows, why: 'needs rights by owner, group and others' },
  sockets: { isThere: () => !isWindows, why: 'needs sockets that are files' },
  names: { isThere: () => !isWindows, why: 'needs names that Windows refuses' },
  shell: { isThere: () => !isWindows, why: 'needs sh' },
  replacing: { isThere: () => !isWindows, why: 'needs open files that can be replaced' },
  windowsItself: { isThere: () => !isWine, why: 'needs Windows itself, not Wine' },
  links: { isThere: once(canLink), why: 'needs symbolic links' },
  caseRenames: { isThere: once(canRenameByCase), why: 'needs renames by case alone' },
} as const;

/** In a test, from there on; in a `describe` or at the top of a file, for every test that is there. */
export function needs(what: keyof typeof kinds): void {
  const { isThere, why } = kinds[what];
  const check = ({ skip }: TestContext): void => skip(!isThere(), why);
  const test = TestRunner.getCurrentTest();
  if (test === undefined) beforeEach(check);
  else check(test.context);
}

/** Rights of a file, which Windows has not. @param mode as in `chmod` */
export function expectMode(file: string, mode: number): void {
  if (!isWindows) expect(statSync(file).mode & 0o777).toBe(mode);
}

function once(find: () => boolean): () => boolean {
  let found: boolean | null = null;
  return () => {
    found ??= find();
    return found;
  };
}

function inFreshFolder(look: (folder: string) => boolean): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'tcb-watch-needs-'));
  try {
    return look(folder);
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Wine says of some that it made a link, and made a folder. */
function canLink(): boolean {
  return inFreshFolder((folder) => {
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    writeFileSync(file, '');
    symlinkSync(file, link);
    return lstatSync(link).isSymbolicLink();
  });
}

function canRenameByCase(): boolean {
  return inFreshFolder((folder) => {
    writeFileSync(join(folder, 'a'), '');
    renameSync(join(folder, 'a'), join(folder, 'A'));
    return readdirSync(folder).includes('A');
  });
}
