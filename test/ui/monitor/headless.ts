/** A terminal in memory: what the painter writes is read back cell by cell. */
import { EventEmitter } from 'node:events';
import unicode11 from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import type { Size } from '../../../src/ui/monitor/frame.js';

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

export function headlessTerminal({ columns, rows }: Size): Headless {
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = '11';
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
