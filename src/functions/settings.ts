/** A function's own config.json, as the vendor's IDE reads it: an upload does not bring it along. */
import { join } from 'node:path';
import type { Trigger } from '../cloud/cloud.js';
import { isRecord, parseJson } from '../system/json.js';
import { readTextFile } from '../system/text-file.js';

export interface FunctionSettings {
  /** null: no word of timers, or there is a mistake. */
  readonly timers: readonly Trigger[] | null;
  /** How many are written, right or wrong. */
  readonly written: number;
  /** Where it is wrong: `triggers[1]`, `config.json (EACCES)`; null: nowhere. */
  readonly mistake: string | null;
  /** It asks for calls of the vendor's open interface. */
  readonly hasPermissions: boolean;
}

const none: FunctionSettings = { timers: null, written: 0, mistake: null, hasPermissions: false };

/** @param dir the function's folder, absolute. Never rejects: what cannot be read is a mistake. */
export async function readFunctionSettings(dir: string): Promise<FunctionSettings> {
  const read = await readTextFile(join(dir, 'config.json'));
  if (read.ok) {
    const value = parseJson(read.text);
    return value === undefined ? { ...none, mistake: 'config.json is not JSON' } : settingsOf(value);
  }
  const { code } = read;
  return code === 'ENOENT' || code === 'ENOTDIR' ? none : { ...none, mistake: `config.json (${code})` };
}

/** A list of `{name, type: "timer", config}` with seven fields each. */
function settingsOf(value: unknown): FunctionSettings {
  const settings = isRecord(value) ? value : {};
  const found = { ...none, hasPermissions: namesPermissions(settings['permissions']) };
  const listed = settings['triggers'];
  if (listed === undefined) return found;
  if (!Array.isArray(listed)) return { ...found, mistake: 'triggers' };
  const timers: Trigger[] = [];
  for (const [at, entry] of listed.entries()) {
    const timer = timerOf(entry);
    if (timer === null) return { ...found, written: listed.length, mistake: `triggers[${at}]` };
    timers.push(timer);
  }
  return { ...found, written: listed.length, timers };
}

function timerOf(entry: unknown): Trigger | null {
  if (!isRecord(entry)) return null;
  const { name, type, config } = entry;
  if (typeof name !== 'string' || typeof type !== 'string' || typeof config !== 'string') return null;
  if (type.toLowerCase() !== 'timer' || config.trim().split(/\s+/).length !== 7) return null;
  return { trigger_name: name, type: 'Timer', config: config.trim() };
}

function namesPermissions(permissions: unknown): boolean {
  if (!isRecord(permissions)) return false;
  return Object.values(permissions).some((list) => Array.isArray(list) && list.length > 0);
}
