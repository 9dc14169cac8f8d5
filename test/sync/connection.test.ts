/** Which configurations mean the same cloud, and an emulator of this process with its store. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Config } from '../../src/config/model.js';
import { openEmulator, sameCloud, sourcesOf } from '../../src/sync/connection.js';
import { loaded } from '../support/config-folder.js';
import { temporaryFolder } from '../support/rig.js';

const configOf = async (more: object = {}): Promise<Config> =>
  (await loaded({ envs: ['dev'], endpoint: 'http://127.0.0.1:7', token: { env: 'T' }, ...more })).config;

describe('the same cloud', () => {
  it.each<readonly [string, object, object, boolean]>([
    ['the same', {}, {}, true],
    ['other environments', {}, { envs: ['dev', 'test'] }, true],
    ['another quiet time', {}, { debounceMs: 77 }, true],
    ['another port', {}, { endpoint: 'http://127.0.0.1:8' }, false],
    ['another token', {}, { token: { env: 'U' } }, false],
    ['another limit of connecting', {}, { connectTimeoutSeconds: 7 }, false],
    ['another limit of answers', {}, { requestTimeoutSeconds: 7 }, false],
    ['the emulator, as before', { endpoint: 'emulator' }, { endpoint: 'emulator' }, true],
    [
      'the emulator with another token',
      { endpoint: 'emulator' },
      { endpoint: 'emulator', token: { env: 'U' } },
      true,
    ],
    [
      'the emulator of other environments',
      { endpoint: 'emulator' },
      { endpoint: 'emulator', envs: ['test'] },
      false,
    ],
  ])('%s', async (_, one, other, same) => {
    expect(sameCloud(await configOf(one), await configOf(other))).toBe(same);
  });
});

it('functions that lie elsewhere are named to the emulator', async () => {
  const { config } = await loaded(
    { envs: ['dev'], endpoint: 'emulator', functions: { far: { dir: 'elsewhere/far' }, near: {} } },
    { 'elsewhere/far/index.js': '' },
  );
  expect(sourcesOf(config)).toMatchObject({
    roots: [join(config.folder, 'cloudfunctions')],
    named: { far: join(config.folder, 'elsewhere/far') },
  });
});

describe('an emulator in this process', () => {
  const settings = (store: string) => ({ envs: ['dev'], port: 0, store });

  it('keeps its store for itself until it is closed', async () => {
    const store = join(await temporaryFolder(), 'store');
    const first = await openEmulator(settings(store));
    onTestFinished(() => first.close());
    await expect(openEmulator(settings(store))).rejects.toMatchObject({ code: `EBUSY, PID ${process.pid}` });
    await first.close();
    expect(readdirSync(store)).not.toContain('emulator.lock');
    const second = await openEmulator(settings(store));
    await second.close();
  });

  it('that somebody has who does not say who it is cannot be opened either', async () => {
    const store = join(await temporaryFolder(), 'store');
    const first = await openEmulator(settings(store));
    onTestFinished(() => first.close());
    await writeFile(join(store, 'emulator.lock'), 'nobody knows');
    await expect(openEmulator(settings(store))).rejects.toMatchObject({ code: 'EBUSY', message: 'EBUSY' });
  });

  it('lets its store go where it cannot start', async () => {
    const store = join(await temporaryFolder(), 'store');
    await mkdir(store);
    const running = await openEmulator({ envs: ['dev'], port: 0 });
    onTestFinished(() => running.close());
    const port = Number(new URL(running.url).port);
    await expect(openEmulator({ ...settings(store), port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(existsSync(join(store, 'emulator.lock'))).toBe(false);
  });

  it('cannot have a store where a file lies', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    await expect(openEmulator(settings(file))).rejects.toMatchObject({ code: 'EEXIST' });
  });
});
