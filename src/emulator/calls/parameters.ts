import { isJsonObject, type JsonObject } from '../json.js';
import { type Answer, invalidArgs, missingParameter } from './answers.js';

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
      if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
      return fail(invalidArgs(`${name} must be a whole number`), byDefault);
    },
    refusal: () => problem,
  };
}
