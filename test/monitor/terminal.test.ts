/** The screen and the way back: each time whole, once, and without a process that a terminal can hold up. */
import { EventEmitter } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openScreen, type ScreenInput, type ScreenOutput } from '../../src/monitor/terminal.js';
import { temporaryFolder } from '../support/rig.js';

const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h';
const mouseOn = '\u001b[?1000h\u001b[?1002h\u001b[?1006h';
const mouseOff = '\u001b[?1006l\u001b[?1002l\u001b[?1000l';
const leave = `\u001b[?2026l${mouseOff}\u001b[?2004l\u001b[?7h\u001b[0m\u001b[?25h\u001b[?1049l`;

class Input extends EventEmitter implements ScreenInput {
  readonly raw: boolean[] = [];
  reading = false;
  setRawMode(raw: boolean): void {
    this.raw.push(raw);
  }
  resume(): void {
    this.reading = true;
  }
  pause(): void {
    this.reading = false;
  }
}

class Output extends EventEmitter implements ScreenOutput {
  columns = 90;
  rows = 20;
  writableNeedDrain = false;
  writableLength = 0;
  fd?: number;
  readonly written: string[] = [];
  readonly blocking: boolean[] = [];
  readonly _handle: unknown = { setBlocking: (on: boolean) => this.blocking.push(on) };
  write(text: string): boolean {
    this.written.push(text);
    return true;
  }
}

function scene(output: Output = new Output()) {
  const input = new Input();
  const happened: string[] = [];
  const screen = openScreen(input, output, {
    onKey: (name) => happened.push(`key ${name}`),
    onPaste: (text) => happened.push(`paste ${text}`),
    onMouse: (kind, column, row, by) => happened.push(`${kind} ${column} ${row} ${by}`),
    onResize: () => happened.push('resize'),
    onDrain: () => happened.push('drain'),
  });
  onTestFinished(screen.close);
  const type = (text: string): void => void input.emit('data', Buffer.from(text));
  return { input, output, screen, happened, type };
}

describe('the screen', () => {
  it('is entered once and left once, with raw input in between, and blocks nothing meanwhile', () => {
    const { input, output, screen } = scene();
    screen.leave();
    screen.leaveNow();
    expect([output.written, input.raw]).toEqual([[], []]);
    screen.enter();
    screen.enter();
    expect([output.written, input.raw, input.reading]).toEqual([[enter + mouseOn], [true], true]);
    expect(output.blocking).toEqual([false]);
    screen.leave();
    screen.leave();
    expect(output.written.slice(1)).toEqual([leave]);
    expect(input.raw).toEqual([true, false]);
    expect(output.blocking).toEqual([false, true]);
  });

  it('does not wait at its end for a terminal that does not read', () => {
    const { output, screen } = scene();
    screen.enter();
    output.writableLength = 100;
    screen.leave();
    expect(output.blocking).toEqual([false]);
  });

  it.each([
    ['no handle', null],
    ['a handle that cannot', {}],
  ])('works where there is %s', (_, handle) => {
    const { output, screen } = scene(Object.assign(new Output(), { _handle: handle }));
    screen.enter();
    screen.leave();
    expect(output.written).toEqual([enter + mouseOn, leave]);
  });

  it('has the mouse where it is wanted, at once and when it is entered', () => {
    const { output, screen } = scene();
    screen.setMouse(false);
    expect(output.written).toEqual([]);
    screen.enter();
    screen.setMouse(true);
    screen.setMouse(false);
    expect(output.written).toEqual([enter, mouseOn, mouseOff]);
  });

  it('is left at the very end of the process without a wait: onto the file itself, else as ever', async () => {
    const file = join(await temporaryFolder(), 'terminal');
    const fd = openSync(file, 'w');
    const { input, output, screen } = scene(Object.assign(new Output(), { fd }));
    screen.enter();
    screen.leaveNow();
    screen.leaveNow();
    expect(readFileSync(file, 'utf8')).toBe(`\u0018${leave}`);
    expect(output.written).toHaveLength(1);
    expect(input.raw).toEqual([true, false]);
    screen.enter();
    closeSync(fd);
    screen.leaveNow();
    const other = scene();
    other.screen.enter();
    other.screen.leaveNow();
    expect(other.output.written.slice(1)).toEqual([`\u0018${leave}`]);
  });

  it('has a size, also where the terminal says none', () => {
    const { output, screen } = scene();
    expect(screen.size()).toEqual({ columns: 90, rows: 20 });
    Object.assign(output, { columns: 0, rows: 0 });
    expect(screen.size()).toEqual({ columns: 80, rows: 24 });
  });

  it('is ready as long as the terminal reads', () => {
    const { output, screen } = scene();
    expect(screen.ready()).toBe(true);
    output.writableNeedDrain = true;
    expect(screen.ready()).toBe(false);
  });
});

describe('what comes from the terminal', () => {
  it('before anybody listens is not lost, and comes in its order', async () => {
    const { screen, happened, type } = scene();
    type('a');
    type('\u001b[A');
    expect(happened).toEqual([]);
    await screen.listen();
    type('b');
    expect(happened).toEqual(['key a', 'key up', 'key b']);
  });

  it('is keys by their names, pastes, the wheel and presses of the left button', async () => {
    const { screen, happened, type } = scene();
    await screen.listen();
    const seen = (text: string): string[] => {
      type(text);
      return happened.splice(0);
    };
    expect(seen('\r')).toEqual(['key enter']);
    expect(seen('\n')).toEqual(['key enter']);
    expect(seen('\u0003')).toEqual(['key C-c']);
    expect(seen(' ~')).toEqual(['key  ', 'key ~']);
    expect(seen('\u001b[5~')).toEqual(['key pageup']);
    expect(seen('\u001b[200~two\nlines\u001b[201~')).toEqual(['paste two\nlines']);
    expect(seen('\u001b[<64;3;4M')).toEqual(['wheel 2 3 -1']);
    expect(seen('\u001b[<65;3;4M')).toEqual(['wheel 2 3 1']);
    expect(seen('\u001b[<0;3;4M')).toEqual(['click 2 3 0']);
    expect(seen('\u001b[<0;3;4m')).toEqual([]);
    expect(seen('\u001b[<2;3;4M')).toEqual([]);
  });

  it('is a new size, and that it reads again', () => {
    const { output, happened } = scene();
    output.emit('resize');
    output.emit('drain');
    expect(happened).toEqual(['resize', 'drain']);
  });

  it('is nothing any more after the end', async () => {
    const { input, output, screen, happened, type } = scene();
    screen.enter();
    screen.close();
    expect(output.written.at(-1)).toBe(leave);
    expect(input.reading).toBe(false);
    type('a');
    output.emit('resize');
    output.emit('drain');
    await screen.listen();
    type('b');
    expect(happened).toEqual([]);
  });
});
