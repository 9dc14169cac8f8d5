import type { IncomingMessage, ServerResponse } from 'node:http';

export type Body =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly reason: 'too-large' | 'aborted' };

/** Reads a request's body, at most so many bytes. A client that goes away is data, not an error. */
export function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
      else resolve({ ok: false, reason: 'too-large' });
    });
    request.on('end', () => resolve({ ok: true, bytes: Buffer.concat(chunks) }));
    request.on('error', () => resolve({ ok: false, reason: 'aborted' }));
    request.on('close', () => resolve({ ok: false, reason: 'aborted' }));
  });
}

/** What is written to the client. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const jsonAnswer = (status: number, value: unknown): HttpAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
});

/** Sends an answer whole. A client that is gone takes nothing, which is its own affair. */
export function send(response: ServerResponse, answer: HttpAnswer): void {
  const body = Buffer.from(answer.body, 'utf8');
  response.writeHead(answer.status, { 'content-length': String(body.length), ...answer.headers });
  response.end(body);
}

/** Announces the whole answer, sends half of it and ends the connection. */
export function sendHalf(response: ServerResponse, answer: HttpAnswer): void {
  const body = Buffer.from(answer.body, 'utf8');
  response.writeHead(answer.status, { 'content-length': String(body.length), ...answer.headers });
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.socket?.destroySoon());
}

/** Ends the connection with a reset instead of an answer. */
export const reset = (response: ServerResponse): void => void response.socket?.resetAndDestroy();
