/** The life of the native watcher: start, self-test, failure, back-off, restart, and when polling must help out. */

import { explainLimit } from './limits.js';
import type { PollingCause, WatcherOptions, WatcherWaits } from './model.js';
import { createPlaces, type Places } from './places.js';
import { createProbe, type Probe, remoteFolder } from './probe.js';
import { openSession, type Session, tellEverything } from './session.js';

const WAITS: WatcherWaits = {
  selfTestEveryMs: 300_000,
  selfTestMs: 2_000,
  lookEveryMs: 2_000,
  restartMs: 1_000,
  restartCapMs: 60_000,
  limitRetryMs: 30_000,
};
/** ENOSPC is tried again after 1, 2, 4, 8, then every 10 times `limitRetryMs`: each try walks all folders. */
const LIMIT_RETRY_GROWTH = 10;

export interface Life {
  readonly options: WatcherOptions;
  readonly waits: WatcherWaits;
  readonly places: Places;
  readonly probe: Probe;
  readonly timers: Set<NodeJS.Timeout>;
  session: Session | null;
  /** Native events were seen to come. */
  alive: boolean;
  /** That they do not come was told. */
  toldSilent: boolean;
  remote: boolean;
  /** Failures since the last time all was well. */
  failures: number;
  /** What the last failure was, until the restart is told. */
  failure: string;
  closed: boolean;
}

/** @param onMoved a place is another folder now, or none */
export function createLife(options: WatcherOptions, onMoved: () => void): Life {
  const places = createPlaces(options, (place, before) => {
    onMoved();
    life.session?.moved(place, before);
    if (place.kind === 'root') options.onRootChanged(place.given);
    options.onTouched(place.given);
  });
  const life: Life = {
    options,
    waits: { ...WAITS, ...options.waits },
    places,
    probe: options.probe ?? createProbe(options.stateDir),
    timers: new Set(),
    session: null,
    alive: false,
    toldSilent: false,
    remote: false,
    failures: 0,
    failure: '',
    closed: false,
  };
  return life;
}

/** Resolves when all is watched and tested, or polling took over. */
export async function start(life: Life): Promise<void> {
  if (life.options.polling === true) return;
  await open(life);
  await checkRemote(life);
}

/** One try to watch natively. Ends when all is watched and tested, or has failed and is to be tried again. */
async function open(life: Life): Promise<void> {
  if (life.closed) return;
  const { options } = life;
  const session = openSession({
    places: life.places,
    probe: life.probe,
    ignores: options.ignores,
    onTouched: options.onTouched,
    onRootChanged: options.onRootChanged,
    onDeaf: (dir) => options.onProblem({ kind: 'deaf', dir }),
    onError: (error) => void fail(life, session, error),
  });
  life.session = session;
  if (session.forcedPolling) {
    await drop(life, session);
    tellPolling(life, { cause: 'forced' });
    return;
  }
  await session.ready;
  // An error on the way has closed this session and seen to the next one.
  if (life.session !== session || life.closed) return;
  await selfTest(life, session);
  if (life.session === session) after(life, life.waits.selfTestEveryMs, () => testAgain(life, session));
}

async function selfTest(life: Life, session: Session): Promise<void> {
  const alive = await life.probe.test(life.waits.selfTestMs);
  if (life.session !== session || life.closed) return;
  life.alive = alive;
  if (!alive) {
    noteFailure(life, 'self-test');
    if (!life.toldSilent) tellPolling(life, { cause: 'no-events', waitedMs: life.waits.selfTestMs });
    life.toldSilent = true;
    return;
  }
  life.toldSilent = false;
  if (life.failures === 0) return;
  life.failures = 0;
  life.options.onProblem({ kind: 'restarted', detail: life.failure });
  tellEverything({ ...life.options, places: life.places });
}

function noteFailure(life: Life, failure: string): void {
  life.failures += 1;
  life.failure = failure;
}

/** A watcher that has gone silent is replaced at once; if the new one is no better, `selfTest` says so. */
async function testAgain(life: Life, session: Session): Promise<void> {
  if (life.session !== session || life.closed) return;
  const alive = await life.probe.test(life.waits.selfTestMs);
  if (life.session !== session || life.closed) return;
  if (alive && life.alive) {
    await session.recheck();
    after(life, life.waits.selfTestEveryMs, () => testAgain(life, session));
    return;
  }
  if (!alive) noteFailure(life, 'self-test');
  await drop(life, session);
  await open(life);
}

async function fail(life: Life, session: Session, error: unknown): Promise<void> {
  if (life.session !== session || life.closed) return;
  life.alive = false;
  noteFailure(life, error instanceof Error ? error.message : String(error));
  await drop(life, session);
  const code = limitCode(error);
  if (code === null) {
    const wait = life.waits.restartMs * 2 ** (life.failures - 1);
    after(life, Math.min(wait, life.waits.restartCapMs), () => open(life));
    return;
  }
  const growth = Math.min(2 ** (life.failures - 1), LIMIT_RETRY_GROWTH);
  after(life, life.waits.limitRetryMs * growth, () => open(life));
  // Each retry meets the same limit: it is told once until watching works again.
  if (life.failures > 1) return;
  const problem = await explainLimit(code, life.places.tops(), life.options.ignores);
  if (!life.closed) life.options.onProblem(problem);
}

function limitCode(error: unknown): 'ENOSPC' | 'EMFILE' | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return error.code === 'ENOSPC' || error.code === 'EMFILE' ? error.code : null;
}

async function drop(life: Life, session: Session): Promise<void> {
  if (life.session === session) life.session = null;
  await session.close();
}

export async function checkRemote(life: Life): Promise<void> {
  const remote = await remoteFolder(life.places.tops());
  if (life.closed) return;
  if (remote !== null && !life.remote) tellPolling(life, { cause: 'remote', ...remote });
  life.remote = remote !== null;
}

function tellPolling(life: Life, why: PollingCause): void {
  life.options.onProblem({ kind: 'polling', why });
}

function after(life: Life, waitMs: number, action: () => Promise<void>): void {
  if (life.closed) return;
  const timer = setTimeout(() => {
    life.timers.delete(timer);
    void action();
  }, waitMs);
  life.timers.add(timer);
}
