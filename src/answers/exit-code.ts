/** The exit code of answers, for `check` and `push --check`. */
import { type Answer, type EventProblem, isGoodAnswer } from '../model/answer.js';

/** 3: events that somebody chose cannot be used, and what they would have shown nobody knows. */
export function codeOfCalls(answers: readonly Answer[], problems: readonly EventProblem[]): number {
  return problems.length > 0 ? 3 : codeOfAnswers(answers);
}

/** 5: an answer is not as it should be. What did not come to the code has the code of its reason. */
export function codeOfAnswers(answers: readonly Answer[]): number {
  const codes = new Set(answers.filter((answer) => !isGoodAnswer(answer)).map(codeOfAnswer));
  return [2, 4, 5].find((code) => codes.has(code)) ?? 0;
}

function codeOfAnswer({ failure }: Answer): number {
  if (failure === 'token' || failure === 'quota' || failure === 'config') return 2;
  return failure === 'missing' ? 4 : 5;
}
