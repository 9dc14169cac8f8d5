/**
 * The events for people and programs, derived from every change of the state. The plain lines, `--json`, the monitor's log
 * and the hooks all read these, so that they say the same.
 */

import type { TokenSource } from '../config/model.js';
import { isAtPeace } from '../core/agenda.js';
import { phaseOf } from '../core/phase.js';
import { isUnpublished, usedUpAt } from '../core/quotas.js';
import { rateOf } from '../core/requests.js';
import {
  type FunctionState,
  isAdopted,
  isNowhere,
  isReplaced,
  type State,
  type TargetFailure,
  type TargetState,
} from '../core/state.js';
import type { Event, EventOf } from '../model/event.js';
import type { Fact } from '../model/fact.js';
import type { ContentProblem, EnvId, Failure, FunctionName, Hold } from '../model/nouns.js';
import { describeFailure, describeHold, describeProblem, failureText, type Reader } from './describe.js';
import { createHeldFacts } from './held-facts.js';
import type { Language } from './language.js';
import { cannotRunNotice, noticeFact } from './notices.js';
import { offlineFact, pushFacts, pushingFact, unansweredFacts } from './push-facts.js';
import { faultOf } from './standing.js';
import { ended, labelled, listOf, sentences } from './text.js';
import { placeOfFault } from './words/code.js';
import { plainWords } from './words/plain.js';

/** Most files that a `changed` event names: programs rely on it. */
const filesNamed = 20;

const underWay: ReadonlySet<string> = new Set(['queued', 'sending']);

/**
 * Derives the facts of each event. Remembers which holds it has reported, so that each is reported once.
 * @param token where the token is read now, so that a hint can name it
 */
export function createFacts(
  language: Language,
  token: () => TokenSource | null = () => null,
): (event: Event, after: State, before: State) => Fact[] {
  const heldFacts = createHeldFacts();
  return (event, after, before) => {
    const reader: Reader = { language, place: 'lines', token: token() };
    return [...factsOf(event, after, before, reader), ...heldFacts(after, before, reader)];
  };
}

function factsOf(event: Event, after: State, before: State, reader: Reader): Fact[] {
  switch (event.type) {
    case 'scan-ended':
      return [...scanFacts(event, after, before), ...faultFacts(event, after, before, reader)];
    case 'push-sending':
      return [pushingFact(event), ...replacedFacts(event, after, reader)];
    case 'push-ended':
      return [...pushFacts(event, after, before, reader), ...liveFacts([event.job.function], after, before)];
    case 'part-ended':
      return [...partFacts(event, after, before, reader), ...networkFacts(after, before, reader)];
    case 'quota-ended':
      return quotaFacts(event, after, before, reader);
    case 'tick':
      return unansweredFacts(after, before, reader);
    case 'list-ended':
      return [
        ...listFacts(event, after, before, reader),
        ...networkFacts(after, before, reader),
        ...tokenFacts(after, before, reader),
      ];
    case 'discovered':
      return lostAndFound(after, before, reader);
    case 'configured':
      return before.functions.size === 0 ? [] : lostAndFound(after, before, reader);
    case 'adopt':
      return adoptionFacts(after, before);
    case 'token-ended':
      return tokenFacts(after, before, reader);
    case 'probe-ended':
      return networkFacts(after, before, reader);
    default:
      return [];
  }
}

/** Somebody else's code that a change replaces without a question. Who was asked, or forced it, knows. */
function replacedFacts({ job }: EventOf<'push-sending'>, after: State, { language }: Reader): Fact[] {
  const fn = after.functions.get(job.function);
  const envs = job.envs.filter((env) => {
    const target = fn?.targets.get(env);
    return fn !== undefined && target?.foreign?.adopted === false && !isReplaced(fn, target);
  });
  if (envs.length === 0) return [];
  return [noticeFact('foreign-replaced', `${job.function} → ${listOf(envs, language)}`, language)];
}

/** Said with each content that would fail, whatever becomes of it. */
function faultFacts({ job }: EventOf<'scan-ended'>, after: State, before: State, reader: Reader): Fact[] {
  const is = after.functions.get(job.function);
  const was = before.functions.get(job.function);
  if (is === undefined || is.fault === null || is.problem !== null) return [];
  const isKnown = was?.fault != null && was.problem === null && was.wanted === is.wanted;
  return isKnown ? [] : [cannotRunNotice(job.function, is.fault, reader.language)];
}

function scanFacts({ job, result }: EventOf<'scan-ended'>, after: State, before: State): Fact[] {
  const was = before.functions.get(job.function);
  const is = after.functions.get(job.function);
  if (!result.ok || was === undefined || is === undefined || was.wanted === null || is.wanted === null)
    return [];
  if (was.wanted !== is.wanted) {
    const files = result.changed.slice(0, filesNamed);
    const more = result.changed.length - files.length;
    const changed: Fact = { event: 'changed', function: job.function, files, more };
    // An edit was undone before it was sent: nothing else would say that it is over.
    return isInOrder(is, after)
      ? [changed, { event: 'unchanged', function: job.function, fingerprint: is.wanted }]
      : [changed];
  }
  const asked = was.scan.savedAt !== null && is.scan.since === null && was.problem === null;
  return asked && !isUnderWay(is, after)
    ? [{ event: 'unchanged', function: job.function, fingerprint: is.wanted }]
    : [];
}

/** Nothing of it is to be sent, or waits for anything. */
function isInOrder(fn: FunctionState, state: State): boolean {
  const kinds = [...fn.targets.values()].map((target) => phaseOf(state, fn, target).kind);
  return kinds.length > 0 && kinds.every((kind) => kind === 'live' || kind === 'adopted');
}

/** The functions that somebody else deployed and a person took as they are, and those that are listed no more. */
function adoptionFacts(after: State, before: State): Fact[] {
  const facts: Fact[] = [];
  for (const [name, was] of before.functions) {
    const is = after.functions.get(name);
    if (is === undefined) facts.push({ event: 'dismissed', function: name });
    if (is === undefined || is === was) continue;
    const envs = [...is.targets.values()].flatMap((target) => {
      const earlier = was.targets.get(target.env);
      return isAdopted(is, target) && earlier !== target ? [target.env] : [];
    });
    if (envs.length > 0) facts.push({ event: 'adopted', function: name, envs });
  }
  return facts;
}

/** A change that was reported is being uploaded: a second scan that finds the same is no news. */
function isUnderWay(fn: FunctionState, state: State): boolean {
  return [...fn.targets.values()].some((target) => underWay.has(phaseOf(state, fn, target).kind));
}

/** How much is used, and once that the rate is lowered to what is published. */
function quotaFacts({ job }: EventOf<'quota-ended'>, after: State, before: State, reader: Reader): Fact[] {
  const is = after.meters.get(job.call);
  if (is !== undefined && is.failed !== null) return unknownQuota(is.failed, before, reader);
  if (is === undefined || is.last === null || is.last === before.meters.get(job.call)?.last) return [];
  const { limit, used } = is.last.quota;
  const endsAt = usedUpAt(is);
  const forecastAt = endsAt === null ? null : new Date(endsAt).toISOString();
  const facts: Fact[] = limit > 0 ? [{ event: 'quota', api: job.call, used, limit, forecastAt }] : [];
  const [rate, earlier] = [rateOf(after), rateOf(before)];
  if (rate >= earlier) return facts;
  return [...facts, noticeFact('rate-published', `${Number(rate.toPrecision(2))}`, reader.language)];
}

/** Said once until there is an answer, or another reason: the other calls are answered alike. */
function unknownQuota(failure: Failure, before: State, { language }: Reader): Fact[] {
  const { errcode, message } = failure;
  const isSaid = [...before.meters.values()].some(
    ({ failed }) => failed?.errcode === errcode && failed.message === message,
  );
  if (isUnpublished(failure) || isSaid) return [];
  return [noticeFact('quota-unknown', failureText(failure, language), language)];
}

/** Targets that have become live; and deployments that the cloud accepted and could not carry out. */
function liveFacts(names: Iterable<FunctionName>, after: State, before: State): Fact[] {
  const facts: Fact[] = [];
  for (const name of names) {
    const is = after.functions.get(name);
    const was = before.functions.get(name);
    if (is === undefined || was === undefined || is === was) continue;
    for (const target of is.targets.values()) {
      const earlier = was.targets.get(target.env);
      if (earlier !== undefined && earlier !== target)
        facts.push(...liveFact(is, target, earlier, was, after));
    }
  }
  return facts;
}

function liveFact(
  fn: FunctionState,
  target: TargetState,
  earlier: TargetState,
  was: FunctionState,
  after: State,
): Fact[] {
  if (target.live === null || target.liveSince === earlier.liveSince || target.liveSince !== after.now)
    return [];
  const taken = target.undone === null ? was.savedAt : null;
  const savedAt = earlier.deploying === null ? taken : earlier.deploying.savedAt;
  const sinceSaveMs = savedAt === null ? null : after.now - savedAt;
  const { env, verified, live: fingerprint } = target;
  const fault = faultOf(fn, target);
  const cannotRun = fault === null ? null : placeOfFault(fault);
  const { name } = fn.spec;
  return [{ event: 'live', function: name, env, fingerprint, sinceSaveMs, verified, cannotRun }];
}

/** A part that did not get there: at the first failure of a row, and at the last. Those between are retries that show. */
function partFacts({ job }: EventOf<'part-ended'>, after: State, before: State, reader: Reader): Fact[] {
  const failureIn = (state: State, env: EnvId): TargetFailure | null =>
    state.functions.get(job.function)?.targets.get(env)?.parts[job.part].failed ?? null;
  const groups = new Map<
    string,
    { readonly failure: Failure; readonly envs: readonly EnvId[]; readonly isLast: boolean }
  >();
  for (const env of job.envs) {
    const failed = failureIn(after, env);
    if (failed === null || failed === failureIn(before, env)) continue;
    if (failed.attempts > 1 && failed.retryAt !== null) continue;
    const text = failureText(failed.failure, reader.language);
    const known = groups.get(text);
    const isLast = failed.retryAt === null || known?.isLast === true;
    groups.set(text, { failure: failed.failure, envs: [...(known?.envs ?? []), env], isLast });
  }
  return [...groups].map(([text, { failure, envs, isLast }]) => {
    const subject = labelled(`${job.function} → ${listOf(envs, reader.language)}`, text, reader.language);
    const notice = noticeFact('timers-failed', subject, reader.language);
    const remedy = describeFailure(failure, reader);
    return { ...notice, hint: isLast ? sentences(remedy, notice.hint) : remedy };
  });
}

function listFacts(event: EventOf<'list-ended'>, after: State, before: State, reader: Reader): Fact[] {
  const refused = after.envs.get(event.job.env)?.contact === 'refused' && !knownRefused(event, before);
  const facts: Fact[] =
    refused && !event.outcome.ok ? [listingRefused(event.outcome.failure, event, reader)] : [];
  if (becamePartial(event.job.env, after, before))
    facts.push(noticeFact('list-partial', event.job.env, reader.language));
  if (after.functions === before.functions) return facts;
  return [
    ...facts,
    ...deploymentFacts(event.job.env, after, before, reader),
    ...liveFacts(deployingIn(before), after, before),
  ];
}

/** Said once for this environment, and once for all where the account is what the cloud refuses. */
function knownRefused({ job, outcome }: EventOf<'list-ended'>, before: State): boolean {
  const code = outcome.ok ? null : outcome.failure.errcode;
  return [...before.envs.values()].some(
    ({ spec, contact, listFailure }) =>
      contact === 'refused' && (spec.id === job.env || (code !== null && listFailure?.errcode === code)),
  );
}

function becamePartial(env: EnvId, after: State, before: State): boolean {
  return after.envs.get(env)?.listedWhole === false && before.envs.get(env)?.listedWhole === true;
}

function listingRefused(failure: Failure, event: EventOf<'list-ended'>, reader: Reader): Fact {
  const { language } = reader;
  const notice = noticeFact('listing-refused', event.job.env, language);
  return {
    ...notice,
    detail: labelled(notice.detail, failureText(failure, language), language),
    hint: sentences(describeFailure(failure, reader, 'list'), notice.hint),
  };
}

/** Functions that may have been deploying. The others are settled, and a list changes nothing about them that is reported. */
function deployingIn(state: State): FunctionName[] {
  return [...state.functions.values()]
    .filter((fn) => !isAtPeace(fn, state.settings))
    .map((fn) => fn.spec.name);
}

function deploymentFacts(env: EnvId, after: State, before: State, reader: Reader): Fact[] {
  const facts: Fact[] = [];
  for (const name of deployingIn(before)) {
    const failed = after.functions.get(name)?.targets.get(env)?.failed ?? null;
    const earlier = before.functions.get(name)?.targets.get(env);
    if (failed?.failure.origin !== 'deployment' || earlier?.failed === failed || !earlier?.deploying)
      continue;
    const { errcode, message, rid } = failed.failure;
    const hint = describeFailure(failed.failure, reader);
    const base = { event: 'push-failed', function: name, envs: [env], class: 'function' } as const;
    facts.push({ ...base, errcode, message, hint, rid, retryInMs: null, final: true });
  }
  return facts;
}

/**
 * A function whose folder is gone is `lost`. Other problems hold a function, and are reported as that. A root that is gone holds
 * its functions too; when the root returns, they are `found`.
 */
function lostAndFound(after: State, before: State, reader: Reader): Fact[] {
  const facts: Fact[] = [];
  for (const [name, { spec }] of after.functions) {
    const was = before.functions.get(name);
    const wasThere = was !== undefined && !isAway(was.spec.problem);
    if (spec.problem === null && !wasThere) facts.push({ event: 'found', function: name });
    if (spec.problem?.reason === 'gone' && was?.spec.problem === null)
      facts.push({
        event: 'lost',
        function: name,
        ...describeProblem(spec.problem, reader.language, { place: reader.place, function: name }),
      });
  }
  const { noFunction, neverSent } = plainWords[reader.language];
  for (const [name, fn] of before.functions) {
    if (!after.functions.has(name))
      facts.push({ event: 'lost', function: name, ...(isNowhere(fn) ? neverSent : noFunction) });
  }
  return facts;
}

function isAway(problem: ContentProblem | null): boolean {
  return problem?.reason === 'gone' || problem?.reason === 'root-gone';
}

function tokenFacts(after: State, before: State, reader: Reader): Fact[] {
  const is = after.token;
  const was = before.token;
  const begins = is.status !== was.status && (is.status === 'rejected' || is.status === 'unavailable');
  if (begins) return [{ event: 'token', state: is.status, detail: tokenTrouble(after, reader) }];
  if (is.readAt === was.readAt || is.status !== 'ready') return [];
  if (was.readAt === null) return [{ event: 'token', state: 'read', detail: null }];
  return is.generation === was.generation ? [] : [{ event: 'token', state: 'refreshed', detail: null }];
}

/** A problem and its remedy, in one line. */
function tokenTrouble({ token: { status, failure, problem } }: State, reader: Reader): string {
  const about = status === 'rejected' ? { failure, subject: null } : { failure: null, subject: problem };
  const hold: Hold = { reason: 'token', scope: 'global', problem: null, briefSince: null, ...about };
  const { detail, hint } = describeHold(hold, reader);
  return sentences(ended(detail, reader.language), hint);
}

function networkFacts(after: State, before: State, reader: Reader): Fact[] {
  if (after.offline !== null && before.offline === null) return [offlineFact(after.offline.detail, reader)];
  if (after.offline === null && before.offline !== null)
    return [{ event: 'online', detail: before.offline.detail }];
  return [];
}
