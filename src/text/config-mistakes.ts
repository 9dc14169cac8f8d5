/** Mistakes of the configuration for people: the events carry their parts, these are whole sentences. */
import type { ConfigProblem } from '../model/config-problem.js';
import type { Language } from './language.js';
import { configWords, describeConfigProblem } from './words/config.js';
import { type Explanation, explain } from './words/explanation.js';

/** What should be at a place, for people. */
export function expectedAt(path: string, expected: string, language: Language): string {
  return configWords[language].wrong(path, expected);
}

/** A mistake for people. Where there is no file, nothing can be said of a place in it. */
export function explainConfigProblem(problem: ConfigProblem, language: Language): Explanation {
  const { path, expected, hint } = describeConfigProblem(problem, language);
  const words = configWords[language].sentences;
  if (problem.kind === 'no-config') return explain(words[problem.kind](problem), hint);
  if (problem.kind === 'absent-config') return explain(words[problem.kind](problem), hint);
  if (problem.kind === 'untrusted') return explain(words[problem.kind](problem), hint);
  return explain(expectedAt(path, expected, language), hint);
}
