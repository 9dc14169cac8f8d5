/** A dry run next to a `watch` that has an emulator of its own, which runs functions in processes. */
import { expect, it } from 'vitest';
import { runCommand } from '../../src/cli/process.js';
import { play } from '../support/play.js';
import { entry, makeProject } from '../support/rig.js';

it('meets the same emulator as that: its store is not opened a second time', async () => {
  const project = await makeProject({ pay: entry('1') }, { envs: ['dev'], endpoint: 'emulator' });
  const run = (args: readonly string[]) => play(runCommand, [...args, '--json'], { cwd: project.folder });
  const watching = run(['watch']);
  await watching.waitForLive([['pay', 'dev']]);
  const dry = run(['push', '--dry-run']);
  expect([(await dry.exit).code, dry.stderr()]).toEqual([0, '']);
  expect(dry.events.at(-1)).toMatchObject({ event: 'stopped', pending: [] });
});
