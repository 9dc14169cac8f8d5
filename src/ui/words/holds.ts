/** Why something that should be live is not, and what to do: one entry for each reason of the contract. */
import type { BuildFault, ContentProblem, Hold, NameRule } from '../../core/model.js';
import type { Catalogue } from '../language.js';
import type { Place } from './failures.js';

export interface Explanation {
  /** What happened, to what. */
  readonly detail: string;
  /** What to do now. */
  readonly hint: string;
}

type ProblemWords = {
  readonly [Reason in ContentProblem['reason']]: (
    problem: Extract<ContentProblem, { reason: Reason }>,
  ) => Explanation;
};

type StateReason = Exclude<Hold['reason'], ContentProblem['reason'] | 'refused' | 'config' | 'quota'>;

export interface HoldWords {
  readonly problems: ProblemWords;
  readonly states: Readonly<Record<StateReason, (subject: string, place: Place) => Explanation>>;
  readonly names: Readonly<Record<NameRule, string>>;
}

function kilobytes(bytes: number): string {
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

function largest(problem: Extract<ContentProblem, { reason: 'too-big' }>): string {
  return problem.largest.map(({ path, bytes }) => `${path} ${kilobytes(bytes)}`).join(', ');
}

const namesEn: Readonly<Record<NameRule, string>> = {
  length: 'it must have 2 to 60 characters',
  characters: 'it may hold letters, digits, - and _ only',
  start: 'it must start with a letter',
  end: 'it must not end in - or _',
  'with-env': 'the environment’s id and the name together may have 118 characters at most',
};

const namesZh: Readonly<Record<NameRule, string>> = {
  length: '长度须为 2 到 60 个字符',
  characters: '只能包含字母、数字、- 和 _',
  start: '必须以字母开头',
  end: '不能以 - 或 _ 结尾',
  'with-env': '环境 ID 加函数名总长不能超过 118 个字符',
};

type BuildWords = Readonly<Record<BuildFault, (output: string) => Explanation>>;

const buildsEn: BuildWords = {
  compiler: (output) => ({
    detail: `The build failed.\n${output}`,
    hint: 'Mend the source and save. The last good code stays live.',
  }),
  'timed-out': (output) => ({
    detail: `The build was not done after 5 minutes.\n${output}`,
    hint: 'Run it by hand to see where it stays, then save again. The last good code stays live.',
  }),
  'no-esbuild': () => ({
    detail: 'It is built by esbuild, which is not installed.',
    hint: 'Run npm install --save-dev esbuild, then save again.',
  }),
  'no-source': (names) => ({
    detail: `There is nothing to build: no ${names}.`,
    hint: 'Put one of these into the function, or name the file as `main` in its package.json.',
  }),
  'no-output': (folder) => ({
    detail: `The build left no folder ${folder}.`,
    hint: 'Make `build.output` the folder that the command fills.',
  }),
};

const buildsZh: BuildWords = {
  compiler: (output) => ({
    detail: `构建失败。\n${output}`,
    hint: '请修正源码并保存。云端仍运行上一份可用代码。',
  }),
  'timed-out': (output) => ({
    detail: `构建 5 分钟后仍未完成。\n${output}`,
    hint: '请手动运行以查看卡在哪里，然后重新保存。云端仍运行上一份可用代码。',
  }),
  'no-esbuild': () => ({
    detail: '它由 esbuild 构建，但尚未安装。',
    hint: '请运行 npm install --save-dev esbuild，然后重新保存。',
  }),
  'no-source': (names) => ({
    detail: `没有可构建的文件：${names}。`,
    hint: '请在函数中放置其中之一，或在其 package.json 的 `main` 中指定文件。',
  }),
  'no-output': (folder) => ({
    detail: `构建没有生成文件夹 ${folder}。`,
    hint: '请把 `build.output` 设为命令写入的文件夹。',
  }),
};

export const holdWords: Catalogue<HoldWords> = {
  en: {
    names: namesEn,
    problems: {
      'no-entry': ({ expected }) => ({
        detail: `There is no entry file (${expected.join(', ')}).`,
        hint: 'Put one at the top of the function. The old code still runs in the cloud.',
      }),
      'too-big': (problem) => ({
        detail:
          problem.measure === 'base64'
            ? `The upload would have ${problem.size} base64 characters; ${problem.limit} are allowed. Largest: ${largest(problem)}`
            : `Unzipped it has ${kilobytes(problem.size)}; ${kilobytes(problem.limit)} are allowed. Largest: ${largest(problem)}`,
        hint: 'Ignore what the function does not need (`ignore`, .tcbignore), or move it to cloud storage.',
      }),
      'bad-name': ({ rule }) => ({
        detail: `The cloud does not accept this name: ${namesEn[rule]}.`,
        hint: 'Rename the folder.',
      }),
      unreadable: ({ path, code }) => ({
        detail: `${path} cannot be read (${code}).`,
        hint: 'Check its permissions, or ignore it. It is read again when it changes.',
      }),
      'outside-link': ({ path, target }) => ({
        detail: `The link ${path} leaves the project (${target}).`,
        hint: 'Copy the file into the project, use `shared`, or ignore the link.',
      }),
      'link-loop': ({ path, target }) => ({
        detail: `The link ${path} leads back to itself (${target}).`,
        hint: 'Remove the link, or ignore it.',
      }),
      clash: ({ path, other }) => ({
        detail: `${path} and ${other} want the same place.`,
        hint: 'Rename or remove one of them.',
      }),
      'build-failed': ({ fault, output }) => buildsEn[fault](output),
      'root-gone': ({ root }) => ({
        detail: `The functions root is gone: ${root}`,
        hint: 'Bring it back. Nothing is changed in the cloud, and it goes on by itself.',
      }),
      gone: ({ dir }) => ({
        detail: `The folder is gone: ${dir}. The old code still runs in the cloud.`,
        hint: 'Bring the folder back, or delete the function in the cloud console.',
      }),
    },
    states: {
      'git-busy': () => ({
        detail: 'git is changing the files.',
        hint: 'Nothing to do: it goes on when git is done. A lock that nobody holds counts for 60 s.',
      }),
      settling: () => ({ detail: 'Files are changing or being read.', hint: 'Nothing to do.' }),
      paused: (_, place) => ({
        detail: 'Uploads are paused.',
        hint: place === 'monitor' ? 'Press p to go on.' : 'Press p in the monitor to go on.',
      }),
      protected: () => ({
        detail: 'The environment matches `protectedEnvs`.',
        hint: 'Start with --yes, or answer the question on a terminal.',
      }),
      foreign: (modTime, place) => ({
        detail: `Somebody else deployed this function (the cloud says ${modTime}).`,
        hint: `Your next change replaces it, unless \`onForeignChange\` is "hold". To send yours now, ${place === 'monitor' ? 'press u' : 'run tcb-watch push --force'}.`,
      }),
      token: () => ({
        detail: 'There is no token that the cloud accepts.',
        hint: 'Put a fresh component_access_token where `token` reads it. Uploads go on by themselves then.',
      }),
      offline: (detail) => ({
        detail: `The cloud cannot be reached: ${detail}`,
        hint: 'Check the network, the proxy and `endpoint`. It goes on by itself.',
      }),
      missing: () => ({
        detail: 'The environment does not have this function, and `createMissing` is false.',
        hint: 'Create the function in the console, or set `createMissing` to true. It is looked for once a minute.',
      }),
      unverified: () => ({
        detail: 'The cloud accepted the code 5 minutes ago and has not said that it runs.',
        hint: 'Look at the function in the cloud console. It is asked for once a minute.',
      }),
    },
  },
  'zh-CN': {
    names: namesZh,
    problems: {
      'no-entry': ({ expected }) => ({
        detail: `没有入口文件（${expected.join('、')}）。`,
        hint: '请在函数根目录放置入口文件。云端旧代码仍在运行。',
      }),
      'too-big': (problem) => ({
        detail:
          problem.measure === 'base64'
            ? `上传内容有 ${problem.size} 个 base64 字符，上限为 ${problem.limit}。最大的文件：${largest(problem)}`
            : `解压后有 ${kilobytes(problem.size)}，上限为 ${kilobytes(problem.limit)}。最大的文件：${largest(problem)}`,
        hint: '请忽略函数不需要的文件（`ignore`、.tcbignore），或移到云存储。',
      }),
      'bad-name': ({ rule }) => ({
        detail: `云端不接受此名称：${namesZh[rule]}。`,
        hint: '请重命名文件夹。',
      }),
      unreadable: ({ path, code }) => ({
        detail: `无法读取 ${path}（${code}）。`,
        hint: '请检查权限，或忽略它。变化后会重新读取。',
      }),
      'outside-link': ({ path, target }) => ({
        detail: `链接 ${path} 指向项目之外（${target}）。`,
        hint: '请把文件复制到项目内，使用 `shared`，或忽略该链接。',
      }),
      'link-loop': ({ path, target }) => ({
        detail: `链接 ${path} 指回自身（${target}）。`,
        hint: '请删除或忽略该链接。',
      }),
      clash: ({ path, other }) => ({
        detail: `${path} 与 ${other} 位置冲突。`,
        hint: '请重命名或删除其中一个。',
      }),
      'build-failed': ({ fault, output }) => buildsZh[fault](output),
      'root-gone': ({ root }) => ({
        detail: `函数根目录不存在了：${root}`,
        hint: '请恢复它。云端不会有任何改动，恢复后自动继续。',
      }),
      gone: ({ dir }) => ({
        detail: `文件夹不存在了：${dir}。云端旧代码仍在运行。`,
        hint: '请恢复文件夹，或在云控制台删除该函数。',
      }),
    },
    states: {
      'git-busy': () => ({
        detail: 'git 正在修改文件。',
        hint: '无需操作：git 完成后继续。无人持有的锁最多等待 60 秒。',
      }),
      settling: () => ({ detail: '文件正在变化或读取中。', hint: '无需操作。' }),
      paused: (_, place) => ({
        detail: '上传已暂停。',
        hint: place === 'monitor' ? '按 p 继续。' : '在监视器中按 p 继续。',
      }),
      protected: () => ({
        detail: '该环境匹配 `protectedEnvs`。',
        hint: '请用 --yes 启动，或在终端回答提问。',
      }),
      foreign: (modTime, place) => ({
        detail: `其他人部署过此函数（云端时间 ${modTime}）。`,
        hint: `你的下一次修改会覆盖它，除非 \`onForeignChange\` 为 "hold"。要立即发送请${place === 'monitor' ? '按 u' : '运行 tcb-watch push --force'}。`,
      }),
      token: () => ({
        detail: '没有云端接受的 token。',
        hint: '请把新的 component_access_token 放到 `token` 读取的位置，之后会自动继续上传。',
      }),
      offline: (detail) => ({
        detail: `无法连接云端：${detail}`,
        hint: '请检查网络、代理和 `endpoint`。恢复后会自动继续。',
      }),
      missing: () => ({
        detail: '该环境没有此函数，且 `createMissing` 为 false。',
        hint: '请在控制台创建该函数，或把 `createMissing` 设为 true。每分钟会查询一次。',
      }),
      unverified: () => ({
        detail: '云端 5 分钟前接受了代码，但尚未确认运行。',
        hint: '请在云控制台查看该函数。每分钟会查询一次。',
      }),
    },
  },
};
