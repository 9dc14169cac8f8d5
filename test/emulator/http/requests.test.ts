/** A request's way through the checks, and what is remembered of it. */
import { expect, test } from 'vitest';
import { createJournal, type RecordedRequest } from '../../../src/emulator/http/journal.js';
import { CREATE, call, createActive, HELLO, type Json, LIST, list, start, UPDATE, uploadOf } from '../rig.js';

/** docs/emulator.md, "What it does": the checks in their order, so each answer is that of the first that fails. */
test.each<[string, string, string, string | undefined, number]>([
  ['the method before the token', 'PUT', 'access_token=wrong', '', 43002],
  ['the method, where there is no token', 'GET', '', undefined, 43002],
  ['the token before the body', 'POST', '', '', 41001],
  ['a token never given out, before the body', 'POST', 'access_token=wrong', '{', 40014],
  ['no body', 'POST', 'good', '', 44002],
  ['a body of white space', 'POST', 'good', ' \n\t', 44002],
  ['a body that is no JSON, before the parameters', 'POST', 'good', '{"env":', 47001],
  ['a body that is a text', 'POST', 'good', '"dev"', 47001],
  ['a missing parameter before a wrong one', 'POST', 'good', '{"limit":-1}', 40101],
  ['a wrong parameter', 'POST', 'good', '{"env":"dev","limit":-1}', 40097],
  ['nothing wrong', 'POST', 'good', '{"env":"dev"}', 0],
])('checks: %s', async (_, method, query, body, errcode) => {
  const emulator = await start();
  const token = query === 'good' ? `access_token=${emulator.token}` : query;
  const response = await fetch(`${emulator.url}${LIST}?${token}`, {
    method,
    ...(body === undefined ? {} : { body }),
  });
  expect(await response.json()).toMatchObject({ errcode });
});

test.each([
  ['limit', -1, 40097],
  ['limit', 1.5, 40097],
  ['limit', '20', 40097],
  ['limit', 0, 0],
  ['limit', null, 0],
  ['offset', -1, 40097],
  ['offset', 2 ** 53, 40097],
  ['offset', 2 ** 53 - 1, 0],
  ['searchkey', 7, 40097],
  ['searchkey', '', 0],
])('a list with %s %j', async (name, value, errcode) => {
  expect(await call(await start(), LIST, { env: 'dev', [name]: value })).toMatchObject({ errcode });
});

test('the platform’s own name for the token is as good, and the record says which it was', async () => {
  const emulator = await start();
  const ask = (query: string): Promise<Response> =>
    fetch(`${emulator.url}${LIST}?${query}`, { method: 'POST', body: '{"env":"dev"}' });
  const answer = await ask(`cloudbase_access_token=${emulator.token}`);
  expect(await answer.json()).toMatchObject({ errcode: 0 });
  await ask(`access_token=wrong&cloudbase_access_token=${emulator.token}`);
  await ask('');
  expect(emulator.requests().map(({ tokenAs, errcode }) => [tokenAs, errcode])).toEqual([
    ['cloudbase_access_token', 0],
    ['access_token', 40014],
    [null, 41001],
  ]);
});

test('a record says how long the request took and how large it was, and keeps no zip unasked', async () => {
  let at = 1_000_000;
  const emulator = await start({ now: () => at, faults: [{ hold: true }] });
  const body = uploadOf('pay', ['dev'], HELLO);
  const asked = call(emulator, CREATE, body);
  const [held] = [await emulator.waitFor(() => emulator.held()[0])];
  expect(held).toMatchObject({ ms: null, status: null, errcode: null, state: 'open' });
  at += 1234;
  emulator.release();
  await asked;
  const zipBytes = Buffer.from(String(body['zipfile']), 'base64').length;
  expect(emulator.requests()).toMatchObject([
    {
      ...{ id: 1, at: 1_000_000, ms: 1234, method: 'POST', path: CREATE, state: 'answered' },
      ...{ zip: null, zipBytes, bodyBytes: JSON.stringify(body).length },
    },
  ]);
});

test('rid/get shows the request and its answer, with failures under the names of the call', async () => {
  let at = 1_700_000_000_999;
  const emulator = await start({ now: () => at });
  await createActive(emulator, 'pay', ['dev']);
  const rid = async (): Promise<Json> => {
    const { rid: last } = emulator.requests().at(-1) ?? { rid: '' };
    return Object((await call(emulator, '/cgi-bin/openapi/rid/get', { rid: last }))['request']);
  };
  await call(emulator, UPDATE, uploadOf('pay', ['dev', 'test'], HELLO));
  at += 5000;
  const request = await rid();
  expect(request).toEqual({
    invoke_time: 1_700_000_000,
    cost_in_ms: 0,
    request_url: `https://127.0.0.1${UPDATE}?access_token=***`,
    request_body: '{"functionname":"pay","envs":["dev","test"]}',
    response_body: expect.any(String),
    client_ip: '127.0.0.1',
  });
  expect(JSON.parse(String(request['response_body']))).toEqual({
    errcode: 0,
    fail_list: [{ env: 'test', errormsg: expect.stringContaining('ResourceNotFound.Function') }],
  });
  await call(emulator, '/componenttcb/describeenvs', {});
  expect(await rid()).toMatchObject({ request_body: '{}', response_body: '{"errcode":0}' });
  emulator.faults.add({ status: 502, times: 1 });
  await fetch(`${emulator.url}${LIST}`, { method: 'POST', body: '{}' });
  expect(await rid()).toMatchObject({ response_body: '' });
  expect(await call(emulator, '/cgi-bin/openapi/rid/get', {})).toMatchObject({ errcode: 40101 });
});

test('the latest 5,000 requests are kept, and every one is counted', () => {
  const journal = createJournal();
  const draft: Parameters<typeof journal.received>[0] = {
    ...{ at: 0, call: 'getscflist', path: LIST, method: 'POST', tokenAs: null, functionname: null, envs: [] },
    ...{ zipBytes: null, zip: null, bodyBytes: 2, rid: 'x' },
  };
  const heard: [string, number][] = [];
  for (let id = 1; id <= 5000; id += 1) journal.received(draft);
  expect(journal.requests()).toHaveLength(5000);
  journal.received(draft);
  journal.onEvent((event) => {
    if ('request' in event) heard.push([event.type, event.request.id]);
  });
  const ids = journal.requests().map(({ id }: RecordedRequest) => id);
  expect([ids[0], ids.at(-1), ids.length, journal.counts().getscflist]).toEqual([2, 5001, 5000, 5001]);
  journal.update(1, { state: 'answered' });
  journal.update(2, { state: 'hung' });
  journal.update(3, { state: 'cut' });
  journal.update(4, { state: 'held' });
  expect(heard).toEqual([
    ['answered', 3],
    ['held', 4],
  ]);
});

test('what is asked of the emulator itself: functions of no environment, deployments that are none', async () => {
  const emulator = await start();
  expect(emulator.functions('nowhere')).toEqual([]);
  expect((await emulator.files('dev', 'nobody')).size).toBe(0);
  for (const [env, name, path] of [
    ['nowhere', 'pay', 'index.js'],
    ['dev', '1pay', 'index.js'],
    ['dev', 'pay', '/index.js'],
  ] as const)
    await expect(emulator.deploy(env, name, { [path]: '' })).rejects.toThrow(RangeError);
  expect(await list(emulator)).toMatchObject({ total_count: 0 });
});

test('deployments are ended once, and only those that are meant', async () => {
  const emulator = await start();
  for (const name of ['pay', 'order']) await call(emulator, CREATE, uploadOf(name, ['dev', 'test'], HELLO));
  expect(await emulator.finishDeployments({ function: 'nobody' })).toBe(0);
  expect(await emulator.finishDeployments({ env: 'test', function: 'pay' })).toBe(1);
  expect(await emulator.finishDeployments({ function: 'pay' })).toBe(1);
  expect(await emulator.finishDeployments({ env: 'dev' })).toBe(1);
  expect([await emulator.finishDeployments(), await emulator.finishDeployments()]).toEqual([1, 0]);
});

test('a connection that says nothing for a while is kept: ten minutes', async () => {
  const emulator = await start();
  const response = await fetch(`${emulator.url}${LIST}`, { method: 'POST', body: '{}' });
  await response.text();
  expect(response.headers.get('keep-alive')).toBe('timeout=600');
});
