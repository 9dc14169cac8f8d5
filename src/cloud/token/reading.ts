/** The parts that all sources of tokens share: their needs, their results, and the texts that can be a token at all. */
import type { Variables } from '../../config/text.js';
import type { Http } from '../http.js';
import type { Redactor } from '../redact.js';

/** The outcome of a source: a value, or a problem's code with its detail, redacted. */
export type Reading =
  | {
      readonly ok: true;
      readonly value: string;
      /** Milliseconds since the epoch, where the source knows. */
      readonly renewAt: number | null;
      readonly expiresAt: number | null;
    }
  | { readonly ok: false; readonly problem: string };

/** @param problem a code, and what it is about */
export function noToken(problem: string): Extract<Reading, { readonly ok: false }> {
  return { ok: false, problem };
}

export interface TokenDependencies {
  readonly http: Http;
  readonly redactor: Redactor;
  /** The variables that the configuration and its commands see: the environment over `.env.local` over `.env`, read again at each call. */
  variables(): Variables | Promise<Variables>;
  /** The API's base URL, where a component token is minted. */
  readonly endpoint: string;
  /** The folder that a command runs in. */
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Characters; the vendor's have under 200. */
const longestToken = 4096;

/**
 * Trims a value and looks whether it can be a token: one word, without quotes or brackets, as an error page or a
 * command's `(nil)` would have.
 * @param place named in the problem instead of the value
 */
export function checkToken(text: string, place: string): Reading {
  const value = text.replace(/^\uFEFF/, '').trim();
  if (value === '') return noToken(`empty:${place}`);
  if (value.length > longestToken || !/^[\w.~+/=:@!$%*|-]+$/.test(value))
    return noToken(`malformed:${place}`);
  return { ok: true, value, renewAt: null, expiresAt: null };
}
