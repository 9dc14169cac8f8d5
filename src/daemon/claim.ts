/** One process at a time works on a configuration: to take it, or to see who has it. */
import type { Config } from '../config/model.js';
import { makeStateFolder, removeLeftovers, stateFolderOf } from '../state/folder.js';
import { type Holder, type Lock, takeLock } from '../state/lock.js';
import { socketPathFor } from '../system/socket.js';

export interface Alone {
  readonly type: 'alone';
  /** null: there can be none here. */
  readonly lock: Lock | null;
  /** Where a daemon of this process is to listen; null: nowhere. */
  readonly socket: string | null;
  /** Why there can be no lock, the system's code; null where that is reported by whoever needs the folder next. */
  readonly trouble: string | null;
}

export type Claimed =
  | (Alone & {
      /** Named by a lock that cannot be tried: it may be running. */
      readonly other: Holder | null;
    })
  | { readonly type: 'held'; readonly holder: Holder | null };

/** Tries once. What dead processes left behind is removed. */
export async function claimConfig(config: Config, role: Holder['role'], version: string): Promise<Claimed> {
  const folder = stateFolderOf(config);
  const alone = { type: 'alone', lock: null, socket: null, trouble: null, other: null } as const;
  if ((await makeStateFolder(folder)) !== null) return alone;
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
  switch (outcome.type) {
    case 'held':
      return { type: 'held', holder: outcome.holder };
    case 'unavailable':
      return { ...alone, socket, trouble: outcome.code, other: outcome.holder };
    case 'taken':
      await removeLeftovers(folder);
      return { ...alone, lock: outcome.lock, socket };
    default:
      return outcome satisfies never;
  }
}
