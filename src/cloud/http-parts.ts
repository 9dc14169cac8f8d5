/** Loads the little of undici that is used here. Where it stands is not promised by undici: elsewhere the whole is loaded. */
import type { Agent, buildConnector } from 'undici';

export interface HttpParts {
  readonly Agent: typeof Agent;
  readonly buildConnector: typeof buildConnector;
}

export async function loadHttpParts(): Promise<HttpParts> {
  try {
    const [agent, connect] = await Promise.all([
      import('undici/lib/dispatcher/agent.js'),
      import('undici/lib/core/connect.js'),
    ]);
    return { Agent: agent.default, buildConnector: connect.default };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return import('undici');
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
