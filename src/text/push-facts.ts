/** The events of uploads: that one goes, how it was answered, and that it is no longer waited for. */

import { type Phase, phaseOf } from '../core/phase.js';
import type { State } from '../core/state.js';
import type { EventOf, PushJob } from '../model/event.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, Failure, Hold, HoldReason } from '../model/nouns.js';
import { describeFailure, describeHold, type Reader } from './describe.js';
import { plainWords } from './words/plain.js';

export function pushingFact({ job, zipBytes, files }: EventOf<'push-sending'>): Fact {
  const { envs, fingerprint, attempt, cause } = job;
  return { event: 'pushing', function: job.function, envs, fingerprint, zipBytes, files, attempt, cause };
}

export function pushFacts(event: EventOf<'push-ended'>, after: State, before: State, reader: Reader): Fact[] {
  const { job, outcome } = event;
  // Nobody waits for it any more.
  if (outcome.type === 'not-sent' || !before.requests.has(job.id)) return [];
  if (outcome.type === 'failed') {
    return [
      failedFact(job, job.envs, outcome.failure, after, reader),
      ...offlineBegan(outcome.failure, after, reader),
    ];
  }
  const failed = new Set(outcome.failures.map(({ env }) => env));
  const accepted = job.envs.filter((env) => !failed.has(env));
  const facts: Fact[] = groupFailures(outcome.failures).map(({ failure, envs }) =>
    failedFact(job, envs, failure, after, reader),
  );
  return [...pushedFact(event, accepted, outcome.requestMs), ...facts];
}

function pushedFact({ job, at }: EventOf<'push-ended'>, envs: readonly EnvId[], requestMs: number): Fact[] {
  if (envs.length === 0) return [];
  const sinceSaveMs = job.savedAt === null ? null : at - job.savedAt;
  const { fingerprint } = job;
  return [{ event: 'pushed', function: job.function, envs, fingerprint, requestMs, sinceSaveMs }];
}

/** Requests that were given up without an answer: their environments are asked one by one. */
export function unansweredFacts(after: State, before: State, reader: Reader): Fact[] {
  if (after.requests === before.requests) return [];
  return [...before.requests].flatMap(([id, { job }]) => {
    if (job.type !== 'push' || after.requests.has(id)) return [];
    const targets = after.functions.get(job.function)?.targets;
    const [failure] = job.envs.flatMap((env) => targets?.get(env)?.failed?.failure ?? []);
    return failure === undefined ? [] : [failedFact(job, job.envs, failure, after, reader)];
  });
}

function offlineBegan(failure: Failure, after: State, reader: Reader): Fact[] {
  const began = failure.origin === 'unreachable' && after.offline?.since === after.now;
  return began ? [offlineFact(failure.message, reader)] : [];
}

export function offlineFact(detail: string, reader: Reader): Fact {
  const nothing = { problem: null, failure: null, briefSince: null };
  const hold: Hold = { reason: 'offline', scope: 'global', subject: detail, ...nothing };
  return { event: 'offline', detail, hint: describeHold(hold, reader).hint };
}

function groupFailures(
  failures: readonly { readonly env: EnvId; readonly failure: Failure }[],
): { failure: Failure; envs: EnvId[] }[] {
  const groups: { failure: Failure; envs: EnvId[] }[] = [];
  for (const { env, failure } of failures) {
    const alike = groups.find((group) => sameFailure(group.failure, failure));
    if (alike === undefined) groups.push({ failure, envs: [env] });
    else alike.envs.push(env);
  }
  return groups;
}

function sameFailure(a: Failure, b: Failure): boolean {
  return a.class === b.class && a.message === b.message && a.errcode === b.errcode && a.rid === b.rid;
}

function failedFact(
  job: PushJob,
  envs: readonly EnvId[],
  failure: Failure,
  after: State,
  reader: Reader,
): Fact {
  const phase = phaseOfFirst(job, envs, after);
  const retryInMs = phase === null ? null : retryIn(phase, after);
  const isCreated = failure.class === 'missing' && retryInMs === 0;
  return {
    event: 'push-failed',
    function: job.function,
    envs,
    class: failure.class,
    errcode: failure.errcode,
    message: failure.message,
    hint: isCreated ? plainWords[reader.language].created : describeFailure(failure, reader),
    rid: failure.rid,
    retryInMs,
    final: phase?.kind === 'held' && finalReasons.has(phase.hold.reason),
  };
}

/** Reasons that a refusal ends in. Whatever else holds a target ends, and then the upload is retried. */
const finalReasons: ReadonlySet<HoldReason> = new Set(['refused', 'missing']);

function phaseOfFirst(job: PushJob, [env]: readonly EnvId[], after: State): Phase | null {
  const fn = after.functions.get(job.function);
  const target = env === undefined ? undefined : fn?.targets.get(env);
  return fn === undefined || target === undefined ? null : phaseOf(after, fn, target);
}

function retryIn(phase: Phase, after: State): number | null {
  if (phase.kind === 'waiting') return Math.max(0, phase.until - after.now);
  if (phase.kind === 'queued') return 0;
  if (phase.kind !== 'held') return null;
  if (phase.hold.reason === 'offline') return after.settings.waits.probeMs;
  const passes = phase.hold.reason === 'quota' || phase.hold.reason === 'throttled';
  return passes && phase.until !== null ? phase.until - after.now : null;
}
