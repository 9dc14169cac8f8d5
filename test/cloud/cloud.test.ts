import { describe, expect, test } from 'vitest';
import { failureText } from '../../src/text/describe.js';
import { cloudAt, secretToken, serve, serveJson } from '../support/cloud-rig.js';
import { buildUploadBody } from '../support/upload-body.js';

const upload = async (envs: readonly string[], operation: 'update' | 'create' = 'update') => ({
  operation,
  envs,
  body: await buildUploadBody({ functionname: 'pay', envs, zip: Buffer.from('zip') }),
});

describe('push', () => {
  test.each([
    ['update', '/componenttcb/batchuploadscfcode'],
    ['create', '/componenttcb/batchuploadscf'],
  ] as const)('%s posts to %s, the token in the query and nowhere else', async (operation, path) => {
    const server = await serveJson({ errmsg: 'ok', extra: { a: 1 }, errcode: 0 });
    const { cloud } = cloudAt(server.url);
    const outcome = await cloud.push(await upload(['a', 'b'], operation));
    expect(outcome).toEqual({ type: 'answered', requestMs: expect.any(Number), failures: [] });
    const [received] = server.received;
    expect(received?.path).toBe(path);
    expect([...(received?.query ?? [])]).toEqual([['access_token', secretToken]]);
    expect(JSON.stringify(received?.headers)).not.toContain(secretToken);
    expect(JSON.parse(received?.body ?? '')).toEqual({
      functionname: 'pay',
      envs: ['a', 'b'],
      zipfile: 'emlw',
    });
  });

  test.each([
    ['fail_list', 'errormsg'],
    ['fail_list', 'errmsg'],
    ['fail_env_list', 'errmsg'],
    ['fail_env_list', 'errormsg'],
    ['err_list', 'errmsg'],
    ['err_list', 'errormsg'],
  ])('a partial failure in %s, in %s', async (list, message) => {
    const server = await serveJson({
      [list]: [{ [message]: 'FunctionStatusError rid: 1-2-3', other: 1, env: 'b' }],
      errcode: 0,
    });
    const outcome = await cloudAt(server.url).cloud.push(await upload(['a', 'b']));
    expect(outcome).toMatchObject({
      type: 'answered',
      failures: [{ env: 'b', failure: { class: 'busy', rid: '1-2-3', message: 'FunctionStatusError' } }],
    });
  });

  test.each([
    [{ errormsg: '', errmsg: 'InternalError' }],
    [{ errormsg: null, errmsg: 'InternalError' }],
    [{ errormsg: 'InternalError', errmsg: 'ok' }],
  ])('of two messages the one that says something counts: %j', async (messages) => {
    const server = await serveJson({ errcode: 0, fail_list: [{ env: 'b', ...messages }] });
    expect(await cloudAt(server.url).cloud.push(await upload(['a', 'b']))).toMatchObject({
      failures: [{ env: 'b', failure: { class: 'transient', message: 'InternalError' } }],
    });
  });

  test('both lists at once, with both names of the message', async () => {
    const server = await serveJson({
      fail_env_list: [{ errmsg: 'FunctionStatusError', env: 'b' }],
      fail_list: [{ errormsg: 'InternalError', env: 'a', extra: { deep: [1] } }],
      errmsg: 'ok',
      errcode: 0,
    });
    expect(await cloudAt(server.url).cloud.push(await upload(['a', 'b', 'c']))).toMatchObject({
      failures: [
        { env: 'a', failure: { class: 'transient' } },
        { env: 'b', failure: { class: 'busy' } },
      ],
    });
  });

  test('of two entries for one environment, the first counts', async () => {
    const server = await serveJson({
      errcode: 0,
      fail_list: [{ env: 'a', errormsg: 'InternalError' }],
      fail_env_list: null,
      err_list: [{ env: 'a', errmsg: 'FunctionStatusError' }],
    });
    const outcome = await cloudAt(server.url).cloud.push(await upload(['a', 'b']));
    expect(outcome).toMatchObject({ failures: [{ env: 'a', failure: { class: 'transient' } }] });
    expect(outcome.type === 'answered' && outcome.failures.length).toBe(1);
  });

  test.each(['other', 'A', 'a ', ''])(
    'a row of %j, which nobody asked for, leaves every environment unknown and is named',
    async (env) => {
      const rows = [
        { env: 'a', errormsg: 'InternalError' },
        { env, errormsg: 'InternalError' },
      ];
      const server = await serveJson({ errcode: 0, fail_list: rows });
      expect(await cloudAt(server.url).cloud.push(await upload(['a', 'b']))).toMatchObject({
        type: 'failed',
        failure: { class: 'unknown', origin: 'http', message: expect.stringContaining(`fail_list: ${env}`) },
      });
      const outcome = await cloudAt(server.url).cloud.push(await upload(['a', 'b']));
      if (outcome.type !== 'failed') throw new Error(outcome.type);
      expect(failureText(outcome.failure, 'zh-CN')).toBe(`响应包含未请求的环境（fail_list: ${env}）。`);
    },
  );

  test.each([
    [{ errcode: 0, fail_list: 'b' }],
    [{ errcode: 0, fail_list: {} }],
    [{ errcode: 0, fail_list: ['b'] }],
    [{ errcode: 0, fail_env_list: [{ env: 1, errmsg: 'x' }] }],
    [{ errcode: 0, err_list: [{ errmsg: 'x' }] }],
    [{ errcode: 0, err_list: [{ env: 'b', errmsg: 5 }] }],
    [{ errcode: '' }],
    [{ errcode: ' 0' }],
    [{ errcode: '0x0' }],
    [{ errcode: '0.0' }],
    [{ errcode: '-' }],
    [{ errcode: '99999999999999999999' }],
    [{ errcode: 0.5 }],
    [{ errcode: true }],
    [{ errcode: null }],
    [{ errmsg: 'ok' }],
    [{}],
    [[]],
    [null],
    ['ok'],
  ])('%j says nothing about any environment: transient, live unknown', async (answer) => {
    const server = await serveJson(answer);
    expect(await cloudAt(server.url).cloud.push(await upload(['a', 'b']))).toMatchObject({
      type: 'failed',
      failure: { class: 'transient', origin: 'http', httpStatus: 200, errcode: null },
    });
  });

  test('an errcode fails the whole call', async () => {
    const server = await serveJson({ errmsg: 'system busy rid: 5f-6a-7b', errcode: -1, fail_list: [] });
    expect(await cloudAt(server.url).cloud.push(await upload(['a']))).toEqual({
      type: 'failed',
      failure: {
        class: 'transient',
        origin: 'answer',
        errcode: -1,
        httpStatus: 200,
        message: 'system busy',
        rid: '5f-6a-7b',
        retryAfterMs: null,
      },
    });
  });

  test.each([
    ['0', { type: 'answered', failures: [] }],
    ['40097', { type: 'failed', failure: { class: 'function', errcode: 40_097, message: 'why' } }],
    ['-1', { type: 'failed', failure: { class: 'transient', errcode: -1 } }],
    ['-501007', { type: 'failed', failure: { class: 'function', errcode: -501_007 } }],
  ])('the errcode %j in quotes is that number', async (errcode, outcome) => {
    const server = await serveJson({ errcode, errmsg: 'why' });
    expect(await cloudAt(server.url).cloud.push(await upload(['a']))).toMatchObject(outcome);
  });

  test.each([40001, '40001', 40014, 42001])(
    '%j tells the token source that its value was refused',
    async (errcode) => {
      const server = await serveJson({ errcode, errmsg: `access_token=${secretToken} is bad` });
      const { cloud, tokens } = cloudAt(server.url);
      const outcome = await cloud.push(await upload(['a']));
      expect(outcome).toMatchObject({ failure: { class: 'token', message: 'access_token=*** is bad' } });
      expect(tokens.refused).toEqual([secretToken]);
      expect(JSON.stringify(outcome)).not.toContain(secretToken);
    },
  );

  test('without a token nothing is sent', async () => {
    const server = await serveJson({ errcode: 0 });
    const { cloud } = cloudAt(server.url, {}, null);
    expect(await cloud.push(await upload(['a']))).toMatchObject({
      type: 'failed',
      failure: { class: 'token', origin: 'token-source', message: 'env-unset:T' },
    });
    expect(server.connections()).toBe(0);
  });

  test('the same body can be sent again', async () => {
    const server = await serveJson({ errcode: -1 }, { errcode: 0 });
    const { cloud } = cloudAt(server.url);
    const each = await upload(['a']);
    expect((await cloud.push(each)).type).toBe('failed');
    expect((await cloud.push(each)).type).toBe('answered');
    expect(server.received[0]?.body).toBe(server.received[1]?.body);
  });

  test('a large body arrives whole, twice', async () => {
    const server = await serveJson({ errcode: 0 });
    const { cloud } = cloudAt(server.url);
    const zip = Buffer.alloc(1_000_001, 'abcdefg');
    const body = await buildUploadBody({ functionname: 'pay', envs: ['a'], zip });
    for (let count = 0; count < 2; count += 1) {
      expect((await cloud.push({ operation: 'update', envs: ['a'], body })).type).toBe('answered');
      expect(server.received[count]?.body).toBe(body.toString());
      expect(server.received[count]?.headers['content-length']).toBe(String(body.length));
    }
  });
});

/** A list in a list in a list …, as text. */
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

const row = (name: string, more: object = {}) => ({
  name,
  status: 'Active',
  mod_time: '2026-01-01 00:00:00',
  ...more,
});

describe('list', () => {
  test('pages by what came back until the total, and asks for one environment', async () => {
    const server = await serveJson(
      { functions: [row('a'), row('b')], total_count: 3, errcode: 0 },
      { errcode: 0, total_count: 3, functions: [row('c', { runtime: 'Nodejs18.15', odd: [1] })] },
    );
    const outcome = await cloudAt(server.url).cloud.list('dev');
    expect(outcome.ok && outcome.functions.map((each) => each.name)).toEqual(['a', 'b', 'c']);
    expect(server.received.map((each) => JSON.parse(each.body))).toEqual([
      { env: 'dev', offset: 0, limit: 100 },
      { env: 'dev', offset: 2, limit: 100 },
    ]);
    expect(server.received[0]?.path).toBe('/componenttcb/getscflist');
  });

  test('ends at an empty page, but is not whole by the total; a name that comes twice is one row', async () => {
    const server = await serveJson(
      { errcode: 0, total_count: 9, functions: [row('a'), row('b')] },
      { errcode: 0, total_count: 9, functions: [row('b', { status: 'Updating' })] },
      { errcode: 0, total_count: 9, functions: [] },
    );
    expect(await cloudAt(server.url).cloud.list('dev')).toMatchObject({
      ok: true,
      whole: false,
      functions: [
        { name: 'a', status: 'Active' },
        { name: 'b', status: 'Updating' },
      ],
    });
  });

  test.each([
    ['a total', { total_count: 5 }],
    ['no total', {}],
  ])('a server that does not know `offset` is asked twice: its list is not whole (%s)', async (_, total) => {
    const server = await serveJson({ errcode: 0, ...total, functions: [row('a'), row('b')] });
    const outcome = await cloudAt(server.url).cloud.list('dev');
    expect(outcome).toMatchObject({ ok: true, whole: false, functions: [{ name: 'a' }, { name: 'b' }] });
    expect(server.received.map(({ body }) => JSON.parse(body).offset)).toEqual([0, 2]);
  });

  test('rows that moved on while the list was read: one came twice, so another may be missing', async () => {
    const server = await serveJson(
      { errcode: 0, total_count: 3, functions: [row('a'), row('b')] },
      { errcode: 0, total_count: 4, functions: [row('b'), row('c')] },
    );
    expect(await cloudAt(server.url).cloud.list('dev')).toMatchObject({ ok: true, whole: false });
  });

  test('without a total an empty page says that the list is whole', async () => {
    const server = await serveJson({ errcode: 0, functions: [row('a')] }, { errcode: 0, functions: [] });
    expect(await cloudAt(server.url).cloud.list('dev')).toMatchObject({ ok: true, whole: true });
  });

  test('a list that never ends is given up, and is not whole', async () => {
    const server = await serve((_, response, count) => {
      response.end(JSON.stringify({ errcode: 0, total_count: 1e9, functions: [row(`f${count}`)] }));
    });
    const outcome = await cloudAt(server.url).cloud.list('dev');
    expect(outcome).toMatchObject({ ok: true, whole: false });
    expect(outcome.ok && outcome.functions.length).toBe(200);
    expect(server.received.length).toBe(200);
  });

  test('nothing there', async () => {
    const server = await serveJson({ errcode: 0, total_count: 0 });
    expect(await cloudAt(server.url).cloud.list('dev')).toEqual({ ok: true, functions: [], whole: true });
  });

  test.each([
    [
      [{ errcode: 'ResourceNotFound.File', errmsg: `no index.js ${secretToken}` }, { errmsg: 'b' }],
      'ResourceNotFound.File: no index.js ***; b',
    ],
    [[{ errcode: 12, errmsg: 'x' }], '12: x'],
    [[], ''],
    [null, ''],
    [undefined, ''],
    ['text', 'text'],
    [[7], '7'],
  ])('status_reason %j', async (reason, text) => {
    const server = await serveJson({
      errcode: 0,
      total_count: 1,
      functions: [row('a', { status_reason: reason })],
    });
    expect(await cloudAt(server.url).cloud.list('dev')).toEqual({
      ok: true,
      functions: [{ name: 'a', status: 'Active', modTime: '2026-01-01 00:00:00', statusReason: text }],
      whole: true,
    });
  });

  test('a status_reason is shown up to 4000 characters, and long runs of blanks as one', async () => {
    const reasons = [4000, 4001].map((length) => `ab${'c'.repeat(length - 2)}`);
    const blanks = [19, 20].map((length) => `a${' '.repeat(length)}b`);
    const functions = [...reasons, ...blanks].map((reason, index) =>
      row(`f${index}`, { status_reason: reason }),
    );
    const server = await serveJson({ errcode: 0, total_count: 4, functions });
    const outcome = await cloudAt(server.url).cloud.list('dev');
    const shown = outcome.ok ? outcome.functions.map(({ statusReason }) => statusReason) : [];
    expect(shown).toEqual([reasons[0], `${reasons[0]}…`, blanks[0], 'a b']);
  });

  test('the rid at the end of a status_reason is kept apart', async () => {
    const status_reason = [{ errcode: 'InternalError', errmsg: 'no luck rid: 5f-6a-7b' }];
    const failed = row('a', { status: 'UpdateFailed', status_reason });
    const server = await serveJson({ errcode: 0, total_count: 1, functions: [failed] });
    expect(await cloudAt(server.url).cloud.list('dev')).toMatchObject({
      functions: [{ status: 'UpdateFailed', statusReason: 'InternalError: no luck', rid: '5f-6a-7b' }],
    });
  });

  test.each([
    [{ errcode: 0 }],
    [{ errcode: 0, functions: 'none' }],
    [{ errcode: 0, total_count: 1, functions: [null] }],
    [{ errcode: 0, total_count: 1, functions: [{ name: 'a' }] }],
    [{ errcode: 0, total_count: 1, functions: [row('a', { mod_time: 5 })] }],
    [{ errcode: 0, total_count: 1, functions: [row('a', { name: 7 })] }],
    [{ errcode: 0, functions: [], total_count: 'many' }],
  ])('%j is no answer of the API: transient', async (answer) => {
    const server = await serveJson(answer);
    expect(await cloudAt(server.url).cloud.list('dev')).toMatchObject({
      ok: false,
      failure: { class: 'transient', origin: 'http' },
    });
  });

  test('a refusal on the second page is the failure of the whole', async () => {
    const server = await serveJson(
      { errcode: 0, total_count: 2, functions: [row('a')] },
      { errcode: 48001, errmsg: 'api unauthorized' },
    );
    expect(await cloudAt(server.url).cloud.list('dev')).toMatchObject({
      ok: false,
      failure: { class: 'config', errcode: 48001 },
    });
  });
});

describe('the other calls', () => {
  test('describeenvs', async () => {
    const server = await serveJson({
      info_list: [{ env: 'dev', alias: 'Dev', status: 'NORMAL', package_id: 1 }],
      errcode: 0,
    });
    expect(await cloudAt(server.url).cloud.describeEnvs()).toEqual({
      ok: true,
      envs: [{ env: 'dev', alias: 'Dev', status: 'NORMAL' }],
    });
    expect(server.received[0]).toMatchObject({ path: '/componenttcb/describeenvs', body: '{}' });
    const odd = await serveJson({ errcode: 0, info_list: [{ env: 5 }] });
    expect(await cloudAt(odd.url).cloud.describeEnvs()).toMatchObject({ ok: false });
  });

  test('batchupdatetriggers says funcname', async () => {
    const server = await serveJson({ errcode: 0, err_list: [{ env: 'b', errmsg: 'env not exists' }] });
    const triggers = [{ trigger_name: 't', type: 'Timer', config: '0 0 2 1 * * *' }];
    expect(await cloudAt(server.url).cloud.updateTriggers(['a', 'b'], 'pay', triggers)).toMatchObject({
      type: 'answered',
      failures: [{ env: 'b', failure: { class: 'env' } }],
    });
    expect(server.received[0]?.path).toBe('/componenttcb/batchupdatetriggers');
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      envs: ['a', 'b'],
      funcname: 'pay',
      triggers,
    });
  });

  test.each([
    ['{"a":[1]}', { a: [1] }],
    ['null', null],
    ['plain text', 'plain text'],
    ['', ''],
    [nested(100_000), nested(100_000)],
  ])('invoke returns %j as %j', async (text, result) => {
    const server = await serveJson({
      errcode: 0,
      resp_data: text,
      emulator_logs: ['one', `two ${secretToken}`],
    });
    expect(await cloudAt(server.url).cloud.invoke('dev', 'pay', '{"x":1}')).toEqual({
      ok: true,
      result,
      logs: ['one', 'two ***'],
      ms: expect.any(Number),
    });
    expect(server.received[0]).toMatchObject({ path: '/tcb/invokecloudfunction', body: '{"x":1}' });
    expect([...(server.received[0]?.query ?? [])].slice(1)).toEqual([
      ['env', 'dev'],
      ['name', 'pay'],
    ]);
  });

  test('invoke of code that fails keeps what it printed', async () => {
    const server = await serveJson({
      errcode: -504002,
      errmsg: 'ResourceNotFound.Function',
      emulator_logs: ['x'],
    });
    expect(await cloudAt(server.url).cloud.invoke('dev', 'pay', '{}')).toMatchObject({
      ok: false,
      failure: { class: 'missing', errcode: -504002 },
      logs: ['x'],
    });
  });
});

test('an errcode under an HTTP error is read, unless the status alone says it all', async () => {
  const server = await serve((_, response, count) => {
    response.statusCode = count === 1 ? 403 : 503;
    response.end('{"errcode":61004,"errmsg":"access clientip is not registered"}');
  });
  const { cloud } = cloudAt(server.url);
  expect(await cloud.list('dev')).toMatchObject({
    failure: { class: 'config', errcode: 61004, httpStatus: 403 },
  });
  expect(await cloud.list('dev')).toMatchObject({
    failure: { class: 'transient', errcode: null, httpStatus: 503 },
  });
});
