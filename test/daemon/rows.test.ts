/** A running sync as others see it: its rows, and which of somebody else's deployments it takes as they are. */
import { expect, it } from 'vitest';
import { reduce } from '../../src/core/reduce.js';
import { accept } from '../../src/daemon/accept.js';
import { parseAnswer, type TargetRow } from '../../src/daemon/protocol.js';
import { targetRows } from '../../src/daemon/status.js';
import type { Event } from '../../src/model/event.js';
import type { LedgerEntry } from '../../src/model/nouns.js';
import { Play, row } from '../core/play.js';

const reader = { language: 'en', place: 'lines' } as const;
const rowOf = (play: Play, env = 'dev'): TargetRow | undefined =>
  targetRows(play.state, reader, 'running').find((each) => each.env === env);

function started(rows: Parameters<Play['greet']>[0] = [row('pay', 'new')]): Play {
  const play = new Play({ envs: ['dev'] });
  play.greet(rows);
  return play;
}

it('a row says what is sent, what is on its way, and since when which content is live', () => {
  const play = started([]);
  const push = play.push();
  expect(rowOf(play)).toMatchObject({
    ...{ function: 'pay', env: 'dev', state: 'sending', group: 'pending', wanted: 'pay-1', live: null },
    ...{ since: null, inFlight: 'pay-1', hold: null, proof: false, answers: null },
  });
  play.accept(push);
  expect(rowOf(play)).toMatchObject({ state: 'deploying', inFlight: 'pay-1', live: null });
  const at = play.now;
  play.pass(1000);
  play.listed('dev', [row('pay', 'first')]);
  expect(rowOf(play)).toMatchObject({
    ...{ state: 'live', group: 'live', word: 'live', wanted: 'pay-1', live: 'pay-1', inFlight: null },
    ...{ detail: null, hint: null },
  });
  const since = Date.parse(rowOf(play)?.since ?? '');
  expect(since).toBeGreaterThan(at);
  expect(since).toBeLessThanOrEqual(play.now);
  play.save('pay', 'pay-2');
  expect(rowOf(play)).toMatchObject({ state: 'sending', wanted: 'pay-2', live: 'pay-1', inFlight: 'pay-2' });
});

it('a row says why it is held, and wants nothing where the files are of no use', () => {
  const play = started([]);
  play.feed({ type: 'pause', at: play.now, paused: true });
  play.accept(play.push());
  play.pass(1000);
  play.listed('dev', [row('pay', 'first')]);
  play.save('pay', 'pay-2');
  expect(rowOf(play)).toMatchObject({ state: 'held', group: 'held', hold: 'paused', wanted: 'pay-2' });
  expect(rowOf(play)?.detail).not.toBeNull();
  play.problems.set('pay', { reason: 'no-entry', expected: ['index.js'] });
  play.save('pay', 'pay-3');
  expect(rowOf(play)).toMatchObject({ state: 'held', hold: 'no-entry', wanted: null, live: 'pay-1' });
});

it('the rows of an earlier version have neither helper nor answers', () => {
  const [sent] = targetRows(started([]).state, reader, 'running');
  const { proof: _, answers: __, ...old } = sent ?? {};
  const read = parseAnswer(JSON.stringify({ v: 1, say: 'status', rows: [old] }));
  expect(read).toMatchObject({ say: 'status', rows: [{ ...old, proof: false, answers: null }] });
  expect(parseAnswer(JSON.stringify({ v: 1, say: 'status', rows: [{ ...old, since: 3 }] }))).toBeNull();
});

const ours: LedgerEntry = {
  ...{ function: 'pay', env: 'dev', sending: false, live: 'pay-1', liveSince: 1, verified: true },
  ...{ modTime: 'ours', deploying: null, foreign: null, unsureUntil: null, sent: true },
  ...{ goneSince: null, dismissed: false },
};

/** A colleague has deployed `pay` in both environments, `login` in `dev` alone; `order` is gone from the disk. */
function colleagues() {
  const envs = ['dev', 'test'];
  const names = ['pay', 'login', 'order'];
  const entries = names.flatMap((name) =>
    envs.map((env) => ({ ...ours, function: name, env, live: `${name}-1` })),
  );
  const play = new Play({ names, envs, ledger: entries });
  const theirs = (name: string) => row(name, 'theirs');
  const same = (name: string) => row(name, 'ours');
  play.greet([theirs('pay'), theirs('login'), same('order')]);
  play.feed({
    ...{ type: 'discovered', at: play.now },
    functions: [...play.state.functions.values()].map(({ spec }) =>
      spec.name === 'order' ? { ...spec, problem: { reason: 'gone', dir: spec.dir } as const } : spec,
    ),
  });
  let state = play.state;
  const events: Event[] = [];
  const sync = {
    engine: {
      state: () => state,
      dispatch(event: Event) {
        events.push(event);
        state = reduce(state, event);
      },
      observe: () => () => undefined,
      running: () => 0,
      close: () => undefined,
    },
  };
  const take = (names_: readonly string[], envIds: readonly string[] = []) =>
    accept(sync, { envIds, only: [], names: names_ });
  return { take, events, play };
}

it('all of them are taken, and no function that is gone is dismissed without its name', () => {
  const { take, events } = colleagues();
  const taken = take([]);
  expect(taken.dismissed).toEqual([]);
  expect(taken.adopted.map((each) => each.function).sort()).toEqual(['login', 'pay']);
  expect(events).toMatchObject([{ type: 'adopt', meant: taken.adopted }]);
  expect(take([])).toEqual({ adopted: [], dismissed: [] });
});

it('those that are named are taken, where they are named', () => {
  const { take } = colleagues();
  expect(take(['pay'], ['dev'])).toEqual({ adopted: [{ function: 'pay', envs: ['dev'] }], dismissed: [] });
  expect(take(['pay'], ['dev'])).toEqual({ adopted: [], dismissed: [] });
});

it('a function that is gone is dismissed by its name, everywhere', () => {
  const { take, events } = colleagues();
  expect(take(['order'])).toEqual({ adopted: [], dismissed: ['order'] });
  expect(events).toMatchObject([{ type: 'adopt', meant: [{ function: 'order', envs: null }] }]);
});

it('a function that is gone stays on the list where one environment alone is meant', () => {
  const { take, events } = colleagues();
  expect(take(['order'], ['dev'])).toEqual({ adopted: [], dismissed: [] });
  expect(events).toMatchObject([{ type: 'adopt', meant: [] }]);
});
