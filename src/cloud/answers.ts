/**
 * Reads what the API answers. Unknown fields and the order of fields do not matter; a wrong type is a failure like any
 * other answer that is not the API's, never a crash. Texts are not redacted here.
 */
import type { CloudFunction } from '../model/event.js';
import type { Failure, KeptRequest, PublishedQuota } from '../model/nouns.js';
import { isRecord, parseJson } from '../system/json.js';
import {
  type AnswerContext,
  classifyAnswer,
  classifyEnvMessage,
  classifyHttp,
  classifyNetwork,
  mostRead,
  splitRid,
  statusDecides,
} from './classify.js';
import type { HttpOutcome } from './http.js';

/** An object of JSON, its fields not yet looked at. */
export type Fields = Readonly<Record<string, unknown>>;

export type Answer =
  | { readonly ok: true; readonly fields: Fields; readonly context: AnswerContext; readonly ms: number }
  | { readonly ok: false; readonly failure: Failure; readonly fields: Fields };

/**
 * An answer with errcode 0, or why it is not one: no answer, a gateway's, or the API's own refusal (whose fields are
 * kept, for the emulator's logs). A missing errcode is taken for 0 only where `required` names a field that is there.
 * @param redact for a body of which only the beginning is shown: a secret cut in half would not be found later
 */
export function readAnswer(
  outcome: HttpOutcome,
  required: string | null = null,
  redact: (text: string) => string = (text) => text,
): Answer {
  if (!outcome.ok) return { ok: false, failure: classifyNetwork(outcome.problem), fields: {} };
  const context: AnswerContext = { httpStatus: outcome.status, headers: outcome.headers };
  const foreign = (): Answer => ({
    ok: false,
    failure: classifyHttp(outcome.status, outcome.headers, redact(outcome.body.slice(0, mostRead))),
    fields: {},
  });
  const fields = parseJson(outcome.body);
  if (statusDecides(outcome.status) || !isRecord(fields)) return foreign();
  const errcode = readErrcode(fields['errcode'] ?? (required !== null && required in fields ? 0 : undefined));
  if (errcode === null) return foreign();
  if (errcode !== 0) {
    return { ok: false, failure: classifyAnswer(errcode, textOf(fields['errmsg']), context), fields };
  }
  return outcome.status < 300 ? { ok: true, fields, context, ms: outcome.ms } : foreign();
}

/** A whole number, as such or in quotes, as some that write JSON put it. */
function readErrcode(value: unknown): number | null {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

/** A plain value as text; nothing for null and undefined; JSON for the rest. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

export interface EnvFailure {
  readonly env: string;
  readonly failure: Failure;
}

/** The names that the calls give to the list of environments that failed; public clients disagree (docs/cloud-api.md, "Calls"). */
const failureLists = ['fail_list', 'fail_env_list', 'err_list'] as const;

/**
 * The environments that failed, each once, of those that were asked for.
 * @returns `unreadable` where a list is there and cannot be read, `stranger` where it names an environment that nobody asked for
 *   (another spelling is one): then nothing is known about any environment
 */
export function readFailures(
  fields: Fields,
  asked: readonly string[],
): readonly EnvFailure[] | 'unreadable' | { readonly stranger: string } {
  const found = new Map<string, EnvFailure>();
  for (const name of failureLists) {
    const list = fields[name] ?? [];
    if (!Array.isArray(list)) return 'unreadable';
    for (const entry of list) {
      const failure = readFailure(entry);
      if (failure === null) return 'unreadable';
      if (!asked.includes(failure.env)) return { stranger: `${name}: ${failure.env}` };
      if (!found.has(failure.env)) found.set(failure.env, failure);
    }
  }
  return [...found.values()];
}

function readFailure(entry: unknown): EnvFailure | null {
  if (!isRecord(entry) || typeof entry['env'] !== 'string') return null;
  const texts = [entry['errormsg'], entry['errmsg']].filter((text) => text !== undefined && text !== null);
  if (!texts.every((text) => typeof text === 'string')) return null;
  const text = texts.find((each) => each.trim() !== '') ?? '';
  return { env: entry['env'], failure: classifyEnvMessage(text) };
}

export interface ListPage {
  readonly total: number | null;
  readonly functions: readonly CloudFunction[];
}

/** One page of getscflist; null where a field that matters has a wrong type. */
export function readListPage(fields: Fields): ListPage | null {
  const total = fields['total_count'] ?? null;
  if (total !== null && !Number.isInteger(total)) return null;
  const functions = readAll(fields['functions'] ?? (total === 0 ? [] : null), readRow);
  return functions === null ? null : { total: typeof total === 'number' ? total : null, functions };
}

/** null where they are no list, or one of them cannot be read. */
function readAll<T>(rows: unknown, read: (row: unknown) => T | null): readonly T[] | null {
  if (!Array.isArray(rows)) return null;
  const found = rows.map((row) => read(row)).filter((row) => row !== null);
  return found.length === rows.length ? found : null;
}

function readRow(value: unknown): CloudFunction | null {
  if (!isRecord(value)) return null;
  const { name, status, mod_time: modTime = '' } = value;
  if (typeof name !== 'string' || typeof status !== 'string' || typeof modTime !== 'string') return null;
  const { message, rid } = splitRid(readReason(value['status_reason']));
  const row = {
    name,
    status,
    modTime,
    statusReason: message.slice(0, mostRead),
    ...(rid === null ? {} : { rid }),
  };
  return typeof value['runtime'] === 'string' ? { ...row, runtime: value['runtime'] } : row;
}

/** `[{errcode, errmsg}]` as text, `errcode: errmsg; …`. Whatever else stands there is shown as it came. */
function readReason(value: unknown): string {
  const reasons = Array.isArray(value) ? value : [value];
  return reasons
    .map((reason) =>
      isRecord(reason)
        ? [textOf(reason['errcode']), textOf(reason['errmsg'])].filter((text) => text !== '').join(': ')
        : textOf(reason),
    )
    .filter((text) => text !== '')
    .join('; ');
}

export interface CloudEnv {
  readonly env: string;
  readonly alias: string;
  readonly status: string;
}

/** The rows of describeenvs; null where they have a wrong type. */
export function readEnvs(fields: Fields): readonly CloudEnv[] | null {
  return readAll(fields['info_list'] ?? [], (row): CloudEnv | null =>
    isRecord(row) && typeof row['env'] === 'string'
      ? { env: row['env'], alias: textOf(row['alias']), status: textOf(row['status']) }
      : null,
  );
}

/** The emulator's extra field: what the code printed. */
export function readLogs(fields: Fields): string[] {
  const logs = fields['emulator_logs'];
  return Array.isArray(logs) ? logs.map(textOf) : [];
}

/**
 * rid/get; null where it holds no request. Whatever may be a secret in its texts is left out: tokens of another day are not known to
 * the redactor.
 */
export function readKeptRequest(fields: Fields, redact: (text: string) => string): KeptRequest | null {
  const request = fields['request'];
  if (!isRecord(request)) return null;
  const text = (name: string): string | null => {
    const found = textOf(request[name]);
    return found === '' ? null : redact(withoutCredentials(found));
  };
  const seconds = countOf(request['invoke_time']);
  return {
    at: seconds === null || seconds === 0 ? null : seconds * 1000,
    ms: countOf(request['cost_in_ms']),
    ...{ url: text('request_url'), body: text('request_body') },
    ...{ answer: text('response_body'), address: text('client_ip') },
  };
}

/** quota/get; null where a field that matters has a wrong type. All zeros: the vendor does not publish it. */
export function readQuota(fields: Fields): PublishedQuota | null {
  const quota = fields['quota'] ?? { daily_limit: 0, used: 0 };
  if (!isRecord(quota)) return null;
  const [limit, used] = [countOf(quota['daily_limit']), countOf(quota['used'])];
  if (limit === null || used === null) return null;
  const rates = [fields['rate_limit'], fields['component_rate_limit']].flatMap((rate) => rateOf(rate) ?? []);
  return { limit, used, perSecond: rates.length === 0 ? null : Math.min(...rates) };
}

/** A count for longer than this, in seconds, is a quota: nobody waits that long for the next request. */
const longestRate = 60;

/** Calls a second, one a minute at least; null: not published. */
function rateOf(value: unknown): number | null {
  if (!isRecord(value)) return null;
  const [calls, seconds] = [countOf(value['call_count']), countOf(value['refresh_second'])];
  if (calls === null || seconds === null) return null;
  return calls < 1 || seconds === 0 || seconds > longestRate ? null : calls / seconds;
}

/** Values of what is named like a secret, in a query and in JSON, and the zip of an upload. */
function withoutCredentials(text: string): string {
  return text
    .replace(/((?:token|secret|ticket|password)\w{0,40}=)[^&\s"]*/gi, '$1***')
    .replace(
      /("\w{0,40}(?:token|secret|ticket|password)\w{0,40}"\s{0,9}:\s{0,9})"(?:[^"\\]|\\.)*"?/gi,
      '$1"***"',
    )
    .replace(/("zipfile"\s{0,9}:\s{0,9})"[\w+/=]*"?/g, '$1"…"');
}

const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
