import type { Catalogue } from '../language.js';
import { type Explanation, explain } from './explanation.js';

export type NoticeKind =
  | 'ledger-unwritable'
  | 'ledger-damaged'
  | 'state-folder'
  | 'log-unwritable'
  | 'no-lock'
  | 'no-socket'
  | 'watch-limit'
  | 'watch-polling'
  | 'watch-restarted'
  | 'watch-deaf'
  | 'watch-missed'
  | 'no-functions'
  | 'list-partial'
  | 'bug'
  | 'component-token'
  | 'hook-failed'
  | 'hook-output'
  | 'hooks-behind'
  | 'notify-absent'
  | 'notify-failed'
  | 'timers-wrong'
  | 'timers-failed'
  | 'permissions';

type NoticeWords = Readonly<Record<NoticeKind, (subject: string) => Explanation>>;

export const noticeWords: Catalogue<NoticeWords> = {
  en: {
    'ledger-unwritable': (error) =>
      explain(
        `The ledger cannot be written: ${error}`,
        'Free some space or mend the permissions of .tcb-watch. Until then a restart may send what is live.',
      ),
    'ledger-damaged': (path) =>
      explain(
        `The ledger is damaged or of a later version. It was set aside as ${path}.`,
        'Nothing to do: every function is sent once more.',
      ),
    'state-folder': (code) =>
      explain(
        `The folder .tcb-watch cannot be made (${code}).`,
        'Mend the permissions of the configuration’s folder. Until then nothing is remembered between runs.',
      ),
    'log-unwritable': (code) =>
      explain(
        `The log file cannot be written (${code}).`,
        'Free some space or mend the permissions of .tcb-watch/log. Uploads go on, without a log.',
      ),
    'no-lock': (code) =>
      explain(
        `This configuration cannot be locked (${code}).`,
        'Let no second tcb-watch work on it: both would write the ledger. A local disk can be locked.',
      ),
    'no-socket': (code) =>
      explain(
        `Other commands cannot ask this process (${code}).`,
        'Free some space or mend the permissions of .tcb-watch. Uploads go on.',
      ),
    'watch-limit': (facts) =>
      explain(
        `The system’s limit for watching is reached: ${facts}`,
        'Raise it as shown. Until then files are checked every second.',
      ),
    'watch-polling': (why) =>
      explain(
        `File events do not come here (${why}). Files are checked every second instead.`,
        'Nothing to do. On a local disk it is quicker.',
      ),
    'watch-restarted': (why) =>
      explain(
        `The file watcher was started again (${why}).`,
        'Nothing to do: everything was looked at again.',
      ),
    'watch-deaf': (folder) =>
      explain(
        `${folder} cannot be watched.`,
        'Check its permissions. Until then it is checked now and then.',
      ),
    'watch-missed': (functions) =>
      explain(
        `Changes were found that no file event had told: ${functions}.`,
        'Nothing to do: they are uploaded. If this is frequent, let tcb-watch doctor check the watch limits.',
      ),
    'no-functions': (roots) =>
      explain(
        `There is no function in ${roots}.`,
        'A function is a folder there with index.js (.mjs, .cjs, or a main in package.json). Check `functionsRoot`.',
      ),
    'list-partial': (env) =>
      explain(
        `The cloud lists only some functions of ${env}.`,
        'The others are uploaded, but stay unverified unless `verify` is false.',
      ),
    bug: (text) =>
      explain(`A bug in tcb-watch: ${text}`, 'Please report it with the log file. Uploads go on.'),
    'component-token': (appId) =>
      explain(
        `A new component_access_token is made for ${appId}.`,
        'The platform’s own dies 5 minutes later. Where a server uses that one, read its token instead.',
      ),
    'hook-failed': (text) =>
      explain(`The hook ${text}`, 'Run its command by hand with an event on stdin. Uploads go on.'),
    'hook-output': (text) => explain(text),
    'hooks-behind': (count) =>
      explain(
        `${count} hooks wait for the ones before them. Further ones are left out.`,
        'Make the commands in `hooks` quicker, or let another process do their work.',
      ),
    'notify-absent': (name) =>
      explain(
        `Nothing is shown on the desktop: \`notify\` needs the package ${name}, which is not installed.`,
        `Run npm install --save-dev ${name}, or set \`notify\` to false. Uploads go on.`,
      ),
    'notify-failed': (text) =>
      explain(
        `Nothing is shown on the desktop: ${text}`,
        'On Linux install notify-send (package libnotify-bin), or set `notify` to false. Uploads go on.',
      ),
    'timers-wrong': (place) =>
      explain(
        `The timers in config.json cannot be read: ${place}`,
        'Mend it: {"name": …, "type": "timer", "config": …} with the cloud’s seven fields. The old timers stay.',
      ),
    'timers-failed': (text) =>
      explain(
        `The timers were not updated: ${text}`,
        'They are sent again with the function. tcb-watch push NAME --force does it now.',
      ),
    permissions: (name) =>
      explain(
        `The permissions in ${name}/config.json are not applied by an upload.`,
        'Deploy the function with WeChat DevTools, which applies them.',
      ),
  },
  'zh-CN': {
    'ledger-unwritable': (error) =>
      explain(
        `无法写入账本：${error}`,
        '请释放磁盘空间或修正 .tcb-watch 的权限。在此之前，重启后可能重复上传。',
      ),
    'ledger-damaged': (path) =>
      explain(`账本已损坏或来自更新的版本，已移到 ${path}。`, '无需操作：每个函数会再上传一次。'),
    'state-folder': (code) =>
      explain(
        `无法创建 .tcb-watch 文件夹（${code}）。`,
        '请修正配置所在文件夹的权限。在此之前，不会记住任何状态。',
      ),
    'log-unwritable': (code) =>
      explain(
        `无法写入日志文件（${code}）。`,
        '请释放磁盘空间或修正 .tcb-watch/log 的权限。上传会继续，但没有日志。',
      ),
    'no-lock': (code) =>
      explain(
        `无法锁定此配置（${code}）。`,
        '请勿同时运行第二个 tcb-watch，否则两者都会写入账本。放在本地磁盘上即可锁定。',
      ),
    'no-socket': (code) =>
      explain(`其他命令无法询问此进程（${code}）。`, '请释放磁盘空间或修正 .tcb-watch 的权限。上传会继续。'),
    'watch-limit': (facts) =>
      explain(`已达到系统的监听上限：${facts}`, '请按提示调高。在此期间每秒检查一次文件。'),
    'watch-polling': (why) =>
      explain(`此处收不到文件事件（${why}），改为每秒检查一次文件。`, '无需操作。放在本地磁盘上会更快。'),
    'watch-restarted': (why) => explain(`文件监听已重启（${why}）。`, '无需操作：已重新检查全部文件。'),
    'watch-deaf': (folder) => explain(`无法监听 ${folder}。`, '请检查权限。在此期间会定期检查。'),
    'watch-missed': (functions) =>
      explain(
        `发现了文件事件没有报告的更改：${functions}。`,
        '无需操作：会照常上传。如果经常出现，请用 tcb-watch doctor 检查监听上限。',
      ),
    'no-functions': (roots) =>
      explain(
        `${roots} 中没有函数。`,
        '函数是其中含有 index.js（.mjs、.cjs 或 package.json 的 main）的文件夹。请检查 `functionsRoot`。',
      ),
    'list-partial': (env) =>
      explain(
        `云端只列出了 ${env} 的部分函数。`,
        '其余函数照常上传；除非 `verify` 为 false，否则无法确认生效。',
      ),
    bug: (text) => explain(`tcb-watch 的缺陷：${text}`, '请附上日志文件反馈。上传会继续。'),
    'component-token': (appId) =>
      explain(
        `为 ${appId} 生成了新的 component_access_token。`,
        '平台正在使用的 5 分钟后失效。如有服务器在用，请改为读取它的 token。',
      ),
    'hook-failed': (text) => explain(`钩子 ${text}`, '请手动运行该命令，在标准输入给出事件。上传会继续。'),
    'hook-output': (text) => explain(text),
    'hooks-behind': (count) =>
      explain(
        `有 ${count} 个钩子在排队，后面的已略过。`,
        '请让 `hooks` 中的命令更快，或把工作交给其他进程。',
      ),
    'notify-absent': (name) =>
      explain(
        `无法显示桌面通知：\`notify\` 需要 ${name}，但尚未安装。`,
        `请运行 npm install --save-dev ${name}，或把 \`notify\` 设为 false。上传会继续。`,
      ),
    'notify-failed': (text) =>
      explain(
        `无法显示桌面通知：${text}`,
        'Linux 上请安装 notify-send（软件包 libnotify-bin），或把 `notify` 设为 false。上传会继续。',
      ),
    'timers-wrong': (place) =>
      explain(
        `无法读取 config.json 中的定时器：${place}`,
        '请修正：{"name": …, "type": "timer", "config": …}，config 为云端的七个字段。旧定时器不变。',
      ),
    'timers-failed': (text) =>
      explain(`定时器未更新：${text}`, '会随函数再次发送。tcb-watch push NAME --force 可立即发送。'),
    permissions: (name) =>
      explain(
        `上传不会应用 ${name}/config.json 中的权限。`,
        '请用微信开发者工具部署该函数，它会应用这些权限。',
      ),
  },
};
