/** The limits of fault rules, to the last number, and their clocks: rates, days and busy times. */
import { expect, test } from 'vitest';
import { createFaultPlanner, type FaultPlanner } from '../../../src/emulator/faults/plan.js';
import { type FaultRule, parseFaults } from '../../../src/emulator/index.js';
import { call, failuresOf, type Json, list, start, startWith, update } from '../rig.js';

const int32 = 2 ** 31 - 1;

test.each<[string, readonly number[], readonly number[], object?]>([
  ['errcode', [-int32 - 1, int32], [-int32 - 2, int32 + 1]],
  ['status', [200, 599], [199, 600]],
  ['delayMs', [0, int32], [-1, int32 + 1]],
  ['replaceToken', [0, int32], [-1, int32 + 1]],
  ['slowAnswer', [1, 1e9], [0, 1e9 + 1]],
  ['slowRequest', [1, 1e9], [0, 1e9 + 1]],
  ['cutRequest', [0, int32], [-1, int32 + 1]],
  ['rateLimit', [0, 1e6], [-1, 1e6 + 1]],
  ['dailyQuota', [0, 1e9], [-1, 1e9 + 1]],
  ['quotaUsed', [0, 1e9], [-1, 1e9 + 1], { dailyQuota: 1 }],
  ['busyMs', [0, int32], [-1, int32 + 1]],
  ['busySeconds', [0, 2_147_483], [-1, 2_147_484]],
  ['deployMs', [0, int32], [-1, int32 + 1]],
  ['listLagMs', [0, 86_400_000], [-1, 86_400_001]],
  ['totalCountBy', [-1e6, 1e6], [-1e6 - 1, 1e6 + 1]],
  ['times', [1, 1e9], [0, 1e9 + 1], { reset: true }],
  ['skip', [0, 1e9], [-1, 1e9 + 1], { reset: true }],
])('%s may be %j, and not %j', (key, taken, refused, more = {}) => {
  for (const value of taken)
    expect(parseFaults({ ...more, [key]: value })).toEqual({ ok: true, rules: [{ ...more, [key]: value }] });
  for (const value of [...refused, 1.5, '1'])
    expect(parseFaults({ ...more, [key]: value })).toEqual({
      ok: false,
      problems: [{ path: `$.${key}`, expected: expect.stringMatching(/^a whole number from -?\d+ to \d+$/) }],
    });
});

test.each<[unknown, string]>([
  [{ reset: false }, 'true'],
  [{ envError: 7 }, 'a string'],
  [{ state: 'Gone' }, 'one of Creating, CreateFailed, Active, Updating, UpdateFailed'],
  [{ status: 500, headers: [] }, 'an object of header names and values'],
  [{ reset: true, errmsg: 'x' }, 'nothing: a rule of this action has call,function,env,times,skip,reset'],
  [{ cutRequest: 1, env: 'dev' }, 'nothing: a rule of this action has call,times,skip,cutRequest'],
  [{ reset: true, constructor: 1 }, 'nothing: '],
  [7, 'a rule: an object with one action'],
  [{ errcode: 1, reset: true }, 'exactly one of errcode, status, reset'],
])('%j is answered with what was expected', (rule, expected) => {
  const parsed = parseFaults(rule);
  expect(parsed.ok ? [] : parsed.problems).toEqual([
    { path: expect.any(String), expected: expect.stringContaining(expected) },
  ]);
});

interface Clocked {
  readonly planner: FaultPlanner;
  /** The errcode of a list that is asked for so many milliseconds after the start; 0: it passes. */
  code(ms: number): number;
  plan(ms: number, name?: string, envs?: readonly string[]): ReturnType<FaultPlanner['plan']>;
}

function clocked(...rules: FaultRule[]): Clocked {
  let at = 1_000_000;
  const planner = createFaultPlanner(() => at);
  planner.add(rules);
  return {
    planner,
    code: (ms) => {
      at = 1_000_000 + ms;
      const { terminal } = planner.plan({ call: 'getscflist', function: null, envs: ['dev'] });
      return terminal?.kind === 'errcode' ? terminal.errcode : 0;
    },
    plan: (ms, name = 'pay', envs = ['dev', 'test']) => {
      at = 1_000_000 + ms;
      return planner.plan({ call: 'batchuploadscfcode', function: name, envs });
    },
  };
}

test('a rate is one of any second, and what it refused does not count', () => {
  const { code } = clocked({ rateLimit: 2 });
  const asked = [0, 600, 900, 999, 1000, 1001, 1599, 1600, 1999, 2000];
  const refused = [900, 999, 1001, 1599, 1999];
  expect(asked.filter((ms) => code(ms) === 45011)).toEqual(refused);
});

test('a rate of 0 lets nothing pass', () => {
  const { code } = clocked({ rateLimit: 0 });
  expect([code(0), code(5000)]).toEqual([45011, 45011]);
});

test('limits of no call show for each, those of a call for it alone, the first of them', () => {
  const { planner } = clocked(
    { dailyQuota: 9, quotaUsed: 11 },
    { call: 'getscflist', rateLimit: 4 },
    { rateLimit: 5 },
  );
  expect(planner.quotaOf('getscflist')).toEqual({ limit: 9, used: 9, perSecond: 4 });
  expect(planner.quotaOf('describeenvs')).toEqual({ limit: 9, used: 9, perSecond: 5 });
});

test('a busy time begins with the first upload, for each function and environment apart', () => {
  const { plan } = clocked({ busyMs: 1000 });
  expect([...plan(0, 'pay', ['dev']).busyUntil]).toEqual([['dev', 1_001_000]]);
  expect([...plan(400).busyUntil]).toEqual([
    ['dev', 1_001_000],
    ['test', 1_001_400],
  ]);
  expect([...plan(1000).busyUntil]).toEqual([['test', 1_001_400]]);
  expect([...plan(1000, 'order', ['dev']).busyUntil]).toEqual([['dev', 1_002_000]]);
  expect(plan(5000).busyUntil.size).toBe(0);
});

test('totals add up, and the last state that a function is given shows', async () => {
  const emulator = await startWith(['pay'], { totalCountBy: 2 }, { totalCountBy: 3 }, { state: 'Deleting' });
  expect(await list(emulator)).toMatchObject({ total_count: 6, functions: [{ status: 'Deleting' }] });
  emulator.faults.add({ state: 'Publishing', function: 'pay' });
  expect(await list(emulator)).toMatchObject({ functions: [{ status: 'Publishing' }] });
  expect(failuresOf(await update(emulator, ['dev']), 'fail_list')).toMatchObject([
    { errormsg: expect.stringContaining('Publishing') },
  ]);
});

test.each([
  ['no code of its own', 'npm is gone', 'FailedOperation'],
  ['a code', 'Some.Code.More: words', 'Some.Code.More'],
  ['a word that is none', 'Words: more', 'FailedOperation'],
  ['a code further on', 'see Some.Code', 'FailedOperation'],
])('a reason with %s', async (_, reason, errcode) => {
  const emulator = await startWith(['pay'], { state: 'UpdateFailed', reason });
  expect(await list(emulator)).toMatchObject({
    functions: [{ status_reason: [{ errcode, errmsg: reason }] }],
  });
});

test('a status alone has an empty body', async () => {
  const emulator = await start({ faults: [{ status: 502 }] });
  const response = await fetch(`${emulator.url}/componenttcb/describeenvs`, { method: 'POST', body: '{}' });
  expect([response.status, await response.text()]).toEqual([502, '']);
});

test.each<[string, readonly FaultRule[]]>([
  ['a delay', [{ delayMs: int32 }]],
  ['a hold', [{ hold: true }]],
  ['a slow answer', [{ slowAnswer: 1 }]],
  ['a delay with a hold after it', [{ delayMs: int32 }, { hold: true }]],
])('closing the emulator ends %s', async (_, faults) => {
  const emulator = await start({ faults });
  const asked = expect(call(emulator, '/componenttcb/describeenvs', {})).rejects.toThrow();
  await emulator.waitFor(() => emulator.requests()[0]);
  await emulator.close();
  await asked;
});

test('rules that are cleared let go of no held request', async () => {
  const emulator = await start({ faults: [{ hold: true }] });
  const asked: Promise<Json> = list(emulator);
  await emulator.waitFor(() => emulator.held()[0]);
  emulator.faults.clear();
  expect(await list(emulator)).toMatchObject({ errcode: 0 });
  expect(emulator.held()).toHaveLength(1);
  expect(emulator.release()).toBe(1);
  expect(await asked).toMatchObject({ errcode: 0 });
});
