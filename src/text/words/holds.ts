/** Why something that should be live is not, and what to do: one entry for each reason of `held`. */
import type { BuildFault, ContentProblem, Hold, NameRule } from '../../model/nouns.js';
import type { Catalogue } from '../language.js';
import { short, size } from '../text.js';
import { describeFault } from './code.js';
import { type Explanation, explain } from './explanation.js';
import type { Place } from './failures.js';
import { unreadableEn, unreadableZh } from './unreadable.js';

export type ProblemWords = {
  readonly [Reason in ContentProblem['reason']]: (
    problem: Extract<ContentProblem, { reason: Reason }>,
    whose: Whose,
  ) => Explanation;
};

/** Where it is read, and of which function it is; null: that is not known here. */
export interface Whose {
  readonly place: Place;
  readonly function: string | null;
}

export type StateReason = Exclude<Hold['reason'], ContentProblem['reason'] | 'refused' | 'config' | 'quota'>;

/** The values that the words of a state may need. */
export interface StateDetails {
  /** The hold's subject: a time, a repository, what the network said; empty where there is none. */
  readonly subject: string;
  readonly place: Place;
  /** Whom it is about; null: everything alike. `env` null: all of the function's environments. */
  readonly about: { readonly function: string; readonly env: string | null } | null;
  /** Where a fresh token goes, as a sentence without its end. */
  readonly token: string;
}

export interface HoldWords {
  readonly problems: ProblemWords;
  readonly states: Readonly<Record<StateReason, (details: StateDetails) => Explanation>>;
  /** Lists of an environment fail. @param accepted the code was taken there, and waits to be seen to run */
  readonly listFails: (failure: string, accepted: boolean) => string;
}

function largest(problem: Extract<ContentProblem, { reason: 'too-big' }>, comma: string): string {
  return problem.largest.map(({ path, bytes }) => `${path} ${size(bytes)}`).join(comma);
}

/** How an operation of git ends. */
function endingOf(operation: string): string {
  return operation === 'bisect'
    ? 'git bisect reset'
    : `git ${operation} --continue, git ${operation} --abort`;
}

/** The command that sends this target whatever runs there. */
function forcedPush(details: StateDetails): string {
  return `tcb-watch push${targetOf(details)} --force`;
}

/** The command that leaves there what somebody else deployed. */
function acceptance(details: StateDetails): string {
  return `tcb-watch accept${targetOf(details)}`;
}

/** The command that takes a function off the list whose folder is gone. */
function dismissal({ function: name }: Whose): string {
  return `tcb-watch accept${name === null ? '' : ` ${name}`}`;
}

function targetOf({ about }: StateDetails): string {
  if (about === null) return '';
  return ` ${about.function}${about.env === null ? '' : ` --env-id ${about.env}`}`;
}

/** The command that goes back there. */
function undoTo({ about }: Pick<StateDetails, 'about'>, to: string): string {
  const target =
    about === null ? ' NAME' : ` ${about.function}${about.env === null ? '' : ` --env-id ${about.env}`}`;
  return `tcb-watch undo${target} --to ${to}`;
}

const namesEn: Readonly<Record<NameRule, string>> = {
  length: 'it must have 2 to 60 characters',
  characters: 'it may contain only letters, digits, - and _',
  start: 'it must start with a letter',
  end: 'it must not end with - or _',
  'with-env': 'together with the environment id it may have at most 118 characters',
};

const namesZh: Readonly<Record<NameRule, string>> = {
  length: '长度须为 2 到 60 个字符',
  characters: '只能包含字母、数字、- 和 _',
  start: '必须以字母开头',
  end: '不能以 - 或 _ 结尾',
  'with-env': '与环境 ID 合计不能超过 118 个字符',
};

type BuildWords = Readonly<Record<BuildFault, (output: string) => Explanation>>;

const buildsEn: BuildWords = {
  compiler: (output) =>
    explain(`The build failed.\n${output}`, 'Fix the source and save. The last good code stays live.'),
  'timed-out': (output) =>
    explain(
      `The build did not finish within 5 minutes.\n${output}`,
      'Run it by hand to see why, then save again. The last good code stays live.',
    ),
  'no-esbuild': () =>
    explain(
      'The function is built with esbuild, which is not installed.',
      'Run npm install --save-dev esbuild, then save again.',
    ),
  'no-source': (names) =>
    explain(`There is nothing to build: no ${names}.`, 'Add one, or set `main` in package.json.'),
  'no-output': (folder) =>
    explain(
      `The build did not create the folder ${folder}.`,
      'Set `build.output` to the folder that the command writes to.',
    ),
  unsettled: (file) =>
    explain(
      `The build changes its own source ${file} each time it runs, so it never finishes.`,
      'Make it write that file elsewhere, or ignore the file (`ignore`, .tcbignore).',
    ),
};

const buildsZh: BuildWords = {
  compiler: (output) => explain(`构建失败。\n${output}`, '请修正源码后保存。云端仍运行上一版可用的代码。'),
  'timed-out': (output) =>
    explain(
      `构建超过 5 分钟仍未完成。\n${output}`,
      '请手动运行构建查明原因，然后重新保存。云端仍运行上一版可用的代码。',
    ),
  'no-esbuild': () =>
    explain(
      '该函数使用 esbuild 构建，但未安装 esbuild。',
      '请运行 npm install --save-dev esbuild，然后重新保存。',
    ),
  'no-source': (names) =>
    explain(
      `没有可构建的源文件：${names.replaceAll(', ', '、')}。`,
      '请添加其中一个，或在 package.json 中设置 `main`。',
    ),
  'no-output': (folder) =>
    explain(`构建没有生成文件夹 ${folder}。`, '请把 `build.output` 设为构建命令写入的文件夹。'),
  unsettled: (file) =>
    explain(
      `构建每次运行都会修改自己的源文件 ${file}，因此一直无法完成。`,
      '请让构建把该文件写到别处，或忽略它（`ignore`、.tcbignore）。',
    ),
};

export const holdWords: Catalogue<HoldWords> = {
  en: {
    listFails: (failure, accepted) =>
      accepted
        ? `The cloud accepted the code, but cannot be asked whether it runs: ${failure}`
        : `The environment cannot be asked what it runs: ${failure}`,
    problems: {
      'no-entry': ({ expected }) =>
        explain(
          `There is no entry file (${expected.join(', ')}).`,
          'Add one at the top of the function. The previous code, if any, still runs.',
        ),
      'too-big': (problem) =>
        explain(
          problem.measure === 'base64'
            ? `The upload would have ${problem.size} base64 characters; the limit is ${problem.limit}. Largest files: ${largest(problem, ', ')}`
            : `Unzipped, the function has ${size(problem.size)}; the limit is ${size(problem.limit)}. Largest files: ${largest(problem, ', ')}`,
          'Leave out what the function does not need (`ignore`, .tcbignore), or move it to cloud storage.',
        ),
      'bad-name': ({ rule }) =>
        explain(`The cloud does not accept this name: ${namesEn[rule]}.`, 'Rename the folder.'),
      unreadable: unreadableEn,
      'outside-link': ({ path, target }) =>
        explain(
          `The link ${path} points outside the project (${target}).`,
          'Copy the file into the project, use `shared`, or ignore the link.',
        ),
      'link-loop': ({ path, target }) =>
        explain(`The link ${path} points back to itself (${target}).`, 'Remove the link, or ignore it.'),
      clash: ({ path, other }) =>
        explain(
          `${path} and ${other} conflict: only one of them can have this name.`,
          'Rename or remove one of them.',
        ),
      'build-failed': ({ fault, output }) => buildsEn[fault](output),
      secret: ({ what, file, line, column, more, allow }) =>
        explain(
          `${line === null ? file : `${file}:${line}:${column}`} ${what === 'private-key' ? 'holds a private key' : 'holds the token of a package registry (_authToken)'}, so the function is not uploaded.${more === 0 ? '' : ` ${more === 1 ? '1 more file does' : `${more} more files do`}, too.`}`,
          `Keep it in the function’s environment variables (cloud console) and ignore the file. To upload it all the same, add the line ${allow.pattern} to ${allow.file}.`,
        ),
      'cannot-run': ({ fault }) => {
        const { detail, hint } = describeFault(fault, 'en');
        return explain(detail, `${hint} It is held because \`onCannotRun\` is "hold".`);
      },
      untrusted: () =>
        explain(
          'The build is not run, because you have not agreed to this configuration yet.',
          'Run tcb-watch trust to see what it does and agree to it.',
        ),
      'root-gone': ({ root }) =>
        explain(
          `The functions root does not exist: ${root}`,
          'Restore it, and syncing resumes. Nothing changes in the cloud.',
        ),
      gone: ({ dir }, whose) =>
        explain(
          `The folder does not exist: ${dir}. The previous code, if any, still runs in the cloud.`,
          `Restore it, or correct its entry in \`functions\`, if it has one. If it is not needed, delete it in the cloud console, and ${whose.place === 'monitor' ? 'press A' : `run ${dismissal(whose)}`} to take it off this list.`,
        ),
    },
    states: {
      'git-busy': ({ subject }) =>
        subject === ''
          ? explain(
              'git is changing the files.',
              'Nothing to do: uploads resume when git is done. A leftover lock blocks for at most 60 s.',
            )
          : explain(
              `A git ${subject} is in progress.`,
              `Finish or abort it (${endingOf(subject)}): uploads then resume automatically. push --force uploads now.`,
            ),
      settling: () => explain('Files are changing or being read.', 'Nothing to do.'),
      building: () => explain('It is being built.', 'Nothing to do: it is uploaded after the build.'),
      unlisted: ({ subject }) =>
        subject === 'asked'
          ? explain(
              'tcb-watch is listing the functions of the environment.',
              'Nothing to do: if uploads would overwrite code, tcb-watch asks first.',
            )
          : explain(
              'The environment has not said yet what it runs.',
              'Nothing to do: it is asked again, and uploads start without its answer after 10 s.',
            ),
      throttled: () =>
        explain('The gateway asked to wait.', 'Nothing to do: uploads resume when the time is over.'),
      paused: ({ place }) =>
        explain(
          'Uploads are paused.',
          place === 'monitor' ? 'Press p to resume.' : 'Press p in the monitor to resume.',
        ),
      protected: ({ place }) =>
        explain(
          'The environment is protected (`protectedEnvs`).',
          place === 'monitor'
            ? 'Press y to allow uploads to it.'
            : 'Run tcb-watch again with --yes, or confirm on a terminal.',
        ),
      undone: ({ subject, about, place }) =>
        explain(
          `Version ${short(subject)} runs here, as you asked, and not what is on disk.`,
          `Your next change is uploaded as usual. To upload what is on disk now, ${place === 'monitor' ? 'press U.' : `run: ${undoTo({ about }, 'disk')}`}`,
        ),
      foreign: (details) =>
        explain(
          `Somebody else deployed this function (${details.subject}, Beijing time).`,
          details.place === 'monitor'
            ? 'Press A to keep it, u to replace it now. Your next change replaces it, unless `onForeignChange` is "hold".'
            : `To keep it, run ${acceptance(details)}; to replace it now, run ${forcedPush(details)}. Your next change replaces it, unless \`onForeignChange\` is "hold".`,
        ),
      token: ({ token }) =>
        explain('There is no token that the cloud accepts.', `${token}. Uploads then resume automatically.`),
      offline: ({ subject }) =>
        explain(
          `The cloud cannot be reached: ${subject}`,
          'Check the network, the proxy and `endpoint`. Uploads then resume automatically.',
        ),
      missing: () =>
        explain(
          'The environment does not have this function, and `createMissing` is false.',
          'Create it in the cloud console, or set `createMissing` to true. tcb-watch checks every minute.',
        ),
      unverified: () =>
        explain(
          'The cloud accepted the code 5 minutes ago and has not confirmed that it runs.',
          'Look in the cloud console. tcb-watch checks every minute.',
        ),
    },
  },
  'zh-CN': {
    listFails: (failure, accepted) =>
      accepted ? `云端已接收代码，但无法查询是否生效：${failure}` : `无法查询该环境运行的版本：${failure}`,
    problems: {
      'no-entry': ({ expected }) =>
        explain(
          `缺少入口文件（${expected.join('、')}）。`,
          '请在函数根目录添加入口文件。旧代码（如有）仍在运行。',
        ),
      'too-big': (problem) =>
        explain(
          problem.measure === 'base64'
            ? `上传内容有 ${problem.size} 个 base64 字符，上限为 ${problem.limit}。最大的文件：${largest(problem, '、')}`
            : `解压后大小为 ${size(problem.size)}，上限为 ${size(problem.limit)}。最大的文件：${largest(problem, '、')}`,
          '请忽略函数不需要的文件（`ignore`、.tcbignore），或改存到云存储。',
        ),
      'bad-name': ({ rule }) => explain(`云端不接受此名称：${namesZh[rule]}。`, '请重命名文件夹。'),
      unreadable: unreadableZh,
      'outside-link': ({ path, target }) =>
        explain(
          `链接 ${path} 指向项目之外（${target}）。`,
          '请把文件复制到项目内、使用 `shared`，或忽略该链接。',
        ),
      'link-loop': ({ path, target }) =>
        explain(`链接 ${path} 指回自身（${target}）。`, '请删除或忽略该链接。'),
      clash: ({ path, other }) =>
        explain(`${path} 与 ${other} 重名，只能保留一个。`, '请重命名或删除其中一个。'),
      'build-failed': ({ fault, output }) => buildsZh[fault](output),
      secret: ({ what, file, line, column, more, allow }) =>
        explain(
          `${line === null ? file : `${file}:${line}:${column}`} 含有${what === 'private-key' ? '私钥' : '软件包仓库的 token（_authToken）'}，因此没有上传该函数。${more === 0 ? '' : `另有 ${more} 个文件也是如此。`}`,
          `请改用函数的环境变量（云开发控制台），并忽略该文件。如果确实要上传，请在 ${allow.file} 中加一行 ${allow.pattern}。`,
        ),
      'cannot-run': ({ fault }) => {
        const { detail, hint } = describeFault(fault, 'zh-CN');
        return explain(detail, `${hint}由于 \`onCannotRun\` 为 "hold"，暂不上传。`);
      },
      untrusted: () =>
        explain(
          '你尚未信任此配置，因此没有运行构建。',
          '请运行 tcb-watch trust 查看它会做什么，并确认信任。',
        ),
      'root-gone': ({ root }) =>
        explain(`函数根目录不存在：${root}`, '请恢复该目录，之后自动继续同步。云端不受影响。'),
      gone: ({ dir }, whose) =>
        explain(
          `文件夹不存在：${dir}。云端旧代码（如有）仍在运行。`,
          `请恢复该文件夹，或更正它在 \`functions\` 中的条目（如有）。如已不需要，可在云开发控制台删除该函数，并${whose.place === 'monitor' ? '按 A' : `运行 ${dismissal(whose)}`} 从列表中移除。`,
        ),
    },
    states: {
      'git-busy': ({ subject }) =>
        subject === ''
          ? explain('git 正在修改文件。', '无需操作：git 完成后自动继续。残留的锁最多等 60 秒。')
          : explain(
              `git ${subject} 正在进行中。`,
              `请完成或中止它（${endingOf(subject)}），之后自动继续上传。要立即上传，请运行 push --force。`,
            ),
      settling: () => explain('文件正在变化，或正在读取。', '无需操作。'),
      building: () => explain('正在构建。', '无需操作：构建完成后自动上传。'),
      unlisted: ({ subject }) =>
        subject === 'asked'
          ? explain('正在查询该环境已有的函数。', '无需操作：如果上传会覆盖代码，会先询问。')
          : explain('该环境尚未返回函数列表。', '无需操作：会再次查询；如果 10 秒内仍无响应，也会开始上传。'),
      throttled: () => explain('网关要求稍后再试。', '无需操作：等待结束后自动继续上传。'),
      paused: ({ place }) =>
        explain('上传已暂停。', place === 'monitor' ? '按 p 继续。' : '请在监视器中按 p 继续。'),
      protected: ({ place }) =>
        explain(
          '该环境受保护（`protectedEnvs`）。',
          place === 'monitor' ? '按 y 允许上传到该环境。' : '请加 --yes 重新运行，或在终端中确认。',
        ),
      undone: ({ subject, about, place }) =>
        explain(
          `按你的要求，这里运行的是版本 ${short(subject)}，而不是本地文件。`,
          `你下次修改后会照常上传。要现在上传本地文件，请${place === 'monitor' ? '按 U。' : `运行：${undoTo({ about }, 'disk')}`}`,
        ),
      foreign: (details) =>
        explain(
          `其他人部署了此函数（北京时间 ${details.subject}）。`,
          details.place === 'monitor'
            ? '按 A 保留它，按 u 立即覆盖。你下次修改后会覆盖它，除非 `onForeignChange` 为 "hold"。'
            : `要保留它，请运行 ${acceptance(details)}；要立即覆盖，请运行 ${forcedPush(details)}。你下次修改后会覆盖它，除非 \`onForeignChange\` 为 "hold"。`,
        ),
      token: ({ token }) => explain('没有可用的 token。', `${token}，更新后自动继续上传。`),
      offline: ({ subject }) =>
        explain(`无法连接云端：${subject}`, '请检查网络、代理和 `endpoint`。恢复后自动继续上传。'),
      missing: () =>
        explain(
          '该环境没有此函数，且 `createMissing` 为 false。',
          '请在云开发控制台创建，或把 `createMissing` 设为 true。每分钟检查一次。',
        ),
      unverified: () =>
        explain('云端 5 分钟前已接收代码，但至今没有确认生效。', '请在云开发控制台查看。每分钟检查一次。'),
    },
  },
};
