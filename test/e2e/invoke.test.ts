/** `tcb-watch invoke`: the code that runs is the code that was uploaded. */
import { spawn } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { attach, breakAtSource } from '../support/debugger.js';
import { freePort } from '../support/free-port.js';
import { inside } from '../support/inside.js';
import { configFor, makeProject, type Project, programFile, run, runEmulator } from '../support/rig.js';

const esbuildFolder = fileURLToPath(new URL('../../node_modules/esbuild', import.meta.url));

const greet = {
  'index.js': `exports.main = async (event) => {
    console.log('asked by', event.name);
    if (event.fail) throw new Error('no such guest');
    return { text: 'hello ' + event.name, version: 1 };
  };\n`,
};

async function deployed(envs: readonly string[]): Promise<{ emulator: Emulator; project: Project }> {
  const emulator = await runEmulator({ envs });
  for (const env of envs) await emulator.deploy(env, 'greet', greet);
  const project = await makeProject({ greet }, configFor(emulator));
  return { emulator, project };
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function invoke(project: Project, emulator: Emulator | null, args: readonly string[]): Promise<Ended> {
  const env: Record<string, string> = emulator === null ? {} : { TEST_TOKEN: emulator.token };
  const program = inside(['invoke', ...args], { cwd: project.folder, env, plain: true });
  const { code } = await program.exit;
  return { code, out: program.stdout(), err: program.stderr() };
}

describe('with one environment', () => {
  it('prints what the function returns, and what it printed on stderr', async () => {
    const { emulator, project } = await deployed(['dev']);
    const { code, out, err } = await invoke(project, emulator, ['greet', '{"name":"Li"}']);
    expect(JSON.parse(out)).toEqual({ text: 'hello Li', version: 1 });
    expect(err).toContain('asked by Li');
    expect(code).toBe(0);
  });

  it('prints one line with --json', async () => {
    const { emulator, project } = await deployed(['dev']);
    const { code, out } = await invoke(project, emulator, ['greet', '{"name":"Li"}', '--json']);
    expect(out.trim().split('\n').length).toBe(1);
    expect(JSON.parse(out)).toEqual({
      v: 1,
      at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      event: 'result',
      function: 'greet',
      env: 'dev',
      result: { text: 'hello Li', version: 1 },
      logs: ['asked by Li'],
      ms: expect.any(Number),
    });
    expect(code).toBe(0);
  });

  it('reads the event from stdin with -', async () => {
    const { emulator, project } = await deployed(['dev']);
    const child = spawn(process.execPath, [programFile, 'invoke', 'greet', '-'], {
      cwd: project.folder,
      env: { ...process.env, TEST_TOKEN: emulator.token },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stdin.end('{"name":"Wang"}');
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, JSON.parse(out)]).toEqual([0, { text: 'hello Wang', version: 1 }]);
  });

  it.each([
    ['code that throws', ['greet', '{"name":"Li","fail":true}'], 5, 'no such guest'],
    ['a function that is not there', ['nobody'], 4, 'nobody'],
    ['an environment that is not configured', ['greet', '-e', 'prod'], 4, 'prod'],
    ['an event that is not JSON', ['greet', '{name}'], 3, 'JSON'],
    ['no name', [], 3, 'name'],
  ])('%s', async (_, args, expected, text) => {
    const { emulator, project } = await deployed(['dev']);
    const { code, out, err } = await invoke(project, emulator, [...args, '--json']);
    expect(err).toContain(text);
    expect([code, out]).toEqual([expected, '']);
  });

  it('shows what code printed before it threw', async () => {
    const { emulator, project } = await deployed(['dev']);
    const { err } = await invoke(project, emulator, ['greet', '{"name":"Li","fail":true}']);
    expect(err).toContain('asked by Li');
  });

  it('exits 2 with the problem where there is no token, or one that the cloud refuses', async () => {
    const { emulator, project } = await deployed(['dev']);
    const none = await invoke(project, null, ['greet']);
    expect([none.code, none.err.includes('TEST_TOKEN')]).toEqual([2, true]);
    const { token } = emulator;
    emulator.rotateToken();
    const program = inside(['invoke', 'greet'], {
      cwd: project.folder,
      env: { TEST_TOKEN: token },
      plain: true,
    });
    expect((await program.exit).code).toBe(2);
    expect(program.stderr()).toContain('40001');
  });

  it('exits 5 where a gateway answers', async () => {
    const { emulator, project } = await deployed(['dev']);
    emulator.faults.add({ call: 'invokecloudfunction', status: 502, body: '<html>Bad Gateway</html>' });
    const { code, err } = await invoke(project, emulator, ['greet']);
    expect([code, err.includes('Bad Gateway')]).toEqual([5, true]);
  });
});

describe('with several environments', () => {
  it('names them and exits 3, and asks only the one chosen', async () => {
    const { emulator, project } = await deployed(['dev', 'test']);
    const { code, out, err } = await invoke(project, emulator, ['greet']);
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('dev, test');
    expect((await invoke(project, emulator, ['greet', '-e', 'test'])).code).toBe(0);
    expect(emulator.counts().invokecloudfunction).toBe(1);
  });
});

/** Resolves when a call that nobody debugs, and that begins now, has run into the limit of functions. */
async function limitReached(): Promise<void> {
  const emulator = await runEmulator({ envs: ['dev'] });
  const endless = 'exports.main = () => new Promise(() => setInterval(() => undefined, 1000));\n';
  await emulator.deploy('dev', 'endless', { 'index.js': endless });
  const query = new URLSearchParams({ access_token: emulator.token, env: 'dev', name: 'endless' });
  const answer = await fetch(`${emulator.url}/tcb/invokecloudfunction?${query}`, {
    method: 'POST',
    body: '{}',
  });
  expect(await answer.json()).toMatchObject({ errcode: -504_003 });
}

describe('under a debugger', () => {
  const code = 'exports.main = async (event) => {\n  const twice = event.n * 2;\n  return twice;\n};\n';
  const config = { envs: ['dev'], endpoint: 'emulator', debounceMs: 50 };

  it.each([
    ['with nothing running', false],
    ['in the daemon’s emulator', true],
  ])('pauses where it is told to, longer than any limit, %s', { timeout: 180_000 }, async (_, watches) => {
    const project = await makeProject({ twice: { 'index.js': code } }, config);
    const daemon = run([watches ? 'watch' : 'push', '--json'], { cwd: project.folder });
    await daemon.waitForLive([['twice', 'dev']]);
    if (!watches) await daemon.exit;
    const port = await freePort();
    const asking = ['invoke', 'twice', '{"n":21}', '--inspect', String(port)];
    const program = inside(asking, { cwd: project.folder, plain: true });
    await program.waitForText('waits for a debugger');
    const client = await attach(port);
    await client.ask('Debugger.enable');
    const file = join(project.folder, '.tcb-watch/emulator/.run/dev/twice/index.js');
    await client.ask('Debugger.setBreakpointByUrl', { url: pathToFileURL(file).href, lineNumber: 2 });
    await client.ask('Runtime.runIfWaitingForDebugger');
    await client.paused();
    await limitReached();
    await client.ask('Debugger.resume');
    expect([(await program.exit).code, program.stdout()]).toEqual([0, '42\n']);
    if (watches) expect((await invoke(project, null, ['twice', '{"n":1}'])).out).toBe('2\n');
  });

  it('pauses in the source that esbuild bundled, by its file and line', { timeout: 180_000 }, async () => {
    const half =
      'export const half = (value: number): number => {\n  const halved = value / 2;\n  return halved;\n};\n';
    const index =
      "import { half } from './lib/half';\nexport const main = async (event: { n: number }) => half(event.n);\n";
    const files = { 'index.ts': index, 'lib/half.ts': half };
    const built = { ...config, functions: { halves: { build: 'esbuild' } } };
    const project = await makeProject({ halves: files }, built);
    await mkdir(join(project.folder, 'node_modules'));
    await symlink(esbuildFolder, join(project.folder, 'node_modules/esbuild'), 'junction');
    expect((await run(['push', '--json', '--trust'], { cwd: project.folder }).exit).code).toBe(0);
    const port = await freePort();
    const asking = ['invoke', 'halves', '{"n":42}', '--trust', '--inspect', String(port)];
    const program = inside(asking, { cwd: project.folder, plain: true });
    await program.waitForText('waits for a debugger');
    const client = await attach(port);
    await client.ask('Debugger.enable');
    const source = join(project.folder, 'functions/halves/lib/half.ts');
    const output = join(project.folder, '.tcb-watch/emulator/.run/dev/halves/index.js');
    await breakAtSource(client, { source, line: 3, output });
    await client.ask('Runtime.runIfWaitingForDebugger');
    const { callFrames } = await client.paused();
    const [frame] = Array.isArray(callFrames) ? callFrames : [];
    const { callFrameId } = Object(frame);
    const halved = await client.ask('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'halved' });
    expect(halved).toMatchObject({ result: { result: { value: 21 } } });
    await client.ask('Debugger.resume');
    expect([(await program.exit).code, program.stdout()]).toEqual([0, '21\n']);
  });

  it('is refused for another cloud, and at a port that is taken', async () => {
    const { emulator, project } = await deployed(['dev']);
    const { port } = new URL(emulator.url);
    const other = await invoke(project, emulator, ['greet', '--inspect', port]);
    expect([other.code, other.err.includes('--endpoint emulator')]).toEqual([3, true]);
    const own = await makeProject({ greet }, config);
    const taken = await invoke(own, null, ['greet', '--inspect', port]);
    expect([taken.code, taken.err.includes('EADDRINUSE')]).toEqual([3, true]);
  });
});

describe('with the embedded emulator', () => {
  const version = (number: number): Readonly<Record<string, string>> => ({
    'index.js': `exports.main = async () => ${number};\n`,
  });
  const config = { envs: ['dev', 'test'], endpoint: 'emulator', debounceMs: 50 };

  it('runs what push has uploaded, with nothing running', async () => {
    const project = await makeProject({ count: version(1) }, config);
    expect((await inside(['push', '--json'], { cwd: project.folder }).exit).code).toBe(0);
    expect(await invoke(project, null, ['count', '-e', 'dev'])).toMatchObject({ code: 0, out: '1\n' });
  });

  it('meets the daemon’s own emulator, and proves that a save is what runs', async () => {
    const project = await makeProject({ count: version(1) }, config);
    const program = inside(['watch', '--json'], { cwd: project.folder });
    await program.waitFor((seen) => seen.event === 'watching');
    await program.waitForLive([['count', 'test']]);
    expect((await invoke(project, null, ['count', '-e', 'test'])).out).toBe('1\n');
    const from = program.events.length;
    await project.write('functions/count/index.js', version(2)['index.js'] ?? '');
    await program.waitForLive([['count', 'test']], from);
    expect((await invoke(project, null, ['count', '-e', 'test'])).out).toBe('2\n');
    expect(await program.stop()).toBe(0);
  });
});

it('is one of the commands that --help shows', async () => {
  const { project } = await deployed(['dev']);
  const program = inside(['--help'], { cwd: project.folder, plain: true });
  expect((await program.exit).code).toBe(0);
  expect(program.stdout()).toMatch(/invoke .*<name> \[json\]/);
});
