/** The words for each finding of `doctor`: what is so, and what to do. The words for problems shared with uploads are theirs. */
import type { Finding, FindingKind } from '../../model/finding.js';
import type { KeptRequest } from '../../model/nouns.js';
import { failureText } from '../describe.js';
import type { Catalogue, Language } from '../language.js';
import { listOf, plural, short, size } from '../text.js';
import { clockTime, shortTime } from '../time.js';
import { moveInside } from './code.js';
import { type Explanation, explain } from './explanation.js';
import { quotaText } from './quotas.js';
import { statusWords } from './status.js';

/** Findings whose words stand in another catalogue: what syncing says of the same. */
export type ElsewhereKind =
  | 'no-functions'
  | 'code-fault'
  | 'permissions'
  | 'esbuild-absent'
  | 'state-unwritable'
  | 'notifier-absent'
  | 'token-mints'
  | 'config-problem'
  | 'function-problem'
  | 'events-wrong'
  | 'token-missing'
  | 'token-rejected'
  | 'address-refused'
  | 'cloud-refused'
  | 'list-failed';

type OwnKind = Exclude<FindingKind, ElsewhereKind>;

export interface DoctorWords {
  readonly findings: { readonly [Kind in OwnKind]: (finding: Finding<Kind>) => Explanation };
  /** Functions whose content can be sent. */
  readonly goodFunctions: (count: number, names: string) => string;
  readonly summary: (bad: number, warnings: number) => string;
  readonly makeLink: (link: string) => string;
}

const few = (names: readonly string[], language: Language): string =>
  listOf(names.length > 8 ? [...names.slice(0, 8), '…'] : names, language);
/** The cloud reports whole seconds. */
const agrees = (ms: number): boolean => Math.abs(ms) < 2000;
const seconds = (ms: number): string => (Math.abs(ms) / 1000).toFixed(0);

function ruleList({ rules }: Finding<'left-out'>, noRule: string, language: Language): string {
  const { by } = statusWords[language];
  const each = rules.map(({ rule, source, count }) =>
    rule === null ? `${noRule} ×${count}` : by(`${rule} ×${count}`, source ?? ''),
  );
  return listOf(each, language);
}

/** When it was and where it came from and went; what was sent, and what was answered. */
function requestLines(
  { at, ms, url, body, answer, address }: KeptRequest,
  words: Readonly<Record<'from' | 'sent' | 'answered', string>>,
): string {
  const head = [
    at === null ? null : clockTime(at, Date.now()),
    ms === null ? null : `${ms} ms`,
    address === null ? null : `${words.from}${address}`,
    url,
  ];
  return [
    head.filter((part) => part !== null && part !== '').join('  '),
    ...(body === null ? [] : [`${words.sent}${body}`]),
    ...(answer === null ? [] : [`${words.answered}${answer}`]),
  ].join('\n');
}

export const doctorWords: Catalogue<DoctorWords> = {
  en: {
    findings: {
      'config-ok': ({ file, functions, envs }) =>
        explain(
          `${file ?? 'No configuration file; using what was found here'}: ${plural(functions, 'function')}, ${plural(envs, 'environment')}`,
        ),
      'function-ok': ({ entry, files, zipBytes }) =>
        explain(`${entry}, ${plural(files, 'file')}, zip of ${size(zipBytes)}`),
      'request-large': ({ base64, limit }) =>
        explain(
          `The request has ${size(base64)}; a gateway in front of the API is said to accept at most ${size(limit)}.`,
          'Leave out what the function does not need (`ignore`, .tcbignore).',
        ),
      'left-out': (finding) => explain(`left out: ${ruleList(finding, 'not a file', 'en')}`),
      'install-scripts': ({ packages }) =>
        explain(
          `${packages.join(', ')}: these packages run a script when installed, which the cloud does not do.`,
          'Use other packages, or put a built copy into the function’s folder.',
        ),
      'code-unread': ({ path, line, column }) =>
        explain(`${path}:${line}:${column} cannot be parsed as JavaScript, so it was not checked.`),
      'new-syntax': ({ path, line, column, syntax, since, runtime }) =>
        explain(
          `${path}:${line}:${column} uses ${syntax}, which needs Node ${since}; the environment runs ${runtime}.`,
          'Write it in older syntax, set "build": "esbuild", or choose a newer runtime in the cloud console.',
        ),
      'events-ok': ({ count, file }) => explain(`${plural(count, 'saved event')} in ${file}`),
      'timers-off': ({ count }) =>
        explain(
          `config.json has ${plural(count, 'timer')}, which an upload does not apply.`,
          'Set `triggers` to true in watch.config.json to upload them too.',
        ),
      'timers-on': ({ count }) =>
        explain(`${plural(count, 'timer')} of config.json uploaded with the function`),
      'names-ignored': ({ path, line, column, named, rule, source }) =>
        explain(
          `${path}:${line}:${column} refers to ${named}, which is left out by ${rule} (${source}).`,
          `Include it with !${named.replace(/^\.\//, '')} in .tcbignore, or do not refer to it.`,
        ),
      'names-outside': ({ path, line, column, named }) =>
        explain(
          `${path}:${line}:${column} refers to ${named}, which is outside the function and not in the cloud.`,
          moveInside.en,
        ),
      'link-missing': ({ shared }) =>
        explain(
          `There is no link to ${shared}/, so require('./${shared}/…') works in the cloud but not here.`,
          'Run tcb-watch doctor on a terminal, or with --yes, to create the link.',
        ),
      'link-made': ({ shared }) => explain(`the link to ${shared}/ was created`),
      'link-failed': ({ shared, code }) =>
        explain(
          `The link to ${shared}/ cannot be created (${code}).`,
          'Fix the permissions, or create it by hand.',
        ),
      'build-made': () => explain('built with esbuild to check the result'),
      'build-left': ({ output }) =>
        explain(`The build was not run; the output of its last run in ${output} was checked.`),
      'build-unchecked': ({ output }) =>
        explain(
          `The build was not run, and there is no ${output} of an earlier run, so nothing was checked.`,
          'Run the build once, then run doctor again. tcb-watch itself runs it when needed.',
        ),
      'watch-ok': ({ setting, limit, needed }) => explain(`${setting} = ${limit}, ${needed} needed`),
      'watch-limit': ({ setting, limit, needed }) =>
        explain(
          `${setting} = ${limit}, and ${needed} are needed. Until then files are checked every second.`,
          `Raise it: sudo sysctl ${setting}=${Math.max(524_288, needed * 2)}`,
        ),
      'history-kept': ({ versions, bytes, bound }) =>
        explain(
          `${plural(versions, 'version')} kept, ${size(bytes)}${bound === null ? '; nothing new is kept' : ` of ${size(bound)}`}`,
        ),
      'history-unread': ({ code }) =>
        explain(
          `.tcb-watch/history cannot be read (${code}). Uploads continue without it.`,
          'Delete that folder, or fix its permissions.',
        ),
      'lock-unavailable': ({ code }) =>
        explain(
          `The package for file locks, fs-native-extensions, cannot be loaded (${code}). A socket keeps a second tcb-watch away instead, but none on another machine.`,
          'Run npm install where tcb-watch is installed. If this stays, the package has nothing for this system: then let only one machine or container work on this folder.',
        ),
      'watch-unlimited': () => explain('no limit on this system'),
      'proxy-none': () => explain('no proxy is used'),
      'proxy-used': ({ proxy }) => explain(`through ${proxy}`),
      reachable: ({ place }) => explain(place),
      unreachable: ({ detail }) =>
        explain(detail, 'Check the network, HTTPS_PROXY, the firewall and `endpoint`.'),
      'clock-ok': ({ skewMs }) =>
        explain(agrees(skewMs) ? 'agrees with the cloud’s' : `${seconds(skewMs)} s off the cloud’s`),
      'clock-wrong': ({ skewMs }) =>
        explain(
          `This clock is ${seconds(skewMs)} s ${skewMs > 0 ? 'ahead of' : 'behind'} the cloud’s.`,
          'Correct it, or turn on time synchronisation.',
        ),
      'clock-unknown': () => explain('the answer of the cloud contains no time'),
      'token-read': ({ source }) => explain(`read from ${source}`),
      'token-accepted': () => explain('accepted; this address is allowed'),
      'cloud-unasked': () => explain('not checked: fix the problems above first'),
      'store-uncopied': ({ store, code }) =>
        explain(
          `The emulator’s store ${store} could not be copied: ${code}.`,
          'Check its permissions and the space for temporary files.',
        ),
      'env-ok': ({ alias, env }) => explain(alias === '' || alias === env ? 'NORMAL' : `NORMAL (${alias})`),
      'env-missing': ({ known }) =>
        explain(
          `The account does not have this environment. It has: ${few(known, 'en')}`,
          'Correct `envs`, or check which mini program the token belongs to.',
        ),
      'env-abnormal': ({ status }) =>
        explain(`Its status is ${status}.`, 'Look in the cloud console: it may be isolated or in arrears.'),
      'functions-present': ({ count }) => explain(`${plural(count, 'function')}, all present`),
      'functions-created': ({ names }) =>
        explain(
          `Not in the environment yet: ${few(names, 'en')}`,
          'Nothing to do: the first upload creates them (`createMissing`).',
        ),
      'functions-missing': ({ names }) =>
        explain(
          `Not in the environment: ${few(names, 'en')}`,
          'Create them in the cloud console, or set `createMissing` to true.',
        ),
      'functions-unlisted': ({ names }) =>
        explain(`Not in the list, which is incomplete: ${few(names, 'en')}`),
      'quota-known': (finding) => explain(quotaText({ ...finding, until: null }, 'en')),
      'quota-high': ({ until, ...finding }) =>
        explain(
          quotaText({ ...finding, until: until === null ? null : shortTime(until) }, 'en'),
          'Everybody who uses this token’s platform shares it. Save less often, or send to fewer environments.',
        ),
      'quota-gone': (finding) =>
        explain(
          quotaText({ ...finding, until: null }, 'en'),
          'The count starts again at midnight, Beijing time. The owner of the platform can reset it with clear_quota.',
        ),
      'quota-unknown': ({ failure }) => explain(`not known: ${failureText(failure, 'en')}`),
      'rate-lowered': ({ rate }) =>
        explain(
          `The cloud accepts ${Number(rate.toPrecision(2))} requests per second: uploads are sent at that rate.`,
        ),
      'request-kept': ({ request }) =>
        explain(requestLines(request, { from: 'from ', sent: 'sent      ', answered: 'answered  ' })),
      'request-unknown': ({ failure }) =>
        explain(
          failureText(failure, 'en'),
          'The vendor keeps requests for seven days, and shows them to the platform that made them. Check the rid, and the token.',
        ),
      'request-logged': ({ lines }) => explain(lines.join('\n')),
      'request-unlogged': () =>
        explain('No line of .tcb-watch/log names it: another computer sent it, or the log is newer.'),
      'request-sent': ({ fingerprint, files, zipBytes }) =>
        explain(
          `version ${short(fingerprint)}, ${plural(files, 'file')}, zip of ${size(zipBytes)}: tcb-watch history lists it`,
        ),
      'function-broken': ({ status, reason, function: name }) =>
        explain(
          `The last deployment ended as ${status}. ${reason}`,
          `Fix the function and save, or run tcb-watch push ${name ?? ''} --force. The previous code, if any, still runs.`,
        ),
    },
    goodFunctions: (count, names) => `${plural(count, 'function')}: ${names}`,
    summary: (bad, warnings) =>
      bad + warnings === 0 ? 'All is well.' : `${plural(bad, 'error')}, ${plural(warnings, 'hint')}.`,
    makeLink: (link) => `Create the link ${link}?`,
  },
  'zh-CN': {
    findings: {
      'config-ok': ({ file, functions, envs }) =>
        explain(`${file ?? '没有配置文件，使用自动识别的结果'}：${functions} 个函数，${envs} 个环境`),
      'function-ok': ({ entry, files, zipBytes }) =>
        explain(`${entry}，${files} 个文件，zip ${size(zipBytes)}`),
      'request-large': ({ base64, limit }) =>
        explain(
          `请求大小为 ${size(base64)}；据称接口前的网关上限为 ${size(limit)}。`,
          '请忽略函数不需要的文件（`ignore`、.tcbignore）。',
        ),
      'left-out': (finding) => explain(`不打包：${ruleList(finding, '非文件', 'zh-CN')}`),
      'install-scripts': ({ packages }) =>
        explain(
          `${listOf(packages, 'zh-CN')}：这些包在安装时需要运行脚本，云端不会运行。`,
          '请换用其他包，或把构建好的副本放进函数文件夹。',
        ),
      'code-unread': ({ path, line, column }) =>
        explain(`${path}:${line}:${column} 无法按 JavaScript 解析，未检查其内容。`),
      'new-syntax': ({ path, line, column, syntax, since, runtime }) =>
        explain(
          `${path}:${line}:${column} 使用了 ${syntax}，需要 Node ${since}，而环境运行的是 ${runtime}。`,
          '请改用旧语法，设置 "build": "esbuild"，或在云开发控制台选择更新的运行时。',
        ),
      'events-ok': ({ count, file }) => explain(`${file} 中有 ${count} 个保存的事件`),
      'timers-off': ({ count }) =>
        explain(
          `config.json 含有 ${count} 个定时触发器，上传代码不会更新它们。`,
          '请在 watch.config.json 中把 `triggers` 设为 true，以同步到云端。',
        ),
      'timers-on': ({ count }) => explain(`config.json 的 ${count} 个定时触发器会同步到云端`),
      'names-ignored': ({ path, line, column, named, rule, source }) =>
        explain(
          `${path}:${line}:${column} 引用了 ${named}，它被 ${statusWords['zh-CN'].by(rule, source)}忽略。`,
          `请在 .tcbignore 中用 !${named.replace(/^\.\//, '')} 重新包含它，或不再引用。`,
        ),
      'names-outside': ({ path, line, column, named }) =>
        explain(
          `${path}:${line}:${column} 引用了 ${named}，它在函数文件夹之外，云端没有。`,
          moveInside['zh-CN'],
        ),
      'link-missing': ({ shared }) =>
        explain(
          `没有指向 ${shared}/ 的链接，require('./${shared}/…') 在云端可用，在本地不可用。`,
          '请在终端运行 tcb-watch doctor，或加 --yes 创建链接。',
        ),
      'link-made': ({ shared }) => explain(`已创建指向 ${shared}/ 的链接`),
      'link-failed': ({ shared, code }) =>
        explain(`无法创建指向 ${shared}/ 的链接（${code}）。`, '请修正文件夹权限，或手动创建链接。'),
      'build-made': () => explain('已用 esbuild 构建，以检查其结果'),
      'build-left': ({ output }) => explain(`未运行构建，检查的是上次构建的产物 ${output}。`),
      'build-unchecked': ({ output }) =>
        explain(
          `未运行构建，也没有上次构建的产物 ${output}，因此未检查。`,
          '请先运行一次构建，再运行 doctor；tcb-watch 会在需要时自动构建。',
        ),
      'watch-ok': ({ setting, limit, needed }) => explain(`${setting} = ${limit}，需要 ${needed}`),
      'watch-limit': ({ setting, limit, needed }) =>
        explain(
          `${setting} = ${limit}，但需要 ${needed}。在此之前每秒检查一次文件。`,
          `请调高：sudo sysctl ${setting}=${Math.max(524_288, needed * 2)}`,
        ),
      'history-kept': ({ versions, bytes, bound }) =>
        explain(
          `保留了 ${versions} 个版本，共 ${size(bytes)}${bound === null ? '；不再保留新版本' : `，上限 ${size(bound)}`}`,
        ),
      'history-unread': ({ code }) =>
        explain(`无法读取 .tcb-watch/history（${code}）。上传不受影响。`, '请删除该文件夹，或修正其权限。'),
      'lock-unavailable': ({ code }) =>
        explain(
          `无法加载文件锁所需的包 fs-native-extensions（${code}）。改用套接字防止重复运行，但挡不住其他机器上的 tcb-watch。`,
          '请在安装 tcb-watch 的目录中运行 npm install。如果仍然如此，说明该包不支持此系统：请只让一台机器或一个容器处理此文件夹。',
        ),
      'watch-unlimited': () => explain('此系统没有上限'),
      'proxy-none': () => explain('未使用代理'),
      'proxy-used': ({ proxy }) => explain(`经由 ${proxy}`),
      reachable: ({ place }) => explain(place),
      unreachable: ({ detail }) => explain(detail, '请检查网络、HTTPS_PROXY、防火墙和 `endpoint`。'),
      'clock-ok': ({ skewMs }) => explain(agrees(skewMs) ? '与云端一致' : `与云端相差 ${seconds(skewMs)} 秒`),
      'clock-wrong': ({ skewMs }) =>
        explain(
          `本机时钟比云端${skewMs > 0 ? '快' : '慢'} ${seconds(skewMs)} 秒。`,
          '请校准时钟，或开启自动同步。',
        ),
      'clock-unknown': () => explain('云端响应中没有时间'),
      'token-read': ({ source }) => explain(`读取自 ${source}`),
      'token-accepted': () => explain('有效，本机地址在白名单内'),
      'cloud-unasked': () => explain('未检查：请先修正以上问题'),
      'store-uncopied': ({ store, code }) =>
        explain(`无法复制模拟器的数据目录 ${store}（${code}）。`, '请检查其权限和临时目录的剩余空间。'),
      'env-ok': ({ alias, env }) => explain(alias === '' || alias === env ? 'NORMAL' : `NORMAL（${alias}）`),
      'env-missing': ({ known }) =>
        explain(
          `该账号没有此环境。现有环境：${few(known, 'zh-CN')}`,
          '请修正 `envs`，或确认 token 属于哪个小程序。',
        ),
      'env-abnormal': ({ status }) =>
        explain(`状态为 ${status}。`, '请在云开发控制台查看：可能已被隔离或欠费。'),
      'functions-present': ({ count }) => explain(`${count} 个函数均已存在`),
      'functions-created': ({ names }) =>
        explain(`尚不存在：${few(names, 'zh-CN')}`, '无需操作：首次上传时创建（`createMissing`）。'),
      'functions-missing': ({ names }) =>
        explain(`不存在：${few(names, 'zh-CN')}`, '请在云开发控制台创建，或将 `createMissing` 设为 true。'),
      'functions-unlisted': ({ names }) => explain(`函数列表不完整，其中没有：${few(names, 'zh-CN')}`),
      'quota-known': (finding) => explain(quotaText({ ...finding, until: null }, 'zh-CN')),
      'quota-high': ({ until, ...finding }) =>
        explain(
          quotaText({ ...finding, until: until === null ? null : shortTime(until) }, 'zh-CN'),
          '使用同一第三方平台 token 的所有人共用该额度。请减少保存次数，或减少目标环境。',
        ),
      'quota-gone': (finding) =>
        explain(
          quotaText({ ...finding, until: null }, 'zh-CN'),
          '额度于北京时间零点重置；平台管理员也可以用 clear_quota 重置。',
        ),
      'quota-unknown': ({ failure }) => explain(`无法查询：${failureText(failure, 'zh-CN')}`),
      'rate-lowered': ({ rate }) =>
        explain(`云端每秒接受 ${Number(rate.toPrecision(2))} 个请求，上传按此速率进行。`),
      'request-kept': ({ request }) =>
        explain(requestLines(request, { from: '来自 ', sent: '请求  ', answered: '响应  ' })),
      'request-unknown': ({ failure }) =>
        explain(
          failureText(failure, 'zh-CN'),
          '请求记录只保留七天，且只有发起请求的平台可以查询。请检查 rid 和 token。',
        ),
      'request-logged': ({ lines }) => explain(lines.join('\n')),
      'request-unlogged': () => explain('.tcb-watch/log 中没有该请求：可能由其他电脑发出，或日志已被覆盖。'),
      'request-sent': ({ fingerprint, files, zipBytes }) =>
        explain(
          `版本 ${short(fingerprint)}，${files} 个文件，zip 为 ${size(zipBytes)}；用 tcb-watch history 查看`,
        ),
      'function-broken': ({ status, reason, function: name }) =>
        explain(
          `上次部署结果为 ${status}。${reason}`,
          `请修正函数后保存，或运行 tcb-watch push ${name ?? ''} --force。旧代码（如有）仍在运行。`,
        ),
    },
    goodFunctions: (count, names) => `${count} 个函数：${names}`,
    summary: (bad, warnings) => (bad + warnings === 0 ? '一切正常。' : `${bad} 个错误，${warnings} 个提示。`),
    makeLink: (link) => `要创建链接 ${link} 吗？`,
  },
};
