/** Whose save an upload carries: what is reported as "after the save" has to have been saved. */
import { expect, it } from 'vitest';
import { Play } from './play.js';

function live(): Play {
  const play = new Play();
  play.greet([]);
  play.save('pay', 'pay-2');
  play.accept(play.push());
  play.accept(play.push());
  return play;
}

it('an upload that a save led to has its time', () => {
  const play = live();
  play.save('pay', 'pay-3');
  expect(play.push().savedAt).toBe(play.now);
});

it('an upload for another environment has none', () => {
  const play = live();
  play.pass(60_000);
  play.configure(['dev', 'test']);
  play.listed('test', []);
  const jobs = play.begun
    .map(({ job }) => job)
    .filter((job) => job.type === 'push' && job.envs.includes('test'));
  expect(jobs).toMatchObject([{ cause: 'config', savedAt: null }]);
});

it('an upload that somebody forces has none', () => {
  const play = live();
  play.feed({ type: 'force', at: play.now, id: 'run', function: 'pay', env: null });
  expect(play.push()).toMatchObject({ cause: 'forced', savedAt: null });
});

it('an upload of a save that somebody asks to read once more, before it was read, has its time', () => {
  const play = new Play({ holdsScans: true });
  play.greet([]);
  play.save('pay', 'pay-2');
  const savedAt = play.now;
  play.pass(100);
  const asked = { function: 'pay', cause: 'change', savedAt: null, full: false, capped: false } as const;
  play.feed({ type: 'settled', at: play.now, functions: [asked] });
  play.endScans();
  expect(play.push()).toMatchObject({ fingerprint: 'pay-2', savedAt });
});

it('the same content read again is no newer wish', () => {
  const play = new Play();
  play.settle();
  play.save('pay', 'pay-2');
  const wish = (): unknown => {
    const { wantedAt, savedAt, cause } = play.state.functions.get('pay') ?? {};
    return { wantedAt, savedAt, cause };
  };
  const before = wish();
  play.pass(1000);
  play.save('pay', 'pay-2');
  expect(wish()).toEqual(before);
  play.save('pay', 'pay-3');
  expect(wish()).toMatchObject({ wantedAt: play.now });
});
