/** Where each target stands, and why: from a running state, or from disk and ledger alone. */

import { createBuiltContent } from '../build/builds.js';
import type { Config } from '../config/model.js';
import { reduce } from '../core/reduce.js';
import { type Standing, standings } from '../core/standing.js';
import { carriesHelper, emptyState, type State, wantedIn } from '../core/state.js';
import { discover } from '../functions/discovery.js';
import { isSelected, narrowed, type Selection, type Unmatched, unmatchedOf } from '../functions/selection.js';
import type { Event, Job } from '../model/event.js';
import type { FunctionSpec, LedgerEntry } from '../model/nouns.js';
import { probeKeys, readProbeSecret } from '../proof/key.js';
import { stateFolderOf } from '../state/folder.js';
import { openLedger } from '../state/ledger.js';
import { envSpecsOf, settingsOf } from '../sync/settings.js';
import type { Reader } from '../text/describe.js';
import type { Language } from '../text/language.js';
import { explainTarget, faultOf, groupOf, type Watcher, wordOf } from '../text/standing.js';
import { describeFault } from '../text/words/code.js';
import type { Explanation } from '../text/words/explanation.js';
import type { TargetRow } from './protocol.js';

/**
 * A row for each target.
 * @param watcher whether a running process owns this state
 */
export function targetRows(state: State, reader: Reader, watcher: Watcher): TargetRow[] {
  return standings(state).map((standing) => {
    const { fn, target, phase } = standing;
    return {
      function: standing.function,
      env: standing.env,
      state: phase.kind,
      group: groupOf(phase),
      word: wordOf(standing, reader.language, state.now, watcher),
      wanted: fn.problem === null ? wantedIn(fn, target.env) : null,
      live: target.live,
      answers: null,
      proof: carriesHelper(fn, target),
      since: target.liveSince === null ? null : new Date(target.liveSince).toISOString(),
      inFlight: inFlight(standing, state),
      hold: phase.kind === 'held' ? phase.hold.reason : null,
      ...explanationOf(state, standing, reader, watcher),
    };
  });
}

function inFlight({ target }: Standing, state: State): string | null {
  const job = target.inFlight === null ? undefined : state.requests.get(target.inFlight)?.job;
  if (job?.type === 'push') return job.fingerprint;
  return target.deploying?.fingerprint ?? null;
}

/** Since when it is live is said by `since`. */
function explanationOf(
  state: State,
  standing: Standing,
  reader: Reader,
  watcher: Watcher,
): Pick<TargetRow, 'detail' | 'hint'> {
  if (standing.phase.kind !== 'live') return orNull(explainTarget(state, standing, reader, watcher));
  const fault = faultOf(standing.fn, standing.target);
  return fault === null ? { detail: null, hint: null } : describeFault(fault, reader.language);
}

/** A field that does not apply is null, never absent: programs rely on it. */
function orNull({ detail, hint }: Explanation): Pick<TargetRow, 'detail' | 'hint'> {
  return { detail: detail || null, hint: hint || null };
}

export type StatusOutcome =
  | { readonly ok: true; readonly rows: readonly TargetRow[] }
  | { readonly ok: false; readonly unmatched: readonly Unmatched[] };

/**
 * Looks at the disk and the ledger. No network, and nothing is written.
 * @param reported what a daemon reported: it stands as it is, and the files are not read for it
 */
export async function statusOfDisk(
  config: Config,
  selection: Selection,
  language: Language,
  reported: readonly TargetRow[],
): Promise<StatusOutcome> {
  const ledger = await openLedger({
    folder: stateFolderOf(config),
    endpoint: config.endpoint,
    readOnly: true,
    onTrouble: () => undefined,
  });
  const known = new Set([...ledger.entries, ...reported].map((entry) => entry.function));
  const discovered = await discover(config, { known });
  const unmatched = unmatchedOf(selection, config, discovered);
  if (unmatched.length > 0) return { ok: false, unmatched };
  const specs = discovered.filter((spec) => isSelected(spec, selection));
  const reportedRows = new Map(reported.map((row) => [`${row.function} ${row.env}`, row]));
  const isToBeRead = ({ name, envs }: FunctionSpec): boolean =>
    envs.some((env) => !reportedRows.has(`${name} ${env}`));
  const state = await lookOnce(config, selection, specs, ledger.entries, isToBeRead);
  const looked = targetRows(state, { language, place: 'lines', token: config.token }, 'none');
  const rows = looked.map((row) => reportedRows.get(`${row.function} ${row.env}`) ?? row);
  const others = reported.filter((row) => !rows.includes(row) && isMeant(row, selection));
  return { ok: true, rows: [...rows, ...others] };
}

/** A function that is gone is known to the daemon alone. */
function isMeant({ function: name, env }: TargetRow, selection: Selection): boolean {
  return isSelected({ name }, selection) && (selection.envIds.length === 0 || selection.envIds.includes(env));
}

/** The state as a start would have it after its first scans, before it asks the cloud anything. */
async function lookOnce(
  config: Config,
  selection: Selection,
  specs: readonly FunctionSpec[],
  ledger: readonly LedgerEntry[],
  isToBeRead: (spec: FunctionSpec) => boolean,
): Promise<State> {
  const secret = await readProbeSecret(stateFolderOf(config), false);
  const keys = secret === null ? null : probeKeys(secret);
  const content = createBuiltContent(config, specs, null, (name) => keys?.digestOf(name) ?? null);
  const at = Date.now();
  const settings = settingsOf(config, 1);
  const functions = specs.map((spec) => narrowed(spec, selection));
  const configured: Event = {
    type: 'configured',
    at,
    settings,
    envs: envSpecsOf(config, selection),
    functions,
    ledger,
    cloudChanged: true,
  };
  let state = asIfAsked(reduce(emptyState(settings, at), configured));
  for (const spec of functions.filter((one) => one.problem === null && isToBeRead(one))) {
    const job = { type: 'scan', id: state.nextId, function: spec.name, full: false } as const;
    const result = await content.scan(spec.name, false);
    state = after(state, { type: 'job-started', at, job }, { type: 'scan-ended', at, job, result });
  }
  return state;
}

/** Nobody is going to ask: what the ledger knows is all there is to know, and no answer is waited for. */
function asIfAsked(before: State): State {
  const { now: at } = before;
  const read: Job = { type: 'read-token', id: before.nextId };
  const outcome = { ok: true, changed: true, renewAt: null, expiresAt: null } as const;
  let state = after(
    before,
    { type: 'job-started', at, job: read },
    { type: 'token-ended', at, job: read, outcome },
  );
  for (const env of state.envs.keys()) {
    const job = { type: 'list', id: state.nextId, env, offset: 0, searchKey: null } as const;
    const nothing = { ok: true, functions: [], total: 1 } as const;
    state = after(
      state,
      { type: 'job-started', at, job },
      { type: 'list-ended', at, job, outcome: nothing, jitter: 0 },
    );
  }
  return state;
}

function after(state: State, ...events: readonly Event[]): State {
  return events.reduce((before, event) => reduce(before, event), state);
}
