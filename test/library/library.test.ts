/** The engine as other programs use it: the API that `import … from 'tcb-watch'` gives. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { statusOfDaemon } from '../../src/daemon/client.js';
import { createSync, emulator, loadConfig, type SyncEvent } from '../../src/index.js';
import { envs, made, started } from '../support/library-rig.js';
import { configFor, running, temporaryFolder, uploads } from '../support/rig.js';

async function all(events: AsyncIterable<SyncEvent>): Promise<SyncEvent[]> {
  const seen: SyncEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

/** Reads on until an event fits. */
async function until(events: AsyncIterator<SyncEvent>, fits: (event: SyncEvent) => boolean): Promise<void> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error('ended first');
    if (fits(value)) return;
  }
}

it('pushes once, tells the events of --json, and ends with what was done', async () => {
  const { cloud, cwd, environment } = await made();
  const sync = await started({ cwd, environment });
  const events = all(sync.events);
  expect(await sync.push()).toEqual({ code: 0, failed: 0, pending: [] });
  expect(sync.status().map((row) => [row.function, row.env, row.state])).toEqual([
    ['login', 'dev', 'live'],
    ['login', 'test', 'live'],
    ['pay', 'dev', 'live'],
    ['pay', 'test', 'live'],
  ]);
  const stopped = await sync.stop();
  expect(stopped).toMatchObject({ v: 1, event: 'stopped', code: 0, pushed: 4, failed: 0, pending: [] });
  const seen = await events;
  expect(seen[0]).toMatchObject({ v: 1, event: 'started', envs, functions: ['login', 'pay'] });
  expect(seen.at(-1)).toEqual(stopped);
  expect(seen.filter((event) => event.event === 'live')).toHaveLength(4);
  for (const event of seen) expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
  expect(uploads(cloud)).toBe(2);
});

it('takes the token from the variables it is given, whatever the process has', async () => {
  const { cwd, environment } = await made();
  vi.stubEnv('TEST_TOKEN', 'of-another-project');
  onTestFinished(() => void vi.unstubAllEnvs());
  const sync = await started({ cwd, environment });
  expect(await sync.push()).toMatchObject({ code: 0 });
  await sync.stop();
});

it('sends what changed between two pushes, and new functions', async () => {
  const { cloud, project, cwd, environment } = await made();
  const sync = await started({ cwd, environment });
  await sync.push();
  await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
  await project.write('functions/order/index.js', 'exports.main = async () => 3;\n');
  expect((await sync.push()).code).toBe(0);
  expect((await running(cloud, 'test', 'pay')).get('index.js')).toContain('2');
  expect((await running(cloud, 'dev', 'order')).get('index.js')).toContain('3');
});

it('watches: a save becomes live', async () => {
  const { cloud, project, cwd, environment } = await made();
  const sync = await started({ cwd, environment, envIds: ['dev'], only: ['p*'] });
  const events = sync.events[Symbol.asyncIterator]();
  await sync.watch();
  await sync.push();
  await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
  await until(events, (event) => event.event === 'changed' && event.function === 'pay');
  await until(events, (event) => event.event === 'live' && event.function === 'pay');
  expect((await running(cloud, 'dev', 'pay')).get('index.js')).toContain('2');
  expect(cloud.functions('test')).toEqual([]);
  expect((await sync.stop()).code).toBe(0);
});

it('takes a new configuration while it watches, and tells a wrong one', async () => {
  const { cloud, project, cwd, environment } = await made();
  const sync = await started({ cwd, environment });
  const events = sync.events[Symbol.asyncIterator]();
  await sync.watch();
  await project.configure({ ...configFor(cloud), concurrency: 'four' });
  await until(events, (event) => event.event === 'config' && event.state === 'invalid');
  await project.configure({ ...configFor(cloud), concurrency: 2 });
  await until(events, (event) => event.event === 'config' && event.state === 'reloaded');
});

it('keeps to what it was given besides the file, while that changes', async () => {
  const { cloud, project, environment, cwd } = await made();
  const other = { ...configFor(cloud), endpoint: 'http://127.0.0.1:9' };
  await project.configure(other);
  vi.stubEnv('TEST_TOKEN', 'of-another-project');
  onTestFinished(() => void vi.unstubAllEnvs());
  const sync = await started({ cwd, environment, endpoint: cloud.url });
  const events = sync.events[Symbol.asyncIterator]();
  await sync.watch();
  expect(await sync.push()).toMatchObject({ code: 0 });
  await project.configure({ ...other, concurrency: 2 });
  await until(events, (event) => event.event === 'config' && event.state === 'reloaded');
  await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
  await until(events, (event) => event.event === 'changed' && event.function === 'pay');
  await until(events, (event) => event.event === 'live' && event.env === 'dev' && event.function === 'pay');
  expect((await running(cloud, 'dev', 'pay')).get('index.js')).toContain('2');
});

it('answers other commands, also where somebody removed its folder meanwhile, and until it ends', async () => {
  const { cwd, environment } = await made();
  const read = await loadConfig({ from: cwd, environment });
  if (!read.ok) throw new Error('no configuration');
  const rows = async () => (await statusOfDaemon(read.config, 'en'))?.rows ?? null;
  const sync = await started({ cwd, environment });
  await sync.push();
  expect(await rows()).toHaveLength(4);
  await rm(join(cwd, '.tcb-watch'), { recursive: true, force: true, maxRetries: 10 });
  await vi.waitUntil(async () => (await rows()) !== null, { timeout: 30_000 });
  await sync.stop();
  expect(await rows()).toBeNull();
});

it('keeps to the file that it found while that is gone, whatever lies above', async () => {
  const { cloud, project, environment } = await made();
  await project.write('inner/functions/pay/index.js', 'exports.main = 1;\n');
  const own = { ...configFor(cloud), functionsRoot: 'functions', envs: ['dev'] };
  await project.write('inner/watch.config.json', JSON.stringify(own));
  const sync = await started({ cwd: join(project.folder, 'inner'), environment });
  const events = sync.events[Symbol.asyncIterator]();
  await sync.watch();
  await project.remove('inner/watch.config.json');
  await until(events, (event) => event.event === 'config' && event.state === 'invalid');
  expect(cloud.functions('test')).toEqual([]);
});

it('takes the configuration as a value, checked as the file is', async () => {
  const { cloud, cwd, environment } = await made();
  const config = { functionsRoot: 'functions', envs: ['dev'], endpoint: cloud.url };
  const sync = await started({
    config: { ...config, token: { env: 'TEST_TOKEN' } },
    cwd,
    environment,
  });
  expect((await sync.push()).code).toBe(0);
  expect(cloud.functions('dev')).toHaveLength(2);
  expect(cloud.functions('test')).toEqual([]);
  const wrong = await createSync({ config: { ...config, concurrency: 0.5 }, cwd, language: 'zh-CN' });
  expect(wrong).toMatchObject({ ok: false, reason: 'config', code: 3, problems: [{ path: 'concurrency' }] });
  expect(wrong.ok ? '' : wrong.message).toContain('配置有 1 个错误');
});

it('says what is wrong with what it was asked, as data', async () => {
  const { cwd, environment } = await made();
  expect(await createSync({ cwd: await temporaryFolder() })).toMatchObject({ ok: false, reason: 'config' });
  expect(await createSync({ cwd, environment, names: ['none'] })).toMatchObject({
    ok: false,
    reason: 'no-match',
    code: 4,
    unmatched: [{ kind: 'name', value: 'none' }],
  });
  const first = await started({ cwd, environment });
  expect(await createSync({ cwd, environment })).toMatchObject({
    ok: false,
    reason: 'running',
    pid: process.pid,
    code: 3,
  });
  await first.stop();
  await started({ cwd, environment });
});

it('sends nothing and writes nothing in a dry run', async () => {
  const { cloud, cwd, environment } = await made();
  const sync = await started({ cwd, environment, dryRun: true });
  expect((await sync.push()).code).toBe(0);
  await sync.stop();
  const planned = (await all(sync.events)).filter((event) => event.event === 'planned');
  expect(planned).toHaveLength(2);
  expect(uploads(cloud)).toBe(0);
});

it('a dry run is no failure where something could not be sent', async () => {
  const { project, cwd, environment } = await made();
  await project.write('functions/wrong-/index.js', 'exports.main = async () => 1;\n');
  const dry = await started({ cwd, environment, dryRun: true });
  const { code, pending } = await dry.push();
  expect(code).toBe(0);
  expect(pending).toContainEqual({ function: 'wrong-', env: 'dev', reason: 'bad-name' });
  expect((await dry.stop()).code).toBe(0);
  expect((await (await started({ cwd, environment })).push()).code).toBe(6);
});

it('ends when its signal aborts', async () => {
  const { cloud, cwd, environment } = await made();
  const ending = new AbortController();
  cloud.faults.add({ call: 'batchuploadscf', hold: true });
  const sync = await started({ cwd, environment, signal: ending.signal });
  const pushed = sync.push();
  ending.abort();
  expect((await pushed).code).not.toBe(0);
  cloud.release();
  expect((await all(sync.events)).at(-1)).toMatchObject({ event: 'stopped' });
});

it('ends at once where its signal has aborted already', async () => {
  const { cwd, environment } = await made();
  const sync = await started({ cwd, environment, signal: AbortSignal.abort() });
  expect((await all(sync.events)).at(-1)).toMatchObject({ event: 'stopped' });
});

it('takes its lock again where somebody removed the folder, and says so', async () => {
  const { project, cwd, environment } = await made();
  const sync = await started({ cwd, environment });
  await sync.push();
  await rm(join(cwd, '.tcb-watch'), { recursive: true, force: true, maxRetries: 10 });
  await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
  expect(await sync.push()).toMatchObject({ code: 0 });
  expect(await createSync({ cwd, environment })).toMatchObject({ ok: false, reason: 'running' });
  await sync.stop();
  expect(await all(sync.events)).toContainEqual(expect.objectContaining({ kind: 'folder-removed' }));
});

it('ends as push does by what is left, and as watch does with 0', async () => {
  const { cwd, environment } = await made({ protectedEnvs: ['test'] });
  const pushing = await started({ cwd, environment });
  const { code } = await pushing.push();
  expect(code).not.toBe(0);
  expect((await pushing.stop()).code).toBe(code);
  const watching = await started({ cwd, environment });
  await watching.watch();
  expect((await watching.stop()).code).toBe(0);
});

it('starts a local cloud for others', async () => {
  const cloud = await emulator({ envs: ['dev'], deployMs: 20 });
  onTestFinished(() => cloud.close());
  const { cwd } = await made();
  const environment = { TEST_TOKEN: cloud.token };
  const token = { env: 'TEST_TOKEN' };
  const config = { functionsRoot: 'functions', envs: cloud.envs.slice(), endpoint: cloud.url, token };
  const sync = await started({ config, cwd, environment, names: ['pay'] });
  expect((await sync.push()).code).toBe(0);
  expect(cloud.functions('dev')).toMatchObject([{ name: 'pay', status: 'Active' }]);
  expect([...(await cloud.files('dev', 'pay')).keys()]).toEqual(['index.js']);
});

it('reads a configuration for others', async () => {
  const { cwd } = await made({ debounceMs: 250 });
  const result = await loadConfig({ from: cwd, environment: {} });
  expect(result).toMatchObject({ ok: true, config: { debounceMs: 250, concurrency: 4, folder: cwd } });
});
