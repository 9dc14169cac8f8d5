/** The words for each finding of `doctor` that depend on what was found: in both languages, word for word. */
import { describe, expect, it } from 'vitest';
import type { Finding, FindingKind } from '../../src/model/finding.js';
import type { KeptRequest } from '../../src/model/nouns.js';
import { describeFinding, findingsSummary } from '../../src/text/findings.js';
import { clockTime } from '../../src/text/time.js';
import { failure } from '../core/make.js';

type Details<Kind extends FindingKind> = Omit<Extract<Finding, { kind: Kind }>, 'kind' | 'function' | 'env'>;
type Row = readonly [finding: Finding, english: string, chinese: string];

const whom = { function: 'pay', env: null } as const;

/** The same kind of finding, with each of these details: what is said of it in either language. */
function rows<Kind extends FindingKind>(
  kind: Kind,
  ...cases: readonly (readonly [Details<Kind>, string, string])[]
): readonly Row[] {
  return cases.map(([details, en, zh]) => [{ kind, ...whom, ...details } as Finding, en, zh]);
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `f${at}`);
const eight = 'f0, f1, f2, f3, f4, f5, f6, f7';
const eightInChinese = eight.replaceAll(', ', '、');
const refused = failure({ class: 'config', errcode: 48_001, message: 'api unauthorized', rid: 'r-1' });

const said: readonly Row[] = [
  ...rows(
    'config-ok',
    [
      { file: 'watch.config.json', functions: 1, envs: 2 },
      'watch.config.json: 1 function, 2 environments',
      'watch.config.json：1 个函数，2 个环境',
    ],
    [
      { file: null, functions: 2, envs: 1 },
      'No configuration file; using what was found here: 2 functions, 1 environment',
      '没有配置文件，使用自动识别的结果：2 个函数，1 个环境',
    ],
  ),
  ...rows('left-out', [
    {
      rules: [
        { rule: '*.log', source: '.tcbignore', count: 2 },
        { rule: null, source: null, count: 1 },
        { rule: '.git/', source: 'built-in', count: 3 },
      ],
    },
    'left out: *.log ×2 (.tcbignore), not a file ×1, .git/ ×3 (built-in)',
    '不打包：*.log ×2（.tcbignore）、非文件 ×1、.git/ ×3（内置规则）',
  ]),
  ...rows(
    'history-kept',
    [
      { versions: 1, bytes: 2048, bound: 4096 },
      '1 version kept, 2 KiB of 4 KiB',
      '保留了 1 个版本，共 2 KiB，上限 4 KiB',
    ],
    [
      { versions: 3, bytes: 2048, bound: null },
      '3 versions kept, 2 KiB; nothing new is kept',
      '保留了 3 个版本，共 2 KiB；不再保留新版本',
    ],
  ),
  ...rows(
    'clock-ok',
    [{ skewMs: 1999 }, 'agrees with the cloud’s', '与云端一致'],
    [{ skewMs: -1999 }, 'agrees with the cloud’s', '与云端一致'],
    [{ skewMs: 2000 }, '2 s off the cloud’s', '与云端相差 2 秒'],
    [{ skewMs: -3000 }, '3 s off the cloud’s', '与云端相差 3 秒'],
  ),
  ...rows(
    'clock-wrong',
    [{ skewMs: 90_000 }, 'This clock is 90 s ahead of the cloud’s.', '本机时钟比云端快 90 秒。'],
    [{ skewMs: -90_000 }, 'This clock is 90 s behind the cloud’s.', '本机时钟比云端慢 90 秒。'],
  ),
  ...rows('env-ok', [{ alias: '' }, 'NORMAL', 'NORMAL'], [{ alias: 'Dev' }, 'NORMAL (Dev)', 'NORMAL（Dev）']),
  ...rows(
    'functions-missing',
    [{ names: names(8) }, `Not in the environment: ${eight}`, `不存在：${eightInChinese}`],
    [{ names: names(9) }, `Not in the environment: ${eight}, …`, `不存在：${eightInChinese}、…`],
  ),
  ...rows('quota-known', [
    { api: '/componenttcb/getscflist', used: 12, limit: 10_000 },
    '12 of 10,000 lists used today',
    '今日查询列表额度已用 12/10,000',
  ]),
  ...rows(
    'quota-high',
    [
      { api: '/componenttcb/batchuploadscfcode', used: 9999, limit: 10_000, until: null },
      '9,999 of 10,000 uploads used today',
      '今日上传额度已用 9,999/10,000',
    ],
    [
      {
        ...{ api: '/componenttcb/batchuploadscfcode', used: 9999, limit: 10_000 },
        until: new Date(2026, 2, 31, 9, 5).getTime(),
      },
      '9,999 of 10,000 uploads used today; at this pace none are left at 09:05',
      '今日上传额度已用 9,999/10,000；按目前的速度，将于 09:05 用完',
    ],
  ),
  ...rows('quota-gone', [
    { api: '/componenttcb/batchuploadscf', used: 500, limit: 500 },
    '500 of 500 creations used today; none are left today',
    '今日创建函数额度已用 500/500；今日已用完',
  ]),
  ...rows('quota-unknown', [
    { failure: refused },
    'not known: 48001 api unauthorized (rid r-1)',
    '无法查询：48001 api unauthorized（rid r-1）',
  ]),
  ...rows('rate-lowered', [
    { rate: 2.4567 },
    'The cloud accepts 2.5 requests per second: uploads are sent at that rate.',
    '云端每秒接受 2.5 个请求，上传按此速率进行。',
  ]),
];

describe('a finding', () => {
  it.each(said.map(([finding, en, zh]) => [finding.kind, en, zh, finding] as const))(
    '%s: %s',
    (_, en, zh, finding) => {
      expect(describeFinding(finding, 'en').detail).toBe(en);
      expect(describeFinding(finding, 'zh-CN').detail).toBe(zh);
    },
  );

  it.each([
    [1000, 524_288],
    [300_000, 600_000],
  ])('a limit of watches that %d would pass is to be raised to %d, which leaves room', (needed, raised) => {
    const setting = 'fs.inotify.max_user_watches';
    const finding = { kind: 'watch-limit', ...whom, setting, limit: 8, needed } as const;
    for (const language of ['en', 'zh-CN'] as const) {
      const { detail, hint } = describeFinding(finding, language);
      expect(detail).toContain(`${setting} = 8`);
      expect(detail).toContain(`${needed}`);
      expect(hint).toContain(`sudo sysctl ${setting}=${raised}`);
    }
  });

  it('of an ignored file says how it is included, as a pattern from the function’s folder', () => {
    const at = { path: 'index.js', line: 2, column: 9 } as const;
    const rule = { named: './data.json', rule: '*.json', source: '.tcbignore' } as const;
    for (const language of ['en', 'zh-CN'] as const) {
      const { detail, hint } = describeFinding({ kind: 'names-ignored', ...whom, ...at, ...rule }, language);
      expect(detail).toMatch(/^index\.js:2:9 .*\.\/data\.json.*\*\.json/);
      expect(hint).toContain('!data.json');
    }
  });

  it('of a failed deployment names the push that repeats it, if it is about one function', () => {
    const finding = { kind: 'function-broken', env: 'dev', status: 'UpdateFailed', reason: 'x' } as const;
    expect(describeFinding({ ...finding, function: 'pay' }, 'en').hint).toContain(
      'tcb-watch push pay --force',
    );
    expect(describeFinding({ ...finding, function: null }, 'zh-CN').hint).not.toContain('null');
  });
});

describe('a request that the vendor recorded', () => {
  const at = new Date(2026, 2, 31, 9, 5).getTime();
  const whole: KeptRequest = {
    ...{ at, ms: 12, url: '/tcb/x', address: '203.0.113.7' },
    ...{ body: '{"a":1}', answer: '{"errcode":0}' },
  };
  const nothing: KeptRequest = { at: null, ms: null, url: null, address: null, body: null, answer: null };

  const textOf = (request: KeptRequest, language: 'en' | 'zh-CN'): string =>
    describeFinding({ kind: 'request-kept', ...whom, request }, language).detail;

  it('is shown with all that is known of it', () => {
    const time = clockTime(at, Date.now());
    expect(textOf(whole, 'en').split('\n')).toEqual([
      `${time}  12 ms  from 203.0.113.7  /tcb/x`,
      'sent      {"a":1}',
      'answered  {"errcode":0}',
    ]);
    expect(textOf(whole, 'zh-CN').split('\n')).toEqual([
      `${time}  12 ms  来自 203.0.113.7  /tcb/x`,
      '请求  {"a":1}',
      '响应  {"errcode":0}',
    ]);
  });

  it.each(['en', 'zh-CN'] as const)('is shown without what is not known of it, in %s', (language) => {
    expect(textOf({ ...nothing, url: '/tcb/x' }, language)).toBe('/tcb/x');
    expect(textOf({ ...nothing, ms: 12, url: '/tcb/x' }, language)).toBe('12 ms  /tcb/x');
    expect(textOf({ ...nothing, url: '/tcb/x', answer: '{}' }, language)).toMatch(/^\/tcb\/x\n\S+ +\{\}$/);
  });
});

it('the last line counts errors and hints, and is glad only where there is neither', () => {
  const bad = { kind: 'unreachable', function: null, env: null, detail: 'x' } as const;
  const warning = { kind: 'clock-wrong', function: null, env: null, skewMs: 9000 } as const;
  const good = { kind: 'proxy-none', function: null, env: null } as const;
  expect(findingsSummary([good, good], 'zh-CN')).toBe('一切正常。');
  expect(findingsSummary([good, bad], 'en')).toBe('1 error, 0 hints.');
  expect(findingsSummary([good, bad, warning, warning], 'zh-CN')).toBe('1 个错误，2 个提示。');
});
