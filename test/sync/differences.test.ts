/** The live content against the disk: which environments are named together. */
import { expect, it } from 'vitest';
import type { FunctionState, TargetState } from '../../src/core/state.js';
import { mapValues } from '../../src/core/update.js';
import { liveDifferences } from '../../src/sync/differences.js';
import { stateOf, wanted } from '../support/stage.js';

const nothing = {
  content: { scannedFiles: () => null },
  history: { read: async () => ({ versions: [], runs: [], damaged: 0 }), contentOfFile: async () => null },
};

/** Environments dev, test, … of one function, each with what is known of it. */
function functionOf(known: Readonly<Record<string, Partial<TargetState>>>): FunctionState {
  const envs = Object.keys(known);
  const fn = stateOf(envs, [{ name: 'pay', stands: envs.map(() => 'live') }]).functions.get('pay');
  if (fn === undefined) throw new Error('no pay');
  return { ...fn, targets: mapValues(fn.targets, (target) => ({ ...target, ...known[target.env] })) };
}

it('names what somebody else deployed apart from what is only not known, and each deployment by itself', async () => {
  const foreign = (modTime: string) => ({ live: null, foreign: { modTime, ours: wanted, adopted: false } });
  const fn = functionOf({
    ...{ dev: foreign('10:00'), test: foreign('10:00'), staging: foreign('11:00') },
    ...{ unknown: { live: null }, ours: {} },
  });
  const found = await liveDifferences(fn, [...fn.targets.keys()], nothing);
  expect(found.map(({ envs }) => envs)).toEqual([['dev', 'test'], ['staging'], ['unknown'], ['ours']]);
});
