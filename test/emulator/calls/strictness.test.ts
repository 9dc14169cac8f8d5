import { expect, test } from 'vitest';
import { CREATE, call, failuresOf, HELLO, type Json, LIST, start, UPDATE, uploadOf } from '../rig.js';

const RID = / rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/;
const good = uploadOf('pay', ['dev'], HELLO);
const without = (name: string): Json =>
  Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));

test.each<[string, unknown, number]>([
  ['no functionname', without('functionname'), 40101],
  ['no envs', without('envs'), 40101],
  ['no zipfile', without('zipfile'), 40101],
  ['an empty functionname', { ...good, functionname: '' }, 40101],
  ['a numeric functionname', { ...good, functionname: 7 }, 40097],
  ['envs as a string', { ...good, envs: 'dev' }, 40097],
  ['no environment in envs', { ...good, envs: [] }, 40097],
  ['an environment twice', { ...good, envs: ['dev', 'dev'] }, 40097],
  ['a number among envs', { ...good, envs: ['dev', 1] }, 40097],
  ['zipfile as an object', { ...good, zipfile: {} }, 40097],
  ['vpcid as a number', { ...good, vpcid: 1 }, 40097],
  ['a name of one letter', { ...good, functionname: 'p' }, 40097],
  ['a name of 61 letters', { ...good, functionname: 'p'.repeat(61) }, 40097],
  ['a name that starts with a digit', { ...good, functionname: '1pay' }, 40097],
  ['a name that ends in a hyphen', { ...good, functionname: 'pay-' }, 40097],
  ['a name with a dot', { ...good, functionname: 'pay.js' }, 40097],
  ['a name with a slash', { ...good, functionname: '../pay' }, 40097],
  ['an empty body', '', 44002],
  ['a body that is no JSON', '{"functionname":', 47001],
  ['a list as the body', '[]', 47001],
])('an upload with %s', async (_, body, errcode) => {
  const emulator = await start();
  for (const path of [CREATE, UPDATE]) {
    const answer = await call(emulator, path, body);
    expect(answer).toEqual({ errcode, errmsg: expect.stringMatching(RID) });
  }
  expect(emulator.functions('dev')).toEqual([]);
});

test.each<[string, string, unknown, number]>([
  ['no env', '?name=pay', {}, 40101],
  ['an empty env', '?env=&name=pay', {}, 40101],
  ['no name', '?env=dev', {}, 40101],
  ['env twice', '?env=dev&env=test&name=pay', {}, 40097],
  ['name twice', '?env=dev&name=pay&name=order', {}, 40097],
  ['an event nested too deeply', '?env=dev&name=pay', `${'['.repeat(1e5)}${']'.repeat(1e5)}`, 40097],
  ['an event of more than 6 MB', '?env=dev&name=pay', { text: 'x'.repeat(6 * 1024 * 1024) }, 40097],
])('a call of a function with %s is refused', async (_, query, event, errcode) => {
  const emulator = await start();
  await emulator.deploy('dev', 'pay', HELLO);
  const answer = await call(emulator, `/tcb/invokecloudfunction${query}`, event);
  expect(answer).toMatchObject({ errcode, errmsg: expect.stringMatching(RID) });
});

test('an event of 6 MB reaches the code, of which there is none', async () => {
  const emulator = await start();
  await emulator.deploy('dev', 'pay', { 'readme.md': '' });
  const invoke = (letters: number): Promise<Json> =>
    call(emulator, '/tcb/invokecloudfunction?env=dev&name=pay', JSON.stringify('x'.repeat(letters)));
  expect(await invoke(6 * 1024 * 1024 - 2)).toMatchObject({
    errcode: -504002,
    errmsg: expect.stringContaining('[pay] has no code that runs'),
  });
  expect(await invoke(6 * 1024 * 1024 - 1)).toMatchObject({ errcode: 40097 });
});

test.each([
  ['no token', '', 41001],
  ['an empty token', 'access_token=', 41001],
  ['a token that was never given out', 'access_token=wrong', 40014],
])('%s', async (_, query, errcode) => {
  const emulator = await start();
  const response = await fetch(`${emulator.url}${LIST}?${query}`, { method: 'POST', body: '{"env":"dev"}' });
  expect(await response.json()).toEqual({ errcode, errmsg: expect.stringMatching(RID) });
});

test('a token in the body or a header is no token', async () => {
  const emulator = await start();
  const response = await fetch(`${emulator.url}${LIST}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator.token}` },
    body: JSON.stringify({ env: 'dev', access_token: emulator.token }),
  });
  expect(await response.json()).toMatchObject({ errcode: 41001 });
});

test.each(['GET', 'PUT'])('%s is refused', async (method) => {
  const emulator = await start();
  const body = method === 'GET' ? {} : { body: '{"env":"dev"}' };
  const response = await fetch(`${emulator.url}${LIST}?access_token=${emulator.token}`, { method, ...body });
  expect(await response.json()).toMatchObject({ errcode: 43002 });
});

test('a path that does not exist', async () => {
  const emulator = await start();
  const response = await fetch(`${emulator.url}/componenttcb/nothing?access_token=${emulator.token}`, {
    method: 'POST',
  });
  expect(response.status).toBe(404);
});

test('the token can be rotated and expire', async () => {
  const emulator = await start({ token: 'first' });
  const list = (token: string): Promise<Json> =>
    call(emulator, `${LIST}?access_token=${token}`, { env: 'dev' });
  expect(await list('first')).toMatchObject({ errcode: 0 });
  emulator.expireToken();
  expect(await list('first')).toMatchObject({ errcode: 42001 });
  const second = emulator.rotateToken();
  expect(emulator.token).toBe(second);
  expect(await list('first')).toMatchObject({ errcode: 40001 });
  expect(await list(second)).toMatchObject({ errcode: 0 });
  expect(emulator.rotateToken('third')).toBe('third');
  expect(await list('third')).toMatchObject({ errcode: 0 });
});

test('the platform mints a token; the old one lives on for its grace, the new one for two hours', async () => {
  let at = 1_000_000;
  const component = { appId: 'wx1', appSecret: 'secret', verifyTicket: 'ticket' };
  const emulator = await start({ component, now: () => at, token: 'old' });
  const path = '/cgi-bin/component/api_component_token?access_token=';
  const mint = (fields: object): Promise<Json> =>
    call(emulator, path, {
      component_appid: 'wx1',
      component_appsecret: 'secret',
      component_verify_ticket: 'ticket',
      ...fields,
    });
  expect(await mint({ component_appid: 'wx2' })).toMatchObject({ errcode: 40013 });
  expect(await mint({ component_appsecret: 'x' })).toMatchObject({ errcode: 40125 });
  expect(await mint({ component_verify_ticket: 'x' })).toMatchObject({ errcode: 61006 });
  const answer = await mint({});
  expect(answer).toMatchObject({ errcode: 0, component_access_token: emulator.token, expires_in: 7200 });
  const minted = String(answer['component_access_token']);
  const list = (token: string): Promise<Json> =>
    call(emulator, `${LIST}?access_token=${token}`, { env: 'dev' });
  at += 5 * 60 * 1000 - 1;
  expect(await list('old')).toMatchObject({ errcode: 0 });
  at += 1;
  expect(await list('old')).toMatchObject({ errcode: 40001 });
  expect(await list(minted)).toMatchObject({ errcode: 0 });
  at += 7200 * 1000;
  expect(await list(minted)).toMatchObject({ errcode: 42001 });
});

test('environment and function name together have a limit', async () => {
  const env = `e${'n'.repeat(70)}`;
  const emulator = await start({ envs: [env] });
  const fits = await call(emulator, CREATE, uploadOf('f'.repeat(47), [env], HELLO));
  expect(fits).toEqual({ errcode: 0, errmsg: 'ok' });
  const answer = await call(emulator, CREATE, uploadOf('f'.repeat(48), [env], HELLO));
  expect(failuresOf(answer, 'fail_env_list')[0]?.['errmsg']).toContain('118');
});

test('settings must be whole; triggers are per environment', async () => {
  const emulator = await start();
  await emulator.deploy('dev', 'pay', HELLO);
  const config = (variables: Json[]): Promise<Json> =>
    call(emulator, '/componenttcb/updatescfconfig', {
      env: 'dev',
      functionname: 'pay',
      environment_variables: variables,
    });
  expect(await config([{ key: 'A', value: '1' }])).toMatchObject({ errcode: 0 });
  await emulator.finishDeployments();
  expect(await config([{ key: 'B', value: '2' }])).toMatchObject({ errcode: 0 });
  expect(await config([{ key: 'B' }])).toMatchObject({ errcode: 40097 });

  const triggers = [{ trigger_name: 'daily', type: 'Timer', config: '0 0 2 * * * *' }];
  const body = { envs: ['dev', 'test'], funcname: 'pay', triggers };
  const answer = await call(emulator, '/componenttcb/batchupdatetriggers', body);
  expect(answer).toMatchObject({
    errcode: 0,
    err_list: [{ env: 'test', errmsg: expect.stringContaining('ResourceNotFound') }],
  });
  expect(await call(emulator, '/componenttcb/gettriggers', { env: 'dev', funcname: 'pay' })).toMatchObject({
    triggers,
  });
  const wrongName = { envs: ['dev'], functionname: 'pay', triggers };
  expect(await call(emulator, '/componenttcb/batchupdatetriggers', wrongName)).toMatchObject({
    errcode: 40101,
  });
  const fiveFields = [{ trigger_name: 'daily', type: 'Timer', config: '0 2 * * *' }];
  expect(
    await call(emulator, '/componenttcb/batchupdatetriggers', {
      envs: ['dev'],
      funcname: 'pay',
      triggers: fiveFields,
    }),
  ).toMatchObject({ errcode: 40097 });
});

test('describeenvs and rid/get', async () => {
  const emulator = await start();
  const envs = await call(emulator, '/componenttcb/describeenvs', {});
  expect(envs).toMatchObject({ info_list: [{ env: 'dev', status: 'NORMAL' }, { env: 'test' }] });
  const refused = await call(emulator, LIST, {});
  const rid = String(refused['errmsg']).match(RID)?.[0].slice(6) ?? '';
  const found = await call(emulator, '/cgi-bin/openapi/rid/get', { rid });
  expect(found).toMatchObject({ errcode: 0, request: { cost_in_ms: expect.any(Number) } });
  expect(JSON.stringify(found)).not.toContain(emulator.token);
  expect(await call(emulator, '/cgi-bin/openapi/rid/get', { rid: 'x' })).toMatchObject({ errcode: 76001 });
});

test('an environment’s alias is its id without what the vendor added', async () => {
  const envs = ['dev-3gewtf9c10f60c76', 'dev-3gewtf9c10f60c7', 'dev-a-3gewtf9c10f60c76'];
  const answer = await call(await start({ envs }), '/componenttcb/describeenvs', {});
  expect(answer).toMatchObject({
    info_list: [{ alias: 'dev' }, { alias: 'dev-3gewtf9c10f60c7' }, { alias: 'dev-a' }],
  });
});

test('the record of a request holds what matters and never the token', async () => {
  const emulator = await start({ keepZips: true });
  const body = uploadOf('pay', ['dev', 'test'], HELLO);
  const seen: number[] = [];
  emulator.onRequest((request) => seen.push(request.id));
  await call(emulator, CREATE, body);
  const [request] = emulator.requests();
  const zip = Buffer.from(String(body['zipfile']), 'base64');
  expect(request).toMatchObject({
    call: 'batchuploadscf',
    functionname: 'pay',
    envs: ['dev', 'test'],
    zipBytes: zip.length,
    zip,
    status: 200,
    errcode: 0,
    state: 'answered',
  });
  expect(JSON.stringify(emulator.requests())).not.toContain(emulator.token);
  expect(emulator.counts()).toMatchObject({ batchuploadscf: 1, batchuploadscfcode: 0 });
  expect(seen).toEqual([1]);
});

test('it listens on loopback only, and refuses a port that is taken and an id that is none', async () => {
  const emulator = await start();
  expect(new URL(emulator.url).hostname).toBe('127.0.0.1');
  await expect(start({ port: Number(new URL(emulator.url).port) })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await expect(start({ envs: ['../up'] })).rejects.toThrow(RangeError);
});
