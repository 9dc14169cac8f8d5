/** Everything the panes are drawn from, worked out once a frame, and once a key press. */

import type { TokenSource } from '../config/model.js';
import type { State } from '../core/state.js';
import type { Uncalled } from '../model/answer.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import type { Reader } from '../text/describe.js';
import type { Language } from '../text/language.js';
import { columnsOf, symbolFor } from '../text/text.js';
import { countdown } from '../text/time.js';
import { type MonitorWords, monitorWords } from '../text/words/monitor.js';
import { standingWords } from '../text/words/standing.js';
import type { Size } from './frame.js';
import { type Layout, layoutOf } from './layout.js';
import type { MonitorState } from './model.js';
import { envNames, selectedEnv, selectedRow, type Table, type TableRow, tableOf } from './table.js';

export interface ViewOptions {
  readonly language: Language;
  /** Symbols and borders of ASCII only. */
  readonly ascii: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
  /** As it is in the configuration. */
  readonly endpoint: string;
  /** Takes secrets out of text. */
  readonly redact: (text: string) => string;
  /** Where the token is read; null: the emulator's own. */
  readonly token?: TokenSource | null;
  /** Why a function is not called with saved events in an environment (null: in any); absent: each is. */
  readonly uncalled?: (name: FunctionName, env: EnvId | null) => Uncalled | null;
  /** Where its saved events are to be written. */
  readonly eventsFileOf: (name: FunctionName) => string;
}

/** Whoever looks at the screen, for the words of holds and failures. */
export function readerOf({ language, token = null }: Pick<ViewOptions, 'language' | 'token'>): Reader {
  return { language, place: 'monitor', token };
}

export interface Scene {
  readonly state: State;
  readonly monitor: MonitorState;
  readonly size: Size;
  readonly options: ViewOptions;
  readonly words: MonitorWords;
  readonly table: Table;
  readonly envNames: ReadonlyMap<EnvId, string>;
  readonly layout: Layout;
  /** The chosen function and environment (null: all). */
  readonly row: TableRow | null;
  readonly env: EnvId | null;
  /** Why the chosen function is not called with saved events there; null: it is. */
  readonly uncalled: Uncalled | null;
  /** Cuts end in it. */
  readonly mark: string;
}

export function sceneOf(state: State, monitor: MonitorState, size: Size, options: ViewOptions): Scene {
  const words = monitorWords[options.language];
  const table = tableOf(state, monitor, { words, ...options });
  const names = envNames(table.envs);
  const layout = layoutOf(size, monitor, {
    envs: table.envs,
    envNames: names,
    count: table.rows.length,
    longestName: table.rows.reduce((most, { shown }) => Math.max(most, columnsOf(shown)), 0),
    longestWord: longestWord(options.language),
  });
  const row = selectedRow(table, monitor);
  const env = selectedEnv(row, monitor);
  const mark = symbolFor('…', '~', options.ascii);
  return {
    state,
    monitor,
    size,
    options,
    words,
    table,
    envNames: names,
    layout,
    row,
    env,
    uncalled: (row === null ? null : options.uncalled?.(row.name, env)) ?? null,
    mark,
  };
}

/** The same for every state, so that columns do not move when a state changes. */
function longestWord(language: Language): number {
  const { phase, hold, waitingFor } = standingWords[language];
  const waiting = waitingFor(countdown(60_000, language));
  return Math.max(...[...Object.values(phase), ...Object.values(hold), waiting].map(columnsOf));
}
