/** The check of code that would not load in the cloud: what it costs a save of one large file, and when. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'vitest';
import { createBuiltContent } from '../../src/build/builds.js';
import { parseAs } from '../../src/code/parse.js';
import { readLargeSource } from '../../src/code/source.js';
import { discover } from '../../src/functions/discovery.js';
import { loadConfig } from '../../src/functions/load.js';
import { makeProject } from '../support/rig.js';
import { median, percentile, report } from './rows.js';

const rounds = 15;

/** As a bundler writes it. Each is another text, so that nothing of one is kept for the next. */
function bundleOf(bytes: number, round: number): string {
  const parts = ['var modules = {};\n'];
  for (let [index, length] = [0, 0]; length < bytes; index += 1) {
    const part =
      `modules[${index}] = (module, exports, load) => {\n  "use strict";\n  const other = load(${index} + ${round});\n` +
      '  class Item {\n    constructor(entry) {\n      this.entry = entry;\n      this.size = entry.length >> 2;\n    }\n' +
      '    find(all, ...more) {\n      for (const each of all) if (each === this.size) return more.map((n) => `${n}`);\n' +
      '      return /ab+c/.test(this.entry) ? other : null;\n    }\n  }\n  exports.Item = Item;\n};\n';
    parts.push(part);
    length += part.length;
  }
  parts.push(`exports.main = async () => ${round};\n`);
  // One piece of memory, as a text that is read from a file.
  return Buffer.from(parts.join('')).toString();
}

async function timesOf(work: (text: string) => unknown): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const text = bundleOf(1024 * 1024, round + rounds * Math.random());
    const began = performance.now();
    await work(text);
    times.push(performance.now() - began);
  }
  return times;
}

it('a check of 1 MB', async (context) => {
  const checked = await timesOf((text) => readLargeSource(text, null));
  const trees = await timesOf((text) => parseAs('script', text));
  report(context, {
    ...{ what: 'one check of 1 MB, blocking the thread', unit: 'ms', median: median(checked) },
    p99: percentile(checked, 0.99),
    reference: { name: 'a tree of it', median: median(trees) },
    reach: '≤ 10 ms',
  });
  report(context, {
    ...{ what: 'the same, the quickest of 15', unit: 'ms', median: Math.min(...checked), p99: null },
    reference: { name: 'a tree of it', median: Math.min(...trees) },
    reach: '≤ 10 ms',
  });
});

it('a save of 1 MB', async (context) => {
  const project = await makeProject({ pay: { 'index.js': '' } }, { envs: ['dev'], endpoint: 'emulator' });
  const loaded = await loadConfig({ from: project.folder, environment: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const content = createBuiltContent(loaded.config, await discover(loaded.config));
  const file = join(project.root, 'pay', 'index.js');
  const [prepared, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    for (const [times, prepare] of [
      [prepared, true],
      [bare, false],
    ] as const) {
      await writeFile(file, bundleOf(1024 * 1024, round + rounds * Math.random()));
      if (prepare) await content.sweep('pay');
      const began = performance.now();
      await content.scan('pay', false);
      times.push(performance.now() - began);
    }
  }
  content.close();
  report(context, {
    ...{
      what: 'a save of 1 MB: the look at the end of its quiet time',
      unit: 'ms',
      median: median(prepared),
    },
    p99: percentile(prepared, 0.99),
    reference: { name: 'where nothing was prepared', median: median(bare) },
    reach: '≤ 10 ms',
  });
});
