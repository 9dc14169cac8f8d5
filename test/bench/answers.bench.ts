/** Answers: how soon after `live` they come, what they cost uploads, and what the helper costs an ordinary call. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { it } from 'vitest';
import { dressedFiles } from '../../src/proof/dress.js';
import { HELPER_FILE, helperText } from '../../src/proof/helper.js';
import { configFor, makeProject, run, runEmulator, temporaryFolder } from '../support/rig.js';
import { median, percentile, report } from './rows.js';

const code = (version: number): string =>
  `exports.main = async (event) => { console.log('asked'); return { version: ${version}, n: event.n }; };\n`;
const events = JSON.stringify([
  { name: 'one', value: { n: 1 } },
  { name: 'two', value: { n: 2 } },
]);

it('live → answer', async (context) => {
  const names = ['cart', 'login', 'pay'];
  const emulator = await runEmulator({ envs: ['dev', 'stage', 'test'] });
  const functions = Object.fromEntries(names.map((name) => [name, { answers: true }]));
  const project = await makeProject(
    Object.fromEntries(names.map((name) => [name, { 'index.js': code(0) }])),
    {
      ...configFor(emulator),
      ...{ functions, answers: { proof: true }, requestsPerSecond: 100 },
    },
  );
  for (const name of names) await project.write(`events/${name}.json`, events);
  const program = run(['watch', '--json'], { cwd: project.folder, env: { TEST_TOKEN: emulator.token } });
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(names.flatMap((name) => emulator.envs.map((env) => [name, env] as const)));
  const firsts: number[] = [];
  const lasts: number[] = [];
  for (let save = 1; save <= 10; save += 1) {
    const from = program.events.length;
    await writeFile(join(project.root, 'pay', 'index.js'), code(save));
    const isNew = (seen: (typeof program.events)[number]): boolean =>
      seen.event === 'answer' && Object(seen['result'])['version'] === save;
    for (const env of emulator.envs)
      for (const name of ['one', 'two'])
        await program.waitFor(
          (seen) => isNew(seen) && seen['env'] === env && seen['eventName'] === name,
          from,
        );
    const since = program.events.slice(from);
    const live = Date.parse(String(since.find(({ event }) => event === 'live')?.at));
    const answers = since.filter(isNew).map(({ at }) => Date.parse(String(at)) - live);
    firsts.push(Math.min(...answers));
    lasts.push(Math.max(...answers));
  }
  await program.stop();
  const shared = { unit: 'ms', reference: null } as const;
  const first = { median: median(firsts), p99: percentile(firsts, 0.99) };
  report(context, { what: 'live → first answer, 3 × 3 × 2', ...shared, ...first, reach: '≤ 100 ms' });
  const last = { median: median(lasts), p99: percentile(lasts, 0.99) };
  report(context, { what: 'live → all six answers of a save', ...shared, ...last, reach: '–' });
});

/** From the first save to the last acceptance of 50 functions that are saved at once. */
async function burstMs(answers: boolean): Promise<number> {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  const names = Array.from({ length: 50 }, (_, index) => `fn-${index}`);
  const functions = Object.fromEntries(names.map((name) => [name, { answers }]));
  const project = await makeProject(
    Object.fromEntries(names.map((name) => [name, { 'index.js': code(0) }])),
    {
      ...configFor(emulator),
      ...{ functions, requestsPerSecond: 50 },
    },
  );
  for (const name of names) await project.write(`events/${name}.json`, events);
  const program = run(['watch', '--json'], { cwd: project.folder, env: { TEST_TOKEN: emulator.token } });
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(names.flatMap((name) => emulator.envs.map((env) => [name, env] as const)));
  const from = program.events.length;
  const savedAt = Date.now();
  await Promise.all(names.map((name) => writeFile(join(project.root, name, 'index.js'), code(1))));
  for (const name of names)
    await program.waitFor((seen) => seen.event === 'pushed' && seen['function'] === name, from);
  const pushed = program.events.slice(from).filter(({ event }) => event === 'pushed');
  await program.stop();
  return Math.max(...pushed.map(({ at }) => Date.parse(String(at)))) - savedAt;
}

it('50 functions saved at once', async (context) => {
  const [without, withAnswers]: [number[], number[]] = [[], []];
  for (let round = 0; round < 2; round += 1) {
    without.push(await burstMs(false));
    withAnswers.push(await burstMs(true));
  }
  report(context, {
    ...{
      what: 'last of 50 uploads accepted, with answers',
      unit: 'ms',
      median: median(withAnswers),
      p99: null,
    },
    reference: { name: 'without', median: median(without) },
    reach: 'no later',
  });
});

it('what the helper costs', async (context) => {
  const folder = await temporaryFolder();
  const digest = createHash('sha256').update('ab'.repeat(32)).digest('hex');
  const helper = Buffer.from(helperText(digest, digest));
  const entry = Buffer.from('exports.main = async (event) => event.n;\n');
  const [dressed] = dressedFiles({ kind: 'append' }, 'index.js', entry);
  for (const [name, files] of [
    ['plain', { 'index.js': entry }],
    ['dressed', { 'index.js': dressed?.content ?? entry, [HELPER_FILE]: helper }],
  ] as const) {
    await mkdir(join(folder, name));
    for (const [path, content] of Object.entries(files)) await writeFile(join(folder, name, path), content);
  }
  const loop = join(folder, 'loop.cjs');
  await writeFile(
    loop,
    `const { main } = require(process.argv[2]); const event = { n: 1 };
    (async () => {
      for (let i = 0; i < 2e5; i += 1) await main(event);
      const at = process.hrtime.bigint();
      for (let i = 0; i < 2e6; i += 1) await main(event);
      console.log(Number(process.hrtime.bigint() - at) / 2e6);
    })();`,
  );
  const nsOf = async (name: string): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const { stdout } = await promisify(execFile)(process.execPath, [loop, join(folder, name)]);
      times.push(Number(stdout));
    }
    return median(times);
  };
  const [plain, withHelper] = [await nsOf('plain'), await nsOf('dressed')];
  report(context, {
    ...{ what: 'an ordinary call with the helper', unit: 'ns', median: withHelper, p99: null },
    reference: { name: 'without', median: plain },
    reach: '+ ≤ 300 ns',
  });
  const headers = 30 + 46 + 2 * HELPER_FILE.length;
  const line = deflateRawSync(dressed?.content ?? entry).length - deflateRawSync(entry).length;
  const bytes = deflateRawSync(helper).length + headers + line;
  report(context, {
    ...{ what: 'the helper in the zip, bytes', unit: 'count', median: bytes, p99: null },
    ...{ reference: null, reach: '≤ 2,200' },
  });
});
