/** The head of the screen: what concerns all of it, what has gone wrong first, and how many stand where. */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/state.js';
import { textOf } from '../../src/monitor/frame.js';
import { headerOf } from '../../src/monitor/header.js';
import { firstMonitor, type MonitorState } from '../../src/monitor/model.js';
import { sceneOf } from '../../src/monitor/scene.js';
import { failure } from '../core/make.js';
import { environments, motley, now, options, stateOf } from '../support/stage.js';

const calm = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
const offline = { since: now - 60_000, detail: 'ECONNREFUSED', probing: null, probeAt: now + 1000 };

const head = (state: State, columns = 160, more: Partial<MonitorState> = {}, rows = 40): string[] =>
  headerOf(sceneOf(state, { ...firstMonitor, ...more }, { columns, rows }, options)).rows.map(textOf);
const address = ' tcb-watch  https://api.weixin.qq.com';
/** The conditions, on a row of their own. */
const conditions = (state: State, columns = 100, more: Partial<MonitorState> = {}): string =>
  head(state, columns, more)[1]?.trim() ?? 'no row';
const apart = { by: null, failures: 1, retryAt: null, failure: failure() };
const allApart = new Map([...calm.envs].map(([id, env]) => [id, { ...env, apart }]));
const token = (status: State['token']['status']): State => ({ ...calm, token: { ...calm.token, status } });

describe('the conditions', () => {
  it.each<readonly [string, State]>([
    ['token 1 h 52 min · online', calm],
    ['token 1 h 52 min · OFFLINE 14:02:20', { ...calm, offline }],
    ['token 1 h 52 min · online · PAUSED', { ...calm, paused: true }],
    ['token 1 h 52 min · OFFLINE 14:02:20 · PAUSED', { ...calm, offline, paused: true }],
    ['token 1 h 52 min · online · git busy', { ...calm, git: new Map([['/p', now]]) }],
    ['token 1 h 52 min · online', { ...calm, git: new Map([['/p', now - calm.settings.waits.gitLockMs]]) }],
    ['token 1 h 52 min · online · git busy', { ...calm, gitOperations: new Map([['/p', 'merge']]) }],
    ['token 1 h 52 min · online · stopping', { ...calm, stopping: true }],
    ['token 1 h 52 min · online', { ...calm, envs: new Map([...calm.envs, ...[...allApart].slice(1)]) }],
    ['token ok · online', { ...calm, token: { ...calm.token, expiresAt: null } }],
    ['TOKEN REFUSED', token('rejected')],
  ])('%s', (expected, state) => {
    expect(conditions(state)).toBe(expected);
  });

  it('say that the cloud fails where no environment takes anything', () => {
    const failing = conditions({ ...calm, envs: allApart });
    expect(failing).not.toContain('online');
    expect(failing).not.toBe(conditions({ ...calm, envs: new Map() }));
    expect(conditions({ ...calm, envs: new Map() })).toContain('online');
  });

  it('say nothing of a connection while no token was accepted', () => {
    for (const status of ['unread', 'suspect', 'rejected', 'unavailable'] as const)
      expect(conditions(token(status))).not.toContain('online');
  });

  it('say since when only where there is room, and leave out what is well where there is none', () => {
    expect(conditions({ ...calm, offline }, 99)).toBe('token 1 h 52 min · OFFLINE');
    expect(conditions({ ...calm, offline, paused: true }, 24)).toBe('OFFLINE · PAUSED');
  });

  it('have the mistake in the configuration behind them', () => {
    const text = conditions(calm, 100, { configWrong: 'envs: expected a list' });
    expect(text).toMatch(/^token 1 h 52 min · online · \S.* {2}→ envs: expected a list$/);
  });
});

describe('the counts', () => {
  const counts = (state: State, columns: number): string => head(state, columns)[0]?.trimEnd() ?? '';

  it('stand at the right, in words where there is room; the address gives way', () => {
    expect(counts(calm, 80)).toBe(`${address}${' '.repeat(34)}✔ 3 live`);
    expect(counts(motley(), 100)).toMatch(/ {2}✔ 6 live {2}↑ 6 pending {2}✖ 2 failed {2}! 4 held$/);
    expect(counts(motley(), 56)).toMatch(/… ✔ 6 live {2}↑ 6 pending {2}✖ 2 failed {2}! 4 held$/);
    expect(counts(motley(), 55)).toMatch(/… ✔ 6 {2}↑ 6 {2}✖ 2 {2}! 4$/);
  });

  it('are all that is left where there is room for nothing else', () => {
    const least = '✔ 6  ↑ 6  ✖ 2  ! 4 ';
    for (const columns of [least.length, least.length + 1])
      expect(head(motley(), columns)[0]).toBe(least.padEnd(columns));
    expect(head(motley(), least.length + 2)[0]).toMatch(/. ✔ 6 {2}↑ 6 {2}✖ 2 {2}! 4 $/);
  });
});

it('a wide screen has all of it on one row, a low one what is wrong, and the lowest none', () => {
  expect(head(calm, 160)).toHaveLength(1);
  expect(head(calm, 160)[0]).toMatch(
    /^ tcb-watch {2}https:\/\/api.weixin.qq.com {2}token 1 h 52 min · online .*✔ 3 live $/,
  );
  const low = head({ ...calm, paused: true }, 60, {}, 8);
  expect(low).toHaveLength(1);
  expect(low[0]).toMatch(/^ PAUSED .*✔ 3 live $/);
});
