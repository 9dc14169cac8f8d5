/** One HTTP client for the process: keep-alive, time-outs, proxies, bounded answers. Failures are data. */
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  type BrotliOptions,
  brotliDecompress,
  inflate,
  type ZlibOptions,
  gunzip as zlibGunzip,
} from 'node:zlib';
import type { Agent, Dispatcher } from 'undici';
import { errnoOf } from '../system/errno.js';
import { isLoopback } from '../system/loopback.js';
import { loadHttpParts } from './http-parts.js';
import { chooseProxy, codedError, type Environment, openTunnel, type ProxyChoice } from './proxy.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Never changed nor kept, so that it can be sent again. */
  readonly body: Buffer | null;
  readonly signal: AbortSignal | null;
  /** Called when the last byte of the body was handed to the connection, if it comes to that. */
  readonly onWritten?: () => void;
}

/** The code of an answer that is longer than what is read. Its message has the size. */
export const answerTooBig = 'ANSWER_TOO_BIG';

/** Why there is no whole answer. */
export interface NetworkProblem {
  /** Node's or undici's code, or ours: ABORTED, FORGOTTEN, TIMED_OUT, CONNECT_TIMED_OUT, ANSWER_TOO_BIG, BAD_COMPRESSION, PLAIN_HTTP, BAD_REQUEST, BAD_PROXY, PROXY_FAILED, PROXY_<status>. */
  readonly code: string;
  /** Not redacted. */
  readonly message: string;
  /** A part of the request may have reached somebody. */
  readonly sent: boolean;
}

export type HttpOutcome =
  | {
      readonly ok: true;
      readonly status: number;
      /** Names in lower case; of a header that came twice, the first. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly ms: number;
    }
  | { readonly ok: false; readonly problem: NetworkProblem };

export interface HttpOptions {
  /** Milliseconds for name, connection, proxy and TLS together. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds without a byte written, and from the last one to the answer's end; each 256 KiB of body add 1,000. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Bytes of an answer; a longer one is cut off and is a failure. Default 8 MiB. */
  readonly answerLimit?: number;
  /** Where HTTPS_PROXY and its like are read. Default: the process's. */
  readonly environment?: Environment;
}

export interface Http {
  /** Never rejects. Plain http goes to loopback only; TLS is always verified; redirects are not followed. */
  request(request: HttpRequest): Promise<HttpOutcome>;
  /** The proxy that a request for this URL would use. */
  proxyFor(url: URL): ProxyChoice;
  /**
   * Uses new connections from now on. Requests on the old ones may still take so many milliseconds (default: until their own
   * time-outs); after sleep that is little, since their connections may be dead without knowing it.
   */
  forget(graceMs?: number): void;
  /** Breaks every connection. */
  close(): Promise<void>;
}

/** 1 s more for each of these: a slow uplink is no reason to give up. */
const bytesPerSecond = 256 * 1024;
/** A body above this is written in pieces, each when the connection has room for it, so that it is seen how far it got. */
const pieceBytes = 64 * 1024;
/** How long an idle connection is kept: below the 60 s at which common gateways close theirs. */
const keepAliveMs = 20_000;
/** Per address of a host. Node's 250 ms gives up on slow links that would have answered. */
const addressAttemptMs = 1000;

/** Makes the client; what it needs of undici is loaded with the first request. */
export function createHttp(options: HttpOptions = {}): Http {
  const environment = options.environment ?? process.env;
  const connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
  const requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
  const answerLimit = options.answerLimit ?? 8 * 1024 * 1024;
  let agent: Promise<Agent> | null = null;
  /** The signal that breaks each request that is on its way. */
  let cuts = new Set<() => void>();
  const forget = (graceMs?: number): void => {
    const before = cuts;
    if (agent !== null) void agent.then((old) => retire(old, before, graceMs));
    agent = null;
    cuts = new Set();
  };
  return {
    async request(request) {
      const url = URL.canParse(request.url) ? new URL(request.url) : null;
      if (url === null || !/^https?:$/.test(url.protocol))
        return failed('BAD_REQUEST', 'not an http(s) URL', false);
      if (url.protocol === 'http:' && !isLoopback(url.hostname))
        return failed('PLAIN_HTTP', `plain http is for this machine only: ${url.host}`, false);
      agent ??= createAgent(environment, connectTimeoutMs);
      const limits = { answerLimit, timeoutMs: timeoutOf(request.body, requestTimeoutMs), cuts };
      const loaded = await agent;
      // Here, for the first one waits until the client is loaded.
      if (request.signal?.aborted === true) return failed('ABORTED', 'aborted before it was sent', false);
      const outcome = await exchange(loaded, url, request, limits);
      if (!outcome.ok && outcome.problem.code === 'TIMED_OUT') forget();
      return outcome;
    },
    proxyFor: (url) => chooseProxy(url, environment),
    forget,
    async close() {
      const closing = agent;
      agent = null;
      await (await closing)?.destroy();
    },
  };
}

/** Milliseconds for a whole request, by the size of its body. */
export function timeoutOf(body: Buffer | null, requestTimeoutMs: number): number {
  return requestTimeoutMs + Math.floor(((body?.length ?? 0) / bytesPerSecond) * 1000);
}

const failed = (code: string, message: string, sent: boolean): HttpOutcome => ({
  ok: false,
  problem: { code, message, sent },
});

async function createAgent(environment: Environment, timeout: number): Promise<Agent> {
  const { Agent, buildConnector } = await loadHttpParts();
  const direct = buildConnector({
    timeout,
    rejectUnauthorized: true,
    autoSelectFamilyAttemptTimeout: addressAttemptMs,
  });
  return new Agent({
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: 3 * keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(target, callback) {
      const url = new URL(`${target.protocol}//${target.host ?? target.hostname}`);
      const proxy = chooseProxy(url, environment);
      if (proxy.kind === 'direct') return direct(target, callback);
      // It is refused when the configuration is read; never go past it.
      if (proxy.kind === 'mistake')
        return callback(codedError('BAD_PROXY', `${proxy.variable} is not the address of a proxy`), null);
      openTunnel(proxy.url, url, timeout).then(
        (httpSocket) => direct({ ...target, httpSocket }, callback),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  });
}

/** Not by destroying the agent: one that is closing has let go of its connections and would destroy none. */
function retire(agent: Agent, cuts: ReadonlySet<() => void>, graceMs: number | undefined): void {
  void agent.close();
  if (graceMs === undefined) return;
  const timer = setTimeout(() => {
    for (const cut of [...cuts]) cut();
  }, graceMs);
  timer.unref();
}

interface Limits {
  readonly answerLimit: number;
  readonly timeoutMs: number;
  /** Where to put what breaks the request before its time. */
  readonly cuts: Set<() => void>;
}

/** Sends one request and gathers its answer. Settles at once when aborted or timed out, whatever the connection does. */
function exchange(agent: Agent, url: URL, request: HttpRequest, limits: Limits): Promise<HttpOutcome> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let connection: Dispatcher.DispatchController | null = null;
    let ended: Error | null = null;
    const settle = (outcome: HttpOutcome): void => {
      ended ??= new Error('settled');
      clearTimeout(timer);
      limits.cuts.delete(cut);
      request.signal?.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    const stop = (code: string, message: string): void => {
      ended = codedError(code, message);
      connection?.abort(ended);
      settle(failed(code, message, connection !== null));
    };
    const onAbort = (): void => stop('ABORTED', 'aborted');
    const cut = (): void => stop('FORGOTTEN', 'no answer on a connection from before');
    limits.cuts.add(cut);
    const timer = setTimeout(
      () => stop('TIMED_OUT', `no answer within ${limits.timeoutMs} ms`),
      limits.timeoutMs,
    );
    const onProgress = (): void => void timer.refresh();
    const onWritten = (): void => {
      timer.refresh();
      if (ended === null) request.onWritten?.();
    };
    request.signal?.addEventListener('abort', onAbort, { once: true });
    const answer = createAnswer(limits.answerLimit);
    const body = bodyOf(request.body, onProgress, onWritten);
    agent.dispatch(dispatchOptions(url, request, body), {
      onRequestStart(controller) {
        connection = controller;
        if (ended !== null) controller.abort(ended);
        // A body that is no stream is written at once, with the head.
        else if (!(body instanceof Readable)) setImmediate(onWritten);
      },
      onResponseStart: (_, status, headers) => answer.start(status, headers),
      onResponseData(_, chunk) {
        if (!answer.take(chunk)) stop(answerTooBig, answer.tooBig());
      },
      onResponseEnd: () => {
        const ms = performance.now() - startedAt;
        void answer.outcome(ms).then(settle);
      },
      onResponseError: (_, error) => settle({ ok: false, problem: problemOf(error, connection !== null) }),
    });
  });
}

function dispatchOptions(
  url: URL,
  request: HttpRequest,
  body: Buffer | Readable | null,
): Dispatcher.DispatchOptions {
  const length = body instanceof Readable ? { 'content-length': String(request.body?.length ?? 0) } : {};
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: request.method,
    headers: { ...request.headers, ...length },
    body,
  };
}

/** A large body is sent in pieces of the same bytes, without a copy, one each time that the connection has room. */
function bodyOf(
  body: Buffer | null,
  onProgress: () => void,
  onWritten: () => void,
): Buffer | Readable | null {
  if (body === null || body.length <= pieceBytes) return body;
  let at = 0;
  return new Readable({
    highWaterMark: 1,
    read() {
      onProgress();
      const piece = at < body.length ? body.subarray(at, at + pieceBytes) : null;
      at += pieceBytes;
      if (piece === null) onWritten();
      this.push(piece);
    },
  });
}

interface Answer {
  start(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  /** False: too long. */
  take(chunk: Buffer): boolean;
  /** How long it is, as far as that is known. */
  tooBig(): string;
  /** Never rejects. */
  outcome(ms: number): Promise<HttpOutcome>;
}

function createAnswer(limit: number): Answer {
  let status = 0;
  let headers: Record<string, string> = {};
  let size = 0;
  const chunks: Buffer[] = [];
  const tooBig = (bytes: number | null): string =>
    bytes === null
      ? `the answer is over ${limit} bytes`
      : `the answer has ${bytes} bytes, the limit is ${limit}`;
  return {
    start(code, fields) {
      status = code;
      headers = Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat()[0] ?? '']),
      );
    },
    take(chunk) {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      return size <= limit;
    },
    tooBig() {
      const length = Number(headers['content-length']);
      return tooBig(length > limit ? length : null);
    },
    async outcome(ms) {
      const body = await unpacked(Buffer.concat(chunks), headers['content-encoding'] ?? '', limit);
      if (typeof body === 'string')
        return failed(body, body === answerTooBig ? tooBig(null) : unreadable, true);
      return { ok: true, status, headers, body: body.toString('utf8'), ms };
    },
  };
}

const unreadable = 'the answer is compressed in a way that cannot be read';

/**
 * We ask for no compression, and some gateways compress all the same, with or without saying so.
 * @returns the code of what is wrong with it
 */
async function unpacked(body: Buffer, encoding: string, limit: number): Promise<Buffer | string> {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  const unpack = isGzip ? gunzip : (unpackers[encoding.trim().toLowerCase()] ?? null);
  if (unpack === null || body.length === 0) return body;
  try {
    return await unpack(body, { maxOutputLength: limit });
  } catch (error) {
    if (errnoOf(error) === 'ERR_BUFFER_TOO_LARGE') return answerTooBig;
    // It says that it is compressed, and is not.
    return body[0] === 0x7b ? body : 'BAD_COMPRESSION';
  }
}

const gunzip = promisify<Buffer, ZlibOptions, Buffer>(zlibGunzip);
const unpackers: Readonly<Record<string, typeof gunzip>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: promisify<Buffer, ZlibOptions, Buffer>(inflate),
  br: promisify<Buffer, BrotliOptions, Buffer>(brotliDecompress),
};

/** The code and message of a network error; of several (one for each address of a host), the first. */
export function problemOf(error: unknown, sent: boolean): NetworkProblem {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error), sent };
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (inner instanceof Error && (code === null || error.message === '')) return problemOf(inner, sent);
  return { code: code ?? error.name, message: error.message, sent };
}
