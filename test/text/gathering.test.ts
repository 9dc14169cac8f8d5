/** One cause, one line: what `push`, `watch` and `status` print where many targets stand alike. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { goodEnvsText, goodFunctionsText, sharedFinding } from '../../src/text/findings.js';
import type { Gathering } from '../../src/text/gathering.js';
import type { Language } from '../../src/text/language.js';
import { statusTable } from '../../src/text/status-table.js';
import { plainRenderer } from '../../src/text/stream.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const names = Array.from({ length: 30 }, (_, index) => `fn-${index + 1}`);

function printer(gathering?: Gathering, language: Language = 'en') {
  const written: string[] = [];
  const render = plainRenderer((text) => written.push(text), {
    ...{ language, color: false, ascii: false, timestamps: false },
    ...(gathering === undefined ? {} : { gathering }),
  });
  return {
    take: (...facts: readonly Fact[]): void => {
      for (const fact of facts) render(fact, Date.now());
    },
    lines: (): string[] => written.join('').split('\n').slice(0, -1),
  };
}

const held = (
  name: string,
  env: string | null,
  over: Partial<Extract<Fact, { event: 'held' }>> = {},
): Fact => ({
  ...{
    event: 'held',
    function: name,
    env,
    reason: 'protected',
    detail: 'It is protected.',
    hint: 'Say yes.',
  },
  ...over,
});
const live = (name: string, env: string): Fact => ({
  ...{
    event: 'live',
    function: name,
    env,
    fingerprint: 'ab',
    sinceSaveMs: 1000,
    verified: true,
    cannotRun: null,
  },
});
const pushing = (name: string): Extract<Fact, { event: 'pushing' }> => ({
  ...{ event: 'pushing', function: name, envs: ['dev'], fingerprint: 'ab', zipBytes: 10, files: 1 },
  ...{ attempt: 1, cause: 'startup' },
});
const stopped = (
  pending: readonly string[] = [],
  reason = 'queued',
): Extract<Fact, { event: 'stopped' }> => ({
  ...{
    event: 'stopped',
    code: 1,
    pushed: 30,
    failed: 0,
    p50Ms: null,
    p95Ms: null,
    answers: { ok: 0, failed: 0 },
  },
  pending: pending.map((name) => ({ function: name, env: 'dev', reason })),
});

describe('a push of 30 functions, one of whose environments is protected', () => {
  const facts = names.flatMap((name) => [pushing(name), held(name, 'prod'), live(name, 'dev')]);

  it('has one line a function, one cause, and a summary', () => {
    const { take, lines } = printer('outcomes');
    take(...facts, stopped(names, 'protected'));
    expect(lines().length).toBeLessThanOrEqual(40);
    expect(lines().filter((line) => line.startsWith('✔ live'))).toHaveLength(30);
    expect(lines().join('\n')).toMatch(
      /^! held +30 functions +prod +It is protected\.\n +fn-1, fn-2, fn-3 and 27 more\n +Say yes\.$/m,
    );
    expect(lines().join('\n')).toMatch(/30 not live:\n +protected +30 +fn-1, fn-2, fn-3 and 27 more$/);
  });

  it('has one line a function though its environments become live a second apart', () => {
    const { take, lines } = printer('outcomes');
    const pushed = (name: string): Fact => ({
      ...{ event: 'pushed', function: name, envs: ['dev', 'test'], fingerprint: 'ab' },
      ...{ requestMs: 10, sinceSaveMs: null },
    });
    take(...names.flatMap((name) => [pushing(name), pushed(name), held(name, 'prod')]));
    for (const env of ['dev', 'test']) {
      take(...names.map((name) => live(name, env)));
      vi.advanceTimersByTime(1000);
    }
    expect(lines().filter((line) => line.startsWith('✔ live'))).toHaveLength(30);
    expect(lines()).toContainEqual(expect.stringMatching(/^✔ live +fn-7 +dev, test /));
    take(stopped(names, 'protected'));
    expect(lines().length).toBeLessThanOrEqual(40);
  });

  it('waits for each function from its own first environment on', () => {
    const { take, lines } = printer('outcomes');
    for (const name of ['pay', 'cart'])
      take(pushing(name), {
        ...{ event: 'pushed', function: name, envs: ['dev', 'test'], fingerprint: 'ab' },
        ...{ requestMs: 10, sinceSaveMs: null },
      });
    take(live('pay', 'dev'));
    vi.advanceTimersByTime(1900);
    take(live('cart', 'dev'));
    vi.advanceTimersByTime(200);
    expect(lines().filter((line) => line.startsWith('✔ live'))).toEqual([expect.stringMatching(/pay +dev /)]);
    take(live('cart', 'test'));
    expect(lines().at(-1)).toMatch(/^✔ live +cart +dev, test /);
  });

  it('has every line with --verbose', () => {
    const { take, lines } = printer();
    take(...facts);
    expect(lines()).toHaveLength(30 * 4);
  });

  it('says each thing once in Chinese, too', () => {
    const { take, lines } = printer('outcomes', 'zh-CN');
    take(...facts, stopped());
    expect(lines().join('\n')).toMatch(/^! 待处理 +30 个函数 +prod[^\n]*\n +fn-1、fn-2、fn-3 等 30 个\n/m);
  });
});

describe('lines that are waited for', () => {
  it('say of answers that come together where they differ, and count them at the end', () => {
    const answer = (env: string, n: number, eventName = 'happy'): Fact => ({
      ...{ event: 'answer', function: 'pay', env, eventName, fingerprint: null, proven: null, ok: true },
      ...{ result: { n }, resultBytes: 7, error: null, logs: [], moreLogs: 0, ms: 1, callMs: 1, node: null },
      ...{ requestId: null, changed: 'same', diff: null, mismatches: [], ignored: [], outcome: `${n}` },
      ...{ failure: null, file: 'events/pay.json', line: 1, places: [] },
    });
    const { take, lines } = printer('holds');
    take(answer('dev', 1), answer('test', 2), answer('dev', 3, 'other'));
    vi.advanceTimersByTime(100);
    expect(lines().map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
      '✔ answers pay dev happy · same as before · 1 ms',
      'differs by environment: /n is 1',
      '✔ answers pay test happy · same as before · 1 ms',
      'differs by environment: /n is 2',
      '✔ answers pay dev other · same as before · 1 ms',
    ]);
    const end = stopped();
    take(end.event === 'stopped' ? { ...end, answers: { ok: 2, failed: 1 } } : end);
    expect(lines().at(-1)?.trim()).toBe('2 answers as expected, 1 not');
  });

  it('come a moment later, and a single one as it always was', () => {
    const { take, lines } = printer('holds');
    take(held('pay', 'prod'));
    expect(lines()).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(lines()[0]).toMatch(/^! held +pay +prod +It is protected\.$/);
  });

  it('name one function in several environments by its name', () => {
    const { take, lines } = printer('holds');
    take(held('pay', 'prod'), held('pay', 'online'), live('cart', 'dev'), live('cart', 'test'));
    vi.advanceTimersByTime(100);
    expect(lines().at(-1)).toMatch(/^✔ live +cart +dev, test +1\.0 s after the save$/);
    expect(lines()[0]).toMatch(/^! held +pay +prod, online +It is protected\.$/);
    expect(lines()).toHaveLength(3);
  });

  it('gather what somebody else deployed whenever that was, without a command that would replace all of it', () => {
    const { take, lines } = printer('holds');
    const foreign = (name: string) =>
      held(name, 'dev', { reason: 'foreign', detail: name, hint: `push ${name} --force` });
    take(foreign('pay'), foreign('cart'));
    vi.advanceTimersByTime(100);
    expect(lines()[0]).toMatch(/^! held +2 functions +dev +Somebody else deployed these functions\.$/);
    expect(lines().join('\n')).not.toContain('--force');
  });

  it('are uploads only in a push, and only until nothing was said for a while', () => {
    const watch = printer('holds');
    watch.take(pushing('pay'));
    expect(watch.lines()).toHaveLength(1);
    const push = printer('outcomes');
    push.take(pushing('pay'), pushing('cart'), live('cart', 'dev'));
    vi.advanceTimersByTime(2900);
    expect(push.lines().filter((line) => line.startsWith('→'))).toEqual([]);
    vi.advanceTimersByTime(300);
    expect(push.lines().filter((line) => line.startsWith('→'))).toHaveLength(1);
  });

  it('are not lost at the end', () => {
    const { take, lines } = printer('outcomes');
    take(pushing('pay'), held('cart', 'prod'), stopped());
    expect(lines().map((line) => line.slice(0, 9).trim())).toEqual(['→ sending', '! held', '', '· stopped']);
  });
});

describe('many at the end', () => {
  it('are few lines, by reason', () => {
    const { take, lines } = printer();
    const many = Array.from({ length: 300 }, (_, index) => `fn-${index}`);
    take(stopped(many));
    expect(lines().length).toBeLessThanOrEqual(12);
    expect(lines().at(-1)).toMatch(/^ +queued +300 +fn-0, fn-1, fn-2 and 297 more$/);
  });
});

describe('status of 90 targets', () => {
  const row = (index: number, over: object = {}) => ({
    ...{
      function: `fn-${index}`,
      env: 'dev',
      group: 'live' as const,
      word: 'live',
      wanted: 'ab',
      live: 'ab',
    },
    ...{ since: null, hold: null, detail: null, hint: null, ...over },
  });
  const all = Array.from({ length: 90 }, (_, index) => row(index));

  it('is short where all are live, and whole with --verbose', () => {
    expect(statusTable(all, 'en')).toEqual([
      'All 90 targets are live.',
      'tcb-watch status --verbose lists every target.',
    ]);
    expect(statusTable(all, 'en', true)).toHaveLength(91);
  });

  it('explains once what several share', () => {
    const failed = { group: 'failed', word: 'failed', detail: 'No.', hint: 'Fix it.' };
    const rows = all.map((each, index) => (index < 40 ? row(index, failed) : each));
    expect(statusTable(rows, 'en')).toEqual([
      'failed  40  dev  fn-0, fn-1, fn-2 and 37 more',
      '    No.',
      '    Fix it.',
      '50 of 90 targets are live.',
      'tcb-watch status --verbose lists every target.',
    ]);
  });

  it('has one line for one cause, however their files differ', () => {
    const failed = { group: 'failed', word: 'failed', detail: 'No.', hint: 'Fix it.' };
    const differing = (index: number, file: string) =>
      row(index, { ...failed, differences: [`${file}  +1 -0`] });
    const rows = (files: readonly string[]) =>
      all.map((each, index) => (files[index] === undefined ? each : differing(index, files[index])));
    expect(statusTable(rows(['a.js', 'b.js', 'a.js']), 'en').slice(0, 4)).toEqual([
      'failed  3  dev  fn-0, fn-1, fn-2',
      '    No.',
      '    Fix it.',
      '87 of 90 targets are live.',
    ]);
    expect(statusTable(rows(['a.js', 'a.js']), 'en')[3]).toBe('      a.js  +1 -0');
  });

  it('says of what others deployed how much it is, whatever their times', () => {
    const theirs = (index: number, over: object) => row(index, { detail: `at ${index}`, hint: '', ...over });
    const rows = all.map((each, index) => {
      if (index < 54) return theirs(index, { group: 'held', word: 'foreign', hold: 'foreign' });
      return index < 60 ? theirs(index, { group: 'adopted', word: 'adopted' }) : each;
    });
    const lines = statusTable(rows, 'en');
    expect(lines[0]).toBe('foreign  54  dev  fn-0, fn-1, fn-2 and 51 more');
    expect(lines.at(-2)).toBe(
      '30 of 90 targets are live. 6 keep what somebody else deployed, as you accepted it.',
    );
    expect(lines.length).toBeLessThanOrEqual(7);
  });

  it('gives no time next to a failure, since it would be the old code’s', () => {
    const since = '2026-11-28T10:00:00.000Z';
    const failed = row(1, { group: 'failed', word: 'failed', since, detail: 'No.' });
    expect(statusTable([failed], 'en')[0]).not.toMatch(/since/);
    expect(statusTable([row(1, { since })], 'en')[0]).toMatch(/since/);
  });
});

describe('doctor of 31 functions, one of which cannot run', () => {
  const ok = Array.from({ length: 31 }, (_, index) => ({
    ...({ kind: 'function-ok', function: `fn-${index}`, env: null, entry: 'index.js' } as const),
    ...{ files: 1, zipBytes: 100 },
  }));
  const style = { language: 'en', color: false, ascii: false, columns: null } as const;

  it('has one line for those that are good', () => {
    expect(goodFunctionsText(ok, style)).toBe(
      '✔ content         31 functions: fn-0, fn-1, fn-2 and 28 more\n',
    );
    expect(goodFunctionsText(ok.slice(0, 2), style).split('\n')).toHaveLength(3);
  });

  it('has one line for environments that are well in the same way', () => {
    const envs = Array.from({ length: 12 }, (_, index) => `env-${index}`);
    const well = envs.map((env) => ({ kind: 'env-ok', function: null, env, alias: env }) as const);
    expect(goodEnvsText(well, style)).toBe('✔ env             env-0, env-1, env-2 and 9 more  NORMAL\n');
    expect(new Set(well.map((each) => sharedFinding(each, 'en')))).toEqual(new Set(['env\nNORMAL']));
    const missing = { kind: 'functions-missing', function: null, env: 'env-3', names: ['pay'] } as const;
    expect(sharedFinding(missing, 'en')).toBeNull();
    const [first] = ok;
    expect(first === undefined ? null : sharedFinding(first, 'en')).toBeNull();
  });
});

describe('answers to saved events', () => {
  const answer = (name: string, env: string, n: number, over: Partial<Answered> = {}): Answered => ({
    ...{
      event: 'answer',
      function: name,
      env,
      eventName: 'happy',
      fingerprint: 'ab',
      proven: null,
      ok: true,
    },
    ...{ result: { n }, resultBytes: 7, error: null, logs: [], moreLogs: 0, ms: 9, callMs: 9, node: null },
    ...{ requestId: null, places: [], outcome: `${n}`, changed: 'same', diff: null, mismatches: [] },
    ...{ ignored: [], failure: null, file: 'events/pay.json', line: 1, ...over },
  });
  type Answered = Extract<Fact, { event: 'answer' }>;
  /** A line begins with a mark; what stands below it is indented. */
  const brief = (lines: readonly string[]): string[] =>
    lines.map((line) => line.trim().replaceAll(/ +/g, ' '));

  it.each<readonly [Language, string, string]>([
    ['en', 'differs by environment: /n is 2', 'dev, test: differs by environment: /n is 1'],
    ['zh-CN', '各环境不同：/n 为 2', 'dev、test：各环境不同：/n 为 1'],
  ])('one that comes late and differs says what the others were: %s', (language, own, others) => {
    const { take, lines } = printer('holds', language);
    take(answer('pay', 'dev', 1), answer('pay', 'test', 1));
    vi.advanceTimersByTime(700);
    expect(lines().length).toBe(1);
    take(answer('pay', 'slow', 2));
    vi.advanceTimersByTime(700);
    expect(brief(lines().slice(2))).toEqual([own, others]);
  });

  it('one that comes late and is alike has nothing to say of the others', () => {
    const { take, lines } = printer('holds');
    take(answer('pay', 'dev', 1));
    vi.advanceTimersByTime(700);
    take(answer('pay', 'slow', 1));
    vi.advanceTimersByTime(700);
    expect(lines().length).toBe(2);
  });

  it.each<readonly [string, readonly Fact[]]>([
    ['other content', [{ ...pushing('pay'), fingerprint: 'cd' }]],
    ['another call', [answer('pay', 'dev', 2)]],
  ])('what was answered before %s is not compared', (_, between) => {
    const { take, lines } = printer('holds');
    take(pushing('pay'), answer('pay', 'dev', 1), answer('pay', 'test', 1));
    vi.advanceTimersByTime(700);
    take(...between);
    vi.advanceTimersByTime(700);
    take(answer('pay', 'test', 2), answer('pay', 'slow', 2));
    vi.advanceTimersByTime(700);
    expect(lines().join('\n')).not.toContain('by environment');
  });

  it('nor is what another environment answered before other content', () => {
    const { take, lines } = printer('holds');
    take(pushing('pay'), answer('pay', 'dev', 1));
    vi.advanceTimersByTime(700);
    take({ ...pushing('pay'), fingerprint: 'cd' }, answer('pay', 'test', 2));
    vi.advanceTimersByTime(700);
    expect(lines().join('\n')).not.toContain('by environment');
  });

  it('nor is what was answered long before', () => {
    const { take, lines } = printer('holds');
    take(answer('pay', 'dev', 1));
    vi.advanceTimersByTime(61_000);
    take(answer('pay', 'test', 2));
    vi.advanceTimersByTime(700);
    expect(lines().join('\n')).not.toContain('by environment');
  });

  it('of the same content that is sent to one more environment are compared', () => {
    const { take, lines } = printer('holds');
    take(pushing('pay'), answer('pay', 'dev', 1));
    vi.advanceTimersByTime(700);
    take(pushing('pay'), answer('pay', 'test', 2));
    vi.advanceTimersByTime(700);
    expect(lines().join('\n')).toContain('dev: differs by environment: /n is 1');
  });

  it('of a run that ends stand together by function, and what differs in one environment is said of all', () => {
    const { take, lines } = printer('outcomes');
    take(answer('pay', 'dev', 1), answer('login', 'dev', 1));
    vi.advanceTimersByTime(1500);
    take(answer('pay', 'test', 2), answer('login', 'test', 1));
    vi.advanceTimersByTime(1500);
    take(answer('pay', 'slow', 1));
    vi.advanceTimersByTime(2000);
    const all = brief(lines());
    expect(all.map((line) => /^✔ answers (pay|login)/.exec(line)?.[1] ?? line)).toEqual([
      'login',
      'pay',
      'differs by environment: /n is 1',
      'pay',
      'differs by environment: /n is 2',
    ]);
  });

  it('that somebody looks on at wait no longer than a moment, however many come', () => {
    const { take, lines } = printer('holds');
    for (let count = 0; count < 5; count += 1) {
      take(answer('pay', `dev-${count}`, 1));
      vi.advanceTimersByTime(60);
    }
    expect(lines().length).toBe(2);
  });

  it('of a run that ends wait for no more than twelve seconds, and for nothing once it has ended', () => {
    const { take, lines } = printer('outcomes');
    for (let count = 0; count < 12; count += 1) {
      take(answer('pay', 'dev', count));
      vi.advanceTimersByTime(1000);
    }
    expect(lines().length).toBe(11);
    take(answer('login', 'dev', 1), stopped());
    expect(lines().filter((line) => line.includes('login')).length).toBe(1);
  });
});

it.each<readonly [Language, string]>([
  ['en', '· stopped   3 answers as expected, 1 not'],
  ['zh-CN', '3 个响应符合预期，1 个有误'],
])('a run that only called says nothing of updates: %s', (language, said) => {
  const { take, lines } = printer('outcomes', language);
  take({ ...stopped(), pushed: 0, answers: { ok: 3, failed: 1 } });
  expect(lines().length).toBe(1);
  expect(lines()[0]).toContain(said);
});
