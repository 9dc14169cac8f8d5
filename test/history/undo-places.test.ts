/** Which content an undo goes back to, environment by environment. */
import { describe, expect, it } from 'vitest';
import type { FunctionHistory, Run, SentVersion } from '../../src/history/model.js';
import { planUndo, type UndoPlace, type UndoTo } from '../../src/history/undo.js';

const version = (fingerprint: string, at: number): SentVersion => ({
  ...{ fingerprint, content: fingerprint, at, sentAt: at, zipBytes: 1, files: [], commit: null },
});
const run = (env: string, fingerprint: string, from: number, to: number | null): Run => ({
  ...{ env, fingerprint, from, to, ended: to === null ? null : 'replaced', undo: false },
});
/** In `dev` one, two and three ran in this order; in `test` only two. `gone` is not kept any more. */
const history: FunctionHistory = {
  versions: [version('three', 3), version('two', 2), version('one', 1)],
  runs: [
    run('old', 'gone', 0, 1),
    run('dev', 'one', 1, 2),
    run('dev', 'two', 2, 3),
    run('test', 'two', 2, null),
    run('dev', 'three', 3, null),
    run('old', 'three', 3, null),
  ],
  damaged: 0,
};
const place = (env: string, over: Partial<UndoPlace> = {}): UndoPlace => {
  const live = over.live === undefined ? 'three' : over.live;
  return { env, foreign: null, isUndone: false, heading: live, ...over, live };
};
const planned = (places: readonly UndoPlace[], to: UndoTo = null): readonly string[] => {
  const { steps, left } = planUndo(history, places, to);
  return [
    ...steps.map(({ env, fingerprint }) => `${env} ${fingerprint ?? 'disk'}`),
    ...left.map(({ env, why }) => `${env}: ${why}`),
  ];
};

describe('an undo goes back', () => {
  it('to what ran before what runs now', () => {
    expect(planned([place('dev')])).toEqual(['dev two']);
  });

  it('to ours where somebody else’s code runs', () => {
    expect(planned([place('dev', { live: null, foreign: { ours: 'three' } })])).toEqual(['dev three']);
    expect(planned([place('dev', { foreign: { ours: 'three' } })])).toEqual(['dev three']);
  });

  it('to the version that is named, where it does not run yet', () => {
    const places = [place('dev', { live: 'one' }), place('test', { live: 'two' })];
    expect(planned(places, 'one')).toEqual(['test one', 'dev: runs-already']);
    expect(planned([place('dev', { foreign: { ours: 'two' } })], 'three')).toEqual(['dev three']);
  });

  it('to the disk, where somebody had gone back', () => {
    const places = [place('dev', { isUndone: true }), place('test')];
    expect(planned(places, 'disk')).toEqual(['dev disk', 'test: not-undone']);
  });

  it('nowhere where nothing ran before, and where that is not kept', () => {
    expect(planned([place('test', { live: 'two' })])).toEqual(['test: nothing-before']);
    expect(planned([place('new', { live: null })])).toEqual(['new: nothing-before']);
    expect(planned([place('old')])).toEqual(['old: not-kept']);
    expect(planned([place('dev')], 'never sent')).toEqual(['dev: not-kept']);
  });

  it('each place by itself', () => {
    expect(planned([place('dev'), place('test', { live: 'two' }), place('old')])).toEqual([
      'dev two',
      'test: nothing-before',
      'old: not-kept',
    ]);
    expect(planned([])).toEqual([]);
  });
});
