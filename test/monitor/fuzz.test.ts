/**
 * Random projects, histories, keys, sizes and languages: each frame fills its screen exactly, and each cell of a terminal holds what it
 * should. `FRAMES=1500 TEST_SEED=7 npx vitest run test/monitor/fuzz.test.ts` looks at more of them.
 */
import { afterEach, expect, it } from 'vitest';
import type { State } from '../../src/core/state.js';
import { mapValues } from '../../src/core/update.js';
import type { CodeFault } from '../../src/model/code-fault.js';
import type { Fact } from '../../src/model/fact.js';
import type { ContentProblem, HoldReason } from '../../src/model/nouns.js';
import { type Size, widthOf } from '../../src/monitor/frame.js';
import { keyTable } from '../../src/monitor/keys.js';
import { firstMonitor, type MonitorEvent, type MonitorState, toastOf } from '../../src/monitor/model.js';
import { createPainter } from '../../src/monitor/paint.js';
import type { ViewOptions } from '../../src/monitor/scene.js';
import { update } from '../../src/monitor/update.js';
import { view } from '../../src/monitor/view.js';
import { drawsAmbiguousIn } from '../../src/text/text.js';
import { failure } from '../core/make.js';
import { busyMonitor, nasty } from '../support/busy-stage.js';
import { wrongCells } from '../support/cells.js';
import { headlessTerminal } from '../support/headless.js';
import { type Random, seeded } from '../support/random.js';
import { now, options, type Stand, stateOf, wanted } from '../support/stage.js';

afterEach(() => drawsAmbiguousIn(1));

const frames = Number(process.env['FRAMES'] ?? 200);
const seed = Number(process.env['TEST_SEED'] ?? 20_260_401);

const stands: readonly Stand[] = [
  'live',
  'live',
  'sending',
  'deploying',
  'waiting',
  'queued',
  'failed',
  'unverified',
];
const problems: readonly ContentProblem[] = [
  { reason: 'no-entry', expected: ['index.js'] },
  { reason: 'gone', dir: '/项目/云函数/订单' },
  { reason: 'bad-name', rule: 'start', env: null },
  { reason: 'build-failed', fault: 'compiler', output: nasty.join('\n') },
  { reason: 'unreadable', path: '模块/密钥.js', code: 'EACCES' },
];
const usualSizes: readonly Size[] = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 35 },
  { columns: 200, rows: 50 },
  { columns: 60, rows: 16 },
];

function randomState(random: Random): State {
  const envs = Array.from({ length: 1 + random.below(12) }, (_, index) =>
    random.chance(0.2) ? `${random.pick(nasty).slice(0, 40)}${index}` : `env${index}-0123456789ab`,
  );
  const staged = Array.from({ length: random.below(40) }, (_, index) => ({
    name: random.chance(0.3) ? `${random.pick(nasty)}${index}` : `fn-${index}`,
    stands: envs.map(() => (random.chance(0.6) ? 'live' : random.pick(stands))),
    failure: failure({
      message: random.pick(nasty),
      class: random.pick(['function', 'env', 'transient', 'token']),
    }),
    ...(random.chance(0.1) ? { problem: random.pick(problems) } : {}),
    ...(random.chance(0.1) ? { settling: true as const } : {}),
  }));
  const state = stateOf(envs, staged);
  const fault: CodeFault = {
    ...{ kind: 'syntax-error', path: `${random.pick(nasty)}.js`, line: 7, column: 3, certain: true },
    message: random.pick(nasty),
  };
  const foreign = { modTime: '2026-04-01 14:00:00', ours: wanted, adopted: random.chance(0.5) };
  return {
    ...state,
    paused: random.chance(0.1),
    stopping: random.chance(0.05),
    offline: random.chance(0.1)
      ? { since: now - 5000, detail: random.pick(nasty), probing: null, probeAt: now + 1000 }
      : null,
    token: {
      ...state.token,
      status: random.chance(0.8) ? 'ready' : random.pick(['unread', 'suspect', 'rejected', 'unavailable']),
    },
    envs: mapValues(state.envs, (env) => ({ ...env, spec: { ...env.spec, protected: random.chance(0.2) } })),
    functions: state.functions.map((fn) => ({
      ...fn,
      fault: random.chance(0.1) ? fault : null,
      targets: mapValues(fn.targets, (target) =>
        random.chance(0.1) ? { ...target, live: null, foreign } : target,
      ),
    })),
  };
}

const reasons: readonly HoldReason[] = [
  'protected',
  'foreign',
  'refused',
  'build-failed',
  'token',
  'gone',
  'quota',
];

function randomFact(random: Random, names: readonly string[], envs: readonly string[]): Fact {
  const name = names.length === 0 ? 'fn' : random.pick(names);
  const env = random.pick(envs);
  const text = random.pick(nasty);
  const facts: readonly Fact[] = [
    { event: 'changed', function: name, files: [`${text}.js`], more: random.below(3) },
    { event: 'held', function: name, env, reason: random.pick(reasons), detail: text, hint: text },
    { event: 'adopted', function: name, envs },
    { event: 'lost', function: name, detail: text, hint: text },
    { event: 'notice', kind: 'cannot-run', function: name, place: 'index.js:1:1', detail: text, hint: text },
    { event: 'offline', detail: text, hint: text },
    {
      ...{ event: 'live', function: name, env, fingerprint: wanted, sinceSaveMs: random.below(90_000) },
      ...{ verified: random.chance(0.8), cannotRun: random.chance(0.2) ? 'index.js:1:1' : null },
    },
    {
      ...{ event: 'pushing', function: name, envs, fingerprint: wanted, zipBytes: 2048, files: 3 },
      ...{ attempt: 1 + random.below(3), cause: 'change' },
    },
    {
      ...{ event: 'push-failed', function: name, envs: [env], class: 'function', errcode: -504_002 },
      ...{ message: text, hint: text, rid: 'r-1', retryInMs: null, final: true },
    },
  ];
  return random.pick(facts);
}

const keys = [
  ...Object.values(keyTable).flatMap(({ keys: each }) => [...each]),
  ...['y', 'n', 'enter', 'escape', 'tab', 'x', '订', 'backspace'],
].filter((key) => key !== 'q');

function randomEvent(random: Random, state: State, size: Size): MonitorEvent {
  const at = now;
  const point = { column: random.below(size.columns), row: random.below(size.rows) };
  const text = random.pick(nasty);
  const sheet = {
    title: text,
    lines: nasty.map((line) => ({
      kind: random.pick(['added', 'removed', 'remark', 'file'] as const),
      text: line,
    })),
  };
  const question = random.chance(0.5)
    ? { text, action: { type: 'redraw' as const }, said: toastOf(text, 'good', at) }
    : null;
  const fact = randomFact(random, [...state.functions.keys()], [...state.envs.keys()]);
  const rare: readonly MonitorEvent[] = [
    { at, type: 'paste', text },
    { at, type: 'click', point },
    { at, type: 'wheel', point, by: random.below(7) - 3 },
    { at, type: 'sheet', sheet, question },
    { at, type: 'toast', text, tone: 'warn' },
    { at, type: 'stray', text },
    { at, type: 'edited', text },
    {
      at,
      type: 'events',
      function: text,
      events: nasty.map((name) => ({ name, chosen: random.chance(0.5) })),
    },
    {
      ...{ at, type: 'invoked' },
      result: {
        function: text,
        env: random.pick([...state.envs.keys()]),
        ok: true,
        text,
        logs: nasty,
        ms: 5,
      },
    },
    { at, type: 'recalled', lines: nasty.map((line) => ({ at, tone: 'bad', label: 'failed', text: line })) },
  ];
  if (random.chance(0.5)) return { at, type: 'key', key: random.pick(keys) };
  return random.chance(0.6) ? { at, type: 'fact', fact } : random.pick(rare);
}

interface Picture {
  readonly state: State;
  readonly monitor: MonitorState;
  readonly size: Size;
  readonly options: ViewOptions;
}

function randomPicture(random: Random): Picture {
  const state = randomState(random);
  const size = random.chance(0.6)
    ? random.pick(usualSizes)
    : { columns: 1 + random.below(220), rows: 1 + random.below(60) };
  const shown: ViewOptions = {
    ...options,
    language: random.pick(['en', 'zh-CN']),
    ascii: random.chance(0.3),
    endpoint: random.pick(nasty),
  };
  let monitor = random.chance(0.3) ? busyMonitor(state) : firstMonitor;
  for (let count = random.below(15); count > 0; count -= 1)
    monitor = update(monitor, randomEvent(random, state, size), { state, size, options: shown }).monitor;
  return { state, monitor, size, options: shown };
}

it.each([1, 2] as const)(
  'random frames fill the screen, and every cell is where it belongs: ambiguous characters in %i',
  async (ambiguous) => {
    drawsAmbiguousIn(ambiguous);
    const random = seeded(seed + ambiguous);
    const screen = headlessTerminal({ columns: 80, rows: 24 }, ambiguous);
    // As the monitor has it: nothing scrolls off, nothing wraps.
    await screen.write('\u001b[?1049h\u001b[?7l');
    const painter = createPainter(true);
    for (let count = 0; count < frames; count += 1) {
      const { state, monitor, size, options: shown } = randomPicture(random);
      const frame = view(state, monitor, size, shown);
      const where = `seed ${seed}, frame ${count}, ${size.columns}×${size.rows}`;
      expect(frame.rows.length, where).toBe(size.rows);
      expect(
        frame.rows.findIndex((row) => widthOf(row) !== size.columns),
        where,
      ).toBe(-1);
      screen.terminal.resize(size.columns, size.rows);
      painter.forget();
      await screen.write(painter.paint(frame, size));
      const wrong = wrongCells(screen, frame).slice(0, 5);
      const [row = 0] = (wrong[0] ?? '').split(':').map(Number);
      const text = (frame.rows[row] ?? []).map((span) => span.text).join('');
      expect(wrong, `${where}: ${JSON.stringify(text)}`).toEqual([]);
    }
  },
  600_000,
);
