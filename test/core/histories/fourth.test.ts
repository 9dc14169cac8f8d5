/** The fourth quarter: see `lives.ts`. */
import { expect, it } from 'vitest';
import { expectedOf, liveShare, timeout } from './lives.js';

it('in random histories nothing is lost, sent twice, sent without consent or too fast', { timeout }, () => {
  expect(liveShare(3)).toBeGreaterThanOrEqual(expectedOf(3));
});
