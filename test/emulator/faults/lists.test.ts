/** Faults of lists, states, links and tokens: what each does, and to which requests. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createFaultPlanner, type FaultPlan } from '../../../src/emulator/faults/plan.js';
import { ACTION_KEYS, canShow, scopeOf } from '../../../src/emulator/faults/rules.js';
import { type Emulator, type FaultRule, parseFaults } from '../../../src/emulator/index.js';
import {
  CREATE,
  call,
  createActive,
  failuresOf,
  HELLO,
  type Json,
  LIST,
  list,
  start,
  startWith,
  UPDATE,
  update,
  uploadOf,
} from '../rig.js';

const withFunctions = (...faults: FaultRule[]): Promise<Emulator> => startWith(['pay', 'order'], ...faults);

const rowsOf = (answer: Json): unknown[] =>
  Object.values(Object(answer['functions'])).map((row) => [Object(row)['name'], Object(row)['status']]);

test.each(['Publishing', 'PublishFailed', 'Deleting', 'DeleteFailed', 'CreateFailed'] as const)(
  'the list shows %s for the function that the rule names',
  async (state) => {
    const emulator = await withFunctions({ state, reason: 'Some.Code: why', function: 'pay', env: 'dev' });
    const answer = await list(emulator);
    expect(rowsOf(answer)).toEqual([
      ['pay', state],
      ['order', 'Active'],
    ]);
    expect(answer['functions']).toMatchObject([
      { status_reason: [{ errcode: 'Some.Code', errmsg: 'Some.Code: why' }] },
      { status_reason: [] },
    ]);
    expect(rowsOf(await list(emulator, 'test'))[0]).toEqual(['pay', 'Active']);
  },
);

test.each([
  ['Publishing', '当前函数处于Publishing状态'],
  ['Deleting', '当前函数处于Deleting状态'],
  ['DeleteFailed', 'must be deleted'],
  ['PublishFailed', null],
  ['UpdateFailed', null],
] as const)('an upload to a function in %s: %s', async (state, text) => {
  const emulator = await withFunctions({ state, function: 'pay' });
  const failures = failuresOf(await update(emulator, ['dev']), 'fail_list');
  expect(failures).toEqual(text === null ? [] : [{ env: 'dev', errormsg: expect.stringContaining(text) }]);
  expect(failuresOf(await call(emulator, UPDATE, uploadOf('order', ['dev'], HELLO)), 'fail_list')).toEqual(
    [],
  );
});

test('a list that lags behind shows what was so long ago', async () => {
  let at = 1_000_000;
  const emulator = await start({ now: () => at });
  await createActive(emulator, 'pay');
  at += 5000;
  await update(emulator, ['dev']);
  emulator.faults.add({ listLagMs: 3000 });
  expect(rowsOf(await list(emulator))).toEqual([['pay', 'Active']]);
  at += 2999;
  expect(rowsOf(await list(emulator))).toEqual([['pay', 'Active']]);
  at += 1;
  expect(rowsOf(await list(emulator))).toEqual([['pay', 'Updating']]);
  expect(await call(emulator, LIST, { env: 'nowhere' })).toMatchObject({ errcode: -501000 });
});

test('a list that lags behind does not have what was created since, and has what was deleted', async () => {
  let at = 1_000_000;
  const emulator = await start({ now: () => at });
  await createActive(emulator, 'pay');
  at += 5000;
  await createActive(emulator, 'order');
  await call(emulator, '/componenttcb/deletescf', { env: 'dev', functionname: 'pay' });
  expect(rowsOf(await list(emulator))).toEqual([['order', 'Active']]);
  emulator.faults.add({ listLagMs: 1000 });
  expect(rowsOf(await list(emulator))).toEqual([['pay', 'Active']]);
});

test('a function that the list leaves out, and a total that does not fit', async () => {
  const emulator = await withFunctions({ listWithout: true, function: 'pay' }, { totalCountBy: 3 });
  expect(await list(emulator)).toMatchObject({ total_count: 4, functions: [{ name: 'order' }] });
  emulator.faults.clear();
  emulator.faults.add([{ listWithout: true }, { totalCountBy: -7 }]);
  expect(await list(emulator)).toMatchObject({ total_count: 0, functions: [] });
});

test('an environment in arrears refuses uploads and triggers, and says so in its own list', async () => {
  const emulator = await withFunctions({ isolated: true, env: 'test' });
  const refused = [{ env: 'test', errormsg: expect.stringMatching(/InsufficientBalance.*ISOLATE/) }];
  expect(failuresOf(await update(emulator, ['dev', 'test']), 'fail_list')).toEqual(refused);
  const body = { envs: ['test'], funcname: 'pay', triggers: [] };
  const answer = await call(emulator, '/componenttcb/batchupdatetriggers', body);
  expect(failuresOf(answer, 'err_list')).toHaveLength(1);
  const envs = [
    { env: 'dev', status: 'ISOLATE' },
    { env: 'test', status: 'ISOLATE' },
  ];
  emulator.faults.clear();
  emulator.faults.add({ isolated: true });
  expect(await call(emulator, '/componenttcb/describeenvs', {})).toMatchObject({ info_list: envs });
});

test('describeenvs shows only the environment in arrears as such', async () => {
  const emulator = await withFunctions({ isolated: true, env: 'test' });
  expect(await call(emulator, '/componenttcb/describeenvs', {})).toMatchObject({
    info_list: [
      { env: 'dev', status: 'NORMAL' },
      { env: 'test', status: 'ISOLATE' },
    ],
  });
});

test('failures under another name, and one that nobody asked for', async () => {
  const emulator = await withFunctions(
    { envError: 'InternalError', env: 'test' },
    { failuresIn: 'fail_env_list', messageIn: 'errormsg' },
    { extraFailure: 'Odd', extraEnv: 'DEV' },
  );
  const answer = await update(emulator, ['dev', 'test']);
  expect(answer['fail_list']).toBeUndefined();
  expect(failuresOf(answer, 'fail_env_list')).toEqual([
    { env: 'test', errormsg: 'InternalError' },
    { env: 'DEV', errormsg: 'Odd' },
  ]);
  emulator.faults.clear();
  emulator.faults.add([{ envError: 'x' }, { failuresIn: 'err_list' }]);
  expect(failuresOf(await update(emulator, ['test']), 'err_list')).toEqual([{ env: 'test', errmsg: 'x' }]);
});

test('a token that is replaced before the request, with and without a grace', async () => {
  let at = 1_000_000;
  const emulator = await start({ token: 'first', now: () => at });
  const asked = (token: string): Promise<Json> =>
    call(emulator, `${LIST}?access_token=${token}`, { env: 'dev' });
  emulator.faults.add({ replaceToken: 5000, times: 1 });
  expect(await asked('first')).toMatchObject({ errcode: 0 });
  at += 4999;
  expect(await asked('first')).toMatchObject({ errcode: 0 });
  at += 1;
  expect(await asked('first')).toMatchObject({ errcode: 40001 });
  expect(await asked(emulator.token)).toMatchObject({ errcode: 0 });
  emulator.faults.add({ replaceToken: 0, times: 1 });
  expect(await asked(emulator.token)).toMatchObject({ errcode: 40001 });
});

test('an answer compressed unasked', async () => {
  const emulator = await start({ faults: [{ gzip: true }] });
  const socket = connect(Number(new URL(emulator.url).port), '127.0.0.1');
  socket.end(
    `POST ${LIST}?access_token=${emulator.token} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 13\r\n\r\n{"env":"dev"}`,
  );
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');
  const all = Buffer.concat(chunks);
  expect(all.toString('latin1')).toContain('content-encoding: gzip');
  const body = gunzipSync(all.subarray(all.indexOf('\r\n\r\n') + 4)).toString();
  expect(JSON.parse(body)).toMatchObject({ errcode: 0, total_count: 0 });
});

test('a slow answer comes whole, and takes its time', async () => {
  const emulator = await start({ faults: [{ slowAnswer: 400 }] });
  const begun = performance.now();
  const answer = await list(emulator);
  expect(answer).toEqual({ errcode: 0, errmsg: 'ok', total_count: 0, functions: [] });
  // 56 bytes at 400 a second.
  expect(performance.now() - begun).toBeGreaterThan(90);
});

test('a request that is read slowly is answered all the same', async () => {
  const emulator = await start({ faults: [{ call: 'batchuploadscf', slowRequest: 3_000_000 }] });
  const big = uploadOf('pay', ['dev'], {
    ...HELLO,
    'big.txt': Array.from({ length: 40_000 }, Math.random).join(),
  });
  const begun = performance.now();
  expect(await call(emulator, CREATE, big)).toEqual({ errcode: 0, errmsg: 'ok' });
  expect(performance.now() - begun).toBeGreaterThan(100);
});

test('a request is cut after so many bytes, and nothing was done', async () => {
  const emulator = await start({ faults: [{ call: 'batchuploadscf', cutRequest: 100, times: 1 }] });
  await expect(call(emulator, CREATE, uploadOf('pay', ['dev'], HELLO))).rejects.toThrow();
  expect([emulator.requests(), emulator.functions('dev')]).toEqual([[], []]);
  expect(await call(emulator, CREATE, uploadOf('pay', ['dev'], HELLO))).toMatchObject({ errcode: 0 });
});

test('the quota that a rule sets shows in quota/get', async () => {
  const emulator = await start({ faults: [{ call: 'batchuploadscf', dailyQuota: 3 }] });
  await createActive(emulator, 'pay');
  const quota = (cgi_path: string): Promise<Json> =>
    call(emulator, '/cgi-bin/openapi/quota/get', { cgi_path });
  expect(await quota(CREATE)).toMatchObject({ quota: { daily_limit: 3, used: 1, remain: 2 } });
  expect(await quota(UPDATE)).toMatchObject({ quota: { daily_limit: 0, used: 0, remain: 0 } });
  expect(await quota('x')).toMatchObject({ errcode: 76003 });
  expect(await quota('/x')).toMatchObject({ errcode: 76021 });
});

test('the day of a quota turns at midnight in Beijing', async () => {
  // 2026-01-01 15:59:59 UTC is 23:59:59 there.
  let at = Date.UTC(2026, 0, 1, 15, 59, 59);
  const emulator = await start({ now: () => at, faults: [{ dailyQuota: 1 }] });
  const code = async (): Promise<unknown> => (await list(emulator))['errcode'];
  expect([await code(), await code()]).toEqual([0, 45009]);
  at += 1000;
  expect([await code(), await code()]).toEqual([0, 45009]);
  at += 24 * 60 * 60 * 1000 - 1;
  expect(await code()).toBe(45009);
  at += 1;
  expect(await code()).toBe(0);
});

const nothing = JSON.stringify(planOf([]), replacer);

function replacer(_: string, value: unknown): unknown {
  return value instanceof Map || value instanceof Set ? [...value] : value;
}

function planOf(rules: readonly FaultRule[], target: Partial<{ function: string | null }> = {}): FaultPlan {
  const planner = createFaultPlanner(() => 1_000_000);
  planner.add(rules);
  return planner.plan({ call: 'batchuploadscfcode', function: 'pay', envs: ['dev', 'test'], ...target });
}

/** A value that each action takes. */
const values: Readonly<Record<string, unknown>> = {
  ...{ errcode: 1, status: 500, rateLimit: 0, dailyQuota: 0, failuresIn: 'err_list', state: 'Deleting' },
  ...{ envError: 'x', extraFailure: 'x', updateFailed: 'x', totalCountBy: 1 },
};

test.each(ACTION_KEYS)('%s changes the plan of a request that can show it, and of no other', (key) => {
  const value = values[key] ?? (/Ms$|Seconds$|slow|cut|replace/.test(key) ? 7 : true);
  const parsed = parseFaults({ [key]: value });
  const rules = parsed.ok ? parsed.rules : [];
  expect(rules).toHaveLength(1);
  const planner = createFaultPlanner(() => 1_000_000);
  planner.add(rules);
  for (const name of ['batchuploadscf', 'getscflist', 'describeenvs', 'invokecloudfunction'] as const) {
    const plan = JSON.stringify(planner.plan({ call: name, function: null, envs: ['dev'] }), replacer);
    const wire = planner.planWire(name);
    const changed = plan !== nothing || wire.bytesPerSecond !== null || wire.cutAfterBytes !== null;
    expect([name, changed]).toEqual([name, canShow(key, name)]);
    expect(plan !== nothing).toBe(canShow(key, name) && scopeOf(key) !== 'wire');
  }
});

test('of the faults of lists an isolated environment alone shows among the environments', () => {
  const ofLists = ACTION_KEYS.filter((key) => scopeOf(key) === 'lists');
  expect(ofLists.length).toBeGreaterThan(1);
  expect(ofLists.filter((key) => canShow(key, 'describeenvs'))).toEqual(['isolated']);
  expect(canShow('isolated', 'invokecloudfunction')).toBe(false);
});

test('delays add up, and the first rule that ends the request ends the list', () => {
  const plan = planOf([{ delayMs: 3 }, { delayMs: 4 }, { errcode: 5 }, { delayMs: 8 }, { hang: true }]);
  expect([plan.delayMs, plan.terminal]).toEqual([
    7,
    { kind: 'errcode', errcode: 5, errmsg: 'emulated failure' },
  ]);
});

test.each<[unknown, string]>([
  [{ delayMs: 2 ** 31 }, '$.delayMs'],
  [{ status: 9999 }, '$.status'],
  [{ status: 199 }, '$.status'],
  [{ status: 200, headers: { 'bad name': 'x' } }, '$.headers'],
  [{ status: 200, headers: { a: 'x\r\ny: z' } }, '$.headers'],
  [{ errcode: 2 ** 31 }, '$.errcode'],
  [{ state: 'Gone' }, '$.state'],
  [{ listLagMs: 1e9 }, '$.listLagMs'],
  [{ failuresIn: 'list' }, '$.failuresIn'],
  [{ slowAnswer: 0 }, '$.slowAnswer'],
  [{ slowRequest: 1, function: 'pay' }, '$.function'],
  [{ cutRequest: 1, env: 'dev' }, '$.env'],
  [{ reset: true, times: 1e10 }, '$.times'],
  [{ busySeconds: 2 ** 31 }, '$.busySeconds'],
])('%j is out of range at %s', (value, path) => {
  expect(parseFaults(value)).toEqual({ ok: false, problems: [{ path, expected: expect.any(String) }] });
});

test('quota/get shows what a rule says is used already, and a rate', async () => {
  let at = Date.UTC(2026, 0, 1, 12);
  const emulator = await start({
    now: () => at,
    faults: [
      { call: 'getscflist', dailyQuota: 3, quotaUsed: 2 },
      { call: 'describeenvs', rateLimit: 7 },
    ],
  });
  const quota = (cgi_path: string): Promise<Json> =>
    call(emulator, '/cgi-bin/openapi/quota/get', { cgi_path });
  expect(await quota(LIST)).toMatchObject({ quota: { daily_limit: 3, used: 2, remain: 1 } });
  expect((await list(emulator))['errcode']).toBe(0);
  expect((await list(emulator))['errcode']).toBe(45009);
  expect(await quota(LIST)).toMatchObject({ quota: { used: 3, remain: 0 }, rate_limit: { call_count: 0 } });
  expect(await quota('/componenttcb/describeenvs')).toMatchObject({
    quota: { daily_limit: 0, used: 0, remain: 0 },
    component_rate_limit: { call_count: 7, refresh_second: 1 },
  });
  at += 24 * 60 * 60_000;
  expect(await quota(LIST)).toMatchObject({ quota: { daily_limit: 3, used: 0, remain: 3 } });
});
