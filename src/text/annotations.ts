/** Workflow commands of GitHub Actions, one line each: annotations that a build server shows next to the code. */
import { isGoodAnswer } from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import { parseJson } from '../system/json.js';
import { failureOfAnswer } from './answers.js';
import type { Language } from './language.js';
import { labelled, listOf, sentences } from './text.js';

/**
 * The line for a fact; null where nothing is wrong.
 * @param folder places in facts are paths from here; seen from the repository's top
 */
export function annotationOf(fact: Fact, language: Language, folder = '.'): string | null {
  switch (fact.event) {
    case 'push-failed': {
      const level = fact.retryInMs === null ? 'error' : 'warning';
      const title = `${fact.function} → ${listOf(fact.envs, language)}`;
      return command(level, title, sentences(fact.message, fact.hint));
    }
    case 'held': {
      const name = fact.function ?? fact.reason;
      const title = fact.env === null ? name : `${name} → ${fact.env}`;
      return command('error', title, sentences(fact.detail, fact.hint));
    }
    case 'answer': {
      if (isGoodAnswer(fact)) return null;
      const title = labelled(`${fact.function} → ${fact.env}`, fact.eventName, language);
      const text = failureOfAnswer(fact, language).join('\n');
      return annotationAt({ file: seenFrom(folder, fact.file), line: fact.line, column: 1 }, title, text);
    }
    case 'notice': {
      if (fact.kind === 'events-right') return null;
      const text = sentences(fact.detail, fact.hint);
      const place = placeIn(fact.place, folder);
      const title = fact.function ?? fact.kind;
      return place === null ? command('warning', title, text) : annotationAt(place, title, text, 'warning');
    }
    default:
      return null;
  }
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function seenFrom(folder: string, file: string): string {
  return folder === '.' ? file : `${folder}/${file}`;
}

/** `events/pay.json:3:5`; null: it is about no place in a file. */
function placeIn(text: string | null, folder: string): Place | null {
  const [, file, line, column] = /^(.+):(\d{1,9}):(\d{1,9})$/.exec(text ?? '') ?? [];
  if (file === undefined) return null;
  return { file: seenFrom(folder, file), line: Number(line), column: Number(column) };
}

/** A mistake at its place in a file. */
export function annotationAt(
  place: Place,
  title: string,
  text: string,
  level: 'error' | 'warning' = 'error',
): string {
  const where = `file=${property(place.file)},line=${place.line},col=${place.column},`;
  return `::${level} ${where}title=${property(title)}::${data(text)}\n`;
}

function command(level: 'error' | 'warning', title: string, text: string): string {
  return `::${level} title=${property(title)}::${data(text)}\n`;
}

/**
 * The runner trims each line of either stream, and carries out one that begins with `::`, and one that holds `##[` anywhere
 * (actions/runner, ActionCommand.cs). Blanks are those of .NET's `Trim`.
 */
const commandMark = /(^|[\r\n])((?:[^\S\r\n]|\u0085)*):(?=:)|##(?=\[)/g;

/** The same text without a workflow command in it, wherever it came from. A line of JSON stands for the very same value. */
export function withoutCommands(text: string): string {
  if (!text.includes('::') && !text.includes('##[')) return text;
  return text
    .split('\n')
    .map((line) => (line.startsWith('{') && parseJson(line) !== undefined ? inJson(line) : inWords(line)))
    .join('\n');
}

/** Only a text can hold it. */
const inJson = (line: string): string => line.replaceAll('##[', '##\\u005b');

const inWords = (line: string): string =>
  line.replaceAll(commandMark, (_, begin: string | undefined, blanks = '') =>
    begin === undefined ? '# #' : `${begin}${blanks}: `,
  );

/** GitHub's own escapes (actions/toolkit, command.ts). */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
