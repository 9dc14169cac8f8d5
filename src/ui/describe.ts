/** Every hold and failure in words, with what to do: one exhaustive place for each language. */
import type { ContentProblem, Failure, Hold } from '../core/model.js';
import type { Language } from './language.js';
import type { Explanation } from './words/explanation.js';
import { failureHint, failureWords, type Place } from './words/failures.js';
import { type HoldWords, holdWords } from './words/holds.js';
import { describeTokenProblem } from './words/tokens.js';

/** What to do about a failure. */
export function describeFailure(failure: Failure, language: Language, place: Place): string {
  return failureHint(failure, failureWords[language], place);
}

/** What keeps a target from being live, and what to do about it. */
export function describeHold(hold: Hold, language: Language, place: Place): Explanation {
  const words = holdWords[language];
  if (hold.problem !== null) return describeProblem(hold.problem, words);
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

function describeProblem(problem: ContentProblem, words: HoldWords): Explanation {
  switch (problem.reason) {
    case 'no-entry':
      return words.problems['no-entry'](problem);
    case 'too-big':
      return words.problems['too-big'](problem);
    case 'bad-name':
      return words.problems['bad-name'](problem);
    case 'unreadable':
      return words.problems.unreadable(problem);
    case 'outside-link':
      return words.problems['outside-link'](problem);
    case 'link-loop':
      return words.problems['link-loop'](problem);
    case 'clash':
      return words.problems.clash(problem);
    case 'build-failed':
      return words.problems['build-failed'](problem);
    case 'root-gone':
      return words.problems['root-gone'](problem);
    case 'gone':
      return words.problems.gone(problem);
    default:
      return problem satisfies never;
  }
}
