/** The tools of `mcp` in this process: an agent, the commands, and a cloud of which the test answers the calls. */
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve } from '../../src/cli/mcp-tools.js';
import type { McpOptions } from '../../src/cli/options.js';
import { runCommand } from '../../src/cli/process.js';
import { createSync } from '../../src/index.js';
import { deskIn } from '../support/init-rig.js';
import { type Invoked, runInvokingCloud } from '../support/invoking-cloud.js';
import { packageVersion } from '../support/package-version.js';
import { configFor, entry, makeProject, running } from '../support/rig.js';

const envs = ['dev', 'test', 'prod'];

interface Called {
  readonly ok: boolean;
  readonly text: string;
  readonly value: unknown;
}

async function scene(
  options: Partial<McpOptions> = {},
  config: Readonly<Record<string, unknown>> = {},
  answer: (call: Invoked) => unknown = ({ event }) => event,
) {
  const cloud = await runInvokingCloud(answer, { envs });
  const project = await makeProject(
    { login: entry('1'), pay: entry('1') },
    {
      ...{ ...configFor(cloud.emulator), endpoint: cloud.url, protectedEnvs: ['prod'] },
      ...{ functions: { pay: { answers: true, proof: false } }, ...config },
    },
  );
  await project.write(
    'events/pay.json',
    JSON.stringify([{ name: 'one', value: { id: 1 }, expect: { id: 1 } }]),
  );
  const environment = { TEST_TOKEN: cloud.emulator.token, TCB_WATCH_TIME_SCALE: '0.1' };
  const { context } = deskIn(project.folder, { environment });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const all = { envId: [], readOnly: false, allowProtected: false, trust: false, ...options };
  const served = serve(all, { ...context, version: packageVersion }, runCommand, (make) => {
    const server = make();
    void server.connect(theirs);
    return server;
  });
  const client = new Client({ name: 'test', version: '1' });
  onTestFinished(async () => {
    await client.close();
    await served.close();
  });
  await client.connect(ours);
  const progress: string[] = [];
  const call = async (name: string, given: Readonly<Record<string, unknown>> = {}): Promise<Called> => {
    const onprogress = ({ message }: { readonly message?: string | undefined }) =>
      void progress.push(message ?? '');
    const { isError, content, structuredContent } = await client.callTool(
      { name, arguments: { ...given } },
      { onprogress },
    );
    return { ok: isError !== true, text: JSON.stringify(content), value: structuredContent };
  };
  const push = async (): Promise<void> => {
    expect(await call('push')).toMatchObject({ ok: true, value: { begun: true, next: 'wait_until_live' } });
    expect(await call('wait_until_live', { envs: ['dev', 'test'] })).toMatchObject({
      ...{ ok: true, value: { live: true, note: 'nothing more is under way' } },
    });
  };
  const save = (name: string, value: string) =>
    project.write(`functions/${name}/index.js`, `exports.main = async () => ${JSON.stringify(value)};\n`);
  const tools = async () => (await client.listTools()).tools;
  return { cloud, project, environment, call, push, save, progress, tools };
}

describe('the tools', () => {
  const reading = ['diff', 'doctor', 'history', 'status', 'wait_until_live', 'why'];

  it.each([
    [false, [...reading, 'check', 'invoke', 'push', 'undo']],
    [true, reading],
  ])('read-only: %s', async (readOnly, names) => {
    const found = await (await scene({ readOnly })).tools();
    expect(found.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const { name, annotations, description } of found) {
      expect(annotations?.readOnlyHint).toBe(reading.includes(name));
      expect(annotations?.openWorldHint).toBe(true);
      expect(annotations?.destructiveHint).toBe(reading.includes(name) ? undefined : true);
      expect(description).toContain('never an instruction');
    }
  });

  it('take no option of a command line for a name', async () => {
    const { call } = await scene();
    const [long, many] = ['x'.repeat(201), Array(201).fill('x')];
    for (const given of [{ names: ['--force'] }, { envs: ['-y'] }, { seconds: 601 }, { seconds: 0 }])
      expect((await call('wait_until_live', given)).ok).toBe(false);
    for (const given of [{ names: [long] }, { envs: [long] }, { names: many }, { envs: many }])
      expect((await call('wait_until_live', given)).ok).toBe(false);
    expect((await call('why', { function: '' })).ok).toBe(false);
  });
});

describe('status, why and waiting', () => {
  it('what was never sent is not live, and nothing will become so by itself', async () => {
    const { call } = await scene();
    expect(await call('status', { names: ['pay'], envs: ['dev'] })).toMatchObject({
      ok: true,
      value: {
        targets: [{ function: 'pay', env: 'dev', state: 'queued', live: null, hold: null, since: null }],
      },
    });
    const waited = await call('wait_until_live', { names: ['pay'], envs: ['dev'] });
    expect(waited).toMatchObject({
      ok: false,
      value: { live: false, note: expect.stringContaining('Call push') },
    });
  });

  it('what was sent is live, and progress is said meanwhile', async () => {
    const { call, push, progress, cloud } = await scene();
    await push();
    expect(progress).toContain('pushing pay dev test');
    expect(await call('status', { envs: ['dev', 'test'] })).toMatchObject({
      value: { targets: Array(4).fill({ state: 'live', since: expect.stringMatching(/^\d{4}-.*Z$/) }) },
    });
    expect(await call('why', { function: 'pay', env: 'dev' })).toMatchObject({
      ok: true,
      value: { targets: [] },
    });
    expect(await call('why', { function: 'pay' })).toMatchObject({
      value: {
        targets: [
          { function: 'pay', env: 'prod', state: 'held', hold: 'protected', hint: expect.any(String) },
        ],
      },
    });
    expect(cloud.emulator.functions('prod')).toEqual([]);
  });

  it('what is live and cannot run is named, with why', async () => {
    const { call, project } = await scene();
    await project.write('functions/pay/index.js', "require('./nowhere');\nexports.main = async () => 1;\n");
    await call('push', { names: ['pay'], envs: ['dev'] });
    const only = { names: ['pay'], envs: ['dev'] };
    expect(await call('wait_until_live', only)).toMatchObject({
      value: { live: true, note: expect.stringContaining('cannot run') },
    });
    expect(await call('why', { function: 'pay', env: 'dev' })).toMatchObject({
      value: { targets: [{ state: 'live', untrusted: { detail: expect.stringContaining('nowhere') } }] },
    });
  });

  it('a name that is not there is refused', async () => {
    const { call } = await scene();
    const refused = await call('status', { names: ['pya'] });
    expect(refused.ok).toBe(false);
    expect(refused.text).toContain('untrusted');
    expect(refused.text).toContain('pay');
  });

  it('a running tcb-watch is waited for', async () => {
    const { call, project, environment, save, cloud, progress } = await scene();
    const created = await createSync({ cwd: project.folder, environment });
    if (!created.ok) throw new Error(created.message);
    onTestFinished(async () => void (await created.sync.stop()));
    await created.sync.push();
    await save('pay', '2');
    const { batchuploadscfcode: before } = cloud.emulator.counts();
    // Waiting sends nothing that is live already.
    for (let turn = 0; turn < 2; turn += 1)
      expect(await call('wait_until_live', { names: ['pay'], envs: ['dev'] })).toMatchObject({
        ok: true,
        value: { live: true, targets: [{ function: 'pay', env: 'dev', state: 'live' }] },
      });
    expect(cloud.emulator.counts().batchuploadscfcode).toBe(before + 1);
    expect(progress).toContain('live pay dev');
    expect((await running(cloud.emulator, 'dev', 'pay')).get('index.js')).toContain('2');
    expect(await call('wait_until_live', { names: ['pya'] })).toMatchObject({ ok: false });
  });
});

it('a running tcb-watch is waited for as far as it is asked about, and no further', async () => {
  const { call, project, environment, save, cloud } = await scene();
  const created = await createSync({ cwd: project.folder, environment });
  if (!created.ok) throw new Error(created.message);
  onTestFinished(async () => void (await created.sync.stop()));
  await created.sync.push();
  cloud.emulator.faults.add({ call: 'batchuploadscfcode', function: 'login', errcode: -1 });
  await save('login', '2');
  await save('pay', '2');
  const about = { names: ['pay'], envs: ['dev'], seconds: 60 };
  expect(await call('wait_until_live', about)).toMatchObject({
    value: { live: true, note: 'nothing more is under way' },
  });
  const other = { names: ['login'], envs: ['dev'], seconds: 1 };
  expect(await call('wait_until_live', other)).toMatchObject({
    ...{ ok: false, value: { live: false, note: 'the time is over; more may become live' } },
  });
});

describe('sending', () => {
  it('force needs names', async () => {
    const { call, push, cloud } = await scene();
    await push();
    const before = cloud.emulator.counts().batchuploadscfcode;
    expect((await call('push', { force: true })).text).toContain('force needs the names of functions');
    await call('push', { force: true, names: ['pay'], envs: ['dev'] });
    await call('wait_until_live', { names: ['pay'], envs: ['dev'] });
    expect(cloud.emulator.counts().batchuploadscfcode).toBe(before + 1);
  });

  it('a protected environment needs the permission of who started it', async () => {
    const closed = await scene();
    for (const tool of ['push', 'undo', 'invoke'])
      expect(
        (await closed.call(tool, { envs: ['prod'], env: 'prod', function: 'pay', names: ['pay'] })).text,
      ).toContain('--allow-protected');
    expect(closed.cloud.emulator.functions('prod')).toEqual([]);
    const open = await scene({ allowProtected: true });
    await open.call('push', { names: ['pay'], envs: ['prod'] });
    expect(await open.call('wait_until_live', { names: ['pay'], envs: ['prod'] })).toMatchObject({
      ok: true,
    });
    expect(open.cloud.emulator.functions('prod')).toHaveLength(1);
    expect(await open.call('invoke', { function: 'pay', env: 'prod', event: { a: 1 } })).toMatchObject({
      ok: true,
    });
  });

  it('keeps to the environments that it was started for', async () => {
    const { call, cloud } = await scene({ envId: ['dev'] });
    expect((await call('push', { envs: ['test'] })).text).toContain('this server was started for dev only');
    await call('push');
    expect(await call('wait_until_live')).toMatchObject({
      ok: true,
      value: { targets: Array(2).fill({ env: 'dev' }) },
    });
    expect(cloud.emulator.functions('test')).toEqual([]);
  });

  it('where every environment is protected one must be named', async () => {
    const { call } = await scene({}, { protectedEnvs: ['*'] });
    expect((await call('push')).text).toContain('name the one that is meant');
  });

  it('a configuration with mistakes is said, and doctor names them', async () => {
    const { call, project } = await scene();
    await project.write('watch.config.json', '{"envs": 3}');
    expect((await call('push')).text).toContain('doctor names them');
    expect((await call('status')).ok).toBe(false);
  });
});

describe('history', () => {
  it('lists versions, shows what differs, and goes back', async () => {
    const { call, push, save, cloud } = await scene();
    await push();
    expect(await call('diff', { function: 'pay', env: 'dev' })).toMatchObject({
      ok: true,
      value: { same: true },
    });
    await save('pay', '2');
    expect(await call('diff', { function: 'pay', env: 'dev' })).toMatchObject({
      value: { same: false, untrusted: { patch: expect.stringContaining('index.js') } },
    });
    await push();
    const { value } = await call('history', { function: 'pay' });
    expect(value).toMatchObject({
      versions: [
        {
          files: 1,
          runs: [
            { env: 'dev', to: null },
            { env: 'test', to: null },
          ],
        },
        { files: 1, runs: [{ to: expect.any(String) }, { to: expect.any(String) }] },
      ],
    });
    const undone = await call('undo', { function: 'pay', envs: ['dev'] });
    expect(undone).toMatchObject({
      ok: true,
      value: { done: true, note: 'done', targets: [{ function: 'pay', env: 'dev', hold: 'undone' }] },
    });
    expect((await running(cloud.emulator, 'dev', 'pay')).get('index.js')).toContain('1');
    expect((await running(cloud.emulator, 'test', 'pay')).get('index.js')).toContain('2');
    expect(await call('undo', { function: 'pay', envs: ['dev'], to: 'disk' })).toMatchObject({ ok: true });
    expect((await running(cloud.emulator, 'dev', 'pay')).get('index.js')).toContain('2');
    expect(await call('undo', { function: 'pay', envs: ['dev'], to: 'ffffffff' })).toMatchObject({
      ok: false,
    });
  });

  it('of what is not there is refused', async () => {
    const { call } = await scene();
    expect((await call('history', { function: 'pya' })).ok).toBe(false);
    expect((await call('diff', { function: 'pya', env: 'dev' })).ok).toBe(false);
    expect((await call('undo', { function: 'pay' })).ok).toBe(false);
  });
});

describe('calls', () => {
  it('an invocation says what came back', async () => {
    const { call, push } = await scene();
    await push();
    expect(await call('invoke', { function: 'pay', env: 'dev', event: { a: 1 } })).toMatchObject({
      ok: true,
      value: { ok: true, ms: expect.any(Number), untrusted: { result: '{"a":1}', logs: [], error: null } },
    });
  });

  it('one that fails says why, as text of others', async () => {
    const { call, push } = await scene({}, {}, () => {
      throw new Error('cut off');
    });
    await push();
    expect(await call('invoke', { function: 'pay', env: 'dev' })).toMatchObject({
      ok: false,
      value: { ok: false, untrusted: { result: null, error: expect.stringContaining('pay') } },
    });
  });

  it('an answer that is very long is cut', async () => {
    const { call, push } = await scene({}, {}, () => 'x'.repeat(9000));
    await push();
    const { value } = await call('invoke', { function: 'pay', env: 'dev' });
    expect(JSON.stringify(value)).toContain('more characters)');
    expect(JSON.stringify(value).length).toBeLessThan(8600);
  });

  it('check calls with saved events, and puts what is wrong first', async () => {
    const { call, push } = await scene({}, {}, ({ env }) => ({ id: env === 'dev' ? 1 : 2 }));
    await push();
    expect(await call('check')).toMatchObject({
      ok: false,
      value: {
        ...{ ok: false, note: 'not all is as expected', moreAnswers: 0, pending: [] },
        answers: [
          {
            function: 'pay',
            env: 'test',
            ok: false,
            untrusted: { event: 'one', mismatches: expect.any(String) },
          },
          {
            function: 'pay',
            env: 'dev',
            ok: true,
            place: 'events/pay.json:1',
            untrusted: { mismatches: null },
          },
        ],
      },
    });
    expect(await call('check', { envs: ['dev'] })).toMatchObject({
      ok: true,
      value: {
        ok: true,
        note: 'all is as expected',
        answers: [{ env: 'dev', untrusted: { result: '{"id":1}' } }],
      },
    });
    expect((await call('check', { envs: ['prod'] })).text).toContain('check calls nothing there');
    expect((await call('check', { names: ['pya'] })).ok).toBe(false);
  });

  it('where no function may be called, check says so', async () => {
    const { call } = await scene({}, { protectedEnvs: ['*'], functions: {} });
    expect((await call('check')).text).toContain('dev, test, prod: check calls nothing there');
  });
});
