/** What `doctor` makes of the cloud's answers, from a server on loopback. */

import { parse } from 'acorn';
import { describe, expect, it } from 'vitest';
import { newSyntaxIn } from '../../src/code/names.js';
import { examineCloud } from '../../src/doctor/cloud.js';
import { loadConfigValue } from '../../src/functions/load.js';
import type { Finding } from '../../src/model/finding.js';
import { spec } from '../core/make.js';
import { closedPort, serve } from '../support/doctor-rig.js';
import { folderWith } from '../support/init-rig.js';

const normal = { info_list: [{ env: 'dev', status: 'NORMAL', alias: 'Dev' }] };
const row = { name: 'fn', status: 'Active', mod_time: '1', runtime: 'Nodejs16.13' };
const listed = { total_count: 1, functions: [row] };

async function examine(
  answers: Readonly<Record<string, object>> | string,
  config: Readonly<Record<string, unknown>> = {},
  code = 'exports.main = 1;',
): Promise<Finding[]> {
  const endpoint = typeof answers === 'string' ? answers : await serve(answers);
  const folder = await folderWith({ 'functions/fn/index.js': code });
  const loaded = await loadConfigValue(
    { functionsRoot: 'functions', envs: ['dev'], endpoint, token: { env: 'T' }, ...config },
    { from: folder, environment: { T: 'token-of-the-test' } },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const program = parse(code, { ecmaVersion: 'latest' });
  const sources = new Map([['fn', [{ path: 'index.js', syntaxes: newSyntaxIn(program) }]]]);
  const findings: Finding[] = [];
  await examineCloud(
    loaded,
    loaded.config.envs,
    { links: [], sources, specs: [spec('fn', ['dev'])] },
    (finding) => findings.push(finding),
  );
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
      { kind: 'env-abnormal', env: 'dev' },
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
    const { port } = await closedPort();
    expect(kinds(await examine(`http://127.0.0.1:${port}`))).toEqual([
      ...['proxy-none', 'unreachable', 'token-read', 'cloud-unasked'],
    ]);
  });

  it('without a token neither, and what is said of it has no secret', async () => {
    const findings = await examine({ describeenvs: normal }, { token: { env: 'NONE' } });
    expect(kinds(findings).slice(-2)).toEqual(['token-missing', 'cloud-unasked']);
  });
});
