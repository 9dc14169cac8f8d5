/** Git at work in a repository keeps its functions: a lock for a minute at most, an operation until it is over. */
import { expect, it } from 'vitest';
import type { GitOperation } from '../../src/model/nouns.js';
import { spec } from './make.js';
import { Play } from './play.js';

const minute = 60_000;

/** `pay` is in a repository and `login` in none; both are live. */
function inRepository(): Play {
  const play = new Play({ names: ['pay', 'login'] });
  const functions = [{ ...spec('pay', ['dev']), repository: '/project' }, spec('login', ['dev'])];
  play.feed({ type: 'discovered', at: play.now, functions });
  play.settle();
  return play;
}

function git(play: Play, busy: boolean, operation: GitOperation | null = null): void {
  play.feed({ type: 'git', at: play.now, repository: '/project', busy, operation });
}

const sent = (play: Play): string[] => play.pushes().map((job) => job.function);

it('a lock is waited for, and a minute later nobody believes it any more', () => {
  const play = inRepository();
  git(play, true);
  play.save('pay', 'pay-2');
  play.save('login', 'login-2');
  expect(sent(play)).toEqual(['login']);
  expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'git-busy', subject: null });
  // It is taken and let go of all the time while a large checkout runs: the minute counts from the first one.
  play.pass(minute / 2);
  git(play, true);
  play.pass(minute / 2 - 1);
  expect(sent(play)).toEqual(['login']);
  play.pass(1);
  expect(sent(play)).toContain('pay');
});

it('a lock that is let go of keeps nothing any more', () => {
  const play = inRepository();
  git(play, true);
  play.save('pay', 'pay-2');
  git(play, false);
  expect(sent(play)).toEqual(['pay']);
});

it('a rebase keeps what is in between from being sent for as long as it stands, with its name', () => {
  const play = inRepository();
  git(play, true, 'rebase');
  git(play, false, 'rebase');
  play.save('pay', 'pay-2');
  play.pass(10 * minute);
  expect(sent(play)).toEqual([]);
  expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'git-busy', subject: 'rebase' });
  git(play, false);
  expect(sent(play)).toEqual(['pay']);
});

it('what a person forces goes during a rebase, and not while git holds its lock', () => {
  const play = inRepository();
  git(play, true, 'rebase');
  play.save('pay', 'pay-2');
  play.feed({ type: 'force', at: play.now, id: 'run', function: 'pay', env: null });
  expect(sent(play)).toEqual([]);
  git(play, false, 'rebase');
  expect(sent(play)).toEqual(['pay']);
});
