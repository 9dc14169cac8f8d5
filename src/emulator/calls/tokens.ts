import { randomBytes } from 'node:crypto';
import type { Clock } from '../model.js';

/** What the third-party platform is asked for a token; see cloud-api.md, "The token". */
export interface ComponentCredentials {
  readonly appId: string;
  readonly appSecret: string;
  readonly verifyTicket: string;
  /** How long the token before a new one stays good; 5 minutes as documented. */
  readonly graceMs?: number;
}

export type TokenState = 'good' | 'missing' | 'wrong' | 'expired';

export interface Tokens {
  readonly current: () => string;
  /** What a call's token is worth now. */
  check(token: string | null): TokenState;
  /** Whether this may use `/__emulator`: the present token, expired or not, or the one of the start. */
  mayControl(token: string | null): boolean;
  /** Replaces the token; the old one is wrong at once, or after a grace. */
  rotate(next: string | null, graceMs: number, lifeMs: number | null): string;
  expire(): void;
}

/** The one valid token and, for a grace, the one before it. */
export function createTokens(first: string | null, now: Clock): Tokens {
  const initial = first ?? newToken();
  let current = initial;
  let expiresAt = Infinity;
  let previous: { readonly token: string; readonly until: number } | null = null;
  return {
    current: () => current,
    check: (token) => {
      if (token === null || token === '') return 'missing';
      if (token === current) return expiresAt > now() ? 'good' : 'expired';
      return token === previous?.token && previous.until > now() ? 'good' : 'wrong';
    },
    mayControl: (token) => token === current || token === initial,
    rotate: (next, graceMs, lifeMs) => {
      previous = { token: current, until: Math.min(now() + graceMs, expiresAt) };
      current = next ?? newToken();
      expiresAt = lifeMs === null ? Infinity : now() + lifeMs;
      return current;
    },
    expire: () => {
      expiresAt = -Infinity;
    },
  };
}

const newToken = (): string => `emulated_${randomBytes(24).toString('base64url')}`;
