/** The common parts of calls: what a call is given, how it reads its parameters, and how it answers. */
import type { FaultPlan, FaultPlanner } from '../faults/plan.js';
import type { Journal } from '../http/journal.js';
import { type Clock, isJsonObject, type JsonObject } from '../model.js';
import type { Runner } from '../runner/runner.js';
import type { Cloud } from '../store/cloud.js';
import { CALL_NAMES, type CallName, rowOfCall } from './table.js';
import type { ComponentCredentials, Tokens } from './tokens.js';

/** An answer of the API: always an errcode and a message, and what the call adds. */
export interface Answer {
  readonly errcode: number;
  readonly errmsg: string;
  readonly [field: string]: unknown;
}

/** The zip of an upload's body. */
export interface CarriedZip {
  readonly base64Chars: number;
  /** null: the text is not base64. */
  readonly bytes: Buffer | null;
}

/** The state that the calls work on. */
export interface Services {
  readonly cloud: Cloud;
  readonly runner: Runner;
  readonly tokens: Tokens;
  readonly journal: Journal;
  readonly component: ComponentCredentials | null;
  readonly deployMs: number;
  /** Added to `deployMs` where the code has dependencies to install. */
  readonly installMs: number;
  readonly maxZipBase64: number;
  /** Takes what the cloud is believed to refuse. */
  readonly lenient: boolean;
  /** The number that the fault rules limit a call to, as `quota/get` shows it. */
  readonly quotaOf: FaultPlanner['quotaOf'];
  readonly now: Clock;
}

/** One request that passed the checks common to all. */
export interface CallInput {
  readonly call: CallName;
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

export const succeeded = (fields: Readonly<Record<string, unknown>> = {}): Answer => ({
  ...fields,
  errcode: 0,
  errmsg: 'ok',
});

/** A failure of the whole call. The request's id is put at the message's end when it is sent. */
export const refused = (errcode: number, errmsg: string): Answer => ({ errcode, errmsg });

/** docs/cloud-api.md, "Errors": documented meanings. */
export const invalidArgs = (what: string): Answer => refused(40097, `invalid args: ${what}`);
export const missingParameter = (name: string): Answer => refused(40101, `missing parameter: ${name}`);

/** Single-environment calls have no list to put these into; the texts are those of the lists. */
export const noSuchEnv = (env: string): Answer =>
  refused(-501000, `ResourceNotFound.Namespace: can't find the env [${env}]`);
export const noSuchFunction = (name: string): Answer =>
  refused(
    -501000,
    `ResourceNotFound.Function: FunctionName parameter could not be found, function [${name}]`,
  );

/** Why one environment did not take what the request brought. */
export interface EnvFailure {
  readonly env: string;
  readonly message: string;
}

/** The usual name of the message in each list. */
const MESSAGE_IN = new Map(
  CALL_NAMES.flatMap((call) => {
    const failures = rowOfCall(call).failures;
    return failures === null ? [] : [[failures.list, failures.message] as const];
  }),
);

/**
 * The fields of an answer that list failures of environments; none without a failure. Lists and messages are named as the
 * table of calls says, or as a fault rule does.
 */
export function failureList(
  call: CallName,
  failures: readonly EnvFailure[],
  { failuresIn, messageIn, extraFailures }: FaultPlan,
): Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> {
  const all = [...failures, ...extraFailures];
  const list = failuresIn ?? rowOfCall(call).failures?.list;
  if (all.length === 0 || list === undefined) return {};
  const name = messageIn ?? MESSAGE_IN.get(list) ?? 'errmsg';
  return { [list]: all.map(({ env, message }) => ({ env, [name]: message })) };
}

/**
 * Reads a body's parameters. The first that is missing or wrong becomes `refusal()`; its stand-in value must not be used
 * then.
 */
export interface Parameters {
  text(name: string): string;
  optionalText(name: string): string;
  texts(name: string): readonly string[];
  /** A whole number of at least 0; the default where it is absent. */
  whole(name: string, byDefault: number): number;
  objects(name: string): readonly JsonObject[];
  optionalObjects(name: string): readonly JsonObject[];
  refusal(): Answer | null;
}

export function readParameters(body: JsonObject): Parameters {
  let problem: Answer | null = null;
  const fail = <Value>(answer: Answer, standIn: Value): Value => {
    problem ??= answer;
    return standIn;
  };
  const present = (name: string): boolean => body[name] !== undefined && body[name] !== null;
  const text = (name: string): string => {
    const value = body[name];
    if (!present(name) || value === '') return fail(missingParameter(name), '');
    return typeof value === 'string' ? value : fail(invalidArgs(`${name} must be a string`), '');
  };
  const texts = (name: string): readonly string[] => {
    const value = body[name];
    if (!present(name)) return fail(missingParameter(name), []);
    if (!Array.isArray(value) || value.length === 0) return fail(invalidArgs(`${name} must be a list`), []);
    const strings = value.filter((item): item is string => typeof item === 'string' && item !== '');
    const distinct = new Set(strings).size === value.length;
    return distinct ? strings : fail(invalidArgs(`${name} must hold different strings`), []);
  };
  const objects = (name: string): readonly JsonObject[] => {
    const value = body[name];
    if (!present(name)) return fail(missingParameter(name), []);
    const rows = Array.isArray(value) ? value.filter(isJsonObject) : [];
    const all = Array.isArray(value) && rows.length === value.length;
    return all ? rows : fail(invalidArgs(`${name} must be a list of objects`), []);
  };
  return {
    text,
    texts,
    objects,
    optionalText: (name) => (present(name) && body[name] !== '' ? text(name) : ''),
    optionalObjects: (name) => (present(name) ? objects(name) : []),
    whole: (name, byDefault) => {
      const value = present(name) ? body[name] : byDefault;
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
      return fail(invalidArgs(`${name} must be a whole number`), byDefault);
    },
    refusal: () => problem,
  };
}
