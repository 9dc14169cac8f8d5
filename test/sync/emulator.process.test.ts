/** A sync that begins to use the embedded emulator while it runs. */
import { describe, expect, it } from 'vitest';
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
