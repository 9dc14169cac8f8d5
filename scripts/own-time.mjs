// How long a group of processes has taken of its own, whatever else the machine does meanwhile: the CPU time that it used, and the
// time in which none of it wanted any. For scripts/mutate.mjs, whose limits must mean the same on a busy machine.
import { readdirSync, readFileSync } from 'node:fs';

const sampleMs = 250;
const tickMs = 10;

/**
 * @param {number} group the id of its first process
 * @param {number} boundMs of its own time
 * @param {() => void} onBound once, when it took longer
 * @returns {{ end: () => number }} `end` stops the watch and returns the milliseconds of its own time
 */
export function watchOwnTime(group, boundMs, onBound) {
  const startedAt = performance.now();
  const before = sample(group);
  let waitedMs = 0;
  // Where there is no /proc, it is the clock's.
  const ownMs = (now) =>
    now === null ? performance.now() - startedAt : Math.max(0, now.cpuMs - before.cpuMs) + waitedMs;
  const timer = setInterval(() => {
    const now = sample(group);
    if (now !== null && !now.busy) waitedMs += sampleMs;
    if (ownMs(now) <= boundMs) return;
    clearInterval(timer);
    onBound();
  }, sampleMs);
  return {
    end: () => {
      clearInterval(timer);
      return ownMs(sample(group));
    },
  };
}

/** Those that ended are counted by the process that started them. `busy`: one runs, or stands in the queue for a CPU or a disk. */
function sample(group) {
  if (process.platform !== 'linux') return null;
  const members = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((stat) => Number(stat[2]) === group);
  const ticks = members.flatMap((stat) => stat.slice(11, 15)).reduce((sum, field) => sum + Number(field), 0);
  return { cpuMs: ticks * tickMs, busy: members.some(([state]) => state === 'R' || state === 'D') };
}

/** The fields after the name, which may hold spaces: state, parent, group, … */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
