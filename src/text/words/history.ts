/** Words of `history`, `diff` and `undo`. */
import type { Catalogue } from '../language.js';
import { afterChinese, amongChinese, plural, sentences } from '../text.js';

/** Why lines of a file are not shown. */
type Unshown = 'binary' | 'large' | 'different' | 'unavailable';

export interface HistoryWords {
  readonly title: (name: string, endpoint: string, count: number) => string;
  readonly none: (name: string, endpoint: string) => string;
  readonly off: string;
  readonly damaged: (count: number) => string;
  readonly files: (count: number) => string;
  /** @param digits the first ones of a commit */
  readonly commit: (digits: string, dirty: boolean | null) => string;
  readonly ranSince: (env: string, time: string) => string;
  readonly ran: (env: string, from: string, to: string) => string;
  /** Between runs, each of which names environments. */
  readonly betweenRuns: string;
  readonly moreRuns: (count: number) => string;
  readonly neverLive: string;
  readonly noVersion: (name: string, id: string) => string;
  readonly manyVersions: (id: string, ids: string) => string;
  readonly knownIds: (ids: string) => string;
  readonly forgetQuestion: (name: string | null) => string;
  readonly forgotten: (name: string | null) => string;
  /** @param trouble what the system says */
  readonly notForgotten: (trouble: string) => string;
  readonly needsName: string;
  readonly disk: string;
  /** @param from, to a version, or the disk */
  readonly same: (from: string, to: string) => string;
  readonly differ: (count: number, from: string, to: string) => string;
  readonly live: (id: string) => string;
  readonly foreign: (time: string) => string;
  readonly foreignHint: (name: string, id: string) => string;
  readonly unknown: string;
  readonly unknownHint: string;
  readonly unkept: (id: string) => string;
  readonly unkeptHint: string;
  readonly added: string;
  readonly removed: string;
  readonly executable: (isExecutable: boolean) => string;
  readonly unshown: Readonly<Record<Unshown, string>>;
  readonly sizes: (before: string, after: string) => string;
  readonly built: string;
  /** @param from null: not known, or somebody else's */
  readonly undoStep: (name: string, env: string, from: string | null, to: string) => string;
  readonly versionOf: (id: string, time: string | null) => string;
  /** @param guarded the protected environments among them; empty: none */
  readonly undoQuestion: (guarded: string) => string;
  readonly differencesOf: (name: string) => string;
  readonly undoOf: (name: string) => string;
  /** @param ours the version of ours that somebody else's deployment took the place of */
  readonly replaced: (ours: string) => string;
  /** @param ids of the versions; null: back to what is on disk */
  readonly askUndo: (name: string, envs: string, ids: string | null) => string;
  readonly guarded: (envs: string) => string;
  readonly undoing: (name: string, envs: string, ids: string | null) => string;
  readonly noUndo: Readonly<
    Record<
      'nothing-before' | 'not-kept' | 'runs-already' | 'not-undone',
      /** @param since when the oldest version that is kept was sent; null: none is kept */
      (name: string, env: string, since: string | null) => string
    >
  >;
}

/** The content that a step back uploads: versions by their ids; null: what is on disk. */
const contentEn = (name: string, ids: string | null): string =>
  ids === null ? `${name} from the disk` : `version ${ids} of ${name}`;
const contentZh = (name: string, ids: string | null): string =>
  ids === null ? `本地的 ${name}` : `${name} 的版本 ${ids}`;

export const historyWords: Catalogue<HistoryWords> = {
  en: {
    title: (name, endpoint, count) => `${plural(count, 'version')} of ${name} for ${endpoint}:`,
    none: (name, endpoint) =>
      `No version of ${name} for ${endpoint} is kept. Versions are kept from the next upload on.`,
    off: 'Nothing new is kept: `history` is false in the configuration.',
    damaged: (count) => `${plural(count, 'damaged version')} cannot be used.`,
    files: (count) => plural(count, 'file'),
    commit: (digits, dirty) => `${digits}${dirty === true ? ' + changes' : ''}`,
    ranSince: (env, time) => `${env} since ${time}`,
    ran: (env, from, to) => `${env} ${from} to ${to}`,
    betweenRuns: ', ',
    moreRuns: (count) => `and ${count} more`,
    neverLive: 'never live',
    noVersion: (name, id) => `There is no version ${id} of ${name}.`,
    manyVersions: (id, ids) => `${id} may be any of ${ids}. Give more digits.`,
    knownIds: (ids) => `There are: ${ids}.`,
    forgetQuestion: (name) =>
      `Delete all kept versions of ${name ?? 'all functions'}? They cannot be restored. [y/N] `,
    forgotten: (name) => `All kept versions${name === null ? '' : ` of ${name}`} were deleted.`,
    notForgotten: (trouble) =>
      `Not all of it could be deleted: ${trouble}. Fix the permissions of .tcb-watch/history, or remove that folder yourself.`,
    needsName: 'Name a function, as in: tcb-watch history pay',
    disk: 'the disk',
    same: (from, to) => `no difference between ${from} and ${to}`,
    differ: (count, from, to) => `${plural(count, 'file')} changed from ${from} to ${to}`,
    live: (id) => `${id} (live)`,
    foreign: (time) => `Somebody else deployed at ${time} (Beijing time), and that code is not known here.`,
    foreignHint: (name, id) => `To see what of yours it replaced, run: tcb-watch diff ${name} --since ${id}`,
    unknown: 'The code that runs there is not known.',
    unknownHint: 'It is known after the next upload.',
    unkept: (id) => `Version ${id} is live, but is not kept in .tcb-watch/history.`,
    unkeptHint: 'Versions are kept from the next upload on.',
    added: 'added',
    removed: 'removed',
    executable: (isExecutable) => (isExecutable ? 'now executable' : 'no longer executable'),
    unshown: {
      binary: 'binary',
      large: 'too large to compare',
      different: 'too different to compare',
      unavailable: 'content not available',
    },
    sizes: (before, after) => `${before} to ${after}`,
    built: 'This function is built: the disk stands for what the last build made.',
    undoStep: (name, env, from, to) =>
      `${name} → ${env}: ${to} replaces ${from ?? 'code that is not known here'}`,
    versionOf: (id, time) => (time === null ? id : `${id} of ${time}`),
    undoQuestion: (guarded) =>
      guarded === '' ? 'Upload it? [y/N] ' : `${guarded}: protected. Upload it all the same? [y/N] `,
    differencesOf: (name) => `${name}: what is live, compared with the disk`,
    undoOf: (name) => `${name}: what an undo changes`,
    replaced: (ours) => `It replaced your version ${ours}.`,
    askUndo: (name, envs, ids) => `Upload ${contentEn(name, ids)} to ${envs}?`,
    guarded: (envs) => `Protected: ${envs}.`,
    undoing: (name, envs, ids) => `Uploading ${contentEn(name, ids)} to ${envs}.`,
    noUndo: {
      'nothing-before': (name, env, since) =>
        since === null
          ? `${name} → ${env}: nothing to go back to. No version is kept yet; versions are kept from the next upload on.`
          : `${name} → ${env}: nothing to go back to. Versions are kept since ${since}. To choose one yourself, run tcb-watch history ${name}, then tcb-watch undo ${name} --to ID.`,
      'not-kept': (name, env) =>
        `${name} → ${env}: the version to go back to is not kept here. To choose another one, run tcb-watch history ${name}, then tcb-watch undo ${name} --to ID.`,
      'runs-already': (name, env) => `${name} → ${env}: this version already runs there.`,
      'not-undone': (name, env) => `${name} → ${env}: nothing was undone there.`,
    },
  },
  'zh-CN': {
    title: (name, endpoint, count) => `${name} 在 ${endpoint} 的 ${count} 个版本：`,
    none: (name, endpoint) => `没有保留 ${name} 在 ${endpoint} 的任何版本。下次上传起会保留。`,
    off: '不再保留新版本：配置中的 `history` 为 false。',
    damaged: (count) => `${count} 个版本已损坏，无法使用。`,
    files: (count) => `${count} 个文件`,
    commit: (digits, dirty) => `${digits}${dirty === true ? '（有未提交的修改）' : ''}`,
    ranSince: (env, time) => `${env}：${time} 起`,
    ran: (env, from, to) => `${env}：${from} 至 ${to}`,
    betweenRuns: '；',
    moreRuns: (count) => `另有 ${count} 条运行记录`,
    neverLive: '从未生效',
    noVersion: (name, id) => `${name} 没有版本 ${id}。`,
    manyVersions: (id, ids) => `${id} 对应多个版本：${ids}，请多输入几位。`,
    knownIds: (ids) => `可用的版本：${ids}。`,
    forgetQuestion: (name) =>
      `删除${amongChinese(name ?? '所有函数')}保留的全部版本吗？删除后无法恢复。[y/N] `,
    forgotten: (name) => (name === null ? '已删除全部保留的版本。' : `已删除 ${name} 保留的全部版本。`),
    notForgotten: (trouble) =>
      `未能全部删除：${trouble}。请修正 .tcb-watch/history 的权限，或自行删除该文件夹。`,
    needsName: '请指定函数，例如：tcb-watch history pay',
    disk: '本地文件',
    same: (from, to) => sentences(from, `与${to}相同`),
    differ: (count, from, to) => sentences(from, `与${to}相比，有 ${count} 个文件不同`),
    live: (id) => `${id}（已生效）`,
    foreign: (time) => `其他人于北京时间 ${time} 部署过，本地没有其代码。`,
    foreignHint: (name, id) => `要查看它替换了你的哪些内容，请运行：tcb-watch diff ${name} --since ${id}`,
    unknown: '该环境运行的版本未知。',
    unknownHint: '下次上传后即可确定。',
    unkept: (id) => `版本 ${id} 已生效，但 .tcb-watch/history 中没有保留其内容。`,
    unkeptHint: '下次上传起会保留。',
    added: '新增',
    removed: '删除',
    executable: (isExecutable) => (isExecutable ? '变为可执行' : '不再可执行'),
    unshown: {
      binary: '二进制文件',
      large: '过大，未比较',
      different: '差异过大，未比较',
      unavailable: '内容不可用',
    },
    sizes: (before, after) => `${before} → ${after}`,
    built: '此函数需要构建：本地文件指上次构建的产物。',
    undoStep: (name, env, from, to) =>
      `${name} → ${env}：${from === null ? '来源未知的代码' : `${from} `}替换为${afterChinese(to)}`,
    versionOf: (id, time) => (time === null ? id : `${id}（${time}）`),
    undoQuestion: (guarded) =>
      guarded === '' ? '要上传吗？[y/N] ' : `${guarded} 是受保护的环境，仍要上传吗？[y/N] `,
    differencesOf: (name) => `${name}：已生效的版本与本地文件的差异`,
    undoOf: (name) => `${name}：回退会改变的内容`,
    replaced: (ours) => `它替换了你的版本 ${ours}。`,
    askUndo: (name, envs, ids) => `把${afterChinese(contentZh(name, ids))} 上传到 ${envs} 吗？`,
    guarded: (envs) => `${envs} 受保护。`,
    undoing: (name, envs, ids) => `正在把${afterChinese(contentZh(name, ids))} 上传到 ${envs}。`,
    noUndo: {
      'nothing-before': (name, env, since) =>
        since === null
          ? `${name} → ${env}：没有可回退的版本。目前还没有保留任何版本，从下次上传起开始保留。`
          : `${name} → ${env}：没有可回退的版本。版本从 ${since} 起保留。要自行选择版本，请先运行 tcb-watch history ${name}，再运行 tcb-watch undo ${name} --to ID。`,
      'not-kept': (name, env) =>
        `${name} → ${env}：没有保留要回退到的版本。要选择其他版本，请运行 tcb-watch history ${name}，再运行 tcb-watch undo ${name} --to ID。`,
      'runs-already': (name, env) => `${name} → ${env}：正在运行的就是这个版本。`,
      'not-undone': (name, env) => `${name} → ${env}：没有可撤销的回退。`,
    },
  },
};
