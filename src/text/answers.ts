/** Saved events and answers in words. */

import {
  type Answer,
  type AnswerError,
  type EventProblem,
  isGoodAnswer,
  type Mismatch,
  textOfError,
} from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import type { TextPosition } from '../model/text-position.js';
import { grouped } from '../system/grouped.js';
import { isRecord } from '../system/json.js';
import { cutText } from '../system/text-end.js';
import type { Language } from './language.js';
import { clausesOf, columnsOf, labelled, listOf, noted, padColumns, printable, short } from './text.js';
import { duration } from './time.js';
import { type AnswerWords, answerWords } from './words/answers.js';
import { type Explanation, saidOf } from './words/explanation.js';

/** The problem of a saved event, with its place in front: `events/pay.json:3:5: …`. */
export function describeEventProblem(
  { file, at, fault, function: name }: EventProblem,
  language: Language,
): Explanation {
  const { detail, hint }: Explanation = saidOf(answerWords[language].faults, fault.kind, fault, name);
  const place = at === null ? file : placeText(file, at);
  return { detail: fault.kind === 'no-file' ? detail : labelled(place, detail, language), hint };
}

const placeText = (file: string, { line, column }: TextPosition): string => `${file}:${line}:${column}`;

export function eventNotice(problem: EventProblem, language: Language): Fact {
  return {
    event: 'notice',
    kind: 'events-wrong',
    function: problem.function,
    place: placeText(problem.file, problem.at ?? { line: 1, column: 1 }),
    ...describeEventProblem(problem, language),
  };
}

/** How an event is called: some have no name. */
export function eventLabel(name: string, language: Language): string {
  return name === '' ? answerWords[language].unnamed : name;
}

/** Characters of a value on a line. */
const shownValue = 200;
/** Printed lines, and lines of a diff, below an answer: the monitor shows them all. */
const shownLogs = 5;
const shownDiff = 20;

/** A value of JSON on one line, cut. */
export function valueText(value: unknown, most = shownValue): string {
  return cutText(printable(JSON.stringify(value) ?? 'null'), most);
}

/**
 * `happy · same as before · proven 2593afd6 · 41 ms`, with the event's name or without.
 * @param times what is said of the time where the answer stands for several: `timesOfAnswers`
 */
export function summaryOfAnswer(answer: Answer, language: Language, named = true, times?: string): string {
  const words = answerWords[language];
  const [reason] = failureOfAnswer(answer, language);
  return joined([
    named ? eventLabel(answer.eventName, language) : '',
    reason?.split('\n')[0] ??
      (named && answer.changed === 'first' ? words.firstEver : words.changed[answer.changed]),
    proofAndTimes(answer, language, times),
  ]);
}

/** The second half of a summary: `proven 2593afd6 · 41 ms`. */
export function proofAndTimes(answer: Answer, language: Language, times?: string): string {
  return joined([proofText(answer, language), times ?? timesOfAnswers([answer], language)]);
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}

/** Empty where nothing is proven. */
function proofText({ proven, fingerprint }: Answer, language: Language): string {
  return proven === true && fingerprint !== null ? answerWords[language].proven(short(fingerprint)) : '';
}

/** Of a time under this, ms, nobody asks why. */
const quick = 100;

/** `41 ms`; of answers that took longer in one environment than in the others, `2 ms – 711 ms (test)`. */
export function timesOfAnswers(
  answers: readonly Answer[],
  language: Language,
  nameOf: (env: string) => string = (env) => env,
): string {
  const timeOf = ({ ms, callMs }: Answer): number => ms ?? callMs;
  const sorted = answers.toSorted((a, b) => timeOf(a) - timeOf(b));
  const [fastest, slowest] = [sorted.at(0), sorted.at(-1)];
  if (fastest === undefined || slowest === undefined) return '';
  const longest = duration(timeOf(slowest), language);
  if (timeOf(slowest) < quick || timeOf(slowest) < 2 * timeOf(fastest)) return longest;
  return noted(`${duration(timeOf(fastest), language)} – ${longest}`, nameOf(slowest.env), language);
}

/** Why an answer is not as it should be, the main reason first; empty where it is. */
export function failureOfAnswer(answer: Answer, language: Language): readonly string[] {
  const words = answerWords[language];
  const { error, proven, mismatches, ok } = answer;
  return [
    ...(proven === false ? [answer.fingerprint === null ? words.withoutProof : words.otherCode] : []),
    ...(error !== null && !ok && mismatches.length === 0 ? [reasonOf(answer, error, words)] : []),
    ...mismatches.map((mismatch) => mismatchText(mismatch, language)),
  ];
}

/** The error of the code, or why the call did not come to it. */
function reasonOf({ failure }: Answer, error: AnswerError, words: AnswerWords): string {
  return failure === null ? textOfError(error) : words.notReached(textOfError(error));
}

/** The remedy for an answer that is not proven. */
export function proofHint({ fingerprint }: Answer, language: Language): string {
  const words = answerWords[language];
  return fingerprint === null ? words.withoutProofHint : words.otherCodeHint;
}

function mismatchText({ pointer, expected, found, absent }: Mismatch, language: Language): string {
  const words = answerWords[language];
  const error = Object(expected)['$error'];
  const shown = valueText(expected);
  if (pointer === '' && typeof error === 'string') {
    if (absent) return words.didNotFail(error);
    if (typeof found === 'string') return words.otherError(error, found);
  }
  const place = pointer === '' ? words.result : pointer;
  return absent ? words.missingPart(place, shown) : words.mismatch(place, shown, valueText(found));
}

/**
 * The lines below an answer's own: only what is not as it was, not as it should be, or not as in other environments.
 * @param all answers of this function to this event: where they differ is said
 */
export function detailsOfAnswer(
  answer: Answer,
  language: Language,
  all: readonly Answer[] = [],
): readonly string[] {
  const words = answerWords[language];
  const isCalm = answer.ok && answer.proven !== false && answer.changed === 'same';
  if (isCalm) return differencesOfAnswer(answer, all, language);
  const [reason = '', ...reasons] = failureOfAnswer(answer, language);
  const logs = printedLines(answer);
  const place = answer.ok ? null : placeOfAnswer(answer);
  const shown = logs.slice(0, shownLogs).map((text) => `│ ${text.split('\n')[0] ?? ''}`);
  const more = logs.length - shown.length + answer.moreLogs;
  return [
    ...(place === null ? [] : [place]),
    ...reason.split('\n').slice(1),
    ...reasons,
    ...(answer.proven === false ? [proofHint(answer, language)] : []),
    ...differencesOfAnswer(answer, all, language),
    ...(answer.diff === null ? firstResult(answer) : changedLines(answer, language)),
    ...(answer.ok ? [] : shown),
    ...(more > 0 && !answer.ok ? [words.moreLines(more)] : []),
  ];
}

function firstResult({ changed, error, result }: Answer): readonly string[] {
  return changed === 'first' && error === null ? [valueText(result)] : [];
}

/** Each text that it printed, without the frames of Node itself, which no editor opens. */
export function printedLines({ logs }: Answer): readonly string[] {
  return logs.flatMap(({ text }) => {
    const own = text.split('\n').filter((line) => !/^ +at (?:[^(]*\()?node:/.test(line));
    return own.length === 0 ? [] : [own.join('\n')];
  });
}

/** The changed lines of a unified diff, without its head: of many the first ones of each run, so that what came is seen next to what went. */
export function diffLines(diff: string, most = shownDiff): readonly string[] {
  const changed = diff.split('\n').filter((line) => /^[+-](?![+-]{2} )|^…$/.test(line));
  const tooMany = ranksOf(changed)
    .filter((rank) => rank > 0)
    .sort((a, b) => a - b)[most];
  if (tooMany === undefined) return changed;
  return tooMany > 1 ? shortRuns(changed, tooMany - 1) : [...changed.slice(0, most), '…'];
}

/** Of consecutive lines of a diff that all went, or all came, the first ones, and a mark where there are more. */
export function shortRuns(lines: readonly string[], most: number): readonly string[] {
  const ranks = ranksOf(lines);
  return lines.flatMap((line, index) => {
    const rank = ranks[index] ?? 0;
    if (rank <= most) return [line];
    return rank === most + 1 ? ['…'] : [];
  });
}

/** The place of each line among consecutive ones that all went, or all came, from 1 on; 0 for other lines. */
function ranksOf(lines: readonly string[]): readonly number[] {
  let rank = 0;
  let before = '';
  return lines.map((line) => {
    const sign = line.charAt(0);
    rank = sign === before ? rank + 1 : 1;
    before = sign;
    return sign === '-' || sign === '+' ? rank : 0;
  });
}

/** The lines that are not as before, or that there are too many of them: a change is never said without any. */
export function changedLines({ diff }: Answer, language: Language, most?: number): readonly string[] {
  if (diff === null) return [];
  const lines = diffLines(diff, most);
  return lines.length === 0 ? [answerWords[language].hugeDifference] : lines;
}

/** Answers that are alike, and that the ones before them were alike to, but for their environments and times, in the order of the first of each. */
export function alikeAnswers(answers: readonly Answer[]): readonly (readonly Answer[])[] {
  return [...grouped(answers, likenessOf).values()];
}

/** Equal for answers to one event that are alike in all but their environments and times. */
export function likenessOf({
  function: name,
  eventName,
  ok,
  proven,
  outcome,
  changed,
  diff,
}: Answer): string {
  return JSON.stringify([name, eventName, ok, proven, outcome, changed, diff]);
}

/** One event's answers, equal ones on one line: `✔ dev-a, dev-b  41 ms  {"ok":true}`. Lines without an end of line. */
export function answerTable(answers: readonly Answer[], language: Language): readonly string[] {
  const groups = alikeAnswers(answers);
  const where = (group: readonly Answer[]): string =>
    listOf(
      group.map(({ env }) => env),
      language,
    );
  const width = Math.max(...groups.map((group) => columnsOf(where(group))));
  return groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { error, result } = first;
    const mark = isGoodAnswer(first) ? '✔' : '✖';
    const shown =
      error === null ? JSON.stringify(result, null, 2) : reasonOf(first, error, answerWords[language]);
    const [head = '', ...more] = printable(shown).split('\n');
    const proofAndTime = proofAndTimes(first, language, timesOfAnswers(group, language));
    return [
      `${mark} ${padColumns(where(group), width)}  ${proofAndTime}  ${head}`,
      ...[...more, ...belowTable(first, answers, language)].map((line) => `    ${line}`),
    ];
  });
}

function belowTable(answer: Answer, all: readonly Answer[], language: Language): readonly string[] {
  const place = placeOfAnswer(answer);
  const reasons = failureOfAnswer(answer, language).filter(
    (reason) => answer.error === null || reason !== reasonOf(answer, answer.error, answerWords[language]),
  );
  return [
    ...(place === null ? [] : [place]),
    ...reasons,
    ...(answer.proven === false ? [proofHint(answer, language)] : []),
    ...differencesOfAnswer(answer, all, language),
    ...printedLines(answer).map((text) => `│ ${text}`),
  ].map(printable);
}

/** Where it threw, as an editor opens it: `at cloudfunctions/pay/index.js:3:9`; null: nobody knows. */
function placeOfAnswer({ places: [first] }: Answer): string | null {
  return first === undefined ? null : `at ${first}`;
}

/** Places of a difference between environments that are named. */
const shownPlaces = 5;

/** `differs by environment: /cents is 200`; nothing where the environments return the same, or where this call failed. */
export function differencesOfAnswer(
  { error, result }: Answer,
  all: readonly Answer[],
  language: Language,
): readonly string[] {
  const places = error === null ? differingPlaces(all) : [];
  if (places.length === 0) return [];
  const words = answerWords[language];
  const parts = places.slice(0, shownPlaces).map((pointer) => {
    const value = valueAt(result, pointer);
    const place = pointer === '' ? words.result : printable(pointer);
    return value === undefined ? words.nothingAt(place) : words.valueAt(place, valueText(value, 60));
  });
  const more = places.length > shownPlaces ? ['…'] : [];
  return [`${words.differs}${clausesOf([...parts, ...more], language)}`];
}

/** JSON pointers into the results that environments return otherwise than each other, without what the event ignores. */
function differingPlaces(all: readonly Answer[]): readonly string[] {
  const returned = all.filter(({ error }) => error === null);
  if (new Set(returned.map(({ outcome }) => outcome)).size < 2) return [];
  const ignored = new Set(returned.flatMap((answer) => answer.ignored));
  const places: string[] = [];
  const compare = (values: readonly unknown[], pointer: string): void => {
    if (places.length > shownPlaces || ignored.has(`/result${pointer}`)) return;
    const keys = keysOfAll(values);
    if (keys === null) {
      if (values.some((value) => value !== values[0])) places.push(pointer);
      return;
    }
    for (const key of keys)
      compare(
        values.map((value) => memberOf(value, key)),
        `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      );
  };
  compare(
    returned.map(({ result }) => result),
    '',
  );
  return places;
}

/** null: these are not all objects, or lists of one length. */
function keysOfAll(values: readonly unknown[]): readonly string[] | null {
  if (values.every(isRecord)) return [...new Set(values.flatMap((value) => Object.keys(value)))].sort();
  const isLists = values.every(Array.isArray) && new Set(values.map(({ length }) => length)).size === 1;
  return isLists ? Object.keys(values[0] ?? []) : null;
}

function memberOf(value: unknown, key: string): unknown {
  return isRecord(value) || Array.isArray(value)
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}

function valueAt(value: unknown, pointer: string): unknown {
  const keys = pointer.split('/').slice(1);
  return keys.reduce((inner, key) => memberOf(inner, key.replaceAll('~1', '/').replaceAll('~0', '~')), value);
}
