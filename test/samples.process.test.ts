import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const samples = fileURLToPath(new URL('../sample-functions/', import.meta.url));

/** As much of wx-server-sdk as the samples use; the database is what STUB_DATA holds, other functions are the samples. */
const STUB = `
const data = JSON.parse(process.env.STUB_DATA);
const query = (rows) => ({
  where: (wish) => query(rows.filter((row) => Object.keys(wish).every((key) => row[key] === wish[key]))),
  limit: (count) => query(rows.slice(0, count)),
  get: async () => ({ data: rows }),
  add: async ({ data }) => ({ _id: 'id-' + rows.push(data) }),
});
let ready = false;
exports.DYNAMIC_CURRENT_ENV = Symbol('current');
exports.init = ({ env }) => { ready = env === exports.DYNAMIC_CURRENT_ENV; };
const used = (value) => { if (!ready) throw new Error('init first'); return value; };
exports.getWXContext = () => used({ OPENID: 'o-1', APPID: 'wx-1', UNIONID: 'u-1' });
exports.callFunction = async ({ name, data }) =>
  used({ result: await require(process.env.STUB_FUNCTIONS + name).main(data) });
exports.database = () => used({ collection: (name) => query(data[name] ??= []) });
`;

const MAIN = `
import(process.argv[1]).then(async (loaded) => {
  const result = await (loaded.main ?? loaded.default.main)(JSON.parse(process.argv[2]), {});
  process.stderr.write(JSON.stringify(result));
});
`;

type Data = Readonly<Record<string, readonly object[]>>;

let modules: string;

beforeAll(async () => {
  modules = await mkdtemp(path.join(tmpdir(), 'tcb-samples-'));
  await mkdir(path.join(modules, 'wx-server-sdk'));
  await writeFile(path.join(modules, 'wx-server-sdk', 'index.js'), STUB);
  await writeFile(path.join(modules, 'wx-server-sdk', 'package.json'), '{"type":"commonjs"}');
});

afterAll(() => rm(modules, { recursive: true, force: true }));

/** The sample's result for this event, run as a program of its own. */
async function call(entry: string, event: object, data: Data = {}): Promise<unknown> {
  const file = pathToFileURL(path.join(samples, entry)).href;
  const { stderr } = await run(process.execPath, ['-e', MAIN, file, JSON.stringify(event)], {
    cwd: modules,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      NODE_PATH: modules,
      STUB_DATA: JSON.stringify(data),
      STUB_FUNCTIONS: samples,
    },
  });
  return JSON.parse(stderr);
}

describe('the sample functions, run', () => {
  test('login tells the openid, and whether the user is new', async () => {
    const known = { users: [{ openid: 'o-1' }] };
    const answer = { openid: 'o-1', appid: 'wx-1', unionid: 'u-1' };
    expect(await call('login/index.js', {})).toEqual({ ...answer, isNew: true });
    expect(await call('login/index.js', {}, known)).toEqual({ ...answer, isNew: false });
  });

  test('pay signs an amount and refuses a bad one', async () => {
    const paid = await call('pay/index.js', { title: '咖啡', amount: 19.9 });
    expect(paid).toMatchObject({ ok: true, payment: { body: '咖啡', openid: 'o-1', totalFee: 1990 } });
    expect(paid).toMatchObject({
      payment: {
        outTradeNo: expect.stringMatching(/^\d{22}$/),
        sign: expect.stringMatching(/^[0-9A-F]{64}$/),
      },
    });
    expect(await call('pay/index.js', { amount: -1 })).toMatchObject({ ok: false });
  });

  test('report counts the orders of yesterday, Beijing time', async () => {
    const at = (text: string) => Date.parse(`${text}+08:00`);
    const orders = [
      { createdAt: at('2026-03-01T23:59:59'), totalFee: 1 },
      { createdAt: at('2026-03-02T00:00:00'), totalFee: 20 },
      { createdAt: at('2026-03-02T23:59:59'), totalFee: 300 },
      { createdAt: at('2026-03-03T00:00:00'), totalFee: 4000 },
    ];
    const report = await call('report/index.js', { now: at('2026-03-03T09:00:00') }, { orders });
    expect(report).toEqual({ day: '2026-03-02', orders: 2, total: 320 });
  });

  test('greeting speaks Chinese, from files with Chinese names', async () => {
    const now = Date.parse('2026-10-01T08:00:00+08:00');
    const greeting = await call('greeting/index.js', { now, name: '小明' });
    expect(greeting).toEqual({ text: '早上好，小明！欢迎使用小程序 🎉国庆节快乐！', openid: 'o-1' });
    expect(await call('greeting/index.js', {})).toMatchObject({ text: expect.stringContaining('朋友') });
  });

  test('order calls pay and stores what it answered', async () => {
    const placed = await call('order/index.js', { title: '茶', amount: 9.9 });
    expect(placed).toMatchObject({ ok: true, orderId: 'id-1', payment: { body: '茶', totalFee: 990 } });
    expect(await call('order/index.js', { amount: 0 })).toEqual({
      ok: false,
      message: '金额必须大于 0，最多两位小数',
    });
  });

  test('cart adds up and takes off', async () => {
    const items = [
      { price: 5990, count: 3 },
      { price: 3500, count: 1 },
    ];
    expect(await call('cart/index.js', { items })).toEqual({
      openid: 'o-1',
      count: 4,
      total: '¥184.70',
      saved: '¥30.00',
    });
    expect(await call('cart/index.js', {})).toMatchObject({ count: 0, total: '¥0.00' });
  });

  test('echo gives back the event, by way of an ES module', async () => {
    expect(await call('echo/index.js', { a: ['一'] })).toEqual({ event: { a: ['一'] } });
  });
});

describe('the sample functions, as the cloud takes them', () => {
  const manifest = z.object({
    dependencies: z.record(z.string(), z.string()).default({}),
    main: z.string(),
  });
  const timers = z.object({
    triggers: z.array(z.object({ name: z.string(), type: z.literal('timer'), config: z.string() })).min(1),
    permissions: z.object({ openapi: z.array(z.string()) }),
  });
  const read = async (...place: string[]): Promise<unknown> =>
    JSON.parse(await readFile(path.join(samples, ...place), 'utf8'));

  const functionNames = async () => (await readdir(samples)).filter((name) => name !== 'common');

  test('each has a name that the cloud allows and an entry', async () => {
    const names = await functionNames();
    expect(names.length).toBeGreaterThanOrEqual(7);
    for (const name of names) {
      expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$/);
      const files = await readdir(path.join(samples, name));
      expect(
        files.some((file) => /^index\.(?:js|mjs|cjs)$/.test(file)),
        name,
      ).toBe(true);
    }
  });

  test('whatever is required is installed by package.json, and is wx-server-sdk alone', async () => {
    for (const name of await functionNames()) {
      const files = await readdir(path.join(samples, name));
      if (!files.includes('package.json')) continue;
      const { dependencies, main } = manifest.parse(await read(name, 'package.json'));
      const code = await readFile(path.join(samples, name, main), 'utf8');
      expect(Object.keys(dependencies), name).toEqual(
        code.includes('wx-server-sdk') ? ['wx-server-sdk'] : [],
      );
      expect(files).toContain(main);
    }
  });

  test('shared code reaches its functions by relative links, which git keeps', async () => {
    for (const name of ['cart', 'report']) {
      expect(await readlink(path.join(samples, name, 'common'))).toBe('../common');
    }
  });

  test('the timer of report has the seven fields of the cloud', async () => {
    const { triggers } = timers.parse(await read('report', 'config.json'));
    for (const { config } of triggers) expect(config.split(' ')).toHaveLength(7);
  });
});
