import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defaultConfig } from '../../src/config/config.js';
import { matchesGlob } from '../../src/config/glob.js';
import { schemaText } from '../../src/config/schema-page.js';
import { parseConfigText } from '../../src/config/text.js';
import { loadConfig, loadConfigValue } from '../../src/functions/load.js';
import { folderWith, loaded, refused } from '../support/config-folder.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const DEFAULTS = {
  protectedEnvs: ['*prod*', '*release*', '*online*'],
  endpoint: 'https://api.weixin.qq.com',
  token: { kind: 'env', name: 'TCB_COMPONENT_ACCESS_TOKEN' },
  debounceMs: 100,
  debounceMaxMs: 2000,
  sweepSeconds: 30,
  concurrency: 4,
  requestsPerSecond: 10,
  envsPerRequest: 50,
  connectTimeoutSeconds: 10,
  requestTimeoutSeconds: 30,
  createMissing: true,
  verify: true,
  onForeignChange: 'warn',
  onCannotRun: 'warn',
  maxZipBase64: 20971520,
  ignore: [],
  shared: {},
  functions: {},
  hooks: { afterLive: null, onFailure: null },
  history: { versions: 20, megabytes: 256 },
  notify: false,
  triggers: false,
};

const answersIn = (folder: string) => ({
  ...{ envs: ['*'], events: path.join(folder, 'events'), proof: false, atOnce: 2 },
});

describe('a valid configuration', () => {
  test('has every default filled in', async () => {
    const { config, secrets } = await loaded({ envs: ['dev-1'] });
    const { folder } = config;
    expect(config).toEqual({
      ...DEFAULTS,
      file: path.join(folder, 'watch.config.json'),
      folder,
      answers: answersIn(folder),
      envs: ['dev-1'],
      functionsRoots: [path.join(folder, 'cloudfunctions')],
    });
    expect(secrets).toEqual([]);
  });

  test('without a file, defaultConfig has the same', () => {
    const folder = path.resolve('x');
    expect(defaultConfig(folder, { envs: ['dev', 'test'], endpoint: 'emulator' })).toEqual({
      ...DEFAULTS,
      file: null,
      folder,
      answers: answersIn(folder),
      functionsRoots: [path.join(folder, 'cloudfunctions')],
      envs: ['dev', 'test'],
      endpoint: 'emulator',
    });
  });

  test('may hold comments, trailing commas and a byte order mark', async () => {
    const { config } = await loaded('\uFEFF// first\n{ /* 环境 */ "envs": ["dev-1", "b",], // last\n}\n');
    expect(config.envs).toEqual(['dev-1', 'b']);
  });

  test('takes what people write', async () => {
    const { config } = await loaded(
      {
        $schema: './node_modules/tcb-watch/watch.config.schema.json',
        functionsRoot: ['one', 'missing'],
        envs: ['dev-3gewtf9c10f60c76', 'mytestenv-7gniuaq95b51dcdc'],
        endpoint: 'https://proxy.example/wx/',
        ignore: ['**/*.test.js'],
        shared: { common: ['*'] },
        functions: {
          pay: {
            dir: 'src/pay',
            envs: ['dev-3gewtf9c10f60c76'],
            ignore: ['fixtures/'],
            build: { command: 'npm run build', output: 'dist' },
          },
          web: { enabled: false, build: 'esbuild' },
        },
        hooks: { afterLive: 'curl' },
      },
      { 'one/common/money.js': '', 'src/pay/': '' },
    );
    const at = (...names: string[]) => path.join(config.folder, ...names);
    expect(config).toMatchObject({
      functionsRoots: [at('one'), at('missing')],
      endpoint: 'https://proxy.example/wx',
      shared: { common: ['*'] },
      hooks: { afterLive: 'curl', onFailure: null },
    });
    expect(config.functions).toEqual({
      pay: {
        dir: at('src/pay'),
        envs: ['dev-3gewtf9c10f60c76'],
        ignore: ['fixtures/'],
        enabled: true,
        answers: null,
        proof: null,
        build: { kind: 'command', command: 'npm run build', output: 'dist' },
      },
      web: {
        dir: null,
        envs: null,
        ignore: [],
        enabled: false,
        build: { kind: 'esbuild' },
        answers: null,
        proof: null,
      },
    });
  });

  test.each([
    [{ env: 'MY_TOKEN' }, { kind: 'env', name: 'MY_TOKEN' }],
    [{ file: '~/token' }, { kind: 'file', path: path.join(homedir(), 'token') }],
    [{ command: 'redis-cli GET x' }, { kind: 'command', command: 'redis-cli GET x', timeoutMs: 10_000 }],
    [
      { command: 'x', timeoutSeconds: 1.5 },
      { kind: 'command', command: 'x', timeoutMs: 1500 },
    ],
    [{ url: 'https://t.example/c' }, { kind: 'url', url: 'https://t.example/c', headers: {}, pointer: null }],
    [
      { url: 'http://127.0.0.1:8/c', headers: { 'x-key': 'k' }, pointer: '/data/token' },
      { kind: 'url', url: 'http://127.0.0.1:8/c', headers: { 'x-key': 'k' }, pointer: '/data/token' },
    ],
    [
      { component: { appId: 'wx1', appSecret: 's', verifyTicket: 't' } },
      { kind: 'component', appId: 'wx1', appSecret: 's', verifyTicket: { kind: 'value', value: 't' } },
    ],
  ])('knows the token source %j', async (token, source) => {
    expect((await loaded({ envs: ['a'], token })).config.token).toEqual(source);
  });

  test('a ticket in a file lies beside the configuration', async () => {
    const token = { component: { appId: 'wx1', appSecret: 's', verifyTicket: { file: 'ticket' } } };
    const { config } = await loaded({ envs: ['a'], token });
    expect(config.token).toMatchObject({
      verifyTicket: { kind: 'file', path: path.join(config.folder, 'ticket') },
    });
  });

  test.each([
    ['emulator', 'emulator'],
    ['http://localhost:9000/', 'http://localhost:9000'],
    ['http://127.9.0.1', 'http://127.9.0.1'],
    ['http://[::1]:80', 'http://[::1]:80'],
  ])('takes %s for an endpoint', async (endpoint, normal) => {
    expect((await loaded({ envs: ['a'], endpoint })).config.endpoint).toBe(normal);
    const overridden = await loaded({ envs: ['a'] }, {}, { overrides: { endpoint } });
    expect(overridden.config.endpoint).toBe(normal);
  });

  test('may be in hand instead of in a file: then nothing of it is watched but variables', async () => {
    const from = await folderWith({ 'cloudfunctions/': '', '.env': 'ENV=dev-1' });
    const options = { from, environment: {} };
    expect(await loadConfigValue({ envs: ['${ENV}'] }, options)).toMatchObject({
      ...{ ok: true, config: { envs: ['dev-1'], file: null, folder: from } },
      watchFiles: [path.join(from, '.env'), path.join(from, '.env.local')],
    });
    for (const nothing of [undefined, () => 1])
      expect(await loadConfigValue(nothing, options)).toMatchObject({
        ...{ ok: false, file: null, problems: [{ kind: 'syntax' }] },
      });
  });

  test('without a functions root, folders that functions name are enough', async () => {
    const from = await folderWith({
      'src/pay/': '',
      'watch.config.json': '{"envs":["a"],"functions":{"pay":{"dir":"src/pay"}}}',
    });
    const result = await loadConfig({ from, environment: {} });
    expect(result).toMatchObject({ ok: true, config: { functionsRoots: [] } });
  });
});

describe('variables', () => {
  const config = '{"envs":["${ONE}","${TWO}","x-${THREE}"]}';
  const files = {
    '.env': 'ONE=file1\nTWO=file2\nTHREE=file3\n',
    '.env.local': "TWO='local2'\nTHREE=local3\n",
  };

  test('come from the process over .env.local over .env', async () => {
    const result = await loaded(config, files, { environment: { THREE: 'process3', TWO: undefined } });
    expect(result.config.envs).toEqual(['file1', 'local2', 'x-process3']);
    expect(result.variables).toEqual({ ONE: 'file1', TWO: 'local2', THREE: 'process3' });
  });

  test('their files are watched, there or not', async () => {
    const { config: plain, watchFiles } = await loaded({ envs: ['a'] });
    const names = ['watch.config.json', '.env', '.env.local'];
    expect(watchFiles).toEqual(names.map((name) => path.join(plain.folder, name)));
  });

  test('are left alone in what a shell runs', async () => {
    const command = 'echo ${HOME} $X ${NOT SET}';
    const { config: kept } = await loaded({
      envs: ['a'],
      token: { command },
      hooks: { afterLive: command, onFailure: command },
      functions: { pay: { build: { command, output: 'dist' } } },
    });
    expect(kept.token).toMatchObject({ command });
    expect(kept.hooks).toEqual({ afterLive: command, onFailure: command });
    expect(kept.functions['pay']?.build).toMatchObject({ command });
    const inner = (await loaded({ envs: ['a'], token: { cloudbase: { command } } })).config.token;
    expect(JSON.stringify(inner)).toContain(JSON.stringify(command));
  });

  test('are filled in where a header has the name of a command', async () => {
    const token = { url: 'https://t.example/', headers: { command: 'Bearer ${BEARER}' } };
    const environment = { BEARER: 'bearer-secret' };
    const { config: plain } = await loaded({ envs: ['a'], token }, {}, { environment });
    expect(plain.token).toMatchObject({ headers: { command: 'Bearer bearer-secret' } });
    const { config: inner } = await loaded({ envs: ['a'], token: { cloudbase: token } }, {}, { environment });
    expect(JSON.stringify(inner.token)).toContain('Bearer bearer-secret');
  });

  test('`$NAME` without braces is plain text', async () => {
    expect((await loaded({ envs: ['a'], ignore: ['$ONE', '$$'] })).config.ignore).toEqual(['$ONE', '$$']);
  });

  test('below token are secrets, as is all that the token source holds', async () => {
    const token = {
      url: 'https://t.example/?key=${QUERY}',
      headers: { a: 'Bearer ${BEARER}', b: 'literal', c: '1' },
    };
    const environment = { QUERY: 'query-secret', BEARER: 'bearer-secret', ENV: 'dev-1' };
    const { secrets } = await loaded({ envs: ['${ENV}'], token }, {}, { environment });
    expect(secrets).toEqual(['query-secret', 'bearer-secret', 'Bearer bearer-secret', 'literal']);
    const component = { appId: 'wx1', appSecret: 'app-secret', verifyTicket: 'ticket' };
    expect((await loaded({ envs: ['a'], token: { component } })).secrets).toEqual(['app-secret', 'ticket']);
  });

  test('the token variable is read from .env.local as well, and its value is secret', async () => {
    const local = { '.env.local': 'TCB_COMPONENT_ACCESS_TOKEN=token-value' };
    expect((await loaded({ envs: ['a'] }, local)).secrets).toEqual(['token-value']);
  });

  test('a key called __proto__ is an unknown key like any other', async () => {
    const { problems } = await refused('{"envs":["a"],"__proto__":{"envs":["b"]}}');
    expect(problems).toMatchObject([{ kind: 'unknown-key', path: '__proto__' }]);
  });
});

describe('where it is looked for', () => {
  test('upward, the nearest first', async () => {
    const far = '{"envs":["far"],"functionsRoot":"."}';
    const from = await folderWith({
      'watch.config.json': far,
      'a/watch.config.json': '{"envs":["near"],"functionsRoot":"."}',
      'a/b/c/': '',
      'd/e/': '',
    });
    const envsFrom = async (...names: string[]) => {
      const result = await loadConfig({ from: path.join(from, ...names), environment: {} });
      return result.ok ? result.config.envs : result.problems;
    };
    expect(await envsFrom('a', 'b', 'c')).toEqual(['near']);
    expect(await envsFrom('d', 'e')).toEqual(['far']);
  });

  test('where --config says, with paths from that folder', async () => {
    const from = await folderWith({
      'deep/my.json': '{"envs":["a"],"functionsRoot":"fns"}',
      'deep/fns/': '',
    });
    const result = await loadConfig({ from, file: 'deep/my.json', environment: {} });
    expect(result).toMatchObject({ ok: true, config: { functionsRoots: [path.join(from, 'deep', 'fns')] } });
  });
});

describe('watch.config.schema.json', () => {
  const read = (name: string) => readFile(path.join(repository, name), 'utf8');

  test('is what the definition says: else run npm run build && node scripts/make-schema.mjs', async () => {
    expect(await read('watch.config.schema.json')).toBe(schemaText());
  });

  test('accepts the configuration of this repository, and refuses mistakes', async () => {
    const schema = z.record(z.string(), z.json()).parse(JSON.parse(await read('watch.config.schema.json')));
    const check = z.fromJSONSchema(schema);
    const parsed = parseConfigText(await read('watch.config.json'), {});
    expect(parsed).toMatchObject({ ok: true });
    if (!parsed.ok) return;
    expect(check.safeParse(parsed.parsed.value).error).toBeUndefined();
    expect(check.safeParse({ envs: ['a'], enpoint: 'emulator' }).success).toBe(false);
    expect(check.safeParse({ envs: [] }).success).toBe(false);
    expect(check.safeParse({ envs: ['a'], token: { env: 'A', file: 'b' } }).success).toBe(false);
  });

  test('describes every key', () => {
    const node = z.object({
      description: z.string().min(1).optional(),
      properties: z.record(z.string(), z.unknown()).optional(),
      additionalProperties: z.unknown().optional(),
      anyOf: z.array(z.unknown()).optional(),
    });
    const undescribed = (value: unknown, place: string): string[] => {
      const found = node.safeParse(value).data;
      if (found === undefined) return [];
      const keys = Object.entries(found.properties ?? {}).flatMap(([key, inner]) => {
        const bare = node.parse(inner).description === undefined;
        return [...(bare ? [`${place}.${key}`] : []), ...undescribed(inner, `${place}.${key}`)];
      });
      const within = [found.additionalProperties, ...(found.anyOf ?? [])];
      return [...keys, ...within.flatMap((inner) => undescribed(inner, place))];
    };
    expect(undescribed(JSON.parse(schemaText()), '')).toEqual([]);
  });
});

test('the configuration of this repository loads', async () => {
  const result = await loadConfig({ from: repository, environment: {} });
  expect(result).toMatchObject({
    ok: true,
    config: { endpoint: 'emulator', envs: ['dev-3gewtf9c10f60c76', 'mytestenv-7gniuaq95b51dcdc'] },
  });
});

test.each([
  ['*prod*', 'my-PROD-1', true],
  ['*prod*', 'dev-1', false],
  ['pay', 'pay', true],
  ['pay', 'payment', false],
  ['p?y', 'p中y', true],
  ['p?y', 'py', false],
  ['a.c', 'abc', false],
  ['[a]', 'a', false],
  ['*', '', true],
  [`${'*a'.repeat(3)}*`, 'bananas', true],
  [`${'*'.repeat(60)}x`, 'a'.repeat(60), false],
])('the glob %s on %s: %s', (pattern, text, matches) => {
  expect(matchesGlob(pattern, text)).toBe(matches);
});

test('what .env files hold is secret, but for what the configuration says openly', async () => {
  const { secrets } = await loaded(
    { envs: ['dev-3gewtf9c10f60c76'], functions: { development: {} } },
    {
      '.env': 'DB=mysql://u:hunter22@db\nENV_ID=dev-3gewtf9c10f60c76\nPORT=8080\nNODE_ENV=development',
      '.env.local': 'KEY="two words of it"',
    },
    { environment: { OTHER: 'of-the-process' } },
  );
  expect(secrets).toEqual(['mysql://u:hunter22@db', 'hunter22', 'two words of it']);
});
