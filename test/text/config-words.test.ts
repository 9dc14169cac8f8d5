/** The words for mistakes in the configuration, where they depend on what was found: in both languages. */
import { describe, expect, it } from 'vitest';
import type { ConfigProblem, ConfigProblemKind } from '../../src/model/config-problem.js';
import type { Risk } from '../../src/model/risk.js';
import { explainConfigProblem } from '../../src/text/words/config.js';

type Details<Kind extends ConfigProblemKind> = Omit<
  Extract<ConfigProblem, { kind: Kind }>,
  'kind' | 'path' | 'at'
>;
type Row = readonly [problem: ConfigProblem, english: RegExp, chinese: RegExp];

/** Mistakes of one kind, at `envs` in line 3: what the sentence or its remedy must have in either language. */
function rows<Kind extends ConfigProblemKind>(
  kind: Kind,
  ...cases: readonly (readonly [Details<Kind>, RegExp, RegExp])[]
): readonly Row[] {
  const place = { path: 'envs', at: { line: 3, column: 5 } } as const;
  return cases.map(([details, en, zh]) => [{ kind, ...place, ...details } as ConfigProblem, en, zh]);
}

const risk: Risk = { kind: 'command', path: 'envs', at: null, value: 'sh x', shown: 'sh x' };

const said: readonly Row[] = [
  ...rows(
    'proxy',
    [{ why: 'percent' }, /written as %25/, /写作 %25/],
    [{ why: 'scheme' }, /or unset it to connect without/, /该环境变量；不使用代理/],
  ),
  ...rows('syntax', [
    { code: 'CommaExpected' },
    /in line 3, column 5 \(CommaExpected\)/,
    /第 3 行第 5 列有误/,
  ]),
  ...rows(
    'unknown-key',
    [
      { key: 'env', suggestion: 'envs', known: ['envs', 'token'] },
      /expected a known key \| Did you mean "envs"\?$/,
      /应为已知的键 \| 你是不是想写 "envs"？$/,
    ],
    [
      { key: 'zzz', suggestion: null, known: ['envs', 'token'] },
      /one of the known keys: envs, token \| Remove "zzz"\.$/,
      /以下键之一：envs、token \| 请删除 "zzz"。$/,
    ],
    [
      { key: 'x', suggestion: null, known: [] },
      /expected no such key \| Remove "x"\.$/,
      /空（此处不能有键） \| 请删除 "x"。$/,
    ],
  ),
  ...rows('type', [
    { types: ['text', 'list'], found: 'number' },
    /a text in quotation marks or a list in \[ \] \| It is a number now/,
    /带引号的字符串或数组 \[ \] \| 当前是数字/,
  ]),
  ...rows(
    'choice',
    [
      { choices: ['warn'], suggestion: null },
      /expected "warn" \| Write "warn"\.$/,
      /应为 "warn" \| 请写 "warn"。$/,
    ],
    [
      { choices: ['warn', 'hold'], suggestion: null },
      /one of "warn", "hold" \| Write "warn" or "hold"\.$/,
      /应为 "warn"、"hold" 之一 \| 请写 "warn" 或 "hold"。$/,
    ],
    [{ choices: ['warn', 'hold'], suggestion: 'warn' }, /Did you mean "warn"\?$/, /你是不是想写 "warn"？$/],
  ),
  ...rows(
    'one-of',
    [
      { choices: ['env', 'file'], found: [] },
      /"env", "file" \| Choose one and add it\.$/,
      /\| 请选择一个并补上。$/,
    ],
    [
      { choices: ['env', 'file'], found: ['env', 'file'] },
      /Keep or add one\. Found: "env", "file"\.$/,
      /现有："env"、"file"。$/,
    ],
  ),
  ...rows(
    'not-in-envs',
    [
      { env: 'dve', suggestion: 'dev', envs: ['dev', 'test'] },
      /"dev", "test" \| Did you mean "dev"\?$/,
      /"dev"、"test" \| 你是不是想写 "dev"？$/,
    ],
    [{ env: 'x', suggestion: null, envs: ['dev'] }, /Add it to `envs`/, /请把它加入 `envs`/],
  ),
  ...rows(
    'no-event',
    [
      { name: 'hapy', file: 'events/pay.json', suggestion: 'happy', known: ['happy'] },
      /Did you mean "happy"\?$/,
      /你是不是想写 "happy"？$/,
    ],
    [
      { name: 'x', file: 'events/pay.json', suggestion: null, known: ['happy'] },
      /in events\/pay\.json: "happy" \| Add "x" to that file/,
      /请在该文件中添加 "x"/,
    ],
  ),
  ...rows('ignore-backslash', [{ pattern: 'a\\b\\c' }, /Write "a\/b\/c"\.$/, /请改写为 "a\/b\/c"。$/]),
  ...rows(
    'no-folder',
    [{ folder: 'fns', found: 'file' }, /a folder, not a file: fns/, /文件夹而不是文件：fns/],
    [{ folder: 'fns', found: 'nothing' }, /a folder that exists: fns/, /存在的文件夹：fns/],
  ),
  ...rows(
    'untrusted',
    [{ risk, changed: true }, /This has changed/, /信任之后内容有变化/],
    [{ risk, changed: false }, /You have not agreed/, /你尚未信任此操作/],
  ),
  ...rows(
    'unreadable',
    [{ file: 'f', code: 'TOOLARGE' }, /f \(it is too large\)/, /f（文件过大）/],
    [{ file: 'f', code: 'EACCES' }, /f \(EACCES\)/, /f（EACCES）/],
  ),
];

const explained = (problem: ConfigProblem, language: 'en' | 'zh-CN'): string => {
  const { detail, hint } = explainConfigProblem(problem, language);
  return `${detail} | ${hint}`;
};

describe('a mistake', () => {
  it.each(said.map(([problem, en, zh]) => [problem.kind, en, zh, problem] as const))(
    '%s: %s',
    (_, en, zh, problem) => {
      expect(explained(problem, 'en')).toMatch(en);
      expect(explained(problem, 'zh-CN')).toMatch(zh);
    },
  );

  it('begins with its place, but for those that no place stands for', () => {
    const place = { path: 'envs[0]', at: null } as const;
    const cases: readonly (readonly [ConfigProblem, string, string])[] = [
      [
        { kind: 'too-small', ...place, minimum: 2 },
        'envs[0]: expected 2 or more',
        'envs[0]：应为不小于 2 的数',
      ],
      // Chinese writing has a blank before Latin letters.
      [
        { kind: 'format', ...place, format: 'url' },
        'envs[0]: expected an https address',
        'envs[0]：应为 https 地址',
      ],
      [
        { kind: 'no-config', ...place, from: '/p' },
        'There is no watch.config.json in /p or any folder above it.',
        '/p 及其上级目录中没有 watch.config.json。',
      ],
      [{ kind: 'absent-config', ...place, file: '/p/w' }, 'There is no file /p/w.', '文件 /p/w 不存在。'],
      [
        { kind: 'intruder', ...place, file: '.tcb-watch/log', why: 'owner' },
        '.tcb-watch/log belongs to another user.',
        '.tcb-watch/log 属于其他用户。',
      ],
    ];
    for (const [problem, en, zh] of cases) {
      expect(explainConfigProblem(problem, 'en').detail).toBe(en);
      expect(explainConfigProblem(problem, 'zh-CN').detail).toBe(zh);
    }
  });

  it('calls a thing by its very name, and shows of what is to be agreed to what nobody would see', () => {
    const place = { path: 'envs', at: null } as const;
    const key: ConfigProblem = {
      ...{ kind: 'unknown-key', path: '["my\u3000 \u2003 key"]', at: null, key: 'my\u3000 \u2003 key' },
      ...{ suggestion: null, known: ['envs'] },
    };
    expect(explained(key, 'en')).toBe(
      '["my\u3000 \u2003 key"]: expected one of the known keys: envs | Remove "my\u3000 \u2003 key".',
    );
    const folder: ConfigProblem = { kind: 'no-folder', ...place, folder: 'a  b\u3000c', found: 'nothing' };
    expect(explained(folder, 'zh-CN')).toContain('存在的文件夹：a  b\u3000c');
    const command: Risk = { ...risk, shown: 'curl  x\u3000y' };
    const open: ConfigProblem = { kind: 'untrusted', ...place, risk: command, changed: false };
    expect(explained(open, 'en')).toContain('curl \\u0020x\\u3000y.');
  });

  it('in a file that is empty stands at its beginning', () => {
    const empty: ConfigProblem = { kind: 'syntax', path: '$', at: null, code: 'ValueExpected' };
    expect(explained(empty, 'en')).toContain('line 1, column 1');
    expect(explained(empty, 'zh-CN')).toContain('第 1 行第 1 列');
  });
});
