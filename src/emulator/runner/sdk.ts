/**
 * A stand-in for wx-server-sdk: what the vendor's samples use, on the emulator's own database and functions. It is text because
 * it must lie as a file among a function's packages, where `require('wx-server-sdk')` looks. What it lacks says so, and what to
 * do instead. It is written in the JavaScript of Node 10, since an old Node may run it.
 */
import { AGGREGATE_NAMES, STAGE_NAMES } from '../store/aggregation.js';
import { COMMAND_NAMES } from '../store/documents.js';

export const SDK = `'use strict';
const emulator = global[Symbol.for('tcb-emulator')];
const DYNAMIC_CURRENT_ENV = Symbol.for('DYNAMIC_CURRENT_ENV');

/** Anything below it can be called, and says that it is not there. */
const absent = (path, instead) => new Proxy(function () {}, {
  get: (_, key) => typeof key === 'symbol' || key === 'then' ? undefined : absent(path + '.' + key, instead),
  apply: () => { throw notHere(path, instead); },
});
const absentLater = (path, instead) => new Proxy(function () {}, {
  get: (_, key) => typeof key === 'symbol' || key === 'then' ? undefined : absentLater(path + '.' + key, instead),
  apply: () => Promise.reject(notHere(path, instead)),
});
const notHere = (path, instead) => {
  const errMsg = path + ':fail -1 the emulator has no ' + path + ': ' + instead;
  return Object.assign(new Error(errMsg), { errCode: -1, errMsg });
};
/** An object whose other names say that they are not there. */
const strict = (object, path, instead) => new Proxy(object, {
  get: (target, key) => key in target || typeof key === 'symbol' || key === 'then' || key === 'toJSON' || key === 'inspect'
    ? target[key] : absent(path + '.' + key, instead),
});
const inCloud = 'deploy the function and try it in the cloud';

// ---- values on their way to the database

const isPlain = (value) => Object.prototype.toString.call(value) === '[object Object]';
function encode(value) {
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof RegExp) return { $regexp: value.source, options: value.flags };
  if (Array.isArray(value)) return value.map(encode);
  if (!isPlain(value)) return value;
  const encoded = {};
  for (const key of Object.keys(value)) if (value[key] !== undefined) encoded[key] = encode(value[key]);
  return encoded;
}
function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (!isPlain(value)) return value;
  if (typeof value.$date === 'number') return new Date(value.$date);
  const decoded = {};
  for (const key of Object.keys(value)) decoded[key] = decode(value[key]);
  return decoded;
}
const ask = (on, request) => emulator.ask('database', Object.assign({ on }, encode(request))).then(decode)
  .then((value) => Object.assign(value, { errMsg: on + ':ok' }));

// ---- db.command

const operator = (kind, value) => {
  const made = { $op: kind, value };
  const chained = (name) => ({ value: (...others) => operator(name, [made].concat(...others)), enumerable: false });
  return Object.defineProperties(made, { and: chained('and'), or: chained('or') });
};
const many = ['and', 'or', 'nor', 'not', 'all', 'in', 'nin', 'mod', 'pullAll'];
const none = ['remove', 'pop', 'shift'];
const command = {};
for (const name of ${JSON.stringify(COMMAND_NAMES)}) {
  command[name] = (...values) => operator(name, none.includes(name) ? null : many.includes(name) ? [].concat(...values) : values[0]);
}
const aggregateCommand = {};
for (const name of ${JSON.stringify(AGGREGATE_NAMES)}) aggregateCommand[name] = (value) => ({ ['$' + name]: value });
command.aggregate = strict(aggregateCommand, 'db.command.aggregate', inCloud);

// ---- collections

const query = (name, how) => {
  const more = (what) => query(name, Object.assign({}, how, what));
  const run = (action, extra) => ask('collection.' + action, Object.assign({ collection: name, action, query: how }, extra));
  return strict({
    where: (wanted) => more({ where: how.where === undefined ? wanted : operator('and', [how.where, wanted]) }),
    limit: (limit) => more({ limit }),
    skip: (skip) => more({ skip }),
    field: (fields) => more({ fields }),
    orderBy: (field, direction) => more({ orders: (how.orders || []).concat({ field, down: direction === 'desc' }) }),
    get: () => run('get'),
    count: () => run('count'),
    update: ({ data }) => run('update', { data }),
    remove: () => run('remove'),
  }, 'db.collection', inCloud);
};
const stages = (name, list) => {
  const chain = { end: () => ask('collection.aggregate', { collection: name, action: 'aggregate', stages: list }) };
  for (const stage of ${JSON.stringify(STAGE_NAMES)}) {
    chain[stage] = (value) => stages(name, list.concat({ stage, value: value === undefined ? null : value }));
  }
  return strict(chain, 'db.collection.aggregate()', inCloud);
};
const collection = (name) => {
  const doc = (id) => {
    const how = { where: { _id: id } };
    const run = (action, extra) => ask('document.' + (action === 'document' ? 'get' : action), Object.assign({ collection: name, action, id, query: how }, extra));
    return strict({
      get: () => run('document'),
      update: ({ data }) => run('update', { data }),
      remove: () => run('remove'),
      set: ({ data }) => run('set', { data }),
    }, 'db.collection.doc', inCloud);
  };
  const all = query(name, {});
  return strict({
    doc,
    aggregate: () => stages(name, []),
    add: ({ data }) => ask('collection.add', { collection: name, action: 'add', data }),
    where: all.where, limit: all.limit, skip: all.skip, field: all.field, orderBy: all.orderBy,
    get: all.get, count: all.count, update: all.update, remove: all.remove,
  }, 'db.collection', inCloud);
};
const startTransaction = async () => {
  const { transaction } = await ask('database.transaction', { action: 'begin' });
  return {
    collection,
    commit: () => ask('transaction.commit', { action: 'commit', transaction }),
    rollback: () => ask('transaction.rollback', { action: 'rollback', transaction }),
  };
};
const database = () => strict({
  collection,
  command: strict(command, 'db.command', inCloud),
  createCollection: (name) => ask('database.createCollection', { collection: name, action: 'create' }),
  serverDate: (given) => new Date(Date.now() + ((given && given.offset) || 0)),
  RegExp: ({ regexp, options }) => ({ $regexp: String(regexp), options: options || '' }),
  startTransaction,
  runTransaction: async (work) => {
    const transaction = await startTransaction();
    try {
      const value = await work(transaction);
      await transaction.commit();
      return value;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  },
}, 'db', inCloud);

// ---- the rest

const logger = () => strict({ log: console.log, info: console.info, warn: console.warn, error: console.error, debug: console.debug }, 'cloud.logger()', 'use console.log');
const sdk = {
  DYNAMIC_CURRENT_ENV,
  version: '2.6.3-emulated',
  init: () => undefined,
  updateConfig: () => undefined,
  getWXContext: () => Object.assign({}, emulator.wxContext),
  callFunction: async ({ name, data = {} }) => {
    try {
      const text = await emulator.ask('call', { name, data });
      return { result: JSON.parse(text), errMsg: 'callFunction:ok', requestID: 'emulated' };
    } catch (error) {
      const errMsg = 'cloud.callFunction:fail ' + error.errCode + ' ' + error.errMsg;
      throw Object.assign(new Error(errMsg), { errCode: error.errCode, errMsg });
    }
  },
  database,
  logger,
};
const files = 'write to /tmp, or try it in the cloud';
for (const name of ['uploadFile', 'downloadFile', 'deleteFile', 'getTempFileURL']) sdk[name] = absentLater('cloud.' + name, files);
for (const name of ['openapi', 'cloudPay', 'getOpenData', 'getVoIPSign', 'getCloudCallSign']) sdk[name] = absentLater('cloud.' + name, 'it reaches nothing outside this machine; ' + inCloud);
module.exports = strict(sdk, 'cloud', inCloud);
`;
