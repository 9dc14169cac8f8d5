/** Why no token could be read, by the problem's code (`env-unset:NAME`), and what to do. */
import type { Catalogue, Language } from '../language.js';
import { type Explanation, explain } from './explanation.js';
import { failureHint, failureWords, type Place } from './failures.js';

type Words = (subject: string) => Explanation;

interface TokenWords {
  readonly problems: Readonly<Record<string, Words>>;
  readonly other: Words;
}

const tokenWords: Catalogue<TokenWords> = {
  en: {
    problems: {
      'env-unset': (name) =>
        explain(
          `The variable ${name} has no value.`,
          `Set ${name} in the shell or in .env.local, or say in "token" where the component_access_token is.`,
        ),
      'file-missing': (file) =>
        explain(`The token’s file ${file} is not there.`, 'Put the token there, or mend `token.file`.'),
      'file-unreadable': (file) =>
        explain(`The token’s file cannot be read (${file}).`, 'Mend its permissions, or `token.file`.'),
      'command-failed': (text) =>
        explain(
          `The token’s command failed: ${text.replace(/^\d/, 'exit code $&')}`,
          'Run the command of `token.command` by hand and mend it.',
        ),
      'command-timeout': (text) =>
        explain(
          `The token’s command took too long (${text}).`,
          'Run it by hand, or raise `token.timeoutSeconds`.',
        ),
      'url-unreachable': (text) =>
        explain(`The token’s server cannot be reached: ${text}`, 'Check `token.url` and the network.'),
      'url-status': (text) =>
        explain(`The token’s server answers ${text}.`, 'Check `token.url` and `token.headers`.'),
      'url-not-json': (text) =>
        explain(
          `The token’s server does not answer JSON (${text}).`,
          'Check `token.url`, or take `token.pointer` out.',
        ),
      'url-pointer': (text) =>
        explain(`The token is not at ${text} in the answer.`, 'Check `token.pointer`.'),
      'component-unreachable': (text) =>
        explain(`A new token cannot be fetched: ${text}`, 'Check the network and `endpoint`.'),
      'component-refused': (text) =>
        explain(`The cloud refuses a new token: ${text}.`, 'Check `token.component`.'),
      'component-ticket': (text) =>
        explain(`There is no verify ticket (${text}).`, 'Check `token.component.verifyTicket`.'),
      empty: (place) => explain(`${place} is empty.`, 'Put the component_access_token there.'),
      malformed: (place) =>
        explain(
          `What ${place} holds cannot be a token.`,
          'It must be one word: the component_access_token and nothing else.',
        ),
      untrusted: () =>
        explain(
          'The token is not read, because you have not agreed to the configuration yet.',
          'Run tcb-watch trust to see what it does and agree to it.',
        ),
      none: () => explain('No token is configured.', 'Say in "token" where it is.'),
    },
    other: (text) => explain(`The token cannot be read: ${text}`, 'Check "token" in the configuration.'),
  },
  'zh-CN': {
    problems: {
      'env-unset': (name) =>
        explain(
          `变量 ${name} 没有值。`,
          `请在 shell 或 .env.local 中设置 ${name}，或用 "token" 说明 component_access_token 在哪里。`,
        ),
      'file-missing': (file) =>
        explain(`token 文件 ${file} 不存在。`, '请把 token 放到该文件，或修正 `token.file`。'),
      'file-unreadable': (file) => explain(`无法读取 token 文件（${file}）。`, '请修正权限或 `token.file`。'),
      'command-failed': (text) =>
        explain(`token 命令失败：${text.replace(/^\d/, '退出码 $&')}`, '请手动运行 `token.command` 并修正。'),
      'command-timeout': (text) =>
        explain(`token 命令超时（${text}）。`, '请手动运行，或调高 `token.timeoutSeconds`。'),
      'url-unreachable': (text) => explain(`无法连接 token 服务：${text}`, '请检查 `token.url` 和网络。'),
      'url-status': (text) => explain(`token 服务返回 ${text}。`, '请检查 `token.url` 和 `token.headers`。'),
      'url-not-json': (text) =>
        explain(`token 服务返回的不是 JSON（${text}）。`, '请检查 `token.url`，或删除 `token.pointer`。'),
      'url-pointer': (text) => explain(`应答的 ${text} 处没有 token。`, '请检查 `token.pointer`。'),
      'component-unreachable': (text) => explain(`无法获取新 token：${text}`, '请检查网络和 `endpoint`。'),
      'component-refused': (text) => explain(`云端拒绝发放新 token：${text}`, '请检查 `token.component`。'),
      'component-ticket': (text) =>
        explain(`没有 verify ticket（${text}）。`, '请检查 `token.component.verifyTicket`。'),
      empty: (place) => explain(`${place} 是空的。`, '请放入 component_access_token。'),
      malformed: (place) =>
        explain(`${place} 的内容不可能是 token。`, '只能有一个词：component_access_token 本身。'),
      untrusted: () =>
        explain('您尚未确认该配置，因此没有读取 token。', '运行 tcb-watch trust 查看其内容并确认。'),
      none: () => explain('没有配置 token。', '请用 "token" 说明它在哪里。'),
    },
    other: (text) => explain(`无法读取 token：${text}`, '请检查配置中的 "token"。'),
  },
};

/** @param problem a code of cloud/token/token.ts, with `:` and what it is about */
export function describeTokenProblem(problem: string, language: Language, place: Place): Explanation {
  const words = tokenWords[language];
  const cut = problem.indexOf(':');
  const code = cut === -1 ? problem : problem.slice(0, cut);
  const subject = cut === -1 ? '' : problem.slice(cut + 1);
  const explained = (words.problems[code] ?? (() => words.other(problem)))(parted(subject));
  return code === 'component-refused'
    ? { ...explained, hint: refusalHint(subject, language, place) }
    : explained;
}

/** `61006:message`, `3:stderr` as `61006 message`, `3 stderr`; addresses and paths as they are. */
function parted(subject: string): string {
  return subject.replace(/^(\w+):\s*(?![/\\])/, '$1 ');
}

/** A refusal of a new token has the cloud's own errcode, and that errcode's remedy. */
function refusalHint(subject: string, language: Language, place: Place): string {
  const [code = ''] = subject.split(':', 1);
  return failureHint(
    {
      class: 'config',
      origin: 'answer',
      errcode: Number(code),
      httpStatus: null,
      message: subject.slice(code.length + 1),
      rid: null,
      retryAfterMs: null,
    },
    failureWords[language],
    place,
  );
}
