import { describe, expect, it } from 'vitest';
import { createFacts, type Fact } from '../../src/ui/facts.js';
import { Play } from '../core/play.js';

/** Everything that is told from now on. */
function factsOf(play: Play): Fact[] {
  const told: Fact[] = [];
  const derive = createFacts('en');
  const feed = play.feed.bind(play);
  play.feed = (event) => {
    const before = play.state;
    feed(event);
    told.push(...derive(event, play.state, before));
  };
  return told;
}

describe('a second look after a save', () => {
  const look = (play: Play): void =>
    play.feed({
      type: 'settled',
      at: play.now,
      function: 'pay',
      cause: 'change',
      savedAt: play.now,
      full: false,
    });
  const events = (told: readonly Fact[]): string[] => told.map(({ event }) => event);

  it('is no news while what changed is on its way, and tells that nothing changed afterwards', () => {
    const play = new Play();
    play.greet();
    play.accept(play.push());
    const told = factsOf(play);
    play.save('pay', 'pay-2');
    look(play);
    expect(events(told)).toEqual(['changed']);
    play.accept(play.push());
    told.length = 0;
    look(play);
    expect(events(told)).toEqual(['unchanged']);
  });
});
