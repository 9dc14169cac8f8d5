/**
 * Lines that belong together on one line: a cause that holds many functions, the environments in which one upload became live,
 * and, for a `push`, an upload on the line of its outcome. What is gathered comes a moment later than it happened.
 */
import type { Fact } from '../model/fact.js';
import type { FunctionName } from '../model/nouns.js';

type Held = Extract<Fact, { event: 'held' }> & { readonly function: FunctionName };
type Live = Extract<Fact, { event: 'live' }>;

/** What is written: a fact by itself, or several that share a line. */
export type Gathered =
  | { readonly type: 'fact'; readonly fact: Fact }
  | { readonly type: 'holds'; readonly facts: readonly Held[] }
  | { readonly type: 'lives'; readonly facts: readonly Live[] };

/** `holds`: what is held or live alike shares a line. `outcomes`: besides, an upload has one line, that of its end. */
export type Gathering = 'holds' | 'outcomes';

/** How long facts are waited for that share a line; how long an upload may last without a line of its own, ms. */
const togetherMs = 100;
const silentMs = 2000;

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
  const uploads = new Map<FunctionName, { readonly fact: Fact; readonly at: number }[]>();
  let soon: NodeJS.Timeout | null = null;
  let late: NodeJS.Timeout | null = null;

  const flush = (): void => {
    if (soon !== null) clearTimeout(soon);
    soon = null;
    for (const { at, facts } of lives.values()) write({ type: 'lives', facts }, at);
    for (const { at, facts } of holds.values()) write({ type: 'holds', facts }, at);
    lives.clear();
    holds.clear();
  };
  /** Uploads that last are worth a line: nobody waits in silence. */
  const flushUploads = (): void => {
    if (late !== null) clearTimeout(late);
    late = null;
    const waiting = [...uploads.values()].flat().sort((a, b) => a.at - b.at);
    uploads.clear();
    for (const { fact, at } of waiting) write({ type: 'fact', fact }, at);
  };
  const wait = <Key, One>(map: Map<Key, Waiting<One>>, key: Key, one: One, at: number): void => {
    const waiting = map.get(key);
    if (waiting === undefined) map.set(key, { at, facts: [one] });
    else waiting.facts.push(one);
    soon ??= setTimeout(flush, togetherMs);
  };

  return (fact, at) => {
    switch (fact.event) {
      case 'held':
        if (fact.function === null) break;
        return wait(holds, causeOf(fact), { ...fact, function: fact.function }, at);
      case 'live':
        uploads.delete(fact.function);
        return wait(lives, fact.function, fact, at);
      case 'pushing':
      case 'pushed':
        if (gathering !== 'outcomes') break;
        uploads.set(fact.function, [...(uploads.get(fact.function) ?? []), { fact, at }]);
        late ??= setTimeout(flushUploads, silentMs);
        return;
      case 'push-failed':
        uploads.delete(fact.function);
        break;
      case 'stopped':
        flushUploads();
        flush();
        break;
    }
    write({ type: 'fact', fact }, at);
  };
}

/** Somebody else's deployments differ in their times alone. */
function causeOf({ reason, detail, hint }: Extract<Fact, { event: 'held' }>): string {
  return reason === 'foreign' ? reason : [reason, detail, hint].join('\n');
}
