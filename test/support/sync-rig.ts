/** A sync in this process: real files and sockets, an emulator on loopback, no other program. */
import { onTestFinished } from 'vitest';
import type { Emulator, EmulatorOptions } from '../../src/emulator/index.js';
import { loadConfig } from '../../src/functions/load.js';
import type { Fact } from '../../src/model/fact.js';
import { createSync, type LoadedConfig, type Sync, type SyncOptions } from '../../src/sync/sync.js';
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
  return {
    sync,
    facts,
    of: (name) => facts.filter((fact): fact is Extract<Fact, { event: typeof name }> => fact.event === name),
    bugs,
    rest: () => sync.atRest(new AbortController().signal),
    until: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = facts.find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
