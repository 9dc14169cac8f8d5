/** Saved events and answers in words. */
import {
  type Answer,
  type EventFault,
  type EventProblem,
  isGoodAnswer,
  type Mismatch,
} from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import type { FunctionName } from '../model/nouns.js';
import type { Language } from './language.js';
import { columnsOf, padColumns, printable, short } from './text.js';
import { duration } from './time.js';
import { answerWords } from './words/answers.js';
import type { Explanation } from './words/explanation.js';

/** What is wrong with a saved event, with its place in front: `events/pay.json:3:5: …`. */
export function describeEventProblem(
  { file, at, fault, function: name }: EventProblem,
  language: Language,
): Explanation {
  const { detail, hint } = faultWords(fault, name, language);
  const place = at === null ? file : `${file}:${at.line}:${at.column}`;
  return { detail: fault.kind === 'no-file' ? detail : `${place}: ${detail}`, hint };
}

export function eventNotice(problem: EventProblem, language: Language): Fact {
  return {
    event: 'notice',
    kind: 'events-wrong',
    function: null,
    place: null,
    ...describeEventProblem(problem, language),
  };
}

/** The catalogue has an entry for each kind, of that kind's own shape; TypeScript cannot follow the key to the value. */
function faultWords<Kind extends EventFault['kind']>(
  fault: Extract<EventFault, { kind: Kind }>,
  name: FunctionName,
  language: Language,
): Explanation {
  const words: {
    readonly [K in Kind]: (fault: Extract<EventFault, { kind: K }>, name: string) => Explanation;
  } = answerWords[language].faults;
  return words[fault.kind](fault, name);
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
  const text = printable(JSON.stringify(value) ?? 'null');
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** `happy · same as before · proven 2593afd6 · 41 ms`, with the event's name or without. */
export function summaryOfAnswer(answer: Answer, language: Language, named = true): string {
  const words = answerWords[language];
  const [reason] = failureOfAnswer(answer, language);
  const parts = [
    named ? eventLabel(answer.eventName, language) : '',
    reason ?? words.changed[answer.changed],
    answer.proven === true && answer.fingerprint !== null ? words.proven(short(answer.fingerprint)) : '',
    duration(answer.ms ?? answer.callMs, language),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** Why an answer is not as it should be, the main reason first; empty where it is. */
export function failureOfAnswer(answer: Answer, language: Language): readonly string[] {
  const words = answerWords[language];
  const { error, proven, mismatches, ok } = answer;
  return [
    ...(proven === false ? [words.otherCode] : []),
    ...(error !== null && !ok && mismatches.length === 0 ? [errorText(error)] : []),
    ...mismatches.map((mismatch) => mismatchText(mismatch, language)),
  ];
}

/** `TypeError: boom` */
export function errorText({ name, message }: NonNullable<Answer['error']>): string {
  return name === '' ? message : `${name}: ${message}`;
}

function mismatchText({ pointer, expected, found, absent }: Mismatch, language: Language): string {
  const words = answerWords[language];
  const error = Object(expected)['$error'];
  const shown = valueText(expected);
  if (pointer === '' && absent && typeof error === 'string') return words.didNotFail(error);
  const place = pointer === '' ? words.result : pointer;
  return absent ? words.missingPart(place, shown) : words.mismatch(place, shown, valueText(found));
}

/** Frames of a stack that are shown. */
const shownPlaces = 3;

/** The places of the function's own code in a stack, innermost first: `index.js:3:9`. */
export function placesInStack(stack: string | null): readonly string[] {
  const places = (stack ?? '').split('\n').flatMap((line) => {
    const [, place = ''] = /\bat (?:.*\()?(?:file:\/\/)?(\/?\S+?:\d+:\d+)\)?$/.exec(line.trim()) ?? [];
    if (place === '' || place.startsWith('node:') || place.includes('__tcb-watch.cjs')) return [];
    // Where the code moved for the helper's sake, its lines are the entry's.
    const own = place.replace(/^\/var\/user\//, '').replace('__tcb-watch-entry.', 'index.');
    return /^\.?\//.test(own) || own.includes('bootstrap.cjs') ? [] : [own];
  });
  return places.slice(0, shownPlaces);
}

function placeInStack(stack: string | null): string | null {
  return placesInStack(stack)[0] ?? null;
}

/** What stands below an answer's line: only what is not as it was, or not as it should be. */
export function detailsOfAnswer(answer: Answer, language: Language): readonly string[] {
  const words = answerWords[language];
  const isCalm = answer.ok && answer.proven !== false && answer.changed === 'same';
  if (isCalm) return [];
  const [, ...reasons] = failureOfAnswer(answer, language);
  const { error, logs, diff } = answer;
  const place = answer.ok ? null : placeInStack(error?.stack ?? null);
  const shown = logs.slice(0, shownLogs).map(({ text }) => `│ ${text.split('\n')[0] ?? ''}`);
  const more = logs.length - shown.length + answer.moreLogs;
  return [
    ...(place === null ? [] : [`at ${place}`]),
    ...reasons,
    ...(answer.proven === false ? [words.otherCodeHint] : []),
    ...(diff === null ? firstResult(answer) : diffLines(diff)),
    ...(answer.ok ? [] : shown),
    ...(more > 0 && !answer.ok ? [words.moreLines(more)] : []),
  ];
}

function firstResult({ changed, error, result }: Answer): readonly string[] {
  return changed === 'first' && error === null ? [valueText(result)] : [];
}

/** The changed lines of a unified diff, without its head. */
export function diffLines(diff: string, most = shownDiff): readonly string[] {
  const lines = diff.split('\n').filter((line) => /^[+-](?![+-]{2} )/.test(line));
  return lines.length <= most ? lines : [...lines.slice(0, most), '…'];
}

/** Answers that are alike but for their environments and times, in the order of the first of each. */
export function alikeAnswers(answers: readonly Answer[]): readonly (readonly Answer[])[] {
  const groups = new Map<string, Answer[]>();
  for (const answer of answers) {
    const key = JSON.stringify([answer.eventName, answer.ok, answer.proven, answer.outcome]);
    groups.set(key, [...(groups.get(key) ?? []), answer]);
  }
  return [...groups.values()];
}

/** One event's answers, equal ones on one line: `✔ dev-a, dev-b  41 ms  {"ok":true}`. Lines without an end of line. */
export function answerTable(answers: readonly Answer[], language: Language): readonly string[] {
  const groups = alikeAnswers(answers);
  const where = (group: readonly Answer[]): string => group.map(({ env }) => env).join(', ');
  const width = Math.max(...groups.map((group) => columnsOf(where(group))));
  return groups.flatMap((group) => {
    const [first] = group.toSorted((a, b) => b.callMs - a.callMs);
    if (first === undefined) return [];
    const { error, result } = first;
    const mark = isGoodAnswer(first) ? '✔' : '✖';
    const shown = error === null ? JSON.stringify(result, null, 2) : errorText(error);
    const [head = '', ...more] = printable(shown).split('\n');
    const time = duration(first.ms ?? first.callMs, language);
    return [
      `${mark} ${padColumns(where(group), width)}  ${time}  ${head}`,
      ...[...more, ...belowTable(first, language)].map((line) => `    ${line}`),
    ];
  });
}

function belowTable(answer: Answer, language: Language): readonly string[] {
  const place = placeInStack(answer.error?.stack ?? null);
  const reasons = failureOfAnswer(answer, language).filter(
    (reason) => answer.error === null || reason !== errorText(answer.error),
  );
  return [
    ...(place === null ? [] : [`at ${place}`]),
    ...reasons,
    ...(answer.proven === false ? [answerWords[language].otherCodeHint] : []),
    ...answer.logs.map(({ text }) => `│ ${printable(text)}`),
  ];
}
