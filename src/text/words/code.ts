/** Why code cannot run in the cloud, and what to do. `doctor` and the notice at a save say the same. */
import type { CodeFault, CodeFaultKind } from '../../model/code-fault.js';
import type { Catalogue, Language } from '../language.js';
import { type Explanation, explain, saidOf } from './explanation.js';

/** `functions/pay/index.js:7:3`. */
export function placeOfFault({ path, line, column }: Pick<CodeFault, 'path' | 'line' | 'column'>): string {
  return `${path}:${line}:${column}`;
}

type FaultWords = { readonly [Kind in CodeFaultKind]: (fault: CodeFault<Kind>) => Explanation };

/** The remedy for what code names outside of its function. */
export const moveInside: Catalogue<string> = {
  en: 'Move it into the function, or add its folder to `shared` and refer to it as ./folder/….',
  'zh-CN': '请移到函数文件夹内，或把所在文件夹加入 `shared`，并用 ./文件夹/… 引用。',
};

/** Each goes on behind the place: `functions/pay/index.js:7:3 holds a merge conflict`. */
const words: Catalogue<FaultWords> = {
  en: {
    'conflict-marker': () =>
      explain('holds a merge conflict (<<<<<<<).', 'Resolve it: every call would fail.'),
    'syntax-error': ({ message }) =>
      explain(`cannot be parsed: ${message}`, 'Fix it: every call would fail.'),
    'module-syntax': () =>
      explain(
        'is an ES module (import, export), and the cloud loads it with require.',
        'Write it with require and exports, or set "build": "esbuild" for this function.',
      ),
    'missing-file': ({ named, where }) =>
      where === 'outside'
        ? explain(`requires ${named}, which is outside the function and not in the cloud.`, moveInside.en)
        : explain(
            `requires ${named}, which is not among the files that are sent.`,
            'Create it, correct the path, or run the build that makes it.',
          ),
    'wrong-case': ({ named, actual }) =>
      explain(
        `requires ${named}, but the file is ${actual}. In the cloud, capital and small letters differ.`,
        'Write the path as the file is named.',
      ),
    'undeclared-package': ({ name, development }) =>
      development
        ? explain(
            `requires ${name}, which is only in devDependencies. The cloud does not install those.`,
            `Move it to "dependencies" of the function’s package.json.`,
          )
        : explain(
            `requires ${name}, which the function’s package.json does not name, so the cloud does not install it.`,
            `Run npm install ${name} in the function’s folder.`,
          ),
    'local-package': ({ name, range }) =>
      explain(
        `takes ${name} from ${range}, which the cloud cannot reach.`,
        'Name a published version, pack the code with `shared`, or set "build": "esbuild" and make it a development dependency.',
      ),
    'broken-manifest': () =>
      explain(
        'is not valid JSON.',
        'Fix it (a comma too many?): nothing is installed, and every call would fail.',
      ),
    'no-main': () =>
      explain('exports no main, which is what the cloud calls.', 'Add exports.main = async (event) => {…}.'),
    'other-entry': () =>
      explain(
        'is the only entry of this function, and the cloud starts index.js.',
        'Make index.js its entry, written with require and exports, or set "build": "esbuild".',
      ),
  },
  'zh-CN': {
    'conflict-marker': () => explain('有未解决的合并冲突（<<<<<<<）。', '请解决冲突，否则每次调用都会失败。'),
    'syntax-error': ({ message }) => explain(`无法解析：${message}`, '请修正，否则每次调用都会失败。'),
    'module-syntax': () =>
      explain(
        '是 ES 模块（import、export），而云端用 require 加载它。',
        '请改用 require 和 exports，或为此函数设置 "build": "esbuild"。',
      ),
    'missing-file': ({ named, where }) =>
      where === 'outside'
        ? explain(`引用了 ${named}，它在函数文件夹之外，云端没有。`, moveInside['zh-CN'])
        : explain(`引用了 ${named}，要上传的文件中没有它。`, '请创建该文件、修正路径，或运行生成它的构建。'),
    'wrong-case': ({ named, actual }) =>
      explain(`引用了 ${named}，而文件名是 ${actual}。云端区分大小写。`, '请按文件的实际名称书写路径。'),
    'undeclared-package': ({ name, development }) =>
      development
        ? explain(
            `引用了 ${name}，它只在 devDependencies 中，云端不会安装。`,
            '请移到函数 package.json 的 "dependencies" 中。',
          )
        : explain(
            `引用了 ${name}，函数的 package.json 没有声明它，云端不会安装。`,
            `请在函数文件夹中运行 npm install ${name}。`,
          ),
    'local-package': ({ name, range }) =>
      explain(
        `声明的 ${name} 来自 ${range}，云端无法获取。`,
        '请改为已发布的版本，用 `shared` 打包其代码，或设置 "build": "esbuild" 并将其移到 devDependencies。',
      ),
    'broken-manifest': () =>
      explain('不是有效的 JSON。', '请修正（是否多了逗号？），否则依赖不会安装，每次调用都会失败。'),
    'no-main': () =>
      explain('没有导出 main，云端调用的正是它。', '请添加 exports.main = async (event) => {…}。'),
    'other-entry': () =>
      explain(
        '是此函数唯一的入口，而云端启动的是 index.js。',
        '请以 index.js 为入口，用 require 和 exports 书写，或设置 "build": "esbuild"。',
      ),
  },
};

/** @returns what is so, with its place, and what to do */
export function describeFault(fault: CodeFault, language: Language): Explanation {
  const { detail, hint }: Explanation = saidOf(words[language], fault.kind, fault);
  return { detail: `${placeOfFault(fault)} ${detail}`, hint };
}
