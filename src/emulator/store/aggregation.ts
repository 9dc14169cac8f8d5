/** Aggregations: stages over documents, and the expressions in them. */
import { isJsonObject, type JsonObject } from '../model.js';
import { applyChange, compare, distinct, encode, fits, same, Unsupported, valueAt } from './documents.js';

type Row = Record<string, unknown>;

/** Runs the stages of a pipeline, each `{stage, value}`. Throws `Unsupported` for what is not here. */
export function aggregate(
  rows: readonly Row[],
  stages: readonly unknown[],
  rowsOf: (collection: string) => readonly Row[],
): readonly unknown[] {
  let current: readonly Row[] = structuredClone(rows);
  for (const stage of stages.filter(isJsonObject)) {
    current = run(current, String(stage['stage']), stage['value'], rowsOf);
  }
  return current;
}

function run(
  rows: readonly Row[],
  stage: string,
  value: unknown,
  rowsOf: (collection: string) => readonly Row[],
): readonly Row[] {
  const fields = isJsonObject(value) ? value : {};
  switch (stage) {
    case 'match':
      return rows.filter((row) => fits(row, value));
    case 'limit':
      return rows.slice(0, Number(value));
    case 'skip':
      return rows.slice(Number(value));
    case 'sample':
      return [...rows].sort(() => Math.random() - 0.5).slice(0, Number(fields['size']));
    case 'count':
      return [{ [String(value)]: rows.length }];
    case 'sort':
      return sort(rows, fields);
    case 'group':
      return group(rows, fields);
    case 'sortByCount':
      return sort(group(rows, { _id: value, count: { $sum: 1 } }), { count: -1 });
    case 'project':
      return rows.map((row) => project(row, fields));
    case 'addFields':
      return rows.map((row) => ({ ...row, ...mapValues(fields, (each) => evaluate(each, row)) }));
    case 'replaceRoot':
      return rows.map((row) => asRow(evaluate(fields['newRoot'], row)));
    case 'unwind':
      return unwind(rows, value);
    case 'lookup':
      return rows.map((row) => ({ ...row, [String(fields['as'])]: joined(row, fields, rowsOf) }));
    default:
      throw new Unsupported(`aggregate().${stage}`);
  }
}

const asRow = (value: unknown): Row => (isJsonObject(value) ? { ...value } : {});

const mapValues = (fields: JsonObject, map: (value: unknown) => unknown): Row =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, map(value)]));

function sort(rows: readonly Row[], fields: JsonObject): readonly Row[] {
  return [...rows].sort((a, b) => {
    for (const [field, direction] of Object.entries(fields)) {
      const order = compare(valueAt(a, field), valueAt(b, field)) * Number(direction);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function project(row: Row, fields: JsonObject): Row {
  const entries = Object.entries(fields);
  const keeps = entries.filter(([key, value]) => key !== '_id' && value !== 0 && value !== false);
  const projected: Row = keeps.length === 0 ? structuredClone(row) : {};
  if (row['_id'] !== undefined) projected['_id'] = row['_id'];
  for (const [key, value] of entries) {
    if (value === 0 || value === false) delete projected[key];
    else
      applyChange(projected, {
        [key]: value === 1 || value === true ? valueAt(row, key) : evaluate(value, row),
      });
  }
  return projected;
}

function unwind(rows: readonly Row[], value: unknown): readonly Row[] {
  const path = String(isJsonObject(value) ? value['path'] : value).replace(/^\$/, '');
  const keepsEmpty = isJsonObject(value) && value['preserveNullAndEmptyArrays'] === true;
  return rows.flatMap((row) => {
    const items = valueAt(row, path);
    if (Array.isArray(items) && items.length > 0) return items.map((item) => ({ ...row, [path]: item }));
    return keepsEmpty || (items !== undefined && items !== null && !Array.isArray(items)) ? [row] : [];
  });
}

function joined(
  row: Row,
  fields: JsonObject,
  rowsOf: (collection: string) => readonly Row[],
): readonly Row[] {
  const { from, localField, foreignField } = fields;
  if (typeof localField !== 'string' || typeof foreignField !== 'string') {
    throw new Unsupported('aggregate().lookup without localField and foreignField');
  }
  return rowsOf(String(from)).filter((other) => same(valueAt(other, foreignField), valueAt(row, localField)));
}

// ---- groups

const numbers = (values: readonly unknown[]): readonly number[] =>
  values.filter((value): value is number => typeof value === 'number');

const sum = (values: readonly unknown[]): number => numbers(values).reduce((all, one) => all + one, 0);

const ACCUMULATORS: Readonly<Record<string, (values: readonly unknown[]) => unknown>> = {
  $sum: sum,
  $avg: (values) => (numbers(values).length === 0 ? null : sum(values) / numbers(values).length),
  $min: (values) => values.reduce((a, b) => (compare(a, b) <= 0 ? a : b)),
  $max: (values) => values.reduce((a, b) => (compare(a, b) >= 0 ? a : b)),
  $first: (values) => values[0],
  $last: (values) => values.at(-1),
  $push: (values) => [...values],
  $addToSet: distinct,
};

function group(rows: readonly Row[], { _id: by, ...fields }: JsonObject): readonly Row[] {
  const groups = new Map<string, { readonly id: unknown; readonly rows: Row[] }>();
  for (const row of rows) {
    const id = evaluate(by, row) ?? null;
    const key = JSON.stringify(encode(id));
    const found = groups.get(key) ?? { id, rows: [] };
    groups.set(key, found);
    found.rows.push(row);
  }
  return [...groups.values()].map(({ id, rows: of }) => ({
    _id: id,
    ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, accumulate(value, of)])),
  }));
}

function accumulate(expression: unknown, rows: readonly Row[]): unknown {
  const [[name, value] = ['', null]] = isJsonObject(expression) ? Object.entries(expression) : [];
  const accumulator = ACCUMULATORS[name];
  if (accumulator === undefined) throw new Unsupported(`${name || JSON.stringify(expression)} in a group`);
  return accumulator(rows.map((row) => evaluate(value, row)));
}

// ---- expressions

const number = (value: unknown): number =>
  value instanceof Date ? value.getTime() : typeof value === 'number' ? value : Number.NaN;
const two = ([a, b]: readonly unknown[], of: (a: number, b: number) => number): number =>
  of(number(a), number(b));
const part = (value: unknown, of: (date: Date) => number): number | null =>
  value instanceof Date ? of(value) : null;

const EXPRESSIONS: Readonly<Record<string, (values: readonly unknown[]) => unknown>> = {
  $add: (values) => values.reduce((all: number, one) => all + number(one), 0),
  $subtract: (values) => two(values, (a, b) => a - b),
  $multiply: (values) => values.reduce((all: number, one) => all * number(one), 1),
  $divide: (values) => two(values, (a, b) => a / b),
  $mod: (values) => two(values, (a, b) => a % b),
  $abs: ([value]) => Math.abs(number(value)),
  $ceil: ([value]) => Math.ceil(number(value)),
  $floor: ([value]) => Math.floor(number(value)),
  $concat: (values) => (values.some((value) => value == null) ? null : values.map(String).join('')),
  $toLower: ([value]) => String(value ?? '').toLowerCase(),
  $toUpper: ([value]) => String(value ?? '').toUpperCase(),
  $size: ([value]) => (Array.isArray(value) ? value.length : 0),
  $arrayElemAt: ([list, at]) => (Array.isArray(list) ? list.at(number(at)) : null),
  $in: ([value, list]) => Array.isArray(list) && list.some((one) => same(one, value)),
  $eq: ([a, b]) => same(a, b),
  $neq: ([a, b]) => !same(a, b),
  $gt: ([a, b]) => compare(a, b) > 0,
  $gte: ([a, b]) => compare(a, b) >= 0,
  $lt: ([a, b]) => compare(a, b) < 0,
  $lte: ([a, b]) => compare(a, b) <= 0,
  $and: (values) => values.every(Boolean),
  $or: (values) => values.some(Boolean),
  $not: ([value]) => !value,
  $ifNull: ([value, otherwise]) => value ?? otherwise,
  $year: ([value]) => part(value, (date) => date.getUTCFullYear()),
  $month: ([value]) => part(value, (date) => date.getUTCMonth() + 1),
  $dayOfMonth: ([value]) => part(value, (date) => date.getUTCDate()),
  $hour: ([value]) => part(value, (date) => date.getUTCHours()),
  $sum: (values) => sum(values.flat()),
  $avg: (values) => (values.flat().length === 0 ? null : sum(values.flat()) / numbers(values.flat()).length),
  $literal: ([value]) => value,
};

/** The value of an expression for a document: `'$field'`, `{$name: arguments}`, an object of expressions, or itself. */
function evaluate(expression: unknown, row: Row): unknown {
  if (typeof expression === 'string' && expression.startsWith('$$ROOT')) return row;
  if (typeof expression === 'string' && expression.startsWith('$')) return valueAt(row, expression.slice(1));
  if (Array.isArray(expression)) return expression.map((one) => evaluate(one, row));
  if (!isJsonObject(expression) || expression instanceof Date) return expression;
  const [[name, value] = ['', null], ...more] = Object.entries(expression);
  if (!name.startsWith('$') || more.length > 0) return mapValues(expression, (each) => evaluate(each, row));
  if (name === '$cond') return conditional(value, row);
  const operation = EXPRESSIONS[name];
  if (operation === undefined) throw new Unsupported(`${name} in an expression`);
  if (name === '$literal') return value;
  return operation((Array.isArray(value) ? value : [value]).map((one) => evaluate(one, row)));
}

/** `[if, then, else]` or `{if, then, else}`. */
function conditional(value: unknown, row: Row): unknown {
  const [condition, yes, no] = isJsonObject(value)
    ? [value['if'], value['then'], value['else']]
    : Array.isArray(value)
      ? value
      : [];
  return evaluate(evaluate(condition, row) ? yes : no, row);
}

/** The names that db.command.aggregate has here; the SDK's text is made from them. */
export const AGGREGATE_NAMES: readonly string[] = [
  ...new Set(
    [...Object.keys(ACCUMULATORS), ...Object.keys(EXPRESSIONS), '$cond'].map((name) => name.slice(1)),
  ),
];

export const STAGE_NAMES = [
  'match',
  'limit',
  'skip',
  'sample',
  'count',
  'sort',
  'group',
  'sortByCount',
  'project',
  'addFields',
  'replaceRoot',
  'unwind',
  'lookup',
] as const;
