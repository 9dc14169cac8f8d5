/** The client calls functions, which the emulator runs in processes of their own. */
import { expect, onTestFinished, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.js';
import { cloudAt } from '../support/cloud-rig.js';

async function withCode(code: string) {
  const emulator: Emulator = await startEmulator({ envs: ['dev'], deployMs: 0 });
  onTestFinished(() => emulator.close());
  await emulator.deploy('dev', 'pay', { 'index.js': code });
  return cloudAt(emulator.url, {}, emulator.token).cloud;
}

test('what it returns, and its logs', async () => {
  const cloud = await withCode(
    'console.log("hello"); exports.main = async (event) => ({ sum: event.a + 1 });',
  );
  expect(await cloud.invoke('dev', 'pay', '{"a":41}')).toMatchObject({
    ok: true,
    result: { sum: 42 },
    logs: ['hello'],
  });
});

test('code that throws', async () => {
  const cloud = await withCode('exports.main = () => { console.log("x"); throw new Error("no"); }');
  expect(await cloud.invoke('dev', 'pay', '{}')).toMatchObject({
    ok: false,
    failure: { class: 'unknown' },
    logs: expect.arrayContaining(['x']),
  });
});
