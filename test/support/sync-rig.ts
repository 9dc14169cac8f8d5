/** A sync in this process: real files and sockets, an emulator on loopback, no other program. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Daemon, openDaemon } from '../../src/daemon/daemon.js';
import type { Emulator, EmulatorOptions } from '../../src/emulator/index.js';
import { loadConfig } from '../../src/functions/load.js';
import type { Fact } from '../../src/model/fact.js';
import { takeLock } from '../../src/state/lock.js';
import { createSync, type LoadedConfig, type Sync, type SyncOptions } from '../../src/sync/sync.js';
import { socketPathFor } from '../../src/system/socket.js';
import { configFor, entry, type Files, makeProject, type Project, runEmulator } from './rig.js';

export interface SyncRig {
  readonly emulator: Emulator;
  readonly project: Project;
  /** Reads the configuration as it is now. */
  load(): Promise<LoadedConfig>;
  /** Starts a sync, which is stopped when the test ends. */
  start(options?: Partial<SyncOptions>): Promise<RunningSync>;
}

export interface RunningSync {
  readonly sync: Sync;
  readonly facts: readonly Fact[];
  of<Name extends Fact['event']>(name: Name): Extract<Fact, { event: Name }>[];
  readonly bugs: readonly string[];
  /** Resolves when nothing changes by itself. */
  rest(): Promise<void>;
  /** Resolves with the first fact that fits, those so far included. */
  until(fits: (fact: Fact) => boolean): Promise<Fact>;
  /** The same of this kind, among those from now on. */
  next(name: Fact['event']): Promise<Fact>;
}

export async function syncRig(
  functions: Readonly<Record<string, Files>> = { login: entry('1'), pay: entry('1') },
  config: Readonly<Record<string, unknown>> = {},
  options: Partial<EmulatorOptions> = {},
): Promise<SyncRig> {
  const emulator = await runEmulator({ envs: ['dev', 'test'], ...options });
  const project = await makeProject(functions, { ...configFor(emulator), ...config });
  const load = async (): Promise<LoadedConfig> => {
    const environment = { TEST_TOKEN: emulator.token };
    const loaded = await loadConfig({ from: project.folder, environment });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded;
  };
  return { emulator, project, load, start: async (more = {}) => startSync(await load(), more) };
}

/** A daemon for this sync, found by its lock as commands find it. Ends with the test. */
export async function daemonFor(sync: Sync): Promise<Daemon> {
  const folder = join(sync.config.folder, '.tcb-watch');
  const socket = socketPathFor(folder);
  const { endpoint, file } = sync.config;
  const outcome = await takeLock(folder, {
    v: 1,
    pid: process.pid,
    role: 'watch',
    socket,
    endpoint,
    config: file,
    version: '1',
  });
  if (outcome.type !== 'taken') throw new Error(outcome.type);
  const opened = await openDaemon(sync, socket, '1', () => undefined);
  if (!opened.ok) throw new Error(opened.code);
  onTestFinished(async () => {
    await opened.daemon.close();
    outcome.lock.release();
  });
  return opened.daemon;
}

export async function startSync(loaded: LoadedConfig, more: Partial<SyncOptions> = {}): Promise<RunningSync> {
  const facts: Fact[] = [];
  const bugs: string[] = [];
  const waiting = new Set<() => void>();
  const started = await createSync({
    loaded,
    selection: { envIds: [], only: [], names: [] },
    ...{ yes: false, force: false, dryRun: false, language: 'en', version: '1.2.3', timeScale: 0.3 },
    onFact(fact) {
      facts.push(fact);
      for (const look of [...waiting]) look();
    },
    onBug: (text) => bugs.push(text),
    ...more,
  });
  if (!started.ok) throw new Error(JSON.stringify(started));
  const { sync } = started;
  onTestFinished(async () => {
    if (!facts.some(({ event }) => event === 'stopped')) await sync.stop(() => 0);
  });
  const untilFact = (fits: (fact: Fact) => boolean, from = 0): Promise<Fact> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = facts.slice(from).find(fits);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return {
    sync,
    facts,
    of: (name) => facts.filter((fact): fact is Extract<Fact, { event: typeof name }> => fact.event === name),
    bugs,
    rest: () => sync.atRest(new AbortController().signal),
    until: (fits) => untilFact(fits),
    next: (name) => untilFact(({ event }) => event === name, facts.length),
  };
}
