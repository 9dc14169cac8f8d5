import type { RecordedRequest } from '../http/journal.js';
import { type Answer, type CallInput, readParameters, refused, succeeded } from './call.js';
import { CALL_NAMES, rowOfCall } from './table.js';
import { GRACE_MS } from './tokens.js';

export async function describeEnvs({ services, plan }: CallInput): Promise<Answer> {
  const rows = services.cloud.envs.map((env) => ({
    env,
    alias: env.replace(/-[0-9a-z]{16}$/, ''),
    source: 'emulator',
    status: plan.isolated.has(env) || plan.isolated.has('*') ? 'ISOLATE' : 'NORMAL',
    package_id: 'basic',
    package_name: '基础版',
  }));
  return succeeded({ info_list: rows });
}

/** docs/cloud-api.md, "The token". */
const TOKEN_LIFE_SECONDS = 7200;

/** `api_component_token`: 40013 and 40125 as documented for a wrong id and secret, 61006 for a wrong ticket. */
export async function component({ services, body }: CallInput): Promise<Answer> {
  const parameters = readParameters(body);
  const appId = parameters.text('component_appid');
  const appSecret = parameters.text('component_appsecret');
  const verifyTicket = parameters.text('component_verify_ticket');
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  const known = services.component;
  if (known === null || appId !== known.appId) return refused(40013, 'invalid appid');
  if (appSecret !== known.appSecret) return refused(40125, 'invalid appsecret');
  if (verifyTicket !== known.verifyTicket) return refused(61006, 'component ticket is expired or invalid');
  const lifeMs = TOKEN_LIFE_SECONDS * 1000;
  const token = services.tokens.rotate(null, known.graceMs ?? GRACE_MS, lifeMs);
  return succeeded({ component_access_token: token, expires_in: TOKEN_LIFE_SECONDS });
}

/** `rid/get`: about a request of the last 7 days, as far as the journal still holds it. */
export async function getRid({ services, body }: CallInput): Promise<Answer> {
  const parameters = readParameters(body);
  const rid = parameters.text('rid');
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  const found = services.journal.requests().find((request) => request.rid === rid);
  if (found === undefined) return refused(76001, 'rid not found');
  return succeeded({
    request: {
      invoke_time: Math.floor(found.at / 1000),
      cost_in_ms: found.ms ?? 0,
      request_url: `https://127.0.0.1${found.path}?${found.tokenAs ?? 'access_token'}=***`,
      request_body: JSON.stringify(namedIn(found)),
      response_body: found.errcode === null ? '' : JSON.stringify(answeredIn(found)),
      client_ip: '127.0.0.1',
    },
  });
}

/** The function that the body named; the zip is not kept. */
const namedIn = ({ functionname, envs }: RecordedRequest): object => ({
  ...(functionname === null ? {} : { functionname }),
  ...(envs.length === 0 ? {} : { envs }),
});

/** Its answer: failures of environments under the vendor's usual names. */
const answeredIn = ({ call, errcode, failures }: RecordedRequest): object => {
  const { list, message } = rowOfCall(call).failures ?? { list: '', message: '' };
  const rows = failures.map((each) => ({ env: each.env, [message]: each.message }));
  return { errcode, ...(rows.length === 0 ? {} : { [list]: rows }) };
};

/**
 * `quota/get`: the limits that `dailyQuota` and `rateLimit` rules set, and what of them is used. Without such rules all is 0, as the
 * vendor answers for calls whose quota is not published.
 */
export async function getQuota({ services, body }: CallInput): Promise<Answer> {
  const parameters = readParameters(body);
  const path = parameters.text('cgi_path');
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  if (!path.startsWith('/')) return refused(76003, 'cgi_path must begin with /');
  const call = CALL_NAMES.find((name) => rowOfCall(name).path === path);
  if (call === undefined) return refused(76021, 'cgi_path not found');
  const { limit, used, perSecond } = services.quotaOf(call);
  const rate = { call_count: perSecond, refresh_second: perSecond === 0 ? 0 : 1 };
  return succeeded({
    quota: { daily_limit: limit, used, remain: limit - used },
    rate_limit: rate,
    component_rate_limit: rate,
  });
}
