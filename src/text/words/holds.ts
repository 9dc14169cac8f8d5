/** Why something that should be live is not, and what to do: one entry for each reason. */
import type { BuildFault, ContentProblem, Hold, NameRule } from '../../model/nouns.js';
import type { Catalogue } from '../language.js';
import { size } from '../text.js';
import { type Explanation, explain } from './explanation.js';
import type { Place } from './failures.js';

export type ProblemWords = {
  readonly [Reason in ContentProblem['reason']]: (
    problem: Extract<ContentProblem, { reason: Reason }>,
  ) => Explanation;
};

export type StateReason = Exclude<Hold['reason'], ContentProblem['reason'] | 'refused' | 'config' | 'quota'>;

export interface HoldWords {
  readonly problems: ProblemWords;
  readonly states: Readonly<Record<StateReason, (subject: string, place: Place) => Explanation>>;
  readonly names: Readonly<Record<NameRule, string>>;
}

function largest(problem: Extract<ContentProblem, { reason: 'too-big' }>): string {
  return problem.largest.map(({ path, bytes }) => `${path} ${size(bytes)}`).join(', ');
}

const namesEn: Readonly<Record<NameRule, string>> = {
  length: 'it must have 2 to 60 characters',
  characters: 'it may hold letters, digits, - and _ only',
  start: 'it must start with a letter',
  end: 'it must not end in - or _',
  'with-env': 'the environment’s id and it may have 118 characters at most',
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
  compiler: (output) =>
    explain(`The build failed.\n${output}`, 'Mend the source and save. The last good code stays live.'),
  'timed-out': (output) =>
    explain(
      `The build was not done after 5 minutes.\n${output}`,
      'Run it by hand to see why, then save again. The last good code stays live.',
    ),
  'no-esbuild': () =>
    explain(
      'It is built by esbuild, which is not installed.',
      'Run npm install --save-dev esbuild, then save again.',
    ),
  'no-source': (names) =>
    explain(
      `There is nothing to build: no ${names}.`,
      'Add one, or name the file as `main` in package.json.',
    ),
  'no-output': (folder) =>
    explain(`The build left no folder ${folder}.`, 'Make `build.output` the folder that the command fills.'),
};

const buildsZh: BuildWords = {
  compiler: (output) => explain(`构建失败。\n${output}`, '请修正源码并保存。云端仍运行上一份可用代码。'),
  'timed-out': (output) =>
    explain(
      `构建 5 分钟后仍未完成。\n${output}`,
      '请手动运行查看原因，然后重新保存。云端仍运行上一份可用代码。',
    ),
  'no-esbuild': () =>
    explain('它由 esbuild 构建，但尚未安装。', '请运行 npm install --save-dev esbuild，然后重新保存。'),
  'no-source': (names) =>
    explain(`没有可构建的文件：${names}。`, '请添加其一，或在 package.json 的 `main` 中指定文件。'),
  'no-output': (folder) =>
    explain(`构建没有生成文件夹 ${folder}。`, '请把 `build.output` 设为命令写入的文件夹。'),
};

export const holdWords: Catalogue<HoldWords> = {
  en: {
    names: namesEn,
    problems: {
      'no-entry': ({ expected }) =>
        explain(
          `There is no entry file (${expected.join(', ')}).`,
          'Put one at the top of the function. The old code still runs.',
        ),
      'too-big': (problem) =>
        explain(
          problem.measure === 'base64'
            ? `The upload would have ${problem.size} base64 characters; ${problem.limit} are allowed. Largest: ${largest(problem)}`
            : `Unzipped it has ${size(problem.size)}; ${size(problem.limit)} are allowed. Largest: ${largest(problem)}`,
          'Ignore what the function does not need (`ignore`, .tcbignore), or move it to cloud storage.',
        ),
      'bad-name': ({ rule }) =>
        explain(`The cloud refuses this name: ${namesEn[rule]}.`, 'Rename the folder.'),
      unreadable: ({ path, code }) =>
        code === 'ENOENT'
          ? explain(`${path} is not there.`, 'Bring it back, ignore it, or take it out of `shared`.')
          : explain(
              `${path} cannot be read (${code}).`,
              'Check its permissions, or ignore it. A change reads it again.',
            ),
      'outside-link': ({ path, target }) =>
        explain(
          `The link ${path} leaves the project (${target}).`,
          'Copy the file into the project, use `shared`, or ignore the link.',
        ),
      'link-loop': ({ path, target }) =>
        explain(`The link ${path} leads back to itself (${target}).`, 'Remove the link, or ignore it.'),
      clash: ({ path, other }) =>
        explain(`${path} and ${other} want the same place.`, 'Rename or remove one of them.'),
      'build-failed': ({ fault, output }) => buildsEn[fault](output),
      untrusted: () =>
        explain(
          'You have not agreed to its build yet, so it is not run.',
          'Run tcb-watch trust to see what it does and agree to it.',
        ),
      'root-gone': ({ root }) =>
        explain(
          `The functions root is gone: ${root}`,
          'Bring it back, and it goes on. Nothing changes in the cloud.',
        ),
      gone: ({ dir }) =>
        explain(
          `The folder is not there: ${dir}. Its old code, if any, still runs in the cloud.`,
          'Bring it back, mend its name in `functions`, or delete the function in the cloud console.',
        ),
    },
    states: {
      'git-busy': () =>
        explain(
          'git is changing the files.',
          'Nothing to do: it goes on after git. A lock left behind counts for 60 s.',
        ),
      settling: () => explain('Files are changing or being read.', 'Nothing to do.'),
      building: () => explain('It is being built.', 'Nothing to do: it goes on after the build.'),
      unlisted: () =>
        explain(
          'The environment has not said yet what it runs.',
          'Nothing to do: it is asked again, and uploads begin without its answer after 10 s.',
        ),
      throttled: () =>
        explain('The gateway asked to wait.', 'Nothing to do: it goes on when the time is over.'),
      paused: (_, place) =>
        explain(
          'Uploads are paused.',
          place === 'monitor' ? 'Press p to go on.' : 'Press p in the monitor to go on.',
        ),
      protected: () =>
        explain(
          'The environment matches `protectedEnvs`.',
          'Start with --yes, or answer the question on a terminal.',
        ),
      foreign: (modTime, place) =>
        explain(
          `Somebody else deployed this function (the cloud says ${modTime}).`,
          `Your next change replaces it, unless \`onForeignChange\` is "hold". To send yours now, ${place === 'monitor' ? 'press u' : 'run tcb-watch push NAME --force'}.`,
        ),
      token: () =>
        explain(
          'There is no token that the cloud accepts.',
          'Put a fresh component_access_token where `token` reads it. Uploads go on then.',
        ),
      offline: (detail) =>
        explain(
          `The cloud cannot be reached: ${detail}`,
          'Check the network, the proxy and `endpoint`. It goes on by itself.',
        ),
      missing: () =>
        explain(
          'The environment does not have this function, and `createMissing` is false.',
          'Create it in the console, or set `createMissing` to true. It is looked for every minute.',
        ),
      unverified: () =>
        explain(
          'The cloud accepted the code 5 minutes ago; it does not say that it runs.',
          'See the cloud console. It is asked for every minute.',
        ),
    },
  },
  'zh-CN': {
    names: namesZh,
    problems: {
      'no-entry': ({ expected }) =>
        explain(
          `没有入口文件（${expected.join('、')}）。`,
          '请在函数根目录放置入口文件。云端旧代码仍在运行。',
        ),
      'too-big': (problem) =>
        explain(
          problem.measure === 'base64'
            ? `上传内容有 ${problem.size} 个 base64 字符，上限为 ${problem.limit}。最大的文件：${largest(problem)}`
            : `解压后有 ${size(problem.size)}，上限为 ${size(problem.limit)}。最大的文件：${largest(problem)}`,
          '请忽略函数不需要的文件（`ignore`、.tcbignore），或移到云存储。',
        ),
      'bad-name': ({ rule }) => explain(`云端不接受此名称：${namesZh[rule]}。`, '请重命名文件夹。'),
      unreadable: ({ path, code }) =>
        code === 'ENOENT'
          ? explain(`${path} 不存在。`, '请恢复它、忽略它，或从 `shared` 中删去。')
          : explain(`无法读取 ${path}（${code}）。`, '请检查权限，或忽略它。变化后会重新读取。'),
      'outside-link': ({ path, target }) =>
        explain(
          `链接 ${path} 指向项目之外（${target}）。`,
          '请把文件复制到项目内，使用 `shared`，或忽略该链接。',
        ),
      'link-loop': ({ path, target }) =>
        explain(`链接 ${path} 指回自身（${target}）。`, '请删除或忽略该链接。'),
      clash: ({ path, other }) => explain(`${path} 与 ${other} 位置冲突。`, '请重命名或删除其中一个。'),
      'build-failed': ({ fault, output }) => buildsZh[fault](output),
      untrusted: () =>
        explain('您尚未确认其构建命令，因此不会运行。', '运行 tcb-watch trust 查看其内容并确认。'),
      'root-gone': ({ root }) =>
        explain(`函数根目录不存在了：${root}`, '请恢复它，之后自动继续。云端不会改动。'),
      gone: ({ dir }) =>
        explain(
          `文件夹不存在：${dir}。云端旧代码（如有）仍在运行。`,
          '请恢复它，更正 `functions` 中的名称，或在云控制台删除该函数。',
        ),
    },
    states: {
      'git-busy': () =>
        explain('git 正在修改文件。', '无需操作：git 完成后继续。无人持有的锁最多等待 60 秒。'),
      settling: () => explain('文件正在变化或读取中。', '无需操作。'),
      building: () => explain('正在构建。', '无需操作：构建完成后继续。'),
      unlisted: () =>
        explain('该环境尚未返回已有的函数。', '无需操作：会再次查询，10 秒后即使没有答复也会开始上传。'),
      throttled: () => explain('网关要求稍候。', '无需操作：等待结束后自动继续。'),
      paused: (_, place) =>
        explain('上传已暂停。', place === 'monitor' ? '按 p 继续。' : '在监视器中按 p 继续。'),
      protected: () => explain('该环境匹配 `protectedEnvs`。', '请用 --yes 启动，或在终端回答提问。'),
      foreign: (modTime, place) =>
        explain(
          `其他人部署过此函数（云端时间 ${modTime}）。`,
          `你的下一次修改会覆盖它，除非 \`onForeignChange\` 为 "hold"。要立即发送请${place === 'monitor' ? '按 u' : '运行 tcb-watch push NAME --force'}。`,
        ),
      token: () =>
        explain(
          '没有云端接受的 token。',
          '请把新的 component_access_token 放到 `token` 读取的位置，之后自动继续。',
        ),
      offline: (detail) =>
        explain(`无法连接云端：${detail}`, '请检查网络、代理和 `endpoint`。恢复后会自动继续。'),
      missing: () =>
        explain(
          '该环境没有此函数，且 `createMissing` 为 false。',
          '请在控制台创建，或把 `createMissing` 设为 true。每分钟查询一次。',
        ),
      unverified: () =>
        explain('云端 5 分钟前接受了代码，但尚未确认运行。', '请查看云控制台。每分钟查询一次。'),
    },
  },
};
