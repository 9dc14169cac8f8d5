/** A clone whose author wants a token, a file or a command out of whoever runs each command in it once. SECURITY.md has the table. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadConfig } from '../../src/functions/load.js';
import { createTrustStore } from '../../src/state/trust.js';
import { lockPlacesFor } from '../../src/system/socket.js';
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

/** Some tests start a dozen processes, or play as many command lines. */
vi.setConfig({ testTimeout: 240_000 });

const token = 'victim-token-51c0ffee77';
const onUnix = it.skipIf(process.platform === 'win32');

interface Victim {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** The trace of an attack that worked. */
  readonly ran: string;
}

async function victim(): Promise<Victim> {
  const home = await temporaryFolder();
  const env = {
    ...{ TCB_WATCH_TRUST: '', HOME: home, XDG_STATE_HOME: join(home, 'state'), TCB_WATCH_TIME_SCALE: '0.02' },
    ...{ TCB_COMPONENT_ACCESS_TOKEN: token, TEST_TOKEN: token },
  };
  return { home, env, ran: join(home, 'ran') };
}

const looks: readonly (readonly string[])[] = [
  ['doctor'],
  ['status'],
  ['status', '--files', 'pay'],
  ['push', '--dry-run', '--json'],
  ['history', 'pay'],
  ['diff', 'pay', '-e', 'dev'],
  ['trust', '--list'],
  ['stop'],
];

type Play = (
  project: Project,
  env: Victim['env'],
  ...all: (readonly string[])[]
) => Promise<readonly Played[]>;

const playBy =
  (how: (...of: Parameters<typeof inside>) => Played): Play =>
  (project, env, ...all) =>
    Promise.all(
      all.map(async (args) => {
        const program = how(args, { cwd: project.folder, env, plain: true });
        await program.exit;
        return program;
      }),
    );

const play = playBy(run);
/** Where many files or names are tried, and none of them is there for a process. */
const playInside = playBy(inside);

const said = (programs: readonly Played[]): string =>
  programs.map((program) => program.stdout() + program.stderr()).join('\n');

/** Counts the connections that reach it. */
async function listener(): Promise<{ readonly url: string; readonly met: () => number }> {
  let met = 0;
  const server = createServer((_, response) => void response.end('{}'));
  server.on('connection', () => {
    met += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, met: () => met };
}

describe('agreement', () => {
  it('cannot be planted in the project, nor given by its variables', async () => {
    const { env, ran } = await victim();
    const hooks = { afterLive: `echo ran > ${ran}` };
    const emulator = await runEmulator({ envs: ['dev'], token });
    const project = await makeProject({ pay: entry('1') }, { ...configFor(emulator), hooks });
    // A real agreement to exactly this.
    const loaded = await loadConfig({ from: project.folder, environment: env });
    if (!loaded.ok) throw new Error('broken');
    const planted = createTrustStore({ XDG_STATE_HOME: join(project.folder, 'state') });
    expect(await planted.agree(join(project.folder, 'watch.config.json'), loaded.risks)).toBeNull();
    const text = await readFile(planted.file, 'utf8');
    for (const place of ['.tcb-watch/trust.json', '.local/state/tcb-watch/trust.json', 'trust.json'])
      await project.write(place, text);
    await project.write(
      '.env',
      `TCB_WATCH_TRUST=1\nXDG_STATE_HOME=${join(project.folder, 'state')}\nHOME=${project.folder}\n`,
    );
    const [push] = await play(project, env, ['push', '--yes', '--force']);
    expect((await push?.exit)?.code).toBe(3);
    expect(existsSync(ran)).toBe(false);
  });

  it('is asked for again where a reload brings a build', async () => {
    const { env, ran } = await victim();
    const emulator = await runEmulator({ envs: ['dev'], token });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    const program = run(['watch', '--trust', '--yes', '--json'], { cwd: project.folder, env });
    await program.waitFor(({ event }) => event === 'watching');
    const build = { command: `echo ran > ${ran}`, output: 'dist' };
    await project.configure({ ...configFor(emulator), functions: { pay: { build } } });
    await program.waitFor(({ event, state }) => event === 'config' && state === 'invalid');
    await project.write('functions/pay/index.js', entry('2')['index.js'] ?? '');
    await program.waitForLive([['pay', 'dev']]);
    expect(await program.stop()).toBe(0);
    expect(existsSync(ran)).toBe(false);
  });
});

describe('code of the clone', () => {
  onUnix('is not run by git, by esbuild’s or other tools’ files, or for a look', async () => {
    const { env, ran } = await victim();
    const emulator = await runEmulator({ envs: ['dev'], token });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    const git = (...args: string[]): void => {
      execFileSync('git', ['-C', project.folder, '-c', 'user.name=x', '-c', 'user.email=x@x', ...args], {
        stdio: 'ignore',
      });
    };
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'x', '--no-verify');
    const script = join(project.folder, 'evil.sh');
    await writeFile(script, `#!/bin/sh\necho ran >> ${ran}\n`);
    await chmod(script, 0o755);
    for (const key of [
      'core.fsmonitor',
      'core.pager',
      'diff.external',
      'core.sshCommand',
      'core.editor',
      'filter.x.clean',
      'filter.x.process',
      'diff.x.textconv',
      'alias.status',
      'credential.helper',
    ])
      git('config', key, script);
    git('config', 'core.hooksPath', project.folder);
    await project.write('.gitattributes', '* filter=x diff=x\n');
    for (const hook of ['post-index-change', 'post-checkout', 'fsmonitor-watchman'])
      execFileSync('cp', [script, join(project.folder, hook)]);
    const js = `require('node:fs').writeFileSync(${JSON.stringify(ran)}, 'js'); module.exports = {};`;
    for (const name of [
      'cloudbaserc.js',
      '.pnp.cjs',
      'esbuild.config.js',
      'node_modules/git/index.js',
      'functions/pay/node_modules/esbuild/index.js',
      'functions/pay/.tcbignore.js',
    ])
      await project.write(name, js);
    await project.write(
      'package.json',
      JSON.stringify({ scripts: { prestart: script }, cloudbase: { hooks: script } }),
    );
    await writeFile(join(project.folder, 'git'), await readFile(script));
    await chmod(join(project.folder, 'git'), 0o755);
    await play(project, env, ['push', '--json']);
    await project.write('functions/pay/index.js', entry('2')['index.js'] ?? '');
    await Promise.all([
      play(project, env, ['push'], ['doctor'], ['init', '--yes']),
      playInside(project, env, ...looks),
    ]);
    expect(uploads(emulator)).toBe(2);
    expect(existsSync(ran)).toBe(false);
  });

  it('gets no folder of ours elsewhere by the name of a function', async () => {
    const { env, home } = await victim();
    await mkdir(join(home, 'precious'));
    await writeFile(join(home, 'precious', 'kept.txt'), 'kept');
    const emulator = await runEmulator({ envs: ['dev'], token });
    for (const name of [
      '../../precious',
      '../../../../../../../../tmp/x',
      '__proto__',
      'constructor',
      '.',
      '..',
      'a/b',
      'C:evil',
      ' ',
    ]) {
      const functions = { [name]: { dir: 'functions/pay', build: 'esbuild' } };
      const project = await makeProject(
        { pay: { 'index.ts': 'export const main = 1;' } },
        { ...configFor(emulator), functions },
      );
      await playInside(project, { ...env, TCB_WATCH_TRUST: '1' }, ['push', '--timeout', '2']);
      expect(await readFile(join(home, 'precious', 'kept.txt'), 'utf8')).toBe('kept');
      const made = (await readdir(project.folder)).sort();
      expect([name, made]).toEqual([name, ['.tcb-watch', 'functions', 'watch.config.json']]);
      for (const place of [join(project.folder, '../precious'), '/tmp/x/index.js', '/evil'])
        expect([name, existsSync(place)]).toEqual([name, false]);
      // A word of JavaScript that is also a name like any other.
      const sent = emulator.functions('dev').map((fn) => fn.name);
      expect(sent.filter((each) => each !== 'constructor')).toEqual([]);
    }
  });
});

describe('files', () => {
  onUnix('a link to a file of the user shows nothing of it', async () => {
    const { env, home } = await victim();
    const secret = 'aws_secret_access_key=wJalrXUtnFEMI/K7MDENG';
    await writeFile(join(home, 'credentials'), `[default]\n${secret}\n"broken": {\n`);
    for (const name of [
      'watch.config.json',
      '.env',
      '.tcbignore',
      'functions/.tcbignore',
      'functions/pay/config.json',
      'functions/pay/package.json',
      'project.config.json',
      'cloudbaserc.json',
      '.tcb-watch/ledger.json',
      '.tcb-watch/history/pay.json',
      'functions/pay/events.json',
    ]) {
      const emulator = await runEmulator({ envs: ['dev'], token });
      const project = await makeProject({ pay: entry('1') }, configFor(emulator));
      await mkdir(dirname(join(project.folder, name)), { recursive: true });
      await project.remove(name);
      await symlink(join(home, 'credentials'), join(project.folder, name));
      const programs = await playInside(project, env, ['push', '--timeout', '2'], ['doctor']);
      expect([name, said(programs)]).not.toEqual([name, expect.stringContaining('wJalr')]);
      expect(await readFile(join(home, 'credentials'), 'utf8')).toContain(secret);
      for (const content of (
        await emulator.files('dev', 'pay').catch(() => new Map<string, Buffer>())
      ).values())
        expect(content.toString()).not.toContain('wJalr');
    }
  });

  onUnix('a pipe keeps no command waiting', async () => {
    const { env } = await victim();
    const emulator = await runEmulator({ envs: ['dev'], token });
    for (const name of [
      'watch.config.json',
      '.env',
      'functions/pay/.tcbignore',
      'functions/pay/x.js',
      'functions/pay/config.json',
      '.tcb-watch/log',
      '.tcb-watch/ledger.json',
      '.tcb-watch/daemon.lock',
    ]) {
      const project = await makeProject({ pay: entry('1') }, configFor(emulator));
      await mkdir(dirname(join(project.folder, name)), { recursive: true });
      await project.remove(name);
      execFileSync('mkfifo', [join(project.folder, name)]);
      const programs = await playInside(project, env, ['push', '--timeout', '3'], ['doctor']);
      for (const { exit } of programs) expect((await exit).code).toEqual(expect.any(Number));
    }
  });

  it('a history and a store that the clone brings along lead nowhere else', async () => {
    const { env, home } = await victim();
    await mkdir(join(home, 'precious'));
    await writeFile(join(home, 'precious', 'kept.txt'), 'kept');
    const emulator = await runEmulator({ envs: ['dev'], token });
    for (const name of [
      'history',
      'history/objects',
      'history/ab',
      'emulator',
      'emulator/dev',
      'emulator/dev/pay',
      'builds',
      'builds/pay',
    ]) {
      const project = await makeProject({ pay: entry('1') }, configFor(emulator));
      await mkdir(dirname(join(project.folder, '.tcb-watch', name)), { recursive: true });
      await symlink(join(home, 'precious'), join(project.folder, '.tcb-watch', name));
      const more =
        name === 'history'
          ? [
              ['history', 'pay'],
              ['invoke', 'pay', '-e', 'dev'],
            ]
          : [];
      const programs = await playInside(project, env, ['push'], ...more);
      for (const { exit } of programs) expect([name, (await exit).code]).toEqual([name, 3]);
      expect(await readdir(join(home, 'precious'))).toEqual(['kept.txt']);
    }
  });

  it.skipIf(process.getuid?.() !== 0)(
    'another user cannot sit in the place of the lock (needs root)',
    async () => {
      const { env } = await victim();
      const emulator = await runEmulator({ envs: ['dev'], token });
      const project = await makeProject({ pay: entry('1') }, configFor(emulator));
      await mkdir(join(project.folder, '.tcb-watch/daemon.lock'), { recursive: true });
      const place = lockPlacesFor(join(project.folder, '.tcb-watch')).at(-1) ?? '';
      await mkdir(dirname(place), { mode: 0o777 });
      onTestFinished(async () => {
        execFileSync('rm', ['-r', dirname(place)]);
      });
      await chown(dirname(place), 4321, 4321);
      const [push] = await play(project, env, ['push']);
      expect((await push?.exit)?.code).toBe(0);
      expect(await readdir(dirname(place))).toEqual([]);
    },
  );
});

describe('the token', () => {
  it('goes to no host but the vendor’s, however it is written', async () => {
    const { env } = await victim();
    for (const endpoint of [
      'https://api.weixin.qq.com.evil.example',
      'https://api.weixin.qq.com:8443',
      'https://\u0430pi.weixin.qq.com',
      'https://evil.example\\@api.weixin.qq.com',
      'https://api.weixin.qq.com\u3002evil.example',
      'https://127.0.0.1.evil.example',
      'https://[::ffff:1.2.3.4]',
      'https://0x7f.1.evil.example',
    ]) {
      const project = await makeProject({ pay: entry('1') }, { envs: ['dev'], endpoint });
      const programs = await playInside(project, env, ['push', '--yes'], ['doctor']);
      expect([endpoint, (await programs[0]?.exit)?.code]).toEqual([endpoint, 3]);
      const host = new URL(endpoint).host;
      expect([endpoint, said(programs)]).toEqual([endpoint, expect.stringContaining(host)]);
    }
  });

  it('does not go through a proxy, or past a certificate, that the clone’s variables name', async () => {
    const { env } = await victim();
    const trap = await listener();
    const emulator = await runEmulator({ envs: ['dev'], token });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    await project.write(
      '.env',
      `HTTPS_PROXY=${trap.url}\nHTTP_PROXY=${trap.url}\nALL_PROXY=${trap.url}\nNODE_TLS_REJECT_UNAUTHORIZED=0\nNODE_OPTIONS=--require ./evil.js\nNODE_EXTRA_CA_CERTS=ca.pem\n`,
    );
    await project.configure({ envs: ['dev'] });
    const programs = await play(project, env, ['push', '--timeout', '1'], ['doctor']);
    expect(said(programs)).not.toContain(token);
    expect(trap.met()).toBe(0);
  });
});

describe('the terminal', () => {
  onUnix('is moved by no name, output, answer or message', async () => {
    const { env } = await victim();
    const acts = '\u001b]0;pwned\u0007\u001b[2J\u009b1A\u202e';
    const emulator = await runEmulator({ envs: ['dev'], token });
    const code = `exports.main = async () => { console.log(${JSON.stringify(acts)}); return { x: ${JSON.stringify(acts)} }; };\n`;
    const project = await makeProject(
      { pay: { 'index.js': code, [`a${acts}.js`]: '' } },
      configFor(emulator),
    );
    await mkdir(join(project.folder, 'functions', `fn${acts}`));
    await writeFile(join(project.folder, 'functions', `fn${acts}`, 'index.js'), '');
    const programs = [...(await play(project, env, ['push', '--verbose']))];
    const invoke = ['invoke', 'pay', '-e', 'dev'];
    programs.push(...(await play(project, env, invoke, [...invoke, '--json'], ['status'])));
    programs.push(...(await playInside(project, env, ...looks)));
    emulator.faults.add({ call: 'batchuploadscfcode', errcode: 77_777, errmsg: acts });
    emulator.faults.add({ call: 'getscflist', errcode: 77_777, errmsg: acts });
    programs.push(
      ...(await play(
        project,
        env,
        ['push', '--force', '--timeout', '1'],
        ['push', '--force', '--timeout', '1', '--json'],
        ['doctor', '--json'],
      )),
    );
    const acting = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;
    for (const program of programs)
      expect(acting.exec(program.stdout() + program.stderr())?.[0]).toBeUndefined();
    expect(said(programs)).toContain('\\u001b]0;pwned\\u0007');
    expect(acting.test(await readFile(join(project.folder, '.tcb-watch/log'), 'utf8'))).toBe(false);
  });
});

it('files that make a parser slow or huge end in words, soon', async () => {
  const { env } = await victim();
  const emulator = await runEmulator({ envs: ['dev'], token });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  const laughs = `a: &a [x]\n${'bcdefghij'
    .split('')
    .map((key, at) => `${key}: &${key} [${Array(10).fill(`*${'abcdefghi'[at]}`).join()}]`)
    .join('\n')}\n`;
  await project.write('cloudbaserc.yaml', laughs);
  await project.write('project.config.json', `${'['.repeat(100_000)}`);
  await project.write('functions/pay/package.json', `{"main":${'['.repeat(50_000)}`);
  const programs = await play(project, env, ['init', '--yes'], ['doctor'], ['push', '--timeout', '3']);
  expect(said(programs)).not.toMatch(/RangeError|heap|at .*\.js:\d+/);
});
