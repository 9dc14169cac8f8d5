/** A question on a terminal, and the lines that are written while it stands. */
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { createQuestions } from '../../src/cli/question.js';
import { headlessTerminal } from '../support/headless.js';
import { patienceMs } from '../support/rig.js';

const left = '\u001b[D';

/** Somebody at a terminal of so many columns, and the questions that are put there. */
function person(columns: number) {
  const screen = headlessTerminal({ columns, rows: 12 });
  const write = (text: string, _: BufferEncoding, done: () => void): void =>
    void screen.write(text.replace(/(?<!\r)\n/g, '\r\n')).then(done);
  const stderr = Object.assign(new Writable({ decodeStrings: false, write }), {
    ...{ isTTY: true, columns, rows: 12 },
  });
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const aborting = new AbortController();
  const interrupt = vi.fn();
  const questions = createQuestions({ stdin, stderr }, interrupt);
  const rows = (): string[] => screen.lines().map((line) => line.trimEnd());
  const shown = (): string => rows().join('\n').trimEnd();
  const shows = (text: string): Promise<unknown> =>
    vi.waitUntil(() => shown() === text, { timeout: patienceMs }).catch(() => expect(shown()).toBe(text));
  return {
    interrupt,
    questions,
    shows,
    abort: () => aborting.abort(),
    type: (keys: string) => void stdin.write(keys),
    say: (text: string) => questions.above(() => stderr.write(text)),
    ask: (question: string) => questions.ask(question, aborting.signal),
  };
}

describe('a line that is written while a question stands', () => {
  it.each([
    [40, 'one\nReplace or end? [y/N] hel', 'one\nanother\nReplace or end? [y/N] hel'],
    [12, 'one\nReplace or e\nnd? [y/N] he\nl', 'one\nanother\nReplace or e\nnd? [y/N] he\nl'],
  ])('comes above it and above what was typed, on %i columns', async (columns, first, second) => {
    const { ask, type, say, shows } = person(columns);
    const answer = ask('Replace or end? [y/N] ');
    type('hel');
    say('one\n');
    await shows(first);
    say('another\n');
    await shows(second);
    type('p\r');
    expect(await answer).toBe('help');
  });

  it('leaves the cursor in the middle of what was typed', async () => {
    const { ask, type, say, shows } = person(40);
    const answer = ask('Sure? ');
    type(`ys${left}`);
    await shows('Sure? ys');
    say('one\n');
    await shows('one\nSure? ys');
    type('e');
    await shows('one\nSure? yes');
    type('\r');
    expect(await answer).toBe('yes');
  });

  it('is not lost to the next one where the question fills its row, and the cursor may stand rows above its end', async () => {
    const { ask, type, say, shows } = person(12);
    const answer = ask('Sure? ');
    type('abcdef');
    await shows('Sure? abcdef');
    say('one\n');
    await shows('one\nSure? abcdef');
    say('two\n');
    await shows('one\ntwo\nSure? abcdef');
    type(`ghij${left.repeat(7)}`);
    await shows('one\ntwo\nSure? abcdef\nghij');
    say('three\n');
    await shows('one\ntwo\nthree\nSure? abcdef\nghij');
    type('X');
    await shows('one\ntwo\nthree\nSure? abcXde\nfghij');
    type('\r');
    expect(await answer).toBe('abcXdefghij');
  });

  it('is written as it is before and after', async () => {
    const { ask, type, say, shows } = person(40);
    say('before\n');
    const answer = ask('title\nSure? ');
    await shows('before\ntitle\nSure?');
    type('y\r');
    expect(await answer).toBe('y');
    say('after\n');
    await shows('before\ntitle\nSure? y\nafter');
  });

  it('does not bring back one that was broken off', async () => {
    const { ask, abort, say, shows } = person(40);
    const answer = ask('Sure? ');
    abort();
    say('stopping\n');
    expect(await answer).toBeNull();
    await shows('Sure?\nstopping');
  });
});

it('a question that is broken off before it is asked shows nothing, and Ctrl-C in one interrupts', async () => {
  const { ask, abort, type, shows, interrupt } = person(40);
  const answer = ask('Sure? ');
  type('\u0003');
  await vi.waitUntil(() => interrupt.mock.calls.length === 1, { timeout: patienceMs });
  abort();
  expect(await answer).toBeNull();
  expect(await ask('Again? ')).toBeNull();
  await shows('Sure?');
});
