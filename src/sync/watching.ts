/** Looking: file events, quiet times, sweeps, roots, git. Everything here ends in a hint to the core: look again. */

import { statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { Engine } from '../core/engine.js';
import type { FunctionName, FunctionSpec } from '../core/model.js';
import type { Config } from '../io/config-model.js';
import { discover } from '../io/functions.js';
import { createGitWatch, type GitWatch } from '../io/git.js';
import { createIgnoreRules, ignoreFileName } from '../io/ignore.js';
import { createSettler } from '../io/settle.js';
import { sharedFolders } from '../io/snapshot-source.js';
import { createWatcher, type Watcher } from '../io/watcher.js';
import type { WatchedPlaces, WatchProblem } from '../io/watcher-model.js';
import type { Content } from './content.js';
import { createOwners, foldersOf, type Owners } from './owners.js';
import { createPreparing } from './preparing.js';
import { isSelected, type Selection } from './settings.js';
import { createSweeper } from './sweeper.js';

export interface WatchingOptions {
  readonly engine: Engine;
  readonly content: Content;
  readonly config: Config;
  readonly selection: Selection;
  readonly specs: readonly FunctionSpec[];
  /** Files whose change asks for the configuration to be read again. */
  readonly configFiles: readonly string[];
  /** `stampOf` these files as near as can be to when they were read. */
  readonly configStamp: string;
  readonly onConfigChanged: () => void;
  /** Makes ahead what a function that grows quiet will probably send. */
  readonly prepare: (name: FunctionName) => Promise<void>;
  readonly onProblem: (problem: WatchProblem) => void;
  readonly onBug: (error: unknown) => void;
  readonly now: () => number;
}

export interface Watching {
  readonly ready: Promise<{ directories: number; ms: number }>;
  /** Git as it is on the disk right now, asked before an upload. */
  isGitBusy(repository: string): boolean;
  /** The functions as last discovered. */
  specs(): readonly FunctionSpec[];
  /** Looks at the roots again, now. Resolves to all functions there are, whatever the run is narrowed to. */
  rediscover(): Promise<readonly FunctionSpec[]>;
  /** Looks at everything now. Resolves when that is done. */
  sweep(): Promise<void>;
  /** Somebody looks or asks: sweeps rest while nobody does. */
  used(): void;
  update(config: Config, specs: readonly FunctionSpec[], configFiles: readonly string[]): void;
  close(): Promise<void>;
}

const configKey = 'config';
const linksKey = 'links';

export function startWatching(options: WatchingOptions): Watching {
  const { engine, content, now } = options;
  let { config, specs, configFiles } = options;
  let owners: Owners = createOwners(config, specs, content.linksOf);
  /** As they were when they were last read: a change that made no event, or came before the watcher was there, shows. */
  let { configStamp } = options;
  const touchedAsShared = new Set<FunctionName>();
  const touchedBySweep = new Set<FunctionName>();
  let closed = false;

  const settler = createSettler({
    quietMs: () => config.debounceMs,
    maxMs: () => config.debounceMaxMs,
    onSettled: (name, _firstAt, lastAt) => {
      const cause = touchedAsShared.delete(name) ? 'shared' : 'change';
      // When it was saved is not known where a sweep found it.
      const savedAt = touchedBySweep.delete(name) ? null : lastAt;
      engine.dispatch({ type: 'settled', at: now(), function: name, cause, savedAt, full: false });
    },
  });
  const lookAround = createSettler({
    quietMs: () => config.debounceMs,
    maxMs: () => config.debounceMaxMs,
    onSettled: (key) => {
      if (key === configKey) {
        configStamp = stampOf(configFiles);
        options.onConfigChanged();
      } else if (key === linksKey) use(config, specs, configFiles);
      else rediscover().catch(options.onBug);
    },
  });

  const preparing = createPreparing({
    quietMs: () => config.debounceMs,
    maxMs: () => config.debounceMaxMs,
    isPending: (name) => !closed && settler.isPending(name),
    prepare: options.prepare,
    onBug: options.onBug,
  });

  const touch = (name: FunctionName): void => {
    preparing.touch(name);
    if (settler.touch(name)) engine.dispatch({ type: 'touched', at: now(), function: name });
  };
  const hear = (name: FunctionName): void => {
    touchedBySweep.delete(name);
    sweeper.heard(name);
    touch(name);
  };
  const onTouched = (path: string): void => {
    if (closed) return;
    if (configFiles.includes(path)) return void lookAround.touch(configKey);
    const { own, shared } = owners.of(path);
    for (const name of own) {
      touchedAsShared.delete(name);
      hear(name);
    }
    for (const name of shared) {
      if (!settler.isPending(name)) touchedAsShared.add(name);
      hear(name);
    }
    if (own.length === 0 && shared.length === 0) lookAround.touch('roots');
    if (basename(path) === ignoreFileName) rulesChanged(dirname(path));
  };

  /** The file of a root concerns every function in it. */
  const rulesChanged = (folder: string): void => {
    for (const spec of specs) if (spec.root === folder) touch(spec.name);
    watcher.recheck();
  };

  const rediscover = async (): Promise<readonly FunctionSpec[]> => {
    const known = new Set(specs.map((spec) => spec.name));
    const all = await discover(config, { previous: specs, known });
    const found = all.filter((spec) => isSelected(spec, options.selection));
    if (closed || sameSpecs(found, specs)) return all;
    use(config, found, configFiles);
    engine.dispatch({ type: 'discovered', at: now(), functions: found });
    return all;
  };

  const use = (
    nextConfig: Config,
    nextSpecs: readonly FunctionSpec[],
    nextFiles: readonly string[],
  ): void => {
    config = nextConfig;
    specs = nextSpecs;
    if (nextFiles !== configFiles) configStamp = stampOf(nextFiles);
    configFiles = nextFiles;
    owners = createOwners(config, specs, content.linksOf);
    content.update(config, specs);
    git.update(repositoriesOf(specs));
    watcher.update(placesOf(config, specs, configFiles, content));
    watcher.recheck();
  };

  const git: GitWatch = createGitWatch({
    repositories: repositoriesOf(specs),
    onChange: (repository, busy) => engine.dispatch({ type: 'git', at: now(), repository, busy }),
  });
  const fallbackRules = createIgnoreRules([]);
  const watcher: Watcher = createWatcher({
    ...placesOf(config, specs, configFiles, content),
    stateDir: join(config.folder, '.tcb-watch'),
    // The ignore files themselves are packed nowhere, but a change of one changes what is.
    ignores: (path, isDirectory) =>
      basename(path) !== ignoreFileName && owners.ignores(path, isDirectory, content, fallbackRules),
    onTouched,
    onRootChanged: () => void lookAround.touch('roots'),
    onProblem: options.onProblem,
  });
  const sweeper = createSweeper({
    engine,
    content,
    now,
    everyMs: () => (watcher.mode() === 'polling' ? pollEveryMs : config.sweepSeconds * 1000),
    before: async () => {
      if (stampOf(configFiles) !== configStamp) lookAround.touch(configKey);
      watcher.look();
      await rediscover();
    },
    isPending: settler.isPending,
    touch(name) {
      if (!settler.isPending(name)) touchedBySweep.add(name);
      touch(name);
    },
    quietMs: () => config.debounceMs,
    eventsCome: () => watcher.mode() === 'native',
    onMissed: (functions, total) => options.onProblem({ kind: 'missed', functions, total }),
    onBug: options.onBug,
  });

  const stopObserving = engine.observe(() => sweeper.used());
  content.onLinks(() => {
    if (!closed) lookAround.touch(linksKey);
  });

  return {
    ready: watcher.ready.then((ready) => {
      if (!closed) sweeper.start();
      return ready;
    }),
    isGitBusy: (repository) => git.isBusy(repository),
    specs: () => specs,
    rediscover,
    sweep: () => sweeper.sweep(),
    used: () => sweeper.used(),
    update: use,
    async close() {
      closed = true;
      settler.close();
      preparing.close();
      lookAround.close();
      stopObserving();
      sweeper.close();
      git.close();
      await watcher.close();
    },
  };
}

/** What tells whether any of these files was written, made or removed. */
export function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? '-' : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
    })
    .join();
}

/** Between two sweeps where no events come: what polling watchers take. */
const pollEveryMs = 1000;

function repositoriesOf(specs: readonly FunctionSpec[]): string[] {
  return [...new Set(specs.flatMap((spec) => (spec.repository === null ? [] : [spec.repository])))];
}

function placesOf(
  config: Config,
  specs: readonly FunctionSpec[],
  configFiles: readonly string[],
  content: Content,
): WatchedPlaces {
  const shared = specs.flatMap((spec) => sharedFolders(config, spec).map(({ dir }) => dir));
  const folders = [...specs.map((spec) => spec.dir), ...shared];
  const links = specs.flatMap((spec) => [...content.linksOf(spec.name)]);
  const linkedFolders = links.filter(([, directory]) => directory).map(([real]) => real);
  const linkedFiles = links.filter(([, directory]) => !directory).map(([real]) => real);
  const outside = [...folders.flatMap(foldersOf), ...linkedFolders].filter((dir) => !isInRoots(config, dir));
  return {
    roots: config.functionsRoots,
    extra: [...new Set(outside)],
    files: [...new Set([...configFiles, ...linkedFiles.filter((file) => !isInRoots(config, file))])],
  };
}

function isInRoots(config: Config, dir: string): boolean {
  return config.functionsRoots.some((root) => dir.startsWith(root + sep));
}

function sameSpecs(one: readonly FunctionSpec[], other: readonly FunctionSpec[]): boolean {
  return one.length === other.length && one.every((spec, index) => isSameSpec(spec, other[index]));
}

/** Field by field: a sweep compares hundreds that are the same, and seldom one that has a problem. */
function isSameSpec(one: FunctionSpec, other: FunctionSpec | undefined): boolean {
  return (
    other !== undefined &&
    one.name === other.name &&
    one.dir === other.dir &&
    one.root === other.root &&
    one.repository === other.repository &&
    one.envs.join(' ') === other.envs.join(' ') &&
    JSON.stringify(one.problem) === JSON.stringify(other.problem)
  );
}
