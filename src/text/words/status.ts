/** Words of `status` around its rows. Where a target stands is said in the words of standing.ts, as everywhere. */
import type { Catalogue } from '../language.js';
import { plural } from '../text.js';

export interface StatusWords {
  readonly daemon: (pid: number, endpoint: string) => string;
  readonly noDaemon: (endpoint: string) => string;
  readonly silent: (pid: number, endpoint: string) => string;
  readonly noTargets: string;
  readonly since: (time: string) => string;
  readonly all: (count: number) => string;
  readonly some: (live: number, count: number) => string;
  readonly adopted: (count: number) => string;
  readonly verbose: string;
  /** Of saved events that a target was called with. */
  readonly answersOk: (count: number) => string;
  /** @param names of events, or of functions */
  readonly answersFail: (names: string) => string;
  /** `status --files NAME`: files packed and left out, and by which rule. */
  readonly packed: (count: number, size: string) => string;
  readonly leftOut: (count: number) => string;
  /** Where the rule stands. */
  readonly by: (rule: string, source: string) => string;
  /** Not by a rule: the local link to a shared folder, and what is no file at all. */
  readonly sharedLink: string;
  readonly special: string;
  readonly secret: string;
  readonly built: string;
  readonly moreFiles: (count: number) => string;
}

export const statusWords: Catalogue<StatusWords> = {
  en: {
    daemon: (pid, endpoint) => `tcb-watch is running (process ${pid}) and uploads to ${endpoint}.`,
    noDaemon: (endpoint) =>
      `tcb-watch is not running. This is what it last recorded for ${endpoint}, compared with what is on disk now.`,
    silent: (pid, endpoint) =>
      `tcb-watch (process ${pid}) does not answer. It may be asking a question on its terminal; if Ctrl-Z stopped it, fg resumes it. This is what it last recorded for ${endpoint}, compared with what is on disk now.`,
    noTargets: 'There are no functions.',
    since: (time) => `since ${time}`,
    all: (count) => (count === 1 ? 'The only target is live.' : `All ${count} targets are live.`),
    some: (live, count) => `${live} of ${plural(count, 'target')} are live.`,
    adopted: (count) =>
      count === 1
        ? '1 keeps what somebody else deployed, as you accepted it.'
        : `${count} keep what somebody else deployed, as you accepted it.`,
    answersOk: (count) => `${plural(count, 'answer')} as expected`,
    answersFail: (names) => `wrong answers: ${names}`,
    verbose: 'tcb-watch status --verbose lists every target.',
    packed: (count, size) => `${plural(count, 'file')} packed, ${size} before packing`,
    leftOut: (count) => `${count} left out`,
    by: (rule, source) => `${rule} (${source})`,
    sharedLink: 'the local link; the shared folder itself is packed',
    special: 'neither a file nor a folder',
    secret: 'never packed: it holds a secret',
    moreFiles: (count) => `and ${count} more files`,
    built: 'This function has a build. Listed here is its folder, not the output of the build.',
  },
  'zh-CN': {
    daemon: (pid, endpoint) => `tcb-watch 正在运行（进程 ${pid}），上传到 ${endpoint}。`,
    noDaemon: (endpoint) => `tcb-watch 未在运行。以下是上次记录的 ${endpoint} 状态与当前本地文件的对比。`,
    silent: (pid, endpoint) =>
      `tcb-watch（进程 ${pid}）没有响应。它可能正在终端等待你回答；如果是被 Ctrl-Z 挂起的，请用 fg 恢复。以下是上次记录的 ${endpoint} 状态与当前本地文件的对比。`,
    noTargets: '没有函数。',
    since: (time) => `${time} 起`,
    all: (count) => `${count} 个目标已全部生效。`,
    some: (live, count) => `${count} 个目标中有 ${live} 个已生效。`,
    adopted: (count) => `${count} 个采用了其他人部署的版本。`,
    answersOk: (count) => `${count} 个响应符合预期`,
    answersFail: (names) => `响应有误：${names}`,
    verbose: '运行 tcb-watch status --verbose 可列出每个目标。',
    packed: (count, size) => `打包 ${count} 个文件，压缩前 ${size}`,
    leftOut: (count) => `不打包 ${count} 个文件`,
    by: (rule, source) => `${rule}（${source === 'built-in' ? '内置规则' : source}）`,
    sharedLink: '本地链接；共享文件夹本身会打包',
    special: '既不是文件，也不是文件夹',
    secret: '含有密钥等机密信息，不会打包',
    moreFiles: (count) => `另有 ${count} 个文件`,
    built: '该函数需要构建。这里列出的是它的文件夹，而不是构建产物。',
  },
};
