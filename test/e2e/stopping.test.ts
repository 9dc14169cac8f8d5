/** Every way to end the program, and what must not be left behind. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { insideWith } from '../support/inside.js';
import {
  configFor,
  entry,
  makeProject,
  type Program,
  type Project,
  programFile,
  run,
  runEmulator,
  runWith,
  uploads,
} from '../support/rig.js';

const envs = ['dev', 'test'];
const quick = { TCB_WATCH_TIME_SCALE: '0.4' };
const windows = process.platform === 'win32';

interface Scene {
  readonly emulator: Emulator;
  readonly project: Project;
}

async function scene(): Promise<Scene> {
  const emulator = await runEmulator({ envs });
  return {
    emulator,
    project: await makeProject({ login: entry('1'), pay: entry('1') }, configFor(emulator)),
  };
}

const everyTarget = ['login', 'pay'].flatMap((name) => envs.map((env) => [name, env] as const));

async function watching({ emulator, project }: Scene): Promise<Program> {
  const program = runWith(emulator, project, ['watch'], quick);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(everyTarget);
  return program;
}

/** With plain lines, whose stderr says when an interrupt has arrived. */
async function watchingPlain({ emulator, project }: Scene): Promise<Program> {
  const env = { ...quick, TEST_TOKEN: emulator.token };
  const program = run(['watch'], { cwd: project.folder, env, plain: true });
  await program.waitForText('watching');
  await emulator.waitFor(async () =>
    (await Promise.all(everyTarget.map(([name, env]) => emulator.files(env, name)))).every(
      (files) => files.size > 0,
    ),
  );
  return program;
}

/** The files that may be left once nothing runs: the ledger, the log, and what keeps them out of git. */
const lasting = ['history', 'answers', '.gitignore', 'files.json', 'ledger.json', 'log'];

async function expectClean(project: Project): Promise<void> {
  const left = await readdir(join(project.folder, '.tcb-watch'));
  expect(left.filter((name) => !lasting.includes(name))).toEqual([]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A killed orphan may wait for its new parent to take note of it.
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The process id that the token's command has written. */
async function pidIn(project: Project): Promise<number> {
  for (;;) {
    const text = await readFile(join(project.folder, 'pid.txt'), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
  }
}

describe.skipIf(windows)('the first interrupt', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends with 0 and leaves nothing', async (name) => {
    const place = await scene();
    const program = await watching(place);
    program.signal(name);
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.events.at(-1)).toMatchObject({ event: 'stopped', code: 0, pending: [] });
    await expectClean(place.project);
  });

  it('lets the upload in flight end, and remembers what it did', async () => {
    const place = await scene();
    const program = await watchingPlain(place);
    place.emulator.faults.add({ call: 'batchuploadscfcode', times: 1, hold: true });
    await place.project.write('functions/pay/index.js', 'exports.main = 2;\n');
    await place.emulator.waitFor(() => place.emulator.held().length > 0);
    program.signal('SIGINT');
    await program.waitForText('Stopping');
    const before = uploads(place.emulator);
    place.emulator.release();
    expect((await program.exit).code).toBe(0);
    const again = insideWith(place.emulator, place.project, ['push'], quick);
    expect((await again.exit).code).toBe(0);
    expect(uploads(place.emulator)).toBe(before);
    await expectClean(place.project);
  });

  it('prints what is still waiting, and the next start takes it up', async () => {
    const place = await scene();
    const program = await watchingPlain(place);
    place.emulator.faults.add({ call: 'batchuploadscfcode', function: 'pay', errcode: -1 });
    await place.project.write('functions/pay/index.js', 'exports.main = 3;\n');
    await program.waitForText('failed');
    program.signal('SIGTERM');
    expect((await program.exit).code).toBe(0);
    expect(program.stdout()).toMatch(/\d not live:\n(?:.*\n)*.*pay +dev +waiting\n.*pay +test +waiting/);
    place.emulator.faults.clear();
    expect((await insideWith(place.emulator, place.project, ['push'], quick).exit).code).toBe(0);
  });

  it('ends the command that a token is waited from', async () => {
    const place = await scene();
    const command = 'echo $$ > pid.txt; exec sleep 300';
    await place.project.configure({ ...configFor(place.emulator), token: { command } });
    const program = runWith(place.emulator, place.project, ['watch'], quick);
    await program.waitFor((seen) => seen.event === 'watching');
    const pid = await pidIn(place.project);
    expect(isAlive(pid)).toBe(true);
    expect(await program.stop()).toBe(0);
    expect(isAlive(pid)).toBe(false);
    await expectClean(place.project);
  });
});

/** Interrupts again and again until it ends; npm hands on what the terminal sends too, so two at once count as one. */
async function insist(program: Program): Promise<{ code: number | null }> {
  const timer = setInterval(() => program.signal('SIGINT'), 150);
  const ended = await program.exit;
  clearInterval(timer);
  return ended;
}

describe.skipIf(windows)('the second interrupt', () => {
  it('ends at once with 130, and leaves nothing either', async () => {
    const place = await scene();
    const program = await watchingPlain(place);
    place.emulator.faults.add({ call: 'batchuploadscfcode', hold: true });
    await place.project.write('functions/pay/index.js', 'exports.main = 2;\n');
    await place.emulator.waitFor(() => place.emulator.held().length > 0);
    program.signal('SIGINT');
    await program.waitForText('Stopping');
    expect((await insist(program)).code).toBe(130);
    await expectClean(place.project);
    place.emulator.faults.clear();
    place.emulator.release();
    expect((await insideWith(place.emulator, place.project, ['push'], quick).exit).code).toBe(0);
  });

  it('tells `stopped` last, with what was not finished', async () => {
    const place = await scene();
    const program = await watching(place);
    place.emulator.faults.add({ call: 'batchuploadscfcode', hold: true });
    await place.project.write('functions/pay/index.js', 'exports.main = 2;\n');
    await place.emulator.waitFor(() => place.emulator.held().length > 0);
    program.signal('SIGINT');
    await program.waitForText('Stopping');
    expect((await insist(program)).code).toBe(130);
    expect(program.events.filter((seen) => seen.event === 'stopped')).toHaveLength(1);
    expect(program.events.at(-1)).toMatchObject({
      event: 'stopped',
      code: 130,
      pending: envs.map((env) => ({ function: 'pay', env, reason: 'sending' })),
    });
  });

  it('ends the command that a token is waited from, too', async () => {
    const place = await scene();
    const command = 'echo $$ > pid.txt; trap "" INT TERM HUP; sleep 300; sleep 300';
    await place.project.configure({ ...configFor(place.emulator), token: { command } });
    const program = runWith(place.emulator, place.project, ['watch'], quick);
    await program.waitFor((seen) => seen.event === 'watching');
    const pid = await pidIn(place.project);
    expect(isAlive(pid)).toBe(true);
    const { code } = await insist(program);
    expect([0, 130]).toContain(code);
    expect(isAlive(pid)).toBe(false);
  });

  it('under npm start, which hands on what the terminal sends too, two at once are one', async () => {
    const { emulator, project } = await scene();
    const program = runWith(emulator, project, ['watch'], { ...quick, npm_lifecycle_event: 'start' });
    await program.waitFor((seen) => seen.event === 'watching');
    program.signal('SIGINT');
    program.signal('SIGTERM');
    expect((await program.exit).code).toBe(0);
  });
});

describe.skipIf(windows)('a reader that goes away', () => {
  it('`| head -n 1` ends it with 0 at its next line, and leaves nothing', async () => {
    const place = await scene();
    const line = `("$NODE" "$PROGRAM" --json; echo $? > code.txt) | head -n 1`;
    const child = spawn('sh', ['-c', line], {
      cwd: place.project.folder,
      env: {
        ...process.env,
        ...quick,
        NODE: process.execPath,
        PROGRAM: programFile,
        TEST_TOKEN: place.emulator.token,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(JSON.parse(out)).toMatchObject({ event: 'started' });
    expect(await readFile(join(place.project.folder, 'code.txt'), 'utf8')).toBe('0\n');
    await expectClean(place.project);
  });
});

describe.skipIf(windows)('a terminal that is closed', () => {
  it('ends it with its work remembered, and leaves nothing', async () => {
    const place = await scene();
    const { spawn: spawnTerminal } = await import('@lydell/node-pty');
    const terminal = spawnTerminal(process.execPath, [programFile, 'watch', '--plain'], {
      cwd: place.project.folder,
      env: {
        ...process.env,
        ...quick,
        TCB_WATCH_LANG: 'en',
        TEST_TOKEN: place.emulator.token,
        CI: '',
        NO_COLOR: '1',
      },
    });
    let shown = '';
    const seen = new Promise<void>((resolve) => {
      terminal.onData((text) => {
        shown += text;
        if (everyTarget.every(([name, env]) => new RegExp(`live +${name} .*\\b${env}\\b`).test(shown)))
          resolve();
      });
    });
    const ended = new Promise<{ exitCode: number }>((resolve) => terminal.onExit(resolve));
    await seen;
    terminal.kill('SIGHUP');
    expect(await ended).toMatchObject({ exitCode: 0 });
    await expectClean(place.project);
  });
});
