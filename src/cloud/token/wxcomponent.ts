/**
 * The token that the vendor's own platform manager (微管家, github.com/WeixinCloud/wxcloudrun-wxcomponent) keeps: a person's login
 * there gives a JWT, which gives the token. It always answers with HTTP status 200 and a code of its own.
 */
import { createHash } from 'node:crypto';
import type { TokenSource } from '../../config/model.js';
import { isRecord, parseJson } from '../../system/json.js';
import { withoutEnd } from '../../system/text-end.js';
import { checkToken, noToken, type Reading, type TokenDependencies } from './reading.js';

type Source = Extract<TokenSource, { readonly kind: 'wxcomponent' }>;
type Failed = Extract<Reading, { readonly ok: false }>;

/** server/comm/errno of the manager: not logged in, login over, JWT wrong. */
const loginOver: ReadonlySet<number | null> = new Set([1000, 1003, 1004]);
const loginRefused = 1006;
const noTicket = 1007;

/** The JWT is kept in memory alone. A login that was refused is not repeated by this reader: ten of them lock the account. */
export function createWxcomponentReader(
  source: Source,
  dependencies: TokenDependencies,
): { read(signal: AbortSignal): Promise<Reading> } {
  const { http, redactor } = dependencies;
  const manager = { http, redactor, url: withoutEnd(source.url, '/') };
  // The manager wants the MD5 of the password in its place, and hashes that once more.
  const password = createHash('md5').update(source.password).digest('hex');
  redactor.add(source.password);
  redactor.add(password);
  let jwt: string | null = null;
  let refused: Failed | null = null;

  const login = async (signal: AbortSignal): Promise<Failed | null> => {
    if (refused !== null) return refused;
    const body = { username: source.username, password };
    const answer = await ask(manager, signal, 'PUT', '/wxcomponent/auth', body, null);
    if (!answer.ok) {
      if (answer.code === loginRefused) refused = noToken(answer.problem);
      return noToken(answer.problem);
    }
    const found = answer.data['jwt'];
    if (typeof found !== 'string' || found === '') return noToken('wxcomponent-answer:jwt');
    redactor.add(found);
    jwt = found;
    return null;
  };

  const fetchToken = (signal: AbortSignal): Promise<Answered> =>
    ask(manager, signal, 'GET', '/wxcomponent/admin/component-access-token', null, jwt);

  return {
    async read(signal) {
      const problem = jwt === null ? await login(signal) : null;
      if (problem !== null) return problem;
      const answer = await fetchToken(signal);
      if (answer.ok || !loginOver.has(answer.code)) return tokenIn(answer);
      jwt = null;
      return (await login(signal)) ?? tokenIn(await fetchToken(signal));
    },
  };
}

function tokenIn(answer: Answered): Reading {
  if (!answer.ok) return noToken(answer.problem);
  const { token } = answer.data;
  return typeof token === 'string' && token !== ''
    ? checkToken(token, 'wxcomponent')
    : noToken('wxcomponent-answer:token');
}

type Answered =
  | { readonly ok: true; readonly data: Readonly<Record<string, unknown>> }
  /** `code`: the manager's; null where it did not answer properly. */
  | (Failed & { readonly code: number | null });

const failed = (problem: string, code: number | null = null): Answered => ({ ...noToken(problem), code });

interface Manager extends Pick<TokenDependencies, 'http' | 'redactor'> {
  readonly url: string;
}

async function ask(
  { http, redactor, url }: Manager,
  signal: AbortSignal,
  method: 'GET' | 'PUT',
  path: string,
  body: object | null,
  jwt: string | null,
): Promise<Answered> {
  const outcome = await http.request({
    method,
    url: `${url}${path}`,
    headers: {
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(jwt === null ? {} : { authorization: `Bearer ${jwt}` }),
    },
    body: body === null ? null : Buffer.from(JSON.stringify(body)),
    signal,
  });
  if (!outcome.ok) return failed(`wxcomponent-unreachable:${redactor.redact(outcome.problem.code)}`);
  const answer = outcome.status === 200 ? parseJson(outcome.body) : undefined;
  if (!isRecord(answer) || typeof answer['code'] !== 'number')
    return failed(`wxcomponent-status:${outcome.status}`);
  const { code, errorMsg, data } = answer;
  if (code === 0) return { ok: true, data: isRecord(data) ? data : {} };
  const message = redactor.redact(typeof errorMsg === 'string' ? errorMsg.slice(0, 200) : '');
  if (code === loginRefused) return failed(`wxcomponent-login:${message}`, code);
  if (code === noTicket) return failed(`wxcomponent-ticket:${message}`, code);
  return failed(`wxcomponent-refused:${code}:${message}`, code);
}
