/** Facts that nobody needs to read twice: what says of a function what was said of it a moment ago. */
import type { Fact } from '../model/fact.js';
import type { FunctionName } from '../model/nouns.js';
import { failureText } from './describe.js';
import type { Language } from './language.js';

type Held = Extract<Fact, { event: 'held' }>;
type Lost = Extract<Fact, { event: 'lost' }>;
type Reported = Extract<Fact, { event: 'push-failed' }> | Lost | Held;

/**
 * To be asked of every fact, in order: whether it is a hold that repeats an upload that failed, or a folder that is gone; or such a
 * folder that a hold named before, because its files were read before the folder was looked for.
 */
export function createRepeats(language: Language): (fact: Fact) => boolean {
  const reported = new Map<FunctionName, readonly Reported[]>();
  const says = (earlier: Reported, fact: Held | Lost): boolean => {
    const { detail } = fact;
    if (fact.event === 'lost') return earlier.event === 'held' && earlier.detail === detail;
    if (earlier.event === 'held') return false;
    if (earlier.event === 'lost') return earlier.detail === detail;
    const { env } = fact;
    return failureText(earlier, language) === detail && (env === null || earlier.envs.includes(env));
  };
  return (fact) => {
    if (!('function' in fact) || fact.function === null) return false;
    const before = reported.get(fact.function) ?? [];
    switch (fact.event) {
      case 'held':
      case 'lost':
        if (before.some((earlier) => says(earlier, fact))) return true;
        if (fact.event === 'lost' || fact.reason === 'gone') reported.set(fact.function, [...before, fact]);
        return false;
      case 'push-failed':
        reported.set(fact.function, [...before, fact]);
        return false;
      default:
        reported.delete(fact.function);
        return false;
    }
  };
}
