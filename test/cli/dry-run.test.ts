/** A dry run of `watch` is one of `push`: it ends as well where the cloud never answers. */
import { expect, test, vi } from 'vitest';
import { parseArguments } from '../../src/cli/options.js';
import { runPush } from '../../src/cli/push.js';
import { runWatch } from '../../src/cli/watch.js';
import { deskIn } from '../support/init-rig.js';

vi.mock('../../src/cli/push.js', () => ({ runPush: vi.fn(async () => 0) }));

test('it waits as long as push does', async () => {
  const silent = { out: () => undefined, err: () => undefined };
  const push = parseArguments(['push', '--dry-run'], '1.0.0', 'en', silent);
  const watch = parseArguments(['watch', '--dry-run'], '1.0.0', 'en', silent);
  if (push.command !== 'push' || watch.command !== 'watch') throw new Error('not parsed');
  const { context } = deskIn('.');
  expect(await runWatch(watch.options, context)).toBe(0);
  expect(runPush).toHaveBeenCalledWith(watch.options, [], push.timeoutSeconds, context);
});
