/** A sync that begins to use the embedded emulator while it runs. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeStore } from '../../src/state/lock.js';
import { entry } from '../support/rig.js';
import { syncRig } from '../support/sync-rig.js';

describe('a new configuration', () => {
  it('whose emulator cannot be opened is refused; the next one that can is taken', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, rest } = await rig.start();
    await rest();
    await rig.project.write('.tcb-watch/emulator', 'no folder');
    await rig.project.configure({ envs: ['dev'], endpoint: 'emulator' });
    expect(await sync.reconfigure(await rig.load())).toMatchObject({ kind: 'no-store' });
    expect(sync.config.endpoint).toBe(rig.emulator.url);
    expect(sync.emulator()).toBeNull();
    await rig.project.remove('.tcb-watch/emulator');
    expect(await sync.reconfigure(await rig.load())).toBeNull();
    await rest();
    expect(sync.emulator()).toMatchObject({ url: expect.stringMatching(/^http:/) });
    // Another environment for the same emulator: it is started again with the store it has.
    await rig.project.configure({ envs: ['dev', 'test'], endpoint: 'emulator' });
    expect(await sync.reconfigure(await rig.load())).toBeNull();
    await rest();
    expect([...(sync.engine.state().functions.get('pay')?.targets.keys() ?? [])]).toEqual(['dev', 'test']);
  });
});

it('a stop while a new configuration moves to the embedded emulator leaves none behind', async () => {
  const rig = await syncRig({ pay: entry('1') });
  const { sync, rest } = await rig.start();
  await rest();
  await rig.project.configure({ envs: ['dev'], endpoint: 'emulator' });
  const next = await rig.load();
  const [, code] = await Promise.all([sync.reconfigure(next), sync.stop(() => 0)]);
  expect(code).toBe(0);
  const taken = await takeStore(join(rig.project.folder, '.tcb-watch', 'emulator'));
  expect(taken.type).toBe('taken');
  if (taken.type === 'taken') taken.lock.release();
});
