/** The commands' own words: help, questions, mistakes on the command line. */
import type { Catalogue } from '../language.js';
import { plural, said } from '../text.js';

export interface CliWords {
  readonly description: string;
  readonly commands: Readonly<
    Record<
      | 'watch'
      | 'push'
      | 'check'
      | 'status'
      | 'invoke'
      | 'accept'
      | 'stop'
      | 'init'
      | 'doctor'
      | 'emulator'
      | 'trust'
      | 'history'
      | 'diff'
      | 'undo'
      | 'complete'
      | 'mcp',
      string
    >
  >;
  readonly options: Readonly<Record<OptionName, string>>;
  readonly usage: string;
  readonly optionsTitle: string;
  readonly commandsTitle: string;
  readonly argumentsTitle: string;
  readonly names: string;
  readonly acceptNames: string;
  readonly nothingToAccept: string;
  readonly checkNames: string;
  readonly invokeName: string;
  readonly historyName: string;
  readonly invokeEvent: string;
  readonly completeShell: string;
  readonly examples: string;
  readonly variables: string;
  readonly exitCodes: string;
  readonly keysTitle: string;
  readonly mistakes: {
    /** @param known empty where a near one is named, too */
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
    readonly eitherOr: (one: string, other: string) => string;
    readonly unknownShell: (shell: string, known: string) => string;
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
  /** @param functions how many of them @param names some of these */
  readonly overwriteGroup: (functions: number, envs: string, names: string) => string;
  readonly overwriteMore: (groups: number) => string;
  readonly overwriteChoices: string;
  readonly overwriteQuestion: string;
  /** After an answer that ends the program. */
  readonly overwriteRefused: string;
  readonly yes: string;
  readonly no: string;
  /** A no is about these alone; everything else goes on. */
  readonly allowProtected: (envs: string, count: number) => string;
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
  | 'adopt'
  | 'acceptEnvId'
  | 'list'
  | 'forget'
  | 'historyForget'
  | 'historyYes'
  | 'since'
  | 'to'
  | 'stat'
  | 'files'
  | 'statusVerbose'
  | 'invokeEnvId'
  | 'invokeJson'
  | 'invokeYes'
  | 'check'
  | 'event'
  | 'stdinEnds'
  | 'initConfig'
  | 'initEnvId'
  | 'initYes'
  | 'doctorYes'
  | 'rid'
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
  | 'inspect'
  | 'problems'
  | 'readOnly'
  | 'allowProtected';

export const cliWords: Catalogue<CliWords> = {
  en: {
    description:
      'Uploads WeChat cloud functions to all dev environments on every save, and shows what is live where.',
    commands: {
      watch: 'upload what differs, then again on every save, until stopped (the default)',
      push: 'upload what differs (or only the named functions) once, wait until it is live, then exit',
      check: 'call functions that are live with their saved events and judge the answers; upload nothing',
      status: 'show what is live where, what is not and why; asks the running tcb-watch if there is one',
      invoke: 'call a function in an environment and print what it returns',
      accept:
        'keep what somebody else deployed as it is: only your next change is uploaded; also dismisses a function that is gone',
      stop: 'stop the running tcb-watch, as Ctrl-C does',
      init: 'write watch.config.json from the files of the project',
      doctor:
        'check configuration, token, network, watch limits and functions, and say how to fix each problem',
      emulator: 'run the local cloud on its own',
      trust: 'show what this configuration could do on your machine, and agree to it once',
      history: 'list what was uploaded of a function, when, and where each version ran',
      diff: 'compare what is live with the disk, file by file',
      undo: 'upload again what ran before; it stays until your next change',
      complete: 'print the completion script of a shell, which completes commands, options and names at TAB',
      mcp: 'offer the same to coding agents, over stdio (Model Context Protocol)',
    },
    options: {
      config: 'configuration file (default: watch.config.json in this folder or the nearest one above)',
      envId: 'only this configured environment; repeatable',
      only: 'only functions with a matching name; repeatable',
      endpoint: 'base address of the API, or "emulator"',
      json: 'print one JSON object per line on stdout, diagnostics on stderr',
      plain: 'print plain lines even on a terminal',
      problems: 'print only file:line:column: error: text, for editors',
      readOnly: 'offer only what changes nothing',
      allowProtected: 'allow agents to touch protected environments that a call names',
      ascii: 'use ASCII symbols and borders only',
      ambiguousWidth: 'columns that symbols such as arrows take in your terminal: 1 (default) or 2',
      dryRun: 'show what would be uploaded where and why; upload nothing',
      force: 'upload even what is already live',
      yes: 'ask no questions; allow protected environments',
      trust: 'agree, for this run, to what tcb-watch trust shows (or set TCB_WATCH_TRUST=1)',
      adopt: 'first start: keep what the environments already have, and upload only what changes from now on',
      acceptEnvId: 'only in this configured environment; repeatable',
      list: 'list the projects that you agreed to',
      forget: 'forget what you agreed to for this project',
      historyForget: 'delete the kept versions of this function, or of all functions',
      historyYes: 'ask no questions',
      since: 'compare this version with the disk, with what is live (-e), or with another one (ID..ID)',
      to: 'this version; disk: upload what is on disk again, after an undo',
      stat: 'only name the files and count their lines',
      files: 'list which files of this function are packed, which are not, and by which rule',
      invokeEnvId: 'the environment to call; required if several are configured',
      invokeJson: 'print one line of JSON on stdout: result, logs and time',
      check: 'push only: when all is live, call functions with their saved events and judge the answers',
      event: 'call it with this saved event; repeat --env-id to compare environments',
      invokeYes: 'call the function in a protected environment without asking',
      stdinEnds: 'stop gracefully when stdin ends, for programs that start tcb-watch',
      initConfig: 'file to write (watch.config.json)',
      initEnvId: 'environment to write; repeatable',
      initYes: 'ask no questions; never replace an existing file',
      doctorYes: 'ask no questions; create missing links',
      rid: 'only show what WeChat and this machine recorded of one request; its rid is in the error that the cloud returned',
      timeout: 'push only: how long to keep retrying',
      verbose: 'print every line, and each request on stderr',
      statusVerbose: 'list every target on a line of its own',
      help: 'show this help; --help keys shows the keys of the monitor',
      version: 'show the version',
      port: 'port to listen on (default 0: any free port)',
      emulatorEnvId: 'environment to simulate (default: those configured); repeatable',
      token: 'token to accept (default: a random one)',
      latency: 'delay before each answer, in milliseconds',
      deploy: 'duration of a deployment, in milliseconds',
      faults: 'JSON file with faults to simulate',
      store: 'folder to keep the functions in',
      invokeInspect: 'wait for a debugger on this port of the emulator (9229), without time limits',
      lenient: 'also run what the cloud would refuse',
      inspect: 'functions wait for a debugger on this port (9229)',
    },
    usage: 'Usage:',
    optionsTitle: 'Options:',
    commandsTitle: 'Commands:',
    argumentsTitle: 'Arguments:',
    names: 'functions to upload (default: all)',
    acceptNames: 'functions to accept (default: all that somebody else deployed)',
    nothingToAccept:
      'There is nothing to accept: nobody else has deployed these functions here, or you have accepted it already. To dismiss a function that is gone, name it and leave out -e.',
    checkNames: 'functions to call (default: all that have `answers`)',
    invokeName: 'the function',
    historyName: 'the function; needed, unless with --forget',
    completeShell: 'bash, zsh, fish or powershell',
    invokeEvent: 'the event as JSON text, or - to read it from stdin (default: {})',
    examples: `Examples:
  tcb-watch                            upload on every save, and show what is live where
  tcb-watch push pay -e dev            upload one function to one environment, once
  tcb-watch --adopt                    start in a shared environment without replacing anything
  tcb-watch status                     show what is live where, and why the rest is not
  tcb-watch invoke pay '{"id": 1}' -e dev
  tcb-watch doctor                     check everything, and say how to fix each problem`,
    variables: `Variables:
  TCB_COMPONENT_ACCESS_TOKEN   the token, unless the configuration says otherwise
  TCB_WATCH_LANG               en or zh-CN; else LC_ALL, LC_MESSAGES, LANG
  TCB_WATCH_TRUST=1            the same as --trust
  TCB_WATCH_TIMESTAMPS=0       no times in plain lines
  TCB_WATCH_AMBIGUOUS_WIDTH=2  the same as --ambiguous-width 2
  NO_COLOR, CI, TERM=dumb      no colors; no questions and no monitor; plain ASCII lines
  HTTPS_PROXY, NO_PROXY        proxies, also in lower case`,
    exitCodes:
      'Exit codes: 0 all is live · 1 something is not live · 2 token or permission · 3 arguments or configuration ·\n  4 no such function or environment · 5 the cloud answers with errors · 6 local files · 130 interrupted again',
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
      commandFirst: (line) => `put the command first: tcb-watch ${line}`,
      useOnly: 'watch takes no function names. Use --only.',
      didYouMean: (name) => `Did you mean ${name}?`,
      eitherOr: (one, other) => `use ${one} or ${other}, not both.`,
      unknownShell: (shell, known) => `there is no completion for "${shell}". There is one for: ${known}.`,
    },
    watchOptionsTitle: 'Options of watch and push:',
    seeHelp: (line) => `Run ${line} --help to see the usage.`,
    configTrouble: (file, count) =>
      said(
        `${count === 1 ? 'a mistake' : `${count} mistakes`} in the configuration${file === null ? '' : ` ${file}`}:`,
      ),
    unmatched: {
      env: (value) => `The environment ${value} is not in \`envs\`. Add it, or choose another one.`,
      only: (value) =>
        `No function has a name that matches ${value}. Compare --only with the folders in the functions root.`,
      name: (value) =>
        `There is no function ${value}. Compare the name with the folders in the functions root.`,
      disabled: (value) => `The function ${value} is disabled. Set \`enabled\` to true in the configuration.`,
      together: (value) => `No function in any environment matches all of ${value}. Leave out one of them.`,
    },
    emulatorNeedsEnvs: said(
      'the emulator needs an environment. Name one with --env-id, or create watch.config.json.',
    ),
    emulatorListening: (url, token, envs) =>
      `emulator at   ${url}\ntoken         ${token}\nenvironments  ${envs}\nCtrl-C stops.`,
    emulatorStore: (folder) => `store         ${folder}`,
    portTaken: (port, code) =>
      said(`port ${port} cannot be used (${code}). Choose another one with --port, or 0 for any free port.`),
    storeTrouble: (folder, why) =>
      said(`the store ${folder} cannot be used (${why}). Choose another folder with --store.`),
    faultsTrouble: (file) => said(`the fault file ${file} cannot be used:`),
    overwriteTitle: 'These functions already exist in the cloud, and this project has never uploaded them:',
    overwriteGroup: (functions, envs, names) => `${plural(functions, 'function')} in ${envs}: ${names}`,
    overwriteMore: (groups) => `and ${plural(groups, 'other combination')} of functions and environments`,
    overwriteChoices:
      '  y  replace them with the local code\n  a  adopt them: they stay, and only what changes from now on is uploaded\n  n  end; none of these is uploaded\n',
    overwriteQuestion: 'Replace, adopt, or end? [y/a/N] ',
    overwriteRefused:
      'None of these was uploaded. To keep what is there and upload only what changes from now on, run tcb-watch --adopt.',
    yes: 'Yes',
    no: 'No',
    allowProtected: (envs, count) =>
      `Upload to the protected ${count === 1 ? 'environment' : 'environments'} ${envs}? (No: only the others.) [y/N] `,
    timedOut: (seconds) => `After ${seconds} s, not everything is live.`,
    stopping:
      'Stopping when the uploads in progress are done (at most 10 s). Press Ctrl-C again to quit now.',
    unwritable: (stream, code) =>
      said(
        `${stream} cannot be written (${code}). Free some disk space or redirect it elsewhere, then run the command again.`,
      ),
  },
  'zh-CN': {
    description: '每次保存时把微信云函数上传到所有开发环境，并显示各环境正在运行的版本。',
    commands: {
      watch: '上传有差异的函数，之后每次保存时自动上传，直到停止（默认命令）',
      push: '上传有差异的函数（或指定的函数），只执行一次，全部生效后退出',
      check: '用保存的事件调用已生效的函数，检查响应是否符合预期；不上传',
      status: '显示各环境生效的版本、未生效的函数及原因；如有 tcb-watch 在运行，则向它查询',
      invoke: '调用某个环境中的函数，并输出返回值',
      accept: '保留其他人部署的版本，本地下次修改后才上传；也可从列表中移除文件夹已删除的函数',
      stop: '停止正在运行的 tcb-watch，等同于 Ctrl-C',
      init: '根据项目中的文件生成 watch.config.json',
      doctor: '检查配置、token、网络、监听上限和各个函数，并说明如何修复',
      emulator: '单独运行本地云模拟器',
      trust: '列出此配置可能在本机执行的操作，由你确认是否信任',
      history: '列出函数上传过的版本、上传时间，以及各版本在哪里运行过',
      diff: '逐个文件对比已生效的版本与本地文件',
      undo: '重新上传之前运行的版本，并保持到你下次修改为止',
      complete: '输出 shell 补全脚本，用 Tab 键补全命令、选项和名称',
      mcp: '通过 MCP（stdio）向编程智能体提供同样的功能',
    },
    options: {
      config: '配置文件（默认：当前目录或最近上级目录中的 watch.config.json）',
      envId: '只处理这个环境（须已配置）；可多次指定',
      only: '只处理名称匹配的函数；可多次指定',
      endpoint: '接口地址，或 "emulator"',
      json: '标准输出每行一个 JSON 对象，诊断信息输出到标准错误',
      plain: '在终端中也输出纯文本行',
      problems: '只输出 file:line:column: error: text，供编辑器使用',
      readOnly: '只提供只读功能',
      allowProtected: '允许智能体操作受保护的环境（须在调用中明确指定）',
      ascii: '只使用 ASCII 符号和边框',
      ambiguousWidth: '箭头等符号在终端中占的列数：1（默认）或 2',
      dryRun: '只显示会上传什么、上传到哪里及原因，不实际上传',
      force: '已生效的函数也重新上传',
      yes: '不询问；允许上传到受保护的环境',
      trust: '仅本次运行信任 tcb-watch trust 列出的操作（或设置 TCB_WATCH_TRUST=1）',
      adopt: '首次启动：保留环境中已有的函数，之后只上传有修改的',
      acceptEnvId: '只处理这个环境（须已配置）；可多次指定',
      list: '列出你已信任的项目',
      forget: '撤销对此项目的信任',
      historyForget: '删除此函数（或所有函数）保留的版本',
      historyYes: '不询问',
      since: '把这个版本与本地文件、已生效的版本（-e）或另一版本（ID..ID）比较',
      to: '回到这个版本；disk：撤销回退，重新上传本地文件',
      stat: '只列出文件名和行数',
      files: '列出此函数打包和不打包的文件，以及对应的规则',
      invokeEnvId: '要调用的环境；配置了多个环境时必须指定',
      invokeJson: '在标准输出中输出一行 JSON：结果、日志和用时',
      check: '仅用于 push：全部生效后，用保存的事件调用函数，检查响应是否符合预期',
      event: '用这个已保存的事件调用；多次使用 --env-id 可对比各环境',
      invokeYes: '不询问，直接调用受保护环境中的函数',
      stdinEnds: '标准输入结束时正常退出，供启动 tcb-watch 的程序使用',
      initConfig: '要写入的文件（watch.config.json）',
      initEnvId: '要写入的环境；可多次指定',
      initYes: '不询问；不会覆盖已有文件',
      doctorYes: '不询问，直接创建缺少的链接',
      rid: '只查询这个请求在云端和本地的记录；rid 见云端返回的错误信息',
      timeout: '仅用于 push：持续重试的秒数',
      verbose: '逐条输出，不合并；并在标准错误中输出每个请求',
      statusVerbose: '每个目标单独列一行',
      help: '显示帮助；--help keys 显示监视器的按键',
      version: '显示版本',
      port: '监听端口（默认 0：任选空闲端口）',
      emulatorEnvId: '要模拟的环境（默认：已配置的环境）；可多次指定',
      token: '模拟器接受的 token（默认：随机生成）',
      latency: '每次响应前的延迟（毫秒）',
      deploy: '部署用时（毫秒）',
      faults: '描述要模拟的故障的 JSON 文件',
      store: '存放函数的文件夹',
      lenient: '放宽限制：云端会拒绝的代码也照常运行',
      inspect: '调用函数时，在此端口（9229）等待调试器连接',
      invokeInspect: '在模拟器的此端口（9229）等待调试器连接，不限时',
    },
    usage: '用法：',
    optionsTitle: '选项：',
    commandsTitle: '命令：',
    argumentsTitle: '参数：',
    names: '要上传的函数（默认：全部）',
    acceptNames: '要保留云端版本的函数（默认：其他人部署的全部函数）',
    nothingToAccept:
      '无需处理：没有其他人部署过这些函数，或已全部采用。如要不再列出已删除的函数，请写出函数名，且不加 -e。',
    checkNames: '要调用的函数（默认：所有设置了 `answers` 的函数）',
    invokeName: '函数名',
    historyName: '函数名；除非使用 --forget，否则必须指定',
    completeShell: 'bash、zsh、fish 或 powershell',
    invokeEvent: 'JSON 格式的事件，或用 - 从标准输入读取（默认：{}）',
    examples: `示例：
  tcb-watch                            每次保存自动上传，并显示各环境的状态
  tcb-watch push pay -e dev            把一个函数上传到一个环境，只上传一次
  tcb-watch --adopt                    在共享环境中启动，不覆盖任何已有版本
  tcb-watch status                     查看各环境的状态，以及未生效的原因
  tcb-watch invoke pay '{"id": 1}' -e dev
  tcb-watch doctor                     全面检查，并说明如何修复`,
    variables: `环境变量：
  TCB_COMPONENT_ACCESS_TOKEN   token（配置中另有指定时除外）
  TCB_WATCH_LANG               en 或 zh-CN；未设置时依次取 LC_ALL、LC_MESSAGES、LANG
  TCB_WATCH_TRUST=1            等同于 --trust
  TCB_WATCH_TIMESTAMPS=0       纯文本行不显示时间
  TCB_WATCH_AMBIGUOUS_WIDTH=2  等同于 --ambiguous-width 2
  NO_COLOR、CI、TERM=dumb      不用颜色；不询问、不显示监视器；只用 ASCII 纯文本
  HTTPS_PROXY、NO_PROXY        代理，也可小写`,
    exitCodes:
      '退出码：0 全部生效 · 1 有未生效的 · 2 token 或权限 · 3 参数或配置 ·\n  4 没有该函数或环境 · 5 云端返回错误 · 6 本地文件 · 130 再次中断，强制退出',
    keysTitle: '监视器（tcb-watch 在终端中显示）的按键：',
    mistakes: {
      unknownCommand: (command, known) =>
        `命令 "${command}" 不存在。${known === '' ? '' : `可用的命令：${known}。`}`,
      unknownOption: (option) => `选项 ${option} 不存在。`,
      tooMany: '参数过多。',
      missingValue: (option) => `选项 ${option} 需要一个值。`,
      missingArgument: (name) => `缺少参数 ${name}。`,
      invalidValue: (option, wanted) => `${option} 的值必须是${wanted}。`,
      values: { wholeNumber: '整数', oneOrTwo: ' 1 或 2', port: ' 0 到 65535' },
      notTaken: (command, option) => `${command} 不支持选项 ${option}。`,
      commandFirst: (line) => `请把命令写在最前面：tcb-watch ${line}`,
      useOnly: 'watch 不接受函数名，请用 --only 指定。',
      didYouMean: (name) => `你是不是想写 ${name}？`,
      eitherOr: (one, other) => `${one} 和 ${other} 不能同时使用。`,
      unknownShell: (shell, known) => `没有 "${shell}" 的补全脚本。可选：${known}。`,
    },
    watchOptionsTitle: 'watch 和 push 的选项：',
    seeHelp: (line) => `运行 ${line} --help 查看用法。`,
    configTrouble: (file, count) => said(`配置${file === null ? '' : ` ${file} `}有 ${count} 个错误：`),
    unmatched: {
      env: (value) => `环境 ${value} 不在 \`envs\` 中。请添加它，或选择其他环境。`,
      only: (value) => `没有名称匹配 ${value} 的函数。请对照函数根目录中的文件夹检查 --only。`,
      name: (value) => `函数 ${value} 不存在。请对照函数根目录中的文件夹检查名称。`,
      disabled: (value) => `函数 ${value} 已停用。请在配置中把 \`enabled\` 设为 true。`,
      together: (value) => `没有函数同时符合 ${value}。请去掉其中一个条件。`,
    },
    emulatorNeedsEnvs: said('模拟器需要一个环境。请用 --env-id 指定，或创建 watch.config.json。'),
    emulatorListening: (url, token, envs) =>
      `模拟器地址  ${url}\ntoken       ${token}\n环境        ${envs}\n按 Ctrl-C 停止。`,
    emulatorStore: (folder) => `数据目录    ${folder}`,
    portTaken: (port, code) =>
      said(`无法使用端口 ${port}（${code}）。请用 --port 换一个，或用 0 自动选择空闲端口。`),
    storeTrouble: (folder, why) => said(`无法使用数据目录 ${folder}（${why}）。请用 --store 换一个目录。`),
    faultsTrouble: (file) => said(`无法使用故障文件 ${file}：`),
    overwriteTitle: '云端已有以下函数，本项目从未上传过它们：',
    overwriteGroup: (functions, envs, names) => `${envs} 中的 ${functions} 个函数：${names}`,
    overwriteMore: (groups) => `另有 ${groups} 组函数与环境的组合`,
    overwriteChoices:
      '  y  用本地代码覆盖\n  a  采用云端版本：保持不变，之后只上传有修改的函数\n  n  退出，不上传以上函数\n',
    overwriteQuestion: '覆盖、采用还是退出？[y/a/N] ',
    overwriteRefused: '未上传以上函数。如需保留云端版本、之后只上传有修改的函数，请运行 tcb-watch --adopt。',
    yes: '是',
    no: '否',
    allowProtected: (envs) => `要上传到受保护的环境 ${envs} 吗？（否：只上传到其他环境）[y/N] `,
    timedOut: (seconds) => `已等待 ${seconds} 秒，仍有未生效的函数。`,
    stopping: '正在停止：等待进行中的上传完成（最多 10 秒）。再按一次 Ctrl-C 立即退出。',
    unwritable: (stream, code) =>
      said(`无法写入 ${stream}（${code}）。请释放磁盘空间，或换一个输出位置，然后重新运行。`),
  },
};
