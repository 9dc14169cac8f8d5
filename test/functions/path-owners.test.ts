/** Whose a path is: functions, shared folders, links, roots above. */
import { symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createIgnoreRules } from '../../src/content/ignore.js';
import { createPathOwners, type PathOwnersOptions, withRealFolder } from '../../src/functions/path-owners.js';
import type { FunctionSpec } from '../../src/model/nouns.js';
import { needs } from '../support/needs.js';
import { freshProject } from '../support/snapshot-project.js';

function scene(over: Partial<PathOwnersOptions> = {}) {
  const project = freshProject();
  project.write({ 'fns/pay/index.js': '', 'fns/login/index.js': '', 'fns/common/c.js': '', 'lib/l.js': '' });
  const path = project.path;
  const spec = (name: string): FunctionSpec => ({
    ...{ name, dir: path(`fns/${name}`), root: path('fns'), envs: ['dev'], repository: null },
    ...{ built: false, problem: null },
  });
  const owners = createPathOwners({
    config: { functionsRoots: [path('fns')], shared: { common: ['pay', 'log*'] } },
    specs: [spec('pay'), spec('login')],
    linksOf: (name) => new Map(name === 'pay' ? [[path('lib'), true] as const] : []),
    rulesOf: (name) =>
      name === 'pay' ? createIgnoreRules([{ source: 'ignore', patterns: ['*.md'] }]) : null,
    ...over,
  });
  return { path, project, owners };
}

describe('owners of a path', () => {
  it.each([
    ['fns/pay', ['pay'], []],
    ['fns/pay/a/b.js', ['pay'], []],
    ['fns/payment/a.js', [], []],
    ['fns/common/c.js', [], ['pay', 'login']],
    ['lib/l.js', ['pay'], []],
    ['lib', ['pay'], []],
    ['fns/none', [], []],
    ['elsewhere', [], []],
    ['', ['pay', 'login'], []],
    // Named where events were lost: each of them may have changed.
    ['fns', ['pay', 'login'], []],
  ] as const)('%s', (place, own, shared) => {
    const { path, owners } = scene();
    expect(owners.of(path(place))).toEqual({ own, shared });
  });

  it('a function that is a link owns what lies at its target', () => {
    const { project, path } = scene();
    project.write({ 'real/index.js': '' });
    needs('links');
    symlinkSync(path('real'), path('fns/linked'), 'junction');
    expect(withRealFolder(path('fns/linked'))).toEqual([path('fns/linked'), path('real')]);
    expect(withRealFolder(path('fns/pay'))).toEqual([path('fns/pay')]);
    expect(withRealFolder(path('fns/none'))).toEqual([path('fns/none')]);
  });
});

describe('what is left out', () => {
  it.each([
    ['fns/pay/notes.md', true],
    ['fns/pay/index.js', false],
    ['fns/pay/node_modules', true],
    ['fns/pay', false],
    // Rules that are not known yet are the built-in ones.
    ['fns/login/notes.md', false],
    ['fns/login/.git', true],
    // A shared folder has rules of its own.
    ['fns/common/notes.md', false],
    ['fns/common/node_modules', true],
    ['lib/notes.md', true],
    ['fns/.git', true],
    ['fns/other', false],
    ['elsewhere/.git', false],
  ] as const)('%s: %s', (place, ignored) => {
    const { path, owners } = scene();
    expect(owners.ignores(path(place), true)).toBe(ignored);
  });
});
