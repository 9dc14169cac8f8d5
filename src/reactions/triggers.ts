/** `"triggers": true`: the timers of a function's config.json follow its code to each environment. */
import { setTimeout as realPause } from 'node:timers/promises';
import type { Cloud, Trigger } from '../cloud/cloud.js';
import type { Config } from '../config/model.js';
import { readFunctionSettings } from '../functions/settings.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, Failure, FunctionName } from '../model/nouns.js';
import { describeFailure } from '../text/describe.js';
import type { Language } from '../text/language.js';
import { noticeFact } from '../text/notices.js';

export interface TriggersOptions {
  readonly config: () => Config;
  readonly cloud: () => Pick<Cloud, 'updateTriggers'>;
  readonly dirOf: (name: FunctionName) => string | null;
  readonly language: Language;
  readonly tell: (fact: Fact) => void;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  readonly pause?: (ms: number, value: undefined, options: { signal: AbortSignal }) => Promise<unknown>;
}

/** Waits before the second and the third try, ms. */
const triesAfterMs = [1000, 5000];

/** What to do for a fact; null: nothing. */
export function createTriggers(
  options: TriggersOptions,
  signal: AbortSignal,
): (fact: Fact) => (() => Promise<void>) | null {
  const { config, cloud, dirOf, language, tell, pause = realPause } = options;
  /** What was sent in this run, by cloud and target. */
  const sent = new Map<string, string>();
  const warned = new Set<FunctionName>();

  const send = async (
    name: FunctionName,
    env: EnvId,
    triggers: readonly Trigger[],
  ): Promise<Failure | null> => {
    for (const waitMs of [...triesAfterMs, null]) {
      const outcome = await cloud().updateTriggers([env], name, triggers, signal);
      const failure = outcome.type === 'failed' ? outcome.failure : (outcome.failures[0]?.failure ?? null);
      const mayPass = failure !== null && ['transient', 'busy', 'unknown'].includes(failure.class);
      if (!mayPass || waitMs === null || signal.aborted) return failure;
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
    }
    return null;
  };
  const follow = async (name: FunctionName, env: EnvId): Promise<void> => {
    const dir = dirOf(name);
    if (dir === null) return;
    const { timers, mistake, hasPermissions } = await readFunctionSettings(dir);
    if (hasPermissions && !warned.has(name)) {
      warned.add(name);
      tell(noticeFact('permissions', name, language));
    }
    if (mistake !== null) return tell(noticeFact('timers-wrong', `${name}: ${mistake}`, language));
    if (timers === null) return;
    const target = `${config().endpoint} ${name} ${env}`;
    const wanted = JSON.stringify(timers);
    if (sent.get(target) === wanted) return;
    const failure = await send(name, env, timers);
    if (failure === null) sent.set(target, wanted);
    else if (!signal.aborted) {
      const text = `${name} → ${env}: ${failure.message} ${describeFailure(failure, { language, place: 'lines' })}`;
      tell(noticeFact('timers-failed', text, language));
    }
  };
  return (fact) => {
    if (fact.event !== 'live' || !config().triggers) return null;
    return () => follow(fact.function, fact.env);
  };
}
