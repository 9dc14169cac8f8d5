/** Notices: things worth knowing that concern no single upload, on the terminal and on the desktop. */
import type { PollingCause } from '../../model/watch-problem.js';
import type { Catalogue } from '../language.js';
import { type Explanation, explain } from './explanation.js';

export type NoticeKind =
  | 'ledger-unwritable'
  | 'ledger-damaged'
  | 'history-unwritable'
  | 'state-folder'
  | 'proof-off'
  | 'log-unwritable'
  | 'no-lock'
  | 'no-socket'
  | 'folder-removed'
  | 'watch-limit'
  | 'watch-polling'
  | 'watch-restarted'
  | 'watch-deaf'
  | 'watch-missed'
  | 'watch-restless'
  | 'no-functions'
  | 'list-partial'
  | 'listing-refused'
  | 'bug'
  | 'component-token'
  | 'hook-failed'
  | 'hook-output'
  | 'notify-absent'
  | 'notify-failed'
  | 'timers-wrong'
  | 'timers-failed'
  | 'permissions'
  | 'rate-published'
  | 'foreign-replaced'
  | 'quota-unknown'
  | 'events-right';

type NoticeWords = Readonly<Record<NoticeKind, (subject: string) => Explanation>>;

/** The subjects of notices about watching. */
export interface WatchWords {
  /** @param command that raises the limit; null: there is none to type */
  readonly limit: (
    figures: { readonly setting: string; readonly limit: string; readonly needed: string },
    command: string | null,
  ) => string;
  readonly polling: Readonly<Record<PollingCause['cause'], string>>;
  readonly missed: (functions: string, total: number) => string;
}

/** Notifications of the desktop. They hold names alone, and no text from outside. */
export interface NotifyWords {
  /** @param targets `pay (dev, test)`, a few at most */
  readonly failed: (targets: string, more: number) => string;
  readonly recovered: string;
}

/** The function of "pay → dev: …" or "pay: …". */
const functionIn = (subject: string): string => /^[^\s:]+/.exec(subject)?.[0] ?? '';

export const noticeWords: Catalogue<NoticeWords> = {
  en: {
    'ledger-unwritable': (error) =>
      explain(
        `The state file cannot be written: ${error}`,
        'Free some disk space or fix the permissions of .tcb-watch. Until then, a restart may upload again what is already live.',
      ),
    'ledger-damaged': (path) =>
      explain(
        `The state file is damaged or from a newer version. It was moved to ${path}.`,
        'Nothing to do: every function is uploaded once more.',
      ),
    'history-unwritable': (error) =>
      explain(
        `What was uploaded cannot be kept in .tcb-watch/history: ${error}`,
        'Free some disk space or fix the permissions of that folder. Uploads continue; until then, undo and diff do not know these versions.',
      ),
    'proof-off': (file) =>
      explain(
        `Uploads go without proof: ${file} holds no secret, or cannot be read or created.`,
        'Fix the permissions of .tcb-watch, or remove that file: the next start makes a new one.',
      ),
    'state-folder': (code) =>
      explain(
        `The folder .tcb-watch cannot be created or written (${code}).`,
        'Check its permissions and those of the folder that holds the configuration. Until then, nothing is remembered between runs.',
      ),
    'log-unwritable': (code) =>
      explain(
        `The log file cannot be written (${code}).`,
        'Free some disk space or fix the permissions of .tcb-watch/log. Uploads continue without a log.',
      ),
    'no-lock': (code) =>
      explain(
        `This configuration cannot be locked, neither by a file nor by a socket (${code}).`,
        'Do not run a second tcb-watch on it: both would upload and write the state file. On a local disk, locking works.',
      ),
    'folder-removed': () =>
      explain(
        'The folder .tcb-watch was removed while tcb-watch was running.',
        'Nothing to do: it was created again, with what is known. To clean up with git, use git clean -fdx -e .tcb-watch.',
      ),
    'no-socket': (code) =>
      explain(
        `Other tcb-watch commands cannot reach this process (${code}).`,
        'Free some disk space or fix the permissions of .tcb-watch. Uploads continue.',
      ),
    'watch-limit': (figures) =>
      explain(
        `The system’s limit for watching files is reached: ${figures}`,
        'Raise the limit. Until then, files are checked every second.',
      ),
    'watch-polling': (why) =>
      explain(
        `File events are not available (${why}), so files are checked every second.`,
        'Nothing to do. On a local disk it is faster.',
      ),
    'watch-restarted': (why) =>
      explain(`The file watcher was restarted (${why}).`, 'Nothing to do: all files were rescanned.'),
    'watch-deaf': (folder) =>
      explain(
        `${folder} cannot be watched.`,
        'Check its permissions. Until then, it is rescanned from time to time.',
      ),
    'watch-missed': (functions) =>
      explain(
        `A rescan found changes without a file event: ${functions}`,
        'Nothing to do: they are uploaded. If this happens often, run tcb-watch doctor to check the watch limits.',
      ),
    'watch-restless': (file) =>
      explain(
        `A file of this function changes all the time: ${file}`,
        'Ignore it (`ignore`, .tcbignore) if the function does not need it. Until then, uploads are at least 10 s apart.',
      ),
    'no-functions': (roots) =>
      explain(
        `There are no functions in ${roots}.`,
        'A function is a folder there with index.js (.mjs, .cjs, or `main` in package.json). Check `functionsRoot`.',
      ),
    'rate-published': (rate) =>
      explain(
        `The cloud accepts ${rate} requests per second, fewer than \`requestsPerSecond\`.`,
        'Nothing to do: requests are sent at that rate, so many uploads at once take longer.',
      ),
    'foreign-replaced': (targets) =>
      explain(
        `Your change replaces what somebody else deployed: ${targets}`,
        'If that was not intended, ask them to deploy again. To be asked first, set `onForeignChange` to "hold".',
      ),
    'events-right': (file) =>
      explain(
        `${file}: all its events are used again.`,
        'The next save calls them, and `tcb-watch check` calls them now.',
      ),
    'quota-unknown': (failure) =>
      explain(
        `The cloud did not say how much of the quota is used: ${failure}`,
        'Nothing to do: uploads continue, and it is asked again in an hour. tcb-watch doctor asks now.',
      ),
    'list-partial': (env) =>
      explain(
        `The cloud lists only some of the functions in ${env}.`,
        'The others are uploaded too, but cannot be verified. Set `verify` to false to stop waiting for that.',
      ),
    'listing-refused': (env) =>
      explain(
        `The cloud refuses to list the functions in ${env}`,
        'Uploads continue, but cannot be verified. The list is asked for again every 5 minutes.',
      ),
    bug: (text) =>
      explain(`A bug in tcb-watch: ${text}`, 'Please report it with the log file. Uploads continue.'),
    'component-token': (appId) =>
      explain(
        `A new component_access_token was issued for ${appId}.`,
        'The platform’s previous token expires in 5 minutes. If a server uses that token, read it from there instead.',
      ),
    'hook-failed': (text) =>
      explain(`A hook failed: ${text}`, 'Run its command by hand with an event on stdin. Uploads continue.'),
    'hook-output': (text) => explain(text),
    'notify-absent': (name) =>
      explain(
        `Desktop notifications are off: \`notify\` needs the package ${name}, which is not installed.`,
        `Run npm install --save-dev ${name}, or set \`notify\` to false. Uploads continue.`,
      ),
    'notify-failed': (text) =>
      explain(
        `A desktop notification cannot be shown: ${text}`,
        'On Linux, install notify-send (package libnotify-bin), or set `notify` to false. Uploads continue.',
      ),
    'timers-wrong': (place) =>
      explain(
        `The timers in config.json cannot be read: ${place}`,
        'Write them as {"name": …, "type": "timer", "config": …} with a cron expression of seven fields. The previous timers stay.',
      ),
    'timers-failed': (text) =>
      explain(
        `The timers were not updated: ${text}`,
        `They are updated with the next upload of the function. To update them now, run tcb-watch push ${functionIn(text)} --force.`,
      ),
    permissions: (name) =>
      explain(
        `An upload does not apply the permissions in ${name}/config.json.`,
        'Deploy the function with WeChat DevTools, which applies them.',
      ),
  },
  'zh-CN': {
    'ledger-unwritable': (error) =>
      explain(
        `无法写入状态文件：${error}`,
        '请释放磁盘空间，或修正 .tcb-watch 的权限。在此之前，重启后可能重复上传已生效的内容。',
      ),
    'ledger-damaged': (path) =>
      explain(`状态文件已损坏或来自更新的版本，已移到 ${path}。`, '无需操作：每个函数会重新上传一次。'),
    'history-unwritable': (error) =>
      explain(
        `无法在 .tcb-watch/history 中保存已上传的内容：${error}`,
        '请释放磁盘空间，或修正该文件夹的权限。上传不受影响；在此之前，undo 和 diff 无法使用这些版本。',
      ),
    'proof-off': (file) =>
      explain(
        `上传时不附带验证信息：${file} 中没有密钥，或无法读取、创建该文件。`,
        '请修正 .tcb-watch 的权限，或删除该文件：下次启动时会重新生成。',
      ),
    'state-folder': (code) =>
      explain(
        `无法创建或写入文件夹 .tcb-watch（${code}）。`,
        '请检查该文件夹及配置文件所在文件夹的权限。在此之前，退出后不保留任何状态。',
      ),
    'log-unwritable': (code) =>
      explain(
        `无法写入日志文件（${code}）。`,
        '请释放磁盘空间，或修正 .tcb-watch/log 的权限。上传不受影响，但没有日志。',
      ),
    'no-lock': (code) =>
      explain(
        `无法锁定此配置（${code}）。`,
        '请勿同时对它运行第二个 tcb-watch，否则两者都会上传，并同时写状态文件。把项目放在本地磁盘上即可正常锁定。',
      ),
    'folder-removed': () =>
      explain(
        'tcb-watch 运行期间，.tcb-watch 文件夹被删除。',
        '无需操作：已重新创建，并恢复了已知的状态。用 git 清理时，请用 git clean -fdx -e .tcb-watch。',
      ),
    'no-socket': (code) =>
      explain(
        `其他 tcb-watch 命令无法连接此进程（${code}）。`,
        '请释放磁盘空间，或修正 .tcb-watch 的权限。上传不受影响。',
      ),
    'watch-limit': (figures) =>
      explain(`已达到系统的文件监听上限：${figures}`, '请调高上限。在此之前，每秒检查一次文件。'),
    'watch-polling': (why) =>
      explain(`无法使用文件事件（${why}），改为每秒检查一次文件。`, '无需操作。把项目放在本地磁盘上会更快。'),
    'watch-restarted': (why) => explain(`文件监听已重启（${why}）。`, '无需操作：已重新扫描全部文件。'),
    'watch-deaf': (folder) => explain(`无法监听 ${folder}。`, '请检查权限。在此之前，会定期重新扫描。'),
    'watch-missed': (functions) =>
      explain(
        `重新扫描时发现了没有文件事件的修改：${functions}`,
        '无需操作：会照常上传。如果经常出现，请运行 tcb-watch doctor 检查监听上限。',
      ),
    'watch-restless': (file) =>
      explain(
        `该函数有文件一直在变化：${file}`,
        '如果函数不需要它，请将其忽略（`ignore`、.tcbignore）。在此之前，两次上传至少间隔 10 秒。',
      ),
    'no-functions': (roots) =>
      explain(
        `${roots} 中没有函数。`,
        '函数是其中含有 index.js（.mjs、.cjs，或 package.json 的 `main`）的文件夹。请检查 `functionsRoot`。',
      ),
    'rate-published': (rate) =>
      explain(
        `云端每秒只接受 ${rate} 个请求，少于 \`requestsPerSecond\` 的设置。`,
        '无需操作：已按此速率上传，同时上传多个函数时会稍慢。',
      ),
    'foreign-replaced': (targets) =>
      explain(
        `你的修改覆盖了其他人部署的版本：${targets}`,
        '如非本意，请联系对方重新部署。如需先确认再覆盖，请把 `onForeignChange` 设为 "hold"。',
      ),
    'events-right': (file) =>
      explain(
        `${file} 中的事件已全部恢复可用。`,
        '下次保存后会用它们调用函数；运行 `tcb-watch check` 可立即调用。',
      ),
    'quota-unknown': (failure) =>
      explain(
        `无法查询额度使用情况：${failure}`,
        '无需操作：上传不受影响，一小时后会再次查询。运行 tcb-watch doctor 可立即查询。',
      ),
    'list-partial': (env) =>
      explain(
        `云端只列出了 ${env} 的部分函数。`,
        '其余函数照常上传，但无法确认生效。把 `verify` 设为 false 即不再等待确认。',
      ),
    'listing-refused': (env) =>
      explain(`云端拒绝列出 ${env} 的函数`, '上传照常进行，但无法确认生效。每 5 分钟重新查询一次。'),
    bug: (text) => explain(`tcb-watch 内部错误：${text}`, '请附上日志文件反馈给我们。上传不受影响。'),
    'component-token': (appId) =>
      explain(
        `已为 ${appId} 签发新的 component_access_token。`,
        '平台原有的 token 将在 5 分钟后失效。如果有服务器在使用它，请改为从该服务器读取。',
      ),
    'hook-failed': (text) =>
      explain(`钩子执行失败：${text}`, '请手动运行该命令，并从标准输入传入一个事件。上传不受影响。'),
    'hook-output': (text) => explain(text),
    'notify-absent': (name) =>
      explain(
        `无法显示桌面通知：\`notify\` 需要 ${name}，但未安装。`,
        `请运行 npm install --save-dev ${name}，或把 \`notify\` 设为 false。上传不受影响。`,
      ),
    'notify-failed': (text) =>
      explain(
        `无法显示桌面通知：${text}`,
        'Linux 上请安装 notify-send（软件包 libnotify-bin），或把 `notify` 设为 false。上传不受影响。',
      ),
    'timers-wrong': (place) =>
      explain(
        `无法识别 config.json 中的定时触发器：${place}`,
        '请写成 {"name": …, "type": "timer", "config": …}，config 为七段式 cron 表达式。原有触发器保持不变。',
      ),
    'timers-failed': (text) =>
      explain(
        `定时触发器未更新：${text}`,
        `下次上传该函数时会一并更新。要立即更新，请运行 tcb-watch push ${functionIn(text)} --force。`,
      ),
    permissions: (name) =>
      explain(
        `上传代码不会应用 ${name}/config.json 中的权限。`,
        '请用微信开发者工具部署该函数，它会应用这些权限。',
      ),
  },
};

export const watchWords: Catalogue<WatchWords> = {
  en: {
    limit: ({ setting, limit, needed }, command) =>
      `${setting} is ${limit}, and ${needed} are needed.${command === null ? '' : ` Run: ${command}`}`,
    polling: {
      forced: 'polling is switched on',
      'no-events': 'the test event did not arrive',
      remote: 'the folder is on a network drive or a mount',
    },
    missed: (functions, total) => `${functions} (${total} since the start)`,
  },
  'zh-CN': {
    limit: ({ setting, limit, needed }, command) =>
      `${setting} 为 ${limit}，需要 ${needed}。${command === null ? '' : `请运行：${command}`}`,
    polling: {
      forced: '已启用轮询',
      'no-events': '未收到测试事件',
      remote: '文件夹位于网络驱动器或挂载点',
    },
    missed: (functions, total) => `${functions}（启动以来共 ${total} 个）`,
  },
};

export const notifyWords: Catalogue<NotifyWords> = {
  en: {
    failed: (targets, more) => `Not live: ${targets}${more > 0 ? ` and ${more} more` : ''}`,
    recovered: 'Everything is live again',
  },
  'zh-CN': {
    failed: (targets, more) => `未生效：${targets}${more > 0 ? `，另有 ${more} 个` : ''}`,
    recovered: '已全部恢复生效',
  },
};
