/** One call of a function, in the cloud that the configuration names: the running daemon's own emulator, if it has one. */

import type { InvokeOutcome } from '../cloud/cloud.js';
import { createRedactor } from '../cloud/redact.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import { type Connected, connect } from '../sync/connection.js';
import type { LoadedConfig } from '../sync/sync.js';
import { emulatorOfDaemon } from './client.js';

/**
 * An outcome with a `problem` is one of the configuration.
 * @param event JSON text, sent as it is
 */
export async function invokeFunction(
  loaded: LoadedConfig,
  env: EnvId,
  name: FunctionName,
  event: string,
  signal: AbortSignal,
): Promise<InvokeOutcome | Extract<Connected, { ok: false }>> {
  const { config } = loaded;
  const redactor = createRedactor(loaded.secrets);
  const emulator = config.endpoint === 'emulator' ? await emulatorOfDaemon(config) : null;
  const connected = await connect({ config, variables: loaded.reread, redactor, emulator, mayWrite: false });
  if (!connected.ok) return connected;
  const { connection } = connected;
  try {
    return await connection.cloud.invoke(env, name, event, signal);
  } finally {
    await connection.close();
  }
}
