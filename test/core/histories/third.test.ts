/** The third quarter: see `lives.ts`. */
import { expect, it } from 'vitest';
import { expectedOf, liveShare, timeout } from './lives.js';

it('in random histories nothing is lost, sent twice, sent without consent or too fast', { timeout }, () => {
  expect(liveShare(2)).toBeGreaterThanOrEqual(expectedOf(2));
});
