/** One process at a time works on a project: a program that uses the library takes it as `tcb-watch` does. */
import type { Config } from '../config/model.js';
import { type Daemon, openDaemon } from '../daemon/daemon.js';
import { makeStateFolder, removeLeftovers, stateFolderOf } from '../state/folder.js';
import { takeLock } from '../state/lock.js';
import type { Sync } from '../sync/sync.js';
import { socketPathFor } from '../system/socket.js';

export interface Hold {
  readonly ok: true;
  /** Answers `tcb-watch status` and `push`, which meet this process. `onTrouble` is told the system's code. */
  answer(sync: Sync, version: string, onTrouble: (code: string) => void): void;
  /** Ends the answers that are being given. */
  silence(): Promise<void>;
  /** Lets others work on the project. */
  release(): void;
}

export type HoldOutcome = Hold | { readonly ok: false; readonly pid: number | null };

/** Where there can be no lock the work goes on without one. */
export async function holdProject(config: Config, version: string): Promise<HoldOutcome> {
  const folder = stateFolderOf(config);
  if ((await makeStateFolder(folder)) !== null) return held(() => undefined, null);
  const socket = socketPathFor(folder);
  const { endpoint, file } = config;
  const mine = { v: 1, pid: process.pid, role: 'watch', socket, endpoint, config: file, version } as const;
  const outcome = await takeLock(folder, mine);
  switch (outcome.type) {
    case 'held':
      return { ok: false, pid: outcome.holder?.pid ?? null };
    case 'unavailable':
      return held(() => undefined, null);
    case 'taken':
      await removeLeftovers(folder);
      return held(() => outcome.lock.release(), socket);
    default:
      return outcome satisfies never;
  }
}

function held(release: () => void, socket: string | null): Hold {
  let daemon: Promise<Daemon | null> | null = null;
  return {
    ok: true,
    answer(sync, version, onTrouble) {
      if (socket === null) return;
      daemon = openDaemon(sync, socket, version).then((outcome) => {
        if (outcome.ok) return outcome.daemon;
        onTrouble(outcome.code);
        return null;
      });
    },
    silence: async () => (await daemon)?.close(),
    release,
  };
}
