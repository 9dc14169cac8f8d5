/** The embedded emulator for other programs: as much of it as a test or a demo needs. */

export interface LocalCloudOptions {
  /** Ids of its environments. */
  readonly envs: readonly string[];
  /** Default: a random one. */
  readonly token?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** The folder that keeps the functions; without one, they are kept in memory only. */
  readonly store?: string;
  /** Added before every answer. Default 0. */
  readonly latencyMs?: number;
  /** How long a deployment takes. Default 600. */
  readonly deployMs?: number;
}

/** A running local cloud. Its faults are set over HTTP: src/emulator/README.md. */
export interface LocalCloud {
  /** `http://127.0.0.1:<port>`: the `endpoint` of a configuration. */
  readonly url: string;
  /** The `access_token` of its calls. */
  readonly token: string;
  readonly envs: readonly string[];
  /** The functions of an environment, as the cloud lists them. */
  functions(env: string): readonly { readonly name: string; readonly status: string }[];
  /** A function's running code: relative path → content; empty when there is none. */
  files(env: string, name: string): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Deploys at once, as if somebody else did. */
  deploy(env: string, name: string, files: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a local cloud on this machine alone. Rejects with the system's error when the port is taken or the store cannot be
 * read, and with a RangeError for an environment's id that cannot be one.
 */
export async function emulator(options: LocalCloudOptions): Promise<LocalCloud> {
  const { startEmulator } = await import('../emulator/index.js');
  return startEmulator(options);
}
