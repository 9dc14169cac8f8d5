import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, newRid, refused } from '../calls/answers.js';
import { HANDLERS } from '../calls/handlers.js';
import type { Services } from '../calls/input.js';
import type { CallName } from '../calls/table.js';
import type { Holding } from '../faults/holding.js';
import type { FaultPlan, FaultPlanner } from '../faults/plan.js';
import { isJsonObject, type JsonObject } from '../json.js';
import { type ParsedBody, parseBody } from './body.js';
import type { RecordedRequest } from './journal.js';
import { type HttpAnswer, jsonAnswer, readBody, reset, send, sendHalf } from './messages.js';

/** What the API's side of the server works with. */
export interface ApiOptions {
  readonly services: Services;
  readonly faults: FaultPlanner;
  readonly holding: Holding;
  readonly latencyMs: number;
  readonly keepZips: boolean;
  /** Resolves after so long, or at once when the emulator is closed. */
  readonly pause: (ms: number) => Promise<void>;
}

/** Larger than the largest body that the highest configurable zip limit makes (cloud-api.md: 27,962,028 characters). */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** One request and what has been read of it. */
interface Exchange {
  readonly options: ApiOptions;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly call: CallName;
  readonly query: URLSearchParams;
  readonly parsed: ParsedBody;
  readonly body: JsonObject;
  readonly record: RecordedRequest;
  readonly plan: FaultPlan;
}

/** Answers one call of the API, with whatever faults are in force. */
export async function answerCall(
  options: ApiOptions,
  call: CallName,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (!body.ok && body.reason === 'aborted') return;
  if (!body.ok) {
    send(response, { ...jsonAnswer(413, refused(-1, 'request entity too large')), ...CLOSE });
    return;
  }
  const parsed = await parseBody(body.bytes);
  const exchange = begin(options, call, url, request, response, parsed, body.bytes.length);
  if (exchange.plan.expireToken) options.services.tokens.expire();
  await options.pause(exchange.plan.delayMs);
  if (exchange.plan.hold && !(await options.holding.hold(exchange.record))) return;
  if (exchange.plan.terminal !== null) return endEarly(exchange, exchange.plan.terminal);
  const answer = await answerOf(exchange);
  await options.pause(options.latencyMs);
  finish(exchange, answer);
}

const CLOSE = { headers: { 'content-type': 'application/json; charset=utf-8', connection: 'close' } };

function begin(
  options: ApiOptions,
  call: CallName,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  parsed: ParsedBody,
  bodyBytes: number,
): Exchange {
  const body = isJsonObject(parsed.value) ? parsed.value : {};
  const record = options.services.journal.received({
    at: options.services.now(),
    call,
    path: url.pathname,
    method: request.method ?? '',
    functionname: functionOf(call, body, url.searchParams),
    envs: envsOf(call, body, url.searchParams),
    zipBytes: parsed.zip?.bytes?.length ?? null,
    zip: options.keepZips ? (parsed.zip?.bytes ?? null) : null,
    bodyBytes,
    rid: newRid(),
  });
  const plan = options.faults.plan({ call, function: record.functionname, envs: record.envs });
  return { options, request, response, call, query: url.searchParams, parsed, body, record, plan };
}

function functionOf(call: CallName, body: JsonObject, query: URLSearchParams): string | null {
  const name =
    call === 'invokecloudfunction' ? query.get('name') : (body['functionname'] ?? body['funcname']);
  return typeof name === 'string' ? name : null;
}

function envsOf(call: CallName, body: JsonObject, query: URLSearchParams): readonly string[] {
  const envs: unknown = call === 'invokecloudfunction' ? query.get('env') : (body['envs'] ?? body['env']);
  const list: readonly unknown[] = Array.isArray(envs) ? envs : [envs];
  return list.filter((env): env is string => typeof env === 'string');
}

function endEarly(exchange: Exchange, terminal: NonNullable<FaultPlan['terminal']>): void {
  switch (terminal.kind) {
    case 'errcode':
      finish(exchange, refused(terminal.errcode, terminal.errmsg));
      break;
    case 'status':
      deliver(exchange, terminal, null);
      break;
    case 'reset':
      reset(exchange.response);
      note(exchange, { state: 'cut' });
      break;
    case 'hang':
      note(exchange, { state: 'hung' });
      break;
    default:
      terminal satisfies never;
  }
}

async function answerOf(exchange: Exchange): Promise<Answer> {
  const { options, call, query, body, parsed, plan } = exchange;
  const problem = commonProblem(exchange);
  if (problem !== null) return problem;
  return HANDLERS[call]({
    services: options.services,
    query,
    body,
    value: parsed.value,
    zip: parsed.zip,
    plan,
  });
}

/** The checks that come before any call's own: method, token, body. Errcodes: cloud-api.md, "Errors". */
function commonProblem(exchange: Exchange): Answer | null {
  const { options, request, call, query, parsed } = exchange;
  const { empty, value } = parsed;
  if (request.method !== 'POST') return refused(43002, 'require POST method');
  const tokenProblem = call === 'api_component_token' ? null : problemOfToken(options.services, query);
  if (tokenProblem !== null) return tokenProblem;
  if (empty) return refused(44002, 'empty post data');
  const ownEvent = call === 'invokecloudfunction' && value !== undefined;
  return ownEvent || isJsonObject(value)
    ? null
    : refused(47001, 'data format error: the body is not a JSON object');
}

function problemOfToken(services: Services, query: URLSearchParams): Answer | null {
  const state = services.tokens.check(query.get('access_token'));
  switch (state) {
    case 'good':
      return null;
    case 'missing':
      return refused(41001, 'access_token missing');
    case 'wrong':
      return refused(40001, 'invalid credential, access_token is invalid or not latest');
    case 'expired':
      return refused(42001, 'access_token expired');
    default:
      return state satisfies never;
  }
}

/** Sends an answer of the API. A failure's message ends in the request's id, as the vendor's do. */
function finish(exchange: Exchange, answer: Answer): void {
  const withRid =
    answer.errcode === 0 ? answer : { ...answer, errmsg: `${answer.errmsg} rid: ${exchange.record.rid}` };
  deliver(exchange, jsonAnswer(200, withRid), answer);
}

function deliver(exchange: Exchange, http: HttpAnswer, answer: Answer | null): void {
  const { response, plan } = exchange;
  if (plan.answer === 'whole') send(response, http);
  if (plan.answer === 'half') sendHalf(response, http);
  if (plan.answer === 'lost') reset(response);
  note(exchange, {
    state: plan.answer === 'whole' ? 'answered' : 'cut',
    status: plan.answer === 'lost' ? null : http.status,
    errcode: answer?.errcode ?? null,
    failures: failuresIn(answer),
  });
}

function failuresIn(answer: Answer | null): readonly { readonly env: string; readonly message: string }[] {
  const lists = [answer?.['fail_list'], answer?.['fail_env_list'], answer?.['err_list']];
  return lists
    .flat()
    .filter(isJsonObject)
    .map((row) => ({ env: String(row['env']), message: String(row['errormsg'] ?? row['errmsg']) }));
}

function note({ options, record }: Exchange, fields: Partial<RecordedRequest>): void {
  const { journal, now } = options.services;
  journal.update(record.id, { ...fields, ms: now() - record.at });
}
