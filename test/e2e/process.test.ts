/** The surroundings of the program: output that cannot be written, input that ends, few open files, long paths, a folder that is none. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  configFor,
  entry,
  makeProject,
  type Project,
  programFile,
  run,
  runEmulator,
  runWith,
  temporaryFolder,
} from '../support/rig.js';

async function project(): Promise<{ emulator: Awaited<ReturnType<typeof runEmulator>>; made: Project }> {
  const emulator = await runEmulator({ envs: ['dev'] });
  return { emulator, made: await makeProject({ pay: entry('1') }, configFor(emulator)) };
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a line of sh, in which `$TCB` is the program. */
function shell(line: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn('sh', ['-c', line], {
    cwd,
    env: { ...process.env, TCB_WATCH_LANG: 'en', TCB: `${process.execPath} ${programFile}`, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const posix = process.platform !== 'win32';

describe.runIf(existsSync('/dev/full'))('output that cannot be written', () => {
  it.each(['push --json', 'push --plain', 'status', 'doctor --json', '--help'])(
    '%s > /dev/full says so and ends with 6',
    async (command) => {
      const { emulator, made } = await project();
      const ended = await shell(`$TCB ${command} > /dev/full`, made.folder, { TEST_TOKEN: emulator.token });
      expect(ended.err).toContain('tcb-watch: stdout cannot be written (ENOSPC).');
      expect(ended.err).not.toMatch(/^ +at /m);
      expect(ended.code).toBe(6);
    },
  );

  it('a reader that goes away is no mistake', async () => {
    const { emulator, made } = await project();
    const ended = await shell('$TCB push --json | true', made.folder, { TEST_TOKEN: emulator.token });
    expect(ended.err).not.toContain('cannot be written');
  });
});

describe('--stdin-ends', () => {
  it('ends watch as an interrupt does', async () => {
    const { emulator, made } = await project();
    const child = spawn(process.execPath, [programFile, '--json', '--stdin-ends'], {
      cwd: made.folder,
      env: { ...process.env, TEST_TOKEN: emulator.token },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = new Promise((resolve) => child.on('close', resolve));
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.includes('"event":"watching"')) child.stdin.end();
    });
    expect(await ended).toBe(0);
    const last: unknown = JSON.parse(out.trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ event: 'stopped', code: 0 });
  });

  it('without it the end of stdin ends nothing', async () => {
    const { emulator, made } = await project();
    // The rig's stdin is at its end from the beginning.
    const program = runWith(emulator, made, ['watch']);
    await program.waitFor((seen) => seen.event === 'watching');
    await program.waitForLive([['pay', 'dev']]);
    expect(await program.stop()).toBe(0);
  });
});

it('tcb-watch stop ends a running watch, which says what is left', async () => {
  const { emulator, made } = await project();
  const program = runWith(emulator, made, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  const stop = run(['stop'], { cwd: made.root, plain: true, env: { TEST_TOKEN: emulator.token } });
  expect((await stop.exit).code).toBe(0);
  expect(stop.stderr()).toContain(`process ${program.pid} has ended.`);
  expect((await program.exit).code).toBe(0);
  expect(program.events.at(-1)).toMatchObject({ event: 'stopped', code: 0 });
});

it.runIf(posix)('few open files: a sentence and 6, or the work is done', async () => {
  const { emulator, made } = await project();
  const ended = await shell('ulimit -n 40; $TCB push --json', made.folder, { TEST_TOKEN: emulator.token });
  expect(ended.err).not.toMatch(/^ +at /m);
  if (ended.code !== 0) {
    expect(ended.code).toBe(6);
    expect(ended.err).toContain('ulimit -n');
  }
});

it.runIf(posix)(
  'a project and a TMPDIR with long names: the running program is found all the same',
  async () => {
    const { emulator, made } = await project();
    const long = join(made.folder, 'p'.repeat(60), 'q'.repeat(60));
    mkdirSync(join(long, 'functions', 'pay'), { recursive: true });
    await made.write(`${'p'.repeat(60)}/${'q'.repeat(60)}/functions/pay/index.js`, 'exports.main = 1;\n');
    const config = JSON.stringify({ functionsRoot: 'functions', ...configFor(emulator) });
    await made.write(`${'p'.repeat(60)}/${'q'.repeat(60)}/watch.config.json`, config);
    const temporary = join(await temporaryFolder(), 't'.repeat(100));
    mkdirSync(temporary);
    const env = { TEST_TOKEN: emulator.token, TMPDIR: temporary };
    const program = run(['watch', '--json'], { cwd: long, env });
    await program.waitFor((seen) => seen.event === 'watching');
    expect(program.events.filter((seen) => seen.event === 'notice')).toEqual([]);
    await program.waitForLive([['pay', 'dev']]);
    const status = run(['status', '--json'], { cwd: long, env });
    expect((await status.exit).code).toBe(0);
    expect(status.events[0]).toMatchObject({ event: 'target', daemon: { pid: program.pid } });
    expect(await program.stop()).toBe(0);
  },
);

it('from a subfolder the same project is meant, and a path from there', async () => {
  const { emulator, made } = await project();
  const program = run(['push', './pay', '--json'], { cwd: made.root, env: { TEST_TOKEN: emulator.token } });
  expect((await program.exit).code).toBe(0);
  expect(program.events[0]).toMatchObject({ event: 'started', functions: ['pay'] });
});

it('a .tcb-watch that cannot be made is reported once, whatever could not be written into it', async () => {
  const { emulator, made } = await project();
  await made.write('.tcb-watch', 'a file');
  const program = runWith(emulator, made, ['push']);
  expect((await program.exit).code).toBe(0);
  const notices = program.events.filter((seen) => seen.event === 'notice');
  expect(notices.map((seen) => seen['kind'])).toEqual(['state-folder']);
  const doctor = runWith(emulator, made, ['doctor']);
  expect((await doctor.exit).code).toBe(6);
  const checks = doctor.events.filter((seen) => seen['ok'] === false);
  expect(checks).toHaveLength(1);
  expect(checks[0]?.['detail']).toContain('.tcb-watch');
});
