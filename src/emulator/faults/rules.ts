import { CALL_NAMES, type CallName } from '../calls/table.js';
import { isJsonObject, type JsonObject } from '../json.js';

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

/** What a rule does; README.md of this folder explains each in a line. */
export type FaultAction =
  | { readonly errcode: number; readonly errmsg?: string }
  | { readonly envError: string }
  | {
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly delayMs: number }
  | { readonly halfAnswer: true }
  | { readonly reset: true }
  | { readonly hang: true }
  | { readonly hold: true }
  | { readonly lostAnswer: true }
  | { readonly busyMs: number }
  | { readonly busySeconds: number }
  | { readonly updateFailed: string }
  | { readonly deployMs: number }
  | { readonly expireToken: true }
  | { readonly rateLimit: number }
  | { readonly dailyQuota: number };

export type FaultRule = FaultMatch & FaultAction;

/** What is wrong with a rule: where (JSON path) and what was expected there. */
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

interface Fields {
  text(key: string): string;
  whole(key: string, atLeast: number): number;
  yes(key: string): true;
  optional<Value>(key: string, read: () => Value): Value | undefined;
  headers(key: string): Record<string, string>;
}

type ActionKey =
  | 'errcode'
  | 'envError'
  | 'status'
  | 'delayMs'
  | 'halfAnswer'
  | 'reset'
  | 'hang'
  | 'hold'
  | 'lostAnswer'
  | 'busyMs'
  | 'busySeconds'
  | 'updateFailed'
  | 'deployMs'
  | 'expireToken'
  | 'rateLimit'
  | 'dailyQuota';

const ACTIONS: Readonly<Record<ActionKey, (fields: Fields) => FaultAction>> = {
  errcode: (fields) => ({
    errcode: fields.whole('errcode', -Infinity),
    ...given(
      'errmsg',
      fields.optional('errmsg', () => fields.text('errmsg')),
    ),
  }),
  envError: (fields) => ({ envError: fields.text('envError') }),
  status: (fields) => ({
    status: fields.whole('status', 200),
    ...given(
      'body',
      fields.optional('body', () => fields.text('body')),
    ),
    ...given(
      'headers',
      fields.optional('headers', () => fields.headers('headers')),
    ),
  }),
  delayMs: (fields) => ({ delayMs: fields.whole('delayMs', 0) }),
  halfAnswer: (fields) => ({ halfAnswer: fields.yes('halfAnswer') }),
  reset: (fields) => ({ reset: fields.yes('reset') }),
  hang: (fields) => ({ hang: fields.yes('hang') }),
  hold: (fields) => ({ hold: fields.yes('hold') }),
  lostAnswer: (fields) => ({ lostAnswer: fields.yes('lostAnswer') }),
  busyMs: (fields) => ({ busyMs: fields.whole('busyMs', 0) }),
  busySeconds: (fields) => ({ busySeconds: fields.whole('busySeconds', 0) }),
  updateFailed: (fields) => ({ updateFailed: fields.text('updateFailed') }),
  deployMs: (fields) => ({ deployMs: fields.whole('deployMs', 0) }),
  expireToken: (fields) => ({ expireToken: fields.yes('expireToken') }),
  rateLimit: (fields) => ({ rateLimit: fields.whole('rateLimit', 0) }),
  dailyQuota: (fields) => ({ dailyQuota: fields.whole('dailyQuota', 0) }),
};

const isActionKey = (key: string): key is ActionKey => Object.hasOwn(ACTIONS, key);
const MATCH_KEYS = ['call', 'function', 'env', 'times', 'skip'];
const COMPANIONS: Readonly<Partial<Record<ActionKey, readonly string[]>>> = {
  errcode: ['errmsg'],
  status: ['body', 'headers'],
};

function parseRule(row: unknown, path: string, problems: FaultProblem[]): FaultRule | null {
  if (!isJsonObject(row)) {
    problems.push({ path, expected: 'a rule: an object with one action' });
    return null;
  }
  const keys = Object.keys(row);
  const actions = keys.filter(isActionKey);
  const [action] = actions;
  if (action === undefined || actions.length > 1) {
    problems.push({ path, expected: `exactly one of ${Object.keys(ACTIONS).join(', ')}` });
    return null;
  }
  const known = [...MATCH_KEYS, action, ...(COMPANIONS[action] ?? [])];
  for (const key of keys.filter((one) => !known.includes(one))) {
    problems.push({ path: `${path}.${key}`, expected: `nothing: beside ${action} there can be ${known}` });
  }
  const fields = fieldsOf(row, path, problems);
  return { ...parseMatch(fields, row, path, problems), ...ACTIONS[action](fields) };
}

function parseMatch(fields: Fields, row: JsonObject, path: string, problems: FaultProblem[]): FaultMatch {
  const call = CALL_NAMES.find((name) => name === row['call']);
  if (row['call'] !== undefined && call === undefined) {
    problems.push({ path: `${path}.call`, expected: `one of ${CALL_NAMES.join(', ')}` });
  }
  return {
    ...given('call', call),
    ...given(
      'function',
      fields.optional('function', () => fields.text('function')),
    ),
    ...given(
      'env',
      fields.optional('env', () => fields.text('env')),
    ),
    ...given(
      'times',
      fields.optional('times', () => fields.whole('times', 1)),
    ),
    ...given(
      'skip',
      fields.optional('skip', () => fields.whole('skip', 0)),
    ),
  };
}

/** An object with the field, or without it where there is no value. */
const given = <Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } => {
  const empty: { [K in Key]?: Value } = {};
  return value === undefined ? empty : { ...empty, [key]: value };
};

/** Readers of one object's fields. A wrong value becomes a problem and a harmless stand-in. */
function fieldsOf(row: JsonObject, path: string, problems: FaultProblem[]): Fields {
  const wrong = (key: string, expected: string): void =>
    void problems.push({ path: `${path}.${key}`, expected });
  return {
    text: (key) => {
      const value = row[key];
      if (typeof value === 'string') return value;
      wrong(key, 'a string');
      return '';
    },
    whole: (key, atLeast) => {
      const value = row[key];
      if (typeof value === 'number' && Number.isInteger(value) && value >= atLeast) return value;
      wrong(key, Number.isFinite(atLeast) ? `a whole number, at least ${atLeast}` : 'a whole number');
      return 0;
    },
    yes: (key) => {
      if (row[key] !== true) wrong(key, 'true');
      return true;
    },
    optional: (key, read) => (row[key] === undefined ? undefined : read()),
    headers: (key) => {
      const value = row[key];
      const pairs = isJsonObject(value) ? Object.entries(value) : [];
      const texts = pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string');
      if (!isJsonObject(value) || texts.length !== pairs.length) wrong(key, 'an object of strings');
      return Object.fromEntries(texts);
    },
  };
}
