/**
 * The script that a function's process begins with. It is text because it must lie as a file next to the function's copy,
 * whether this program is built or not. It is written in the JavaScript of Node 10, since an old Node may run it.
 *
 * Arguments: one JSON text, `BootstrapArguments` of instance.ts. Then messages over the process channel:
 * in `run` {event, context, marker} · `reply` {id, ok, value | error}
 * out `started` · `result` {value} · `error` {message, stack} · `ask` {id, what, data}
 */
export const BOOTSTRAP = `'use strict';
const fs = require('fs');
const path = require('path');
const util = require('util');
const url = require('url');

const given = JSON.parse(process.argv[2]);
process.argv.length = 2;

// ---- the channel to the emulator

const send = (message) => new Promise((resolve) => {
  if (process.connected) process.send(message, () => resolve());
  else resolve();
});
process.on('disconnect', () => process.exit(0));

let nextAsk = 0;
const asked = new Map();
Object.defineProperty(global, Symbol.for('tcb-emulator'), {
  value: {
    env: given.env,
    wxContext: given.wxContext,
    ask: (what, data) => new Promise((resolve, reject) => {
      nextAsk += 1;
      asked.set(nextAsk, { resolve, reject });
      send({ type: 'ask', id: nextAsk, what, data });
    }),
  },
});

// ---- what is printed: one stream, so that its order is kept

const write = process.stdout.write.bind(process.stdout);
process.stderr.write = (...args) => write(...args);

// ---- files: the code is read-only, /tmp is this instance's own, /var/user is where the code lies

const under = (text, folder) => text === folder || text.startsWith(folder + path.sep) || text.startsWith(folder + '/');
function placed(given_, mapped) {
  const text = given_ instanceof URL ? url.fileURLToPath(given_) : Buffer.isBuffer(given_) ? given_.toString() : given_;
  if (typeof text !== 'string' || given.roots.some((root) => under(text, root))) return given_;
  const whole = text.startsWith('/') ? path.posix.normalize(text) : text;
  if (under(whole, '/tmp')) return given.temp + whole.slice(4);
  if (under(whole, '/var/user')) return given.folder + whole.slice(9);
  return given_;
}
function mayWrite(place) {
  if (typeof place !== 'string') return !(place instanceof URL) && !Buffer.isBuffer(place);
  const whole = path.resolve(place);
  return under(whole, given.temp) || whole.startsWith('/dev/');
}
const readOnly = (name, place) => {
  const shown = String(place).split(given.folder).join('/var/user');
  const error = new Error("EROFS: read-only file system, " + name + " '" + shown + "'");
  return Object.assign(error, { errno: -30, code: 'EROFS', syscall: name, path: shown });
};
const writes = (flags) => typeof flags === 'number' ? (flags & 3) !== 0 || (flags & fs.constants.O_CREAT) !== 0 : /[wa+]/.test(String(flags === undefined ? 'r' : flags));
/** By name: which arguments are places that are read, and which are written. */
const calls = {};
for (const name of ['access', 'exists', 'lstat', 'stat', 'statfs', 'readdir', 'readFile', 'readlink', 'realpath', 'opendir', 'createReadStream', 'watch', 'watchFile', 'unwatchFile']) calls[name] = { read: [0], written: [] };
for (const name of ['appendFile', 'chmod', 'chown', 'lchmod', 'lchown', 'lutimes', 'utimes', 'mkdir', 'mkdtemp', 'rmdir', 'rm', 'truncate', 'unlink', 'writeFile', 'createWriteStream']) calls[name] = { read: [], written: [0] };
for (const name of ['copyFile', 'cp', 'link']) calls[name] = { read: [0], written: [1] };
calls.rename = { read: [], written: [0, 1] };
calls.symlink = { read: [], written: [1] };
calls.open = { read: [0], written: [] };
function guard(where, name, rule, fail) {
  const original = where[name];
  if (typeof original !== 'function') return;
  const guarded = function (...args) {
    for (const index of [...rule.read, ...rule.written]) args[index] = placed(args[index]);
    const written = rule.written.concat(name.startsWith('open') && !name.startsWith('opendir') && writes(args[1]) ? [0] : []);
    const refused = given.strict ? written.find((index) => !mayWrite(args[index])) : undefined;
    if (refused === undefined) return original.apply(this, args);
    return fail(readOnly(name.replace(/Sync$/, ''), args[refused]), args);
  };
  where[name] = Object.assign(guarded, original);
}
for (const [name, rule] of Object.entries(calls)) {
  guard(fs, name + 'Sync', rule, (error) => { throw error; });
  guard(fs, name, rule, (error, args) => {
    const callback = args[args.length - 1];
    if (typeof callback !== 'function') throw error;
    process.nextTick(callback, error);
  });
  guard(fs.promises, name, rule, (error) => Promise.reject(error));
}
const { syncBuiltinESMExports } = require('module');
if (syncBuiltinESMExports) syncBuiltinESMExports();

// ---- what the runtime does not have yet

for (const name of given.absent) delete global[name];

// ---- the function

let main = null;
function load() {
  // The runtime of the cloud requires its entry, so an ES module cannot be one.
  const loaded = require(given.entry);
  if (typeof loaded.main !== 'function') throw handlerMissing();
  return loaded.main;
}
const handlerMissing = () => new Error('FunctionNotFound: index.js does not export main (handler index.main)');
async function loadLeniently() {
  const loaded = await import(url.pathToFileURL(given.entry).href);
  const found = typeof loaded.main === 'function' ? loaded.main : loaded.default && loaded.default.main;
  if (typeof found !== 'function') throw handlerMissing();
  return found;
}

/** An async main answers by what it returns; any other by that or by its callback. */
const called = (event, context) => new Promise((resolve, reject) => {
  const callback = (error, value) => error === null || error === undefined ? resolve(value) : reject(error);
  const returned = main(event, context, callback);
  if (returned !== null && typeof returned === 'object' && typeof returned.then === 'function') returned.then(resolve, reject);
  else if (returned !== undefined || main.length < 3) resolve(returned);
});

const textOf = (thrown) => {
  if (thrown instanceof Error) return String(thrown);
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  try { return JSON.stringify(thrown); } catch (_) { return util.inspect(thrown); }
};
const failure = (thrown) => ({ type: 'error', message: textOf(thrown), stack: thrown instanceof Error ? String(thrown.stack) : '' });

let marker = '';
const printed = () => new Promise((resolve) => write(marker, () => resolve()));
async function last(thrown) {
  await printed();
  await send(Object.assign(failure(thrown), { isLast: true }));
  process.exit(1);
}
process.on('uncaughtException', last);
process.on('unhandledRejection', last);

// Waits until a debugger has set its breakpoints: those of the file that is loaded next would come too late.
function awaitDebugger(port) {
  const inspector = require('inspector');
  inspector.open(port, '127.0.0.1', true);
  // Where it cannot listen it prints a line and goes on.
  if (inspector.url() !== undefined) return;
  throw new Error('no debugger can come to port ' + port + ', which another program has taken: end that one, or choose another port');
}

async function run(message) {
  marker = message.marker;
  try {
    if (main === null && given.inspectPort !== null) awaitDebugger(given.inspectPort);
    if (main === null) main = given.strict ? load() : await loadLeniently();
  } catch (error) {
    return last(error);
  }
  await send({ type: 'started' });
  let end;
  try {
    const value = JSON.stringify(await called(message.event, message.context));
    end = { type: 'result', value: value === undefined ? 'null' : value };
  } catch (error) {
    end = failure(error);
  }
  await printed();
  await send(end);
}

process.on('message', (message) => {
  if (message.type === 'run') return void run(message);
  const waiting = asked.get(message.id);
  asked.delete(message.id);
  if (waiting === undefined) return;
  if (message.ok) waiting.resolve(message.value);
  else waiting.reject(Object.assign(new Error(message.error.errMsg), message.error));
});
`;
