/** The words of `init`, and the comments in the file that it writes. */
import type { ProjectNote, ProjectNoteKind } from '../../model/project-note.js';
import type { Catalogue } from '../language.js';
import { listOf, said } from '../text.js';

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
  readonly events: (name: string, file: string) => string;
  readonly all: string;
  readonly notes: { readonly [Kind in ProjectNoteKind]: (note: ProjectNote<Kind>) => string };
  readonly askRoot: string;
  readonly rootNotThere: (root: string) => string;
  readonly askEnvs: string;
  readonly noEnvs: string;
  readonly badEnv: (id: string) => string;
  readonly askOverwrite: (file: string) => string;
  readonly exists: (file: string) => string;
  readonly isLink: (file: string) => string;
  readonly needsEnvs: string;
  readonly needsFunctions: string;
  readonly stopped: string;
  readonly unwritable: (file: string, code: string) => string;
  readonly askCalled: (names: string) => string;
  readonly askEditor: string;
  readonly editorWrote: (file: string) => string;
  /** A file of VS Code that nothing can be added to. */
  readonly editorUnreadable: (file: string) => string;
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
    readonly answers: string;
    readonly functions: string;
  };
}

export const initWords: Catalogue<InitWords> = {
  en: {
    looking: (folder) => `Looking at ${folder}`,
    read: (files) => `Read          ${files}`,
    nothingRead: 'Read          folders only: there is no project.config.json or cloudbaserc',
    functions: (names, count) => `Functions     ${count}: ${names}`,
    noFunctions: 'Functions     none: no folder here has an index.js that exports main',
    roots: (roots) => `Functions in  ${roots}`,
    env: (written, file) => `Environment   ${written}   (${file})`,
    shared: (name, functions) => `Shared        ${name}/ is packed into ${functions}`,
    build: (name, how) => `Build         ${name} with ${how}`,
    ignore: (patterns) => `Left out      ${patterns}`,
    events: (name, file) => `Events        ${name} in ${file}`,
    all: 'all functions',
    notes: {
      unreadable: ({ file, code }) => `${file} cannot be read (${code}). Check its permissions.`,
      'not-understood': ({ file, line }) =>
        `${file}${line === null ? '' : `, line ${line}`}: could not be read, so it was ignored. Check the result.`,
      computed: ({ file, line }) =>
        `${file}, line ${line}: the value is computed by code, which is not run. Fill in the value yourself.`,
      'root-missing': ({ file, root }) =>
        `${file} names the folder ${root}, which does not exist. It was left out.`,
      'pattern-left': ({ file, pattern, why }) =>
        why === 'regexp'
          ? `${file} ignores files by the expression ${pattern}, which cannot be written as a gitignore pattern. Add a pattern to \`ignore\`.`
          : `${file} ignores ${pattern}, which functions need to start. It was not added to \`ignore\`.`,
      placeholder: ({ file, value }) =>
        `${file}: ${value} is a placeholder and not an environment id. Everything else in it was used. Give the id with --env-id, or fill it in there.`,
      'odd-value': ({ file, key }) =>
        `${file}: the value of ${key} was not understood and was left out. Everything else in it was used. Check the result.`,
      'variable-unset': ({ file, name }) =>
        `${file} reads the environment from the variable ${name}, which is not set. Set it in .env, or use --env-id.`,
      'production-left': ({ file }) =>
        `${file} is for production, so its environment was left out. Add it to \`envs\` if you want it.`,
      'esbuild-absent': ({ functions }) =>
        `${listOf(functions, 'en')}: TypeScript is built with esbuild. Install it: npm install --save-dev esbuild`,
    },
    askRoot: 'Which folder holds the functions?',
    rootNotThere: (root) => `The folder ${root} does not exist.`,
    askEnvs: 'Which environments? Enter their ids, separated by spaces',
    noEnvs: 'At least one id is required. The cloud console shows it.',
    badEnv: (id) => `${id} is not an environment id: letters, digits, - and _ only.`,
    askOverwrite: (file) => `${file} already exists. Replace it?`,
    exists: (file) =>
      said(
        `${file} already exists and was not changed. Move it away, or write to another file with --config.`,
      ),
    isLink: (file) =>
      said(
        `${file} is a link, and what it points to was not changed. Remove the link, or write to another file with --config.`,
      ),
    needsEnvs: said(
      'no environment id was found. Give one with --env-id (see the cloud console), or use --endpoint emulator.',
    ),
    needsFunctions: said(
      'no functions were found here. Run init in your project folder, or create cloudfunctions/hello/index.js first.',
    ),
    stopped: 'Nothing was written.',
    askCalled: (names) =>
      `Call ${names} with their saved events after each save, in every environment that is not protected? Whatever they write, they write.`,
    askEditor: 'Add a task and breakpoints for VS Code to .vscode? Nothing there is overwritten.',
    editorWrote: (file) => `Wrote ${file}`,
    editorUnreadable: (file) => `${file} cannot be read as VS Code’s own, so nothing was added to it.`,
    unwritable: (file, code) => said(`${file} cannot be written (${code}). Check the folder’s permissions.`),
    wrote: (file) => `Wrote ${file}; it is valid.`,
    wroteInvalid: (file) => `Wrote ${file}, but it has mistakes. Fix these:`,
    next: (command) => `Next: ${command}`,
    nextToken: (variable) =>
      `First put your component_access_token in the environment variable ${variable} (or point \`token\` to another place).`,
    nextTry: (command) => `Without an account: ${command}`,
    comments: {
      head: 'Written by tcb-watch init. All keys: node_modules/tcb-watch/docs/configuration.md. Editors complete and check them.',
      functionsRoot:
        'Each folder in here with an index.js (.mjs, .cjs, or `main` in package.json) is a function.',
      envs: 'Every function is uploaded to all of these environments.',
      protectedEnvs:
        'Environments with matching names are protected: uploads need --yes or a confirmation (the default list).',
      endpoint: 'The base address of the API.',
      emulator: 'The embedded local cloud, without account or token. Remove this line to use the real one.',
      token: [
        'Where the component_access_token is read from. Never write the token itself here. Other sources:',
        '{ "file": "~/.tcb/token" }, { "command": "redis-cli GET …" }, { "url": "https://…", "pointer": "/data/token" },',
        '{ "wxcomponent": { "url": "https://…", "username": "…", "password": "${WXCOMPONENT_PASSWORD}" } }',
      ],
      ignore:
        'Left out of every function (gitignore syntax), in addition to node_modules, .env*, *.log and the like.',
      shared: "Folders in the functions root that are packed into these functions, for require('./name/…').",
      answers:
        'Uploads of functions with `answers` carry a small helper that says which code answers, and what it prints.',
      functions: 'Settings of single functions. `answers`: called with their saved events after each save.',
    },
  },
  'zh-CN': {
    looking: (folder) => `正在查看 ${folder}`,
    read: (files) => `已读取   ${files}`,
    nothingRead: '已读取   仅文件夹：没有 project.config.json 或 cloudbaserc',
    functions: (names, count) => `云函数   ${count} 个：${names}`,
    noFunctions: '云函数   未找到：没有任何文件夹含有导出 main 的 index.js',
    roots: (roots) => `函数目录 ${roots}`,
    env: (written, file) => `环境     ${written}（${file}）`,
    shared: (name, functions) => `共享     ${name}/ 打包进 ${functions}`,
    build: (name, how) => `构建     ${name} 使用 ${how}`,
    ignore: (patterns) => `不打包   ${patterns}`,
    events: (name, file) => `事件     ${name}，位于 ${file}`,
    all: '所有函数',
    notes: {
      unreadable: ({ file, code }) => `无法读取 ${file}（${code}）。请检查权限。`,
      'not-understood': ({ file, line }) =>
        `${file}${line === null ? '' : ` 第 ${line} 行`}：无法识别，已忽略。请核对结果。`,
      computed: ({ file, line }) => `${file} 第 ${line} 行：值由代码计算得出，而代码不会被执行。请自行填写。`,
      'root-missing': ({ file, root }) => `${file} 中的文件夹 ${root} 不存在，已忽略。`,
      'pattern-left': ({ file, pattern, why }) =>
        why === 'regexp'
          ? `${file} 用正则 ${pattern} 忽略文件，无法写成 gitignore 规则。请自行在 \`ignore\` 中添加规则。`
          : `${file} 忽略了 ${pattern}，但函数启动需要它，因此未写入 \`ignore\`。`,
      placeholder: ({ file, value }) =>
        `${file} 中的 ${value} 是占位符，不是环境 ID；其余内容已采用。请用 --env-id 指定，或在该文件中填写。`,
      'odd-value': ({ file, key }) => `${file} 中 ${key} 的值无法识别，已忽略；其余内容已采用。请核对结果。`,
      'variable-unset': ({ file, name }) =>
        `${file} 中的环境取自变量 ${name}，但该变量未设置。请在 .env 中设置，或使用 --env-id。`,
      'production-left': ({ file }) =>
        `${file} 是生产环境的配置，因此未写入其中的环境。如确有需要，请添加到 \`envs\`。`,
      'esbuild-absent': ({ functions }) =>
        `${listOf(functions, 'zh-CN')}：TypeScript 使用 esbuild 构建。请安装：npm install --save-dev esbuild`,
    },
    askRoot: '云函数在哪个文件夹？',
    rootNotThere: (root) => `文件夹 ${root} 不存在。`,
    askEnvs: '上传到哪些环境？请填写环境 ID，用空格分隔',
    noEnvs: '至少需要一个环境 ID，可在云开发控制台查看。',
    badEnv: (id) => `${id} 不是环境 ID：只能包含字母、数字、- 和 _。`,
    askOverwrite: (file) => `${file} 已存在，要覆盖吗？`,
    exists: (file) => said(`${file} 已存在，保持不变。请先移走，或用 --config 写到其他文件。`),
    isLink: (file) =>
      said(`${file} 是一个链接，它指向的文件保持不变。请先删除该链接，或用 --config 写到其他文件。`),
    needsEnvs: said('未找到环境 ID。请用 --env-id 指定（见云开发控制台），或使用 --endpoint emulator。'),
    needsFunctions: said(
      '此处没有云函数。请在项目文件夹中运行 init，或先创建 cloudfunctions/hello/index.js。',
    ),
    stopped: '未写入任何内容。',
    askCalled: (names) =>
      `每次保存后，在所有不受保护的环境中用已保存的事件调用 ${names}？函数中的写操作会真正执行。`,
    askEditor: '在 .vscode 中添加 VS Code 的任务和断点配置？不会覆盖已有内容。',
    editorWrote: (file) => `已写入 ${file}`,
    editorUnreadable: (file) => `${file} 不是可识别的 VS Code 文件，因此没有添加内容。`,
    unwritable: (file, code) => said(`无法写入 ${file}（${code}）。请检查文件夹权限。`),
    wrote: (file) => `已写入 ${file}，检查通过。`,
    wroteInvalid: (file) => `已写入 ${file}，但有错误，请修正：`,
    next: (command) => `下一步：${command}`,
    nextToken: (variable) =>
      `请先把 component_access_token 写入环境变量 ${variable}（或修改 \`token\`，从其他位置读取）。`,
    nextTry: (command) => `没有账号？试试：${command}`,
    comments: {
      head: '由 tcb-watch init 生成。全部配置项见 node_modules/tcb-watch/docs/configuration.zh-CN.md，编辑器可补全和检查。',
      functionsRoot:
        '此文件夹中，每个含有 index.js（.mjs、.cjs，或 package.json 的 `main`）的子文件夹是一个云函数。',
      envs: '每个函数都上传到这些环境。',
      protectedEnvs: '匹配这些名称的环境受保护：上传前需 --yes 或确认（默认值）。',
      endpoint: '接口地址。',
      emulator: '内置的本地模拟器，无需账号和 token。使用真实云端时请删除此行。',
      token: [
        'component_access_token 的来源。切勿把 token 本身写在这里。其他来源：',
        '{ "file": "~/.tcb/token" }、{ "command": "redis-cli GET …" }、{ "url": "https://…", "pointer": "/data/token" },',
        '{ "wxcomponent": { "url": "https://…", "username": "…", "password": "${WXCOMPONENT_PASSWORD}" } }',
      ],
      ignore: '所有函数都不打包的文件（gitignore 语法）；node_modules、.env*、*.log 等已内置，无需列出。',
      shared: "函数根目录中的共享文件夹，会打包进这些函数，可用 require('./名称/…') 引用。",
      answers: '含有 `answers` 的函数在上传时附带一个辅助文件，用来确认由哪个版本响应、输出了什么。',
      functions: '个别函数的设置。`answers`：每次保存后用已保存的事件调用。',
    },
  },
};
