/** Waits that end early when the emulator is closed. */
export interface Pauses {
  pause(ms: number): Promise<void>;
  close(): void;
}

export function createPauses(): Pauses {
  const ends = new Set<() => void>();
  let closed = false;
  return {
    pause: async (ms) => {
      if (ms <= 0 || closed) return;
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          ends.delete(end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        ends.add(end);
      });
    },
    close: () => {
      closed = true;
      for (const end of [...ends]) end();
    },
  };
}
