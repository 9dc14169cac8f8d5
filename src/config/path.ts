import { isRecord } from '../system/json.js';

/** The way to a value: keys of objects and indices of lists, from the top. */
export type KeyPath = readonly (string | number)[];

const PLAIN_KEY = /^[\p{L}\p{N}_$-]+$/u;

/** A path as people write it: `functions.pay.envs[0]`, `shared["a.b"]`, `$` for the whole. */
export function pathText(path: KeyPath): string {
  const text = path.map(stepText).join('');
  return text === '' ? '$' : text.replace(/^\./, '');
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return PLAIN_KEY.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

/** The parts of zod's paths that can lead into JSON. */
export function keyPath(path: readonly PropertyKey[]): KeyPath {
  return path.filter((step) => typeof step !== 'symbol');
}

/** The value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((place, step) => {
    if (typeof step === 'number') return Array.isArray(place) ? place[step] : undefined;
    return isRecord(place) && Object.hasOwn(place, step) ? place[step] : undefined;
  }, value);
}

/**
 * The same data without what stands at the path. A list loses a member by going as a whole, because the members after it
 * would change their numbers.
 */
export function without(value: unknown, path: KeyPath): unknown {
  const firstIndex = path.findIndex((step) => typeof step === 'number');
  return removeKey(value, firstIndex === -1 ? path : path.slice(0, firstIndex));
}

function removeKey(value: unknown, path: KeyPath): unknown {
  const [step, ...rest] = path;
  if (typeof step !== 'string' || !isRecord(value) || !Object.hasOwn(value, step)) return value;
  const kept = Object.entries(value).filter(([key]) => rest.length > 0 || key !== step);
  return Object.fromEntries(kept.map(([key, inner]) => [key, key === step ? removeKey(inner, rest) : inner]));
}
