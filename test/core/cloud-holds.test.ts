/** Missing, existing and foreign functions, and environments that refuse. */
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/core/standing.js';
import type { Failure } from '../../src/model/nouns.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const minute = 60_000;
const missing = failure({ class: 'missing', errcode: null, message: 'ResourceNotFound.Function' });
const exists: Failure = failure({ origin: 'exists', errcode: null, message: 'ResourceInUse.Function' });
const noEnv = failure({ class: 'env', errcode: null, message: 'env not exists' });

describe('a function that an environment lacks', () => {
  it('is created there, and updated where it is', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    play.tokenRead();
    play.listed('dev', [row('pay', 'old'), row('pay2', 'old')]);
    play.listed('test', [row('pay2', 'old')]);
    expect(play.pushes()).toMatchObject([
      { operation: 'update', envs: ['dev'] },
      { operation: 'create', envs: ['test'] },
    ]);
  });

  it('is not what a list leaves out that is not whole: that is updated, and created if the cloud says so', () => {
    const play = new Play();
    play.tokenRead();
    play.listed('dev', [row('login', 'old')], false);
    expect(play.push()).toMatchObject({ operation: 'update' });
    play.answer(play.push(), { dev: missing });
    expect(play.push()).toMatchObject({ operation: 'create' });
  });

  it('is not what was accepted and is never in a list that is not whole: that is not sent again', () => {
    const play = new Play();
    play.settle();
    play.save('pay', 'pay-2');
    play.accept(play.push());
    const begun = play.pushed();
    play.pass(6 * minute);
    for (const { env } of play.lists()) play.listed(env, [], false);
    play.pass(minute);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'unverified' });
    expect(play.pushed()).toBe(begun);
  });

  it('is what was accepted and is not in the list for 5 minutes: that is created', () => {
    const play = new Play();
    play.settle();
    play.save('pay', 'pay-2');
    play.accept(play.push());
    for (const from = play.now; play.now - from < 5 * minute - 1000; play.pass(1000))
      for (const { env } of play.lists()) play.listed(env, []);
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
    // From here on it is asked every minute.
    play.pass(minute);
    for (const { env } of play.lists()) play.listed(env, []);
    expect(play.push()).toMatchObject({ operation: 'create', fingerprint: 'pay-2' });
  });

  it('is created at once when the update says so', () => {
    const play = new Play();
    play.greet();
    play.answer(play.push(), { dev: missing });
    expect(play.push()).toMatchObject({ operation: 'create', envs: ['dev'], attempt: 2 });
    play.answer(play.push(), { dev: exists });
    expect(play.push()).toMatchObject({ operation: 'update', attempt: 3 });
  });

  it('does not change between create and update for ever without a wait', () => {
    const play = new Play({ jitter: () => 0.99 });
    play.greet();
    for (let round = 0; round < 2; round += 1) {
      play.answer(play.push(), { dev: play.push().operation === 'create' ? exists : missing });
    }
    play.answer(play.push(), { dev: missing });
    expect(play.pushes()).toEqual([]);
    expect(play.phase('pay', 'dev').kind).toBe('waiting');
  });

  it('is held with createMissing false, without a request, until the list shows it', () => {
    const play = new Play({ envs: ['dev', 'test'], settings: { createMissing: false } });
    play.tokenRead();
    play.listed('dev', []);
    play.listed('test', [row('pay', 'old')]);
    expect(play.push()).toMatchObject({ operation: 'update', envs: ['test'] });
    play.accept(play.push());
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'missing', scope: 'target' });
    play.save('pay', 'pay-2');
    expect(play.push().envs).toEqual(['test']);
    play.accept(play.push());
    play.pass(minute);
    play.listed('dev', [row('pay', 'made by hand')]);
    expect(play.push()).toMatchObject({ operation: 'update', envs: ['dev'], fingerprint: 'pay-2' });
  });

  it('is held when an update finds it missing and createMissing is false', () => {
    const play = new Play({ settings: { createMissing: false } });
    play.greet();
    play.answer(play.push(), { dev: missing });
    play.pass(10 * minute - 1);
    expect(play.pushed()).toBe(1);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'missing', failure: missing });
  });
});

it('what several lack in one request is asked for in each of them: one may have it', () => {
  const play = new Play({ envs: ['dev', 'test'], settings: { createMissing: false } });
  play.greet();
  play.fail(play.push(), missing);
  expect(play.pushes().map(({ envs, operation }) => [envs, operation])).toEqual([
    [['dev'], 'update'],
    [['test'], 'update'],
  ]);
});

it('is never created with createMissing false, even where no list says what is there', () => {
  const play = new Play({ settings: { createMissing: false } });
  play.tokenRead();
  play.listFails('dev', failure({ class: 'config', errcode: 48_001 }));
  play.answer(play.push(), { dev: missing });
  play.save('pay', 'pay-2');
  expect(play.push()).toMatchObject({ operation: 'update', fingerprint: 'pay-2' });
});

describe('an environment that refuses', () => {
  it('is held for every function until the configuration changes; the others go on', () => {
    const play = new Play({ names: ['pay', 'login'], envs: ['dev', 'test'] });
    play.settle();
    play.save('pay', 'pay-2');
    play.answer(play.push(), { test: noEnv });
    play.save('login', 'login-2');
    expect(play.push().envs).toEqual(['dev']);
    expect(play.hold('login', 'test')).toMatchObject({ reason: 'refused', scope: 'env', failure: noEnv });
    play.accept(play.push());
    play.pass(30 * minute);
    expect(play.begun.filter(({ job, at }) => at > play.now - 29 * minute && job.type === 'push')).toEqual(
      [],
    );
    const { settings } = play.state;
    const functions = [...play.state.functions.values()].map((fn) => fn.spec);
    const envs = [...play.state.envs.values()].map((env) => env.spec);
    play.feed({
      type: 'configured',
      at: play.now,
      settings,
      envs,
      functions,
      ledger: [],
      cloudChanged: false,
    });
    expect(play.pushes().map((job) => job.envs)).toEqual([['test'], ['test']]);
  });

  it('to be listed at all is held, too', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    play.tokenRead();
    play.listFails('dev', noEnv);
    play.listed('test', []);
    expect(play.push().envs).toEqual(['test']);
    expect(play.hold('pay', 'dev')?.reason).toBe('refused');
  });
});

describe('content that is refused', () => {
  const tooLarge = failure({ class: 'function', origin: 'http', errcode: null, httpStatus: 413 });

  it('is held until it changes', () => {
    const play = new Play();
    play.greet();
    play.fail(play.push(), tooLarge);
    play.pass(60 * minute);
    expect(play.pushed()).toBe(1);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'refused', failure: tooLarge });
    play.save('pay', 'pay-2');
    expect(play.pushed()).toBe(2);
  });
});

describe('somebody else’s deployment', () => {
  /** Live as "ours", then listed again with another mod_time. */
  function deployedOver(onForeignChange: 'warn' | 'hold'): Play {
    const play = new Play({ names: ['pay', 'login'], settings: { onForeignChange } });
    play.settle();
    play.save('login', 'login-2');
    for (const { env } of play.lists()) play.listed(env, [row('pay', 'settled'), row('login', 'settled')]);
    play.accept(play.push());
    play.pass(300);
    play.listed('dev', [row('pay', 'theirs'), row('login', 'new')]);
    return play;
  }

  it.each(['warn', 'hold'] as const)('never makes us push by itself, and is said (%s)', (mode) => {
    const play = deployedOver(mode);
    const before = play.pushed();
    play.pass(24 * 60 * minute);
    expect(play.pushed()).toBe(before);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'foreign', subject: 'theirs' });
    expect(play.target('pay', 'dev').foreign).toMatchObject({
      modTime: 'theirs',
      ours: 'pay-1',
      adopted: false,
    });
  });

  it('is replaced by the next change of ours with "warn"', () => {
    const play = deployedOver('warn');
    play.save('pay', 'pay-2');
    play.accept(play.push());
    expect(play.target('pay', 'dev').foreign).toBeNull();
  });

  it('is not replaced by a change that brings back what we had sent', () => {
    const play = deployedOver('warn');
    play.save('pay', 'pay-1');
    expect(play.pushes()).toEqual([]);
  });

  it('waits for a person with "hold", whatever changes', () => {
    const play = deployedOver('hold');
    play.save('pay', 'pay-2');
    play.pass(minute);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'foreign', subject: 'theirs' });
    play.feed({ type: 'force', at: play.now, id: 'run', function: 'pay', env: null });
    expect(play.push()).toMatchObject({ fingerprint: 'pay-2', cause: 'forced' });
  });

  it('is looked for before each push with "hold"', () => {
    const play = new Play({ settings: { onForeignChange: 'hold' } });
    play.settle();
    play.pass(minute);
    play.save('pay', 'pay-2');
    expect(play.pushes()).toEqual([]);
    play.listed('dev', [row('pay', 'theirs')]);
    expect(play.hold('pay', 'dev')?.reason).toBe('foreign');
    expect(play.pushes()).toEqual([]);
  });

  it.each(['Updating', 'Publishing'])('is seen while it is still going on (%s)', (status) => {
    const play = new Play();
    play.settle();
    play.pass(minute);
    play.feed({ type: 'retry', at: play.now, function: null, env: 'dev' });
    play.listed('dev', [row('pay', 'theirs', status)]);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'foreign', subject: 'theirs' });
    expect(play.pushes()).toEqual([]);
  });

  it('is not seen in an update that has changed nothing yet', () => {
    const play = new Play();
    play.settle();
    play.pass(minute);
    play.feed({ type: 'retry', at: play.now, function: null, env: 'dev' });
    play.listed('dev', [row('pay', play.target('pay', 'dev').modTime ?? '', 'Updating')]);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it('made while we did not run is seen at the next start', () => {
    const known = {
      function: 'pay',
      env: 'dev',
      sending: false,
      live: 'pay-1',
      liveSince: 1,
      verified: true,
      modTime: 'ours',
      deploying: null,
      foreign: null,
      unsureUntil: null,
      sent: true,
      goneSince: null,
      dismissed: false,
    };
    const play = new Play({ ledger: [known] });
    play.greet([row('pay', 'theirs')]);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'foreign', subject: 'theirs' });
  });
});

it.each([
  [48_001, 2],
  [40_097, 3],
  [null, 3],
])('a refusal of everything with errcode %s ends with %i', (errcode, code) => {
  const play = new Play();
  play.greet();
  play.fail(play.push(), failure({ class: 'config', errcode }));
  expect(play.hold('pay', 'dev')?.reason).toBe('config');
  expect(exitCodeOf(play.state)).toBe(code);
});

it('an environment that nobody could ask ends with 1, and with 5 once its list has failed', () => {
  const play = new Play();
  play.tokenRead();
  expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'unlisted', failure: null });
  expect(exitCodeOf(play.state)).toBe(1);
  play.listFails('dev', failure({ origin: 'http', errcode: null, httpStatus: 502 }));
  expect(play.hold('pay', 'dev')?.reason).toBe('unlisted');
  expect(exitCodeOf(play.state)).toBe(5);
});
