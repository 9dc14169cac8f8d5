import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  createHttp,
  type HttpOptions,
  type HttpRequest,
  problemOf,
  timeoutOf,
} from '../../src/cloud/http.js';
import { describeFailure, failureText } from '../../src/text/describe.js';
import { type Answerer, cloudAt, listen, secretToken, serve } from '../support/cloud-rig.js';
import { freePort } from '../support/free-port.js';

const body = Buffer.from('{}');
const get = { method: 'GET', headers: {}, body: null, signal: null } as const;
const upload = { operation: 'update', envs: ['a'], body } as const;

/** A server that gets every connection's bytes raw. */
async function serveRaw(onData: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => socket.once('data', () => onData(socket)));
  return `http://127.0.0.1:${await listen(server)}`;
}

describe('answers that are not the API’s', () => {
  const answers: readonly (readonly [string, Answerer, object])[] = [
    [
      'HTML with 200',
      (_, r) => void r.end('<html><b>Welcome</b>'),
      { class: 'transient', origin: 'http', message: 'HTTP 200: Welcome' },
    ],
    ['nothing with 200', (_, r) => void r.end(), { class: 'transient', origin: 'http', message: 'HTTP 200' }],
    ['half a JSON', (_, r) => void r.end('{"errcode":'), { class: 'transient', origin: 'http' }],
    [
      '502 in HTML',
      (_, r) => void r.writeHead(502).end('<h1>Bad Gateway</h1>'),
      { class: 'transient', origin: 'http', httpStatus: 502, retryAfterMs: null },
    ],
    [
      '429 in seconds',
      (_, r) => void r.writeHead(429, { 'Retry-After': '9' }).end(),
      { class: 'transient', httpStatus: 429, retryAfterMs: 9000 },
    ],
    [
      '503, far too long',
      (_, r) => void r.writeHead(503, { 'retry-after': '86400' }).end('{"errcode":0}'),
      { class: 'transient', retryAfterMs: 300_000 },
    ],
    [
      '413',
      (_, r) => void r.writeHead(413).end('too large'),
      { class: 'function', origin: 'http', httpStatus: 413 },
    ],
    [
      'a redirect',
      (_, r) => void r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      { class: 'transient', origin: 'http', httpStatus: 302 },
    ],
    [
      'success in a body, under a status that is none',
      (_, r) => void r.writeHead(300).end('{"errcode":0}'),
      { class: 'transient', origin: 'http', httpStatus: 300 },
    ],
    [
      'a header that comes twice: the first counts',
      (_, r) => void r.setHeader('retry-after', ['9', '8']).writeHead(429).end(),
      { retryAfterMs: 9000 },
    ],
    [
      'nothing, said to be compressed',
      (_, r) => void r.writeHead(200, { 'content-encoding': 'gzip' }).end(),
      { class: 'transient', origin: 'http', message: 'HTTP 200' },
    ],
  ];
  test.each(answers)('%s', async (_, answer, failure) => {
    const server = await serve(answer);
    expect(await cloudAt(server.url).cloud.push(upload)).toMatchObject({ type: 'failed', failure });
    expect(server.received.length).toBe(1);
  });

  const pages: readonly (readonly [string, Answerer, string])[] = [
    [
      'a path that is not there',
      (_, r) => void r.writeHead(404).end('<h1>Not Found</h1>'),
      'HTTP 404: Not Found',
    ],
    ['a page', (_, r) => void r.end(' <!doctype html><title>Log in</title>'), 'HTTP 200: Log in'],
    [
      'a page by its name',
      (_, r) => void r.writeHead(200, { 'content-type': 'text/html' }).end('hi'),
      'HTTP 200: hi',
    ],
    ['a refusal', (_, r) => void r.writeHead(403).end('{"message":"no"}'), 'HTTP 403: {"message":"no"}'],
    [
      'a redirect',
      (_, r) => void r.writeHead(302, { location: `https://login.example/a?back=${secretToken}` }).end(),
      'HTTP 302 to https://login.example/a',
    ],
    [
      'a redirect with a password',
      (_, r) => void r.writeHead(302, { location: 'https://me:secret-word@login.example/a#b' }).end(),
      'HTTP 302 to https://login.example/a',
    ],
    ['a redirect to a path', (_, r) => void r.writeHead(307, { location: '/b?c' }).end(), 'HTTP 307 to /b'],
  ];
  test.each(pages)('%s, twice: this address is not the API, and is named', async (_, answer, message) => {
    const server = await serve(answer);
    const { cloud } = cloudAt(server.url);
    expect(await cloud.push(upload)).toMatchObject({ failure: { class: 'transient', origin: 'http' } });
    const second = await cloud.push(upload);
    const address = `${server.url}/componenttcb/batchuploadscfcode`;
    expect(second).toMatchObject({
      failure: { class: 'config', origin: 'http', message: `${address}: ${message}` },
    });
    expect(JSON.stringify(second)).not.toContain(secretToken);
    expect(server.received.length).toBe(2);
  });

  test('two requests that were on their way together are one try', async () => {
    const server = await serve((_, response) => void response.writeHead(404).end());
    const { cloud } = cloudAt(server.url);
    const both = await Promise.all([cloud.push(upload), cloud.push(upload)]);
    expect(both.map((each) => each.type === 'failed' && each.failure.class)).toEqual([
      'transient',
      'transient',
    ]);
  });

  test('an address that has answered as the API is one, whatever it answers then', async () => {
    const server = await serve((_, response, count) =>
      count === 1 ? void response.end('{"errcode":40014}') : void response.writeHead(404).end('<p>no'),
    );
    const { cloud } = cloudAt(server.url);
    for (const failureClass of ['token', 'transient', 'transient', 'transient'])
      expect(await cloud.push(upload)).toMatchObject({ failure: { class: failureClass } });
  });

  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['gzip', (text: string) => Buffer.from(text)],
  ])('compressed without being asked, %j: read', async (encoding, pack) => {
    const server = await serve((_, response) => {
      response.writeHead(200, encoding === '' ? {} : { 'content-encoding': encoding });
      response.end(pack('{"errcode":0}'));
    });
    expect(await cloudAt(server.url).cloud.push(upload)).toMatchObject({ type: 'answered' });
  });

  test('what is compressed unpacks to no more than the limit', async () => {
    const server = await serve((_, response) => void response.end(gzipSync(' '.repeat(100_000))));
    expect(await cloudAt(server.url, { answerLimit: 10_000 }).cloud.push(upload)).toMatchObject({
      failure: { origin: 'http', message: 'ANSWER_TOO_BIG: the answer is over 10000 bytes' },
    });
  });

  test('what is compressed in no way that we know is broken, not believed', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'br' }).end('nonsense');
    });
    expect(await cloudAt(server.url).cloud.push(upload)).toMatchObject({
      failure: { class: 'transient', origin: 'broken' },
    });
  });

  test('an answer may have as many bytes as the limit, 8 MiB unless it is set', async () => {
    const answer = '{"errcode":0}';
    const server = await serve((_, response, count) =>
      count < 3 ? void response.end(answer) : void response.end(Buffer.alloc(8 * 1024 * 1024 + 1, ' ')),
    );
    const ask = (options: HttpOptions) => cloudAt(server.url, options).cloud.push(upload);
    expect(await ask({ answerLimit: 13 })).toMatchObject({ type: 'answered' });
    const tooBig = (message: string) => ({ failure: { message: `ANSWER_TOO_BIG: the answer ${message}` } });
    expect(await ask({ answerLimit: 12 })).toMatchObject(tooBig('has 13 bytes, the limit is 12'));
    expect(await ask({})).toMatchObject(tooBig('has 8388609 bytes, the limit is 8388608'));
  });

  test('what a function returns is too long: final, with its size', async () => {
    const server = await serve(
      (_, response) => void response.end(`{"errcode":0,"resp_data":"${'x'.repeat(20_000)}"}`),
    );
    const outcome = await cloudAt(server.url, { answerLimit: 10_000 }).cloud.invoke('a', 'pay', '{}');
    expect(outcome).toMatchObject({ ok: false, failure: { class: 'function', origin: 'answer' } });
    if (outcome.ok) return;
    expect(failureText(outcome.failure, 'en')).toBe('The answer has 20 KiB; at most 10 KiB are read.');
    expect(describeFailure(outcome.failure, { language: 'en', place: 'once' })).toContain(
      'Let it return less',
    );
  });

  test('429 with a date', async () => {
    const server = await serve((_, response) => {
      response.writeHead(429, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }).end();
    });
    const outcome = await cloudAt(server.url).cloud.push(upload);
    const ms = outcome.type === 'failed' ? (outcome.failure.retryAfterMs ?? 0) : 0;
    expect(ms).toBeGreaterThan(30_000);
    expect(ms).toBeLessThanOrEqual(60_000);
  });

  test('an answer without end is cut off', async () => {
    const server = await serve((_, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(1000)));
      };
      response.on('drain', pour);
      pour();
    });
    expect(await cloudAt(server.url, { answerLimit: 10_000 }).cloud.push(upload)).toMatchObject({
      failure: { class: 'transient', origin: 'http', message: expect.stringContaining('ANSWER_TOO_BIG') },
    });
  });
});

describe('connections that break', () => {
  test.each([
    ['a reset', (socket: Socket) => void socket.resetAndDestroy()],
    ['an end without an answer', (socket: Socket) => void socket.end()],
    [
      'half an answer',
      (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"errcode":0}'),
    ],
    [
      'half a chunked answer',
      (socket: Socket) =>
        void socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"err\r\n'),
    ],
    ['half a head', (socket: Socket) => void socket.end('HTTP/1.1 200')],
    ['what is not HTTP', (socket: Socket) => void socket.end('220 smtp ready\r\n')],
  ])('%s: broken, so live is unknown', async (_, onData) => {
    const url = await serveRaw(onData);
    expect(await cloudAt(url).cloud.push(upload)).toMatchObject({
      type: 'failed',
      failure: { class: 'transient', origin: 'broken', errcode: null },
    });
  });

  test('a refused connection: unreachable', async () => {
    const { cloud } = cloudAt(`http://127.0.0.1:${await freePort()}`);
    const outcome = await cloud.push(upload);
    expect(outcome).toMatchObject({ failure: { class: 'transient', origin: 'unreachable' } });
    expect(outcome.type === 'failed' && outcome.failure.message).toContain('ECONNREFUSED');
    expect(JSON.stringify(outcome)).not.toContain(secretToken);
  });

  test('no answer in time: broken, and no connection of before is trusted any more', async () => {
    const waiting: (() => void)[] = [];
    const server = await serve((_, response, count) => {
      const answer = (): void => void response.end('{"errcode":0}');
      if (count > 3) return answer();
      if (count === 3) return;
      waiting.push(answer);
      if (waiting.length === 2) for (const each of waiting) each();
    });
    const { cloud } = cloudAt(server.url, { requestTimeoutMs: 1500 });
    await Promise.all([cloud.push(upload), cloud.push(upload)]);
    expect(await cloud.push(upload)).toMatchObject({
      failure: { class: 'transient', origin: 'broken', message: expect.stringContaining('TIMED_OUT') },
    });
    expect(await cloud.push(upload)).toMatchObject({ type: 'answered' });
    const connections = server.received.map((each) => each.connection);
    expect(connections.slice(0, 3)).not.toContain(connections[3]);
  });

  test('an answer that stalls half-way is given up in time', async () => {
    const server = await serve((_, response) => void response.write('{"errcode"'));
    expect(await cloudAt(server.url, { requestTimeoutMs: 1500 }).cloud.push(upload)).toMatchObject({
      failure: { origin: 'broken', message: 'TIMED_OUT: no answer within 1500 ms' },
    });
  });

  test('aborted while the server thinks: settles at once, and the server sees the connection end', async () => {
    const controller = new AbortController();
    let closed: Promise<unknown> | null = null;
    const server = await serve((_, response) => {
      closed = once(response, 'close');
      controller.abort();
    });
    expect(await cloudAt(server.url).cloud.push(upload, controller.signal)).toMatchObject({
      failure: { class: 'transient', origin: 'broken', message: expect.stringContaining('ABORTED') },
    });
    await closed;
  });

  test('aborted beforehand: nothing is sent', async () => {
    const server = await serve((_, response) => void response.end('{"errcode":0}'));
    const outcome = await cloudAt(server.url).cloud.push(upload, AbortSignal.abort());
    expect(outcome).toMatchObject({ type: 'failed' });
    expect(server.connections()).toBe(0);
  });
});

describe('the last byte of a request', () => {
  const post = (url: string, bytes: number | null, more: Partial<HttpRequest> = {}): HttpRequest => ({
    ...get,
    ...{ method: 'POST', url, body: bytes === null ? null : Buffer.alloc(bytes, 'x') },
    ...more,
  });
  const client = () => {
    const http = createHttp({ environment: {} });
    onTestFinished(() => http.close());
    return http;
  };

  // A piece has 64 KiB.
  test.each([null, 0, 1, 64 * 1024, 64 * 1024 + 1, 128 * 1024, 300_000])(
    'of %s bytes is told once, and arrives',
    async (bytes) => {
      const written: string[] = [];
      const server = await serve((_, response) => void response.end());
      const asked = post(server.url, bytes, { onWritten: () => written.push('') });
      expect(await client().request(asked)).toMatchObject({ ok: true });
      expect(server.received[0]?.body.length).toBe(bytes ?? 0);
      expect(server.received[0]?.headers['content-length']).toBe(String(bytes ?? 0));
      expect(written).toHaveLength(1);
    },
  );

  test('is told before the answer', async () => {
    let answer = (): void => undefined;
    const server = await serve((_, response) => {
      answer = () => void response.end();
    });
    const http = client();
    const written = new Promise<void>((resolve) => {
      void http.request(post(server.url, 300_000, { onWritten: resolve }));
    });
    await written;
    await vi.waitFor(() => expect(server.received).toHaveLength(1));
    answer();
  });

  test('is never told where the request was given up before', async () => {
    const told: string[] = [];
    const controller = new AbortController();
    const url = await serveRaw(() => controller.abort());
    // More than the connection takes while nobody reads.
    const asked = post(url, 64 << 20, { signal: controller.signal, onWritten: () => told.push('written') });
    expect(await client().request(asked)).toMatchObject({ problem: { code: 'ABORTED', sent: true } });
    expect(told).toEqual([]);
  });
});

test('a request that was answered keeps no process from its end', async () => {
  const started = vi.spyOn(globalThis, 'setTimeout');
  const ended = vi.spyOn(globalThis, 'clearTimeout');
  onTestFinished(() => void vi.restoreAllMocks());
  const http = createHttp({ environment: {}, requestTimeoutMs: 12_345 });
  onTestFinished(() => http.close());
  const server = await serve((_, response) => void response.end());
  expect(await http.request({ ...get, url: server.url })).toMatchObject({ ok: true });
  const timer = started.mock.results[started.mock.calls.findIndex(([, ms]) => ms === 12_345)]?.value;
  expect(timer).toBeDefined();
  expect(ended.mock.calls.some(([each]) => each === timer)).toBe(true);
});

test('the end of the client breaks what is on its way, and a later request has a connection of its own', async () => {
  const http = createHttp({ environment: {}, requestTimeoutMs: 5000 });
  onTestFinished(() => http.close());
  const server = await serve((_, response, count) =>
    count === 1 ? void http.close() : void response.end('later'),
  );
  expect(await http.request({ ...get, url: server.url })).toMatchObject({
    ok: false,
    problem: { code: 'UND_ERR_DESTROYED', sent: true },
  });
  expect(await http.request({ ...get, url: server.url })).toMatchObject({ ok: true, body: 'later' });
});

describe('a request that is aborted before it is on its way', () => {
  const scene = async () => {
    const server = await serve((_, response) => void response.end());
    const http = createHttp({ environment: {} });
    onTestFinished(() => http.close());
    const controller = new AbortController();
    const ask = (path: string, signal: AbortSignal | null = null) =>
      http.request({ ...get, url: `${server.url}${path}`, signal });
    return { server, controller, ask };
  };
  const aborted = { ok: false, problem: { code: 'ABORTED', sent: false } };

  test('while the client is loaded', async () => {
    const { server, controller, ask } = await scene();
    const asked = ask('/first', controller.signal);
    controller.abort();
    expect(await asked).toMatchObject(aborted);
    expect(server.connections()).toBe(0);
  });

  test('while it connects', async () => {
    const { server, controller, ask } = await scene();
    await ask('/loaded');
    const asked = [ask('/kept'), ask('/first', controller.signal)] as const;
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    controller.abort();
    expect(await asked[1]).toMatchObject(aborted);
    await asked[0];
    await ask('/last');
    expect(server.received.map(({ path }) => path)).toEqual(['/loaded', '/kept', '/last']);
  });
});

describe('the client of HTTP', () => {
  test('plain http goes to loopback only, and nothing but http(s) goes at all', async () => {
    for (const [endpoint, code] of [
      ['http://cloud.example', 'PLAIN_HTTP'],
      ['ftp://127.0.0.1', 'BAD_REQUEST'],
      ['nonsense', 'BAD_REQUEST'],
    ] as const) {
      expect(await cloudAt(endpoint).cloud.push(upload)).toMatchObject({
        failure: { class: 'config', origin: 'unreachable', message: expect.stringContaining(code) },
      });
    }
  });

  test('a header that cannot be sent is a failure, not a crash', async () => {
    const server = await serve((_, response) => void response.end());
    const http = createHttp({ environment: {} });
    onTestFinished(() => http.close());
    const request = {
      method: 'GET',
      url: server.url,
      headers: { x: 'a\nb' },
      body: null,
      signal: null,
    } as const;
    expect(await http.request(request)).toMatchObject({ ok: false, problem: { sent: false } });
  });

  test('connections are kept: ten requests in a row need at most two', async () => {
    const server = await serve((_, response) => void response.end());
    const http = createHttp({ environment: {} });
    onTestFinished(() => http.close());
    for (let count = 0; count < 10; count += 1) await http.request({ ...get, url: server.url });
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  test('forget: the request in flight ends well, and no later one uses its connection', async () => {
    const server = await serve((_, response, count) => {
      if (count === 4) http.forget();
      response.end(String(count));
    });
    const http = createHttp({ environment: {} });
    onTestFinished(() => http.close());
    for (let count = 1; count <= 8; count += 1) {
      expect(await http.request({ ...get, url: server.url })).toMatchObject({
        ok: true,
        body: String(count),
      });
    }
    const before = server.received.slice(0, 4).map((each) => each.connection);
    for (const each of server.received.slice(4)) expect(before).not.toContain(each.connection);
  });

  test('forget with a grace: what is not answered by then is broken, long before its time-out', async () => {
    const http = createHttp({ environment: {}, requestTimeoutMs: 5000 });
    onTestFinished(() => http.close());
    const server = await serve(() => http.forget(20));
    expect(await http.request({ ...get, url: server.url })).toMatchObject({
      ok: false,
      problem: { code: 'FORGOTTEN', sent: true },
    });
  });

  test('the whole time-out grows by 1 s with each 256 KiB', () => {
    expect(timeoutOf(null, 30_000)).toBe(30_000);
    expect(timeoutOf(Buffer.alloc(256 * 1024), 30_000)).toBe(31_000);
    expect(timeoutOf(Buffer.alloc(20 * 1024 * 1024), 30_000)).toBe(110_000);
  });

  test('of several errors the first one’s code, of a cause its own', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(problemOf(new AggregateError([refused]), false)).toEqual({
      code: 'ECONNREFUSED',
      message: refused.message,
      sent: false,
    });
    expect(problemOf(new Error('fetch failed', { cause: refused }), true).code).toBe('ECONNREFUSED');
    expect(problemOf('odd', false)).toEqual({ code: 'UNKNOWN', message: 'odd', sent: false });
  });
});

describe('probe', () => {
  test('connects and sends nothing', async () => {
    let bytes = 0;
    const server = createServer((socket) => socket.on('data', (chunk) => (bytes += chunk.length)));
    const port = await listen(server);
    const ended = once(server, 'connection').then(async ([socket]) => once(socket.resume(), 'close'));
    expect(await cloudAt(`http://127.0.0.1:${port}`).cloud.probe()).toEqual({
      reachable: true,
      detail: `127.0.0.1:${port}`,
    });
    await ended;
    expect(bytes).toBe(0);
  });

  test('says what the network said', async () => {
    const port = await freePort();
    const { cloud } = cloudAt(`http://127.0.0.1:${port}`);
    expect(await cloud.probe()).toEqual({ reachable: false, detail: `ECONNREFUSED 127.0.0.1:${port}` });
    expect(await cloud.probe(AbortSignal.abort())).toMatchObject({ reachable: false });
  });

  test('asks for the proxy where there is one', async () => {
    const port = await freePort();
    const { cloud } = cloudAt('https://cloud.example', {
      environment: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
    });
    expect(await cloud.probe()).toEqual({ reachable: false, detail: `ECONNREFUSED 127.0.0.1:${port}` });
  });
});
