/** Runs the screen: takes what happens, keeps the monitor's state, and paints when there is something new to see. */

import type { TokenSource } from '../config/model.js';
import type { State } from '../core/state.js';
import type { Uncalled } from '../model/answer.js';
import type { Event } from '../model/event.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import type { Language } from '../text/language.js';
import type { Tone } from '../text/marks.js';
import { createRepeats } from '../text/repeats.js';
import type { LoggedLine } from '../text/stream.js';
import { detailText } from './detail-pane.js';
import { interrupts } from './keys.js';
import {
  type Differences,
  type DifferencesWish,
  type EventChoice,
  firstMonitor,
  type Invoked,
  type MonitorAction,
  type MonitorChange,
  type MonitorState,
  type Question,
  type Sheet,
} from './model.js';
import { createPacer } from './pace.js';
import { createPainter } from './paint.js';
import { sceneOf, type ViewOptions } from './scene.js';
import { openScreen, type ScreenInput, type ScreenOutput } from './terminal.js';
import { update } from './update.js';
import { view } from './view.js';

export interface MonitorOptions {
  readonly input: ScreenInput;
  readonly output: ScreenOutput;
  readonly language: Language;
  readonly ascii: boolean;
  readonly color: boolean;
  /** Over SSH a frame costs more: fewer of them. */
  readonly remote: boolean;
  /** False: the mouse is the terminal's until its key is pressed. */
  readonly mouse: boolean;
  readonly endpoint: () => string;
  readonly redact: (text: string) => string;
  /** Where the token is read. */
  readonly token: () => TokenSource | null;
  /** Why a function is not called with saved events in an environment (null: in any). */
  readonly uncalled: (name: FunctionName, env: EnvId | null) => Uncalled | null;
  /** Where its saved events are to be written. */
  readonly eventsFileOf: (name: FunctionName) => string;
  readonly state: () => State;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Reported before the screen was there. */
  readonly early: readonly { readonly fact: Fact; readonly at: number }[];
  /**
   * Everything that is asked of the program; `copy` comes with its text. A promise: something opens here once it is looked up, and until
   * then keys wait for that.
   */
  readonly onAction: (action: Asked) => Promise<void> | null;
  /** A key or the mouse: somebody is there. */
  readonly onUse: () => void;
  /** It threw: it has been closed, and nothing more is painted. */
  readonly onFailure: (error: unknown) => void;
}

export type Asked =
  | Exclude<MonitorAction, { readonly type: 'copy' | 'redraw' }>
  | { readonly type: 'copy'; readonly text: string };

export interface Monitor {
  /** From here on its keys act; what was typed before counts. */
  listen(): Promise<void>;
  fact(fact: Fact, at: number): void;
  /** Any event of the core. */
  stateChanged(event?: Event): void;
  say(text: string, tone: Tone): void;
  /** Shows these lines, and asks what is to be done about them, if anything is. */
  show(sheet: Sheet, question: Question | null): void;
  invoked(result: Invoked): void;
  /** The files in which the live content differs from the disk. */
  differ(differences: Differences): void;
  /** The text that somebody made of the prompt's elsewhere. */
  edited(text: string): void;
  /** The saved events that a function can be called with. */
  offer(name: FunctionName, events: readonly EventChoice[]): void;
  /** The end of the log file of earlier runs. */
  recall(lines: readonly LoggedLine[]): void;
  /** Something that was written to stderr meanwhile. */
  stray(text: string): void;
  /** Leaves the screen for the shell. */
  leave(): void;
  /** Takes the screen again, whatever was done to it meanwhile. */
  resume(): void;
  /** Idempotent. */
  close(): void;
  /** At the end of the process, whatever the reason. */
  closeNow(): void;
}

type Typed = Extract<MonitorChange, { readonly type: 'key' | 'paste' }>;

/** Rows that a notch of the wheel moves. */
const wheelStep = 3;

/** Opens the screen and paints the first picture: nothing comes before it that can come after. */
export function openMonitor(options: MonitorOptions): Monitor {
  const { now } = options;
  const repeats = createRepeats(options.language);
  let state: MonitorState = { ...firstMonitor, mouse: options.mouse };
  let closed = false;
  /** The shell has the terminal. */
  let away = false;
  /** While something is looked up: the key that asked for it, and what was typed since, which is meant for the line or the sheet that opens. */
  let ahead: { readonly key: string; readonly typed: Typed[] } | null = null;

  const close = (): void => {
    if (closed) return;
    closed = true;
    pacer.close();
    screen.close();
  };
  const fail = (error: unknown): void => {
    close();
    options.onFailure(error);
  };
  /** A screen that breaks must not take the uploads with it. */
  const guarded = <T>(work: () => T): T | null => {
    if (closed) return null;
    try {
      return work();
    } catch (error) {
      fail(error);
      return null;
    }
  };
  const viewOptions = (): ViewOptions => ({
    language: options.language,
    ascii: options.ascii,
    now: now(),
    endpoint: options.endpoint(),
    redact: options.redact,
    token: options.token(),
    uncalled: options.uncalled,
    eventsFileOf: options.eventsFileOf,
  });
  /** A terminal that does not read gets no frame; it asks for one when it reads again. */
  const paint = (): number | null => {
    if (away || !screen.ready()) return null;
    const size = screen.size();
    const frame = view(options.state(), state, size, viewOptions());
    const text = painter.paint(frame, size);
    if (text !== '') screen.write(text);
    lookUp(frame.wish);
    return frame.wakeAt;
  };
  /** The wish that was asked for last: the same is asked for once. */
  let wished = '';
  const lookUp = (wish: DifferencesWish | null): void => {
    if (wish === null || wish.key === wished) return;
    wished = wish.key;
    options.onAction({ type: 'differences', ...wish });
  };
  const copy = (): void => {
    const text = detailText(sceneOf(options.state(), state, screen.size(), viewOptions()));
    screen.write(osc52(text));
    options.onAction({ type: 'copy', text });
  };
  const act = (action: MonitorAction, event: MonitorChange): void => {
    if (action.type === 'redraw') painter.forget();
    else if (action.type === 'copy') copy();
    else keepAhead(options.onAction(action), event);
  };
  const keepAhead = (lookUp: Promise<void> | null, event: MonitorChange): void => {
    if (lookUp === null) return;
    const waiting = { key: event.type === 'key' ? event.key : '', typed: [] };
    const release = (): void => {
      ahead = null;
      // Text for a line that did not open would act as commands, and nobody says yes to a question before it stands there.
      const isMeant = state.question === null && (state.prompt !== null || state.sheet !== null);
      for (const each of isMeant ? waiting.typed : []) takeTyped(each);
    };
    ahead = waiting;
    lookUp.then(release, release);
  };
  const take = (change: MonitorChange, urgent: boolean, at = now()): void => {
    guarded(() => {
      const { mouse } = state;
      const world = { state: options.state(), size: screen.size(), options: viewOptions() };
      const { monitor, action } = update(state, { ...change, at }, world);
      state = monitor;
      if (state.mouse !== mouse) screen.setMouse(state.mouse);
      if (action !== null) act(action, change);
      if (urgent) options.onUse();
      pacer.request(urgent);
    });
  };
  const takeTyped = (event: Typed): void => {
    if (ahead === null || (event.type === 'key' && interrupts(event.key))) take(event, true);
    // Pressed again because nothing was to be seen yet, it means the same; behind something else it is text, or meant.
    else if (event.type === 'paste' || event.key !== ahead.key || ahead.typed.length > 0)
      ahead.typed.push(event);
  };
  const takeFact = (fact: Fact, at: number): void => {
    if (!repeats(fact)) take({ type: 'fact', fact }, false, at);
  };

  const painter = createPainter(options.color);
  const pacer = createPacer({ now, remote: options.remote, paint: () => guarded(paint) });
  const screen = openScreen(options.input, options.output, {
    onKey: (key) => takeTyped({ type: 'key', key }),
    // Pasted input is text, never keys.
    onPaste: (text) => takeTyped({ type: 'paste', text }),
    onMouse(kind, column, row, by) {
      const point = { column, row };
      if (kind === 'click') take({ type: 'click', point }, true);
      else take({ type: 'wheel', point, by: by * wheelStep }, true);
    },
    onResize() {
      painter.forget();
      pacer.request(true);
    },
    onDrain: () => pacer.request(true),
  });
  screen.setMouse(options.mouse);
  for (const { fact, at } of options.early) takeFact(fact, at);
  screen.enter();
  pacer.paintNow();
  return {
    listen: () => screen.listen().catch(fail),
    fact: takeFact,
    stateChanged: () => pacer.request(false),
    show: (sheet, question) => take({ type: 'sheet', sheet, question }, true),
    say: (text, tone) => take({ type: 'toast', text, tone }, true),
    offer: (name, events) => take({ type: 'events', function: name, events }, true),
    differ: (differences) => take({ type: 'differences', differences }, false),
    invoked: (result) => take({ type: 'invoked', result }, true),
    edited: (text) => take({ type: 'edited', text }, true),
    recall: (lines) => take({ type: 'recalled', lines }, false),
    stray: (text) => take({ type: 'stray', text }, false),
    leave() {
      away = true;
      screen.leave();
    },
    resume() {
      if (closed) return;
      away = false;
      screen.leave();
      screen.enter();
      painter.forget();
      pacer.request(true);
    },
    close,
    closeNow() {
      closed = true;
      pacer.close();
      screen.leaveNow();
    },
  };
}

/** Terminals take about 100 kB in one sequence (xterm: 1 MB, hterm: 100 kB), in base64. */
const longestCopy = 74_000;

/** The text for the clipboard of the terminal itself, which works over SSH too. */
export function osc52(text: string): string {
  const bytes = Buffer.from(text);
  let from = Math.max(0, bytes.length - longestCopy);
  // Not from within a character: terminals refuse what is not UTF-8.
  while (((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return `\u001b]52;c;${bytes.subarray(from).toString('base64')}\u0007`;
}
