import { describe, expect, it } from 'vitest';
import type { ContentProblem, Failure, Hold, HoldReason } from '../../src/model/nouns.js';
import { describeFailure, describeHold } from '../../src/text/describe.js';
import { describeFinding } from '../../src/text/findings.js';
import { type Language, languageOf } from '../../src/text/language.js';
import { failureWords, type Place } from '../../src/text/words/failures.js';
import { noticeWords } from '../../src/text/words/notices.js';
import { failure } from '../core/make.js';

const languages: readonly Language[] = ['en', 'zh-CN'];

const problems: readonly ContentProblem[] = [
  { reason: 'no-entry', expected: ['index.js'] },
  {
    reason: 'too-big',
    measure: 'base64',
    size: 9,
    limit: 5,
    largest: [{ path: 'big.bin', bytes: 5_000_000 }],
  },
  { reason: 'too-big', measure: 'unzipped', size: 9, limit: 5, largest: [{ path: 'big.bin', bytes: 10 }] },
  { reason: 'bad-name', rule: 'start', env: null },
  { reason: 'unreadable', path: 'a.js', code: 'EACCES' },
  { reason: 'outside-link', path: 'l', target: '/elsewhere' },
  { reason: 'link-loop', path: 'l', target: '..' },
  { reason: 'clash', path: 'common', other: 'pay/common' },
  { reason: 'build-failed', fault: 'compiler', output: 'index.ts:3: no' },
  { reason: 'build-failed', fault: 'timed-out', output: 'npm run build' },
  { reason: 'build-failed', fault: 'no-esbuild', output: '' },
  { reason: 'build-failed', fault: 'no-source', output: 'index.ts' },
  { reason: 'build-failed', fault: 'no-output', output: 'dist' },
  {
    ...{ reason: 'secret', what: 'private-key', path: 'k.pem', line: 1, more: 0 },
    ...{ file: 'functions/pay/k.pem', column: 1 },
    allow: { pattern: '!/k.pem', file: '.tcbignore' },
  },
  { reason: 'untrusted' },
  { reason: 'root-gone', root: 'functions' },
  { reason: 'gone', dir: 'functions/pay' },
];

const stateReasons: readonly HoldReason[] = [
  'git-busy',
  'settling',
  'paused',
  'protected',
  'foreign',
  'token',
  'offline',
  'unverified',
  'unlisted',
  'throttled',
  'building',
];

const refusals: readonly HoldReason[] = ['refused', 'missing', 'config', 'quota'];

function hold(over: Partial<Hold>): Hold {
  return {
    reason: 'paused',
    scope: 'function',
    problem: null,
    failure: null,
    subject: null,
    briefSince: null,
    ...over,
  };
}

const holds: readonly Hold[] = [
  ...problems.map((problem) => hold({ reason: problem.reason, problem })),
  ...stateReasons.map((reason) => hold({ reason, subject: 'something' })),
  hold({ reason: 'unlisted', subject: 'asked' }),
  ...refusals.map((reason) => hold({ reason, failure: failure({ class: 'unknown', message: 'who knows' }) })),
];

describe.each(languages)('in %s', (language) => {
  it.each(holds)('$reason has what happened and what to do', (each) => {
    const { detail, hint } = describeHold(each, { language, place: 'lines' });
    expect(detail).not.toBe('');
    expect(hint).not.toBe('');
    expect(`${detail}${hint}`).not.toMatch(/undefined|null|\[object/);
    if (language === 'zh-CN') expect(hint).toMatch(/[\u4e00-\u9fff]/);
  });

  it('a folder that is gone names the key where there are keys, and else the command with its function', () => {
    const gone = hold({ reason: 'gone', problem: { reason: 'gone', dir: 'functions/pay' } });
    const about = { function: 'pay', env: null };
    const hintAt = (place: Place) => describeHold(gone, { language, place }, about).hint;
    expect(hintAt('monitor')).toMatch(/press A to take|并按 A 从列表中移除/);
    expect(hintAt('monitor')).not.toContain('tcb-watch');
    expect(hintAt('lines')).toMatch(/tcb-watch accept pay /);
    const problem = { reason: 'gone', dir: 'functions/pay' } as const;
    const found = { kind: 'function-problem', function: 'pay', env: null, problem } as const;
    expect(describeFinding(found, language).hint).toMatch(/tcb-watch accept pay /);
  });

  it('a list that fails is not explained as an upload, and says what was asked', () => {
    const broken = failure({ class: 'transient', origin: 'broken', errcode: null, message: 'ECONNRESET' });
    const { detail, hint } = describeHold(hold({ reason: 'unlisted', scope: 'env', failure: broken }), {
      ...{ language, place: 'monitor' },
    });
    expect(detail).toMatch(
      /^(The environment cannot be asked what it runs: |无法查询该环境运行的版本：)ECONNRESET$/,
    );
    expect(hint).toMatch(/asked again automatically|自动重新查询/);
    expect(hint).not.toMatch(/upload|上传/);
    const accepted = describeHold(
      hold({ reason: 'unlisted', scope: 'env', failure: broken }),
      { language, place: 'monitor' },
      { function: 'pay', env: 'dev', isAccepted: true },
    );
    expect(accepted.detail).toMatch(
      /^(The cloud accepted the code, but .*: |云端已接收代码，但.*：)ECONNRESET$/,
    );
  });

  it('promises no upload without a list where the list decides about a question', () => {
    const said = (subject: string | null): string =>
      describeHold(hold({ reason: 'unlisted', scope: 'env', subject }), { language, place: 'lines' }).hint;
    expect(said(null)).toMatch(/start without its answer after 10 s|10 秒内仍无响应，也会开始上传/);
    expect(said('asked')).toMatch(
      /if uploads would overwrite code, tcb-watch asks first|如果上传会覆盖代码，会先询问/,
    );
    expect(said('asked')).not.toContain('10');
  });

  it('names keys in the monitor alone, and a command where a person reads lines', () => {
    const allHints = (place: Place): string[] => {
      const coded = [...Object.keys(failureWords.en.byCode).map(Number), 61004];
      const failures = [
        ...coded.map((errcode) => failure({ class: 'config', errcode })),
        ...Object.keys(failureWords.en.byClass).map((name) =>
          failure({ class: name as Failure['class'], errcode: null, message: 'x' }),
        ),
        failure({ class: 'function', origin: 'deployment', message: 'CreateFailed: x' }),
        failure({ class: 'env', errcode: null, message: 'ISOLATE' }),
      ];
      return [
        ...failures.map((each) => describeFailure(each, { language, place })),
        ...holds.map((each) => describeHold(each, { language, place }).hint),
      ];
    };
    // Where it is paused is said: only there can it be ended.
    const key = /\b[Pp]ress \w\b(?! in the monitor)|(?<!在监视器中)按 \w/;
    for (const place of ['lines', 'once'] as const)
      expect(allHints(place).filter((hint) => key.test(hint))).toEqual([]);
    expect(allHints('monitor').filter((hint) => key.test(hint)).length).toBeGreaterThan(8);
    expect(allHints('monitor').join('')).not.toContain('tcb-watch push');
    expect(allHints('lines').filter((hint) => hint.includes('tcb-watch push')).length).toBeGreaterThan(6);
    expect(allHints('once').filter((hint) => /run this again|重新运行/.test(hint)).length).toBeGreaterThan(6);
  });

  it('says of what is not there that it is not, rather than to check its permissions', () => {
    const problem = { reason: 'unreadable', path: 'common', code: 'ENOENT' } as const;
    const { detail, hint } = describeHold(hold({ reason: 'unreadable', problem }), {
      language,
      place: 'lines',
    });
    expect(detail).toMatch(/^common (does not exist|不存在)/);
    expect(hint).toMatch(/`shared`/);
    expect(hint).not.toMatch(/permission|权限/);
  });

  it('sends one function, not all, by what it says to do about one', () => {
    const whom = { function: 'pay', env: 'dev' } as const;
    const pay = { function: 'pay', env: 'dev' } as const;
    const broken = { kind: 'function-broken', ...whom, status: 'UpdateFailed', reason: '' } as const;
    const hints = [
      describeHold(hold({ reason: 'foreign', subject: 'now' }), { language, place: 'lines' }, pay).hint,
      describeFinding(broken, language).hint,
      noticeWords[language]['timers-failed']('pay → dev: x').hint,
    ];
    expect(hints.map((hint) => /push .*--force/.exec(hint)?.[0])).toEqual([
      'push pay --env-id dev --force',
      'push pay --force',
      'push pay --force',
    ]);
  });

  it('says where a rule stands in its own language, and does not doubt a clock that agrees', () => {
    const whom = { function: 'pay', env: null } as const;
    const rules = [
      { rule: '.env*', source: 'built-in', count: 1 },
      { rule: null, source: 'special', count: 2 },
    ];
    const left = describeFinding({ kind: 'left-out', ...whom, rules }, language).detail;
    expect(left).toMatch(language === 'en' ? /built-in.*not a file ×2$/ : /内置.*非文件 ×2$/);
    const clock = (skewMs: number): string =>
      describeFinding({ kind: 'clock-ok', function: null, env: null, skewMs }, language).detail;
    expect(clock(-999)).toMatch(/^(agrees|与云端一致)/);
    expect(clock(3000)).toContain('3');
  });

  it('names the largest files of a function that is too big', () => {
    const [, tooBig] = problems;
    expect(
      describeHold(hold({ reason: 'too-big', problem: tooBig ?? null }), { language, place: 'lines' }).detail,
    ).toContain('big.bin 4.8 MiB');
  });

  it('shows a refusal as it came, with code and rid', () => {
    const refused = failure({ class: 'function', errcode: 40097, message: 'invalid args', rid: '6543-ab' });
    const { detail } = describeHold(hold({ reason: 'refused', failure: refused }), {
      language,
      place: 'lines',
    });
    expect(detail).toContain('40097 invalid args');
    expect(detail).toContain('6543-ab');
  });
});

describe('the language', () => {
  const cases: readonly (readonly [Record<string, string>, Language])[] = [
    [{}, 'en'],
    [{ LANG: 'zh_CN.UTF-8' }, 'zh-CN'],
    [{ LANG: 'zh_CN.UTF-8', LC_ALL: 'C' }, 'en'],
    [{ LC_MESSAGES: 'zh_TW', LANG: 'en_US.UTF-8' }, 'zh-CN'],
    [{ TCB_WATCH_LANG: 'en', LC_ALL: 'zh_CN.UTF-8' }, 'en'],
    [{ TCB_WATCH_LANG: 'zh-CN' }, 'zh-CN'],
    [{ LANG: 'zh_CN.GB18030' }, 'en'],
    [{ LC_ALL: 'zh_CN.utf8@pinyin' }, 'zh-CN'],
    [{ TCB_WATCH_LANG: '', LANG: 'zh' }, 'zh-CN'],
  ];
  it.each(cases)('%j → %s', (environment, expected) => {
    expect(languageOf(environment)).toBe(expected);
  });
});
