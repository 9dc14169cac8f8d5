/**
 * Every key, once: what it does, what it is called, where the bottom bar shows it. The help, `--help keys` and the
 * dispatch of key presses are made from this table.
 */
import type { Language } from '../text/language.js';
import { padColumns } from '../text/text.js';
import type { Pane } from './model.js';

export type KeyAction =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'page-up'
  | 'page-down'
  | 'top'
  | 'bottom'
  | 'other-pane'
  | 'zoom'
  | 'back'
  | 'filter'
  | 'next-match'
  | 'previous-match'
  | 'failed-only'
  | 'sort'
  | 'sort-reverse'
  | 'follow'
  | 'wrap'
  | 'whole-log'
  | 'retry'
  | 'retry-all'
  | 'force'
  | 'pause'
  | 'invoke'
  | 'copy'
  | 'open-folder'
  | 'mouse'
  | 'help'
  | 'redraw'
  | 'suspend'
  | 'quit';

export interface Key {
  readonly action: KeyAction;
  /** As blessed names them; a printable one is itself. */
  readonly keys: readonly string[];
  /** As people read them. */
  readonly shown: string;
  /** One or two words for the bottom bar. */
  readonly short: Readonly<Record<Language, string>>;
  /** A sentence for the help. */
  readonly long: Readonly<Record<Language, string>>;
  /** Where the bottom bar shows it, the most useful first; absent: only the help does. */
  readonly bar?: { readonly in: readonly Pane[]; readonly rank: number };
}

const both: readonly Pane[] = ['functions', 'detail'];

function key(
  action: KeyAction,
  keys: readonly string[],
  shown: string,
  short: readonly [en: string, zh: string],
  long: readonly [en: string, zh: string],
  bar?: Key['bar'],
): Key {
  const [en, zh] = short;
  const [longEn, longZh] = long;
  const base: Key = {
    action,
    keys,
    shown,
    short: { en, 'zh-CN': zh },
    long: { en: longEn, 'zh-CN': longZh },
  };
  return bar === undefined ? base : { ...base, bar };
}

export const keyTable: readonly Key[] = [
  key('up', ['up', 'k'], '↑ k', ['up', '上'], ['one up', '上移']),
  key('down', ['down', 'j'], '↓ j', ['down', '下'], ['one down', '下移']),
  key('left', ['left', 'h'], '← h', ['env', '环境'], ['the environment to the left', '左边的环境']),
  key(
    'right',
    ['right', 'l'],
    '→ l',
    ['env', '环境'],
    ['the environment to the right; r, u and i then mean this one only', '右边的环境；r、u、i 只作用于它'],
  ),
  key('page-up', ['pageup'], 'PgUp', ['page up', '上页'], ['a page up', '上翻一页']),
  key('page-down', ['pagedown', 'space'], 'PgDn', ['page down', '下页'], ['a page down', '下翻一页']),
  key('top', ['g', 'home'], 'g', ['first', '开头'], ['to the first', '到开头']),
  key(
    'bottom',
    ['G', 'end'],
    'G',
    ['last', '末尾'],
    ['to the last; the log follows again', '到末尾；日志继续跟随'],
  ),
  key('other-pane', ['tab', 'S-tab'], 'Tab', ['pane', '切换'], ['to the other pane', '切换到另一窗格'], {
    in: both,
    rank: 9,
  }),
  key(
    'zoom',
    ['enter'],
    'Enter',
    ['zoom', '放大'],
    ['the details on the whole screen, without borders, good to copy from', '全屏显示详情，无边框，便于复制'],
    { in: both, rank: 3 },
  ),
  key('back', ['escape'], 'Esc', ['back', '返回'], ['back; ends a filter', '返回；取消筛选']),
  key(
    'filter',
    ['/'],
    '/',
    ['filter', '筛选'],
    [
      'filter functions by name, environment or state (!word: those without it); in the details: search the log',
      '按名称、环境或状态筛选函数（!词：反选）；在详情中：搜索日志',
    ],
    { in: both, rank: 4 },
  ),
  key('next-match', ['n'], 'n', ['next', '下个'], ['the next match in the log', '日志中下一个匹配'], {
    in: ['detail'],
    rank: 5,
  }),
  key('previous-match', ['N'], 'N', ['previous', '上个'], ['the match before', '日志中上一个匹配']),
  key('failed-only', ['e'], 'e', ['failed', '失败'], ['only what failed or is held', '只看失败或暂缓的'], {
    in: ['functions'],
    rank: 5,
  }),
  key(
    'sort',
    ['s'],
    's',
    ['sort', '排序'],
    ['sort by name, state, last upload, size', '按名称、状态、上次上传、大小排序'],
    {
      in: ['functions'],
      rank: 10,
    },
  ),
  key('sort-reverse', ['S'], 'S', ['reverse', '反序'], ['the other way round', '反向排序']),
  key('follow', ['f'], 'f', ['follow', '跟随'], ['the log follows what happens', '日志跟随最新'], {
    in: ['detail'],
    rank: 6,
  }),
  key('wrap', ['w'], 'w', ['wrap', '换行'], ['wrap long lines of the log', '日志长行换行'], {
    in: ['detail'],
    rank: 10,
  }),
  key('whole-log', ['a'], 'a', ['all logs', '全部日志'], ['the log of all functions', '所有函数的日志'], {
    in: ['detail'],
    rank: 8,
  }),
  key(
    'retry',
    ['r'],
    'r',
    ['retry', '重试'],
    ['look again and try again what failed here', '重新检查，并重试此处的失败'],
    {
      in: both,
      rank: 1,
    },
  ),
  key(
    'retry-all',
    ['R'],
    'R',
    ['retry all', '全部重试'],
    ['try again everything that failed', '重试所有失败的'],
    {
      in: ['functions'],
      rank: 8,
    },
  ),
  key('force', ['u'], 'u', ['upload', '上传'], ['upload now, even what is live', '立即上传，即使已生效'], {
    in: both,
    rank: 2,
  }),
  key('pause', ['p'], 'p', ['pause', '暂停'], ['pause uploads, and go on', '暂停上传，或继续'], {
    in: both,
    rank: 6,
  }),
  key(
    'invoke',
    ['i'],
    'i',
    ['invoke', '调用'],
    ['call the function in the chosen environment', '在所选环境中调用函数'],
    { in: both, rank: 7 },
  ),
  key('copy', ['c'], 'c', ['copy', '复制'], ['copy the details', '复制详情'], { in: ['detail'], rank: 7 }),
  key('open-folder', ['o'], 'o', ['open', '打开'], ['open the function’s folder', '打开函数所在文件夹']),
  key(
    'mouse',
    ['m', 'f10'],
    'm F10',
    ['mouse', '鼠标'],
    [
      'give the mouse to the terminal, and take it back (Shift or Option selects text meanwhile)',
      '把鼠标交还终端，或收回（期间按住 Shift 或 Option 可选择文本）',
    ],
  ),
  key('help', ['?', 'f1'], '?', ['help', '帮助'], ['this help', '此帮助'], { in: both, rank: 0 }),
  key('redraw', ['C-l'], 'Ctrl-L', ['redraw', '重绘'], ['paint everything again', '重绘屏幕']),
  key(
    'suspend',
    ['C-z'],
    'Ctrl-Z',
    ['suspend', '挂起'],
    ['to the shell; fg comes back', '回到 shell；fg 返回'],
  ),
  key(
    'quit',
    ['q', 'C-c'],
    'q',
    ['quit', '退出'],
    ['stop: uploads in flight are finished', '停止：等待进行中的上传'],
    { in: both, rank: 0 },
  ),
];

const byKey = new Map(keyTable.flatMap((entry) => entry.keys.map((name) => [name, entry.action] as const)));

/** What a key does; undefined: nothing. */
export function actionOf(name: string): KeyAction | undefined {
  return byKey.get(name);
}

/** The keys for the bottom bar of a pane, the most useful first. */
export function barKeys(pane: Pane): readonly Key[] {
  return keyTable
    .filter(({ bar }) => bar?.in.includes(pane) === true)
    .sort((a, b) => (a.bar?.rank ?? 0) - (b.bar?.rank ?? 0));
}

const asciiNames: Readonly<Record<string, string>> = { '↑': 'Up', '↓': 'Down', '←': 'Left', '→': 'Right' };

export function shownKey({ shown }: Key, ascii: boolean): string {
  return ascii ? shown.replace(/[↑↓←→]/g, (arrow) => asciiNames[arrow] ?? arrow) : shown;
}

/** Columns of the key names in a list. */
const nameColumns = 8;

/** The whole table as lines of text, for `tcb-watch --help keys`. */
export function keysHelp(language: Language, ascii = false): string {
  return keyTable
    .map((entry) => `  ${padColumns(shownKey(entry, ascii), nameColumns)}  ${entry.long[language]}\n`)
    .join('');
}
