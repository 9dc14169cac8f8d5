/** The real terminal, for a screen to take over and to give back. */
import type { Terminal } from './context.js';
import { stopGroup } from './stopping.js';

/** @param onGone the terminal was closed */
export function processTerminal(interrupt: () => void, onGone: () => void): Terminal {
  process.stdin.on('error', onGone).on('end', onGone);
  return {
    input: process.stdin,
    output: process.stdout,
    interrupt,
    onExit(listener) {
      const quit = (): void => {
        listener();
        process.off('SIGQUIT', quit);
        process.kill(process.pid, 'SIGQUIT');
      };
      // Before the error is printed, so that it lands on the main screen.
      process.on('uncaughtExceptionMonitor', listener).on('exit', listener);
      if (process.platform !== 'win32') process.on('SIGQUIT', quit);
      return () => {
        process.off('uncaughtExceptionMonitor', listener).off('exit', listener).off('SIGQUIT', quit);
      };
    },
    onContinue(listener) {
      process.on('SIGCONT', listener);
      return () => void process.off('SIGCONT', listener);
    },
    suspend: stopGroup,
    handOver() {
      process.stdin.pause();
      const before = process.listeners('SIGINT');
      const ignore = (): void => undefined;
      process.removeAllListeners('SIGINT').on('SIGINT', ignore);
      return () => {
        process.off('SIGINT', ignore);
        for (const listener of before) process.on('SIGINT', listener);
        process.stdin.resume();
      };
    },
    captureErrors: captureErrors(process.stderr),
  };
}

/** Nothing else may write on the screen: warnings of Node and of libraries would. */
function captureErrors(stream: NodeJS.WriteStream): Terminal['captureErrors'] {
  return (listener) => {
    if (stream.isTTY !== true) return () => undefined;
    const write = (chunk: unknown, ...rest: readonly unknown[]): boolean => {
      listener(
        typeof chunk === 'string' ? chunk : Buffer.from(chunk instanceof Uint8Array ? chunk : []).toString(),
      );
      const done = rest.at(-1);
      if (typeof done === 'function') queueMicrotask(() => void Reflect.apply(done, stream, []));
      return true;
    };
    Reflect.set(stream, 'write', write);
    return () => void Reflect.deleteProperty(stream, 'write');
  };
}
