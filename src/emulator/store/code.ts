/** Reads a function's files: its entry and the packages that it wants. */
import { type FileMap, isJsonObject, type JsonObject, parseJson, type StatusReason } from '../model.js';

/** The entry that the cloud's runtime loads: the handler is `index.main`. */
export const CLOUD_ENTRY = 'index.js';
const OTHER_ENTRIES = ['index.mjs', 'index.cjs'];

/** How a deployment without an entry file ends (docs/cloud-api.md, "Packing"). */
export const NO_ENTRY: StatusReason = {
  errcode: 'ResourceNotFound.File',
  errmsg: 'ResourceNotFound.File: no index.js at the root of the code package (handler index.main)',
};

/** The file that holds `main`: index.js, index.mjs, index.cjs or the `main` of package.json; null when none is there. */
export function entryOf(files: FileMap): string | null {
  const found = [CLOUD_ENTRY, ...OTHER_ENTRIES].find((entry) => files.has(entry));
  return found ?? packageMain(files);
}

function packageMain(files: FileMap): string | null {
  const main = manifestOf(files)['main'];
  if (typeof main !== 'string') return null;
  const path = main.replace(/^(\.\/)+/, '').replace(/\/$/, '');
  const candidates = [path, `${path}.js`, `${path}.cjs`, `${path}/index.js`];
  return candidates.find((candidate) => files.has(candidate)) ?? null;
}

/** The names of npm packages; anything else could name a place outside node_modules. */
const isPackageName = (name: string): boolean =>
  /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i.test(name) && name.length <= 214;

/** The packages that the cloud installs: the `dependencies` of the root package.json, and nothing else. */
export function dependenciesOf(files: FileMap): readonly string[] {
  const wanted = manifestOf(files)['dependencies'];
  return isJsonObject(wanted) ? Object.keys(wanted).filter(isPackageName) : [];
}

/** The root package.json; empty where there is none that can be read. */
function manifestOf(files: FileMap): JsonObject {
  const text = files.get('package.json')?.content.toString('utf8');
  const parsed = text === undefined ? null : parseJson(text);
  return parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : {};
}
