import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDatabase, type Database } from '../../../src/emulator/store/database.js';
import { createDiskStorage } from '../../../src/emulator/store/disk.js';
import { createMemoryStorage } from '../../../src/emulator/store/storage.js';
import { createScratch } from '../../../src/emulator/store/tree.js';
import { freshFolder, type Json } from '../rig.js';

const memory = (): Database => createDatabase(createMemoryStorage(createScratch(() => '/nowhere/')));

async function ask(database: Database, request: Json, env = 'dev'): Promise<Json> {
  const reply = await database.run(env, { on: 'test', collection: 'c', ...request });
  return reply.ok ? Object(reply.value) : { error: reply.error };
}

/** A condition or change as the SDK sends it. */
const op = (kind: string, value: unknown): Json => ({ $op: kind, value });
const date = (ms: number): Json => ({ $date: ms });

const rows: readonly Json[] = [
  { _id: 'a', n: 1, name: 'Ann', tags: ['x', 'y'], at: date(1000), deep: { k: 1 } },
  { _id: 'b', n: 5, name: 'Bob', tags: [], deep: { k: 2, l: [{ m: 1 }, { m: 2 }] } },
  { _id: 'c', n: 9, name: '小明', tags: ['y'], at: date(3000) },
  { _id: 'd', name: null, n: '5' },
];

async function filled(): Promise<Database> {
  const database = memory();
  for (const data of rows) await ask(database, { action: 'add', data });
  return database;
}

test.each<[string, unknown, string]>([
  ['nothing', {}, 'abcd'],
  ['a value', { n: 5 }, 'b'],
  ['a path', { 'deep.k': 2 }, 'b'],
  ['an object', { deep: { k: 1 } }, 'a'],
  ['a value in a list', { tags: 'y' }, 'ac'],
  ['a whole list', { tags: ['y'] }, 'c'],
  ['null and absent alike', { at: null }, 'bd'],
  ['a path through a list', { 'deep.l.m': 2 }, 'b'],
  ['an index', { 'tags.0': 'x' }, 'a'],
  ['eq', { n: op('eq', 1) }, 'a'],
  ['neq', { n: op('neq', 1) }, 'bcd'],
  ['gt', { n: op('gt', 1) }, 'bc'],
  ['gte', { n: op('gte', 5) }, 'bc'],
  ['lt', { n: op('lt', 5) }, 'a'],
  ['lte', { n: op('lte', 5) }, 'ab'],
  ['gt of dates', { at: op('gt', date(1000)) }, 'c'],
  ['gt of texts', { name: op('gt', 'Ann') }, 'bc'],
  ['in', { n: op('in', [1, 9]) }, 'ac'],
  ['in a list', { tags: op('in', ['x', 'z']) }, 'a'],
  ['nin', { n: op('nin', [1, 9]) }, 'bd'],
  ['exists', { at: op('exists', true) }, 'ac'],
  ['exists not', { at: op('exists', false) }, 'bd'],
  ['mod', { n: op('mod', [4, 1]) }, 'abc'],
  ['all', { tags: op('all', ['x', 'y']) }, 'a'],
  ['size', { tags: op('size', 0) }, 'b'],
  ['elemMatch', { 'deep.l': op('elemMatch', { m: op('gt', 1) }) }, 'b'],
  ['a regular expression', { name: { $regexp: '^b', options: 'i' } }, 'b'],
  ['and', op('and', [{ n: op('gt', 1) }, { n: op('lt', 9) }]), 'b'],
  ['or', op('or', [{ n: 1 }, { n: 9 }]), 'ac'],
  ['nor', op('nor', [{ n: 1 }, { n: 9 }]), 'bd'],
  ['not', { n: op('not', [op('gt', 1)]) }, 'ad'],
  ['elemMatch of no list', { n: op('elemMatch', { m: 1 }) }, ''],
  ['size of no list', { n: op('size', 1) }, ''],
  ['a regular expression in a list', { tags: { $regexp: 'x' } }, 'a'],
  ['a regular expression of a number', { n: { $regexp: '5' } }, 'd'],
  ['mod of a text', { n: op('mod', [5, 0]) }, 'b'],
  ['gt of different kinds', { name: op('gt', 0) }, ''],
  ['gt in a list', { tags: op('gt', 'x') }, 'ac'],
  ['gt of null', { at: op('gte', null) }, ''],
  ['all of a value', { n: op('all', [5]) }, 'b'],
  ['or of a field', { n: op('or', [op('lt', 2), op('gt', 8)]) }, 'ac'],
])('where %s', async (_, where, found) => {
  const answer = await ask(await filled(), { action: 'get', query: { where } });
  const ids = Object.values(Object(answer['data'])).map((row) => Object(row)['_id']);
  expect(ids.join('')).toBe(found);
});

test.each<[string, unknown, unknown]>([
  ['a value', { n: 2 }, { n: 2, l: [1, 2, 3], o: { p: 1 } }],
  ['a path', { 'o.q': 2 }, { n: 4, l: [1, 2, 3], o: { p: 1, q: 2 } }],
  ['objects are merged', { o: { q: 2 } }, { n: 4, l: [1, 2, 3], o: { p: 1, q: 2 } }],
  ['set', { o: op('set', { q: 2 }) }, { n: 4, l: [1, 2, 3], o: { q: 2 } }],
  ['an element', { 'l.1': 7 }, { n: 4, l: [1, 7, 3], o: { p: 1 } }],
  ['remove', { o: op('remove', null) }, { n: 4, l: [1, 2, 3] }],
  ['rename', { n: op('rename', 'm') }, { m: 4, l: [1, 2, 3], o: { p: 1 } }],
  ['inc', { n: op('inc', 3), 'o.z': op('inc', 1) }, { n: 7, l: [1, 2, 3], o: { p: 1, z: 1 } }],
  ['mul', { n: op('mul', 3) }, { n: 12, l: [1, 2, 3], o: { p: 1 } }],
  ['min', { n: op('min', 3), x: op('min', 1) }, { n: 3, x: 1, l: [1, 2, 3], o: { p: 1 } }],
  ['max', { n: op('max', 3), x: op('max', 1) }, { n: 4, x: 1, l: [1, 2, 3], o: { p: 1 } }],
  ['push', { l: op('push', [4, 5]) }, { n: 4, l: [1, 2, 3, 4, 5], o: { p: 1 } }],
  ['push one', { l: op('push', 4), k: op('push', 1) }, { n: 4, k: [1], l: [1, 2, 3, 4], o: { p: 1 } }],
  [
    'push at a place, sorted and cut',
    { l: op('push', { each: [0, 9], position: 1, sort: -1, slice: 3 }) },
    { n: 4, l: [9, 3, 2], o: { p: 1 } },
  ],
  [
    'push sorted by a field',
    { k: op('push', { each: [{ m: 2 }, { m: 1 }], sort: { m: 1 } }) },
    { n: 4, k: [{ m: 1 }, { m: 2 }], l: [1, 2, 3], o: { p: 1 } },
  ],
  ['push at a place', { l: op('push', { each: [9], position: 0 }) }, { n: 4, l: [9, 1, 2, 3], o: { p: 1 } }],
  ['pull a value', { l: op('pull', 2) }, { n: 4, l: [1, 3], o: { p: 1 } }],
  ['inc of what is not there', { z: op('inc', 2) }, { n: 4, z: 2, l: [1, 2, 3], o: { p: 1 } }],
  [
    'min and max of what is lower and higher',
    { n: op('min', 9), 'o.p': op('max', 0) },
    { n: 4, l: [1, 2, 3], o: { p: 1 } },
  ],
  ['an object in place of a value', { n: { a: 1 } }, { n: { a: 1 }, l: [1, 2, 3], o: { p: 1 } }],
  [
    'paths and operators in an object that is new',
    { n: { 'a.b': 1, c: op('inc', 2) }, l: { 0: 'x' } },
    { n: { a: { b: 1 }, c: 2 }, l: { 0: 'x' }, o: { p: 1 } },
  ],
  ['push the last', { l: op('push', { each: [4], slice: -2 }) }, { n: 4, l: [3, 4], o: { p: 1 } }],
  ['unshift', { l: op('unshift', [0]) }, { n: 4, l: [0, 1, 2, 3], o: { p: 1 } }],
  ['pop', { l: op('pop', null) }, { n: 4, l: [1, 2], o: { p: 1 } }],
  ['shift', { l: op('shift', null) }, { n: 4, l: [2, 3], o: { p: 1 } }],
  ['pull', { l: op('pull', op('gt', 1)) }, { n: 4, l: [1], o: { p: 1 } }],
  ['pullAll', { l: op('pullAll', [1, 3]) }, { n: 4, l: [2], o: { p: 1 } }],
  ['addToSet', { l: op('addToSet', 2) }, { n: 4, l: [1, 2, 3], o: { p: 1 } }],
  ['addToSet each', { l: op('addToSet', { each: [2, 4] }) }, { n: 4, l: [1, 2, 3, 4], o: { p: 1 } }],
])('update: %s', async (_, data, row) => {
  const database = memory();
  await ask(database, { action: 'add', data: { _id: 'a', n: 4, l: [1, 2, 3], o: { p: 1 } } });
  expect(await ask(database, { action: 'update', data })).toEqual({ stats: { updated: 1 } });
  expect(await ask(database, { action: 'document', id: 'a', query: { where: { _id: 'a' } } })).toEqual({
    data: { _id: 'a', ...Object(row) },
  });
});

test('pages: order, skip, limit, fields', async () => {
  const database = await filled();
  const get = async (query: Json): Promise<unknown> =>
    (await ask(database, { action: 'get', query }))['data'];
  const orders = [{ field: 'n', down: true }];
  expect(await get({ orders, skip: 1, limit: 2, fields: { n: true } })).toEqual([
    { _id: 'c', n: 9 },
    { _id: 'b', n: 5 },
  ]);
  expect(await get({ where: { _id: 'a' }, fields: { tags: false, deep: false, at: 0 } })).toEqual([
    { _id: 'a', n: 1, name: 'Ann' },
  ]);
  expect(await get({ where: { _id: 'a' }, fields: { _id: false, 'deep.k': 1 } })).toEqual([
    { deep: { k: 1 } },
  ]);
  expect(await ask(database, { action: 'count', query: { where: { n: op('gt', 1) } } })).toEqual({
    total: 2,
  });
});

test('a page holds 100 unless it is told otherwise, and 1000 at most', async () => {
  const database = memory();
  for (let n = 0; n < 1010; n += 1) await ask(database, { action: 'add', data: { n } });
  const count = async (query: Json): Promise<number> =>
    Object.keys(Object((await ask(database, { action: 'get', query }))['data'])).length;
  expect([await count({}), await count({ limit: 150 }), await count({ limit: 5000 })]).toEqual([
    100, 150, 1000,
  ]);
});

test('documents: set makes or replaces, remove removes, what is not there is an error', async () => {
  const database = memory();
  expect(await ask(database, { action: 'set', id: 'a', data: { n: 1, o: { p: 1 } } })).toEqual({
    ...{ _id: 'a', stats: { updated: 0, created: 1 } },
  });
  expect(await ask(database, { action: 'set', id: 'a', data: { m: 2 } })).toMatchObject({
    stats: { updated: 1, created: 0 },
  });
  const document = { action: 'document', id: 'a', query: { where: { _id: 'a' } } };
  expect(await ask(database, document)).toEqual({ data: { _id: 'a', m: 2 } });
  expect(await ask(database, { action: 'remove', query: { where: { m: 2 } } })).toEqual({
    stats: { removed: 1 },
  });
  const errMsg = 'test:fail -1 document with _id a does not exist';
  expect(await ask(database, document)).toEqual({ error: { errCode: -1, errMsg } });
});

test('an id is unique, made where there is none, and environments share nothing', async () => {
  const database = memory();
  const { _id } = await ask(database, { action: 'add', data: { n: 1 } });
  expect(_id).toMatch(/^[0-9a-f]{32}$/);
  expect(await ask(database, { action: 'add', data: { _id } })).toMatchObject({
    error: { errCode: -502001, errMsg: expect.stringContaining('duplicate key') },
  });
  expect(await ask(database, { action: 'count' }, 'test')).toEqual({ total: 0 });
});

test.each<[string, Json]>([
  ['an action', { action: 'dance' }],
  ['a condition', { action: 'get', query: { where: { n: op('geoNear', 1) } } }],
  ['a change', { action: 'update', data: { n: op('shuffle', 1) } }],
  ['a stage', { action: 'aggregate', stages: [{ stage: 'bucket', value: {} }] }],
  ['an expression', { action: 'aggregate', stages: [{ stage: 'project', value: { a: { $dance: 1 } } }] }],
  [
    'an accumulator',
    { action: 'aggregate', stages: [{ stage: 'group', value: { _id: null, a: { $std: 1 } } }] },
  ],
])('%s that is not there says so', async (_, request) => {
  expect(await ask(await filled(), request)).toMatchObject({
    error: { errCode: -502001, errMsg: expect.stringContaining('the emulator has no ') },
  });
});

test.each<[string, Json[], unknown]>([
  [
    'groups',
    [
      { stage: 'match', value: { n: op('gt', 0) } },
      {
        stage: 'group',
        value: {
          ...{ _id: { $mod: ['$n', 4] }, sum: { $sum: '$n' }, avg: { $avg: '$n' }, count: { $sum: 1 } },
          ...{ min: { $min: '$n' }, max: { $max: '$n' }, first: { $first: '$_id' }, last: { $last: '$_id' } },
          ...{ all: { $push: '$n' }, set: { $addToSet: { $gt: ['$n', 1] } } },
        },
      },
    ],
    [
      {
        ...{ _id: 1, sum: 15, avg: 5, count: 3, min: 1, max: 9, first: 'a', last: 'c' },
        ...{ all: [1, 5, 9], set: [false, true] },
      },
    ],
  ],
  [
    'sort, skip, limit, project',
    [
      { stage: 'sort', value: { n: -1, _id: 1 } },
      { stage: 'skip', value: 1 },
      { stage: 'limit', value: 2 },
      { stage: 'project', value: { n: 1, twice: { $multiply: ['$n', 2] }, k: '$deep.k', _id: 0 } },
    ],
    [
      { n: 9, twice: 18 },
      { n: 5, twice: 10, k: 2 },
    ],
  ],
  [
    'unwind and count',
    [
      { stage: 'unwind', value: '$tags' },
      { stage: 'group', value: { _id: '$tags', n: { $sum: 1 } } },
      { stage: 'sort', value: { n: 1 } },
    ],
    [
      { _id: 'x', n: 1 },
      { _id: 'y', n: 2 },
    ],
  ],
  ['count', [{ stage: 'count', value: 'all' }], [{ all: 4 }]],
  [
    'sortByCount',
    [
      { stage: 'unwind', value: '$tags' },
      { stage: 'sortByCount', value: '$tags' },
    ],
    [
      { _id: 'y', count: 2 },
      { _id: 'x', count: 1 },
    ],
  ],
  [
    'expressions',
    [
      { stage: 'match', value: { _id: 'a' } },
      {
        stage: 'project',
        value: {
          ...{ _id: 0, a: { $add: ['$n', 2, 3] }, s: { $subtract: ['$n', 2] }, d: { $divide: [9, 2] } },
          ...{ c: { $concat: ['$name', '!'] }, u: { $toUpper: '$name' }, z: { $size: '$tags' } },
          ...{ e: { $cond: [{ $eq: ['$n', 1] }, 'one', 'more'] }, i: { $ifNull: ['$none', 'no'] } },
          ...{ y: { $year: '$at' }, at: { $arrayElemAt: ['$tags', -1] }, l: { $literal: '$n' } },
          ...{ f: { $floor: 1.7 }, g: { $ceil: 1.2 }, h: { $abs: -3 }, n: { $not: [true] } },
        },
      },
    ],
    [
      {
        ...{ a: 6, s: -1, d: 4.5, c: 'Ann!', u: 'ANN', z: 2, e: 'one', i: 'no', y: 1970, at: 'y' },
        ...{ l: '$n', f: 1, g: 2, h: 3, n: false },
      },
    ],
  ],
  [
    'lookup',
    [
      { stage: 'match', value: { _id: 'b' } },
      { stage: 'lookup', value: { from: 'c', localField: 'n', foreignField: 'n', as: 'same' } },
      { stage: 'project', value: { _id: 0, same: '$same._id' } },
    ],
    [{ same: ['b'] }],
  ],
  [
    'addFields and replaceRoot',
    [
      { stage: 'match', value: { _id: 'b' } },
      { stage: 'addFields', value: { root: { n: '$n', k: '$deep.k' } } },
      { stage: 'replaceRoot', value: { newRoot: '$root' } },
    ],
    [{ n: 5, k: 2 }],
  ],
])('aggregate: %s', async (_, stages, list) => {
  expect(await ask(await filled(), { action: 'aggregate', stages })).toEqual({ list });
});

test.each<[string, unknown]>([
  ['{"$mod": ["$n", 3]}', 2],
  ['{"$add": []}', 0],
  ['{"$multiply": ["$n", "$name"]}', null],
  ['{"$subtract": ["$at", "$before"]}', 1000],
  ['{"$concat": ["$name", "$none"]}', null],
  ['{"$toLower": "$name"}', 'bob'],
  ['{"$toLower": "$none"}', ''],
  ['{"$toUpper": "$none"}', ''],
  ['{"$size": "$name"}', 0],
  ['{"$arrayElemAt": ["$l", 0]}', 3],
  ['{"$arrayElemAt": ["$name", 0]}', null],
  ['{"$in": [4, "$l"]}', true],
  ['{"$in": [5, "$l"]}', false],
  ['{"$in": ["B", "$name"]}', false],
  ['{"$neq": ["$n", 5]}', false],
  ['[{"$gt": ["$n", 5]}, {"$gt": ["$n", 4]}]', [false, true]],
  ['[{"$gte": ["$n", 5]}, {"$gte": ["$n", 6]}]', [true, false]],
  ['[{"$lt": ["$n", 5]}, {"$lt": ["$n", 6]}]', [false, true]],
  ['[{"$lte": ["$n", 5]}, {"$lte": ["$n", 4]}]', [true, false]],
  ['[{"$and": [true, 0]}, {"$and": [true, 1]}]', [false, true]],
  ['[{"$or": [false, 0]}, {"$or": [false, 1]}]', [false, true]],
  ['{"$cond": {"if": {"$gt": ["$n", 9]}, "then": "more", "else": "less"}}', 'less'],
  ['[{"$year": "$at"}, {"$month": "$at"}, {"$dayOfMonth": "$at"}, {"$hour": "$at"}]', [1970, 1, 1, 0]],
  ['{"$year": "$n"}', null],
  ['{"$sum": "$l"}', 7],
  ['{"$avg": "$l"}', 3.5],
  ['{"$avg": []}', null],
  ['{"a": "$n", "b": ["$name"]}', { a: 5, b: ['Bob'] }],
  ['"$$ROOT.n"', expect.objectContaining({ n: 5, name: 'Bob' })],
  ['"text"', 'text'],
  ['{"$literal": {"$date": 5}}', date(5)],
])('the value of %s', async (expression, value) => {
  const database = memory();
  const data = { n: 5, name: 'Bob', l: [3, 4], at: date(1000), before: date(0) };
  await ask(database, { action: 'add', data });
  const stages = [{ stage: 'addFields', value: { is: JSON.parse(expression) } }];
  const { list } = await ask(database, { action: 'aggregate', stages });
  expect(JSON.parse(JSON.stringify(Object(list)[0]))).toMatchObject({ is: value });
});

test.each<[string, Json[], unknown]>([
  [
    'unwind keeps what has no list where it is asked to, and a value that is none',
    [
      { stage: 'unwind', value: { path: '$tags', preserveNullAndEmptyArrays: true } },
      { stage: 'project', value: { tags: 1 } },
    ],
    [
      { _id: 'a', tags: 'x' },
      { _id: 'a', tags: 'y' },
      { _id: 'b', tags: [] },
      { _id: 'c', tags: 'y' },
      { _id: 'd' },
    ],
  ],
  [
    'unwind of a value that is no list',
    [
      { stage: 'unwind', value: { path: '$name' } },
      { stage: 'project', value: { name: 1 } },
    ],
    [
      { _id: 'a', name: 'Ann' },
      { _id: 'b', name: 'Bob' },
      { _id: 'c', name: '小明' },
    ],
  ],
  [
    'project leaves out what it is told to, and keeps the rest',
    [
      { stage: 'match', value: { _id: 'c' } },
      { stage: 'project', value: { at: 0, tags: false } },
    ],
    [{ _id: 'c', n: 9, name: '小明' }],
  ],
  [
    'replaceRoot by what is no document',
    [
      { stage: 'limit', value: 1 },
      { stage: 'replaceRoot', value: { newRoot: '$n' } },
    ],
    [{}],
  ],
  [
    'group by what is not there',
    [{ stage: 'group', value: { _id: '$none', n: { $sum: 1 } } }],
    [{ _id: null, n: 4 }],
  ],
  [
    'the average of nothing',
    [{ stage: 'group', value: { _id: null, n: { $avg: '$none' } } }],
    [{ _id: null, n: null }],
  ],
  [
    'a sort by the second where the first is the same',
    [
      { stage: 'project', value: { _id: 1, odd: { $mod: [{ $size: '$tags' }, 2] } } },
      { stage: 'sort', value: { odd: 1, _id: -1 } },
    ],
    [
      { _id: 'd', odd: 0 },
      { _id: 'b', odd: 0 },
      { _id: 'a', odd: 0 },
      { _id: 'c', odd: 1 },
    ],
  ],
])('aggregate: %s', async (_, stages, list) => {
  expect(await ask(await filled(), { action: 'aggregate', stages })).toEqual({ list });
});

test('a sample has as many documents as it is asked for', async () => {
  const { list } = await ask(await filled(), {
    action: 'aggregate',
    stages: [{ stage: 'sample', value: { size: 2 } }],
  });
  expect(Object.keys(Object(list))).toHaveLength(2);
});

test('lookup needs both fields', async () => {
  const value = { from: 'c', localField: 'n', as: 'same' };
  expect(
    await ask(await filled(), { action: 'aggregate', stages: [{ stage: 'lookup', value }] }),
  ).toMatchObject({
    error: { errMsg: expect.stringContaining('foreignField') },
  });
});

test('an order by two fields, each in its direction', async () => {
  const database = memory();
  for (const [_id, a, b] of [
    ['1', 1, 'x'],
    ['2', 2, 'x'],
    ['3', 1, 'y'],
    ['4', 2, 'y'],
  ] as const)
    await ask(database, { action: 'add', data: { _id, a, b } });
  const idsBy = async (...orders: readonly Json[]): Promise<string> => {
    const { data } = await ask(database, { action: 'get', query: { orders } });
    return Object.values(Object(data))
      .map((row) => Object(row)['_id'])
      .join('');
  };
  expect(await idsBy({ field: 'a' }, { field: 'b', down: true })).toBe('3142');
  expect(await idsBy({ field: 'b', down: true }, { field: 'a' })).toBe('3412');
  expect(await idsBy({ field: 'none' })).toBe('1234');
});

test('it is kept in the store, dates and all, and a transaction goes back or stays', async () => {
  const folder = await freshFolder();
  const storage = createDiskStorage(folder);
  await storage.load();
  const first = createDatabase(storage);
  await ask(first, { action: 'add', data: { _id: 'a', at: date(5) } });
  const { transaction } = await ask(first, { action: 'begin' });
  await ask(first, { action: 'update', data: { n: 1 } });
  await ask(first, { action: 'rollback', transaction });
  const kept = await ask(first, { action: 'begin' });
  await ask(first, { action: 'update', data: { m: 1 } });
  await ask(first, { action: 'commit', transaction: kept['transaction'] });
  await ask(first, { action: 'rollback', transaction: kept['transaction'] });
  await first.close();
  expect(JSON.parse(await readFile(join(folder, 'database-dev.json'), 'utf8'))).toEqual({
    c: [{ _id: 'a', at: { $date: 5 }, m: 1 }],
  });
  const second = createDatabase(createDiskStorage(folder));
  const query = { where: { at: op('lt', date(6)) } };
  expect(await ask(second, { action: 'get', query })).toEqual({ data: [{ _id: 'a', at: date(5), m: 1 }] });
});

test('a collection that was made is kept, empty as it is', async () => {
  const folder = await freshFolder();
  const storage = createDiskStorage(folder);
  await storage.load();
  await ask(createDatabase(storage), { action: 'create' });
  expect(JSON.parse(await readFile(join(folder, 'database-dev.json'), 'utf8'))).toEqual({ c: [] });
});

test('a transaction in another goes back by itself', async () => {
  const database = await filled();
  const n = async (): Promise<unknown> =>
    Object(Object(await ask(database, { action: 'document', query: { where: { _id: 'a' } } }))['data'])['n'];
  const outer = await ask(database, { action: 'begin' });
  await ask(database, { action: 'update', data: { n: 2 } });
  const inner = await ask(database, { action: 'begin' });
  expect(inner['transaction']).not.toBe(outer['transaction']);
  await ask(database, { action: 'update', data: { n: 3 } });
  await ask(database, { action: 'rollback', transaction: inner['transaction'] });
  expect(await n()).toBe(2);
  await ask(database, { action: 'rollback', transaction: outer['transaction'] });
  expect(await n()).toBe(1);
  await ask(database, { action: 'rollback', transaction: 99 });
  expect(await n()).toBe(1);
});

test('a database file that is damaged counts as empty', async () => {
  const storage = createMemoryStorage(createScratch(() => '/nowhere/'));
  await storage.saveDatabase('dev', '{"c":[');
  expect(await ask(createDatabase(storage), { action: 'count' })).toEqual({ total: 0 });
});

test('a prototype is no document', async () => {
  const database = memory();
  await ask(database, {
    action: 'add',
    data: JSON.parse('{"_id":"a","__proto__":{"bad":1},"x.__proto__.bad":1}'),
  });
  expect(Object.hasOwn(Object.prototype, 'bad')).toBe(false);
  expect(await ask(database, { action: 'get' })).toEqual({ data: [{ _id: 'a' }] });
});
