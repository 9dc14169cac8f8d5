/** Which proxy a request goes through, and the tunnel through it. */

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type Socket } from 'node:net';
import { matchesGlob } from '../config/glob.js';
import { messageOf } from '../system/errno.js';
import { isLoopback } from '../system/loopback.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An error that carries a code, as Node's own network errors do. */
export function codedError(code: string, message: string): Error & { readonly code: string } {
  return Object.assign(new Error(message), { code });
}

/** The words about the proxy of a variable that cannot be followed. Its value may hold a password and is no part of this. */
export interface ProxyMistake {
  /** As it is written in the environment. */
  readonly variable: string;
  readonly why: 'not-a-url' | 'scheme' | 'percent';
}

export type ProxyChoice =
  | { readonly kind: 'direct' }
  | { readonly kind: 'proxy'; readonly url: URL }
  | ({ readonly kind: 'mistake' } & ProxyMistake);

/**
 * The proxy for a URL by HTTPS_PROXY, ALL_PROXY, HTTP_PROXY and NO_PROXY in either case: the lower-case name first, and HTTP_PROXY
 * for https too where no other is set. Entries of NO_PROXY: a host with its subdomains, an address, a network (`10.0.0.0/8`), a
 * pattern (`10.1.*`, `*.example`), each with `:port`, or `*`. Loopback is never proxied.
 */
export function chooseProxy(url: URL, environment: Environment): ProxyChoice {
  if (isLoopback(url.hostname)) return { kind: 'direct' };
  const names =
    url.protocol === 'https:' ? ['https_proxy', 'all_proxy', 'http_proxy'] : ['http_proxy', 'all_proxy'];
  const found = names.map((name) => pick(environment, name)).find((each) => each !== null) ?? null;
  if (found === null || isExempt(url, pick(environment, 'no_proxy')?.value ?? '')) return { kind: 'direct' };
  const { variable, value } = found;
  const text = value.includes('://') ? value : `http://${value}`;
  const mistake = (why: ProxyMistake['why']): ProxyChoice => ({ kind: 'mistake', variable, why });
  if (!URL.canParse(text)) return mistake('not-a-url');
  const proxy = new URL(text);
  if (!Object.hasOwn(schemePorts, proxy.protocol)) return mistake('scheme');
  if (proxy.hostname === '') return mistake('not-a-url');
  if (credentialsOf(proxy) === 'malformed') return mistake('percent');
  return { kind: 'proxy', url: proxy };
}

/** Kinds of proxies, and where each listens unless it is said. */
const schemePorts: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'socks:': 1080,
  'socks5:': 1080,
  'socks5h:': 1080,
  'socks4:': 1080,
  'socks4a:': 1080,
};

/** A value that is set and empty says: none. */
function pick(
  environment: Environment,
  name: string,
): { readonly variable: string; readonly value: string } | null {
  const variable = environment[name] === undefined ? name.toUpperCase() : name;
  const value = environment[variable]?.trim() ?? '';
  return value === '' ? null : { variable, value };
}

function isExempt(url: URL, noProxy: string): boolean {
  const port = portOf(url);
  const host = hostOf(url).toLowerCase();
  return noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => {
      // `[::1]:443`, `[::1]`, `host:443`; a bare address of version 6 has colons of its own.
      const match = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry) ?? /^([^:]*)(?::(\d+))?$/.exec(entry);
      const name = match?.[1] ?? entry;
      if (name === '' || (match?.[2] !== undefined && Number(match[2]) !== port)) return false;
      return isNamed(host, name);
    });
}

/** @param name of an entry, without brackets and port */
function isNamed(host: string, name: string): boolean {
  if (isIP(host) !== 0 && name !== '*')
    return inNetwork(host, name) || (name.includes('*') && matchesGlob(name, host));
  const domain = name.replace(/^\*?\./, '');
  if (domain.includes('*')) return matchesGlob(domain, host) || matchesGlob(`*.${domain}`, host);
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

/** Whether an address is another one, or in a network: `10.0.0.0/8`, `fd00::/8`. */
function inNetwork(address: string, network: string): boolean {
  const [base = '', prefix, ...more] = network.split('/');
  const family = isIP(base);
  if (family === 0 || more.length > 0) return false;
  const longest = family === 4 ? 32 : 128;
  const bits = prefix === undefined ? longest : Number(prefix);
  if (!/^\d{1,3}$/.test(prefix ?? '0') || bits > longest) return false;
  const list = new BlockList();
  list.addSubnet(base, bits, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

/** A URL's host as sockets take it: an address of version 6 without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** A URL's port, its scheme's own where it names none. */
export function portOf(url: URL): number {
  return url.port === '' ? (schemePorts[url.protocol] ?? 443) : Number(url.port);
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The user and password of a proxy's URL; null: it has none. */
function credentialsOf(proxy: URL): Credentials | 'malformed' | null {
  if (proxy.username === '') return null;
  try {
    return { user: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) };
  } catch {
    return 'malformed';
  }
}

/** As a header; none without them. */
function authorization(proxy: URL): Record<string, string> {
  const found = credentialsOf(proxy);
  if (found === null || found === 'malformed') return {};
  const pair = Buffer.from(`${found.user}:${found.password}`).toString('base64');
  return { 'proxy-authorization': `Basic ${pair}` };
}

/**
 * Connects to a host through a proxy.
 * @throws (rejects with) Node's own network error, or one with code `PROXY_<status>`, `PROXY_FAILED` or `CONNECT_TIMED_OUT`
 */
export function openTunnel(proxy: URL, target: URL, timeoutMs: number): Promise<Socket> {
  return proxy.protocol.startsWith('socks')
    ? openSocksTunnel(proxy, target, timeoutMs)
    : openHttpTunnel(proxy, `${target.hostname}:${portOf(target)}`, timeoutMs);
}

/** The proxy looks the host's name up: the names of a network behind it are known only there. */
async function openSocksTunnel(proxy: URL, target: URL, timeout: number): Promise<Socket> {
  const { SocksClient } = await import('socks');
  const found = credentialsOf(proxy);
  const login =
    found === null || found === 'malformed' ? {} : { userId: found.user, password: found.password };
  try {
    const { socket } = await SocksClient.createConnection({
      command: 'connect',
      proxy: {
        host: hostOf(proxy),
        port: portOf(proxy),
        type: proxy.protocol.startsWith('socks4') ? 4 : 5,
        ...login,
      },
      destination: { host: hostOf(target), port: portOf(target) },
      timeout,
    });
    return socket;
  } catch (error) {
    // The error of the library holds the password, so it is not passed on.
    throw codedError(socksCode(messageOf(error)), `the proxy: ${messageOf(error)}`);
  }
}

function socksCode(message: string): string {
  const system = /\bE[A-Z_]{3,}\b/.exec(message)?.[0];
  if (system !== undefined) return system;
  if (/timed out/i.test(message)) return 'CONNECT_TIMED_OUT';
  // As an HTTP proxy says it: a password is wanted, or is not the right one.
  return /authentication/i.test(message) ? 'PROXY_407' : 'PROXY_FAILED';
}

/**
 * Opens a tunnel with CONNECT. Not undici's ProxyAgent, because that connects again and again without end when a proxy
 * drops the connection instead of answering.
 * @param target `host:port`
 */
function openHttpTunnel(proxy: URL, target: string, timeoutMs: number): Promise<Socket> {
  const connect = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = connect({
      hostname: hostOf(proxy),
      port: portOf(proxy),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...authorization(proxy) },
      agent: false,
      rejectUnauthorized: true,
    });
    const timer = setTimeout(
      () => request.destroy(codedError('CONNECT_TIMED_OUT', 'the proxy did not answer')),
      timeoutMs,
    );
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.once('connect', ({ statusCode }, socket) => {
      clearTimeout(timer);
      // Nothing comes after its head: of the two ends, the one that asks speaks first in TLS.
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(codedError(`PROXY_${statusCode}`, `the proxy answered ${statusCode}`));
    });
    request.end();
  });
}
