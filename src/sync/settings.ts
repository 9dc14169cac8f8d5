/** From the configuration and the command line to what the scheduler reads. Pure. */

import { matchesGlob } from '../config/glob.js';
import type { Config } from '../config/model.js';
import { realWaits, scaledWaits } from '../core/waits.js';
import type { Selection } from '../functions/selection.js';
import type { EnvSpec, Settings } from '../model/nouns.js';

/** @internal */
export function settingsOf(config: Config, timeScale: number): Settings {
  return {
    concurrency: config.concurrency,
    requestsPerSecond: config.requestsPerSecond,
    envsPerRequest: config.envsPerRequest,
    createMissing: config.createMissing,
    verify: config.verify,
    onForeignChange: config.onForeignChange,
    waits: timeScale === 1 ? realWaits : scaledWaits(timeScale),
  };
}

/** @internal */
export function envSpecsOf(config: Config, selection: Selection): EnvSpec[] {
  const chosen = config.envs.filter((id) => selection.envIds.length === 0 || selection.envIds.includes(id));
  return chosen.map((id) => ({
    id,
    protected: config.protectedEnvs.some((pattern) => matchesGlob(pattern, id)),
  }));
}
