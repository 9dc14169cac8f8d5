/** A deployment that was accepted and cannot be followed any more has the reason for that, and is not on its way. */
import { expect, it } from 'vitest';
import { ledgerOf } from '../../src/core/remembered.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const refusedToken = failure({ class: 'token', errcode: 42_001 });

it.each([
  ['the token is refused', 'token', refusedToken],
  ['the quota is used up', 'quota', failure({ class: 'quota', errcode: 45_009 })],
  ['the configuration is refused', 'config', failure({ class: 'config', errcode: 40_097 })],
  ['there is no network', 'offline', failure({ origin: 'unreachable', errcode: null })],
  ['the environment is refused', 'refused', failure({ class: 'env', errcode: null })],
  ['its lists fail', 'unlisted', failure()],
] as const)('a deployment that cannot be followed since %s is held as "%s"', (_, reason, met) => {
  const play = new Play();
  play.greet();
  play.accept(play.push());
  expect(play.phase('pay', 'dev').kind).toBe('deploying');
  play.pass(300);
  play.listFails('dev', met);
  expect(play.hold('pay', 'dev')?.reason).toBe(reason);
  expect(play.target('pay', 'dev').deploying?.fingerprint).toBe('pay-1');
});

it('a deployment is followed again as soon as another token is there', () => {
  const play = new Play();
  play.greet();
  play.accept(play.push());
  play.pass(300);
  play.listFails('dev', refusedToken);
  play.tokenRead();
  play.seeActive('new');
  expect(play.target('pay', 'dev')).toMatchObject({ live: 'pay-1', deploying: null, verified: true });
});

it('a deployment is on its way again as soon as there is a network: the list that met none says nothing any more', () => {
  const play = new Play();
  play.greet();
  play.accept(play.push());
  play.pass(300);
  play.listFails('dev', failure({ origin: 'unreachable', errcode: null }));
  expect(play.hold('pay', 'dev')?.reason).toBe('offline');
  while (play.probes().length === 0) play.pass(100);
  play.probed(true);
  expect(play.phase('pay', 'dev').kind).toBe('deploying');
});

it('what an earlier run saw live is not called live before its environment was asked in this one', () => {
  const before = new Play();
  before.settle();
  const play = new Play({ ledger: ledgerOf(before.state) });
  play.tokenRead();
  expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'held', hold: { reason: 'unlisted' } });
  play.listed('dev', [row('pay', 'settled')]);
  expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: true, asked: true });
  expect(play.pushed()).toBe(0);
});
