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
  const spec = (name: string, dir = `fns/${name}`): FunctionSpec => ({
    ...{ name, dir: path(dir), root: path('fns'), envs: ['dev'], repository: null },
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
  return { path, project, owners, spec };
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

  it('outside of every root is nobody’s, though functions lie below it', () => {
    const { path, project, spec } = scene();
    project.write({ 'src/far/index.js': '' });
    const dir = path('src/far');
    const far = spec('far', 'src/far');
    const { owners } = scene({ config: { functionsRoots: [path('fns')], shared: {} }, specs: [far] });
    expect(owners.of(path('src'))).toEqual({ own: [], shared: [] });
    expect(owners.of(dir)).toEqual({ own: ['far'], shared: [] });
    expect(owners.of(path(''))).toEqual({ own: ['far'], shared: [] });
  });

  it('is everybody’s who has it, each named once', () => {
    const { path, spec } = scene();
    const { owners } = scene({
      specs: [spec('pay'), spec('inner', 'fns/pay/inner'), spec('twin', 'fns/pay')],
      linksOf: (name) => new Map(name === 'pay' ? [[path('fns/pay/inner'), true] as const] : []),
    });
    expect(owners.of(path('fns/pay/inner/a.js')).own).toEqual(['pay', 'inner', 'twin']);
    expect(owners.of(path('fns/pay/a.js')).own).toEqual(['pay', 'twin']);
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

  it('a pattern of folders leaves out nothing that may be a file', () => {
    const { path, owners } = scene({
      rulesOf: () => createIgnoreRules([{ source: 'ignore', patterns: ['out/', 'a/b'] }]),
    });
    expect(owners.ignores(path('fns/pay/out'), true)).toBe(true);
    expect(owners.ignores(path('fns/pay/out'), false)).toBe(false);
    expect(owners.ignores(path('fns/pay/out'), undefined)).toBe(false);
    expect(owners.ignores(path('fns/pay/a/b'), false)).toBe(true);
  });

  it('the rules of whoever links to a folder say nothing where it is somebody’s own', () => {
    const { path, spec } = scene();
    const links = new Map([[path('fns/login'), true] as const]);
    const { owners } = scene({
      specs: [spec('pay'), spec('login')],
      linksOf: (name) => (name === 'pay' ? links : new Map()),
    });
    expect(owners.ignores(path('fns/login/notes.md'), false)).toBe(false);
    expect(owners.ignores(path('fns/login/.git'), true)).toBe(true);
  });

  it('a root’s name is no beginning of another’s', () => {
    const { path, owners } = scene();
    expect(owners.ignores(path('fns2/.git'), true)).toBe(false);
    expect(owners.ignores(path('fns'), true)).toBe(false);
  });
});
