/** One call of a function, in the cloud that the configuration names: the running daemon's own emulator, if it has one. */
import type { EnvId, FunctionName } from '../core/model.js';
import type { InvokeOutcome } from '../io/cloud.js';
import { createRedactor } from '../io/redact.js';
import { connect, disconnect } from './connection.js';
import { emulatorOfDaemon } from './daemon-client.js';
import type { LoadedConfig } from './sync.js';

/** @param event JSON text, sent as it is */
export async function invokeFunction(
  loaded: LoadedConfig,
  env: EnvId,
  name: FunctionName,
  event: string,
  signal: AbortSignal,
): Promise<InvokeOutcome> {
  const { config } = loaded;
  const redactor = createRedactor();
  for (const secret of loaded.secrets) redactor.add(secret);
  const emulator = config.endpoint === 'emulator' ? await emulatorOfDaemon(config) : null;
  const connection = await connect({ config, variables: loaded.reread, redactor, emulator, mayWrite: false });
  try {
    return await connection.cloud.invoke(env, name, event, signal);
  } finally {
    await disconnect(connection);
  }
}
