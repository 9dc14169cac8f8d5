/**
 * Calls functions with their saved events when new code is live, and when somebody asks. Nothing waits for it: it takes facts after
 * they were reported, and has a queue of its own in which the newest wish of each target and event takes the place of an older one.
 */
import type { Config } from '../config/model.js';
import {
  type Answer,
  type EventProblem,
  isGoodAnswer,
  type SavedEvent,
  type Uncalled,
} from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import type { Cause, EnvId, Fingerprint, FunctionName } from '../model/nouns.js';
import { slashRelative } from '../system/paths.js';
import type { Caller } from './caller.js';
import {
  answersOf,
  chosenEvents,
  type FoundEvents,
  findEvents,
  isFor,
  mayBeCalled,
  versionOfEvents,
} from './events.js';

export interface FollowerOptions {
  readonly caller: Caller;
  /** Asked for at each fact: a new configuration counts for the next. */
  readonly config: () => Config;
  /** The content that is live in a target and is about to stay; null: nothing is. */
  readonly liveOf: (name: FunctionName, env: EnvId) => Live | null;
  readonly envsOf: (name: FunctionName) => readonly EnvId[];
  /** Why the content that a function has now came about. */
  readonly causeOf: (name: FunctionName) => Cause | null;
  readonly tell: (answer: Answer) => void;
  readonly tellProblem: (problem: EventProblem) => void;
  /** A function's file of events, from the configuration's folder, that had problems has none any more. */
  readonly tellRight: (name: FunctionName, file: string) => void;
  readonly onBug: (error: unknown) => void;
}

export interface Live {
  readonly fingerprint: Fingerprint;
  /** It runs with the helper. */
  readonly carriesHelper: boolean;
  /** It is what is on disk, too. */
  readonly isLatest: boolean;
}

/** The call that somebody asks for. */
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
  /**
   * Calls now. Resolves when all have answered, or are not live any more.
   * @returns what is wrong with the saved events of these functions
   */
  call(wish: Wish): Promise<readonly EventProblem[]>;
  /** The events that a function is called with in this run, whatever the configuration chooses; null: what it chooses. */
  choose(name: FunctionName, events: readonly string[] | null): void;
  /** The outcome of the last calls in a target; null: it was not called. */
  standing(name: FunctionName, env: EnvId): AnswerStanding | null;
  /** Why no save and no key calls a function in an environment, or (null) in any of its own; null: they do. */
  uncalled(name: FunctionName, env: EnvId | null): Uncalled | null;
  /** The events that there are to choose from, and those that are chosen. */
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
  readonly askers: readonly Asker[];
}

interface Asker {
  /** Aborted when nobody waits there any longer; null: it is called because the code is new. */
  readonly signal: AbortSignal | null;
  /** Called when it has answered; null: it was dropped. */
  readonly done: (answer: Answer | null) => void;
}

const newCode: Asker = { signal: null, done: () => undefined };

/** False: whoever asked for it has gone. */
function isAskedFor({ askers }: Entry): boolean {
  return askers.some(({ signal }) => signal?.aborted !== true);
}

/** How often a file of events that is wrong is looked at, ms: its author is at it. */
const lookMs = 1000;

/** Causes that nobody is waiting at the screen for. */
const quietCauses: ReadonlySet<Cause> = new Set(['startup', 'config']);

/** Causes that somebody asked for. */
const askedCauses: ReadonlySet<Cause> = new Set(['forced', 'undo']);

export function createFollower(options: FollowerOptions): Follower {
  const { caller, config, liveOf, envsOf } = options;
  const closing = new AbortController();
  /** By function, event and environment: an event is called everywhere before the next one, so that its answers come together. */
  const waiting = new Map<FunctionName, Map<string, Map<EnvId, Entry>>>();
  const busy = new Set<string>();
  const running = new Set<Promise<void>>();
  const asked = new Set<FunctionName>();
  const sessions = new Map<FunctionName, readonly string[]>();
  /** Problems that were reported: each is reported once with a content, until it is another. */
  const told = new Map<FunctionName, string>();
  /** Functions whose events had problems last, with the version of their file. */
  const wrong = new Map<FunctionName, string | null>();
  let looking: NodeJS.Timeout | null = null;
  /** The content that was on its way last. */
  const pushed = new Map<FunctionName, Fingerprint>();
  let isFollowing = false;

  const eventsFor = async (name: FunctionName): Promise<Pick<FoundEvents, 'events' | 'problems'>> => {
    const session = sessions.get(name);
    const found =
      session === undefined ? await chosenEvents(config(), name) : await findEvents(config(), name);
    tellProblems(name, found);
    const events =
      session === undefined ? found.events : found.events.filter((each) => session.includes(each.name));
    forgetEvents(name, events);
    return { events, problems: found.problems };
  };
  const tellProblems = (name: FunctionName, { file, problems }: FoundEvents): void => {
    if (problems.length === 0) {
      told.delete(name);
      if (wrong.delete(name) && file !== null) options.tellRight(name, slashRelative(config().folder, file));
      return;
    }
    // Where there is no file, nobody is at it just now, and many functions may have none.
    if (file === null) wrong.delete(name);
    else if (!wrong.has(name)) wrong.set(name, null);
    lookLater();
    const text = JSON.stringify(problems);
    if (told.get(name) === text) return;
    told.set(name, text);
    problems.forEach(options.tellProblem);
  };
  /** Nobody watches these files: while one is wrong, it is read again when it has changed. */
  const lookLater = (): void => {
    if (looking !== null || wrong.size === 0 || closing.signal.aborted) return;
    looking = setTimeout(() => {
      looking = null;
      lookAgain().catch(options.onBug).finally(lookLater);
    }, lookMs).unref();
  };
  const lookAgain = async (): Promise<void> => {
    for (const name of [...wrong.keys()]) {
      const version = await versionOfEvents(config(), name);
      if (closing.signal.aborted || wrong.get(name) === version) continue;
      await eventsFor(name);
      if (wrong.has(name)) wrong.set(name, version);
    }
  };

  /** By target, the last answer to each event that its present code was called with. */
  const last = new Map<
    string,
    { readonly fingerprint: Fingerprint; readonly events: Map<string, boolean> }
  >();
  const note = (answer: Answer, { fingerprint }: Entry): void => {
    const place = `${answer.function}\0${answer.env}`;
    const before = last.get(place);
    const events = before?.fingerprint === fingerprint ? before.events : new Map<string, boolean>();
    last.set(place, { fingerprint, events: events.set(answer.eventName, isGoodAnswer(answer)) });
  };
  /** An event that nobody calls any more has no say. */
  const forgetEvents = (name: FunctionName, events: readonly SavedEvent[]): void => {
    const known = new Set(events.map((event) => event.name));
    for (const [place, standing] of last)
      if (place.startsWith(`${name}\0`))
        for (const event of standing.events.keys()) if (!known.has(event)) standing.events.delete(event);
  };
  const put = (entry: Entry): void => {
    // The events were still being read when everything ended: whoever waits for the answer is not left waiting.
    if (closing.signal.aborted) {
      finish(entry, null);
      return;
    }
    const events = waiting.get(entry.function) ?? new Map<string, Map<EnvId, Entry>>();
    const envs = events.get(entry.event.name) ?? new Map<EnvId, Entry>();
    waiting.set(entry.function, events.set(entry.event.name, envs));
    const before = envs.get(entry.env)?.askers ?? [];
    envs.set(entry.env, { ...entry, askers: [...before, ...entry.askers] });
  };
  const remove = ({ function: name, event, env }: Entry): void => {
    const events = waiting.get(name);
    events?.get(event.name)?.delete(env);
    // An event keeps its turn for environments that come a moment later.
    if ([...(events?.values() ?? [])].every(({ size }) => size === 0)) waiting.delete(name);
  };
  function* entries(): Iterable<Entry> {
    for (const events of waiting.values()) for (const envs of events.values()) yield* envs.values();
  }
  const pump = (): void => {
    for (const entry of entries()) {
      if (running.size >= config().answers.atOnce || closing.signal.aborted) return;
      const place = `${entry.function}\0${entry.env}`;
      // One call at a time in each target: what a call leaves behind there must not meet another.
      if (busy.has(place)) continue;
      remove(entry);
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
    if (!isAskedFor(entry)) return finish(entry, null);
    const { carriesHelper } = live;
    const target = { function: name, env, live: fingerprint, carriesHelper, isLatest: live.isLatest };
    const isMeant = (): boolean => isNewest(entry) && isAskedFor(entry);
    const answer = await caller.call(target, event, closing.signal, isMeant);
    if (answer === null || !isNewest(entry)) return finish(entry, null);
    note(answer, entry);
    options.tell(answer);
    finish(entry, answer);
  };
  const finish = ({ askers }: Entry, answer: Answer | null): void => {
    for (const { done } of askers) done(answer);
  };

  const follow = async (name: FunctionName, env: EnvId, fingerprint: Fingerprint): Promise<void> => {
    const { events } = await eventsFor(name);
    for (const event of events)
      if (isFor(event, env)) put({ function: name, env, event, fingerprint, askers: [newCode] });
    pump();
  };
  const callEverywhere = (
    name: FunctionName,
    event: SavedEvent,
    { envs, onAnswer, signal }: Wish,
  ): Promise<void>[] =>
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
        put({ function: name, env, event, fingerprint, askers: [{ signal, done }] });
      });
      return [end];
    });
  const isChosen = (name: FunctionName): boolean => sessions.has(name) || answersOf(config(), name) !== null;

  return {
    begin() {
      isFollowing = true;
    },
    take(fact) {
      if (fact.event === 'pushing') {
        asked[askedCauses.has(fact.cause) ? 'add' : 'delete'](fact.function);
        if (pushed.get(fact.function) !== fact.fingerprint) told.delete(fact.function);
        pushed.set(fact.function, fact.fingerprint);
      }
      if (fact.event !== 'live' || !isFollowing || closing.signal.aborted) return;
      const { function: name, env, fingerprint } = fact;
      if (!isChosen(name) || !mayBeCalled(config(), env)) return;
      const cause = options.causeOf(name);
      if (!asked.has(name) && cause !== null && quietCauses.has(cause)) return;
      follow(name, env, fingerprint).catch(options.onBug);
    },
    async call(wish) {
      const { signal } = wish;
      const ends: Promise<void>[] = [];
      const wrongs: EventProblem[] = [];
      for (const name of wish.names.filter(isChosen)) {
        if (signal.aborted) break;
        const { events, problems } = await eventsFor(name);
        wrongs.push(...problems);
        for (const event of events) ends.push(...callEverywhere(name, event, wish));
        pump();
      }
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([aborted, Promise.all(ends)]);
      return wrongs;
    },
    choose(name, events) {
      if (events === null) sessions.delete(name);
      else sessions.set(name, events);
    },
    uncalled(name, chosen) {
      const envs = envsOf(name).filter((env) => chosen === null || env === chosen);
      const open = envs.filter((env) => mayBeCalled(config(), env));
      if (open.length === 0) return 'closed';
      if (!isChosen(name)) return 'unchosen';
      return open.some((env) => liveOf(name, env) !== null) ? null : 'not-live';
    },
    standing(name, env) {
      const standing = last.get(`${name}\0${env}`);
      // The answer of an older content says nothing of the present one.
      if (standing === undefined || standing.fingerprint !== liveOf(name, env)?.fingerprint) return null;
      const { events } = standing;
      if (events.size === 0) return null;
      const failed = [...events].flatMap(([event, isGood]) => (isGood ? [] : [event]));
      return { ok: events.size - failed.length, failed };
    },
    async eventsOf(name) {
      const [all, { events: chosen }] = [await findEvents(config(), name), await eventsFor(name)];
      return all.events.map((event) => ({
        name: event.name,
        chosen: isChosen(name) && chosen.some((each) => each.name === event.name),
      }));
    },
    async end() {
      closing.abort();
      if (looking !== null) clearTimeout(looking);
      for (const entry of entries()) finish(entry, null);
      waiting.clear();
      await Promise.all(running);
    },
  };
}
