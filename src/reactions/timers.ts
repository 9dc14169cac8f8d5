/** `"triggers": true`: the timers of a function's config.json follow its code to each environment. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Trigger } from '../cloud/cloud.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, Failure, FunctionName } from '../model/nouns.js';
import { errnoOf } from '../system/errno.js';
import { isRecord } from '../system/json.js';
import { describeFailure } from '../text/describe.js';
import { noticeFact } from '../text/notices.js';
import type { FollowingOptions } from './following.js';

/** Waits before the second and the third try, ms. */
const triesAfterMs = [1000, 5000];

/** What a config.json says: null for no word of timers, a text for what is wrong with it. */
export type Timers = readonly Trigger[] | string | null;

/** What to do for a fact. */
export function createTimers(
  options: FollowingOptions,
  signal: AbortSignal,
): (fact: Fact) => (() => Promise<void>)[] {
  const { config, cloud, dirOf, language, tell } = options;
  /** What was sent in this run, by cloud and target. */
  const sent = new Map<string, string>();
  const warned = new Set<FunctionName>();

  const send = async (
    name: FunctionName,
    env: EnvId,
    triggers: readonly Trigger[],
  ): Promise<Failure | null> => {
    for (const waitMs of [...triesAfterMs, null]) {
      const outcome = await cloud().updateTriggers([env], name, triggers, signal);
      const failure = outcome.type === 'failed' ? outcome.failure : (outcome.failures[0]?.failure ?? null);
      const mayPass = failure !== null && ['transient', 'busy', 'unknown'].includes(failure.class);
      if (!mayPass || waitMs === null || signal.aborted) return failure;
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
    }
    return null;
  };
  const follow = async (name: FunctionName, env: EnvId): Promise<void> => {
    const dir = dirOf(name);
    const settings = dir === null ? null : await readSettings(dir);
    if (hasPermissions(settings) && !warned.has(name)) {
      warned.add(name);
      tell(noticeFact('permissions', name, language));
    }
    const timers = timersOf(settings);
    if (timers === null) return;
    if (typeof timers === 'string') return tell(noticeFact('timers-wrong', `${name}: ${timers}`, language));
    const target = `${config().endpoint} ${name} ${env}`;
    const wanted = JSON.stringify(timers);
    if (sent.get(target) === wanted) return;
    const failure = await send(name, env, timers);
    if (failure === null) sent.set(target, wanted);
    else if (!signal.aborted) {
      const text = `${name} → ${env}: ${failure.message} ${describeFailure(failure, { language, place: 'lines' })}`;
      tell(noticeFact('timers-failed', text, language));
    }
  };
  return (fact) => {
    if (fact.event !== 'live' || !config().triggers) return [];
    return [() => follow(fact.function, fact.env)];
  };
}

/** null: there is no config.json. A text: what is wrong with it, which is told as what is wrong with the timers. */
async function readSettings(dir: string): Promise<unknown> {
  try {
    const text = await readFile(join(dir, 'config.json'), 'utf8');
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof SyntaxError) return 'config.json is not JSON';
    const code = errnoOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : `config.json (${code})`;
  }
}

/** A list of `{name, type: "timer", config}` with seven fields each, as the vendor's IDE reads it. */
export function timersOf(settings: unknown): Timers {
  if (typeof settings === 'string') return settings;
  const listed = isRecord(settings) ? settings['triggers'] : undefined;
  if (listed === undefined) return null;
  if (!Array.isArray(listed)) return 'triggers';
  const timers: Trigger[] = [];
  for (const [index, entry] of listed.entries()) {
    const timer = timerOf(entry);
    if (timer === null) return `triggers[${index}]`;
    timers.push(timer);
  }
  return timers;
}

function timerOf(entry: unknown): Trigger | null {
  if (!isRecord(entry)) return null;
  const { name, type, config } = entry;
  if (typeof name !== 'string' || typeof type !== 'string' || typeof config !== 'string') return null;
  if (type.toLowerCase() !== 'timer' || config.trim().split(/\s+/).length !== 7) return null;
  return { trigger_name: name, type: 'Timer', config: config.trim() };
}

function hasPermissions(settings: unknown): boolean {
  const permissions = isRecord(settings) ? settings['permissions'] : undefined;
  if (!isRecord(permissions)) return false;
  return Object.values(permissions).some((list) => Array.isArray(list) && list.length > 0);
}
