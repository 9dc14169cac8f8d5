/** `"triggers": true`: the timers of a function's config.json, read for the scheduler and brought to the cloud. */
import { createHash } from 'node:crypto';
import type { Cloud, Trigger } from '../cloud/cloud.js';
import { readFunctionSettings } from '../functions/settings.js';
import type { PartJob, PartOutcome } from '../model/event.js';
import type { Fact } from '../model/fact.js';
import type { Fingerprint, FunctionName } from '../model/nouns.js';
import type { Language } from '../text/language.js';
import { noticeFact } from '../text/notices.js';

export interface TimersOptions {
  /** Asked for at each job, as the cloud is: a new configuration may say otherwise. */
  readonly isOn: () => boolean;
  readonly cloud: () => Pick<Cloud, 'updateTriggers'>;
  /** Whether a person wants it still: asked when the file was read. */
  readonly mayStillGo: (job: PartJob) => boolean;
  readonly dirOf: (name: FunctionName) => string | null;
  readonly language: Language;
  readonly tell: (fact: Fact) => void;
}

export interface Timers {
  /** Of the timers that a function wants; null: it says nothing of timers, or there is a mistake, which is reported once. */
  wanted(name: FunctionName): Promise<Fingerprint | null>;
  send(job: PartJob, signal: AbortSignal): Promise<PartOutcome>;
}

export function createTimers({ isOn, cloud, mayStillGo, dirOf, language, tell }: TimersOptions): Timers {
  const warned = new Set<FunctionName>();
  const mistakes = new Map<FunctionName, string>();

  const read = async (name: FunctionName): Promise<readonly Trigger[] | null> => {
    const dir = dirOf(name);
    if (!isOn() || dir === null) return null;
    const { timers, mistake, hasPermissions } = await readFunctionSettings(dir);
    if (hasPermissions && !warned.has(name)) {
      warned.add(name);
      tell(noticeFact('permissions', name, language));
    }
    if (mistake === null) mistakes.delete(name);
    else if (mistakes.get(name) !== mistake) {
      mistakes.set(name, mistake);
      tell({ ...noticeFact('timers-wrong', mistake, language), function: name });
    }
    return timers;
  };
  return {
    async wanted(name) {
      return fingerprintOf(await read(name));
    },
    async send(job, signal) {
      const timers = await read(job.function);
      const wanted = fingerprintOf(timers);
      if (timers === null || wanted !== job.fingerprint || !mayStillGo(job))
        return { type: 'not-sent', wanted };
      return cloud().updateTriggers(job.envs, job.function, timers, signal);
    },
  };
}

function fingerprintOf(timers: readonly Trigger[] | null): Fingerprint | null {
  return timers === null ? null : createHash('sha256').update(JSON.stringify(timers)).digest('hex');
}
