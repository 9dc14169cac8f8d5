/** What happens on this machine: files change, grow quiet, and are read. */
import type { EventOf, ScanJob, ScanResult } from '../model/event.js';
import type { Cause } from '../model/nouns.js';
import type { FunctionState, State } from './state.js';
import { updateFunction } from './update.js';

export function reduceTouched(state: State, { function: name }: EventOf<'touched'>): State {
  return updateFunction(state, name, (fn) =>
    fn.settlingSince === null ? { ...fn, settlingSince: state.now } : fn,
  );
}

export function reduceSettled(state: State, event: EventOf<'settled'>): State {
  const { cause, savedAt, full } = event;
  return updateFunction(state, event.function, (fn) => ({
    ...askForScan(fn, cause, savedAt, full),
    settlingSince: null,
  }));
}

/** A scan that runs already may have read the old content: it is followed by another one. */
export function askForScan(
  fn: FunctionState,
  cause: Cause,
  savedAt: number | null,
  full: boolean,
): FunctionState {
  const running = fn.scan === 'running' || fn.scan === 'running-again';
  return {
    ...fn,
    scan: running ? 'running-again' : 'wanted',
    scanFull: full || (fn.scan !== 'idle' && fn.scanFull),
    scanCause: cause,
    scanSavedAt: savedAt ?? (fn.scan === 'idle' ? null : fn.scanSavedAt),
  };
}

export function startScan(state: State, job: ScanJob): State {
  return updateFunction(state, job.function, (fn) => ({ ...fn, scan: 'running', scanFull: false }));
}

export function reduceScanEnded(state: State, { job, result }: EventOf<'scan-ended'>): State {
  return updateFunction(state, job.function, (fn) => {
    const scan = fn.scan === 'running-again' ? 'wanted' : 'idle';
    return { ...applyScan(fn, result, state.now), scan };
  });
}

/** The content on disk, or why there is none to send. What discovery says of a folder that is gone outweighs a late scan. */
export function applyScan(fn: FunctionState, result: ScanResult, now: number): FunctionState {
  if (fn.spec.problem !== null) return fn;
  if (!result.ok) return { ...fn, problem: result.problem };
  const counted = { ...fn, problem: null, files: result.files, bytes: result.bytes };
  if (result.fingerprint === fn.wanted) return counted;
  return {
    ...counted,
    wanted: result.fingerprint,
    wantedAt: now,
    savedAt: fn.scanSavedAt,
    cause: fn.scanCause,
  };
}
