/** A process that is killed while it writes leaves the old state or the new one. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { keptAlways } from '../../src/history/runs.js';
import { openStore } from '../../src/history/store.js';
import { seeded } from '../support/random.js';
import { temporaryFolder } from '../support/rig.js';

const writer = fileURLToPath(new URL('../support/history-writer.mjs', import.meta.url));
const place = { function: 'pay', endpoint: 'emulator' };
const kills = 12;

async function objectsIn(state: string): Promise<readonly string[]> {
  const folder = join(state, 'history', 'objects');
  const names = await Promise.all((await readdir(folder)).map((name) => readdir(join(folder, name))));
  return names.flat();
}

it('leaves every version that it names whole, within its bounds', { timeout: 120_000 }, async () => {
  const seed = Number(process.env['KILL_SEED'] ?? Date.now());
  const random = seeded(seed);
  const state = join(await temporaryFolder(), '.tcb-watch');
  await mkdir(state);
  for (let round = 0; round < kills; round += 1) {
    const child = spawn(process.execPath, [writer, state, `${round * 1000}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    // No event says when a write is half done: that is what is tried.
    await delay(random.below(60));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { versions, runs, damaged } = await openStore(state).read(place);
    const said = `KILL_SEED=${seed}, round ${round}`;
    expect(damaged, said).toBe(0);
    expect(versions.length, said).toBeGreaterThan(0);
    expect(runs.length, said).toBeGreaterThan(0);
    for (const version of versions) expect(await openStore(state).contentOf(version), said).not.toBeNull();
    // Of what no version names yet, or any more, every file is whole too.
    for (const sha256 of await objectsIn(state))
      expect(await openStore(state).contentOfFile({ sha256 }), `${said}, ${sha256}`).not.toBeNull();
    const kept = keptAlways(runs);
    const old = versions.filter(({ fingerprint }) => !kept.has(fingerprint));
    expect(old.length, said).toBeLessThanOrEqual(6);
    // A version that was about to leave, and one draft of each object, may be there beyond the bound.
    const { bytes } = await openStore(state).measure();
    expect(bytes, said).toBeLessThan(900_000);
  }
  await openStore(state).clearDrafts();
  expect(await readdir(join(state, 'history', 'drafts'))).toEqual([]);
});

const canLimit = spawnSync('prlimit', ['--version']).status === 0;

it.skipIf(!canLimit)(
  'a disk that takes a part of a file is said, and leaves no half of one',
  { timeout: 180_000 },
  async () => {
    const state = join(await temporaryFolder(), '.tcb-watch');
    await mkdir(state);
    const child = spawn(process.execPath, [writer, state, '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    // Less than each of its files is long.
    spawnSync('prlimit', ['--pid', `${child.pid}`, '--fsize=4096:4096']);
    const [said] = await once(child.stderr, 'data');
    expect(String(said)).toContain('EFBIG');
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const sha256 of await objectsIn(state))
      expect(await openStore(state).contentOfFile({ sha256 }), sha256).not.toBeNull();
  },
);
