import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../src/cloud/http.js';
import { chooseProxy, portOf } from '../../src/cloud/proxy.js';
import { loadConfig } from '../../src/functions/load.js';
import { cloudAt, listen, serve } from '../support/cloud-rig.js';
import { folderWith } from '../support/config-folder.js';
import { freePort } from '../support/free-port.js';

const upload = { operation: 'update', envs: ['a'], body: Buffer.from('{}') } as const;
const proxy = 'http://proxy.example:3128';

describe('which proxy', () => {
  const socks = 'socks5://127.0.0.1:1080';
  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['https://api.example', {}, 'direct'],
    ['https://api.example', { HTTPS_PROXY: proxy }, proxy],
    ['https://api.example', { https_proxy: proxy, HTTPS_PROXY: 'http://other' }, proxy],
    ['https://api.example', { HTTP_PROXY: proxy }, proxy],
    ['https://api.example', { ALL_PROXY: proxy, HTTP_PROXY: 'http://other' }, proxy],
    ['https://api.example', { ALL_PROXY: 'http://other', HTTPS_PROXY: proxy }, proxy],
    ['http://api.example', { all_proxy: proxy, HTTPS_PROXY: 'http://other' }, proxy],
    ['http://api.example', { all_proxy: 'http://other', http_proxy: proxy }, proxy],
    ['https://api.example', { HTTPS_PROXY: '' }, 'direct'],
    ['https://api.example', { HTTPS_PROXY: 'proxy.example:3128' }, proxy],
    ['https://api.example', { HTTPS_PROXY: socks }, socks],
    ['https://api.example', { ALL_PROXY: 'socks5h://[::1]:9' }, 'socks5h://[::1]:9'],
    ['https://api.example', { HTTPS_PROXY: 'http://' }, 'HTTPS_PROXY not-a-url'],
    ['https://api.example', { https_proxy: 'http://a b:1' }, 'https_proxy not-a-url'],
    ['https://api.example', { ALL_PROXY: 'ftp://proxy.example' }, 'ALL_PROXY scheme'],
    ['https://api.example', { HTTPS_PROXY: 'http://me:50%@proxy.example' }, 'HTTPS_PROXY percent'],
    ['https://api.example', { HTTPS_PROXY: 'http://me:50%25@proxy.example' }, 'http://proxy.example'],
    ['https://api.example', { HTTPS_PROXY: 'http://', NO_PROXY: 'example' }, 'direct'],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, 'direct'],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: 'x, Example' }, 'direct'],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: '.example' }, 'direct'],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: '*.example' }, 'direct'],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: 'a*.example' }, 'direct'],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: 'pi.example' }, proxy],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: 'b*.example' }, proxy],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: 'api.example:443' }, 'direct'],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: 'api.example:8443' }, proxy],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, 'direct'],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.*' }, 'direct'],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3' }, 'direct'],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3:443' }, 'direct'],
    [
      'https://10.1.2.3',
      { HTTPS_PROXY: proxy, NO_PROXY: '10.2.0.0/16,10.1.2.0/33,2.3,10.2.*,10.0.0.0/8/8' },
      proxy,
    ],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3/32' }, 'direct'],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::1' }, 'direct'],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: '[fd00::1]' }, 'direct'],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'FD00:0:0:0:0:0:0:1' }, 'direct'],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: '[fd00::1]:443' }, 'direct'],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: '[fd00::1]:444' }, proxy],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, 'direct'],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fe00::/8,10.0.0.0/8,::,fd00::1/129' }, proxy],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::1/128' }, 'direct'],
    ['https://localhost', { HTTPS_PROXY: proxy }, 'direct'],
    ['http://127.0.0.1:80', { HTTP_PROXY: proxy }, 'direct'],
    ['http://[::1]:80', { HTTP_PROXY: 'nonsense://' }, 'direct'],
  ])('%s with %j: %s', (url, environment, expected) => {
    const choice = chooseProxy(new URL(url), environment);
    const said = {
      direct: () => 'direct',
      proxy: () => (choice.kind === 'proxy' ? `${choice.url.protocol}//${choice.url.host}` : ''),
      mistake: () => (choice.kind === 'mistake' ? `${choice.variable} ${choice.why}` : ''),
    };
    expect(said[choice.kind]()).toBe(expected);
  });

  test.each([
    ['http://proxy.example', 80],
    ['https://proxy.example', 443],
    ['socks://proxy.example', 1080],
    ['socks5://proxy.example', 1080],
    ['socks5h://proxy.example', 1080],
    ['socks4://proxy.example', 1080],
    ['socks4a://proxy.example', 1080],
    ['https://proxy.example:8443', 8443],
  ])('%s listens at port %i', (url, port) => {
    const choice = chooseProxy(new URL('https://api.example'), { HTTPS_PROXY: url });
    expect(choice.kind === 'proxy' && portOf(choice.url)).toBe(port);
  });

  test('one that cannot be used stops the program before it connects to anything', async () => {
    const project = await folderWith({
      'watch.config.json': '{"functionsRoot": "f", "envs": ["dev"]}',
      'f/a/index.js': '',
    });
    const load = (environment: Readonly<Record<string, string>>) =>
      loadConfig({ from: project, environment });
    expect((await load({ HTTPS_PROXY: proxy })).ok).toBe(true);
    const result = await load({ HTTPS_PROXY: 'http://me:50%secret@proxy.example' });
    expect(result).toMatchObject({
      ok: false,
      problems: [{ kind: 'proxy', path: 'HTTPS_PROXY', why: 'percent' }],
    });
    expect(JSON.stringify(result)).not.toContain('secret');
    const http = createHttp({ environment: { HTTPS_PROXY: 'http://' } });
    const outcome = await http.request({
      method: 'GET',
      url: 'https://cloud.example',
      headers: {},
      body: null,
      signal: null,
    });
    expect(outcome).toMatchObject({ ok: false, problem: { code: 'BAD_PROXY', sent: false } });
    await http.close();
  });

  test.each([
    { url: 'https://tokens.example/t' },
    { cloudbase: { url: 'https://tokens.example/t' } },
    { wxcomponent: { url: 'https://manager.example', username: 'me', password: 'x' } },
  ])('also where only the token is asked through it: %j', async (token) => {
    const endpoint = 'http://127.0.0.1:9';
    const project = await folderWith({
      'watch.config.json': JSON.stringify({ functionsRoot: 'f', envs: ['dev'], endpoint, token }),
      'f/a/index.js': '',
    });
    const environment = { HTTPS_PROXY: 'nonsense://' };
    expect(await loadConfig({ from: project, environment })).toMatchObject({
      ok: false,
      problems: [{ kind: 'proxy', path: 'HTTPS_PROXY', why: 'scheme' }],
    });
  });
});

interface Proxy {
  readonly url: string;
  readonly targets: string[];
  readonly credentials: (string | undefined)[];
}

/** A proxy that connects every tunnel to one place, or does as the test says. */
async function serveProxy(onConnect: (socket: Socket) => void): Promise<Proxy> {
  const server = createServer();
  const seen: Proxy = { url: '', targets: [], credentials: [] };
  server.on('connect', (request, socket) => {
    seen.targets.push(request.url ?? '');
    seen.credentials.push(request.headers['proxy-authorization']);
    socket.on('error', () => socket.destroy());
    onConnect(socket as Socket);
  });
  return { ...seen, url: `http://127.0.0.1:${await listen(server)}` };
}

const tunnelTo =
  (port: number) =>
  (socket: Socket): void => {
    const upstream = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.on('error', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  };

describe('through a proxy', () => {
  test('loopback never goes through it', async () => {
    const through = await serveProxy((socket) => socket.destroy());
    const server = await serve((_, response) => void response.end('{"errcode":0}'));
    const environment = { HTTP_PROXY: through.url, HTTPS_PROXY: through.url };
    expect(await cloudAt(server.url, { environment }).cloud.push(upload)).toMatchObject({ type: 'answered' });
    expect(through.targets).toEqual([]);
  });

  test.each([
    ['407', { class: 'config', origin: 'unreachable' }],
    ['403', { class: 'config', origin: 'unreachable' }],
    ['502', { class: 'transient', origin: 'http', httpStatus: 502 }],
  ])('a proxy that says %s', async (status, failure) => {
    const through = await serveProxy(
      (socket) => void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`),
    );
    const environment = { HTTPS_PROXY: through.url.replace('//', '//me:pass%20word@') };
    expect(await cloudAt('https://cloud.example', { environment }).cloud.push(upload)).toMatchObject({
      failure,
    });
    expect(through.targets).toEqual(['cloud.example:443']);
    expect(through.credentials).toEqual([`Basic ${Buffer.from('me:pass word').toString('base64')}`]);
  });

  test('one without a user gets no credentials', async () => {
    const through = await serveProxy((socket) => void socket.end('HTTP/1.1 502 No\r\n\r\n'));
    await cloudAt('https://cloud.example', { environment: { HTTPS_PROXY: through.url } }).cloud.push(upload);
    expect(through.credentials).toEqual([undefined]);
  });

  test('one that hangs up is tried once, not for ever', async () => {
    const through = await serveProxy((socket) => socket.destroy());
    const outcome = await cloudAt('https://cloud.example', {
      environment: { HTTPS_PROXY: through.url },
    }).cloud.push(upload);
    expect(outcome).toMatchObject({ failure: { class: 'transient' } });
    expect(through.targets.length).toBe(1);
  });

  test('one that never answers is given up after the time for connecting', async () => {
    const through = await serveProxy(() => {});
    const { cloud } = cloudAt('https://cloud.example', {
      environment: { HTTPS_PROXY: through.url },
      connectTimeoutMs: 50,
    });
    expect(await cloud.push(upload)).toMatchObject({
      failure: { class: 'transient', origin: 'unreachable' },
    });
  });
});

/** Reads so many bytes of a connection, in turn. */
async function readFrom(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const chunk: unknown = socket.read(bytes);
    if (Buffer.isBuffer(chunk)) return chunk;
    await once(socket, 'readable');
  }
}

/** Bytes behind a byte with their number. */
const readCounted = async (socket: Socket): Promise<Buffer> =>
  readFrom(socket, (await readFrom(socket, 1))[0] ?? 0);

/** The first half of SOCKS 5: whether the client may go on. */
async function greet(socket: Socket, login: string | null): Promise<boolean> {
  await readFrom(socket, 1);
  const offered = await readCounted(socket);
  const method = login === null ? 0 : 2;
  socket.write(Buffer.from([5, offered.includes(method) ? method : 255]));
  if (login === null || !offered.includes(method)) return login === null;
  await readFrom(socket, 1);
  const isRight = `${await readCounted(socket)}:${await readCounted(socket)}` === login;
  socket.write(Buffer.from([1, isRight ? 0 : 1]));
  return isRight;
}

/** A SOCKS 5 proxy that connects every tunnel to one place, if the password is right. */
async function serveSocks(
  port: number,
  login: string | null,
): Promise<{ readonly port: number; readonly targets: string[] }> {
  const targets: string[] = [];
  const talk = async (socket: Socket): Promise<void> => {
    if (!(await greet(socket, login))) return void socket.end();
    const [, , , kind] = await readFrom(socket, 4);
    const host = kind === 3 ? (await readCounted(socket)).toString() : (await readFrom(socket, 4)).join('.');
    targets.push(`${host}:${(await readFrom(socket, 2)).readUInt16BE()}`);
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
  };
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    talk(socket).catch(() => socket.destroy());
  });
  return { port: await listen(server), targets };
}

describe('through a SOCKS proxy', () => {
  const push = (url: string) =>
    cloudAt('https://cloud.example', { environment: { ALL_PROXY: url } }).cloud.push(upload);

  test.each([
    ['nobody', 'socks5://127.0.0.1'],
    ['somebody else', 'socks5://me:other@127.0.0.1'],
  ])('a password is wanted, and %s comes: the configuration’s, without the password', async (_, url) => {
    const through = await serveSocks(1, 'me:pass word');
    const outcome = await push(`${url}:${through.port}`);
    expect(outcome).toMatchObject({ failure: { class: 'config', origin: 'unreachable' } });
    expect(JSON.stringify(outcome)).not.toContain('other');
    expect(through.targets).toEqual([]);
  });

  test('one that nobody listens at: unreachable', async () => {
    expect(await push(`socks5://127.0.0.1:${await freePort()}`)).toMatchObject({
      failure: {
        class: 'transient',
        origin: 'unreachable',
        message: expect.stringContaining('ECONNREFUSED'),
      },
    });
  });

  test('what is no SOCKS proxy: unreachable, once', async () => {
    const server = await serve((_, response) => void response.end('hello'));
    expect(await push(`socks5://${new URL(server.url).host}`)).toMatchObject({
      failure: { class: 'transient', origin: 'unreachable' },
    });
  });

  test('one that never answers is given up after the time for connecting', async () => {
    const port = await listen(createTcpServer(() => {}));
    const { cloud } = cloudAt('https://cloud.example', {
      environment: { ALL_PROXY: `socks5://127.0.0.1:${port}` },
      connectTimeoutMs: 50,
    });
    expect(await cloud.push(upload)).toMatchObject({
      failure: { class: 'transient', origin: 'unreachable' },
    });
  });
});

const openssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

interface Certified {
  readonly folder: string;
  readonly certificate: string;
  readonly port: number;
}

/** A TLS server for cloud.example whose certificate nobody knows. */
async function serveTls(): Promise<Certified> {
  const folder = mkdtempSync(join(tmpdir(), 'tcb-watch-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const certificate = join(folder, 'cert.pem');
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=cloud.example'],
      ...['-addext', 'subjectAltName=DNS:cloud.example,DNS:localhost', '-out', certificate],
      ...['-keyout', join(folder, 'key.pem')],
    ],
    { stdio: 'ignore' },
  );
  const server = createTlsServer(
    { cert: readFileSync(certificate), key: readFileSync(join(folder, 'key.pem')) },
    (_, response) => response.end('{"errcode":0}'),
  );
  return { folder, certificate, port: await listen(server) };
}

describe.skipIf(!openssl)('TLS (needs openssl)', () => {
  test('an unknown certificate is refused, through a proxy and without, whatever the environment says', async () => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    onTestFinished(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const { port } = await serveTls();
    const through = await serveProxy(tunnelTo(port));
    for (const { cloud } of [
      cloudAt(`https://localhost:${port}`),
      cloudAt('https://cloud.example', { environment: { https_proxy: through.url } }),
    ]) {
      expect(await cloud.push(upload)).toMatchObject({
        failure: { class: 'config', origin: 'unreachable', message: expect.stringContaining('SELF_SIGNED') },
      });
    }
    expect(through.targets).toEqual(['cloud.example:443']);
  });

  test('NODE_EXTRA_CA_CERTS makes it known, through a proxy, with the name checked', async () => {
    const { folder, certificate, port } = await serveTls();
    const through = await serveProxy(tunnelTo(port));
    const socks = await serveSocks(port, 'me:pass word');
    const module = await bundleHttp(folder);
    const script = `
      import { createHttp } from ${JSON.stringify(module)};
      for (const environment of [process.env, { ALL_PROXY: 'socks5://me:pass%20word@127.0.0.1:${socks.port}' }]) {
        const http = createHttp({ environment });
        for (const url of ['https://cloud.example/', 'https://other.example/']) {
          const outcome = await http.request({ method: 'GET', url, headers: {}, body: null, signal: null });
          console.log(outcome.ok ? outcome.body : outcome.problem.code);
        }
        await http.close();
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      env: {
        ...process.env,
        NODE_EXTRA_CA_CERTS: certificate,
        HTTPS_PROXY: through.url,
        NO_PROXY: '',
        no_proxy: '',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
    const each = ['{"errcode":0}', 'ERR_TLS_CERT_ALTNAME_INVALID'];
    expect(printed.split('\n').slice(0, 4)).toEqual([...each, ...each]);
    expect(through.targets).toEqual(['cloud.example:443', 'other.example:443']);
    // The proxy looks names up.
    expect(socks.targets).toEqual(['cloud.example:443', 'other.example:443']);
  });
});

/** Bundles http.ts alone, for a process with an environment of its own. Returns the URL of the module. */
async function bundleHttp(folder: string): Promise<string> {
  const repository = resolve(import.meta.dirname, '../..');
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const bundled = await rolldown({
    input: join(repository, 'src/cloud/http.ts'),
    platform: 'node',
    external: /^(?![./]|[A-Za-z]:[\\/])/,
  });
  await bundled.write({ file: join(folder, 'http.mjs'), codeSplitting: false });
  await bundled.close();
  return pathToFileURL(join(folder, 'http.mjs')).href;
}
