/** One process at a time works on a configuration: to take it, or to see who has it. */
import type { Config } from '../config/model.js';
import { makeStateFolder, removeLeftovers, stateFolderOf } from '../state/folder.js';
import { type Holder, type Lock, takeLock } from '../state/lock.js';
import { type Bound, socketPathFor } from '../system/socket.js';

export interface Alone {
  readonly type: 'alone';
  /** null: there can be none here. */
  readonly lock: Lock | null;
  /** Where a daemon of this process is to listen; null: nowhere. */
  readonly socket: string | null;
  /** That place, where it is taken already: it is the lock. */
  readonly bound: Bound | null;
  /** Why there can be no lock, the system's code; null where that is reported by whoever needs the folder next. */
  readonly trouble: string | null;
}

export type Claimed =
  | (Alone & {
      /** Named by a lock that cannot be tried: it may be running. */
      readonly other: Holder | null;
    })
  | { readonly type: 'held'; readonly holder: Holder | null; readonly socket: string | null };

/** Tries once. What dead processes left behind is removed. */
export async function claimConfig(config: Config, role: Holder['role'], version: string): Promise<Claimed> {
  const folder = stateFolderOf(config);
  // A folder that cannot be made is reported by whoever needs it next; the lock may lie elsewhere.
  const isMade = (await makeStateFolder(folder)) === null;
  const socket = role === 'watch' ? socketPathFor(folder) : null;
  const { endpoint, file } = config;
  const outcome = await takeLock(folder, {
    v: 1,
    pid: process.pid,
    role,
    socket,
    endpoint,
    config: file,
    version,
  });
  const alone = {
    type: 'alone',
    lock: null,
    socket: isMade ? socket : null,
    bound: null,
    trouble: null,
  } as const;
  switch (outcome.type) {
    case 'held':
      return outcome;
    case 'unavailable':
      return { ...alone, trouble: isMade ? outcome.code : null, other: outcome.holder };
    case 'taken':
      if (isMade) await removeLeftovers(folder);
      return { ...alone, lock: outcome.lock, bound: outcome.bound, other: null };
    default:
      return outcome satisfies never;
  }
}
