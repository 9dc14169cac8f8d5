/** A configuration judged with what it finds: its functions, their events, the proxies on its way, and what lies in its folder. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConfigResult } from '../../src/config/config.js';
import { loadConfig, loadConfigValue, withoutIntruder } from '../../src/functions/load.js';
import { folderWith, load, loaded, refused } from '../support/config-folder.js';
import { needs } from '../support/needs.js';

const envs = ['dev'];
const problemsOf = (result: ConfigResult): readonly object[] => (result.ok ? [] : result.problems);

describe('two functions of one name', () => {
  const files = { 'one/pay/index.js': '', 'two/pay/index.js': '', 'two/login/index.js': '' };

  it('are a mistake where the roots stand, which names both folders', async () => {
    const text = `{\n  "envs": ["dev"],\n  "functionsRoot": ["one", "two"]\n}`;
    expect((await refused(text, files)).problems).toEqual([
      {
        ...{ kind: 'same-name', path: 'functionsRoot', at: { line: 3, column: 20 } },
        ...{ name: 'pay', folders: ['one/pay', 'two/pay'] },
      },
    ]);
  });

  it('are none where one root is looked at, or another thing is wrong with a function', async () => {
    expect(problemsOf(await load({ envs, functionsRoot: 'two' }, files))).toEqual([]);
    const other = { ...files, 'two/pay/index.js': '', 'one/-bad/index.js': '' };
    const result = await load({ envs, functionsRoot: ['one', 'two'] }, other);
    expect(problemsOf(result)).toMatchObject([{ kind: 'same-name', name: 'pay' }]);
  });
});

describe('events that a function is to be called with', () => {
  const files = {
    'cloudfunctions/pay/index.js': '',
    'events/pay.json': '[{"name": "paid", "value": {}}, {"name": "free", "value": {}}]',
  };
  const chosen = (answers: unknown, more: object = {}) =>
    load({ envs, answers: { envs: ['dev'] }, functions: { pay: { answers, ...more } } }, files);

  it('that its file does not hold are a mistake, at each', async () => {
    expect(problemsOf(await chosen(['paid', 'fre', 'zzzzzz']))).toMatchObject([
      {
        ...{ kind: 'no-event', path: 'functions.pay.answers[1]', name: 'fre', file: 'events/pay.json' },
        ...{ suggestion: 'free', known: ['paid', 'free'], at: { line: 1 } },
      },
      { kind: 'no-event', path: 'functions.pay.answers[2]', name: 'zzzzzz', suggestion: null },
    ]);
  });

  it('may be all, none, those that are there, or those of a function that is switched off', async () => {
    for (const result of [
      await chosen(true),
      await chosen(['free', 'paid']),
      await chosen(['none'], { enabled: false }),
      await load({ envs, functions: { pay: {} } }, files),
    ])
      expect(problemsOf(result)).toEqual([]);
  });

  it('are not missed in a file that is wrong otherwise', async () => {
    const broken = { ...files, 'events/pay.json': '[{"name": "paid", "value": [1]}]' };
    const config = { envs, answers: { envs: ['dev'] }, functions: { pay: { answers: ['paid'] } } };
    expect(problemsOf(await load(config, broken))).toEqual([]);
  });
});

describe('a proxy that cannot be used', () => {
  const environment = { HTTPS_PROXY: 'nonsense://' };
  const problem = { kind: 'proxy', path: 'HTTPS_PROXY', at: null, why: 'scheme' };

  it('is a mistake of a configuration that has an address for it', async () => {
    const result = await refused({ envs }, {}, { environment });
    expect(result.problems).toEqual([problem]);
    expect(result.file).toMatch(/watch\.config\.json$/);
    const token = { url: 'https://token.example/t' };
    const away = await load({ envs, endpoint: 'emulator', token }, {}, { environment });
    expect(problemsOf(away)).toEqual([problem]);
  });

  it('is none where nothing goes that way', async () => {
    expect((await load({ envs, endpoint: 'emulator' }, {}, { environment })).ok).toBe(true);
    expect((await load({ envs, endpoint: 'http://127.0.0.1:1' }, {}, { environment })).ok).toBe(true);
  });

  it('is not what a wrong configuration is about', async () => {
    expect(problemsOf(await load({ envs: 7 }, {}, { environment }))).toMatchObject([{ path: 'envs' }]);
  });
});

describe('a link in `.tcb-watch`', () => {
  it('is a mistake that names it', async () => {
    needs('links');
    const { config, ...rest } = await loaded({ envs }, { '.tcb-watch/': '' });
    const file = join(config.folder, '.tcb-watch', 'log');
    symlinkSync(config.folder, file, 'junction');
    const problems = [{ kind: 'intruder', path: '$', at: null, file, why: 'link' }];
    const from = config.folder;
    expect(problemsOf(await loadConfig({ from, environment: {} }))).toEqual(problems);
    expect(problemsOf(await loadConfigValue({ envs }, { from, environment: {} }))).toEqual(problems);
    expect(await withoutIntruder({ config, ...rest })).toEqual({ ok: false, file: config.file, problems });
  });

  it('is looked for in a configuration that is right otherwise', async () => {
    const right = await loaded({ envs });
    expect(await withoutIntruder(right)).toBe(right);
    const wrong = { ok: false, file: null, problems: [] } as const;
    expect(await withoutIntruder(wrong)).toBe(wrong);
  });
});

it('a configuration that a program has in hand is judged in the same way', async () => {
  const files = { 'one/pay/index.js': '', 'two/pay/index.js': '' };
  const from = await folderWith(files);
  const value = { envs, functionsRoot: ['one', 'two'] };
  const result = await loadConfigValue(value, { from, environment: {} });
  expect(problemsOf(result)).toMatchObject([{ kind: 'same-name', name: 'pay' }]);
  const proxied = { from, environment: { HTTPS_PROXY: 'nonsense://' } };
  expect(problemsOf(await loadConfigValue({ envs, functionsRoot: 'one' }, proxied))).toMatchObject([
    { kind: 'proxy' },
  ]);
});
