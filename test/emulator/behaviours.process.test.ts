/**
 * The surroundings that code meets in the emulator, row by row, with where it is known from. docs/emulator.md says the same in two tables: what
 * is as in the cloud, and what is not and says so. Sources: `esm` docs.cloudbase.net/en/cloud-function/how-to-use-esm · `node`
 * cloud.tencent.com/document/product/583/11060 and 583/46770 · `env` docs.cloudbase.net/cloud-function/function-configuration/env ·
 * `faq` cloud.tencent.com/document/product/583/33924 · `model` 583/9694 · `limits` 583/11637 · `api` docs/cloud-api.md · `i148`
 * github.com/TencentCloud/tencentcloud-sdk-nodejs/issues/148 · `taro` github.com/NervJS/taro/issues/11483 · `R` our ruling.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.js';
import { call, type Json } from './rig.js';

type Files = Readonly<Record<string, string>>;

interface Row {
  readonly source: string;
  readonly files: Files | string;
  readonly event?: unknown;
  /** How often it is called; what the last call answers counts. Default 1. */
  readonly calls?: number;
  readonly settings?: Json;
  /** A part of the answer. */
  readonly answers: Json;
}

const sdk = { 'package.json': '{"dependencies":{"wx-server-sdk":"~2.6.3"}}' };
const main = (body: string): string => `exports.main = async (event, context) => { ${body} };`;
const withSdk = (body: string): Files => ({
  ...sdk,
  'index.js': `const cloud = require('wx-server-sdk'); cloud.init(); const db = cloud.database(); const _ = db.command; const $ = _.aggregate; ${main(body)}`,
});
const gives = (value: unknown): Json => ({ errcode: 0, resp_data: JSON.stringify(value) });
const fails = (text: string | RegExp, errcode = -504002): Json => ({
  errcode,
  errmsg: expect.stringMatching(text),
});
const prints = (...lines: unknown[]): Json => ({ emulator_logs: lines });

const asTheCloud: Readonly<Record<string, Row>> = {
  'userInfo is added to the event': {
    source: 'api',
    files: main('return event;'),
    event: { a: 1 },
    answers: gives({ a: 1, userInfo: { appId: 'wx0000000000000000' } }),
  },
  'an event may be any JSON value, which gets no userInfo': {
    source: 'R',
    files: main('return event;'),
    event: [1, 'x', null],
    answers: gives([1, 'x', null]),
  },
  'an async main answers by what it returns': {
    source: 'node',
    files: main('return { a: 1 };'),
    answers: gives({ a: 1 }),
  },
  'a plain main answers by its callback': {
    source: 'node',
    files: 'exports.main = (event, context, callback) => { setTimeout(callback, 5, null, "later"); };',
    answers: gives('later'),
  },
  'a callback with an error fails': {
    source: 'node',
    files: 'exports.main = (event, context, callback) => { callback(new RangeError("no")); };',
    answers: fails('RangeError: no'),
  },
  'a plain main answers by a promise': {
    source: 'node',
    files: 'exports.main = () => new Promise((resolve) => setTimeout(resolve, 5, [1]));',
    answers: gives([1]),
  },
  'every call of a warm instance has the whole timeout': {
    source: 'model',
    files: main('await new Promise((resolve) => setTimeout(resolve, 1200)); return 1;'),
    calls: 2,
    settings: { timeout: 2 },
    answers: gives(1),
  },
  'undefined is null': { source: 'node', files: main(''), answers: gives(null) },
  'an answer that JSON cannot hold fails': {
    source: 'node',
    files: main('const a = {}; a.a = a; return a;'),
    answers: fails('circular'),
  },
  'index.js is CommonJS: import is a syntax error': {
    source: 'esm',
    files: 'import fs from "node:fs"; export const main = async () => 1;',
    answers: fails(/SyntaxError: Cannot use import statement outside a module/),
  },
  'type module cannot be required': {
    source: 'i148, taro',
    files: { 'index.js': 'export const main = async () => 1;', 'package.json': '{"type":"module"}' },
    answers: fails(/ERR_REQUIRE_ESM|require\(\) of ES Module \/var\/user\/index\.js/),
  },
  'an ES module is imported from index.js': {
    source: 'esm',
    files: {
      'index.js': main('return (await import("./entry.mjs")).default;'),
      'entry.mjs': 'export default 5;',
    },
    answers: gives(5),
  },
  'no main export': { source: 'node', files: 'exports.handler = 1;', answers: fails(/does not export main/) },
  'a syntax error fails each call, with its place': {
    source: 'node',
    files: 'exports.main = (;',
    calls: 2,
    answers: fails(/SyntaxError/),
  },
  'fetch is not there in Node 16': {
    source: 'node',
    files: main('return typeof fetch + typeof structuredClone + typeof crypto;'),
    answers: gives('undefinedundefinedundefined'),
  },
  'a global that came later is named, with no line of the emulator’s own': {
    source: 'R',
    files: main('return structuredClone(event);'),
    answers: {
      errcode: -504002,
      emulator_logs: [
        'emulator: structuredClone came after Nodejs16.13, which runs this function in the cloud.',
        'ReferenceError: structuredClone is not defined',
        expect.stringMatching(/^ {4}at exports\.main \(\/var\/user\/index\.js:1:\d+\)$/),
        ...[expect.stringMatching(/^ {4}at /), expect.stringMatching(/^ {4}at /)],
      ],
    },
  },
  'an instance is used again': {
    source: 'model',
    files: `let n = 0; ${main('n += 1; return n;')}`,
    calls: 3,
    answers: gives(3),
  },
  'a module is loaded once for each instance': {
    source: 'model',
    files: `console.log('loaded'); ${main('console.log("called");')}`,
    calls: 2,
    answers: prints('called'),
  },
  'an error does not end the instance': {
    source: 'model',
    files: `let n = 0; ${main('n += 1; if (n < 3) throw new Error("x"); return n;')}`,
    calls: 3,
    answers: gives(3),
  },
  'a signal ends it, and is named': {
    source: 'R',
    files: main('process.kill(process.pid, "SIGKILL"); await new Promise(() => {});'),
    answers: fails(process.platform === 'win32' ? 'exited' : 'the process was ended by SIGKILL'),
  },
  'an exit does': {
    source: 'R',
    files: `let n = 0; ${main('n += 1; if (event.n === undefined) process.exit(3); return n;')}`,
    answers: fails('exited with code 3'),
  },
  'a rejection that nobody caught fails the call': {
    source: 'R',
    files: 'exports.main = () => { Promise.reject(new Error("lost")); return new Promise(() => {}); };',
    answers: fails('lost'),
  },
  'an exception in a timer fails the call': {
    source: 'R',
    files: 'exports.main = () => new Promise(() => setTimeout(() => { throw new Error("late"); }, 5));',
    answers: fails('late'),
  },
  'what is thrown may be any value': {
    source: 'node',
    files: main('throw { code: 7, why: "so" };'),
    answers: fails(/\{"code":7,"why":"so"\}/),
  },
  'null is thrown': { source: 'node', files: main('throw null;'), answers: fails('null') },
  'a time-out': {
    source: 'limits',
    files: 'exports.main = () => { for (;;) ; };',
    settings: { timeout: 1 },
    answers: fails('timed out after 1 seconds', -504003),
  },
  'a time-out while it waits': {
    source: 'limits',
    files: 'exports.main = () => new Promise((resolve) => setTimeout(resolve, 60000));',
    settings: { timeout: 1 },
    answers: fails('timed out after 1 seconds', -504003),
  },
  'too much memory': {
    source: 'limits',
    files: main('const all = []; for (;;) all.push(new Array(1e6).fill(all.length));'),
    settings: { memorysize: 128 },
    answers: fails(/Memory limit of 128 MB exceeded/),
  },
  'an answer over 6 MB': {
    source: 'limits',
    files: main('return "x".repeat(6 * 1024 * 1024);'),
    // So much takes its time on a busy machine.
    settings: { timeout: 20 },
    answers: fails('6291458 bytes'),
  },
  'loading that takes over 10 s': {
    source: 'R',
    files: `for (;;); ${main('')}`,
    answers: fails('Loading the code timed out after 10 seconds', -504003),
  },
  'the caller waits 5 s at most': {
    source: 'api',
    files: 'exports.main = () => new Promise((resolve) => setTimeout(resolve, 60000));',
    settings: { timeout: 20 },
    answers: fails('timed out after 5 seconds', -504003),
  },
  'an event over 6 MB': {
    source: 'limits',
    files: main('return 1;'),
    event: { text: 'x'.repeat(6 * 1024 * 1024) },
    answers: fails('the event has more than 6291456 bytes', 40097),
  },
  'none of the variables of this machine': {
    source: 'R',
    files: main('return ["HOME", "USER", "BEHAVIOURS_SECRET"].filter((name) => name in process.env);'),
    answers: gives([]),
  },
  'an answer of almost 6 MB': {
    source: 'limits',
    files: main('return "x".repeat(6 * 1024 * 1024 - 2);'),
    // So much takes its time on a busy machine.
    settings: { timeout: 20 },
    answers: { errcode: 0 },
  },
  'the code is read-only': {
    source: 'faq',
    files: main('require("fs").writeFileSync(__dirname + "/new.txt", "");'),
    answers: fails(/EROFS: read-only file system, writeFile '\/var\/user\/new\.txt'/),
  },
  'so is it for promises, streams and callbacks': {
    source: 'faq',
    files: main(`
      const fs = require('fs');
      const code = async (work) => { try { await work(); return 'written'; } catch (error) { return error.code; } };
      return [
        await code(() => fs.promises.mkdir(__dirname + '/new')),
        await code(() => new Promise((resolve, reject) => fs.unlink(__filename, (error) => error ? reject(error) : resolve()))),
        await code(() => new Promise((resolve, reject) => fs.createWriteStream(__dirname + '/s').on('error', reject).on('finish', resolve).end('x'))),
        await code(() => fs.promises.open(__dirname + '/o', 'w')),
        await code(() => fs.promises.rename('/tmp/none', __dirname + '/r')),
      ];`),
    answers: gives(['EROFS', 'EROFS', 'EROFS', 'EROFS', 'EROFS']),
  },
  '/tmp can be written, and is kept by the instance': {
    source: 'faq',
    files: main(
      'const fs = require("fs"); fs.appendFileSync("/tmp/a.txt", "x"); return [fs.readFileSync("/tmp/a.txt", "utf8"), fs.readdirSync("/tmp")];',
    ),
    calls: 2,
    answers: gives(['xx', ['a.txt']]),
  },
  'os.tmpdir() is /tmp': {
    source: 'faq',
    files: main(
      'const fs = require("fs"); const place = require("os").tmpdir() + "/b"; fs.writeFileSync(place, "y"); return fs.existsSync("/tmp/b");',
    ),
    answers: gives(true),
  },
  'code lies at /var/user': {
    source: 'i148',
    files: {
      'index.js': main('return require("fs").readFileSync("/var/user/data.txt", "utf8");'),
      'data.txt': 'there',
    },
    answers: gives('there'),
  },
  'a stack names /var/user': {
    source: 'i148',
    files: main('return new Error("x").stack.split("\\n")[1].trim();'),
    answers: { resp_data: expect.stringMatching(/\(?\/var\/user\/index\.js:1:\d+/) },
  },
  'the time zone is UTC': {
    source: 'faq',
    files: main('return [process.env.TZ, new Date(0).getHours()];'),
    answers: gives(['UTC', 0]),
  },
  'TZ of the settings sets it': {
    source: 'faq',
    files: main('return new Date(0).getHours();'),
    settings: { environment_variables: [{ key: 'TZ', value: 'Asia/Shanghai' }] },
    answers: gives(8),
  },
  'variables of the settings are there': {
    source: 'env',
    files: main('return process.env.COLOUR;'),
    settings: { environment_variables: [{ key: 'COLOUR', value: 'blue' }] },
    answers: gives('blue'),
  },
  'the environment is in TCB_ENV': {
    source: 'node',
    files: main('return process.env.TCB_ENV;'),
    answers: gives('dev'),
  },
  'the context has what the page lists': {
    source: 'node',
    files: main(
      'return [context.function_name.length > 0, context.memory_limit_in_mb, context.time_limit_in_ms, context.namespace, typeof context.request_id, typeof context.environ, JSON.parse(context.environment).TCB_ENV];',
    ),
    answers: gives([true, 256, 3000, 'dev', 'string', 'string', 'dev']),
  },
  'the context has the variables as texts, and its own limits': {
    source: 'node',
    files: main(
      'return [context.environ.split(";").includes("SCF_NAMESPACE=dev"), JSON.parse(context.environment).A, context.memory_limit_in_mb, context.time_limit_in_ms, context.callbackWaitsForEmptyEventLoop];',
    ),
    settings: { memorysize: 512, timeout: 4, environment_variables: [{ key: 'A', value: 'b' }] },
    answers: gives([true, 'b', 512, 4000, false]),
  },
  'an ES module knows itself at /var/user': {
    source: 'i148',
    files: {
      'index.js': main('return (await import("./entry.mjs")).default;'),
      'entry.mjs': 'export default import.meta.url;',
    },
    answers: gives('file:///var/user/entry.mjs'),
  },
  'stdout and stderr stay in order': {
    source: 'R',
    files: main('for (let n = 0; n < 4; n += 1) { console.log("out", n); console.error("err", n); }'),
    answers: prints('out 0', 'err 0', 'out 1', 'err 1', 'out 2', 'err 2', 'out 3', 'err 3'),
  },
  'what is printed before an exit is there': {
    source: 'R',
    files: main('console.log("last words"); process.exit(0);'),
    answers: { errcode: -504002, emulator_logs: ['last words'] },
  },
  'a log over 1 MB is cut with a mark': {
    source: 'R',
    files: main('for (let n = 0; n < 30; n += 1) console.log("x".repeat(99999)); return 1;'),
    answers: {
      errcode: 0,
      emulator_logs: [
        ...Array.from({ length: 10 }, () => 'x'.repeat(99_999)),
        'x'.repeat(48_576),
        '… 1951424 more bytes were printed; the emulator keeps 1048576 for each call',
      ],
    },
  },
  'a log of 1 MB is whole, and the next call has its own': {
    source: 'R',
    files: main('process.stdout.write("x".repeat(1048576));'),
    calls: 2,
    answers: prints('x'.repeat(1_048_576)),
  },
  'a package that package.json does not name is not there': {
    source: 'api',
    files: `require('wx-server-sdk'); ${main('')}`,
    answers: fails("Cannot find module 'wx-server-sdk'"),
  },
  getWXContext: {
    source: 'api',
    files: withSdk('const { OPENID, ENV } = cloud.getWXContext(); return [OPENID.length, ENV];'),
    answers: gives([28, 'dev']),
  },
  'callFunction hands over what the other returns': {
    source: 'api',
    files: withSdk(
      'if (event.n === 2) return { two: event.n, no: event.userInfo }; return (await cloud.callFunction({ name: context.function_name, data: { n: 2 } })).result;',
    ),
    answers: gives({ two: 2 }),
  },
  'callFunction: the other throws': {
    source: 'R',
    files: withSdk(
      'if (event.n === 2) throw new TypeError("two"); try { await cloud.callFunction({ name: context.function_name, data: { n: 2 } }); } catch (error) { return [error.errCode, error.errMsg.includes("TypeError: two")]; }',
    ),
    answers: gives([-504002, true]),
  },
  'functions call each other five deep': {
    source: 'R',
    files: withSdk(
      'const n = event.n || 1; try { return (await cloud.callFunction({ name: context.function_name, data: { n: n + 1 } })).result; } catch (error) { return [n, error.errCode]; }',
    ),
    settings: { timeout: 60 },
    answers: gives([5, -501000]),
  },
  'callFunction tells the error of the other': {
    source: 'taro',
    files: withSdk(
      'try { await cloud.callFunction({ name: "nobody" }); } catch (error) { return [error.errCode, error.errMsg === error.message]; }',
    ),
    answers: gives([-501000, true]),
  },
  'a document that is not there has errCode and errMsg': {
    source: 'R',
    files: withSdk(
      'try { await db.collection("c1").doc("x").get(); } catch (error) { return [error.errCode, error.errMsg]; }',
    ),
    answers: gives([-1, 'document.get:fail -1 document with _id x does not exist']),
  },
  'the database outlives the call': {
    source: 'R',
    files: withSdk(
      'await db.collection("c2").add({ data: { at: db.serverDate() } }); const { data } = await db.collection("c2").get(); return [data.length, data[0].at instanceof Date];',
    ),
    calls: 2,
    answers: gives([2, true]),
  },
  'operators change documents': {
    source: 'R',
    files: withSdk(
      'const c = db.collection("c3"); await c.doc("a").set({ data: { n: 2, l: [1, 2, 3], o: { p: 1 } } }); await c.doc("a").update({ data: { n: _.mul(5), l: _.pull(2), "o.q": _.set(1), m: _.max(4) } }); return (await c.doc("a").get()).data;',
    ),
    answers: gives({ n: 10, l: [1, 3], o: { p: 1, q: 1 }, _id: 'a', m: 4 }),
  },
  aggregations: {
    source: 'R',
    files: withSdk(
      'const c = db.collection("c4"); for (const [r, n] of [["e", 1], ["w", 2], ["e", 3]]) await c.add({ data: { r, n } }); const { list } = await c.aggregate().match({ n: _.gt(0) }).group({ _id: "$r", sum: $.sum("$n") }).sort({ sum: -1 }).end(); return list;',
    ),
    answers: gives([
      { _id: 'e', sum: 4 },
      { _id: 'w', sum: 2 },
    ]),
  },
  'a transaction that throws is taken back': {
    source: 'R',
    files: withSdk(
      'const c = db.collection("c5"); await c.doc("a").set({ data: { n: 1 } }); await db.runTransaction(async (t) => { await t.collection("c5").doc("a").update({ data: { n: 9 } }); throw new Error("no"); }).catch(() => 0); return (await c.doc("a").get()).data.n;',
    ),
    answers: gives(1),
  },
};

const programs = "const { execFileSync } = require('child_process'); const fs = require('fs');";
const linux = process.platform === 'linux';

/** docs/emulator.md says so. */
const otherwise: Readonly<Record<string, Row>> = {
  'methods that a runtime lacks stay': {
    source: 'R',
    files: main('return [typeof [].toSorted, typeof fetch];'),
    answers: gives(['function', 'undefined']),
  },
  'what an instance does after its answer goes on, and its lines stand in the next log': {
    source: 'R',
    files:
      'exports.main = async ({ ms }) => { setTimeout(console.log, 0, "late"); await new Promise((r) => setTimeout(r, ms)); };',
    calls: 2,
    event: { ms: 0 },
    answers: { emulator_logs: expect.arrayContaining(['late']) },
  },
  'programs that a function starts write where they like': {
    source: 'R',
    files: `${programs} ${main("execFileSync(process.execPath, ['-e', 'fs.writeFileSync(\"made.txt\", \"1\")']); return fs.existsSync('/var/user/made.txt');")}`,
    answers: gives(true),
  },
  'memory beyond the heap is looked at on Linux': {
    source: 'R',
    files: main(
      'const held = Buffer.alloc(4e8, 1); await new Promise((resolve) => setTimeout(resolve, 1500)); return held.length;',
    ),
    answers: linux ? fails(/Memory limit of 256 MB exceeded/) : gives(4e8),
  },
  'a collection is made by its first use': {
    source: 'R',
    files: withSdk(
      'await db.collection("c8").add({ data: { n: 1 } }); return (await db.collection("c8").count()).total;',
    ),
    answers: gives(1),
  },
  'what a transaction has written is seen by others': {
    source: 'R',
    files: withSdk(
      'const c = db.collection("c9"); await c.doc("a").set({ data: { n: 1 } }); const t = await db.startTransaction(); await t.collection("c9").doc("a").update({ data: { n: 2 } }); const seen = (await c.doc("a").get()).data.n; await t.rollback(); return [seen, (await c.doc("a").get()).data.n];',
    ),
    answers: gives([2, 1]),
  },
};

const notAndSaysSo: Readonly<Record<string, Row>> = {
  'openapi reaches nothing': {
    source: 'R',
    files: withSdk('return cloud.openapi.subscribeMessage.send({});'),
    answers: fails(/no cloud\.openapi\.subscribeMessage\.send: it reaches nothing outside/),
  },
  'uploadFile is not there': {
    source: 'R',
    files: withSdk('return cloud.uploadFile({});'),
    answers: fails(/no cloud\.uploadFile: write to \/tmp/),
  },
  'watch is not there': {
    source: 'R',
    files: withSdk('return db.collection("a").watch({});'),
    answers: fails(/no db\.collection\.watch/),
  },
  'geo queries are not there': {
    source: 'R',
    files: withSdk('return _.geoNear({});'),
    answers: fails(/no db\.command\.geoNear/),
  },
  'a stage that is not there': {
    source: 'R',
    files: withSdk('return db.collection("a").aggregate().bucket({}).end();'),
    answers: fails(/no db\.collection\.aggregate\(\)\.bucket/),
  },
  'a dependency that is not installed here': {
    source: 'R',
    files: { 'index.js': main('return 1;'), 'package.json': '{"dependencies":{"lodash":"4"}}' },
    answers: {
      errcode: 0,
      emulator_logs: [
        expect.stringMatching(/lodash is in package\.json, but not installed here\. Run npm install/),
      ],
    },
  },
  'and said once for each instance': {
    source: 'R',
    files: { 'index.js': main('return 1;'), 'package.json': '{"dependencies":{"lodash":"4"}}' },
    calls: 2,
    answers: { errcode: 0, emulator_logs: [] },
  },
  'index.mjs alone is deployed, and cannot be called': {
    source: 'esm',
    files: { 'index.mjs': 'export const main = async () => 1;' },
    answers: fails(/Cannot find module '\/var\/user\/index\.js'/),
  },
};

let emulator: Emulator;
let lenient: Emulator;
let next = 0;

beforeAll(async () => {
  const options: EmulatorOptions = { envs: ['dev'], deployMs: Infinity };
  emulator = await startEmulator(options);
  lenient = await startEmulator({ ...options, lenient: true });
});
afterAll(async () => {
  await emulator.close();
  await lenient.close();
});

async function play(
  on: Emulator,
  { files, event = {}, calls = 1, settings }: Omit<Row, 'source' | 'answers'>,
): Promise<Json> {
  next += 1;
  const name = `fn${next}`;
  await on.deploy('dev', name, typeof files === 'string' ? { 'index.js': files } : files);
  if (settings !== undefined) {
    const body = { env: 'dev', functionname: name, ...settings };
    expect(await call(on, '/componenttcb/updatescfconfig', body)).toMatchObject({ errcode: 0 });
    await on.finishDeployments();
  }
  let answer: Json = {};
  for (let count = 0; count < calls; count += 1) {
    answer = await call(on, `/tcb/invokecloudfunction?env=dev&name=${name}`, event);
  }
  return answer;
}

test('there are fifty rows and more', () => {
  expect(Object.keys({ ...asTheCloud, ...otherwise, ...notAndSaysSo }).length).toBeGreaterThanOrEqual(50);
});

test.each(Object.entries(asTheCloud))('as the cloud: %s', async (_, row) => {
  expect(await play(emulator, row)).toMatchObject(row.answers);
});

test.each(Object.entries(otherwise))('not, as the page says: %s', async (_, row) => {
  expect(await play(emulator, row)).toMatchObject(row.answers);
});

/** The lines of the page's two tables by their first cell, and the tests that say so: rows of here, or tests of another file. */
const lines: Readonly<Record<string, readonly string[]>> = {
  entry: [
    'index.js is CommonJS: import is a syntax error',
    'no main export',
    'an ES module is imported from index.js',
  ],
  runtime: [
    'fetch is not there in Node 16',
    'runner/old-nodes.process.test.ts: a real Node of the runtime runs the code',
  ],
  instances: [
    'an instance is used again',
    'a rejection that nobody caught fails the call',
    'runner/instances.process.test.ts: calls at once get processes of their own, later ones use them again',
    'runner/instances.process.test.ts: one that waits too long for a call ends',
    'runner/instances.process.test.ts: other code and other settings start a new one',
  ],
  '`main(event, context, callback)`': [
    'an async main answers by what it returns',
    'a plain main answers by its callback',
    'a plain main answers by a promise',
    'the context has what the page lists',
  ],
  limits: [
    ...[
      'a time-out',
      'the caller waits 5 s at most',
      'too much memory',
      'an event over 6 MB',
      'an answer over 6 MB',
    ],
    'loading that takes over 10 s',
  ],
  files: [
    ...['the code is read-only', 'so is it for promises, streams and callbacks', 'code lies at /var/user'],
    'runner/instances.process.test.ts: each has a /tmp of its own',
  ],
  variables: [
    ...['variables of the settings are there', 'the environment is in TCB_ENV', 'the time zone is UTC'],
    'none of the variables of this machine',
  ],
  packages: [
    ...['a package that package.json does not name is not there', 'getWXContext'],
    'runner/instances.process.test.ts: packages come from where the sources have theirs, and only those that package.json names',
  ],
  console: ['stdout and stderr stay in order', 'a log over 1 MB is cut with a mark'],
  '`userInfo`': ['userInfo is added to the event'],
  errors: ['what is thrown may be any value', 'a time-out while it waits'],
  processes: ['runner/instances.process.test.ts: what it started ends with it, whatever group it went to'],
  syntax: ['runner/old-nodes.process.test.ts: a real Node of the runtime runs the code'],
  methods: ['methods that a runtime lacks stay'],
  entries: ['index.mjs alone is deployed, and cannot be called'],
  'between calls': [
    'what an instance does after its answer goes on, and its lines stand in the next log',
    'runner/instances.process.test.ts: what goes wrong after a call had its result stands in the next log',
  ],
  '`/tmp` and read-only code': ['programs that a function starts write where they like'],
  memory: ['memory beyond the heap is looked at on Linux'],
  'left behind': [
    'runner/instances.process.test.ts: what it started ends with it, whatever group it went to',
  ],
  collections: ['a collection is made by its first use'],
  transactions: [
    'a transaction that throws is taken back',
    'what a transaction has written is seen by others',
  ],
};

test('each line of the page has a row, and each row that a line names is there', async () => {
  const page = await readFile(new URL('../../docs/emulator.md', import.meta.url), 'utf8');
  const tables = page.slice(page.indexOf('| as the cloud |'), page.indexOf('### wx-server-sdk'));
  const cells = [...tables.matchAll(/^\| (.+?) \|/gm)].map(([, cell]) => cell);
  const said = cells.filter((cell) => !/^(?:---|(?:not )?as the cloud)$/.test(cell ?? ''));
  expect(Object.keys(lines)).toEqual(said);
  const rows = Object.keys({ ...asTheCloud, ...otherwise, ...notAndSaysSo });
  for (const named of Object.values(lines).flat()) {
    const [file, title] = named.split(': ', 2);
    if (title === undefined || !named.startsWith('runner/')) expect(rows).toContain(named);
    else expect(await readFile(new URL(file ?? '', import.meta.url), 'utf8')).toContain(title);
  }
});

test.each(Object.entries(notAndSaysSo))('not, and says so: %s', async (_, row) => {
  expect(await play(emulator, row)).toMatchObject(row.answers);
});

test.each<[string, Omit<Row, 'source'>]>([
  ['index.mjs', { files: { 'index.mjs': 'export const main = async () => 1;' }, answers: gives(1) }],
  [
    'type module',
    {
      files: { 'index.js': 'export const main = async () => 1;', 'package.json': '{"type":"module"}' },
      answers: gives(1),
    },
  ],
  [
    'main elsewhere',
    {
      files: { 'package.json': '{"main":"dist/a"}', 'dist/a.js': 'exports.main = async () => 1;' },
      answers: gives(1),
    },
  ],
  ['fetch', { files: main('return typeof fetch;'), answers: gives('function') }],
  [
    'wx-server-sdk that package.json does not name',
    { files: `require('wx-server-sdk'); ${main('return 1;')}`, answers: gives(1) },
  ],
  [
    'memory',
    {
      files: main('return Buffer.alloc(3e8, 1).length;'),
      settings: { memorysize: 64 },
      answers: gives(3e8),
    },
  ],
  [
    'its own folder',
    { files: main('require("fs").writeFileSync(__dirname + "/a", ""); return 1;'), answers: gives(1) },
  ],
])('lenient: %s', async (_, row) => {
  expect(await play(lenient, row)).toMatchObject(row.answers);
});

test('lenient settings', async () => {
  const row = { files: main('return 1;'), settings: { memorysize: 77, timeout: 100_000 } };
  expect(await play(lenient, row)).toMatchObject(gives(1));
});
