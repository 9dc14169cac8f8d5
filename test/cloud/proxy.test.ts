import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isLoopback, proxyFor } from '../../src/cloud/proxy.js';
import { cloudAt, listen, serve } from '../support/cloud-rig.js';

const upload = { operation: 'update', envs: ['a'], body: Buffer.from('{}') } as const;
const proxy = 'http://proxy.example:3128';

describe('which proxy', () => {
  test.each([
    ['https://api.example', {}, null],
    ['https://api.example', { HTTPS_PROXY: proxy }, proxy],
    ['https://api.example', { https_proxy: proxy, HTTPS_PROXY: 'http://other' }, proxy],
    ['https://api.example', { HTTP_PROXY: proxy }, proxy],
    ['https://api.example', { HTTPS_PROXY: '' }, null],
    ['https://api.example', { HTTPS_PROXY: 'proxy.example:3128' }, proxy],
    ['https://api.example', { HTTPS_PROXY: 'http://' }, null],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, null],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: 'x, Example' }, null],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: '.example' }, null],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: '*.example' }, null],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: 'pi.example' }, proxy],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: 'api.example:443' }, null],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: 'api.example:8443' }, proxy],
    ['https://localhost', { HTTPS_PROXY: proxy }, null],
    ['http://127.0.0.1:80', { HTTP_PROXY: proxy }, null],
    ['http://[::1]:80', { HTTP_PROXY: proxy }, null],
  ])('%s with %j: %s', (url, environment, expected) => {
    expect(proxyFor(new URL(url), environment)?.origin ?? null).toBe(expected);
  });

  test.each([
    ['localhost', true],
    ['LOCALHOST', true],
    ['a.localhost', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['[::1]', true],
    ['::ffff:127.0.0.1', true],
    [new URL('http://[::ffff:127.0.0.1]').hostname, true],
    ['localhost.example', false],
    ['127.0.0.1.example', false],
    ['128.0.0.1', false],
    ['10.0.0.1', false],
    ['0.0.0.0', false],
  ])('%s is loopback: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
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
    const module = await bundleHttp(folder);
    const script = `
      import { createHttp } from ${JSON.stringify(module)};
      const http = createHttp();
      for (const url of ['https://cloud.example/', 'https://other.example/']) {
        const outcome = await http.request({ method: 'GET', url, headers: {}, body: null, signal: null });
        console.log(outcome.ok ? outcome.body : outcome.problem.code);
      }
      await http.close();`;
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
    expect(printed.split('\n').slice(0, 2)).toEqual(['{"errcode":0}', 'ERR_TLS_CERT_ALTNAME_INVALID']);
    expect(through.targets).toEqual(['cloud.example:443', 'other.example:443']);
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
