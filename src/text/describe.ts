/** Every hold and failure in words, with what to do: one exhaustive place for each language. */
import type { ContentProblem, Failure, Hold, HoldReason } from '../model/nouns.js';
import type { Language } from './language.js';
import type { Explanation } from './words/explanation.js';
import { failureHint, failureWords, type Place } from './words/failures.js';
import { holdWords, type ProblemWords, type StateReason } from './words/holds.js';
import { describeTokenProblem } from './words/tokens.js';

/** What to do about a failure. */
export function describeFailure(failure: Failure, language: Language, place: Place): string {
  return failureHint(failure, failureWords[language], place);
}

/** What a failure says. Of all that ends a request, only that it took too long is said by us and not by a system. */
export function describeMessage(message: string, language: Language): string {
  return message.replace(/(?:TIMED_OUT: )?no answer within (\d+ ms)/, failureWords[language].noAnswer);
}

/** What keeps a target from being live, and what to do about it. */
export function describeHold(hold: Hold, language: Language, place: Place): Explanation {
  const words = holdWords[language].states;
  if (hold.problem !== null) return describeProblem(hold.problem, language);
  if (hold.failure !== null) return describeRefusal(hold.failure, language, place);
  if (hold.reason === 'token' && hold.subject !== null)
    return describeTokenProblem(hold.subject, language, place);
  return isStateReason(hold.reason)
    ? words[hold.reason](hold.subject ?? '', place)
    : { detail: hold.reason, hint: '' };
}

function isStateReason(reason: HoldReason): reason is StateReason {
  return reason in holdWords.en.states;
}

function describeRefusal(failure: Failure, language: Language, place: Place): Explanation {
  const code = failure.errcode === null ? '' : `${failure.errcode} `;
  const rid = failure.rid === null ? '' : ` (rid ${failure.rid})`;
  return { detail: `${code}${failure.message}${rid}`, hint: describeFailure(failure, language, place) };
}

/** The catalogue has an entry for each reason, of that reason's own shape; TypeScript cannot follow the key to the value. */
export function describeProblem<Reason extends ContentProblem['reason']>(
  problem: Extract<ContentProblem, { reason: Reason }>,
  language: Language,
): Explanation {
  const words: ProblemWords = holdWords[language].problems;
  const say: (problem: Extract<ContentProblem, { reason: Reason }>) => Explanation = words[problem.reason];
  return say(problem);
}
