/** Words of `status`: where a target stands when nothing holds it. */
import type { Catalogue } from '../language.js';
import { type Explanation, explain } from './explanation.js';

export interface StatusWords {
  readonly state: Readonly<Record<'live' | 'sending' | 'deploying' | 'waiting' | 'queued' | 'held', string>>;
  readonly sending: Explanation;
  readonly deploying: Explanation;
  /** The same where nothing is at work that would ask the cloud. */
  readonly accepted: Explanation;
  /** `time`: until the next try. */
  readonly waiting: (failure: string, time: string) => string;
  readonly queued: Explanation;
  readonly idle: Explanation;
  readonly daemon: (pid: number, endpoint: string) => string;
  readonly noDaemon: (endpoint: string) => string;
  readonly silent: (pid: number, endpoint: string) => string;
  readonly noTargets: string;
  readonly since: (time: string) => string;
  readonly all: (count: number) => string;
  readonly some: (live: number, count: number) => string;
}

export const statusWords: Catalogue<StatusWords> = {
  en: {
    state: {
      live: 'live',
      sending: 'sending',
      deploying: 'deploying',
      waiting: 'waiting',
      queued: 'differs',
      held: 'held',
    },
    sending: explain('The upload is on its way.', 'Nothing to do.'),
    deploying: explain('The cloud has accepted it and deploys it.', 'Nothing to do.'),
    accepted: explain(
      'The cloud accepted it; whether it runs was not seen.',
      'Run tcb-watch push to see it.',
    ),
    waiting: (failure, time) => `${failure} Tried again in ${time}.`,
    queued: explain('It is sent as soon as there is a free slot.', 'Nothing to do.'),
    idle: explain(
      'What is on disk is not known to run there.',
      'Run tcb-watch or tcb-watch push to send it.',
    ),
    daemon: (pid, endpoint) => `tcb-watch is running (process ${pid}) against ${endpoint}.`,
    noDaemon: (endpoint) =>
      `tcb-watch is not running. This is what it last knew of ${endpoint}, and what is on disk now.`,
    silent: (pid, endpoint) =>
      `tcb-watch (process ${pid}) does not answer: fg goes on with one that Ctrl-Z stopped. This is what it last noted of ${endpoint}, and what is on disk now.`,
    noTargets: 'There is no function.',
    since: (time) => `since ${time}`,
    all: (count) => `All ${count} are live.`,
    some: (live, count) => `${live} of ${count} are live.`,
  },
  'zh-CN': {
    state: {
      live: '已生效',
      sending: '发送中',
      deploying: '部署中',
      waiting: '等待重试',
      queued: '有差异',
      held: '暂缓',
    },
    sending: explain('正在上传。', '无需操作。'),
    deploying: explain('云端已接受，正在部署。', '无需操作。'),
    accepted: explain('云端已接受，但未看到它运行。', '运行 tcb-watch push 即可确认。'),
    waiting: (failure, time) => `${failure} ${time} 后重试。`,
    queued: explain('一有空闲就发送。', '无需操作。'),
    idle: explain('磁盘上的内容未确认在那里运行。', '运行 tcb-watch 或 tcb-watch push 即可发送。'),
    daemon: (pid, endpoint) => `tcb-watch 正在运行（进程 ${pid}），目标 ${endpoint}。`,
    noDaemon: (endpoint) => `tcb-watch 没有在运行。以下是它上次所知的 ${endpoint} 的状态和磁盘上的现状。`,
    silent: (pid, endpoint) =>
      `tcb-watch（进程 ${pid}）没有应答：如果是被 Ctrl-Z 挂起的，请用 fg 继续。以下是它上次记录的 ${endpoint} 的状态和磁盘上的现状。`,
    noTargets: '没有函数。',
    since: (time) => `自 ${time}`,
    all: (count) => `${count} 个全部已生效。`,
    some: (live, count) => `${count} 个中有 ${live} 个已生效。`,
  },
};
