import { chown } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/functions/load.js';
import type { ConfigProblem, ConfigProblemKind } from '../../src/model/config-problem.js';
import { describeConfigProblem, explainConfigProblem } from '../../src/text/words/config.js';
import { folderWith, load, refused } from '../support/config-folder.js';

interface Mistake {
  readonly config: string | Uint8Array | object;
  readonly files?: Readonly<Record<string, string>>;
  /** Each as `kind path`, then what else must be true of it. */
  readonly found: readonly (Readonly<Record<string, unknown>> & { readonly kind: ConfigProblemKind })[];
}

const envs = ['dev-1', 'test-2'];
const one = (kind: ConfigProblemKind, path: string, more: object = {}) => [{ kind, path, ...more }];

const mistakes: Readonly<Record<string, Mistake>> = {
  'a missing comma': {
    config: '{\n  "envs": ["a"]\n  "verify": true\n}',
    found: one('syntax', '$', { at: { line: 3, column: 3 }, code: 'CommaExpected' }),
  },
  'an empty file': { config: '', found: one('syntax', '$') },
  'a file in another encoding': {
    config: Uint8Array.of(0x7b, 0xc4, 0xe3, 0x7d),
    found: one('not-utf8', '$'),
  },
  'a list for the whole': { config: '[]', found: one('type', '$', { types: ['object'], found: 'list' }) },
  'no envs': { config: {}, found: one('missing', 'envs', { type: 'list' }) },
  'empty envs': { config: { envs: [] }, found: one('empty', 'envs', { type: 'list' }) },
  'envs that is a text': {
    config: { envs: 'a' },
    found: one('type', 'envs', { types: ['list'], found: 'text' }),
  },
  'an env that is a number': { config: { envs: ['a', 5] }, found: one('type', 'envs[1]') },
  'an odd env id': { config: { envs: ['a b'] }, found: one('format', 'envs[0]', { format: 'env-id' }) },
  'ignore patterns with the backslashes of Windows': {
    config: { envs, ignore: ['lib\\*.js', '\\#x', 'a\\ b'], functions: { pay: { ignore: ['a\\b\\'] } } },
    found: [
      { kind: 'ignore-backslash', path: 'ignore[0]', pattern: 'lib\\*.js' },
      { kind: 'ignore-backslash', path: 'functions.pay.ignore[0]' },
    ],
  },
  'an env named twice': {
    config: { envs: ['a', 'b', 'a'] },
    found: one('duplicate', 'envs[2]', { value: 'a', first: 'envs[0]' }),
  },
  'a key written twice': {
    config: '{"envs":["a"],"functions":{"pay":{},"pay":{"enabled":false}}}',
    found: one('duplicate-key', 'functions.pay', { key: 'pay', at: { line: 1, column: 37 } }),
  },
  'an unknown key': {
    config: { envs, debounceMS: 5 },
    found: one('unknown-key', 'debounceMS', { key: 'debounceMS', suggestion: 'debounceMs' }),
  },
  'a mistyped key that the file needs': {
    config: { envz: envs },
    found: one('unknown-key', 'envz', { key: 'envz', suggestion: 'envs' }),
  },
  'an unknown key like no other': {
    config: { envs, zzzzzz: 5 },
    found: one('unknown-key', 'zzzzzz', { suggestion: null }),
  },
  'an unknown key of a function': {
    config: { envs, functions: { 'my.pay': { ignores: [] } } },
    found: one('unknown-key', 'functions["my.pay"].ignores', { suggestion: 'ignore' }),
  },
  'an unknown key of a token source': {
    config: { envs, token: { url: 'https://a.example', pionter: '/x' } },
    found: one('unknown-key', 'token.pionter', {
      suggestion: 'pointer',
      known: ['url', 'headers', 'pointer'],
    }),
  },
  'two token sources': {
    config: { envs, token: { env: 'A', file: 'b' } },
    found: one('one-of', 'token', {
      choices: ['env', 'file', 'command', 'url', 'wxcomponent', 'cloudbase', 'component'],
    }),
  },
  'no token source': { config: { envs, token: {} }, found: one('one-of', 'token', { found: [] }) },
  'a token in plain text': {
    config: { envs, token: 'secret' },
    found: one('type', 'token', { types: ['object'], found: 'text' }),
  },
  'a token where its variable belongs': {
    config: { envs, token: { env: '58_a-b' } },
    found: one('format', 'token.env', { format: 'variable-name' }),
  },
  'a ticket of no kind': {
    config: { envs, token: { component: { appId: 'a', verifyTicket: 5 } } },
    found: [
      { kind: 'missing', path: 'token.component.appSecret' },
      { kind: 'type', path: 'token.component.verifyTicket', types: ['text', 'object'], found: 'number' },
    ],
  },
  'a pointer that is none': {
    config: { envs, token: { url: 'https://a.example', pointer: 'data' } },
    found: one('format', 'token.pointer', { format: 'pointer' }),
  },
  'headers that HTTP cannot carry': {
    config: { envs, token: { url: 'https://a.example', headers: { 'x y': 'a', b: 'c\nd' } } },
    found: [
      { kind: 'format', path: 'token.headers["x y"]', format: 'header-name' },
      { kind: 'format', path: 'token.headers.b', format: 'header-value' },
    ],
  },
  'a token server over plain http': {
    config: { envs, token: { url: 'http://token.example' } },
    found: one('format', 'token.url', { format: 'plain-http' }),
  },
  'a token server that is no address': {
    config: { envs, token: { url: 'emulator' } },
    found: one('format', 'token.url', { format: 'url' }),
  },
  'an endpoint that is no address': {
    config: { envs, endpoint: 'emulater' },
    found: one('format', 'endpoint', { format: 'endpoint' }),
  },
  'an endpoint over ftp': {
    config: { envs, endpoint: 'ftp://a.example' },
    found: one('format', 'endpoint', { format: 'endpoint' }),
  },
  'an endpoint over plain http': {
    config: { envs, endpoint: 'http://127.0.0.1.example.com' },
    found: one('format', 'endpoint', { format: 'plain-http' }),
  },
  'an endpoint with a password': {
    config: { envs, endpoint: 'https://me:pass@a.example' },
    found: one('format', 'endpoint', { format: 'url-credentials' }),
  },
  'an endpoint with a query': {
    config: { envs, endpoint: 'https://a.example/?a=b' },
    found: one('format', 'endpoint', { format: 'url-query' }),
  },
  'a number too small': {
    config: { envs, concurrency: 0 },
    found: one('too-small', 'concurrency', { minimum: 1 }),
  },
  'a zip limit too large': {
    config: { envs, maxZipBase64: 27962029 },
    found: one('too-large', 'maxZipBase64', { maximum: 27962028 }),
  },
  'a fraction for a count': {
    config: { envs, concurrency: 1.5 },
    found: one('type', 'concurrency', { types: ['integer'], found: 'number' }),
  },
  'a text for a switch': {
    config: { envs, verify: 'yes' },
    found: one('type', 'verify', { types: ['boolean'], found: 'text' }),
  },
  'null for a list': { config: { envs, ignore: null }, found: one('type', 'ignore', { found: 'null' }) },
  'a choice that is none': {
    config: { envs, onForeignChange: 'warm' },
    found: one('choice', 'onForeignChange', { choices: ['warn', 'hold'], suggestion: 'warn' }),
  },
  'a builder that is none': {
    config: { envs, functions: { pay: { build: 'esbild' } } },
    found: one('choice', 'functions.pay.build', { choices: ['esbuild'], suggestion: 'esbuild' }),
  },
  'a build of no kind': {
    config: { envs, functions: { pay: { build: true } } },
    found: one('type', 'functions.pay.build', { types: ['text', 'object'], found: 'boolean' }),
  },
  'a build without output': {
    config: { envs, functions: { pay: { build: { command: 'make' } } } },
    found: one('missing', 'functions.pay.build.output', { type: 'text' }),
  },
  ...Object.fromEntries(
    ['.', './', '..', '../..', '/', 'dist/..'].map((output) => [
      `a build that fills its own sources: ${output}`,
      {
        config: { envs, functions: { pay: { build: { command: 'make', output } } } },
        found: one('build-output', 'functions.pay.build.output', { output }),
      },
    ]),
  ),
  'a quiet time over its limit': {
    config: { envs, debounceMs: 3000 },
    found: one('debounce-order', 'debounceMs', { debounceMs: 3000, debounceMaxMs: 2000 }),
  },
  'foreign changes held where nobody looks': {
    config: { envs, verify: false, onForeignChange: 'hold' },
    found: one('hold-unverified', 'onForeignChange', {}),
  },
  'a protected env where functions are called': {
    config: { envs: ['dev-1', 'my-prod'], answers: { envs: ['dev-*', 'my-prod'] } },
    found: one('never-called', 'answers.envs[1]', { env: 'my-prod' }),
  },
  'a strange env where functions are called': {
    config: { envs, answers: { envs: ['dev-2'] } },
    found: one('not-in-envs', 'answers.envs[0]', { env: 'dev-2', suggestion: 'dev-1', envs }),
  },
  'a strange env of a function': {
    config: { envs, functions: { pay: { envs: ['dev-2', 'test-2'] } } },
    found: one('not-in-envs', 'functions.pay.envs[0]', { env: 'dev-2', suggestion: 'dev-1', envs }),
  },
  'no env of a function': {
    config: { envs, functions: { pay: { envs: [] } } },
    found: one('empty', 'functions.pay.envs'),
  },
  'a folder of a function that is not there': {
    config: { envs, functions: { pay: { dir: 'src/pay' } } },
    found: one('no-folder', 'functions.pay.dir', { found: 'nothing' }),
  },
  'a file for a folder': {
    config: { envs, functions: { pay: { dir: 'pay.js' } } },
    files: { 'pay.js': '' },
    found: one('no-folder', 'functions.pay.dir', { found: 'file' }),
  },
  'sources of a function in the folder of this program': {
    config: { envs, functions: { pay: { dir: '.tcb-watch/x' } } },
    files: { '.tcb-watch/x/index.js': '' },
    found: one('own-folder', 'functions.pay.dir'),
  },
  'functions in the folder of this program': {
    config: { envs, functionsRoot: ['cloudfunctions', '.tcb-watch/emulator/dev'] },
    files: { '.tcb-watch/emulator/dev/pay/index.js': '' },
    found: one('own-folder', 'functionsRoot[1]'),
  },
  'no root that exists': {
    config: { envs, functionsRoot: ['x', 'y'] },
    found: one('no-root', 'functionsRoot'),
  },
  'an empty root': {
    config: { envs, functionsRoot: '' },
    found: one('empty', 'functionsRoot', { type: 'text' }),
  },
  'one root twice': {
    config: { envs, functionsRoot: ['cloudfunctions', './cloudfunctions/'] },
    found: one('duplicate', 'functionsRoot[1]', { first: 'functionsRoot[0]' }),
  },
  'two functions of one name': {
    config: { envs, functionsRoot: ['one', 'other'], debounceMs: -1 },
    files: { 'one/pay/index.js': '', 'other/pay/index.js': '', 'other/login/index.js': '' },
    found: [
      { kind: 'same-name', path: 'functionsRoot', name: 'pay', folders: ['one/pay', 'other/pay'] },
      { kind: 'too-small', path: 'debounceMs' },
    ],
  },
  'a shared folder that is not there': {
    config: { envs, shared: { comon: ['*'] } },
    found: one('no-shared-folder', 'shared.comon', { name: 'comon' }),
  },
  // Windows and macOS find the folder all the same.
  'a shared folder in other capital letters': {
    config: { envs, shared: { Common: ['*'] } },
    files: { 'cloudfunctions/common/money.js': '' },
    found: one('no-shared-folder', 'shared.Common', { name: 'Common' }),
  },
  'a shared folder that is a path': {
    config: { envs, shared: { '../common': ['*'] } },
    found: one('format', 'shared["../common"]', { format: 'folder-name' }),
  },
  'an unset variable': {
    config: { envs: ['${TCB_ENV}'], functionsRoot: '${ROOT}' },
    found: [
      { kind: 'missing-variable', path: 'envs[0]', name: 'TCB_ENV' },
      { kind: 'missing-variable', path: 'functionsRoot', name: 'ROOT' },
    ],
  },
  'a variable that cannot be one': {
    config: { envs, ignore: ['${a-b}'] },
    found: one('bad-variable', 'ignore[0]', { text: '${a-b}' }),
  },
};

describe('every mistake is found where it is, and nothing else', () => {
  test.each(Object.entries(mistakes))('%s', async (_name, { config, files, found }) => {
    const { problems } = await refused(config, files);
    expect(problems).toMatchObject(found);
  });
});

test('an endpoint takes no variable, whatever it holds', async () => {
  const environment = { CLOUD: 'https://api.weixin.qq.com' };
  const { problems } = await refused({ envs, endpoint: '${CLOUD}' }, {}, { environment });
  expect(problems).toMatchObject([{ kind: 'fixed-text', path: 'endpoint', text: '${CLOUD}' }]);
});

describe('problems outside the text', () => {
  test.skipIf(process.getuid?.() !== 0)('files of somebody else are not read (needs root)', async () => {
    const from = await folderWith({
      'cloudfunctions/': '',
      'watch.config.json': '{"envs":["a"]}',
      '.env': 'A=1',
    });
    await chown(path.join(from, '.env'), 4321, 4321);
    const result = await loadConfig({ from, environment: {} });
    expect(result).toMatchObject({ problems: [{ kind: 'foreign-owner', path: '.env' }] });
    await chown(path.join(from, '.env'), 0, 0);
    await chown(path.join(from, 'watch.config.json'), 4321, 4321);
    expect(await loadConfig({ from, environment: {} })).toMatchObject({
      problems: [{ kind: 'foreign-owner', path: '$' }],
    });
  });

  test('the search for a configuration ends at the top of a repository', async () => {
    const from = await folderWith({
      'watch.config.json': '{"envs":["a"]}',
      'repo/.git/': '',
      'repo/a/b/': '',
    });
    const start = path.join(from, 'repo/a/b');
    expect(await loadConfig({ from: start, environment: {} })).toMatchObject({
      problems: [{ kind: 'no-config', from: start }],
    });
  });

  test('no configuration anywhere above', async () => {
    const from = await folderWith({});
    const result = await loadConfig({ from, environment: {} });
    expect(result).toEqual({
      ok: false,
      file: null,
      problems: [{ kind: 'no-config', path: '$', at: null, from }],
    });
  });

  test('a named file that is not there', async () => {
    const from = await folderWith({ 'watch.config.json': '{}' });
    const result = await loadConfig({ from, file: 'other.json', environment: {} });
    const file = path.join(from, 'other.json');
    expect(result).toMatchObject({
      ok: false,
      problems: [{ kind: 'absent-config', path: '--config', file }],
    });
  });

  test('a folder in place of the file', async () => {
    const from = await folderWith({ 'watch.config.json/': '' });
    const result = await loadConfig({ from, environment: {} });
    expect(result).toMatchObject({
      ok: false,
      problems: [{ kind: 'unreadable', path: '$', code: 'EISDIR' }],
    });
  });

  test('a folder in place of .env', async () => {
    const { problems } = await refused({ envs }, { '.env/x': '' });
    expect(problems).toMatchObject([{ kind: 'unreadable', path: '.env', code: 'EISDIR' }]);
  });

  test('an endpoint on the command line', async () => {
    const result = await load({ envs }, {}, { overrides: { endpoint: 'http://a.example' } });
    expect(result).toMatchObject({
      problems: [{ kind: 'format', path: '--endpoint', format: 'plain-http' }],
    });
  });
});

test('all mistakes are told at once, in the order of the file', async () => {
  const { problems } = await refused(`{
    "envs": ["dev-1", "dev-1"],
    "nope": 1,
    "endpoint": "http://a.example",
    "token": { "url": "\${TOKEN_URL}", "headers": { "k": 5 } },
    "debounceMs": -1,
    "functions": {
      "pay": { "dir": "gone", "envs": ["dev-9"], "enabled": "no" }
    },
    "hooks": { "afterLife": "x" }
  }`);
  expect(problems.map(({ kind, path, at }) => `${at?.line} ${path} ${kind}`)).toEqual([
    '2 envs[1] duplicate',
    '3 nope unknown-key',
    '4 endpoint format',
    '5 token.url missing-variable',
    '5 token.headers.k type',
    '6 debounceMs too-small',
    '8 functions.pay.dir no-folder',
    '8 functions.pay.envs[0] not-in-envs',
    '8 functions.pay.enabled type',
    '10 hooks.afterLife unknown-key',
  ]);
});

test('a wrong value gives no second problem through its default', async () => {
  const { problems } = await refused({ envs, debounceMs: 3000, debounceMaxMs: '5s', functionsRoot: 5 });
  expect(problems.map(({ path }) => path).toSorted()).toEqual(['debounceMaxMs', 'functionsRoot']);
});

test('no problem repeats what a secret holds', async () => {
  const environment = { KEY: 'very\nsecret' };
  const token = { url: 'https://user:hunter22@a.example', headers: { k: '${KEY}' } };
  const { problems } = await refused(
    { envs, token, endpoint: 'https://a:hunter22@b.example' },
    {},
    { environment },
  );
  const told = problems.flatMap((problem) => [problem, describeConfigProblem(problem, 'en')]);
  expect(problems).toHaveLength(3);
  expect(JSON.stringify(told)).not.toMatch(/secret|hunter22/);
});

/** One of each kind; the compiler sees to it that none is left out. */
const samples: { readonly [Kind in ConfigProblemKind]: Omit<ConfigProblem<Kind>, 'path' | 'at' | 'kind'> } = {
  'no-config': { from: 'F' },
  'absent-config': { file: 'F' },
  unreadable: { file: 'F', code: 'EACCES' },
  'not-utf8': { file: 'F' },
  'foreign-owner': { file: 'F' },
  'fixed-text': { text: '${A}' },
  proxy: { why: 'percent' },
  intruder: { file: 'F', why: 'link' },
  untrusted: { risk: { kind: 'command', shown: 'C' }, changed: true },
  syntax: { code: 'CommaExpected' },
  'duplicate-key': { key: 'K' },
  'missing-variable': { name: 'N' },
  'bad-variable': { text: '${a b}' },
  'unknown-key': { key: 'K', suggestion: 'S', known: ['S'] },
  missing: { type: 'list' },
  type: { types: ['text', 'list'], found: 'null' },
  choice: { choices: ['a', 'b'], suggestion: null },
  'one-of': { choices: ['a', 'b'], found: [] },
  'too-small': { minimum: 1 },
  'too-large': { maximum: 2 },
  empty: { type: 'list' },
  format: { format: 'env-id' },
  duplicate: { value: 'V', first: 'envs[0]' },
  'not-in-envs': { env: 'E', suggestion: null, envs: ['a'] },
  'build-output': { output: '.' },
  'own-folder': { folder: 'F' },
  'ignore-backslash': { pattern: 'lib\\*.js' },
  'debounce-order': { debounceMs: 2, debounceMaxMs: 1 },
  'hold-unverified': {},
  'never-called': { env: 'E' },
  'no-event': { name: 'N', file: 'F', suggestion: 'S', known: ['S'] },
  'no-folder': { folder: 'F', found: 'file' },
  'no-root': { folders: ['F'] },
  'no-store': { folder: 'F', code: 'EACCES' },
  'no-shared-folder': { name: 'N', folders: ['F'] },
  'same-name': { name: 'N', folders: ['F', 'G'] },
};

function kindOf(name: string): name is ConfigProblemKind {
  return Object.hasOwn(samples, name);
}

describe('each kind has words in both languages', () => {
  test.each(Object.keys(samples).filter(kindOf))('%s', (kind) => {
    // One object of the right shape for each kind, which the table's own type has checked.
    const problem = { path: 'p', at: { line: 3, column: 7 }, kind, ...samples[kind] } as ConfigProblem;
    const english = describeConfigProblem(problem, 'en');
    const chinese = describeConfigProblem(problem, 'zh-CN');
    expect(english.path).toBe('p');
    for (const text of [english.expected, english.hint]) expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(english.hint).toMatch(/[.?]$/);
    expect(chinese.hint).toMatch(/\p{Script=Han}.*[。？]$/u);
    expect(chinese.expected).not.toBe(english.expected);
    expect(JSON.stringify([english, chinese])).not.toContain('undefined');
  });

  test.each(Object.keys(samples).filter(kindOf))('%s reads as what should be, or as what is not', (kind) => {
    const problem = { path: 'p', at: { line: 3, column: 7 }, kind, ...samples[kind] } as ConfigProblem;
    const told = [explainConfigProblem(problem, 'en').detail, explainConfigProblem(problem, 'zh-CN').detail];
    if (kind === 'intruder') {
      expect(told).toEqual([
        'F is a link, which tcb-watch did not make.',
        'F 是链接，并非由 tcb-watch 创建。',
      ]);
      return;
    }
    if (kind === 'untrusted') {
      expect(told[0]).toMatch(/^p runs a command in your shell: C\. /);
      expect(told[1]).toMatch(/^p 会在你的 shell 中运行命令：C。/);
      return;
    }
    const absent = kind === 'no-config' || kind === 'absent-config';
    expect(told[0]).toMatch(absent ? /^There is no \S.* F/ : /^p: expected \S/);
    expect(told[1]).toMatch(absent ? /F.*(没有|不存在)/ : /^p：应为( (?=[\w"$])|(?![\w" ]))/);
  });

  test('the line and column of a syntax error are said', () => {
    const problem = { kind: 'syntax', path: '$', at: { line: 3, column: 7 }, code: 'CommaExpected' } as const;
    expect(describeConfigProblem(problem, 'en').expected).toContain('line 3, column 7');
    expect(describeConfigProblem(problem, 'zh-CN').expected).toContain('第 3 行第 7 列');
  });
});
