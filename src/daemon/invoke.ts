/** One call of a function, in the cloud that the configuration names: the running daemon's own emulator, if it has one. */

import type { InvokeOutcome } from '../cloud/cloud.js';
import { createRedactor, type Redactor } from '../cloud/redact.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import { type Connected, connect, type Endpoint } from '../sync/connection.js';
import type { LoadedConfig } from '../sync/sync.js';
import { messageOf } from '../system/errno.js';
import { emulatorOfDaemon } from './client.js';

/** One call of a function. */
export interface Call {
  readonly env: EnvId;
  readonly name: FunctionName;
  /** JSON text, sent as it is. */
  readonly event: string;
  /** The call waits for a debugger at this port, which the emulator alone can do; null: it does not. */
  readonly inspectPort: number | null;
  /** Called once the emulator waits. */
  readonly onInspect: () => void;
}

/** A debugger that is asked for may think all day. */
const INSPECT_SECONDS = 24 * 60 * 60;

/** An outcome with a `problem` is one of the configuration, one with `cannotInspect` says why the emulator cannot wait. */
export async function invokeFunction(
  loaded: LoadedConfig,
  { env, name, event, inspectPort, onInspect }: Call,
  signal: AbortSignal,
): Promise<InvokeOutcome | Extract<Connected, { ok: false }> | { readonly cannotInspect: string }> {
  const config =
    inspectPort === null ? loaded.config : { ...loaded.config, requestTimeoutSeconds: INSPECT_SECONDS };
  const connected = await connectOnce({ ...loaded, config }, createRedactor(loaded.secrets));
  if (!connected.ok) return connected;
  const { connection } = connected;
  try {
    const refused = inspectPort === null ? null : await inspect(connection.endpoint, inspectPort);
    if (refused !== null) return { cannotInspect: refused };
    if (inspectPort !== null) onInspect();
    return await connection.cloud.invoke(env, name, event, signal);
  } finally {
    if (inspectPort !== null) await inspect(connection.endpoint, null);
    await connection.close();
  }
}

/** For a command: to the running daemon's own emulator, if it has one. */
export async function connectOnce(
  { config, reread }: Pick<LoadedConfig, 'config' | 'reread'>,
  redactor: Redactor,
): Promise<Connected> {
  const emulator = config.endpoint === 'emulator' ? await emulatorOfDaemon(config) : null;
  return connect({ config, variables: reread, redactor, emulator, mayWrite: false });
}

/** Makes the emulator's functions wait for a debugger, or no longer. @returns why it cannot */
async function inspect({ url, tokenSource }: Endpoint, port: number | null): Promise<string | null> {
  if (tokenSource.kind !== 'fixed') return 'no emulator';
  const address = `${url}/__emulator/inspect?access_token=${encodeURIComponent(tokenSource.value)}`;
  try {
    const response = await fetch(address, { method: 'POST', body: JSON.stringify({ port }) });
    if (response.ok) return null;
    const answer: unknown = await response.json();
    return String(Object(answer)['errmsg']);
  } catch (error) {
    return messageOf(error);
  }
}
