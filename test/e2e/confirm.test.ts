/** The questions that only a terminal gets, in a real pseudo-terminal. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configFor, entry, makeProject, programFile, runEmulator, uploads } from '../support/rig.js';
import { has, inShell, onTerminal } from '../support/terminal.js';

const envs = ['dev', 'test'];

interface Terminal {
  waitFor(text: string): Promise<void>;
  type(text: string): void;
  signal(name: NodeJS.Signals): void;
  /** Everything that was written to it. */
  shown(): string;
  readonly exit: Promise<number>;
}

function openTerminal(cwd: string, args: readonly string[], token: string): Terminal {
  const { CI: _, ...inherited } = process.env;
  const env = { ...inherited, TEST_TOKEN: token, TCB_WATCH_LANG: 'en', TERM: 'xterm-256color' };
  const pty = spawn(process.execPath, [programFile, ...args], { cwd, env, cols: 100, rows: 30 });
  let shown = '';
  let look = (): void => undefined;
  pty.onData((text) => {
    shown += text;
    look();
  });
  let ended = false;
  const exit = new Promise<number>((resolve) =>
    pty.onExit(({ exitCode }) => {
      ended = true;
      look();
      resolve(exitCode);
    }),
  );
  onTestFinished(async () => {
    if (!ended) pty.kill('SIGKILL');
    await exit;
  });
  return {
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (shown.includes(text)) resolve();
          else if (ended) reject(new Error(`ended before "${text}":\n${shown}`));
        };
        look();
      }),
    type: (text) => pty.write(text),
    signal: (name) => pty.kill(name),
    shown: () => shown,
    exit,
  };
}

async function withForeignCode(): Promise<{
  emulator: Awaited<ReturnType<typeof runEmulator>>;
  folder: string;
}> {
  const emulator = await runEmulator({ envs });
  await emulator.deploy('test', 'pay', entry('somebody else’s'));
  const { folder } = await makeProject({ pay: entry('1'), login: entry('1') }, configFor(emulator));
  return { emulator, folder };
}

it('a first start names what it would overwrite, and sends nothing after a no', async () => {
  const { emulator, folder } = await withForeignCode();
  const terminal = openTerminal(folder, ['push', '--plain'], emulator.token);
  await terminal.waitFor('never uploaded them');
  await terminal.waitFor('pay: test');
  await terminal.waitFor('[y/a/N]');
  expect(uploads(emulator)).toBe(0);
  terminal.type('n\r');
  expect(await terminal.exit).toBe(1);
  expect(uploads(emulator)).toBe(0);
  // None is left to the terminal to break, in the middle of a word.
  const refused = terminal
    .shown()
    .split(/\r?\n/)
    .find((line) => line.startsWith('None of these'));
  expect(refused?.length).toBeLessThanOrEqual(100);
});

it('goes on after a yes, and does not ask again', async () => {
  const { emulator, folder } = await withForeignCode();
  const terminal = openTerminal(folder, ['push', '--plain'], emulator.token);
  await terminal.waitFor('[y/a/N]');
  terminal.type('y\r');
  expect(await terminal.exit).toBe(0);
  expect(emulator.functions('test')).toHaveLength(2);
  const again = openTerminal(folder, ['push', '--plain'], emulator.token);
  expect(await again.exit).toBe(0);
});

it('adopts what is there after an a, sends the rest, and does not ask again', async () => {
  const { emulator, folder } = await withForeignCode();
  const terminal = openTerminal(folder, ['push', '--plain'], emulator.token);
  await terminal.waitFor('[y/a/N]');
  terminal.type('a\r');
  expect(await terminal.exit).toBe(0);
  expect((await emulator.files('test', 'pay')).get('index.js')?.toString()).toContain('somebody else’s');
  expect(emulator.functions('dev')).toHaveLength(2);
  const again = openTerminal(folder, ['push', '--plain'], emulator.token);
  expect(await again.exit).toBe(0);
  expect(again.shown()).not.toContain('[y/a/N]');
});

// An npm in front has the terminal, until it is stopped, too.
describe.skipIf(process.platform === 'win32')('waits for its answer', () => {
  const command = `'${process.execPath}' '${programFile}' --plain`;

  it.each([
    ['node', command],
    ['npm run', 'npm run --silent go'],
  ])('after Ctrl-Z and fg (%s)', async (_, line) => {
    const { emulator, folder } = await withForeignCode();
    await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: { go: command } }));
    const terminal = inShell({ cwd: folder, env: { TEST_TOKEN: emulator.token } });
    terminal.type(`${line}\r`);
    await terminal.until(has('[y/a/N]'));
    terminal.type('\u001a');
    await terminal.until(has('Stopped'));
    terminal.type('fg; echo ended $?\r');
    // The shell names what it goes on with, and the question is there again.
    await terminal.until((seen) => /fg; echo.*\n(.*\n)*.*\[y\/a\/N\]/m.test(seen));
    terminal.type('n\r');
    await terminal.until(has('ended 1'));
  });

  it('after a stop from outside', async () => {
    const { emulator, folder } = await withForeignCode();
    const terminal = inShell({ cwd: folder, env: { TEST_TOKEN: emulator.token } });
    terminal.type(`${command} & echo id $!; fg\r`);
    const seen = await terminal.until(has('[y/a/N]'));
    process.kill(Number(/^id (\d+)/m.exec(seen)?.[1]), 'SIGTSTP');
    await terminal.until(has('Stopped'));
    terminal.type('fg; echo ended $?\r');
    await terminal.until((picture) => /fg; echo.*\n(.*\n)*.*\[y\/a\/N\]/m.test(picture));
    terminal.type('n\r');
    await terminal.until(has('ended 1'));
  });
});

it('does not ask where nothing would be overwritten', async () => {
  const emulator = await runEmulator({ envs });
  const { folder } = await makeProject({ pay: entry('1') }, configFor(emulator));
  const terminal = openTerminal(folder, ['push', '--plain'], emulator.token);
  expect(await terminal.exit).toBe(0);
});

it('asks for protected environments, and holds them after a no', async () => {
  const emulator = await runEmulator({ envs: ['dev', 'my-prod'] });
  const { folder } = await makeProject({ pay: entry('1') }, configFor(emulator));
  const terminal = openTerminal(folder, ['push', '--plain'], emulator.token);
  await terminal.waitFor('my-prod?');
  await terminal.waitFor('[y/N]');
  terminal.type('n\r');
  expect(await terminal.exit).toBe(1);
  expect(emulator.functions('my-prod')).toEqual([]);
  expect(emulator.functions('dev')).toHaveLength(1);
});

it('asks on the main screen where the monitor is open already, and gives the keys back to it', async () => {
  const { emulator, folder } = await withForeignCode();
  const terminal = openTerminal(folder, [], emulator.token);
  await terminal.waitFor('\u001b[?1049h');
  await terminal.waitFor('[y/a/N]');
  const before = terminal.shown().split('never uploaded them')[0] ?? '';
  expect(before.lastIndexOf('\u001b[?1049l')).toBeGreaterThan(before.lastIndexOf('\u001b[?1049h'));
  terminal.type('y\r');
  await terminal.waitFor('watching');
  terminal.type('?');
  await terminal.waitFor('the log follows again');
  terminal.type('q');
  expect(await terminal.exit).toBe(0);
});

it('leaves the main screen as it is after a no', async () => {
  const { emulator, folder } = await withForeignCode();
  const terminal = openTerminal(folder, [], emulator.token);
  await terminal.waitFor('[y/a/N]');
  terminal.type('n\r');
  expect(await terminal.exit).toBe(1);
  expect(uploads(emulator)).toBe(0);
  expect(terminal.shown().split('\u001b[?1049h')).toHaveLength(2);
});

it('shows what is known while an environment has not said yet what it has', async () => {
  const { emulator, folder } = await withForeignCode();
  emulator.faults.add({ call: 'getscflist', env: 'test', hold: true });
  const terminal = openTerminal(folder, [], emulator.token);
  await terminal.waitFor('Functions 2');
  await terminal.waitFor('listing the functions');
  expect(uploads(emulator)).toBe(0);
  emulator.faults.clear();
  emulator.release();
  await terminal.waitFor('pay: test');
  terminal.type('y\r');
  await terminal.waitFor('watching');
  terminal.type('q');
  expect(await terminal.exit).toBe(0);
});

describe('the cloud cannot be asked at the start', () => {
  const withoutToken = async (): Promise<
    Awaited<ReturnType<typeof withForeignCode>> & { token(): Promise<void> }
  > => {
    const emulator = await runEmulator({ envs });
    await emulator.deploy('test', 'pay', entry('somebody else’s'));
    const config = { ...configFor(emulator), token: { file: 'token' } };
    const project = await makeProject({ pay: entry('1') }, config);
    return { emulator, folder: project.folder, token: () => project.write('token', emulator.token) };
  };

  it.each([
    ['y', 0],
    ['n', 1],
  ])('a watch asks once it can, and nothing goes there before: %s', async (answer, code) => {
    const { emulator, folder, token } = await withoutToken();
    const terminal = openTerminal(folder, ['--plain'], '');
    await terminal.waitFor('Save a file');
    await token();
    await terminal.waitFor('pay: test');
    await terminal.waitFor('[y/a/N]');
    expect(uploads(emulator)).toBe(0);
    terminal.type(`${answer}\r`);
    if (code === 0) {
      await terminal.waitFor('✔ live');
      terminal.type('\u0003');
    }
    expect(await terminal.exit).toBe(code);
    expect(uploads(emulator) > 0).toBe(code === 0);
  });

  it('a watch writes above the question that stands', async () => {
    const { folder, token } = await withoutToken();
    const terminal = onTerminal({ cwd: folder, args: ['--plain'], env: { TEST_TOKEN: '' } });
    await terminal.until(has('Save a file'));
    await token();
    await terminal.until(has('[y/a/N]'));
    await rename(join(folder, 'functions/pay/index.js'), join(folder, 'index.js'));
    const question = /! held.*\nReplace, adopt, or end\? \[y\/a\/N\]$/s;
    await terminal.until((picture) => question.test(picture.trimEnd()));
    terminal.type('n\r');
    expect((await terminal.exit).code).toBe(1);
  });

  it('the monitor makes room for the question and comes back after a yes', async () => {
    const { folder, token } = await withoutToken();
    const terminal = openTerminal(folder, [], '');
    await terminal.waitFor('watching');
    await token();
    await terminal.waitFor('[y/a/N]');
    const asked = terminal.shown().length;
    terminal.type('y\r');
    await terminal.waitFor('✔ 2 live');
    expect(terminal.shown().slice(asked)).toContain('\u001b[?1049h');
    terminal.type('q');
    expect(await terminal.exit).toBe(0);
  });

  it('a push waits for the answer when all else is done', async () => {
    const { emulator, folder } = await withForeignCode();
    emulator.faults.add({ call: 'getscflist', env: 'test', times: 1, errcode: -1 });
    const terminal = openTerminal(folder, ['push', '--plain'], emulator.token);
    await terminal.waitFor('[y/a/N]');
    await emulator.waitFor(async () => (await emulator.files('dev', 'pay')).size > 0, {
      what: 'dev runs it',
    });
    const lists = emulator.counts().getscflist;
    await emulator.waitFor(() => emulator.counts().getscflist >= lists, { what: 'dev was looked at' });
    terminal.type('y\r');
    expect(await terminal.exit).toBe(0);
    expect((await emulator.files('test', 'pay')).get('index.js')?.toString()).not.toContain(
      'somebody else’s',
    );
  });

  it('a push without a token asks nothing, and ends at once', async () => {
    const { emulator, folder } = await withoutToken();
    const terminal = openTerminal(folder, ['push', '--plain'], '');
    expect(await terminal.exit).toBe(2);
    expect(terminal.shown()).not.toContain('not confirmed');
    expect(uploads(emulator)).toBe(0);
  });

  it('a push that goes on trying asks as well', async () => {
    const { emulator, folder } = await withForeignCode();
    emulator.faults.add({ call: 'getscflist', env: 'test', times: 1, errcode: -1 });
    const terminal = openTerminal(folder, ['push', '--plain'], emulator.token);
    await terminal.waitFor('pay: test');
    terminal.type('n\r');
    expect(await terminal.exit).toBe(1);
    expect((await emulator.files('test', 'pay')).get('index.js')?.toString()).toContain('somebody else’s');
  });
});

describe('an interrupt ends', () => {
  it.each([
    ['SIGTERM', [], 0],
    ['SIGTERM', ['push'], 1],
    ['Ctrl-C', [], 0],
    ['Ctrl-C', ['push'], 1],
  ] as const)('a question that stands: %s, %s', async (how, command, code) => {
    const { emulator, folder } = await withForeignCode();
    const terminal = openTerminal(folder, [...command, '--plain'], emulator.token);
    await terminal.waitFor('[y/a/N]');
    if (how === 'Ctrl-C') terminal.type('\u0003');
    else terminal.signal(how);
    expect(await terminal.exit).toBe(code);
    expect(uploads(emulator)).toBe(0);
  });

  it('the first look at an environment that does not answer', async () => {
    const { emulator, folder } = await withForeignCode();
    emulator.faults.add({ call: 'getscflist', env: 'test', hold: true });
    const terminal = openTerminal(folder, ['--plain'], emulator.token);
    await emulator.waitFor(() => emulator.held().length > 0);
    terminal.type('\u0003');
    expect(await terminal.exit).toBe(0);
    expect(terminal.shown()).not.toContain('watching');
  });

  it('so does the time of a push', async () => {
    const { emulator, folder } = await withForeignCode();
    emulator.faults.add({ call: 'getscflist', env: 'test', hold: true });
    const terminal = openTerminal(folder, ['push', '--plain', '--timeout', '1'], emulator.token);
    expect(await terminal.exit).toBe(1);
    expect(uploads(emulator)).toBe(0);
  });

  it('and a question that nobody answers within it', async () => {
    const { emulator, folder } = await withForeignCode();
    const terminal = openTerminal(folder, ['push', '--plain', '--timeout', '4'], emulator.token);
    await terminal.waitFor('[y/a/N]');
    expect(await terminal.exit).toBe(1);
    expect(uploads(emulator)).toBe(0);
  });
});
