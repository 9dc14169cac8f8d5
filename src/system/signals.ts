const sourcesOf = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/**
 * A signal that aborts when one of these does. `AbortSignal.any` alone holds them weakly: with Node 20, an `AbortSignal.timeout`
 * that nobody else holds is gone with the next collection of garbage, and never aborts.
 */
export function anySignal(signals: readonly AbortSignal[]): AbortSignal {
  const signal = AbortSignal.any([...signals]);
  sourcesOf.set(signal, signals);
  return signal;
}
