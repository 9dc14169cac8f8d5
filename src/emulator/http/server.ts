import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { callOf } from '../calls/table.js';
import { errorText } from '../model.js';
import { type ApiOptions, answerCall } from './api.js';
import { answerControl, CONTROL_PREFIX, type ControlOptions } from './control.js';
import { isFromHere, jsonAnswer, send, targetOf } from './messages.js';

/** The emulator's server. */
export interface Listening {
  readonly port: number;
  /** Takes no more requests and cuts the connections. */
  stop(): Promise<void>;
  /** Resolves when every request that was taken has ended. */
  idle(): Promise<void>;
}

/**
 * Serves the API and the emulator's own calls on 127.0.0.1. Whatever a request holds, it gets an answer or a closed connection.
 * Rejects with the system's error when the port is taken.
 */
export async function listen(port: number, api: ApiOptions, control: ControlOptions): Promise<Listening> {
  const answering = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    // Errors of a connection show in what is read and written; unheard they would end the process.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const answered = answer(api, control, request, response).finally(() => answering.delete(answered));
    answering.add(answered);
  });
  // Node's default of 5 s closes idle connections just when a client uses them again, which looks like a fault.
  server.keepAliveTimeout = 10 * 60 * 1000;
  await opened(server, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
    idle: async () => void (await Promise.all(answering)),
  };
}

/** Sends a request where it belongs. What is caught here is a bug of the emulator, and is shown as one. */
async function answer(
  api: ApiOptions,
  control: ControlOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const target = targetOf(request.url ?? '');
    const call = target === null ? null : callOf(target.path);
    if (!isFromHere(request)) await send(response, NOT_FROM_HERE);
    else if (target === null) await send(response, NO_TARGET);
    else if (target.path.startsWith(CONTROL_PREFIX)) await answerControl(control, target, request, response);
    else if (call === null) await send(response, NO_SUCH_CALL);
    else await answerCall(api, call, target, request, response);
  } catch (error) {
    if (response.headersSent) response.socket?.destroy();
    else await send(response, jsonAnswer(500, { errcode: -1, errmsg: `emulator bug: ${errorText(error)}` }));
  }
}

const CLOSE = { connection: 'close' } as const;
const refusal = (status: number, errcode: number, errmsg: string) => {
  const answered = jsonAnswer(status, { errcode, errmsg });
  return { ...answered, headers: { ...answered.headers, ...CLOSE } };
};
const NOT_FROM_HERE = refusal(403, -1, 'the emulator answers programs on this machine only');
const NO_TARGET = refusal(400, 40066, 'invalid url');
const NO_SUCH_CALL = refusal(404, 40066, 'invalid url');

function opened(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
