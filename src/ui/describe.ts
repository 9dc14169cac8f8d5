/** Every hold and failure in words, with what to do: one exhaustive place for each language. */
import type { ContentProblem, Failure, Hold } from '../core/model.js';
import type { Language } from './language.js';
import type { Explanation } from './words/explanation.js';
import { failureHint, failureWords, type Place } from './words/failures.js';
import { holdWords, type ProblemWords } from './words/holds.js';
import { describeTokenProblem } from './words/tokens.js';

/** What to do about a failure. */
export function describeFailure(failure: Failure, language: Language, place: Place): string {
  return failureHint(failure, failureWords[language], place);
}

/** What keeps a target from being live, and what to do about it. */
export function describeHold(hold: Hold, language: Language, place: Place): Explanation {
  const words = holdWords[language];
  if (hold.problem !== null) return describeProblem(hold.problem, language);
  if (hold.failure !== null) return describeRefusal(hold.failure, language, place);
  switch (hold.reason) {
    case 'git-busy':
    case 'settling':
    case 'paused':
    case 'protected':
    case 'foreign':
    case 'missing':
    case 'offline':
    case 'unverified':
      return words.states[hold.reason](hold.subject ?? '', place);
    case 'token':
      return hold.subject === null
        ? words.states.token('', place)
        : describeTokenProblem(hold.subject, language, place);
    default:
      return { detail: hold.reason, hint: '' };
  }
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
