/** Documents: how they are written down, which fit a condition, and what a change makes of them. */
import { isJsonObject, type JsonObject } from '../model.js';

/** Features that the emulator's database does not have. */
export class Unsupported extends Error {
  constructor(what: string) {
    super(`the emulator has no ${what}; try it in the cloud`);
  }
}

/** A condition or change as db.command makes it. */
class Operator {
  readonly kind: string;
  readonly value: unknown;
  constructor(kind: string, value: unknown) {
    this.kind = kind;
    this.value = value;
  }
}

/** Values as JSON: dates are `{$date: ms}`. */
export function encode(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.getTime() };
  if (Array.isArray(value)) return value.map(encode);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item)]));
}

/** The reverse of `encode`; in addition to dates, the SDK sends `{$op, value}` and `{$regexp, options}`. */
export function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (!isJsonObject(value)) return value;
  if (typeof value['$date'] === 'number') return new Date(value['$date']);
  if (typeof value['$op'] === 'string') return new Operator(value['$op'], decode(value['value']));
  if (typeof value['$regexp'] === 'string') {
    return new Operator('regexp', new RegExp(value['$regexp'], String(value['options'] ?? '')));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
}

/** The value at a path with dots. A number chooses an element of a list. */
export function valueAt(row: unknown, path: string): unknown {
  return path.split('.').reduce((each: unknown, key) => {
    if (Array.isArray(each))
      return /^\d+$/.test(key) ? each[Number(key)] : each.map((one) => valueAt(one, key));
    return isJsonObject(each) ? each[key] : undefined;
  }, row);
}

/** The order of types that the database sorts by; dates and numbers are ordered among themselves. */
const rank = (value: unknown): number =>
  value === undefined || value === null
    ? 0
    : typeof value === 'number'
      ? 1
      : typeof value === 'string'
        ? 2
        : 3;

export function compare(a: unknown, b: unknown): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  const [left, right] = [a, b].map((value) => (value instanceof Date ? value.getTime() : value));
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right);
  return typeof left === 'number' && typeof right === 'number' ? left - right : 0;
}

export const same = (a: unknown, b: unknown): boolean =>
  JSON.stringify(encode(a ?? null)) === JSON.stringify(encode(b ?? null));

/** The values without those that equal an earlier one. */
export const distinct = (values: readonly unknown[]): unknown[] =>
  values.filter((value, index) => values.findIndex((other) => same(other, value)) === index);

const comparable = (a: unknown, b: unknown): boolean => rank(a) === rank(b) && rank(a) !== 0;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const CONDITIONS: Readonly<Record<string, (is: unknown, wanted: unknown) => boolean>> = {
  eq: (is, wanted) => same(is, wanted),
  neq: (is, wanted) => !same(is, wanted),
  gt: (is, wanted) => comparable(is, wanted) && compare(is, wanted) > 0,
  gte: (is, wanted) => comparable(is, wanted) && compare(is, wanted) >= 0,
  lt: (is, wanted) => comparable(is, wanted) && compare(is, wanted) < 0,
  lte: (is, wanted) => comparable(is, wanted) && compare(is, wanted) <= 0,
  in: (is, wanted) => list(wanted).some((one) => list(is).some((each) => same(each, one))),
  nin: (is, wanted) => !list(wanted).some((one) => list(is).some((each) => same(each, one))),
  exists: (is, wanted) => (is !== undefined) === (wanted !== false),
  mod: (is, wanted) => typeof is === 'number' && is % Number(list(wanted)[0]) === Number(list(wanted)[1]),
  regexp: (is, wanted) => typeof is === 'string' && wanted instanceof RegExp && wanted.test(is),
  all: (is, wanted) => list(wanted).every((one) => list(is).some((each) => same(each, one))),
  size: (is, wanted) => Array.isArray(is) && is.length === wanted,
  elemMatch: (is, wanted) => Array.isArray(is) && is.some((each) => fits(each, wanted)),
  and: (is, wanted) => list(wanted).every((one) => fits(is, one)),
  or: (is, wanted) => list(wanted).some((one) => fits(is, one)),
  nor: (is, wanted) => !list(wanted).some((one) => fits(is, one)),
  not: (is, wanted) => !fits(is, list(wanted)[0]),
};

/** Whether a document, or a value in one, fits a condition. */
export function fits(is: unknown, wanted: unknown): boolean {
  if (wanted instanceof Operator) {
    const condition = CONDITIONS[wanted.kind];
    if (condition === undefined) throw new Unsupported(`db.command.${wanted.kind} in a condition`);
    const meantElements = ['gt', 'gte', 'lt', 'lte', 'regexp'].includes(wanted.kind) && Array.isArray(is);
    return meantElements ? is.some((one) => condition(one, wanted.value)) : condition(is, wanted.value);
  }
  if (wanted instanceof RegExp) return typeof is === 'string' && wanted.test(is);
  if (isPlain(wanted)) {
    return Object.entries(wanted).every(([path, value]) => fits(valueAt(is, path), value));
  }
  return Array.isArray(is) && !Array.isArray(wanted) ? is.some((one) => same(one, wanted)) : same(is, wanted);
}

const isPlain = (value: unknown): value is JsonObject =>
  isJsonObject(value) &&
  !(value instanceof Date) &&
  !(value instanceof Operator) &&
  !(value instanceof RegExp);

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const CHANGES: Readonly<Record<string, (is: unknown, value: unknown) => unknown>> = {
  set: (_, value) => value,
  inc: (is, by) => number(is) + number(by),
  mul: (is, by) => number(is) * number(by),
  min: (is, value) => (is === undefined || compare(value, is) < 0 ? value : is),
  max: (is, value) => (is === undefined || compare(value, is) > 0 ? value : is),
  push: pushed,
  unshift: (is, values) => [...list(values), ...items(is)],
  pop: (is) => items(is).slice(0, -1),
  shift: (is) => items(is).slice(1),
  pull: (is, wanted) => items(is).filter((one) => !fits(one, wanted)),
  pullAll: (is, values) => items(is).filter((one) => !list(values).some((each) => same(one, each))),
  addToSet: (is, value) => {
    const each = isJsonObject(value) && Array.isArray(value['each']) ? value['each'] : [value];
    return distinct([...items(is), ...each]);
  },
};

/** Values at the end, or `{each, position, sort, slice}`. */
function pushed(is: unknown, value: unknown): unknown[] {
  if (!isPlain(value) || !Array.isArray(value['each'])) return [...items(is), ...list(value)];
  const { each, position, sort, slice } = value;
  const all = [...items(is)];
  all.splice(typeof position === 'number' ? position : all.length, 0, ...each);
  if (typeof sort === 'number') all.sort((a, b) => compare(a, b) * sort);
  if (isPlain(sort)) {
    const [[field, direction] = ['', 1]] = Object.entries(sort);
    all.sort((a, b) => compare(valueAt(a, field), valueAt(b, field)) * number(direction));
  }
  if (typeof slice !== 'number') return all;
  return slice < 0 ? all.slice(slice) : all.slice(0, slice);
}

/** Changes a document in place: paths with dots, operators, objects that are merged. */
export function applyChange(row: Record<string, unknown>, data: JsonObject): void {
  for (const [path, value] of Object.entries(data)) {
    const keys = path.split('.');
    const last = keys.pop() ?? path;
    if (keys.concat(last).some((key) => key === '__proto__')) continue;
    const place = keys.reduce((each, key) => inside(each, key), row);
    if (value instanceof Operator) change(row, place, last, value);
    else if (isPlain(value)) {
      if (!isPlain(place[last])) place[last] = {};
      applyChange(inside(place, last), value);
    } else place[last] = structuredClone(value);
  }
}

function change(
  row: Record<string, unknown>,
  place: Record<string, unknown>,
  key: string,
  operator: Operator,
): void {
  if (operator.kind === 'remove') delete place[key];
  else if (operator.kind === 'rename') {
    const value = place[key];
    delete place[key];
    applyChange(row, { [String(operator.value)]: value });
  } else {
    const changed = CHANGES[operator.kind];
    if (changed === undefined) throw new Unsupported(`db.command.${operator.kind} in a change`);
    place[key] = changed(place[key], operator.value);
  }
}

/** The object at a key, made where there is none. */
function inside(place: Record<string, unknown>, key: string): Record<string, unknown> {
  const is = place[key];
  // A list takes its elements by number, as an object does.
  const kept: Record<string, unknown> = typeof is === 'object' && is !== null ? Object.assign(is) : {};
  place[key] = kept;
  return kept;
}

/** The names that db.command has here; the SDK's text is made from them. */
export const COMMAND_NAMES: readonly string[] = [
  ...Object.keys(CONDITIONS).filter((name) => name !== 'regexp'),
  ...Object.keys(CHANGES),
  'remove',
  'rename',
];
