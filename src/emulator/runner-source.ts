/**
 * The two scripts that a function's process runs besides the function. They are text because they must lie as files
 * next to the function's copy, where `require('wx-server-sdk')` looks, whether this program is built or not.
 */

/** Loads the entry, calls its `main` once and reports over the process channel. Argument: none; all comes as a message. */
export const BOOTSTRAP = `'use strict';
const { pathToFileURL } = require('node:url');

let nextCall = 0;
const calls = new Map();
const send = (message) => new Promise((resolve) => process.send(message, resolve));
globalThis[Symbol.for('tcb-emulator')] = {
  env: process.env.TCB_ENV,
  call: (name, data) => new Promise((resolve, reject) => {
    nextCall += 1;
    calls.set(nextCall, { resolve, reject });
    void send({ type: 'call', id: nextCall, name, data });
  }),
};

const flushed = (stream) => new Promise((resolve) => stream.write('', resolve));
async function end(message) {
  await send(message);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(0);
}
const failure = (error) => error instanceof Error
  ? { type: 'error', message: String(error), stack: String(error.stack) }
  : { type: 'error', message: String(error), stack: '' };
process.on('uncaughtException', (error) => void end(failure(error)));

async function run({ entry, event, context }) {
  const loaded = await import(pathToFileURL(entry).href);
  const main = typeof loaded.main === 'function' ? loaded.main : loaded.default && loaded.default.main;
  if (typeof main !== 'function') throw new Error('FunctionNotFound: the entry does not export main (handler index.main)');
  await send({ type: 'started' });
  const value = JSON.stringify(await main(event, context));
  return { type: 'result', value: value === undefined ? 'null' : value };
}

process.on('message', (message) => {
  if (message.type === 'run') return void run(message).then(end, (error) => end(failure(error)));
  const call = calls.get(message.id);
  calls.delete(message.id);
  if (!call) return;
  if (message.ok) call.resolve(message.value); else call.reject(new Error(message.text));
});
`;

/** A small stand-in for wx-server-sdk: enough for a demo to run, nothing more. */
export const SDK = `'use strict';
const emulator = globalThis[Symbol.for('tcb-emulator')];
const DYNAMIC_CURRENT_ENV = Symbol.for('DYNAMIC_CURRENT_ENV');

const collections = new Map();
let nextId = 0;
const matches = (row, wanted) => Object.entries(wanted).every(([key, value]) => row[key] === value);
const rowsOf = (name) => {
  if (!collections.has(name)) collections.set(name, []);
  return collections.get(name);
};
const query = (name, wanted, count) => ({
  where: (more) => query(name, { ...wanted, ...more }, count),
  limit: (most) => query(name, wanted, most),
  get: async () => ({
    data: rowsOf(name).filter((row) => matches(row, wanted)).slice(0, count).map((row) => ({ ...row })),
    errMsg: 'collection.get:ok',
  }),
});
const collection = (name) => ({
  ...query(name, {}, 100),
  add: async ({ data }) => {
    nextId += 1;
    const row = { _id: 'emulated-' + nextId, ...data };
    rowsOf(name).push(row);
    return { _id: row._id, errMsg: 'collection.add:ok' };
  },
});

module.exports = {
  DYNAMIC_CURRENT_ENV,
  version: '0.0.0-emulated',
  init: () => undefined,
  getWXContext: () => ({
    OPENID: 'oEmulatedOpenId0000000000000',
    UNIONID: 'oEmulatedUnionId000000000000',
    APPID: 'wx0000000000000000',
    ENV: emulator.env,
    SOURCE: 'wx_http',
  }),
  callFunction: async ({ name, data = {} }) => {
    const text = await emulator.call(name, data);
    return { result: JSON.parse(text), errMsg: 'callFunction:ok', requestID: 'emulated' };
  },
  database: () => ({ collection }),
};
`;
