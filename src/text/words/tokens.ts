/** Where a token comes from, why none could be read (by the problem's code, `env-unset:TOKEN`), and what to do. */
import type { TokenSource } from '../../config/model.js';
import type { Catalogue, Language } from '../language.js';
import { type Explanation, explain } from './explanation.js';
import { failureHint, failureWords, type Place } from './failures.js';

type Words = (subject: string) => Explanation;

interface TokenWords {
  /** Where a fresh token goes, as a sentence without its end, by the kind of the source; `none`: the source is not known here. */
  readonly renew: Readonly<
    Record<Exclude<TokenSource['kind'], 'withheld'> | 'none', (place: string) => string>
  >;
  readonly problems: Readonly<Record<string, Words>>;
  readonly other: Words;
}

const tokenWords: Catalogue<TokenWords> = {
  en: {
    renew: {
      env: (name) =>
        `Put a fresh component_access_token in ${name} (in .env.local, or in the shell and restart)`,
      file: (path) => `Put a fresh component_access_token in ${path}`,
      command: () => 'Make sure that `token.command` prints a valid component_access_token',
      url: (host) => `Make sure that ${host} returns a valid component_access_token`,
      component: () => 'Check `token.component` in the configuration',
      wxcomponent: (host) =>
        `Make sure that the platform manager at ${host} has a valid component_access_token`,
      cloudbase: () => 'Make sure that `token.cloudbase` gives a valid cloudbase_access_token',
      none: () => 'Put a fresh component_access_token where `token` in the configuration points',
    },
    problems: {
      'env-unset': (name) =>
        explain(
          `The environment variable ${name} is not set.`,
          `Set ${name} in the shell or in .env.local, or point \`token\` to another place.`,
        ),
      'file-missing': (file) =>
        explain(`The token file ${file} does not exist.`, 'Create it, or correct `token.file`.'),
      'file-unreadable': (file) =>
        explain(`The token file cannot be read (${file}).`, 'Fix its permissions, or correct `token.file`.'),
      'command-failed': (text) =>
        explain(
          `\`token.command\` failed: ${text.replace(/^\d/, 'exit code $&')}`,
          'Run the command by hand and fix it.',
        ),
      'command-timeout': (text) =>
        explain(
          `\`token.command\` did not finish in time (${text}).`,
          'Run the command by hand, or raise `token.timeoutSeconds`.',
        ),
      'url-unreachable': (text) =>
        explain(`The token server cannot be reached: ${text}`, 'Check `token.url` and the network.'),
      'url-status': (text) =>
        explain(`The token server answered with ${text}.`, 'Check `token.url` and `token.headers`.'),
      'url-not-json': (text) =>
        explain(
          `The answer of the token server is not JSON (${text}).`,
          'Check `token.url`, or remove `token.pointer`.',
        ),
      'url-pointer': (text) =>
        explain(`The answer of the token server has no token at ${text}.`, 'Check `token.pointer`.'),
      'component-unreachable': (text) =>
        explain(`A new token cannot be fetched: ${text}`, 'Check the network and `endpoint`.'),
      'component-refused': (text) =>
        explain(`The cloud refused to issue a new token: ${text}`, 'Check `token.component`.'),
      'component-ticket': (text) =>
        explain(`There is no verify ticket (${text}).`, 'Check `token.component.verifyTicket`.'),
      'wxcomponent-unreachable': (text) =>
        explain(
          `The platform manager cannot be reached: ${text}`,
          'Check `token.wxcomponent.url` and the network.',
        ),
      'wxcomponent-status': (status) =>
        explain(
          `What answers at \`token.wxcomponent.url\` is not a platform manager (HTTP ${status}).`,
          'Check `token.wxcomponent.url`.',
        ),
      'wxcomponent-answer': (what) =>
        explain(
          `The platform manager’s answer has no ${what}.`,
          'Check its version, and `token.wxcomponent.url`.',
        ),
      'wxcomponent-login': (text) =>
        explain(
          `The platform manager refused the login${text === '' ? '' : `: ${text}`}. It is not repeated, because failed logins lock the account.`,
          'Correct `token.wxcomponent` (username and password) in the configuration or in .env.local.',
        ),
      'wxcomponent-ticket': () =>
        explain(
          'Your platform has no ticket yet, so its manager has no token.',
          'WeChat sends a ticket every ten minutes: wait, or check the platform’s authorization event URL.',
        ),
      'wxcomponent-refused': (text) =>
        explain(
          `The platform manager gives no token: ${text}`,
          'Log in there in a browser, and check the account’s rights.',
        ),
      empty: (place) => explain(`${place} is empty.`, 'Put the component_access_token there.'),
      malformed: (place) =>
        explain(
          `The content of ${place} cannot be a token.`,
          'It must be the component_access_token alone, without blanks or line breaks.',
        ),
      untrusted: () =>
        explain(
          'The token is not read, because you have not agreed to this configuration yet.',
          'Run tcb-watch trust to see what it does and agree to it.',
        ),
      none: () =>
        explain('No token is configured.', 'Add `token` to the configuration to say where it is read.'),
    },
    other: (text) => explain(`The token cannot be read: ${text}`, 'Check `token` in the configuration.'),
  },
  'zh-CN': {
    renew: {
      env: (name) =>
        `请更新环境变量 ${name} 中的 component_access_token（写入 .env.local，或在 shell 中设置后重启）`,
      file: (path) => `请更新 ${path} 中的 component_access_token`,
      command: () => '请确保 `token.command` 输出有效的 component_access_token',
      url: (host) => `请确保 ${host} 返回有效的 component_access_token`,
      component: () => '请检查配置中的 `token.component`',
      wxcomponent: (host) => `请确保微管家（${host}）持有有效的 component_access_token`,
      cloudbase: () => '请确保 `token.cloudbase` 提供有效的 cloudbase_access_token',
      none: () => '请在配置的 `token` 所指的位置更新 component_access_token',
    },
    problems: {
      'env-unset': (name) =>
        explain(
          `环境变量 ${name} 未设置。`,
          `请在 shell 或 .env.local 中设置 ${name}，或修改配置中的 \`token\`。`,
        ),
      'file-missing': (file) => explain(`token 文件 ${file} 不存在。`, '请创建该文件，或更正 `token.file`。'),
      'file-unreadable': (file) =>
        explain(`无法读取 token 文件（${file}）。`, '请修正文件权限，或更正 `token.file`。'),
      'command-failed': (text) =>
        explain(
          `\`token.command\` 执行失败：${text.replace(/^\d/, '退出码 $&')}`,
          '请手动运行该命令并修正。',
        ),
      'command-timeout': (text) =>
        explain(
          `\`token.command\` 执行超时（${text}）。`,
          '请手动运行该命令，或调高 `token.timeoutSeconds`。',
        ),
      'url-unreachable': (text) => explain(`无法连接 token 服务器：${text}`, '请检查 `token.url` 和网络。'),
      'url-status': (text) =>
        explain(`token 服务器返回 ${text}。`, '请检查 `token.url` 和 `token.headers`。'),
      'url-not-json': (text) =>
        explain(`token 服务器返回的不是 JSON（${text}）。`, '请检查 `token.url`，或删除 `token.pointer`。'),
      'url-pointer': (text) =>
        explain(`token 服务器的响应中，${text} 处没有 token。`, '请检查 `token.pointer`。'),
      'component-unreachable': (text) => explain(`无法获取新 token：${text}`, '请检查网络和 `endpoint`。'),
      'component-refused': (text) => explain(`云端拒绝签发新 token：${text}`, '请检查 `token.component`。'),
      'component-ticket': (text) =>
        explain(`缺少 verify ticket（${text}）。`, '请检查 `token.component.verifyTicket`。'),
      'wxcomponent-unreachable': (text) =>
        explain(`无法连接微管家：${text}`, '请检查 `token.wxcomponent.url` 和网络。'),
      'wxcomponent-status': (status) =>
        explain(
          `\`token.wxcomponent.url\` 处不是微管家（HTTP ${status}）。`,
          '请检查 `token.wxcomponent.url`。',
        ),
      'wxcomponent-answer': (what) =>
        explain(`微管家的响应中没有 ${what}。`, '请检查它的版本和 `token.wxcomponent.url`。'),
      'wxcomponent-login': (text) =>
        explain(
          `微管家拒绝登录${text === '' ? '' : `：${text}`}。为避免账号被锁定，不会再次尝试。`,
          '请更正配置或 .env.local 中 `token.wxcomponent` 的用户名和密码。',
        ),
      'wxcomponent-ticket': () =>
        explain(
          '第三方平台尚未收到 ticket，因此微管家没有 token。',
          '微信每十分钟推送一次 ticket：请等待，或检查平台的授权事件接收 URL。',
        ),
      'wxcomponent-refused': (text) =>
        explain(`微管家没有返回 token：${text}`, '请用浏览器登录微管家，检查该账号的权限。'),
      empty: (place) => explain(`${place} 为空。`, '请填入 component_access_token。'),
      malformed: (place) =>
        explain(
          `${place} 的内容不是有效的 token。`,
          '只能包含 component_access_token 本身，不含空格和换行。',
        ),
      untrusted: () =>
        explain(
          '你尚未信任此配置，因此没有读取 token。',
          '请运行 tcb-watch trust 查看它会做什么，并确认信任。',
        ),
      none: () => explain('未配置 token。', '请在配置中添加 `token`，说明从哪里读取。'),
    },
    other: (text) => explain(`无法读取 token：${text}`, '请检查配置中的 `token`。'),
  },
};

/** Where a fresh token goes, as a sentence without its end; a source of null is not known here. */
export function renewToken(source: TokenSource | null, language: Language): string {
  const { renew } = tokenWords[language];
  switch (source?.kind) {
    case undefined:
    // Held for want of an agreement, which has words of its own.
    case 'withheld':
      return renew.none('');
    case 'env':
      return renew.env(source.name);
    case 'file':
      return renew.file(source.path);
    case 'url':
    case 'wxcomponent':
      return renew[source.kind](new URL(source.url).host);
    case 'command':
    case 'component':
    case 'cloudbase':
      return renew[source.kind]('');
    default:
      return source satisfies never;
  }
}

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
    { place, token: renewToken(null, language), attempted: 'call' },
  );
}
