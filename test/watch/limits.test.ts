/** The system's limits of watching, as this system has them: what is used, and what this project needs in addition. */
import { watch } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { explainLimit } from '../../src/watch/limits.js';
import { freshProject } from '../support/snapshot-project.js';

function folders() {
  const project = freshProject();
  project.write({ 'fn/a/b/': '', 'fn/node_modules/x/y/': '', 'fn/index.js': '', 'other/': '' });
  const watched = ['fn', 'fn/a', 'other'].map(project.path);
  for (const folder of watched) {
    const watcher = watch(folder);
    onTestFinished(() => watcher.close());
  }
  const ignores = (path: string): boolean => path === project.path('fn/node_modules');
  return { project, ignores };
}

describe.runIf(process.platform === 'linux')('a limit of Linux', () => {
  it('of watches: one for each directory that is not left out, next to those of all programs', async () => {
    const { project, ignores } = folders();
    const tops = [project.path('fn'), project.path('other'), project.path('gone')];
    const { current, needed, limit, ...named } = await explainLimit('ENOSPC', tops, ignores);
    expect(named).toEqual({ kind: 'limit', code: 'ENOSPC', setting: 'fs.inotify.max_user_watches' });
    expect(current).toBeGreaterThanOrEqual(3);
    // fn, fn/a, fn/a/b, other, and one that may come back.
    expect(needed).toBe((current ?? 0) + 5);
    expect(limit).toBeGreaterThan(0);
  });

  it('of instances: one more', async () => {
    const { project, ignores } = folders();
    const found = await explainLimit('EMFILE', [project.path('fn')], ignores);
    const { current, needed, limit, ...named } = found;
    expect(named).toEqual({ kind: 'limit', code: 'EMFILE', setting: 'fs.inotify.max_user_instances' });
    expect(current).toBeGreaterThanOrEqual(1);
    expect(needed).toBe((current ?? 0) + 1);
    expect(limit).toBeGreaterThan(0);
  });
});
