import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../../src/cloud/http.js';
import { createRedactor } from '../../../src/cloud/redact.js';
import { createTokenSource } from '../../../src/cloud/token/token.js';
import { type Served, serve, serveJson } from '../../support/cloud-rig.js';
import { freePort } from '../../support/free-port.js';

const hour = 3_600_000;
const appSecret = 'the-secret-of-the-app';
const ticketText = 'ticket@@@the-secret-ticket';
const value = { kind: 'value', value: ticketText } as const;

function minting(endpoint: string, verifyTicket: typeof value | { kind: 'file'; path: string } = value) {
  const clock = { now: 1_000_000_000 };
  const http = createHttp({ environment: {} });
  onTestFinished(() => http.close());
  const redactor = createRedactor();
  const tokens = createTokenSource(
    { kind: 'component', appId: 'wx1', appSecret, verifyTicket },
    { http, redactor, endpoint, folder: tmpdir(), variables: () => ({}), now: () => clock.now },
  );
  return { clock, tokens, redactor };
}

const mints = (): Promise<Served> =>
  serve((_, response, count) => {
    response.end(JSON.stringify({ expires_in: 7200, component_access_token: `minted_${count}`, extra: 1 }));
  });

describe('component', () => {
  test('mints once, keeps the token, and renews it after 1 h 50', async () => {
    const server = await mints();
    const { clock, tokens, redactor } = minting(server.url);
    const renewAt = clock.now + 110 * 60_000;
    const expected = { ok: true, changed: true, renewAt, expiresAt: clock.now + 2 * hour };
    expect(await tokens.read()).toEqual(expected);
    expect(server.received[0]?.path).toBe('/cgi-bin/component/api_component_token');
    expect(server.received[0]?.query.size).toBe(0);
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      component_appid: 'wx1',
      component_appsecret: appSecret,
      component_verify_ticket: ticketText,
    });
    clock.now = renewAt - 1;
    expect(await tokens.read()).toEqual({ ...expected, changed: false });
    expect(server.received.length).toBe(1);
    clock.now = renewAt;
    expect(await tokens.read()).toMatchObject({ changed: true });
    expect(tokens.current()).toBe('minted_2');
    expect(redactor.redact(`${appSecret} ${ticketText} minted_2`)).toBe('*** *** ***');
  });

  test('a refused token is replaced at once, but not again and again', async () => {
    const server = await mints();
    const { clock, tokens } = minting(server.url);
    await tokens.read();
    tokens.rejected('some other');
    expect(await tokens.read()).toMatchObject({ changed: false });
    for (const count of [2, 3]) {
      tokens.rejected(tokens.current() ?? '');
      expect(await tokens.read()).toMatchObject({ changed: true });
      expect(tokens.current()).toBe(`minted_${count}`);
    }
    tokens.rejected('minted_3');
    expect(await tokens.read()).toMatchObject({ changed: false });
    clock.now += 5 * 60_000;
    expect(await tokens.read()).toMatchObject({ changed: true });
    expect(server.received.length).toBe(4);
  });

  test.each([60, 1])('a short life, %i s, is renewed half-way', async (seconds) => {
    const server = await serveJson({ component_access_token: 'minted', expires_in: seconds });
    const { clock, tokens } = minting(server.url);
    const lifeMs = seconds * 1000;
    expect(await tokens.read()).toMatchObject({
      renewAt: clock.now + lifeMs / 2,
      expiresAt: clock.now + lifeMs,
    });
  });

  test.each([
    [
      { errcode: 61004, errmsg: 'access clientip 1.2.3.4 rid: 1-2-3' },
      'component-refused:61004:access clientip 1.2.3.4 (rid 1-2-3)',
    ],
    [
      { errcode: 40125, errmsg: `invalid ${appSecret} ${ticketText}` },
      'component-refused:40125:invalid *** ***',
    ],
    [{ errcode: -1, errmsg: 'system busy' }, 'component-unreachable:-1 system busy'],
    [{ errcode: 0 }, 'malformed:component'],
    [{ component_access_token: 5, expires_in: 7200 }, 'malformed:component'],
    [{ component_access_token: 'abc', expires_in: '7200' }, 'malformed:component'],
    [{ component_access_token: 'abc', expires_in: 0 }, 'malformed:component'],
    [{ component_access_token: 'a b', expires_in: 7200 }, 'malformed:component'],
    ['<html>', 'component-unreachable:HTTP 200: " "'],
  ])('%j', async (answer, problem) => {
    const server = await serveJson(answer);
    expect(await minting(server.url).tokens.read()).toEqual({ ok: false, problem });
  });

  test('no connection', async () => {
    const outcome = await minting(`http://127.0.0.1:${await freePort()}`).tokens.read();
    expect(outcome).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^component-unreachable:.*ECONNREFUSED/),
    });
  });

  test('the ticket is read from its file each time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tcb-watch-ticket-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'ticket');
    const server = await mints();
    const { clock, tokens, redactor } = minting(server.url, { kind: 'file', path });
    expect(await tokens.read()).toEqual({ ok: false, problem: `component-ticket:file-missing:${path}` });
    for (const ticket of ['ticket-the-first', 'ticket-the-second']) {
      writeFileSync(path, `${ticket}\n`);
      expect(await tokens.read()).toMatchObject({ ok: true, changed: true });
      expect(server.received.at(-1)?.body).toContain(`"${ticket}"`);
      expect(redactor.redact(ticket)).toBe('***');
      clock.now += 2 * hour;
    }
  });
});
