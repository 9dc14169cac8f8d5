/** The monitor's own words. Reasons and remedies are describe.ts's. */

import type { TokenState } from '../../core/state.js';
import type { Uncalled } from '../../model/answer.js';
import type { Catalogue } from '../language.js';
import { afterChinese, amongChinese, beforeChinese, plural } from '../text.js';

/** The orders of the monitor's rows. */
export type SortKey = 'trouble' | 'name' | 'upload' | 'size';

/** The header's counters: groups of targets, and two kinds of them that mean something else to whoever looks. */
export type Counted = 'live' | 'broken' | 'adopted' | 'foreign' | 'pending' | 'failed' | 'held';

export interface MonitorWords {
  readonly token: Readonly<Record<TokenState['status'], string>>;
  readonly tokenFor: (time: string) => string;
  readonly online: string;
  readonly offline: string;
  readonly failing: string;
  readonly configWrong: string;
  /** @param hint what to do about the first mistake @param more how many there are behind it */
  readonly configMistake: (
    where: { readonly line: number | null; readonly path: string },
    hint: string,
    more: number,
  ) => string;
  readonly git: string;
  readonly paused: string;
  readonly stopping: string;
  readonly counts: Readonly<Record<Counted, string>>;
  readonly functions: (shown: number, all: number) => string;
  readonly columns: Readonly<Record<'function' | 'upload' | 'size' | 'saveToLive' | 'why', string>>;
  readonly sort: Readonly<Record<SortKey, string>>;
  readonly sortedBy: (key: string, reversed: boolean) => string;
  readonly failedOnly: string;
  readonly nothingMatches: string;
  readonly nothingFailed: string;
  readonly noFunctions: string;
  readonly starting: string;
  readonly allEnvironments: string;
  /** `since`: when it became live; null: before this process began to look. */
  readonly stillRuns: (fingerprint: string, since: string | null) => string;
  readonly runsNothing: string;
  readonly runsUnknown: string;
  readonly content: (files: number, size: string, zip: string | null) => string;
  readonly disk: (content: string, fingerprint: string) => string;
  readonly changed: (files: string, time: string) => string;
  readonly more: (count: number) => string;
  /** @param where the environments; @param total `+3 -1`, of lines */
  readonly differ: (where: string, count: number, total: string) => string;
  readonly moreDiffer: (count: number) => string;
  /** Behind a trouble: how many others came just before. */
  readonly moreTroubles: (count: number) => string;
  readonly sent: (before: string, after: string, time: string) => string;
  /** When the cloud was last asked. */
  readonly lookedAt: (time: string) => string;
  readonly wholeText: string;
  readonly copyText: string;
  readonly history: string;
  readonly toLive: string;
  readonly log: string;
  readonly wholeLog: string;
  readonly notFollowing: string;
  readonly answers: string;
  readonly scrolledAnswers: string;
  /** Behind an event whose answers are not of what runs now. */
  readonly earlierVersion: string;
  readonly noAnswers: (name: string) => string;
  /** The remedy where a function is not called with saved events, and the file for these. */
  readonly uncalled: Readonly<Record<Uncalled, (name: string, file: string) => string>>;
  readonly calling: (name: string) => string;
  readonly notCalled: (name: string) => string;
  readonly noEvents: (name: string, file: string) => string;
  readonly promptEvents: (name: string, events: string) => string;
  readonly strangeEvent: (event: string, events: string) => string;
  /** @param events empty: those of the configuration */
  readonly chosenEvents: (name: string, events: string) => string;
  readonly searching: (text: string, place: string) => string;
  readonly noMatch: (text: string) => string;
  readonly noLog: string;
  readonly noTrouble: string;
  /** Nothing failed, and so many targets wait for a person. */
  readonly onlyHeld: (count: number) => string;
  readonly promptFilter: string;
  readonly promptSearch: string;
  /** Next to the label of a text of several lines. */
  readonly promptLines: (line: number, lines: number) => string;
  readonly editorFailed: (reason: string) => string;
  readonly promptInvoke: (name: string, env: string) => string;
  readonly invoking: (name: string, env: string) => string;
  readonly invokeLabel: string;
  readonly notJson: (detail: string) => string;
  readonly copied: (lines: number) => string;
  readonly copiedBy: (lines: number, tool: string) => string;
  readonly opened: (folder: string) => string;
  readonly notOpened: (folder: string, reason: string) => string;
  readonly reasons: Readonly<Record<string, string>>;
  /** Follows the names of what is uploaded now. */
  readonly cannotRun: (names: string) => string;
  /** The thing that was asked for happens now. */
  readonly retrying: (names: string, envs: string) => string;
  readonly uploading: (names: string, envs: string) => string;
  /** And this does not: what keeps it. */
  readonly keptBack: (names: string, envs: string, why: string) => string;
  /** @param envs those that are asked what they run */
  readonly nothingToRetry: (names: string, envs: string) => string;
  /** Of functions that are marked, and an environment that none of them goes to. */
  readonly notThere: (names: string, env: string) => string;
  readonly nothingDone: string;
  readonly notProtected: string;
  readonly askLive: (names: string, envs: string) => string;
  readonly askAdopted: (names: string, envs: string) => string;
  /** Behind a question that is about some of them: all that its yes uploads. */
  readonly yesUploads: (names: string, envs: string) => string;
  readonly accepted: (names: string, envs: string) => string;
  readonly dismissed: (names: string) => string;
  /** @param names of the chosen functions; several where they are marked, whatever row is looked at */
  readonly nothingToAccept: (names: string) => string;
  readonly askProtected: (envs: string) => string;
  /** Behind another question: what its yes allows as well. */
  /** Behind a yes to what nothing waits for. */
  readonly allowed: (envs: string) => string;
  readonly allowsToo: (envs: string) => string;
  readonly askInvoke: (name: string, env: string) => string;
  readonly askRetryAll: (targets: number, functions: number) => string;
  readonly yesOrNo: string;
  readonly functionCount: (count: number) => string;
  /** @param ms null: not known. @param code the words of one of the next three */
  readonly calledIn: (env: string, ms: number | null, code: string) => string;
  /** Which code answered a call. */
  readonly answeredByNewest: (fingerprint: string) => string;
  readonly answeredByOlder: (fingerprint: string) => string;
  readonly answeredByUnknown: string;
  readonly callFailed: string;
  readonly mouseOn: string;
  readonly mouseOff: string;
  readonly following: string;
  readonly keysTitle: string;
  readonly closeHelp: string;
  readonly tooSmall: string;
  readonly screenFailed: (detail: string) => string;
}

export const monitorWords: Catalogue<MonitorWords> = {
  en: {
    token: {
      unread: 'token unread',
      ready: 'token ok',
      suspect: 'token refused',
      rejected: 'TOKEN REFUSED',
      unavailable: 'NO TOKEN',
    },
    tokenFor: (time) => `token ${time}`,
    online: 'online',
    offline: 'OFFLINE',
    failing: 'cloud failing',
    configWrong: 'CONFIG INVALID, previous one active',
    configMistake: (where, hint, more) =>
      `${where.line === null ? '' : `line ${where.line}${where.path === '' ? ': ' : ', '}`}${where.path === '' ? '' : `${where.path}: `}${hint}${more === 0 ? '' : ` (+${more})`}`,
    git: 'git busy',
    paused: 'PAUSED',
    stopping: 'stopping',
    counts: {
      live: 'live',
      broken: 'cannot run',
      adopted: 'adopted',
      foreign: 'foreign',
      pending: 'pending',
      failed: 'failed',
      held: 'held',
    },
    functions: (shown, all) => (shown === all ? `Functions ${all}` : `Functions ${shown} of ${all}`),
    columns: { function: 'function', upload: 'last live', size: 'size', saveToLive: 'took', why: 'why' },
    sort: { trouble: 'trouble', name: 'name', upload: 'last upload', size: 'size' },
    sortedBy: (key, reversed) => `by ${key}${reversed ? ', reversed' : ''}`,
    failedOnly: 'failed or held',
    nothingMatches: 'Nothing matches. Esc shows all.',
    nothingFailed: 'Nothing failed or held. Esc shows all.',
    noFunctions: 'No functions yet.',
    starting: 'Starting…',
    allEnvironments: 'all environments',
    stillRuns: (fingerprint, since) => `still runs ${fingerprint}${since === null ? '' : ` (${since})`}`,
    runsNothing: 'not deployed yet',
    runsUnknown: 'runs an unknown version',
    content: (files, size, zip) => `${plural(files, 'file')}, ${size}${zip === null ? '' : ` (zip ${zip})`}`,
    disk: (content, fingerprint) => `${content}, on disk ${fingerprint}`,
    changed: (files, time) => `${time} changed ${files}`,
    more: (count) => `and ${count} more`,
    differ: (where, count, total) =>
      `${where}: ${count === 1 ? '1 file differs' : `${count} files differ`} from the disk, ${total}`,
    moreDiffer: (count) => `and ${count} more: press D`,
    moreTroubles: (count) => ` (+${plural(count, 'function')})`,
    sent: (before, after, time) => `${time} sent ${before} → ${after}`,
    lookedAt: (time) => `${time} last asked the cloud what runs; r asks again`,
    wholeText: 'Enter shows everything',
    copyText: 'c copies everything',
    history: 'History',
    toLive: 'save to live',
    log: 'Log',
    wholeLog: 'Log of all functions',
    answers: 'answers',
    scrolledAnswers: 'scrolled',
    earlierVersion: 'of an earlier version; t calls again',
    noAnswers: (name) => `No answers yet. Save ${name}, or press t to call it now with its saved events.`,
    uncalled: {
      closed: (name) =>
        `${name} is not called: \`answers.envs\` names none of the environments shown, or only protected ones, where functions are never called.`,
      unchosen: (name, file) =>
        `${name} is not called after a save. To see what it answers, put events in ${file}. Then press E to choose some for this run, or set \`functions.${name}.answers\` to \`true\` in the configuration.`,
      'not-live': (name) =>
        `${name} cannot be called yet: nothing of yours is live in those of the environments shown where functions may be called. It is called once what you save is live.`,
    },
    calling: (name) => `calling ${name} with its saved events…`,
    notCalled: (name) =>
      `${name} was not called: it is not live, has no \`answers\` in the configuration, or may not be called there`,
    noEvents: (name, file) => `${name} has no saved events: write some to ${file}`,
    promptEvents: (name, events) => `events of ${name} (${events}): `,
    strangeEvent: (event, events) => `There is no event "${event}". There are: ${events}`,
    chosenEvents: (name, events) =>
      events === '' ? `${name}: the events of the configuration` : `${name}: ${events}, in this run`,
    notFollowing: 'not following, G jumps to the latest',
    searching: (text, place) => `search ${text} ${place}`,
    noMatch: (text) => `"${text}" is not in this log.`,
    noLog: 'Nothing has happened yet.',
    noTrouble: 'Nothing failed or is held.',
    onlyHeld: (count) =>
      `Nothing failed. ${plural(count, 'target')} held: t goes to each and says what to do.`,
    promptFilter: 'filter: ',
    promptSearch: 'search: ',
    promptInvoke: (name, env) => `invoke ${name} in ${env} (Tab: elsewhere, Ctrl-E: editor): `,
    promptLines: (line, lines) => `line ${line}/${lines}, Ctrl-O: another one`,
    editorFailed: (reason) => `The editor failed (${reason}). Set EDITOR to the one you use.`,
    invoking: (name, env) => `Calling ${name} in ${env}…`,
    invokeLabel: 'invoke',
    notJson: (detail) => `The event is not valid JSON: ${detail}`,
    copied: (lines) => `${plural(lines, 'line')} sent to the terminal’s clipboard.`,
    copiedBy: (lines, tool) => `${plural(lines, 'line')} copied (${tool}).`,
    opened: (folder) => `Opened ${folder}`,
    notOpened: (folder, reason) => `${folder} cannot be opened: ${reason}`,
    reasons: { 'no-desktop': 'there is no desktop here.' },
    cannotRun: (names) => `${names} cannot run in the cloud.`,
    retrying: (names, envs) => `Retrying ${names} in ${envs}.`,
    uploading: (names, envs) => `Uploading ${names} to ${envs}.`,
    keptBack: (names, envs, why) => `${names} in ${envs} must wait: ${why}`,
    nothingToRetry: (names, envs) => `Nothing to retry for ${names}. Asking ${envs} what runs there.`,
    notThere: (names, env) => `Nothing was done: ${names} (marked) is not configured for ${env}.`,
    nothingDone: 'Nothing was done.',
    notProtected: 'No protected environment waits for an answer here.',
    askLive: (names, envs) => `Upload ${names} again to ${envs}, where it is live?`,
    askAdopted: (names, envs) =>
      `You adopted what somebody else deployed for ${names} in ${envs}. Replace it?`,
    yesUploads: (names, envs) => `Yes uploads ${names} to ${envs}.`,
    accepted: (names, envs) => `${names} in ${envs}: adopted. Only your next change is uploaded.`,
    dismissed: (names) => `${names}: no longer listed until the folder is back.`,
    nothingToAccept: (names) =>
      `Nothing to accept for ${names}: nobody else has deployed there, or you have accepted it already.`,
    askProtected: (envs) => `Allow uploads to ${envs} (protected) until tcb-watch ends?`,
    allowed: (envs) => `Uploads to ${envs} are allowed until tcb-watch ends.`,
    allowsToo: (envs) => `Yes also allows uploads to ${envs} (protected) until tcb-watch ends.`,
    askInvoke: (name, env) => `Call ${name} in ${env} (protected)?`,
    askRetryAll: (targets, functions) =>
      `Retry ${plural(targets, 'target')} of ${plural(functions, 'function')}?`,
    yesOrNo: 'y yes, n no',
    functionCount: (count) => plural(count, 'function'),
    calledIn: (env, ms, code) => `${env}${ms === null ? '' : ` (${ms} ms)`}, ${code}`,
    answeredByNewest: (fingerprint) => `answered by ${fingerprint}, the code on disk`,
    answeredByOlder: (fingerprint) => `answered by ${fingerprint}, not yet the code on disk`,
    answeredByUnknown: 'which code answered is not known',
    callFailed: 'the call failed',
    mouseOn: 'The monitor uses the mouse. Hold Shift or Option to select text.',
    mouseOff: 'The terminal uses the mouse. Press m to take it back.',
    following: 'The log follows the latest lines.',
    keysTitle: 'Keys',
    closeHelp: 'Esc closes',
    tooSmall: 'too small',
    screenFailed: (detail) => `The monitor failed; continuing with plain lines. ${detail}`,
  },
  'zh-CN': {
    token: {
      unread: 'token 未读',
      ready: 'token 有效',
      suspect: 'token 待确认',
      rejected: 'token 被拒绝',
      unavailable: '没有 token',
    },
    tokenFor: (time) => `token 剩余 ${time}`,
    online: '在线',
    offline: '离线',
    failing: '云端异常',
    configWrong: '配置有误，仍使用旧配置',
    configMistake: (where, hint, more) =>
      `${where.line === null ? '' : `第 ${where.line} 行${where.path === '' ? '：' : ' '}`}${where.path === '' ? '' : `${where.path}：`}${hint}${more === 0 ? '' : `（另有 ${more} 个错误）`}`,
    git: 'git 占用',
    paused: '已暂停',
    stopping: '正在停止',
    counts: {
      live: '已生效',
      broken: '无法运行',
      adopted: '已采用',
      foreign: '他人部署',
      pending: '进行中',
      failed: '失败',
      held: '待处理',
    },
    functions: (shown, all) => (shown === all ? `函数 ${all}` : `函数 ${shown}/${all}`),
    columns: { function: '函数', upload: '上次生效', size: '大小', saveToLive: '用时', why: '原因' },
    sort: { trouble: '问题', name: '名称', upload: '上次上传', size: '大小' },
    sortedBy: (key, reversed) => `按${key}排序${reversed ? '（倒序）' : ''}`,
    failedOnly: '失败或待处理',
    nothingMatches: '没有匹配的函数。按 Esc 显示全部。',
    nothingFailed: '没有失败或待处理的函数。按 Esc 显示全部。',
    noFunctions: '还没有函数。',
    starting: '正在启动…',
    allEnvironments: '所有环境',
    stillRuns: (fingerprint, since) => `仍在运行 ${fingerprint}${since === null ? '' : `（${since} 起）`}`,
    runsNothing: '尚未部署',
    runsUnknown: '运行的版本未知',
    content: (files, size, zip) => `${files} 个文件，${size}${zip === null ? '' : `（zip ${zip}）`}`,
    disk: (content, fingerprint) => `${content}，本地版本 ${fingerprint}`,
    changed: (files, time) => `${time} 修改 ${files}`,
    more: (count) => `等（另有 ${count} 个）`,
    differ: (where, count, total) => `${where}：${count} 个文件与本地不同，${total}`,
    moreDiffer: (count) => `另有 ${count} 个：按 D 查看`,
    moreTroubles: (count) => `（另有 ${count} 个函数）`,
    sent: (before, after, time) => `${time} 上传 ${before} → ${after}`,
    lookedAt: (time) => `上次查询云端版本：${time}，按 r 重新查询`,
    wholeText: 'Enter 显示全部',
    copyText: 'c 复制全部',
    history: '历史',
    toLive: '保存到生效',
    log: '日志',
    wholeLog: '所有函数的日志',
    answers: '响应',
    scrolledAnswers: '已滚动',
    earlierVersion: '来自之前的版本，按 t 重新调用',
    noAnswers: (name) => `还没有响应。保存 ${name}，或按 t 立即用保存的事件调用。`,
    uncalled: {
      closed: (name) =>
        `不会调用 ${name}：\`answers.envs\` 没有包含所显示的任何环境，或只包含其中受保护的环境，而受保护的环境中一律不调用函数。`,
      unchosen: (name, file) =>
        `保存后不会调用 ${name}。要查看它的响应，请把事件写入 ${file}，然后按 E 选择本次运行使用的事件，或在配置中把 \`functions.${name}.answers\` 设为 \`true\`。`,
      'not-live': (name) =>
        `暂时无法调用 ${name}：在所显示的、可以调用函数的环境中，你的代码尚未生效。保存的内容生效后就会调用。`,
    },
    calling: (name) => `正在用保存的事件调用 ${name}…`,
    notCalled: (name) => `未调用 ${name}：它尚未生效、配置中没有设置 \`answers\`，或不允许在那里调用`,
    noEvents: (name, file) => `${name} 没有保存的事件：请写入 ${file}`,
    promptEvents: (name, events) => `${name} 的事件（${events}）：`,
    strangeEvent: (event, events) => `没有事件“${event}”。现有：${events}`,
    chosenEvents: (name, events) =>
      events === '' ? `${name}：使用配置中的事件` : `${name}：本次运行使用 ${events}`,
    notFollowing: '未跟随，按 G 跳到最新',
    searching: (text, place) => `搜索 ${text} ${place}`,
    noMatch: (text) => `日志中没有“${text}”。`,
    noLog: '暂无日志。',
    noTrouble: '没有失败或待处理的函数。',
    onlyHeld: (count) => `没有失败的目标，${count} 个待处理：按 t 逐个查看。`,
    promptFilter: '筛选：',
    promptSearch: '搜索：',
    promptInvoke: (name, env) => `在 ${env} 调用 ${name}（Tab 换环境，Ctrl-E 编辑器）：`,
    promptLines: (line, lines) => `第 ${line}/${lines} 行，Ctrl-O 换行`,
    editorFailed: (reason) => `编辑器运行失败（${reason}）。请把 EDITOR 设为你使用的编辑器。`,
    invoking: (name, env) => `正在 ${env} 调用 ${name}…`,
    invokeLabel: '调用',
    notJson: (detail) => `事件不是有效的 JSON：${detail}`,
    copied: (lines) => `已把 ${lines} 行发送到终端的剪贴板。`,
    copiedBy: (lines, tool) => `已复制 ${lines} 行（${tool}）。`,
    opened: (folder) => `已打开 ${folder}`,
    notOpened: (folder, reason) => `无法打开 ${folder}：${reason}`,
    reasons: { 'no-desktop': '当前没有桌面环境。' },
    cannotRun: (names) => `${beforeChinese(names)}在云端无法运行。`,
    retrying: (names, envs) => `正在重试 ${names}（${envs}）。`,
    uploading: (names, envs) => `正在把${amongChinese(names)}上传到${afterChinese(envs)}。`,
    keptBack: (names, envs, why) => `${names}（${envs}）暂不上传：${why}`,
    nothingToRetry: (names, envs) =>
      `${beforeChinese(names)}没有需要重试的上传，正在查询${amongChinese(envs)}运行的版本。`,
    notThere: (names, env) => `未执行任何操作：已标记的${amongChinese(names)}未配置环境 ${env}。`,
    nothingDone: '未执行任何操作。',
    notProtected: '此处没有等待确认的受保护环境。',
    askLive: (names, envs) => `${beforeChinese(names)}在${amongChinese(envs)}已生效，要重新上传吗？`,
    askAdopted: (names, envs) =>
      `${beforeChinese(names)}在${amongChinese(envs)}采用的是其他人部署的版本，要覆盖吗？`,
    yesUploads: (names, envs) => `确认后，${beforeChinese(names)}将上传到${afterChinese(envs)}。`,
    accepted: (names, envs) =>
      `已采用${amongChinese(names)}在${amongChinese(envs)}的云端版本，下次修改后才会上传。`,
    dismissed: (names) => `不再列出 ${names}，直到文件夹恢复。`,
    nothingToAccept: (names) => `${beforeChinese(names)}无需采用：没有其他人部署过，或均已采用。`,
    askProtected: (envs) => `允许上传到受保护的${amongChinese(envs)}吗（直到 tcb-watch 退出）？`,
    allowsToo: (envs) => `确认后也允许上传到受保护的${afterChinese(envs)}（直到 tcb-watch 退出）。`,
    allowed: (envs) => `已允许上传到${afterChinese(envs)}（直到 tcb-watch 退出）。`,
    askInvoke: (name, env) => `在受保护的 ${env} 中调用 ${name} 吗？`,
    askRetryAll: (targets, functions) => `重试 ${functions} 个函数的 ${targets} 个目标吗？`,
    yesOrNo: 'y 是，n 否',
    functionCount: (count) => `${count} 个函数`,
    calledIn: (env, ms, code) => `${env}${ms === null ? '' : `（${ms} 毫秒）`}，${code}`,
    answeredByNewest: (fingerprint) => `由 ${fingerprint} 响应（与本地一致）`,
    answeredByOlder: (fingerprint) => `由 ${fingerprint} 响应（尚非本地版本）`,
    answeredByUnknown: '无法确认由哪个版本响应',
    callFailed: '调用失败',
    mouseOn: '监视器已接管鼠标。按住 Shift 或 Option 可选择文本。',
    mouseOff: '鼠标已交还终端。按 m 重新接管。',
    following: '日志跟随最新内容。',
    keysTitle: '按键',
    closeHelp: 'Esc 关闭',
    tooSmall: '窗口太小',
    screenFailed: (detail) => `监视器出错，已改用纯文本输出。${detail}`,
  },
};
