/** Small real servers for the tests of the API's client, which share no code with the emulator. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Cloud, createCloud } from '../../src/cloud/cloud.js';
import { createHttp, type HttpOptions } from '../../src/cloud/http.js';
import { createRedactor } from '../../src/cloud/redact.js';
import type { Tokens } from '../../src/cloud/token/token.js';

export interface Received {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The client's port: distinguishes connections. */
  readonly connection: number | undefined;
}

export interface Served {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** Connections made so far. */
  readonly connections: () => number;
}

export type Answerer = (received: Received, response: ServerResponse, count: number) => void;

/** Listens on 127.0.0.1 and gives the port. Closed with all its connections when the test ends. */
export async function listen(server: Server): Promise<number> {
  const sockets = new Set<import('node:net').Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return portOf(server.address());
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A server that answers each whole request as the test says, and keeps what it received. */
export async function serve(answer: Answerer): Promise<Served> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => response.destroy());
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://server');
      const each: Received = {
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        connection: request.socket.remotePort,
      };
      received.push(each);
      answer(each, response, received.length);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, port, received, connections: () => connections };
}

/** Answers every request with the same JSON. */
export const serveJson = (...answers: readonly unknown[]): Promise<Served> =>
  serve((_, response, count) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[Math.min(count, answers.length) - 1]));
  });

export const secretToken = 'TOKEN_of-the-test_0123456789abcdef';

/** A token source that always gives one value, or none. */
export function tokensOf(value: string | null): Tokens & { readonly refused: string[] } {
  const refused: string[] = [];
  return {
    refused,
    parameter: 'access_token',
    current: () => value,
    read: async () =>
      value === null
        ? { ok: false, problem: 'env-unset:T' }
        : { ok: true, changed: false, renewAt: null, expiresAt: null },
    rejected: (each) => refused.push(each),
    onChange: () => () => {},
    close: () => {},
  };
}

export interface CloudRig {
  readonly cloud: Cloud;
  readonly tokens: ReturnType<typeof tokensOf>;
}

/** A client of an endpoint, closed when the test ends. */
export function cloudAt(
  endpoint: string,
  options: HttpOptions = {},
  token: string | null = secretToken,
): CloudRig {
  const http = createHttp({ environment: {}, ...options });
  onTestFinished(() => http.close());
  const redactor = createRedactor();
  if (token !== null) redactor.add(token);
  const tokens = tokensOf(token);
  return { cloud: createCloud({ endpoint, http, tokens, redactor }), tokens };
}
