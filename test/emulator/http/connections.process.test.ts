/** Connections that are not as they should be: a thousand at once, bodies that never end, odd targets, other origins. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { LIST, start, UPDATE } from '../rig.js';

/** Sends the bytes and waits for the end of the connection. */
async function send(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined);
  socket.end(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

const isFine = async (url: string, token: string): Promise<boolean> => {
  const response = await fetch(`${url}${LIST}?access_token=${token}`, {
    method: 'POST',
    body: '{"env":"dev"}',
  });
  return Object(await response.json())['errcode'] === 0;
};

test('a thousand connections, most of which say nothing or stop in the middle', {
  timeout: 180_000,
}, async () => {
  const emulator = await start();
  const port = Number(new URL(emulator.url).port);
  const beginnings = [
    '',
    'P',
    'POST ',
    `POST ${LIST} HTTP/1.1\r\n`,
    `POST ${LIST} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\n{`,
  ];
  const sockets = await Promise.all(
    Array.from({ length: 1000 }, async (_, index): Promise<Socket> => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(beginnings[index % beginnings.length] ?? '');
      return socket;
    }),
  );
  expect(await isFine(emulator.url, emulator.token)).toBe(true);
  for (const socket of sockets.slice(0, 500)) socket.resetAndDestroy();
  expect(await isFine(emulator.url, emulator.token)).toBe(true);
  const closed = Promise.all(sockets.slice(500).map((socket) => once(socket, 'close')));
  await emulator.close();
  await closed;
});

test('a body that never ends is cut at its limit', { timeout: 180_000 }, async () => {
  const emulator = await start();
  const socket = connect(Number(new URL(emulator.url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined);
  socket.write(`POST ${UPDATE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999999999\r\n\r\n`);
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const more = (): void => void (socket.writable && socket.write(chunk, more));
  more();
  await closed;
  expect(Buffer.concat(chunks).toString('latin1')).toMatch(/^(HTTP\/1\.1 413 |$)/);
  expect(await isFine(emulator.url, emulator.token)).toBe(true);
});

test.each(['//', '///', 'http://[', '*', '/%', 'x'])(
  'the target %s is answered, without a token too',
  async (target) => {
    const emulator = await start();
    const port = Number(new URL(emulator.url).port);
    const answer = await send(
      port,
      Buffer.from(`POST ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n`),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 (400|404) /);
    expect(await isFine(emulator.url, emulator.token)).toBe(true);
  },
);

test.each([
  ['Host: evil.example', 403],
  ['Host: 127.0.0.1.evil.example', 403],
  ['Host: localhost:1', 200],
  ['Host: [::1]:80', 200],
  ['Host: 127.0.0.1\r\nOrigin: https://evil.example', 403],
  ['Host: 127.0.0.1\r\nOrigin: null', 403],
  ['Host: 127.0.0.1\r\nOrigin: http://localhost:5173', 200],
])('%j is answered with %i', async (headers, status) => {
  const emulator = await start();
  const port = Number(new URL(emulator.url).port);
  const head = `GET /__emulator/state?access_token=${emulator.token} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`;
  expect(await send(port, Buffer.from(head))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});
