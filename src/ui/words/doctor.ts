/** What `doctor` says of each finding: what is so, and what to do. The words for problems shared with uploads are theirs. */
import type { Finding, FindingKind } from '../../core/finding.js';
import type { Catalogue } from '../language.js';
import { size } from '../text.js';
import type { Explanation } from './holds.js';

/** Findings whose words stand in another catalogue: a mistake of the configuration, of content, of the cloud, of the token. */
export type ElsewhereKind =
  | 'config-problem'
  | 'function-problem'
  | 'token-missing'
  | 'token-rejected'
  | 'address-refused'
  | 'cloud-refused'
  | 'list-failed';

type OwnKind = Exclude<FindingKind, ElsewhereKind>;

export interface DoctorWords {
  /** `hint` is empty where there is nothing to do. */
  readonly findings: { readonly [Kind in OwnKind]: (finding: Finding<Kind>) => Explanation };
  readonly summary: (bad: number, warnings: number) => string;
  readonly makeLink: (link: string) => string;
}

const fine = (detail: string): Explanation => ({ detail, hint: '' });
const few = (names: readonly string[]): string =>
  names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '');
const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const seconds = (ms: number): string => (Math.abs(ms) / 1000).toFixed(0);

function ruleList({ rules }: Finding<'left-out'>, noRule: string): string {
  return rules.map(({ rule, source, count }) => `${rule ?? noRule} ×${count} (${source ?? ''})`).join(', ');
}

export const doctorWords: Catalogue<DoctorWords> = {
  en: {
    findings: {
      'config-ok': ({ file, functions, envs }) =>
        fine(
          `${file ?? 'No configuration; what was found here is used'}: ${many(functions, 'function')}, ${many(envs, 'environment')}`,
        ),
      'no-functions': ({ roots }) => ({
        detail: `There is no function in ${roots.join(', ')}.`,
        hint: 'Make a folder there with an index.js that exports main, or mend `functionsRoot`.',
      }),
      'function-ok': ({ entry, files, zipBytes }) =>
        fine(`${entry}, ${many(files, 'file')}, zip of ${size(zipBytes)}`),
      'request-large': ({ base64, limit }) => ({
        detail: `The request has ${size(base64)}; a gateway before the API is said to stop at ${size(limit)}.`,
        hint: 'Leave out what the function does not need (`ignore`, .tcbignore).',
      }),
      'left-out': (finding) => fine(`left out: ${ruleList(finding, 'not a file')}`),
      'install-scripts': ({ packages }) => ({
        detail: `${packages.join(', ')}: these packages run a script when they are installed, which the cloud does not do.`,
        hint: 'Take one without install scripts, or put a built copy into the function’s own folder.',
      }),
      'syntax-error': ({ path, line, message }) => ({
        detail: `${path}:${line} cannot be parsed: ${message}`,
        hint: 'Mend it: the function would fail at every call.',
      }),
      'code-unread': ({ path, line }) =>
        fine(`${path}:${line} is no JavaScript that can be read, so it was not looked at.`),
      'new-syntax': ({ path, line, syntax, since, runtime }) => ({
        detail: `${path}:${line} uses ${syntax}, which Node ${since} brought; the environment runs ${runtime}.`,
        hint: 'Write it in older syntax, set "build": "esbuild", or choose a newer runtime in the cloud console.',
      }),
      permissions: () => ({
        detail: 'config.json has permissions, which an upload does not apply.',
        hint: 'Upload the function once with WeChat DevTools after each change of them.',
      }),
      'timers-off': ({ count }) => ({
        detail: `config.json has ${many(count, 'timer')}, which an upload does not apply.`,
        hint: 'Set "triggers": true in watch.config.json to bring them to the cloud.',
      }),
      'timers-on': ({ count }) => fine(`${many(count, 'timer')} of config.json brought to the cloud`),
      'names-ignored': ({ path, line, named, rule, source }) => ({
        detail: `${path}:${line} names ${named}, which is left out by ${rule} (${source}).`,
        hint: `Take it back in with !${named.replace(/^\.\//, '')} in .tcbignore, or do not name it.`,
      }),
      'names-outside': ({ path, line, named }) => ({
        detail: `${path}:${line} names ${named}, which lies outside the function and is not in the cloud.`,
        hint: 'Move it into the function, or make its folder a shared one (`shared`) and name it ./folder/….',
      }),
      'private-key': ({ path }) => ({
        detail: `${path} is a private key, and it is packed.`,
        hint: 'Keep it in the function’s environment variables in the cloud console, and add it to `ignore`.',
      }),
      'link-missing': ({ shared }) => ({
        detail: `There is no link to ${shared}/, so require('./${shared}/…') works in the cloud but not here.`,
        hint: 'Run tcb-watch doctor on a terminal, or with --yes, to make it.',
      }),
      'link-made': ({ shared }) => fine(`the link to ${shared}/ was made`),
      'link-failed': ({ shared, code }) => ({
        detail: `The link to ${shared}/ cannot be made (${code}).`,
        hint: 'Mend the folder’s permissions, or make the link by hand.',
      }),
      'esbuild-absent': () => ({
        detail: 'It is built by esbuild, which is not installed.',
        hint: 'Run npm install --save-dev esbuild.',
      }),
      'build-made': () => fine('built with esbuild, to look at the result'),
      'build-left': ({ output }) => ({
        detail: `Its command was not run. What is said of it is what the last run left in ${output}.`,
        hint: '',
      }),
      'build-unchecked': ({ output }) => ({
        detail: `Its command was not run, and there is no ${output} from an earlier run, so nothing of it was looked at.`,
        hint: 'Run the command once and ask again. tcb-watch runs it by itself.',
      }),
      'notifier-absent': () => ({
        detail: '`notify` needs the package toasted-notifier, which is not installed.',
        hint: 'Run npm install --save-dev toasted-notifier.',
      }),
      'watch-ok': ({ setting, limit, needed }) => fine(`${setting} = ${limit}, ${needed} needed`),
      'watch-limit': ({ setting, limit, needed }) => ({
        detail: `${setting} = ${limit}, and ${needed} are needed. Without them files are looked at every second.`,
        hint: `Raise it: sudo sysctl ${setting}=${Math.max(524_288, needed * 2)}`,
      }),
      'watch-unlimited': () => fine('no limit is known here'),
      'proxy-none': () => fine('none is used'),
      'proxy-used': ({ proxy }) => fine(`through ${proxy}`),
      reachable: ({ place }) => fine(place),
      unreachable: ({ detail }) => ({
        detail,
        hint: 'Check the network, HTTPS_PROXY, the firewall and `endpoint`.',
      }),
      'clock-ok': ({ skewMs }) => fine(`${seconds(skewMs)} s off the cloud’s`),
      'clock-wrong': ({ skewMs }) => ({
        detail: `This clock is ${seconds(skewMs)} s ${skewMs > 0 ? 'ahead of' : 'behind'} the cloud’s.`,
        hint: 'Set it, or switch on its synchronisation.',
      }),
      'clock-unknown': () => fine('the cloud’s answer told no time'),
      'token-read': ({ source }) => fine(`read from ${source}`),
      'token-mints': ({ appId }) => ({
        detail: `A token of its own is made for ${appId}; the platform’s dies 5 minutes later.`,
        hint: 'Where a server uses that one, read its token instead.',
      }),
      'token-accepted': () => fine('accepted; this address is allowed'),
      'cloud-unasked': () => fine('not asked: mend the above first'),
      'env-ok': ({ alias }) => fine(alias === '' ? 'NORMAL' : `NORMAL (${alias})`),
      'env-missing': ({ known }) => ({
        detail: `This account has no such environment. It has: ${few(known)}`,
        hint: 'Mend `envs`, or check which mini program the token is for.',
      }),
      'env-abnormal': ({ status }) => ({
        detail: `Its status is ${status}.`,
        hint: 'Look at it in the cloud console: it may be isolated or in arrears.',
      }),
      'functions-present': ({ count }) => fine(`${many(count, 'function')}, all there`),
      'functions-created': ({ names }) => ({
        detail: `Not there yet: ${few(names)}`,
        hint: 'Nothing to do: the first upload creates them (`createMissing`).',
      }),
      'functions-missing': ({ names }) => ({
        detail: `Not there: ${few(names)}`,
        hint: 'Create them in the cloud console, or set `createMissing` to true.',
      }),
      'functions-unlisted': ({ names }) => fine(`Not listed, as the list is not whole: ${few(names)}`),
      'function-broken': ({ status, reason }) => ({
        detail: `Its last deployment ended as ${status}. ${reason}`,
        hint: 'Mend the function and save, or use push --force. The old code still runs, unless it was never created.',
      }),
    },
    summary: (bad, warnings) =>
      bad + warnings === 0 ? 'All is well.' : `${bad} to mend, ${warnings} to know.`,
    makeLink: (link) => `Make the link ${link}?`,
  },
  'zh-CN': {
    findings: {
      'config-ok': ({ file, functions, envs }) =>
        fine(`${file ?? '没有配置文件，使用此处找到的内容'}：${functions} 个函数，${envs} 个环境`),
      'no-functions': ({ roots }) => ({
        detail: `${roots.join('、')} 中没有云函数。`,
        hint: '请在其中创建含有导出 main 的 index.js 的文件夹，或修正 `functionsRoot`。',
      }),
      'function-ok': ({ entry, files, zipBytes }) => fine(`${entry}，${files} 个文件，zip ${size(zipBytes)}`),
      'request-large': ({ base64, limit }) => ({
        detail: `请求大小为 ${size(base64)}；据称接口前的网关上限为 ${size(limit)}。`,
        hint: '请忽略函数不需要的文件（`ignore`、.tcbignore）。',
      }),
      'left-out': (finding) => fine(`不打包：${ruleList(finding, '非文件')}`),
      'install-scripts': ({ packages }) => ({
        detail: `${packages.join('、')}：这些包安装时要运行脚本，云端不支持。`,
        hint: '请换用没有安装脚本的包，或把构建好的副本放进函数文件夹。',
      }),
      'syntax-error': ({ path, line, message }) => ({
        detail: `${path}:${line} 无法解析：${message}`,
        hint: '请修正，否则每次调用都会失败。',
      }),
      'code-unread': ({ path, line }) => fine(`${path}:${line} 不是可识别的 JavaScript，未检查其内容。`),
      'new-syntax': ({ path, line, syntax, since, runtime }) => ({
        detail: `${path}:${line} 使用了 ${syntax}，需要 Node ${since}；环境运行 ${runtime}。`,
        hint: '请改用旧语法，设置 "build": "esbuild"，或在云控制台选择更新的运行时。',
      }),
      permissions: () => ({
        detail: 'config.json 含有权限设置，上传代码不会使其生效。',
        hint: '每次修改后，请用微信开发者工具上传一次该函数。',
      }),
      'timers-off': ({ count }) => ({
        detail: `config.json 含有 ${count} 个定时触发器，上传代码不会使其生效。`,
        hint: '请在 watch.config.json 中设置 "triggers": true 以同步到云端。',
      }),
      'timers-on': ({ count }) => fine(`config.json 的 ${count} 个定时触发器会同步到云端`),
      'names-ignored': ({ path, line, named, rule, source }) => ({
        detail: `${path}:${line} 引用了 ${named}，它被 ${rule}（${source}）忽略。`,
        hint: `请在 .tcbignore 中用 !${named.replace(/^\.\//, '')} 取回，或不再引用。`,
      }),
      'names-outside': ({ path, line, named }) => ({
        detail: `${path}:${line} 引用了 ${named}，它在函数之外，云端没有。`,
        hint: '请移到函数内，或将其文件夹设为共享（`shared`）并用 ./文件夹/… 引用。',
      }),
      'private-key': ({ path }) => ({
        detail: `${path} 是私钥，会被打包上传。`,
        hint: '请改用云控制台的函数环境变量，并将其加入 `ignore`。',
      }),
      'link-missing': ({ shared }) => ({
        detail: `没有指向 ${shared}/ 的链接，require('./${shared}/…') 在云端可用，在本地不可用。`,
        hint: '请在终端运行 tcb-watch doctor，或加 --yes 创建链接。',
      }),
      'link-made': ({ shared }) => fine(`已创建指向 ${shared}/ 的链接`),
      'link-failed': ({ shared, code }) => ({
        detail: `无法创建指向 ${shared}/ 的链接（${code}）。`,
        hint: '请修正文件夹权限，或手动创建链接。',
      }),
      'esbuild-absent': () => ({
        detail: '它由 esbuild 构建，但尚未安装。',
        hint: '请运行 npm install --save-dev esbuild。',
      }),
      'build-made': () => fine('已用 esbuild 构建，以检查其结果'),
      'build-left': ({ output }) => ({
        detail: `未运行其构建命令。检查的是上次构建留在 ${output} 中的内容。`,
        hint: '',
      }),
      'build-unchecked': ({ output }) => ({
        detail: `未运行其构建命令，也没有以前构建的 ${output}，因此未检查其内容。`,
        hint: '请先运行一次该命令再检查。tcb-watch 会自动运行它。',
      }),
      'notifier-absent': () => ({
        detail: '`notify` 需要 toasted-notifier，但尚未安装。',
        hint: '请运行 npm install --save-dev toasted-notifier。',
      }),
      'watch-ok': ({ setting, limit, needed }) => fine(`${setting} = ${limit}，需要 ${needed}`),
      'watch-limit': ({ setting, limit, needed }) => ({
        detail: `${setting} = ${limit}，但需要 ${needed}。不足时改为每秒检查一次文件。`,
        hint: `请调高：sudo sysctl ${setting}=${Math.max(524_288, needed * 2)}`,
      }),
      'watch-unlimited': () => fine('此处没有已知上限'),
      'proxy-none': () => fine('未使用'),
      'proxy-used': ({ proxy }) => fine(`经由 ${proxy}`),
      reachable: ({ place }) => fine(place),
      unreachable: ({ detail }) => ({ detail, hint: '请检查网络、HTTPS_PROXY、防火墙和 `endpoint`。' }),
      'clock-ok': ({ skewMs }) => fine(`与云端相差 ${seconds(skewMs)} 秒`),
      'clock-wrong': ({ skewMs }) => ({
        detail: `本机时钟比云端${skewMs > 0 ? '快' : '慢'} ${seconds(skewMs)} 秒。`,
        hint: '请校准，或开启自动同步。',
      }),
      'clock-unknown': () => fine('云端应答中没有时间'),
      'token-read': ({ source }) => fine(`取自 ${source}`),
      'token-mints': ({ appId }) => ({
        detail: `为 ${appId} 生成了新的 token；平台正在使用的 5 分钟后失效。`,
        hint: '如有服务器在用，请改为读取它的 token。',
      }),
      'token-accepted': () => fine('已被接受，本机地址在白名单内'),
      'cloud-unasked': () => fine('未查询：请先修正以上问题'),
      'env-ok': ({ alias }) => fine(alias === '' ? 'NORMAL' : `NORMAL（${alias}）`),
      'env-missing': ({ known }) => ({
        detail: `该账号没有此环境。现有：${few(known)}`,
        hint: '请修正 `envs`，或确认 token 属于哪个小程序。',
      }),
      'env-abnormal': ({ status }) => ({
        detail: `状态为 ${status}。`,
        hint: '请在云控制台查看：可能已隔离或欠费。',
      }),
      'functions-present': ({ count }) => fine(`${count} 个函数都在`),
      'functions-created': ({ names }) => ({
        detail: `尚不存在：${few(names)}`,
        hint: '无需操作：首次上传时创建（`createMissing`）。',
      }),
      'functions-missing': ({ names }) => ({
        detail: `不存在：${few(names)}`,
        hint: '请在云控制台创建，或将 `createMissing` 设为 true。',
      }),
      'functions-unlisted': ({ names }) => fine(`列表不完整，未列出：${few(names)}`),
      'function-broken': ({ status, reason }) => ({
        detail: `上次部署结果为 ${status}。${reason}`,
        hint: '请修正函数并保存，或使用 push --force。旧代码仍在运行，除非从未创建成功。',
      }),
    },
    summary: (bad, warnings) =>
      bad + warnings === 0 ? '一切正常。' : `${bad} 项需要修正，${warnings} 项需要了解。`,
    makeLink: (link) => `创建链接 ${link}？`,
  },
};
