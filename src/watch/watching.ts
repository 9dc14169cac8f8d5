/** Watching a project: file events, quiet times, sweeps, roots, git. Everything here ends in a hint to the core: scan again. */

import { basename, dirname, join } from 'node:path';
import type { Config } from '../config/model.js';
import type { Content } from '../content/content.js';
import { builtInRules, type IgnoreRules, ignoreFileName } from '../content/ignore.js';
import type { Engine } from '../core/engine.js';
import { discover } from '../functions/discovery.js';
import { createPathOwners, type PathOwners } from '../functions/path-owners.js';
import { isSelected, type Selection } from '../functions/selection.js';
import type { FunctionName, FunctionSpec } from '../model/nouns.js';
import { createDebouncer } from './debounce.js';
import { createGitWatch, type GitWatch } from './git.js';
import type { WatchProblem } from './model.js';
import { createQuietTimes, type Sign } from './quiet-times.js';
import { createSweeper } from './sweeper.js';
import { createUnreadableRetries } from './unreadable-retries.js';
import { placesOf, repositoriesOf, sameSpecs, stampOf } from './watched-places.js';
import { createWatcher, type Watcher } from './watcher.js';

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
  /** Prepares the upload that a function will probably need. */
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
  /** Scans the roots again, now. Resolves to all functions there are, whatever the run is narrowed to. */
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
const rootsKey = 'roots';
const rulesKey = 'rules';

export function startWatching(options: WatchingOptions): Watching {
  const { engine, content, now, prepare, onBug } = options;
  let { config, specs, configFiles } = options;
  const { linksOf, rulesOf } = content;
  let owners: PathOwners = createPathOwners({ config, specs, linksOf, rulesOf });
  /** Of the files as they were last read: a change that made no event, or came before the watcher was there, shows. */
  let { configStamp } = options;
  let closed = false;

  const quietMs = (): number => config.debounceMs;
  const maxMs = (): number => config.debounceMaxMs;
  const quiet = createQuietTimes({
    ...{ engine, content, now, quietMs, maxMs, prepare, onBug },
    onRestless: (name, file) => options.onProblem({ kind: 'restless', function: name, file }),
  });
  /** The places that belong to no single function: the configuration, the functions roots, links. */
  const around = createDebouncer({
    quietMs,
    maxMs,
    onQuiet: (key) => {
      if (key === configKey) {
        configStamp = stampOf(configFiles);
        options.onConfigChanged();
      } else if (key === linksKey) followLinks();
      else if (key === rulesKey) recheck().catch(onBug);
      else rediscover().catch(onBug);
    },
  });

  const touch = (name: FunctionName): void => quiet.touch(name, 'sweep');
  const hear = (name: FunctionName, sign: Sign, path: string): void => {
    sweeper.heard(name);
    quiet.touch(name, sign, path);
  };
  /** After the end it does nothing: no quiet time begins any more. */
  const onTouched = (path: string): void => {
    if (configFiles.includes(path)) return void around.touch(configKey);
    const { own, shared } = owners.of(path);
    for (const name of own) hear(name, 'own', path);
    for (const name of shared) hear(name, 'shared', path);
    const isNobodys = own.length === 0 && shared.length === 0;
    if (isNobodys || config.functionsRoots.includes(path)) around.touch(rootsKey);
    if (basename(path) === ignoreFileName) rulesChanged(dirname(path));
  };

  /** The file of a root concerns every function in it. */
  const rulesChanged = (folder: string): void => {
    for (const spec of specs) if (spec.root === folder) quiet.touch(spec.name, 'rules');
  };

  const rulesInForce = (name: FunctionName): IgnoreRules => rulesOf(name) ?? builtInRules;
  /** The rules by which it was last found which folders are to be watched: a scan may read others, whatever asked for it. */
  let watchedBy: ReadonlyMap<FunctionName, IgnoreRules> = new Map();
  const noteRules = (): void => {
    watchedBy = new Map(specs.map(({ name }) => [name, rulesInForce(name)]));
  };
  /** Where one scan has read other rules, those to come may too, one after the other: all are read now, and the folders gone through once. */
  const recheck = async (): Promise<void> => {
    await content.readRules();
    if (closed) return;
    noteRules();
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
    owners = createPathOwners({ config, specs, linksOf, rulesOf });
    content.update(config, specs);
    git.update(repositoriesOf(specs));
    noteRules();
    watcher.update(placesOf(config, specs, configFiles, linksOf));
  };

  /** Functions whose links lead elsewhere than before. */
  const relinked = new Set<FunctionName>();
  /** A file that came to be there before it was watched has made no event. */
  const followLinks = (): void => {
    use(config, specs, configFiles);
    for (const name of relinked) sweeper.check(name).catch(onBug);
    relinked.clear();
  };

  const git: GitWatch = createGitWatch({
    repositories: repositoriesOf(specs),
    onChange: (repository, state) => engine.dispatch({ type: 'git', at: now(), repository, ...state }),
  });
  noteRules();
  const watcher: Watcher = createWatcher({
    ...placesOf(config, specs, configFiles, linksOf),
    stateDir: join(config.folder, '.tcb-watch'),
    // The ignore files themselves are packed nowhere, but a change of one changes what is.
    ignores: (path, isDirectory) => basename(path) !== ignoreFileName && owners.ignores(path, isDirectory),
    onTouched,
    onRootChanged: () => void around.touch(rootsKey),
    onProblem: options.onProblem,
  });
  const sweeper = createSweeper({
    engine,
    content,
    now,
    everyMs: () => (watcher.mode() === 'polling' ? pollEveryMs : config.sweepSeconds * 1000),
    before: async () => {
      if (stampOf(configFiles) !== configStamp) around.touch(configKey);
      watcher.look();
      await rediscover();
    },
    isPending: quiet.isPending,
    touch,
    quietMs,
    eventsCome: () => watcher.mode() === 'native',
    onMissed: (functions, total) => options.onProblem({ kind: 'missed', functions, total }),
    onBug,
  });

  const retries = createUnreadableRetries({
    problemOf: (name) => engine.state().functions.get(name)?.problem ?? null,
    content,
    isPending: quiet.isPending,
    touch,
    onBug,
  });

  const stopObserving = engine.observe((event) => {
    sweeper.used();
    if (event.type !== 'scan-ended') return;
    const name = event.job.function;
    retries.take(name);
    if (watchedBy.has(name) && watchedBy.get(name) !== rulesInForce(name)) around.touch(rulesKey);
  });
  content.onLinks((name) => {
    relinked.add(name);
    around.touch(linksKey);
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
      quiet.close();
      around.close();
      stopObserving();
      sweeper.close();
      retries.close();
      git.close();
      await watcher.close();
    },
  };
}

/** Between two sweeps where no events come: what polling watchers take. */
const pollEveryMs = 1000;
