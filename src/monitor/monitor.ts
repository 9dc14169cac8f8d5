/** Runs the screen: takes what happens, keeps the monitor's state, and paints when there is something new to see. */

import type { State } from '../core/state.js';
import type { Event } from '../model/event.js';
import type { Fact } from '../model/fact.js';
import type { Language } from '../text/language.js';
import type { Tone } from '../text/lines.js';
import { detailText } from './detail-pane.js';
import { actionOf } from './keys.js';
import {
  firstMonitor,
  type Invoked,
  type MonitorAction,
  type MonitorEvent,
  type MonitorState,
} from './model.js';
import { createPacer, type Pacer } from './pace.js';
import { createPainter, type Painter } from './paint.js';
import { sceneOf, type ViewOptions } from './scene.js';
import {
  openScreen,
  type Screen,
  type ScreenEvents,
  type ScreenInput,
  type ScreenOutput,
} from './terminal.js';
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
  readonly endpoint: () => string;
  readonly redact: (text: string) => string;
  readonly state: () => State;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Told before the screen was there. */
  readonly early: readonly { readonly fact: Fact; readonly at: number }[];
  /** Everything that is asked of the program; `copy` comes with its text. */
  readonly onAction: (action: Asked) => void;
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
  invoked(result: Invoked): void;
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

/** What the parts below share. */
interface Running {
  readonly options: MonitorOptions;
  readonly screen: Screen;
  readonly painter: Painter;
  readonly pacer: Pacer;
  monitor: MonitorState;
  closed: boolean;
  /** The shell has the terminal. */
  away: boolean;
}

/** Opens the screen and paints the first picture: nothing comes before it that can come after. */
export function openMonitor(options: MonitorOptions): Monitor {
  const { now, remote } = options;
  const screen = openScreen(
    options.input,
    options.output,
    screenEvents(() => running, options),
  );
  const pacer = createPacer({ now, remote, paint: () => guarded(running, () => paint(running)) ?? null });
  const painter = createPainter(options.color);
  const running: Running = {
    options,
    screen,
    painter,
    pacer,
    monitor: firstMonitor,
    closed: false,
    away: false,
  };
  for (const { fact, at } of options.early) take(running, { type: 'fact', at, fact }, false);
  screen.enter();
  pacer.paintNow();
  return {
    listen: () => screen.listen().catch((error: unknown) => fail(running, error)),
    fact: (fact, at) => take(running, { type: 'fact', at, fact }, false),
    stateChanged: () => pacer.request(false),
    say: (text, tone) => take(running, { type: 'toast', at: now(), text, tone }, true),
    invoked: (result) => take(running, { type: 'invoked', at: now(), result }, true),
    stray: (text) => take(running, { type: 'stray', at: now(), text }, false),
    leave() {
      running.away = true;
      screen.leave();
    },
    resume: () => resume(running),
    close: () => close(running),
    closeNow() {
      running.closed = true;
      pacer.close();
      screen.leaveNow();
    },
  };
}

function screenEvents(running: () => Running, { now }: MonitorOptions): ScreenEvents {
  return {
    onKey: (name) => take(running(), keyEvent(name, running().monitor, now()), true),
    onPaste(text) {
      if (running().monitor.prompt !== null) take(running(), { type: 'text', at: now(), text }, true);
    },
    onMouse(kind, column, row, by) {
      const at = now();
      const point = { column, row };
      if (kind === 'click') take(running(), { type: 'click', at, point }, true);
      else take(running(), { type: 'wheel', at, point, by: by * wheelStep }, true);
    },
    onResize() {
      running().painter.forget();
      running().pacer.request(true);
    },
    onDrain: () => running().pacer.request(true),
  };
}

/** Rows that a notch of the wheel moves. */
const wheelStep = 3;

/** A screen that breaks must not take the uploads with it. */
function guarded<T>(running: Running, work: () => T): T | undefined {
  if (running.closed) return undefined;
  try {
    return work();
  } catch (error) {
    fail(running, error);
    return undefined;
  }
}

function fail(running: Running, error: unknown): void {
  close(running);
  running.options.onFailure(error);
}

function viewOptions({ options }: Running): ViewOptions {
  return {
    language: options.language,
    ascii: options.ascii,
    now: options.now(),
    endpoint: options.endpoint(),
    redact: options.redact,
  };
}

/** A terminal that does not read gets no frame; it asks for one when it reads again. */
function paint(running: Running): number | null {
  const { screen, painter, options, monitor } = running;
  if (running.away || !screen.ready()) return null;
  const size = screen.size();
  const frame = view(options.state(), monitor, size, viewOptions(running));
  const text = painter.paint(frame, size);
  if (text !== '') screen.write(text);
  return frame.wakeAt;
}

function take(running: Running, event: MonitorEvent, urgent: boolean): void {
  guarded(running, () => {
    const { mouse } = running.monitor;
    const world = {
      state: running.options.state(),
      size: running.screen.size(),
      options: viewOptions(running),
    };
    const { monitor, action } = update(running.monitor, event, world);
    running.monitor = monitor;
    if (monitor.mouse !== mouse) running.screen.setMouse(monitor.mouse);
    if (action !== null) act(running, action);
    if (urgent) running.options.onUse();
    running.pacer.request(urgent);
  });
}

function act(running: Running, action: MonitorAction): void {
  if (action.type === 'redraw') running.painter.forget();
  else if (action.type === 'copy') copy(running);
  else running.options.onAction(action);
}

function copy(running: Running): void {
  const { options, screen, monitor } = running;
  const text = detailText(sceneOf(options.state(), monitor, screen.size(), viewOptions(running)));
  screen.write(osc52(text));
  options.onAction({ type: 'copy', text });
}

function resume(running: Running): void {
  if (running.closed) return;
  running.away = false;
  running.screen.leave();
  running.screen.enter();
  running.painter.forget();
  running.pacer.request(true);
}

function close(running: Running): void {
  if (running.closed) return;
  running.closed = true;
  running.pacer.close();
  running.screen.close();
}

/** A key as an event: text while something is typed, else what the table says. */
function keyEvent(name: string, monitor: MonitorState, at: number): MonitorEvent {
  const typing = monitor.prompt !== null;
  if (typing && (name === 'backspace' || name === 'C-u')) return { type: 'erase', at, all: name === 'C-u' };
  if (typing && [...name].length === 1) return { type: 'text', at, text: name };
  const action = actionOf(name === ' ' ? 'space' : name);
  return action === undefined ? { type: 'text', at, text: '' } : { type: 'key', at, action };
}

/** Terminals take about 100 kB in one sequence (xterm: 1 MB, hterm: 100 kB), in base64. */
const longestCopy = 74_000;

/** The text for the clipboard of the terminal itself, which works over SSH too. */
export function osc52(text: string): string {
  const bytes = Buffer.from(text).subarray(-longestCopy);
  return `\u001b]52;c;${bytes.toString('base64')}\u0007`;
}
