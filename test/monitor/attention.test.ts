/** Where the screen makes somebody look, and what it asks before it acts. */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/state.js';
import { mapValues } from '../../src/core/update.js';
import type { CodeFault } from '../../src/model/code-fault.js';
import type { Fact } from '../../src/model/fact.js';
import { logRows } from '../../src/monitor/log-pane.js';
import { firstMonitor, type LogLine, type MonitorEvent, type MonitorState } from '../../src/monitor/model.js';
import { sceneOf } from '../../src/monitor/scene.js';
import { telling, tellingNames } from '../../src/monitor/telling.js';
import { update } from '../../src/monitor/update.js';
import { view } from '../../src/monitor/view.js';
import { loggedLines, plainRenderer } from '../../src/text/stream.js';
import { columnsOf } from '../../src/text/text.js';
import {
  environments,
  key,
  motley,
  now,
  options,
  picture,
  played,
  stateOf,
  text,
  wanted,
} from '../support/stage.js';

const size = { columns: 120, rows: 35 };
const [dev = '', mytest = '', staging = ''] = environments;
type Sent = Omit<MonitorEvent, 'at'>;

const told = (fact: Fact): Sent => ({ type: 'fact', fact }) as Sent;
const changed = (name: string): Sent =>
  told({ event: 'changed', function: name, files: ['index.js'], more: 0 });
const live = (name: string, env: string, fingerprint = wanted): Sent =>
  told({
    event: 'live',
    function: name,
    env,
    fingerprint,
    sinceSaveMs: 900,
    verified: true,
    cannotRun: null,
  });
const pushing = (name: string, fingerprint = wanted): Sent =>
  told({
    ...{ event: 'pushing', function: name, envs: environments, fingerprint, zipBytes: 1, files: 1 },
    ...{ attempt: 1, cause: 'change' },
  });
const refusedIn = (
  name: string,
  envs: readonly string[],
  over: Partial<Extract<Fact, { event: 'push-failed' }>> = {},
): Sent =>
  told({
    ...{
      event: 'push-failed',
      function: name,
      envs,
      class: 'function',
      errcode: -504_002,
      message: 'refused it',
    },
    ...{ hint: '', rid: 'r-1', retryInMs: null, final: true, ...over },
  });

const calm = stateOf(
  environments,
  ['a', 'b', 'c'].map((name) => ({ name, stands: ['live', 'live', 'live'] })),
);

function shown(state: State, monitor: MonitorState): string {
  return picture(state, monitor, size).join('\n');
}

function bottom(state: State, monitor: MonitorState): string {
  return picture(state, monitor, size).at(-1)?.trim() ?? '';
}

describe('the choice', () => {
  it('follows what was saved last, until a key moves it, and again after Esc', () => {
    const first = played([changed('c')], calm, size).monitor;
    expect(first.selected).toBe('c');
    expect(played([changed('b')], calm, size, first).monitor.selected).toBe('b');
    const moved = played([key('k'), changed('c')], calm, size, first).monitor;
    expect(moved.selected).toBe('b');
    expect(played([key('escape'), changed('c')], calm, size, moved).monitor.selected).toBe('c');
  });

  it('stays where an environment was chosen', () => {
    expect(played([changed('c'), key('l'), changed('b')], calm, size).monitor.selected).toBe('c');
  });

  it('goes to what fails where nothing is the matter with what is chosen, and else stays', () => {
    const state = motley();
    expect(played([changed('cart'), refusedIn('order', [mytest])], state, size).monitor.selected).toBe(
      'order',
    );
    expect(played([changed('pay'), refusedIn('order', [mytest])], state, size).monitor.selected).toBe('pay');
  });

  it('goes from one trouble to the next by t, round and round, and back by T', () => {
    const state = motley();
    const at = (...keys: string[]): string | null => played(keys.map(key), state, size).monitor.selected;
    expect(at('t')).toBe('pay');
    expect(at('t', 't')).toBe('订单查询');
    expect(at('t', 't', 't')).toBe('order');
    expect(at('G', 'T')).toBe('订单查询');
    expect(bottom(calm, played([key('t')], calm, size).monitor)).toBe('Nothing failed or is held.');
  });
});

describe('a failure', () => {
  it('is a toast that names function, environment and reason, wherever somebody looks', () => {
    const { monitor } = played([key('j'), key('enter'), refusedIn('order', [staging])], motley(), size);
    expect(bottom(motley(), monitor)).toBe('✖ order (staging): -504002 refused it (rid r-1)');
    expect(picture(motley(), monitor, size, { now: now + 9999 }).at(-1)).toContain('✖ order');
    expect(picture(motley(), monitor, size, { now: now + 10_000 }).at(-1)).not.toContain('✖ order');
  });

  it('is over as soon as its function is in order again, and not before', () => {
    const state = motley();
    const failed = played([refusedIn('order', [staging])], state, size).monitor;
    const onceLive = (name: string, of: State): string =>
      bottom(of, played([live(name, staging)], of, size, failed).monitor);
    expect(onceLive('order', state)).toContain('✖ order');
    const healed = stateOf(environments, [{ name: 'order', stands: ['live', 'live', 'live'] }]);
    expect(onceLive('order', healed)).not.toContain('✖ order');
    expect(onceLive('cart', healed)).toContain('✖ order');
    const asking = stateOf(environments, [{ name: 'order', stands: ['live', 'live', 'queued'] }]);
    const spec = { id: staging, protected: true };
    const env = asking.envs.get(staging);
    if (env === undefined) throw new Error('no such environment');
    const guarded = { ...asking, envs: new Map(asking.envs).set(staging, { ...env, spec }) };
    expect(onceLive('order', guarded)).not.toContain('✖ order');
  });

  it('is not over where its function is live, and the file that a notice is about as wrong as before', () => {
    const healed = stateOf(environments, [{ name: 'order', stands: ['live', 'live', 'live'] }]);
    const about = { function: 'order', place: null, hint: '' } as const;
    const wrong = told({ event: 'notice', kind: 'timers-wrong', detail: 'triggers[0]', ...about });
    const { monitor } = played([wrong, live('order', dev)], healed, size);
    expect(bottom(healed, monitor)).toContain('✖ order: triggers[0]');
  });

  it('counts each other function once, however often its environments fail', () => {
    const twice = [dev, mytest, dev, staging].map((env) => refusedIn('order', [env]));
    const alone = played(twice, motley(), size).monitor;
    expect(bottom(motley(), alone)).toBe('✖ order (staging): -504002 refused it (rid r-1)');
    const both = played([refusedIn('pay', [dev]), ...twice], motley(), size).monitor;
    expect(bottom(motley(), both)).toMatch(/^✖ order \(staging\): .* \(\+1 function\)$/);
  });

  it('says once in the log what a busy cloud means: the remedy stands above it', () => {
    const { monitor } = played(
      [refusedIn('order', [staging], { class: 'busy', hint: 'It follows.', retryInMs: 900 })],
      motley(),
      size,
    );
    expect(monitor.log.map(({ text: said }) => said)).toEqual(['staging  -504002 refused it (rid r-1)']);
  });

  it('counts those that came just before', () => {
    const { monitor } = played(
      ['a', 'b', 'c'].map((name) => refusedIn(name, environments)),
      calm,
      size,
    );
    expect(bottom(calm, monitor)).toMatch(/^✖ c \(all environments\): .* \(\+2 functions\)$/);
  });

  it('is none where it goes on by itself, and where somebody else deployed', () => {
    const busy = refusedIn('a', [dev], { class: 'busy', retryInMs: 300_000 });
    const created = refusedIn('a', [dev], { class: 'missing', retryInMs: 0 });
    const frequent = refusedIn('a', [dev], { class: 'transient', errcode: 45_011, retryInMs: 131 });
    const foreign = told({
      event: 'held',
      function: 'a',
      env: dev,
      reason: 'foreign',
      detail: 'x',
      hint: '',
    });
    for (const event of [busy, created, frequent, foreign])
      expect(played([event], calm, size).monitor.toast).toBeNull();
  });

  it('says that a change replaced what somebody else deployed, and is no alarm', () => {
    const detail = 'Your change replaces what somebody else deployed: a → dev';
    const about = { function: null, place: null } as const;
    const replaced = told({ event: 'notice', kind: 'foreign-replaced', detail, hint: '', ...about });
    const other = told({ event: 'notice', kind: 'rate-published', detail: 'x', hint: '', ...about });
    expect(played([replaced], calm, size).monitor.toast).toMatchObject({ text: detail, tone: 'warn' });
    expect(played([other], calm, size).monitor.toast).toBeNull();
  });

  it('names the environments of what was replaced as the list does', () => {
    const { kind, ...rest } = { kind: 'foreign-replaced', function: null, place: null, hint: '' } as const;
    const ids = ['dev-3gewtf9c10f60c76', 'test-7gniuaq95b51dcdc'];
    const state = stateOf(ids, [{ name: 'pay', stands: ['live', 'live'] }]);
    const detail = `Your change replaces what somebody else deployed: pay → ${ids.join(', ')}`;
    const { monitor } = played([told({ event: 'notice', kind, detail, ...rest })], state, size);
    expect(monitor.toast?.text).toMatch(/: pay → dev, test$/);
    expect(monitor.log.at(-1)?.text).toContain('pay → dev, test');
  });

  it('says that a file of events is right again, and is no alarm', () => {
    const about = { function: 'a', place: null, hint: '' } as const;
    const right = told({ event: 'notice', kind: 'events-right', detail: 'It is right.', ...about });
    const { monitor } = played([right], calm, size);
    expect(monitor.toast).toMatchObject({ text: 'It is right.', tone: 'good' });
  });

  it('does not hide what is being typed', () => {
    const { monitor } = played([key('/'), text('ord'), refusedIn('order', [staging])], motley(), size);
    expect(bottom(motley(), monitor)).toBe('filter: ord');
  });

  it('of somebody else’s making neither moves a row up nor is red', () => {
    const state = withForeign(false);
    expect(shown(state, firstMonitor)).toContain('≠ foreign');
    expect(shown(state, firstMonitor)).toMatch(/≠ 3 foreign/);
    expect(shown(state, firstMonitor)).not.toMatch(/held/);
    expect(shown(state, firstMonitor)).toMatch(/▸ a /);
    expect(played([key('e')], state, size).monitor.failedOnly).toBe(true);
    expect(shown(state, played([key('e')], state, size).monitor)).toContain('Nothing failed');
  });
});

it('what is live and cannot run counts by itself, and has no tick', () => {
  const fault: CodeFault = {
    ...{ kind: 'syntax-error', path: 'index.js', line: 7, column: 3, certain: true },
    message: 'Unexpected token',
  };
  const functions = calm.functions.map((fn) => (fn.spec.name === 'c' ? { ...fn, fault } : fn));
  const screen = shown({ ...calm, functions }, firstMonitor);
  expect(screen).toMatch(/✔ 6 live +! 3 cannot run/);
  expect(screen).not.toMatch(/✔ cannot run/);
});

it('the reason in a row of 80 columns begins with what the row does not say yet', () => {
  const low = { columns: 80, rows: 24 };
  const fault: CodeFault = {
    ...{ kind: 'syntax-error', path: 'cloudfunctions/c/index.js', line: 7, column: 3, certain: true },
    message: 'Unexpected token',
  };
  const functions = calm.functions.map((fn) => (fn.spec.name === 'c' ? { ...fn, fault } : fn));
  expect(picture({ ...calm, functions }, firstMonitor, low).join('\n')).toContain(' index.js:7:3 cannot be ');
  expect(picture(withForeign(false), firstMonitor, low).join('\n')).toContain(' Press A to keep it, ');
});

/** Somebody else has deployed c everywhere. */
function withForeign(adopted: boolean): State {
  const foreign = { modTime: '2026-04-01 12:00:00', ours: wanted, adopted };
  const functions = calm.functions.map((fn) =>
    fn.spec.name === 'c'
      ? { ...fn, targets: mapValues(fn.targets, (target) => ({ ...target, live: null, foreign })) }
      : fn,
  );
  return { ...calm, functions };
}

describe('what somebody else deployed', () => {
  it('is accepted by A, for the marked functions together', () => {
    const { actions, monitor } = played([key('G'), key(' '), key('A')], withForeign(false), size);
    const event = { type: 'adopt', at: now, meant: [{ function: 'c', envs: null }] };
    expect(actions).toEqual([{ type: 'dispatch', events: [event] }]);
    expect(monitor.toast?.text).toBe(
      'c in dev, mytestenv, staging: adopted. Only your next change is uploaded.',
    );
  });

  it('is calm once it is accepted, counts by itself, and is replaced only after a question', () => {
    const state = withForeign(true);
    const screen = shown(state, firstMonitor);
    expect(screen).toContain('≈ adopted');
    expect(screen).toMatch(/≈ 3 adopted/);
    expect(screen).not.toMatch(/failed|held/);
    const { actions, monitor } = played([key('G'), key('u')], state, size);
    expect(actions).toEqual([]);
    expect(monitor.question?.text).toContain('You adopted what somebody else deployed for c');
  });
});

describe('the log', () => {
  const lines = (...events: Sent[]): string[] =>
    played(events, calm, size).monitor.log.map(({ label, text: said }) => `${label} ${said}`);

  it('has one line for an upload that is live in one environment after the other', () => {
    const all = [pushing('a'), live('a', dev), live('a', mytest)];
    expect(lines(...all).filter((line) => line.startsWith('live'))).toEqual([
      'live dev, mytestenv  900 ms after the save',
    ]);
    expect(
      lines(...all, live('b', dev), live('a', staging)).filter((line) => line.startsWith('live')),
    ).toEqual(['live all environments  900 ms after the save', 'live dev  900 ms after the save']);
  });

  it('has another line for the next upload, though it is of the same content', () => {
    const twice = lines(pushing('a'), live('a', dev), pushing('a'), live('a', dev));
    expect(twice.filter((line) => line.startsWith('live'))).toHaveLength(2);
    const other = lines(pushing('a'), live('a', dev), live('a', mytest, 'f'.repeat(64)));
    expect(other.filter((line) => line.startsWith('live'))).toHaveLength(2);
  });

  it('counts environments where there are many', () => {
    const envs = Array.from({ length: 12 }, (_, index) => `env${index}-0123456789ab`);
    const state = stateOf(envs, [{ name: 'a', stands: envs.map(() => 'live' as const) }]);
    const { monitor } = played(
      envs.slice(0, 7).map((env) => live('a', env)),
      state,
      size,
    );
    expect(monitor.log.map(({ text: said }) => said)).toEqual([expect.stringContaining('7 environments')]);
  });

  it('has one line for a cause, however many targets it holds', () => {
    const held = (name: string, env: string, reason: 'foreign' | 'protected' = 'protected'): Sent =>
      told({ event: 'held', function: name, env, reason, detail: `It is ${reason}.`, hint: 'Do it.' });
    expect(lines(held('a', dev))).toEqual(['held dev  It is protected.']);
    expect(lines(held('a', dev), held('a', mytest))).toEqual(['held dev, mytestenv  It is protected.']);
    const many = ['a', 'b', 'c', 'd'].flatMap((name) => [held(name, dev), held(name, staging)]);
    expect(lines(...many)).toEqual(['held 4 functions  dev, staging  It is protected.  a, b, c and 1 more']);
    expect(lines(held('a', dev), held('a', dev, 'foreign'), held('b', dev))).toEqual([
      'held 2 functions  dev  It is protected.  a, b',
      'held dev  It is foreign.',
    ]);
    const own = played(many, calm, size)
      .monitor.histories.get('b')
      ?.lines.map(({ text: said }) => said);
    expect(own).toEqual(['dev, staging  It is protected.']);
  });

  it('has one line for what was adopted together, and another for what is adopted later', () => {
    const adopted = (name: string): Sent => told({ event: 'adopted', function: name, envs: [dev, mytest] });
    const { monitor } = played([adopted('a'), adopted('b'), adopted('c')], calm, size);
    expect(monitor.log.map(({ text: said }) => said)).toEqual([
      expect.stringMatching(/^3 functions {2}dev, mytestenv {2}what somebody else deployed stays.* a, b, c$/),
    ]);
    const { monitor: later } = update(monitor, { ...adopted('a'), at: now + 60_000 } as MonitorEvent, {
      state: calm,
      size,
      options,
    });
    expect(later.log).toHaveLength(2);
  });

  it('joins three thousand held targets', () => {
    const all = Array.from({ length: 1000 }, (_, index) =>
      environments.map((env) =>
        told({
          ...{ event: 'held', function: `fn-${index}`, env },
          ...{ reason: 'protected', detail: 'x', hint: '' },
        }),
      ),
    ).flat();
    const { log } = played(all, calm, size).monitor;
    expect(log).toHaveLength(1);
    expect(log[0]?.text).toMatch(/^1000 functions .*fn-0, fn-1, fn-2 and 997 more$/);
  });

  it('is of all functions until somebody chooses one, and by a again', () => {
    const { monitor } = played([changed('a'), changed('b')], calm, size);
    expect(shown(calm, monitor)).toContain('Log of all functions');
    const one = played([key('k')], calm, size, monitor).monitor;
    expect(shown(calm, one)).not.toContain('Log of all functions');
    expect(shown(calm, played([key('a')], calm, size, one).monitor)).toContain('Log of all functions');
  });

  it('begins with what the log file holds of earlier runs, as it was written', () => {
    let file = 'half of a line\n';
    const write = plainRenderer(
      (said) => {
        file += said;
      },
      { language: 'en', color: false, ascii: false, timestamps: true, dates: true },
    );
    const at = new Date(2026, 2, 31, 9, 30).getTime();
    write({ event: 'changed', function: 'a', files: ['index.js'], more: 0 }, at);
    write(
      {
        event: 'notice',
        kind: 'bug',
        function: null,
        place: null,
        detail: 'something odd',
        hint: 'Look here.',
      },
      at + 1000,
    );
    const earlier = loggedLines(file);
    expect(earlier.map(({ tone, label, text: said }) => [tone, label, said])).toEqual([
      ['busy', 'changed', expect.stringMatching(/^a +index\.js$/)],
      ['warn', 'notice', 'something odd'],
      ['warn', '', 'Look here.'],
    ]);
    expect(earlier[0]?.at).toBe(at);
    const { monitor } = played([changed('b'), { type: 'recalled', lines: earlier } as Sent], calm, size);
    expect(monitor.log.map(({ text: said }) => said.trim().split(/ +/).at(-1))).toEqual([
      ...['index.js', 'odd', 'here.', 'index.js'],
    ]);
    expect(shown(calm, monitor)).toMatch(/03-31 09:30 *changed +a {2}index\.js/);
    const seqs = monitor.log.map(({ seq }) => seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  });

  it('marks what was searched for and nothing else, whatever stands before it', () => {
    const marked = (said: string, sought: string): string => {
      const { monitor } = played([key('tab'), key('/'), text(sought), key('enter')], calm, size);
      const line: LogLine = {
        ...{ seq: 1, at: now, function: null, label: 'note', text: said },
        ...{ tone: 'calm', live: null, alike: null },
      };
      const scene = sceneOf(calm, { ...monitor, log: [line] }, size, options);
      const spans = logRows(scene, 120, 5).flat();
      return spans.flatMap(({ text: each, style }) => (style.inverse === true ? [each] : [])).join('|');
    };
    expect(marked('İİİ index and INDEX', 'index')).toBe('index|INDEX');
    expect(marked('a.b axb', 'a.b')).toBe('a.b');
    expect(marked('订单查询 订单', '订单')).toBe('订单|订单');
  });

  it('says which of how many matches is shown, and that there is none', () => {
    const some = Array.from({ length: 5 }, (_, index) => changed(index % 2 === 0 ? 'a' : 'b'));
    const search = [key('tab'), key('/'), text('index'), key('enter')];
    const { monitor } = played([...some, ...search], calm, size);
    expect(shown(calm, monitor)).toContain('search index 4/5');
    expect(shown(calm, played([key('N')], calm, size, monitor).monitor)).toContain('search index 3/5');
    const none = played([...some, key('tab'), key('/'), text('nowhere'), key('enter')], calm, size).monitor;
    expect(bottom(calm, none)).toContain('is not in this log');
    expect(shown(calm, none)).toContain('search nowhere 0/0');
  });
});

describe('what would be missed', () => {
  const narrow = { columns: 60, rows: 16 };
  const last = (state: State, monitor: MonitorState): string =>
    picture(state, monitor, narrow).slice(-4).join(' ').replaceAll(/ +/g, ' ');

  it('is never cut off: a question stands whole, and so does what came of it', () => {
    const asked = played([key('u')], calm, narrow).monitor;
    expect(last(calm, asked)).toContain(
      'Upload a again to dev, mytestenv, staging, where it is live? y yes, n no',
    );
    const said = played([key('A')], calm, narrow).monitor;
    expect(last(calm, said)).toContain('nobody else has deployed there, or you have accepted it already.');
  });

  it('is what a mistake in the configuration is, where, and what to do', () => {
    const problem = { path: 'envz', expected: 'a known key', hint: 'Did you mean "envs"?' };
    const wrong: Fact = {
      ...{ event: 'config', state: 'invalid' },
      problems: [
        { ...problem, at: { line: 4, column: 3 } },
        { ...problem, path: '', at: null },
      ],
    };
    const { monitor } = played([told(wrong)], calm, size);
    const head = picture(calm, monitor, { columns: 80, rows: 24 })[1]?.trim();
    expect(head).toBe('CONFIG INVALID, previous one active  → line 4, envz: Did you mean "envs"? (+1)');
    const right = played([told({ event: 'config', state: 'reloaded', problems: [] })], calm, size, monitor);
    expect(shown(calm, right.monitor)).not.toContain('CONFIG INVALID');
  });

  it('is the result of a call, where the answers are shown', () => {
    const result = { function: 'a', env: dev, ok: true, text: '{"ok":true}', logs: [], ms: 3 };
    const { monitor } = played([key('v'), { type: 'invoked', result } as Sent], calm, size);
    expect(shown(calm, monitor)).toContain('{"ok":true}');
  });

  it('is asked first: u on live content, and nothing happens unless the answer is yes', () => {
    const asked = played([key('u')], calm, size);
    expect(asked.actions).toEqual([]);
    expect(bottom(calm, asked.monitor)).toBe(
      'Upload a again to dev, mytestenv, staging, where it is live?  y yes, n no',
    );
    for (const no of ['n', 'escape', 'enter']) {
      const answered = played([key(no)], calm, size, asked.monitor);
      expect(answered.actions).toEqual([]);
      expect(bottom(calm, answered.monitor)).toBe('Nothing was done.');
    }
    expect(played([key('x')], calm, size, asked.monitor).monitor.question).not.toBeNull();
    const yes = played([key('y')], calm, size, asked.monitor);
    expect(yes.actions).toEqual([
      {
        type: 'dispatch',
        events: [{ type: 'force', at: now, id: `monitor ${now}`, function: 'a', env: null }],
      },
    ]);
    expect(bottom(calm, yes.monitor)).toBe('Uploading a to dev, mytestenv, staging.');
  });

  it('is not asked where the code is not live, and is told truly where it has to wait', () => {
    const paused: State = { ...motley(), paused: true };
    const { monitor, actions } = played([key('l'), key('l'), key('u')], paused, size);
    expect(actions).toHaveLength(1);
    expect(bottom(paused, monitor)).toBe('pay in mytestenv must wait: Uploads are paused.');
  });

  it('is asked before many are retried, not before a few', () => {
    expect(bottom(motley(), played([key('R')], motley(), size).monitor)).toContain(
      'Retry 6 targets of 3 functions?',
    );
    const few = stateOf(environments, [{ name: 'a', stands: ['live', 'failed', 'live'] }]);
    const { monitor, actions } = played([key('R')], few, size);
    expect(actions).toHaveLength(1);
    expect(bottom(few, monitor)).toBe('Retrying a in mytestenv.');
    expect(bottom(calm, played([key('R')], calm, size).monitor)).toBe('Nothing failed or is held.');
  });

  it('is no retry of what waits for a person: that is said instead', () => {
    const gone = { reason: 'gone', dir: '/project/a' } as const;
    const held = stateOf(environments, [
      { name: 'a', stands: ['live', 'live', 'live'], problem: gone },
      { name: 'b', stands: ['live', 'live', 'live'], problem: gone },
    ]);
    expect(bottom(held, played([key('R')], held, size).monitor)).toBe(
      'Nothing failed. 6 targets held: t goes to each and says what to do.',
    );
  });

  it('is all that a yes uploads, where the question is about some of it', () => {
    const state = motley();
    const asked = played([key('u')], state, size, { ...firstMonitor, follows: false, selected: 'order' });
    expect(bottom(state, asked.monitor)).toBe(
      'Upload order again to dev, where it is live? Yes uploads order to dev, mytestenv, staging.  y yes, n no',
    );
  });

  it('has one question where a yes allows more', () => {
    const state = stateOf(environments, [{ name: 'a', stands: ['live', 'live', 'queued'] }]);
    const env = state.envs.get(staging);
    if (env === undefined) throw new Error('no staging');
    const guarded: State = {
      ...state,
      envs: new Map(state.envs).set(staging, { ...env, spec: { ...env.spec, protected: true } }),
    };
    const asked = played([key('u')], guarded, { columns: 200, rows: 50 }).monitor.question?.text ?? '';
    expect(asked).toBe(
      'Upload a again to dev, mytestenv, where it is live? Yes also allows uploads to staging (protected) until tcb-watch ends.',
    );
  });

  it('is told truly of a retry, too', () => {
    expect(bottom(calm, played([key('r')], calm, size).monitor)).toBe(
      'Nothing to retry for a. Asking dev, mytestenv, staging what runs there.',
    );
    const offline = { since: now, detail: 'ECONNREFUSED', probing: null, probeAt: now + 1000 };
    const state = { ...stateOf(environments, [{ name: 'a', stands: ['live', 'failed', 'live'] }]), offline };
    expect(bottom(state, played([key('r')], state, size).monitor)).toMatch(
      /^a in mytestenv must wait: The cloud cannot be reached/,
    );
  });

  it('is asked on the spot for a protected environment', () => {
    const state = stateOf(environments, [
      { name: 'a', stands: ['live', 'live', 'queued'] },
      { name: 'b', stands: ['live', 'live', 'queued'] },
    ]);
    const env = state.envs.get(staging);
    if (env === undefined) throw new Error('no staging');
    const envs = new Map(state.envs).set(staging, { ...env, spec: { ...env.spec, protected: true } });
    const guarded = { ...state, envs };
    expect(shown(guarded, firstMonitor)).toContain('→ Press y to allow uploads to it.');
    expect(bottom(guarded, firstMonitor)).toContain('y allow');
    expect(bottom(calm, firstMonitor)).not.toContain('y allow');
    // The question of a first start is not one of protection: y has nothing to allow there.
    const awaited = { ...state, asking: new Set([staging]) };
    expect(bottom(awaited, firstMonitor)).not.toContain('y allow');
    const asked = played([key('y')], guarded, size);
    expect(bottom(guarded, asked.monitor)).toContain(
      'Allow uploads to staging (protected) until tcb-watch ends?',
    );
    const { actions, monitor } = played([key('y')], guarded, size, asked.monitor);
    expect(actions).toMatchObject([{ type: 'dispatch', events: [{ type: 'allow', envs: [staging] }] }]);
    expect(bottom(guarded, monitor)).toBe('Uploading a, b to staging.');
    const forced = played([key('l'), key('l'), key('l'), key('u')], guarded, size);
    expect(forced.actions).toEqual([]);
    expect(bottom(guarded, forced.monitor)).toContain('Allow uploads to staging (protected)');
  });
});

describe('several functions', () => {
  it('are marked with Space and meant together, until Esc', () => {
    const marked = played([key(' '), key(' ')], calm, size).monitor;
    expect([...marked.marked]).toEqual(['a', 'b']);
    expect(shown(calm, marked)).toMatch(/ \*a .*\n \*b .*\n▸ c /);
    expect(bottom(calm, played([key('u')], calm, size, marked).monitor)).toContain(
      'Upload a, b again to dev,',
    );
    const { actions } = played([key('r')], calm, size, marked);
    expect(actions).toEqual([
      {
        type: 'dispatch',
        events: ['a', 'b'].map((name) => ({ type: 'retry', at: now, function: name, env: null })),
      },
    ]);
    // Whatever row is looked at, the answer names whom it is about.
    expect(played([key('A')], calm, size, marked).monitor.toast?.text).toMatch(
      /^Nothing to accept for a, b: /,
    );
    expect(played([key('k'), key(' ')], calm, size, marked).monitor.marked.has('b')).toBe(false);
    expect(played([key('escape')], calm, size, marked).monitor.marked.size).toBe(0);
  });
});

describe('a head that is clicked', () => {
  const click = (column: number, row: number): Sent => ({ type: 'click', point: { column, row } }) as Sent;
  const head = picture(calm, firstMonitor, size).findIndex((line) => line.includes('mytestenv'));
  const at = (word: string): number => picture(calm, firstMonitor, size)[head]?.indexOf(word) ?? -1;

  it('sorts by its column, and the other way round the second time', () => {
    const once = played([click(at('size'), head)], calm, size).monitor;
    expect([once.sort, once.reversed]).toEqual(['size', false]);
    const twice = played([click(at('size'), head)], calm, size, once).monitor;
    expect([twice.sort, twice.reversed]).toEqual(['size', true]);
    expect(played([click(at('function'), head)], calm, size).monitor.sort).toBe('name');
    expect(played([click(at('why'), head)], calm, size, once).monitor.sort).toBe('trouble');
    expect(played([click(at('last live'), head)], calm, size).monitor.sort).toBe('upload');
  });

  it('chooses its environment, and all again', () => {
    const once = played([click(at('mytestenv'), head)], calm, size).monitor;
    expect(once.env).toBe(mytest);
    expect(played([click(at('mytestenv'), head)], calm, size, once).monitor.env).toBeNull();
  });
});

describe('what is left of a text', () => {
  it.each([
    ['short', 20, 'short'],
    ['Function code exception caught: npm ERR! code E404', 30, '…npm ERR! code E404'],
    [
      'Function code exception caught: npm ERR! code E404 (rid abc)',
      50,
      'Function code exception caught: npm ERR! code E404',
    ],
    ['FailedOperation: Update: the balance is too low today', 24, '…the balance is too low…'],
    ['one sentence without an end in sight', 12, 'one sentenc…'],
    ['云端错误：依赖安装失败，请检查 package.json', 24, '…依赖安装失败，请检查 p…'],
    ['it ended with: 1', 8, 'it ende…'],
  ])('%j in %i columns is %j', (message, columns, left) => {
    expect(telling(message, columns, '…')).toBe(left);
    expect(columnsOf(telling(message, columns, '…'))).toBeLessThanOrEqual(columns);
  });

  it.each([
    [['dev', 'test'], 4, ['dev', 'test']],
    [['team-alice', 'team-bob'], 2, ['al', 'bo']],
    [['env0', 'env1', 'env10'], 2, ['0', '1', '10']],
    [['dev', 'dev-two'], 3, ['1', '2']],
    [['alpha', 'alto', 'beta'], 3, ['alp', 'alt', 'bet']],
    [['one-x', 'one-y', 'one-x2'], 1, ['1', '2', '3']],
    [['环境一', '环境二'], 2, ['一', '二']],
  ])('names %j in %i columns are %j', (names, columns, heads) => {
    expect(tellingNames(names, columns)).toEqual(heads);
  });
});

it('an entered text is found again by the up key, and what was being typed by the down key', () => {
  const enter = (what: string): Sent[] => [key('/'), key('C-u'), text(what), key('enter')];
  const typed = played(
    [...enter('one'), ...enter('two'), key('/'), key('C-u'), text('dra')],
    motley(),
    size,
  ).monitor;
  const line = (...keys: string[]): string | undefined =>
    played(keys.map(key), motley(), size, typed).monitor.prompt?.line.text;
  expect(line('up')).toBe('two');
  expect(line('up', 'up')).toBe('one');
  expect(line('up', 'up', 'up', 'down')).toBe('two');
  expect(line('up', 'down')).toBe('dra');
  expect(line('down')).toBe('dra');
});

it('a border that is moved gives room to the list or to the details, within bounds', () => {
  const rows = (...keys: string[]): number =>
    picture(motley(), played(keys.map(key), motley(), size).monitor, size).findIndex((line) =>
      line.startsWith('─ order'),
    );
  expect(rows('>')).toBeGreaterThan(rows());
  expect(rows('<', '<', '<')).toBeLessThan(rows());
  expect(rows(...Array<string>(99).fill('>'))).toBeLessThan(size.rows - 3);
  expect(rows(...Array<string>(99).fill('<'))).toBeGreaterThan(4);
});

it('a call says whether the code on disk answered', () => {
  const result = { function: 'a', env: dev, ok: true, text: '42', logs: ['first'], ms: 5 };
  const said = (state: State): string[] =>
    played([{ type: 'invoked', result } as Sent], state, size).monitor.log.map((line) => line.text);
  expect(said(calm)).toEqual(['dev (5 ms), answered by aaaaaaaa, the code on disk', '│ first', '42']);
  const older = stateOf(environments, [{ name: 'a', stands: ['deploying', 'live', 'live'] }]);
  expect(said(older)[0]).toContain('answered by bbbbbbbb, not yet the code on disk');
  const unknown = older.functions.map((fn) => ({
    ...fn,
    targets: new Map([...fn.targets].map(([env, target]) => [env, { ...target, live: null }])),
  }));
  expect(said({ ...older, functions: unknown })[0]).toContain('which code answered is not known');
});

it.each([
  [[], 'dev, the call failed'],
  [['first'], 'dev, answered by aaaaaaaa, the code on disk'],
])('a call that failed having printed %j: %s', (logs, said) => {
  const result = { function: 'a', env: dev, ok: false, text: 'other side closed', logs, ms: null };
  const { log } = played([{ type: 'invoked', result } as Sent], calm, size).monitor;
  expect(log[0]?.text).toBe(said);
});

it('an event that a function was called with is there again, and the ones before it by the up key', () => {
  const call = (event: string): Sent[] => [key('i'), key('C-u'), text(event), key('enter')];
  const called = played([...call('{"a":1}'), ...call('{"b":2}'), key('i')], calm, size);
  expect(called.actions).toHaveLength(2);
  const line = (...keys: string[]): string | undefined =>
    played(keys.map(key), calm, size, called.monitor).monitor.prompt?.line.text;
  expect(line()).toBe('{"b":2}');
  expect(line('up')).toBe('{"a":1}');
  expect(line('up', 'down')).toBe('{"b":2}');
  expect(bottom(calm, called.monitor)).toContain('invoke a in dev');
  expect(bottom(calm, played([key('tab')], calm, size, called.monitor).monitor)).toContain(
    'invoke a in mytestenv',
  );
});

it('the wheel moves what is under it, and a click in the details gives them the keys', () => {
  const many = Array.from({ length: 60 }, (_, index) => changed(index % 2 === 0 ? 'a' : 'b'));
  const at = (row: number, by: number): Sent => ({ type: 'wheel', point: { column: 5, row }, by }) as Sent;
  const below = size.rows - 4;
  const { monitor } = played([...many, at(below, -3)], calm, size);
  expect(monitor.log.find(({ seq }) => seq === monitor.logEnd)?.seq).toBe((monitor.log.at(-1)?.seq ?? 0) - 3);
  expect(monitor.selected).toBe('b');
  expect(played([at(4, 1)], calm, size, monitor).monitor.selected).toBe('c');
  const click: Sent = { type: 'click', point: { column: 5, row: below } } as Sent;
  expect(played([click], calm, size).monitor.pane).toBe('detail');
});

it('a retry of what the disk refused reads it again instead of waiting', () => {
  const problem = { reason: 'no-entry', expected: ['index.js'] } as const;
  const state = stateOf(environments, [{ name: 'a', stands: ['live', 'live', 'live'], problem }]);
  expect(bottom(state, played([key('r')], state, size).monitor)).toBe(
    'Retrying a in dev, mytestenv, staging.',
  );
  expect(bottom(state, played([key('l'), key('u')], state, size).monitor)).toMatch(
    /^a in dev must wait: There is no entry file/,
  );
});

it('a countdown in the list wakes the screen, whatever is chosen', () => {
  const rows = [
    { name: 'a', stands: ['waiting', 'live', 'live'] as const },
    { name: 'b', stands: ['live', 'live', 'live'] as const },
  ];
  const state = stateOf(environments, rows);
  const still = { ...state, token: { ...state.token, expiresAt: null } };
  const on = { ...firstMonitor, selected: 'b', follows: false };
  expect(view(still, on, size, options).wakeAt).toBe(now + 1000);
});

it('the history has a chart once something became live after a save', () => {
  const on = played([key('j'), key('k'), pushing('a')], calm, size).monitor;
  expect(shown(calm, on)).toMatch(/^History *$/m);
  expect(shown(calm, played([live('a', dev)], calm, size, on).monitor)).toMatch(
    /^History +█ +save to live 900 ms/m,
  );
});

it('the list of twelve environments has a legend next to whatever is the matter', () => {
  const names = [
    'alpha',
    'beta',
    'gamma',
    'delta',
    'release-1',
    'release-2',
    'test-a',
    'test-b',
    'lin',
    'wang',
    'zhao',
    'qa',
  ];
  const many = names.map((name) => `${name}-3gewtf9c10f60c76`);
  const stands = many.map((_, index) => (index === 4 ? ('failed' as const) : ('live' as const)));
  const state = stateOf(
    many,
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => ({ name, stands })),
  );
  const log = Array.from({ length: 9 }, () => changed('a'));
  const screen = (rows: number): string =>
    picture(state, played(log, state, { columns: 80, rows }).monitor, { columns: 80, rows }).join('\n');
  expect(screen(24)).toMatch(/1 {2}2 {2}3 {2}4 {2}5 /);
  for (const rows of [24, 35]) {
    expect(screen(rows)).toMatch(/1 alpha · 2 beta .*5 release-1 · 6 release-2/);
    // No number stands apart from its name.
    expect(screen(rows)).not.toMatch(/· \d+ *$/m);
    expect(screen(rows)).toContain('12 qa');
    expect(screen(rows)).toMatch(/→ /);
  }
});
