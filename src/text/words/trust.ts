/** What `tcb-watch trust` says: what a configuration could do, one risk a line. */
import type { RiskKind } from '../../model/risk.js';
import type { Catalogue } from '../language.js';

export interface TrustWords {
  /** What would be done, and with what. */
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
    readonly damaged: (file: string) => string;
  };
}

const english: TrustWords = {
  risks: {
    command: (value) => `runs a command in your shell: ${value}`,
    code: (value) => `loads code from the project's node_modules: ${value}`,
    endpoint: (value) => `sends your token and your functions' code to ${value}`,
    'token-url': (value) => `asks an address for the token: ${value}`,
    outside: (value) => `uploads files from outside the project: ${value}`,
  },
  title: (project) => `The configuration of ${project} could do this on your machine:`,
  changed: '(changed since you agreed)',
  question: 'Do you agree? You are asked again only if one of these lines changes. [y/N] ',
  agreed: (file) => `Agreed. This is remembered in ${file}.`,
  declined: 'Not agreed: nothing of it was done.',
  nothing: (project) => `The configuration of ${project} does nothing that needs your agreement.`,
  alreadyAgreed: 'You have agreed to all of this.',
  nobodyToAsk:
    'This is not agreed to yet, and there is no terminal to ask on. Run tcb-watch trust in a terminal, or pass --trust to the command that needs it.',
  leftOut: (count) =>
    `${count === 1 ? '1 thing was' : `${count} things were`} left out, because you have not agreed to the configuration yet:`,
  listTitle: (file) => `Projects that you agreed to (${file}):`,
  listEmpty: (file) => `You have not agreed to any project yet (${file}).`,
  forgot: (project) => `Forgotten: ${project} asks again at its next start.`,
  nothingToForget: (project) => `There is no agreement for ${project}.`,
  trouble: {
    unreadable: (file, code) =>
      `${file} cannot be read or written (${code}), so your agreements are not known. Check its permissions.`,
    'not-ours': (file) =>
      `${file} is a link or belongs to another user, so it is not used. Remove it and agree again.`,
    damaged: (file) => `${file} is damaged, so it counts as empty. Agree again to replace it.`,
  },
};

const chinese: TrustWords = {
  risks: {
    command: (value) => `在您的 shell 中运行命令：${value}`,
    code: (value) => `加载项目 node_modules 中的代码：${value}`,
    endpoint: (value) => `把您的 token 和函数代码发送到 ${value}`,
    'token-url': (value) => `向以下地址请求 token：${value}`,
    outside: (value) => `上传项目之外的文件：${value}`,
  },
  title: (project) => `${project} 的配置可能在您的电脑上执行以下操作：`,
  changed: '（确认之后有变化）',
  question: '是否同意？只有其中某一行发生变化时才会再次询问。[y/N] ',
  agreed: (file) => `已确认，记录在 ${file}。`,
  declined: '未同意：以上操作均未执行。',
  nothing: (project) => `${project} 的配置没有需要您确认的操作。`,
  alreadyAgreed: '以上全部操作您都已确认。',
  nobodyToAsk:
    '以上操作尚未确认，而当前没有可供询问的终端。请在终端中运行 tcb-watch trust，或给需要它的命令加上 --trust。',
  leftOut: (count) => `由于尚未确认配置，已跳过 ${count} 项：`,
  listTitle: (file) => `您已确认的项目（${file}）：`,
  listEmpty: (file) => `您尚未确认任何项目（${file}）。`,
  forgot: (project) => `已撤销：${project} 下次启动时会重新询问。`,
  nothingToForget: (project) => `没有 ${project} 的确认记录。`,
  trouble: {
    unreadable: (file, code) => `无法读写 ${file}（${code}），因此不知道您确认过什么。请检查权限。`,
    'not-ours': (file) => `${file} 是链接或属于其他用户，因此不会使用。请删除后重新确认。`,
    damaged: (file) => `${file} 已损坏，视为空。重新确认即可替换。`,
  },
};

export const trustWords: Catalogue<TrustWords> = { en: english, 'zh-CN': chinese };
