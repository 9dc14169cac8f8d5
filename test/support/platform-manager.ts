/**
 * The vendor's platform manager (微管家), as a double that answers as its source does: HTTP status 200 and a code of its own, a login
 * that takes the MD5 of the password, JWTs that end, and a lock after ten failed logins.
 */
import { createHash } from 'node:crypto';
import { type Answerer, type Served, serve } from './cloud-rig.js';

export const password = 'the-password-of-the-manager';
export const md5 = createHash('md5').update(password).digest('hex');
export const auth = '/wxcomponent/auth';
export const tokenPath = '/wxcomponent/admin/component-access-token';

export interface Manager {
  readonly served: Served;
  /** Logins so far. */
  logins(): number;
  /** The JWT that is good now; empty before the first login. */
  jwt(): string;
  /** From now on the JWT is over. */
  forgetLogins(): void;
  answerTokensWith(answer: object | null): void;
}

/** @param token what it gives out; null: another one after each login */
export async function manager(token: string | null = null): Promise<Manager> {
  let good = '';
  let [logins, failures] = [0, 0];
  let tokens: object | null = null;
  const answer: Answerer = ({ path, headers, body }, response) => {
    const say = (value: object): void => void response.end(JSON.stringify(value));
    if (path === auth) {
      logins += 1;
      const given: unknown = JSON.parse(body);
      const right = JSON.stringify(given) === JSON.stringify({ username: 'admin', password: md5 });
      if (!right) failures += 1;
      if (!right || failures >= 10) return say({ code: 1006, errorMsg: `login failed ${body}` });
      good = `jwt-${logins}-of-the-manager`;
      return say({ code: 0, errorMsg: 'success', data: { jwt: good } });
    }
    if (path !== tokenPath) return void response.writeHead(404).end();
    if (headers.authorization !== `Bearer ${good}`) return say({ code: 1004, errorMsg: 'bad token' });
    return say(
      tokens ?? { code: 0, errorMsg: 'success', data: { token: token ?? `component-token-${logins}` } },
    );
  };
  const served = await serve(answer);
  return {
    served,
    logins: () => logins,
    jwt: () => good,
    forgetLogins: () => {
      good = 'another';
    },
    answerTokensWith: (next) => {
      tokens = next;
    },
  };
}
