/** A token that the team's own server gives out. */

import type { TokenSource } from '../../config/model.js';
import { parseJson } from '../../system/json.js';
import type { Redactor } from '../redact.js';
import { checkToken, noToken, type Reading, type TokenDependencies } from './reading.js';

type UrlSource = Extract<TokenSource, { readonly kind: 'url' }>;

/** Headers whose values are no secrets. */
const openHeaders = new Set(['accept', 'accept-language', 'cache-control', 'content-type', 'user-agent']);
/** Parameters of a URL whose values are secrets. */
const secretParameter = /key|token|secret|sign|auth|pass|code/i;

/** Makes the values of headers, and of what looks secret in the URL, known to the redactor. */
export function addUrlSecrets(source: UrlSource, redactor: Redactor): void {
  for (const [name, value] of Object.entries(source.headers)) {
    if (openHeaders.has(name.toLowerCase())) continue;
    redactor.add(value);
    redactor.add(value.replace(/^\w+\s+/, ''));
  }
  if (!URL.canParse(source.url)) return;
  const url = new URL(source.url);
  redactor.add(decodeURIComponent(url.password));
  for (const [name, value] of url.searchParams) if (secretParameter.test(name)) redactor.add(value);
}

/** GETs the URL; plain http to this machine only, no redirects. */
export async function readTokenUrl(
  source: UrlSource,
  { http, redactor }: TokenDependencies,
  signal: AbortSignal,
): Promise<Reading> {
  const outcome = await http.request({
    method: 'GET',
    url: source.url,
    headers: source.headers,
    body: null,
    signal,
  });
  if (!outcome.ok) return noToken(`url-unreachable:${redactor.redact(outcome.problem.code)}`);
  if (outcome.status !== 200) return noToken(`url-status:${outcome.status}`);
  if (source.pointer === null) return checkToken(outcome.body, 'url');
  const answer = parseJson(outcome.body);
  if (answer === undefined) return noToken(`url-not-json:${outcome.status}`);
  const value = atPointer(answer, source.pointer);
  return typeof value === 'string' ? checkToken(value, 'url') : noToken(`url-pointer:${source.pointer}`);
}

/** The value at a JSON pointer (RFC 6901); undefined where there is none. */
export function atPointer(value: unknown, pointer: string): unknown {
  if (pointer === '') return value;
  if (!pointer.startsWith('/')) return undefined;
  const keys = pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return keys.reduce<unknown>(
    (each, key) =>
      typeof each === 'object' && each !== null && Object.hasOwn(each, key)
        ? Reflect.get(each, key)
        : undefined,
    value,
  );
}
