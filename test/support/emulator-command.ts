/** `tcb-watch emulator` in this process. */
import { runEmulator } from '../../src/cli/emulator.js';
import type { EmulatorOptions } from '../../src/cli/options.js';
import { type Desk, deskIn } from './init-rig.js';

const unset: EmulatorOptions = {
  envId: [],
  json: true,
  port: 0,
  latency: 0,
  lenient: false,
  stdinEnds: false,
};

interface Run {
  readonly desk: Desk;
  readonly code: Promise<number>;
  interrupt(): void;
  /** Resolves once it listens, or has ended. */
  readonly begun: Promise<void>;
}

/** Starts it; whoever tests it ends it. */
export function start(cwd: string, options: Partial<EmulatorOptions> = {}): Run {
  const desk = deskIn(cwd);
  let interrupt = (): void => undefined;
  let listening = (): void => undefined;
  const listens = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const code = runEmulator(
    { ...unset, ...options },
    {
      ...desk.context,
      out(text) {
        desk.context.out(text);
        listening();
      },
      onInterrupt(listener) {
        interrupt = listener;
        return () => undefined;
      },
    },
  );
  return {
    desk,
    code,
    interrupt: () => interrupt(),
    begun: Promise.race([listens, code.then(() => undefined)]),
  };
}
