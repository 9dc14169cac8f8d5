import { realWaits } from '../../src/core/waits.js';
import type { Event } from '../../src/model/event.js';
import type { Failure, FunctionSpec, Settings } from '../../src/model/nouns.js';

export const settings: Settings = {
  concurrency: 4,
  requestsPerSecond: 1000,
  envsPerRequest: 50,
  createMissing: true,
  verify: true,
  onForeignChange: 'warn',
  waits: realWaits,
};

export function spec(name: string, envs: readonly string[]): FunctionSpec {
  return {
    name,
    dir: `/project/${name}`,
    root: '/project',
    envs,
    repository: null,
    built: false,
    problem: null,
  };
}

export function failure(over: Partial<Failure> = {}): Failure {
  return {
    class: 'transient',
    origin: 'answer',
    errcode: -1,
    httpStatus: null,
    message: 'system busy',
    rid: null,
    retryAfterMs: null,
    ...over,
  };
}

/** The start of a run with these functions in these environments. */
export function configured(
  at: number,
  names: readonly string[],
  envs: readonly string[],
  over: Partial<Settings> = {},
): Extract<Event, { type: 'configured' }> {
  return {
    type: 'configured',
    at,
    settings: { ...settings, ...over },
    envs: envs.map((id) => ({ id, protected: false })),
    functions: names.map((name) => spec(name, envs)),
    ledger: [],
    cloudChanged: true,
  };
}
