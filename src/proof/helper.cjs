/**
 * The code that is added to the upload of a function that is to prove which code answers. `npm run helper` makes `helper-text.ts` of it. It is
 * written in the JavaScript of Node 10, since an old Node may run it, and small, since it goes with each upload.
 */
'use strict';
const MARK = '$tcbWatch';
const isAsync = (fn) => Object.prototype.toString.call(fn) === '[object AsyncFunction]';
let storage = null;
// An event is a probe if it has the key whose digest stands here. Anything else goes to main untouched.
function asked(event) {
  if (event === null || typeof event !== 'object') return false;
  const ask = event[MARK];
  if (ask === undefined || ask === null || typeof ask.key !== 'string' || ask.key.length !== 64) return false;
  const { createHash, timingSafeEqual } = require('crypto');
  return timingSafeEqual(createHash('sha256').update(ask.key).digest(), Buffer.from('@KEY@', 'hex'));
}
// Patches the console at the first probe of an instance only: an instance that nobody probes is as it was. `inside` keeps a line from
// being noted twice, by the console and by the stream. Node before 12.17 has no AsyncLocalStorage; its instances run one call at a time.
function listen() {
  if (storage !== null) return storage;
  const { AsyncLocalStorage } = require('async_hooks');
  const { format } = require('util');
  let current;
  storage = AsyncLocalStorage
    ? new AsyncLocalStorage()
    : {
        getStore: () => current,
        run(store, work) {
          current = store;
          return work();
        },
      };
  let inside = false;
  const note = (level, text) => {
    const store = storage.getStore();
    if (store === undefined || store.done) return;
    const line = text.length > 8192 ? text.slice(0, 8192) + '…' : text;
    store.bytes += line.length;
    if (store.logs.length < 200 && store.bytes <= 65536)
      store.logs.push([Date.now() - store.at, level, line]);
    else store.more += 1;
  };
  for (const level of ['log', 'info', 'debug', 'warn', 'error', 'trace']) {
    const real = console[level];
    console[level] = function () {
      if (inside) return real.apply(this, arguments);
      inside = true;
      try {
        note(level, format.apply(null, arguments));
        return real.apply(this, arguments);
      } finally {
        inside = false;
      }
    };
  }
  for (const [stream, level] of [
    [process.stdout, 'log'],
    [process.stderr, 'error'],
  ]) {
    const write = stream.write;
    stream.write = function (chunk) {
      if (!inside) note(level, String(chunk).replace(/\n$/, ''));
      return write.apply(this, arguments);
    };
  }
  return storage;
}
function errorOf(error) {
  if (!(error instanceof Error)) {
    const text = error !== null && typeof error === 'object' ? JSON.stringify(error) : String(error);
    return { name: '', message: String(text).slice(0, 4000), stack: '', code: null };
  }
  const { name, message, stack, code, errCode } = error;
  const found = code === undefined ? errCode : code;
  return {
    name: String(name),
    message: String(message).slice(0, 4000),
    stack: String(stack).slice(0, 8000),
    code: /^(string|number)$/.test(typeof found) ? found : null,
  };
}
// Nothing that reads JSON goes further down.
const isDeep = (value, level) =>
  value !== null &&
  typeof value === 'object' &&
  (level > 400 || Object.values(value).some((inner) => isDeep(inner, level + 1)));
function report(store, threw, value) {
  store.done = true;
  const answer = {
    [MARK]: 1,
    fingerprint: '@FINGERPRINT@',
    node: process.version,
    ms: Date.now() - store.at,
    requestId: store.id,
    logs: store.logs,
    moreLogs: store.more,
    result: null,
    resultBytes: 0,
    error: null,
  };
  try {
    if (threw) answer.error = errorOf(value);
    else {
      const text = JSON.stringify(value) || 'null';
      answer.resultBytes = Buffer.byteLength(text);
      const result =
        answer.resultBytes <= 262144 ? JSON.parse(text) : { [MARK]: 'cut', head: text.slice(0, 4096) };
      if (isDeep(result, 0)) throw new RangeError('the result is nested too deeply');
      answer.result = result;
    }
  } catch (error) {
    answer.error = errorOf(error);
  }
  return answer;
}
// main gets the event without the key. Shortly before the function's own limit (3 s unless it is set), and after 4.5 s of the 5 that the
// caller waits, what there is so far is answered. A main that is
// not async may be expected to answer by its callback, so both are done.
function probe(real, self, args) {
  const event = Object.assign({}, args[0]);
  delete event[MARK];
  const context = args[1];
  const reply = args[2];
  const limit = Math.min(4500, (context && context.time_limit_in_ms - 200) || 4500);
  const store = {
    at: Date.now(),
    logs: [],
    bytes: 0,
    more: 0,
    done: false,
    id: (context && context.request_id) || null,
  };
  return listen().run(
    store,
    () =>
      new Promise((resolve) => {
        let timer = null;
        const end = (threw, value) => {
          clearTimeout(timer);
          if (store.done) return;
          const answer = report(store, threw, value);
          if (typeof reply === 'function' && !isAsync(real)) reply(null, answer);
          resolve(answer);
        };
        timer = setTimeout(() => end(true, new Error('main did not end within ' + limit + ' ms')), limit);
        try {
          const value = real.call(self, event, context, (error, done) =>
            error === null || error === undefined ? end(false, done) : end(true, error),
          );
          if (value !== undefined || real.length < 3)
            Promise.resolve(value).then(
              (done) => end(false, done),
              (error) => end(true, error),
            );
        } catch (error) {
          end(true, error);
        }
      }),
  );
}
const wrappers = new WeakMap();
// Of the same kind (async or not) and with the same length, name and properties as main, should a runtime look at them.
function around(real, get) {
  const main = isAsync(real)
    ? async function (event) {
        return (asked(event) ? probe : call)(get(), this, arguments);
      }
    : function (event) {
        return (asked(event) ? probe : call)(get(), this, arguments);
      };
  const own = Object.getOwnPropertyDescriptors(real);
  for (const key of Reflect.ownKeys(own))
    if (key !== 'prototype' && key !== 'arguments' && key !== 'caller')
      Object.defineProperty(main, key, own[key]);
  wrappers.set(main, main);
  wrappers.set(real, main);
  return main;
}
const call = (real, self, args) => real.apply(self, args);
const wrapped = (real) =>
  typeof real === 'function' ? wrappers.get(real) || around(real, () => real) : real;
// CommonJS: main becomes an accessor, so that one that is assigned later is wrapped too. Exports that cannot be changed are copied.
module.exports = (mod) => {
  const before = mod.exports;
  if (before === null || (typeof before !== 'object' && typeof before !== 'function')) return;
  try {
    const own = Object.getOwnPropertyDescriptor(before, 'main');
    let was = own;
    for (let holder = before; was === undefined && holder !== null; holder = Object.getPrototypeOf(holder))
      was = Object.getOwnPropertyDescriptor(holder, 'main');
    if (was === undefined) return;
    let current = was.value;
    const accessor = {
      enumerable: own !== undefined && own.enumerable,
      configurable: true,
      get() {
        return wrapped(was.get ? was.get.call(this) : current);
      },
    };
    if (was.set) accessor.set = was.set;
    else if (was.writable)
      accessor.set = (value) => {
        current = value;
      };
    if (Object.isExtensible(before) && (own === undefined || own.configurable)) {
      Object.defineProperty(before, 'main', accessor);
      return;
    }
    if (typeof before === 'function') return;
    const all = Object.getOwnPropertyDescriptors(before);
    all.main = accessor;
    mod.exports = Object.create(Object.getPrototypeOf(before), all);
  } catch (_) {}
};
// ES modules, whose exports only the module itself can assign: it is asked at each call.
module.exports.live = (real) =>
  typeof real.main === 'function' ? around(real.main, () => real.main) : real.main;
