/** The longest time that the program's thread is blocked, from the start to a burst. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { it } from 'vitest';
import { configFor, makeProject, runEmulator, runWith } from '../support/rig.js';
import { writeTree } from './material.js';
import { canProbe, probed, reportBlock } from './probe.js';

const [files, functions] = [10_000, 200];
const size = `${files.toLocaleString('en')} files, ${functions} functions`;
/** Everything is live, and the next sweeps find nothing. */
const quietMs = 10_000;

it.skipIf(!canProbe)('start, sweeps, every function changed at once, start', async (context) => {
  const emulator = await runEmulator({ envs: ['dev'], deployMs: 1 });
  const settings = { verify: false, requestsPerSecond: 1000, sweepSeconds: 3 };
  const project = await makeProject({}, { ...configFor(emulator), ...settings });
  const { folder, root } = project;
  await writeTree(root, functions, files);
  const program = runWith(emulator, project, ['watch'], probed(folder));
  await program.waitFor((seen) => seen.event === 'watching');
  await reportBlock(context, `first start → watching, modules loaded, ${size}`, program, folder, '≤ 20 ms');
  const names = Array.from({ length: functions }, (_, index) => `fn-${index}`);
  const everywhere = names.map((name) => [name, 'dev'] as const);
  await program.waitForLive(everywhere);
  await reportBlock(context, 'first uploads of it', program, folder, '≤ 50 ms');
  await pause(quietMs);
  await reportBlock(context, 'sweeps of it', program, folder, '≤ 20 ms');
  const from = program.events.length;
  for (const name of names) await writeFile(join(root, name, 'index.js'), 'exports.main = async () => 1;\n');
  await program.waitForLive(everywhere, from);
  await reportBlock(context, `all of ${functions} functions changed at once`, program, folder, '≤ 50 ms');
  await program.stop();
  const again = runWith(emulator, project, ['watch'], probed(folder));
  await again.waitFor((seen) => seen.event === 'watching');
  await reportBlock(context, `second start → watching, ${size}`, again, folder, '≤ 20 ms');
  await again.stop();
});
