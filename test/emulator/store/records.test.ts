/** The records of a store: what is read of its file, and what a function is after a start. */
import { describe, expect, it, test } from 'vitest';
import type { FunctionRecord } from '../../../src/emulator/model.js';
import { parseRecords, recordFound } from '../../../src/emulator/store/records.js';

const times = { modTime: '2026-11-28 10:00:00', addTime: '2026-11-28 09:00:00' };
const plain = { env: 'dev', name: 'pay', runtime: 'Nodejs18.15', status: 'Active', ...times };
const whole = {
  ...plain,
  ...{ reason: { errcode: '1', errmsg: 'no' }, pending: { failure: null, code: false } },
  settings: {
    memorySize: 512,
    timeoutSeconds: 9,
    variables: { A: '1' },
    vpc: { vpcId: 'v', subnetId: 's' },
  },
  triggers: [{ name: 't', type: 'timer', config: '0 0 * * * * *' }],
};
const fileOf = (...functions: readonly unknown[]): string => JSON.stringify({ v: 1, functions });

describe('a file', () => {
  it('has every field of what it says', () => {
    expect(parseRecords(fileOf(whole))).toEqual([whole]);
  });

  it('leaves out what makes no sense, and takes what is usual for what it does not say', () => {
    const { runtime: _, ...old } = plain;
    const [record, ...others] = parseRecords(fileOf(old, 7, null)) ?? [];
    expect(others).toEqual([]);
    expect(record).toMatchObject({ ...old, reason: null, pending: null, triggers: [] });
    expect(record?.runtime).toMatch(/^Nodejs/);
    expect(record?.settings).toMatchObject({ variables: {}, vpc: null });
    expect(record?.settings.memorySize).toBeGreaterThan(0);
  });

  it.each(['env', 'name', 'status', 'modTime', 'addTime'])('knows no function without %s', (key) => {
    expect(parseRecords(fileOf({ ...plain, [key]: undefined }))).toEqual([]);
  });

  it.each<[string, object, object]>([
    ['settings', { memorySize: '512', timeoutSeconds: null, variables: 7 }, { variables: {}, vpc: null }],
    ['numbers as texts', { variables: { A: 1 } }, { variables: { A: '1' } }],
  ])('takes what is usual for wrong %s', (_, settings, expected) => {
    const [usual] = parseRecords(fileOf(plain)) ?? [];
    const [record] = parseRecords(fileOf({ ...plain, settings })) ?? [];
    expect(record?.settings).toEqual({ ...usual?.settings, ...expected });
  });

  it('has no trigger that is none, and a deployment of code unless it says otherwise', () => {
    const odd = { ...plain, triggers: [7, { name: 1 }], pending: {} };
    expect(parseRecords(fileOf(odd))).toMatchObject([
      { triggers: [{ name: '1', type: 'undefined' }], pending: { failure: null, code: true } },
    ]);
  });

  it.each([
    ['damaged', '{'],
    ['a list', '[]'],
    ['of another version', JSON.stringify({ v: 2, functions: [] })],
    ['without functions', JSON.stringify({ v: 1 })],
  ])('that is %s is none of ours', (_, text) => {
    expect(parseRecords(text)).toBeNull();
  });
});

const failure = { errcode: '7', errmsg: 'no' };
const known = (over: Partial<FunctionRecord>): FunctionRecord => {
  const [record] = parseRecords(fileOf(plain)) ?? [];
  if (record === undefined) throw new Error('no record');
  return { ...record, ...over };
};

test.each<[string, FunctionRecord | undefined, boolean, object | null]>([
  ['nothing, where nothing is known or there', undefined, false, null],
  ['new, where only its folder is there', undefined, true, { env: 'dev', name: 'pay', status: 'Active' }],
  ['as it was', known({}), true, known({})],
  ['gone with its code', known({}), false, null],
  ['still one that could not be made', known({ status: 'CreateFailed' }), false, { status: 'CreateFailed' }],
  [
    'running what was accepted',
    known({ status: 'Updating', pending: { failure: null, code: true } }),
    true,
    { status: 'Active', reason: null, pending: null },
  ],
  ['gone where what was accepted is', known({ pending: { failure: null, code: true } }), false, null],
  [
    'failed in its update',
    known({ pending: { failure, code: true } }),
    true,
    { status: 'UpdateFailed', reason: failure, pending: null },
  ],
  [
    'failed in its making',
    known({ pending: { failure, code: true } }),
    false,
    { status: 'CreateFailed', reason: failure, pending: null },
  ],
])('after a start a function is %s', (_, record, present, expected) => {
  const found = recordFound('dev', 'pay', record, present);
  if (expected === null) expect(found).toBeNull();
  else expect(found).toMatchObject(expected);
});
