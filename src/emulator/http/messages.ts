/** One HTTP request and its answer, as bytes: read whole or slowly, sent whole, slowly, in part or not at all. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** The parts of a request's target that count. */
export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * A request's target: the path as it came, without its query. null for what is neither a path nor a whole address (`*`, `//`,
 * `http://[`), which no client of the API sends.
 */
export function targetOf(text: string): Target | null {
  const whole = /^https?:\/\/[^/?#]+(?<rest>[/?#].*)?$/i.exec(text);
  const target = whole === null ? text : (whole.groups?.['rest'] ?? '/');
  const [beforeHash = ''] = target.split('#', 1);
  const at = beforeHash.indexOf('?');
  const path = at === -1 ? beforeHash : beforeHash.slice(0, at);
  if (!path.startsWith('/') || path.startsWith('//')) return null;
  return { path, query: new URLSearchParams(at === -1 ? '' : beforeHash.slice(at + 1)) };
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?$/i;

/**
 * Whether a request can come from a program on this machine that means the emulator. A web page that a browser shows cannot:
 * it names its origin, or, where its own name was made to lead here, another host.
 */
export function isFromHere({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { host, origin } = headers;
  if (host !== undefined && !LOOPBACK.test(host)) return false;
  return origin === undefined || LOOPBACK.test(origin.replace(/^https?:\/\//i, ''));
}

export type Body =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly reason: 'too-large' | 'aborted' | 'cut' };

export interface ReadOptions {
  /** The most bytes that are taken. */
  readonly limit: number;
  /** Reads no faster than this; null: as fast as it comes. */
  readonly bytesPerSecond?: number | null;
  /** Gives up after more than so many bytes; null: never. */
  readonly cutAfterBytes?: number | null;
}

/** The bytes that all bodies that are being read may hold together: 20 of the largest uploads at a time, and far below any machine's memory. */
const MAX_BYTES_IN_FLIGHT = 512 * 1024 * 1024;
let bytesInFlight = 0;

/** Reads a request's body. A client that goes away is data, not an error. */
export function readBody(request: IncomingMessage, options: ReadOptions): Promise<Body> {
  const { limit, bytesPerSecond = null, cutAfterBytes = null } = options;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isDone = false;
    const end = (body: Body): void => {
      if (isDone) return;
      isDone = true;
      bytesInFlight -= bytes;
      resolve(body);
    };
    request.on('data', (chunk: Buffer) => {
      if (isDone) return;
      bytes += chunk.length;
      bytesInFlight += chunk.length;
      chunks.push(chunk);
      if (cutAfterBytes !== null && bytes > cutAfterBytes) end({ ok: false, reason: 'cut' });
      else if (bytes > limit || bytesInFlight > MAX_BYTES_IN_FLIGHT) end({ ok: false, reason: 'too-large' });
      else if (bytesPerSecond !== null) {
        request.pause();
        setTimeout(() => request.resume(), (chunk.length / bytesPerSecond) * 1000).unref();
      }
    });
    request.on('end', () => end({ ok: true, bytes: Buffer.concat(chunks) }));
    request.on('error', () => end({ ok: false, reason: 'aborted' }));
    request.on('close', () => end({ ok: false, reason: 'aborted' }));
  });
}

/** An answer, as it is written to the client. */
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

export interface SendOptions {
  readonly gzip: boolean;
  /** null: as fast as the link is. */
  readonly bytesPerSecond: number | null;
  readonly pause: (ms: number) => Promise<void>;
}

/** Ten slices a second make a slow answer. */
const SLICES_PER_SECOND = 10;

/** Sends an answer whole. A client that is gone takes nothing, which is its own affair. */
export async function send(
  response: ServerResponse,
  answer: HttpAnswer,
  options: Partial<SendOptions> = {},
): Promise<void> {
  const body = begin(response, answer, options.gzip ?? false);
  const { bytesPerSecond = null, pause } = options;
  if (bytesPerSecond === null || pause === undefined) {
    response.end(body);
    return;
  }
  const slice = Math.max(1, Math.ceil(bytesPerSecond / SLICES_PER_SECOND));
  for (let at = 0; at < body.length && !response.destroyed; at += slice) {
    response.write(body.subarray(at, at + slice));
    await pause((slice / bytesPerSecond) * 1000);
  }
  response.end();
}

/** Announces the whole answer, sends half of it and ends the connection. */
export function sendHalf(response: ServerResponse, answer: HttpAnswer): void {
  const body = begin(response, answer, false);
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.socket?.destroySoon());
}

function begin(response: ServerResponse, answer: HttpAnswer, gzip: boolean): Buffer {
  const plain = Buffer.from(answer.body, 'utf8');
  const body = gzip ? gzipSync(plain) : plain;
  const encoding = gzip ? { 'content-encoding': 'gzip' } : {};
  response.writeHead(answer.status, {
    'content-length': String(body.length),
    ...encoding,
    ...answer.headers,
  });
  return body;
}

/** Ends the connection with a reset instead of an answer. */
export const reset = (response: ServerResponse): void => void response.socket?.resetAndDestroy();
