/** Which list an environment is asked for: of one function by its name, or of all. */
import { describe, expect, it } from 'vitest';
import type { CloudFunction } from '../../src/model/event.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const names = Array.from({ length: 5 }, (_, index) => `fn-${index}`);
const here = names.map((name) => row(name, 'settled'));

/** Everything is live in an account so large that its whole list takes three requests. */
function largeAccount(): Play {
  const play = new Play({ names });
  play.settle();
  play.pass(1000);
  play.feed({ type: 'retry', at: play.now, function: null, env: null });
  listWhole(play, here);
  return play;
}

/** The whole list, two rows a page. @param total as many rows as the cloud promises */
function listWhole(play: Play, rows: readonly CloudFunction[], total = rows.length): void {
  for (let from = 0; from < rows.length; from += 2) play.page('dev', rows.slice(from, from + 2), total);
}

/** A save was accepted, and is to be seen live. */
function saveAndLook(play: Play, saved: readonly string[]): void {
  const version = play.now;
  for (const name of saved) {
    play.save(name, `${name} of ${version}`);
    play.accept(play.push());
  }
  play.pass(300);
}

const searched = (play: Play): readonly (string | null)[] => play.lists().map(({ searchKey }) => searchKey);

describe('what is followed', () => {
  it('is asked for by its name where the whole list takes more requests', () => {
    const play = largeAccount();
    saveAndLook(play, ['fn-3']);
    expect(searched(play)).toEqual(['fn-3']);
    play.page('dev', [row('fn-3', 'newer')], 1);
    expect(play.phase('fn-3', 'dev')).toMatchObject({ kind: 'live', verified: true });
  });

  it('is asked for with all others where that takes no more requests', () => {
    const play = largeAccount();
    saveAndLook(play, ['fn-1', 'fn-2', 'fn-3']);
    expect(searched(play)).toEqual([null]);
  });
});

it('a list that fails is asked for after longer and longer waits, whoever waits for it', () => {
  const play = new Play({ names, jitter: () => 0.99 });
  play.settle();
  play.save('fn-3', 'fn-3 again');
  play.accept(play.push());
  const from = play.begun.length;
  for (let ms = 0; ms < 60_000; ms += 100) {
    for (const { env } of play.lists())
      play.listFails(env, failure({ origin: 'http', errcode: null, httpStatus: 502 }));
    play.pass(100);
  }
  // After 0.3 s, then 0.5, 1, 2, 4, 8, 16 s.
  expect(play.begun.slice(from).map(({ job }) => job.type)).toEqual(Array.from({ length: 7 }, () => 'list'));
});

describe('a search that does not find the function', () => {
  function searchInVain(): Play {
    const play = largeAccount();
    saveAndLook(play, ['fn-3']);
    play.page('dev', [], 0);
    expect(searched(play)).toEqual([null]);
    return play;
  }

  it('is followed by the whole list, and searches go on where that does not have it either', () => {
    const play = searchInVain();
    listWhole(
      play,
      here.filter(({ name }) => name !== 'fn-3'),
    );
    play.pass(1000);
    expect(searched(play)).toEqual(['fn-3']);
  });

  it.each([
    ['where that has it', here, here.length],
    ['where that is not all that there is', here.slice(0, 3), here.length],
  ])('is the last one %s', (_, rows, total) => {
    const play = searchInVain();
    listWhole(play, rows, total);
    if (rows.length < total) play.page('dev', [], total);
    play.pass(3000);
    expect(searched(play)).toEqual([null]);
  });
});

it('while uploads wait, one request of seven asks for a list, so that the first of them are seen to run', () => {
  const many = Array.from({ length: 20 }, (_, index) => `fn-${index}`);
  const play = new Play({ names: many, settings: { concurrency: 1 } });
  play.settle();
  for (const name of many) play.save(name, `${name} again`);
  const from = play.begun.length;
  for (let done = 0; done < 16; done += 1) {
    play.pass(300);
    for (const { env } of play.lists())
      play.listed(
        env,
        many.map((name) => row(name, `${done}`)),
      );
    for (const push of play.pushes()) play.accept(push);
  }
  const kinds = play.begun.slice(from).flatMap(({ job }) => (job.type === 'scan' ? [] : [job.type]));
  const first = kinds.indexOf('list');
  expect(kinds.slice(first + 1, first + 8)).toEqual([...Array.from({ length: 6 }, () => 'push'), 'list']);
});

it('while timers wait, lists get their turn as well', () => {
  const many = Array.from({ length: 20 }, (_, index) => `fn-${index}`);
  const play = new Play({ names: many, settings: { concurrency: 1 } });
  play.settle();
  play.pass(60_000);
  play.feed({ type: 'pause', at: play.now, paused: true });
  for (const name of many) {
    play.timers.set(name, 'daily');
    play.save(name, `${name}-1`);
  }
  const answer = (): void => {
    for (const { env } of play.lists())
      play.listed(
        env,
        many.map((name) => row(name, 'settled')),
      );
  };
  answer();
  play.pass(1000);
  const from = play.begun.length;
  play.feed({ type: 'pause', at: play.now, paused: false });
  play.feed({ type: 'retry', at: play.now, function: null, env: null });
  for (let done = 0; done < 16; done += 1) {
    answer();
    for (const job of play.parts()) play.partEnds(job, { type: 'answered', requestMs: 1, failures: [] });
  }
  const kinds = play.begun.slice(from).map(({ job }) => job.type);
  expect(kinds.filter((kind) => kind === 'part').length).toBeGreaterThan(6);
  expect(kinds.slice(0, 8)).toContain('list');
});
