/** Whether this process has a configuration for itself, or another one does already; a running `push` is waited for. */
import type { Config } from '../config/model.js';
import { type Alone, claimConfig } from '../daemon/claim.js';
import type { Talk } from '../daemon/client.js';
import type { DaemonFacts } from '../daemon/protocol.js';
import type { Holder } from '../state/lock.js';
import { isSamePlace } from '../system/paths.js';
import { daemonWords } from '../text/words/daemon.js';
import type { Context } from './context.js';

export type Claim =
  | Alone
  | { readonly type: 'daemon'; readonly talk: Talk }
  /** Said already. */
  | { readonly type: 'refused'; readonly exitCode: number };

/** How often a lock is retried that is about to be released, ms. */
const againEveryMs = 100;
/** From then on nobody waits without a word, ms. */
const quietMs = 2000;
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

/** Takes the configuration for this process. A running `push` is waited for. */
export async function claim(options: ClaimOptions, context: Context): Promise<Claim> {
  const { config, role, signal } = options;
  const losePatience = createPatience(options, context);
  for (;;) {
    const claimed = await claimConfig(config, role, context.version);
    const holder = claimed.type === 'alone' ? claimed.other : claimed.holder;
    const socket = claimed.type === 'alone' ? (claimed.other?.socket ?? null) : claimed.socket;
    const talk = socket === null ? null : await talkAt(socket);
    if (talk !== null) return { type: 'daemon', talk };
    if (claimed.type === 'alone') return claimed;
    if (losePatience(holder)) return { type: 'refused', exitCode: 3 };
    if (signal.aborted) return { type: 'refused', exitCode: 1 };
    await new Promise((resolve) => setTimeout(resolve, againEveryMs));
  }
}

/** Says once what is waited for, and says why, and true, when it has taken too long. */
function createPatience(
  { patienceSeconds }: ClaimOptions,
  { err, language }: Context,
): (holder: Holder | null) => boolean {
  const words = daemonWords[language];
  const since = performance.now();
  let saidWaiting = false;
  const sayWaiting = (text: string): void => {
    if (!saidWaiting) err(`${text}\n`);
    saidWaiting = true;
  };
  return (holder) => {
    const waited = performance.now() - since;
    if (holder?.role !== 'push') {
      const pid = holder?.pid ?? null;
      if (waited > quietMs) sayWaiting(words.notYet(pid));
      if (waited > silenceMs) err(`${words.silent(pid)}\n`);
      return waited > silenceMs;
    }
    sayWaiting(words.waiting(holder.pid));
    const isOver = patienceSeconds > 0 && waited > patienceSeconds * 1000;
    if (isOver) err(`${words.waitedInVain(holder.pid, patienceSeconds)}\n`);
    return isOver;
  };
}

/** The client is loaded only where there is somebody to talk to. */
async function talkAt(socket: string): Promise<Talk | null> {
  const { talkTo } = await import('../daemon/client.js');
  return talkTo({ socket });
}

/** Why a daemon with another configuration or endpoint cannot be meant; null: it can. */
export function otherProject(config: Config, daemon: DaemonFacts, context: Context): string | null {
  const { pid, endpoint } = daemon;
  const other = otherConfig(config, daemon, context);
  if (other !== null || endpoint === config.endpoint) return other;
  return daemonWords[context.language].otherEndpoint(pid, endpoint, config.endpoint);
}

/** Why a daemon with another configuration cannot be meant; null: it can. */
export function otherConfig(
  { file }: Config,
  { pid, config }: DaemonFacts,
  { language }: Context,
): string | null {
  const isSame = config === file || (config !== null && file !== null && isSamePlace(config, file));
  return isSame ? null : daemonWords[language].otherConfig(pid, config ?? '-', file ?? '-');
}

/** Why a daemon that has introduced itself does not answer: it takes connections and is silent, or has ended. */
export async function noReply({ daemon }: Talk, config: Config, { language }: Context): Promise<string> {
  const { silentDaemon } = await import('../daemon/client.js');
  const words = daemonWords[language];
  return (await silentDaemon(config)) === null ? words.ended(daemon.pid) : words.silent(daemon.pid);
}

/** Why a daemon of another version cannot be asked: what it does may not be what was asked for. null: it can. */
export function otherVersion({ daemon }: Talk, { language, version }: Context): string | null {
  if (daemon.version === version) return null;
  return daemonWords[language].otherVersion(daemon.pid, daemon.version, version);
}
