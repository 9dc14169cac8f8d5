/** What people need not read twice: a hold that says what was told of its function a moment ago. */

import type { Fact } from '../model/fact.js';
import type { FunctionName } from '../model/nouns.js';
import { failureText } from './lines.js';

type Told = Extract<Fact, { event: 'push-failed' | 'lost' }>;
type Held = Extract<Fact, { event: 'held' }>;

/** To be asked of every fact, in order: whether it repeats an upload that failed, or a folder that is gone. */
export function createRepeats(): (fact: Fact) => boolean {
  const told = new Map<FunctionName, readonly Told[]>();
  return (fact) => {
    if (!('function' in fact) || fact.function === null) return false;
    const before = told.get(fact.function) ?? [];
    if (fact.event === 'held') return before.some((earlier) => says(earlier, fact));
    if (fact.event === 'push-failed' || fact.event === 'lost') told.set(fact.function, [...before, fact]);
    else told.delete(fact.function);
    return false;
  };
}

function says(earlier: Told, { env, detail }: Held): boolean {
  if (earlier.event === 'lost') return earlier.detail === detail;
  return failureText(earlier) === detail && (env === null || earlier.envs.includes(env));
}
