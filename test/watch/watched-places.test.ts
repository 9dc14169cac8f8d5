/** Which places are watched for which functions, and when that has changed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FunctionSpec } from '../../src/model/nouns.js';
import { placesOf, repositoriesOf, sameSpecs, stampOf } from '../../src/watch/watched-places.js';
import { load } from '../support/config-folder.js';
import { needs } from '../support/needs.js';
import { freshProject } from '../support/snapshot-project.js';

const spec = (over: Partial<FunctionSpec>): FunctionSpec => ({
  ...{
    name: 'pay',
    built: false,
    dir: '/p/fns/pay',
    root: '/p/fns',
    envs: ['dev'],
    repository: '/p',
    problem: null,
    ...over,
  },
});

it('each repository once', () => {
  const specs = [spec({}), spec({ name: 'login' }), spec({ name: 'out', repository: null })];
  expect(repositoriesOf(specs)).toEqual(['/p']);
});

it.each([
  ['nothing', {}, true],
  ['its folder', { dir: '/p/fns/other' }, false],
  ['its root', { root: '/q' }, false],
  ['its environments', { envs: ['dev', 'test'] }, false],
  ['its repository', { repository: null }, false],
  ['its problem', { problem: { reason: 'gone', dir: '/p/fns/pay' } as const }, false],
  ['its name', { name: 'paid' }, false],
] as const)('another function where %s differs', (_what, over, same) => {
  expect(sameSpecs([spec({})], [spec(over)])).toBe(same);
});

it('fewer or more functions are not the same', () => {
  expect(sameSpecs([spec({})], [])).toBe(false);
  expect(sameSpecs([], [spec({})])).toBe(false);
  expect(sameSpecs([spec({})], [spec({}), spec({ name: 'login' })])).toBe(false);
});

it('one that differs is enough, wherever it stands', () => {
  const [pay, login, other] = [spec({}), spec({ name: 'login' }), spec({ name: 'login', root: '/q' })];
  expect(sameSpecs([pay, login], [pay, login])).toBe(true);
  expect(sameSpecs([pay, login], [pay, other])).toBe(false);
  expect(sameSpecs([login, pay], [other, pay])).toBe(false);
});

it('a stamp changes with every write, removal and return of a file', () => {
  const project = freshProject();
  project.write({ 'a.json': '1' });
  const files = [project.path('a.json'), project.path('b.json')];
  const stamps = [stampOf(files)];
  expect(stampOf(files)).toBe(stamps[0]);
  writeFileSync(project.path('a.json'), '22');
  stamps.push(stampOf(files));
  project.write({ 'b.json': '' });
  stamps.push(stampOf(files));
  project.remove('a.json');
  stamps.push(stampOf(files));
  expect(new Set(stamps).size).toBe(4);
});

it('roots, what lies outside of them, and single files; each once', async () => {
  const loaded = await load({ envs: ['dev'] });
  if (!loaded.ok) throw new Error('refused');
  const { config } = loaded;
  const [root = ''] = config.functionsRoots;
  const inside = spec({ dir: join(root, 'pay'), root });
  const outside = spec({ name: 'out', dir: '/elsewhere/out', root: '/elsewhere' });
  const links = new Map([
    ['/elsewhere/lib', true],
    [join(root, 'lib'), true],
    ['/elsewhere/one.js', false],
    [join(root, 'two.js'), false],
  ]);
  const linksOf = (name: string) => (name === 'pay' ? links : new Map<string, boolean>());
  expect(placesOf(config, [inside, outside], ['/p/watch.config.json'], linksOf)).toEqual({
    roots: [root],
    extra: ['/elsewhere/out', '/elsewhere/lib'],
    files: ['/p/watch.config.json', '/elsewhere/one.js'],
  });
});

it('the folder behind a link to shared code, and behind one to a function', async () => {
  needs('links');
  const elsewhere = freshProject();
  elsewhere.write({ 'common/money.js': '', 'out/index.js': '' });
  const project = freshProject();
  project.write({ 'fns/pay/index.js': '' });
  for (const name of ['common', 'out']) project.link(`fns/${name}`, elsewhere.path(name));
  const root = project.path('fns');
  const loaded = await load({ envs: ['dev'] });
  if (!loaded.ok) throw new Error('refused');
  const config = { ...loaded.config, functionsRoots: [root], shared: { common: ['pay'] } };
  const extraOf = (...specs: readonly FunctionSpec[]) =>
    placesOf(config, specs, [], () => new Map<string, boolean>()).extra;
  const pay = spec({ dir: join(root, 'pay'), root });
  expect(extraOf(pay)).toEqual([elsewhere.path('common')]);
  expect(extraOf(spec({ name: 'login', dir: join(root, 'pay'), root }))).toEqual([]);
  const out = spec({ name: 'out', dir: join(root, 'out'), root });
  expect(extraOf(pay, out)).toEqual([elsewhere.path('out'), elsewhere.path('common')]);
});

it('a file that cannot be looked at has a stamp, too', () => {
  const project = freshProject();
  expect(stampOf([project.path('x'.repeat(300))])).toMatch(/^E[A-Z]+$/);
});
