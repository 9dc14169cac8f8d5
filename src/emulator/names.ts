import { isJsonObject } from './json.js';
import type { FileMap, StatusReason } from './model.js';

/** cloud-api.md, "Packing rules": environment and function name together. */
export const MAX_NAME_WITH_ENV = 118;

/**
 * Whether the cloud takes this as a function's name: 2–60 of letters, digits, `-` and `_`, starting with a letter, not
 * ending in `-` or `_` (cloud-api.md, "Packing rules").
 */
export const isFunctionName = (name: string): boolean =>
  /^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$/.test(name);

/** Whether this can be an environment's id; it is also a folder in the store, so it can name no other place. */
export const isEnvId = (env: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(env);

const DEFAULT_ENTRIES = ['index.js', 'index.mjs', 'index.cjs'];

/** The file that holds `main`: index.js, index.mjs, index.cjs or the `main` of package.json; null when none is there. */
export function entryOf(files: FileMap): string | null {
  const found = DEFAULT_ENTRIES.find((entry) => files.has(entry));
  return found ?? packageMain(files);
}

function packageMain(files: FileMap): string | null {
  const text = files.get('package.json')?.content.toString('utf8');
  const main = text === undefined ? null : mainField(text);
  if (main === null) return null;
  const path = main.replace(/^(\.\/)+/, '').replace(/\/$/, '');
  const candidates = [path, `${path}.js`, `${path}.cjs`, `${path}/index.js`];
  return candidates.find((candidate) => files.has(candidate)) ?? null;
}

function mainField(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && typeof value['main'] === 'string' ? value['main'] : null;
  } catch {
    return null;
  }
}

/** How a deployment without an entry file ends (cloud-api.md, "Packing rules"). */
export const NO_ENTRY: StatusReason = {
  errcode: 'ResourceNotFound.File',
  errmsg: 'ResourceNotFound.File: no index.js at the root of the code package (handler index.main)',
};
