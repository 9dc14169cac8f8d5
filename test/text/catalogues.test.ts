/** Sentences of the catalogues that depend on what they are given: one and several, known and unknown, here and there. */
import { describe, expect, it } from 'vitest';
import type { TokenSource } from '../../src/config/model.js';
import type { ContentProblem, Hold, HoldReason } from '../../src/model/nouns.js';
import { describeHold, failureText, type Subject } from '../../src/text/describe.js';
import type { Language } from '../../src/text/language.js';
import { cliWords } from '../../src/text/words/cli.js';
import { daemonWords } from '../../src/text/words/daemon.js';
import { explain } from '../../src/text/words/explanation.js';
import type { Place } from '../../src/text/words/failures.js';
import { historyWords } from '../../src/text/words/history.js';
import { initWords } from '../../src/text/words/init.js';
import { monitorWords } from '../../src/text/words/monitor.js';
import { notifyWords, watchWords } from '../../src/text/words/notices.js';
import { standingWords } from '../../src/text/words/standing.js';
import { statusWords } from '../../src/text/words/status.js';
import { describeTokenProblem, renewToken } from '../../src/text/words/tokens.js';
import { trustWords } from '../../src/text/words/trust.js';
import { failure } from '../core/make.js';

type Said = readonly [what: string, say: (language: Language) => string, english: string, chinese: string];

function check(rows: readonly Said[]): void {
  it.each(rows)('%s', (_, say, english, chinese) => {
    expect(say('en')).toBe(english);
    expect(say('zh-CN')).toBe(chinese);
  });
}

const bare: Hold = {
  reason: 'paused',
  scope: 'function',
  problem: null,
  failure: null,
  subject: null,
  briefSince: null,
};

function hold(over: Partial<Hold>, place: Place = 'lines', about: Subject | null = null) {
  return (language: Language) => {
    const { detail, hint } = describeHold({ ...bare, ...over }, { language, place }, about);
    return `${detail} ${hint}`;
  };
}

const problem = (found: ContentProblem) => (language: Language) =>
  describeHold({ ...bare, reason: found.reason, problem: found }, { language, place: 'lines' }).detail;

describe('history', () => {
  const words = historyWords;
  check([
    ['a clean commit', (l) => words[l].commit('ab12', false), 'ab12', 'ab12'],
    ['nobody knows whether it was clean', (l) => words[l].commit('ab12', null), 'ab12', 'ab12'],
    ['with changes', (l) => words[l].commit('ab12', true), 'ab12 + changes', 'ab12（有未提交的修改）'],
    [
      'all are deleted',
      (l) => words[l].forgetQuestion(null),
      'Delete all kept versions of all functions? They cannot be restored. [y/N] ',
      '删除所有函数保留的全部版本吗？删除后无法恢复。[y/N] ',
    ],
    [
      'those of one are deleted',
      (l) => words[l].forgetQuestion('pay'),
      'Delete all kept versions of pay? They cannot be restored. [y/N] ',
      '删除 pay 保留的全部版本吗？删除后无法恢复。[y/N] ',
    ],
    [
      'all were deleted',
      (l) => words[l].forgotten(null),
      'All kept versions were deleted.',
      '已删除全部保留的版本。',
    ],
    [
      'those of one were deleted',
      (l) => words[l].forgotten('pay'),
      'All kept versions of pay were deleted.',
      '已删除 pay 保留的全部版本。',
    ],
    ['it can be run now', (l) => words[l].executable(true), 'now executable', '变为可执行'],
    ['it cannot be run any more', (l) => words[l].executable(false), 'no longer executable', '不再可执行'],
    [
      'it takes the place of what is known',
      (l) => words[l].undoStep('pay', 'dev', 'aa', 'bb'),
      'pay → dev: bb replaces aa',
      'pay → dev：aa 替换为 bb',
    ],
    [
      'it takes the place of what is not known',
      (l) => words[l].undoStep('pay', 'dev', null, 'bb'),
      'pay → dev: bb replaces code that is not known here',
      'pay → dev：来源未知的代码替换为 bb',
    ],
    ['a version of a time', (l) => words[l].versionOf('aa', '14:03'), 'aa of 14:03', 'aa（14:03）'],
    ['a version without a time', (l) => words[l].versionOf('aa', null), 'aa', 'aa'],
    ['may it be sent', (l) => words[l].undoQuestion(''), 'Upload it? [y/N] ', '要上传吗？[y/N] '],
    [
      'may it be sent to what is protected',
      (l) => words[l].undoQuestion('prod'),
      'prod: protected. Upload it all the same? [y/N] ',
      'prod 是受保护的环境，仍要上传吗？[y/N] ',
    ],
    [
      'may the disk be sent',
      (l) => words[l].askUndo('pay', 'dev', null),
      'Upload pay from the disk to dev?',
      '把本地的 pay 上传到 dev 吗？',
    ],
    [
      'may a version be sent',
      (l) => words[l].askUndo('pay', 'dev', 'aa'),
      'Upload version aa of pay to dev?',
      '把 pay 的版本 aa 上传到 dev 吗？',
    ],
    [
      'the disk is being sent',
      (l) => words[l].undoing('pay', 'dev', null),
      'Uploading pay from the disk to dev.',
      '正在把本地的 pay 上传到 dev。',
    ],
    [
      'a version is being sent',
      (l) => words[l].undoing('pay', 'dev', 'aa'),
      'Uploading version aa of pay to dev.',
      '正在把 pay 的版本 aa 上传到 dev。',
    ],
    [
      'nothing is kept',
      (l) => words[l].noUndo['nothing-before']('pay', 'dev', null).replace(/^.*?[.。]/, ''),
      ' No version is kept yet; versions are kept from the next upload on.',
      '目前还没有保留任何版本，从下次上传起开始保留。',
    ],
    [
      'what is kept is too new',
      (l) =>
        /(?:since|从) .*?(?=[.]| 起保留)/.exec(
          words[l].noUndo['nothing-before']('pay', 'dev', '14:03'),
        )?.[0] ?? '',
      'since 14:03',
      '从 14:03',
    ],
  ]);
});

describe('status', () => {
  const words = statusWords;
  check([
    ['one target', (l) => words[l].all(1), 'The only target is live.', '1 个目标已全部生效。'],
    ['all of several', (l) => words[l].all(3), 'All 3 targets are live.', '3 个目标已全部生效。'],
    [
      'one that was adopted',
      (l) => words[l].adopted(1),
      '1 keeps what somebody else deployed, as you accepted it.',
      '1 个采用了其他人部署的版本。',
    ],
    [
      'several that were adopted',
      (l) => words[l].adopted(2),
      '2 keep what somebody else deployed, as you accepted it.',
      '2 个采用了其他人部署的版本。',
    ],
    ['a rule of ours', (l) => words[l].by('.git/', 'built-in'), '.git/ (built-in)', '.git/（内置规则）'],
    ['a rule of a file', (l) => words[l].by('a', '.tcbignore'), 'a (.tcbignore)', 'a（.tcbignore）'],
  ]);
});

describe('the monitor', () => {
  const words = monitorWords;
  check([
    ['every function', (l) => words[l].functions(7, 7), 'Functions 7', '函数 7'],
    ['some of the functions', (l) => words[l].functions(2, 7), 'Functions 2 of 7', '函数 2/7'],
    ['an order', (l) => words[l].sortedBy('name', false), 'by name', '按name排序'],
    [
      'the order the other way round',
      (l) => words[l].sortedBy('name', true),
      'by name, reversed',
      '按name排序（倒序）',
    ],
    [
      'names that are uploaded',
      (l) => words[l].uploading('pay', 'dev'),
      'Uploading pay to dev.',
      '正在把 pay 上传到 dev。',
    ],
    [
      'figures in place of names, which have no blank in Chinese',
      (l) => words[l].askLive(words[l].functionCount(5), l === 'en' ? '4 environments' : '4 个环境'),
      'Upload 5 functions again to 4 environments, where it is live?',
      '5 个函数在 4 个环境已生效，要重新上传吗？',
    ],
    ['the code that runs', (l) => words[l].stillRuns('aa', null), 'still runs aa', '仍在运行 aa'],
    [
      'the code that runs, and since when',
      (l) => words[l].stillRuns('aa', '14:03'),
      'still runs aa (14:03)',
      '仍在运行 aa（14:03 起）',
    ],
    ['content', (l) => words[l].content(1, '2 KiB', null), '1 file, 2 KiB', '1 个文件，2 KiB'],
    [
      'content with its zip',
      (l) => words[l].content(2, '2 KiB', '1 KiB'),
      '2 files, 2 KiB (zip 1 KiB)',
      '2 个文件，2 KiB（zip 1 KiB）',
    ],
    [
      'one that differs',
      (l) => words[l].differ('dev', 1, '+2'),
      'dev: 1 file differs from the disk, +2',
      'dev：1 个文件与本地不同，+2',
    ],
    [
      'several that differ',
      (l) => words[l].differ('dev', 3, '+2'),
      'dev: 3 files differ from the disk, +2',
      'dev：3 个文件与本地不同，+2',
    ],
    [
      'the events of the configuration',
      (l) => words[l].chosenEvents('pay', ''),
      'pay: the events of the configuration',
      'pay：使用配置中的事件',
    ],
    [
      'other events in this run',
      (l) => words[l].chosenEvents('pay', 'a, b'),
      'pay: a, b, in this run',
      'pay：本次运行使用 a, b',
    ],
    ['a call', (l) => words[l].calledIn('dev', null, 'x'), 'dev, x', 'dev，x'],
    ['a call and its time', (l) => words[l].calledIn('dev', 9, 'x'), 'dev (9 ms), x', 'dev（9 毫秒），x'],
  ]);
});

describe('where a target stands', () => {
  const words = standingWords;
  check([
    [
      'adopted at a time',
      (l) => words[l].adopted('2026-04-01 12:00:00').detail,
      'You adopted what somebody else deployed here (2026-04-01 12:00:00, Beijing time).',
      '已采用其他人部署的版本（北京时间 2026-04-01 12:00:00）。',
    ],
    [
      'adopted at no known time',
      (l) => words[l].adopted('').detail,
      'You adopted what somebody else deployed here.',
      '已采用其他人部署的版本。',
    ],
    ['one attempt', (l) => words[l].attempts(1), '(1 attempt)', '（已尝试 1 次）'],
    ['several attempts', (l) => words[l].attempts(3), '(3 attempts)', '（已尝试 3 次）'],
  ]);
});

describe('another process', () => {
  const first = (text: string): string => text.replace(/[.。].*$/s, '');
  check([
    [
      'that is known has the configuration',
      (l) => first(daemonWords[l].running(7)),
      'tcb-watch: another tcb-watch is already running for this configuration (process 7)',
      'tcb-watch: 此配置已有 tcb-watch 在运行（进程 7）',
    ],
    [
      'that is not known has the configuration',
      (l) => first(daemonWords[l].running(null)),
      'tcb-watch: another tcb-watch is already running for this configuration',
      'tcb-watch: 此配置已有 tcb-watch 在运行',
    ],
    [
      'that is known is silent',
      (l) => first(daemonWords[l].silent(7)),
      'tcb-watch: process 7 is using this configuration and does not answer',
      'tcb-watch: 进程 7 正在使用此配置，但没有响应',
    ],
    [
      'that is not known is silent',
      (l) => first(daemonWords[l].silent(null)),
      'tcb-watch: another process is using this configuration and does not answer',
      'tcb-watch: 另一个进程正在使用此配置，但没有响应',
    ],
    [
      'that is known took over',
      (l) => /(?:and|现由).*?(?= now| ?为)/.exec(daemonWords[l].takenOver(7))?.[0] ?? '',
      'and process 7',
      '现由进程 7',
    ],
    [
      'that is not known took over',
      (l) => /(?:and|现由).*?(?= now| ?为)/.exec(daemonWords[l].takenOver(null))?.[0] ?? '',
      'and another process',
      '现由另一个进程',
    ],
  ]);
});

describe('notices', () => {
  const note = { kind: 'not-understood', file: 'a.json' } as const;
  const limit = { setting: 's', limit: '8', needed: '9' };
  check([
    [
      'of a limit that somebody can raise',
      (l) => watchWords[l].limit(limit, 'sysctl s=9'),
      's is 8, and 9 are needed. Run: sysctl s=9',
      's 为 8，需要 9。请运行：sysctl s=9',
    ],
    ['of a limit', (l) => watchWords[l].limit(limit, null), 's is 8, and 9 are needed.', 's 为 8，需要 9。'],
    ['of one failure', (l) => notifyWords[l].failed('pay', 0), 'Not live: pay', '未生效：pay'],
    [
      'of many failures',
      (l) => notifyWords[l].failed('pay', 2),
      'Not live: pay and 2 more',
      '未生效：pay，另有 2 个',
    ],
    [
      'of a file that init does not understand',
      (l) => initWords[l].notes['not-understood']({ ...note, line: null }).replace(/(?::|：).*$/, ''),
      'a.json',
      'a.json',
    ],
    [
      'of a line that init does not understand',
      (l) => initWords[l].notes['not-understood']({ ...note, line: 3 }).replace(/(?::|：).*$/, ''),
      'a.json, line 3',
      'a.json 第 3 行',
    ],
  ]);
});

describe('the command line', () => {
  const words = cliWords;
  check([
    [
      'a command that is near another',
      (l) => words[l].mistakes.unknownCommand('pusch', ''),
      'there is no command "pusch".',
      '命令 "pusch" 不存在。',
    ],
    [
      'one mistake',
      (l) => words[l].configTrouble('w.json', 1),
      'tcb-watch: a mistake in the configuration w.json:',
      'tcb-watch: 配置 w.json 有 1 个错误：',
    ],
    [
      'several mistakes without a file',
      (l) => words[l].configTrouble(null, 2),
      'tcb-watch: 2 mistakes in the configuration:',
      'tcb-watch: 配置有 2 个错误：',
    ],
  ]);
});

describe('an agreement that is missing', () => {
  check([
    [
      'keeps one thing',
      (l) => trustWords[l].leftOut(1),
      '1 thing was skipped, because you have not agreed to the configuration yet:',
      '由于你尚未信任此配置，已跳过 1 项：',
    ],
    [
      'keeps several',
      (l) => trustWords[l].leftOut(2),
      '2 things were skipped, because you have not agreed to the configuration yet:',
      '由于你尚未信任此配置，已跳过 2 项：',
    ],
  ]);
});

describe('a hold', () => {
  const git: HoldReason = 'git-busy';
  const secret = {
    ...{
      reason: 'secret',
      what: 'private-key',
      path: 'key.pem',
      file: 'key.pem',
      line: null,
      column: null,
      more: 0,
    },
    allow: { file: '.tcbignore', pattern: '!key.pem' },
  } as const satisfies ContentProblem;

  check([
    [
      'git is at it for a moment',
      hold({ reason: git, subject: '' }),
      'git is changing the files. Nothing to do: uploads resume when git is done. A leftover lock blocks for at most 60 s.',
      'git 正在修改文件。 无需操作：git 完成后自动继续。残留的锁最多等 60 秒。',
    ],
    [
      'a merge that somebody has to end',
      hold({ reason: git, subject: 'merge' }),
      'A git merge is in progress. Finish or abort it (git merge --continue, git merge --abort): uploads then resume automatically. push --force uploads now.',
      'git merge 正在进行中。 请完成或中止它（git merge --continue, git merge --abort），之后自动继续上传。要立即上传，请运行 push --force。',
    ],
    [
      'a bisection, which ends in another way',
      hold({ reason: git, subject: 'bisect' }),
      'A git bisect is in progress. Finish or abort it (git bisect reset): uploads then resume automatically. push --force uploads now.',
      'git bisect 正在进行中。 请完成或中止它（git bisect reset），之后自动继续上传。要立即上传，请运行 push --force。',
    ],
    [
      'paused, on the screen',
      hold({}, 'monitor'),
      'Uploads are paused. Press p to resume.',
      '上传已暂停。 按 p 继续。',
    ],
    [
      'protected, on the screen',
      hold({ reason: 'protected' }, 'monitor'),
      'The environment is protected (`protectedEnvs`). Press y to allow uploads to it.',
      '该环境受保护（`protectedEnvs`）。 按 y 允许上传到该环境。',
    ],
    [
      'a person went back, on the screen',
      hold({ reason: 'undone', subject: '0123456789' }, 'monitor'),
      'Version 01234567 runs here, as you asked, and not what is on disk. Your next change is uploaded as usual. To upload what is on disk now, press U.',
      '按你的要求，这里运行的是版本 01234567，而不是本地文件。 你下次修改后会照常上传。要现在上传本地文件，请按 U。',
    ],
  ]);

  it.each<readonly [Subject | null, string]>([
    [null, 'NAME'],
    [{ function: 'pay', env: null }, 'pay'],
    [{ function: 'pay', env: 'dev' }, 'pay --env-id dev'],
  ])('of %j names whom its commands are about', (about, target) => {
    for (const language of ['en', 'zh-CN'] as const) {
      expect(hold({ reason: 'undone', subject: 'a' }, 'lines', about)(language)).toContain(
        `tcb-watch undo ${target} --to disk`,
      );
      const foreign = hold({ reason: 'foreign', subject: '14:03' }, 'lines', about)(language);
      const whom = about === null ? '' : ` ${target}`;
      expect(foreign).toContain(`tcb-watch accept${whom}`);
      expect(foreign).toContain(`tcb-watch push${whom} --force`);
    }
  });

  const measured = {
    limit: 1024,
    largest: [
      { path: 'a', bytes: 2048 },
      { path: 'b', bytes: 1024 },
    ],
  } as const;
  check([
    [
      'an upload that is too long',
      problem({ reason: 'too-big', measure: 'base64', size: 5000, ...measured }),
      'The upload would have 5000 base64 characters; the limit is 1024. Largest files: a 2 KiB, b 1 KiB',
      '上传内容有 5000 个 base64 字符，上限为 1024。最大的文件：a 2 KiB、b 1 KiB',
    ],
    [
      'files that are too large',
      problem({ reason: 'too-big', measure: 'unzipped', size: 5120, ...measured }),
      'Unzipped, the function has 5 KiB; the limit is 1 KiB. Largest files: a 2 KiB, b 1 KiB',
      '解压后大小为 5 KiB，上限为 1 KiB。最大的文件：a 2 KiB、b 1 KiB',
    ],
    [
      'a private key',
      problem(secret),
      'key.pem holds a private key, so the function is not uploaded.',
      'key.pem 含有私钥，因此没有上传该函数。',
    ],
    [
      'a token of a registry in a line, and one more file',
      problem({ ...secret, what: 'registry-token', file: '.npmrc', line: 2, column: 3, more: 1 }),
      '.npmrc:2:3 holds the token of a package registry (_authToken), so the function is not uploaded. 1 more file does, too.',
      '.npmrc:2:3 含有软件包仓库的 token（_authToken），因此没有上传该函数。另有 1 个文件也是如此。',
    ],
    [
      'secrets in several files',
      problem({ ...secret, more: 2 }),
      'key.pem holds a private key, so the function is not uploaded. 2 more files do, too.',
      'key.pem 含有私钥，因此没有上传该函数。另有 2 个文件也是如此。',
    ],
    [
      'a link to nothing',
      problem({ reason: 'unreadable', path: 'a', code: 'ENOENT', target: '../b' }),
      'a is a link to ../b, and nothing is there (ENOENT).',
      'a 是指向 ../b 的链接，但目标不存在（ENOENT）。',
    ],
    [
      'a file that somebody removed',
      problem({ reason: 'unreadable', path: 'a', code: 'ENOENT' }),
      'a does not exist.',
      'a 不存在。',
    ],
  ]);
});

describe('a failure that we word ourselves', () => {
  const text = (message: string, over: { errcode?: number | null; rid?: string | null } = {}) => {
    const given = failure({ class: 'function', errcode: null, rid: null, message, ...over });
    return (language: Language) => failureText(given, language);
  };
  check([
    ['as it came', text('busy', { errcode: -1, rid: 'r1' }), '-1 busy (rid r1)', '-1 busy（rid r1）'],
    ['without code and rid', text('busy'), 'busy', 'busy'],
    [
      'an answer of a size',
      text('ANSWER_TOO_BIG: the answer has 2048 bytes, the limit is 1024'),
      'The answer has 2 KiB; at most 1 KiB are read.',
      '响应为 2 KiB，最多读取 1 KiB。',
    ],
    [
      'an answer that went on',
      text('ANSWER_TOO_BIG: the answer is over 1024 bytes'),
      'The answer has more than 1 KiB.',
      '响应超过 1 KiB。',
    ],
    [
      'an answer about strangers',
      text('the answer names an environment that was not asked for ({"env":"x"}\n)'),
      'The answer names an environment that was not asked for ({"env":"x"}\n).',
      '响应包含未请求的环境（{"env":"x"}\n）。',
    ],
    ['no answer', text('TIMED_OUT: no answer within 2400 ms'), 'no answer within 2.4 s', '2.4 秒内没有响应'],
  ]);
});

describe('a token', () => {
  const of = (source: Partial<TokenSource> & Pick<TokenSource, 'kind'>) => (language: Language) =>
    renewToken(source as TokenSource, language);
  const problemOf = (code: string) => (language: Language) =>
    describeTokenProblem(code, language, 'lines').detail;

  check([
    [
      'of a file',
      of({ kind: 'file', path: '/t' }),
      'Put a fresh component_access_token in /t',
      '请更新 /t 中的 component_access_token',
    ],
    [
      'of an address, of which the host is named',
      of({ kind: 'url', url: 'https://t.example:8443/secret?x=1' }),
      'Make sure that t.example:8443 returns a valid component_access_token',
      '请确保 t.example:8443 返回有效的 component_access_token',
    ],
    [
      'of a manager',
      of({ kind: 'wxcomponent', url: 'https://m.example/' }),
      'Make sure that the platform manager at m.example has a valid component_access_token',
      '请确保微管家（m.example）持有有效的 component_access_token',
    ],
    [
      'of nobody knows where',
      (language) => renewToken(null, language),
      'Put a fresh component_access_token where `token` in the configuration points',
      '请在配置的 `token` 所指的位置更新 component_access_token',
    ],
    [
      'with a login that was refused without a word',
      problemOf('wxcomponent-login'),
      'The platform manager refused the login. It is not repeated, because failed logins lock the account.',
      '微管家拒绝登录。为避免账号被锁定，不会再次尝试。',
    ],
    [
      'with a login that was refused with a reason',
      problemOf('wxcomponent-login:wrong password'),
      'The platform manager refused the login: wrong password. It is not repeated, because failed logins lock the account.',
      '微管家拒绝登录：wrong password。为避免账号被锁定，不会再次尝试。',
    ],
    [
      'with a trouble of no known kind',
      problemOf('odd:x'),
      'The token cannot be read: odd:x',
      '无法读取 token：odd:x',
    ],
  ]);
});

it('an explanation may have no remedy', () => {
  expect(explain('x')).toEqual({ detail: 'x', hint: '' });
  expect(explain('x', 'y')).toEqual({ detail: 'x', hint: 'y' });
});
