import { CALL_NAMES, type CallName, rowOfCall } from '../calls/table.js';
import { FUNCTION_STATUSES, type FunctionStatus, isJsonObject, type JsonObject } from '../model.js';

/**
 * The fault rules: one table of actions, from which their types, their reader and the messages of wrong rules are made.
 * `plan.ts` says what each does to a request; an action of the table without a place there does not compile. docs/emulator.md
 * explains each in a line.
 */

/** Reads one field of a rule. A wrong value is answered with what was expected. */
type Reader<Value> = (value: unknown) => Read<Value>;
type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly expected: string };

const good = <Value>(value: Value): Read<Value> => ({ ok: true, value });
const expected = (what: string): Read<never> => ({ ok: false, expected: what });

/** The longest that Node's timers can wait; anything longer would end at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const text: Reader<string> = (value) => (typeof value === 'string' ? good(value) : expected('a string'));
const yes: Reader<true> = (value) => (value === true ? good(value) : expected('true'));
const whole =
  (least: number, most: number): Reader<number> =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? good(value)
      : expected(`a whole number from ${least} to ${most}`);
const oneOf =
  <Value extends string>(values: readonly Value[]): Reader<Value> =>
  (value) => {
    const found = values.find((one) => one === value);
    return found === undefined ? expected(`one of ${values.join(', ')}`) : good(found);
  };
/** Header names and values as HTTP allows them (RFC 9110, 5.1 and 5.5). */
const headers: Reader<Readonly<Record<string, string>>> = (value) => {
  const pairs = isJsonObject(value) ? Object.entries(value) : [];
  const valid = pairs.filter(
    (pair): pair is [string, string] =>
      /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(pair[0]) &&
      typeof pair[1] === 'string' &&
      /^[\t\x20-\x7e\x80-\xff]*$/.test(pair[1]),
  );
  return isJsonObject(value) && valid.length === pairs.length
    ? good(Object.fromEntries(valid))
    : expected('an object of header names and values');
};

const durationMs = whole(0, MAX_TIMER_MS);
const bytesPerSecond = whole(1, 1_000_000_000);
const int32 = whole(-(2 ** 31), 2 ** 31 - 1);

/** Which requests an action can show itself in. */
type Scope = 'any' | 'lists' | 'uploads' | 'rows' | 'invocations' | 'wire';

interface Action {
  /** The field that names the action, and those that may accompany it. */
  readonly main: Reader<unknown>;
  readonly companions: Readonly<Record<string, Reader<unknown>>>;
  readonly scope: Scope;
}

const action = <Main, Companions extends Readonly<Record<string, Reader<unknown>>>>(
  scope: Scope,
  main: Reader<Main>,
  companions: Companions,
) => ({ scope, main, companions });

const failureLists = [
  ...new Set(CALL_NAMES.flatMap((name) => rowOfCall(name).failures?.list ?? [])),
] as const;

/**
 * Scopes: `any` call · `lists`: calls that list failures of single environments · `uploads` · `rows`: getscflist, where
 * `function` chooses among the rows, and uploads · `invocations` · `wire`: taken before the body is read, so only `call`
 * can choose.
 */
const ACTIONS = {
  errcode: action('any', int32, { errmsg: text }),
  status: action('any', whole(200, 599), { body: text, headers }),
  reset: action('any', yes, {}),
  hang: action('any', yes, {}),
  delayMs: action('any', durationMs, {}),
  hold: action('any', yes, {}),
  halfAnswer: action('any', yes, {}),
  lostAnswer: action('any', yes, {}),
  slowAnswer: action('any', bytesPerSecond, {}),
  gzip: action('any', yes, {}),
  slowRequest: action('wire', bytesPerSecond, {}),
  cutRequest: action('wire', whole(0, 2 ** 31 - 1), {}),
  expireToken: action('any', yes, {}),
  replaceToken: action('any', durationMs, {}),
  rateLimit: action('any', whole(0, 1_000_000), {}),
  dailyQuota: action('any', whole(0, 1_000_000_000), { quotaUsed: whole(0, 1_000_000_000) }),
  envError: action('lists', text, {}),
  failuresIn: action('lists', oneOf(failureLists), { messageIn: oneOf(['errmsg', 'errormsg']) }),
  extraFailure: action('lists', text, { extraEnv: text }),
  isolated: action('lists', yes, {}),
  busyMs: action('uploads', durationMs, {}),
  busySeconds: action('uploads', whole(0, Math.floor(MAX_TIMER_MS / 1000)), {}),
  updateFailed: action('uploads', text, {}),
  deployMs: action('uploads', durationMs, {}),
  state: action('rows', oneOf<FunctionStatus>(FUNCTION_STATUSES), { reason: text }),
  listLagMs: action('rows', whole(0, 24 * 60 * 60 * 1000), {}),
  listWithout: action('rows', yes, {}),
  totalCountBy: action('rows', whole(-1_000_000, 1_000_000), {}),
  oldCode: action('invocations', yes, {}),
} as const;

export type ActionKey = keyof typeof ACTIONS;

type Parsed<R> = R extends Reader<infer Value> ? Value : never;
type Companions<Key extends ActionKey> = {
  readonly [Name in keyof (typeof ACTIONS)[Key]['companions']]?: Parsed<
    (typeof ACTIONS)[Key]['companions'][Name]
  >;
};

/** A rule's action: the field that names the action, and its companions. */
export type FaultAction = {
  readonly [Key in ActionKey]: {
    readonly [K in Key]: Parsed<(typeof ACTIONS)[Key]['main']>;
  } & Companions<Key>;
}[ActionKey];

/** Which requests a rule is for: those that agree with every field given. */
export interface FaultMatch {
  readonly call?: CallName;
  readonly function?: string;
  /** Requests that carry this environment. Failures of single environments then hit this one only. */
  readonly env?: string;
  /** How many requests it hits; without it, all. */
  readonly times?: number;
  /** How many matching requests it lets pass first. */
  readonly skip?: number;
}

export type FaultRule = FaultMatch & FaultAction;

const MATCH: Readonly<Record<keyof FaultMatch, Reader<unknown>>> = {
  call: oneOf(CALL_NAMES),
  function: text,
  env: text,
  times: whole(1, 1_000_000_000),
  skip: whole(0, 1_000_000_000),
};

const isActionKey = (key: string): key is ActionKey => Object.hasOwn(ACTIONS, key);
export const ACTION_KEYS: readonly ActionKey[] = Object.keys(ACTIONS).filter(isActionKey);

/** The action that a rule names. */
export function actionOf(rule: FaultRule): ActionKey {
  const key = ACTION_KEYS.find((one) => one in rule);
  if (key === undefined) throw new RangeError('a rule without an action');
  return key;
}

/** Whether an action can show itself in a call at all. */
export function canShow(key: ActionKey, call: CallName): boolean {
  const { failures, uploads } = rowOfCall(call);
  const scope: Scope = ACTIONS[key].scope;
  switch (scope) {
    case 'any':
    case 'wire':
      return true;
    case 'lists':
      return failures !== null || (key === 'isolated' && call === 'describeenvs');
    case 'uploads':
      return uploads;
    case 'rows':
      return call === 'getscflist' || (uploads && key === 'state');
    case 'invocations':
      return call === 'invokecloudfunction';
    default:
      return scope satisfies never;
  }
}

export const scopeOf = (key: ActionKey): Scope => ACTIONS[key].scope;

/** A rule's mistake: where (JSON path) and what was expected there. */
export interface FaultProblem {
  readonly path: string;
  readonly expected: string;
}

export type ParsedFaults =
  | { readonly ok: true; readonly rules: readonly FaultRule[] }
  | { readonly ok: false; readonly problems: readonly FaultProblem[] };

/** Reads a rule or a list of rules, as in a file of `--faults`; all problems at once. */
export function parseFaults(value: unknown): ParsedFaults {
  const problems: FaultProblem[] = [];
  const rows: readonly unknown[] = Array.isArray(value) ? value : [value];
  const rules = rows.flatMap((row, index) => {
    const rule = parseRule(row, Array.isArray(value) ? `$[${index}]` : '$', problems);
    return rule === null ? [] : [rule];
  });
  return problems.length === 0 ? { ok: true, rules } : { ok: false, problems };
}

function parseRule(row: unknown, path: string, problems: FaultProblem[]): FaultRule | null {
  if (!isJsonObject(row)) {
    problems.push({ path, expected: 'a rule: an object with one action' });
    return null;
  }
  const actions = Object.keys(row).filter(isActionKey);
  const [key] = actions;
  if (key === undefined || actions.length > 1) {
    problems.push({ path, expected: `exactly one of ${ACTION_KEYS.join(', ')}` });
    return null;
  }
  const { main, companions, scope }: Action = ACTIONS[key];
  const match = scope === 'wire' ? { call: MATCH.call, times: MATCH.times, skip: MATCH.skip } : MATCH;
  return readFields(row, { ...match, [key]: main, ...companions }, path, problems);
}

/** Reads the fields that a rule may have: those of the action's own types, which the result then has. */
function readFields(
  row: JsonObject,
  readers: Readonly<Record<string, Reader<unknown>>>,
  path: string,
  problems: FaultProblem[],
): FaultRule | null {
  const before = problems.length;
  const read: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(row)) {
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined;
    const result = reader?.(value) ?? expected(`nothing: a rule of this action has ${Object.keys(readers)}`);
    if (result.ok) read[key] = result.value;
    else problems.push({ path: `${path}.${key}`, expected: result.expected });
  }
  return problems.length === before && isRule(read, readers) ? read : null;
}

/** Whether each field is what its own reader takes. */
function isRule(read: object, readers: Readonly<Record<string, Reader<unknown>>>): read is FaultRule {
  return Object.entries(read).every(([key, value]) => readers[key]?.(value).ok === true);
}
