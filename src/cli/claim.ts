/** Whether this process works alone on a configuration, or another one does already. */
import type { Config } from '../config/model.js';
import type { Talk } from '../daemon/client.js';
import type { DaemonFacts } from '../daemon/protocol.js';
import { makeStateFolder, removeLeftovers, stateFolderOf } from '../state/folder.js';
import { type Holder, type Lock, type LockOutcome, takeLock } from '../state/lock.js';
import { socketPathFor } from '../system/socket.js';
import { daemonWords } from '../text/words/daemon.js';
import type { Context } from './context.js';

export type Claim =
  /** `lock` null: there can be none here, and `trouble` is the system's code. */
  | {
      readonly type: 'alone';
      readonly lock: Lock | null;
      readonly socket: string | null;
      readonly trouble: string | null;
    }
  | { readonly type: 'daemon'; readonly holder: Holder; readonly talk: Talk }
  /** Said already. */
  | { readonly type: 'refused'; readonly exitCode: number };

/** How often a lock is tried again that is about to be let go of, ms. */
const againEveryMs = 100;
/** A daemon that holds the lock and does not answer is coming or going, for so long at most (10 s of farewell), ms. */
const silenceMs = 12_000;

export interface ClaimOptions {
  readonly config: Config;
  readonly role: Holder['role'];
  /** How long another `push` is waited for; 0: without an end. */
  readonly patienceSeconds: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Takes the configuration for this process. A `push` at work is waited for. */
export async function claim(options: ClaimOptions, context: Context): Promise<Claim> {
  const { config, role, signal } = options;
  const folder = stateFolderOf(config);
  // A folder that cannot be made is told by whoever needs it next.
  if ((await makeStateFolder(folder)) !== null)
    return { type: 'alone', lock: null, socket: null, trouble: null };
  const socket = role === 'watch' ? socketPathFor(folder) : null;
  const { endpoint, file } = config;
  const mine = { pid: process.pid, role, socket, endpoint, config: file, version: context.version };
  const losePatience = createPatience(options, context);
  for (;;) {
    const outcome = await takeLock(folder, { ...mine, v: 1 });
    const claimed = await claimFrom(outcome, socket, folder);
    if (claimed !== null) return claimed;
    if (outcome.type === 'held' && losePatience(outcome.holder)) return { type: 'refused', exitCode: 3 };
    if (signal.aborted) return { type: 'refused', exitCode: 1 };
    await new Promise((resolve) => setTimeout(resolve, againEveryMs));
  }
}

/** What a try at the lock means; null: try again. */
async function claimFrom(
  outcome: LockOutcome,
  socket: string | null,
  folder: string,
): Promise<Exclude<Claim, { type: 'refused' }> | null> {
  if (outcome.type === 'taken') {
    await removeLeftovers(folder);
    return { type: 'alone', lock: outcome.lock, socket, trouble: null };
  }
  const { holder } = outcome;
  const talk = holder === null ? null : await talkWith(holder);
  if (holder !== null && talk !== null) return { type: 'daemon', holder, talk };
  return outcome.type === 'held' ? null : { type: 'alone', lock: null, socket, trouble: outcome.code };
}

/** Says once what is waited for, and says true, with the reason told, when it has taken too long. */
function createPatience(
  { patienceSeconds }: ClaimOptions,
  { err, language }: Context,
): (holder: Holder | null) => boolean {
  const words = daemonWords[language];
  const since = performance.now();
  let told = false;
  return (holder) => {
    const waited = performance.now() - since;
    if (holder?.role !== 'push') {
      if (waited > silenceMs) err(`${words.silent(holder?.pid ?? null)}\n`);
      return waited > silenceMs;
    }
    if (!told) err(`${words.waiting(holder.pid)}\n`);
    told = true;
    const isOver = patienceSeconds > 0 && waited > patienceSeconds * 1000;
    if (isOver) err(`${words.waitedInVain(holder.pid, patienceSeconds)}\n`);
    return isOver;
  };
}

/** The client is loaded only where there is somebody to talk to. */
async function talkWith(holder: Holder): Promise<Talk | null> {
  const { talkTo } = await import('../daemon/client.js');
  return talkTo(holder);
}

/** Why a daemon with another configuration or endpoint cannot be meant; null: it can. */
export function otherProject(
  { file, endpoint }: Config,
  { pid, config, endpoint: theirs }: DaemonFacts,
  { language }: Context,
): string | null {
  const words = daemonWords[language];
  if (config !== file) return words.otherConfig(pid, config ?? '-', file ?? '-');
  return theirs === endpoint ? null : words.otherEndpoint(pid, theirs, endpoint);
}
