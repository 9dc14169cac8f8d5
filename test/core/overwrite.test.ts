/** What the question of a first start is about: only what this project has never sent. */
import { expect, it } from 'vitest';
import { ledgerOf } from '../../src/core/ledger.js';
import { isFirstLookDone, overwrittenBy } from '../../src/core/overwrite.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

/** What the next start, after whatever happened to this one, would ask about. */
function askedNext(before: Play): string[] {
  const next = new Play({ ledger: ledgerOf(before.state) });
  next.feed({ type: 'ask', at: next.now, asking: true });
  next.greet([row('pay', 'somebody')]);
  return overwrittenBy(next.state).map((standing) => standing.function);
}

it('is about what is in the cloud and in no ledger', () => {
  const play = new Play();
  play.feed({ type: 'ask', at: play.now, asking: true });
  play.greet([row('pay', 'somebody')]);
  expect(overwrittenBy(play.state)).toHaveLength(1);
  expect(askedNext(play)).toEqual(['pay']);
});

it('is not about what was on its way when the process died', () => {
  const play = new Play();
  play.greet([]);
  play.push();
  expect(askedNext(play)).toEqual([]);
});

it('is not about what a broken connection has put in doubt, however often it is started', () => {
  const play = new Play();
  play.greet([]);
  play.fail(play.push(), failure({ class: 'transient', origin: 'broken' }));
  expect(askedNext(play)).toEqual([]);
  const second = new Play({ ledger: ledgerOf(play.state) });
  expect(askedNext(second)).toEqual([]);
});

it('forgets no deployment that goes on: it is followed, not sent again', () => {
  const play = new Play();
  play.greet([]);
  play.accept(play.push());
  const next = new Play({ ledger: ledgerOf(play.state) });
  next.greet([row('pay', 'after')]);
  expect(next.pushed()).toBe(0);
});

it('needs no answer of an environment to which everything was sent before', () => {
  const play = new Play({ envs: ['dev', 'test'] });
  play.greet([]);
  play.accept(play.push());
  const next = new Play({ envs: ['dev', 'test'], ledger: ledgerOf(play.state) });
  expect(isFirstLookDone(next.state)).toBe(true);
  const wider = new Play({ envs: ['dev', 'test', 'staging'], ledger: ledgerOf(play.state) });
  expect(isFirstLookDone(wider.state)).toBe(false);
});
