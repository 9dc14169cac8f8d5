/**
 * The one part of blessed that is used: its program form (raw mode, keys, mouse, resize). Its own types lack
 * `tput: false`, which keeps it from reading terminfo that it cannot parse (docs/decisions.md, "Why blessed, without its widgets?").
 */
declare module 'blessed/lib/program.js' {
  import type { EventEmitter } from 'node:events';

  export interface ProgramInput extends EventEmitter {
    readonly isRaw?: boolean | undefined;
    setRawMode(raw: boolean): unknown;
    resume(): unknown;
    pause(): unknown;
  }

  export interface ProgramKey {
    /** "C-l", "S-tab", "pageup"; a printable one without a name is itself. */
    readonly full: string;
    readonly name?: string | undefined;
  }

  export interface ProgramMouse {
    readonly action: string;
    readonly button?: string | undefined;
    /** From 0. */
    readonly x: number;
    readonly y: number;
  }

  export default class Program extends EventEmitter {
    constructor(options: {
      readonly input: ProgramInput;
      readonly output: EventEmitter;
      readonly tput: false;
    });
    destroy(): void;
  }
}
