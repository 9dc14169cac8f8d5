/** Everything that a run opened is closed when it ends, and when it could not begin: in a process that goes on. */
import { expect, it } from 'vitest';
import { createSync } from '../../src/index.js';
import { made, started } from '../support/library-rig.js';

const lasting = ['TCPServerWrap', 'TCPSocketWrap', 'PipeWrap', 'FSEventWrap'];

/** How many of each kind keep the process from ending, those of the test's own cloud included. */
function held(): readonly number[] {
  const open = process.getActiveResourcesInfo();
  return lasting.map((kind) => open.filter((each) => each === kind).length);
}

it('a start that finds nothing to send leaves nothing open', async () => {
  const { cwd, environment } = await made({ endpoint: 'emulator' });
  const before = held();
  for (let times = 0; times < 3; times += 1) {
    const created = await createSync({ cwd, environment, names: ['nothing'] });
    expect(created.ok).toBe(false);
  }
  await expect.poll(held, { timeout: 10_000 }).toEqual(before);
});

it('a stop leaves neither connection nor server nor watched folder open, and another run may begin', async () => {
  const { cwd, environment } = await made({ endpoint: 'emulator' });
  const before = held();
  for (let times = 0; times < 2; times += 1) {
    const sync = await started({ cwd, environment });
    expect((await sync.push()).code).toBe(0);
    await sync.stop();
    await expect.poll(held, { timeout: 10_000 }).toEqual(before);
  }
});
