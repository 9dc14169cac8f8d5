/**
 * Every key, once: what it does, what it is called, where the bottom bar shows it. Key presses, the help on the screen and
 * `--help keys` are all taken from this table.
 */

import type { HoldReason } from '../model/nouns.js';
import type { Language } from '../text/language.js';
import { padColumns } from '../text/text.js';
import {
  type Ask,
  accept,
  allow,
  answered,
  askEvents,
  callOrTrouble,
  filterOrSearch,
  force,
  invoke,
  lookUp,
  openFolder,
  pause,
  plainly,
  retry,
  retryAll,
} from './asks.js';
import { historyOf } from './history.js';
import { isCovered, type MonitorState, only, type Pane, type Updated, uncovered } from './model.js';
import {
  back,
  detailHasKeys,
  follow,
  type Move,
  mark,
  match,
  mouse,
  nextEnv,
  nextTrouble,
  onLog,
  otherLog,
  otherPane,
  showAnswers,
  sort,
  sortReverse,
  step,
  widen,
} from './moves.js';
import { promptKey } from './prompt.js';
import type { Scene } from './scene.js';
import { isTroubled } from './table.js';

export interface Key {
  /** As blessed names them; a printable one is itself. */
  readonly keys: readonly [string, ...string[]];
  /** As people read them; absent: the first as it is. */
  readonly shown?: string;
  /** One or two words for the bottom bar. */
  readonly short: Readonly<Record<Language, string>>;
  /** A sentence for the help. */
  readonly long: Readonly<Record<Language, string>>;
  readonly act: Ask;
  /** Where the bottom bar shows it, the most useful first; absent: only the help does. */
  readonly bar?: {
    /** Absent: in both. */
    readonly in?: readonly Pane[];
    readonly rank: number;
    /** Only where it does something; absent: always. */
    readonly when?: (scene: Scene) => boolean;
    /** The action that it has now, where that changes. */
    readonly now?: (scene: Scene) => Readonly<Record<Language, string>> | null;
  };
  /** Works while the help is open, too: it moves there. */
  readonly inHelp?: true;
  /** Works whatever is open or being typed. */
  readonly always?: true;
}

const both: readonly Pane[] = ['functions', 'detail'];

function words(en: string, zh: string): Readonly<Record<Language, string>> {
  return { en, 'zh-CN': zh };
}

/** A target of the chosen function is held for this reason. One that waits for the answer to a question is not held by its protection. */
function hasHold(reason: HoldReason): (scene: Scene) => boolean {
  return ({ row }) =>
    row !== null &&
    [...row.cells.values()].some(
      ({ phase }) => phase.kind === 'held' && phase.hold.reason === reason && phase.hold.subject !== 'asked',
    );
}

const showsLog = ({ monitor }: Scene): boolean => !monitor.answers;

const mayCall = ({ row, uncalled }: Scene): boolean => row !== null && uncalled === null;

/** Where it is called nowhere, no choice helps. */
const mayChoose = ({ row, uncalled }: Scene): boolean => row !== null && uncalled !== 'closed';

const hasTrouble = ({ table }: Scene): boolean => table.every.some(isTroubled);

/** A key that changes what is seen and asks for nothing. */
function moving(move: Move): Ask {
  return (scene, at) => only(move(scene, at));
}

function changing(change: (monitor: MonitorState) => Partial<MonitorState>): Ask {
  return ({ monitor }) => only({ ...monitor, ...change(monitor) });
}

export const keyTable = {
  up: {
    keys: ['up', 'k'],
    shown: '↑ k',
    short: words('up', '上'),
    long: words('one up', '上移'),
    act: moving(step(() => -1)),
    inHelp: true,
  },
  down: {
    keys: ['down', 'j'],
    shown: '↓ j',
    short: words('down', '下'),
    long: words('one down', '下移'),
    act: moving(step(() => 1)),
    inHelp: true,
  },
  left: {
    keys: ['left', 'h'],
    shown: '← h',
    short: words('env', '环境'),
    long: words('the environment to the left', '左边的环境'),
    act: moving(nextEnv(-1)),
  },
  right: {
    keys: ['right', 'l'],
    shown: '→ l',
    short: words('env', '环境'),
    long: words(
      'the environment to the right; r, u and i then act on this one only',
      '右边的环境；r、u、i 只作用于它',
    ),
    act: moving(nextEnv(1)),
  },
  'page-up': {
    keys: ['pageup'],
    shown: 'PgUp',
    short: words('page up', '上页'),
    long: words('a page up', '上翻一页'),
    act: moving(step((page) => -page)),
    inHelp: true,
  },
  'page-down': {
    keys: ['pagedown'],
    shown: 'PgDn',
    short: words('page down', '下页'),
    long: words('a page down', '下翻一页'),
    act: moving(step((page) => page)),
    inHelp: true,
  },
  top: {
    keys: ['g', 'home'],
    short: words('first', '开头'),
    long: words('to the first', '跳到开头'),
    act: moving(step(() => Number.NEGATIVE_INFINITY)),
  },
  bottom: {
    keys: ['G', 'end'],
    short: words('last', '末尾'),
    long: words('to the last; the log follows again', '跳到末尾；日志继续跟随'),
    act: moving(step(() => Number.POSITIVE_INFINITY)),
  },
  'other-pane': {
    keys: ['tab', 'S-tab'],
    shown: 'Tab',
    short: words('pane', '切换'),
    long: words('to the other pane', '切换到另一窗格'),
    act: moving(otherPane),
    bar: { rank: 9 },
  },
  zoom: {
    keys: ['enter'],
    shown: 'Enter',
    short: words('zoom', '放大'),
    long: words(
      'details on the whole screen, without borders, easy to copy',
      '全屏显示详情，无边框，便于复制',
    ),
    act: changing((monitor) => ({ zoomed: !monitor.zoomed })),
    bar: { rank: 3 },
  },
  back: {
    keys: ['escape'],
    shown: 'Esc',
    short: words('back', '返回'),
    long: words(
      'back; ends a filter; at last the list follows your saves again',
      '返回；取消筛选；都没有时，列表重新跟随最近的保存',
    ),
    act: moving(back),
  },
  filter: {
    keys: ['/'],
    short: words('filter', '筛选'),
    long: words(
      'filter functions by name, environment or state (!word: those without it); in the details: search the log',
      '按名称、环境或状态筛选函数（以 ! 开头的词表示排除）；在详情中：搜索日志',
    ),
    act: filterOrSearch,
    bar: {
      rank: 4,
      when: (scene) => showsLog(scene) || !detailHasKeys(scene),
      now: (scene) => (detailHasKeys(scene) ? words('search', '搜索') : null),
    },
  },
  'next-match': {
    keys: ['n'],
    short: words('next', '下个'),
    long: words('the next match in the log', '日志中的下一处匹配'),
    act: moving(onLog(match(1))),
    bar: {
      in: ['detail'],
      rank: 5,
      when: (scene) => showsLog(scene) && scene.monitor.search !== '',
    },
  },
  'previous-match': {
    keys: ['N'],
    short: words('previous', '上个'),
    long: words('the match before', '日志中的上一处匹配'),
    act: moving(onLog(match(-1))),
  },
  'next-trouble': {
    keys: ['t'],
    short: words('trouble', '问题'),
    long: words(
      'to the next function that failed or is held; with the answers shown: call it with its saved events now',
      '跳到下一个失败或待处理的函数；显示响应时：立即用保存的事件调用',
    ),
    act: callOrTrouble,
    bar: {
      rank: 4,
      when: (scene) => (scene.monitor.answers ? mayCall(scene) : hasTrouble(scene)),
      now: ({ monitor }) => (monitor.answers ? words('call', '调用') : null),
    },
  },
  'previous-trouble': {
    keys: ['T'],
    short: words('trouble', '问题'),
    long: words('to the one before', '跳到上一个'),
    act: moving(nextTrouble(-1)),
  },
  'failed-only': {
    keys: ['e'],
    short: words('failed', '失败'),
    long: words('only what failed or is held', '只看失败或待处理的'),
    act: changing((monitor) => ({ failedOnly: !monitor.failedOnly })),
    bar: {
      in: ['functions'],
      rank: 5,
      when: hasTrouble,
    },
  },
  sort: {
    keys: ['s'],
    short: words('sort', '排序'),
    long: words('sort by trouble, name, last upload, size', '按问题、名称、上次上传、大小排序'),
    act: moving(sort),
    bar: {
      in: ['functions'],
      rank: 10,
    },
  },
  'sort-reverse': {
    keys: ['S'],
    short: words('reverse', '倒序'),
    long: words('reverse the order', '倒序'),
    act: moving(sortReverse),
  },
  follow: {
    keys: ['f'],
    short: words('follow', '跟随'),
    long: words('the log follows the latest lines', '日志跟随最新内容'),
    act: moving(onLog(follow)),
    bar: {
      in: ['detail'],
      rank: 6,
      when: showsLog,
    },
  },
  wrap: {
    keys: ['w'],
    short: words('wrap', '换行'),
    long: words('wrap long lines of the log', '日志长行自动换行'),
    act: moving(onLog(({ monitor }) => ({ ...monitor, wrap: !monitor.wrap }))),
    bar: {
      in: ['detail'],
      rank: 10,
      when: showsLog,
    },
  },
  'whole-log': {
    keys: ['a'],
    short: words('all logs', '全部日志'),
    long: words('the log of all functions', '所有函数的日志'),
    act: moving(onLog(otherLog)),
    bar: {
      in: ['detail'],
      rank: 8,
      when: showsLog,
    },
  },
  answers: {
    keys: ['v'],
    short: words('answers', '响应'),
    long: words(
      'what the function answers to its saved events, instead of the log',
      '函数对保存的事件的响应（代替日志）',
    ),
    act: moving(showAnswers),
    bar: {
      rank: 5,
      when: ({ monitor, row }) =>
        monitor.answers || (row !== null && historyOf(monitor, row.name).answers.size > 0),
      now: ({ monitor }) => (monitor.answers ? words('log', '日志') : null),
    },
  },
  events: {
    keys: ['E'],
    short: words('events', '事件'),
    long: words(
      'choose the saved events that it is called with in this run',
      '选择本次运行中用哪些保存的事件调用它',
    ),
    act: askEvents,
    bar: { rank: 6, when: (scene) => scene.monitor.answers && mayChoose(scene) },
  },
  retry: {
    keys: ['r'],
    short: words('retry', '重试'),
    long: words(
      'retry what failed here, and ask its environments what runs there',
      '重试此处失败的上传，并查询云端当前运行的版本',
    ),
    act: retry,
    bar: {
      rank: 1,
      when: ({ row }) => row !== null && isTroubled(row),
    },
  },
  'retry-all': {
    keys: ['R'],
    short: words('retry all', '全部重试'),
    long: words('retry everything that failed', '重试所有失败的上传'),
    act: retryAll,
    bar: {
      in: ['functions'],
      rank: 8,
      when: hasTrouble,
    },
  },
  force: {
    keys: ['u'],
    short: words('upload', '上传'),
    long: words('upload now, even what is live', '立即上传，即使已生效'),
    act: force,
    bar: { rank: 2 },
  },
  differences: {
    keys: ['D'],
    short: words('differences', '差异'),
    long: words('what differs between what is live and the disk', '已生效的版本与本地文件的差异'),
    act: lookUp('diff'),
    bar: { rank: 11 },
  },
  history: {
    keys: ['H'],
    short: words('history', '历史'),
    long: words('what was uploaded, when, and where it ran', '上传过的版本、时间，以及在哪里运行过'),
    act: lookUp('history'),
    bar: { rank: 12 },
  },
  undo: {
    keys: ['U'],
    short: words('undo', '回退'),
    long: words(
      'upload again what ran before, or after that what is on disk; asks first',
      '重新上传之前运行的版本；回退之后则重新上传本地文件；会先确认',
    ),
    act: lookUp('undo'),
    bar: { rank: 2, when: hasHold('undone') },
  },
  pause: {
    keys: ['p'],
    short: words('pause', '暂停'),
    long: words('pause uploads, or resume them', '暂停或继续上传'),
    act: pause,
    bar: {
      rank: 6,
      now: ({ state }) => (state.paused ? words('resume', '继续') : null),
    },
  },
  allow: {
    keys: ['y'],
    short: words('allow', '允许'),
    long: words(
      'allow uploads to a protected environment, after a question',
      '允许上传到受保护的环境（会先确认）',
    ),
    act: allow,
    bar: { rank: 1, when: hasHold('protected') },
  },
  accept: {
    keys: ['A'],
    short: words('accept', '采用'),
    long: words(
      'accept what somebody else deployed: only your next change is uploaded; or take a function that is gone off the list',
      '采用其他人部署的版本，下次修改后才上传；或不再列出文件夹已不存在的函数',
    ),
    act: accept,
    bar: { rank: 1, when: (scene) => hasHold('foreign')(scene) || hasHold('gone')(scene) },
  },
  mark: {
    keys: [' '],
    shown: 'Space',
    short: words('mark', '标记'),
    long: words(
      'mark a function: r, u, y and A then mean all that are marked',
      '标记函数；r、u、y、A 作用于所有已标记的',
    ),
    act: moving(mark),
    bar: { in: ['functions'], rank: 9 },
  },
  invoke: {
    keys: ['i'],
    short: words('invoke', '调用'),
    long: words('call the function in the chosen environment', '在所选环境中调用函数'),
    act: invoke,
    bar: { rank: 7 },
  },
  copy: {
    keys: ['c'],
    short: words('copy', '复制'),
    long: words('copy the details', '复制详情'),
    act: plainly({ type: 'copy' }),
    bar: { in: ['detail'], rank: 7 },
  },
  'open-folder': {
    keys: ['o'],
    short: words('open', '打开'),
    long: words('open the function’s folder', '打开函数所在文件夹'),
    act: openFolder,
  },
  mouse: {
    keys: ['m', 'f10'],
    shown: 'm F10',
    short: words('mouse', '鼠标'),
    long: words(
      'give the mouse to the terminal, and take it back (Shift or Option selects text while tcb-watch has it)',
      '把鼠标交还终端，或重新接管（接管期间按住 Shift 或 Option 可选择文本）',
    ),
    act: moving(mouse),
  },
  help: {
    keys: ['?', 'f1'],
    short: words('help', '帮助'),
    long: words('this help', '此帮助'),
    act: changing(() => ({ help: true, helpTop: 0 })),
    bar: { rank: 0 },
  },
  widen: {
    keys: ['>', ']'],
    shown: '> ]',
    short: words('wider', '加宽'),
    long: words('more room for the list', '列表占更多空间'),
    act: moving(widen(1)),
  },
  narrow: {
    keys: ['<', '['],
    shown: '< [',
    short: words('narrower', '收窄'),
    long: words('more room for the details', '详情占更多空间'),
    act: moving(widen(-1)),
  },
  redraw: {
    keys: ['C-l'],
    shown: 'Ctrl-L',
    short: words('redraw', '重绘'),
    long: words('redraw the screen', '重绘屏幕'),
    act: plainly({ type: 'redraw' }),
    always: true,
  },
  suspend: {
    keys: ['C-z'],
    shown: 'Ctrl-Z',
    short: words('suspend', '挂起'),
    long: words('go to the shell; fg returns', '挂起并回到 shell；用 fg 返回'),
    act: plainly({ type: 'suspend' }),
    always: true,
  },
  quit: {
    keys: ['q', 'C-c'],
    short: words('quit', '退出'),
    long: words('quit when the uploads in progress are done', '进行中的上传完成后退出'),
    act: plainly({ type: 'quit' }),
    bar: { rank: 0 },
    always: true,
  },
} as const satisfies Readonly<Record<string, Key>>;

const keys: readonly Key[] = Object.values(keyTable);
const byKey = new Map(keys.flatMap((entry) => entry.keys.map((name) => [name, entry] as const)));

/** A key that no text holds, and that acts whatever is open: it waits for nothing. */
export function interrupts(name: string): boolean {
  return byKey.get(name)?.always === true && [...name].length > 1;
}

/** The action of a key here and now. */
export function keyPressed(scene: Scene, name: string, at: number): Updated {
  const { monitor } = scene;
  const entry = byKey.get(name);
  if (monitor.prompt !== null) {
    const taken = promptKey(scene, monitor.prompt, name, at);
    if (taken !== null) return taken;
  }
  if (monitor.question !== null && entry?.always !== true) return answered(scene, name, at);
  if (entry === undefined) return only(monitor);
  if (entry.always === true) return entry.act(scene, at);
  if (monitor.prompt !== null) return only(monitor);
  if (isCovered(monitor) && entry.inHelp !== true) return only(coverKey(monitor, entry));
  return entry.act(scene, at);
}

function coverKey(monitor: MonitorState, entry: Key): MonitorState {
  const { back, help, zoom, differences, history } = keyTable;
  const closing: readonly Key[] = [back, help, zoom, differences, history];
  return closing.includes(entry) ? uncovered(monitor) : monitor;
}

/** The keys for the bottom bar of the pane that has them, the most useful first, and what they do here and now. */
export function barKeys(scene: Scene): readonly { readonly key: string; readonly text: string }[] {
  const { monitor, options } = scene;
  const pane: Pane = monitor.zoomed ? 'detail' : monitor.pane;
  return keys
    .filter(({ bar }) => bar !== undefined && (bar.in ?? both).includes(pane) && bar.when?.(scene) !== false)
    .sort((a, b) => (a.bar?.rank ?? 0) - (b.bar?.rank ?? 0))
    .map((entry) => {
      const short = entry.bar?.now?.(scene) ?? entry.short;
      return { key: shownKey(entry, options.ascii), text: short[options.language] };
    });
}

const asciiNames: Readonly<Record<string, string>> = { '↑': 'Up', '↓': 'Down', '←': 'Left', '→': 'Right' };

function shownKey({ keys: [first], shown = first }: Key, ascii: boolean): string {
  return ascii ? shown.replace(/[↑↓←→]/g, (arrow) => asciiNames[arrow] ?? arrow) : shown;
}

/** Every key and what it does, for the help. */
export function explainedKeys(
  language: Language,
  ascii: boolean,
): { readonly key: string; readonly text: string }[] {
  return keys.map((entry) => ({ key: shownKey(entry, ascii), text: entry.long[language] }));
}

/** Columns of the key names in a list. */
export const keyNameColumns = 8;

/** The whole table as lines of text, for `tcb-watch --help keys`. */
export function keysHelp(language: Language, ascii = false): string {
  return explainedKeys(language, ascii)
    .map(({ key, text }) => `  ${padColumns(key, keyNameColumns)}  ${text}\n`)
    .join('');
}
