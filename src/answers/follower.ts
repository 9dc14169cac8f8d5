/**
 * Calls functions with their saved events when new code is live, and when somebody asks. Nothing waits for it: it takes facts after
 * they were reported, and has a queue of its own in which the newest wish of each target and event takes the place of older ones.
 */
import type { Config } from '../config/model.js';
import { type Answer, type EventProblem, isGoodAnswer, type SavedEvent } from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import type { Cause, EnvId, Fingerprint, FunctionName } from '../model/nouns.js';
import type { Caller } from './caller.js';
import { answersOf, chosenEvents, findEvents, isFor, mayBeCalled } from './events.js';

export interface FollowerOptions {
  readonly caller: Caller;
  /** Asked for at each fact: a new configuration counts for the next. */
  readonly config: () => Config;
  /** What is live in a target and is about to stay; null: nothing is. */
  readonly liveOf: (name: FunctionName, env: EnvId) => Live | null;
  readonly envsOf: (name: FunctionName) => readonly EnvId[];
  /** Why the content that a function has now came about. */
  readonly causeOf: (name: FunctionName) => Cause | null;
  readonly tell: (answer: Answer) => void;
  readonly tellProblem: (problem: EventProblem) => void;
  readonly onBug: (error: unknown) => void;
}

export interface Live {
  readonly fingerprint: Fingerprint;
  /** It runs with the helper. */
  readonly carriesHelper: boolean;
}

/** What somebody asks for. */
export interface Wish {
  readonly names: readonly FunctionName[];
  /** null: all in which functions may be called. */
  readonly envs: readonly EnvId[] | null;
  readonly signal: AbortSignal;
  readonly onAnswer: (answer: Answer) => void;
}

export interface Follower {
  /** Calls what became live, from `begin` on. */
  take(fact: Fact): void;
  /** From here on functions are called after `live`. */
  begin(): void;
  /** Calls now. Resolves when all have answered, or are not live any more. */
  call(wish: Wish): Promise<void>;
  /** The events that a function is called with in this run, whatever the configuration chooses; null: what it chooses. */
  choose(name: FunctionName, events: readonly string[] | null): void;
  /** What came of the last calls in a target; null: it was not called. */
  standing(name: FunctionName, env: EnvId): AnswerStanding | null;
  /** What there is to choose from, and what is chosen. */
  eventsOf(name: FunctionName): Promise<readonly { readonly name: string; readonly chosen: boolean }[]>;
  /** Ends what is under way, without a word. */
  end(): Promise<void>;
}

export interface AnswerStanding {
  readonly ok: number;
  /** The events whose last answer was not as it should be. */
  readonly failed: readonly string[];
}

interface Entry {
  readonly function: FunctionName;
  readonly env: EnvId;
  readonly event: SavedEvent;
  readonly fingerprint: Fingerprint;
  /** Called when it has answered; null: it was dropped. */
  readonly done: readonly ((answer: Answer | null) => void)[];
}

/** Causes that nobody is waiting at the screen for. */
const quietCauses: ReadonlySet<Cause> = new Set(['startup', 'config']);

export function createFollower(options: FollowerOptions): Follower {
  const { caller, config, liveOf, envsOf } = options;
  const closing = new AbortController();
  const waiting = new Map<string, Entry>();
  const busy = new Set<string>();
  const running = new Set<Promise<void>>();
  const forced = new Set<FunctionName>();
  const sessions = new Map<FunctionName, readonly string[]>();
  /** Problems that were reported: each is reported once, until it is another. */
  const told = new Map<FunctionName, string>();
  let isFollowing = false;

  const eventsFor = async (name: FunctionName): Promise<readonly SavedEvent[]> => {
    const session = sessions.get(name);
    const found =
      session === undefined ? await chosenEvents(config(), name) : await findEvents(config(), name);
    tellProblems(name, found.problems);
    return session === undefined ? found.events : found.events.filter((each) => session.includes(each.name));
  };
  const tellProblems = (name: FunctionName, problems: readonly EventProblem[]): void => {
    const text = JSON.stringify(problems);
    if (told.get(name) === text) return;
    told.set(name, text);
    problems.forEach(options.tellProblem);
  };

  /** By target, the last answer to each event. */
  const last = new Map<string, Map<string, boolean>>();
  const note = (answer: Answer): void => {
    const place = `${answer.function}\0${answer.env}`;
    const events = last.get(place) ?? new Map<string, boolean>();
    last.set(place, events.set(answer.eventName, isGoodAnswer(answer)));
  };
  const put = (entry: Entry): void => {
    const key = [entry.function, entry.env, entry.event.name].join('\0');
    const before = waiting.get(key);
    waiting.delete(key);
    waiting.set(key, before === undefined ? entry : { ...entry, done: [...before.done, ...entry.done] });
    pump();
  };
  const pump = (): void => {
    for (const [key, entry] of waiting) {
      if (running.size >= config().answers.atOnce || closing.signal.aborted) return;
      const place = `${entry.function}\0${entry.env}`;
      // One call at a time in each target: what a call leaves behind there must not meet another.
      if (busy.has(place)) continue;
      waiting.delete(key);
      busy.add(place);
      const run = perform(entry)
        .catch((error: unknown) => {
          options.onBug(error);
          finish(entry, null);
        })
        .finally(() => {
          busy.delete(place);
          running.delete(run);
          pump();
        });
      running.add(run);
    }
  };
  const isNewest = ({ function: name, env, fingerprint }: Entry): boolean =>
    liveOf(name, env)?.fingerprint === fingerprint;
  const perform = async (entry: Entry): Promise<void> => {
    const { function: name, env, event, fingerprint } = entry;
    const live = liveOf(name, env);
    // Another content is on its way or there by now: its own turn comes.
    if (live === null || live.fingerprint !== fingerprint || !mayBeCalled(config(), env))
      return finish(entry, null);
    const target = { function: name, env, live: fingerprint, carriesHelper: live.carriesHelper };
    const answer = await caller.call(target, event, closing.signal);
    if (answer === null || !isNewest(entry)) return finish(entry, null);
    note(answer);
    options.tell(answer);
    finish(entry, answer);
  };
  const finish = ({ done }: Entry, answer: Answer | null): void => {
    for (const each of done) each(answer);
  };

  const follow = async (name: FunctionName, env: EnvId, fingerprint: Fingerprint): Promise<void> => {
    for (const event of await eventsFor(name))
      if (isFor(event, env)) put({ function: name, env, event, fingerprint, done: [] });
  };
  const callEverywhere = (name: FunctionName, event: SavedEvent, { envs, onAnswer }: Wish): Promise<void>[] =>
    envsOf(name).flatMap((env) => {
      const isMeant =
        (envs === null || envs.includes(env)) && isFor(event, env) && mayBeCalled(config(), env);
      const live = isMeant ? liveOf(name, env) : null;
      if (live === null) return [];
      const { fingerprint } = live;
      const end = new Promise<void>((resolve) => {
        const done = (answer: Answer | null): void => {
          if (answer !== null) onAnswer(answer);
          resolve();
        };
        put({ function: name, env, event, fingerprint, done: [done] });
      });
      return [end];
    });
  const isChosen = (name: FunctionName): boolean => sessions.has(name) || answersOf(config(), name) !== null;

  return {
    begin() {
      isFollowing = true;
    },
    take(fact) {
      if (fact.event === 'pushing') forced[fact.cause === 'forced' ? 'add' : 'delete'](fact.function);
      if (fact.event !== 'live' || !isFollowing || closing.signal.aborted) return;
      const { function: name, env, fingerprint } = fact;
      if (!isChosen(name) || !mayBeCalled(config(), env)) return;
      const cause = options.causeOf(name);
      if (!forced.has(name) && cause !== null && quietCauses.has(cause)) return;
      follow(name, env, fingerprint).catch(options.onBug);
    },
    async call(wish) {
      const { signal } = wish;
      const ends: Promise<void>[] = [];
      for (const name of wish.names)
        for (const event of isChosen(name) ? await eventsFor(name) : [])
          ends.push(...callEverywhere(name, event, wish));
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([aborted, Promise.all(ends)]);
    },
    choose(name, events) {
      if (events === null) sessions.delete(name);
      else sessions.set(name, events);
    },
    standing(name, env) {
      const events = last.get(`${name}\0${env}`);
      if (events === undefined) return null;
      const failed = [...events].flatMap(([event, isGood]) => (isGood ? [] : [event]));
      return { ok: events.size - failed.length, failed };
    },
    async eventsOf(name) {
      const [all, chosen] = [await findEvents(config(), name), await eventsFor(name)];
      return all.events.map((event) => ({
        name: event.name,
        chosen: isChosen(name) && chosen.some((each) => each.name === event.name),
      }));
    },
    async end() {
      closing.abort();
      for (const entry of waiting.values()) finish(entry, null);
      waiting.clear();
      await Promise.all(running);
    },
  };
}
