/** Requests and answers as bytes: targets, bodies at their limits, half answers. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { isPlainPath } from '../../../src/emulator/http/control.js';
import {
  type Body,
  isFromHere,
  type ReadOptions,
  readBody,
  targetOf,
} from '../../../src/emulator/http/messages.js';
import { LIST, start } from '../rig.js';

test.each([
  ['/a/b', '/a/b', ''],
  ['/a?x=1&y=2', '/a', 'x=1&y=2'],
  ['/a?x=1?y', '/a', 'x=1%3Fy'],
  ['/a?', '/a', ''],
  ['/a#b?c', '/a', ''],
  ['/a?x=1#y', '/a', 'x=1'],
  ['http://127.0.0.1:9/a?x=1', '/a', 'x=1'],
  ['HTTPS://host/a', '/a', ''],
  ['http://host', '/', ''],
  ['/', '/', ''],
])('the target %s has the path %s and the query %j', (text, path, query) => {
  const target = targetOf(text);
  expect([target?.path, target?.query.toString()]).toEqual([path, query]);
});

test.each(['', '*', 'a', '//', '//a', 'http://', 'ftp://host/a', '?x', '#'])(
  'the target %j is none',
  (text) => {
    expect(targetOf(text)).toBeNull();
  },
);

test.each<[string, boolean]>([
  ['index.js', true],
  ['lib/数据.js', true],
  ['.hidden/..a', true],
  ...['', '/', 'a/', '/a', 'a//b', '.', 'a/./b', '..', 'a/../b', 'a\\b', 'c:a', 'a\0'].map(
    (path): [string, boolean] => [path, false],
  ),
])('whether %j is a plain path: %s', (path, isPlain) => {
  expect(isPlainPath(path)).toBe(isPlain);
});

test.each<[IncomingHttpHeaders, boolean]>([
  [{}, true],
  [{ host: 'LOCALHOST' }, true],
  [{ host: '127.1.2.3:65535' }, true],
  [{ host: '[::1]' }, true],
  [{ host: '127.0.0.1:' }, false],
  [{ host: '127.0.0.1.5' }, false],
  [{ host: '128.0.0.1' }, false],
  [{ host: '' }, false],
  [{ origin: 'http://127.0.0.1:5173' }, true],
  [{ origin: 'HTTPS://localhost' }, true],
  [{ origin: 'file://localhost' }, false],
  [{ host: 'localhost', origin: 'https://example.com' }, false],
])('whether a request with %j is from this machine: %s', (headers, isHere) => {
  expect(isFromHere({ headers })).toBe(isHere);
});

/** The body of a POST, as it is read with these options. */
async function read(bytes: number, options: ReadOptions): Promise<Body> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, 'listening');
  const address = server.address();
  const body = once(server, 'request').then(([request]) => readBody(request, options));
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  void fetch(url, { method: 'POST', body: 'x'.repeat(bytes) }).catch(() => undefined);
  return body;
}

test.each<[string, number, ReadOptions, object]>([
  ['nothing', 0, { limit: 0 }, { ok: true }],
  ['as much as the limit', 9, { limit: 9 }, { ok: true }],
  ['a byte more than the limit', 10, { limit: 9 }, { ok: false, reason: 'too-large' }],
  ['as much as is let through', 9, { limit: 99, cutAfterBytes: 9 }, { ok: true }],
  ['a byte more than is let through', 10, { limit: 99, cutAfterBytes: 9 }, { ok: false, reason: 'cut' }],
  [
    'a first byte where none is let through',
    1,
    { limit: 99, cutAfterBytes: 0 },
    { ok: false, reason: 'cut' },
  ],
  ['more than both', 100, { limit: 99, cutAfterBytes: 99 }, { ok: false, reason: 'cut' }],
])('a body of %s', async (_, bytes, options, expected) => {
  const body = await read(bytes, options);
  expect(body).toMatchObject(expected);
  if (body.ok) expect(body.bytes.toString()).toBe('x'.repeat(bytes));
});

/** All that the emulator sends before it ends the connection. */
async function rawAnswer(port: number, token: string): Promise<{ head: string; body: string }> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(
    `POST ${LIST}?access_token=${token} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 13\r\n\r\n{"env":"dev"}`,
  );
  await new Promise((resolve) => socket.once('close', resolve));
  const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
  return { head, body };
}

test('half an answer is half of its bytes, and announces them all', async () => {
  const emulator = await start();
  const port = Number(new URL(emulator.url).port);
  const whole = await rawAnswer(port, emulator.token);
  emulator.faults.add({ halfAnswer: true });
  const half = await rawAnswer(port, emulator.token);
  expect(half.body).toBe(whole.body.slice(0, Math.ceil(whole.body.length / 2)));
  expect(half.head).toContain(`content-length: ${whole.body.length}`);
  expect(emulator.requests().map(({ state, status, errcode }) => [state, status, errcode])).toEqual([
    ['answered', 200, 0],
    ['cut', 200, 0],
  ]);
});

test('a lost answer is none at all', async () => {
  const emulator = await start({ faults: [{ lostAnswer: true }] });
  expect(await rawAnswer(Number(new URL(emulator.url).port), emulator.token)).toEqual({ head: '', body: '' });
});
