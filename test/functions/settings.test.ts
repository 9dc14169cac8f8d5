/** A function's own config.json: its timers, and every way in which it may be wrong. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readFunctionSettings } from '../../src/functions/settings.js';
import { temporaryFolder } from '../support/rig.js';

const none = { timers: null, written: 0, mistake: null, hasPermissions: false };
const timer = { name: 'nightly', type: 'timer', config: '0 0 2 * * * *' };
const read = { trigger_name: 'nightly', type: 'Timer', config: '0 0 2 * * * *' };

async function settings(text: string) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'config.json'), text);
  return readFunctionSettings(folder);
}

it.each<readonly [string, unknown, object]>([
  ['an empty object', {}, {}],
  ['no object', [1], {}],
  ['one timer', { triggers: [timer] }, { timers: [read], written: 1 }],
  ['no timers', { triggers: [] }, { timers: [], written: 0 }],
  [
    'blanks',
    { triggers: [{ ...timer, config: '  0 0  2 * * * * ' }] },
    { timers: [{ ...read, config: '0 0  2 * * * *' }], written: 1 },
  ],
  ['another case', { triggers: [{ ...timer, type: 'TIMER' }] }, { timers: [read], written: 1 }],
  ['no list', { triggers: { a: 1 } }, { mistake: 'triggers' }],
  ['null', { triggers: null }, { mistake: 'triggers' }],
  [
    'a wrong first',
    { triggers: [{ ...timer, type: 'mqtt' }, timer] },
    { written: 2, mistake: 'triggers[0]' },
  ],
  ['a wrong second', { triggers: [timer, 'x'] }, { written: 2, mistake: 'triggers[1]' }],
  ['null for a second', { triggers: [timer, null] }, { written: 2, mistake: 'triggers[1]' }],
  ['six fields', { triggers: [{ ...timer, config: '0 0 2 * * *' }] }, { written: 1, mistake: 'triggers[0]' }],
  ['no name', { triggers: [{ ...timer, name: 7 }] }, { written: 1, mistake: 'triggers[0]' }],
  ['no type', { triggers: [{ ...timer, type: 7 }] }, { written: 1, mistake: 'triggers[0]' }],
  ['no times', { triggers: [{ ...timer, config: 7 }] }, { written: 1, mistake: 'triggers[0]' }],
  ['permissions', { permissions: { openapi: ['a.b'] } }, { hasPermissions: true }],
  ['empty permissions', { permissions: { openapi: [], other: 'x' } }, {}],
  ['null for permissions', { permissions: null }, {}],
  ['a list for permissions', { permissions: [['x']] }, {}],
  ['some empty', { permissions: { openapi: [], other: ['x'] } }, { hasPermissions: true }],
  [
    'permissions and a mistake',
    { permissions: { openapi: ['a.b'] }, triggers: 7 },
    { hasPermissions: true, mistake: 'triggers' },
  ],
  [
    'permissions and a wrong timer',
    { permissions: { openapi: ['a.b'] }, triggers: [7] },
    { hasPermissions: true, written: 1, mistake: 'triggers[0]' },
  ],
  [
    'permissions and timers',
    { permissions: { openapi: ['a.b'] }, triggers: [timer] },
    { hasPermissions: true, written: 1, timers: [read] },
  ],
])('%s', async (_, value, expected) => {
  expect(await settings(JSON.stringify(value))).toEqual({ ...none, ...expected });
});

it('that is no JSON, or cannot be read, is a mistake; that is not there is none', async () => {
  expect(await settings('{"triggers":')).toEqual({ ...none, mistake: 'config.json is not JSON' });
  const folder = await temporaryFolder();
  expect(await readFunctionSettings(folder)).toEqual(none);
  expect(await readFunctionSettings(join(folder, 'no'))).toEqual(none);
  await writeFile(join(folder, 'file'), '');
  expect(await readFunctionSettings(join(folder, 'file'))).toEqual(none);
  await mkdir(join(folder, 'config.json'));
  expect(await readFunctionSettings(folder)).toEqual({ ...none, mistake: 'config.json (EISDIR)' });
});
