/**
 * The script that a function's process begins with. It is text because it must lie as a file beside the function's copy,
 * whether this program is built or not.
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
