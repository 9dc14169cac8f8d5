/** A debugger by the Chrome DevTools Protocol, as editors speak it: breakpoints by file and line, held for as long as one likes. */
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { Emulator } from '../../../src/emulator/index.js';
import { attach } from '../../support/debugger.js';
import { freePort } from '../../support/free-port.js';
import { call, freshFolder, type Json, start } from '../rig.js';

const invoke = (emulator: Emulator, event: Json): Promise<Json> =>
  call(emulator, '/tcb/invokecloudfunction?env=dev&name=pay', event);

const code = `exports.main = async (event) => {
  const doubled = event.n * 2;
  return doubled + 1;
};
`;

test.each([
  ['CommonJS', { 'index.js': code }, 'index.js'],
  [
    'an ES module',
    {
      'index.js': "exports.main = async (event) => (await import('./entry.mjs')).main(event);",
      'entry.mjs': code.replace('exports.main =', 'export const main ='),
    },
    'entry.mjs',
  ],
])(
  'a breakpoint in %s holds longer than every limit, and the answer comes after it',
  { timeout: 180_000 },
  async (_, files, file) => {
    const [port, store] = [await freePort(), await freshFolder()];
    const emulator = await start({ store, inspectPort: port });
    await emulator.deploy('dev', 'pay', files);
    const answer = invoke(emulator, { n: 20 });
    const client = await attach(port);
    await client.ask('Runtime.enable');
    await client.ask('Debugger.enable');
    const url = pathToFileURL(join(store, '.run', 'dev', 'pay', file)).href;
    await client.ask('Debugger.setBreakpointByUrl', { url, lineNumber: 2 });
    await client.ask('Runtime.runIfWaitingForDebugger');
    const frames = (await client.paused())['callFrames'];
    const [frame] = Array.isArray(frames) ? frames : [];
    expect(frame).toMatchObject({ location: { lineNumber: 2 } });
    // Longer than the 3 s that main has without a debugger.
    await new Promise((resolve) => setTimeout(resolve, 3500));
    const evaluated = await client.ask('Debugger.evaluateOnCallFrame', {
      callFrameId: Object(frame)['callFrameId'],
      expression: 'doubled',
    });
    expect(evaluated).toMatchObject({ result: { result: { value: 40 } } });
    await client.ask('Debugger.resume');
    expect(await answer).toEqual({ errcode: 0, errmsg: 'ok', resp_data: '41', emulator_logs: [] });
  },
);

test('it is turned on and off while it runs', async () => {
  const [port, store] = [await freePort(), await freshFolder()];
  const emulator = await start({ store });
  await emulator.deploy('dev', 'pay', { 'index.js': code });
  expect(await invoke(emulator, { n: 1 })).toMatchObject({ resp_data: '3' });
  const inspect = async (body: Json): Promise<number> => {
    const url = `${emulator.url}/__emulator/inspect?access_token=${emulator.token}`;
    return (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status;
  };
  expect([await inspect({ port: 0 }), await inspect({}), await inspect({ port })]).toEqual([400, 400, 200]);
  const answer = invoke(emulator, { n: 2 });
  const client = await attach(port);
  await client.ask('Runtime.runIfWaitingForDebugger');
  expect(await answer).toMatchObject({ resp_data: '5' });
  expect(await inspect({ port: null })).toBe(200);
  expect(await invoke(emulator, { n: 3 })).toMatchObject({ resp_data: '7' });
});

test('a port that is taken or none is refused, and functions run as before', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const taken = typeof address === 'object' ? address?.port : 0;
  const emulator = await start();
  await emulator.deploy('dev', 'pay', { 'index.js': code });
  const inspect = async (port: unknown): Promise<number> => {
    const url = `${emulator.url}/__emulator/inspect?access_token=${emulator.token}`;
    return (await fetch(url, { method: 'POST', body: JSON.stringify({ port }) })).status;
  };
  expect(await Promise.all(['9229', 1.5, -1, 65536, taken].map(inspect))).toEqual([400, 400, 400, 400, 409]);
  expect(await invoke(emulator, { n: 1 })).toMatchObject({ resp_data: '3' });
  await expect(start({ inspectPort: taken ?? 0 })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  server.close();
});

test('a port that was taken since is a failure that says so: nothing runs past a debugger that waits', async () => {
  const port = await freePort();
  const emulator = await start({ inspectPort: port });
  await emulator.deploy('dev', 'pay', { 'index.js': code });
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  expect(await invoke(emulator, { n: 1 })).toMatchObject({
    errcode: -504002,
    errmsg: expect.stringContaining(`no debugger can come to port ${port}, which another program has taken`),
  });
  server.close();
  const answer = invoke(emulator, { n: 2 });
  await (await attach(port)).ask('Runtime.runIfWaitingForDebugger');
  expect(await answer).toMatchObject({ resp_data: '5' });
});

test('a function that another one calls is not held, and closing leaves no copy', async () => {
  const [port, store] = [await freePort(), await freshFolder()];
  const emulator = await start({ store, inspectPort: port });
  await emulator.deploy('dev', 'order', { 'index.js': code });
  await emulator.deploy('dev', 'pay', {
    'package.json': '{"dependencies":{"wx-server-sdk":"*"}}',
    'index.js': `const cloud = require('wx-server-sdk');
      exports.main = async (event) => (await cloud.callFunction({ name: 'order', data: event })).result;`,
  });
  const answers = [invoke(emulator, { n: 4 }), invoke(emulator, { n: 5 })];
  const client = await attach(port);
  await client.ask('Runtime.runIfWaitingForDebugger');
  expect(await Promise.all(answers)).toMatchObject([{ resp_data: '9' }, { resp_data: '11' }]);
  expect((await readdir(join(store, '.run', 'dev'))).toSorted()).toEqual(['order', 'pay']);
  await emulator.close();
  expect((await readdir(store)).filter((name) => name.startsWith('.run'))).toEqual([]);
});
