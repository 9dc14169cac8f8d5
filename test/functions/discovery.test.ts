import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { realDisk } from '../../src/content/disk.js';
import { sharedFolders, snapshotSource } from '../../src/content/source.js';
import { discover, missingRoots, nameProblem } from '../../src/functions/discovery.js';
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

  it('leaves out shared folders and what is switched off', async () => {
    const project = freshProject();
    project.write({ 'fns/common/index.js': '', 'fns/off/index.js': '', 'fns/on/index.js': '' });
    const functions = { off: { ...plainFunction, enabled: false } };
    const config = discoveryConfig(project, { shared: { common: ['*'] }, functions });
    expect(await names(config)).toEqual(['on']);
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

  it('may be in any root, named by the configuration or not', async () => {
    const project = freshProject();
    project.write({ 'a/': '', 'b/pay/notes.md': '', 'a/constructor/index.js': '' });
    const functionsRoots = [project.path('a'), project.path('b')];
    const config = discoveryConfig(project, { functionsRoots, functions: { pay: plainFunction } });
    const found = await discover(config);
    expect(found.map(({ name, root, problem }) => ({ name, root, problem }))).toEqual([
      { name: 'constructor', root: project.path('a'), problem: null },
      { name: 'pay', root: project.path('b'), problem: null },
    ]);
  });

  it('is the first root for one that is nowhere, or the project where there is no root', async () => {
    const project = freshProject();
    project.write({ 'a/': '', 'b/': '' });
    const roots = [project.path('a'), project.path('b')];
    for (const [functionsRoots, root] of [
      [roots, project.path('a')],
      [[], project.folder],
    ] as const) {
      const config = discoveryConfig(project, { functionsRoots, functions: { pay: plainFunction } });
      expect(await discover(config)).toMatchObject([
        { name: 'pay', root, dir: join(root, 'pay'), problem: { reason: 'gone' } },
      ]);
    }
  });

  it('is looked at once where a root stands twice', async () => {
    const project = freshProject();
    project.write({ 'fns/pay/index.js': '' });
    const functionsRoots = [project.path('fns'), project.path('fns')];
    const entries: string[] = [];
    const disk = {
      ...realDisk,
      entries(dir: string) {
        entries.push(dir);
        return realDisk.entries(dir);
      },
    };
    const config = discoveryConfig(project, { functionsRoots });
    expect(await discover(config, { disk })).toMatchObject([{ name: 'pay', problem: null }]);
    expect(entries).toEqual([project.path('fns')]);
    expect(
      missingRoots({ functionsRoots: [project.path('no'), ...functionsRoots, project.path('no')] }),
    ).toEqual([project.path('no')]);
  });

  it('may be a link, or a configured one that leads out; a link to a file is none', async () => {
    const project = freshProject();
    const elsewhere = freshProject();
    project.write({ 'fns/': '', 'lib/index.js': '', 'lib/a.txt': '' });
    elsewhere.write({ 'far/index.js': '' });
    project.link('fns/text', project.path('lib/a.txt'));
    project.link('near', project.path('lib'));
    project.link('away', elsewhere.path('far'));
    const functions = {
      text: plainFunction,
      near: { ...plainFunction, dir: project.path('near') },
      away: { ...plainFunction, dir: project.path('away') },
    };
    const found = await discover(discoveryConfig(project, { functions }));
    expect(found.map(({ name, problem }) => [name, problem])).toEqual([
      ['away', { reason: 'outside-link', path: 'away', target: elsewhere.path('far') }],
      ['near', null],
      ['text', { reason: 'gone', dir: project.path('fns/text') }],
    ]);
  });

  it('may be in a root outside of the project, and link into it', async () => {
    const project = freshProject();
    const elsewhere = freshProject();
    elsewhere.write({ 'fns/': '', 'fns/lib/inner/index.js': '' });
    project.write({ 'here/': '' });
    const root = elsewhere.path('fns');
    project.link('here/inner', elsewhere.path('fns/lib/inner'));
    const config = discoveryConfig(project, { functionsRoots: [project.path('here'), root] });
    expect(await discover(config)).toMatchObject([{ name: 'inner', problem: null }]);
  });

  it('says that a configured folder is a file, or cannot be read', async () => {
    const project = freshProject();
    project.write({ 'fns/': '', 'src/file': '', 'src/locked/index.js': '' });
    const of = (dir: string) => ({ ...plainFunction, dir: project.path(dir) });
    const functions = { below: of('src/file/below'), file: of('src/file'), locked: of('src/locked') };
    const stat = (path: string) => {
      if (path === project.path('src/locked')) throw Object.assign(new Error('refused'), { code: 'EACCES' });
      return realDisk.stat(path);
    };
    const found = await discover(discoveryConfig(project, { functions }), { disk: { ...realDisk, stat } });
    expect(found.map(({ name, problem }) => [name, problem])).toEqual([
      ['below', { reason: 'gone', dir: project.path('src/file/below') }],
      ['file', { reason: 'gone', dir: project.path('src/file') }],
      ['locked', { reason: 'unreadable', path: '.', code: 'EACCES' }],
    ]);
  });

  it('finds no repository above where there is none, and is none itself', async () => {
    const project = freshProject();
    project.write({
      'fns/one/index.js': '',
      '.git/hooks/two/index.js': '',
      '.git/HEAD': '',
      '.git/.git': '',
    });
    const functions = { two: { ...plainFunction, dir: project.path('.git/hooks/two') } };
    const asked: string[] = [];
    const find = (path: string) => {
      asked.push(path);
      return path === project.path('.git') ? null : realDisk.find(path);
    };
    const config = discoveryConfig(project, { functions });
    expect(
      (await discover(config, { disk: { ...realDisk, find } })).map(({ repository }) => repository),
    ).toEqual([null, null]);
    // A folder above both is asked about once.
    expect(asked.filter((path) => path === project.path('.git'))).toHaveLength(1);
    const found = await discover(config);
    expect(found.map(({ repository }) => repository)).toEqual([project.folder, project.folder]);
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

  it('is where those lay that are known from before this start, and are nowhere else', async () => {
    const project = freshProject();
    project.write({ 'b/three/index.js': '' });
    const config = discoveryConfig(project, {
      functionsRoots: [project.path('a'), project.path('b')],
      shared: { common: ['*'] },
    });
    const known = new Set(['one', 'three', 'common']);
    const gone = { reason: 'root-gone', root: project.path('a') };
    const found = await discover(config, { known });
    expect(problems(found)).toEqual([
      ['one', gone],
      ['three', null],
    ]);
    expect(found[0]).toMatchObject({ dir: project.path('a/one'), root: project.path('a'), repository: null });
    // Once something was found, what is known beyond it lay in no root that is gone.
    const later = await discover(config, { known: new Set([...known, 'other']), previous: found });
    expect(problems(later)).toEqual(problems(found));
    project.write({ 'a/': '' });
    expect(problems(await discover(config, { known }))).toEqual([['three', null]]);
  });

  it('leaves its functions the repository that they had', async () => {
    const project = freshProject();
    project.write({ '.git/HEAD': '', 'fns/one/index.js': '', 'fns/two/index.js': '' });
    const config = discoveryConfig(project);
    const previous = await discover(config);
    project.remove('fns');
    project.remove('.git');
    const without = await discover(config, { previous });
    expect(without.map(({ repository }) => repository)).toEqual([project.folder, project.folder]);
  });

  it('has nothing to say of a function that the configuration puts elsewhere', async () => {
    const project = freshProject();
    project.write({ 'fns/pay/index.js': '', 'fns/login/index.js': '' });
    const before = await discover(discoveryConfig(project));
    project.remove('fns');
    const functions = { moved: { ...plainFunction, dir: project.path('fns/pay') } };
    const found = await discover(discoveryConfig(project, { functions }), { previous: before });
    expect(problems(found)).toEqual([
      ['login', { reason: 'root-gone', root: project.path('fns') }],
      ['moved', { reason: 'gone', dir: project.path('fns/pay') }],
    ]);
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

describe('discovery', () => {
  it('rests between any two folders when its time is over', async () => {
    const project = freshProject();
    project.write({ 'fns/a1/index.js': '', 'fns/b1/index.js': '' });
    const order: string[] = [];
    const find = (path: string) => {
      order.push(relative(project.path('fns'), path));
      return realDisk.find(path);
    };
    const breathe = (): Promise<void> => {
      order.push('rest');
      return nextTurn().then(() => void order.push('rested'));
    };
    const found = await discover(discoveryConfig(project), {
      disk: { ...realDisk, find },
      slices: { breathe },
    });
    expect(found.map(({ name }) => name)).toEqual(['a1', 'b1']);
    const entries = order.filter((each) => /^rest|index/.test(each));
    expect(entries).toEqual([
      'rest',
      'rested',
      join('a1', 'index.js'),
      'rest',
      'rested',
      join('b1', 'index.js'),
    ]);
  });

  it('closes what it opens, and reads no more of a manifest than one may have', async () => {
    const project = freshProject();
    const main = `{"main":"app.js"${' '.repeat(4 * 1024 * 1024 - 17)}`;
    project.write({
      ...{ 'fns/fits/package.json': `${main}}`, 'fns/fits/app.js': '' },
      ...{ 'fns/longer/package.json': `${main} }`, 'fns/longer/app.js': '' },
    });
    let open = 0;
    const counting = (path: string) => {
      const file = realDisk.open(path);
      open += 1;
      return {
        ...file,
        close() {
          open -= 1;
          file.close();
        },
      };
    };
    const found = await discover(discoveryConfig(project), { disk: { ...realDisk, open: counting } });
    expect(found.map(({ name }) => name)).toEqual(['fits']);
    expect(open).toBe(0);
  });

  it('says where a function takes the helper, and nothing where it takes none', async () => {
    const project = freshProject();
    project.write({ 'fns/a1/index.js': '', 'fns/b1/index.js': '' });
    const functions = { a1: { ...plainFunction, answers: 'all' as const } };
    const answers = { envs: ['dev'], events: project.path('events'), proof: true, atOnce: 1 };
    const config = { ...discoveryConfig(project, { functions }), answers, protectedEnvs: [] };
    const found = await discover(config);
    expect(found.map(({ name, helperIn }) => [name, helperIn])).toEqual([
      ['a1', ['dev']],
      ['b1', undefined],
    ]);
    expect(found.map((spec) => 'helperIn' in spec)).toEqual([true, false]);
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
