/** The only writer of the state: one case for everything that can happen. Never does anything, never throws. */
import type { Event, EventOf, Job } from '../model/event.js';
import { reduceAdopt } from './adopt.js';
import { reduceConfigured, reduceDiscovered } from './configuration.js';
import { reduceAllow, reduceAsk, reduceRevoke } from './consent.js';
import { reduceScanEnded, reduceSettled, reduceTouched, startScan } from './disk.js';
import { reduceProbeEnded, reduceTokenEnded, reduceTokenSourceChanged, reduceWoke } from './gateway.js';
import { reduceListEnded, startListing } from './listing.js';
import { giveUpPart, reducePartEnded, startPart } from './part.js';
import { reduceForce, reduceRetry, reduceUndo } from './person.js';
import { newMeters, reduceQuotaEnded, startAsking } from './quotas.js';
import { withWire } from './requests.js';
import type { Request, State } from './state.js';
import { withEntry, withoutEntry } from './update.js';
import { giveUpPush, reducePushEnded, reducePushSending, reducePushWritten, startPush } from './upload.js';

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
      return reduceJobStarted(state, event.job);
    case 'scan-ended':
      return reduceScanEnded(state, event);
    case 'push-sending':
      return reducePushSending(state, event);
    case 'push-written':
      return reducePushWritten(state, event);
    case 'push-ended':
      return reducePushEnded(state, event);
    case 'part-ended':
      return reducePartEnded(state, event);
    case 'list-ended':
      return reduceListEnded(state, event);
    case 'token-ended':
      return reduceTokenEnded(state, event);
    case 'probe-ended':
      return reduceProbeEnded(state, event);
    case 'quota-ended':
      return reduceQuotaEnded(state, event);
    case 'token-source-changed':
      return reduceTokenSourceChanged(state);
    case 'git':
      return reduceGit(state, event);
    case 'woke':
      return reduceWoke(state);
    case 'retry':
      return reduceRetry(state, event);
    case 'undo':
      return reduceUndo(state, event);
    case 'force':
      return reduceForce(state, event);
    case 'allow':
      return reduceAllow(state, event);
    case 'revoke':
      return reduceRevoke(state, event);
    case 'pause':
      return { ...state, paused: event.paused };
    case 'ask':
      return reduceAsk(state, event);
    case 'adopt':
      return reduceAdopt(state, event);
    case 'ask-quotas':
      return { ...state, meters: newMeters(state.now) };
    case 'called':
      return { ...state, sent: withWire(state) };
    case 'stop':
      return { ...state, stopping: true };
    case 'tick':
      return giveUpUnanswered(state);
    default:
      return event satisfies never;
  }
}

/** Requests that were waited for long enough. */
function giveUpUnanswered(before: State): State {
  let state = before;
  for (const request of before.requests.values()) {
    const { job, answerBy } = request;
    if (answerBy === null || answerBy > state.now) continue;
    if (job.type === 'push') state = giveUpPush(state, request, job);
    else if (job.type === 'part') state = giveUpPart(state, request, job);
  }
  return state;
}

function reduceGit(before: State, { repository, busy, operation = null }: EventOf<'git'>): State {
  const { gitOperations: known } = before;
  const gitOperations =
    operation === null ? withoutEntry(known, repository) : withEntry(known, repository, operation);
  const state = { ...before, gitOperations };
  if (!busy) return { ...state, git: withoutEntry(state.git, repository) };
  return state.git.has(repository) ? state : { ...state, git: withEntry(state.git, repository, state.now) };
}

function reduceJobStarted(before: State, job: Job): State {
  const state = { ...before, nextId: Math.max(before.nextId, job.id) + 1 };
  switch (job.type) {
    case 'scan':
      return startScan(state, job);
    case 'push': {
      const bytes = state.functions.get(job.function)?.bytes ?? 0;
      const waiting = { bytes, sentAt: null, writtenAt: null, answerBy: null };
      return startPush(withRequest(state, { job, ...waiting }), job);
    }
    case 'part': {
      // Nobody else waits for what hangs in one environment.
      const { now: at, settings } = state;
      const answerBy = job.envs.length > 1 ? at + settings.waits.sharedAnswerMs : null;
      const begun = { bytes: 0, sentAt: at, writtenAt: at, answerBy };
      return startPart({ ...withRequest(state, { job, ...begun }), sent: withWire(state) }, job);
    }
    case 'list': {
      const asked = { bytes: 0, sentAt: state.now, writtenAt: state.now, answerBy: null };
      return startListing({ ...withRequest(state, { job, ...asked }), sent: withWire(state) }, job);
    }
    case 'read-token':
      return { ...state, token: { ...state.token, reading: job.id, recheckAt: null, renewAt: null } };
    case 'quota':
      return { ...startAsking(state, job), sent: withWire(state) };
    case 'probe':
      return state.offline === null ? state : { ...state, offline: { ...state.offline, probing: job.id } };
    default:
      return job satisfies never;
  }
}

type Begun = Omit<Request, 'startedAt' | 'tokenGeneration'>;

function withRequest(state: State, begun: Begun): State {
  const request = { ...begun, startedAt: state.now, tokenGeneration: state.token.generation };
  return { ...state, requests: withEntry(state.requests, begun.job.id, request) };
}
