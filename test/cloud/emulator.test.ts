/** The client and the emulator share no code: where they agree, both read docs/cloud-api.md alike. */
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { type Cloud, createCloud } from '../../src/cloud/cloud.js';
import { createHttp } from '../../src/cloud/http.js';
import { createRedactor } from '../../src/cloud/redact.js';
import { type AnyTokenSource, createTokenSource } from '../../src/cloud/token/token.js';
import {
  type Emulator,
  type EmulatorOptions,
  type FaultRule,
  startEmulator,
} from '../../src/emulator/index.js';
import { packContent, writeZip } from '../../src/zip/zip.js';
import { cloudAt } from '../support/cloud-rig.js';
import { buildUploadBody } from '../support/upload-body.js';

interface Rig {
  readonly emulator: Emulator;
  readonly cloud: Cloud;
}

async function start(options: Partial<EmulatorOptions> = {}): Promise<Rig> {
  const emulator = await startEmulator({
    envs: ['dev', 'test'],
    token: 'token-of-the-emulator',
    deployMs: 0,
    ...options,
  });
  onTestFinished(() => emulator.close());
  return { emulator, cloud: cloudAt(emulator.url, {}, emulator.token).cloud };
}

const sample = Buffer.from(
  'UEsDBBQACAAIALB+WU4AAAAAAAAAAAAAAAAIABAAaW5kZXguanNVWAwAAZ9zXPuec1z1ARQAdY7BCsIwEETv+Yoll6ZQ+wOhnv0DD+IhxkWC664kWwmI/27V3IpzGuYNw3RzQSiaU9TOG6x3yVrGW0gMEzh8IOsAUVixfkwgOoV47WHawtPAooUVIRxJLs7ukEhgL5nOtl/h79qf+GBZeIM1FbXHdac9aKC9cDwTDfCb9eblzRtQSwcI6+pcr4AAAADOAAAAUEsBAhUDFAAIAAgAsH5ZTuvqXK+AAAAAzgAAAAgADAAAAAAAAAAAQKSBAAAAAGluZGV4LmpzVVgIAAGfc1z7nnNcUEsFBgAAAAABAAEAQgAAAMYAAAAAAA==',
  'base64',
);

async function upload(operation: 'update' | 'create', envs: readonly string[], zip: Buffer = sample) {
  return { operation, envs, body: await buildUploadBody({ functionname: 'pay', envs, zip }) } as const;
}

async function zipOf(code: string): Promise<Buffer> {
  return writeZip([{ path: 'index.js', executable: false, packed: await packContent(Buffer.from(code)) }]);
}

test('create, update, list', async () => {
  const { emulator, cloud } = await start();
  expect(await cloud.push(await upload('update', ['dev']))).toMatchObject({
    failures: [{ env: 'dev', failure: { class: 'missing' } }],
  });
  expect(await cloud.push(await upload('create', ['dev', 'test', 'nowhere']))).toMatchObject({
    failures: [{ env: 'nowhere', failure: { class: 'env', rid: null } }],
  });
  await emulator.finishDeployments();
  expect(await cloud.push(await upload('create', ['dev', 'test']))).toMatchObject({
    failures: [{ failure: { origin: 'exists' } }, { failure: { origin: 'exists', class: 'transient' } }],
  });
  const code = 'exports.main = async (event) => ({ sum: event.a + 1 });';
  const update = await upload('update', ['dev'], await zipOf(code));
  expect(await cloud.push(update)).toMatchObject({ type: 'answered', failures: [] });
  await emulator.finishDeployments();
  expect(await cloud.list('dev')).toMatchObject({ ok: true, functions: [{ name: 'pay', status: 'Active' }] });
  expect((await emulator.files('dev', 'pay')).get('index.js')?.toString()).toBe(code);
  expect((await emulator.files('test', 'pay')).size).toBe(1);
});

test('a function and an environment that are not there', async () => {
  const { emulator, cloud } = await start();
  await emulator.deploy('dev', 'pay', { 'index.js': '1' });
  expect(await cloud.invoke('dev', 'none', '{}')).toMatchObject({ ok: false, failure: { class: 'missing' } });
  expect(await cloud.invoke('nowhere', 'pay', '{}')).toMatchObject({ ok: false, failure: { class: 'env' } });
  expect(await cloud.list('nowhere')).toMatchObject({ ok: false, failure: { class: 'env' } });
});

test('busy while it deploys; UpdateFailed with its reason', async () => {
  const { emulator, cloud } = await start({ deployMs: Number.POSITIVE_INFINITY });
  await emulator.deploy('dev', 'pay', { 'index.js': '1' });
  emulator.faults.add({ updateFailed: 'no such file' });
  expect(await cloud.push(await upload('update', ['dev']))).toMatchObject({ failures: [] });
  expect(await cloud.push(await upload('update', ['dev']))).toMatchObject({
    failures: [{ failure: { class: 'busy' } }],
  });
  await emulator.finishDeployments();
  expect(await cloud.list('dev')).toMatchObject({
    functions: [{ status: 'UpdateFailed', statusReason: expect.stringContaining('no such file') }],
  });
});

test('150 functions come in pages; environments and triggers', async () => {
  const { emulator, cloud } = await start();
  for (let count = 0; count < 150; count += 1)
    await emulator.deploy('dev', `function-${count}`, { 'index.js': '1' });
  const outcome = await cloud.list('dev');
  expect(outcome.ok && outcome.functions.length).toBe(150);
  expect(emulator.counts().getscflist).toBe(2);
  expect(await cloud.describeEnvs()).toMatchObject({ envs: [{ env: 'dev' }, { env: 'test' }] });
  const triggers = [{ trigger_name: 'nightly', type: 'Timer', config: '0 0 2 * * * *' }];
  expect(await cloud.updateTriggers(['dev', 'test'], 'function-1', triggers)).toMatchObject({
    failures: [{ env: 'test', failure: { class: 'missing' } }],
  });
});

const broken = { class: 'transient', origin: 'broken' };
test.each<readonly [FaultRule, object]>([
  [{ reset: true }, broken],
  [{ hang: true }, broken],
  [{ lostAnswer: true }, broken],
  [{ halfAnswer: true }, { class: 'transient' }],
  [
    { status: 502, body: '<html>Bad Gateway</html>' },
    { class: 'transient', origin: 'http', httpStatus: 502 },
  ],
  [
    { status: 429, headers: { 'retry-after': '2' } },
    { class: 'transient', retryAfterMs: 2000 },
  ],
  [
    { errcode: 61004, errmsg: 'access clientip 9.9.9.9' },
    { class: 'config', errcode: 61004 },
  ],
  [{ dailyQuota: 0 }, { class: 'quota', errcode: 45009 }],
  [{ rateLimit: 0 }, { class: 'transient', errcode: 45011 }],
  [{ expireToken: true }, { class: 'token', errcode: 42001 }],
])('%j', async (rule, failure) => {
  const { emulator } = await start();
  const { cloud } = cloudAt(emulator.url, 'hang' in rule ? { requestTimeoutMs: 300 } : {}, emulator.token);
  await emulator.deploy('dev', 'pay', { 'index.js': '1' });
  emulator.faults.add(rule);
  expect(await cloud.push(await upload('update', ['dev']))).toMatchObject({ type: 'failed', failure });
});

test('a component token is minted, refused after it expired, and minted anew', async () => {
  const component = { appId: 'wx1', appSecret: 'the-app-secret', verifyTicket: 'the-verify-ticket' };
  const { emulator } = await start({ component });
  const http = createHttp({ environment: {} });
  onTestFinished(() => http.close());
  const redactor = createRedactor();
  const source: AnyTokenSource = {
    ...{ kind: 'component', appId: 'wx1', appSecret: component.appSecret },
    verifyTicket: { kind: 'value', value: component.verifyTicket },
  };
  const endpoint = emulator.url;
  const tokens = createTokenSource(source, {
    http,
    redactor,
    endpoint,
    folder: tmpdir(),
    variables: () => ({}),
  });
  const cloud = createCloud({ endpoint, http, tokens, redactor });
  expect(await cloud.list('dev')).toEqual({ ok: true, functions: [], whole: true });
  emulator.expireToken();
  expect(await cloud.list('dev')).toMatchObject({ failure: { class: 'token' } });
  expect(await tokens.read()).toMatchObject({ ok: true, changed: true });
  expect(await cloud.list('dev')).toEqual({ ok: true, functions: [], whole: true });
});
