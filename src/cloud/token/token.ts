/**
 * Where the token comes from. A token is read, never guessed; reading costs little and is done again whenever the cloud
 * refuses the value. Problems are codes with a detail (`env-unset:NAME`), for the user interface to put into words; no
 * value is ever part of one.
 */

import type { TokenSource } from '../../config/model.js';
import { variableNamed } from '../../config/text.js';
import { tokenFileOf } from '../../config/token.js';
import type { TokenOutcome } from '../../model/event.js';
import { steadyNow } from '../../system/clock.js';
import { readTokenCommand } from './command.js';
import { createComponentReader } from './component.js';
import { readTokenFile, watchTokenFile } from './file.js';
import { checkToken, noToken, type Reading, type TokenDependencies } from './reading.js';
import { addUrlSecrets, readTokenUrl } from './url.js';
import { createWxcomponentReader } from './wxcomponent.js';

export type { TokenDependencies } from './reading.js';

/**
 * The codes of problems; each but the last two is followed by `:` and what it is about. `component-refused` has
 * errcode and message.
 */
export const tokenProblems = [
  'env-unset',
  'file-missing',
  'file-unreadable',
  'command-failed',
  'command-timeout',
  'url-unreachable',
  'url-status',
  'url-not-json',
  'url-pointer',
  'component-unreachable',
  'component-refused',
  'component-ticket',
  'wxcomponent-unreachable',
  'wxcomponent-status',
  'wxcomponent-answer',
  'wxcomponent-login',
  'wxcomponent-ticket',
  'wxcomponent-refused',
  'empty',
  'malformed',
  'unexpected',
  'aborted',
  'none',
  'untrusted',
] as const;

export type TokenParameter = 'access_token' | 'cloudbase_access_token';

export interface Tokens {
  /** The name by which it goes to the cloud. */
  readonly parameter: TokenParameter;
  /** The value read last; null before the first that worked. Kept when a later read fails: it may still be good. */
  current(): string | null;
  /** Reads the source. Calls at the same time share one reading. Never rejects. */
  read(signal?: AbortSignal): Promise<TokenOutcome>;
  /** The cloud refused this value: a source that mints its own must not give it again. */
  rejected(value: string): void;
  /** Calls when the source looks different (the token's file, or the verify ticket's). Returns how to stop. */
  onChange(listener: () => void): () => void;
  /** Ends watching, and a reading under way. */
  close(): void;
}

/** `none`: there is no token in the configuration. `fixed`: the emulator's own. */
export type AnyTokenSource =
  | TokenSource
  | { readonly kind: 'fixed'; readonly value: string }
  | { readonly kind: 'none' };

/** Makes the reader of one source. Nothing is read yet. */
export function createTokenSource(source: AnyTokenSource, dependencies: TokenDependencies): Tokens {
  const reader = createReader(source, dependencies);
  const closing = new AbortController();
  let value: string | null = null;
  let flight: Promise<TokenOutcome> | null = null;
  const take = async (): Promise<TokenOutcome> => {
    const reading = await reader
      .read(closing.signal)
      .catch((error: unknown): Reading => noToken(`unexpected:${dependencies.redactor.redactError(error)}`));
    if (!reading.ok) return reading;
    dependencies.redactor.add(reading.value);
    const changed = reading.value !== value;
    value = reading.value;
    return { ok: true, changed, renewAt: reading.renewAt, expiresAt: reading.expiresAt };
  };
  return {
    parameter: source.kind === 'cloudbase' ? 'cloudbase_access_token' : 'access_token',
    current: () => value,
    read(signal) {
      flight ??= take().finally(() => {
        flight = null;
      });
      return untilAborted(flight, signal);
    },
    rejected: (refused) => reader.rejected?.(refused),
    onChange(listener) {
      // A good token that was minted is kept when its ticket changes: reading it again costs nothing.
      const path = source.kind === 'none' || source.kind === 'fixed' ? null : tokenFileOf(source);
      return path === null ? () => {} : watchTokenFile(path, listener, closing.signal);
    },
    close: () => closing.abort(),
  };
}

interface Reader {
  read(signal: AbortSignal): Promise<Reading>;
  /** Absent: what is read next does not depend on it. */
  rejected?(value: string): void;
}

function createReader(source: AnyTokenSource, dependencies: TokenDependencies): Reader {
  switch (source.kind) {
    case 'withheld':
      return { read: async () => noToken('untrusted') };
    case 'none':
      return { read: async () => noToken('none') };
    case 'fixed':
      return { read: async () => checkToken(source.value, 'fixed') };
    case 'env':
      return { read: async () => readTokenVariable(source.name, dependencies) };
    case 'file':
      return { read: () => readTokenFile(source.path) };
    case 'command':
      return { read: (signal) => readTokenCommand(source, dependencies, signal) };
    case 'url':
      addUrlSecrets(source, dependencies.redactor);
      return { read: (signal) => readTokenUrl(source, dependencies, signal) };
    case 'wxcomponent':
      return createWxcomponentReader(source, dependencies);
    case 'cloudbase':
      return rereading(createReader(source.from, dependencies), dependencies);
    case 'component':
      return createComponentReader(source, dependencies);
    default:
      return source satisfies never;
  }
}

/** The vendor's cloud puts a new one there before the old one ends, and nothing says when: it is read again after so long. */
const rereadMs = 10 * 60_000;

function rereading(reader: Reader, { now = steadyNow }: TokenDependencies): Reader {
  return {
    ...reader,
    async read(signal) {
      const reading = await reader.read(signal);
      return reading.ok ? { ...reading, renewAt: now() + rereadMs } : reading;
    },
  };
}

async function readTokenVariable(name: string, { variables }: TokenDependencies): Promise<Reading> {
  const value = variableNamed(await variables(), name);
  return value === undefined || value.trim() === '' ? noToken(`env-unset:${name}`) : checkToken(value, name);
}

function untilAborted(flight: Promise<TokenOutcome>, signal: AbortSignal | undefined): Promise<TokenOutcome> {
  if (signal === undefined) return flight;
  return new Promise((resolve) => {
    const onAbort = (): void => resolve(noToken('aborted'));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void flight.then((outcome) => {
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    });
  });
}
