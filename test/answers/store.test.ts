/** The answers that are remembered, on a real disk; and the exit code that follows from them. */
import { lstat, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOfAnswers, codeOfCalls } from '../../src/answers/exit-code.js';
import { type AnswerPlace, createAnswerStore } from '../../src/answers/store.js';
import type { Answer } from '../../src/model/answer.js';
import { failure } from '../core/make.js';
import { temporaryFolder } from '../support/rig.js';

const place: AnswerPlace = { endpoint: 'e', function: 'pay', env: 'dev', question: 'happy' };

describe('the store', () => {
  it('gives what the content before answered, in this run and in the next', async () => {
    const folder = await temporaryFolder();
    const store = createAnswerStore(folder);
    expect(await store.note(place, 'f1', 'one')).toBeNull();
    expect(await store.note(place, 'f1', 'one again')).toBeNull();
    expect(await store.note(place, 'f2', 'two')).toBe('one again');
    expect(await store.note(place, 'f2', 'two again')).toBe('one again');
    expect(await createAnswerStore(folder).note(place, 'f2', 'two at last')).toBe('one again');
    expect(await createAnswerStore(folder).note(place, 'f3', 'three')).toBe('two at last');
  });

  it('keeps apart endpoints, functions, environments and events', async () => {
    const store = createAnswerStore(null);
    await store.note(place, 'f1', 'one');
    for (const other of [{ endpoint: 'x' }, { function: 'x' }, { env: 'x' }, { question: 'x' }])
      expect(await store.note({ ...place, ...other }, 'f2', 'two')).toBeNull();
    expect(await store.note(place, 'f2', 'two')).toBe('one');
  });

  it('keeps two hundred in memory, those that answered last', async () => {
    const store = createAnswerStore(null);
    const note = (index: number, fingerprint: string): Promise<string | null> =>
      store.note({ ...place, question: `${index}` }, fingerprint, `${index}`);
    for (let index = 0; index < 200; index += 1) await note(index, 'f1');
    expect(await note(0, 'f2')).toBe('0');
    await note(200, 'f1');
    // The second has waited longest by now.
    expect(await note(0, 'f3')).toBe('0');
    expect(await note(2, 'f2')).toBe('2');
    expect(await note(1, 'f2')).toBeNull();
  });

  it('writes for its owner alone, only what is new, and nothing that is long', async () => {
    const folder = await temporaryFolder();
    const store = createAnswerStore(folder);
    await store.note(place, 'f1', 'x'.repeat(64 * 1024 + 1));
    expect(await readdir(folder)).toEqual([]);
    await store.note(place, 'f2', 'x'.repeat(64 * 1024));
    const [name = ''] = await readdir(join(folder, 'answers'));
    const path = join(folder, 'answers', name);
    if (process.platform !== 'win32') expect((await lstat(path)).mode & 0o777).toBe(0o600);
    const { ino } = await lstat(path);
    await store.note(place, 'f2', 'x'.repeat(64 * 1024));
    expect((await lstat(path)).ino).toBe(ino);
    // An answer that is too long for the disk is compared all the same.
    expect(await store.note(place, 'f3', 'y')).toBe('x'.repeat(64 * 1024));
  });

  it('makes its folder again where somebody removed it', async () => {
    const folder = await temporaryFolder();
    const store = createAnswerStore(folder);
    await store.note(place, 'f1', 'one');
    await rm(join(folder, 'answers'), { recursive: true });
    await store.note(place, 'f2', 'two');
    expect(await createAnswerStore(folder).note(place, 'f3', 'three')).toBe('two');
  });

  it.skipIf(process.platform === 'win32')('writes through no link, and reads through none', async () => {
    const folder = await temporaryFolder();
    await createAnswerStore(folder).note(place, 'f1', 'one');
    const [name = ''] = await readdir(join(folder, 'answers'));
    const elsewhere = await temporaryFolder();
    const target = join(elsewhere, 'target.json');
    await writeFile(target, await readFile(join(folder, 'answers', name)));
    const other = await temporaryFolder();
    await mkdir(join(other, 'answers'));
    await symlink(target, join(other, 'answers', name));
    const before = await readFile(target, 'utf8');
    expect(await createAnswerStore(other).note(place, 'f2', 'two')).toBeNull();
    expect(await readFile(target, 'utf8')).toBe(before);
    expect((await lstat(join(other, 'answers', name))).isSymbolicLink()).toBe(true);
  });

  it('takes what is damaged or cannot be written for a first answer', async () => {
    const folder = await temporaryFolder();
    await createAnswerStore(folder).note(place, 'f1', 'one');
    const [name = ''] = await readdir(join(folder, 'answers'));
    await writeFile(join(folder, 'answers', name), '{"v":1,"now":{}}');
    expect(await createAnswerStore(folder).note(place, 'f2', 'two')).toBeNull();
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(await createAnswerStore(file).note(place, 'f2', 'two')).toBeNull();
  });

  it('takes what is too large to be one of its own files for a first answer', async () => {
    const folder = await temporaryFolder();
    await createAnswerStore(folder).note(place, 'f1', 'one');
    const [name = ''] = await readdir(join(folder, 'answers'));
    const kept = join(folder, 'answers', name);
    await writeFile(kept, `${await readFile(kept, 'utf8')}${' '.repeat(1024 * 1024)}`);
    expect(await createAnswerStore(folder).note(place, 'f2', 'two')).toBeNull();
  });

  it('keeps the newest five hundred of more than a thousand files', async () => {
    const folder = await temporaryFolder();
    const answers = join(folder, 'answers');
    await mkdir(answers);
    const write = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        await writeFile(join(answers, `${index}.json`), '');
        await utimes(join(answers, `${index}.json`), 1000 + index, 1000 + index);
      }
    };
    await write(1000);
    await createAnswerStore(folder).note(place, 'f1', 'one');
    expect(await readdir(answers)).toHaveLength(1001);
    await createAnswerStore(folder).note({ ...place, env: 'test' }, 'f1', 'one');
    const left = await readdir(answers);
    expect(left).toHaveLength(501);
    expect(left).toContain('999.json');
    expect(left).not.toContain('500.json');
  });
});

describe('the exit code', () => {
  const answerWith = (over: Partial<Answer>): Answer => ({
    ...{ function: 'pay', env: 'dev', eventName: '', fingerprint: null, proven: null, ok: false, result: 1 },
    ...{ resultBytes: 1, error: null, logs: [], moreLogs: 0, ms: 1, callMs: 1, node: null, requestId: null },
    ...{
      changed: 'same',
      diff: null,
      mismatches: [],
      ignored: [],
      outcome: '',
      failure: null,
      places: [],
      file: '',
      line: 1,
      ...over,
    },
  });

  it.each<readonly [string, readonly Partial<Answer>[], number]>([
    ['nothing', [], 0],
    ['all is right', [{ ok: true }, { ok: true, proven: true }], 0],
    ['one is not', [{ ok: true }, {}], 5],
    ['other code', [{ ok: true, proven: false }], 5],
    ['a dead token', [{}, { failure: 'token' }, { failure: 'missing' }], 2],
    ['a used-up quota', [{ failure: failure({ class: 'quota' }).class }], 2],
    ['a wrong configuration', [{ failure: 'config' }], 2],
    ['no such function', [{}, { failure: 'missing' }], 4],
    ['a busy cloud', [{ failure: 'transient' }], 5],
  ])('%s', (_, answers, code) => {
    expect(codeOfAnswers(answers.map(answerWith))).toBe(code);
  });

  it('is that of a mistake where events cannot be used, whatever the others answer', () => {
    const problem = {
      function: 'pay',
      file: 'events/pay.json',
      at: null,
      fault: { kind: 'syntax' },
    } as const;
    expect(codeOfCalls([answerWith({})], [problem])).toBe(3);
    expect(codeOfCalls([answerWith({})], [])).toBe(5);
  });
});
