import type { TextFormat } from '../model/config-problem.js';
import { isLoopback } from '../system/loopback.js';
import { withoutEnd } from '../system/text-end.js';

/** The word that stands for the cloud inside this program. */
export const EMULATOR = 'emulator';

/**
 * The mistake in the API's base address; null where there is none. A query or fragment would end up in the middle of
 * every call's address, and a password in every log.
 */
export function endpointFault(text: string): TextFormat | null {
  if (text === EMULATOR) return null;
  const url = parseUrl(text);
  if (url === null) return 'endpoint';
  if (url.search !== '' || url.hash !== '') return 'url-query';
  return connectionFault(url);
}

/** The fault of any other address that is asked for a secret; null: none. */
export function urlFault(text: string): TextFormat | null {
  const url = parseUrl(text);
  return url === null ? 'url' : connectionFault(url);
}

function connectionFault(url: URL): TextFormat | null {
  if (url.username !== '' || url.password !== '') return 'url-credentials';
  return url.protocol === 'http:' && !isLoopback(url.hostname) ? 'plain-http' : null;
}

function parseUrl(text: string): URL | null {
  // URL takes `https:host` and stray spaces for granted; a person who wrote that meant something else.
  if (!/^https?:\/\/[^\s/?#]\S*$/i.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}

/** The endpoint as the configuration keeps it: without a slash at its end. */
export function normalizeEndpoint(text: string): string {
  return text === EMULATOR ? text : withoutEnd(text, '/');
}
