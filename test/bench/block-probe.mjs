// Preloaded into the built program (`NODE_OPTIONS=--import=…`): the longest time that its thread was blocked, between two turns
// of the event loop; waiting for events does not count. On SIGUSR2 it writes that time since the last signal, in ms, to the file
// that BLOCK_PROBE names, and begins again. Its timer wakes the program every millisecond: no measure of idling.
import { renameSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const file = process.env.BLOCK_PROBE ?? '';
let longestMs = 0;
let last = performance.now();
let idle = performance.eventLoopUtilization().idle;

const look = () => {
  const now = performance.now();
  const idleNow = performance.eventLoopUtilization().idle;
  longestMs = Math.max(longestMs, now - last - (idleNow - idle));
  last = now;
  idle = idleNow;
};

setInterval(look, 1).unref();
process.on('SIGUSR2', () => {
  look();
  writeFileSync(`${file}.new`, String(longestMs));
  renameSync(`${file}.new`, file);
  longestMs = 0;
});
