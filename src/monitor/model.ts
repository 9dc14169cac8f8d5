/** The facts that the monitor remembers in addition to the core's state: where somebody looks, and what was said so far. Pure data. */

import type { Answer } from '../model/answer.js';
import type { Event } from '../model/event.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import type { Shared } from '../text/gathering.js';
import type { Tone } from '../text/marks.js';
import type { LoggedLine } from '../text/stream.js';
import type { SortKey } from '../text/words/monitor.js';
import type { EditedLine } from './line-editor.js';

export type Pane = 'functions' | 'detail';

export interface LogLine {
  /** Counts all lines; a scroll position is one of these. */
  readonly seq: number;
  readonly at: number;
  /** null: it concerns no single function. */
  readonly function: FunctionName | null;
  readonly tone: Tone;
  readonly label: string;
  readonly text: string;
  /** An upload that is live in one environment after another is one line; null: something else. */
  readonly live: LiveLine | null;
  /** Targets that one cause holds are one line; null: something else. */
  readonly alike: AlikeLine | null;
}

export interface AlikeLine {
  readonly cause: string;
  readonly first: Shared;
  readonly functions: ReadonlySet<FunctionName>;
  /** The first of them, in their natural order. */
  readonly names: readonly FunctionName[];
  readonly envs: readonly string[];
}

export interface LiveLine {
  readonly fingerprint: string;
  readonly envs: readonly EnvId[];
}

/** How one environment answered an upload. */
export type UploadEnd =
  | { readonly type: 'live'; readonly sinceSaveMs: number | null }
  | { readonly type: 'failed' };

export interface Upload {
  readonly at: number;
  readonly envs: readonly EnvId[];
  /** The content that it came after in the first of its environments; null: nothing; '?': not known. */
  readonly before: string | null;
  readonly fingerprint: string;
  readonly ends: ReadonlyMap<EnvId, UploadEnd>;
}

/** The facts that were seen of one function, newest last. */
export interface FunctionHistory {
  readonly uploads: readonly Upload[];
  /** Files of the last change, and how many more there were. */
  readonly changed: { readonly at: number; readonly files: readonly string[]; readonly more: number } | null;
  readonly lines: readonly LogLine[];
  /** The events it was invoked with, as JSON text, newest first. */
  readonly events: readonly string[];
  /** The last answers to saved events, by event and environment, in the order of their first. */
  readonly answers: ReadonlyMap<string, Answer>;
}

export interface Prompt {
  /** `events`: which saved events a function is called with in this run, by commas. */
  readonly kind: 'filter' | 'search' | 'invoke' | 'events';
  readonly line: EditedLine;
  /** For `invoke`: where to. */
  readonly function: FunctionName | null;
  readonly env: EnvId | null;
  /** For `events`: those that there are. */
  readonly choices: readonly string[];
  /** How many earlier texts the up key has gone back; 0: this one, kept as it was left. */
  readonly back: number;
  readonly draft: EditedLine;
  /** The mistake in the text that was entered; the next key shows the line again. */
  readonly mistake: string | null;
}

/** Something that is done once somebody says yes. */
export interface Question {
  readonly text: string;
  readonly action: MonitorAction;
  /** The words that are said then. */
  readonly said: Toast;
}

/** A line of a sheet, painted by what it is. */
export interface SheetLine {
  readonly kind: 'file' | 'place' | 'added' | 'removed' | 'context' | 'remark';
  readonly text: string;
}

/** Lines over the screen, until a key closes them. */
export interface Sheet {
  readonly title: string;
  readonly lines: readonly SheetLine[];
}

export interface Toast {
  /** Whom it is about, never cut; empty: it says so itself. */
  readonly about: string;
  readonly text: string;
  /** It quotes the cloud, whose messages say at their ends what matters; our own sentences begin with that. */
  readonly quotes: boolean;
  readonly tone: Tone;
  readonly at: number;
  readonly until: number;
  /** The function that failed; null: nothing did. */
  readonly function: FunctionName | null;
  /** That its function is in order again ends it: what is wrong in a file that is not its code is so all the same. */
  readonly heals: boolean;
  /** Functions that failed while others did, and are not named. */
  readonly others: readonly FunctionName[];
  /** The call whose next good answer ends it; null: it is not about a call. */
  readonly call: string | null;
}

/** How long something that was just said stays, ms; a failure nobody has waited for takes longer to read. */
export const toastMs = { said: 4000, trouble: 10_000 };

/** A short message in the last row that goes away by itself. */
export function toastOf(text: string, tone: Toast['tone'], at: number, ms = toastMs.said): Toast {
  const trouble = { function: null, heals: false, others: [], call: null };
  return { about: '', text, quotes: false, tone, at, until: at + ms, ...trouble };
}

/** The part of a toast that says of a failure. */
export type Trouble = Pick<Toast, 'about' | 'text' | 'quotes' | 'heals' | 'call'> & {
  readonly function: FunctionName;
};

/** Something failed: what, where and why. The other functions that failed just before are counted. */
export function troubleToast(monitor: MonitorState, trouble: Trouble, at: number): Toast {
  const { toast } = monitor;
  const before = toast === null || toast.function === null || at >= toast.until ? null : toast;
  const known = before?.function == null ? [] : [...before.others, before.function];
  const others = [...new Set(known)].filter((name) => name !== trouble.function);
  return { ...trouble, tone: 'bad', at, until: at + toastMs.trouble, others };
}

export interface MonitorState {
  /** The chosen function; null: the first. Kept by name, so that sorting and filtering do not move it. */
  readonly selected: FunctionName | null;
  /** The choice goes to what was saved last, until somebody chooses. */
  readonly follows: boolean;
  /** The chosen environment; null: all of them. */
  readonly env: EnvId | null;
  readonly pane: Pane;
  readonly zoomed: boolean;
  readonly help: boolean;
  readonly sheet: Sheet | null;
  /** First row shown in the help, or in the sheet. */
  readonly helpTop: number;
  readonly filter: string;
  readonly failedOnly: boolean;
  readonly sort: SortKey;
  readonly reversed: boolean;
  readonly search: string;
  /** The seq of the last line shown; null: the log follows. */
  readonly logEnd: number | null;
  /** Long lines of the log go on below instead of being cut. */
  readonly wrap: boolean;
  /** The details show what the function answers to saved events instead of the log. */
  readonly answers: boolean;
  /** First row shown of the answers. */
  readonly answersTop: number;
  /** `auto`: of all functions until somebody chooses one. */
  readonly logOf: 'auto' | 'all' | 'one';
  /** How far the border between the panes was moved, in steps. */
  readonly split: number;
  readonly mouse: boolean;
  readonly prompt: Prompt | null;
  readonly question: Question | null;
  /** The texts that were entered into filters and searches before, newest first. */
  readonly entered: Readonly<Record<'filter' | 'search', readonly string[]>>;
  /** Functions that keys act on together; none: on the chosen one. */
  readonly marked: ReadonlySet<FunctionName>;
  readonly toast: Toast | null;
  readonly seq: number;
  /** Lines of all functions, and those of none. */
  readonly log: readonly LogLine[];
  readonly common: readonly LogLine[];
  readonly histories: ReadonlyMap<FunctionName, FunctionHistory>;
  /** As looked up last, for whatever function that was; null: nothing was. */
  readonly differences: Differences | null;
  /** The configuration on disk has mistakes, of which this is the first: an earlier one is active. */
  readonly configWrong: string | null;
}

/** The outcome of an invocation. */
export interface Invoked {
  readonly function: FunctionName;
  readonly env: EnvId;
  readonly ok: boolean;
  /** The result as JSON, or what went wrong, without secrets. */
  readonly text: string;
  readonly logs: readonly string[];
  readonly ms: number | null;
}

export interface MousePoint {
  readonly column: number;
  readonly row: number;
}

/** Everything that changes what the monitor shows, in addition to the core's events. */
export type MonitorChange =
  | { readonly type: 'fact'; readonly fact: Fact }
  /** By blessed's name; a printable one is itself. */
  | { readonly type: 'key'; readonly key: string }
  /** Text for a prompt; it never acts. */
  | { readonly type: 'paste'; readonly text: string }
  | { readonly type: 'click'; readonly point: MousePoint }
  | { readonly type: 'wheel'; readonly point: MousePoint; readonly by: number }
  | { readonly type: 'invoked'; readonly result: Invoked }
  /** The text of the prompt comes back from an editor. */
  | { readonly type: 'edited'; readonly text: string }
  | { readonly type: 'toast'; readonly text: string; readonly tone: Tone }
  /** The versions that were asked for were looked up; `question`: the step to take, if somebody says yes. */
  | { readonly type: 'sheet'; readonly sheet: Sheet; readonly question: Question | null }
  /** The files in which the live content differs from the disk. */
  | { readonly type: 'differences'; readonly differences: Differences }
  /** The events that a function can be called with were asked for. */
  | { readonly type: 'events'; readonly function: FunctionName; readonly events: readonly EventChoice[] }
  /** From the log file of earlier runs, oldest first. */
  | { readonly type: 'recalled'; readonly lines: readonly LoggedLine[] }
  /** Something else wrote to the terminal's error output. */
  | { readonly type: 'stray'; readonly text: string };

export type MonitorEvent = { readonly at: number } & MonitorChange;

/** Somebody looks at a function that does not run as it is on the disk. */
export interface DifferencesWish {
  readonly function: FunctionName;
  readonly envs: readonly EnvId[];
  /** Another one whenever what there is to compare is another. */
  readonly key: string;
}

/** The files that were looked up for such a wish. */
export interface Differences {
  readonly key: string;
  readonly groups: readonly DifferenceGroup[];
}

/** Environments that run the same. */
export interface DifferenceGroup {
  readonly envs: readonly EnvId[];
  /** A line for each file: its path, and how many lines were added and removed. */
  readonly files: readonly string[];
  /** `+3 -1` of all of them. */
  readonly total: string;
}

/** A saved event, and whether the function is called with it. */
export interface EventChoice {
  readonly name: string;
  readonly chosen: boolean;
}

/** The requests of the monitor to the rest of the program. */
export type MonitorAction =
  /** For the core, as they stand. */
  | { readonly type: 'dispatch'; readonly events: readonly Event[] }
  | {
      readonly type: 'invoke';
      readonly function: FunctionName;
      readonly env: EnvId;
      readonly event: string;
    }
  /** Look up what was sent of a function, what is different there, or what a step back would bring. */
  | {
      readonly type: 'history' | 'diff' | 'undo';
      readonly function: FunctionName;
      readonly envs: readonly EnvId[];
    }
  /** Calls it with its saved events now. null: in all environments. */
  | { readonly type: 'call'; readonly function: FunctionName; readonly env: EnvId | null }
  /** Which saved events it has. */
  | { readonly type: 'events'; readonly function: FunctionName }
  /** null: what the configuration chooses. */
  | { readonly type: 'choose'; readonly function: FunctionName; readonly events: readonly string[] | null }
  /** In which files what is live differs from the disk. */
  | ({ readonly type: 'differences' } & DifferencesWish)
  | { readonly type: 'copy' }
  /** In an editor of their own; `edited` brings it back. */
  | { readonly type: 'edit'; readonly text: string }
  | { readonly type: 'open-folder'; readonly folder: string }
  | { readonly type: 'redraw' }
  | { readonly type: 'suspend' }
  | { readonly type: 'quit' };

export interface Updated {
  readonly monitor: MonitorState;
  readonly action: MonitorAction | null;
}

/** A change that asks for nothing. */
export function only(monitor: MonitorState): Updated {
  return { monitor, action: null };
}

export const firstMonitor: MonitorState = {
  selected: null,
  follows: true,
  env: null,
  pane: 'functions',
  zoomed: false,
  help: false,
  sheet: null,
  helpTop: 0,
  filter: '',
  failedOnly: false,
  sort: 'trouble',
  reversed: false,
  search: '',
  logEnd: null,
  wrap: true,
  answers: false,
  answersTop: 0,
  logOf: 'auto',
  split: 0,
  mouse: true,
  prompt: null,
  question: null,
  entered: { filter: [], search: [] },
  marked: new Set(),
  toast: null,
  seq: 0,
  log: [],
  common: [],
  histories: new Map(),
  differences: null,
  configWrong: null,
};

/** The help or a sheet lies over the panes. */
export function isCovered({ help, sheet }: MonitorState): boolean {
  return help || sheet !== null;
}

export function coverScrolled(monitor: MonitorState, by: number): MonitorState {
  return { ...monitor, helpTop: Math.max(0, monitor.helpTop + by) };
}

/** Without what lies over the panes. */
export function uncovered(monitor: MonitorState): MonitorState {
  return { ...monitor, help: false, sheet: null, helpTop: 0 };
}

export const noHistory: FunctionHistory = {
  uploads: [],
  changed: null,
  lines: [],
  events: [],
  answers: new Map(),
};
