/** What whoever started a sync holds of it: watching, asking, stopping. */
import { rm } from 'node:fs/promises';
import type { Engine } from '../core/engine.js';
import { ledgerOf } from '../core/ledger.js';
import { pendingOf } from '../core/rest.js';
import type { State } from '../core/state.js';
import { discover } from '../functions/discovery.js';
import { steadyNow } from '../system/clock.js';
import { createFacts } from '../text/facts.js';
import { startWatching } from '../watch/watching.js';
import { preloadZip } from '../zip/zip.js';
import type { Sync } from './model.js';
import { type Current, type Parts, reconfigure } from './session.js';
import { redacted } from './telling.js';
import { uploadsEnded, whenAtRest } from './waiting.js';

/** How long uploads in flight are waited for at the end: nobody waits longer for a program that was told to stop. */
const farewellMs = 10_000;

/** @param sleepWatch closed at the end */
export function createHandle(
  parts: Parts,
  current: Current,
  engine: Engine,
  sleepWatch: { close(): void },
): Sync {
  const { content, redactor, tally } = parts;
  let over = false;
  const tellStopped = (code: number): void => {
    if (over) return;
    over = true;
    const pending = pendingOf(engine.state());
    parts.tell({ event: 'stopped', code, ...tally.sum(pending), pending });
  };
  return {
    engine,
    failed: () => tally.sum(pendingOf(engine.state())).failed,
    get config() {
      return current.loaded.config;
    },
    content,
    cloud: () => current.connection.cloud,
    redact: redactor.redact,
    reportBug: parts.onBug,
    watch: (onConfigChanged) => watch(parts, current, engine, onConfigChanged),
    atRest: (signal, wants) => whenAtRest(engine, signal, wants),
    observe(language, onFact) {
      const derive = createFacts(language, () => current.loaded.config.token);
      return engine.observe((event, after, before) => {
        for (const fact of derive(event, after, before)) onFact(redacted(fact, redactor), Date.now());
      });
    },
    discover: async () => current.watching?.rediscover() ?? discover(current.loaded.config),
    emulator() {
      const { url, tokenSource } = current.connection.endpoint;
      return tokenSource.kind === 'fixed' ? { url, token: tokenSource.value } : null;
    },
    reconfigure: (next) => reconfigure(parts, current, engine, next),
    sweep: async () => current.watching?.sweep(),
    used: () => current.watching?.used(),
    async stop(code) {
      engine.dispatch({ type: 'stop', at: steadyNow() });
      sleepWatch.close();
      const exitCode = await stop(parts, current, engine, code);
      tellStopped(exitCode);
      return exitCode;
    },
    breakOff: tellStopped,
  };
}

/** A start is over by then; the first save seldom comes earlier, and would load it itself. */
const preloadAfterMs = 1000;

async function watch(
  { options, bodies, content, firstSpecs, configStamp, onBug, tell }: Parts,
  current: Current,
  engine: Engine,
  onConfigChanged: () => void,
): Promise<void> {
  current.watching = startWatching({
    engine,
    content,
    config: current.loaded.config,
    selection: options.selection,
    specs: firstSpecs,
    configFiles: current.loaded.watchFiles,
    configStamp,
    onConfigChanged,
    prepare(name) {
      const { functions, settings } = engine.state();
      const fn = functions.get(name);
      // Environments beyond one request's make another request, with a body of its own.
      const envs = [...(fn?.targets.keys() ?? [])].slice(0, settings.envsPerRequest);
      return bodies.prepare(name, fn?.wanted ?? null, envs);
    },
    onProblem: (problem) => options.onWatchProblem?.(problem),
    onBug,
    now: steadyNow,
  });
  const { directories } = await current.watching.ready;
  const { functions, envs } = engine.state();
  // Since the process began, which is the start that a user means.
  const ms = Math.round(performance.now());
  tell({ event: 'watching', functions: functions.size, envs: envs.size, directories, ms });
  // It blocks the thread for a moment: not while anybody may still be busy with the start.
  setTimeout(() => preloadZip().catch(onBug), preloadAfterMs).unref();
}

async function stop(
  { options, ledger, closing, content, builds }: Parts,
  current: Current,
  engine: Engine,
  code: (state: State) => number,
): Promise<number> {
  current.endTokenWatch();
  await current.watching?.close();
  await Promise.all([uploadsEnded(engine, farewellMs), current.following?.end(farewellMs)]);
  const state = engine.state();
  const exitCode = code(state);
  ledger.update(() => ledgerOf(state));
  await ledger.written();
  closing.abort();
  content.close();
  if (options.dryRun) await rm(builds, { recursive: true, force: true });
  engine.close();
  await current.connection.close();
  return exitCode;
}
