/** Which content a person means, where several things run or are about to. */
import { describe, expect, it } from 'vitest';
import type { FunctionHistory, Run, SentVersion } from '../../src/history/model.js';
import { keptSince, planUndo, type UndoPlace } from '../../src/history/undo.js';

function version(fingerprint: string, content = fingerprint, at = 1): SentVersion {
  return { fingerprint, content, at, sentAt: at, zipBytes: 1, files: [], commit: null };
}

function run(fingerprint: string, more: Partial<Run> = {}): Run {
  return { env: 'dev', fingerprint, from: 0, to: 1, ended: 'replaced', undo: false, ...more };
}

function history(versions: readonly SentVersion[], runs: readonly Run[]): FunctionHistory {
  return { versions, runs, damaged: 0 };
}

function place(live: string | null, more: Partial<UndoPlace> = {}): UndoPlace {
  return { env: 'dev', live, heading: live, foreign: null, isUndone: false, ...more };
}

const two = history([version('b'), version('a')], [run('a'), run('b', { to: null, ended: null })]);

/** Where it leads, or why nowhere. */
function lead(about: FunctionHistory, from: UndoPlace, to: Parameters<typeof planUndo>[2] = null) {
  const { steps, left } = planUndo(about, [from], to);
  return steps[0]?.fingerprint ?? left[0]?.why ?? 'disk';
}

describe('an undo', () => {
  it('leads to what ran before', () => {
    expect(lead(two, place('b'))).toBe('a');
  });

  it('while a save is being deployed leads to what runs until then, and no step further', () => {
    expect(lead(history([version('c'), ...two.versions], two.runs), place('b', { heading: 'c' }))).toBe('b');
  });

  it('passes over the same files with another helper', () => {
    const versions = [version('b with new', 'b'), version('b with old', 'b'), version('a with old', 'a')];
    const runs = [run('a with old'), run('b with old'), run('b with new', { to: null, ended: null })];
    expect(lead(history(versions, runs), place('b with new'))).toBe('a with old');
  });

  it('goes one step further where what was gone back to carries another helper than then', () => {
    const versions = [version('b new', 'b'), version('c', 'c'), version('b', 'b'), version('a')];
    const runs = [run('a'), run('b'), run('c'), run('b new', { undo: true, to: null, ended: null })];
    expect(lead(history(versions, runs), place('b new', { isUndone: true }))).toBe('a');
  });

  it('over somebody else’s code brings back what of ours it replaced, not what was on disk when it was accepted', () => {
    const runs = [run('a'), run('b', { ended: 'foreign' })];
    const foreign = { ours: 'c' };
    expect(lead(history([version('c'), ...two.versions], runs), place(null, { foreign }))).toBe('b');
  });

  it.each<readonly [string, string, ReturnType<typeof lead>]>([
    ['what runs there', 'b', 'runs-already'],
    ['what is not kept', 'x', 'not-kept'],
  ])('to %s is none', (_, to, why) => {
    expect(lead(two, place('b'), to)).toBe(why);
  });

  it('to the disk is one where something was undone', () => {
    expect(lead(two, place('b'), 'disk')).toBe('not-undone');
    expect(lead(two, place('a', { isUndone: true }), 'disk')).toBe('disk');
  });

  it('from the first version leads nowhere, and it is known since when versions are kept', () => {
    const first = history([version('a', 'a', 5)], [run('a', { to: null, ended: null })]);
    expect(lead(first, place('a'))).toBe('nothing-before');
    expect(keptSince(first)).toBe(5);
    expect(keptSince(history([], []))).toBeNull();
  });
});
