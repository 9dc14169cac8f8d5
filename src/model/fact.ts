/**
 * The events for people and programs (docs/configuration.md, "Events"): they may get further fields, and never lose or change one.
 * `v` and `at` are added where they are written.
 */

import type { Answer } from './answer.js';
import type { Cause, EnvId, FailureClass, FunctionName, HoldReason, MeteredCall } from './nouns.js';
import type { TextPosition } from './text-position.js';

export type Fact =
  | {
      readonly event: 'started';
      readonly version: string;
      readonly pid: number;
      readonly endpoint: string;
      readonly envs: readonly EnvId[];
      readonly functions: readonly FunctionName[];
    }
  | {
      readonly event: 'watching';
      readonly functions: number;
      readonly envs: number;
      readonly directories: number;
      readonly ms: number;
    }
  | {
      readonly event: 'changed';
      readonly function: FunctionName;
      readonly files: readonly string[];
      readonly more: number;
    }
  | {
      readonly event: 'planned';
      readonly function: FunctionName;
      readonly envs: readonly EnvId[];
      readonly fingerprint: string;
      readonly cause: Cause;
    }
  | {
      readonly event: 'pushing';
      readonly function: FunctionName;
      readonly envs: readonly EnvId[];
      readonly fingerprint: string;
      readonly zipBytes: number;
      readonly files: number;
      readonly attempt: number;
      readonly cause: Cause;
    }
  | {
      readonly event: 'pushed';
      readonly function: FunctionName;
      readonly envs: readonly EnvId[];
      readonly fingerprint: string;
      readonly requestMs: number;
      readonly sinceSaveMs: number | null;
    }
  | {
      readonly event: 'live';
      readonly function: FunctionName;
      readonly env: EnvId;
      readonly fingerprint: string;
      readonly sinceSaveMs: number | null;
      readonly verified: boolean;
      /** Where in the code it is that keeps it from running there; null: nothing is known to. */
      readonly cannotRun: string | null;
    }
  /** After `live`, where functions are called with saved events. */
  | ({ readonly event: 'answer' } & Answer)
  | {
      readonly event: 'push-failed';
      readonly function: FunctionName;
      readonly envs: readonly EnvId[];
      readonly class: FailureClass;
      readonly errcode: number | null;
      readonly message: string;
      readonly hint: string;
      readonly rid: string | null;
      readonly retryInMs: number | null;
      /** Refused for good: this content is not retried there automatically. */
      readonly final: boolean;
    }
  /** How much of a call's quota is used, where the vendor publishes it. */
  | {
      readonly event: 'quota';
      /** The path of the call. */
      readonly api: MeteredCall;
      readonly used: number;
      readonly limit: number;
      /** ISO time at which nothing will be left; null: more than half is left, or it lasts for the day. */
      readonly forecastAt: string | null;
    }
  | { readonly event: 'unchanged'; readonly function: FunctionName; readonly fingerprint: string }
  | {
      readonly event: 'held';
      /** null: a functions root that is not there; nobody knows which functions it would hold. */
      readonly function: FunctionName | null;
      readonly env: EnvId | null;
      readonly reason: HoldReason;
      readonly detail: string;
      readonly hint: string;
    }
  /** Code that somebody else deployed was taken as it is: nothing is sent there before the function's next change. */
  | { readonly event: 'adopted'; readonly function: FunctionName; readonly envs: readonly EnvId[] }
  /** A function whose folder is gone is listed no more. */
  | { readonly event: 'dismissed'; readonly function: FunctionName }
  | { readonly event: 'found'; readonly function: FunctionName }
  | {
      readonly event: 'lost';
      readonly function: FunctionName;
      readonly detail: string;
      readonly hint: string;
    }
  | { readonly event: 'offline'; readonly detail: string; readonly hint: string }
  | { readonly event: 'online'; readonly detail: string }
  | {
      readonly event: 'token';
      readonly state: 'read' | 'refreshed' | 'rejected' | 'unavailable';
      readonly detail: string | null;
    }
  | {
      readonly event: 'config';
      readonly state: 'reloaded' | 'invalid';
      readonly problems: readonly {
        readonly path: string;
        readonly expected: string;
        readonly hint: string;
        /** In the configuration's file; null: of it as a whole, or of another one. */
        readonly at: TextPosition | null;
      }[];
    }
  /** Something else that a person should know, said once: a limit of the system, a list that may not be read. */
  | {
      readonly event: 'notice';
      readonly kind: string;
      readonly detail: string;
      readonly hint: string;
      /** null: it is about none, or about all of them. */
      readonly function: FunctionName | null;
      /** `functions/pay/index.js:7:3`, from the project's folder; null: it is about no place in a file. */
      readonly place: string | null;
    }
  | {
      readonly event: 'stopped';
      readonly code: number;
      readonly pushed: number;
      readonly failed: number;
      readonly pending: readonly {
        readonly function: FunctionName;
        readonly env: EnvId;
        readonly reason: string;
      }[];
      readonly p50Ms: number | null;
      readonly p95Ms: number | null;
      /** Calls with saved events. */
      readonly answers: { readonly ok: number; readonly failed: number };
    };
