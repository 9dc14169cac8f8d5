/** Facts that nobody needs to read twice: a hold that says what was said of its function a moment ago. */
import type { Fact } from '../model/fact.js';
import type { FunctionName } from '../model/nouns.js';
import { failureText } from './describe.js';
import type { Language } from './language.js';

type Reported = Extract<Fact, { event: 'push-failed' | 'lost' }>;
type Held = Extract<Fact, { event: 'held' }>;

/** To be asked of every fact, in order: whether it is a hold that repeats an upload that failed, or a folder that is gone. */
export function createRepeats(language: Language): (fact: Fact) => boolean {
  const reported = new Map<FunctionName, readonly Reported[]>();
  const says = (earlier: Reported, { env, detail }: Held): boolean => {
    if (earlier.event === 'lost') return earlier.detail === detail;
    return failureText(earlier, language) === detail && (env === null || earlier.envs.includes(env));
  };
  return (fact) => {
    if (!('function' in fact) || fact.function === null) return false;
    const before = reported.get(fact.function) ?? [];
    if (fact.event === 'held') return before.some((earlier) => says(earlier, fact));
    if (fact.event === 'push-failed' || fact.event === 'lost') reported.set(fact.function, [...before, fact]);
    else reported.delete(fact.function);
    return false;
  };
}
