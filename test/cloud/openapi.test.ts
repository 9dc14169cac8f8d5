/** The vendor's answers about quotas and of single requests, as this program reads it. */
import { describe, expect, it } from 'vitest';
import { cloudAt, secretToken, serveJson } from '../support/cloud-rig.js';

const upload = '/componenttcb/batchuploadscfcode';
const rate = (call_count: number, refresh_second: number) => ({ call_count, refresh_second });

describe('quota/get', () => {
  it.each<readonly [string, object, object]>([
    [
      'zeros: not published',
      {
        quota: { daily_limit: 0, used: 0, remain: 0 },
        rate_limit: rate(0, 0),
        component_rate_limit: rate(0, 0),
      },
      { ok: true, quota: { limit: 0, used: 0, perSecond: null } },
    ],
    [
      'the lower of two rates',
      { quota: { daily_limit: 10, used: 3 }, rate_limit: rate(600, 60), component_rate_limit: rate(5, 2) },
      { ok: true, quota: { limit: 10, used: 3, perSecond: 2.5 } },
    ],
    [
      'a count without its time is no rate',
      { quota: { daily_limit: 10, used: 3 }, rate_limit: rate(5, 0) },
      { ok: true, quota: { limit: 10, used: 3, perSecond: null } },
    ],
    [
      'rates that would stop every upload are none',
      {
        quota: { daily_limit: 10, used: 3 },
        rate_limit: rate(1, 1e300),
        component_rate_limit: rate(1e-300, 1),
      },
      { ok: true, quota: { limit: 10, used: 3, perSecond: null } },
    ],
    [
      'one a minute is a rate',
      { quota: { daily_limit: 10, used: 3 }, rate_limit: rate(1, 60) },
      { ok: true, quota: { limit: 10, used: 3, perSecond: 1 / 60 } },
    ],
    [
      'a count for more than a minute is a quota, and less than one call is none',
      { quota: { daily_limit: 10, used: 3 }, rate_limit: rate(100, 61), component_rate_limit: rate(0.9, 1) },
      { ok: true, quota: { limit: 10, used: 3, perSecond: null } },
    ],
    [
      'a rate for one second, and one without a count',
      {
        quota: { daily_limit: 10, used: 3 },
        rate_limit: rate(5, 1),
        component_rate_limit: { refresh_second: 1 },
      },
      { ok: true, quota: { limit: 10, used: 3, perSecond: 5 } },
    ],
    ['nothing at all', {}, { ok: true, quota: { limit: 0, used: 0, perSecond: null } }],
    ['texts', { quota: { daily_limit: 'many', used: 3 } }, { ok: false }],
    ['a list', { quota: [] }, { ok: false }],
    ['negative figures', { quota: { daily_limit: -5, used: 3 } }, { ok: false }],
    ['a refusal', { errcode: 76022, errmsg: 'not yours' }, { ok: false, failure: { errcode: 76022 } }],
  ])('%s', async (_, answer, expected) => {
    const server = await serveJson({ errcode: 0, errmsg: 'ok', ...answer });
    expect(await cloudAt(server.url).cloud.quota(upload)).toMatchObject(expected);
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({ cgi_path: upload });
  });
});

describe('rid/get', () => {
  it('gives times, texts and the address, without tokens, secrets and the zip', async () => {
    const request = {
      ...{ invoke_time: 1_700_000_000, cost_in_ms: 12, client_ip: '203.0.113.9' },
      request_url: `https://x/y?access_token=AN_EARLIER-TOKEN&cloudbase_access_token=another&a=1&t=${secretToken}`,
      request_body:
        '{"functionname":"pay","zipfile":"UEsDBBQ+/w==","component_appsecret" : "quoted \\" secret"}',
      response_body: '{"component_access_token":"minted-token","component_verify_ticket":"cut off he',
    };
    const server = await serveJson({ errcode: 0, errmsg: 'ok', request });
    const outcome = await cloudAt(server.url).cloud.request('1-2-3');
    expect(outcome).toEqual({
      ok: true,
      request: {
        ...{ at: 1_700_000_000_000, ms: 12, address: '203.0.113.9' },
        url: expect.stringContaining('https://x/y?access_token=***&cloudbase_access_token=***&a=1&t='),
        body: '{"functionname":"pay","zipfile":"…","component_appsecret" : "***"}',
        answer: '{"component_access_token":"***","component_verify_ticket":"***"',
      },
    });
    expect(JSON.stringify(outcome)).not.toContain(secretToken);
  });

  it.each<readonly [string, object]>([
    ['no request', {}],
    ['a text', { request: 'gone' }],
    ['refused', { errcode: 76001, errmsg: 'no such rid' }],
  ])('%s is a failure', async (_, answer) => {
    const server = await serveJson({ errcode: 0, errmsg: 'ok', ...answer });
    expect(await cloudAt(server.url).cloud.request('1-2-3')).toMatchObject({ ok: false });
  });

  it.each([{ invoke_time: 'soon' }, { invoke_time: 0, cost_in_ms: -1, client_ip: '' }])(
    'whatever is missing is null: %j',
    async (request) => {
      const server = await serveJson({ errcode: 0, errmsg: 'ok', request });
      const nothing = { at: null, ms: null, url: null, body: null, answer: null, address: null };
      expect(await cloudAt(server.url).cloud.request('1')).toEqual({ ok: true, request: nothing });
    },
  );

  it('a request of which only its time is known, in seconds', async () => {
    const server = await serveJson({ errcode: 0, errmsg: 'ok', request: { invoke_time: 1, cost_in_ms: 0 } });
    expect(await cloudAt(server.url).cloud.request('1')).toMatchObject({ request: { at: 1000, ms: 0 } });
  });
});
