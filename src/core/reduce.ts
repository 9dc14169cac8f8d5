/** The only writer of the state: one case for everything that can happen. Never does anything, never throws. */
import type { Event, EventOf } from '../model/event.js';
import { overtakeLate } from './overtake.js';
import { rateWindow } from './rate.js';
import { reduceConfigured, reduceDiscovered } from './reduce-config.js';
import {
  reduceProbeEnded,
  reduceTokenEnded,
  reduceTokenSourceChanged,
  reduceWoke,
} from './reduce-gateway.js';
import { reduceListEnded } from './reduce-list.js';
import { reduceScanEnded, reduceSettled, reduceTouched, startScan } from './reduce-local.js';
import { reduceAllow, reduceForce, reduceRetry } from './reduce-person.js';
import { reducePushEnded, reducePushSending, startPush } from './reduce-push.js';
import type { State } from './state.js';
import { updateEnv, withEntry, withoutEntry } from './update.js';

/** The state after one event. Time never runs backwards: an earlier `at` counts as now. */
export function reduce(before: State, event: Event): State {
  const state: State = { ...before, now: Math.max(before.now, event.at) };
  switch (event.type) {
    case 'configured':
      return reduceConfigured(state, event);
    case 'discovered':
      return reduceDiscovered(state, event);
    case 'touched':
      return reduceTouched(state, event);
    case 'settled':
      return reduceSettled(state, event);
    case 'job-started':
      return reduceJobStarted(state, event);
    case 'scan-ended':
      return reduceScanEnded(state, event);
    case 'push-sending':
      return reducePushSending(state, event);
    case 'push-ended':
      return reducePushEnded(state, event);
    case 'list-ended':
      return reduceListEnded(state, event);
    case 'token-ended':
      return reduceTokenEnded(state, event);
    case 'probe-ended':
      return reduceProbeEnded(state, event);
    case 'token-source-changed':
      return reduceTokenSourceChanged(state);
    case 'git':
      return reduceGit(state, event);
    case 'woke':
      return reduceWoke(state);
    case 'retry':
      return reduceRetry(state, event);
    case 'force':
      return reduceForce(state, event);
    case 'allow':
      return reduceAllow(state, event);
    case 'pause':
      return { ...state, paused: event.paused };
    case 'ask':
      return { ...state, asking: new Set(event.asking) };
    case 'stop':
      return { ...state, stopping: true };
    case 'tick':
      return overtakeLate(state);
    default:
      return event satisfies never;
  }
}

function reduceGit(before: State, { repository, busy, operation = null }: EventOf<'git'>): State {
  const { gitOperations: known } = before;
  const gitOperations =
    operation === null ? withoutEntry(known, repository) : withEntry(known, repository, operation);
  const state = { ...before, gitOperations };
  if (!busy) return { ...state, git: withoutEntry(state.git, repository) };
  return state.git.has(repository) ? state : { ...state, git: withEntry(state.git, repository, state.now) };
}

function reduceJobStarted(state: State, { job }: EventOf<'job-started'>): State {
  switch (job.type) {
    case 'scan':
      return startScan(state, job);
    case 'push':
      return startPush(startRequest(state, job), job);
    case 'list':
      return updateEnv(startRequest(state, job), job.env, (env) => ({ ...env, listing: true }));
    case 'read-token':
      return { ...state, token: { ...state.token, reading: true, recheckAt: null, renewAt: null } };
    case 'probe':
      return state.offline === null ? state : { ...state, offline: { ...state.offline, probing: true } };
    default:
      return job satisfies never;
  }
}

function startRequest(state: State, job: EventOf<'job-started'>['job']): State {
  const { count } = rateWindow(state.settings.requestsPerSecond);
  const request = {
    job,
    startedAt: state.now,
    tokenGeneration: state.token.generation,
    overtakeAt: null,
    overtaken: false,
  };
  return {
    ...state,
    nextId: state.nextId + 1,
    requests: withEntry(state.requests, state.nextId, request),
    sent: [...state.sent, state.now].slice(-count),
  };
}
