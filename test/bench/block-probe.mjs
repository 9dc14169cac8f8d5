// Preloaded into the built program (`NODE_OPTIONS=--import=…`): measures how long its thread is blocked at a time, between two
// turns of the event loop. On SIGUSR2 it writes the longest time since the last signal to the file that BLOCK_PROBE names, as
// JSON: `{"longestMs":…,"turns":…}`, and begins anew. A turn without a pause for events counts whole; waiting does not.
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const file = process.env.BLOCK_PROBE;
const eachMs = 1;
let longestMs = 0;
let turns = 0;
let last = performance.now();
let idle = performance.eventLoopUtilization().idle;

const look = () => {
  const now = performance.now();
  const idleNow = performance.eventLoopUtilization().idle;
  // Time in which the loop waited for events is not blocked.
  const busyMs = now - last - (idleNow - idle);
  if (busyMs > longestMs) longestMs = busyMs;
  turns += 1;
  last = now;
  idle = idleNow;
};

// A timer of one millisecond wakes the program, so this is no measure of idling; it is only loaded where blocks are measured.
setInterval(look, eachMs).unref();
process.on('SIGUSR2', () => {
  look();
  writeFileSync(`${file}.new`, JSON.stringify({ longestMs, turns }));
  import('node:fs').then(({ renameSync }) => renameSync(`${file}.new`, file));
  longestMs = 0;
  turns = 0;
});
