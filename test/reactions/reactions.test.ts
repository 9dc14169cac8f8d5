/** The reactions to facts, with doubles for shell, cloud and desktop: no process is started. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { defaultConfig } from '../../src/config/config.js';
import { loadConfigValue } from '../../src/functions/load.js';
import type { Fact } from '../../src/model/fact.js';
import { createReactions, type ReactionsOptions } from '../../src/reactions/reactions.js';
import type { CommandEnd, CommandOptions } from '../../src/system/command.js';
import { folderWith } from '../support/init-rig.js';
import { temporaryFolder } from '../support/rig.js';

const live = (name: string, env: string, sinceSaveMs = 1): Fact => ({
  ...{ event: 'live', function: name, env, fingerprint: 'f'.repeat(64), sinceSaveMs, verified: true },
  cannotRun: null,
});
const failed = (name: string, envs: readonly string[]): Fact => ({
  ...{ event: 'push-failed', function: name, envs, class: 'function', errcode: 1, message: 'no', hint: 'do' },
  ...{ rid: null, retryInMs: null, final: true },
});
const ended: CommandEnd = { code: '0', output: '', stdout: '', stderr: '' };

interface Rig {
  readonly take: (...facts: readonly Fact[]) => void;
  readonly end: (atMostMs?: number) => Promise<void>;
  readonly told: readonly Fact[];
  /** Kinds of the notices that were reported. */
  readonly notices: () => string[];
  readonly commands: readonly CommandOptions[];
  readonly notes: readonly string[];
  readonly bugs: readonly unknown[];
}

async function rig(
  config: Readonly<Record<string, unknown>>,
  options: Partial<ReactionsOptions> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Rig> {
  const folder = await folderWith({ 'functions/pay/index.js': 'exports.main = 1;\n', ...files });
  const loaded = await loadConfigValue(
    { functionsRoot: 'functions', envs: ['dev', 'test'], endpoint: 'emulator', ...config },
    { from: folder, environment: {} },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const told: Fact[] = [];
  const commands: CommandOptions[] = [];
  const notes: string[] = [];
  const bugs: unknown[] = [];
  const reactions = createReactions({
    config: () => loaded.config,
    environment: () => ({ OWN: '1' }),
    language: 'en',
    tell: (fact) => told.push(fact),
    onBug: (error) => bugs.push(error),
    runCommand: async (command) => {
      commands.push(command);
      return ended;
    },
    showNote: async (_, { message }) => {
      notes.push(message);
      return { type: 'shown' };
    },
    ...options,
  });
  onTestFinished(() => reactions.end(0));
  return {
    take(...facts) {
      for (const fact of facts) reactions.take(fact, 1000);
    },
    end: (atMostMs = 10_000) => reactions.end(atMostMs),
    told,
    notices: () => told.flatMap((fact) => (fact.event === 'notice' ? [fact.kind] : [])),
    ...{ commands, notes, bugs },
  };
}

describe('hooks', () => {
  const hooks = { afterLive: 'live.sh', onFailure: 'failure.sh' };

  it.each<readonly [Fact, string | null]>([
    [live('pay', 'dev'), 'live.sh'],
    [failed('pay', ['dev']), 'failure.sh'],
    [
      { event: 'held', function: 'pay', env: null, reason: 'build-failed', detail: 'd', hint: 'h' },
      'failure.sh',
    ],
    [{ event: 'held', function: 'pay', env: null, reason: 'no-entry', detail: 'd', hint: 'h' }, null],
    [{ event: 'unchanged', function: 'pay', fingerprint: 'f' }, null],
  ])('%o runs %s', async (fact, command) => {
    const { take, end, commands } = await rig({ hooks });
    take(fact);
    await end();
    expect(commands.map((each) => each.command)).toEqual(command === null ? [] : [command]);
  });

  it('get the event on stdin and its parts in variables', async () => {
    const { take, end, commands } = await rig({ hooks });
    take(failed('pay', ['dev', 'test']));
    await end();
    const [command] = commands;
    expect(JSON.parse(command?.input ?? '')).toEqual({
      ...{ v: 1, at: '1970-01-01T00:00:01.000Z' },
      ...failed('pay', ['dev', 'test']),
    });
    expect(command?.input).toMatch(/\n$/);
    expect(command?.environment).toEqual({
      OWN: '1',
      TCB_WATCH_EVENT: 'push-failed',
      TCB_WATCH_FUNCTION: 'pay',
      TCB_WATCH_ENV: 'dev,test',
      TCB_WATCH_FINGERPRINT: '',
      TCB_WATCH_MESSAGE: 'no',
    });
  });

  it('get the fingerprint and the environment of what is live, and the detail of what is held', async () => {
    const { take, end, commands } = await rig({ hooks });
    take(live('pay', 'dev'), {
      ...{
        event: 'held',
        function: 'login',
        env: null,
        reason: 'build-failed',
        detail: 'because',
        hint: 'h',
      },
    });
    await end();
    expect(commands.map(({ environment }) => environment)).toMatchObject([
      { TCB_WATCH_ENV: 'dev', TCB_WATCH_FINGERPRINT: 'f'.repeat(64), TCB_WATCH_MESSAGE: '' },
      { TCB_WATCH_ENV: '', TCB_WATCH_FINGERPRINT: '', TCB_WATCH_MESSAGE: 'because' },
    ]);
  });

  it.each([
    ['a zero', 'n\0o', 'no'],
    ['300 KB', 'x'.repeat(300_000), 'x'.repeat(8000)],
  ])('run whatever text the cloud has sent: %s', async (_, message, variable) => {
    const { take, end, commands, bugs } = await rig({ hooks });
    const fact = failed('pay', ['dev']);
    if (fact.event !== 'push-failed') throw new Error(fact.event);
    take({ ...fact, message });
    await end();
    expect(commands[0]?.environment['TCB_WATCH_MESSAGE']).toBe(variable);
    expect(JSON.parse(commands[0]?.input ?? '')).toMatchObject({ message });
    expect(bugs).toEqual([]);
  });

  it('run one after the other, in the order of the facts', async () => {
    const open: (() => void)[] = [];
    const begun: string[] = [];
    const { take, end } = await rig(
      { hooks },
      {
        runCommand: ({ environment }) =>
          new Promise((resolve) => {
            begun.push(environment['TCB_WATCH_ENV'] ?? '');
            open.push(() => resolve(ended));
          }),
      },
    );
    take(live('pay', 'dev'), live('pay', 'test'));
    await Promise.resolve();
    expect(begun).toEqual(['dev']);
    const over = end();
    for (const release of open) release();
    await new Promise(setImmediate);
    expect(begun).toEqual(['dev', 'test']);
    for (const release of open) release();
    await over;
  });

  it.each<readonly [CommandEnd, readonly Fact['event'][], string]>([
    [{ ...ended, output: 'said' }, ['notice'], 'afterLive: said'],
    [{ ...ended, code: '2', output: 'why' }, ['notice'], 'afterLive (2) why'],
    [{ ...ended, code: 'ABORTED', output: 'half' }, [], ''],
    [ended, [], ''],
  ])('%o is reported as %o', async (outcome, events, text) => {
    const { take, end, told } = await rig({ hooks }, { runCommand: async () => outcome });
    take(live('pay', 'dev'));
    await end();
    expect(told.map((fact) => fact.event)).toEqual(events);
    expect(JSON.stringify(told)).toContain(text);
  });

  it('show the last 20 lines of long output', async () => {
    const output = Array.from({ length: 30 }, (_, index) => `line ${index}.`).join('\n');
    const { take, end, told } = await rig({ hooks }, { runCommand: async () => ({ ...ended, output }) });
    take(live('pay', 'dev'));
    await end();
    expect(JSON.stringify(told)).toContain('line 10.');
    expect(JSON.stringify(told)).not.toContain('line 9.');
  });

  it('a burst loses none: one hook for each function and environment', async () => {
    const { take, end, commands } = await rig({ hooks });
    take(...Array.from({ length: 12_000 }, (_, index) => live(`f${index}`, 'dev')));
    await end();
    expect(commands).toHaveLength(12_000);
  });

  it('that are too slow run once for what happened to the same meanwhile, with the newest event', async () => {
    const open: (() => void)[] = [];
    const begun: CommandOptions[] = [];
    const { take, end } = await rig(
      { hooks },
      {
        runCommand: (command) =>
          new Promise((resolve) => {
            begun.push(command);
            open.push(() => resolve(ended));
          }),
      },
    );
    const at = (sinceSaveMs: number): Fact => live('pay', 'dev', sinceSaveMs);
    take(at(0), at(1), failed('pay', ['dev']), at(2), live('login', 'dev'), at(3));
    const over = end();
    for (let count = 0; count < 4; count += 1) {
      for (const release of open.splice(0)) release();
      await new Promise(setImmediate);
    }
    await over;
    const ran = begun.map(({ command, input }) => [command, JSON.parse(input ?? '').sinceSaveMs ?? null]);
    expect(ran).toEqual([
      ['live.sh', 0],
      ['live.sh', 3],
      ['failure.sh', null],
      ['live.sh', 1],
    ]);
  });

  it('an end without time aborts what runs and begins nothing more', async () => {
    const begun: string[] = [];
    const { take, end, told } = await rig(
      { hooks },
      {
        runCommand: ({ signal, environment }) =>
          new Promise((resolve) => {
            begun.push(environment['TCB_WATCH_ENV'] ?? '');
            const abort = () => resolve({ ...ended, code: 'ABORTED', output: 'half' });
            if (signal.aborted) abort();
            signal.addEventListener('abort', abort);
          }),
      },
    );
    take(live('pay', 'dev'), live('pay', 'test'));
    await end(0);
    expect(begun).toEqual(['dev']);
    expect(told).toEqual([]);
    take(live('pay', 'dev'));
    await end(0);
    expect(begun).toEqual(['dev']);
  });

  it('what a hook throws is a bug, and the next one runs', async () => {
    let runs = 0;
    const { take, end, bugs } = await rig(
      { hooks },
      {
        runCommand: async () => {
          runs += 1;
          if (runs === 1) throw new Error('broken');
          return ended;
        },
      },
    );
    take(live('pay', 'dev'), live('pay', 'test'));
    await end();
    expect(runs).toBe(2);
    expect(bugs).toEqual([new Error('broken')]);
  });
});

describe('notifications', () => {
  it('are one for a burst, and one when all is well again', async () => {
    const { take, end, notes } = await rig({ notify: true });
    take(failed('pay', ['dev', 'test']), failed('login', ['dev']));
    await end();
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('pay (dev, test), login (dev)');
  });

  it('have Chinese marks in a Chinese text', async () => {
    const { take, end, notes } = await rig({ notify: true }, { language: 'zh-CN' });
    take(failed('pay', ['dev', 'test']), failed('login', ['dev']));
    await end();
    expect(notes).toEqual(['未生效：pay（dev、test）、login（dev）']);
  });

  it('hold no name that a shell could act on', async () => {
    const { take, end, notes } = await rig({ notify: true });
    take({ event: 'held', function: '$(x)`y`";订单', env: null, reason: 'bad-name', detail: '', hint: '' });
    await end();
    expect(notes[0]).toContain('??x??y???订单');
    expect(notes[0]).not.toMatch(/[$`";]/);
  });

  it('name four functions at most', async () => {
    const { take, end, notes } = await rig({ notify: true });
    take(...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => failed(name, ['dev'])));
    await end();
    expect(notes[0]).toContain('a (dev), b (dev), c (dev), d (dev)');
    expect(notes[0]).not.toContain('e (dev)');
    expect(notes[0]).toContain('2');
  });

  it.each<readonly [Fact, number]>([
    [{ event: 'held', function: 'pay', env: 'dev', reason: 'quota', detail: '', hint: '' }, 1],
    [{ event: 'held', function: 'pay', env: null, reason: 'too-big', detail: '', hint: '' }, 1],
    [{ event: 'held', function: 'pay', env: 'dev', reason: 'protected', detail: '', hint: '' }, 0],
    [{ event: 'held', function: 'pay', env: 'dev', reason: 'git-busy', detail: '', hint: '' }, 0],
    [{ event: 'held', function: null, env: null, reason: 'root-gone', detail: '', hint: '' }, 0],
  ])('%o: %i', async (fact, count) => {
    const { take, end, notes } = await rig({ notify: true });
    take(fact);
    await end();
    expect(notes).toHaveLength(count);
  });

  it.each<readonly [string, Fact]>([
    ['live', live('pay', 'dev')],
    ['removed', { event: 'lost', function: 'pay', detail: '', hint: '' }],
  ])('a failure that is over (%s) before it is reported is never reported', async (_, over) => {
    const { take, end, notes } = await rig({ notify: true });
    take(failed('pay', ['dev']), over);
    await end();
    expect(notes).toEqual([]);
  });

  it('are of failures that came while they were wanted', async () => {
    let notify = false;
    const config = defaultConfig(await temporaryFolder(), { envs: ['dev'] });
    const { take, end, notes } = await rig({}, { config: () => ({ ...config, notify }) });
    take(failed('pay', ['dev']));
    notify = true;
    take(failed('login', ['dev']));
    await end();
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('login (dev)');
    expect(notes[0]).not.toContain('pay');
  });

  it.each<readonly [Awaited<ReturnType<NonNullable<ReactionsOptions['showNote']>>>, string]>([
    [{ type: 'absent' }, 'notify-absent'],
    [{ type: 'failed', detail: 'no display' }, 'notify-failed'],
  ])('%o is reported once', async (outcome, kind) => {
    const { take, end, notices } = await rig({ notify: true }, { showNote: async () => outcome });
    take(failed('pay', ['dev']));
    await end();
    expect(notices()).toEqual([kind]);
  });

  it.each<Fact>([
    {
      ...{ event: 'started', version: '1', pid: 1, endpoint: 'e', envs: ['dev'], functions: ['pay'] },
    },
    { event: 'config', state: 'reloaded', problems: [] },
  ])('the package is not missed where it is installed: %o', async (fact) => {
    const files = {
      'node_modules/toasted-notifier/package.json': '{"name": "toasted-notifier", "main": "index.js"}',
      'node_modules/toasted-notifier/index.js': 'exports.notify = (_, done) => done(null);',
    };
    const { take, end, notices } = await rig({ notify: true }, {}, files);
    take(fact);
    await end();
    expect(notices()).toEqual([]);
  });

  it('are none of what comes after the end', async () => {
    const { take, end, notes } = await rig({ notify: true });
    await end();
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    take(failed('pay', ['dev']));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(notes).toEqual([]);
  });

  it('what a desktop does not show is reported once, however often it is asked', async () => {
    const asked: string[] = [];
    const { take, end, notices } = await rig(
      { notify: true },
      {
        showNote: async (_, { message }) => {
          asked.push(message);
          return { type: 'absent' };
        },
      },
    );
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    take(failed('pay', ['dev']));
    await vi.advanceTimersByTimeAsync(2000);
    take(live('pay', 'dev'));
    await end();
    expect(asked).toHaveLength(2);
    expect(notices()).toEqual(['notify-absent']);
  });

  it.each<readonly [string, string, readonly string[]]>([
    ['shows it', 'done(null)', []],
    ['has none to show it with', "done('')", []],
    ['writes why not', "done(new Error('Command failed: notify-send\\nno display'))", ['no display']],
    ['writes only that', "done(new Error('Command failed: notify-send'))", ['Command failed: notify-send']],
    ['writes a text', "done('  no display\\r\\nmore  ')", ['no display']],
  ])('a desktop that %s', async (_, call, details) => {
    const shown = `exports.notify = (note, done) => { if (note.wait || note.title !== 'tcb-watch') throw note; ${call}; };`;
    const { take, end, told, bugs } = await rig(
      { notify: true },
      { showNote: undefined },
      {
        'node_modules/toasted-notifier/package.json': '{"name": "toasted-notifier", "main": "index.js"}',
        'node_modules/toasted-notifier/index.js': shown,
      },
    );
    take(failed('pay', ['dev']));
    await end();
    expect(bugs).toEqual([]);
    const notices = told.flatMap((fact) => (fact.event === 'notice' ? [fact] : []));
    expect(notices.map(({ kind }) => kind)).toEqual(details.map(() => 'notify-failed'));
    expect(notices.map(({ detail }) => detail)).toEqual(
      details.map((detail) => expect.stringContaining(detail)),
    );
    for (const { detail } of notices) expect(detail).not.toContain('more');
  });

  it('a package that notifies of nothing is reported', async () => {
    const files = {
      'node_modules/toasted-notifier/package.json': '{"name": "toasted-notifier", "main": "index.js"}',
      'node_modules/toasted-notifier/index.js': 'exports.other = 1;',
    };
    const { take, end, notices } = await rig({ notify: true }, { showNote: undefined }, files);
    take(failed('pay', ['dev']));
    await end();
    expect(notices()).toEqual(['notify-failed']);
  });
});
