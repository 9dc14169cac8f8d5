/** What the commands say by themselves: help, questions, mistakes on the command line. */
import type { Catalogue } from '../language.js';
import { said } from '../text.js';

export interface CliWords {
  readonly description: string;
  readonly commands: Readonly<
    Record<'watch' | 'push' | 'status' | 'invoke' | 'stop' | 'init' | 'doctor' | 'emulator' | 'trust', string>
  >;
  readonly options: Readonly<Record<OptionName, string>>;
  readonly usage: string;
  readonly optionsTitle: string;
  readonly commandsTitle: string;
  readonly argumentsTitle: string;
  readonly names: string;
  readonly invokeName: string;
  readonly invokeEvent: string;
  readonly exitCodes: string;
  readonly keysTitle: string;
  readonly mistakes: {
    /** @param known empty where a near one is named besides */
    readonly unknownCommand: (command: string, known: string) => string;
    readonly unknownOption: (option: string) => string;
    readonly tooMany: string;
    readonly missingValue: (option: string) => string;
    readonly missingArgument: (name: string) => string;
    readonly invalidValue: (option: string, wanted: string) => string;
    readonly values: Readonly<Record<ValueKind, string>>;
    /** Another command has it. */
    readonly notTaken: (command: string, option: string) => string;
    readonly commandFirst: (line: string) => string;
    /** Functions are named to a command that takes no names. */
    readonly useOnly: string;
    readonly didYouMean: (name: string) => string;
  };
  readonly watchOptionsTitle: string;
  readonly seeHelp: (line: string) => string;
  readonly configTrouble: (file: string | null, count: number) => string;
  readonly unmatched: Readonly<
    Record<'env' | 'only' | 'name' | 'disabled' | 'together', (value: string) => string>
  >;
  readonly emulatorNeedsEnvs: string;
  readonly emulatorListening: (url: string, token: string, envs: string) => string;
  readonly emulatorStore: (folder: string) => string;
  readonly portTaken: (port: number, code: string) => string;
  readonly storeTrouble: (folder: string, why: string) => string;
  readonly faultsTrouble: (file: string) => string;
  readonly overwriteTitle: string;
  readonly overwriteQuestion: string;
  readonly yes: string;
  readonly no: string;
  readonly allowProtected: (envs: string) => string;
  readonly timedOut: (seconds: number) => string;
  readonly stopping: string;
  /** @param stream `stdout` or `stderr` */
  readonly unwritable: (stream: string, code: string) => string;
}

export type ValueKind = 'wholeNumber' | 'oneOrTwo' | 'port';

export type OptionName =
  | 'config'
  | 'envId'
  | 'only'
  | 'endpoint'
  | 'json'
  | 'plain'
  | 'ascii'
  | 'ambiguousWidth'
  | 'dryRun'
  | 'force'
  | 'yes'
  | 'trust'
  | 'list'
  | 'forget'
  | 'files'
  | 'invokeEnvId'
  | 'invokeJson'
  | 'invokeYes'
  | 'stdinEnds'
  | 'initConfig'
  | 'initEnvId'
  | 'initYes'
  | 'doctorYes'
  | 'timeout'
  | 'verbose'
  | 'help'
  | 'version'
  | 'port'
  | 'emulatorEnvId'
  | 'token'
  | 'latency'
  | 'deploy'
  | 'faults'
  | 'store'
  | 'invokeInspect'
  | 'lenient'
  | 'inspect';

export const cliWords: Catalogue<CliWords> = {
  en: {
    description:
      'Uploads WeChat cloud functions to every dev environment on save, and says what is live where.',
    commands: {
      watch: 'sync what differs, then on every save, until stopped (the default)',
      push: 'sync what differs (or just these functions) once, wait until it is live, exit',
      status: 'show what is live where, what waits and why; asks the running tcb-watch, if any',
      invoke: 'call a function in an environment and print what it returns',
      stop: 'end the running tcb-watch as Ctrl-C does',
      init: 'write watch.config.json from what the project has',
      doctor: 'check configuration, token, network, watch limits and functions; say how to mend each',
      emulator: 'the local cloud on its own',
      trust: 'show what this configuration could do to you, and agree to it once',
    },
    options: {
      config: 'configuration file (default: watch.config.json here or in the nearest folder above)',
      envId: 'only these of the configured environments; repeatable',
      only: 'only functions whose name matches; repeatable',
      endpoint: 'the API’s base, or "emulator"',
      json: 'one JSON object a line on stdout; diagnostics on stderr',
      plain: 'plain lines even on a terminal',
      ascii: 'symbols and borders of ASCII only',
      ambiguousWidth: 'columns of characters such as → and Ω in your terminal: 1 (default) or 2',
      dryRun: 'say what would be sent where and why; send nothing',
      force: 'send even what is live already',
      yes: 'no questions; protected environments are allowed',
      trust: 'agree, for this run, to what tcb-watch trust would show (or TCB_WATCH_TRUST=1)',
      list: 'list the projects that you agreed to',
      forget: 'forget what you agreed to for this project',
      files: 'list what of this function is packed or not, and by which rule',
      invokeEnvId: 'the environment to call; needed where several are configured',
      invokeJson: 'one line of JSON on stdout: result, logs and time',
      invokeYes: 'call it in a protected environment without a question',
      stdinEnds: 'end gracefully when stdin ends, for programs that start it',
      initConfig: 'the file to write (watch.config.json)',
      initEnvId: 'environment to write; repeatable',
      initYes: 'no questions; an existing file is never replaced',
      doctorYes: 'no questions; make the links that are missing',
      timeout: 'push only: how long to go on retrying',
      verbose: 'tell each request on stderr',
      help: 'show this help; --help keys shows the keys of the monitor',
      version: 'show the version',
      port: 'port to listen on (0: any)',
      emulatorEnvId: 'environment to hold (default: those configured); repeatable',
      token: 'the token to accept (default: a random one)',
      latency: 'wait so many milliseconds before each answer',
      deploy: 'milliseconds that a deployment takes',
      faults: 'JSON file of faults to show',
      store: 'folder that keeps the functions',
      invokeInspect: 'wait for a debugger at this port of the emulator, without limits',
      lenient: 'also run what the cloud would refuse',
      inspect: 'functions wait for a debugger at this port',
    },
    usage: 'Usage:',
    optionsTitle: 'Options:',
    commandsTitle: 'Commands:',
    argumentsTitle: 'Arguments:',
    names: 'functions to send (default: all)',
    invokeName: 'the function',
    invokeEvent: 'the event as JSON text, or - to read it from stdin (default: {})',
    exitCodes:
      'Exit codes: 0 all is live · 1 something is not live · 2 token or permission · 3 arguments or configuration ·\n  4 no such function or environment · 5 the cloud answers with errors · 6 local files · 130 interrupted twice',
    keysTitle: 'Keys of the monitor, which tcb-watch shows on a terminal:',
    mistakes: {
      unknownCommand: (command, known) =>
        `there is no command "${command}".${known === '' ? '' : ` There are: ${known}.`}`,
      unknownOption: (option) => `there is no option ${option}.`,
      tooMany: 'too many arguments.',
      missingValue: (option) => `the option ${option} needs a value.`,
      missingArgument: (name) => `the argument ${name} is missing.`,
      invalidValue: (option, wanted) => `the value of ${option} must be ${wanted}.`,
      values: { wholeNumber: 'a whole number', oneOrTwo: '1 or 2', port: '0 to 65535' },
      notTaken: (command, option) => `${command} does not take ${option}.`,
      commandFirst: (line) => `the command comes first: tcb-watch ${line}`,
      useOnly: 'watch takes no names: name functions with --only.',
      didYouMean: (name) => `Did you mean ${name}?`,
    },
    watchOptionsTitle: 'Options of watch and push:',
    seeHelp: (line) => `Run ${line} --help to see what there is.`,
    configTrouble: (file, count) =>
      said(
        `${count === 1 ? 'a mistake' : `${count} mistakes`} in the configuration${file === null ? '' : ` ${file}`}:`,
      ),
    unmatched: {
      env: (value) => `The environment ${value} is not in "envs". Add it, or choose another.`,
      only: (value) => `No function’s name matches ${value}. Check --only against the functions root.`,
      name: (value) => `There is no function ${value}. Check the name against the functions root.`,
      disabled: (value) => `The function ${value} is disabled. Set "enabled": true in the configuration.`,
      together: (value) =>
        `No function in any environment is meant by all of ${value}. Leave some of it out.`,
    },
    emulatorNeedsEnvs: said(
      'the emulator needs environments. Name one with --env-id, or write watch.config.json.',
    ),
    emulatorListening: (url, token, envs) =>
      `emulator at ${url}\ntoken       ${token}\nenvironments ${envs}\nCtrl-C stops.`,
    emulatorStore: (folder) => `store       ${folder}`,
    portTaken: (port, code) =>
      said(`port ${port} cannot be used (${code}). Choose another with --port, or 0 for any.`),
    storeTrouble: (folder, why) =>
      said(`the store ${folder} cannot be used (${why}). Choose another folder with --store.`),
    faultsTrouble: (file) => said(`the fault file ${file} cannot be used:`),
    overwriteTitle: 'These functions are in the cloud, and this project has never sent them:',
    overwriteQuestion: 'Replace them with what is on this disk? [y/N] ',
    yes: 'Yes',
    no: 'No',
    allowProtected: (envs) => `Upload to the protected environments ${envs}? [y/N] `,
    timedOut: (seconds) => `Not all is live after ${seconds} s.`,
    stopping: 'Stopping after the uploads in flight (10 s at most). Interrupt again (Ctrl-C) to end at once.',
    unwritable: (stream, code) =>
      said(
        `${stream} cannot be written (${code}). Free some space, or write it elsewhere, and run it again.`,
      ),
  },
  'zh-CN': {
    description: '保存时把微信云函数上传到所有开发环境，并显示各环境运行的版本。',
    commands: {
      watch: '同步有差异的函数，之后每次保存都同步，直到停止（默认）',
      push: '同步一次有差异的函数（或指定的函数），等待生效后退出',
      status: '显示各环境生效的版本、等待的内容及原因；有程序在运行时询问它',
      invoke: '调用某个环境中的函数，并输出其返回值',
      stop: '结束正在运行的 tcb-watch，效果与 Ctrl-C 相同',
      init: '根据项目现有内容生成 watch.config.json',
      doctor: '检查配置、token、网络、监听上限和每个函数，并说明如何修正',
      emulator: '单独运行本地模拟云',
      trust: '显示该配置可能对您执行的操作，并一次性确认',
    },
    options: {
      config: '配置文件（默认：当前或最近上级目录的 watch.config.json）',
      envId: '只用这些已配置的环境；可重复',
      only: '只用名称匹配的函数；可重复',
      endpoint: '接口地址，或 "emulator"',
      json: '标准输出每行一个 JSON 对象；诊断信息在标准错误',
      plain: '在终端也使用纯文本行',
      ascii: '只用 ASCII 符号和边框',
      ambiguousWidth: '终端中 → 和 Ω 这类字符占的列数：1（默认）或 2',
      dryRun: '只说明会发送什么、到哪里、为什么；不发送',
      force: '即使已生效也发送',
      yes: '不提问；允许受保护的环境',
      trust: '仅对本次运行确认 tcb-watch trust 所列内容（或 TCB_WATCH_TRUST=1）',
      list: '列出您已确认的项目',
      forget: '撤销对该项目的确认',
      files: '列出该函数打包和不打包的文件，以及依据的规则',
      invokeEnvId: '要调用的环境；配置了多个环境时必须指定',
      invokeJson: '在标准输出打印一行 JSON：结果、日志和用时',
      invokeYes: '不提问，直接调用受保护环境中的函数',
      stdinEnds: '标准输入结束时正常退出，供启动它的程序使用',
      initConfig: '要写入的文件（watch.config.json）',
      initEnvId: '要写入的环境；可重复',
      initYes: '不提问；绝不替换已有的文件',
      doctorYes: '不提问；直接创建缺少的链接',
      timeout: '仅 push：持续重试的时间（秒）',
      verbose: '在 stderr 输出每个请求',
      help: '显示帮助；--help keys 显示监视器的按键',
      version: '显示版本',
      port: '监听端口（0：任意）',
      emulatorEnvId: '模拟的环境（默认：已配置的）；可重复',
      token: '接受的 token（默认：随机）',
      latency: '每次应答前等待的毫秒数',
      deploy: '部署所需的毫秒数',
      faults: '故障规则的 JSON 文件',
      store: '保存函数的文件夹',
      invokeInspect: '在模拟器的此端口等待调试器连接，且不限时',
      lenient: '放宽限制：云端会拒绝的也照常运行',
      inspect: '调用函数时在此端口等待调试器连接',
    },
    usage: '用法：',
    optionsTitle: '选项：',
    commandsTitle: '命令：',
    argumentsTitle: '参数：',
    names: '要发送的函数（默认：全部）',
    invokeName: '函数名',
    invokeEvent: 'JSON 文本形式的事件，或用 - 从标准输入读取（默认：{}）',
    exitCodes:
      '退出码：0 全部生效 · 1 有未生效的 · 2 token 或权限 · 3 参数或配置 ·\n  4 没有该函数或环境 · 5 云端返回错误 · 6 本地文件 · 130 被中断两次',
    keysTitle: '监视器（tcb-watch 在终端中显示）的按键：',
    mistakes: {
      unknownCommand: (command, known) =>
        `没有命令 "${command}"。${known === '' ? '' : `可用的命令：${known}。`}`,
      unknownOption: (option) => `没有选项 ${option}。`,
      tooMany: '参数太多。',
      missingValue: (option) => `选项 ${option} 需要一个值。`,
      missingArgument: (name) => `缺少参数 ${name}。`,
      invalidValue: (option, wanted) => `${option} 的值必须是${wanted}。`,
      values: { wholeNumber: '整数', oneOrTwo: ' 1 或 2', port: ' 0 到 65535' },
      notTaken: (command, option) => `${command} 没有选项 ${option}。`,
      commandFirst: (line) => `命令要写在最前面：tcb-watch ${line}`,
      useOnly: 'watch 不接受函数名，请用 --only 指定。',
      didYouMean: (name) => `是否想写 ${name}？`,
    },
    watchOptionsTitle: 'watch 和 push 的选项：',
    seeHelp: (line) => `运行 ${line} --help 查看用法。`,
    configTrouble: (file, count) => said(`配置${file === null ? '' : ` ${file} `}有 ${count} 处错误：`),
    unmatched: {
      env: (value) => `环境 ${value} 不在 "envs" 中。请添加它，或选择已有的环境。`,
      only: (value) => `没有名称匹配 ${value} 的函数。请对照函数根目录检查 --only。`,
      name: (value) => `没有函数 ${value}。请对照函数根目录检查名称。`,
      disabled: (value) => `函数 ${value} 已停用。请在配置中设置 "enabled": true。`,
      together: (value) => `没有任何环境中的函数同时符合 ${value}。请去掉其中一部分。`,
    },
    emulatorNeedsEnvs: said('模拟云需要环境。请用 --env-id 指定，或编写 watch.config.json。'),
    emulatorListening: (url, token, envs) =>
      `模拟云地址 ${url}\ntoken      ${token}\n环境       ${envs}\nCtrl-C 停止。`,
    emulatorStore: (folder) => `存储       ${folder}`,
    portTaken: (port, code) => said(`端口 ${port} 无法使用（${code}）。请用 --port 换一个，或用 0 任选。`),
    storeTrouble: (folder, why) => said(`存储目录 ${folder} 无法使用（${why}）。请用 --store 换一个目录。`),
    faultsTrouble: (file) => said(`故障文件 ${file} 无法使用：`),
    overwriteTitle: '云端已有以下函数，且本项目从未上传过它们：',
    overwriteQuestion: '用本机的内容替换吗？[y/N] ',
    yes: '是',
    no: '否',
    allowProtected: (envs) => `上传到受保护的环境 ${envs}？[y/N] `,
    timedOut: (seconds) => `${seconds} 秒后仍有未生效的函数。`,
    stopping: '正在停止：等待进行中的上传（最多 10 秒）。再次中断（Ctrl-C）立即结束。',
    unwritable: (stream, code) =>
      said(`无法写入 ${stream}（${code}）。请清理空间或换一个输出位置，然后重新运行。`),
  },
};
