import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { findingText } from '../../src/text/findings.js';
import { jsonRenderer, loggedLines, plainRenderer } from '../../src/text/stream.js';
import { columnsOf, drawsAmbiguousIn, padColumns, printable, size } from '../../src/text/text.js';
import { countdown, duration } from '../../src/text/time.js';

const at = Date.UTC(2026, 10, 23, 12, 0, 0, 7);

const facts: readonly Fact[] = [
  { event: 'started', version: '1', pid: 2, endpoint: 'emulator', envs: ['dev'], functions: ['pay'] },
  { event: 'watching', functions: 1, envs: 1, directories: 2, ms: 3 },
  { event: 'changed', function: 'pay', files: ['a.js', 'b.js', 'c.js', 'd.js'], more: 2 },
  { event: 'planned', function: 'pay', envs: ['dev'], fingerprint: 'ab', cause: 'startup' },
  {
    event: 'pushing',
    function: 'pay',
    envs: ['dev'],
    fingerprint: '0123456789',
    zipBytes: 2048,
    files: 1,
    attempt: 1,
    cause: 'change',
  },
  {
    event: 'pushed',
    function: 'pay',
    envs: ['dev'],
    fingerprint: '0123456789',
    requestMs: 20,
    sinceSaveMs: 120,
  },
  {
    event: 'live',
    function: 'pay',
    env: 'dev',
    fingerprint: '0123456789',
    sinceSaveMs: 1100,
    verified: false,
    cannotRun: null,
  },
  {
    event: 'push-failed',
    function: 'pay',
    envs: ['dev'],
    class: 'transient',
    errcode: -1,
    message: 'busy',
    hint: 'Wait.',
    rid: 'r-1',
    retryInMs: 400,
    final: false,
  },
  { event: 'unchanged', function: 'pay', fingerprint: 'ab' },
  { event: 'held', function: 'pay', env: null, reason: 'no-entry', detail: 'No entry.', hint: 'Add one.' },
  { event: 'found', function: 'pay' },
  { event: 'lost', function: 'pay', detail: 'Not there.', hint: 'Bring it back.' },
  { event: 'offline', detail: 'ECONNREFUSED', hint: 'Check the network.' },
  { event: 'online', detail: 'ECONNREFUSED' },
  { event: 'token', state: 'rejected', detail: '40001 invalid credential' },
  {
    event: 'config',
    state: 'invalid',
    problems: [{ path: 'envs', expected: 'a list', hint: 'Write one.', at: null }],
  },
  {
    event: 'notice',
    kind: 'ledger-damaged',
    function: null,
    place: null,
    detail: 'Damaged.',
    hint: 'Nothing to do.',
  },
  {
    event: 'stopped',
    code: 0,
    pushed: 1,
    failed: 0,
    pending: [{ function: 'pay', env: 'dev', reason: 'offline' }],
    p50Ms: 1000,
    p95Ms: 2000,
    answers: { ok: 0, failed: 0 },
  },
];

describe('JSON lines', () => {
  it.each(facts)('$event is one line with v, at and event', (fact) => {
    const written: string[] = [];
    jsonRenderer((text) => written.push(text))(fact, at);
    const { event, ...fields } = fact;
    expect(written).toHaveLength(1);
    expect(written[0]?.indexOf('\n')).toBe((written[0]?.length ?? 0) - 1);
    expect(JSON.parse(written[0] ?? '')).toEqual({ v: 1, at: '2026-11-23T12:00:00.007Z', event, ...fields });
  });
});

describe.each(['en', 'zh-CN'] as const)('plain lines in %s', (language) => {
  it('say every fact, aligned', () => {
    const written: string[] = [];
    const render = plainRenderer((text) => written.push(text), {
      language,
      color: false,
      ascii: false,
      timestamps: false,
    });
    for (const fact of facts) render(fact, at);
    expect(written.join('')).toMatchSnapshot();
    const columns = new Set(
      written.map((text) =>
        columnsOf(text.slice(0, text.indexOf(text.trimStart().slice(2).trimStart().split(/\s/)[0] ?? ''))),
      ),
    );
    expect(columns.size).toBe(1);
  });
});

it('plain lines use no symbol that would take two columns', () => {
  drawsAmbiguousIn(2);
  try {
    const lines: string[] = [];
    const render = plainRenderer((text) => lines.push(text), {
      language: 'en',
      color: false,
      ascii: false,
      timestamps: false,
    });
    render({ event: 'online', detail: '' }, 0);
    render({ event: 'changed', function: 'pay', files: ['a.js'], more: 0 }, 0);
    expect(lines.map((line) => line.slice(0, 3))).toEqual(['✔ o', '> c']);
    expect(columnsOf('→Ω·ж')).toBe(8);
  } finally {
    drawsAmbiguousIn(1);
  }
});

it('plain lines show terminal controls of others', () => {
  const written: string[] = [];
  const render = plainRenderer((text) => written.push(text), {
    language: 'en',
    color: false,
    ascii: true,
    timestamps: true,
  });
  render({ event: 'offline', detail: '\u001b[2Jgone\u202e\u0085!', hint: '' }, at);
  expect(written.join('')).toMatch(/^\d\d:\d\d:\d\d x offline {3}\\u001b\[2Jgone\\u202e\\u0085!\n$/);
});

describe('text', () => {
  it.each([
    ['abc', 3],
    ['函数', 4],
    ['ｱ', 1],
    ['，', 2],
    ['é', 1],
    ['👍', 2],
    ['', 0],
  ])('%s takes %d columns', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
    expect(columnsOf(padColumns(text, 9))).toBe(9);
  });

  it.each([
    [340, '340 ms', '340 毫秒'],
    [999.6, '1.0 s', '1.0 秒'],
    [2400, '2.4 s', '2.4 秒'],
    [59_960, '1 min', '1 分钟'],
    [180_000, '3 min', '3 分钟'],
  ])('%d ms is %s, in Chinese %s', (ms, en, zh) => {
    expect(duration(ms, 'en')).toBe(en);
    expect(duration(ms, 'zh-CN')).toBe(zh);
  });

  it.each([
    [-5, '0 s', '0 秒'],
    [59_001, '60 s', '60 秒'],
    [61_000, '2 min', '2 分钟'],
    [7_500_000, '2 h 5 min', '2 小时 5 分钟'],
    [7_200_000, '2 h', '2 小时'],
  ])('a countdown of %d ms is %s, in Chinese %s', (ms, en, zh) => {
    expect(countdown(ms, 'en')).toBe(en);
    expect(countdown(ms, 'zh-CN')).toBe(zh);
  });

  it.each([
    [820, '820 B'],
    [14_336, '14 KiB'],
    [3_250_586, '3.1 MiB'],
  ])('%d bytes are %s', (bytes, text) => expect(size(bytes)).toBe(text));

  it('printable keeps lines, turns tabs into blanks and shows what is left', () => {
    expect(printable('a\tb\r\nc\u0007')).toBe('a  b\nc\\u0007');
  });
});

it('on a terminal lines break at words, below what they belong to', () => {
  const written: string[] = [];
  const render = plainRenderer((text) => written.push(text), {
    language: 'en',
    color: false,
    ascii: false,
    timestamps: false,
    columns: 60,
  });
  const detail = 'The ledger cannot be written for a reason that is told at some length';
  render(
    {
      event: 'notice',
      kind: 'ledger-unwritable',
      function: null,
      place: null,
      detail,
      hint: 'Free some space.',
    },
    0,
  );
  const lines = written.join('').trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.every((line) => columnsOf(line) <= 60)).toBe(true);
  expect(lines.slice(1).every((line) => line.startsWith(' '.repeat(12)))).toBe(true);
  expect(lines.map((line) => line.slice(12)).join(' ')).toContain(detail);
});

it('nothing but ASCII is written where that is wanted, from help to hints', () => {
  const written: string[] = [];
  const options = { language: 'en', color: false, ascii: true, timestamps: false } as const;
  const render = plainRenderer((text) => written.push(text), options);
  for (const fact of facts) render(fact, at);
  const kind = 'component-token';
  render(
    {
      event: 'notice',
      kind,
      function: null,
      place: null,
      detail: 'A → “b” …',
      hint: 'the platform’s × 2 · more',
    },
    at,
  );
  const skew = { kind: 'clock-wrong', function: null, env: null, skewMs: 9000 } as const;
  written.push(findingText(skew, { language: 'en', color: false, ascii: true, columns: null }));
  expect(written.join('')).toContain('A > "b" ~');
  expect(written.join('')).toMatch(/^[\x00-\x7f]+$/);
});

it('a log is read as it was written: each line with its time, tone, label and text', () => {
  const text: string[] = [];
  const write = plainRenderer((line) => text.push(line), {
    ...{ language: 'zh-CN', color: false, ascii: false, timestamps: true, dates: true },
  });
  for (const fact of facts) write(fact, at);
  const whole = text.join('');
  const lines = loggedLines(whole);
  expect(lines.length).toBe(whole.trimEnd().split('\n').length);
  expect(lines.every((line) => line.at === at)).toBe(true);
  for (const { label, text: said } of lines) {
    expect(whole).toContain(said);
    if (label !== '') expect(whole).toContain(`${padColumns(label, 9)} ${said}`);
  }
  expect(new Set(lines.map(({ tone }) => tone))).toEqual(new Set(['good', 'bad', 'warn', 'busy', 'calm']));
});

it('a part of a log begins with its first whole line, and every symbol has its tone in either form', () => {
  const time = '2026-11-23T12:00:00.007Z';
  const line = (symbol: string) => `${time} ${symbol} live      pay`;
  const part = ['the end of a line', '', ...['✔', '+', '✖', 'x', '!', '→', '>', '·', '.', '?'].map(line)];
  expect(loggedLines(part.join('\n')).map(({ tone, label, text }) => [tone, label, text])).toEqual(
    ['good', 'good', 'bad', 'bad', 'warn', 'busy', 'busy', 'calm', 'calm', 'calm'].map((tone) => [
      tone,
      'live',
      'pay',
    ]),
  );
  expect(loggedLines(`${line('✔')}\n    below it\n\n`)).toMatchObject([
    { tone: 'good', label: 'live', text: 'pay' },
    { at, tone: 'good', label: '', text: 'below it' },
  ]);
  // A line that only looks like one of ours belongs to the one before.
  expect(loggedLines(`2026-99-99T99Z ✔ x\n${line('✔')}\n2026-99-99T99Z ✔ x`)).toMatchObject([
    { at, label: 'live' },
    { at, label: '', text: '2026-99-99T99Z ✔ x' },
  ]);
  expect(loggedLines(`${time} ✔ abcdefghijk text`)).toMatchObject([{ label: 'abcdefghi', text: 'jk text' }]);
  expect(loggedLines(`${time} ✔ 已上传    pay`)).toMatchObject([{ label: '已上传', text: 'pay' }]);
});
