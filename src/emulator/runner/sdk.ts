/**
 * A small stand-in for wx-server-sdk: what the vendor's samples use, so that a demo runs, and nothing more. It is text because
 * it must lie as a file beside the function's copy, where `require('wx-server-sdk')` looks. What it lacks says so.
 */
export const SDK = `'use strict';
const emulator = globalThis[Symbol.for('tcb-emulator')];
const DYNAMIC_CURRENT_ENV = Symbol.for('DYNAMIC_CURRENT_ENV');

// ---- conditions and changes: db.command

const operator = (kind, value) => ({ kind, value, isOperator: true, and: (other) => all([operator(kind, value), other]), or: (other) => any([operator(kind, value), other]) });
const all = (list) => operator('and', list.flat());
const any = (list) => operator('or', list.flat());
const compare = {
  eq: (is, wanted) => same(is, wanted),
  neq: (is, wanted) => !same(is, wanted),
  gt: (is, wanted) => is > wanted,
  gte: (is, wanted) => is >= wanted,
  lt: (is, wanted) => is < wanted,
  lte: (is, wanted) => is <= wanted,
  in: (is, wanted) => wanted.some((one) => same(is, one)),
  nin: (is, wanted) => !wanted.some((one) => same(is, one)),
  exists: (is, wanted) => (is !== undefined) === wanted,
  regexp: (is, wanted) => typeof is === 'string' && wanted.test(is),
  and: (is, wanted) => wanted.every((one) => fits(is, one)),
  or: (is, wanted) => wanted.some((one) => fits(is, one)),
};
const change = {
  inc: (is, by) => (is || 0) + by,
  set: (is, value) => value,
  push: (is, values) => [...(is || []), ...[values].flat()],
};
const names = [...Object.keys(compare), ...Object.keys(change)].filter((name) => !['and', 'or', 'regexp'].includes(name));
const command = {
  ...Object.fromEntries(names.map((name) => [name, (value) => operator(name, value)])),
  remove: () => operator('remove', null),
  and: (...list) => all(list),
  or: (...list) => any(list),
};
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const isPlain = (value) => Object.prototype.toString.call(value) === '[object Object]';
const at = (row, path) => path.split('.').reduce((each, key) => (each === undefined || each === null ? undefined : each[key]), row);
function fits(is, wanted) {
  if (wanted && wanted.isOperator) return compare[wanted.kind](is, wanted.value);
  if (isPlain(wanted)) return Object.entries(wanted).every(([path, value]) => fits(at(is, path), value));
  return Array.isArray(is) && !Array.isArray(wanted) ? is.some((one) => same(one, wanted)) : same(is, wanted);
}
function applyTo(row, data) {
  for (const [path, value] of Object.entries(data)) {
    const keys = path.split('.');
    const last = keys.pop();
    const place = keys.reduce((each, key) => (each[key] = isPlain(each[key]) ? each[key] : {}), row);
    if (value && value.isOperator && value.kind === 'remove') delete place[last];
    else if (value && value.isOperator) place[last] = change[value.kind](place[last], value.value);
    else if (isPlain(value) && isPlain(place[last])) applyTo(place[last], value);
    else place[last] = copy(value);
  }
}
const copy = (value) => structuredClone(value);

// ---- a database that forgets with the process

const collections = new Map();
let nextId = 0;
const rowsOf = (name) => {
  if (!collections.has(name)) collections.set(name, []);
  return collections.get(name);
};
const missing = (id) => new Error('document with _id ' + id + ' does not exist');
const pick = (row, fields) => fields === null ? copy(row) : Object.fromEntries(Object.entries(copy(row)).filter(([key]) => key === '_id' || fields[key]));
const sort = (rows, orders) => orders.reduceRight((each, { field, down }) =>
  [...each].sort((a, b) => (at(a, field) > at(b, field) ? 1 : at(a, field) < at(b, field) ? -1 : 0) * (down ? -1 : 1)), rows);
function query(name, how) {
  const found = () => rowsOf(name).filter((row) => fits(row, how.wanted));
  const more = (what) => query(name, { ...how, ...what });
  return {
    where: (wanted) => more({ wanted: all([how.wanted, wanted]) }),
    limit: (count) => more({ count }),
    skip: (from) => more({ from }),
    field: (fields) => more({ fields }),
    orderBy: (field, direction) => more({ orders: [...how.orders, { field, down: direction === 'desc' }] }),
    get: async () => ({ data: sort(found(), how.orders).slice(how.from, how.from + how.count).map((row) => pick(row, how.fields)), errMsg: 'collection.get:ok' }),
    count: async () => ({ total: found().length, errMsg: 'collection.count:ok' }),
    update: async ({ data }) => {
      const rows = found();
      for (const row of rows) applyTo(row, data);
      return { stats: { updated: rows.length }, errMsg: 'collection.update:ok' };
    },
    remove: async () => {
      const gone = new Set(found());
      collections.set(name, rowsOf(name).filter((row) => !gone.has(row)));
      return { stats: { removed: gone.size }, errMsg: 'collection.remove:ok' };
    },
  };
}
const everything = { wanted: {}, orders: [], from: 0, count: 100, fields: null };
const collection = (name) => {
  const add = async ({ data }) => {
    nextId += 1;
    const row = { _id: 'emulated-' + nextId, ...copy(data) };
    rowsOf(name).push(row);
    return { _id: row._id, errMsg: 'collection.add:ok' };
  };
  const doc = (id) => {
    const one = query(name, { ...everything, wanted: { _id: id } });
    return {
      get: async () => {
        const { data } = await one.get();
        if (data.length === 0) throw missing(id);
        return { data: data[0], errMsg: 'document.get:ok' };
      },
      update: one.update,
      remove: one.remove,
      set: async ({ data }) => {
        const { stats } = await one.remove();
        await add({ data: { ...data, _id: id } });
        return { _id: id, stats: { updated: stats.removed, created: 1 - stats.removed }, errMsg: 'document.set:ok' };
      },
    };
  };
  return { ...query(name, everything), add, doc };
};
const database = () => ({
  collection,
  command,
  createCollection: async (name) => void rowsOf(name),
  serverDate: ({ offset = 0 } = {}) => new Date(Date.now() + offset),
  RegExp: ({ regexp, options }) => operator('regexp', new RegExp(regexp, options)),
});

// ---- the rest

/** Anything below it can be called, and says that it is not there. */
const absent = (path) => new Proxy(() => undefined, {
  get: (_, key) => typeof key === 'symbol' || key === 'then' ? undefined : absent(path + '.' + key),
  apply: () => Promise.reject(new Error('the emulator has no ' + path + ': it reaches nothing outside this machine')),
});
const logger = () => ({ log: console.log, info: console.info, warn: console.warn, error: console.error });
const sdk = {
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
  database,
  logger,
};
for (const name of ['openapi', 'cloudPay', 'uploadFile', 'downloadFile', 'deleteFile', 'getTempFileURL']) {
  sdk[name] = absent('cloud.' + name);
}
module.exports = sdk;
`;
