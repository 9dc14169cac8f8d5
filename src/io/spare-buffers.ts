/**
 * Large buffers that nobody needs any more, used again as long as the garbage collector has not taken them: it takes up to
 * 64 MB of them at its leisure, and an edit of a function of 15 MB would leave 36 MB each time.
 */
export interface SpareBuffers {
  /** A buffer of exactly so many bytes, whatever they are. */
  take(bytes: number): Buffer;
  /** Nobody reads or writes this one any more. */
  give(buffer: Buffer): void;
}

/** Smaller ones are not worth it. */
const largeBytes = 1024 * 1024;
/** The old and the new content of one function, and as many of another. */
const mostSpares = 4;

export function createSpareBuffers(): SpareBuffers {
  let spares: WeakRef<ArrayBufferLike>[] = [];
  return {
    take(bytes) {
      if (bytes < largeBytes) return Buffer.allocUnsafeSlow(bytes);
      const left = spares.flatMap((spare) => spare.deref() ?? []);
      const fit = left.find(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes);
      spares = left.filter((memory) => memory !== fit).map((memory) => new WeakRef(memory));
      return fit === undefined ? Buffer.allocUnsafeSlow(bytes) : Buffer.from(fit, 0, bytes);
    },
    give({ buffer }) {
      if (buffer.byteLength < largeBytes) return;
      spares = [...spares.slice(1 - mostSpares), new WeakRef(buffer)];
    },
  };
}
