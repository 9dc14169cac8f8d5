/** The findings that `doctor` makes of the cloud's answers, from a server on loopback. */

import { createServer } from 'node:net';
import { parse } from 'acorn';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { newSyntaxIn } from '../../src/code/names.js';
import { examineCloud } from '../../src/doctor/cloud.js';
import { loadConfigValue } from '../../src/functions/load.js';
import type { Finding } from '../../src/model/finding.js';
import type { FunctionSpec } from '../../src/model/nouns.js';
import { spec } from '../core/make.js';
import { expectWhole, serve } from '../support/doctor-rig.js';
import { freePort } from '../support/free-port.js';
import { folderWith } from '../support/init-rig.js';
import { needs } from '../support/needs.js';

const normal = { info_list: [{ env: 'dev', status: 'NORMAL', alias: 'Dev' }] };
const row = { name: 'fn', status: 'Active', mod_time: '1', runtime: 'Nodejs16.13' };
const listed = { total_count: 1, functions: [row] };

async function examine(
  answers: Readonly<Record<string, object>> | string,
  config: Readonly<Record<string, unknown>> = {},
  code = 'exports.main = 1;',
  specs: readonly FunctionSpec[] = [spec('fn', ['dev'])],
): Promise<Finding[]> {
  const endpoint = typeof answers === 'string' ? answers : await serve(answers);
  const folder = await folderWith({ 'functions/fn/index.js': code, 'token.txt': 'token-of-the-test' });
  const loaded = await loadConfigValue(
    { functionsRoot: 'functions', envs: ['dev'], endpoint, token: { env: 'T' }, ...config },
    { from: folder, environment: { T: 'token-of-the-test', FOLDER: 'secret-of-the-test' } },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const program = parse(code, { ecmaVersion: 'latest' });
  const sources = new Map([['fn', [{ path: 'index.js', syntaxes: newSyntaxIn(program) }]]]);
  const findings: Finding[] = [];
  await examineCloud(loaded, loaded.config.envs, { links: [], sources, specs }, (finding) =>
    findings.push(finding),
  );
  expectWhole(findings);
  return findings;
}

const kinds = (findings: readonly Finding[]): string[] => findings.map(({ kind }) => kind);

describe('all is well', () => {
  it('is one finding for each thing that was asked', async () => {
    const findings = await examine({ describeenvs: normal, getscflist: listed });
    expect(kinds(findings)).toEqual([
      ...['proxy-none', 'reachable', 'clock-wrong', 'token-read', 'token-accepted'],
      ...['env-ok', 'functions-present'],
    ]);
    expect(findings.find(({ kind }) => kind === 'env-ok')).toMatchObject({ env: 'dev', alias: 'Dev' });
    expect(findings.find(({ kind }) => kind === 'token-read')).toMatchObject({ source: 'T' });
  });
});

describe('one thing is wrong', () => {
  it.each<
    readonly [string, Readonly<Record<string, object>>, Readonly<Record<string, unknown>>, Partial<Finding>]
  >([
    ['no such environment', { describeenvs: { info_list: [] } }, {}, { kind: 'env-missing', env: 'dev' }],
    [
      'isolated',
      { describeenvs: { info_list: [{ env: 'dev', status: 'ISOLATED' }] } },
      {},
      { kind: 'env-abnormal', env: 'dev', status: 'ISOLATED' },
    ],
    [
      'a refused token',
      { describeenvs: { errcode: 40001, errmsg: 'invalid' } },
      {},
      { kind: 'token-rejected' },
    ],
    ['an address', { describeenvs: { errcode: 61004, errmsg: 'ip' } }, {}, { kind: 'address-refused' }],
    ['another refusal', { describeenvs: { errcode: 48001, errmsg: 'api' } }, {}, { kind: 'cloud-refused' }],
    [
      'no list',
      { describeenvs: normal, getscflist: { errcode: -1, errmsg: 'busy' } },
      {},
      { kind: 'list-failed', env: 'dev' },
    ],
    [
      'not there yet',
      { describeenvs: normal, getscflist: { total_count: 0, functions: [] } },
      {},
      { kind: 'functions-created', env: 'dev' },
    ],
    [
      'not there, and not to be created',
      { describeenvs: normal, getscflist: { total_count: 0, functions: [] } },
      { createMissing: false },
      { kind: 'functions-missing', env: 'dev' },
    ],
    [
      'a failed deployment',
      { describeenvs: normal, getscflist: { ...listed, functions: [{ ...row, status: 'UpdateFailed' }] } },
      {},
      { kind: 'function-broken', function: 'fn', env: 'dev' },
    ],
  ])('%s', async (_, answers, config, expected) => {
    expect(await examine(answers, config)).toContainEqual(expect.objectContaining(expected));
  });

  it.each<readonly [runtime: string, expected: boolean]>([
    ['Nodejs10.15', true],
    ['Nodejs16.13', false],
    ['Php7', false],
  ])('code that %s cannot load: %s', async (runtime, expected) => {
    const answers = { describeenvs: normal, getscflist: { ...listed, functions: [{ ...row, runtime }] } };
    const findings = await examine(answers, {}, 'exports.main = (e) => e?.a;');
    expect(kinds(findings).includes('new-syntax')).toBe(expected);
  });

  it('a cloud that cannot be reached is not asked further', async () => {
    const port = await freePort();
    expect(kinds(await examine(`http://127.0.0.1:${port}`))).toEqual([
      ...['proxy-none', 'unreachable', 'token-read', 'cloud-unasked'],
    ]);
  });

  it('without a token neither, and what is said of it has no secret', async () => {
    const findings = await examine({ describeenvs: normal }, { token: { file: '${FOLDER}/token' } });
    expect(kinds(findings).slice(-2)).toEqual(['token-missing', 'cloud-unasked']);
    expect(findings.at(-2)).toMatchObject({ problem: expect.stringMatching(/^file-missing:.+/) });
    expect(JSON.stringify(findings)).not.toContain('secret-of-the-test');
  });
});

it('a store of the emulator that cannot be copied is said, and the emulator is not asked', async () => {
  needs('sockets');
  const folder = await folderWith({ 'functions/fn/index.js': '', '.tcb-watch/emulator/': '' });
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(`${folder}/.tcb-watch/emulator/s`, resolve));
  const loaded = await loadConfigValue(
    { functionsRoot: 'functions', envs: ['dev'], endpoint: 'emulator' },
    { from: folder, environment: {} },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const findings: Finding[] = [];
  const examined = { links: [], sources: new Map(), specs: [] };
  await examineCloud(loaded, ['dev'], examined, (finding) => findings.push(finding));
  expect(findings).toMatchObject([
    { kind: 'store-uncopied', store: `${folder}/.tcb-watch/emulator`, code: expect.stringMatching(/^E/) },
  ]);
});

describe('the clock', () => {
  const at = (ahead: number): string => new Date(Date.now() - ahead).toUTCString();
  const clock = async (date: string | null): Promise<Finding | undefined> => {
    const url = await serve({ describeenvs: normal, getscflist: listed }, date);
    return (await examine(url)).find(({ kind }) => kind.startsWith('clock'));
  };

  it.each([
    ['that agrees', 0, 'clock-ok'],
    ['that is half a minute ahead', 30_000, 'clock-ok'],
    ['that is half a minute behind', -30_000, 'clock-ok'],
    ['that is two minutes ahead', 120_000, 'clock-wrong'],
    ['that is two minutes behind', -120_000, 'clock-wrong'],
  ])('%s', async (_, ahead, kind) => {
    const found = await clock(at(ahead));
    expect(found).toMatchObject({ kind });
    // The header counts in whole seconds, and answering takes a moment.
    if (found !== undefined && 'skewMs' in found) expect(Math.abs(found.skewMs - ahead)).toBeLessThan(10_000);
  });

  it.each([null, 'half past nine'])('of a cloud that says %j is not known', async (date) => {
    expect(await clock(date)).toEqual({ kind: 'clock-unknown', function: null, env: null });
  });
});

describe('the way there', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('through a proxy names its host and port, never its password', async () => {
    const port = await freePort();
    vi.stubEnv('HTTPS_PROXY', `http://me:secret@127.0.0.1:${port}`);
    const findings = await examine('https://api.example');
    expect(findings.slice(0, 2)).toMatchObject([
      { kind: 'proxy-used', proxy: `127.0.0.1:${port}` },
      { kind: 'unreachable' },
    ]);
    expect(JSON.stringify(findings)).not.toContain('secret');
  });
});

describe('the source of the token is named, without what is secret in it', () => {
  const answers = {
    ...{ describeenvs: normal, getscflist: listed },
    give: { token: 'token-of-the-test' },
    getcloudbaseaccesstoken: { cloudbase_access_token: 'token-of-the-test', expires_in: 600 },
    api_component_token: { component_access_token: 'token-of-the-test', expires_in: 7200 },
  };
  const component = { appId: 'wx12', appSecret: 'secret-of-the-test', verifyTicket: 'ticket@@@1' };

  it.each<readonly [string, (url: string) => unknown, RegExp, readonly object[]]>([
    ['a variable', () => ({ env: 'T' }), /^T$/, []],
    ['a file', () => ({ file: 'token.txt' }), /token\.txt$/, []],
    [
      'an address, by its host',
      (url) => ({ url: `${url}/give`, pointer: '/token' }),
      /^127\.0\.0\.1:\d+$/,
      [],
    ],
    ['a token that is exchanged', () => ({ cloudbase: { env: 'T' } }), /^cloudbase T$/, []],
    [
      'the platform’s own secret, which makes a new token at every reading',
      () => ({ component }),
      /^wx12$/,
      [{ kind: 'token-mints', appId: 'wx12' }],
    ],
  ])('%s', async (_, token, source, before) => {
    const url = await serve(answers);
    const findings = await examine(url, { token: token(url) });
    expect(findings.filter(({ kind }) => kind.startsWith('token-'))).toMatchObject([
      ...before,
      { kind: 'token-read', source: expect.stringMatching(source) },
      { kind: 'token-accepted' },
    ]);
    expect(JSON.stringify(findings)).not.toMatch(/(?:token|secret)-of-the-test|ticket@@@/);
  });
});

it('a source that mints says so before it is asked, also where it then gives none', async () => {
  const component = { appId: 'wx12', appSecret: 'secret-of-the-test', verifyTicket: 'ticket@@@1' };
  const findings = await examine({ api_component_token: { errcode: 61005 } }, { token: { component } });
  expect(findings.filter(({ kind }) => kind.startsWith('token-'))).toMatchObject([
    { kind: 'token-mints', appId: 'wx12' },
    { kind: 'token-missing', problem: expect.stringMatching(/^component-/) },
  ]);
});

describe('what an environment has', () => {
  const answers = (getscflist: object): Readonly<Record<string, object>> => ({
    describeenvs: normal,
    getscflist,
  });
  const about = (findings: readonly Finding[]): Finding[] =>
    findings.filter(({ kind }) => kind.startsWith('function'));

  it('is compared with the functions that go there: not with others’, and not with what cannot be sent', async () => {
    const problem = { reason: 'no-entry', expected: ['index.js'] } as const;
    const specs = [spec('fn', ['dev']), spec('elsewhere', ['test']), { ...spec('broken', ['dev']), problem }];
    expect(about(await examine(answers(listed), {}, '', specs))).toEqual([
      { kind: 'functions-present', function: null, env: 'dev', count: 1 },
    ]);
  });

  it('may be more than it lists: then nothing is said to be missing', async () => {
    const part = { total_count: 5000, functions: [{ ...row, name: 'other' }] };
    expect(about(await examine(answers(part)))).toEqual([
      { kind: 'functions-unlisted', function: null, env: 'dev', names: ['fn'] },
    ]);
  });

  it('says of a failed deployment why, and of functions of others nothing', async () => {
    const failed = { ...row, status: 'CreateFailed', status_reason: 'no space' };
    const functions = [failed, { ...failed, name: 'other' }];
    expect(about(await examine(answers({ total_count: 2, functions })))).toMatchObject([
      { kind: 'functions-present', count: 1 },
      { kind: 'function-broken', function: 'fn', env: 'dev', status: 'CreateFailed', reason: 'no space' },
    ]);
  });

  it('is asked of the environments that are there alone, and quotas are asked once', async () => {
    const quota = { quota: { daily_limit: 100, used: 99, remain: 1 } };
    const findings = await examine({ ...answers(listed), get: quota }, { envs: ['dev', 'gone'] });
    expect(findings).toContainEqual({ kind: 'env-missing', function: null, env: 'gone', known: ['dev'] });
    expect(about(findings)).toMatchObject([{ env: 'dev' }]);
    expect(findings.filter(({ kind }) => kind === 'quota-high').length).toBeGreaterThan(0);
    const none = await examine({ ...answers(listed), get: quota }, { envs: ['gone'] });
    expect(none.filter(({ kind }) => kind === 'quota-high')).toEqual([]);
  });
});
