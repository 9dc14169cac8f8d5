/** `tcb-watch mcp` with the official client: what a coding agent does in a day, and what it must not. */
import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, it, onTestFinished } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { inside } from '../support/inside.js';
import {
  configFor,
  makeProject,
  type Played,
  type Project,
  programFile,
  run,
  runEmulator,
  temporaryFolder,
} from '../support/rig.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const source = (value: string): string =>
  `export const main = async (event: object) => ({ event, value: ${value} });\n`;

interface Scene {
  readonly emulator: Emulator;
  readonly project: Project;
  readonly env: Readonly<Record<string, string>>;
}

async function scene(pay: Readonly<Record<string, unknown>> = {}): Promise<Scene> {
  const emulator = await runEmulator({ envs: ['dev', 'test', 'prod'] });
  const project = await makeProject(
    { pay: { 'index.ts': source('1') } },
    { ...configFor(emulator), protectedEnvs: ['prod'], functions: { pay: { build: 'esbuild', ...pay } } },
  );
  await mkdir(join(project.folder, 'node_modules'));
  await symlink(
    join(repository, 'node_modules/esbuild'),
    join(project.folder, 'node_modules/esbuild'),
    'junction',
  );
  return {
    emulator,
    project,
    env: { TEST_TOKEN: emulator.token, TCB_WATCH_TRUST: '1', TCB_WATCH_TIME_SCALE: '0.1' },
  };
}

function daemonOf({ project, env }: Scene): Promise<Played> {
  return settled(inside(['watch', '--json'], { cwd: project.folder, env }));
}

async function settled<P extends Played>(program: P): Promise<P> {
  await program.waitForLive([
    ['pay', 'dev'],
    ['pay', 'test'],
  ]);
  return program;
}

interface Called {
  readonly ok: boolean;
  readonly text: string;
  readonly value: unknown;
}

interface Agent {
  call(name: string, given?: Readonly<Record<string, unknown>>): Promise<Called>;
  readonly tools: readonly string[];
  readonly progress: readonly string[];
  /** Resolves with the next notice of progress. */
  progressed(): Promise<void>;
}

async function agentOf({ project, env }: Scene, options: readonly string[] = []): Promise<Agent> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [programFile, 'mcp', ...options],
    cwd: project.folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: project.folder, TCB_WATCH_LANG: 'en', ...env },
    stderr: 'ignore',
  });
  onTestFinished(() => client.close());
  await client.connect(transport);
  const progress: string[] = [];
  const waiting: (() => void)[] = [];
  return {
    tools: (await client.listTools()).tools.map(({ name }) => name).sort(),
    progress,
    progressed: () => new Promise((resolve) => waiting.push(resolve)),
    async call(name, given = {}) {
      const onprogress = ({ message }: { readonly message?: string | undefined }): void => {
        progress.push(message ?? '');
        for (const resolve of waiting.splice(0)) resolve();
      };
      const answer = await client.callTool({ name, arguments: { ...given } }, { onprogress });
      const { isError, content, structuredContent } = answer;
      return { ok: isError !== true, text: JSON.stringify(content), value: structuredContent };
    },
  };
}

const everywhere = (state: unknown): unknown =>
  expect.arrayContaining(
    ['dev', 'test'].map((env) => expect.objectContaining({ function: 'pay', env, state })),
  );

it('breaks a build, sees why, fixes it, waits until it is live, and calls it', {
  timeout: 180_000,
}, async () => {
  const made = await scene();
  const daemon = await daemonOf(made);
  const agent = await agentOf(made);
  const both = { names: ['pay'], envs: ['dev', 'test'] };
  expect(await agent.call('status', both)).toMatchObject({
    ok: true,
    value: { targets: everywhere('live') },
  });
  await made.project.write('functions/pay/index.ts', 'export const main = ;\n');
  expect(await agent.call('wait_until_live', both)).toMatchObject({ ok: false, value: { live: false } });
  expect(await agent.call('why', { function: 'pay', env: 'dev' })).toMatchObject({
    value: {
      targets: [
        {
          ...{ hold: 'build-failed', hint: expect.stringContaining('Fix') },
          untrusted: { detail: expect.stringContaining('functions/pay/index.ts:1:21: ') },
        },
      ],
    },
  });
  await made.project.write('functions/pay/index.ts', source('2'));
  expect(await agent.call('wait_until_live', both)).toMatchObject({
    value: { live: true, targets: everywhere('live') },
  });
  // A client forgets what comes together with the answer, so the last ones cannot be relied on.
  expect(agent.progress).toContain('pushing pay dev test');
  const invoked = await agent.call('invoke', { function: 'pay', env: 'dev', event: { a: 1 } });
  expect(invoked).toMatchObject({
    ok: true,
    value: {
      ok: true,
      untrusted: { result: expect.stringMatching(/"a":1.*"value":2\}$/), logs: [], error: null },
    },
  });
  expect(await agent.call('history', { function: 'pay' })).toMatchObject({
    value: { versions: expect.arrayContaining([expect.objectContaining({ runs: expect.any(Array) })]) },
  });
  expect(await agent.call('diff', { function: 'pay', env: 'dev' })).toMatchObject({ value: { same: true } });
  expect(await agent.call('doctor')).toMatchObject({
    value: { checks: expect.arrayContaining([expect.objectContaining({ ok: true })]) },
  });
  expect(await daemon.stop()).toBe(0);
});

const runs = async ({ emulator }: Scene, env: string): Promise<string | undefined> =>
  /value: (\d)/.exec(`${(await emulator.files(env, 'pay')).get('index.js')}`)?.[1];

it.each(['by the running tcb-watch', 'by itself'])(
  'checks what is live, and goes back after a bad save: %s',
  { timeout: 180_000 },
  async (by) => {
    const made = await scene({ answers: true });
    const saved = [{ name: 'sample', value: { a: 1 }, expect: { value: 1 } }];
    await made.project.write('events/pay.json', JSON.stringify(saved));
    const daemon = by === 'by itself' ? null : await daemonOf(made);
    const agent = await agentOf(made);
    const both = { names: ['pay'], envs: ['dev', 'test'] };
    const send = async (): Promise<void> => {
      expect(await agent.call('push', both)).toMatchObject({ ok: true });
      expect(await agent.call('wait_until_live', both)).toMatchObject({ value: { live: true } });
    };
    await send();
    expect(await agent.call('check', { names: ['pay'] })).toMatchObject({
      ok: true,
      value: {
        ...{ ok: true, moreAnswers: 0, pending: [] },
        answers: ['dev', 'test'].map((env) => ({
          ...{ function: 'pay', env, ok: true, failure: null, place: 'events/pay.json:1' },
          untrusted: { event: 'sample', mismatches: null, result: expect.stringContaining('"value":1') },
        })),
      },
    });
    await made.project.write('functions/pay/index.ts', source('2'));
    await send();
    expect(await agent.call('check', { envs: ['dev'] })).toMatchObject({
      ok: false,
      value: {
        ok: false,
        answers: [
          { env: 'dev', ok: false, untrusted: { mismatches: expect.stringMatching(/"\/value".*1.*2/) } },
        ],
      },
    });
    expect(await agent.call('undo', { function: 'pay', envs: ['dev'] })).toMatchObject({
      ok: true,
      value: { done: true, targets: [{ function: 'pay', env: 'dev', hold: 'undone' }] },
    });
    expect([await runs(made, 'dev'), await runs(made, 'test')]).toEqual(['1', '2']);
    expect(await agent.call('check', { envs: ['dev'] })).toMatchObject({
      value: { answers: [{ ok: true }] },
    });
    expect(await agent.call('undo', { function: 'pay', envs: ['dev'], to: 'disk' })).toMatchObject({
      value: { done: true, targets: [{ state: 'live' }] },
    });
    expect(await runs(made, 'dev')).toBe('2');
    expect(await agent.call('undo', { function: 'pay', envs: ['dev'], to: 'disk' })).toMatchObject({
      ...{ ok: false, value: { done: false, untrusted: { messages: expect.stringContaining('dev') } } },
    });
    if (daemon !== null) expect(await daemon.stop()).toBe(0);
  },
);

it('checks nothing in a protected environment, and goes back there only where it may', {
  timeout: 180_000,
}, async () => {
  const made = await scene({ answers: true });
  await made.project.write('events/pay.json', JSON.stringify([{ name: 'sample', value: {} }]));
  for (const value of ['1', '2']) {
    await made.project.write('functions/pay/index.ts', source(value));
    await inside(['push', '--json', '--yes'], { cwd: made.project.folder, env: made.env }).exit;
  }
  const allowed = await agentOf(made, ['--allow-protected']);
  const agent = await agentOf(made);
  for (const each of [agent, allowed]) {
    const refused = await each.call('check', { envs: ['dev', 'prod'] });
    expect([refused.ok, refused.text.includes('prod: check calls nothing there')]).toEqual([false, true]);
  }
  expect(made.emulator.counts().invokecloudfunction).toBe(0);
  const refused = await agent.call('undo', { function: 'pay', envs: ['prod'] });
  expect([refused.ok, refused.text.includes('--allow-protected')]).toEqual([false, true]);
  expect(await allowed.call('undo', { function: 'pay' })).toMatchObject({ value: { done: true } });
  expect([await runs(made, 'dev'), await runs(made, 'prod')]).toEqual(['1', '2']);
  expect(await allowed.call('undo', { function: 'pay', envs: ['prod'] })).toMatchObject({ ok: true });
  expect(await runs(made, 'prod')).toBe('1');
});

it('does without a running tcb-watch, and says so', { timeout: 180_000 }, async () => {
  const made = await scene();
  const agent = await agentOf(made);
  const waited = await agent.call('wait_until_live', { names: ['pay'] });
  expect(waited).toMatchObject({
    ok: false,
    value: { live: false, note: expect.stringContaining('Call push') },
  });
  expect(await agent.call('push', { envs: ['dev', 'test'] })).toMatchObject({ value: { begun: true } });
  expect(await agent.call('wait_until_live', { envs: ['dev', 'test'] })).toMatchObject({
    value: { live: true },
  });
  expect(made.emulator.functions('prod')).toEqual([]);
});

it('lives on when the running tcb-watch is killed in the middle', { timeout: 180_000 }, async () => {
  const made = await scene();
  const daemon = await settled(run(['watch', '--json'], { cwd: made.project.folder, env: made.env }));
  const agent = await agentOf(made);
  made.emulator.faults.add({ call: 'batchuploadscfcode', hold: true });
  await made.project.write('functions/pay/index.ts', source('3'));
  const waiting = agent.call('wait_until_live', { names: ['pay'], envs: ['dev', 'test'] });
  await agent.progressed();
  await made.emulator.waitFor(() => made.emulator.held().length > 0);
  daemon.signal('SIGKILL');
  expect(await waiting).toMatchObject({
    ok: false,
    value: { note: expect.stringContaining('ended meanwhile') },
  });
  made.emulator.faults.clear();
  made.emulator.release();
  expect(await agent.call('push', { envs: ['dev', 'test'] })).toMatchObject({ ok: true });
  expect(await agent.call('wait_until_live', { envs: ['dev', 'test'] })).toMatchObject({
    value: { live: true },
  });
});

it('touches a protected environment only where the start and the call say so', {
  timeout: 180_000,
}, async () => {
  const made = await scene();
  await made.emulator.deploy('prod', 'pay', { 'index.js': 'exports.main = async () => "prod";' });
  const agent = await agentOf(made);
  for (const [tool, given] of [
    ['invoke', { function: 'pay', env: 'prod' }],
    ['push', { names: ['pay'], envs: ['prod'] }],
    ['push', { names: ['pay'], envs: ['dev', 'prod'], force: true }],
  ] as const) {
    const refused = await agent.call(tool, given);
    expect([refused.ok, refused.text.includes('--allow-protected')]).toEqual([false, true]);
  }
  expect(made.emulator.counts().invokecloudfunction).toBe(0);
  const allowed = await agentOf(made, ['--allow-protected']);
  expect(await allowed.call('invoke', { function: 'pay', env: 'prod' })).toMatchObject({
    value: { untrusted: { result: '"prod"' } },
  });
  expect(await allowed.call('push', { names: ['pay'] })).toMatchObject({ ok: true });
  await allowed.call('wait_until_live', { names: ['pay'], envs: ['dev', 'test'] });
  expect(await allowed.call('invoke', { function: 'pay', env: 'prod' })).toMatchObject({
    value: { untrusted: { result: '"prod"' } },
  });
});

it('touches no protected environment that nobody named, even where the running program may', {
  timeout: 180_000,
}, async () => {
  const made = await scene();
  const program = inside(['watch', '--json', '--yes'], { cwd: made.project.folder, env: made.env });
  await program.waitForLive(['dev', 'test', 'prod'].map((env) => ['pay', env]));
  const theirs = 'exports.main = async () => "theirs";';
  for (const env of ['dev', 'prod']) await made.emulator.deploy(env, 'pay', { 'index.js': theirs });
  const agent = await agentOf(made);
  const from = program.events.length;
  expect(await agent.call('push', { names: ['pay'], force: true })).toMatchObject({ ok: true });
  await program.waitForLive(
    [
      ['pay', 'dev'],
      ['pay', 'test'],
    ],
    from,
  );
  const running = async (env: string): Promise<string> =>
    `${(await made.emulator.files(env, 'pay')).get('index.js')}`;
  expect(await running('dev')).not.toBe(theirs);
  expect(await running('prod')).toBe(theirs);
  const sent = program.events.slice(from).filter(({ event }) => event === 'pushing');
  expect(sent.flatMap(({ envs }) => envs).sort()).toEqual(['dev', 'test']);
  expect(await program.stop()).toBe(0);
});

it('takes the short name of a protected environment for what it is', { timeout: 180_000 }, async () => {
  const [open, closed] = ['dev-1a2b3c4d5e6f7', 'store-1a2b3c4d5e6f7'] as const;
  const emulator = await runEmulator({ envs: [open, closed] });
  const project = await makeProject(
    { pay: { 'index.js': 'exports.main = async () => "ours";' } },
    { ...configFor(emulator), protectedEnvs: ['store-*'] },
  );
  const made = { emulator, project, env: { TEST_TOKEN: emulator.token, TCB_WATCH_TIME_SCALE: '0.1' } };
  const program = inside(['watch', '--json', '--yes'], { cwd: project.folder, env: made.env });
  await program.waitForLive([open, closed].map((env) => ['pay', env]));
  const theirs = 'exports.main = async () => "theirs";';
  await emulator.deploy(closed, 'pay', { 'index.js': theirs });
  const agent = await agentOf(made);
  for (const [tool, given] of [
    ['push', { names: ['pay'], envs: ['store'], force: true }],
    ['undo', { function: 'pay', envs: ['store'] }],
    ['invoke', { function: 'pay', env: 'store' }],
  ] as const) {
    const refused = await agent.call(tool, given);
    expect([tool, refused.ok, refused.text.includes(`${closed}: protected`)]).toEqual([tool, false, true]);
  }
  expect((await agent.call('check', { envs: ['store'] })).text).toContain(`${closed}: check calls nothing`);
  expect(await agent.call('wait_until_live', { envs: ['dev'] })).toMatchObject({ value: { live: true } });
  expect(`${(await emulator.files(closed, 'pay')).get('index.js')}`).toBe(theirs);
  const narrow = await agentOf(made, ['-e', 'dev']);
  expect((await narrow.call('push', { envs: [closed] })).text).toContain('dev-1a2b3c4d5e6f7 only');
  expect(await narrow.call('push', { envs: [open] })).toMatchObject({ ok: true });
  expect(await program.stop()).toBe(0);
});

it('says of what is live where it cannot run', { timeout: 180_000 }, async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject({ pay: { 'index.js': 'exports.main = ;\n' } }, configFor(emulator));
  const made = { emulator, project, env: { TEST_TOKEN: emulator.token, TCB_WATCH_TIME_SCALE: '0.1' } };
  const program = inside(['watch', '--json'], { cwd: project.folder, env: made.env });
  await program.waitForLive([['pay', 'dev']]);
  const agent = await agentOf(made);
  expect(await agent.call('wait_until_live')).toMatchObject({
    value: { live: true, note: expect.stringContaining('cannot run') },
  });
  expect(await agent.call('why', { function: 'pay' })).toMatchObject({
    value: {
      targets: [
        {
          state: 'live',
          hint: expect.any(String),
          untrusted: { detail: expect.stringContaining('index.js:1:16') },
        },
      ],
    },
  });
  await project.write('functions/pay/index.js', 'exports.main = () => 1;\n');
  expect(await agent.call('wait_until_live')).toMatchObject({
    value: { live: true, note: 'nothing more is under way' },
  });
  expect(await agent.call('why', { function: 'pay' })).toMatchObject({ value: { targets: [] } });
  expect(await program.stop()).toBe(0);
});

it('says that the time is over, and that more may come', { timeout: 180_000 }, async () => {
  const made = await scene();
  const daemon = await daemonOf(made);
  const agent = await agentOf(made);
  made.emulator.faults.add({ call: 'batchuploadscfcode', hold: true });
  await made.project.write('functions/pay/index.ts', source('2'));
  const late = { ok: false, value: { live: false, note: expect.stringContaining('time is over') } };
  const both = { names: ['pay'], envs: ['dev', 'test'] };
  expect(await agent.call('wait_until_live', { ...both, seconds: 1 })).toMatchObject(late);
  made.emulator.faults.clear();
  made.emulator.release();
  expect(await agent.call('wait_until_live', both)).toMatchObject({ value: { live: true } });
  expect(await daemon.stop()).toBe(0);
});

it('sends once where a tool is called twice at the same time', { timeout: 180_000 }, async () => {
  const made = await scene();
  const agent = await agentOf(made);
  const both = { names: ['pay'], envs: ['dev', 'test'] };
  const begun = await Promise.all([agent.call('push', both), agent.call('push', both)]);
  expect(begun).toMatchObject([{ value: { begun: true } }, { value: { begun: true } }]);
  expect(await agent.call('wait_until_live', both)).toMatchObject({ value: { live: true } });
});

it('takes no option for a name, no environment besides its own, and cuts what comes from outside', async () => {
  const made = await scene();
  const long = 'x'.repeat(20_000);
  await made.emulator.deploy('dev', 'pay', { 'index.js': `exports.main = async () => "${long}";` });
  const agent = await agentOf(made, ['-e', 'dev']);
  expect((await agent.call('push', { names: ['--yes'] })).ok).toBe(false);
  const other = await agent.call('invoke', { function: 'pay', env: 'test' });
  expect([other.ok, other.text.includes('dev only')]).toEqual([false, true]);
  expect((await agent.call('push', { force: true })).text).toContain('needs the names');
  const nobody = await agent.call('invoke', { function: 'nobody', env: 'dev' });
  // A command's message may quote the cloud, or names of a project that nobody knows.
  expect(nobody.text).toMatch(/untrusted.*messages.*nobody/);
  const { text } = await agent.call('invoke', { function: 'pay', env: 'dev' });
  expect(/(x+)… \((\d+) more characters\)/.exec(text)?.slice(1)).toEqual([
    'x'.repeat(8191),
    `${20_002 - 8192}`,
  ]);
  const reader = await agentOf(made, ['--read-only']);
  expect(reader.tools).toEqual(['diff', 'doctor', 'history', 'status', 'wait_until_live', 'why']);
  expect(agent.tools).toEqual([...reader.tools, 'check', 'invoke', 'push', 'undo'].sort());
});

it('writes nothing but the protocol to stdout, and ends with stdin', { timeout: 180_000 }, async () => {
  const made = await scene();
  const child = spawn(process.execPath, [programFile, 'mcp'], {
    ...{ cwd: made.project.folder, env: { ...process.env, ...made.env } },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  const answered = (id: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (out.includes(`"id":${id}`)) resolve();
      };
      child.stdout.on('data', look);
      look();
    });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const send = (message: object): boolean =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'sh', version: '0' };
  send({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
  });
  send({ method: 'notifications/initialized' });
  for (const [id, name] of [
    [2, 'push'],
    [3, 'wait_until_live'],
    [4, 'status'],
  ] as const) {
    send({ id, method: 'tools/call', params: { name, arguments: { envs: ['dev', 'test'] } } });
    await answered(id);
  }
  child.stdin.end();
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  const lines = out
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(lines).toEqual(lines.map(() => expect.objectContaining({ jsonrpc: '2.0' })));
});

it('ends with its input, however short that is', async () => {
  const { project, env } = await scene();
  for (const text of ['', '{"jsonrpc":"2.0","id":1,"method":"ping"}\n']) {
    const child = spawn(process.execPath, [programFile, 'mcp'], {
      cwd: project.folder,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.end(text);
    expect([text, await new Promise((resolve) => child.on('close', resolve))]).toEqual([text, 0]);
  }
});

it('names the library where it is missing', async () => {
  const folder = await temporaryFolder();
  await cp(join(repository, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(repository, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'node_modules'));
  for (const name of await readdir(join(repository, 'node_modules'))) {
    if (name.startsWith('.') || name === '@modelcontextprotocol') continue;
    await symlink(join(repository, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  }
  const child = spawn(process.execPath, [join(folder, 'dist/main.js'), 'mcp'], {
    env: { ...process.env, TCB_WATCH_LANG: 'en' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(3);
  expect([out, err]).toEqual([
    '',
    expect.stringContaining('npm install --save-dev @modelcontextprotocol/server'),
  ]);
});
