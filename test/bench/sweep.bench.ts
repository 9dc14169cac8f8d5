/** The cost of looking at everything while nothing has changed, in processor time, against walking and `stat` alone. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { it } from 'vitest';
import { createBuiltContent } from '../../src/build/builds.js';
import { discover } from '../../src/functions/discovery.js';
import { loadConfig } from '../../src/functions/load.js';
import { makeProject } from '../support/rig.js';
import { sourceFiles, writeFiles } from './material.js';
import { median, report } from './rows.js';

const [functions, filesEach] = [200, 50];
/** A multiple of eleven: one look in eleven lists directories too (`snapshot.ts`). */
const rounds = 22;
/** A file that changed more lately is read again to be sure. */
const notRacyMs = 2500;

async function processorMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function medianOf(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push(await processorMs(work));
    await pause(20);
  }
  return median(times);
}

function walkAndStat(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walkAndStat(path);
    else statSync(path);
  }
}

it('a sweep', async (context) => {
  const project = await makeProject({}, { envs: ['dev'], endpoint: 'emulator' });
  for (let fn = 0; fn < functions; fn += 1)
    await writeFiles(join(project.root, `fn-${fn}`), sourceFiles(filesEach, 5000, fn));
  await pause(notRacyMs);
  const loaded = await loadConfig({ from: project.folder, environment: {} });
  if (!loaded.ok) throw new Error('the configuration is not valid');
  const specs = await discover(loaded.config);
  const content = createBuiltContent(loaded.config, specs);
  const sweep = async (): Promise<void> => {
    await discover(loaded.config, { previous: specs, known: new Set(specs.map(({ name }) => name)) });
    for (const { name } of specs) await content.glance(name);
  };
  for (let warm = 0; warm < 3; warm += 1) await sweep();
  report(context, {
    ...{ what: 'a sweep of 10,000 files in 200 functions, processor time', unit: 'ms', p99: null },
    median: await medianOf(sweep),
    reference: { name: 'walk and stat', median: await medianOf(() => walkAndStat(project.root)) },
    reach: '≤ 60 ms',
  });
});
