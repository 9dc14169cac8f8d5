/** Durations as a row of bars, the newest at the right. */

import { symbolFor } from '../text/text.js';

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const asciiBars = ['.', ':', '-', '=', '+', '*', '#', '@'];

/** One character a value; null (a failure) is a mark of its own. The largest value is as high as it goes. */
export function chart(values: readonly (number | null)[], ascii: boolean): string {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const inAscii = bars.some((bar, index) => symbolFor(bar, asciiBars[index] ?? '', ascii) !== bar);
  const steps = inAscii ? asciiBars : bars;
  return values
    .map((value) => {
      if (value === null) return symbolFor('✖', 'x', ascii);
      const index = Math.min(steps.length - 1, Math.floor((value / most) * steps.length));
      return steps[index] ?? '';
    })
    .join('');
}
