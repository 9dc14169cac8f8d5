/** The words of discovery about functions that are known already. */
import { describe, expect, it } from 'vitest';
import { isAtRest } from '../../src/core/standing.js';
import { failure, spec } from './make.js';
import { Play, row } from './play.js';

it('a repository made meanwhile is waited for from then on, and nothing is read again for it', () => {
  const play = new Play();
  play.settle();
  const functions = [{ ...spec('pay', ['dev']), repository: '/project' }];
  const before = play.begun.length;
  play.feed({ type: 'discovered', at: play.now, functions });
  expect(play.begun).toHaveLength(before);
  play.feed({ type: 'git', at: play.now, repository: '/project', busy: true });
  play.save('pay', 'pay-2');
  expect(play.hold('pay', 'dev')?.reason).toBe('git-busy');
  play.feed({ type: 'git', at: play.now, repository: '/project', busy: false });
  expect(play.push().function).toBe('pay');
});

it('what is as it was stays the same object: nothing is worked out anew for it', () => {
  const play = new Play();
  play.settle();
  const before = play.state.functions.get('pay');
  play.feed({ type: 'discovered', at: play.now, functions: [spec('pay', ['dev'])] });
  expect(play.state.functions.get('pay')).toBe(before);
});

it('a problem that is still there is no news', () => {
  const play = new Play();
  play.settle();
  play.feed({ type: 'discovered', at: play.now, functions: [] });
  const before = play.state.functions.get('pay');
  play.feed({ type: 'discovered', at: play.now, functions: [] });
  expect(play.state.functions.get('pay')).toBe(before);
});

it('a function that is gone is not waited for, though somebody asks to read it', () => {
  const play = new Play();
  play.settle();
  play.feed({ type: 'discovered', at: play.now, functions: [] });
  play.save('pay', 'pay-2');
  expect(play.hold('pay', 'dev')?.reason).toBe('gone');
  expect(isAtRest(play.state)).toBe(true);
});

it('a function whose name was refused is gone when its folder is renamed, and says nothing of its name any more', () => {
  const play = new Play();
  play.settle();
  const refused = {
    ...spec('a', ['dev']),
    problem: { reason: 'bad-name', rule: 'length', env: null },
  } as const;
  play.feed({ type: 'discovered', at: play.now, functions: [spec('pay', ['dev']), refused] });
  expect(play.hold('a', 'dev')?.reason).toBe('bad-name');
  play.feed({ type: 'discovered', at: play.now, functions: [spec('pay', ['dev'])] });
  expect(play.state.functions.has('a')).toBe(false);
});

it('a function that was never sent leaves nothing behind when its folder is gone', () => {
  const play = new Play();
  play.settle();
  play.feed({ type: 'pause', at: play.now, paused: true });
  play.feed({
    type: 'discovered',
    at: play.now,
    functions: [spec('pay', ['dev']), spec('scratch', ['dev'])],
  });
  expect(play.state.functions.has('scratch')).toBe(true);
  play.feed({ type: 'discovered', at: play.now, functions: [spec('pay', ['dev'])] });
  expect(play.state.functions.has('scratch')).toBe(false);
});

it('one of which somebody asked for an earlier version stays, though its folder goes', () => {
  const play = new Play({ names: ['pay', 'scratch'], settings: { createMissing: false } });
  play.greet([row('pay', 'long ago')]);
  const steps = [{ env: 'dev', fingerprint: 'an earlier version' }];
  play.feed({ type: 'undo', at: play.now, id: 'run', function: 'scratch', steps });
  play.feed({ type: 'discovered', at: play.now, functions: [spec('pay', ['dev'])] });
  expect(play.state.functions.has('scratch')).toBe(true);
});

describe('a function that is found later', () => {
  function found(rows: readonly string[]): Play {
    const play = new Play();
    play.settle();
    play.pass(60_000);
    play.save('pay', 'pay-2');
    for (const { env } of play.lists())
      play.listed(
        env,
        ['pay', ...rows].map((name) => row(name, 'settled')),
      );
    play.accept(play.push());
    play.pass(400);
    play.listed(
      'dev',
      ['pay', ...rows].map((name) => row(name, 'later')),
    );
    play.feed({ type: 'discovered', at: play.now, functions: [spec('pay', ['dev']), spec('new', ['dev'])] });
    return play;
  }

  it('is created in one request where the last list did not hold it', () => {
    expect(found([]).push()).toMatchObject({ function: 'new', operation: 'create' });
  });

  it('is updated where the last list held it', () => {
    expect(found(['new']).push()).toMatchObject({ function: 'new', operation: 'update' });
  });

  it('is updated all the same where somebody else created it since', () => {
    const play = found([]);
    play.answer(play.push(), { dev: failure({ origin: 'exists', errcode: null }) });
    expect(play.push()).toMatchObject({ function: 'new', operation: 'update', envs: ['dev'] });
  });
});
