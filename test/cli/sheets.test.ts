/** The lines that the monitor's H, D and U open: a running sync, real files, an emulator; no terminal. */
import { describe, expect, it } from 'vitest';
import { differenceGroups, diffSheet, historySheet, undoSheet } from '../../src/cli/monitor-history.js';
import { short } from '../../src/text/text.js';
import { entry } from '../support/rig.js';
import { syncRig } from '../support/sync-rig.js';

const envs = ['dev', 'test'];

/** Sent in this order, and a sync that has looked at it. */
async function scene(versions: readonly string[], config: Readonly<Record<string, unknown>> = {}) {
  const clock = { ahead: 0 };
  const rig = await syncRig({ pay: entry('0') }, config, { now: () => Date.now() + clock.ahead });
  const save = (text: string): Promise<void> =>
    rig.project.write('functions/pay/index.js', entry(text)['index.js'] ?? '');
  for (const text of versions) {
    await save(text);
    const running = await rig.start({ yes: true });
    await running.rest();
    await running.sync.stop(() => 0);
  }
  /** @param before what happens until the next start */
  const open = async (before: () => Promise<unknown> = async () => undefined) => {
    await before();
    const { sync, rest } = await rig.start({ dryRun: false });
    await rest();
    await sync.written();
    const live = sync.engine.state().functions.get('pay')?.targets.get('dev')?.live ?? '';
    return { sync, rest, live: short(live) };
  };
  return { ...rig, save, open, clock };
}

const texts = ({ lines }: { readonly lines: readonly { readonly text: string }[] }): readonly string[] =>
  lines.map(({ text }) => text);

describe('H', () => {
  it('lists what was uploaded, with where it ran', async () => {
    const { open, emulator } = await scene(['1', '2']);
    const { sync, live } = await open();
    const sheet = await historySheet(sync, 'pay', envs, 'en');
    expect(sheet.title).toBe(`2 versions of pay for ${emulator.url}:`);
    expect(texts(sheet)).toEqual([
      // Each has a time of its own where a second ended between them.
      expect.stringMatching(
        new RegExp(`^${live} .* (dev, test since|(dev|test) since \\S+, (dev|test) since) `),
      ),
      expect.stringMatching(/ (dev, test \S+ to|(dev|test) \S+ to \S+, (dev|test) \S+ to) /),
    ]);
    expect(texts(await historySheet(sync, 'pay', ['dev'], 'en'))[0]).toMatch(/ dev since /);
  });

  it('says where nothing was', async () => {
    const { open } = await scene([]);
    const { sync } = await open();
    const sheet = await historySheet(sync, 'login', envs, 'en');
    expect([sheet.title, sheet.lines]).toEqual([expect.stringMatching(/^No version of login/), []]);
  });
});

describe('D', () => {
  it('is one line where nothing differs', async () => {
    const { open } = await scene(['1']);
    const { sync, live } = await open();
    expect(texts(await diffSheet(sync, 'pay', envs, 'en'))).toEqual([
      `dev, test: no difference between ${live} (live) and the disk`,
    ]);
    expect(await differenceGroups(sync, 'pay', envs, 'en')).toEqual([{ envs, files: [], total: '+0 -0' }]);
  });

  it('is a patch where something does: of what was gone back to, against the disk', async () => {
    const { open } = await scene(['1', '2']);
    const { sync, rest } = await open();
    const found = await undoSheet(sync, 'pay', ['dev'], 'en');
    if (typeof found === 'string' || found.question?.action.type !== 'dispatch') throw new Error('no undo');
    for (const event of found.question.action.events) sync.engine.dispatch(event);
    await rest();
    await sync.written();
    const [first, ...patch] = texts(await diffSheet(sync, 'pay', ['dev'], 'en'));
    expect(first).toMatch(/^dev: 1 file changed from [0-9a-f]{8} \(live\) to the disk, \+1 -1$/);
    expect(patch).toContain('-exports.main = async () => "1";');
    expect(patch).toContain('+exports.main = async () => "2";');
    expect(await differenceGroups(sync, 'pay', envs, 'en')).toEqual([
      { envs: ['dev'], files: ['index.js  +1 -1'], total: '+1 -1' },
      { envs: ['test'], files: [], total: '+0 -0' },
    ]);
  });

  it('says of what is not kept, and of somebody else’s code, just that', async () => {
    const { open, emulator, clock } = await scene(['1']);
    const { sync, live } = await open(async () => {
      // mod_time counts whole seconds.
      clock.ahead += 2000;
      await emulator.deploy('test', 'pay', entry('theirs'));
    });
    const [ours, theirs] = texts(await diffSheet(sync, 'pay', envs, 'en'));
    expect(ours).toMatch(/^dev: no difference/);
    expect(theirs).toMatch(
      new RegExp(`^test: Somebody else deployed at .* It replaced your version ${live}\\.$`),
    );
    expect(await differenceGroups(sync, 'pay', ['test'], 'en')).toEqual([]);
  });

  it('says of a version that is live and not kept just that', async () => {
    const { open, save } = await scene(['1']);
    const { sync, rest, live } = await open();
    await sync.history.forget(null);
    sync.engine.dispatch({ type: 'pause', at: Date.now(), paused: true });
    await save('2');
    const settled = { function: 'pay', cause: 'change', savedAt: null, full: false, capped: false } as const;
    sync.engine.dispatch({ type: 'settled', at: Date.now(), functions: [settled] });
    await rest();
    expect(texts(await diffSheet(sync, 'pay', envs, 'en'))).toEqual([
      expect.stringContaining(`dev, test: Version ${live} is live, but is not kept`),
    ]);
    expect(await differenceGroups(sync, 'pay', envs, 'en')).toEqual([]);
  });
});

describe('U', () => {
  it('shows the change that it brings, and asks for each environment that is protected', async () => {
    const { open } = await scene(['1', '2'], { protectedEnvs: ['test'] });
    const { sync, live } = await open();
    const found = await undoSheet(sync, 'pay', envs, 'en');
    if (typeof found === 'string' || found.question?.action.type !== 'dispatch') throw new Error('no undo');
    expect(texts(found.sheet)[0]).toMatch(new RegExp(`^pay → dev, test: [0-9a-f]{8} replaces ${live}$`));
    expect(texts(found.sheet)).toContain('-exports.main = async () => "2";');
    expect(found.question.text).toMatch(/to dev, test\? Protected: test\.$/);
    expect(found.question.action.events).toMatchObject([
      { type: 'allow', envs: ['test'], functions: ['pay'] },
      { type: 'undo', function: 'pay', steps: [{ env: 'dev' }, { env: 'test' }] },
    ]);
    const dev = await undoSheet(sync, 'pay', ['dev'], 'en');
    if (typeof dev === 'string' || dev.question?.action.type !== 'dispatch') throw new Error('no undo');
    expect(dev.question.text).toMatch(/to dev\?$/);
    expect(dev.question.action.events.map(({ type }) => type)).toEqual(['undo']);
  });

  it('takes back what was undone, and shows the change that this brings', async () => {
    const { open } = await scene(['1', '2']);
    const { sync, rest } = await open();
    const undo = async () => {
      const found = await undoSheet(sync, 'pay', ['dev'], 'en');
      if (typeof found === 'string' || found.question?.action.type !== 'dispatch') throw new Error('no undo');
      for (const event of found.question.action.events) sync.engine.dispatch(event);
      await rest();
      await sync.written();
      return texts(found.sheet);
    };
    await undo();
    const back = await undo();
    expect(back[0]).toMatch(/^pay → dev: the disk replaces [0-9a-f]{8}$/);
    expect(back).toContain('-exports.main = async () => "1";');
    expect(back).toContain('+exports.main = async () => "2";');
  });
});
