/** A terminal in memory: what the painter writes is read back cell by cell. */
import { EventEmitter } from 'node:events';
import unicode11 from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import { eastAsianWidthType } from 'get-east-asian-width';
import type { Size } from '../../src/monitor/frame.js';

export interface Headless {
  readonly terminal: headless.Terminal;
  write(text: string): Promise<void>;
  /** The screen's rows as text. */
  lines(): string[];
  /** The character of a cell and its width: 0 is the second half of a wide one. */
  cell(
    row: number,
    column: number,
  ): { readonly text: string; readonly width: number; readonly inverse: boolean };
}

/** Joins what takes no column to the character before, as xterm's own providers do. */
function properties(width: number, preceding: number): number {
  const before = (preceding >> 1) & 3;
  const joins = width === 0 && preceding !== 0 && before > 0;
  return ((joins ? Math.max(width, before) : width) << 1) | Number(joins);
}

/** Unicode 11, with what Unicode calls ambiguous in two columns. */
function drawAmbiguousWide(terminal: headless.Terminal): void {
  new unicode11.Unicode11Addon().activate({
    unicode: {
      register(narrow: headless.IUnicodeVersionProvider) {
        const wcwidth = (code: number): 0 | 1 | 2 =>
          narrow.wcwidth(code) === 1 && eastAsianWidthType(code) === 'ambiguous' ? 2 : narrow.wcwidth(code);
        terminal.unicode.register({
          version: 'wide',
          wcwidth,
          charProperties: (code, preceding) => properties(wcwidth(code), preceding),
        });
      },
    },
  } as never);
  terminal.unicode.activeVersion = 'wide';
}

export function headlessTerminal({ columns, rows }: Size, ambiguous: 1 | 2 = 1): Headless {
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  if (ambiguous === 2) drawAmbiguousWide(terminal);
  return {
    terminal,
    write: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    lines() {
      const { buffer } = terminal;
      return Array.from({ length: terminal.rows }, (_, row) =>
        (buffer.active.getLine(buffer.active.viewportY + row)?.translateToString(false) ?? '').padEnd(
          terminal.cols,
        ),
      );
    },
    cell(row, column) {
      const cell = terminal.buffer.active.getLine(row)?.getCell(column);
      return {
        text: cell?.getChars() ?? '',
        width: cell?.getWidth() ?? 1,
        inverse: cell?.isInverse() !== 0,
      };
    },
  };
}

/** The reading side of a terminal that tests type into. */
export class FakeInput extends EventEmitter {
  isRaw = false;
  setRawMode(raw: boolean): this {
    this.isRaw = raw;
    return this;
  }
  resume(): this {
    return this;
  }
  pause(): this {
    return this;
  }
  type(text: string): void {
    this.emit('data', Buffer.from(text));
  }
}

/** The writing side: a headless terminal, which can stop reading. */
export class FakeOutput extends EventEmitter {
  writableNeedDrain = false;
  readonly writableLength = 0;
  readonly isTTY = true;
  readonly frames: string[] = [];
  readonly screen: Headless;
  private written: Promise<void> = Promise.resolve();
  columns: number;
  rows: number;
  constructor(size: Size) {
    super();
    this.columns = size.columns;
    this.rows = size.rows;
    this.screen = headlessTerminal(size);
  }
  write(text: string): boolean {
    this.frames.push(text);
    this.written = this.written.then(() => this.screen.write(text)).then(() => void this.emit('shown'));
    return true;
  }
  resize(size: Size): void {
    this.columns = size.columns;
    this.rows = size.rows;
    this.screen.terminal.resize(size.columns, size.rows);
    this.emit('resize');
  }
  /** Resolves once the picture fits. */
  async until(fits: (lines: readonly string[]) => boolean): Promise<string[]> {
    for (;;) {
      await this.written;
      const lines = this.screen.lines();
      if (fits(lines)) return lines;
      await new Promise((resolve) => this.once('shown', resolve));
    }
  }
}
