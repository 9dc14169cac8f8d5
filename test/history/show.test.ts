/** Differences and versions as lines for people. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compare, type Side, thorough } from '../../src/history/compare.js';
import { versionLines } from '../../src/history/list.js';
import type { Run, SentVersion } from '../../src/history/model.js';
import { patchLines, statLines, totalOf } from '../../src/history/show.js';
import { clockTime } from '../../src/text/time.js';

type Files = Readonly<Record<string, string | Buffer | { readonly text: string; readonly executable: true }>>;

function side(files: Files): Side {
  const contents = new Map(
    Object.entries(files).map(([path, file]) => {
      const isPlain = typeof file === 'string' || Buffer.isBuffer(file);
      return [path, { content: Buffer.from(isPlain ? file : file.text), executable: !isPlain }] as const;
    }),
  );
  return {
    files: [...contents].map(([path, { content, executable }]) => {
      const sha256 = createHash('sha256').update(content).digest('hex');
      return { path, executable, sha256, size: content.length };
    }),
    content: async ({ path }) => contents.get(path)?.content ?? null,
  };
}

const between = (before: Files, after: Files) => compare(side(before), side(after), thorough);
const digits = (content: Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 8);

describe('a line for each file that differs', () => {
  it.each<readonly [string, Files, Files, readonly string[]]>([
    ['changed', { 'a.js': '1\n2\n' }, { 'a.js': '1\n3\n4\n' }, ['a.js  +2 -1']],
    ['added', {}, { 'a.js': '1\n' }, ['a.js  added, +1 -0']],
    ['removed', { 'a.js': '1\n' }, {}, ['a.js  removed, +0 -1']],
    [
      'executable now',
      { 'run.sh': 'x\n' },
      { 'run.sh': { text: 'x\n', executable: true } },
      ['run.sh  now executable'],
    ],
    [
      'executable no longer',
      { 'run.sh': { text: 'x\n', executable: true } },
      { 'run.sh': 'x\n' },
      ['run.sh  no longer executable'],
    ],
    [
      'changed, and executable now',
      { 'run.sh': 'x\n' },
      { 'run.sh': { text: 'y\n', executable: true } },
      ['run.sh  +1 -1, now executable'],
    ],
    [
      'added, which says nothing of the bit',
      {},
      { 'run.sh': { text: 'x\n', executable: true } },
      ['run.sh  added, +1 -0'],
    ],
    [
      'of several widths',
      {},
      { a: '1\n', 'long/name': '' },
      ['a          added, +1 -0', 'long/name  added, +0 -0'],
    ],
  ])('%s', async (_, before, after, lines) => {
    expect(statLines(await between(before, after), 'en')).toEqual(lines);
  });

  it('says of what has no lines why, and both sizes', async () => {
    const [one, other] = [Buffer.from([0, 1]), Buffer.from([0, 1, 2])];
    const [line] = statLines(await between({ p: one }, { p: other }), 'en');
    expect(line).toMatch(/^p {2}.+, 2 B \(\w{8}\) to 3 B \(\w{8}\)$/);
    expect(line).toContain(`2 B (${digits(one)}) to 3 B (${digits(other)})`);
    expect(statLines(await between({}, { p: one }), 'en')[0]).toMatch(/^p {2}added, .+, 2 B \(\w{8}\)$/);
    expect(statLines(await between({ p: one }, {}), 'en')[0]).toMatch(/^p {2}removed, .+, 2 B \(\w{8}\)$/);
  });

  it('has no row wider than half a line for the path, and nothing for nothing', async () => {
    const long = 'x'.repeat(80);
    const lines = statLines(await between({}, { a: '1\n', [long]: '1\n' }), 'en');
    expect(lines).toEqual([`${'a'.padEnd(50)}  added, +1 -0`, `${long}  added, +1 -0`]);
    expect(statLines([], 'en')).toEqual([]);
  });

  it('is summed up without what cannot be counted', async () => {
    const before = { a: '1\n', p: Buffer.from([0]) };
    const after = { a: '2\n3\n', b: '1\n', p: Buffer.from([0, 1]) };
    expect(totalOf(await between(before, after))).toBe('+3 -1');
    expect(totalOf([])).toBe('+0 -0');
  });
});

describe('a patch', () => {
  const linesOf = async (before: Files, after: Files) =>
    patchLines(await between(before, after), 'en').map(({ kind, text }) => `${kind} ${text}`);

  it('is what `patch` reads', async () => {
    expect(await linesOf({ a: '1\n2\n' }, { a: '1\n3\n' })).toEqual([
      ...['file --- a/a', 'file +++ b/a', 'place @@ -1,2 +1,2 @@'],
      ...['context  1', 'removed -2', 'added +3'],
    ]);
    expect((await linesOf({}, { a: '1\n' })).slice(0, 2)).toEqual(['file --- /dev/null', 'file +++ b/a']);
    expect((await linesOf({ a: '1\n' }, {})).slice(0, 2)).toEqual(['file --- a/a', 'file +++ /dev/null']);
  });

  it('has a remark where there are no lines', async () => {
    expect(await linesOf({ s: 'x\n' }, { s: { text: 'x\n', executable: true } })).toEqual([
      'remark s: now executable',
    ]);
    expect(await linesOf({}, { s: '' })).toEqual(['remark s: added, +0 -0']);
  });
});

describe('a line for each version', () => {
  const now = Date.UTC(2026, 0, 2, 12);
  const at = (minutes: number): number => now - minutes * 60_000;
  const version = (fingerprint: string, over: Partial<SentVersion> = {}): SentVersion => ({
    ...{ fingerprint: fingerprint.repeat(8), content: fingerprint.repeat(8) },
    ...{ at: at(50), sentAt: at(50), zipBytes: 2048, commit: null },
    ...{ files: [{ path: 'index.js', executable: false, sha256: '0', size: 1 }] },
    ...over,
  });
  const run = (env: string, fingerprint: string, from: number, to: number | null): Run => ({
    ...{ env, fingerprint: fingerprint.repeat(8), from: at(from), to: to === null ? null : at(to) },
    ...{ ended: to === null ? null : 'replaced', undo: false },
  });
  const lines = (versions: readonly SentVersion[], runs: readonly Run[], envs = ['dev', 'test']) =>
    versionLines({ versions, runs, damaged: 0 }, envs, now, 'en');
  const time = (minutes: number): string => clockTime(at(minutes), now);

  it('says when it was sent, what it holds, from which commit, and where it ran', () => {
    const commit = { id: 'abcdef0123456789', dirty: true };
    expect(
      lines(
        [version('b', { sentAt: at(5), commit }), version('a')],
        [
          run('dev', 'a', 40, 20),
          run('dev', 'b', 5, null),
          run('test', 'b', 5, null),
          run('prod', 'b', 4, null),
        ],
      ),
    ).toEqual([
      `bbbbbbbb  ${time(5)}  1 file  2 KiB  abcdef0 + changes  dev, test since ${time(5)}`,
      `aaaaaaaa  ${time(50)}  1 file  2 KiB                     dev ${time(40)} to ${time(20)}`,
    ]);
  });

  it('says of one that never ran in these environments just that', () => {
    expect(lines([version('a')], [run('prod', 'a', 1, null)])[0]).toMatch(/ {2}never live$/);
  });

  it('shows four runs, the newest first, and how many more there are', () => {
    const runs = [60, 50, 40, 30, 20, 10].map((from) => run('dev', 'a', from, from - 5));
    const [line] = lines([version('a')], runs);
    expect(line).toContain(`  dev ${time(10)} to ${time(5)}, dev ${time(20)} to `);
    expect(line).toMatch(/, and 2 more$/);
    expect(lines([version('a')], runs.slice(2))[0]).not.toContain('more');
  });

  it('is none where nothing was sent', () => {
    expect(lines([], [])).toEqual([]);
  });
});
