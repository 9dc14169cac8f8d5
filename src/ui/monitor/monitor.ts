/** Runs the screen: takes what happens, keeps the monitor's state, and paints when there is something new to see. */
import type { Event } from '../../core/model.js';
import type { State } from '../../core/state.js';
import type { Fact } from '../facts.js';
import type { Language } from '../language.js';
import type { Tone } from '../lines.js';
import { detailText } from './detail-pane.js';
import { actionOf } from './keys.js';
import {
  firstMonitor,
  type Invoked,
  type MonitorAction,
  type MonitorEvent,
  type MonitorState,
} from './model.js';
import { createPacer } from './pace.js';
import { createPainter } from './paint.js';
import { sceneOf, type ViewOptions } from './scene.js';
import { openScreen, type Screen, type ScreenInput, type ScreenOutput } from './terminal.js';
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
  /** It threw: it has been closed, and nothing more is painted. */
  readonly onFailure: (error: unknown) => void;
}

export type Asked =
  | Exclude<MonitorAction, { readonly type: 'copy' | 'redraw' }>
  | { readonly type: 'copy'; readonly text: string };

export interface Monitor {
  fact(fact: Fact, at: number): void;
  /** Any event of the core. */
  stateChanged(event: Event): void;
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

/** Opens the screen and paints the first picture. */
export async function openMonitor(options: MonitorOptions): Promise<Monitor> {
  let monitor: MonitorState = firstMonitor;
  let closed = false;
  let away = false;
  const painter = createPainter(options.color);
  const viewOptions = (): ViewOptions => ({
    language: options.language,
    ascii: options.ascii,
    now: options.now(),
    endpoint: options.endpoint(),
    redact: options.redact,
  });

  const guarded = (work: () => void): void => {
    if (closed) return;
    try {
      work();
    } catch (error) {
      close();
      options.onFailure(error);
    }
  };
  const paint = (): number | null => {
    if (closed || away || !screen.ready()) return null;
    const size = screen.size();
    const frame = view(options.state(), monitor, size, viewOptions());
    const text = painter.paint(frame, size);
    if (text !== '') screen.write(text);
    return frame.wakeAt;
  };
  const pacer = createPacer({
    now: options.now,
    remote: options.remote,
    paint: () => {
      let wakeAt: number | null = null;
      guarded(() => {
        wakeAt = paint();
      });
      return wakeAt;
    },
  });
  const take = (event: MonitorEvent, urgent: boolean): void =>
    guarded(() => {
      const mouse = monitor.mouse;
      const updated = update(monitor, event, {
        state: options.state(),
        size: screen.size(),
        options: viewOptions(),
      });
      monitor = updated.monitor;
      if (monitor.mouse !== mouse) screen.setMouse(monitor.mouse);
      if (updated.action !== null) act(updated.action);
      pacer.request(urgent);
    });
  const act = (action: MonitorAction): void => {
    switch (action.type) {
      case 'copy':
        copy();
        return;
      case 'redraw':
        painter.forget();
        return;
      default:
        options.onAction(action);
    }
  };
  const copy = (): void => {
    const text = detailText(sceneOf(options.state(), monitor, screen.size(), viewOptions()));
    screen.write(osc52(text));
    options.onAction({ type: 'copy', text });
  };
  const leave = (): void => {
    away = true;
    screen.leave();
  };
  const resume = (): void => {
    if (closed) return;
    away = false;
    screen.leave();
    screen.enter();
    painter.forget();
    pacer.request(true);
  };
  const close = (): void => {
    if (closed) return;
    closed = true;
    pacer.close();
    screen.close();
  };

  const screen: Screen = await openScreen(options.input, options.output, {
    onKey: (name) => take(keyEvent(name, monitor, options.now()), true),
    onPaste: (text) => {
      if (monitor.prompt !== null) take({ type: 'text', at: options.now(), text }, true);
    },
    onMouse: (kind, column, row, by) => {
      const point = { column, row };
      const at = options.now();
      take(kind === 'click' ? { type: 'click', at, point } : { type: 'wheel', at, point, by: by * 3 }, true);
    },
    onResize: () => {
      painter.forget();
      pacer.request(true);
    },
    onDrain: () => pacer.request(true),
  });
  for (const { fact, at } of options.early) take({ type: 'fact', at, fact }, false);
  screen.enter();
  pacer.paintNow();

  const now = options.now;
  return {
    fact: (fact, at) => take({ type: 'fact', at, fact }, false),
    stateChanged: () => pacer.request(false),
    say: (text, tone) => take({ type: 'toast', at: now(), text, tone }, true),
    invoked: (result) => take({ type: 'invoked', at: now(), result }, true),
    stray: (text) => take({ type: 'stray', at: now(), text }, false),
    leave,
    resume,
    close,
    closeNow() {
      closed = true;
      pacer.close();
      screen.leaveNow();
    },
  };
}

/** A key as an event: text while something is typed, else what the table says. */
function keyEvent(name: string, monitor: MonitorState, at: number): MonitorEvent {
  const typing = monitor.prompt !== null;
  if (typing && name === 'backspace') return { type: 'erase', at };
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
