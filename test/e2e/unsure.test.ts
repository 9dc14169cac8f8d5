/** An upload whose answer nobody waits for any more is carried out after what was sent since: what is on disk runs in the end. */
import { expect, it, vi } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { insideWith } from '../support/inside.js';
import {
  configFor,
  entry,
  makeProject,
  type Played,
  type Project,
  runEmulator,
  runWith,
} from '../support/rig.js';

/** The look at what may have been carried out late comes after 12 s. */
const env = { TCB_WATCH_TIME_SCALE: '0.2' };
const text = (content: string): string => `exports.main = async () => '${content}';\n`;

async function scene<P extends Played>(watch: (...of: Parameters<typeof runWith>) => P) {
  const emulator = await runEmulator({ envs: ['dev'], deployMs: 20 });
  const config = { ...configFor(emulator), requestTimeoutSeconds: 0.5 };
  const project = await makeProject({ pay: entry('first') }, config);
  const program = watch(emulator, project, ['watch'], env);
  await program.waitForLive([['pay', 'dev']]);
  await program.waitFor((seen) => seen.event === 'watching');
  emulator.faults.add({ call: 'batchuploadscfcode', times: 1, hold: true });
  await project.write('functions/pay/index.js', text('old'));
  await emulator.waitFor(() => emulator.held().length === 1);
  return { emulator, project, program };
}

const runs = async (emulator: Emulator): Promise<string | undefined> =>
  (await emulator.files('dev', 'pay')).get('index.js')?.toString();

/** The held request is carried out in another second than the newer content, so that mod_time distinguishes the two. */
async function replaceBy(emulator: Emulator, program: Played, project: Project, from: number): Promise<void> {
  await project.write('functions/pay/index.js', text('new'));
  await program.waitForLive([['pay', 'dev']], from);
  const second = (): number => Math.floor(Date.now() / 1000);
  const liveIn = second();
  await vi.waitFor(() => expect(second()).toBeGreaterThan(liveIn), { timeout: 2000 });
  expect(await runs(emulator)).toBe(text('new'));
  expect(emulator.release()).toBe(1);
  await emulator.waitFor(async () => (await runs(emulator)) === text('old'));
}

async function expectNewAgain(emulator: Emulator, program: Played, from: number): Promise<void> {
  await program.waitForLive([['pay', 'dev']], from);
  expect(await runs(emulator)).toBe(text('new'));
  expect(program.events.filter((seen) => seen.event === 'held' && seen['reason'] === 'foreign')).toEqual([]);
  await program.stop();
}

it('after a time-out', async () => {
  const { emulator, project, program } = await scene(insideWith);
  await program.waitFor((seen) => seen.event === 'push-failed' && seen['class'] === 'transient');
  await replaceBy(emulator, program, project, program.events.length);
  await expectNewAgain(emulator, program, program.events.length);
});

it('after kill -9', async () => {
  const { emulator, project, program } = await scene(runWith);
  program.signal('SIGKILL');
  await program.exit;
  const next = insideWith(emulator, project, ['watch'], env);
  await next.waitFor((seen) => seen.event === 'watching');
  await next.waitForLive([['pay', 'dev']]);
  await replaceBy(emulator, next, project, next.events.length);
  await expectNewAgain(emulator, next, next.events.length);
});
