/**
 * The meaning of a refusal or a breakdown, by the tables of docs/cloud-api.md, "Errors". Pure: an answer goes
 * in, a `Failure` comes out. The tables are exported so that a test covers each row. Texts are not redacted here.
 */
import type { Failure, FailureClass, FailureOrigin } from '../model/nouns.js';
import { cutText, withoutEnd } from '../system/text-end.js';
import { answerTooBig, type NetworkProblem } from './http.js';

/** Every errcode that docs/cloud-api.md names, by class. Any other is `unknown`. */
export const errcodeTable: Readonly<
  Record<'token' | 'transient' | 'quota' | 'config' | 'function', readonly number[]>
> = {
  token: [40001, 40014, 42001],
  transient: [-1, -1000, 45011, -501001, -501002, -501003, -501004, -601001, -601003, -604102],
  quota: [45009],
  config: [
    61004, 40164, 40013, 40125, 41001, 41002, 41004, 61003, 61005, 61006, 61007, 61011, 48001, 48004, 50001,
    50002, 85088,
  ],
  function: [40097, 40101, 43002, 44002, 47001, -501007, -501020],
};

/** Characters of a foreign text that are looked at: far more than any refusal has. */
export const mostRead = 16_000;

/** A part of an environment's message, compared without regard to case, and what it means. */
export interface MessageRow {
  /** All of these must be in the text. */
  readonly parts: readonly string[];
  readonly class: FailureClass;
  readonly origin: 'answer' | 'exists';
  /** An error code of the vendor's rather than a loose word: believed in the message of a whole call, too. */
  readonly code: boolean;
}

const row = (
  code: boolean,
  failureClass: FailureClass,
  parts: readonly string[],
  origin: MessageRow['origin'] = 'answer',
): MessageRow => ({ parts, class: failureClass, origin, code });

/**
 * Every text that docs/cloud-api.md names; the first row that fits wins. The vendor's codes stand before loose words, and among
 * each what is final before what passes: "当前函数处于Updating" next to "InsufficientBalance" is the environment's. A name that many
 * refusals share (`FailedOperation.…`) comes after the words for their reason.
 */
export const messageTable: readonly MessageRow[] = [
  // A person has to delete it first, whatever else is said: waiting until it is Active would be for ever.
  row(true, 'function', ['CreateFailed']),
  row(true, 'function', ['DeleteFailed']),
  row(true, 'env', ['ResourceNotFound.Namespace']),
  row(true, 'env', ["can't find the env"]),
  row(true, 'env', ['env not exists']),
  row(true, 'env', ['InsufficientBalance']),
  row(true, 'env', ['UnauthorizedOperation']),
  row(true, 'env', ['CodeSecret']),
  row(true, 'function', ['InvalidParameterValue.Code']),
  row(true, 'missing', ['ResourceNotFound.Function']),
  row(true, 'missing', ['函数不存在']),
  row(true, 'missing', ['FunctionName parameter could not be found']),
  row(true, 'transient', ['ResourceInUse.Function'], 'exists'),
  row(true, 'busy', ['当前函数处于']),
  row(true, 'busy', ['当前函数状态']),
  row(true, 'busy', ['FunctionStatusError']),
  row(true, 'busy', ['FunctionNameStatusError']),
  row(true, 'busy', ['OperationConflict']),
  row(true, 'transient', ['RequestLimitExceeded']),
  row(true, 'transient', ['LimitExceeded.Request']),
  row(true, 'transient', ['InternalError']),
  row(false, 'env', ['Environment', 'invalid']),
  row(false, 'env', ['Environment', 'not found']),
  row(false, 'env', ['ISOLATE']),
  row(false, 'function', ['ZipFile']),
  row(false, 'function', ['base64']),
  row(true, 'busy', ['FailedOperation.UpdateFunctionCode']),
  row(true, 'busy', ['FailedOperation.UpdateFunctionConfiguration']),
  row(false, 'busy', ['Updating']),
  row(false, 'busy', ['Creating']),
  row(false, 'transient', ['frequency']),
  row(false, 'transient', ['system error']),
  row(false, 'transient', ['timeout']),
  row(false, 'busy', ['请稍后重试']),
];

/**
 * The meaning of a network error's code where the request was not sent. `config`: TLS would not have it, or the proxy wants a
 * password; waiting does not fix that, and it is not "offline", since a connection was made. Kept as origin
 * `unreachable` all the same: nothing was received. `cut`: there was a connection, and the next probe would make one. Every other
 * code is the network's trouble, also one that nobody thought of: firewalls refuse with EACCES and EPERM, systems with UNKNOWN.
 */
export const networkTable: Readonly<Record<'cut' | 'config', readonly string[]>> = {
  cut: ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ABORTED', 'FORGOTTEN'],
  config: [
    'PLAIN_HTTP',
    'BAD_REQUEST',
    'BAD_PROXY',
    'PROXY_401',
    'PROXY_403',
    'PROXY_407',
    'EPROTO',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'HOSTNAME_MISMATCH',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
  ],
};

/** Codes that Node builds: ERR_TLS_CERT_ALTNAME_INVALID, ERR_SSL_WRONG_VERSION_NUMBER, CERT_HAS_EXPIRED, UNABLE_TO_VERIFY_LEAF_SIGNATURE… */
const tlsCode = /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_)/;

/** HTTP statuses that pass without our doing, in addition to 5xx. */
const transientStatuses: readonly number[] = [408, 425, 429];

/** The most that `Retry-After` can make us wait: 5 minutes. */
export const retryAfterCapMs = 5 * 60_000;

/** The parts of the answer, apart from its text: the HTTP status and headers (names in lower case). */
export interface AnswerContext {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
}

const classOfErrcode: ReadonlyMap<number, FailureClass> = new Map(
  (['token', 'transient', 'quota', 'config', 'function'] as const).flatMap((name) =>
    errcodeTable[name].map((errcode): [number, FailureClass] => [errcode, name]),
  ),
);

/** A `Failure` with null for what is not given. */
export function failureOf(
  failureClass: FailureClass,
  origin: FailureOrigin,
  text: string,
  more: Partial<Pick<Failure, 'errcode' | 'httpStatus' | 'retryAfterMs'>> = {},
): Failure {
  const { message, rid } = splitRid(text);
  return {
    class: failureClass,
    origin,
    errcode: null,
    httpStatus: null,
    retryAfterMs: null,
    ...more,
    message: message.slice(0, mostRead),
    rid,
  };
}

/** A request id and what may stand around it, at a message's end: it has 36 characters, and is looked for in no more than this. */
const ridReach = 200;

/** Takes the vendor's request id, ` rid: 5f9e…-…-…`, off a message's end. */
export function splitRid(text: string): { readonly message: string; readonly rid: string | null } {
  const trimmed = text.trim();
  const from = Math.max(0, trimmed.length - ridReach);
  const match = /(?<![0-9a-z_])rid:\s*([0-9a-z]+(?:-[0-9a-z]+)*)[\s.\])]*$/i.exec(trimmed.slice(from));
  if (match?.[1] === undefined) return { message: trimmed, rid: null };
  return { message: withoutEnd(trimmed.slice(0, from + match.index), ' \t\r\n,;[('), rid: match[1] };
}

/**
 * `Retry-After` in either form, seconds or an HTTP date.
 * @param now milliseconds since the epoch, for the date form
 * @returns milliseconds in [0, 5 min], or null where there is none or it makes no sense
 */
export function retryAfterMs(value: string | undefined, now: number): number | null {
  const text = value?.trim() ?? '';
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? null : Math.round(Math.min(Math.max(ms, 0), retryAfterCapMs));
}

/**
 * An answer of the API itself that refuses the whole call. An errcode that no table knows is `unknown`, unless its message
 * holds one of the vendor's error codes for a function or an environment, as a call for a single one may.
 */
export function classifyAnswer(
  errcode: number,
  errmsg: string,
  context: AnswerContext | null = null,
  now: number = Date.now(),
): Failure {
  const more = {
    errcode,
    httpStatus: context?.httpStatus ?? null,
    retryAfterMs: retryAfterMs(context?.headers['retry-after'], now),
  };
  const known = classOfErrcode.get(errcode);
  if (known !== undefined) return failureOf(known, 'answer', errmsg, more);
  const found = rowOf(errmsg, true);
  return failureOf(found?.class ?? 'unknown', found?.origin ?? 'answer', errmsg, more);
}

/**
 * An answer that is not the API's: a status of a gateway, or a body that is not what the API sends (HTML, empty, half a
 * JSON, wrong types). All of them pass, except 413: that content will never fit.
 * @param body as it came; the message holds its beginning, without tags
 */
export function classifyHttp(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  now: number = Date.now(),
): Failure {
  return failureOf(status === 413 ? 'function' : 'transient', 'http', excerpt(status, body), {
    httpStatus: status,
    retryAfterMs: retryAfterMs(headers['retry-after'], now),
  });
}

/**
 * An answer by which this address is not the API: a page, a path that is not there, a redirect, which is not followed. Where the
 * address has never answered as the API does, a second one settles it.
 * @returns null: it may as well be the API, or a gateway, in trouble
 */
export function strangeAnswer(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): string | null {
  if (status >= 300 && status < 400) return `HTTP ${status} to ${placeOf(headers['location'] ?? '')}`;
  const isPage = /^[\s\uFEFF]{0,100}</.test(body) || (headers['content-type'] ?? '').startsWith('text/html');
  const refused = status >= 400 && status < 500 && !statusDecides(status);
  return refused || (status < 300 && isPage) ? excerpt(status, body) : null;
}

/** An address without its query, which may hold anything. */
function placeOf(location: string): string {
  if (!URL.canParse(location)) return location.split(/[?#]/, 1)[0] ?? '';
  const { origin, pathname } = new URL(location);
  return origin + pathname;
}

/** Two tries at an address that is not the API's. */
export function notTheApi(address: string, status: number, answer: string): Failure {
  return failureOf('config', 'http', `${address}: ${answer}`, { httpStatus: status });
}

/** Whether the status alone says what happened, whatever the body holds. */
export function statusDecides(status: number): boolean {
  return status === 413 || status >= 500 || transientStatuses.includes(status);
}

/**
 * No whole answer. `unreachable`: nothing was received. `broken`: the request, or a part of it, may have been. A connection
 * that is cut before the request went out (a reset in the TLS handshake) counts as broken too: a later try to connect
 * would succeed, so "offline" would be the wrong word for it.
 */
export function classifyNetwork(problem: NetworkProblem): Failure {
  const text = problem.message.includes(problem.code)
    ? problem.message
    : `${problem.code}: ${problem.message}`;
  if (problem.code === answerTooBig) return failureOf('transient', 'http', text);
  if (problem.sent) return failureOf('transient', 'broken', text);
  if (networkTable.config.includes(problem.code) || tlsCode.test(problem.code)) {
    return failureOf('config', 'unreachable', text);
  }
  const proxyStatus = /^PROXY_(\d{3})$/.exec(problem.code)?.[1];
  if (proxyStatus !== undefined) {
    return failureOf('transient', 'http', text, { httpStatus: Number(proxyStatus) });
  }
  return failureOf('transient', networkTable.cut.includes(problem.code) ? 'broken' : 'unreachable', text);
}

/** One environment's message in the list of those that failed. Its format is not documented: parts of it decide. */
export function classifyEnvMessage(text: string): Failure {
  const found = rowOf(text, false);
  return failureOf(found?.class ?? 'unknown', found?.origin ?? 'answer', text);
}

function rowOf(text: string, codesOnly: boolean): MessageRow | undefined {
  const lower = text.slice(0, mostRead).toLowerCase();
  // The words of the function API itself, passed on as the message of the whole call.
  const inner = lower.includes('failedoperation.');
  return messageTable.find(
    (each) =>
      (each.code || !codesOnly || inner) && each.parts.every((part) => lower.includes(part.toLowerCase())),
  );
}

/** `HTTP 502: Bad Gateway nginx`: the status and at most 200 characters of what can be read in the body. */
function excerpt(status: number, body: string): string {
  const words = withoutTags(body.slice(0, 4000))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return words === '' ? `HTTP ${status}` : `HTTP ${status}: ${cutText(words, 200)}`;
}

/** The text of a page. What is not closed is no tag; scripts and styles are no text. */
function withoutTags(page: string): string {
  const lower = page.toLowerCase();
  let text = '';
  let at = 0;
  for (let open = page.indexOf('<'); open !== -1; open = page.indexOf('<', at)) {
    text += page.slice(at, open);
    const hidden = ['script', 'style'].find((name) => lower.startsWith(name, open + 1));
    const end = hidden === undefined ? -1 : lower.indexOf(`</${hidden}`, open);
    const close = page.indexOf('>', end === -1 ? open : end);
    if (close === -1) return text + page.slice(open);
    text += ' ';
    at = close + 1;
  }
  return text + page.slice(at);
}
