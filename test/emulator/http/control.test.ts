import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import type { Emulator } from '../../../src/emulator/index.js';
import { call, createActive, HELLO, LIST, start } from '../rig.js';

async function control(
  emulator: Emulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<[number, unknown]> {
  const response = await fetch(`${emulator.url}/__emulator/${path}?access_token=${emulator.token}`, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return [response.status, await response.json()];
}

test('rules are added and cleared while it runs', async () => {
  const emulator = await start();
  expect(await control(emulator, 'POST', 'faults', { errcode: 45009 })).toMatchObject([200, { rules: 1 }]);
  expect(await control(emulator, 'POST', 'faults', [{ delayMs: 1 }])).toMatchObject([200, { rules: 2 }]);
  expect(await call(emulator, LIST, { env: 'dev' })).toMatchObject({ errcode: 45009 });
  expect(await control(emulator, 'DELETE', 'faults')).toMatchObject([200, { errcode: 0 }]);
  expect(await call(emulator, LIST, { env: 'dev' })).toMatchObject({ errcode: 0 });
});

test('a new token takes the place of the old one, and the one of the start still controls', async () => {
  const emulator = await start();
  const first = emulator.token;
  emulator.expireToken();
  const [status, answer] = await control(emulator, 'POST', 'token');
  expect([status, answer]).toEqual([200, { errcode: 0, errmsg: 'ok', token: emulator.token }]);
  expect(emulator.token).not.toBe(first);
  expect(await call(emulator, LIST, { env: 'dev' })).toMatchObject({ errcode: 0 });
  expect(await call(emulator, `${LIST}?access_token=${first}`, { env: 'dev' })).toMatchObject({
    errcode: 40001,
  });
  await control(emulator, 'POST', 'token', { token: 'graced', graceMs: 60_000 });
  await control(emulator, 'POST', 'token', { token: 'chosen', graceMs: 60_000 });
  expect(await call(emulator, `${LIST}?access_token=graced`, { env: 'dev' })).toMatchObject({ errcode: 0 });
  expect((await control(emulator, 'POST', 'token', { graceMs: -1 }))[0]).toBe(400);
  expect(emulator.token).toBe('chosen');
  expect((await control(emulator, 'POST', 'token', { token: 5 }))[0]).toBe(400);
  const query = `${emulator.url}/__emulator/state?access_token=${first}`;
  expect((await fetch(query)).status).toBe(200);
});

test('wrong rules are refused with their paths, and none is added', async () => {
  const emulator = await start();
  const answer = await control(emulator, 'POST', 'faults', [{ delayMs: 1 }, { errcode: 'x' }]);
  expect(answer).toMatchObject([400, { problems: [{ path: '$[1].errcode' }] }]);
  expect(emulator.faults.list()).toEqual([]);
  expect((await control(emulator, 'POST', 'faults', '{'))[0]).toBe(400);
});

test.each([null, 7, 'text', [], {}])(
  'a deployment that is %j is refused, and breaks nothing',
  async (body) => {
    const emulator = await start();
    expect((await control(emulator, 'POST', 'deploy', JSON.stringify(body)))[0]).toBe(400);
    expect((await control(emulator, 'POST', 'release', JSON.stringify(body)))[0]).toBe(200);
  },
);

test('the state has counts, functions, rules and held requests', async () => {
  const emulator = await start();
  await createActive(emulator, 'pay', ['dev']);
  emulator.faults.add({ call: 'getscflist', hold: true });
  const held = call(emulator, LIST, { env: 'dev' });
  await emulator.waitFor(() => emulator.held()[0]);
  expect(await control(emulator, 'GET', 'state')).toMatchObject([
    200,
    {
      counts: { batchuploadscf: 1, getscflist: 1 },
      envs: { dev: [{ name: 'pay', status: 'Active' }], test: [] },
      faults: [{ call: 'getscflist', hold: true }],
      held: [{ call: 'getscflist', envs: ['dev'] }],
    },
  ]);
  expect(await control(emulator, 'POST', 'release', { call: 'getscflist' })).toMatchObject([
    200,
    { released: 1 },
  ]);
  expect(await held).toMatchObject({ errcode: 0 });
});

test('release lets go of those that agree with every field, and of no other', async () => {
  const emulator = await start({ faults: [{ hold: true }] });
  const asked = ['dev', 'test'].map((env) => call(emulator, LIST, { env }));
  const triggers = call(emulator, '/componenttcb/gettriggers', { env: 'dev', funcname: 'pay' });
  await emulator.waitFor(() => emulator.held().length === 3);
  const release = async (body: unknown): Promise<unknown> =>
    Object((await control(emulator, 'POST', 'release', body))[1])['released'];
  expect(await release({ call: 'getscflist', env: 'nowhere' })).toBe(0);
  expect(await release({ call: 'describeenvs' })).toBe(0);
  expect(await release({ id: 99 })).toBe(0);
  expect(await release({ function: 'order' })).toBe(0);
  expect(await release({ call: 'getscflist', env: 'test' })).toBe(1);
  expect(await asked[1]).toMatchObject({ errcode: 0 });
  expect(
    emulator
      .held()
      .map((request) => request.call)
      .toSorted(),
  ).toEqual(['getscflist', 'gettriggers']);
  expect(await release({ function: 'pay' })).toBe(1);
  expect(await release({})).toBe(1);
  await Promise.all([...asked, triggers]);
});

test('somebody else deploys through it', async () => {
  const emulator = await start();
  const files = { 'index.js': 'theirs', 'lib/a.js': '1' };
  expect((await control(emulator, 'POST', 'deploy', { env: 'dev', name: 'pay', files }))[0]).toBe(200);
  expect([...(await emulator.files('dev', 'pay')).keys()]).toEqual(['index.js', 'lib/a.js']);
  for (const wrong of [
    { env: 'nowhere', name: 'pay', files },
    { env: 'dev', name: '../pay', files },
    { env: 'dev', name: 'pay', files: { '../x': '' } },
    { env: 'dev', name: 'pay', files: { 'a\\b': '' } },
    { env: 'dev', name: 'pay', files: { a: 1 } },
    { env: 'dev', name: 'pay' },
  ]) {
    expect((await control(emulator, 'POST', 'deploy', wrong))[0]).toBe(400);
  }
});

test.each([
  ['POST', 'faults'],
  ['DELETE', 'faults'],
  ['GET', 'state'],
  ['POST', 'deploy'],
  ['POST', 'release'],
])('%s %s wants the token', async (method, path) => {
  const emulator = await start();
  for (const query of ['', '?access_token=wrong']) {
    const response = await fetch(`${emulator.url}/__emulator/${path}${query}`, { method });
    expect(response.status).toBe(401);
  }
});

test.each([0, -1, 65536, 9.5, '9229', undefined, true])(
  'functions cannot be inspected at %j',
  async (port) => {
    const emulator = await start();
    expect(await control(emulator, 'POST', 'inspect', { port })).toEqual([
      400,
      expect.objectContaining({ errmsg: 'port must be a port, or null' }),
    ]);
  },
);

test('inspecting begins at a free port, ends with null, and is refused at one that is taken', async () => {
  const emulator = await start();
  const own = Number(new URL(emulator.url).port);
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const address = free.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  free.close();
  await once(free, 'close');
  expect(await control(emulator, 'POST', 'inspect', { port })).toMatchObject([200, { port }]);
  expect(await control(emulator, 'POST', 'inspect', { port: null })).toMatchObject([200, { port: null }]);
  expect(await control(emulator, 'POST', 'inspect', { port: own })).toMatchObject([
    409,
    { errmsg: expect.stringContaining('EADDRINUSE') },
  ]);
});

test('an expired token still controls; calls that do not exist are told', async () => {
  const emulator = await start();
  emulator.expireToken();
  expect((await control(emulator, 'GET', 'state'))[0]).toBe(200);
  expect((await control(emulator, 'GET', 'nothing'))[0]).toBe(404);
  expect(emulator.requests()).toEqual([]);
});

test('waiting ends with the value, with its time, or when the emulator is closed', async () => {
  const emulator = await start();
  const third = emulator.waitFor(async () => emulator.requests()[2]);
  for (let calls = 0; calls < 3; calls += 1) await call(emulator, LIST, { env: 'dev' });
  expect((await third).id).toBe(3);
  await expect(emulator.waitFor(() => false, { timeoutMs: 1, what: 'nothing' })).rejects.toThrow('nothing');
  const failing = emulator.waitFor(() => {
    throw new Error('in the reading');
  });
  await expect(failing).rejects.toThrow('in the reading');
  const closed = expect(emulator.waitFor(() => null, { what: 'for ever' })).rejects.toThrow('for ever');
  await emulator.close();
  await closed;
});

test('the listener hears deployments end, until it stops listening', async () => {
  const emulator = await start();
  const heard: string[] = [];
  const stop = emulator.onEvent((event) => {
    if (event.type === 'deployed') heard.push(`${event.deployment.name} ${event.deployment.status}`);
  });
  await createActive(emulator, 'pay', ['dev'], HELLO);
  stop();
  await createActive(emulator, 'order', ['dev'], HELLO);
  expect(heard).toEqual(['pay Active']);
});
