import { describe, expect, it } from 'vitest';
import type { ContentProblem, Failure, FailureClass, Hold, HoldReason } from '../../src/core/model.js';
import { errcodeTable } from '../../src/io/classify.js';
import { describeFailure, describeHold } from '../../src/ui/describe.js';
import { type Language, languageOf } from '../../src/ui/language.js';
import { failureWords, type Place } from '../../src/ui/words/failures.js';
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
];

const refusals: readonly HoldReason[] = ['refused', 'missing', 'config', 'quota'];

function hold(over: Partial<Hold>): Hold {
  return { reason: 'paused', scope: 'function', problem: null, failure: null, subject: null, ...over };
}

const holds: readonly Hold[] = [
  ...problems.map((problem) => hold({ reason: problem.reason, problem })),
  ...stateReasons.map((reason) => hold({ reason, subject: 'something' })),
  ...refusals.map((reason) => hold({ reason, failure: failure({ class: 'unknown', message: 'who knows' }) })),
];

describe.each(languages)('in %s', (language) => {
  it.each(holds)('$reason has what happened and what to do', (each) => {
    const { detail, hint } = describeHold(each, language, 'lines');
    expect(detail).not.toBe('');
    expect(hint).not.toBe('');
    expect(`${detail}${hint}`).not.toMatch(/undefined|null|\[object/);
    if (language === 'zh-CN') expect(hint).toMatch(/[\u4e00-\u9fff]/);
  });

  it.each(Object.keys(failureWords[language].byClass))('class %s has a hint', (name) => {
    const words = Object.entries(failureWords[language].byClass).find(([key]) => key === name)?.[1];
    expect(typeof words === 'function' ? words('again') : words).toMatch(/[.。]$/);
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
        ...failures.map((each) => describeFailure(each, language, place)),
        ...holds.map((each) => describeHold(each, language, place).hint),
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

  it('names the largest files of a function that is too big', () => {
    const [, tooBig] = problems;
    expect(
      describeHold(hold({ reason: 'too-big', problem: tooBig ?? null }), language, 'lines').detail,
    ).toContain('big.bin 4.8 MiB');
  });

  it('shows a refusal as it came, with code and rid', () => {
    const refused = failure({ class: 'function', errcode: 40097, message: 'invalid args', rid: '6543-ab' });
    const { detail } = describeHold(hold({ reason: 'refused', failure: refused }), language, 'lines');
    expect(detail).toContain('40097 invalid args');
    expect(detail).toContain('6543-ab');
  });
});

describe('hints that fit a failure better than its class', () => {
  const cases: readonly (readonly [string, Partial<Failure>, RegExp])[] = [
    [
      '61004 names the caller’s address',
      { class: 'config', errcode: 61004, message: 'access clientip is not registered 203.0.113.7' },
      /203\.0\.113\.7/,
    ],
    ['40164 too', { class: 'config', errcode: 40164, message: 'invalid ip 2001:db8::1 ipv6' }, /2001:db8::1/],
    ['85088 says how to open cloud development', { class: 'config', errcode: 85088 }, /DevTools/],
    [
      'a deployment without an entry',
      { class: 'function', origin: 'deployment', message: 'UpdateFailed: ResourceNotFound.File' },
      /index\.js/,
    ],
    [
      'a creation that failed',
      { class: 'function', origin: 'deployment', message: 'CreateFailed: x' },
      /Delete it/,
    ],
    ['an isolated environment', { class: 'env', message: 'ISOLATE' }, /balance/],
    ['a certificate', { class: 'config', origin: 'unreachable' }, /NODE_EXTRA_CA_CERTS/],
    ['too large for a gateway', { class: 'function', origin: 'http', httpStatus: 413 }, /smaller/],
  ];
  it.each(cases)('%s', (_name, over, expected) => {
    expect(describeFailure(failure({ errcode: null, ...over }), 'en', 'lines')).toMatch(expected);
  });
});

/** Every errcode of cloud-api.md by hand: what its hint must name, in both languages. */
const remedies: readonly (readonly [string, FailureClass, RegExp])[] = [
  ['40001 40014 42001', 'token', /component_access_token.*`token`/],
  ['45009', 'quota', /clear_quota/],
  ['61004 40164', 'config', /203\.0\.113\.7.*(allow list|白名单).*(Open Platform|开放平台).*tcb-watch push/],
  ['40013', 'config', /appid/],
  ['40125', 'config', /`token\.component\.appSecret`/],
  ['41001', 'config', /`token`/],
  ['41002', 'config', /`token\.component\.appId`/],
  ['41004', 'config', /`token\.component\.appSecret`/],
  ['61003', 'config', /authorised|授权/],
  ['61005 61006', 'config', /`token\.component\.verifyTicket`/],
  ['61007', 'config', /cloud development|云开发/],
  ['61011', 'config', /`token\.component\.appId`/],
  ['48001', 'config', /permission|权限/],
  ['48004', 'config', /Open Platform|开放平台/],
  ['50001', 'config', /uthorise|授权/],
  ['50002', 'config', /Open Platform|开放平台/],
  ['85088', 'config', /(DevTools|开发者工具).*tcb-watch push/],
  ['45011', 'transient', /`requestsPerSecond`/],
  ['-1 -1000 -501001 -501002 -501003 -501004 -601001 -601003 -604102', 'transient', /by itself|自动重试/],
  ['40097', 'function', /`envs`/],
  ['40101 43002 44002 47001', 'function', /proxy|代理/],
  ['-501007', 'function', /name|名称/],
  ['-501020', 'function', /Change the function|修改函数/],
];

describe.each(languages)('what to do, in %s', (language) => {
  const rows = remedies.flatMap(([codes, kind, expected]) =>
    codes.split(' ').map((code) => [Number(code), kind, expected] as const),
  );
  it.each(rows)('about %i', (errcode, kind, expected) => {
    const message = 'invalid ip 203.0.113.7, not in whitelist';
    expect(describeFailure(failure({ class: kind, errcode, message }), language, 'lines')).toMatch(expected);
  });

  it('about every errcode that has a class', () => {
    const all = Object.values(errcodeTable).flat();
    expect(rows.map(([errcode]) => errcode).toSorted()).toEqual(all.toSorted());
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
    [{ TCB_WATCH_LANG: '', LANG: 'zh' }, 'zh-CN'],
  ];
  it.each(cases)('%j → %s', (environment, expected) => {
    expect(languageOf(environment)).toBe(expected);
  });
});
