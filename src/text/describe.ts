/** Every hold, failure and mistake in words, with what to do: one exhaustive place for each language. */
import type { TokenSource } from '../config/model.js';
import type {
  ContentProblem,
  EnvId,
  Failure,
  FunctionName,
  Hold,
  HoldReason,
  PartName,
} from '../model/nouns.js';
import type { Language } from './language.js';
import { noted, size } from './text.js';
import { duration } from './time.js';
import { type Explanation, saidOf } from './words/explanation.js';
import { type Attempted, failureHint, failureWords, type Place } from './words/failures.js';
import { holdWords, type StateReason, type Whose } from './words/holds.js';
import { standingWords } from './words/standing.js';
import { describeTokenProblem, renewToken } from './words/tokens.js';

/** Who reads it, and where: what can be done differs, and so do the words. */
export interface Reader {
  readonly language: Language;
  readonly place: Place;
  /** Where the token is read, so that a hint can name it; null or absent: that is not known here. */
  readonly token?: TokenSource | null;
}

/** Whom it is about, so that a hint can name them; `env` null: all environments alike. */
export interface Subject {
  readonly function: FunctionName;
  readonly env: EnvId | null;
  /** The content is accepted there, and not yet seen to run. */
  readonly isAccepted?: boolean;
}

/** The remedy for a failure: of an upload, unless something else was attempted. */
export function describeFailure(
  failure: Failure,
  { language, place, token = null }: Reader,
  attempted: Attempted = place === 'once' ? 'call' : 'upload',
): string {
  const means = { place, attempted, token: renewToken(token, language) };
  return failureHint(failure, failureWords[language], means);
}

/** A failure in words. Of all that ends a request, only that it took too long, is too long or names strangers is said by us and not by a system. */
function describeMessage(message: string, language: Language): string {
  const big = /^ANSWER_TOO_BIG: the answer (?:has|is over) (\d+) bytes(?:, the limit is (\d+))?$/.exec(
    message,
  );
  if (big !== null) {
    const limit = big[2] === undefined ? null : size(Number(big[2]));
    return failureWords[language].answerTooBig(size(Number(big[1])), limit);
  }
  const row = /^the answer names an environment that was not asked for \((.*)\)$/s.exec(message)?.[1];
  if (row !== undefined) return failureWords[language].strangers(row);
  return message.replace(/(?:TIMED_OUT: )?no answer within (\d+) ms/, (_, ms: string) =>
    failureWords[language].noAnswer(duration(Number(ms), language)),
  );
}

/** A failure as it came: errcode, message, and the request id that the vendor's support asks for. */
export function failureText(
  { errcode, message, rid }: Pick<Failure, 'errcode' | 'message' | 'rid'>,
  language: Language,
): string {
  const code = errcode === null ? '' : `${errcode} `;
  const text = `${code}${describeMessage(message, language)}`;
  return rid === null ? text : noted(text, `rid ${rid}`, language);
}

/** The reason why a target is not live, and the remedy. */
export function describeHold(hold: Hold, reader: Reader, about: Subject | null = null): Explanation {
  return ofPart(hold.part, explainHold(hold, reader, about), reader);
}

/** Says that the code is live, and only this part of the target is not. */
export function ofPart(
  part: PartName | undefined,
  { detail, hint }: Explanation,
  { language }: Reader,
): Explanation {
  return { detail: part === undefined ? detail : standingWords[language].part[part](detail), hint };
}

function explainHold(hold: Hold, reader: Reader, about: Subject | null): Explanation {
  const { language, place, token = null } = reader;
  if (hold.problem !== null)
    return describeProblem(hold.problem, language, { place, function: about?.function ?? null });
  if (hold.failure !== null) {
    const text = failureText(hold.failure, language);
    return hold.reason === 'unlisted'
      ? {
          detail: holdWords[language].listFails(text, about?.isAccepted === true),
          hint: describeFailure(hold.failure, reader, 'list'),
        }
      : { detail: text, hint: describeFailure(hold.failure, reader) };
  }
  if (hold.reason === 'token' && hold.subject !== null)
    return describeTokenProblem(hold.subject, language, place);
  return isStateReason(hold.reason)
    ? holdWords[language].states[hold.reason]({
        subject: hold.subject ?? '',
        place,
        about,
        token: renewToken(token, language),
      })
    : { detail: hold.reason, hint: '' };
}

function isStateReason(reason: HoldReason): reason is StateReason {
  return reason in holdWords.en.states;
}

/** A mistake in a function's content, and the remedy. */
export function describeProblem(
  problem: ContentProblem,
  language: Language,
  whose: Whose = { place: 'lines', function: null },
): Explanation {
  return saidOf(holdWords[language].problems, problem.reason, problem, whose);
}
