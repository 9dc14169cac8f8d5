/** `watch` with the monitor: whole command lines in this process, on a terminal in memory, with what its keys ask of the program. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/cli/process.js';
import { FakeInput, FakeOutput } from '../support/headless.js';
import { type Invoked, runInvokingCloud } from '../support/invoking-cloud.js';
import { type PlayOptions, play } from '../support/play.js';
import { configFor, entry, makeProject, running } from '../support/rig.js';

/**
 * A whole terminal, and what was asked of the process around it.
 * @param stray what somebody says on stderr as soon as the screen is open
 */
function terminalInMemory(stray: string) {
  const input = new FakeInput();
  const output = new FakeOutput({ columns: 110, rows: 34 });
  const ends = new Set<() => void>();
  const continues = new Set<() => void>();
  const heard: { suspended: (() => void)[]; err: ((text: string) => void) | null } = {
    suspended: [],
    err: null,
  };
  const listenTo = (listeners: Set<() => void>) => (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    ...{ input, output, heard, ends, continues },
    terminal: {
      ...{ input, output, onExit: listenTo(ends), onContinue: listenTo(continues) },
      suspend: (back: () => void) => void heard.suspended.push(back),
      handOver: () => () => undefined,
      captureErrors(listener: (text: string) => void) {
        heard.err = listener;
        if (stray !== '') listener(stray);
        return () => {
          heard.err = null;
        };
      },
    },
    isOpen: () => output.screen.terminal.buffer.active.type === 'alternate',
    until: (...parts: readonly (string | RegExp)[]) =>
      output.until((lines) => parts.every((part) => has(lines, part))),
    gone: (part: string) => output.until((lines) => !lines.join('\n').includes(part)),
  };
}

function has(lines: readonly string[], part: string | RegExp): boolean {
  const picture = lines.join('\n');
  return typeof part === 'string' ? picture.includes(part) : part.test(picture);
}

async function scene(
  config: Readonly<Record<string, unknown>> = {},
  answer: (call: Invoked) => unknown = ({ event }) => event,
) {
  const cloud = await runInvokingCloud(answer);
  const project = await makeProject(
    { pay: entry('1') },
    { ...configFor(cloud.emulator), endpoint: cloud.url, ...config },
  );
  const env = {
    ...{ TEST_TOKEN: cloud.emulator.token, TCB_WATCH_TIME_SCALE: '0.3', TERM: 'xterm-256color' },
    // No clipboard and no desktop: nothing outside of this process is asked.
    ...{ SSH_CONNECTION: 'a', LANG: 'en_US.UTF-8', LC_ALL: '', CI: '' },
  };
  const start = (args: readonly string[] = [], options: Partial<PlayOptions> = {}, stray = '') => {
    const memory = terminalInMemory(stray);
    const played = play(runCommand, ['watch', ...args], {
      ...{ cwd: project.folder, env, plain: true, answers: [], terminal: memory.terminal },
      ...options,
    });
    const type = (keys: string): void => memory.input.type(keys);
    return { ...memory, played, type };
  };
  /** With the first function chosen, once all of it is live. */
  const live = async (...about: Parameters<typeof start>) => {
    const started = start(...about);
    await started.until('✔ 2 live', '▸ pay');
    return started;
  };
  const save = (text: string): Promise<void> =>
    project.write('functions/pay/index.js', `exports.main = async () => '${text}';\n`);
  const inCloud = async (where: string): Promise<string> =>
    (await running(cloud.emulator, where, 'pay')).get('index.js') ?? '';
  return { cloud, project, start, live, save, inCloud, env };
}

describe('the screen', () => {
  it('opens with what is there, and q gives it back: then lines, and exit code 0', async () => {
    const { live } = await scene();
    const { type, played, isOpen, ends, heard, input } = await live();
    expect([isOpen(), input.isRaw]).toEqual([true, true]);
    expect(played.stdout()).toBe('');
    type('q');
    expect((await played.exit).code).toBe(0);
    expect([isOpen(), input.isRaw, ends.size, heard.err]).toEqual([false, false, 0, null]);
    expect(played.stdout()).toMatch(/· stopped +2 targets updated, 0 failed, all is live\n$/);
    expect(played.stdout().trimEnd().split('\n')).toHaveLength(1);
    expect(played.stderr()).toBe('');
  });

  it('is given back at q while something is sent, too; then it says what is waited for', async () => {
    const { start, cloud } = await scene({ envs: ['dev'] });
    cloud.emulator.faults.add({ call: 'batchuploadscf', hold: true });
    const { type, until, played, isOpen, output } = start();
    await until('sending');
    type('q');
    await played.waitForText('Stopping');
    await output.until(() => !isOpen());
    cloud.emulator.faults.clear();
    cloud.emulator.release();
    expect((await played.exit).code).toBe(0);
  });

  it.each<readonly [string, readonly string[], Readonly<Record<string, string>>]>([
    ['--plain', ['--plain'], {}],
    ['--json', ['--json'], {}],
    ['--problems', ['--problems'], {}],
    ['a terminal without a cursor', [], { TERM: 'dumb' }],
  ])('stays closed with %s', async (_, args, more) => {
    const { start, env } = await scene({ envs: ['dev'] });
    const { played, output } = start(args, { env: { ...env, ...more } });
    await played.waitForOutput((out) => out !== '' || args.includes('--problems'));
    await played.stop();
    expect(output.frames).toEqual([]);
  });

  it('is ASCII where the locale or an option says so', async () => {
    const { start, env } = await scene();
    for (const [args, more] of [
      [['--ascii'], {}],
      [[], { LC_ALL: 'C' }],
    ] as const) {
      const { until, output, played } = start(args, { env: { ...env, ...more } });
      await until('+ 2 live');
      expect(output.frames.join('')).toMatch(/^[\u0000-\u007e]*$/);
      await played.stop();
    }
  });

  it('has the lines of earlier runs below, and those that others write meanwhile', async () => {
    const { live, start } = await scene();
    const first = await live();
    await first.played.stop();
    const { until, heard, played } = start();
    await until('stopped', '✔ 2 live');
    heard.err?.('a warning of somebody\n');
    await until(/stderr .*a warning of somebody/);
    expect(played.stderr()).not.toContain('a warning');
  });

  it('gives back what others said on it, where nothing came to run', async () => {
    const { start } = await scene();
    const { played, isOpen, output } = start(['-e', 'dve'], {}, 'a warning of somebody\n');
    expect((await played.exit).code).toBe(4);
    await output.until(() => !isOpen());
    expect(played.stderr()).toMatch(/Did you mean dev\?[\s\S]*a warning of somebody\n$/);
  });

  it('keeps what others said on it, where something ran', async () => {
    const { start } = await scene();
    const { played, until } = start([], {}, 'a warning of somebody\n');
    await until('✔ 2 live');
    await played.stop();
    expect(played.stderr()).toBe('');
  });

  it('names the files in which what is live differs from the disk', async () => {
    const { live, save } = await scene();
    const { type, until } = await live();
    type('p');
    await until(/paused/i);
    await save('2');
    await until('index.js  +1 -1');
  });

  it('shows a save until it is live', async () => {
    const { live, save, inCloud } = await scene();
    const { until, type } = await live();
    type('G');
    await until('pay · all');
    await save('2');
    await until('changed index.js', 'save to live');
    expect(await inCloud('dev')).toContain('2');
  });

  it('gives way to the shell, and comes back', async () => {
    const { live } = await scene();
    const { type, heard, isOpen, until, output, continues } = await live();
    type('\u001a');
    await output.until(() => !isOpen());
    expect(heard.suspended).toHaveLength(1);
    heard.suspended[0]?.();
    await output.until(isOpen);
    await until('✔ 2 live');
    expect(continues.size).toBe(1);
  });

  it('is given back at once where the process ends in another way', async () => {
    const { live } = await scene();
    const { ends, output, isOpen } = await live();
    for (const end of [...ends]) end();
    await output.until(() => !isOpen());
  });

  it('that breaks is closed, says why, and uploads go on as lines', async () => {
    const { live, save, inCloud } = await scene();
    const { output, played } = await live();
    const write = output.write.bind(output);
    output.write = () => {
      output.write = write;
      throw new Error('the terminal is no more');
    };
    await save('2');
    await played.waitForText('the terminal is no more');
    await played.waitForOutput((out) => /✔ live +pay +test/.test(out) || out.includes('2 targets'));
    expect(await inCloud('test')).toContain('2');
    expect(await played.stop()).toBe(0);
  });

  it('waits for an answer on the main screen, and opens after it', async () => {
    const { start, inCloud } = await scene({ protectedEnvs: ['test'] });
    const { until, output, played } = start([], { answers: ['y'] });
    await until('✔ 2 live');
    expect(played.questions).toEqual([expect.stringContaining('test')]);
    expect(output.frames.join('')).not.toContain(played.questions[0]);
    expect(await inCloud('test')).toContain('1');
  });

  it('does not stay open where a person wants nothing overwritten', async () => {
    const { start, cloud, inCloud } = await scene({ envs: ['dev'] });
    await cloud.emulator.deploy('dev', 'pay', entry('theirs'));
    const { played, isOpen } = start([], { answers: ['n'] });
    expect((await played.exit).code).toBe(1);
    expect(isOpen()).toBe(false);
    expect(played.stderr()).not.toBe('');
    expect(await inCloud('dev')).toContain('theirs');
  });
});

it('after a question the screen has the lines of earlier runs as well, and its own once', async () => {
  const { start, cloud } = await scene({ envs: ['dev'] });
  await cloud.emulator.deploy('dev', 'pay', entry('theirs'));
  await start([], { answers: ['n'] }).played.exit;
  const { until, output } = start([], { answers: ['y'] });
  await until('✔ 1 live', 'stopped');
  expect(output.screen.lines().filter((line) => / start +1 function/.test(line))).toHaveLength(2);
});

describe('keys', () => {
  it('H shows what was uploaded, D what differs, U goes back after a yes', async () => {
    const { live, save, inCloud } = await scene();
    const { type, until, gone } = await live();
    await save('2');
    await until('after the save');
    type('H');
    await until('2 versions', 'dev, test since');
    type('\u001b');
    await gone('2 versions');
    type('U');
    await until("-exports.main = async () => '2'", '+exports.main = async () => "1"');
    type('y');
    await until('undone');
    expect(await inCloud('dev')).toContain('"1"');
    await gone('-exports.main');
    type('D');
    await until('-exports.main = async () => "1"', "+exports.main = async () => '2'", '+1 -1');
  });

  it('i calls the function in the environment that is chosen, and shows what came back', async () => {
    const { live, cloud } = await scene();
    const { type, until } = await live();
    type('\u001b[C');
    await until('pay · dev');
    type('i');
    await until('invoke pay in dev');
    type('{"a":[1]}\r');
    await until('"a": [', /\d+ ms/);
    expect(cloud.invoked).toEqual([{ env: 'dev', name: 'pay', event: { a: [1] } }]);
  });

  it('U says where there is nothing to go back to', async () => {
    const { live } = await scene();
    const { type, until } = await live();
    type('U');
    await until('nothing to go back to');
  });

  it('t calls in the environment that is chosen alone', async () => {
    const { live, project, cloud } = await scene({ functions: { pay: { answers: true, proof: false } } });
    await project.write('events/pay.json', JSON.stringify([{ name: 'one', value: { one: 1 } }]));
    const { type, until } = await live();
    type('\u001b[C');
    await until('pay · dev');
    type('v');
    type('t');
    await until('{"one":1}');
    expect(cloud.invoked).toMatchObject([{ env: 'dev' }]);
  });

  it('i shows why a call failed', async () => {
    const { live } = await scene({}, () => {
      throw new Error('cut off');
    });
    const { type, until } = await live();
    type('\u001b[C');
    await until('pay · dev');
    type('i');
    await until('invoke pay in dev');
    type('{}\r');
    await until('other side closed');
  });

  it('t calls with saved events, E chooses them, and their mistakes are said', async () => {
    const { live, project, cloud } = await scene({ functions: { pay: { answers: true, proof: false } } });
    await project.write('events/pay.json', JSON.stringify([{ name: 'one', value: { one: 1 } }]));
    const { type, until, gone } = await live();
    type('v');
    type('t');
    await until('{"one":1}');
    expect(cloud.invoked.length).toBeGreaterThanOrEqual(2);
    type('E');
    await until('events of pay (one): one');
    type('\u001b');
    await gone('events of pay');
    await project.write('events/pay.json', '[');
    type('t');
    await until('events/pay.json:1:');
  });

  it('t says of a function that has no events that it was not called', async () => {
    const { live } = await scene();
    const { type, until } = await live();
    type('v');
    type('t');
    await until('pay was not called');
  });

  it('c copies what is shown, o says that there is no desktop', async () => {
    const { live } = await scene();
    const { type, until, output } = await live();
    type('c');
    await until('clipboard');
    expect(output.frames.join('')).toContain('\u001b]52;c;');
    type('o');
    await until('there is no desktop here');
  });

  it('r and R retry, u uploads once more after a yes', async () => {
    const { start, cloud } = await scene({ envs: ['dev'] });
    cloud.emulator.faults.add({ call: 'batchuploadscf', errcode: -604_101, times: 1 });
    const { type, until } = start();
    await until('✖');
    type('R');
    await until('✔ 1 live');
    const before = cloud.emulator.counts().batchuploadscfcode;
    type('u');
    await until('y');
    type('y');
    await cloud.emulator.waitFor(() => cloud.emulator.counts().batchuploadscfcode > before);
  });
});

it('leaves a log of what it showed', async () => {
  const { live, project } = await scene();
  const { played } = await live();
  await played.stop();
  expect((await stat(join(project.folder, '.tcb-watch/log'))).size).toBeGreaterThan(100);
});
