/** The system's clock is set back while the program runs, or between two runs: nothing waits for the hours to pass again. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  configFor,
  entry,
  makeProject,
  type Program,
  run,
  runEmulator,
  running,
  type Seen,
} from '../support/rig.js';

const hoursMs = 5 * 3_600_000;

/** The clock as the program reads it, set back at a signal. */
const settable = `data:text/javascript,${encodeURIComponent(`
  const real = Date.now;
  let by = 0;
  Date.now = () => real() + by;
  process.on('SIGUSR2', () => {
    by -= ${hoursMs};
    process.stderr.write('the clock is set back\\n');
  });
`)}`;

async function setBack(program: Program): Promise<void> {
  program.signal('SIGUSR2');
  await program.waitForText('the clock is set back');
}

const isLive = (seen: Seen): boolean => seen.event === 'live' && seen['function'] === 'pay';

describe.skipIf(process.platform === 'win32')('a clock that is set back (needs a signal)', () => {
  it('keeps no retry, no upload and no deployment waiting, and what is told bears the time of the clock', async () => {
    const emulator = await runEmulator({ envs: ['dev'], deployMs: 400 });
    const project = await makeProject({ pay: entry('1') }, { ...configFor(emulator), requestsPerSecond: 2 });
    const env = { TEST_TOKEN: emulator.token, NODE_OPTIONS: `--import ${settable}` };
    const program = run(['watch', '--json'], { cwd: project.folder, env });
    await program.waitFor((seen) => seen.event === 'watching');
    await program.waitFor(isLive);
    for (const version of ['2', '3']) {
      const from = program.events.length;
      emulator.faults.add({ call: 'batchuploadscfcode', times: 1, errcode: -1 });
      await project.write('functions/pay/index.js', entry(version)['index.js'] ?? '');
      await program.waitFor((seen) => seen.event === 'push-failed', from);
      if (version === '2') await setBack(program);
      const live = await program.waitFor(isLive, from);
      expect(await running(emulator, 'dev', 'pay')).toEqual(new Map(Object.entries(entry(version))));
      expect(live['sinceSaveMs']).toBeGreaterThan(0);
      expect(Date.now() - Date.parse(String(live.at))).toBeGreaterThan(hoursMs - 60_000);
    }
    expect(await program.stop()).toBe(0);
  });

  it('follows a deployment that the ledger says began in times to come', async () => {
    const emulator = await runEmulator({ envs: ['dev'], deployMs: 1500 });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    const options = { cwd: project.folder, env: { TEST_TOKEN: emulator.token } };
    const first = run(['watch', '--json'], options);
    await first.waitFor((seen) => seen.event === 'pushed');
    expect(await first.stop()).toBe(0);
    const ledger = join(project.folder, '.tcb-watch', 'ledger.json');
    const later = (_: string, at: string): string => `"acceptedAt":${Number(at) + hoursMs}`;
    const text = await readFile(ledger, 'utf8');
    expect(text).toMatch(/"acceptedAt":\d+/);
    await writeFile(ledger, text.replace(/"acceptedAt":(\d+)/, later));
    const second = run(['watch', '--json'], options);
    await second.waitFor(isLive);
    expect(emulator.counts().batchuploadscfcode + emulator.counts().batchuploadscf).toBe(1);
    expect(await second.stop()).toBe(0);
  });
});
