/** Configurations that changed are taken one after the other. */
import { expect, it } from 'vitest';
import type { ConfigResult } from '../../src/config/config.js';
import { loadConfigValue } from '../../src/functions/load.js';
import type { Fact } from '../../src/model/fact.js';
import { createReloader, type ReloaderOptions } from '../../src/sync/reload.js';
import { folderWith } from '../support/init-rig.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function valid(): Promise<ConfigResult> {
  const folder = await folderWith({ 'functions/pay/index.js': '' });
  const config = { functionsRoot: 'functions', envs: ['dev'], endpoint: 'emulator' };
  return loadConfigValue(config, { from: folder, environment: {} });
}

const invalid: ConfigResult = {
  ok: false,
  file: '/a.json',
  problems: [{ kind: 'no-store', path: 'endpoint', at: null, folder: '/f', code: 'EACCES' }],
} as ConfigResult;

function rig(results: readonly (() => Promise<ConfigResult>)[], over: Partial<ReloaderOptions['sync']> = {}) {
  const [told, taken, bugs]: [Fact[], unknown[], unknown[]] = [[], [], []];
  let loads = 0;
  const reload = createReloader({
    sync: {
      reconfigure: async (loaded) => {
        taken.push(loaded);
        return null;
      },
      reportBug: (error) => bugs.push(error),
      ...over,
    },
    load() {
      loads += 1;
      return (results[loads - 1] ?? results.at(-1) ?? valid)();
    },
    language: 'en',
    tell: (fact) => told.push(fact),
  });
  return { reload, told, taken, bugs, loads: () => loads };
}

it('a valid one is taken, and nothing is said here', async () => {
  const result = await valid();
  const { reload, told, taken } = rig([async () => result]);
  reload();
  await turn();
  expect(taken).toEqual([result]);
  expect(told).toEqual([]);
});

it('an invalid one is reported, and not taken', async () => {
  const { reload, told, taken } = rig([async () => invalid]);
  reload();
  await turn();
  expect(taken).toEqual([]);
  expect(told).toMatchObject([{ event: 'config', state: 'invalid', problems: [{ path: 'endpoint' }] }]);
});

it('one that cannot be taken is reported as well', async () => {
  const problem = invalid.ok ? undefined : invalid.problems[0];
  const result = await valid();
  const { reload, told } = rig([async () => result], { reconfigure: async () => problem ?? null });
  reload();
  await turn();
  expect(told).toMatchObject([{ event: 'config', state: 'invalid', problems: [{ path: 'endpoint' }] }]);
});

it('changes while one is being read are read once more, and not twice at a time', async () => {
  const result = await valid();
  const open: (() => void)[] = [];
  const slow = (): Promise<ConfigResult> =>
    new Promise((resolve) => {
      open.push(() => resolve(result));
    });
  const { reload, taken, loads } = rig([slow]);
  reload();
  reload();
  reload();
  await turn();
  expect(loads()).toBe(1);
  open[0]?.();
  await turn();
  expect(loads()).toBe(2);
  open[1]?.();
  await turn();
  expect(taken).toHaveLength(2);
  expect(loads()).toBe(2);
  reload();
  await turn();
  expect(loads()).toBe(3);
});

it('what is thrown is a bug, and the next change is read all the same', async () => {
  const result = await valid();
  const { reload, bugs, taken } = rig([() => Promise.reject(new Error('broken')), async () => result]);
  reload();
  await turn();
  expect(bugs).toEqual([new Error('broken')]);
  reload();
  await turn();
  expect(taken).toEqual([result]);
});
