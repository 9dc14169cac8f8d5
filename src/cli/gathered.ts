/** Writes what is said in one turn of the event loop at once: a write to a pipe blocks the thread, and a burst says much. */

export interface Gathered {
  readonly write: (text: string) => void;
  /** Writes now what was said so far. */
  readonly flush: () => void;
  /** There will be no further turn: from here on nothing waits. */
  readonly close: () => void;
}

/** @param write takes it all before it returns, or keeps it itself */
export function gathered(write: (text: string) => void): Gathered {
  let said = '';
  let due: NodeJS.Immediate | null = null;
  let closed = false;
  const flush = (): void => {
    if (due !== null) clearImmediate(due);
    due = null;
    const text = said;
    said = '';
    if (text !== '') write(text);
  };
  return {
    write(text) {
      said += text;
      if (closed) flush();
      else due ??= setImmediate(flush);
    },
    flush,
    close() {
      closed = true;
      flush();
    },
  };
}
