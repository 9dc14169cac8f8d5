/** Each option of a sync, by what it changes. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSync, type RunningSync, type SyncEvent } from '../../src/index.js';
import { made, started } from '../support/library-rig.js';
import { configFor, temporaryFolder, uploads } from '../support/rig.js';

/** The first event of a sync. */
async function firstOf(sync: RunningSync): Promise<SyncEvent | undefined> {
  for await (const event of sync.events) return event;
  return undefined;
}

/** The exit code of one push of a fresh sync. */
async function pushed(options: Parameters<typeof started>[0]): Promise<number> {
  const sync = await started(options);
  const { code } = await sync.push();
  await sync.stop();
  return code;
}

describe('what is sent', () => {
  it('goes to protected environments with `yes` alone', async () => {
    const { cloud, cwd, environment } = await made({ protectedEnvs: ['test'] });
    const held = await started({ cwd, environment });
    expect((await held.push()).pending).toMatchObject([
      { env: 'test', reason: 'protected' },
      { env: 'test', reason: 'protected' },
    ]);
    expect(held.status().map(({ env, state }) => [env, state])).toEqual([
      ['dev', 'live'],
      ['test', 'held'],
      ['dev', 'live'],
      ['test', 'held'],
    ]);
    await held.stop();
    expect(await pushed({ cwd, environment, yes: true })).toBe(0);
    expect(cloud.functions('test')).toHaveLength(2);
  });

  it('is what is live already with `force` alone', async () => {
    const { cloud, cwd, environment } = await made();
    await pushed({ cwd, environment });
    const before = uploads(cloud);
    await pushed({ cwd, environment });
    expect(uploads(cloud)).toBe(before);
    await pushed({ cwd, environment, force: true });
    expect(uploads(cloud)).toBeGreaterThan(before);
  });

  it('goes to the endpoint that is named in place of the configuration’s', async () => {
    const { cloud, cwd, environment } = await made({ endpoint: 'http://127.0.0.1:1' });
    expect(await pushed({ cwd, environment, endpoint: cloud.url })).toBe(0);
    expect(cloud.functions('dev')).toHaveLength(2);
  });

  it('is what the file says that is named', async () => {
    const { cloud, project, cwd, environment } = await made();
    const other = { ...configFor(cloud), functionsRoot: 'functions', envs: ['test'] };
    await project.write('other.json', JSON.stringify(other));
    expect(await pushed({ cwd, environment, configFile: 'other.json' })).toBe(0);
    expect([cloud.functions('dev').length, cloud.functions('test').length]).toEqual([0, 2]);
  });
});

describe('a configuration that asks for a command', () => {
  it('needs an agreement, for this sync or for good, unless the program has it in hand', async () => {
    const hooks = { onFailure: 'exit 0' };
    const { cloud, cwd, environment: own } = await made({ hooks });
    const environment = { ...own, XDG_STATE_HOME: await temporaryFolder(), HOME: await temporaryFolder() };
    for (const refused of [{}, { trust: false }, { environment: { ...environment, TCB_WATCH_TRUST: '0' } }])
      expect(await createSync({ cwd, environment, ...refused })).toMatchObject({
        ...{ ok: false, reason: 'config', code: 3, problems: [{ path: 'hooks.onFailure' }] },
      });
    for (const agreed of [{ trust: true }, { environment: { ...environment, TCB_WATCH_TRUST: '1' } }])
      expect(await pushed({ cwd, environment, ...agreed })).toBe(0);
    const config = { functionsRoot: 'functions', envs: ['dev'], endpoint: cloud.url, hooks };
    expect(await pushed({ cwd, environment, config: { ...config, token: { env: 'TEST_TOKEN' } } })).toBe(0);
  });
});

describe('the words', () => {
  it.each([
    ['en', ['No function has a name that matches x*.', 'There is no function none.']],
    ['zh-CN', ['函数 none 不存在。', '没有名称匹配 x* 的函数。']],
  ] as const)(
    'are those of the language, a line for each that has no match: %s',
    async (language, starts) => {
      const { cwd, environment } = await made();
      const refused = await createSync({ cwd, environment, language, names: ['none'], only: ['x*'] });
      const lines = refused.ok ? [] : refused.message.split('\n');
      expect([...lines].sort().map((line, index) => line.startsWith(starts[index] ?? '-'))).toEqual([
        true,
        true,
      ]);
    },
  );

  it.each([
    ['en', 'another tcb-watch is already running'],
    ['zh-CN', '已有'],
  ] as const)('of who runs already, and of a target that is not live: %s', async (language, running) => {
    const { cwd, environment } = await made({ protectedEnvs: ['dev'] });
    const sync = await started({ cwd, environment, language, envIds: ['dev'], names: ['pay'] });
    await sync.push();
    const [row] = sync.status();
    expect([row?.hold, /[一-龥]/.test(`${row?.detail}`)]).toEqual(['protected', language === 'zh-CN']);
    const refused = await createSync({ cwd, environment, language });
    expect(refused.ok ? '' : refused.message).toContain(running);
  });

  it('of a configuration: its problems with place and hint, below a line that counts them', async () => {
    const { project, cwd, environment } = await made();
    await project.configure({ envs: 'dev', concurrency: 'four' });
    const refused = await createSync({ cwd, environment });
    const lines = refused.ok ? [] : refused.message.split('\n');
    expect(lines[0]).toContain('2');
    expect(lines.slice(1).map((line) => line.startsWith('  '))).toEqual([true, true]);
    expect(refused.ok || refused.reason !== 'config' ? '' : refused.file).toBe(
      join(cwd, 'watch.config.json'),
    );
  });
});

it('an emulator whose store is no folder is a mistake of the configuration, and 6', async () => {
  const { project, cwd, environment } = await made();
  await project.write('.tcb-watch/emulator', 'no folder');
  expect(await createSync({ cwd, environment, endpoint: 'emulator' })).toMatchObject({
    ...{ ok: false, reason: 'config', code: 6, file: join(cwd, 'watch.config.json') },
    ...{ problems: [{ path: 'endpoint' }], message: expect.stringContaining('.tcb-watch') },
  });
  // It keeps nobody out.
  await pushed({ cwd, environment });
});

describe('a sync', () => {
  it('that pushes again says of what it then sends that it was changed', async () => {
    const { project, cwd, environment } = await made();
    const sync = await started({ cwd, environment });
    await sync.push();
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    await sync.push();
    await sync.stop();
    const causes: unknown[] = [];
    for await (const event of sync.events) if (event.event === 'pushing') causes.push(event.cause);
    expect(causes.at(-1)).toBe('change');
    expect(causes.slice(0, -1).every((cause) => cause === 'startup')).toBe(true);
  });

  it('says the version of this package, and which process it is', async () => {
    const { cwd, environment } = await made();
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    const first = await firstOf(await started({ cwd, environment }));
    expect(first).toMatchObject({ event: 'started', version, pid: process.pid });
  });

  it('goes on when the signal of one push aborts', async () => {
    const { cloud, cwd, environment } = await made();
    cloud.faults.add({ call: 'batchuploadscf', hold: true, times: 1 });
    const sync = await started({ cwd, environment });
    const ending = new AbortController();
    const waiting = sync.push(ending.signal);
    await cloud.waitFor(() => cloud.held()[0]);
    ending.abort();
    expect((await waiting).code).not.toBe(0);
    cloud.release();
    expect((await sync.push()).code).toBe(0);
  });

  it('that only plans leaves no trace, keeps nobody out, and ends with 0', async () => {
    const { cwd, environment } = await made();
    const [one, other] = [
      await started({ cwd, environment, dryRun: true }),
      await started({ cwd, environment, dryRun: true }),
    ];
    expect([(await one.push()).code, (await other.push()).code]).toEqual([0, 0]);
    expect([(await one.stop()).code, (await other.stop()).code]).toEqual([0, 0]);
    expect(existsSync(join(cwd, '.tcb-watch'))).toBe(false);
  });
});
