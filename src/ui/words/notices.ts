import type { Catalogue } from '../language.js';
import type { Explanation } from './holds.js';

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
    'ledger-unwritable': (error) => ({
      detail: `The ledger cannot be written: ${error}`,
      hint: 'Free some space or mend the permissions of .tcb-watch. Until then a restart may send again what is live.',
    }),
    'ledger-damaged': (path) => ({
      detail: `The ledger was damaged, or written by a later version. It was set aside as ${path}.`,
      hint: 'Nothing to do: every function is sent once more.',
    }),
    'state-folder': (code) => ({
      detail: `The folder .tcb-watch cannot be made (${code}).`,
      hint: 'Mend the permissions of the folder that holds the configuration. Until then nothing is remembered between runs.',
    }),
    'log-unwritable': (code) => ({
      detail: `The log file cannot be written (${code}).`,
      hint: 'Free some space or mend the permissions of .tcb-watch/log. Uploads go on; what is told meanwhile is not in the file.',
    }),
    'no-lock': (code) => ({
      detail: `This configuration cannot be locked (${code}).`,
      hint: 'Let no second tcb-watch work on it: both would write the ledger. A folder on a local disk can be locked.',
    }),
    'no-socket': (code) => ({
      detail: `Other commands cannot ask this process (${code}).`,
      hint: 'Free some space or mend the permissions of .tcb-watch. Uploads go on.',
    }),
    'watch-limit': (facts) => ({
      detail: `The system’s limit for watching is reached: ${facts}`,
      hint: 'Raise it as shown. Meanwhile the files are looked at every second.',
    }),
    'watch-polling': (why) => ({
      detail: `File events do not come here (${why}). The files are looked at every second instead.`,
      hint: 'Nothing to do. On a local disk it is quicker.',
    }),
    'watch-restarted': (why) => ({
      detail: `The file watcher was started again (${why}).`,
      hint: 'Nothing to do: everything was looked at again.',
    }),
    'watch-deaf': (folder) => ({
      detail: `${folder} cannot be watched.`,
      hint: 'Check its permissions. It is looked at now and then meanwhile.',
    }),
    'watch-missed': (functions) => ({
      detail: `Looking at all files found changes that no file event had told: ${functions}.`,
      hint: 'Nothing to do: they are uploaded. If it happens often, tcb-watch doctor checks the system’s watch limits.',
    }),
    'no-functions': (roots) => ({
      detail: `There is no function in ${roots}.`,
      hint: 'A function is a folder in there with index.js (or .mjs, .cjs, or a main in its package.json). Check `functionsRoot`.',
    }),
    'list-partial': (env) => ({
      detail: `The cloud lists only some functions of ${env}.`,
      hint: 'The others are uploaded, but stay unverified unless `verify` is false.',
    }),
    bug: (text) => ({
      detail: `A bug in tcb-watch: ${text}`,
      hint: 'Please report it with the log file. Uploads go on.',
    }),
    'component-token': (appId) => ({
      detail: `A new component_access_token is made for ${appId}.`,
      hint: 'It replaces the platform’s own, which dies 5 minutes later. Where a server uses that one, read its token instead.',
    }),
    'hook-failed': (text) => ({
      detail: `The hook ${text}`,
      hint: 'Run its command by hand with an event on stdin. Uploads go on.',
    }),
    'hook-output': (text) => ({ detail: text, hint: '' }),
    'hooks-behind': (count) => ({
      detail: `${count} hooks wait for the ones before them. Further ones are left out.`,
      hint: 'Make the commands in `hooks` quicker, or let them leave their work to another process.',
    }),
    'notify-absent': (name) => ({
      detail: `Nothing is shown on the desktop: \`notify\` needs the package ${name}, which is not installed.`,
      hint: `Run npm install --save-dev ${name}, or take \`notify\` out of the configuration. Uploads go on.`,
    }),
    'notify-failed': (text) => ({
      detail: `Nothing is shown on the desktop: ${text}`,
      hint: 'On Linux install notify-send (the package libnotify-bin), or take `notify` out of the configuration. Uploads go on.',
    }),
    'timers-wrong': (place) => ({
      detail: `The timers in config.json cannot be read: ${place}`,
      hint: 'Make it readable, and write {"name": …, "type": "timer", "config": …} with the seven fields of the cloud. The old timers stay.',
    }),
    'timers-failed': (text) => ({
      detail: `The timers were not updated: ${text}`,
      hint: 'They are sent again when the function next becomes live. tcb-watch push --force does it now.',
    }),
    permissions: (name) => ({
      detail: `${name}: the permissions in config.json are not applied by an upload.`,
      hint: 'Deploy the function once with WeChat DevTools, which applies them.',
    }),
  },
  'zh-CN': {
    'ledger-unwritable': (error) => ({
      detail: `无法写入账本：${error}`,
      hint: '请释放磁盘空间或修正 .tcb-watch 的权限。在此之前，重启后可能重复上传。',
    }),
    'ledger-damaged': (path) => ({
      detail: `账本已损坏或来自更新的版本，已移到 ${path}。`,
      hint: '无需操作：每个函数会再上传一次。',
    }),
    'state-folder': (code) => ({
      detail: `无法创建 .tcb-watch 文件夹（${code}）。`,
      hint: '请修正配置所在文件夹的权限。在此之前，不会记住任何状态。',
    }),
    'log-unwritable': (code) => ({
      detail: `无法写入日志文件（${code}）。`,
      hint: '请释放磁盘空间或修正 .tcb-watch/log 的权限。上传会继续；在此期间的内容不会记入文件。',
    }),
    'no-lock': (code) => ({
      detail: `无法锁定此配置（${code}）。`,
      hint: '请勿同时运行第二个 tcb-watch，否则两者都会写入账本。放在本地磁盘上即可锁定。',
    }),
    'no-socket': (code) => ({
      detail: `其他命令无法询问此进程（${code}）。`,
      hint: '请释放磁盘空间或修正 .tcb-watch 的权限。上传会继续。',
    }),
    'watch-limit': (facts) => ({
      detail: `已达到系统的监听上限：${facts}`,
      hint: '请按提示调高。在此期间每秒检查一次文件。',
    }),
    'watch-polling': (why) => ({
      detail: `此处收不到文件事件（${why}），改为每秒检查一次文件。`,
      hint: '无需操作。放在本地磁盘上会更快。',
    }),
    'watch-restarted': (why) => ({
      detail: `文件监听已重启（${why}）。`,
      hint: '无需操作：已重新检查全部文件。',
    }),
    'watch-deaf': (folder) => ({ detail: `无法监听 ${folder}。`, hint: '请检查权限。在此期间会定期检查。' }),
    'watch-missed': (functions) => ({
      detail: `检查全部文件时发现了文件事件没有报告的更改：${functions}。`,
      hint: '无需操作：会照常上传。如果经常出现，请运行 tcb-watch doctor 检查系统的监听上限。',
    }),
    'no-functions': (roots) => ({
      detail: `${roots} 中没有函数。`,
      hint: '函数是其中含有 index.js（或 .mjs、.cjs，或 package.json 的 main）的文件夹。请检查 `functionsRoot`。',
    }),
    'list-partial': (env) => ({
      detail: `云端只列出了 ${env} 的部分函数。`,
      hint: '其余函数照常上传；除非 `verify` 为 false，否则无法确认生效。',
    }),
    bug: (text) => ({ detail: `tcb-watch 的缺陷：${text}`, hint: '请附上日志文件反馈。上传会继续。' }),
    'component-token': (appId) => ({
      detail: `为 ${appId} 生成了新的 component_access_token。`,
      hint: '它会替换平台正在使用的 token，旧的 5 分钟后失效。如有服务器在用，请改为读取它的 token。',
    }),
    'hook-failed': (text) => ({
      detail: `钩子 ${text}`,
      hint: '请手动运行该命令，并在标准输入给出事件。上传会继续。',
    }),
    'hook-output': (text) => ({ detail: text, hint: '' }),
    'hooks-behind': (count) => ({
      detail: `有 ${count} 个钩子在排队，后面的已略过。`,
      hint: '请让 `hooks` 中的命令更快，或把工作交给其他进程。',
    }),
    'notify-absent': (name) => ({
      detail: `无法显示桌面通知：\`notify\` 需要 ${name}，但尚未安装。`,
      hint: `请运行 npm install --save-dev ${name}，或从配置中删除 \`notify\`。上传会继续。`,
    }),
    'notify-failed': (text) => ({
      detail: `无法显示桌面通知：${text}`,
      hint: 'Linux 上请安装 notify-send（软件包 libnotify-bin），或从配置中删除 `notify`。上传会继续。',
    }),
    'timers-wrong': (place) => ({
      detail: `无法读取 config.json 中的定时器：${place}`,
      hint: '请确认文件可读，并写成 {"name": …, "type": "timer", "config": …}，config 为云端的七个字段。旧定时器保持不变。',
    }),
    'timers-failed': (text) => ({
      detail: `定时器未更新：${text}`,
      hint: '函数下次生效时会再次发送。tcb-watch push --force 可立即发送。',
    }),
    permissions: (name) => ({
      detail: `${name}：上传不会应用 config.json 中的权限。`,
      hint: '请用微信开发者工具部署一次该函数，它会应用这些权限。',
    }),
  },
};
