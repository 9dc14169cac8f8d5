import { type Answer, refused, succeeded } from './answers.js';
import type { CallInput } from './input.js';
import { readParameters } from './parameters.js';

export async function describeEnvs({ services }: CallInput): Promise<Answer> {
  const rows = services.cloud.envs.map((env) => ({
    env,
    alias: env.replace(/-[0-9a-z]{14}$/, ''),
    source: 'emulator',
    status: 'NORMAL',
    package_id: 'basic',
    package_name: '基础版',
  }));
  return succeeded({ info_list: rows });
}

/** cloud-api.md, "The token": lives 7200 s; a new one kills the old after about 5 minutes. */
const TOKEN_LIFE_SECONDS = 7200;
const GRACE_MS = 5 * 60 * 1000;

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
      request_url: `access_token=***&path=${found.path}`,
      client_ip: '127.0.0.1',
    },
  });
}
