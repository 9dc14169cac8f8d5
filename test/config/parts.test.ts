/** Small parts of the configuration, each by a table: what was probably meant, paths, globs, addresses, what is withheld. */
import { describe, expect, it } from 'vitest';
import { presentRoots } from '../../src/config/checks.js';
import { closedValues } from '../../src/config/config.js';
import { matchesGlob } from '../../src/config/glob.js';
import { pathText, valueAt, without } from '../../src/config/path.js';
import { withhold } from '../../src/config/risks.js';
import { nearest, nearestName } from '../../src/config/suggest.js';
import { endpointFault, normalizeEndpoint, urlFault } from '../../src/config/url.js';
import type { Risk } from '../../src/model/risk.js';
import { folderWith, loaded } from '../support/config-folder.js';

describe('what was probably meant', () => {
  it.each<readonly [string, readonly string[], string | null]>([
    ['endpoint', ['endpoint'], 'endpoint'],
    ['Endpoint', ['endpoint'], 'endpoint'],
    // One slip of each kind.
    ['endpoin', ['endpoint'], 'endpoint'],
    ['endpointt', ['endpoint'], 'endpoint'],
    ['endqoint', ['endpoint'], 'endpoint'],
    ['edn', ['end'], 'end'],
    ['den', ['end'], null],
    // A third of the length, at least one, at most four.
    ['ab', ['cd'], null],
    ['ab', ['ac'], 'ac'],
    ['abcde', ['abcxy'], null],
    ['abcdef', ['abcdxy'], 'abcdxy'],
    ['abcdef', ['abcxyz'], null],
    ['abcdefghijklmno', ['abcdefghijkvwxy'], 'abcdefghijkvwxy'],
    ['abcdefghijklmno', ['abcdefghijvwxyz'], null],
    // The nearest of several, the first of those alike.
    ['paid', ['pair', 'paint', 'paid2'], 'pair'],
    ['debounce', ['debounceMaxMs', 'debounceMs'], 'debounceMs'],
    ['', ['a'], 'a'],
    ['long-name', [], null],
    // Swapped letters at the very beginning, and twice.
    ['nevs', ['envs'], 'envs'],
    ['nesvab', ['ensvba'], 'ensvba'],
    ['abab', ['baba'], null],
  ])('%s of %j: %s', (word, known, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });

  it.each<readonly [string, readonly string[], string | null]>([
    ['dev', ['dev-1a2b3c4d', 'test-1a2b3c4d'], 'dev-1a2b3c4d'],
    ['DEV', ['dev-1a2b3c4d'], 'dev-1a2b3c4d'],
    ['dev', ['dev-1a2b3c4d', 'dev-9z8y7x6w'], null],
    ['', ['dev-1a2b3c4d'], null],
    ['tets', ['test', 'tets-1a2b3c4d'], 'test'],
    ['prod', ['dev-1a2b3c4d'], null],
  ])('the name %s of %j: %s', (word, known, expected) => {
    expect(nearestName(word, known)).toBe(expected);
  });
});

describe('paths', () => {
  it.each([
    [[], '$'],
    [['functions', 'pay', 'envs', 0], 'functions.pay.envs[0]'],
    [['shared', 'a.b'], 'shared["a.b"]'],
    [['名', '$x_-1'], '名.$x_-1'],
    [[0, 'a'], '[0].a'],
    [['a b'], '["a b"]'],
  ])('%j is written %s', (path, text) => {
    expect(pathText(path)).toBe(text);
  });

  const data = { a: { b: [1, { c: null }] }, 'toString.x': 1 };

  it.each([
    [[], data],
    [['a', 'b', 1, 'c'], null],
    [['a', 'b', 2], undefined],
    [['a', 0], undefined],
    [['a', 'b', 'length'], undefined],
    [['toString'], undefined],
    [['a', 'b', 0, 'c'], undefined],
  ])('at %j stands %j', (path, value) => {
    expect(valueAt(data, path)).toEqual(value);
  });

  it.each([
    [['a', 'b'], { a: {}, 'toString.x': 1 }],
    [['a'], { 'toString.x': 1 }],
    [['a', 'b', 1, 'c'], { a: {}, 'toString.x': 1 }],
    [['a', 'x'], data],
    [['x', 'a'], data],
    [['toString'], data],
    [['a', 'b', 'c'], data],
  ])('without %j', (path, left) => {
    expect(without(data, path)).toEqual(left);
  });
});

it.each([
  ['*', 'anything', true],
  ['pay', 'pay', true],
  ['PAY', 'pay', true],
  ['pay', 'pay2', false],
  ['pay', 'xpay', false],
  ['p?y', 'pay', true],
  ['p?y', 'py', false],
  ['p*y', 'py', true],
  ['p**y', 'pony', true],
  ['a.c', 'abc', false],
  ['a+', 'aa', false],
  ['(a|b)', 'a', false],
  ['[ab]', 'a', false],
  ['?', '𝒳', true],
])('the glob %s and %s: %s', (glob, text, matches) => {
  expect(matchesGlob(glob, text)).toBe(matches);
});

describe('addresses', () => {
  it.each([
    ['emulator', null, 'url'],
    ['https://api.example.com', null, null],
    ['https://api.example.com/base/', null, null],
    ['http://127.0.0.1:7', null, null],
    ['http://api.example.com', 'plain-http', 'plain-http'],
    ['https://a:b@api.example.com', 'url-credentials', 'url-credentials'],
    ['https://a@api.example.com', 'url-credentials', 'url-credentials'],
    ['https://:b@api.example.com', 'url-credentials', 'url-credentials'],
    ['https://api.example.com?a=1', 'url-query', null],
    ['https://api.example.com#a', 'url-query', null],
    ['https:api.example.com', 'endpoint', 'url'],
    ['https://api example.com', 'endpoint', 'url'],
    [' https://api.example.com', 'endpoint', 'url'],
    ['ftp://api.example.com', 'endpoint', 'url'],
    ['https://', 'endpoint', 'url'],
    ['https://[', 'endpoint', 'url'],
  ])('%s', (text, asEndpoint, asUrl) => {
    expect([endpointFault(text), urlFault(text)]).toEqual([asEndpoint, asUrl]);
  });

  it('are kept without slashes at their end', () => {
    expect(['https://a.b/', 'https://a.b//', 'https://a.b/c', 'emulator'].map(normalizeEndpoint)).toEqual([
      ...['https://a.b', 'https://a.b', 'https://a.b/c', 'emulator'],
    ]);
  });
});

describe('the root that nobody named', () => {
  it('is left out only where it is not there and functions name folders of their own', async () => {
    const folder = await folderWith({ 'there/': '', file: '' });
    const [there, file, gone] = ['there', 'file', 'gone'].map((name) => `${folder}/${name}`) as [
      string,
      string,
      string,
    ];
    const dirs = new Map([['far', '/far']]);
    expect(await presentRoots([there, gone, file], true, dirs)).toEqual([there]);
    expect(await presentRoots([there, gone], false, dirs)).toEqual([there, gone]);
    expect(await presentRoots([gone], true, new Map())).toEqual([gone]);
  });
});

describe('what is not agreed to', () => {
  const asked = async () =>
    (
      await loaded(
        {
          envs: ['dev'],
          endpoint: 'https://cloud.example.com',
          token: { command: 'mint' },
          notify: true,
          hooks: { afterLive: 'one', onFailure: 'two' },
          functions: { pay: { build: 'esbuild' }, login: { build: { command: 'make', output: 'out' } } },
        },
        { 'cloudfunctions/pay/index.ts': '', 'cloudfunctions/login/index.ts': '' },
      )
    ).config;
  const risk = (path: string): Risk => ({ kind: 'command', path, at: null, value: '', shown: '' });
  const state = ({ token, functions, hooks, notify }: Awaited<ReturnType<typeof asked>>) => ({
    ...{ token: token?.kind, pay: functions['pay']?.build?.kind, login: functions['login']?.build?.kind },
    ...{ afterLive: hooks.afterLive, onFailure: hooks.onFailure, notify },
  });
  const all = {
    token: 'command',
    pay: 'esbuild',
    login: 'command',
    afterLive: 'one',
    onFailure: 'two',
    notify: true,
  };

  it.each<readonly [string, Partial<Record<keyof typeof all, unknown>>]>([
    ['endpoint', { token: 'withheld' }],
    ['token.command', { token: 'withheld' }],
    ['token.url', { token: 'withheld' }],
    ['token.wxcomponent.url', { token: 'withheld' }],
    ['token.cloudbase.command', { token: 'withheld' }],
    ['token.cloudbase.url', { token: 'withheld' }],
    ['functions.pay.build', { pay: 'withheld' }],
    ['functions.login.build.command', { login: 'withheld' }],
    ['hooks.afterLive', { afterLive: null }],
    ['hooks.onFailure', { onFailure: null }],
    ['notify', { notify: false }],
    ['functionsRoot', {}],
  ])('%s', async (path, expected) => {
    expect(state(withhold(await asked(), [risk(path)]))).toEqual({ ...all, ...expected });
  });

  it('is nothing: all stays', async () => {
    const config = await asked();
    expect(withhold(config, [])).toEqual(config);
  });
});

describe('values of .env are closed', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['from eight characters on', 'eight-ch', ['eight-ch']],
    ['not below', 'seven-c', []],
    [
      'each line of a longer one',
      'the first line\nshort\nthe last line',
      ['the first line\nshort\nthe last line', 'the first line', 'the last line'],
    ],
    [
      'the password of an address, as it is and unescaped',
      'https://me:pass%20word@db.example/x',
      [...['https://me:pass%20word@db.example/x', 'pass%20word', 'pass word']],
    ],
    [
      'a password that is not escaped',
      'https://me:100%pass!@db.example',
      ['https://me:100%pass!@db.example', '100%pass!', '100%pass!'],
    ],
    ['an address without one', 'https://db.example/a:b@c', ['https://db.example/a:b@c']],
    // Text that the configuration says openly stands in every line.
    ['not an environment', 'dev-1a2b3c4d', []],
    ['not a part of the endpoint', 'cloud.example.com', []],
    ['not a function', 'settlements', []],
  ])('%s', async (_, value, expected) => {
    const { config } = await loaded({
      ...{ envs: ['dev-1a2b3c4d'], endpoint: 'https://cloud.example.com', token: { env: 'T' } },
      functions: { settlements: {} },
    });
    expect(closedValues([value], config)).toEqual(expected);
  });
});
