/**
 * The vendor's API as this program uses it: each call ends in data, never in an exception, and no text that leaves here
 * holds a secret. Calls, fields and errors: docs/cloud-api.md. `deletescf` is not here on purpose.
 */
import type { CloudFunction, ListJob, ListOutcome, PushOutcome, QuotaOutcome } from '../model/event.js';
import type { Failure, KeptRequest, MeteredCall } from '../model/nouns.js';
import { parseJson, tooDeepAt } from '../system/json.js';
import { cutText } from '../system/text-end.js';
import {
  type Answer,
  type CloudEnv,
  type Fields,
  readAnswer,
  readEnvs,
  readFailures,
  readKeptRequest,
  readListPage,
  readLogs,
  readQuota,
  textOf,
} from './answers.js';
import { classifyHttp, failureOf, notTheApi, strangeAnswer } from './classify.js';
import { answerTooBig, type Http, type HttpOutcome } from './http.js';
import { type ProbeResult, probeHost } from './probe.js';
import type { Redactor } from './redact.js';
import type { Tokens } from './token/token.js';

export interface CloudOptions {
  /** Base URL without a slash at its end. */
  readonly endpoint: string;
  readonly http: Http;
  readonly tokens: Pick<Tokens, 'parameter' | 'current' | 'read' | 'rejected'>;
  readonly redactor: Redactor;
}

export interface Upload {
  readonly operation: 'update' | 'create';
  readonly envs: readonly string[];
  /** From `draftUploadBody`, for the same function and environments. */
  readonly body: Buffer;
}

/** How an upload, or another call for several environments, ended: a `PushOutcome` without `not-sent`. */
export type CallOutcome = Exclude<PushOutcome, { readonly type: 'not-sent' }>;

export interface Trigger {
  readonly trigger_name: string;
  readonly type: string;
  /** Seven fields. */
  readonly config: string;
}

/** Which rows of an environment's list: from `offset` on, of the functions whose names contain `searchKey`. */
export type ListPage = Pick<ListJob, 'env' | 'offset' | 'searchKey'>;

export type WholeList =
  | {
      readonly ok: true;
      readonly functions: readonly CloudFunction[];
      /** False: the cloud has more than it would list, so what is not in here may be there all the same. */
      readonly whole: boolean;
    }
  | { readonly ok: false; readonly failure: Failure };

export type EnvsOutcome =
  | { readonly ok: true; readonly envs: readonly CloudEnv[] }
  | { readonly ok: false; readonly failure: Failure };

export type InvokeOutcome =
  | {
      readonly ok: true;
      /** The value that the function returned: JSON read, or the text where it is not JSON. */
      readonly result: unknown;
      /** Console output; only the emulator sends it. */
      readonly logs: readonly string[];
      readonly ms: number;
    }
  | { readonly ok: false; readonly failure: Failure; readonly logs: readonly string[] };

export type RequestOutcome =
  | { readonly ok: true; readonly request: KeptRequest }
  | { readonly ok: false; readonly failure: Failure };

export interface Cloud {
  /** batchuploadscfcode or batchuploadscf: one function's code to several environments. Accepted is not yet live. */
  push(upload: Upload, signal?: AbortSignal, onWritten?: () => void): Promise<CallOutcome>;
  /** getscflist, one request. */
  listPage(page: ListPage, signal?: AbortSignal): Promise<ListOutcome>;
  /** getscflist: every function of an environment, over as many pages as it takes. */
  list(env: string, signal?: AbortSignal): Promise<WholeList>;
  describeEnvs(signal?: AbortSignal): Promise<EnvsOutcome>;
  /** invokecloudfunction. `event` is JSON text, sent as it is. */
  invoke(env: string, name: string, event: string, signal?: AbortSignal): Promise<InvokeOutcome>;
  /** batchupdatetriggers: replaces a function's timers. */
  updateTriggers(
    envs: readonly string[],
    name: string,
    triggers: readonly Trigger[],
    signal?: AbortSignal,
  ): Promise<CallOutcome>;
  /** quota/get: how much of a call's quota is used, by whoever uses this token's platform. */
  quota(call: MeteredCall, signal?: AbortSignal): Promise<QuotaOutcome>;
  /** rid/get: what the vendor kept of a request, for seven days. */
  request(rid: string, signal?: AbortSignal): Promise<RequestOutcome>;
  /** Connects to the endpoint, or its proxy, and sends nothing. */
  probe(signal?: AbortSignal): Promise<ProbeResult>;
}

/** Rows asked for at a time; what comes back may be fewer, and counts. */
const pageSize = 100;
/** An environment of more than 20,000 functions is a server that never ends its list. */
const mostPages = 200;

/** Makes the client of one endpoint. */
export function createCloud(options: CloudOptions): Cloud {
  const { http, redactor, endpoint } = options;
  const redact = (text: string): string => shortened(redactor.redact(text));
  const clean = (failure: Failure): Failure => ({ ...failure, message: redact(failure.message) });
  const wire: Wire = { call: createCall(options), clean, redact, redactWhole: redactor.redact };
  return {
    push: ({ operation, envs, body }, signal, onWritten) =>
      batch(wire, uploadPath[operation], envs, body, signal, onWritten),
    listPage: (page, signal) => listPage(wire, page, signal),
    list: (env, signal) => listAll((offset) => listPage(wire, { env, offset, searchKey: null }, signal)),
    describeEnvs: (signal) => describeEnvs(wire, signal),
    invoke: (env, name, event, signal) => invoke(wire, { env, name }, event, signal),
    updateTriggers: (envs, name, triggers, signal) =>
      batch(
        wire,
        '/componenttcb/batchupdatetriggers',
        envs,
        json({ envs, funcname: name, triggers }),
        signal,
      ),
    quota: (call, signal) => quota(wire, call, signal),
    request: (rid, signal) => keptRequest(wire, rid, signal),
    async probe(signal) {
      const url = new URL(endpoint);
      const proxy = http.proxyFor(url);
      const result = await probeHost(proxy.kind === 'proxy' ? proxy.url : url, signal ?? null);
      return { ...result, detail: redactor.redact(result.detail) };
    },
  };
}

const uploadPath = {
  update: '/componenttcb/batchuploadscfcode',
  create: '/componenttcb/batchuploadscf',
} as const;

/** Each call needs the way out, and a way to take secrets out of what comes back. */
interface Wire {
  readonly call: Call;
  clean(failure: Failure): Failure;
  /** And without what is beyond all that people read. */
  redact(text: string): string;
  /** However long it is: what a function returned. */
  redactWhole(text: string): string;
}

/** Characters of a foreign text that are kept and shown. Cut after its secrets were taken out: half of one would stay. */
const mostShown = 4000;

/** Long runs of blanks say nothing. */
function shortened(text: string): string {
  return cutText(text.replace(/\s{20,}/g, ' '), mostShown);
}

type Signal = AbortSignal | undefined;

async function batch(
  { call, clean, redact }: Wire,
  path: string,
  envs: readonly string[],
  body: Buffer,
  signal: Signal,
  onWritten?: () => void,
): Promise<CallOutcome> {
  const outcome = batchOutcome(await call(path, {}, body, signal, undefined, onWritten), envs, redact);
  if (outcome.type === 'failed') return { type: 'failed', failure: clean(outcome.failure) };
  const failures = outcome.failures.map(({ env, failure }) => ({ env, failure: clean(failure) }));
  return { ...outcome, failures };
}

/** A call whose answer is read; what cannot be read is as good as none. */
async function asked<T>(
  { call, clean, redact }: Wire,
  path: string,
  body: object,
  signal: Signal,
  read: (fields: Fields) => T | null,
  required?: string,
): Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }> {
  const answer = await call(path, {}, json(body), signal, required);
  if (!answer.ok) return { ok: false, failure: clean(answer.failure) };
  const value = read(answer.fields);
  return value === null ? { ok: false, failure: clean(malformed(answer, redact)) } : { ok: true, value };
}

async function listPage(
  wire: Wire,
  { env, offset, searchKey }: ListPage,
  signal: Signal,
): Promise<ListOutcome> {
  const searched = searchKey === null ? {} : { searchkey: searchKey };
  const body = { env, offset, limit: pageSize, ...searched };
  const page = await asked(wire, '/componenttcb/getscflist', body, signal, readListPage, 'functions');
  if (!page.ok) return page;
  const { functions, total } = page.value;
  const clean = functions.map((each) => ({ ...each, statusReason: wire.redact(each.statusReason) }));
  return { ok: true, functions: clean, total };
}

async function describeEnvs(wire: Wire, signal: Signal): Promise<EnvsOutcome> {
  const found = await asked(wire, '/componenttcb/describeenvs', {}, signal, readEnvs, 'info_list');
  return found.ok ? { ok: true, envs: found.value } : found;
}

async function quota(wire: Wire, call: MeteredCall, signal: Signal): Promise<QuotaOutcome> {
  const found = await asked(wire, '/cgi-bin/openapi/quota/get', { cgi_path: call }, signal, readQuota);
  return found.ok ? { ok: true, quota: found.value } : found;
}

async function keptRequest(wire: Wire, rid: string, signal: Signal): Promise<RequestOutcome> {
  const read = (fields: Fields): KeptRequest | null => readKeptRequest(fields, wire.redact);
  const found = await asked(wire, '/cgi-bin/openapi/rid/get', { rid }, signal, read, 'request');
  return found.ok ? { ok: true, request: found.value } : found;
}

async function invoke(
  { call, clean, redactWhole }: Wire,
  target: { readonly env: string; readonly name: string },
  event: string,
  signal: Signal,
): Promise<InvokeOutcome> {
  const answer = await call('/tcb/invokecloudfunction', target, Buffer.from(event), signal, 'resp_data');
  const logs = readLogs(answer.fields).map(redactWhole);
  if (!answer.ok) return { ok: false, failure: clean(tooLongIsFinal(answer.failure)), logs };
  const text = redactWhole(textOf(answer.fields['resp_data']));
  const result = parseJson(text);
  // A result that is nested deeper than everything else can walk through is a text like any other.
  const isText = result === undefined || tooDeepAt(text) !== null;
  return { ok: true, result: isText ? text : result, logs, ms: Math.round(answer.ms) };
}

/** The value that a function returns is as long the next time. */
function tooLongIsFinal(failure: Failure): Failure {
  return failure.message.startsWith(answerTooBig)
    ? { ...failure, class: 'function', origin: 'answer' }
    : failure;
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

type Call = (
  path: string,
  query: Readonly<Record<string, string>>,
  body: Buffer,
  signal: Signal,
  required?: string,
  onWritten?: () => void,
) => Promise<Answer>;

/** One POST with the token in its query, and nowhere else. */
function createCall({ endpoint, http, tokens, redactor }: CloudOptions): Call {
  const judge = createAddressJudge(endpoint);
  return async (path, query, body, signal, required, onWritten) => {
    const read = tokens.current() === null ? await tokens.read(signal) : null;
    const token = tokens.current();
    if (token === null) {
      const problem = read?.ok === false ? read.problem : 'no-token';
      return { ok: false, failure: failureOf('token', 'token-source', problem), fields: {} };
    }
    const search = new URLSearchParams({ [tokens.parameter]: token, ...query });
    const judged = judge();
    const outcome = await http.request({
      method: 'POST',
      url: `${endpoint}${path}?${search}`,
      headers: { 'content-type': 'application/json' },
      body,
      signal: signal ?? null,
      ...(onWritten === undefined ? {} : { onWritten }),
    });
    const answer = judged(outcome, path, readAnswer(outcome, required ?? null, redactor.redact));
    if (!answer.ok && answer.failure.class === 'token') tokens.rejected(token);
    return answer;
  };
}

/**
 * Whether this is the API's address at all. One that has answered properly once is, and whatever comes then is a gateway in trouble.
 * One that never has, and answers with a page, a refusal or a redirect to two requests, the second begun after the first was
 * answered, is another: waiting does not fix that.
 */
function createAddressJudge(endpoint: string) {
  let proven = false;
  let strange = false;
  return () => {
    const wasStrange = strange;
    return (outcome: HttpOutcome, path: string, answer: Answer): Answer => {
      proven ||= answer.ok || answer.failure.origin === 'answer';
      if (proven || answer.ok || !outcome.ok) return answer;
      const said = strangeAnswer(outcome.status, outcome.headers, outcome.body);
      if (said === null) return answer;
      strange = true;
      return wasStrange ? { ...answer, failure: notTheApi(endpoint + path, outcome.status, said) } : answer;
    };
  };
}

/** Errcode 0 with a list is a partial failure; a list that cannot be read leaves every environment in the unknown. */
function batchOutcome(answer: Answer, envs: readonly string[], redact: Wire['redact']): CallOutcome {
  if (!answer.ok) return { type: 'failed', failure: answer.failure };
  const failures = readFailures(answer.fields, envs);
  if (failures === 'unreadable') return { type: 'failed', failure: malformed(answer, redact) };
  if ('stranger' in failures) return { type: 'failed', failure: strangersNamed(answer, failures.stranger) };
  return { type: 'answered', requestMs: Math.round(answer.ms), failures };
}

/** Whoever is meant, it may be one of those that were asked for: what became of any of them is not known. */
function strangersNamed({ context }: Answer & { readonly ok: true }, row: string): Failure {
  const text = `the answer names an environment that was not asked for (${row})`;
  return failureOf('unknown', 'http', text, { httpStatus: context.httpStatus });
}

/** An answer of the API whose fields are not what they should be: as good as none. */
function malformed(answer: Answer & { readonly ok: true }, redact: Wire['redact']): Failure {
  const { httpStatus, headers } = answer.context;
  return classifyHttp(httpStatus, headers, redact(JSON.stringify(answer.fields)));
}

/**
 * Continues from what came back until the total or a page without a new name; a name that comes twice counts once, the later one.
 * A server that does not know `offset` repeats its first page: what else it holds is not known then.
 */
async function listAll(page: (offset: number) => Promise<ListOutcome>): Promise<WholeList> {
  const functions = new Map<string, CloudFunction>();
  let offset = 0;
  for (let count = 0; count < mostPages; count += 1) {
    const rows = await page(offset);
    if (!rows.ok) return rows;
    const before = functions.size;
    for (const row of rows.functions) functions.set(row.name, row);
    offset += rows.functions.length;
    const ended = functions.size === before || (rows.total !== null && offset >= rows.total);
    // Without a total, an empty page alone says that nothing is left.
    const whole = rows.total === null ? rows.functions.length === 0 : functions.size >= rows.total;
    if (ended) return { ok: true, functions: [...functions.values()], whole };
  }
  return { ok: true, functions: [...functions.values()], whole: false };
}
