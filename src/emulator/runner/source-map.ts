/** Bundled code in the debugger as its sources: the bundle is not what anybody wrote. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type FileMap, isJsonObject, type JsonObject } from '../model.js';
import { CLOUD_ENTRY } from '../store/code.js';

/**
 * The files of a function with the source map of its entry, if `<maps>/<name>.map` is the one of this very code: `x_sha256` in it
 * is the code's. Its sources are relative to the folder `<maps>/<name>`, in which the bundle was made. Source maps are not uploaded,
 * so the map comes from this machine. One comment is added to the end of the entry: no line of it moves.
 */
export async function withSourceMap(
  name: string,
  files: FileMap,
  { maps }: { readonly maps?: string },
): Promise<FileMap> {
  const entry = files.get(CLOUD_ENTRY);
  const map = maps === undefined || entry === undefined ? null : await readMap(join(maps, `${name}.map`));
  if (maps === undefined || entry === undefined || map === null) return files;
  if (map['x_sha256'] !== createHash('sha256').update(entry.content).digest('hex')) return files;
  const mapName = `${CLOUD_ENTRY}.map`;
  const comment = Buffer.from(`\n//# sourceMappingURL=${mapName}\n`);
  return new Map([
    ...files,
    [CLOUD_ENTRY, { ...entry, content: Buffer.concat([entry.content, comment]) }],
    [mapName, { ...entry, content: Buffer.from(JSON.stringify(placed(map, join(maps, name)))) }],
  ]);
}

async function readMap(file: string): Promise<JsonObject | null> {
  try {
    const map: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isJsonObject(map) ? map : null;
  } catch {
    // Not bundled, or being written just now: the debugger shows the code as it runs.
    return null;
  }
}

const placed = (map: JsonObject, folder: string): JsonObject => ({
  ...map,
  sources: Array.isArray(map['sources'])
    ? map['sources'].map((source) => pathToFileURL(join(folder, String(source))).href)
    : [],
});
