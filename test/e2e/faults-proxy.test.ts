/** The whole program behind a company's proxy, with a certificate of its own, and on few connections. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { entry, makeProject, runEmulator, runWith, temporaryFolder, uploads } from '../support/rig.js';

const envs = ['dev', 'test'];
const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `f${letter}`);

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Listening {
  on(event: 'connection', listener: (socket: Socket) => void): unknown;
  listen(port: number, host: string, listener: () => void): unknown;
  address(): unknown;
  close(): unknown;
}

async function listen(server: Listening): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null || !('port' in address)) throw new Error('no port');
  return Number(address.port);
}

interface Front {
  readonly port: number;
  readonly certificate: string;
}

/** TLS in front of the emulator, with a certificate that nobody knows, for a name as a certificate says it. */
async function serveTls(emulator: Emulator, name = 'DNS:cloud.example'): Promise<Front> {
  const folder = await temporaryFolder();
  const certificate = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const names = ['-subj', '/CN=cloud.example', '-addext', `subjectAltName=${name}`];
  const files = ['-out', certificate, '-keyout', key];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, ...files];
  execFileSync('openssl', made, { stdio: 'ignore' });
  const options = { cert: await readFile(certificate), key: await readFile(key) };
  const server = createTlsServer(options, (incoming, outgoing) => {
    const { method } = incoming;
    // As gateways do: the emulator answers to its own name alone.
    const headers = { ...incoming.headers, host: new URL(emulator.url).host };
    const onward = httpRequest(`${emulator.url}${incoming.url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  return { port: await listen(server), certificate };
}

interface Proxy {
  readonly url: string;
  /** Where each tunnel led, in their order. */
  readonly tunnels: readonly string[];
}

async function serveProxy(port: number): Promise<Proxy> {
  const tunnels: string[] = [];
  const server = createServer();
  server.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const upstream = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, tunnels };
}

const config = {
  envs,
  endpoint: 'https://cloud.example',
  token: { env: 'TEST_TOKEN' },
  requestsPerSecond: 100,
};
const functions = Object.fromEntries(names.map((name) => [name, entry('1')]));

describe.skipIf(!hasOpenssl())('behind a proxy, with TLS (needs openssl)', () => {
  it('everything goes through HTTPS_PROXY, trusted by NODE_EXTRA_CA_CERTS, on few connections', async () => {
    const emulator = await runEmulator({ envs });
    const { port, certificate } = await serveTls(emulator);
    const proxy = await serveProxy(port);
    const project = await makeProject(functions, config);
    const environment = {
      HTTPS_PROXY: proxy.url,
      NO_PROXY: '',
      no_proxy: '',
      NODE_EXTRA_CA_CERTS: certificate,
    };
    const program = runWith(emulator, project, ['push'], environment);
    expect((await program.exit).code).toBe(0);
    expect(uploads(emulator)).toBe(names.length);
    expect(new Set(proxy.tunnels)).toEqual(new Set(['cloud.example:443']));
    const requests = Object.values(emulator.counts()).reduce((sum, count) => sum + count, 0);
    expect(requests).toBeGreaterThan(names.length);
    expect(proxy.tunnels.length).toBeLessThanOrEqual(4);
  });

  it('a certificate that is not known holds everything, sends nothing, and says what to set', async () => {
    const emulator = await runEmulator({ envs });
    const { port } = await serveTls(emulator);
    const proxy = await serveProxy(port);
    const project = await makeProject(functions, config);
    const environment = {
      HTTPS_PROXY: proxy.url,
      NO_PROXY: '',
      no_proxy: '',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    };
    const program = runWith(emulator, project, ['push'], environment);
    expect((await program.exit).code).toBe(3);
    const held = program.events.filter((seen) => seen.event === 'held');
    expect(held.length).toBe(names.length);
    for (const each of held) expect(each).toMatchObject({ reason: 'config', env: null });
    expect(String(held[0]?.['hint'])).toContain('NODE_EXTRA_CA_CERTS');
    expect(Object.values(emulator.counts()).every((count) => count === 0)).toBe(true);
  });
});

/** Those of the machine that runs the tests must not take part. */
const inherited = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(https?|no)_proxy$/i.test(name))
    .map((name) => [name, '']),
);

/** An address of this machine that is not loopback by its looks, so that a proxy would be used. */
const unlikeLoopback = '0.0.0.0';

describe.skipIf(!hasOpenssl() || process.platform === 'win32')('which proxy is used (needs openssl)', () => {
  it.each([
    ['HTTP_PROXY alone', ['HTTP_PROXY'], '', true],
    ['https_proxy in small letters', ['https_proxy'], '', true],
    ['NO_PROXY for another host', ['HTTPS_PROXY', 'HTTP_PROXY'], 'cloud.example', true],
    ['NO_PROXY for this host', ['HTTPS_PROXY', 'HTTP_PROXY'], `cloud.example,${unlikeLoopback}`, false],
    ['NO_PROXY for every host', ['HTTPS_PROXY', 'HTTP_PROXY'], '*', false],
  ] as const)('%s', async (_, variables, exempt, proxied) => {
    const emulator = await runEmulator({ envs });
    const { port, certificate } = await serveTls(emulator, `IP:${unlikeLoopback}`);
    const proxy = await serveProxy(port);
    const endpoint = `https://${unlikeLoopback}:${port}`;
    const project = await makeProject({ pay: entry('1') }, { ...config, endpoint });
    const environment = {
      ...inherited,
      ...Object.fromEntries(variables.map((name) => [name, proxy.url])),
      ...{ NO_PROXY: exempt, NODE_EXTRA_CA_CERTS: certificate },
    };
    const program = runWith(emulator, project, ['push'], environment);
    expect((await program.exit).code).toBe(0);
    expect(uploads(emulator)).toBe(1);
    expect(new Set(proxy.tunnels)).toEqual(new Set(proxied ? [`${unlikeLoopback}:${port}`] : []));
  });
});

it('loopback goes past every proxy, on few connections', async () => {
  const emulator = await runEmulator({ envs });
  const proxy = await serveProxy(1);
  let connections = 0;
  const front = createServer((incoming, outgoing) => {
    const { method } = incoming;
    // As gateways do: the emulator answers to its own name alone.
    const headers = { ...incoming.headers, host: new URL(emulator.url).host };
    const onward = httpRequest(`${emulator.url}${incoming.url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  // As gateways do: Node's own 5 s would end, on a loaded machine, what the client keeps.
  front.keepAliveTimeout = 60_000;
  front.on('connection', () => {
    connections += 1;
  });
  const endpoint = `http://127.0.0.1:${await listen(front)}`;
  const project = await makeProject(functions, { ...config, endpoint });
  const environment = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: '', no_proxy: '' };
  const program = runWith(emulator, project, ['push'], environment);
  expect((await program.exit).code).toBe(0);
  expect(proxy.tunnels).toEqual([]);
  expect(connections).toBeLessThanOrEqual(4);
});
