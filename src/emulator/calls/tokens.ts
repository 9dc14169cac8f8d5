import { randomBytes } from 'node:crypto';
import type { Clock } from '../model.js';

/** The calls by which the third-party platform is asked for a token; see docs/cloud-api.md, "The token". */
export interface ComponentCredentials {
  readonly appId: string;
  readonly appSecret: string;
  readonly verifyTicket: string;
  /** How long the token before a new one stays good; 5 minutes as documented. */
  readonly graceMs?: number;
}

/** docs/cloud-api.md, "The token": a new one kills the old after about 5 minutes. */
export const GRACE_MS = 5 * 60 * 1000;

/** `unknown` was never given out, `replaced` was, and another one took its place. */
export type TokenState = 'good' | 'missing' | 'unknown' | 'replaced' | 'expired';

export interface Tokens {
  readonly current: () => string;
  /** The worth of a call's token now. */
  check(token: string | null): TokenState;
  /** Whether this may use `/__emulator`: the present token, expired or not, or the one of the start. */
  mayControl(token: string | null): boolean;
  /**
   * Gives out a new token, `next` or a random one. The one before it stays good for `graceMs`, but not beyond its own end;
   * the new one lives for `lifeMs`, or for ever.
   */
  rotate(next: string | null, graceMs: number, lifeMs: number | null): string;
  expire(): void;
}

/** Every token that was given out, and until when each is good. */
export function createTokens(first: string | null, now: Clock): Tokens {
  const initial = first ?? newToken();
  const givenOut = new Map<string, { readonly until: number; readonly atItsEnd: 'replaced' | 'expired' }>();
  let current = initial;
  givenOut.set(current, { until: Infinity, atItsEnd: 'expired' });
  return {
    current: () => current,
    check: (token) => {
      if (token === null || token === '') return 'missing';
      const known = givenOut.get(token);
      if (known === undefined) return 'unknown';
      return known.until > now() ? 'good' : known.atItsEnd;
    },
    mayControl: (token) => token === current || token === initial,
    rotate: (next, graceMs, lifeMs) => {
      const ownEnd = givenOut.get(current)?.until ?? -Infinity;
      givenOut.set(current, { until: Math.min(now() + graceMs, ownEnd), atItsEnd: 'replaced' });
      current = next ?? newToken();
      givenOut.set(current, { until: lifeMs === null ? Infinity : now() + lifeMs, atItsEnd: 'expired' });
      return current;
    },
    expire: () => {
      givenOut.set(current, { until: -Infinity, atItsEnd: 'expired' });
    },
  };
}

const newToken = (): string => `emulated_${randomBytes(24).toString('base64url')}`;
