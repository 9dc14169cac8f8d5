/** What `init` says, and the comments in the file that it writes. */
import type { Catalogue } from '../language.js';
import { said } from '../text.js';

export interface InitWords {
  readonly looking: (folder: string) => string;
  readonly read: (files: string) => string;
  readonly nothingRead: string;
  readonly functions: (names: string, count: number) => string;
  readonly noFunctions: string;
  readonly roots: (roots: string) => string;
  readonly env: (written: string, file: string) => string;
  readonly shared: (name: string, functions: string) => string;
  readonly build: (name: string, how: string) => string;
  readonly ignore: (patterns: string) => string;
  readonly all: string;
  readonly notes: {
    readonly unreadable: (file: string, code: string) => string;
    readonly notUnderstood: (file: string, line: number | null) => string;
    readonly computed: (file: string, line: number) => string;
    readonly rootMissing: (file: string, root: string) => string;
    readonly patternRegexp: (file: string, pattern: string) => string;
    readonly patternNeeded: (file: string, pattern: string) => string;
    readonly variableUnset: (file: string, name: string) => string;
    readonly productionLeft: (file: string) => string;
    readonly esbuildAbsent: (functions: string) => string;
  };
  readonly askRoot: string;
  readonly rootNotThere: (root: string) => string;
  readonly askEnvs: string;
  readonly noEnvs: string;
  readonly badEnv: (id: string) => string;
  readonly askOverwrite: (file: string) => string;
  readonly exists: (file: string) => string;
  readonly needsEnvs: string;
  readonly needsFunctions: string;
  readonly stopped: string;
  readonly unwritable: (file: string, code: string) => string;
  readonly wrote: (file: string) => string;
  readonly wroteInvalid: (file: string) => string;
  readonly next: (command: string) => string;
  readonly nextToken: (variable: string) => string;
  readonly nextTry: (command: string) => string;
  /** Above the keys of the file. */
  readonly comments: {
    readonly head: string;
    readonly functionsRoot: string;
    readonly envs: string;
    readonly protectedEnvs: string;
    readonly endpoint: string;
    readonly emulator: string;
    readonly token: readonly string[];
    readonly ignore: string;
    readonly shared: string;
    readonly functions: string;
  };
}

export const initWords: Catalogue<InitWords> = {
  en: {
    looking: (folder) => `Looking at ${folder}`,
    read: (files) => `Read          ${files}`,
    nothingRead: 'Read          no project.config.json or cloudbaserc, but the folders',
    functions: (names, count) => `Functions     ${count}: ${names}`,
    noFunctions: 'Functions     none: no folder here holds an index.js that exports main',
    roots: (roots) => `Functions in  ${roots}`,
    env: (written, file) => `Environment   ${written}   (${file})`,
    shared: (name, functions) => `Shared        ${name}/ is carried by ${functions}`,
    build: (name, how) => `Build         ${name} by ${how}`,
    ignore: (patterns) => `Left out      ${patterns}`,
    all: 'all functions',
    notes: {
      unreadable: (file, code) => `${file} cannot be read (${code}). Check its permissions.`,
      notUnderstood: (file, line) =>
        `${file}${line === null ? '' : `, line ${line}`}: not understood, so not used. Check the result.`,
      computed: (file, line) =>
        `${file}, line ${line}: the value is computed. The file is not run, so write the value yourself.`,
      rootMissing: (file, root) => `${file} names the folder ${root}, which is not there. It was left out.`,
      patternRegexp: (file, pattern) =>
        `${file} ignores by the expression ${pattern}, which a gitignore pattern cannot say. Add one to "ignore".`,
      patternNeeded: (file, pattern) =>
        `${file} ignores ${pattern}, which functions need to start. It was left out of "ignore".`,
      variableUnset: (file, name) =>
        `${file} takes the environment from ${name}, which has no value. Set it in .env, or use --env-id.`,
      productionLeft: (file) =>
        `${file} is for production, so its environment was left out. Add it to "envs" if you mean it.`,
      esbuildAbsent: (functions) =>
        `${functions}: TypeScript is built by esbuild. Get it with: npm install --save-dev esbuild`,
    },
    askRoot: 'Which folder holds the functions?',
    rootNotThere: (root) => `There is no folder ${root}.`,
    askEnvs: 'Which environments? Their ids, with blanks between them',
    noEnvs: 'At least one id is needed. The cloud console shows it.',
    badEnv: (id) => `${id} is not an environment id: letters, digits, - and _ only.`,
    askOverwrite: (file) => `${file} is there already. Replace it?`,
    exists: (file) =>
      said(`${file} is there already and stays. Move it away, or write another with --config FILE.`),
    needsEnvs: said(
      'no environment id was found. Name one with --env-id ID (from the cloud console), or take --endpoint emulator.',
    ),
    needsFunctions: said(
      'no functions were found here. Run it in your project, or make cloudfunctions/hello/index.js first.',
    ),
    stopped: 'Nothing was written.',
    unwritable: (file, code) => said(`${file} cannot be written (${code}). Check the folder’s permissions.`),
    wrote: (file) => `Wrote ${file}; it is valid.`,
    wroteInvalid: (file) => `Wrote ${file}, and it has mistakes. Mend these:`,
    next: (command) => `Next: ${command}`,
    nextToken: (variable) =>
      `First put your component_access_token into the variable ${variable} (or say where it is: "token").`,
    nextTry: (command) => `Without an account: ${command}`,
    comments: {
      head: 'Written by tcb-watch init. Every key: node_modules/tcb-watch/docs/configuration.md; editors complete and check.',
      functionsRoot: 'Each folder in here with an index.js (.mjs, .cjs, or a main) is one function.',
      envs: 'Every function goes to all of these environments.',
      protectedEnvs: 'Environments of such names need --yes, or an answer (the default).',
      endpoint: 'The base address of the API.',
      emulator: 'The embedded cloud, without account or token. Take this line out for the real one.',
      token: [
        'Where the component_access_token is read. Never write the token itself here. Other places:',
        '{ "file": "~/.tcb/token" }, { "command": "redis-cli GET …" }, { "url": "https://…", "pointer": "/data/token" }',
      ],
      ignore:
        'Left out of every function (gitignore syntax), besides node_modules, .env*, *.log and the like.',
      shared: "Folders in the functions root that are packed into these functions, for require('./name/…').",
      functions: 'What single functions need differently.',
    },
  },
  'zh-CN': {
    looking: (folder) => `正在查看 ${folder}`,
    read: (files) => `已读取   ${files}`,
    nothingRead: '已读取   没有 project.config.json 和 cloudbaserc，只看文件夹',
    functions: (names, count) => `云函数   ${count} 个：${names}`,
    noFunctions: '云函数   未找到：没有文件夹含有导出 main 的 index.js',
    roots: (roots) => `函数目录 ${roots}`,
    env: (written, file) => `环境     ${written}（${file}）`,
    shared: (name, functions) => `共享     ${name}/ 由 ${functions} 使用`,
    build: (name, how) => `构建     ${name} 使用 ${how}`,
    ignore: (patterns) => `不打包   ${patterns}`,
    all: '所有函数',
    notes: {
      unreadable: (file, code) => `无法读取 ${file}（${code}）。请检查权限。`,
      notUnderstood: (file, line) =>
        `${file}${line === null ? '' : ` 第 ${line} 行`}：无法识别，未采用。请手动核对结果。`,
      computed: (file, line) => `${file} 第 ${line} 行：值由代码计算。该文件不会被执行，请自行填写。`,
      rootMissing: (file, root) => `${file} 中的文件夹 ${root} 不存在，已略过。`,
      patternRegexp: (file, pattern) =>
        `${file} 用正则 ${pattern} 忽略文件，无法写成 gitignore 规则。请自行添加到 "ignore"。`,
      patternNeeded: (file, pattern) => `${file} 忽略了 ${pattern}，但函数启动需要它，未写入 "ignore"。`,
      variableUnset: (file, name) =>
        `${file} 的环境取自变量 ${name}，但它没有值。请在 .env 中设置，或使用 --env-id。`,
      productionLeft: (file) => `${file} 用于生产，其环境未写入。如确有需要，请添加到 "envs"。`,
      esbuildAbsent: (functions) =>
        `${functions}：TypeScript 由 esbuild 构建。安装：npm install --save-dev esbuild`,
    },
    askRoot: '云函数在哪个文件夹？',
    rootNotThere: (root) => `没有文件夹 ${root}。`,
    askEnvs: '上传到哪些环境？请填写环境 ID，用空格分隔',
    noEnvs: '至少需要一个环境 ID，可在云开发控制台查看。',
    badEnv: (id) => `${id} 不是环境 ID：只能包含字母、数字、- 和 _。`,
    askOverwrite: (file) => `${file} 已存在。替换它吗？`,
    exists: (file) => said(`${file} 已存在，未改动。请先移走，或用 --config FILE 写到别处。`),
    needsEnvs: said('未找到环境 ID。请用 --env-id ID 指定（见云开发控制台），或使用 --endpoint emulator。'),
    needsFunctions: said('此处没有云函数。请在项目文件夹中运行，或先创建 cloudfunctions/hello/index.js。'),
    stopped: '未写入任何内容。',
    unwritable: (file, code) => said(`无法写入 ${file}（${code}）。请检查文件夹权限。`),
    wrote: (file) => `已写入 ${file}，检查通过。`,
    wroteInvalid: (file) => `已写入 ${file}，但有错误，请修正：`,
    next: (command) => `下一步：${command}`,
    nextToken: (variable) =>
      `请先把 component_access_token 放入变量 ${variable}（或用 "token" 说明它在哪里）。`,
    nextTry: (command) => `没有账号时：${command}`,
    comments: {
      head: '由 tcb-watch init 生成。全部配置项见 node_modules/tcb-watch/docs/configuration.zh-CN.md，编辑器可补全和检查。',
      functionsRoot: '此文件夹中每个含有 index.js（.mjs、.cjs 或 main）的子文件夹是一个云函数。',
      envs: '每个函数都上传到这些环境。',
      protectedEnvs: '名称匹配的环境需要 --yes 或回答提问（默认值）。',
      endpoint: '接口地址。',
      emulator: '内置的本地云：无需账号和 token。使用真实云时请删除此行。',
      token: [
        '从哪里读取 component_access_token。切勿把 token 本身写在这里。其他来源：',
        '{ "file": "~/.tcb/token" }、{ "command": "redis-cli GET …" }、{ "url": "https://…", "pointer": "/data/token" }',
      ],
      ignore: '所有函数都不打包的文件（gitignore 语法）；node_modules、.env*、*.log 等无需列出。',
      shared: "函数目录中被打包进这些函数的共享文件夹，使 require('./名称/…') 可用。",
      functions: '个别函数的不同设置。',
    },
  },
};
