/** Tokens of the vendor's platform manager. */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../../src/cloud/http.js';
import { createRedactor } from '../../../src/cloud/redact.js';
import { createTokenSource } from '../../../src/cloud/token/token.js';
import type { Language } from '../../../src/text/language.js';
import { describeTokenProblem } from '../../../src/text/words/tokens.js';
import { serve } from '../../support/cloud-rig.js';
import { freePort } from '../../support/free-port.js';
import { auth, manager, md5, password, tokenPath } from '../../support/platform-manager.js';

function reading(url: string, given = password) {
  const http = createHttp({ environment: {} });
  onTestFinished(() => http.close());
  const redactor = createRedactor();
  const source = { kind: 'wxcomponent', url, username: 'admin', password: given } as const;
  const dependencies = {
    http,
    redactor,
    endpoint: 'http://127.0.0.1:1',
    folder: tmpdir(),
    variables: () => ({}),
  };
  return { tokens: createTokenSource(source, dependencies), redactor };
}

test('logs in once, keeps the JWT, and reads the token again each time', async () => {
  const { served, logins } = await manager();
  const { tokens, redactor } = reading(`${served.url}/`);
  expect(await tokens.read()).toEqual({ ok: true, changed: true, renewAt: null, expiresAt: null });
  expect(await tokens.read()).toMatchObject({ ok: true, changed: false });
  expect([tokens.current(), logins()]).toEqual(['component-token-1', 1]);
  expect(served.received.map(({ path }) => path)).toEqual([auth, tokenPath, tokenPath]);
  expect(redactor.redact(`${password} ${md5} jwt-1-of-the-manager component-token-1`)).toBe(
    '*** *** *** ***',
  );
});

test('a login that is over is renewed, once', async () => {
  const { served, logins, forgetLogins, answerTokensWith } = await manager();
  const { tokens } = reading(served.url);
  await tokens.read();
  forgetLogins();
  expect(await tokens.read()).toMatchObject({ ok: true, changed: true });
  expect(logins()).toBe(2);
  answerTokensWith({ code: 1003, errorMsg: 'timed out' });
  expect(await tokens.read()).toEqual({ ok: false, problem: 'wxcomponent-refused:1003:timed out' });
  expect(logins()).toBe(3);
});

test.each([
  ...[1000, 1003, 1004].map((code) => [code, 2] as const),
  ...[1, 1001, 1002, 1005].map((code) => [code, 1] as const),
])('a token refused with %i takes %i login(s)', async (code, expected) => {
  const { served, logins, answerTokensWith } = await manager();
  answerTokensWith({ code, errorMsg: 'no' });
  expect(await reading(served.url).tokens.read()).toMatchObject({ ok: false });
  expect(logins()).toBe(expected);
});

test('of the manager’s words, the first 200 characters', async () => {
  const { served, answerTokensWith } = await manager();
  answerTokensWith({ code: 9, errorMsg: `a${'b'.repeat(199)}c` });
  const problem = `wxcomponent-refused:9:a${'b'.repeat(199)}`;
  expect(await reading(served.url).tokens.read()).toEqual({ ok: false, problem });
});

test('a wrong password is one login, however often the token is read', async () => {
  const { served, logins } = await manager();
  const { tokens } = reading(served.url, 'wrong-password-here');
  const outcomes = [await tokens.read(), await tokens.read(), await tokens.read()];
  expect(outcomes).toEqual(outcomes.map(() => outcomes[0]));
  expect(outcomes[0]).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/^wxcomponent-login:login failed/),
  });
  expect(JSON.stringify(outcomes)).not.toContain(
    createHash('md5').update('wrong-password-here').digest('hex'),
  );
  expect(logins()).toBe(1);
  // Corrected in the configuration, it is another source.
  expect(await reading(served.url).tokens.read()).toMatchObject({ ok: true });
});

test('a login that fails for another reason than the password is asked for again', async () => {
  let logins = 0;
  const served = await serve((_, response) => {
    logins += 1;
    response.end(JSON.stringify({ code: 1001, errorMsg: 'later' }));
  });
  const { tokens } = reading(served.url);
  for (const _ of [1, 2])
    expect(await tokens.read()).toEqual({ ok: false, problem: 'wxcomponent-refused:1001:later' });
  expect(logins).toBe(2);
});

test.each<readonly [what: string, answer: object, problem: string]>([
  ['no ticket yet', { code: 1007, errorMsg: 'Ticket为空' }, 'wxcomponent-ticket:Ticket为空'],
  ['another code', { code: 1001, errorMsg: 'bad request' }, 'wxcomponent-refused:1001:bad request'],
  ['a code without a word', { code: 9 }, 'wxcomponent-refused:9:'],
  ['no token', { code: 0, data: {} }, 'wxcomponent-answer:token'],
  ['an empty token', { code: 0, data: { token: '' } }, 'wxcomponent-answer:token'],
  ['what cannot be a token', { code: 0, data: { token: 'a b' } }, 'malformed:wxcomponent'],
  ['no code', { data: { token: 'x' } }, 'wxcomponent-status:200'],
])('%s', async (_, answer, problem) => {
  const { served, answerTokensWith } = await manager();
  answerTokensWith(answer);
  expect(await reading(served.url).tokens.read()).toEqual({ ok: false, problem });
  for (const language of ['en', 'zh-CN'] satisfies Language[]) {
    const said = describeTokenProblem(problem, language, 'once');
    expect([said.detail, said.hint].every((text) => text.length > 5)).toBe(true);
    if (!problem.startsWith('malformed')) expect(said.detail).not.toContain('wxcomponent-');
  }
});

test('another server, and none', async () => {
  const served = await serve((_, response) => void response.writeHead(404).end('<html>'));
  expect(await reading(served.url).tokens.read()).toEqual({ ok: false, problem: 'wxcomponent-status:404' });
  const url = `http://127.0.0.1:${await freePort()}`;
  expect(await reading(url).tokens.read()).toEqual({
    ok: false,
    problem: 'wxcomponent-unreachable:ECONNREFUSED',
  });
});

test('a redirect is not followed: neither the password nor the login goes anywhere else', async () => {
  const elsewhere = await serve(
    (_, response) => void response.end('{"code":0,"data":{"jwt":"j","token":"t"}}'),
  );
  const served = await serve(
    (_, response) => void response.writeHead(307, { location: `${elsewhere.url}${auth}` }).end(),
  );
  expect(await reading(served.url).tokens.read()).toEqual({ ok: false, problem: 'wxcomponent-status:307' });
  expect(elsewhere.received).toEqual([]);
});

test('ten failed logins lock the account, which is why only one is tried', async () => {
  const { served, logins } = await manager();
  for (let tries = 0; tries < 10; tries += 1)
    await reading(served.url, `wrong-password-${tries}`).tokens.read();
  expect(await reading(served.url).tokens.read()).toMatchObject({ ok: false });
  expect(logins()).toBe(11);
});
