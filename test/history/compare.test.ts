/** The differences, file by file and line by line, within bounds. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { brief, compare, type Effort, type Side, thorough } from '../../src/history/compare.js';

type Files = Readonly<Record<string, string | Buffer>>;

function side(files: Files, isThere: (path: string) => boolean = () => true): Side {
  const rows = Object.entries(files).map(([path, content]) => ({
    path,
    executable: path.endsWith('.sh'),
    sha256: createHash('sha256').update(content).digest('hex'),
    size: Buffer.byteLength(content),
  }));
  return {
    files: rows,
    content: async ({ path }) => (isThere(path) ? Buffer.from(files[path] ?? '') : null),
  };
}

const rowsOf = async (before: Files, after: Files, effort: Effort = thorough): Promise<readonly string[]> =>
  (await compare(side(before), side(after), effort)).map(
    ({ path, change, lines, unshown }) =>
      `${path} ${change} ${lines === null ? unshown : `+${lines.added} -${lines.removed}`}`,
  );

describe.each<readonly [string, Effort]>([
  ['a command', thorough],
  ['a running program', brief],
])('for %s', (_, effort) => {
  it.each<readonly [string, Files, Files, readonly string[]]>([
    ['nothing', { a: '1\n' }, { a: '1\n' }, []],
    ['a line', { a: '1\n2\n3\n' }, { a: '1\nx\n3\n' }, ['a changed +1 -1']],
    ['a new file', {}, { a: '1\n2\n' }, ['a added +2 -0']],
    ['an empty one', {}, { a: '' }, ['a added +0 -0']],
    ['a file that is gone', { a: '1\n2' }, {}, ['a removed +0 -2']],
    ['the end of the last line', { a: '1' }, { a: '1\n' }, ['a changed +1 -1']],
    ['a picture', { a: Buffer.from([1, 0, 2]) }, { a: Buffer.from([1, 0, 3]) }, ['a changed binary']],
    ['bytes that are no UTF-8', { a: Buffer.from([0xff, 0xfe]) }, { a: 'x' }, ['a changed binary']],
    [
      'several, by path',
      { b: '1', z: '1' },
      { a: '1', b: '2' },
      ['a added +1 -0', 'b changed +1 -1', 'z removed +0 -1'],
    ],
  ])('%s', async (_title, before, after, rows) => {
    expect(await rowsOf(before, after, effort)).toEqual(rows);
  });
});

it('the hunks are those of a patch', async () => {
  const [added, changed] = await compare(side({ b: '1\n2\n' }), side({ a: 'x\ny', b: '1\n3\n' }), thorough);
  expect(added?.hunks).toEqual([
    {
      oldStart: 0,
      oldLines: 0,
      newStart: 1,
      newLines: 2,
      lines: ['+x', '+y', '\\ No newline at end of file'],
    },
  ]);
  expect(changed?.hunks).toEqual([
    { oldStart: 1, oldLines: 2, newStart: 1, newLines: 2, lines: [' 1', '-2', '+3'] },
  ]);
});

it.each([thorough, brief])('a difference has three lines around it', async (effort) => {
  const text = (line: string): string => ['1', '2', '3', '4', line, '6', '7', '8', '9', ''].join('\n');
  const [found] = await compare(side({ a: text('5') }), side({ a: text('x') }), effort);
  const lines = [' 2', ' 3', ' 4', '-5', '+x', ' 6', ' 7', ' 8'];
  expect(found?.hunks).toEqual([{ oldStart: 2, oldLines: 7, newStart: 2, newLines: 7, lines }]);
});

it('the executable bit alone is a difference of its own', async () => {
  const before = side({ 'run.sh': 'x' });
  const files = before.files.map((file) => ({ ...file, executable: false }));
  expect(await compare(before, { ...before, files }, thorough)).toMatchObject([
    { change: 'mode', lines: { added: 0, removed: 0 }, hunks: [] },
  ]);
});

describe('bounds', () => {
  const many = (text: string): string =>
    Array.from({ length: 20_000 }, (_, at) => `${text} ${at}\n`).join('');

  it('few edits in many lines are found', async () => {
    const before = many('line');
    expect(await rowsOf({ a: before }, { a: before.replace('line 7\n', 'other\n') })).toEqual([
      'a changed +1 -1',
    ]);
  });

  it('too many edits are said to be that, and large files are told apart by their hashes', async () => {
    expect(await rowsOf({ a: many('one') }, { a: many('other') })).toEqual(['a changed different']);
    expect(await rowsOf({ a: 'x'.repeat(3_000_000) }, { a: 'y' })).toEqual(['a changed large']);
  });

  it('a new file of many lines is no work', async () => {
    expect(await rowsOf({}, { a: many('one') })).toEqual(['a added +20000 -0']);
  });

  it('what no time is left for is too different', async () => {
    for (const none of [{ totalMs: 0 }, { fileMs: 0 }])
      expect(await rowsOf({ a: '1' }, { a: '2' }, { ...thorough, ...none })).toEqual(['a changed different']);
  });
});

it('a content that is gone is said to be that', async () => {
  const [found] = await compare(
    side({ a: '1' }, () => false),
    side({ a: '2' }),
    thorough,
  );
  expect(found).toMatchObject({ lines: null, unshown: 'unavailable' });
});
