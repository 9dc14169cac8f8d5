import type { FaultPlan } from '../faults/plan.js';
import type { CarriedZip } from '../http/body.js';
import type { Journal } from '../http/journal.js';
import type { JsonObject } from '../json.js';
import type { Clock } from '../model.js';
import type { Runner } from '../runner/runner.js';
import type { Cloud } from '../store/cloud.js';
import type { Answer } from './answers.js';
import type { ComponentCredentials, Tokens } from './tokens.js';

/** What the calls work on. */
export interface Services {
  readonly cloud: Cloud;
  readonly runner: Runner;
  readonly tokens: Tokens;
  readonly journal: Journal;
  readonly component: ComponentCredentials | null;
  readonly deployMs: number;
  readonly maxZipBase64: number;
  readonly now: Clock;
}

/** One request that passed the checks common to all. */
export interface CallInput {
  readonly services: Services;
  readonly query: URLSearchParams;
  /** The body; an empty object where it is some other JSON value. */
  readonly body: JsonObject;
  /** The body as it came, for `invokecloudfunction`. */
  readonly value: unknown;
  /** The zip of an upload, already decoded. */
  readonly zip: CarriedZip | null;
  readonly plan: FaultPlan;
}

export type Handler = (input: CallInput) => Promise<Answer>;
