/**
 * The time by which things are waited for. The system's clock may be set back (by a person, by a time server, by a virtual
 * machine that wakes up): whatever waits for a moment of before would then wait for hours, and answers of the cloud would count
 * as older than what they answer. Set forward it counts, since that is how sleep shows.
 */

/** The time that it may go back by without a word: less than anybody notices, more than what the two clocks differ by when read. */
const stepMs = 1000;

/**
 * Milliseconds since the epoch which go on where the system's clock is set back.
 * @param wall the system's clock
 * @param monotonic a clock that nobody sets; its origin does not matter
 */
export function createClock(wall: () => number, monotonic: () => number): () => number {
  let setBackBy = 0;
  let lead = Number.NEGATIVE_INFINITY;
  return () => {
    const time = wall();
    const now = time + setBackBy - monotonic();
    if (now < lead - stepMs) setBackBy += lead - now;
    else lead = now;
    return time + setBackBy;
  };
}

/** The one clock of this process for everything that is waited for and compared; the system's own is for what people read. */
export const steadyNow = createClock(
  () => Date.now(),
  () => performance.now(),
);
