/** A file that somebody has open is replaced a moment later on Windows; elsewhere the same codes are final. */
import { expect, it } from 'vitest';
import { retriedWhileHeld } from '../../src/system/held.js';

function refusing(times: number, code: string) {
  const calls = { count: 0 };
  const action = async (): Promise<string> => {
    calls.count += 1;
    if (calls.count <= times) throw Object.assign(new Error(code), { code });
    return 'done';
  };
  return { action, calls };
}

it.each(['EPERM', 'EBUSY', 'EACCES'])('Windows: %s is repeated until it passes', async (code) => {
  const { action, calls } = refusing(3, code);
  await expect(retriedWhileHeld(action, 'win32')).resolves.toBe('done');
  expect(calls.count).toBe(4);
});

it.each<[string, NodeJS.Platform, string, number]>([
  ['another code', 'win32', 'ENOSPC', 1],
  ['another system', 'linux', 'EPERM', 1],
  ['held for good', 'win32', 'EBUSY', 9],
])('%s ends with the refusal', async (_name, platform, code, expected) => {
  const { action, calls } = refusing(100, code);
  await expect(retriedWhileHeld(action, platform, 1)).rejects.toMatchObject({ code });
  expect(calls.count).toBe(expected);
});

it('what is no refusal of the system is not repeated', async () => {
  const fault = new TypeError('a bug');
  await expect(retriedWhileHeld(() => Promise.reject(fault), 'win32')).rejects.toBe(fault);
});
