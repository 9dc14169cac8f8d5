/** The words for one program that meets another that works on the same configuration. */
import type { Catalogue } from '../language.js';
import { said } from '../text.js';

export interface DaemonWords {
  /** A second `watch`. */
  readonly running: (pid: number | null) => string;
  /** `push` holds the lock: it is waited for. */
  readonly waiting: (pid: number) => string;
  readonly waitedInVain: (pid: number, seconds: number) => string;
  /** It holds the configuration and says nothing so far: it begins, or ends. */
  readonly notYet: (pid: number | null) => string;
  readonly silent: (pid: number | null) => string;
  readonly otherConfig: (pid: number, theirs: string, ours: string) => string;
  readonly otherEndpoint: (pid: number, theirs: string, ours: string) => string;
  readonly otherVersion: (pid: number, theirs: string, ours: string) => string;
  readonly narrower: (pid: number, missing: string) => string;
  readonly ended: (pid: number) => string;
  /** `.tcb-watch` was removed, and another process was quicker to make it again. */
  readonly takenOver: (pid: number | null) => string;
  readonly noneToStop: string;
  readonly stopped: (pid: number) => string;
  readonly stillStopping: (pid: number) => string;
  readonly pushNotStopped: (pid: number) => string;
}

const processEn = (pid: number | null): string => (pid === null ? 'another process' : `process ${pid}`);
const processZh = (pid: number | null): string => (pid === null ? '另一个进程' : `进程 ${pid} `);

export const daemonWords: Catalogue<DaemonWords> = {
  en: {
    running: (pid) =>
      said(
        `another tcb-watch is already running for this configuration${pid === null ? '' : ` (process ${pid})`}. Use tcb-watch push or status, which talk to it, or stop it first with tcb-watch stop.`,
      ),
    waiting: (pid) => said(`a push is running here (process ${pid}). Waiting until it is done.`),
    waitedInVain: (pid, seconds) =>
      said(`the push in process ${pid} is not done after ${seconds} s. Stop it, or run this again later.`),
    notYet: (pid) =>
      said(`${processEn(pid)} is using this configuration and has not answered yet. Waiting for it.`),
    silent: (pid) =>
      said(
        `${processEn(pid)} is using this configuration and does not answer. If it is asking a question on its terminal, answer that; otherwise stop it, then run this again.`,
      ),
    otherConfig: (pid, theirs, ours) =>
      said(
        `process ${pid} is running here with the configuration ${theirs}, not ${ours}. Stop it, or name its configuration with --config.`,
      ),
    otherEndpoint: (pid, theirs, ours) =>
      said(
        `process ${pid} uploads to ${theirs}, not to ${ours}. Stop it, or name its endpoint with --endpoint.`,
      ),
    otherVersion: (pid, theirs, ours) =>
      said(`process ${pid} is version ${theirs}, and this is ${ours}. Stop it and start it again.`),
    narrower: (pid, missing) =>
      said(
        `process ${pid} was started without ${missing}. Stop it, then start it without --only and --env-id.`,
      ),
    ended: (pid) =>
      said(`process ${pid} ended before everything was live. Run the command again to upload the rest.`),
    takenOver: (pid) =>
      said(
        `the folder .tcb-watch was removed, and ${processEn(pid)} now uploads for this configuration. This one stops.`,
      ),
    noneToStop: said('nothing runs for this configuration, so there is nothing to stop.'),
    stopped: (pid) => said(`process ${pid} has ended.`),
    stillStopping: (pid) =>
      said(`process ${pid} was asked to stop and has not ended yet. Wait for it, or end that process.`),
    pushNotStopped: (pid) =>
      said(
        `process ${pid} is a push, which ends when it is done. Press Ctrl-C where it runs to end it earlier.`,
      ),
  },
  'zh-CN': {
    running: (pid) =>
      said(
        `此配置已有 tcb-watch 在运行${pid === null ? '' : `（进程 ${pid}）`}。可直接使用 tcb-watch push 或 status，由它处理；也可先用 tcb-watch stop 停止它。`,
      ),
    waiting: (pid) => said(`已有 push 正在运行（进程 ${pid}），等待它结束。`),
    waitedInVain: (pid, seconds) =>
      said(`${seconds} 秒后进程 ${pid} 的 push 仍未结束。请停止它，或稍后再试。`),
    notYet: (pid) => said(`${processZh(pid)}正在使用此配置，但尚未响应，正在等待。`),
    silent: (pid) =>
      said(
        `${processZh(pid)}正在使用此配置，但没有响应。如果它正在终端等待你回答，请先回答；否则请停止它，然后重试。`,
      ),
    otherConfig: (pid, theirs, ours) =>
      said(`进程 ${pid} 使用的配置是 ${theirs}，而不是 ${ours}。请停止它，或用 --config 指定它的配置。`),
    otherEndpoint: (pid, theirs, ours) =>
      said(`进程 ${pid} 上传到 ${theirs}，而不是 ${ours}。请停止它，或用 --endpoint 指定它的地址。`),
    otherVersion: (pid, theirs, ours) =>
      said(`进程 ${pid} 的版本是 ${theirs}，本程序是 ${ours}。请停止它，然后重新启动。`),
    narrower: (pid, missing) =>
      said(`进程 ${pid} 启动时未包含 ${missing}。请停止它，然后不带 --only 和 --env-id 启动。`),
    ended: (pid) => said(`进程 ${pid} 在全部生效之前已退出。请重新运行此命令，上传其余的函数。`),
    takenOver: (pid) => said(`.tcb-watch 文件夹已被删除，现由${processZh(pid)}为此配置上传。本进程将退出。`),
    noneToStop: said('没有 tcb-watch 正在使用此配置，无需停止。'),
    stopped: (pid) => said(`进程 ${pid} 已结束。`),
    stillStopping: (pid) => said(`已通知进程 ${pid} 停止，但它尚未结束。请等待，或结束该进程。`),
    pushNotStopped: (pid) =>
      said(`进程 ${pid} 正在执行 push，完成后会自行结束。如需提前结束，请在运行它的终端按 Ctrl-C。`),
  },
};
