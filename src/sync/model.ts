/** What a sync is given and what it offers: types only. */

import type { Cloud } from '../cloud/cloud.js';
import type { Config } from '../config/model.js';
import type { Variables } from '../config/text.js';
import type { Content } from '../content/content.js';
import type { Engine } from '../core/engine.js';
import type { Wants } from '../core/standing.js';
import type { State } from '../core/state.js';
import type { Selection, Unmatched } from '../functions/selection.js';
import type { ConfigProblem } from '../model/config-problem.js';
import type { Fact } from '../model/fact.js';
import type { FunctionSpec } from '../model/nouns.js';
import type { Language } from '../text/language.js';
import type { WatchProblem } from '../watch/model.js';
import type { RunningEmulator } from './connection.js';

export interface LoadedConfig {
  readonly config: Config;
  readonly secrets: readonly string[];
  readonly watchFiles: readonly string[];
  readonly variables: Variables;
  readonly reread: () => Promise<Variables>;
}

export interface SyncOptions {
  readonly loaded: LoadedConfig;
  readonly selection: Selection;
  /** No environment needs an answer. */
  readonly yes: boolean;
  /** Send nothing before an `ask` event says that a person has answered. */
  readonly askFirst?: boolean;
  /** Send even what the ledger holds for live. */
  readonly force: boolean;
  /** Send nothing, write nothing; `planned` facts say what would be sent. */
  readonly dryRun: boolean;
  readonly language: Language;
  readonly version: string;
  /** Each fact with its time in epoch milliseconds. */
  readonly onFact: (fact: Fact, at: number) => void;
  /** Bugs of ours, redacted. */
  readonly onBug: (text: string) => void;
  readonly onWatchProblem?: (problem: WatchProblem) => void;
  /** Scales all waits of the scheduler; only tests change it. */
  readonly timeScale?: number;
  /** For the endpoint "emulator": one that runs already, instead of our own. */
  readonly emulator?: RunningEmulator | null;
}

export interface Sync {
  readonly engine: Engine;
  readonly config: Config;
  /** Begins to watch. Resolves when every save from here on is seen. */
  watch(onConfigChanged: () => void): Promise<void>;
  /** Resolves when nothing is going to change by itself (in the targets meant), or when the signal aborts. */
  atRest(signal: AbortSignal, wants?: Wants): Promise<void>;
  /** The facts from now on, worded in this language, redacted. Returns how to stop. */
  observe(language: Language, onFact: SyncOptions['onFact']): () => void;
  /** Looks at the roots again, now. Resolves to all functions there are, whatever this run is narrowed to. */
  discover(): Promise<readonly FunctionSpec[]>;
  /** The embedded emulator's address and token; null where the endpoint is a URL. */
  emulator(): { readonly url: string; readonly token: string } | null;
  /** Targets whose last upload failed, and that are not live. */
  failed(): number;
  /** Takes a configuration that was read again. Everything that can stay as it is stays. Not null: it cannot be taken. */
  reconfigure(loaded: LoadedConfig): Promise<ConfigProblem | null>;
  /** Looks at every function again, now. */
  sweep(): Promise<void>;
  /** Somebody looks or asks: sweeps, which rest while nobody does, come as often as configured. */
  used(): void;
  cloud(): Cloud;
  readonly content: Content;
  /** Takes secrets out of a text that is made from the state. */
  redact(text: string): string;
  /** For whoever meets an error that nobody expected. */
  reportBug(error: unknown): void;
  /** Ends: uploads in flight are waited for, 10 s at most; then everything is closed and `stopped` is told. */
  stop(code: (state: State) => number): Promise<number>;
  /** Tells `stopped` where the process ends before `stop` has. Waits for nothing and closes nothing. */
  breakOff(code: number): void;
}

export type SyncStart =
  | { readonly ok: true; readonly sync: Sync }
  | { readonly ok: false; readonly reason: 'no-match'; readonly unmatched: readonly Unmatched[] }
  | { readonly ok: false; readonly reason: 'no-store'; readonly problem: ConfigProblem };
