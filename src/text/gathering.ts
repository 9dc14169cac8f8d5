/**
 * Lines that belong together on one line: a cause that holds many functions, the environments in which one upload became live,
 * and, for a `push`, an upload on the line of its outcome. What is gathered comes a moment later than it happened.
 */
import type { Fact } from '../model/fact.js';
import type { FunctionName } from '../model/nouns.js';

type Held = Extract<Fact, { event: 'held' }> & { readonly function: FunctionName };
type Live = Extract<Fact, { event: 'live' }>;
type Adoption = Extract<Fact, { event: 'adopted' }>;
type Answered = Extract<Fact, { event: 'answer' }>;

/** What is written: a fact by itself, or several that share a line. */
export type Gathered =
  | { readonly type: 'fact'; readonly fact: Fact }
  | { readonly type: 'holds'; readonly facts: readonly Held[] }
  | { readonly type: 'lives'; readonly facts: readonly Live[] }
  | { readonly type: 'adoptions'; readonly facts: readonly Adoption[] }
  | { readonly type: 'answers'; readonly facts: readonly Answered[] };

/** `holds`: what is held or live alike shares a line. `outcomes`: an upload has one line as well, that of its end. */
export type Gathering = 'holds' | 'outcomes';

/** How long facts are waited for that share a line, ms: a moment, or what a `push` takes to read its functions. */
const togetherMs: Readonly<Record<Gathering, number>> = { holds: 100, outcomes: 2000 };
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
  const lives = new Map<FunctionName, Waiting<Live>>();
  let adoptions: Waiting<Adoption> | null = null;
  const answers = new Map<string, Waiting<Answered>>();
  /** The latest of each function's upload. */
  const uploads = new Map<FunctionName, { readonly fact: Fact; readonly at: number }>();
  let holdTimer: NodeJS.Timeout | null = null;
  let liveTimer: NodeJS.Timeout | null = null;
  let answerTimer: NodeJS.Timeout | null = null;
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
  const flushLives = (): void => {
    if (liveTimer !== null) clearTimeout(liveTimer);
    liveTimer = null;
    for (const { at, facts } of lives.values()) put({ type: 'lives', facts }, at);
    lives.clear();
  };
  const flushAnswers = (): void => {
    if (answerTimer !== null) clearTimeout(answerTimer);
    answerTimer = null;
    for (const { at, facts } of answers.values()) put({ type: 'answers', facts }, at);
    answers.clear();
  };
  const flushUploads = (): void => {
    const waiting = [...uploads.values()];
    uploads.clear();
    for (const { fact, at } of waiting) put({ type: 'fact', fact }, at);
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
        join(lives, fact.function, fact, at);
        liveTimer ??= setTimeout(flushLives, togetherMs.holds);
        return;
      case 'answer':
        join(answers, outcomeOf(fact), fact, at);
        answerTimer ??= setTimeout(flushAnswers, togetherMs[gathering]);
        return;
      case 'pushing':
      case 'pushed':
        if (gathering !== 'outcomes') break;
        uploads.set(fact.function, { fact, at });
        if (silence === null) wake();
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

/** Somebody else's deployments differ in their times alone. */
function causeOf({ reason, detail, hint }: Extract<Fact, { event: 'held' }>): string {
  return reason === 'foreign' ? reason : [reason, detail, hint].join('\n');
}

/** What environments that answer alike have in common: all but the environment and the times. */
function outcomeOf({ function: name, eventName, ok, proven, outcome, changed }: Answered): string {
  return JSON.stringify([name, eventName, ok, proven, outcome, changed]);
}
