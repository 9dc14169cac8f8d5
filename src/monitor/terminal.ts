/** The terminal: the only place that turns it into a screen and back, with blessed for raw mode, keys, mouse and size. */
import { EventEmitter } from 'node:events';
import { writeSync } from 'node:fs';
import type Program from 'blessed/lib/program.js';
import type { ProgramKey, ProgramMouse } from 'blessed/lib/program.js';
import type { Size } from './frame.js';
import { createInputSplitter } from './input.js';

/** As much of a TTY's reading side as is needed. */
export interface ScreenInput extends NodeJS.EventEmitter {
  readonly isRaw?: boolean;
  setRawMode?(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** As much of a TTY's writing side as is needed. */
export interface ScreenOutput extends NodeJS.EventEmitter {
  readonly columns: number;
  readonly rows: number;
  readonly writableNeedDrain: boolean;
  readonly writableLength: number;
  readonly fd?: number;
  write(text: string): boolean;
}

export interface ScreenEvents {
  /** A key by blessed's name, or the printable character itself. */
  readonly onKey: (name: string) => void;
  readonly onPaste: (text: string) => void;
  /** The wheel by -1 or 1 notches, or a press of the left button at a cell from 0. */
  readonly onMouse: (kind: 'click' | 'wheel', column: number, row: number, by: number) => void;
  readonly onResize: () => void;
  /** It reads again. */
  readonly onDrain: () => void;
}

export interface Screen {
  /** From here on keys and the mouse act; what was typed before counts. blessed is loaded only now: a picture needs none. */
  listen(): Promise<void>;
  size(): Size;
  /** False: it does not read; what is written piles up. */
  ready(): boolean;
  write(text: string): void;
  setMouse(on: boolean): void;
  /** Back to the main screen, and in again. */
  leave(): void;
  enter(): void;
  /** At the very end of the process, when nothing may wait. */
  leaveNow(): void;
  close(): void;
}

const esc = '\u001b';
const mouseOn = `${esc}[?1000h${esc}[?1002h${esc}[?1006h`;
const mouseOff = `${esc}[?1006l${esc}[?1002l${esc}[?1000l`;
/** Alternate buffer, no cursor, no wrapping at the edge, bracketed paste. */
const enterModes = `${esc}[?1049h${esc}[?25l${esc}[?7l${esc}[?2004h`;
const leaveModes = `${esc}[?2026l${mouseOff}${esc}[?2004l${esc}[?7h${esc}[0m${esc}[?25h${esc}[?1049l`;
/** Ends a sequence that was cut in the middle. */
const cancel = '\u0018';

export function openScreen(input: ScreenInput, output: ScreenOutput, events: ScreenEvents): Screen {
  const keys = keySource(input);
  const early: string[] = [];
  let program: Program | null = null;
  let closed = false;
  const splitter = createInputSplitter({
    onSequence(sequence) {
      if (program === null) early.push(sequence);
      else forward(keys, sequence, events);
    },
    onPaste: events.onPaste,
  });
  const onData = (chunk: Buffer | string): void => splitter.take(Buffer.from(chunk));
  input.on('data', onData);
  output.on('drain', events.onDrain).on('resize', events.onResize);
  const modes = screenModes(input, output);
  return {
    ...modes,
    async listen() {
      const { default: BlessedProgram } = await import('blessed/lib/program.js');
      if (closed) return;
      program = new BlessedProgram({ input: keys, output, tput: false });
      listen(program, events);
      for (const sequence of early.splice(0)) forward(keys, sequence, events);
    },
    size: () => ({ columns: Math.max(1, output.columns || 80), rows: Math.max(1, output.rows || 24) }),
    ready: () => !output.writableNeedDrain,
    write: (text) => void output.write(text),
    close() {
      closed = true;
      modes.leave();
      splitter.close();
      input.off('data', onData);
      output.off('drain', events.onDrain).off('resize', events.onResize);
      program?.destroy();
      input.pause();
    },
  };
}

/** In and out of the screen, each time whole. */
function screenModes(
  input: ScreenInput,
  output: ScreenOutput,
): Pick<Screen, 'enter' | 'leave' | 'leaveNow' | 'setMouse'> {
  let mouse = true;
  let inside = false;
  return {
    setMouse(on) {
      mouse = on;
      if (inside) output.write(on ? mouseOn : mouseOff);
    },
    enter() {
      if (inside) return;
      inside = true;
      input.setRawMode?.(true);
      input.resume();
      setBlocking(output, false);
      output.write(enterModes + (mouse ? mouseOn : ''));
    },
    leave() {
      if (!inside) return;
      inside = false;
      output.write(leaveModes);
      input.setRawMode?.(false);
      // Where something waits to be read, blocking would wait for it with everything else.
      if (output.writableLength === 0) setBlocking(output, true);
    },
    leaveNow() {
      if (!inside) return;
      inside = false;
      writeNow(output, cancel + leaveModes);
      input.setRawMode?.(false);
    },
  };
}

/** The stream that blessed reads from: whole sequences only. Raw mode is ours to switch, so that suspending can. */
function keySource(input: ScreenInput): EventEmitter & {
  readonly isRaw: boolean;
  setRawMode(raw: boolean): void;
  resume(): void;
  pause(): void;
} {
  return Object.assign(new EventEmitter(), {
    isRaw: input.isRaw === true,
    setRawMode: (): void => undefined,
    resume: (): void => undefined,
    pause: (): void => undefined,
  });
}

/** blessed takes characters apart into halves, so those beyond its alphabet go past it. */
function forward(keys: EventEmitter, sequence: string, { onKey }: ScreenEvents): void {
  if (/^[\u00a0-\u{10ffff}]$/u.test(sequence)) onKey(sequence);
  else keys.emit('data', Buffer.from(sequence));
}

function listen(program: Program, { onKey, onMouse }: ScreenEvents): void {
  program.on('keypress', (character: string | undefined, key: ProgramKey) => {
    // Enter comes twice, under both its names.
    if (key.name === 'return') return;
    const printable = character !== undefined && /^[\x20-\x7e]$/.test(character);
    if (printable) onKey(character);
    else onKey(key.full === 'linefeed' ? 'enter' : key.full);
  });
  program.on('mouse', ({ action, button, x, y }: ProgramMouse) => {
    if (action === 'wheelup' || action === 'wheeldown') onMouse('wheel', x, y, action === 'wheelup' ? -1 : 1);
    if (action === 'mousedown' && button === 'left') onMouse('click', x, y, 0);
  });
}

/** A terminal that stops reading must not stop the process; what is written then waits in memory. */
function setBlocking(output: ScreenOutput, blocking: boolean): void {
  const handle: unknown = Reflect.get(output, '_handle');
  if (typeof handle !== 'object' || handle === null) return;
  const set: unknown = Reflect.get(handle, 'setBlocking');
  if (typeof set === 'function') Reflect.apply(set, handle, [blocking]);
}

function writeNow(output: ScreenOutput, text: string): void {
  if (output.fd === undefined) {
    output.write(text);
    return;
  }
  try {
    writeSync(output.fd, text);
  } catch (error) {
    // The terminal is gone, or does not read: there is nothing left to restore it with.
    if (!(error instanceof Error)) throw error;
  }
}
