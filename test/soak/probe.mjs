// Preloaded into the program that is measured: at a signal it writes down what keeps it busy, and what it holds after a collection.
import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
// Compiled code is most of what comes and goes in the first hours, and hides what a leak would add.
for (const flag of ['--no-opt', '--no-maglev', '--no-sparkplug']) setFlagsFromString(flag);
const collect = runInNewContext('gc');

process.on('SIGUSR2', () => {
  const file = process.env.SOAK_ANSWER;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  const answer = { resources: process.getActiveResourcesInfo(), heldKb: (heapUsed + external) / 1024 };
  writeFileSync(`${file}.new`, JSON.stringify(answer));
  renameSync(`${file}.new`, file);
});
