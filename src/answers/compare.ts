/** An answer next to the one before: the same, or what differs. Pure. */
import { type Answer, type SavedEvent, textOfError } from '../model/answer.js';
import { isRecord } from '../system/json.js';
import { shortRuns } from '../text/answers.js';
import type { Judged } from './judge.js';
import { shortLines } from './short-lines.js';

/** Characters of a diff that are kept. */
const mostDiff = 8 * 1024;
/** Edits of a diff beyond which it is not worth finding, and the time for it, ms. */
const mostEdits = 2000;
const diffTimeoutMs = 100;

/**
 * The part that counts of an answer, as text that is equal for equal answers: result or error, without what the event ignores. Keys are
 * sorted, so that their order is no difference.
 */
export function comparableOf(judged: Judged, ignore: SavedEvent['ignore']): string {
  const { error, result } = judged;
  const whole = error === null ? { result } : { error: textOfError(error) };
  const rest = ignore.reduce<unknown>((value, pointer) => withoutAt(value, keysOf(pointer)), whole);
  return JSON.stringify(sorted(rest), null, 2);
}

/** @param before null: there is nothing to compare with */
export async function compared(
  before: string | null,
  now: string,
): Promise<Pick<Answer, 'changed' | 'diff'>> {
  if (before === null) return { changed: 'first', diff: null };
  if (before === now) return { changed: 'same', diff: null };
  const { createTwoFilesPatch } = await import('diff');
  const options = { context: 3, maxEditLength: mostEdits, timeout: diffTimeoutMs };
  const patch = createTwoFilesPatch('before', 'now', `${before}\n`, `${now}\n`, '', '', options);
  const text = patch === undefined ? `--- before\n+++ now\n` : patch.replace(/^=+\n/, '');
  return { changed: 'different', diff: shortened(text) };
}

/** As much of a diff as is kept, in whole lines: what went, and what came for it. */
function shortened(diff: string): string {
  // Before any line is left out: each still has the one that it is to be read with.
  const lines = shortLines(diff.split('\n'));
  for (let most = Infinity; most >= 1; most = Math.min(64, most / 2)) {
    const text = shortRuns(lines, most).join('\n');
    if (text.length <= mostDiff) return text;
  }
  const text = shortRuns(lines, 1).join('\n').slice(0, mostDiff);
  return `${text.slice(0, text.lastIndexOf('\n'))}\n…`;
}

function keysOf(pointer: string): readonly string[] {
  return pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The same without what stands there; members of a list after it keep their numbers. */
function withoutAt(value: unknown, keys: readonly string[]): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return list.map((each, index) => {
      if (`${index}` !== key) return each;
      return rest.length === 0 ? null : withoutAt(each, rest);
    });
  }
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([name]) => name !== key || rest.length > 0);
  return Object.fromEntries(
    kept.map(([name, inner]) => [name, name === key ? withoutAt(inner, rest) : inner]),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
