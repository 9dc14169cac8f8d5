import { expect, test } from 'vitest';
import { type Emulator, type FaultRule, parseFaults } from '../../../src/emulator/index.js';
import {
  CREATE,
  call,
  createActive,
  failuresOf,
  HELLO,
  LIST,
  list,
  start,
  startWith,
  UPDATE,
  update,
  uploadOf,
} from '../rig.js';

const withFunction = (...faults: FaultRule[]): Promise<Emulator> => startWith(['pay'], ...faults);

test('an errcode for one call, a number of times, after letting some pass', async () => {
  const emulator = await start({
    faults: [{ call: 'getscflist', errcode: 45009, errmsg: 'quota', skip: 1, times: 2 }],
  });
  const codes: unknown[] = [];
  for (let tries = 0; tries < 4; tries += 1) codes.push((await list(emulator))['errcode']);
  expect(codes).toEqual([0, 45009, 45009, 0]);
  expect(await call(emulator, '/componenttcb/describeenvs', {})).toMatchObject({ errcode: 0 });
});

test('a rule for a function and an environment lets the others pass', async () => {
  const emulator = await withFunction({ function: 'pay', env: 'test', errcode: -1 });
  await createActive(emulator, 'other');
  expect(await update(emulator, ['dev'])).toMatchObject({ errcode: 0 });
  expect(await call(emulator, UPDATE, uploadOf('other', ['test'], HELLO))).toMatchObject({ errcode: 0 });
  expect(await update(emulator, ['dev', 'test'])).toMatchObject({ errcode: -1 });
});

test.each([
  ['env', 'test', ['test']],
  ['every environment', undefined, ['dev', 'test']],
])('a failure text for %s, the rest is taken', async (_, env, failed) => {
  const emulator = await withFunction({
    envError: 'InternalError: x',
    ...(env === undefined ? {} : { env }),
  });
  const answer = await update(emulator, ['dev', 'test']);
  expect(failuresOf(answer, 'fail_list')).toEqual(
    failed.map((one) => ({ env: one, errormsg: 'InternalError: x' })),
  );
  expect(emulator.functions('dev')[0]?.status).toBe(failed.includes('dev') ? 'Active' : 'Updating');
  expect(await list(emulator)).toMatchObject({ errcode: 0 });
});

test('what only uploads can show is kept for uploads', async () => {
  const rules: FaultRule[] = [{ envError: 'x' }, { busyMs: 1e6 }, { updateFailed: 'x' }, { deployMs: 1 }];
  for (const rule of rules) {
    const emulator = await withFunction({ ...rule, times: 1 });
    expect(await list(emulator)).toMatchObject({ errcode: 0 });
    const answer = await update(emulator, ['dev']);
    if ('updateFailed' in rule) await emulator.finishDeployments();
    if ('deployMs' in rule) await emulator.waitFor(() => emulator.functions('dev')[0]?.status === 'Active');
    const failed = emulator.functions('dev')[0]?.status === 'UpdateFailed' || 'deployMs' in rule;
    expect(failuresOf(answer, 'fail_list').length === 1 || failed).toBe(true);
    await emulator.close();
  }
});

test('an HTTP status with body and headers', async () => {
  const emulator = await start({
    faults: [{ status: 503, body: '<html>bad gateway</html>', headers: { 'retry-after': '7' }, times: 1 }],
  });
  const response = await fetch(`${emulator.url}${LIST}?access_token=${emulator.token}`, {
    method: 'POST',
    body: '{}',
  });
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('7');
  expect(await response.text()).toBe('<html>bad gateway</html>');
  expect(emulator.requests()).toMatchObject([{ status: 503, errcode: null, state: 'answered' }]);
});

test('a delay ends before the answer', async () => {
  const emulator = await start({ faults: [{ delayMs: 60, times: 1 }] });
  const begun = performance.now();
  await list(emulator);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(55);
});

test('a held request goes on when the test says so, and its work is done then', async () => {
  const emulator = await withFunction({ call: 'batchuploadscfcode', hold: true, times: 1 });
  const answer = update(emulator, ['dev']);
  const held = await emulator.waitFor(() => emulator.held()[0]);
  expect(held).toMatchObject({ call: 'batchuploadscfcode', functionname: 'pay', envs: ['dev'] });
  expect(emulator.requests().at(-1)?.state).toBe('held');
  expect(emulator.functions('dev')[0]?.status).toBe('Active');
  expect(await list(emulator)).toMatchObject({ errcode: 0 });
  expect(emulator.release({ function: 'other' })).toBe(0);
  expect(emulator.release({ function: 'pay', env: 'dev' })).toBe(1);
  expect(await answer).toEqual({ errcode: 0, errmsg: 'ok' });
  expect(emulator.functions('dev')[0]?.status).toBe('Updating');
});

test('a reset: no work, no answer', async () => {
  const emulator = await withFunction({ call: 'batchuploadscfcode', reset: true });
  await expect(update(emulator, ['dev', 'test'])).rejects.toThrow();
  expect(emulator.functions('dev')[0]?.status).toBe('Active');
  expect(emulator.requests().at(-1)).toMatchObject({ state: 'cut', status: null, errcode: null });
});

test('a lost answer: the work is done, then the reset', async () => {
  const emulator = await withFunction({ call: 'batchuploadscfcode', lostAnswer: true });
  await expect(update(emulator, ['dev', 'test'])).rejects.toThrow();
  expect(emulator.functions('dev')[0]?.status).toBe('Updating');
  expect(emulator.requests().at(-1)).toMatchObject({ state: 'cut', errcode: 0 });
});

test('half an answer: its length is announced, its end never comes', async () => {
  const emulator = await withFunction({ call: 'batchuploadscfcode', halfAnswer: true });
  const response = await fetch(`${emulator.url}${UPDATE}?access_token=${emulator.token}`, {
    method: 'POST',
    body: JSON.stringify(uploadOf('pay', ['dev'], HELLO)),
  });
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
});

test('a hang lasts until the client leaves or the emulator is closed', async () => {
  const emulator = await start({ faults: [{ call: 'getscflist', hang: true }] });
  const leaving = new AbortController();
  const url = `${emulator.url}${LIST}?access_token=${emulator.token}`;
  const first = fetch(url, { method: 'POST', body: '{}', signal: leaving.signal });
  let ended = 0;
  const left = expect(first.finally(() => (ended += 1))).rejects.toThrow();
  const stayed = expect(list(emulator).finally(() => (ended += 1))).rejects.toThrow();
  await emulator.waitFor(() => emulator.requests()[1]);
  for (let calls = 0; calls < 5; calls += 1) await call(emulator, '/componenttcb/describeenvs', {});
  expect(ended).toBe(0);
  expect(emulator.requests()[0]?.state).toBe('hung');
  leaving.abort();
  await left;
  expect(ended).toBe(1);
  await emulator.close();
  await stayed;
});

test('busy for a while: refused, shown as Updating, then taken; once, not again and again', async () => {
  let at = 1_000_000;
  const emulator = await start({ now: () => at });
  await createActive(emulator, 'pay');
  emulator.faults.add({ env: 'test', busySeconds: 60 });
  const first = await update(emulator, ['dev', 'test']);
  expect(failuresOf(first, 'fail_list')).toEqual([
    {
      env: 'test',
      errormsg: expect.stringContaining('当前函数处于Updating状态，无法进行此操作，请稍后重试。'),
    },
  ]);
  expect(emulator.functions('test')[0]?.status).toBe('Updating');
  at += 59_999;
  expect(failuresOf(await update(emulator, ['test']), 'fail_list')).toHaveLength(1);
  at += 1;
  expect(emulator.functions('test')[0]?.status).toBe('Active');
  expect(await update(emulator, ['test'])).toEqual({ errcode: 0, errmsg: 'ok' });
});

test('a deployment that fails as told: accepted, then UpdateFailed with the reason', async () => {
  const emulator = await withFunction({
    env: 'dev',
    updateFailed: 'FailedOperation.InstallDependency: npm',
    times: 1,
  });
  expect(await update(emulator, ['dev', 'test'])).toEqual({ errcode: 0, errmsg: 'ok' });
  await emulator.finishDeployments();
  expect(emulator.functions('dev')).toMatchObject([
    {
      status: 'UpdateFailed',
      status_reason: [
        { errcode: 'FailedOperation.InstallDependency', errmsg: 'FailedOperation.InstallDependency: npm' },
      ],
    },
  ]);
  expect(emulator.functions('test')[0]?.status).toBe('Active');
  expect((await emulator.files('dev', 'pay')).get('index.js')?.toString()).toBe(HELLO['index.js']);
});

test('a deployment that takes another time', async () => {
  const emulator = await withFunction({ env: 'dev', deployMs: 1 });
  await update(emulator, ['dev', 'test']);
  await emulator.waitFor(() => emulator.functions('dev')[0]?.status === 'Active');
  expect(emulator.functions('test')[0]?.status).toBe('Updating');
});

test('the token expires in mid-work', async () => {
  const emulator = await start({ faults: [{ call: 'getscflist', expireToken: true, skip: 1, times: 1 }] });
  expect(await list(emulator)).toMatchObject({ errcode: 0 });
  expect(await list(emulator)).toMatchObject({ errcode: 42001 });
  expect(await list(emulator)).toMatchObject({ errcode: 42001 });
  emulator.rotateToken();
  expect(await list(emulator)).toMatchObject({ errcode: 0 });
});

test('a rate and a daily quota', async () => {
  let at = 1_000_000;
  const emulator = await start({
    now: () => at,
    faults: [{ rateLimit: 2 }, { call: 'getscflist', dailyQuota: 3 }],
  });
  const code = async (): Promise<unknown> => (await list(emulator))['errcode'];
  expect([await code(), await code(), await code()]).toEqual([0, 0, 45011]);
  at += 1000;
  expect([await code(), await code()]).toEqual([0, 45009]);
  at += 24 * 60 * 60 * 1000;
  expect(await code()).toBe(0);
});

test('rules act together, and clearing ends them', async () => {
  const emulator = await withFunction(
    { delayMs: 1 },
    { env: 'dev', envError: 'a' },
    { env: 'test', envError: 'b' },
  );
  expect(
    failuresOf(await update(emulator, ['dev', 'test']), 'fail_list').map(({ errormsg }) => errormsg),
  ).toEqual(['a', 'b']);
  expect(emulator.faults.list()).toHaveLength(3);
  emulator.faults.clear();
  expect(await update(emulator, ['dev', 'test'])).toEqual({ errcode: 0, errmsg: 'ok' });
});

test('latency is added to every call', async () => {
  const emulator = await start({ latencyMs: 40 });
  const begun = performance.now();
  await list(emulator);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(35);
});

const valid: FaultRule[] = [
  { errcode: -1 },
  { call: 'batchuploadscf', function: 'pay', env: 'dev', times: 1, skip: 0, errcode: 45009, errmsg: 'x' },
  { envError: 'x' },
  { status: 502, body: '', headers: { a: 'b' } },
  { delayMs: 0 },
  { halfAnswer: true },
  { reset: true },
  { hang: true },
  { hold: true },
  { lostAnswer: true },
  { busyMs: 5 },
  { busySeconds: 5 },
  { updateFailed: 'x' },
  { deployMs: 5 },
  { expireToken: true },
  { rateLimit: 1 },
  { dailyQuota: 0 },
];

test('rules are read as they are written', () => {
  expect(parseFaults(valid)).toEqual({ ok: true, rules: valid });
  expect(parseFaults(valid[0])).toEqual({ ok: true, rules: [valid[0]] });
});

test.each<[unknown, string]>([
  ['x', '$'],
  [[null], '$[0]'],
  [[{ errcode: -1 }, {}], '$[1]'],
  [{ call: 'getscflist' }, '$'],
  [{ errcode: 1, reset: true }, '$'],
  [{ call: 'getscflists', reset: true }, '$.call'],
  [{ errcode: '1' }, '$.errcode'],
  [{ errcode: 1.5 }, '$.errcode'],
  [{ reset: true, errmsg: 'x' }, '$.errmsg'],
  [{ reset: 1 }, '$.reset'],
  [[{ reset: true, times: 0 }], '$[0].times'],
  [{ reset: true, skip: -1 }, '$.skip'],
  [{ reset: true, function: 1 }, '$.function'],
  [{ status: 99 }, '$.status'],
  [{ status: 500, headers: { a: 1 } }, '$.headers'],
  [{ delayMs: -1 }, '$.delayMs'],
])('%j has its problem at %s', (value, path) => {
  expect(parseFaults(value)).toEqual({ ok: false, problems: [{ path, expected: expect.any(String) }] });
});

test('all problems are told at once', () => {
  const parsed = parseFaults([{ delayMs: -1, times: 0 }, { a: 1 }]);
  expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path)).toEqual([
    '$[0].delayMs',
    '$[0].times',
    '$[1]',
  ]);
});

test('creating with a busy rule says so for a function that is not there yet, which is listed as Creating meanwhile', async () => {
  const emulator = await start({ faults: [{ busyMs: 100_000 }] });
  const answer = await call(emulator, CREATE, uploadOf('pay', ['dev'], HELLO));
  expect(failuresOf(answer, 'fail_env_list')[0]?.['errmsg']).toContain('当前函数处于');
  expect(emulator.functions('dev')).toMatchObject([{ name: 'pay', status: 'Creating' }]);
});
