/** Calls about one function: what they say of one that is there, and how they refuse the rest. */
import { describe, expect, test } from 'vitest';
import { call, createActive, type Json, start, update } from '../rig.js';

const TRIGGERS = '/componenttcb/batchupdatetriggers';
const calls = [
  ['/componenttcb/gettriggers', 'funcname'],
  ['/componenttcb/deletescf', 'functionname'],
] as const;

describe.each(calls)('%s', (path, nameIn) => {
  test.each<[string, Json, object]>([
    ['no env', { [nameIn]: 'pay' }, { errcode: 40101 }],
    ['no name', { env: 'dev' }, { errcode: 40101 }],
    ['a number as the name', { env: 'dev', [nameIn]: 7 }, { errcode: 40097 }],
  ])('%s is refused', async (_, body, expected) => {
    const emulator = await start();
    await createActive(emulator, 'pay');
    expect(await call(emulator, path, body)).toMatchObject(expected);
    expect(emulator.functions('dev')).toHaveLength(1);
  });

  test('an environment or a function that is not there is named', async () => {
    const emulator = await start();
    await createActive(emulator, 'pay');
    const ask = (env: string, name: string) => call(emulator, path, { env, [nameIn]: name });
    expect((await ask('nowhere', 'pay'))['errmsg']).toMatch(/nowhere|Namespace/);
    expect((await ask('nowhere', 'pay'))['errcode']).not.toBe(0);
    expect((await ask('dev', 'order'))['errmsg']).toMatch(/Function/);
    expect((await ask('dev', 'order'))['errcode']).not.toBe(0);
    expect(emulator.functions('dev')).toHaveLength(1);
  });
});

test('a function is deleted in its environment alone, and not while it is deployed', async () => {
  const emulator = await start({ deployMs: 600_000 });
  await createActive(emulator, 'pay');
  const remove = () => call(emulator, '/componenttcb/deletescf', { env: 'dev', functionname: 'pay' });
  expect(await update(emulator, ['dev'])).toMatchObject({ errcode: 0 });
  expect(await remove()).toMatchObject({ errcode: -1, errmsg: expect.stringContaining('Updating') });
  await emulator.finishDeployments();
  expect(await remove()).toMatchObject({ errcode: 0 });
  expect(emulator.functions('dev')).toEqual([]);
  expect(emulator.functions('test')).toHaveLength(1);
});

describe('triggers', () => {
  const good = { trigger_name: 'nightly', type: 'Timer', config: '0 0 2 * * * *' };
  const set = async (...triggers: readonly unknown[]) => {
    const emulator = await start();
    await createActive(emulator, 'pay', ['dev']);
    const answer = await call(emulator, TRIGGERS, { envs: ['dev'], funcname: 'pay', triggers });
    const { triggers: kept } = await call(emulator, '/componenttcb/gettriggers', {
      env: 'dev',
      funcname: 'pay',
    });
    return { emulator, answer, kept };
  };

  test('are those that were set last', async () => {
    const { emulator, answer, kept } = await set(good, { ...good, trigger_name: 'other' });
    expect(answer).toMatchObject({ errcode: 0 });
    expect(kept).toEqual([good, { ...good, trigger_name: 'other' }]);
    const body = { envs: ['dev', 'test', 'nowhere'], funcname: 'pay', triggers: [] };
    const next = await call(emulator, TRIGGERS, body);
    expect(JSON.stringify(next)).toMatch(/test.*nowhere/);
    expect(await call(emulator, '/componenttcb/gettriggers', { env: 'dev', funcname: 'pay' })).toMatchObject({
      triggers: [],
    });
  });

  test.each<[string, readonly unknown[]]>([
    ['no name', [{ ...good, trigger_name: '' }]],
    ['another type', [{ ...good, type: 'timer' }]],
    ['a number as the cron', [{ ...good, config: 7 }]],
    ['a cron of five fields', [{ ...good, config: '0 2 * * *' }]],
    ['one name twice', [good, good]],
    ['one good and one wrong', [good, { ...good, config: '' }]],
  ])('with %s are refused, and none is set', async (_, triggers) => {
    const { answer, kept } = await set(...triggers);
    expect(answer).toMatchObject({ errcode: 40097 });
    expect(kept).toEqual([]);
  });
});
