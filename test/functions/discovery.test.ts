import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { realDisk } from '../../src/content/disk.js';
import { sharedFolders, snapshotSource } from '../../src/content/source.js';
import { disabledFunctions, discover, nameProblem } from '../../src/functions/discovery.js';
import {
  type DiscoveryConfig,
  discoveryConfig,
  freshProject,
  plainFunction,
} from '../support/snapshot-project.js';

const names = async (config: DiscoveryConfig) => (await discover(config)).map(({ name }) => name);

describe('what is a function', () => {
  it.each([
    ['index.js', { 'fns/pay/index.js': '' }, true],
    ['index.mjs', { 'fns/pay/index.mjs': '' }, true],
    ['index.cjs', { 'fns/pay/index.cjs': '' }, true],
    ['main', { 'fns/pay/package.json': '{"main":"src/app.js"}', 'fns/pay/src/app.js': '' }, true],
    ['main without its ending', { 'fns/pay/package.json': '{"main":"./app"}', 'fns/pay/app.js': '' }, true],
    ['main as a folder', { 'fns/pay/package.json': '{"main":"lib/"}', 'fns/pay/lib/index.js': '' }, true],
    ['a main that is not there', { 'fns/pay/package.json': '{"main":"app.js"}' }, false],
    ['a main outside', { 'fns/pay/package.json': '{"main":"../app.js"}', 'fns/app.js': '' }, false],
    ['a package.json that is not JSON', { 'fns/pay/package.json': '{"main":' }, false],
    ['a folder of other files', { 'fns/pay/readme.md': '' }, false],
    ['a folder named index.js', { 'fns/pay/index.js/': '' }, false],
    ['a file in the root', { 'fns/index.js': '' }, false],
    ['a nested folder', { 'fns/group/pay/index.js': '' }, false],
    ['a dot folder', { 'fns/.pay/index.js': '' }, false],
    ['node_modules', { 'fns/node_modules/index.js': '' }, false],
  ])('%s: %o is %s', async (_what, files: Record<string, string>, expected) => {
    const project = freshProject();
    project.write({ 'fns/': '', ...files });
    expect(await names(discoveryConfig(project))).toEqual(expected ? ['pay'] : []);
  });

  it('leaves out shared folders and what is switched off, and names the latter', async () => {
    const project = freshProject();
    project.write({ 'fns/common/index.js': '', 'fns/off/index.js': '', 'fns/on/index.js': '' });
    const functions = { off: { ...plainFunction, enabled: false } };
    const config = discoveryConfig(project, { shared: { common: ['*'] }, functions });
    expect(await names(config)).toEqual(['on']);
    expect(disabledFunctions(config)).toEqual(['off']);
  });

  it('takes a folder that the configuration names, with or without an entry, and one that was known', async () => {
    const project = freshProject();
    project.write({ 'fns/built/src/main.ts': '', 'fns/emptied/notes.md': '', 'fns/other/notes.md': '' });
    const functions = { built: { ...plainFunction, build: { kind: 'esbuild' } as const } };
    const config = discoveryConfig(project, { functions });
    expect(await names(config)).toEqual(['built']);
    const known = await discover(config, { known: new Set(['emptied', 'deleted']) });
    expect(known.map(({ name, problem }) => [name, problem])).toEqual([
      ['built', null],
      ['emptied', null],
    ]);
    const later = await discover(config, { previous: known });
    expect(later.map(({ name }) => name)).toEqual(['built', 'emptied']);
  });

  it('sorts by code unit and gives each its environments', async () => {
    const project = freshProject();
    project.write({ 'fns/b/index.js': '', 'fns/Z9/index.js': '', 'fns/a1/index.js': '' });
    const functions = { a1: { ...plainFunction, envs: ['test', 'elsewhere'] } };
    const found = await discover(discoveryConfig(project, { functions }));
    expect(found.map(({ name, envs }) => [name, envs])).toEqual([
      ['Z9', ['dev', 'test']],
      ['a1', ['test']],
      ['b', ['dev', 'test']],
    ]);
  });
});

describe('where functions lie', () => {
  it('may be outside the roots, and then nothing else is it', async () => {
    const project = freshProject();
    project.write({ 'src/pay/index.js': '', 'fns/pay/index.js': '', 'fns/impl/index.js': '' });
    const functions = {
      pay: { ...plainFunction, dir: project.path('src/pay') },
      renamed: { ...plainFunction, dir: project.path('fns/impl') },
    };
    const found = await discover(discoveryConfig(project, { functions }));
    expect(found.map(({ name, dir, root, problem }) => ({ name, dir, root, problem }))).toEqual([
      { name: 'pay', dir: project.path('src/pay'), root: project.path('src'), problem: null },
      { name: 'renamed', dir: project.path('fns/impl'), root: project.path('fns'), problem: null },
    ]);
  });

  it('says that a configured folder is not there', async () => {
    const project = freshProject();
    project.write({ 'fns/': '' });
    const functions = { pay: plainFunction, far: { ...plainFunction, dir: project.path('src/far') } };
    const found = await discover(discoveryConfig(project, { functions }));
    expect(found.map(({ problem }) => problem)).toEqual([
      { reason: 'gone', dir: project.path('src/far') },
      { reason: 'gone', dir: project.path('fns/pay') },
    ]);
  });

  it('holds two of one name in two roots, naming both', async () => {
    const project = freshProject();
    project.write({ 'a/pay/index.js': '', 'b/pay/index.js': '', 'b/ok/index.js': '' });
    const config = discoveryConfig(project, { functionsRoots: [project.path('a'), project.path('b')] });
    const found = await discover(config);
    expect(found.map(({ name, problem }) => [name, problem])).toEqual([
      ['ok', null],
      ['pay', { reason: 'clash', path: 'a/pay', other: 'b/pay' }],
    ]);
  });

  it('follows a link inside the project and holds one that leaves it', async () => {
    const project = freshProject();
    const elsewhere = freshProject();
    project.write({ 'lib/inner/index.js': '', 'fns/': '' });
    elsewhere.write({ 'outer/index.js': '' });
    project.link('fns/inner', project.path('lib/inner'));
    project.link('fns/outer', elsewhere.path('outer'));
    project.write({ '.tcb-watch/own/index.js': '' });
    project.link('fns/own', project.path('.tcb-watch/own'));
    project.link('fns/broken', project.path('nowhere'));
    const found = await discover(discoveryConfig(project));
    expect(found.map(({ name, problem }) => [name, problem?.reason ?? null])).toEqual([
      ['inner', null],
      ['outer', 'outside-link'],
      ['own', 'outside-link'],
    ]);
  });

  it('finds the repository upward, also by a worktree’s file', async () => {
    const project = freshProject();
    project.write({
      '.git/HEAD': '',
      'fns/one/index.js': '',
      'fns/two/index.js': '',
      'fns/two/.git': 'gitdir: x',
    });
    const found = await discover(discoveryConfig(project));
    expect(found.map(({ repository }) => repository)).toEqual([project.folder, project.path('fns/two')]);
  });
});

describe('a root that is gone', () => {
  const twoRoots = async () => {
    const project = freshProject();
    project.write({ 'a/one/index.js': '', 'a/two/index.js': '', 'b/three/index.js': '' });
    const config = discoveryConfig(project, { functionsRoots: [project.path('a'), project.path('b')] });
    return { project, config, previous: await discover(config) };
  };
  const problems = (found: Awaited<ReturnType<typeof discover>>) =>
    found.map(({ name, problem }) => [name, problem]);

  it('holds its functions, and those alone, until it returns', async () => {
    const { project, config, previous } = await twoRoots();
    project.remove('a');
    const gone = { reason: 'root-gone', root: project.path('a') };
    const without = await discover(config, { previous });
    expect(problems(without)).toEqual([
      ['one', gone],
      ['three', null],
      ['two', gone],
    ]);
    expect(problems(await discover(config, { previous: without }))).toEqual(problems(without));
    project.write({ 'a/one/index.js': '', 'a/two/index.js': '' });
    expect(await discover(config, { previous: without })).toEqual(previous);
  });

  it('does not clash with the root that its functions moved to', async () => {
    const { project, config, previous } = await twoRoots();
    project.remove('a');
    project.write({ 'b/one/index.js': '' });
    const [one] = await discover(config, { previous });
    expect(one).toMatchObject({ name: 'one', dir: project.path('b/one'), problem: null });
  });

  it('may still be there, empty, as the place of a drive that was unmounted', async () => {
    const { project, config, previous } = await twoRoots();
    rmSync(project.path('a'), { recursive: true });
    project.write({ 'a/.DS_Store': '' });
    const without = await discover(config, { previous });
    expect(without.map(({ name, problem }) => [name, problem?.reason ?? null])).toEqual([
      ['one', 'root-gone'],
      ['three', null],
      ['two', 'root-gone'],
    ]);
  });

  it('is not the same as its only function deleted', async () => {
    const { project, config, previous } = await twoRoots();
    project.remove('b/three');
    expect((await discover(config, { previous })).map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it('takes the functions that were configured in it, too', async () => {
    const project = freshProject();
    const config = discoveryConfig(project, { functions: { pay: plainFunction } });
    const [pay] = await discover(config);
    expect(pay?.problem).toEqual({ reason: 'root-gone', root: project.path('fns') });
  });

  it('or may be unreadable', async () => {
    const { project, config, previous } = await twoRoots();
    const entries = (dir: string) => {
      if (dir === project.path('a')) throw Object.assign(new Error('refused'), { code: 'EACCES' });
      return realDisk.entries(dir);
    };
    const without = await discover(config, { previous, disk: { ...realDisk, entries } });
    expect(without.filter(({ problem }) => problem !== null).map(({ name }) => name)).toEqual(['one', 'two']);
  });
});

describe('names', () => {
  it.each([
    ['pay', null],
    ['Pay-2_x', null],
    ['p'.repeat(60), null],
    ['p', 'length'],
    ['p'.repeat(61), 'length'],
    ['1pay', 'start'],
    ['-pay', 'start'],
    ['pay-', 'end'],
    ['pay_', 'end'],
    ['支付', 'characters'],
    ['pay demo', 'characters'],
    ['pay.js', 'characters'],
  ])('%s: %s', (name, rule) => {
    expect(nameProblem(name, ['dev'])).toEqual(
      rule === null ? null : { reason: 'bad-name', rule, env: null },
    );
  });

  it('counts the environment’s id as well', () => {
    const name = 'p'.repeat(40);
    const [fits, long] = ['e'.repeat(78), 'f'.repeat(79)];
    expect(nameProblem(name, [fits])).toBeNull();
    expect(nameProblem(name, [fits, long])).toEqual({ reason: 'bad-name', rule: 'with-env', env: long });
  });

  it('are the folder’s, bad ones with their problem', async () => {
    const project = freshProject();
    project.write({ 'fns/PayMe/index.js': '', 'fns/支付/index.js': '' });
    const found = await discover(discoveryConfig(project));
    expect(found.map(({ name, problem }) => [name, problem?.reason ?? null])).toEqual([
      ['PayMe', null],
      ['支付', 'bad-name'],
    ]);
  });
});

describe('the shared folders of a function', () => {
  it('are those whose globs match it, in its own root or else the first that has one', async () => {
    const project = freshProject();
    project.write({ 'a/common/x.js': '', 'b/common/x.js': '', 'a/only/x.js': '', 'b/pay/index.js': '' });
    const config = discoveryConfig(project, {
      functionsRoots: [project.path('a'), project.path('b')],
      shared: { common: ['*'], only: ['p*'], never: ['x*'] },
    });
    expect(sharedFolders(config, { name: 'pay', root: project.path('b') })).toEqual([
      { name: 'common', dir: project.path('b/common'), root: project.path('b') },
      { name: 'only', dir: project.path('a/only'), root: project.path('a') },
    ]);
    const [pay] = await discover(config);
    if (pay === undefined) throw new Error('pay was not found');
    const source = await snapshotSource(config, pay);
    expect(source.shared.map(({ name }) => name)).toEqual(['common', 'only']);
    expect(source.dir).toBe(project.path('b/pay'));
    expect((await snapshotSource(config, pay, project.path('b/pay/dist'))).dir).toBe(
      project.path('b/pay/dist'),
    );
  });
});
