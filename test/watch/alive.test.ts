/** The watcher that knows whether it is alive: self-test, restart, polling, limits. */

import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createProbe } from '../../src/watch/probe.js';
import { createWatcher } from '../../src/watch/watcher.js';
import { createRig, put, tempFolder } from '../support/watcher-rig.js';

describe('the self-test', () => {
  test('writes only into the state folder, and leaves nothing behind', async () => {
    const rig = await createRig();
    expect(readdirSync(rig.base).sort()).toEqual(['.tcb-watch', 'functions']);
    expect(readdirSync(rig.root)).toEqual(['pay']);
    expect(rig.watcher.mode()).toBe('native');
    expect(rig.problems).toEqual([]);
    await rig.watcher.close();
    expect(readdirSync(join(rig.base, '.tcb-watch'))).toEqual([]);
  });

  test('no event: polling, said once; events again: native, and a hint for everything', async () => {
    const state = join(tempFolder('state'), '.tcb-watch');
    const real = createProbe(state);
    let withheld = true;
    const probe = { ...real, seen: () => (withheld ? undefined : real.seen()) };
    const rig = await createRig({ probe, waits: { selfTestMs: 20, selfTestEveryMs: 30 } });
    expect(rig.watcher.mode()).toBe('polling');
    const said = { kind: 'polling', why: { cause: 'no-events', waitedMs: 20 } };
    expect(rig.problems).toEqual([said]);
    withheld = false;
    await rig.until('native again', () => rig.watcher.mode() === 'native');
    await rig.until('the hint for all', () => rig.touched.includes(rig.root));
    expect(rig.roots).toContain(rig.root);
    expect(rig.problems).toEqual([said, { kind: 'restarted', detail: 'self-test' }]);
    await rig.editUntilSeen('pay/index.js');
    withheld = true;
    await rig.until('said again', () => rig.problems.length === 3);
    expect(rig.problems[2]).toEqual(said);
  });

  test.each(['before', 'after'])(
    'a state folder deleted %s a self-test is made and watched again',
    async (when) => {
      const state = join(tempFolder('state'), '.tcb-watch');
      const real = createProbe(state);
      const results: boolean[] = [];
      let deletes = false;
      const probe = {
        ...real,
        test: async (waitMs: number) => {
          const deletesNow = deletes;
          deletes = false;
          if (deletesNow && when === 'before') rmSync(state, { recursive: true });
          const alive = await real.test(waitMs);
          if (deletesNow && when === 'after') rmSync(state, { recursive: true });
          results.push(alive);
          return alive;
        },
      };
      const rig = await createRig({ probe, waits: { selfTestEveryMs: 10, selfTestMs: 1_000 } });
      results.length = 0;
      deletes = true;
      await vi.waitFor(() => expect(results.length).toBeGreaterThan(3), 20_000);
      expect(existsSync(state)).toBe(true);
      expect(results).not.toContain(false);
      expect(rig.problems).toEqual([]);
      expect(rig.watcher.mode()).toBe('native');
    },
  );

  test('without a place for it, watching goes on untested', async () => {
    const file = join(tempFolder('state'), 'file');
    writeFileSync(file, '');
    const rig = await createRig({ stateDir: join(file, 'below') });
    expect(rig.watcher.mode()).toBe('native');
    await rig.editUntilSeen('pay/index.js');
  });
});

test('no timer wakes the program while events can report everything, and one does while a root is gone', async () => {
  const lookEveryMs = 12_345;
  const started = vi.spyOn(globalThis, 'setInterval');
  const ended = vi.spyOn(globalThis, 'clearInterval');
  onTestFinished(() => {
    started.mockRestore();
    ended.mockRestore();
  });
  const timers = () => started.mock.calls.filter(([, ms]) => ms === lookEveryMs).length;
  const rig = await createRig({ waits: { lookEveryMs } });
  expect(timers()).toBe(0);
  rmSync(rig.root, { recursive: true });
  await rig.until('gone', () => rig.roots.length > 0);
  await vi.waitFor(() => expect(timers()).toBe(1));
  const before = ended.mock.calls.length;
  put(rig.path('pay/index.js'), 'back');
  await rig.until('back', () => rig.roots.length > 1);
  await vi.waitFor(() => expect(ended.mock.calls.length).toBeGreaterThan(before));
});

describe('polling', () => {
  test('asked for: nothing is watched, roots that come and go are still told', async () => {
    const rig = await createRig({ polling: true, waits: { lookEveryMs: 20 } });
    expect(rig.watcher.mode()).toBe('polling');
    expect(await rig.watcher.ready).toMatchObject({ directories: 0 });
    expect(rig.problems).toEqual([]);
    rmSync(rig.root, { recursive: true });
    await rig.until('gone', () => rig.roots.length === 1);
    mkdirSync(rig.root);
    await rig.until('back', () => rig.roots.length === 2);
    mkdirSync(join(rig.base, 'next'));
    renameSync(rig.root, join(rig.base, 'old'));
    renameSync(join(rig.base, 'next'), rig.root);
    await rig.until('replaced in one burst', () => rig.roots.length === 3);
  });

  test('forced through CHOKIDAR_USEPOLLING: said, and nothing is watched', async () => {
    process.env['CHOKIDAR_USEPOLLING'] = '1';
    onTestFinished(() => {
      delete process.env['CHOKIDAR_USEPOLLING'];
    });
    const rig = await createRig();
    expect(rig.watcher.mode()).toBe('polling');
    expect(rig.problems).toEqual([{ kind: 'polling', why: { cause: 'forced' } }]);
    expect(rig.watcher.directories()).toBe(0);
  });
});

test('closed while it starts: nothing comes any more, and close resolves', async () => {
  const base = tempFolder('watch');
  const file = join(base, 'functions/pay/a/b/c/d.js');
  put(file, 'x');
  const hints: unknown[] = [];
  const watcher = createWatcher({
    roots: [join(base, 'functions')],
    extra: [],
    ignores: () => false,
    stateDir: join(base, '.tcb-watch'),
    onTouched: (path) => hints.push(path),
    onRootChanged: (root) => hints.push(root),
    onProblem: (problem) => hints.push(problem),
  });
  const closing = watcher.close();
  put(file, 'y');
  await closing;
  await watcher.ready;
  await watcher.close();
  watcher.update({ roots: [base], extra: [] });
  watcher.recheck();
  expect(watcher.directories()).toBe(0);
  expect(hints).toEqual([]);
});

// The suite runs two tests inside a user namespace: its limits are its own, so that reaching them harms nobody else, and
// file permissions bind there even for root.
const FEW = 6;
const LIMIT_FILE = '/proc/sys/user/max_inotify_watches';
const inside = process.env['TCB_WATCH_NAMESPACE'];
const namespaces = {
  limit: ['-Ur', 'sh', '-c', `echo ${FEW} > ${LIMIT_FILE} && exec "$@"`, 'sh'],
  permissions: ['-U'],
};
const run = promisify(execFile);

async function within(kind: keyof typeof namespaces, command: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, TCB_WATCH_NAMESPACE: kind };
  const done = await run('unshare', [...namespaces[kind], command, ...args], { env }).catch(String);
  return typeof done === 'string' ? done : done.stdout;
}

const canNest =
  inside === undefined && existsSync(LIMIT_FILE) && (await within('limit', 'echo', 'yes')) === 'yes\n';

describe.skipIf(!canNest)('inside a user namespace of its own', () => {
  for (const kind of ['limit', 'permissions'] as const) {
    test(`${kind}: see the test of this name below`, async () => {
      const vitest = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
      const file = import.meta.filename;
      const report = await within(
        kind,
        process.execPath,
        vitest,
        'run',
        '--reporter=json',
        '-t',
        'nested',
        file,
      );
      expect(report).toContain('"numPassedTests":1,');
    });
  }
});

test.skipIf(inside !== 'limit')(
  'nested limit: too few watches are named, polling takes over, it heals',
  async () => {
    const rig = await createRig({
      waits: { limitRetryMs: 50 },
      before: (root) => {
        for (let i = 0; i < 10; i += 1) put(join(root, `pay/d${i}/a.js`), 'x');
      },
    });
    expect(rig.watcher.mode()).toBe('polling');
    await rig.until('the limit', () => rig.problems.length === 1);
    const [problem] = rig.problems;
    expect(problem).toMatchObject({
      kind: 'limit',
      code: 'ENOSPC',
      setting: 'fs.inotify.max_user_watches',
      limit: FEW,
    });
    if (problem?.kind !== 'limit') return;
    // The root, pay and ten below it; the parent of the root is in use already.
    expect(problem.needed).toBe((problem.current ?? 0) + 12);
    writeFileSync(LIMIT_FILE, '1000');
    await rig.until('native again', () => rig.watcher.mode() === 'native' && rig.problems.length === 2);
    expect(rig.problems[1]).toMatchObject({ kind: 'restarted' });
    expect(rig.watcher.directories()).toBe(12);
    await rig.editUntilSeen('pay/d7/a.js');
  },
);

test.skipIf(inside !== 'permissions')(
  'nested permissions: lost is said once, regained is healed',
  async () => {
    const rig = await createRig({
      before: (root) => {
        put(join(root, 'pay/closed/a.js'), 'x');
        chmodSync(join(root, 'pay/closed'), 0o000);
      },
    });
    const dir = rig.path('pay/closed');
    expect(rig.problems).toEqual([{ kind: 'deaf', dir }]);
    rig.write('pay/new/b.js', 'x');
    await rig.editUntilSeen('pay/new/b.js');
    chmodSync(dir, 0o700);
    await rig.editUntilSeen('pay/closed/a.js');
    expect(rig.problems).toHaveLength(1);
    expect(rig.watcher.mode()).toBe('native');
  },
);
