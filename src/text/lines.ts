/** Facts as plain lines for people: one line a fact, append-only, words next to every colour. */

import { type Answer, isGoodAnswer } from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import {
  alikeAnswers,
  detailsOfAnswer,
  differencesOfAnswer,
  summaryOfAnswer,
  timesOfAnswers,
} from './answers.js';
import { failureText } from './describe.js';
import type { Gathered, Shared } from './gathering.js';
import type { Language } from './language.js';
import type { Tone } from './marks.js';
import { groupOfHold, wordOfReason } from './standing.js';
import {
  clausesOf,
  columnsOf,
  inNaturalOrder,
  labelled,
  listOf,
  padColumns,
  printable,
  sentences,
  short,
  size,
  someOf,
} from './text.js';
import { duration, shortTime } from './time.js';
import { expectedAt } from './words/config.js';
import type { Explanation } from './words/explanation.js';
import { stillDeploying } from './words/failures.js';
import { type PlainWords, plainWords } from './words/plain.js';
import { quotaText } from './words/quotas.js';

export interface Line {
  readonly tone: Tone;
  readonly label: string;
  readonly text: string;
  /** Further lines that belong to it, indented below. */
  readonly below: readonly string[];
}

/** Most files that a line names; the rest are counted. */
const filesShown = 3;

/** A fact's line, or null for facts that another line of the same moment reports. */
export function lineOf(fact: Fact, language: Language, unchanged = 0): Line | null {
  const words = plainWords[language];
  const line = makeLine(language);
  switch (fact.event) {
    case 'started':
      // Nothing begins: why is said elsewhere.
      if (fact.functions.length === 0 && fact.envs.length === 0) return null;
      return line(
        'calm',
        'started',
        words.started(fact.functions.length, listOf(fact.envs, language), fact.endpoint),
      );
    case 'watching':
      return line(
        'calm',
        'watching',
        words.watching(fact.functions, fact.directories, duration(fact.ms, language)),
      );
    case 'changed':
      return line('busy', 'changed', columns(fact.function, fileList(fact.files, fact.more, language)));
    case 'planned':
      return line('busy', 'planned', targets(fact, language, words.cause[fact.cause]));
    case 'pushing': {
      const again = fact.attempt > 1 ? words.attempt(fact.attempt) : words.cause[fact.cause];
      const content = words.sizes(fact.files, size(fact.zipBytes), short(fact.fingerprint));
      return line('busy', 'pushing', targets(fact, language, content, again));
    }
    case 'pushed':
      return line(
        'busy',
        'pushed',
        targets(fact, language, words.accepted(duration(fact.requestMs, language))),
      );
    case 'live':
      return line('good', 'live', columns(fact.function, fact.env, sinceSave(fact, language)));
    case 'answer':
      return answerLine([fact], { all: [], written: [] }, language, line);
    case 'push-failed':
      return failedLine(fact, language, line);
    case 'unchanged':
      return line('calm', 'unchanged', columns(fact.function, words.unchanged));
    case 'held':
      return heldLine(fact, words, line);
    case 'adopted':
      return line('calm', 'adopted', targets(fact, language, words.adopted));
    case 'dismissed':
      return line('calm', 'dismissed', columns(fact.function, words.dismissed));
    case 'found':
      return line('calm', 'found', columns(fact.function, words.found));
    case 'lost':
      return line('warn', 'lost', columns(fact.function, fact.detail), [fact.hint]);
    case 'offline':
      return line('bad', 'offline', fact.detail, [fact.hint]);
    case 'online':
      return line('good', 'online', words.online);
    case 'quota': {
      // A quota that is far from its end is nobody's concern; the monitor shows it.
      if (fact.used * 2 <= fact.limit) return null;
      const until = fact.forecastAt === null ? null : shortTime(Date.parse(fact.forecastAt));
      return line('warn', 'quota', quotaText({ ...fact, until }, language));
    }
    case 'token': {
      // That it works is what everybody expects; the monitor shows it.
      if (fact.state === 'read') return null;
      const tone = fact.state === 'rejected' || fact.state === 'unavailable' ? 'bad' : 'calm';
      return line(tone, 'token', words.tokenState[fact.state], [fact.detail ?? '']);
    }
    case 'config':
      if (fact.state === 'reloaded') return line('calm', 'config', words.configReloaded);
      return line(
        'bad',
        'config',
        words.configInvalid(fact.problems.length),
        fact.problems.map(({ path, expected, hint }) =>
          words.problem(expectedAt(path, expected, language), hint),
        ),
      );
    case 'notice':
      return noticeLine(fact, line);
    case 'stopped':
      return stoppedLine(fact, unchanged, language, line);
    default:
      return fact satisfies never;
  }
}

function noticeLine(
  { kind, detail, hint, function: name }: Extract<Fact, { event: 'notice' }>,
  line: MakeLine,
): Line {
  const text = name === null ? detail : columns(name, detail);
  if (kind === 'cannot-run') return line('bad', 'broken', text, [hint]);
  return line(kind === 'events-right' ? 'good' : 'warn', 'notice', text, [hint]);
}

function makeLine(language: Language): MakeLine {
  return (tone, label, text, below = []) => ({
    tone,
    label: plainWords[language].label[label],
    text: printable(text),
    below: below.filter((part) => part !== '').map(printable),
  });
}

/** One event's answer, in one environment or in several that answer alike. */
function answerLine(
  facts: readonly Extract<Fact, { event: 'answer' }>[],
  { all, written }: Pick<Extract<Gathered, { type: 'answers' }>, 'all' | 'written'>,
  language: Language,
  line: MakeLine,
): Line | null {
  const [first] = facts;
  if (first === undefined) return null;
  const where = environments([...new Set(facts.map(({ env }) => env))], language);
  const text = columns(
    first.function,
    where,
    summaryOfAnswer(first, language, true, timesOfAnswers(facts, language)),
  );
  const good = isGoodAnswer(first);
  const tone = good ? (first.changed === 'different' ? 'warn' : 'good') : 'bad';
  return line(tone, 'answers', text, [
    ...detailsOfAnswer(first, language, all),
    ...earlierDifferences(first, { all, written }, language),
  ]);
}

/** For lines above that were written before anybody knew that this answer would differ: `dev, test: differs by environment: …`. */
function earlierDifferences(
  first: Answer,
  { all, written }: Pick<Extract<Gathered, { type: 'answers' }>, 'all' | 'written'>,
  language: Language,
): readonly string[] {
  if (differencesOfAnswer(first, all, language).length === 0) return [];
  return alikeAnswers(written).flatMap((alike) => {
    const where = environments(
      alike.map(({ env }) => env),
      language,
    );
    return alike
      .slice(0, 1)
      .flatMap((one) => differencesOfAnswer(one, all, language))
      .map((text) => labelled(where, text, language));
  });
}

/** A function and where it is about it, then the rest of the line. */
function targets(
  fact: { readonly function: string; readonly envs: readonly string[] },
  language: Language,
  ...rest: readonly string[]
): string {
  return columns(fact.function, environments(fact.envs, language), ...rest);
}

/** Their names where there is room for them, else how many: `--json` and the monitor name them all. */
function environments(envs: readonly string[], language: Language): string {
  const names = listOf(envs, language);
  return envs.length === 1 || columnsOf(names) <= (columnWidths[1] ?? 0)
    ? names
    : plainWords[language].environments(envs.length);
}

/** The line of facts that share one. */
export function lineOfGathered(gathered: Gathered, language: Language, unchanged: number): Line | null {
  switch (gathered.type) {
    case 'fact':
      return lineOf(gathered.fact, language, unchanged);
    case 'lives':
      return livesLine(gathered.facts, language);
    case 'answers':
      return answerLine(gathered.facts, gathered, language, makeLine(language));
    case 'holds':
    case 'adoptions':
      return sharedLine(gathered.facts, language);
    default:
      return gathered satisfies never;
  }
}

/** One function in several environments: the slowest time stands for all. */
function livesLine(facts: Extract<Gathered, { type: 'lives' }>['facts'], language: Language): Line | null {
  const slowest = facts.toSorted((a, b) => (b.sinceSaveMs ?? 0) - (a.sinceSaveMs ?? 0))[0];
  if (slowest === undefined) return null;
  const verified = facts.every((fact) => fact.verified);
  const line = lineOf({ ...slowest, verified }, language);
  if (facts.length === 1 || line === null) return line;
  const where = environments([...new Set(facts.map(({ env }) => env))], language);
  return {
    ...line,
    text: printable(columns(slowest.function, where, sinceSave({ ...slowest, verified }, language))),
  };
}

/** Of facts that one cause has: for whom it stands, and where. */
export interface Alike {
  readonly first: Shared;
  readonly functions: number;
  /** The first of them, in their natural order. */
  readonly names: readonly string[];
  readonly envs: readonly string[];
}

/** One cause for several targets: how many functions, three of their names, and what to do once. */
export function alikeLine({ first, functions, names, envs }: Alike, language: Language): Line | null {
  const words = plainWords[language];
  const [env = words.allEnvironments] = envs;
  const line = lineOf(first.event === 'held' ? { ...first, env } : { ...first, envs }, language);
  if (line === null || (functions === 1 && envs.length === 1)) return line;
  const isForeign = first.event === 'held' && first.reason === 'foreign';
  // One function may be named, but its remedy would name the first environment alone.
  const { hint } = isForeign ? words.manyForeign : saidOf(first, words);
  const { detail } = isForeign && functions > 1 ? words.manyForeign : saidOf(first, words);
  const who = functions === 1 ? first.function : words.functions(functions);
  // Who has the remedy elsewhere left it out.
  const remedy = saidOf(first, words).hint === '' ? '' : hint;
  const below = functions === 1 ? [remedy] : [someOf(names, language, namesShown, functions), remedy];
  return {
    ...line,
    text: printable(columns(who, environments(envs, language), detail)),
    below: below.filter((part) => part !== '').map(printable),
  };
}

function saidOf(fact: Shared, words: PlainWords): Explanation {
  return fact.event === 'held' ? fact : { detail: words.adopted, hint: '' };
}

/** Names of functions that share a line. */
export const namesShown = 3;

function sharedLine(facts: readonly Shared[], language: Language): Line | null {
  const [first] = facts;
  if (first === undefined) return null;
  const words = plainWords[language];
  const names = inNaturalOrder([...new Set(facts.map((fact) => fact.function))]);
  const envs = facts.flatMap((fact) =>
    fact.event === 'held' ? [fact.env ?? words.allEnvironments] : fact.envs,
  );
  return alikeLine({ first, functions: names.length, names, envs: [...new Set(envs)] }, language);
}

type MakeLine = (
  tone: Tone,
  label: keyof PlainWords['label'],
  text: string,
  below?: readonly string[],
) => Line;

function stoppedLine(
  { code, pushed, failed, pending, p50Ms, p95Ms, answers }: Extract<Fact, { event: 'stopped' }>,
  unchanged: number,
  language: Language,
  line: MakeLine,
): Line {
  const words = plainWords[language];
  const answered = answers.ok + answers.failed === 0 ? '' : words.answered(answers.ok, answers.failed);
  // A run that only calls updates nothing, and says nothing of that.
  const isCheck = answered !== '' && pushed + failed + unchanged === 0;
  const updated = words.summary(pushed, failed, unchanged);
  const whole = code === 0 && pending.length === 0 ? updated + words.allLive : updated;
  return line('calm', 'stopped', isCheck ? answered : whole, [
    ...(p50Ms === null || p95Ms === null
      ? []
      : [words.times(duration(p50Ms, language), duration(p95Ms, language))]),
    ...(isCheck ? [] : [answered]),
    ...(pending.length === 0 ? [] : [words.pending(pending.length)]),
    ...(pending.some(({ reason }) => goesByItself.has(reason)) ? [words.goesLater] : []),
    ...pendingLines(pending, language),
  ]);
}

/** Nobody has to do anything about these. */
const goesByItself: ReadonlySet<string> = new Set(['queued', 'waiting', 'settling', 'building', 'sending']);

/** So many targets have a line each at the end; of more, those with one reason share a line. */
const pendingNamed = 5;

function pendingLines(
  pending: Extract<Fact, { event: 'stopped' }>['pending'],
  language: Language,
): readonly string[] {
  if (pending.length <= pendingNamed) {
    return pending.map(
      ({ function: name, env, reason }) => `  ${columns(name, env, wordOfReason(reason, language))}`,
    );
  }
  const reasons = [...new Set(pending.map(({ reason }) => wordOfReason(reason, language)))];
  return reasons.map((word) => {
    const alike = pending.filter(({ reason }) => wordOfReason(reason, language) === word);
    const names = inNaturalOrder(alike.map((target) => target.function));
    return `  ${columns(word, `${alike.length}`, someOf(names, language))}`;
  });
}

/** A target that only has to wait for the upload before it, and one that is created next, have not failed in anybody's eyes. */
function failedLine(fact: Extract<Fact, { event: 'push-failed' }>, language: Language, line: MakeLine): Line {
  const words = plainWords[language];
  const text = targets(fact, language, failureText(fact, language));
  // Who says elsewhere what follows left it out.
  if (fact.class === 'busy' && fact.retryInMs !== null)
    return line('warn', 'busy', text, [fact.hint === '' ? '' : stillDeploying[language]]);
  if (fact.class === 'missing' && fact.retryInMs === 0) return line('warn', 'absent', text, [words.created]);
  return line('bad', 'failed', text, [sentences(fact.hint, retryText(fact, language))]);
}

/** Reasons that have a line of their own already. */
const reportedElsewhere: ReadonlySet<string> = new Set(['token', 'offline']);

function heldLine(fact: Extract<Fact, { event: 'held' }>, words: PlainWords, line: MakeLine): Line | null {
  if (reportedElsewhere.has(fact.reason)) return null;
  const failed = groupOfHold(fact.reason) === 'failed';
  const [tone, label] = failed ? (['bad', 'failed'] as const) : (['warn', 'held'] as const);
  if (fact.function === null) return line(tone, label, fact.detail, [fact.hint]);
  const where = fact.env ?? words.allEnvironments;
  return line(tone, label, columns(fact.function, where, fact.detail), [fact.hint]);
}

/** Columns wide enough for most names; a longer one pushes the rest to the right. */
const columnWidths = [16, 26];

function columns(...parts: readonly string[]): string {
  return parts
    .map((part, index) =>
      index === parts.length - 1 ? part : padColumns(part, columnWidths[index] ?? columnsOf(part)),
    )
    .join('  ');
}

function fileList(files: readonly string[], more: number, language: Language): string {
  const words = plainWords[language];
  if (files.length === 0) return words.changedContent;
  const shown = files.slice(0, filesShown);
  const rest = files.length - shown.length + more;
  const names = listOf(shown, language);
  return rest === 0 ? names : `${names} ${words.andMore(rest, files.length + more)}`;
}

function sinceSave(fact: Extract<Fact, { event: 'live' }>, language: Language): string {
  const words = plainWords[language];
  const said = [
    fact.sinceSaveMs === null ? '' : words.sinceSave(duration(fact.sinceSaveMs, language)),
    fact.verified ? '' : words.unverified,
    fact.cannotRun === null ? '' : words.cannotRun(fact.cannotRun),
  ];
  const parts = said.filter((part) => part !== '');
  return parts.length === 0 ? short(fact.fingerprint) : clausesOf(parts, language);
}

/** Where something else holds it too, it is that hold's line that says when it resumes. */
function retryText(
  { retryInMs, final }: Extract<Fact, { event: 'push-failed' }>,
  language: Language,
): string {
  const words = plainWords[language];
  if (retryInMs === null) return final ? words.noRetry : '';
  return retryInMs === 0 ? words.retryNow : words.retryIn(duration(retryInMs, language));
}
