/** Functions that are hard to ask, with proof, against the emulator: what is said of each, and that the next call is answered. */
import { expect, it } from 'vitest';
import type { Answer } from '../../src/model/answer.js';
import { detailsOfAnswer, summaryOfAnswer } from '../../src/text/answers.js';
import { syncRig } from '../support/sync-rig.js';

interface Row {
  readonly code: string;
  /** `summaryOfAnswer` of it, without fingerprint and times. */
  readonly said: string;
  readonly more?: (answer: Answer, below: readonly string[]) => void;
}

const first = 'nothing to compare with: no earlier answer to this event is kept';
const proven = ` · proven`;
const rows: Readonly<Record<string, Row>> = {
  'never-returns': {
    code: `exports.main = async () => { console.log('waiting'); await new Promise(() => {}); };`,
    // Where the machine is slow, the cloud's limit comes before the helper's.
    said: '',
    more: ({ ok, error, logs }) => {
      expect.soft([ok, logs.map(({ text }) => text)]).toEqual([false, ['waiting']]);
      expect.soft(error?.message).toMatch(/^main did not end within 2800 ms$|timed out/);
    },
  },
  spins: {
    code: 'exports.main = async () => { for (;;); };',
    said: '',
    more: ({ ok, proven: isProven, error }) =>
      expect
        .soft([ok, isProven, error?.message])
        .toEqual([false, null, expect.stringContaining('timed out')]),
  },
  exits: {
    code: `exports.main = async () => { console.log('bye'); process.exit(1); };`,
    said: '',
    more: ({ ok, proven: isProven, error }) =>
      expect.soft([ok, isProven, error?.message]).toEqual([false, null, expect.stringContaining('exit')]),
  },
  'throws-null': { code: 'exports.main = async () => { throw null; };', said: `null${proven}` },
  'throws-object': {
    code: `exports.main = async () => { throw { errCode: -1, errMsg: 'no' }; };`,
    said: `{"errCode":-1,"errMsg":"no"}${proven}`,
  },
  'throws-lines': {
    code: `exports.main = async () => { throw new Error('one\\n::set-output name=a::b\\u001b[2J'); };`,
    said: `Error: one${proven}`,
    more: ({ places }) =>
      expect.soft(places).toEqual([expect.stringMatching(/^functions\/throws-lines\/index.js:1:/)]),
  },
  // The cloud keeps what it took when it loaded the code, with the helper as without.
  replaces: {
    code: `exports.main = async () => 'old'; process.nextTick(() => { exports.main = async () => 'new'; });`,
    said: `${first}${proven}`,
    more: ({ result }) => expect.soft(result).toBe('old'),
  },
  huge: {
    code: `exports.main = async () => 'x'.repeat(400000);`,
    said: `${first}${proven}`,
    more: ({ result, resultBytes }) => {
      expect(resultBytes).toBe(400_002);
      expect(JSON.stringify(result).length).toBeLessThan(5000);
    },
  },
  circular: {
    code: 'exports.main = async () => { const a = {}; a.a = a; return a; };',
    said: '',
    more: ({ error }) => expect.soft(error?.message).toContain('circular'),
  },
  bigint: {
    code: 'exports.main = async () => ({ n: BigInt(1) });',
    said: `TypeError: Do not know how to serialize a BigInt${proven}`,
  },
  undefined: { code: 'exports.main = async () => undefined;', said: `${first}${proven}` },
  deep: {
    code: 'exports.main = async () => { let a = 1; for (let i = 0; i < 2000; i += 1) a = [a]; return a; };',
    said: `RangeError: the result is nested too deeply${proven}`,
  },
  prints: {
    code: `exports.main = async () => { console.log('x'.repeat(1e5)); for (let i = 0; i < 30000; i += 1) console.log(i); return 1; };`,
    said: `${first}${proven}`,
    more: ({ logs, moreLogs }) =>
      expect.soft([logs.length, moreLogs, logs[0]?.text.length]).toEqual([200, 29_801, 8193]),
  },
};

it('each is named, and none keeps the next from being answered', async () => {
  const functions = Object.fromEntries(
    Object.entries(rows).map(([name, { code }]) => [name, { 'index.js': code }]),
  );
  const answers = Object.fromEntries(Object.keys(rows).map((name) => [name, { answers: true }]));
  const config = { envs: ['dev'], functions: answers, answers: { proof: true, atOnce: 4 } };
  const made = await syncRig(functions, config, { envs: ['dev'] });
  for (const name of Object.keys(rows)) await made.project.write(`events/${name}.json`, '{"n":1}');
  const { sync, of, rest, bugs } = await made.start({ timeScale: 1 });
  await rest();
  const signal = new AbortController().signal;
  await sync.answers.call({ names: Object.keys(rows), envs: null, signal, onAnswer: () => undefined });
  expect(bugs).toEqual([]);
  for (const [name, { said, more }] of Object.entries(rows)) {
    const answer = of('answer').find((each) => each.function === name);
    if (answer === undefined) throw new Error(`no answer of ${name}`);
    const whole = summaryOfAnswer(answer, 'en').replace(/^\(no name\) · /, '');
    if (said !== '') expect.soft([name, whole.replace(/( · proven) .*$/s, '$1')]).toEqual([name, said]);
    more?.(answer, detailsOfAnswer(answer, 'en'));
  }
}, 180_000);
