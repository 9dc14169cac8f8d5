/** Ctrl-Z and `fg`: one way for the monitor and for every question. */

/** How long after stopping it is clear that nobody could stop us (an orphaned process group), ms. */
const notStoppedMs = 300;

/**
 * Stops the foreground processes, as a terminal does: an npm that has started us would keep the terminal, and no shell would come.
 * Calls back once they could have continued, or could not stop.
 */
export function stopGroup(back: () => void): void {
  if (process.platform !== 'win32') process.kill(0, 'SIGTSTP');
  // Once it continues both are due: SIGCONT is heard first.
  setTimeout(() => setImmediate(back), process.platform === 'win32' ? 0 : notStoppedMs);
}

/** As much of the terminal's reading side as is needed. */
export interface RawInput {
  setRawMode?(raw: boolean): unknown;
}

export interface Stops {
  /** The person wants to be back in the shell. */
  readonly stop: () => void;
  /** The question is over. */
  readonly end: () => void;
}

/**
 * Keeps a question, which reads key by key, across stops: those of a key, and those from outside.
 * @param draw the question again, wherever the cursor is by now
 */
export function acrossStops(input: RawInput, draw: () => void): Stops {
  let isStopping = false;
  const back = (): void => {
    isStopping = false;
    // Behind Node's back the shell has given the terminal another mode: asked for the one that it knows of, Node does nothing.
    input.setRawMode?.(false);
    input.setRawMode?.(true);
    draw();
  };
  process.on('SIGCONT', back);
  return {
    stop() {
      isStopping = true;
      input.setRawMode?.(false);
      stopGroup(() => {
        if (isStopping) back();
      });
    },
    end() {
      isStopping = false;
      process.off('SIGCONT', back);
    },
  };
}
