import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, refused, type Services } from '../calls/call.js';
import { HANDLERS } from '../calls/handlers.js';
import { type CallName, rowOfCall } from '../calls/table.js';
import type { Holding } from '../faults/holding.js';
import type { FaultPlan, FaultPlanner } from '../faults/plan.js';
import { isJsonObject } from '../model.js';
import { type ParsedBody, parseBody } from './body.js';
import { newRid, type RecordedRequest } from './journal.js';
import {
  type HttpAnswer,
  jsonAnswer,
  type ReadOptions,
  readBody,
  reset,
  send,
  sendHalf,
  type Target,
} from './messages.js';

/** How the API's side of the server works. */
export interface ApiOptions {
  readonly services: Services;
  readonly faults: FaultPlanner;
  readonly holding: Holding;
  /** Added before every answer. */
  readonly latencyMs: number;
  /** Keeps each zip in its recorded request. */
  readonly keepZips: boolean;
}

/** Larger than the largest body that the highest configurable zip limit makes (docs/cloud-api.md: 27,962,028 characters). */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Answers one call of the API, with whatever faults are active. */
export async function answerCall(
  options: ApiOptions,
  call: CallName,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const wire = options.faults.planWire(call);
  const reading: ReadOptions = { limit: MAX_BODY_BYTES, ...wire };
  const body = await readBody(request, reading);
  if (body.ok) {
    const parsed = await parseBody(body.bytes);
    return new Exchange(options, call, target, request, response, parsed, body.bytes.length).answer();
  }
  switch (body.reason) {
    case 'aborted':
      break;
    case 'cut':
      reset(response);
      break;
    case 'too-large': {
      const answer = jsonAnswer(413, refused(-1, 'request entity too large'));
      // The rest of the body that still comes is not read, so the connection cannot be used again.
      await send(response, { ...answer, headers: { ...answer.headers, connection: 'close' } });
      break;
    }
    default:
      body.reason satisfies never;
  }
}

/** One request whose body was read, on its way to its answer. */
class Exchange {
  private readonly options: ApiOptions;
  private readonly call: CallName;
  private readonly query: URLSearchParams;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly parsed: ParsedBody;
  private readonly record: RecordedRequest;
  private readonly plan: FaultPlan;

  constructor(
    options: ApiOptions,
    call: CallName,
    target: Target,
    request: IncomingMessage,
    response: ServerResponse,
    parsed: ParsedBody,
    bodyBytes: number,
  ) {
    this.options = options;
    this.call = call;
    this.query = target.query;
    this.request = request;
    this.response = response;
    this.parsed = parsed;
    const { functionIn, envsIn } = rowOfCall(call);
    const names = this.textsAt(functionIn === 'query' ? ['query', 'name'] : ['body', functionIn]);
    const envs = this.textsAt(envsIn === 'query' ? ['query', 'env'] : ['body', envsIn]);
    this.record = options.services.journal.received({
      at: options.services.now(),
      call,
      path: target.path,
      method: request.method ?? '',
      tokenAs: tokenName(this.query),
      functionname: names[0] ?? null,
      envs,
      zipBytes: parsed.zip?.bytes?.length ?? null,
      zip: options.keepZips ? (parsed.zip?.bytes ?? null) : null,
      bodyBytes,
      rid: newRid(),
    });
    this.plan = options.faults.plan({ call, function: this.record.functionname, envs });
  }

  async answer(): Promise<void> {
    const { options, plan, record } = this;
    const { tokens } = options.services;
    if (plan.expireToken) tokens.expire();
    if (plan.replaceTokenGraceMs !== null) tokens.rotate(null, plan.replaceTokenGraceMs, null);
    await options.holding.pause(plan.delayMs);
    if (plan.hold && !(await options.holding.hold(record))) return;
    if (plan.terminal !== null) return this.endEarly(plan.terminal);
    const answer = this.commonProblem() ?? (await this.handled());
    await options.holding.pause(options.latencyMs);
    await this.finish(answer);
  }

  /** The texts that a parameter holds: one, several in a list, or none. */
  private textsAt([place, name]: readonly ['query' | 'body', string | null]): readonly string[] {
    if (name === null) return [];
    if (place === 'query') return this.query.has(name) ? [this.query.get(name) ?? ''] : [];
    const value: unknown = isJsonObject(this.parsed.value) ? this.parsed.value[name] : undefined;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.filter((item): item is string => typeof item === 'string');
  }

  private handled(): Promise<Answer> {
    const { options, call, query, parsed, plan } = this;
    const { value, zip } = parsed;
    const body = isJsonObject(value) ? value : {};
    return HANDLERS[call]({ services: options.services, call, query, body, value, zip, plan });
  }

  /** The checks that come before any call's own: method, token, body. Errcodes: docs/cloud-api.md, "Errors". */
  private commonProblem(): Answer | null {
    const { empty, value } = this.parsed;
    if (this.request.method !== 'POST') return refused(43002, 'require POST method');
    const tokenProblem = rowOfCall(this.call).token === 'none' ? null : this.problemOfToken();
    if (tokenProblem !== null) return tokenProblem;
    if (empty) return refused(44002, 'empty post data');
    const isOwnEvent = this.call === 'invokecloudfunction' && value !== undefined;
    return isOwnEvent || isJsonObject(value)
      ? null
      : refused(47001, 'data format error: the body is not a JSON object');
  }

  private problemOfToken(): Answer | null {
    const state = this.options.services.tokens.check(this.query.get(tokenName(this.query) ?? ''));
    switch (state) {
      case 'good':
        return null;
      case 'missing':
        return refused(41001, 'access_token missing');
      case 'unknown':
        return refused(40014, 'invalid access_token');
      case 'replaced':
        return refused(40001, 'invalid credential, access_token is invalid or not latest');
      case 'expired':
        return refused(42001, 'access_token expired');
      default:
        return state satisfies never;
    }
  }

  private async endEarly(terminal: NonNullable<FaultPlan['terminal']>): Promise<void> {
    switch (terminal.kind) {
      case 'errcode':
        return this.finish(refused(terminal.errcode, terminal.errmsg));
      case 'status':
        return this.deliver(terminal, null);
      case 'reset':
        reset(this.response);
        return this.note({ state: 'cut' });
      case 'hang':
        return this.note({ state: 'hung' });
      default:
        terminal satisfies never;
    }
  }

  /** Sends an answer of the API. A failure's message ends in the request's id, as the vendor's do. */
  private finish(answer: Answer): Promise<void> {
    const withRid =
      answer.errcode === 0 ? answer : { ...answer, errmsg: `${answer.errmsg} rid: ${this.record.rid}` };
    return this.deliver(jsonAnswer(200, withRid), answer);
  }

  private async deliver(http: HttpAnswer, answer: Answer | null): Promise<void> {
    const { response, plan, options } = this;
    const { pause } = options.holding;
    if (plan.answer === 'whole') {
      await send(response, http, { gzip: plan.gzip, bytesPerSecond: plan.answerBytesPerSecond, pause });
    }
    if (plan.answer === 'half') sendHalf(response, http);
    if (plan.answer === 'lost') reset(response);
    this.note({
      state: plan.answer === 'whole' ? 'answered' : 'cut',
      status: plan.answer === 'lost' ? null : http.status,
      errcode: answer?.errcode ?? null,
      failures: failuresIn(answer),
    });
  }

  private note(fields: Partial<RecordedRequest>): void {
    const { journal, now } = this.options.services;
    journal.update(this.record.id, { ...fields, ms: now() - this.record.at });
  }
}

/** The failures of environments in an answer, whatever list they stand in. */
function failuresIn(answer: Answer | null): readonly { readonly env: string; readonly message: string }[] {
  const lists = [answer?.['fail_list'], answer?.['fail_env_list'], answer?.['err_list']];
  return lists
    .flat()
    .filter(isJsonObject)
    .map((row) => ({ env: String(row['env']), message: String(row['errormsg'] ?? row['errmsg']) }));
}

/** Both are the same to the calls (docs/cloud-api.md, "The token"). */
function tokenName(query: URLSearchParams): 'access_token' | 'cloudbase_access_token' | null {
  const names = ['access_token', 'cloudbase_access_token'] as const;
  return names.find((name) => query.has(name)) ?? null;
}
