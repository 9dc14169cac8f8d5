/**
 * The saved events of a function: `<events>/NAME.json`, else the template file of WeChat DevTools, which is read and never
 * written. What is wrong with a file is data with its place; the events that are right count all the same.
 */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { findNodeAtLocation, type ParseError, parseTree, stripComments } from 'jsonc-parser';
import { matchesGlob } from '../config/glob.js';
import type { Config } from '../config/model.js';
import { nearestName } from '../config/suggest.js';
import {
  type EventFault,
  type EventProblem,
  type Expectation,
  probeMark,
  type SavedEvent,
} from '../model/answer.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import type { TextPosition } from '../model/text-position.js';
import { isRecord, parseJson, tooDeepAt } from '../system/json.js';
import { isWithin, slashRelative } from '../system/paths.js';
import { readTextFile } from '../system/text-file.js';
import { positionsIn } from '../system/text-lines.js';

/** Of one event as JSON, in bytes. The call takes more, and nobody can read it. */
export const largestEvent = 256 * 1024;
/** Of a whole file, in bytes. */
const largestFile = 8 * 1024 * 1024;
/** Members of a list: whoever has more keeps something else there, and to look at each would hold the thread. */
const mostEvents = 5000;
/** Mistakes of a file that are named, since each is a line everywhere. */
const mostFaults = 20;

export interface FoundEvents {
  /** The file that counts, absolute; null: there is none. */
  readonly file: string | null;
  readonly events: readonly SavedEvent[];
  readonly problems: readonly EventProblem[];
}

type EventsConfig = Pick<Config, 'folder' | 'answers' | 'functions'>;

/** Everything that is saved for a function. Never rejects for what is on disk. */
export async function findEvents(config: EventsConfig, name: FunctionName): Promise<FoundEvents> {
  const problem = (file: string, fault: EventFault, at: TextPosition | null = null): EventProblem => ({
    function: name,
    file: slashRelative(config.folder, file),
    at,
    fault,
  });
  const places = await placesOf(config, name);
  for (const file of places) {
    const read = await readInside(config, file);
    if (read.kind === 'absent') continue;
    if (read.kind === 'fault') return { file, events: [], problems: [problem(file, read.fault)] };
    const { events, faults } = parseEvents(read.text, file);
    return { file, events, problems: faults.map(({ fault, at }) => problem(file, fault, at)) };
  }
  const [first = config.answers.events] = places;
  const shown = places.map((place) => slashRelative(config.folder, place));
  return { file: null, events: [], problems: [problem(first, { kind: 'no-file', places: shown })] };
}

/** Another text where a file in which the events of a function may stand was written, made or removed. Reads none of them. */
export async function versionOfEvents(config: EventsConfig, name: FunctionName): Promise<string> {
  const places = await placesOf(config, name);
  const versions = places.map((file) =>
    stat(file).then(
      ({ mtimeMs, size, ino }) => [file, mtimeMs, size, ino].join(' '),
      () => file,
    ),
  );
  return (await Promise.all(versions)).join('\n');
}

/** The events that the configuration chooses of a function's, with the problems of file or choice. */
export async function chosenEvents(config: EventsConfig, name: FunctionName): Promise<FoundEvents> {
  const chosen = answersOf(config, name);
  if (chosen === null) return { file: null, events: [], problems: [] };
  const found = await findEvents(config, name);
  if (chosen === 'all' || found.file === null) return found;
  const { file } = found;
  const known = found.events.map((event) => event.name);
  // The broken part of the file may be the very event that is missed.
  const absent = found.problems.length > 0 ? [] : chosen.filter((each) => !known.includes(each));
  return {
    file,
    events: found.events.filter((event) => chosen.includes(event.name)),
    problems: [
      ...found.problems,
      ...absent.map((each) => ({
        function: name,
        file: slashRelative(config.folder, file),
        at: null,
        fault: { kind: 'absent', name: each, suggestion: nearestName(each, known), known } as const,
      })),
    ],
  };
}

/** The choice of a function; null: it is never called. */
export function answersOf(
  config: Pick<Config, 'functions'>,
  name: FunctionName,
): 'all' | readonly string[] | null {
  return Object.hasOwn(config.functions, name) ? (config.functions[name]?.answers ?? null) : null;
}

/** Where functions may be called when they are live: never in a protected environment, whatever the patterns say. */
export function mayBeCalled(config: Pick<Config, 'answers' | 'protectedEnvs'>, env: EnvId): boolean {
  const matches = (pattern: string): boolean => matchesGlob(pattern, env);
  return config.answers.envs.some(matches) && !config.protectedEnvs.some(matches);
}

export function isFor(event: SavedEvent, env: EnvId): boolean {
  return event.envs === null || event.envs.some((pattern) => matchesGlob(pattern, env));
}

/** The file for the events of a function, as it is shown. */
export function eventsFileOf(config: EventsConfig, name: FunctionName): string {
  return slashRelative(config.folder, path.join(config.answers.events, `${name}.json`));
}

/** In the order in which they count. */
async function placesOf(config: EventsConfig, name: FunctionName): Promise<string[]> {
  if (/[\\/]/.test(name) || name === '') return [];
  const templates = await templateFolder(config.folder);
  return [config.answers.events, ...(templates === null ? [] : [templates])].map((folder) =>
    path.join(folder, `${name}.json`),
  );
}

/** The folder that DevTools keeps its templates of events in, absolute; null: none is named. */
async function templateFolder(project: string): Promise<string | null> {
  const read = await readTextFile(path.join(project, 'project.config.json'));
  const value = read.ok ? parseJson(stripComments(read.text)) : null;
  const root = isRecord(value) ? value['cloudfunctionTemplateRoot'] : null;
  return typeof root === 'string' && root.trim() !== ''
    ? path.join(project, root.trim().replaceAll('\\', '/'))
    : null;
}

type Read =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'fault'; readonly fault: EventFault };

/** Inside the project, or in the folder of events, to which somebody agreed where it lies elsewhere. */
async function readInside(config: EventsConfig, file: string): Promise<Read> {
  const [real, ...roots] = await Promise.all([file, config.folder, config.answers.events].map(realOrNull));
  if (real == null) return { kind: 'absent' };
  if (!roots.some((root) => root !== null && isWithin(real, root)))
    return { kind: 'fault', fault: { kind: 'outside' } };
  const read = await readTextFile(real, { mostBytes: largestFile });
  if (read.ok) return { kind: 'text', text: read.text };
  const isAbsent = read.code === 'ENOENT' || read.code === 'ENOTDIR';
  return isAbsent ? { kind: 'absent' } : { kind: 'fault', fault: { kind: 'unreadable', code: read.code } };
}

function realOrNull(place: string): Promise<string | null> {
  return realpath(place).catch(() => null);
}

interface PlacedFault {
  readonly fault: EventFault;
  readonly at: TextPosition;
}

/**
 * A list of `{name, value}`, one such object, or any other object, which is one event without a name.
 * @internal
 */
export function parseEvents(
  text: string,
  file: string,
): { readonly events: readonly SavedEvent[]; readonly faults: readonly PlacedFault[] } {
  const placeOf = positionsIn(text);
  const deep = tooDeepAt(text);
  if (deep !== null) return { events: [], faults: [{ fault: { kind: 'syntax' }, at: placeOf(deep) }] };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors);
  // Objects are made by JSON.parse, for which `__proto__` is a key like any other.
  const value = parseJson(stripComments(text));
  const [error] = errors;
  if (root === undefined || error !== undefined || value === undefined) {
    const at = placeOf(error?.offset ?? 0);
    return { events: [], faults: [{ fault: { kind: 'syntax' }, at }] };
  }
  const positionOf = (...keys: (string | number)[]): TextPosition =>
    placeOf((findNodeAtLocation(root, keys) ?? root).offset);
  if (!Array.isArray(value)) {
    const isNamed = isRecord(value) && typeof value['name'] === 'string' && isRecord(value['value']);
    return collect([isNamed ? value : { value }].map((each) => readEvent(each, file, positionOf())));
  }
  const members: readonly unknown[] = value;
  const count = members.length;
  if (count > mostEvents)
    return {
      events: [],
      faults: [{ fault: { kind: 'too-many', count, limit: mostEvents }, at: positionOf() }],
    };
  return collect(members.map((each, index) => readEvent(each, file, positionOf(index))));
}

type EventRead = SavedEvent | PlacedFault;

/** Of two with one name the first counts. Of many mistakes the first are named. */
function collect(reads: readonly EventRead[]): ReturnType<typeof parseEvents> {
  const events = new Map<string, SavedEvent>();
  const faults: PlacedFault[] = [];
  for (const read of reads) {
    if ('fault' in read) faults.push(read);
    else if (events.has(read.name)) faults.push({ fault: { kind: 'twice', name: read.name }, at: read.at });
    else events.set(read.name, read);
  }
  const count = faults.length - mostFaults;
  const [next] = faults.slice(mostFaults);
  const more: PlacedFault[] = next === undefined ? [] : [{ fault: { kind: 'more', count }, at: next.at }];
  return { events: [...events.values()], faults: [...faults.slice(0, mostFaults), ...more] };
}

function readEvent(member: unknown, file: string, at: TextPosition): EventRead {
  const wrong = (fault: EventFault): PlacedFault => ({ fault, at });
  if (!isRecord(member) || !isRecord(member['value'])) return wrong({ kind: 'no-event' });
  const { value, name = '', expect, ignore = [], envs = null } = member;
  if (typeof name !== 'string') return wrong({ kind: 'field', name: '', field: 'name' });
  if (!isRecord(value) || Object.hasOwn(value, probeMark)) return wrong({ kind: 'reserved', name });
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > largestEvent) return wrong({ kind: 'too-big', name, bytes, limit: largestEvent });
  const expected = expectationOf(expect);
  if (expected === undefined) return wrong({ kind: 'field', name, field: 'expect' });
  if (!isTexts(ignore) || !ignore.every((pointer) => isPointer(pointer)))
    return wrong({ kind: 'field', name, field: 'ignore' });
  if (envs !== null && !isTexts(envs)) return wrong({ kind: 'field', name, field: 'envs' });
  return { name, value, expect: expected, ignore: ignore.map(inAnswer), envs, file, at };
}

/** From the answer's top, which has `result` or `error`. In the result, as reports name places, it may be written from there. */
function inAnswer(pointer: string): string {
  return /^\/(?:result|error)(?:\/|$)/.test(pointer) ? pointer : `/result${pointer}`;
}

/** undefined: it cannot be understood. */
function expectationOf(written: unknown): Expectation | null | undefined {
  if (written === undefined) return null;
  if (!isRecord(written) || !Object.hasOwn(written, '$error')) return { kind: 'result', part: written };
  const text = written['$error'];
  return typeof text === 'string' && Object.keys(written).length === 1 ? { kind: 'error', text } : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** RFC 6901. The empty pointer means everything: then there would be nothing to compare. */
function isPointer(text: string): boolean {
  return /^(?:\/(?:[^~/]|~[01])*)+$/.test(text);
}
