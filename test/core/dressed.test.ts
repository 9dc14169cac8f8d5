/** Content that goes with the helper to some environments, and as it is to the others. */
import { expect, it } from 'vitest';
import { carriesHelper } from '../../src/core/state.js';
import { Play, row } from './play.js';

const envs = ['dev', 'test'];

/** The helper is wanted in dev alone. */
function halfDressed(): Play {
  const play = new Play({ envs, holdsScans: true, helperIn: ['dev'] });
  play.greet();
  return play;
}

const sent = (play: Play) => play.pushes().map(({ envs: to, fingerprint }) => [to, fingerprint]);

it('goes in two requests, each with its own fingerprint, and is live with that', () => {
  const play = halfDressed();
  play.endScan('pay', 'pay-1', 'pay-1 and helper');
  expect(sent(play)).toEqual([
    [['dev'], 'pay-1 and helper'],
    [['test'], 'pay-1'],
  ]);
  for (const push of play.pushes()) play.accept(push);
  play.seeActive('now');
  const [fn] = play.state.functions.values();
  const carries = envs.map((env) => fn !== undefined && carriesHelper(fn, play.target('pay', env)));
  expect(carries).toEqual([true, false]);
  expect(envs.map((env) => play.phase('pay', env).kind)).toEqual(['live', 'live']);
});

it('goes as it is everywhere where there is nothing to put the helper in', () => {
  const play = halfDressed();
  play.endScan('pay', 'pay-1');
  expect(sent(play)).toEqual([[envs, 'pay-1']]);
});

it('goes anew only where the helper is other than before', () => {
  const play = halfDressed();
  play.endScan('pay', 'pay-1', 'pay-1 and helper');
  for (const push of play.pushes()) play.accept(push);
  play.seeActive('now');
  play.save('pay', 'pay-1');
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'now')]);
  play.endScan('pay', 'pay-1', 'pay-1 and a newer helper');
  expect(sent(play)).toEqual([[['dev'], 'pay-1 and a newer helper']]);
});
