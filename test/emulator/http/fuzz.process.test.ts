/** Whatever is sent, there is an answer or a closed connection, and the emulator goes on: 10,000 requests from a seed. */
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startSeparately } from '../../../src/emulator/separate.js';
import { CREATE, HELLO, LIST, UPDATE, uploadOf, zipOf } from '../rig.js';

/** mulberry32: numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SEED = 20251128;
const REQUESTS = 10_000;
const AT_ONCE = 50;

const targets = [
  ...[
    '/',
    '//',
    '///',
    '//x',
    '/\\',
    'http://[',
    'http://[::1',
    'http://',
    'https://a:99999/',
    '*',
    'x',
    '?',
    '#',
    '/?',
  ],
  ...[
    '/%',
    '/%00',
    '/..',
    '/../..',
    '/componenttcb',
    '/componenttcb/',
    '/__emulator',
    '/__emulator/',
    '/__emulator//',
  ],
  ...[
    LIST,
    UPDATE,
    CREATE,
    '/componenttcb/updatescfconfig',
    '/componenttcb/deletescf',
    '/componenttcb/gettriggers',
  ],
  ...['/componenttcb/batchupdatetriggers', '/componenttcb/describeenvs', '/cgi-bin/openapi/rid/get'],
  ...[
    '/cgi-bin/openapi/quota/get',
    '/cgi-bin/component/api_component_token',
    '/__emulator/faults',
    '/__emulator/token',
  ],
  ...['/__emulator/state', '/__emulator/deploy', '/__emulator/release', `http://127.0.0.1${LIST}`],
  ...[
    '/tcb/invokecloudfunction?env=dev&name=nobody',
    '/tcb/invokecloudfunction?env=&name',
    '/constructor',
    '/__proto__',
  ],
];
const methods = [
  'POST',
  'POST',
  'POST',
  'GET',
  'PUT',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'post',
  'FOO',
  '',
];
const odd: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 2 ** 53, '', 'dev', 'pay', '\0', '../up', 'é', '__proto__', [], {}, [[]]],
  ...[['dev'], ['dev', 'dev'], [null], { env: 'dev' }, 'x'.repeat(5000), { a: { b: { c: {} } } }],
];
const names = [
  'env',
  'envs',
  'functionname',
  'funcname',
  'zipfile',
  'triggers',
  'limit',
  'offset',
  'searchkey',
  'rid',
];
const moreNames = [
  'cgi_path',
  'memorysize',
  'timeout',
  'environment_variables',
  'vpc_config',
  'name',
  'files',
  'token',
];
const zip = zipOf({ ...HELLO, 'lib/a.js': 'a'.repeat(500), 'package.json': '{"dependencies":{"a":"1"}}' });

interface Draft {
  readonly bytes: Buffer;
  readonly text: string;
}

/** One request as bytes, right in some places and wrong in others. */
function draft(random: () => number, token: string): Draft {
  const below = (limit: number): number => Math.floor(random() * limit);
  const one = <Value>(values: readonly Value[]): Value => {
    const [chosen] = values.slice(below(values.length));
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  };
  const chance = (share: number): boolean => random() < share;
  const damaged = (): string => {
    const bytes = Buffer.from(zip);
    for (let count = below(6); count >= 0; count -= 1) bytes[below(bytes.length)] = below(256);
    return bytes.subarray(0, chance(0.2) ? below(bytes.length) : bytes.length).toString('base64');
  };
  const value = (name: string): unknown =>
    name === 'zipfile' && chance(0.7)
      ? damaged()
      : chance(0.3)
        ? (uploadOf('pay', ['dev'], HELLO)[name] ?? 'dev')
        : one(odd);
  const object = (): unknown => {
    const keys = [...names, ...moreNames].filter(() => chance(0.4));
    return Object.fromEntries(keys.map((name) => [name, value(name)]));
  };
  const body = (): string => {
    if (chance(0.6)) return JSON.stringify(object());
    if (chance(0.3)) return '['.repeat(below(20_000));
    if (chance(0.3)) return JSON.stringify(one(odd)) ?? '';
    return String.fromCharCode(...Array.from({ length: below(300) }, () => below(0x300)));
  };
  const target = one(targets);
  const access = chance(0.8)
    ? `${target.includes('?') ? '&' : '?'}access_token=${chance(0.9) ? token : 'x'}`
    : '';
  const content = Buffer.from(body());
  const length = chance(0.9) ? content.length : one(['-1', 'x', '99999999999', '0', `${content.length + 5}`]);
  const headers = [
    chance(0.9)
      ? 'Host: 127.0.0.1'
      : one(['Host: evil.example', 'Host:', 'Host: 127.0.0.1:1\r\nHost: x', 'X: y']),
    chance(0.95)
      ? `Content-Length: ${length}`
      : one(['Transfer-Encoding: chunked', 'Transfer-Encoding: x', 'X: \x01']),
    ...(chance(0.1) ? ['Expect: 100-continue'] : []),
    ...(chance(0.05) ? ['Upgrade: websocket\r\nConnection: Upgrade'] : []),
    ...(chance(0.05) ? [`X-Long: ${'y'.repeat(below(20_000))}`] : []),
    ...(chance(0.05) ? ['Origin: https://evil.example'] : []),
    'Connection: close',
  ];
  const head = `${one(methods)} ${target}${access} HTTP/1.${one([0, 1, 1, 1, 9])}\r\n${headers.join('\r\n')}\r\n\r\n`;
  return { bytes: Buffer.concat([Buffer.from(head, 'latin1'), content]), text: head };
}

/** Sends the bytes and waits for the end of the connection. Half of the clients leave before. */
async function send(port: number, bytes: Buffer, leaves: boolean): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined);
  socket.write(bytes, () => {
    if (leaves) socket.resetAndDestroy();
    else socket.end();
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

test(`${REQUESTS} requests from a seed`, { timeout: 120_000 }, async () => {
  const token = 'the-token';
  const emulator = await startSeparately({ envs: ['dev'], token });
  onTestFinished(() => emulator.close());
  const pid = emulator.pid();
  const port = Number(new URL(emulator.url).port);
  const random = randomFrom(SEED);
  const bugs: string[] = [];
  let left = REQUESTS;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { bytes, text } = draft(random, token);
      const answer = await send(port, bytes, random() < 0.1);
      if (/ 500 |emulator bug/.test(answer)) bugs.push(`${text}${answer}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  expect(bugs.slice(0, 3)).toEqual([]);
  expect(emulator.pid()).toBe(pid);
  // The token may have been replaced by one of the requests; the one of the start still controls.
  const state = await fetch(`${emulator.url}/__emulator/state?access_token=${token}`);
  expect(state.status).toBe(200);
});
