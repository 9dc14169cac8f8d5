import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import type { Emulator } from '../../../src/emulator/index.js';
import { call, createActive, HELLO, type Json, start, UPDATE, uploadOf } from '../rig.js';

const invoke = (emulator: Emulator, name: string, event: unknown = {}, env = 'dev'): Promise<Json> =>
  call(emulator, `/tcb/invokecloudfunction?env=${env}&name=${name}`, event);

/** The files that stand in for wx-server-sdk, as in the cloud. */
const SDK = { 'package.json': '{"dependencies":{"wx-server-sdk":"~2.6.3"}}' };

async function withCode(files: Record<string, string>): Promise<Emulator> {
  const emulator = await start();
  await emulator.deploy('dev', 'pay', files);
  return emulator;
}

test.each([
  ['CommonJS', { 'index.js': 'exports.main = async (event) => ({ got: event.n + 1 });' }],
  [
    'CommonJS with a helper',
    {
      'index.js': "exports.main = require('./lib/a').main;",
      'lib/a.js': 'exports.main = ({ n }) => ({ got: n + 1 });',
    },
  ],
  ['module.exports', { 'index.js': 'module.exports = { main: ({ n }) => ({ got: n + 1 }) };' }],
  [
    'an ES module that a CommonJS entry imports',
    {
      'index.js': "exports.main = async (event) => (await import('./entry.mjs')).main(event);",
      'entry.mjs': 'export const main = ({ n }) => ({ got: n + 1 });',
    },
  ],
  [
    'a callback',
    { 'index.js': 'exports.main = (event, context, done) => { done(null, { got: event.n + 1 }); };' },
  ],
])('runs %s', async (_, files: Record<string, string>) => {
  const emulator = await withCode(files);
  expect(await invoke(emulator, 'pay', { n: 41 })).toEqual({
    errcode: 0,
    errmsg: 'ok',
    resp_data: '{"got":42}',
    emulator_logs: [],
  });
});

test('runs the code that is live: the old one until the update has ended', async () => {
  const emulator = await start();
  await createActive(emulator, 'pay', ['dev'], HELLO);
  expect(await invoke(emulator, 'pay', { name: '小明' })).toMatchObject({ resp_data: '{"hello":"小明"}' });
  await call(emulator, UPDATE, uploadOf('pay', ['dev'], { 'index.js': 'exports.main = () => "new";' }));
  expect(await invoke(emulator, 'pay')).toMatchObject({ resp_data: '{"hello":"nobody"}' });
  await emulator.finishDeployments();
  expect(await invoke(emulator, 'pay')).toMatchObject({ resp_data: '"new"' });
});

test('what the code prints is in the answer, also when it throws', async () => {
  const emulator = await withCode({
    'index.js':
      "exports.main = () => { console.log('one'); console.error('二'); throw new TypeError('boom'); };",
  });
  const answer = await invoke(emulator, 'pay');
  expect(answer).toMatchObject({
    errcode: -504002,
    errmsg: expect.stringContaining('TypeError: boom rid: '),
  });
  expect(answer['emulator_logs']).toEqual(expect.arrayContaining(['one', '二']));
  expect(JSON.stringify(answer)).toContain('/var/user/index.js');
  expect(answer['resp_data']).toBeUndefined();
});

test.each([
  ['code that does not load', 'syntax error here(', /SyntaxError/],
  ['no main', 'exports.other = 1;', /FunctionNotFound/],
  [
    'a rejection nobody caught',
    "exports.main = () => { Promise.reject(new Error('lost')); return new Promise(() => {}); };",
    /lost/,
  ],
  ['a process that exits', 'exports.main = () => process.exit(3);', /exited with code 3/],
  ['a dependency that is not there', "require('lodash-not-there');", /Cannot find module/],
])('%s fails with its text', async (_, code, text) => {
  const emulator = await withCode({ 'index.js': code });
  expect(await invoke(emulator, 'pay')).toMatchObject({
    errcode: -504002,
    errmsg: expect.stringMatching(text),
  });
});

test('the limit is what the settings say, and the process is ended', async () => {
  const emulator = await withCode({ 'index.js': 'exports.main = () => { for (;;) ; };' });
  await call(emulator, '/componenttcb/updatescfconfig', { env: 'dev', functionname: 'pay', timeout: 1 });
  const answer = await invoke(emulator, 'pay');
  expect(answer).toMatchObject({
    errcode: -504003,
    errmsg: expect.stringContaining('timed out after 1 seconds'),
  });
});

test('wx-server-sdk: context, a call of another function, a tiny database', async () => {
  const emulator = await withCode({
    ...SDK,
    'index.js': `
      const cloud = require('wx-server-sdk');
      cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });
      exports.main = async (event, context) => {
        const { result } = await cloud.callFunction({ name: 'order', data: { id: 7 } });
        const orders = cloud.database().collection('orders');
        await orders.add({ data: { id: 7, paid: true } });
        await orders.add({ data: { id: 8, paid: false } });
        const { data } = await orders.where({ paid: true }).limit(1).get();
        return { result, data: data.length, env: cloud.getWXContext().ENV, name: context.function_name };
      };`,
  });
  await emulator.deploy('dev', 'order', {
    ...SDK,
    'index.js': "exports.main = async (event) => (await import('./order.mjs')).order(event);",
    'order.mjs':
      "import cloud from 'wx-server-sdk'; export const order = ({ id }) => ({ order: id, env: cloud.getWXContext().ENV });",
  });
  const answer = await invoke(emulator, 'pay');
  const wanted = { result: { order: 7, env: 'dev' }, data: 1, env: 'dev', name: 'pay' };
  expect(JSON.parse(String(answer['resp_data']))).toEqual(wanted);
});

test('wx-server-sdk: a function that calls one which takes too long is told so', async () => {
  const emulator = await withCode({
    ...SDK,
    'index.js': `
      const cloud = require('wx-server-sdk');
      exports.main = () => cloud.callFunction({ name: 'slow' }).catch((error) => error.errCode);`,
  });
  await emulator.deploy('dev', 'slow', { 'index.js': 'exports.main = () => new Promise(() => undefined);' });
  for (const [functionname, timeout] of [
    ['pay', 60],
    ['slow', 1],
  ] as const)
    await call(emulator, '/componenttcb/updatescfconfig', { env: 'dev', functionname, timeout });
  expect(await invoke(emulator, 'pay')).toMatchObject({ resp_data: '-504003' });
});

test('wx-server-sdk: what the vendor’s samples do with a database', async () => {
  const emulator = await withCode({
    ...SDK,
    'index.js': `
      const cloud = require('wx-server-sdk');
      cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });
      const db = cloud.database();
      const _ = db.command;
      exports.main = async () => {
        await db.createCollection('sales');
        const sales = db.collection('sales');
        for (const [region, total] of [['east', 3], ['west', 9], ['north', 5], ['south', 1]]) {
          await sales.add({ data: { region, total, tags: ['new'], deep: { a: 1 } } });
        }
        const { total: all } = await sales.count();
        const page = await sales.where({ total: _.gt(1).and(_.lt(9)) }).orderBy('total', 'desc').skip(1).limit(5).field({ region: true }).get();
        const updated = await sales.where({ 'deep.a': 1, region: _.in(['east', 'west']) }).update({ data: { total: _.inc(10), 'deep.b': 2, tags: _.push('old') } });
        const [west] = (await sales.where(_.or([{ region: 'west' }, { total: 999 }])).get()).data;
        await sales.doc(west._id).update({ data: { deep: _.remove() } });
        const one = (await sales.doc(west._id).get()).data;
        await sales.doc('own').set({ data: { region: db.RegExp ? 'own' : '', at: db.serverDate() } });
        const removed = await sales.where({ region: db.RegExp({ regexp: '^o', options: 'i' }) }).remove();
        const lost = await sales.doc('own').get().catch((error) => error.message);
        return { all, page: page.data.map(({ region }) => region), updated: updated.stats, one, removed: removed.stats, lost };
      };`,
  });
  const answer = await invoke(emulator, 'pay');
  expect(JSON.parse(String(answer['resp_data'] ?? JSON.stringify(answer)))).toEqual({
    all: 4,
    page: ['east'],
    updated: { updated: 2 },
    one: { _id: expect.any(String), region: 'west', total: 19, tags: ['new', 'old'] },
    removed: { removed: 1 },
    lost: expect.stringContaining('own does not exist'),
  });
});

test('wx-server-sdk: what it lacks says so, and only when it is called', async () => {
  const emulator = await withCode({
    ...SDK,
    'index.js': `
      const cloud = require('wx-server-sdk');
      const { openapi } = cloud;
      exports.main = async (event) => {
        cloud.logger().info({ event: 1 });
        if (event.file) return cloud.uploadFile({ cloudPath: 'a', fileContent: 'b' });
        return openapi.subscribeMessage.send({});
      };`,
  });
  expect(await invoke(emulator, 'pay')).toMatchObject({
    errcode: -504002,
    errmsg: expect.stringContaining('the emulator has no cloud.openapi.subscribeMessage.send'),
    emulator_logs: expect.arrayContaining(['{ event: 1 }']),
  });
  expect(await invoke(emulator, 'pay', { file: true })).toMatchObject({
    errmsg: expect.stringContaining('no cloud.uploadFile'),
  });
});

test('functions that call each other for ever end', async () => {
  const emulator = await withCode({
    ...SDK,
    'index.js':
      "const cloud = require('wx-server-sdk'); exports.main = () => cloud.callFunction({ name: 'pay' });",
  });
  await call(emulator, '/componenttcb/updatescfconfig', { env: 'dev', functionname: 'pay', timeout: 60 });
  expect(await invoke(emulator, 'pay')).toMatchObject({
    errcode: -504002,
    errmsg: expect.stringContaining('deep'),
  });
});

test('no variable of this process reaches the code', async () => {
  process.env['TCB_COMPONENT_ACCESS_TOKEN'] = 'very-secret';
  const emulator = await withCode({ 'index.js': 'exports.main = () => process.env;' });
  const answer = await invoke(emulator, 'pay');
  delete process.env['TCB_COMPONENT_ACCESS_TOKEN'];
  expect(answer['resp_data']).toContain('"TCB_ENV":"dev"');
  expect(JSON.stringify(answer)).not.toContain('very-secret');
});

test('a function, an environment or code that is not there', async () => {
  const emulator = await start();
  expect(await invoke(emulator, 'pay')).toMatchObject({
    errcode: -501000,
    errmsg: expect.stringContaining('FunctionName parameter could not be found'),
  });
  expect(await invoke(emulator, 'pay', {}, 'nowhere')).toMatchObject({
    errmsg: expect.stringContaining("can't find the env"),
  });
  expect(await invoke(emulator, '')).toMatchObject({ errcode: 40101 });
  expect(await call(emulator, '/tcb/invokecloudfunction?env=dev&name=pay', '')).toMatchObject({
    errcode: 44002,
  });
});

test('closing ends what runs, the functions called by functions too', async () => {
  const emulator = await withCode({
    ...SDK,
    'index.js': `
      const cloud = require('wx-server-sdk');
      exports.main = (event) => cloud.callFunction({ name: 'order', data: event });`,
  });
  await emulator.deploy('dev', 'order', {
    'index.js':
      "exports.main = async ({ url }) => { await new Promise((done) => require('http').get(url + process.pid, done)); for (;;) ; };",
  });
  // Longer than this test may take: only being killed can end it.
  await call(emulator, '/componenttcb/updatescfconfig', { env: 'dev', functionname: 'order', timeout: 600 });
  const { pid, url } = await pidReceiver();
  const ended = expect(invoke(emulator, 'pay', { url })).rejects.toThrow();
  const running = await pid;
  expect(isAlive(running)).toBe(true);
  await emulator.close();
  await ended;
  expect(isAlive(running)).toBe(false);
});

/** A server that is sent a process id in its path. */
async function pidReceiver(): Promise<{ readonly pid: Promise<number>; readonly url: string }> {
  const server = createServer();
  const pid = once(server, 'request').then(([request, response]) => {
    response.end(() => server.close());
    return Number(request.url.slice(1));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { pid, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/` };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
