/** A saved event of a function, and what came of calling the function with it. Pure data. */
import type { EnvId, FailureClass, Fingerprint, FunctionName } from './nouns.js';
import type { TextPosition } from './text-position.js';

/**
 * The key that a call carries for the helper. No event of a person's may have it.
 * @internal
 */
export const probeMark = '$tcbWatch';

/**
 * An event that is kept in a file, to call a function with.
 * @internal
 */
export interface SavedEvent {
  /** Empty for one without a name. */
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** The demands on the result; null: nothing is expected of it. */
  readonly expect: Expectation | null;
  /** JSON pointers into `{"result": …}` or `{"error": …}`: what stands there is left out of comparisons. */
  readonly ignore: readonly string[];
  /** Patterns of the environments that it is for; null: all. */
  readonly envs: readonly string[] | null;
  /** Absolute. */
  readonly file: string;
  readonly at: TextPosition;
}

/** @internal */
export type Expectation =
  | { readonly kind: 'result'; readonly part: unknown }
  /** The call has to fail, with a message that holds this text. */
  | { readonly kind: 'error'; readonly text: string };

/**
 * The faults of a file of events, or of the choice that the configuration makes of it.
 * @internal
 */
export type EventFault =
  | { readonly kind: 'unreadable'; readonly code: string }
  /** A link, or a template folder, that leads out of the project. */
  | { readonly kind: 'outside' }
  | { readonly kind: 'syntax' }
  /** A member of the list that is no object with an object as `value`. */
  | { readonly kind: 'no-event' }
  | { readonly kind: 'twice'; readonly name: string }
  | { readonly kind: 'too-big'; readonly name: string; readonly bytes: number; readonly limit: number }
  /** It has the key that only this program may send. */
  | { readonly kind: 'reserved'; readonly name: string }
  | { readonly kind: 'field'; readonly name: string; readonly field: 'name' | 'expect' | 'ignore' | 'envs' }
  /** Of a list that is no list of events. */
  | { readonly kind: 'too-many'; readonly count: number; readonly limit: number }
  /** Further mistakes in the file, which are not named. */
  | { readonly kind: 'more'; readonly count: number }
  /** Chosen by the configuration, and not in the file. */
  | {
      readonly kind: 'absent';
      readonly name: string;
      readonly suggestion: string | null;
      readonly known: readonly string[];
    }
  /** There is no file at any of these places. */
  | { readonly kind: 'no-file'; readonly places: readonly string[] };

/** @internal */
export interface EventProblem {
  readonly function: FunctionName;
  /** From the configuration's folder, with forward slashes. */
  readonly file: string;
  readonly at: TextPosition | null;
  readonly fault: EventFault;
}

/** A printed line of a call. */
export interface AnswerLine {
  /** Since the call began; null where nobody knows. */
  readonly ms: number | null;
  readonly level: string;
  readonly text: string;
}

export interface AnswerError {
  /** `TypeError`; empty where the code threw something else, or where nobody knows. */
  readonly name: string;
  readonly message: string;
  readonly code: string | number | null;
  /** null where nobody knows. */
  readonly stack: string | null;
}

/** One part of the result that is not as expected. */
export interface Mismatch {
  /** JSON pointer into the result; empty: the result as a whole. */
  readonly pointer: string;
  readonly expected: unknown;
  /** null, with `absent`, where nothing stands there. */
  readonly found: unknown;
  readonly absent: boolean;
}

/** The outcome of one call. */
export interface Answer {
  readonly function: FunctionName;
  readonly env: EnvId;
  readonly eventName: string;
  /** Of the code that answered: what the helper says, else what is known to run; null: nobody knows. */
  readonly fingerprint: Fingerprint | null;
  /** The code that is meant has answered, by its own word; false: other code has; null: nothing was there to prove it. */
  readonly proven: boolean | null;
  /** It did not throw, or as expected, and the result is as expected. */
  readonly ok: boolean;
  readonly result: unknown;
  readonly resultBytes: number;
  readonly error: AnswerError | null;
  readonly logs: readonly AnswerLine[];
  readonly moreLogs: number;
  /** Of `main` alone; null where nobody knows. */
  readonly ms: number | null;
  /** From the request to its answer. */
  readonly callMs: number;
  /** The version of Node that ran it; null where nobody knows. */
  readonly node: string | null;
  readonly requestId: string | null;
  /** Where the function's own code threw, innermost first, as an editor opens it: paths from the configuration's folder, `:line:column`. */
  readonly places: readonly string[];
  /** Short, and equal for equal answers, without what the event ignores. */
  readonly outcome: string;
  /** Compared with the last answer of the content before to the same event. */
  readonly changed: 'same' | 'different' | 'first';
  /** Unified; null where nothing differs, or there is nothing to compare with. */
  readonly diff: string | null;
  readonly mismatches: readonly Mismatch[];
  /** As `ignore` of its event. */
  readonly ignored: readonly string[];
  /** The call did not come to the code; null: it did. */
  readonly failure: FailureClass | null;
  /** Where the event stands: a path from the configuration's folder. */
  readonly file: string;
  readonly line: number;
}

/**
 * `TypeError: boom`.
 * @internal
 */
export function textOfError({ name, message }: Pick<AnswerError, 'name' | 'message'>): string {
  return name === '' ? message : `${name}: ${message}`;
}

/**
 * It is as it should be, and from the code that is meant.
 * @internal
 */
export function isGoodAnswer({ ok, proven }: Pick<Answer, 'ok' | 'proven'>): boolean {
  return ok && proven !== false;
}

/**
 * Why a function is not called with saved events: none of its environments is open to calls; nobody has chosen any; or nothing of ours is live there.
 * @internal
 */
export type Uncalled = 'closed' | 'unchosen' | 'not-live';
