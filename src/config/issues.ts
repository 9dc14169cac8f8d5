import type { z } from 'zod';
import type { ConfigProblem, TextFormat, ValueType } from '../model/config-problem.js';
import type { TextPosition } from '../model/text-position.js';
import { isRecord } from '../system/json.js';
import { type KeyPath, keyPath, pathText, valueAt } from './path.js';
import { formsAt } from './schema.js';
import { nearest } from './suggest.js';

type Issue = z.core.$ZodIssue;

/** The needs of reporting an issue: the data that was judged and where each part of it stands. */
export interface Judged {
  readonly data: unknown;
  readonly positions: ReadonlyMap<string, TextPosition>;
}

const FORMATS: ReadonlySet<string> = new Set<TextFormat>([
  'env-id',
  'endpoint',
  'url',
  'plain-http',
  'url-credentials',
  'url-query',
  'pointer',
  'folder-name',
  'variable-name',
  'header-name',
  'header-value',
]);

function isFormat(text: string): text is TextFormat {
  return FORMATS.has(text);
}

/** zod's word for a type → ours. */
const TYPES: Readonly<Record<string, ValueType>> = {
  string: 'text',
  number: 'number',
  int: 'integer',
  boolean: 'boolean',
  array: 'list',
  object: 'object',
  record: 'object',
};

type Place = Pick<ConfigProblem, 'path' | 'at'>;

/** A path as problems carry it. */
export function placeOf(path: KeyPath, { positions }: Pick<Judged, 'positions'>): Place {
  return { path: pathText(path), at: positionOf(path, positions) };
}

/** The place of a path, or of the nearest thing around it that stands in the text. */
export function positionOf(path: KeyPath, positions: Judged['positions']): TextPosition | null {
  const own = positions.get(pathText(path));
  if (own !== undefined || path.length === 0) return own ?? null;
  return positionOf(path.slice(0, -1), positions);
}

/** The values that an issue finds fault with. */
export function faultyPaths(issue: Issue): KeyPath[] {
  const path = keyPath(issue.path);
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
}

/** One of zod's issues in our own terms; a union's may be several. `base` is where the issue's own path starts. */
export function problemsOf(issue: Issue, judged: Judged, base: KeyPath = []): ConfigProblem[] {
  const path = [...base, ...keyPath(issue.path)];
  const place = placeOf(path, judged);
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(issue, path, judged);
    case 'invalid_union':
      return unionProblems(issue, path, judged);
    case 'invalid_key':
      return issue.issues.flatMap((inner) => problemsOf(inner, judged, path));
    case 'invalid_type':
      return [typeProblem(TYPES[issue.expected] ?? 'object', path, judged)];
    case 'invalid_value':
      return [choiceProblem(issue.values.map(String), path, judged)];
    case 'too_big':
      return [{ ...place, kind: 'too-large', maximum: Number(issue.maximum) }];
    case 'too_small':
      return [tooSmall(issue, place)];
    case 'invalid_format':
    case 'custom':
      return [formatProblem(issue.message, place)];
    case 'not_multiple_of':
    case 'invalid_element':
      throw new Error(`config-schema.ts has no check that fails with ${issue.code}`);
    default:
      return issue satisfies never;
  }
}

function formatProblem(message: string, place: Place): ConfigProblem {
  // Every pattern and refinement of the schema names its format as its message; anything else is a bug of ours.
  if (!isFormat(message)) throw new Error(`config-schema.ts: a check without a format: ${message}`);
  return { ...place, kind: 'format', format: message };
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, place: Place): ConfigProblem {
  if (issue.origin === 'string') return { ...place, kind: 'empty', type: 'text' };
  if (issue.origin === 'array') return { ...place, kind: 'empty', type: 'list' };
  return { ...place, kind: 'too-small', minimum: Number(issue.minimum) };
}

function typeProblem(type: ValueType, path: KeyPath, judged: Judged): ConfigProblem {
  const place = placeOf(path, judged);
  const found = typeOf(valueAt(judged.data, path));
  if (found === 'nothing') return { ...place, kind: 'missing', type };
  return { ...place, kind: 'type', types: [type], found };
}

function typeOf(value: unknown): ValueType {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'object';
  }
}

function choiceProblem(choices: readonly string[], path: KeyPath, judged: Judged): ConfigProblem {
  const value = valueAt(judged.data, path);
  const suggestion = typeof value === 'string' ? nearest(value, choices) : null;
  return { ...placeOf(path, judged), kind: 'choice', choices, suggestion };
}

function unknownKeys(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  path: KeyPath,
  judged: Judged,
): ConfigProblem[] {
  const data = valueAt(judged.data, path);
  const forms = formsAt(path).filter((form) => form !== null);
  const known = forms.length > 1 ? forms.find((form) => form.some((key) => holds(data, key))) : forms[0];
  return issue.keys.map((key) => ({
    ...placeOf([...path, key], judged),
    kind: 'unknown-key',
    key,
    suggestion: nearest(key, known ?? []),
    known: known ?? [],
  }));
}

function holds(data: unknown, key: string | undefined): boolean {
  return key !== undefined && isRecord(data) && Object.hasOwn(data, key);
}

/**
 * zod says for a union what each of its options found wrong. What the option meant by the writer found is reported: for
 * objects the one whose first key is there, for anything else the one of the right type.
 */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, path: KeyPath, judged: Judged): ConfigProblem[] {
  const place = placeOf(path, judged);
  const data = valueAt(judged.data, path);
  const firstKeys = formsAt(path).map((form) => form?.[0]);
  const choices = firstKeys.filter((key) => key !== undefined);
  if (isRecord(data) && choices.length > 1) {
    const present = choices.filter((key) => holds(data, key));
    if (present.length !== 1) return [{ ...place, kind: 'one-of', choices, found: Object.keys(data) }];
    const meant = issue.errors[firstKeys.indexOf(present[0])] ?? [];
    return meant.flatMap((inner) => problemsOf(inner, judged, path));
  }
  const meant = issue.errors.find((errors) => !errors.some(isOfWrongType));
  if (meant !== undefined) return meant.flatMap((inner) => problemsOf(inner, judged, path));
  const literals = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []));
  if (typeof data === 'string' && literals.length > 0) return [choiceProblem(literals, path, judged)];
  const types = new Set(issue.errors.flat().map(wantedType));
  return [{ ...place, kind: 'type', types: [...types], found: typeOf(data) }];
}

function isOfWrongType(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function wantedType(issue: Issue): ValueType {
  return issue.code === 'invalid_type' ? (TYPES[issue.expected] ?? 'object') : 'text';
}
