/** The cloud that a configuration names: a URL, or the embedded emulator with its own token. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyTokenSource } from '../cloud/token/token.js';
import type { Config } from '../config/model.js';
import { stateFolderOf } from '../state/folder.js';
import { errnoOf } from '../system/errno.js';

export interface Endpoint {
  readonly url: string;
  readonly tokenSource: AnyTokenSource;
  close(): Promise<void>;
}

/** Where the emulator keeps what each environment runs. */
export function emulatorStoreOf(config: Config): string {
  return join(stateFolderOf(config), 'emulator');
}

/** An emulator that another process runs. */
export interface RunningEmulator {
  readonly url: string;
  readonly token: string;
}

/**
 * Starts the emulator where the configuration asks for it and none runs yet. It is loaded only then. Rejects with the
 * system's error where its store cannot be read.
 */
export async function openEndpoint(
  config: Config,
  running: RunningEmulator | null,
  mayWrite: boolean,
): Promise<Endpoint> {
  if (config.endpoint !== 'emulator') {
    return {
      url: config.endpoint,
      tokenSource: config.token ?? { kind: 'none' },
      close: async () => undefined,
    };
  }
  if (running !== null) {
    const tokenSource = { kind: 'fixed', value: running.token } as const;
    return { url: running.url, tokenSource, close: async () => undefined };
  }
  const { startEmulator } = await import('../emulator/index.js');
  const store = emulatorStoreOf(config);
  // A dry run leaves nothing behind: without a store there is nothing to load either.
  const kept = mayWrite || existsSync(store) ? { store } : {};
  const emulator = await startEmulator({ envs: [...config.envs], ...kept });
  return {
    url: emulator.url,
    tokenSource: { kind: 'fixed', value: emulator.token },
    // What keeps it from writing at its end keeps the next one from opening, which tells.
    close: () => emulator.close().catch((error: unknown) => void errnoOf(error)),
  };
}
