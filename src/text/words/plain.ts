/** The plain lines: a label, then one sentence. Names and figures come first, since they are what is looked for. */
import type { Cause } from '../../model/nouns.js';
import type { Catalogue } from '../language.js';
import { plural } from '../text.js';
import { type Explanation, explain } from './explanation.js';

export interface PlainWords {
  readonly label: {
    readonly started: string;
    readonly watching: string;
    readonly changed: string;
    readonly planned: string;
    readonly pushing: string;
    readonly pushed: string;
    readonly live: string;
    readonly answers: string;
    readonly failed: string;
    readonly busy: string;
    readonly absent: string;
    readonly unchanged: string;
    readonly held: string;
    readonly adopted: string;
    readonly dismissed: string;
    readonly found: string;
    readonly lost: string;
    readonly offline: string;
    readonly online: string;
    readonly token: string;
    readonly quota: string;
    readonly config: string;
    readonly notice: string;
    readonly broken: string;
    readonly stopped: string;
  };
  readonly cause: Readonly<Record<Cause, string>>;
  readonly tokenState: Readonly<Record<'read' | 'refreshed' | 'rejected' | 'unavailable', string>>;
  readonly started: (functions: number, envs: string, endpoint: string) => string;
  readonly watching: (functions: number, directories: number, time: string) => string;
  /** Behind the first names of a list: how many more it has, and how many in all. */
  readonly andMore: (rest: number, total: number) => string;
  readonly sizes: (files: number, size: string, fingerprint: string) => string;
  readonly attempt: (attempt: number) => string;
  readonly accepted: (time: string) => string;
  readonly sinceSave: (time: string) => string;
  readonly unverified: string;
  /** @param place in the code */
  readonly cannotRun: (place: string) => string;
  readonly retryIn: (time: string) => string;
  readonly retryNow: string;
  readonly noRetry: string;
  /** The step that is taken about a function that an environment does not have. */
  readonly created: string;
  /** Where nobody can say which files differ. */
  readonly changedContent: string;
  readonly unchanged: string;
  readonly found: string;
  readonly adopted: string;
  readonly dismissed: string;
  /** Of a function that left the configuration, or whose entry did. */
  readonly noFunction: Explanation;
  /** Of one that no cloud has. */
  readonly neverSent: Explanation;
  /** Of a stop: what the next start does by itself. */
  readonly goesLater: string;
  /** A mistake in the configuration. */
  readonly problem: (text: string, hint: string) => string;
  readonly configReloaded: string;
  readonly configInvalid: (count: number) => string;
  /** `pushed`, `failed`: targets, as in the event `stopped`. */
  readonly summary: (pushed: number, failed: number, unchanged: number) => string;
  /** Behind the summary. */
  readonly allLive: string;
  readonly times: (p50: string, p95: string) => string;
  readonly pending: (count: number) => string;
  /** The answers of a run: those that were as they should be, and those that were not. */
  readonly answered: (ok: number, failed: number) => string;
  readonly allEnvironments: string;
  readonly environments: (count: number) => string;
  readonly functions: (count: number) => string;
  /** For several functions alike: the words for one function name that function. */
  readonly manyForeign: Explanation;
  readonly online: string;
}

export const plainWords: Catalogue<PlainWords> = {
  en: {
    label: {
      started: 'start',
      watching: 'watching',
      changed: 'changed',
      planned: 'planned',
      pushing: 'sending',
      pushed: 'accepted',
      live: 'live',
      answers: 'answers',
      failed: 'failed',
      busy: 'busy',
      absent: 'missing',
      unchanged: 'same',
      held: 'held',
      adopted: 'adopted',
      dismissed: 'dismissed',
      found: 'found',
      lost: 'removed',
      offline: 'offline',
      online: 'online',
      token: 'token',
      quota: 'quota',
      config: 'config',
      notice: 'notice',
      broken: 'broken',
      stopped: 'stopped',
    },
    cause: {
      startup: 'differs from the cloud',
      change: 'changed',
      shared: 'shared code changed',
      config: 'configuration changed',
      found: 'new function',
      retry: 'retry',
      forced: 'forced',
      undo: 'undo',
    },
    tokenState: {
      read: 'The token was read.',
      refreshed: 'A new token was read. Uploads resume.',
      rejected: 'The cloud refuses the token. All uploads wait.',
      unavailable: 'The token cannot be read. All uploads wait.',
    },
    started: (functions, envs, endpoint) => `${plural(functions, 'function')} → ${envs}   (${endpoint})`,
    watching: (functions, directories, time) =>
      `${plural(functions, 'function')} in ${plural(directories, 'folder')}, ready after ${time}. Save a file to upload it; Ctrl-C stops.`,
    andMore: (rest) => `and ${rest} more`,
    sizes: (files, size, fingerprint) => `${plural(files, 'file')}, ${size}, ${fingerprint}`,
    attempt: (attempt) => `attempt ${attempt}`,
    accepted: (time) => `answered in ${time}`,
    sinceSave: (time) => `${time} after the save`,
    unverified: 'not verified',
    cannotRun: (place) => `but cannot run: ${place}`,
    retryIn: (time) => `Retrying in ${time}.`,
    retryNow: 'Retrying now.',
    noRetry: 'Not retried automatically.',
    created: 'The environment does not have this function yet, so it is created.',
    changedContent: 'content changed',
    unchanged: 'same content, nothing to send',
    found: 'new function found',
    adopted: 'what somebody else deployed stays; only the next change here is uploaded',
    dismissed: 'its folder is gone; it is no longer listed until the folder is back',
    noFunction: explain(
      'This function is no longer in the project; its previous code still runs in the cloud.',
      'If that is not intended, check its folder, its entry file and `functions` in the configuration.',
    ),
    neverSent: explain('This function is no longer in the project. It was never uploaded.', ''),
    goesLater: 'The next start sends those that wait.',
    problem: (text, hint) => `${text}. ${hint}`,
    configReloaded: 'The new configuration is active.',
    configInvalid: (count) =>
      `The new configuration has ${plural(count, 'mistake')}. The previous one stays active:`,
    summary: (pushed, failed, unchanged) =>
      `${plural(pushed, 'target')} updated, ${failed} failed${unchanged === 0 ? '' : `, ${plural(unchanged, 'save')} without a change`}`,
    allLive: ', all is live',
    times: (p50, p95) => `save to live: median ${p50}, 95 % within ${p95}`,
    pending: (count) => `${count} not live:`,
    answered: (ok, failed) => `${plural(ok, 'answer')} as expected, ${failed} not`,
    allEnvironments: 'all environments',
    environments: (count) => `${count} environments`,
    functions: (count) => `${count} functions`,
    manyForeign: explain(
      'Somebody else deployed these functions.',
      'Your next change to one of them replaces it, unless `onForeignChange` is "hold". To keep them as they are, run tcb-watch accept; tcb-watch status --verbose lists them.',
    ),
    online: 'The cloud can be reached again.',
  },
  'zh-CN': {
    label: {
      started: '启动',
      watching: '监听中',
      changed: '有修改',
      planned: '计划',
      pushing: '上传中',
      pushed: '已接收',
      live: '已生效',
      answers: '响应',
      failed: '失败',
      busy: '云端忙',
      absent: '不存在',
      unchanged: '无变化',
      held: '待处理',
      adopted: '已采用',
      dismissed: '不再列出',
      found: '新函数',
      lost: '已移除',
      offline: '离线',
      online: '在线',
      token: 'token',
      quota: '额度',
      config: '配置',
      notice: '提示',
      broken: '无法运行',
      stopped: '已停止',
    },
    cause: {
      startup: '与云端不同',
      change: '有修改',
      shared: '共享代码有修改',
      config: '配置有修改',
      found: '新函数',
      retry: '重试',
      forced: '强制上传',
      undo: '回退操作',
    },
    tokenState: {
      read: '已读取 token。',
      refreshed: '已读取新的 token，继续上传。',
      rejected: 'token 被云端拒绝，所有上传都在等待。',
      unavailable: '无法读取 token，所有上传都在等待。',
    },
    started: (functions, envs, endpoint) => `${functions} 个函数 → ${envs}（${endpoint}）`,
    watching: (functions, directories, time) =>
      `${functions} 个函数，${directories} 个文件夹，启动用时 ${time}。保存文件即上传，Ctrl-C 停止。`,
    andMore: (_, total) => `等 ${total} 个文件`,
    sizes: (files, size, fingerprint) => `${files} 个文件，${size}，${fingerprint}`,
    attempt: (attempt) => `第 ${attempt} 次尝试`,
    accepted: (time) => `响应用时 ${time}`,
    sinceSave: (time) => `保存后 ${time}`,
    unverified: '未验证',
    cannotRun: (place) => `但无法运行：${place}`,
    retryIn: (time) => `${time}后重试。`,
    retryNow: '立即重试。',
    noRetry: '不会自动重试。',
    created: '该环境尚无此函数，正在创建。',
    changedContent: '内容有变化',
    unchanged: '内容相同，无需上传',
    found: '发现新函数',
    adopted: '保留其他人部署的版本，本地下次修改后才会上传',
    dismissed: '文件夹已不存在；在文件夹恢复之前不再列出',
    noFunction: explain(
      '该函数已从项目中移除，云端旧代码仍在运行。',
      '如非本意，请检查函数的文件夹、入口文件和配置中的 `functions`。',
    ),
    neverSent: explain('该函数已从项目中移除，从未上传过。', ''),
    goesLater: '等待中的目标会在下次启动时上传。',
    problem: (text, hint) => `${text}。${hint}`,
    configReloaded: '新配置已生效。',
    configInvalid: (count) => `新配置有 ${count} 个错误，仍使用旧配置：`,
    summary: (pushed, failed, unchanged) =>
      `更新 ${pushed} 个目标，失败 ${failed} 个${unchanged === 0 ? '' : `，保存但无变化 ${unchanged} 次`}`,
    allLive: '，已全部生效',
    times: (p50, p95) => `保存到生效：中位数 ${p50}，95% 在 ${p95}内`,
    pending: (count) => `${count} 个目标未生效：`,
    answered: (ok, failed) => `${ok} 个响应符合预期，${failed} 个有误`,
    allEnvironments: '所有环境',
    environments: (count) => `${count} 个环境`,
    functions: (count) => `${count} 个函数`,
    manyForeign: explain(
      '其他人部署了这些函数。',
      '你下次修改其中某个函数后会覆盖它，除非 `onForeignChange` 为 "hold"。如需保留，请运行 tcb-watch accept；运行 tcb-watch status --verbose 可逐一列出。',
    ),
    online: '已恢复与云端的连接。',
  },
};
