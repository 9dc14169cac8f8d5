/**
 * Takes secrets out of text. Every text that the program makes from outside data, and every error, passes through here
 * before it is kept, shown or written.
 */
import { inspect } from 'node:util';

export interface Redactor {
  /** From now on this value appears in no text, in any of its usual encodings. Under 6 characters: ignored. */
  add(secret: string): void;
  /** The same for what may be a secret, among much that is none: only the newest of these are remembered. */
  addSuspect(secret: string): void;
  redact(text: string): string;
  /** Message, stack and causes of anything thrown, as text without secrets. */
  redactError(error: unknown): string;
}

/** A shorter value would blank out ordinary words. */
const shortestSecret = 6;
/** Causes of causes that are followed. */
const deepestCause = 8;
/** How many suspects are remembered: each costs its length about twenty times, and a search in every text. */
const mostSuspects = 300;
/** A longer one is no token (the vendor's have 157 characters): its words are suspects of their own. */
const longestSuspect = 2048;
const mask = '***';

const secretName =
  '(?:component_|cloudbase_)?(?:access_token|appsecret|app_secret|verify_ticket)|authorization';
/** The texts that are secret by their name, even where their value was never given to us: `access_token=…`, `"component_appsecret":"…"`. */
const secretPatterns: readonly RegExp[] = [
  new RegExp(String.raw`((?:${secretName})=)[^\s&"'<>#\\]+`, 'gi'),
  new RegExp(String.raw`((?:${secretName})(?:%3D))[^\s&"'<>#\\%]+`, 'gi'),
  new RegExp(String.raw`((?:${secretName})\\*["']\s*:\s*\\*["'])[^"'\\]+`, 'gi'),
  new RegExp(String.raw`((?:${secretName})\s*:\s*\\*["'])[^"'\\]+`, 'gi'),
  /(authorization\s*[:=]\s*(?:bearer|basic)\s+)[^\s"'\\]+/gi,
];

/** Makes a redactor that knows these secrets. */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const needles = new Set<string>();
  /** The newest last. */
  const suspects = new Map<string, readonly string[]>();
  /** All of them as one list; null: something was added since. */
  let list: readonly string[] | null = null;
  const sought = (): readonly string[] => {
    list ??= [...new Set([...needles, ...[...suspects.values()].flat()])];
    return list;
  };
  const redact = (text: string): string =>
    secretPatterns.reduce((each, pattern) => each.replace(pattern, `$1${mask}`), blank(text, sought()));
  const add = (secret: string): void => {
    list = null;
    for (const form of formsOf(secret)) needles.add(form);
    for (const form of formsOf(secret.trim())) needles.add(form);
  };
  for (const secret of secrets) add(secret);
  const addSuspect = (secret: string): void => {
    if (secret.length > longestSuspect) return;
    list = null;
    suspects.delete(secret);
    suspects.set(secret, formsOf(secret));
    for (const oldest of suspects.keys()) {
      if (suspects.size <= mostSuspects) break;
      suspects.delete(oldest);
    }
  };
  return {
    add,
    addSuspect,
    redact,
    redactError: (error) => redact(describe(error, new Set())),
  };
}

/** Covers every occurrence of every needle; where two overlap, the whole stretch, so that no end of one is left over. */
function blank(text: string, needles: readonly string[]): string {
  const spans = needles.flatMap((needle) => occurrences(text, needle)).sort((a, b) => a.start - b.start);
  let out = '';
  let end = 0;
  for (const span of spans) {
    if (span.start >= end) out += `${text.slice(end, span.start)}${mask}`;
    end = Math.max(end, span.end);
  }
  return out + text.slice(end);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function occurrences(text: string, needle: string): Span[] {
  const found: Span[] = [];
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1)) {
    found.push({ start: at, end: at + needle.length });
  }
  return found;
}

/** The secret as it is, in a URL, in JSON, in JSON inside JSON, as Node prints it, in hexadecimal, and in base64 at any offset. */
function formsOf(secret: string): string[] {
  if (secret.length < shortestSecret) return [];
  const json = inJson(secret);
  const url = encodeURIComponent(wellFormed(secret));
  const hex = Buffer.from(secret).toString('hex');
  const forms = [
    secret,
    hex,
    hex.toUpperCase(),
    url,
    url.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    encodeURIComponent(url),
    json,
    json.replaceAll('/', '\\/'),
    inJson(json),
    inspect(secret).slice(1, -1),
    json.replaceAll('\\"', '"').replaceAll("'", "\\'"),
    ...base64Forms(Buffer.from(secret)),
  ];
  return forms.filter((form) => form.length >= shortestSecret);
}

/** Half a surrogate pair cannot be written in a URL. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/**
 * The forms that the bytes have inside any base64 text. Base64 packs three bytes into four characters, so there are three
 * ways to meet them; the characters that are shared with a neighbour's bytes are left out.
 */
function base64Forms(secret: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), secret]).toString('base64');
    const first = Math.ceil((offset * 8) / 6);
    const inner = encoded.slice(first, Math.floor(((offset + secret.length) * 8) / 6));
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function describe(error: unknown, seen: Set<unknown>): string {
  if (typeof error === 'string') return error;
  if (!(error instanceof Error)) return inspect(error, { depth: 3, breakLength: Number.POSITIVE_INFINITY });
  if (seen.has(error) || seen.size >= deepestCause) return '…';
  seen.add(error);
  const head =
    error.stack?.includes(error.message) === true ? error.stack : `${String(error)}\n${error.stack ?? ''}`;
  const inner = [...(error instanceof AggregateError ? error.errors : []), ...causeOf(error)];
  return [head, ...inner.map((cause) => `caused by: ${describe(cause, seen)}`)].join('\n');
}

const causeOf = (error: Error): unknown[] => (error.cause === undefined ? [] : [error.cause]);
