/** Which proxy a request goes through, and the tunnel through it. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An error that carries a code, as Node's own network errors do. */
export function codedError(code: string, message: string): Error & { readonly code: string } {
  return Object.assign(new Error(message), { code });
}

/** Whether a host (a URL's `hostname`, brackets allowed) is this machine itself: never proxied, allowed plain http. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host) || /^::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}$/.test(host);
}

/**
 * The proxy for a URL by HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case, as undici and curl read them: the lower-case
 * name first, HTTP_PROXY where HTTPS_PROXY is not set, entries of NO_PROXY a host with its subdomains, `host:port` or `*`.
 * Loopback is never proxied.
 * @returns null: connect directly
 */
export function proxyFor(url: URL, environment: Environment): URL | null {
  if (isLoopback(url.hostname)) return null;
  const http = pick(environment, 'http_proxy');
  const proxy = url.protocol === 'https:' ? (pick(environment, 'https_proxy') ?? http) : http;
  if (proxy === null || isExempt(url, pick(environment, 'no_proxy') ?? '')) return null;
  const text = proxy.includes('://') ? proxy : `http://${proxy}`;
  return URL.canParse(text) ? new URL(text) : null;
}

function pick(environment: Environment, name: string): string | null {
  const value = environment[name] ?? environment[name.toUpperCase()];
  return value === undefined || value.trim() === '' ? null : value.trim();
}

function isExempt(url: URL, noProxy: string): boolean {
  const port = portOf(url);
  const host = url.hostname.toLowerCase();
  return noProxy.split(/[,\s]+/).some((entry) => {
    if (entry === '*') return true;
    const match = /^(.+?)(?::(\d+))?$/.exec(entry.toLowerCase());
    const name = match?.[1]?.replace(/^\*?\./, '') ?? '';
    if (name === '' || (match?.[2] !== undefined && Number(match[2]) !== port)) return false;
    return host === name || host.endsWith(`.${name}`);
  });
}

/** A URL's port, its scheme's own where it names none. */
export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/** The user and password of a proxy's URL as a header; none without them. */
function credentials(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/**
 * Opens a tunnel with CONNECT. Not undici's ProxyAgent, because that connects again and again without end when a proxy
 * drops the connection instead of answering.
 * @param target `host:port`
 * @throws (rejects with) Node's own network error, or one with code `PROXY_<status>` or `CONNECT_TIMED_OUT`
 */
export function openTunnel(proxy: URL, target: string, timeoutMs: number): Promise<Socket> {
  const connect = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = connect({
      hostname: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: portOf(proxy),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...credentials(proxy) },
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
    request.once('connect', (answer, socket, rest) => {
      clearTimeout(timer);
      if (answer.statusCode === 200) {
        if (rest.length > 0) socket.unshift(rest);
        return resolve(socket);
      }
      socket.destroy();
      reject(codedError(`PROXY_${answer.statusCode ?? 0}`, `the proxy answered ${answer.statusCode ?? 0}`));
    });
    request.end();
  });
}
