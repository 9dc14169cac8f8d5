/** The meaning of the monitor's U, where environments stand differently. */
import { expect, it } from 'vitest';
import { undoSheet } from '../../src/cli/monitor-history.js';
import { entry } from '../support/rig.js';
import { syncRig } from '../support/sync-rig.js';

it('says once where nothing is kept that could be gone back to', async () => {
  const rig = await syncRig({ pay: entry('1') });
  const { sync, rest } = await rig.start();
  await rest();
  await sync.written();
  expect(await undoSheet(sync, 'pay', ['dev', 'test'], 'en')).toMatch(
    /^pay → dev, test: nothing to go back to\./,
  );
});

it('takes back what was undone, where any of it was, and touches nothing else', async () => {
  const rig = await syncRig({ pay: entry('1') });
  const first = await rig.start();
  await first.rest();
  await first.sync.stop(() => 0);
  await rig.project.write('functions/pay/index.js', entry('2')['index.js'] ?? '');
  const { sync, rest } = await rig.start();
  await rest();
  await sync.written();
  const asked = async (envs: readonly string[]) => {
    const found = await undoSheet(sync, 'pay', envs, 'en');
    if (typeof found === 'string') return found;
    if (found.question?.action.type !== 'dispatch') throw new Error('no question');
    return found.question;
  };
  const both = await asked(['dev', 'test']);
  expect(both).toMatchObject({
    text: expect.stringMatching(/^Upload version [0-9a-f]{8} of pay to dev, test\?/),
  });
  const dev = await asked(['dev']);
  if (typeof dev === 'string' || dev.action.type !== 'dispatch') throw new Error('no question');
  for (const event of dev.action.events) sync.engine.dispatch(event);
  await rest();
  await sync.written();
  // The hold says: to upload what is on disk, press U.
  const back = await asked(['dev', 'test']);
  expect(back).toMatchObject({
    text: 'Upload pay from the disk to dev?',
    action: { events: [{ type: 'undo', steps: [{ env: 'dev', fingerprint: null }] }] },
  });
  expect(await asked(['test'])).toMatchObject({ text: expect.stringContaining('to test?') });
});
