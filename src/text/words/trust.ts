/** The words of `tcb-watch trust`: what a configuration could do, one risk a line. */
import type { RiskKind } from '../../model/risk.js';
import type { Catalogue } from '../language.js';

export interface TrustWords {
  /** The thing that would be done, and with what. */
  readonly risks: Readonly<Record<RiskKind, (value: string) => string>>;
  readonly title: (project: string) => string;
  /** Behind a risk that stands where something else was agreed to. */
  readonly changed: string;
  readonly question: string;
  readonly agreed: (file: string) => string;
  readonly declined: string;
  /** The configuration does nothing that needs an agreement. */
  readonly nothing: (project: string) => string;
  readonly alreadyAgreed: string;
  readonly nobodyToAsk: string;
  /** `doctor`, `status`, `--dry-run`: what was left out. */
  readonly leftOut: (count: number) => string;
  readonly listTitle: (file: string) => string;
  readonly listEmpty: (file: string) => string;
  readonly forgot: (project: string) => string;
  readonly nothingToForget: (project: string) => string;
  readonly trouble: {
    readonly unreadable: (file: string, code: string) => string;
    readonly 'not-ours': (file: string) => string;
    readonly 'no-file': (file: string) => string;
    readonly damaged: (file: string) => string;
  };
}

const english: TrustWords = {
  risks: {
    command: (value) => `runs a command in your shell: ${value}`,
    code: (value) => `loads code from the project’s node_modules: ${value}`,
    endpoint: (value) => `sends your token and the code of your functions to ${value}`,
    'token-url': (value) => `requests the token from this address: ${value}`,
    outside: (value) => `uploads files from outside the project: ${value}`,
    'outside-events': (value) => `calls your functions with events from outside the project: ${value}`,
  },
  title: (project) => `The configuration of ${project} does the following on your machine:`,
  changed: '(changed since you agreed)',
  question: 'Do you agree? You are asked again only if one of these lines changes. [y/N] ',
  agreed: (file) => `Agreed. This is remembered in ${file}.`,
  declined: 'Not agreed. None of this was done.',
  nothing: (project) => `The configuration of ${project} does nothing that needs your agreement.`,
  alreadyAgreed: 'You have agreed to all of this.',
  nobodyToAsk:
    'This is not agreed to yet, and there is no terminal to ask on. Run tcb-watch trust in a terminal, or pass --trust to the command that needs it.',
  leftOut: (count) =>
    `${count === 1 ? '1 thing was' : `${count} things were`} skipped, because you have not agreed to the configuration yet:`,
  listTitle: (file) => `Projects that you have agreed to (${file}):`,
  listEmpty: (file) => `You have not agreed to any project yet (${file}).`,
  forgot: (project) => `Your agreement for ${project} is removed. The next start asks again.`,
  nothingToForget: (project) => `There is no agreement for ${project}.`,
  trouble: {
    unreadable: (file, code) =>
      `${file} cannot be read or written (${code}), so your agreements cannot be checked. Fix its permissions.`,
    'not-ours': (file) =>
      `${file} is a link or belongs to another user, so it is ignored. Remove it and agree again.`,
    'no-file': (file) => `${file} is not a file, so it is ignored. Remove it and agree again.`,
    damaged: (file) => `${file} is damaged, so its agreements are ignored. Agree again to replace it.`,
  },
};

const chinese: TrustWords = {
  risks: {
    command: (value) => `在你的 shell 中运行命令：${value}`,
    code: (value) => `加载项目 node_modules 中的代码：${value}`,
    endpoint: (value) => `把你的 token 和函数代码发送到 ${value}`,
    'token-url': (value) => `向以下地址请求 token：${value}`,
    outside: (value) => `上传项目之外的文件：${value}`,
    'outside-events': (value) => `用项目之外的事件调用你的函数：${value}`,
  },
  title: (project) => `${project} 的配置会在你的电脑上执行以下操作：`,
  changed: '（信任之后有变化）',
  question: '是否信任？只有其中某一行发生变化时才会再次询问。[y/N] ',
  agreed: (file) => `已信任，记录在 ${file}。`,
  declined: '未信任，以上操作均未执行。',
  nothing: (project) => `${project} 的配置没有需要你确认的操作。`,
  alreadyAgreed: '你已信任以上全部操作。',
  nobodyToAsk:
    '你尚未信任以上操作，而当前没有终端可供确认。请在终端中运行 tcb-watch trust，或给需要它的命令加上 --trust。',
  leftOut: (count) => `由于你尚未信任此配置，已跳过 ${count} 项：`,
  listTitle: (file) => `你已信任的项目（${file}）：`,
  listEmpty: (file) => `你尚未信任任何项目（${file}）。`,
  forgot: (project) => `已撤销对 ${project} 的信任，下次启动时会重新询问。`,
  nothingToForget: (project) => `没有 ${project} 的信任记录。`,
  trouble: {
    unreadable: (file, code) => `无法读写 ${file}（${code}），因此无法查询你的信任记录。请修正权限。`,
    'not-ours': (file) => `${file} 是链接或属于其他用户，因此被忽略。请删除后重新信任。`,
    'no-file': (file) => `${file} 不是文件，因此被忽略。请删除后重新信任。`,
    damaged: (file) => `${file} 已损坏，其中的信任记录被忽略。重新信任即可替换该文件。`,
  },
};

export const trustWords: Catalogue<TrustWords> = { en: english, 'zh-CN': chinese };
