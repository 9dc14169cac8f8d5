/** A project that is watched: which functions each change concerns, and what follows. Real files, content and engine; nothing is sent. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createBuiltContent } from '../../src/build/builds.js';
import { createEngine } from '../../src/core/engine.js';
import { discover } from '../../src/functions/discovery.js';
import { loadConfig } from '../../src/functions/load.js';
import type { Event, EventOf } from '../../src/model/event.js';
import { envSpecsOf, settingsOf } from '../../src/sync/settings.js';
import { steadyNow } from '../../src/system/clock.js';
import { Repair } from '../../src/watch/repair.js';
import { stampOf } from '../../src/watch/watched-places.js';
import { startWatching, type WatchingOptions } from '../../src/watch/watching.js';
import { needs } from '../support/needs.js';
import { soon } from '../support/soon.js';

const everything = { envIds: [], only: [], names: [] };

async function scene(
  options: Partial<Omit<WatchingOptions, 'config'>> & {
    readonly files?: Readonly<Record<string, string>>;
    readonly project?: object;
    /** After everything was scanned, and before it is watched. */
    readonly before?: (path: (file: string) => string) => void;
  } = {},
) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tcb-watching-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const path = (file: string): string => join(folder, file);
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), text);
  };
  const configure = (config: object): void =>
    write(
      'watch.config.json',
      JSON.stringify({ envs: ['dev'], functionsRoot: 'functions', debounceMs: 30, ...config }),
    );
  configure(options.project ?? {});
  write('functions/pay/index.js', 'exports.main = 1;\n');
  write('functions/login/index.js', 'exports.main = 1;\n');
  for (const [file, text] of Object.entries(options.files ?? {})) write(file, text);
  const load = async () => {
    const loaded = await loadConfig({ from: folder, environment: {} });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded;
  };
  const { config, watchFiles } = await load();
  const selection = options.selection ?? everything;
  const specs = (await discover(config, {})).filter(
    ({ name }) => selection.names.length === 0 || selection.names.includes(name),
  );
  const content = createBuiltContent(config, specs, null, () => null);
  const seen: Event[] = [];
  const bugs: unknown[] = [];
  const problems: unknown[] = [];
  const looks = new Set<() => void>();
  const engine = createEngine({
    settings: settingsOf(config, 1),
    clock: {
      now: steadyNow,
      after(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
    async perform(job) {
      if (job.type !== 'scan') return new Promise<Event>(() => undefined);
      return { type: 'scan-ended', at: steadyNow(), job, result: await content.scan(job.function, job.full) };
    },
    onBug: (error) => bugs.push(error),
  });
  onTestFinished(() => engine.close());
  const news = (): void => {
    for (const look of [...looks]) look();
  };
  engine.observe((event) => {
    seen.push(event);
    news();
  });
  /** Resolves when it holds, asked after each event. */
  const until = (holds: () => boolean, what = `${holds}`): Promise<void> =>
    soon(
      what,
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds()) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        look();
      }),
    );
  engine.dispatch({
    ...{
      type: 'configured',
      at: steadyNow(),
      settings: settingsOf(config, 1),
      envs: envSpecsOf(config, selection),
    },
    ...{ functions: specs, ledger: [], cloudChanged: true },
  });
  const scans = (): number => seen.filter(({ type }) => type === 'scan-ended').length;
  await until(() => scans() === specs.length);
  options.before?.(path);
  const counts = { config: 0, prepared: [] as string[] };
  const watching = startWatching({
    engine,
    content,
    config,
    selection,
    specs,
    configFiles: watchFiles,
    configStamp: stampOf(watchFiles),
    onConfigChanged() {
      counts.config += 1;
      news();
    },
    async prepare(name) {
      counts.prepared.push(name);
    },
    onProblem: (problem) => {
      problems.push(problem);
      news();
    },
    onBug: (error) => bugs.push(error),
    now: steadyNow,
    ...options,
  });
  onTestFinished(() => watching.close());
  await watching.ready;
  // The first sweep begins by itself; what it finds belongs to the start.
  await watching.sweep();
  const settled = (from = 0): string[] =>
    seen
      .slice(from)
      .filter((event): event is EventOf<'settled'> => event.type === 'settled')
      .flatMap(({ functions }) => functions.map((each) => each.function));
  /** Does something, and resolves when each of these functions has had its quiet time; the names of all that had. */
  const settles = async (names: readonly string[], act: () => void): Promise<string[]> => {
    const from = seen.length;
    act();
    await until(() => names.every((name) => settled(from).includes(name)), `a quiet time of ${names}`);
    return [...new Set(settled(from))].sort();
  };
  return {
    folder,
    path,
    write,
    configure,
    load,
    engine,
    content,
    watching,
    seen,
    bugs,
    problems,
    counts,
    until,
    settles,
    settled,
  };
}

describe('a change', () => {
  test('concerns the function that it is in, and no other', async () => {
    const { write, settles, counts, bugs, problems, seen } = await scene();
    const before = seen.length;
    expect(await settles(['pay'], () => write('functions/pay/index.js', 'exports.main = 2;\n'))).toEqual([
      'pay',
    ]);
    expect(seen.slice(before).find(({ type }) => type === 'settled')).toMatchObject({
      functions: [{ function: 'pay', cause: 'change', savedAt: expect.any(Number) }],
    });
    expect([counts.config, bugs, problems]).toEqual([0, [], []]);
  });

  test('of a file that a function links to concerns that function', async () => {
    needs('links');
    const linked = await scene({ files: { 'shared/a.js': '1' } });
    symlinkSync(linked.path('shared/a.js'), linked.path('functions/login/a.js'));
    await linked.until(() => linked.content.linksOf('login').size > 0);
    await linked.watching.sweep();
    expect(await linked.settles(['login'], () => linked.write('shared/a.js', '2'))).toEqual(['login']);
    // The first one may have been found by the look at what the link names.
    expect(await linked.settles(['login'], () => linked.write('shared/a.js', '3'))).toEqual(['login']);
  });

  test('of the ignore file of a root concerns every function in it', async () => {
    const { write, settles } = await scene({ files: { 'functions/pay/notes.txt': 'x' } });
    expect(await settles(['login', 'pay'], () => write('functions/.tcbignore', '*.txt\n'))).toEqual([
      'login',
      'pay',
    ]);
  });

  test('of a file next to the functions concerns none of them', async () => {
    const { write, settles } = await scene();
    const found = await settles(['pay'], () => {
      write('functions/notes.txt', 'x');
      write('functions/pay/index.js', 'exports.main = 2;\n');
    });
    expect(found).toEqual(['pay']);
  });

  test('of the ignore file of a function concerns that one alone', async () => {
    const { write, settles } = await scene({ files: { 'functions/pay/notes.txt': 'x' } });
    expect(await settles(['pay'], () => write('functions/pay/.tcbignore', '*.txt\n'))).toEqual(['pay']);
  });

  test('in a folder that is left out no longer is heard of', async () => {
    const { write, path, settles, problems } = await scene({
      files: { 'functions/.tcbignore': 'data/\n', 'functions/pay/data/deep/a.json': '1' },
    });
    await settles(['login', 'pay'], () => rmSync(path('functions/.tcbignore')));
    await settles(['pay'], () => write('functions/pay/data/deep/a.json', '2'));
    expect(problems).toEqual([]);
  });

  test('in a folder that a new configuration leaves out no longer is heard of', async () => {
    const { write, configure, load, content, watching, engine, settles, problems } = await scene({
      project: { ignore: ['data/'] },
      files: { 'functions/pay/data/deep/a.json': '1' },
    });
    configure({});
    const { config, watchFiles } = await load();
    const specs = await discover(config, {});
    content.update(config, specs);
    watching.update(config, specs, watchFiles);
    engine.dispatch({
      ...{ type: 'configured', at: steadyNow(), settings: settingsOf(config, 1) },
      ...{ envs: envSpecsOf(config, everything), functions: specs, ledger: [], cloudChanged: false },
    });
    await settles(['pay'], () => write('functions/pay/data/deep/a.json', '2'));
    expect(problems).toEqual([]);
  });

  test('in a folder that was left out when a scan began, and no longer when the next one does, is heard of', async () => {
    const { write, path, content, settles, seen, until, problems } = await scene({
      files: { 'functions/pay/.tcbignore': 'data/\n', 'functions/pay/data/deep/a.json': '1' },
    });
    const held: (() => void)[] = [];
    const hold = (): Promise<void> => new Promise((resolve) => held.push(resolve));
    const { scan } = content;
    let scans = 0;
    content.scan = async (name, full) => {
      if (name !== 'pay') return scan(name, full);
      scans += 1;
      if (scans === 2) await hold();
      const result = await scan(name, full);
      if (scans === 1) await hold();
      return result;
    };
    await settles(['pay'], () => write('functions/pay/index.js', 'exports.main = 2;\n'));
    await vi.waitFor(() => expect(held).toHaveLength(1));
    await settles(['pay'], () => rmSync(path('functions/pay/.tcbignore')));
    const before = seen.length;
    held[0]?.();
    await until(() => seen.slice(before).some(({ type }) => type === 'scan-ended'));
    // Its quiet time begins later than any that the end of the first scan begins.
    await settles(['login'], () => write('functions/login/index.js', 'exports.main = 2;\n'));
    await vi.waitFor(() => expect(held).toHaveLength(2));
    held[1]?.();
    await settles(['pay'], () => write('functions/pay/data/deep/a.json', '2'));
    expect(problems).toEqual([]);
  });

  test('of what many functions leave out has all folders gone through once, however far apart they are scanned', async () => {
    const { write, content, seen, settles, until } = await scene();
    const held = new Map<string, () => void>();
    const { scan } = content;
    content.scan = async (name, full) => {
      await new Promise<void>((resolve) => held.set(name, resolve));
      return scan(name, full);
    };
    const isScanned = (name: string): boolean =>
      seen.some((event) => event.type === 'scan-ended' && event.job.function === name);
    const all = vi.spyOn(Repair.prototype, 'all');
    onTestFinished(() => all.mockRestore());
    await settles(['login', 'pay'], () => write('functions/.tcbignore', 'data/\n'));
    await vi.waitFor(() => expect(held.size).toBe(2));
    seen.length = 0;
    held.get('login')?.();
    await vi.waitFor(() => expect(all).toHaveBeenCalledTimes(1));
    held.get('pay')?.();
    await until(() => isScanned('pay'));
    // Its quiet time, and what is read after it, end later than any that the end of the scan begins.
    await settles(['login'], () => write('functions/login/index.js', 'exports.main = 2;\n'));
    await content.readRules();
    expect(all).toHaveBeenCalledTimes(1);
  });

  test('has the upload prepared that will follow, of its function alone', async () => {
    const { write, settles, counts } = await scene({ project: { debounceMs: 200 } });
    await settles(['pay'], () => write('functions/pay/index.js', 'exports.main = 2;\n'));
    expect(counts.prepared).toEqual(['pay']);
  });

  test('of shared code concerns those that share it, and says so', async () => {
    const { write, settles, seen } = await scene({
      project: { shared: { common: ['pay'] } },
      files: { 'functions/common/money.js': '1' },
    });
    const before = seen.length;
    expect(await settles(['pay'], () => write('functions/common/money.js', '2'))).toEqual(['pay']);
    expect(
      seen.slice(before).flatMap((event) => (event.type === 'settled' ? event.functions : [])),
    ).toMatchObject([{ function: 'pay', cause: 'shared' }]);
  });

  test('that came before it was watched is found', async () => {
    const { until, settled } = await scene({
      before: (path) => writeFileSync(path('functions/pay/index.js'), 'exports.main = 3;\n'),
    });
    await until(() => settled().includes('pay'));
    expect(settled()).not.toContain('login');
  });
});

test('a function that could not be read for the moment is read again, with no event', async () => {
  const { write, content, settled, settles, until, seen } = await scene();
  const { scan } = content;
  content.scan = async () => {
    content.scan = scan;
    return { ok: false, problem: { reason: 'unreadable', path: 'index.js', code: 'EBUSY' } };
  };
  await settles(['pay'], () => write('functions/pay/index.js', 'exports.main = 2;\n'));
  const isRead = (ok: boolean) => (event: Event) => event.type === 'scan-ended' && event.result.ok === ok;
  await until(() => seen.some(isRead(false)), 'a scan that fails');
  const before = seen.findIndex(isRead(false));
  await until(() => settled(before).includes('pay'), 'another quiet time');
  await until(() => seen.slice(before).some(isRead(true)), 'a scan that does not');
});

test('a change that a sweep has found is not missed where its event comes, and is where none does', async () => {
  /** The ends of seconds: of the one in which an event may still come, and of those in which events are counted. */
  const seconds: (() => void)[] = [];
  const startTimer = globalThis.setTimeout;
  const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation((callback, ms) => {
    if (ms !== 1000) return startTimer(callback, ms);
    seconds.push(callback);
    return startTimer(() => undefined);
  });
  onTestFinished(() => timers.mockRestore());
  const { write, content, watching, seen, until, problems } = await scene();
  const { glance } = content;
  content.glance = async (name) => {
    const result = await glance(name);
    return result.ok ? { ...result, fingerprint: 'another' } : result;
  };
  await watching.sweep();
  content.glance = glance;
  write('functions/pay/index.js', 'exports.main = 2;\n');
  const isHeard = (event: Event): boolean =>
    event.type === 'settled' &&
    event.functions.some(({ function: name, savedAt }) => name === 'pay' && savedAt !== null);
  await until(() => seen.some(isHeard), 'the event of the change');
  for (const end of seconds) end();
  expect(problems).toEqual([{ kind: 'missed', functions: ['login'], total: 1 }]);
});

describe('functions', () => {
  test('that come and go are found', async () => {
    const { write, path, watching, engine, until } = await scene();
    write('functions/order/index.js', 'exports.main = 1;\n');
    await until(() => engine.state().functions.has('order'));
    expect(
      watching
        .specs()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['login', 'order', 'pay']);
    rmSync(path('functions/order'), { recursive: true });
    await until(() => engine.state().functions.get('order')?.spec.problem?.reason === 'gone');
  });

  test('that a folder becomes by its first entry are found', async () => {
    const { write, watching, engine, seen, until, settles } = await scene({
      files: { 'functions/order/notes.txt': 'x' },
    });
    expect(engine.state().functions.has('order')).toBe(false);
    write('functions/order/index.js', 'exports.main = 1;\n');
    await until(() => engine.state().functions.has('order'));
    expect(watching.specs()).toHaveLength(3);
    expect(seen.filter(({ type }) => type === 'discovered')).toHaveLength(1);
    await settles(['order'], () => write('functions/order/index.js', 'exports.main = 2;\n'));
  });

  test('that are not meant are named when it is asked, and not taken', async () => {
    const { write, watching, engine, seen } = await scene({ selection: { ...everything, names: ['pay'] } });
    write('functions/order/index.js', 'exports.main = 1;\n');
    const all = await watching.rediscover();
    expect(all.map(({ name }) => name).sort()).toEqual(['login', 'order', 'pay']);
    expect([...engine.state().functions.keys()]).toEqual(['pay']);
    expect(seen.filter(({ type }) => type === 'discovered')).toEqual([]);
  });

  test('nothing is reported where nothing came or went', async () => {
    const { watching, seen } = await scene();
    await watching.rediscover();
    await watching.sweep();
    watching.used();
    expect(seen.filter(({ type }) => type === 'discovered')).toEqual([]);
  });
});

describe('the configuration', () => {
  test('that is changed is asked for, and no function is scanned for it', async () => {
    const { configure, counts, until, settled, bugs } = await scene();
    configure({ debounceMs: 40 });
    await until(() => counts.config > 0);
    expect(settled()).toEqual([]);
    expect(bugs).toEqual([]);
  });

  test('that changed between reading and watching is asked for by the first sweep', async () => {
    const { counts, until } = await scene({ configStamp: 'as it was read' });
    await until(() => counts.config > 0);
    expect(counts.config).toBe(1);
  });

  test('of another project part is watched from then on', async () => {
    const { write, watching, load, settles, configure, counts, until } = await scene({
      files: { 'more/order/index.js': 'exports.main = 1;\n' },
    });
    configure({ functionsRoot: ['functions', 'more'] });
    await until(() => counts.config > 0);
    const { config, watchFiles } = await load();
    const specs = await discover(config, {});
    watching.update(config, specs, watchFiles);
    expect(watching.specs()).toHaveLength(3);
    await watching.sweep();
    const found = await settles(['pay'], () => write('functions/pay/index.js', 'exports.main = 2;\n'));
    expect(found).toContain('pay');
    expect(await settles(['order'], () => write('more/order/index.js', 'exports.main = 2;\n'))).toContain(
      'order',
    );
  });
});

test('another file of the configuration is one from then on', async () => {
  const { write, path, watching, load, counts, until, settled } = await scene();
  const { config, watchFiles } = await load();
  watching.update(config, watching.specs(), [...watchFiles, path('functions/pay/more.json')]);
  write('functions/pay/more.json', '{}');
  await until(() => counts.config > 0);
  expect(settled()).toEqual([]);
});

test('a new list of files of the configuration is not yet a change of one', async () => {
  const { write, path, watching, load, counts, settles } = await scene();
  const { config, watchFiles } = await load();
  watching.update(config, watching.specs(), [...watchFiles, path('more.json')]);
  await watching.sweep();
  // Its quiet time ends later than one that the sweep has begun.
  await settles(['pay'], () => write('functions/pay/index.js', 'exports.main = 2;\n'));
  expect(counts.config).toBe(0);
});

test('at the end nothing is left that waits: no quiet time, and no sweep', async () => {
  const started = vi.spyOn(globalThis, 'setTimeout');
  const ended = vi.spyOn(globalThis, 'clearTimeout');
  onTestFinished(() => {
    started.mockRestore();
    ended.mockRestore();
  });
  const waits = { debounceMs: 54_321, debounceMaxMs: 543_210, sweepSeconds: 12_345 };
  const { write, watching } = await scene({ project: waits });
  /** The timers of so many ms, and those of them that nobody has ended. */
  const timers = (ms: number) =>
    started.mock.calls.flatMap(([, wait], call) => (wait === ms ? [started.mock.results[call]?.value] : []));
  const running = (ms: number) =>
    timers(ms).filter((timer) => !ended.mock.calls.some(([cleared]) => cleared === timer));
  write('functions/pay/index.js', 'exports.main = 2;\n');
  write('watch.config.json', JSON.stringify({ envs: ['dev'], functionsRoot: 'functions', ...waits }));
  // Of the function, of what is prepared for it, and of the configuration.
  await vi.waitFor(() => expect(running(543_210)).toHaveLength(3));
  await vi.waitFor(() => expect(running(12_345_000)).toHaveLength(1));
  expect(running(54_321)).toHaveLength(2);
  await watching.close();
  expect([543_210, 54_321, 54_321 / 4, 12_345_000].flatMap(running)).toEqual([]);
});

describe('git', () => {
  test('is watched where functions lie in a repository, and asked before an upload', async () => {
    const { path, folder, watching, until, seen } = await scene({
      files: { '.git/HEAD': 'ref: refs/heads/main\n' },
    });
    expect(watching.isGitBusy(folder)).toBe(false);
    writeFileSync(path('.git/index.lock'), '');
    expect(watching.isGitBusy(folder)).toBe(true);
    rmSync(path('.git/index.lock'));
    await until(() => seen.filter(({ type }) => type === 'git').length === 2);
    expect(seen.filter(({ type }) => type === 'git')).toMatchObject([
      { repository: folder, busy: true, operation: null },
      { repository: folder, busy: false, operation: null },
    ]);
    expect(watching.isGitBusy(folder)).toBe(false);
    expect(watching.isGitBusy(join(folder, 'elsewhere'))).toBe(false);
  });

  test('is watched in a repository that a new configuration brings, and no longer in one that it takes away', async () => {
    const { path, load, watching, configure } = await scene({
      files: {
        'functions/.git/HEAD': 'ref: refs/heads/main\n',
        'more/.git/HEAD': 'ref: refs/heads/main\n',
        'more/order/index.js': 'exports.main = 1;\n',
      },
    });
    for (const root of ['functions', 'more']) writeFileSync(path(`${root}/.git/index.lock`), '');
    const busy = () => ['functions', 'more'].map((root) => watching.isGitBusy(path(root)));
    expect(busy()).toEqual([true, false]);
    configure({ functionsRoot: 'more' });
    const { config, watchFiles } = await load();
    watching.update(config, await discover(config, {}), watchFiles);
    expect(busy()).toEqual([false, true]);
    await watching.close();
    expect(busy()).toEqual([false, false]);
  });
});

test.each([
  ['as often as configured where file events come', {}, 12_345_000],
  ['each second where none do', { CHOKIDAR_USEPOLLING: '1' }, 1000],
])('sweeps come %s', async (_when, environment, everyMs) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const timers = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => {
    vi.unstubAllEnvs();
    timers.mockRestore();
  });
  await scene({ project: { sweepSeconds: 12_345 } });
  await vi.waitFor(() => expect(timers.mock.calls.map(([, ms]) => ms)).toContain(everyMs));
});

test('after the end nothing is heard of any more', async () => {
  const { watching, write, path, content, seen, counts } = await scene();
  await watching.close();
  const before = seen.length;
  write('functions/pay/index.js', 'exports.main = 9;\n');
  write('functions/order/index.js', 'exports.main = 9;\n');
  write('watch.config.json', '{}');
  await watching.rediscover().catch(() => undefined);
  if (process.platform !== 'win32') symlinkSync(path('watch.config.json'), path('functions/pay/link.json'));
  await content.scan('pay', true);
  expect(seen.slice(before).filter(({ type }) => type === 'settled' || type === 'discovered')).toEqual([]);
  expect(counts.config).toBe(0);
});
