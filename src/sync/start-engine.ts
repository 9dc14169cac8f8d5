/** The engine of a run, with the world's clock and hands. */
import { createEngine, type Engine } from '../core/engine.js';
import { steadyNow } from '../system/clock.js';
import { createEffects } from './effects.js';
import type { Current, Parts } from './session.js';
import { settingsOf } from './settings.js';

export function startEngine(parts: Parts, current: Current): Engine {
  const { options, bodies, content, ledger, redactor } = parts;
  const engine: Engine = createEngine({
    settings: settingsOf(options.loaded.config, options.timeScale ?? 1),
    clock: { now: steadyNow, after: startTimer },
    perform: (job, signal) => effects(job, signal),
    onBug: parts.onBug,
  });
  const effects = createEffects({
    content,
    bodies,
    cloud: () => current.connection.cloud,
    tokens: () => current.connection.tokens,
    ledger,
    redactor,
    now: steadyNow,
    dispatch: (event) => engine.dispatch(event),
    dryRun: options.dryRun,
    isGitBusy: (repository) => isHeldByGit(current, engine, repository),
    stateOf: (name) => engine.state().functions.get(name),
    onBug: options.onBug,
  });
  return engine;
}

function startTimer(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** Git's lock as it is on the disk now. One that nobody holds counts for a minute only: the core has let go of it then. */
function isHeldByGit({ watching }: Current, engine: Engine, repository: string): boolean {
  if (watching?.isGitBusy(repository) !== true) return false;
  const { git, settings } = engine.state();
  const since = git.get(repository);
  return since !== undefined && steadyNow() < since + settings.waits.gitLockMs;
}
