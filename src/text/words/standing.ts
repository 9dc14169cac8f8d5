/** Words for where a target stands: the same in the monitor, the plain lines and `status`. */
import type { HoldReason, PartName } from '../../model/nouns.js';
import type { Catalogue } from '../language.js';
import { type Explanation, explain } from './explanation.js';
import type { Place } from './failures.js';

export interface StandingWords {
  /** `idle`: not sent, and nothing runs that would send it. `accepted`: sent, and nothing runs that would ask how it went. */
  readonly phase: Readonly<
    Record<
      'live' | 'broken' | 'adopted' | 'sending' | 'deploying' | 'waiting' | 'queued' | 'idle' | 'accepted',
      string
    >
  >;
  /** One short word for each reason: it has to fit a cell. */
  readonly hold: Readonly<Record<HoldReason, string>>;
  readonly waitingFor: (time: string) => string;
  readonly busy: string;
  /** `deploying` where there is little room. */
  readonly deploys: string;
  readonly liveSince: (time: string) => string;
  readonly unverified: string;
  readonly sending: string;
  /** No answer for longer than usual. */
  readonly unanswered: (time: string) => string;
  readonly deployingNow: string;
  readonly deploying: (time: string) => string;
  /** @param modTime of what somebody else deployed, as the cloud writes it */
  readonly adopted: (modTime: string) => Explanation;
  readonly accepted: Explanation;
  readonly queued: string;
  readonly idle: Explanation;
  /** Our own change waits for a person, since somebody else deployed. */
  readonly changeWaits: (place: Place, name: string, env: string) => Explanation;
  /** A part that is not live yet, where the code is. */
  readonly part: Readonly<Record<PartName, (detail: string) => string>>;
  /** A person has not answered yet what a first start may replace: one word, and a sentence. */
  readonly asked: string;
  readonly beforeQuestion: string;
  /** An environment that fails is tried with one upload at a time. */
  readonly inTurn: string;
  readonly attempts: (count: number) => string;
  readonly retried: (time: string) => string;
}

export const standingWords: Catalogue<StandingWords> = {
  en: {
    phase: {
      live: 'live',
      broken: 'cannot run',
      adopted: 'adopted',
      sending: 'sending',
      deploying: 'deploying',
      waiting: 'waiting',
      queued: 'queued',
      idle: 'differs',
      accepted: 'accepted',
    },
    hold: {
      'no-entry': 'no entry',
      'too-big': 'too big',
      'bad-name': 'bad name',
      unreadable: 'unreadable',
      'outside-link': 'bad link',
      'link-loop': 'link loop',
      clash: 'clash',
      'build-failed': 'build',
      'cannot-run': 'cannot run',
      secret: 'secret',
      untrusted: 'untrusted',
      'root-gone': 'no root',
      gone: 'gone',
      'git-busy': 'git',
      settling: 'reading',
      building: 'building',
      unlisted: 'asking',
      throttled: 'throttled',
      paused: 'paused',
      protected: 'protected',
      foreign: 'foreign',
      undone: 'undone',
      token: 'token',
      quota: 'quota',
      config: 'config',
      offline: 'offline',
      refused: 'failed',
      unverified: 'no answer',
      missing: 'missing',
    },
    waitingFor: (time) => `wait ${time}`,
    busy: 'busy',
    deploys: 'deploy',
    liveSince: (time) => `since ${time}`,
    unverified: '(accepted, not verified)',
    sending: 'The code is being uploaded.',
    unanswered: (time) => `The upload began ${time} ago. The cloud has not answered yet.`,
    deployingNow: 'The cloud has just accepted the code and is deploying it.',
    deploying: (time) => `The cloud accepted the code ${time} ago and is still deploying it.`,
    adopted: (modTime) =>
      explain(
        `You adopted what somebody else deployed here${modTime === '' ? '' : ` (${modTime}, Beijing time)`}.`,
        'Nothing to do: only your next change to this function is uploaded.',
      ),
    accepted: explain(
      'The cloud accepted the code. tcb-watch stopped before it was seen to run.',
      'Run tcb-watch push to verify it.',
    ),
    queued: 'Queued. It is uploaded as soon as a slot is free.',
    idle: explain(
      'The environment is not known to run what is on disk.',
      'Run tcb-watch to keep it up to date, or tcb-watch push to upload it once.',
    ),
    changeWaits: (place, name, env) =>
      explain(
        'Your change waits: somebody else deployed this function, and `onForeignChange` is "hold".',
        place === 'monitor'
          ? 'Press u to replace theirs, A to keep it.'
          : `To replace theirs, run tcb-watch push ${name} --env-id ${env} --force; to keep it, run tcb-watch accept ${name} --env-id ${env}.`,
      ),
    part: { timers: (detail) => `The code is live, its timers are not: ${detail}` },
    asked: 'not confirmed',
    beforeQuestion:
      'Uploads wait for your answer on the terminal where tcb-watch runs. It asks once every environment is listed, if they would overwrite code.',
    inTurn: 'The environment is failing, so uploads go to it one at a time. This one is queued.',
    attempts: (count) => `(${count === 1 ? '1 attempt' : `${count} attempts`})`,
    retried: (time) => `Retrying in ${time}.`,
  },
  'zh-CN': {
    phase: {
      live: '已生效',
      broken: '无法运行',
      adopted: '已采用',
      sending: '上传中',
      deploying: '部署中',
      waiting: '等待重试',
      queued: '排队中',
      idle: '有差异',
      accepted: '已接收',
    },
    hold: {
      'no-entry': '缺少入口',
      'too-big': '体积过大',
      'bad-name': '名称无效',
      unreadable: '无法读取',
      'outside-link': '链接越界',
      'link-loop': '链接循环',
      clash: '路径冲突',
      'build-failed': '构建失败',
      'cannot-run': '无法运行',
      secret: '含密钥',
      untrusted: '未信任',
      'root-gone': '目录丢失',
      gone: '已丢失',
      'git-busy': 'git 占用',
      settling: '读取中',
      building: '构建中',
      unlisted: '查询中',
      throttled: '限流',
      paused: '已暂停',
      protected: '受保护',
      foreign: '他人部署',
      undone: '已回退',
      token: 'token',
      quota: '额度用尽',
      config: '配置错误',
      offline: '离线',
      refused: '失败',
      unverified: '未确认',
      missing: '不存在',
    },
    waitingFor: (time) => `${time}后重试`,
    busy: '云端忙',
    deploys: '部署',
    liveSince: (time) => `${time} 起`,
    unverified: '（已接收，未验证）',
    sending: '正在上传代码。',
    unanswered: (time) => `上传已进行 ${time}，云端尚未响应。`,
    deployingNow: '云端刚接收代码，正在部署。',
    deploying: (time) => `云端 ${time}前接收了代码，仍在部署。`,
    adopted: (modTime) =>
      explain(
        `已采用其他人部署的版本${modTime === '' ? '' : `（北京时间 ${modTime}）`}。`,
        '无需操作：你下次修改此函数后才会上传。',
      ),
    accepted: explain(
      '云端已接收代码，但 tcb-watch 在确认生效之前就退出了。',
      '请运行 tcb-watch push 进行确认。',
    ),
    queued: '排队中，轮到即上传。',
    idle: explain(
      '无法确认该环境运行的是本地版本。',
      '请运行 tcb-watch 持续同步，或运行 tcb-watch push 上传一次。',
    ),
    changeWaits: (place, name, env) =>
      explain(
        '你的修改在等待：其他人部署了此函数，且 `onForeignChange` 为 "hold"。',
        place === 'monitor'
          ? '按 u 覆盖它，按 A 保留它。'
          : `要覆盖它，请运行 tcb-watch push ${name} --env-id ${env} --force；要保留它，请运行 tcb-watch accept ${name} --env-id ${env}。`,
      ),
    part: { timers: (detail) => `代码已生效，定时触发器尚未生效：${detail}` },
    asked: '待确认',
    beforeQuestion: '等待你在运行 tcb-watch 的终端中确认。查完所有环境后，如果上传会覆盖代码，才会询问。',
    inTurn: '该环境异常，正逐个试探，轮到即上传。',
    attempts: (count) => `（已尝试 ${count} 次）`,
    retried: (time) => `将在 ${time}后重试。`,
  },
};
