/** Going back with the built program: the very bytes that ran before, held until the disk changes, through restarts. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { insideWith } from '../support/inside.js';
import { configFor, entry, makeProject, type Played, runEmulator, running, uploads } from '../support/rig.js';

const quick = { TCB_WATCH_TIME_SCALE: '0.4' };
const both = [
  ['pay', 'dev'],
  ['pay', 'test'],
] as const;

async function scene(config: Readonly<Record<string, unknown>> = {}) {
  const clock = { ahead: 0 };
  const now = (): number => Date.now() + clock.ahead;
  const emulator = await runEmulator({ envs: ['dev', 'test'], keepZips: true, now });
  const functions = { pay: { ...entry('1'), 'data.json': JSON.stringify({ long: 'x'.repeat(5000) }) } };
  const project = await makeProject(functions, { ...configFor(emulator), ...config });
  const tell = (...args: readonly string[]): Played => insideWith(emulator, project, args, quick);
  const once = async (...args: readonly string[]): Promise<Played> => {
    const program = tell(...args);
    await program.exit;
    return program;
  };
  const save = (version: string): Promise<void> =>
    project.write('functions/pay/index.js', entry(version)['index.js'] ?? '');
  const watch = async (): Promise<Played> => {
    const program = tell('watch');
    await program.waitFor((seen) => seen.event === 'watching');
    return program;
  };
  return { emulator, project, once, save, watch, clock };
}

const runsIn = async (emulator: Emulator, env: string): Promise<string> =>
  /'|"(.*)"/.exec((await running(emulator, env, 'pay')).get('index.js') ?? '')?.[1] ?? '';

const zips = (emulator: Emulator): readonly Buffer[] =>
  emulator.requests().flatMap(({ zip }) => (zip === null ? [] : [zip]));

const codeOf = async (program: Played): Promise<number | null> => (await program.exit).code;

describe('without a running process', () => {
  it('sends the very bytes again, in the environment that is meant, and stays there', async () => {
    const { emulator, once, save } = await scene();
    await once('push');
    await save('2');
    await once('push');
    const undo = await once('undo', 'pay', '-e', 'dev');
    expect(await codeOf(undo)).toBe(0);
    const pushing = await undo.waitFor((seen) => seen.event === 'pushing');
    expect(pushing).toMatchObject({ envs: ['dev'], cause: 'undo', attempt: 1 });
    expect(await undo.waitFor((seen) => seen.event === 'live')).toMatchObject({
      env: 'dev',
      sinceSaveMs: null,
    });
    const [first, , again] = zips(emulator);
    expect(first !== undefined && again?.equals(first)).toBe(true);
    expect([await runsIn(emulator, 'dev'), await runsIn(emulator, 'test')]).toEqual(['1', '2']);

    const sent = uploads(emulator);
    const push = await once('push');
    expect(await codeOf(push)).toBe(1);
    expect(await push.waitFor((seen) => seen.event === 'held')).toMatchObject({
      env: 'dev',
      reason: 'undone',
    });
    expect(uploads(emulator)).toBe(sent);

    expect(await codeOf(await once('undo', 'pay', '--to', 'disk'))).toBe(0);
    expect(await runsIn(emulator, 'dev')).toBe('2');
    expect(await codeOf(await once('undo', 'pay', '--to', 'disk'))).toBe(1);
  });

  it('goes to a version that is named, and knows no other', async () => {
    const { emulator, once, save } = await scene();
    for (const version of ['1', '2', '3']) {
      await save(version);
      await once('push');
    }
    const listed = await once('history', 'pay');
    const oldest = String(listed.events.at(-1)?.['id']);
    expect(await codeOf(await once('undo', 'pay', '--to', oldest))).toBe(0);
    expect([await runsIn(emulator, 'dev'), await runsIn(emulator, 'test')]).toEqual(['1', '1']);
    expect(uploads(emulator)).toBe(4);
    expect(await codeOf(await once('undo', 'pay', '--to', 'ffffffff'))).toBe(4);
    expect(await codeOf(await once('undo', 'pay', '-e', 'other'))).toBe(4);
  });

  it('says that there is nothing to go back to', async () => {
    const { once } = await scene();
    await once('push');
    const undo = await once('undo', 'pay');
    expect(await codeOf(undo)).toBe(1);
    expect(undo.stderr()).toContain('pay → dev: nothing to go back to. Versions are kept since');
  });

  it('leaves a protected environment alone without --yes', async () => {
    const { emulator, once, save } = await scene({ protectedEnvs: ['test'] });
    await once('push', '--yes');
    await save('2');
    await once('push', '--yes');
    expect(await codeOf(await once('undo', 'pay'))).toBe(1);
    expect([await runsIn(emulator, 'dev'), await runsIn(emulator, 'test')]).toEqual(['1', '2']);
    expect(await codeOf(await once('undo', 'pay', '--yes', '-e', 'test'))).toBe(0);
    expect(await runsIn(emulator, 'test')).toBe('1');
  });

  it('replaces what somebody else deployed by ours', async () => {
    const { emulator, once, clock } = await scene();
    await once('push');
    // mod_time counts whole seconds.
    clock.ahead += 2000;
    await emulator.deploy('dev', 'pay', { 'index.js': 'exports.main = async () => "theirs";\n' });
    await once('push');
    expect(await codeOf(await once('undo', 'pay', '-e', 'dev'))).toBe(0);
    expect(await runsIn(emulator, 'dev')).toBe('1');
  });

  it('sends the earlier output of what is built', async () => {
    const command = `node -e "fs.mkdirSync('out',{recursive:true});fs.copyFileSync('index.js','out/index.js')"`;
    const build = { command, output: 'out' };
    const { emulator, once, save } = await scene({ functions: { pay: { build } } });
    await once('push', '--trust');
    await save('2');
    await once('push', '--trust');
    expect(await runsIn(emulator, 'dev')).toBe('2');
    expect(await codeOf(await once('undo', 'pay', '--trust'))).toBe(0);
    expect(await runsIn(emulator, 'dev')).toBe('1');
    const [first, , again] = zips(emulator);
    expect(first !== undefined && again?.equals(first)).toBe(true);
  });

  it('says what is damaged, and sends nothing', async () => {
    const { emulator, project, once, save } = await scene();
    await once('push');
    await save('2');
    await once('push');
    await project.remove('.tcb-watch/history/objects');
    const sent = uploads(emulator);
    expect(await codeOf(await once('undo', 'pay'))).toBe(5);
    expect(uploads(emulator)).toBe(sent);
    expect(await runsIn(emulator, 'dev')).toBe('2');
  });
});

describe('through the running process', () => {
  it('forgets what is kept, and goes on keeping what is sent from then on', async () => {
    const { once, save, watch, project } = await scene();
    const program = await watch();
    await program.waitForLive(both);
    const from = program.events.length;
    await save('2');
    await program.waitForLive(both, from);
    const forgotten = await once('history', '--forget', 'pay', '--yes');
    expect(await codeOf(forgotten)).toBe(0);
    expect(forgotten.stderr()).toContain('All kept versions of pay were deleted.');
    expect((await once('history', 'pay')).events).toEqual([]);
    const objects = join(project.folder, '.tcb-watch', 'history', 'objects');
    for (const name of await readdir(objects)) expect(await readdir(join(objects, name))).toEqual([]);
    const undo = await once('undo', 'pay');
    expect(await codeOf(undo)).toBe(1);
    expect(undo.stderr()).toContain('No version is kept yet');
    const then = program.events.length;
    await save('3');
    await program.waitForLive(both, then);
    expect((await once('history', 'pay')).events).toHaveLength(1);
    await program.stop();
  });

  it('goes back at once, stays through a touch and a restart, and ends with the next change', async () => {
    const { emulator, once, save, watch } = await scene();
    const first = await watch();
    await first.waitForLive(both);
    const from = first.events.length;
    await save('2');
    await first.waitForLive(both, from);
    const undo = await once('undo', 'pay', '-e', 'dev');
    expect(await codeOf(undo)).toBe(0);
    expect(await first.waitFor((seen) => seen.event === 'pushing' && seen['cause'] === 'undo')).toMatchObject(
      {
        envs: ['dev'],
      },
    );
    expect(await runsIn(emulator, 'dev')).toBe('1');
    await save('2');
    const sent = uploads(emulator);
    await first.stop();

    const second = await watch();
    await second.waitFor((seen) => seen.event === 'held' && seen['reason'] === 'undone');
    expect(uploads(emulator)).toBe(sent);
    const then = second.events.length;
    await save('3');
    await second.waitForLive(both, then);
    expect([await runsIn(emulator, 'dev'), await runsIn(emulator, 'test')]).toEqual(['3', '3']);
    await second.stop();
  });
});
