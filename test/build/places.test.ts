/** Where a compiler's lines point to, seen from the project. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { placeFromProject, placesFromProject } from '../../src/build/places.js';
import { temporaryFolder } from '../support/rig.js';

describe('a line of output', () => {
  let folders = { dir: '', projectFolder: '' };
  beforeEach(async () => {
    const projectFolder = await temporaryFolder();
    folders = { dir: join(projectFolder, 'functions/pay'), projectFolder };
    await mkdir(join(folders.dir, 'src'), { recursive: true });
    for (const file of ['index.ts', 'src/a.mjs', 'src/b.cts', 'c.tsx', '../shared.js'])
      await writeFile(join(folders.dir, file), '');
  });

  it.each([
    ['index.ts(2,5): error TS1', 'functions/pay/index.ts:2:5: error TS1'],
    ['index.ts:2:5 - error TS1', 'functions/pay/index.ts:2:5 - error TS1'],
    ['src/a.mjs:10:1', 'functions/pay/src/a.mjs:10:1'],
    ['  src/b.cts:1:2: indented', '  functions/pay/src/b.cts:1:2: indented'],
    ['\tc.tsx(3,4)', '\tfunctions/pay/c.tsx:3:4'],
    ['../shared.js:7:8', 'functions/shared.js:7:8'],
    ['./index.ts:1:1', 'functions/pay/index.ts:1:1'],
  ])('that begins with a file of the project has its place there: %j', (line, shown) => {
    expect(placesFromProject(line, folders)).toBe(shown);
  });

  it.each([
    'none.ts:2:5 is not there',
    'index.ts:2 has no column',
    'index.ts is named alone',
    'error in index.ts:2:5',
    'index.css:1:1 is no code',
    'index.ts(2) is no place',
    '',
  ])('stays as it is without a place: %j', (line) => {
    expect(placesFromProject(line, folders)).toBe(line);
  });

  it('that names a file by its absolute path is shown from the project, too', () => {
    expect(placeFromProject(join(folders.dir, 'src/a.mjs'), 4, 1, folders)).toBe(
      'functions/pay/src/a.mjs:4:1',
    );
  });
});
