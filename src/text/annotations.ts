/** Workflow commands of GitHub Actions, one line each: annotations that a build server shows next to the code. */
import { isGoodAnswer } from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import { failureOfAnswer } from './answers.js';

/**
 * The line for a fact; null where nothing is wrong.
 * @param folder places in facts are paths from here; seen from the repository's top
 */
export function annotationOf(fact: Fact, folder = '.'): string | null {
  switch (fact.event) {
    case 'push-failed': {
      const level = fact.retryInMs === null ? 'error' : 'warning';
      return command(level, `${fact.function} → ${fact.envs.join(', ')}`, `${fact.message} ${fact.hint}`);
    }
    case 'held': {
      const name = fact.function ?? fact.reason;
      const title = fact.env === null ? name : `${name} → ${fact.env}`;
      return command('error', title, `${fact.detail} ${fact.hint}`);
    }
    case 'answer': {
      if (isGoodAnswer(fact)) return null;
      const title = `${fact.function} → ${fact.env}: ${fact.eventName}`;
      const text = failureOfAnswer(fact, 'en').join('\n');
      const file = folder === '.' ? fact.file : `${folder}/${fact.file}`;
      return annotationAt({ file, line: fact.line, column: 1 }, title, text);
    }
    case 'notice':
      return command('warning', fact.kind, `${fact.detail} ${fact.hint}`);
    default:
      return null;
  }
}

/** A mistake at its place in a file. */
export function annotationAt(
  place: { readonly file: string; readonly line: number; readonly column: number },
  title: string,
  text: string,
): string {
  const where = `file=${property(place.file)},line=${place.line},col=${place.column},`;
  return `::error ${where}title=${property(title)}::${data(text)}\n`;
}

function command(level: 'error' | 'warning', title: string, text: string): string {
  return `::${level} title=${property(title)}::${data(text)}\n`;
}

/** GitHub's own escapes (actions/toolkit, command.ts). */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
