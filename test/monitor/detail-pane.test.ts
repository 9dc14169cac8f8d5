/** The pane of one function: what was sent of it, how that ended where, and how long it took. */
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { detailPane, detailText } from '../../src/monitor/detail-pane.js';
import { textOf } from '../../src/monitor/frame.js';
import { columnAt } from '../../src/monitor/functions-pane.js';
import { firstMonitor } from '../../src/monitor/model.js';
import { sceneOf } from '../../src/monitor/scene.js';
import { view } from '../../src/monitor/view.js';
import { clockTime } from '../../src/text/time.js';
import { failure } from '../core/make.js';
import { environments, now, options, picture, played, stateOf } from '../support/stage.js';

const [dev = '', test = '', staging = ''] = environments;
const size = { columns: 280, rows: 40 };
const all = ['live', 'live', 'live'] as const;
const state = stateOf(environments, [
  { name: 'pay', stands: all },
  { name: 'cart', stands: all },
]);
const [first, second] = ['b'.repeat(64), 'c'.repeat(64)];
const time = clockTime(now, now);

const changed = (files: readonly string[], more: number): Fact => ({
  event: 'changed',
  function: 'pay',
  files,
  more,
});
const pushing = (fingerprint: string, ...envs: readonly string[]): Fact => ({
  ...{ event: 'pushing', function: 'pay', envs, fingerprint, zipBytes: 1, files: 1, attempt: 1 },
  cause: 'change',
});
const live = (env: string, sinceSaveMs: number | null, fingerprint = first): Fact => ({
  ...{ event: 'live', function: 'pay', env, fingerprint, sinceSaveMs, verified: true, cannotRun: null },
});
const failed = (env: string): Fact => ({
  ...{ event: 'push-failed', function: 'pay', envs: [env], class: 'function', errcode: 1, message: 'No.' },
  ...{ hint: 'Change it.', rid: null, retryInMs: null, final: true },
});

/** The lines of the pane about `pay`, before those of the log. */
function lines(...facts: readonly Fact[]): string[] {
  const { monitor } = played(
    facts.map((fact) => ({ type: 'fact', fact })),
    state,
    size,
  );
  const zoomed = { ...monitor, selected: 'pay', pane: 'detail', zoomed: true, follows: false } as const;
  const text = detailText(sceneOf(state, zoomed, size, options));
  return (text.split('\n\n')[0] ?? '').split('\n').map((line) => line.trimEnd());
}
/** Those after the first two, which name the function and where it stands. */
const told = (...facts: readonly Fact[]): string[] => lines(...facts).slice(2);
const disk = '3 files, 5 KiB (zip 2 KiB), on disk aaaaaaaa';

describe('the details of a function', () => {
  it('name it and where it stands; while nothing was sent, only what is on disk', () => {
    expect(lines()).toEqual([
      'pay · all environments',
      `✔ live  all environments  since ${clockTime(now - 60_000, now)}`,
      disk,
    ]);
  });

  it('say of an upload where it is, and no time where nobody saved', () => {
    const sent = [disk, `${time} sent aaaaaaaa → bbbbbbbb`, 'History'];
    const upload = pushing(first, dev, test);
    expect(told(upload)).toEqual([...sent, `${time} bbbbbbbb  … dev  … mytestenv`]);
    expect(told(upload, live(dev, null), live(test, null))).toEqual([
      ...sent,
      `${time} bbbbbbbb  ✔ dev  ✔ mytestenv`,
    ]);
  });

  it('have the newest upload first, what failed before the rest, and the times as a chart', () => {
    const facts = [
      ...[changed(['a', 'b', 'c', 'd'], 2), pushing(first, dev, test), live(dev, 900), failed(test)],
      ...[pushing(second, dev, test, staging), live(dev, 500, second), live(test, 2000, second)],
    ];
    expect(told(...facts)).toEqual([
      disk,
      `${time} changed a, b, c and 3 more`,
      `${time} sent aaaaaaaa → cccccccc`,
      'History  ✖█  save to live 2.0 s',
      `${time} cccccccc  … staging  ✔ dev 500 ms  ✔ mytestenv 2.0 s`,
      `${time} bbbbbbbb  ✖ mytestenv  ✔ dev 900 ms`,
    ]);
  });

  it('have bars as high as the time is long, against the longest', () => {
    const facts = [100, 400, 800, 50].flatMap((ms, at) => {
      const fingerprint = `${at}`.repeat(64);
      return [pushing(fingerprint, dev), live(dev, ms, fingerprint)];
    });
    expect(told(...facts)[2]).toBe('History  ▂▅█▁  save to live 50 ms');
  });

  it('have no time in their head where every upload failed', () => {
    expect(told(pushing(first, dev), failed(dev))[2]).toBe('History  ✖');
  });

  it('name three files of a change, and count the others', () => {
    expect(told(changed(['a', 'b', 'c'], 0))).toContain(`${time} changed a, b, c`);
    expect(told(changed(['a'], 9))).toContain(`${time} changed a and 9 more`);
    expect(told(changed([], 0)).join()).not.toContain('changed');
  });
});

it('a wide list says how long the last upload took until it was live everywhere', () => {
  const facts = [pushing(first, dev, test), live(dev, 900), live(test, 1900), pushing(second, dev)];
  const { monitor } = played(
    facts.map((fact) => ({ type: 'fact', fact })),
    state,
    size,
  );
  const [, , head = '', ...rows] = picture(state, monitor, size);
  const at = head.indexOf('took');
  expect(at).toBeGreaterThan(0);
  expect(head.slice(0, at)).toMatch(/function .*dev .*mytestenv .*staging .*why .*last live .*size/);
  const cell = (name: string): string =>
    rows
      .find((row) => row.includes(` ${name} `))
      ?.slice(at - 2, at + 8)
      .trim() ?? 'no row';
  expect(cell('pay')).toBe('1.9 s');
  expect(cell('cart')).toBe('');
});

it('what lies under a column of the list is what stands there', () => {
  const scene = sceneOf(state, firstMonitor, size, options);
  const head = (picture(state, firstMonitor, size)[2] ?? '').slice(1);
  const under = (word: string, further = 0): string => {
    const at = columnAt(scene, head.indexOf(word) + further);
    return at.type === 'env' ? at.env : at.type;
  };
  expect(
    ['function', 'dev', 'mytestenv', 'staging', 'why', 'last live', 'size', 'took'].map((word) =>
      under(word),
    ),
  ).toEqual([...['name', dev, test, staging, 'why', 'upload', 'size', 'took']]);
  expect(['why', 'last live', 'size', 'took'].map((word) => under(word, -2))).toEqual([
    ...[staging, 'why', 'upload', 'size'],
  ]);
});

it('the head of the list marks the chosen environment, and no other', () => {
  const marked = (env: string | null): string[] => {
    const monitor = { ...firstMonitor, selected: 'pay', env };
    const head = view(state, monitor, size, options).rows[2] ?? [];
    return head.flatMap(({ text, style }) => (style.underline ? [text.trim()] : []));
  };
  expect(marked(test)).toEqual(['mytestenv']);
  expect(marked(null)).toEqual([]);
});

describe('a reason that is longer than its room', () => {
  const message = Array.from({ length: 40 }, (_, at) => `word${at}`).join(' ');
  const refused = stateOf(environments, [
    {
      name: 'pay',
      stands: ['failed', 'failed', 'live'],
      failure: failure({ class: 'function', errcode: 1, message }),
    },
  ]);
  const kinds: readonly (readonly [RegExp, string])[] = [
    [/^✖ failed {2}dev, mytestenv/, 'where'],
    [/^ {2}(?:1 )?word/, 'why'],
    [/^ {2}(?:→ Change|not retried)/, 'what to do'],
    [/^ {2}… Enter/, 'more'],
    [/^✔ live {2}staging/, 'the rest'],
    [/^── Log ─/, 'log'],
  ];
  const shown = (rows: number): string[] => {
    const monitor = { ...firstMonitor, selected: 'pay', follows: false };
    const scene = sceneOf(refused, monitor, { columns: 120, rows: 30 }, options);
    const { detail } = scene.layout;
    if (detail === null) throw new Error('no pane');
    const pane = detailPane(scene, { ...detail, columns: 50, rows });
    return pane.rows.flatMap((row) => kinds.find(([pattern]) => pattern.test(textOf(row)))?.[1] ?? []);
  };

  it.each<readonly [number, number, readonly string[]]>([
    [3, 1, ['what to do']],
    [4, 1, ['what to do', 'what to do']],
    [5, 1, ['what to do', 'what to do', 'more']],
    [6, 2, ['what to do', 'what to do', 'more']],
    [7, 3, ['what to do', 'what to do', 'more']],
    [9, 2, ['what to do', 'what to do', 'more', 'log']],
    [12, 4, ['what to do', 'what to do', 'more', 'log']],
    [16, 6, ['what to do', 'what to do', 'the rest', 'log']],
  ])('is cut, and never what to do: in %i rows', (rows, whys, below) => {
    expect(shown(rows)).toEqual(['where', ...Array.from({ length: whys }, () => 'why'), ...below]);
  });
});
