/**
 * Lines that belong together on one line: a cause that holds many functions, the environments in which one upload became live,
 * and, for a `push`, an upload on the line of its outcome. What is gathered comes a moment later than it happened.
 */
import type { Fact } from '../model/fact.js';
import type { EnvId, Fingerprint, FunctionName } from '../model/nouns.js';
import { likenessOf } from './answers.js';

export type Held = Extract<Fact, { event: 'held' }> & { readonly function: FunctionName };
type Live = Extract<Fact, { event: 'live' }>;
type Adoption = Extract<Fact, { event: 'adopted' }>;

/** Facts that are reported of target after target, and mean one thing. */
export type Shared = Held | Adoption;

type Answered = Extract<Fact, { event: 'answer' }>;

/** A thing that is written: a fact by itself, or several that share a line. */
export type Gathered =
  | { readonly type: 'fact'; readonly fact: Fact }
  | { readonly type: 'holds'; readonly facts: readonly Held[] }
  | { readonly type: 'lives'; readonly facts: readonly Live[] }
  | { readonly type: 'adoptions'; readonly facts: readonly Adoption[] }
  | {
      readonly type: 'answers';
      readonly facts: readonly Answered[];
      /** Of this function to this event, those that are not alike as well. */
      readonly all: readonly Answered[];
      /** Those of them that were written before: their lines could not say in which places they differ from these. */
      readonly written: readonly Answered[];
    };

/** `holds`: what is held or live alike shares a line. `outcomes`: an upload has one line as well, that of its end. */
export type Gathering = 'holds' | 'outcomes';

/** How long facts are waited for that share a line, ms: a moment, or what a `push` takes to read its functions. */
const togetherMs: Readonly<Record<Gathering, number>> = { holds: 100, outcomes: 2000 };
/** How long a run that ends gathers the answers of one function at most, ms. */
const longestMs = 10_000;
/** Answers that are further apart are not compared between environments, ms: the slowest call has ended by then. */
const roundMs = 60_000;
/** After so long without a line, uploads get one of their own, ms: nobody waits in silence. */
const silentMs = 3000;

interface Waiting<One> {
  readonly at: number;
  readonly facts: One[];
}

/**
 * Takes facts in their order and hands them on, some of them later and together.
 * @param write with the time of the first fact of a line
 */
export function createGathering(
  gathering: Gathering,
  write: (gathered: Gathered, at: number) => void,
): (fact: Fact, at: number) => void {
  const holds = new Map<string, Waiting<Held>>();
  const lives = new Map<FunctionName, Waiting<Live> & { readonly timer: NodeJS.Timeout }>();
  let adoptions: Waiting<Adoption> | null = null;
  const answers = new Map<
    FunctionName,
    {
      readonly since: number;
      readonly groups: Map<string, Waiting<Answered>>;
      readonly timer: NodeJS.Timeout;
    }
  >();
  const rounds = createRounds();
  /** The latest of each function's upload. */
  const uploads = new Map<FunctionName, { readonly fact: Fact; readonly at: number }>();
  /** Where each function was accepted and is not live yet. */
  const accepted = new Map<FunctionName, Set<EnvId>>();
  let holdTimer: NodeJS.Timeout | null = null;
  let silence: NodeJS.Timeout | null = null;

  const wake = (): void => {
    if (silence !== null) clearTimeout(silence);
    silence = uploads.size === 0 ? null : setTimeout(flushUploads, silentMs);
  };
  const put = (gathered: Gathered, at: number): void => {
    write(gathered, at);
    wake();
  };
  const flushHolds = (): void => {
    if (holdTimer !== null) clearTimeout(holdTimer);
    holdTimer = null;
    if (adoptions !== null) put({ type: 'adoptions', facts: adoptions.facts }, adoptions.at);
    adoptions = null;
    for (const { at, facts } of holds.values()) put({ type: 'holds', facts }, at);
    holds.clear();
  };
  const flushLive = (name: FunctionName): void => {
    const waiting = lives.get(name);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    lives.delete(name);
    put({ type: 'lives', facts: waiting.facts }, waiting.at);
  };
  const flushLives = (): void => {
    for (const name of [...lives.keys()]) flushLive(name);
  };
  /** It runs wherever it was accepted: nothing more is to come. */
  const isComplete = ({ function: name, env }: Live): boolean => {
    const awaited = accepted.get(name);
    awaited?.delete(env);
    return awaited?.size === 0;
  };
  /** Each function has its own time, from the first environment on: it is not cut short by the functions before it. */
  const takeLive = (fact: Live, at: number): void => {
    const { function: name } = fact;
    const waiting = lives.get(name);
    if (waiting !== undefined) waiting.facts.push(fact);
    else {
      const waitMs = accepted.has(name) ? togetherMs[gathering] : togetherMs.holds;
      lives.set(name, { at, facts: [fact], timer: setTimeout(() => flushLive(name), waitMs) });
    }
    // The environments of one upload answer their lists one after the other.
    if (isComplete(fact)) flushLive(name);
  };
  /** A function's answers stand together, however those of others came in between. */
  const flushAnswersOf = (name: FunctionName): void => {
    const waiting = answers.get(name);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    answers.delete(name);
    const groups = [...waiting.groups.values()];
    const isNew = (one: Answered): boolean => groups.some(({ facts }) => facts.includes(one));
    for (const { at, facts } of groups) {
      const all = facts[0] === undefined ? [] : rounds.of(facts[0]);
      put({ type: 'answers', facts, all, written: all.filter((one) => !isNew(one)) }, at);
    }
  };
  const flushAnswers = (): void => {
    for (const name of [...answers.keys()]) flushAnswersOf(name);
  };
  const takeAnswer = (fact: Answered, at: number): void => {
    const { function: name } = fact;
    rounds.take(fact, at);
    const waiting = answers.get(name);
    const groups = waiting?.groups ?? new Map<string, Waiting<Answered>>();
    join(groups, likenessOf(fact), fact, at);
    // Somebody who looks on waits no longer than a moment for the first; a run that ends waits for the rest of the function's.
    const since = waiting?.since ?? at;
    const isPatient = gathering === 'outcomes' && at - since < longestMs;
    if (waiting !== undefined && !isPatient) return;
    clearTimeout(waiting?.timer);
    const timer = setTimeout(() => flushAnswersOf(name), togetherMs[gathering]);
    answers.set(name, { since, groups, timer });
  };
  const flushUploads = (): void => {
    const waiting = [...uploads.values()];
    uploads.clear();
    for (const { fact, at } of waiting) put({ type: 'fact', fact }, at);
  };
  const takeUpload = (fact: Extract<Fact, { event: 'pushing' | 'pushed' }>, at: number): void => {
    if (fact.event === 'pushed')
      accepted.set(fact.function, new Set([...(accepted.get(fact.function) ?? []), ...fact.envs]));
    uploads.set(fact.function, { fact, at });
    if (silence === null) wake();
  };

  return (fact, at) => {
    switch (fact.event) {
      case 'held':
        if (fact.function === null) break;
        join(holds, causeOf(fact), { ...fact, function: fact.function }, at);
        holdTimer ??= setTimeout(flushHolds, togetherMs[gathering]);
        return;
      case 'adopted':
        adoptions ??= { at, facts: [] };
        adoptions.facts.push(fact);
        holdTimer ??= setTimeout(flushHolds, togetherMs[gathering]);
        return;
      case 'live':
        uploads.delete(fact.function);
        takeLive(fact, at);
        return;
      case 'answer':
        takeAnswer(fact, at);
        return;
      case 'pushing':
      case 'pushed':
        if (fact.event === 'pushing') rounds.begin(fact);
        if (gathering !== 'outcomes') break;
        takeUpload(fact, at);
        return;
      case 'push-failed':
        uploads.delete(fact.function);
        break;
      case 'stopped':
        flushUploads();
        flushLives();
        flushAnswers();
        flushHolds();
        break;
    }
    put({ type: 'fact', fact }, at);
  };
}

function join<Key, One>(map: Map<Key, Waiting<One>>, key: Key, one: One, at: number): void {
  const waiting = map.get(key);
  if (waiting === undefined) map.set(key, { at, facts: [one] });
  else waiting.facts.push(one);
}

/** The part that it has in common with others that share its line; null: it has a line of its own. */
export function sharedBy(fact: Fact): { readonly cause: string; readonly fact: Shared } | null {
  if (fact.event === 'adopted') return { cause: fact.event, fact };
  if (fact.event !== 'held' || fact.function === null) return null;
  return { cause: causeOf(fact), fact: { ...fact, function: fact.function } };
}

/** Somebody else's deployments differ in their times alone. */
function causeOf({ reason, detail, hint }: Extract<Fact, { event: 'held' }>): string {
  return reason === 'foreign' ? reason : [reason, detail, hint].join('\n');
}

/**
 * The answers that are compared with each other: of one function to one event, one of each environment, of the same content and the same
 * minute. An environment that answers once more begins a round of its own, since what the others said is older.
 */
function createRounds(): {
  readonly take: (fact: Answered, at: number) => void;
  readonly of: (fact: Answered) => readonly Answered[];
  /** A content is on its way: with another one, other rounds begin. */
  readonly begin: (fact: Extract<Fact, { event: 'pushing' }>) => void;
} {
  const pushed = new Map<FunctionName, Fingerprint>();
  const rounds = new Map<FunctionName, Map<string, Waiting<Answered>>>();
  return {
    take(fact, at) {
      const ofFunction = rounds.get(fact.function) ?? new Map<string, Waiting<Answered>>();
      const round = ofFunction.get(fact.eventName);
      const isOver =
        round === undefined || at - round.at > roundMs || round.facts.some(({ env }) => env === fact.env);
      if (isOver) ofFunction.set(fact.eventName, { at, facts: [fact] });
      else round.facts.push(fact);
      rounds.set(fact.function, ofFunction);
    },
    of: (fact) => [...(rounds.get(fact.function)?.get(fact.eventName)?.facts ?? [fact])],
    begin({ function: name, fingerprint }) {
      if (pushed.get(name) !== fingerprint) rounds.delete(name);
      pushed.set(name, fingerprint);
    },
  };
}
