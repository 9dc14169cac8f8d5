/** How much of the day's quota is used, in the header. */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/state.js';
import type { MeteredCall } from '../../src/model/nouns.js';
import { environments, now, picture, played, stateOf } from '../support/stage.js';

/** In Beijing. */
const noon = Date.UTC(2026, 3, 1, 4);

function withMeters(figures: Partial<Record<MeteredCall, readonly [used: number, limit: number]>>): State {
  const state = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
  const meters = (['/componenttcb/batchuploadscfcode', '/componenttcb/getscflist'] as const).map((call) => {
    const [used, limit] = figures[call] ?? [0, 0];
    const last = { quota: { used, limit, perSecond: null }, at: noon };
    return [call, { dueAt: now, asking: null, last, earlier: null, failed: null }] as const;
  });
  return { ...state, meters: new Map(meters) };
}

const headerOf = (state: State, columns = 120, language: 'en' | 'zh-CN' = 'en'): string =>
  picture(state, played([], state, { columns, rows: 30 }).monitor, { columns, rows: 30 }, { language })
    .slice(0, 2)
    .join('\n');

describe('the header', () => {
  it('has nothing of what is not published', () => {
    expect(headerOf(withMeters({}))).not.toMatch(/uploads|lists/);
  });

  it('shows the fullest of the calls', () => {
    const state = withMeters({
      '/componenttcb/batchuploadscfcode': [812, 10_000],
      '/componenttcb/getscflist': [100, 10_000],
    });
    expect(headerOf(state)).toContain('uploads 812/10,000');
    expect(headerOf(state, 120, 'zh-CN')).toContain('上传 812/10,000');
    expect(headerOf(state)).not.toContain('lists');
  });

  it('says until when it lasts from half on, and nothing of that when it is used up', () => {
    expect(headerOf(withMeters({ '/componenttcb/getscflist': [9000, 10_000] }))).toMatch(
      /lists 9,000\/10,000 \(until \d\d:\d\d\)/,
    );
    expect(headerOf(withMeters({ '/componenttcb/getscflist': [10_000, 10_000] }))).toMatch(
      /lists 10,000\/10,000(?! \()/,
    );
  });
});
