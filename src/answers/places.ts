/**
 * Where the function's own code threw, as an editor opens it: from the stack that came back, through the source map of what was bundled or
 * compiled. A stack is text from outside: what cannot be understood is left out, and no file outside the project is read for it.
 */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import path from 'node:path';
import type { Config } from '../config/model.js';
import type { FunctionName } from '../model/nouns.js';
import { MOVED_ENTRY } from '../proof/dress.js';
import { HELPER_FILE } from '../proof/helper.js';
import { buildsFolderOf } from '../state/folder.js';
import { isRecord, parseJson } from '../system/json.js';
import { isWithin, slashRelative } from '../system/paths.js';
import { readTextFile } from '../system/text-file.js';

/** Places that are kept of a stack. */
const mostPlaces = 3;
/** Characters of a stack that are looked at, as the helper sends them. */
const mostStack = 8000;
/** Of a source map, in bytes: a larger one would hold the thread for too long. */
const largestMap = 8 * 1024 * 1024;

/** Where the cloud keeps a function's code. */
const cloudFolder = '/var/user/';

/** The code that was called. */
export interface Origin {
  readonly config: Pick<Config, 'folder' | 'functionsRoots' | 'functions'>;
  readonly function: FunctionName;
  /** The function's own folder, absolute. */
  readonly folder: string;
  /** The newest build is the code that has answered: its source map counts. */
  readonly isLatest: boolean;
}

/** A place in the code as it runs; lines and columns from 1. */
interface Frame {
  /** From the function's folder in the cloud. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Innermost first, from the configuration's folder: `cloudfunctions/pay/index.js:3:9`. */
export async function placesOf(stack: string | null, origin: Origin): Promise<readonly string[]> {
  const frames = framesOf(stack ?? '').slice(0, mostPlaces);
  if (frames.length === 0) return [];
  const maps = new Map<string, Promise<Mapped | null>>();
  const mapOf = (file: string): Promise<Mapped | null> => {
    const map = maps.get(file) ?? readMap(file, origin);
    maps.set(file, map);
    return map;
  };
  return Promise.all(frames.map(async (frame) => placeOf(frame, await mapOf(frame.file), origin)));
}

/**
 * The frames of the function's own files.
 * @internal
 */
export function framesOf(stack: string): readonly Frame[] {
  return stack
    .slice(0, mostStack)
    .split('\n')
    .flatMap((line) => {
      const frame = frameOf(line.trim());
      return frame === null ? [] : [frame];
    });
}

/** `at exports.main (/var/user/index.js:3:9)`, `at async file:///var/user/index.mjs:3:9`. */
function frameOf(text: string): Frame | null {
  if (!text.startsWith('at ')) return null;
  const place = text.endsWith(')')
    ? text.slice(text.lastIndexOf('(') + 1, -1)
    : text.slice(text.lastIndexOf(' ') + 1);
  const [, file = '', line, column] = /^([^<>]{1,500}):(\d{1,9}):(\d{1,9})$/.exec(withoutScheme(place)) ?? [];
  const own = file.startsWith(cloudFolder) ? file.slice(cloudFolder.length) : file;
  const isOwn = own !== '' && path.posix.normalize(own) === own && !/^(?:\.\.?\/|\/)|[:\\]/.test(own);
  const base = path.posix.basename(own);
  if (!isOwn || base === HELPER_FILE || own.split('/').includes('node_modules')) return null;
  // Where an entry moved for the helper's sake, its lines are those of the entry.
  const name = base.startsWith(MOVED_ENTRY) ? base.slice(MOVED_ENTRY.length) : base;
  return { file: path.posix.join(path.posix.dirname(own), name), line: Number(line), column: Number(column) };
}

function withoutScheme(place: string): string {
  if (!place.startsWith('file://')) return place;
  try {
    return decodeURIComponent(place.slice('file://'.length));
  } catch {
    return place.slice('file://'.length);
  }
}

interface Mapped {
  readonly map: SourceMap;
  /** Where its sources are named from. */
  readonly folder: string;
}

function placeOf({ file, line, column }: Frame, mapped: Mapped | null, origin: Origin): string {
  const source = mapped?.map.findEntry(line - 1, column - 1);
  if (mapped !== null && source !== undefined && 'originalSource' in source) {
    const original = path.resolve(mapped.folder, source.originalSource);
    if (isWithin(original, origin.config.folder) && existsSync(original))
      return placeFrom(origin, original, source.originalLine + 1, source.originalColumn + 1);
  }
  return placeFrom(origin, onDisk(file, origin), line, column);
}

function placeFrom({ config }: Origin, file: string, line: number, column: number): string {
  return `${slashRelative(config.folder, file)}:${line}:${column}`;
}

/** A shared folder lies next to the functions, and among a function's own files in the cloud. */
function onDisk(file: string, { folder, config }: Origin): string {
  const own = path.join(folder, file);
  const shared = config.functionsRoots.map((root) => path.join(root, file));
  return existsSync(own) ? own : (shared.find((each) => existsSync(each)) ?? own);
}

/** null: there is none for this code. */
async function readMap(file: string, origin: Origin): Promise<Mapped | null> {
  const { config, folder, isLatest } = origin;
  const isNamed = Object.hasOwn(config.functions, origin.function);
  const build = isNamed ? config.functions[origin.function]?.build : null;
  if (!isLatest) return null;
  if (build?.kind === 'esbuild') {
    const output = path.join(buildsFolderOf(config), origin.function);
    return file === 'index.js' ? parsedMap(`${output}.map`, output, config.folder) : null;
  }
  const at = path.join(path.resolve(folder, build?.kind === 'command' ? build.output : ''), file);
  return parsedMap(`${at}.map`, path.dirname(at), config.folder);
}

async function parsedMap(file: string, folder: string, project: string): Promise<Mapped | null> {
  const [real, root] = await Promise.all([file, project].map((each) => realpath(each).catch(() => null)));
  if (real == null || root == null || !isWithin(real, root)) return null;
  const read = await readTextFile(real, { mostBytes: largestMap });
  const value = read.ok ? parseJson(read.text) : undefined;
  if (!isRecord(value)) return null;
  const { mappings, sources, sourceRoot } = value;
  if (typeof mappings !== 'string' || !Array.isArray(sources) || !sources.every(isText)) return null;
  const from = isText(sourceRoot) ? path.resolve(folder, sourceRoot) : folder;
  try {
    const payload = {
      file: '',
      version: 3,
      sources,
      sourcesContent: [],
      names: [],
      mappings,
      sourceRoot: '',
    };
    return { map: new SourceMap(payload), folder: from };
  } catch {
    // Not a map after all: the places in the code that runs are true as well.
    return null;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
