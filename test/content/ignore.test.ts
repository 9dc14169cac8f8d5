import { chownSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createIgnoreRules, loadIgnoreRules } from '../../src/content/ignore.js';
import { freshProject, plainFunction } from '../support/snapshot-project.js';

const rules = (...patterns: string[]) => createIgnoreRules([{ source: 'ignore', patterns }]);

describe('the built-in list', () => {
  it.each([
    ['node_modules', true, 'node_modules'],
    ['deep/er/node_modules', true, 'node_modules'],
    ['node_modules/left-pad/index.js', false, 'node_modules'],
    ['Node_Modules', true, 'node_modules'],
    ['.git', true, '.git'],
    ['.git', false, '.git'],
    ['sub/.git/config', false, '.git'],
    ['.svn', true, '.svn'],
    ['.hg', true, '.hg'],
    ['a/.DS_Store', false, '.DS_Store'],
    ['Thumbs.db', false, 'Thumbs.db'],
    ['.env', false, '.env*'],
    ['.env.local', false, '.env*'],
    ['.ENV', false, '.env*'],
    ['.envrc', false, '.env*'],
    ['config/.env.production', false, '.env*'],
    ['.env.d/secret.js', false, '.env*'],
    ['npm-debug.log', false, '*.log'],
    ['logs/a.log', false, '*.log'],
    ['.tcb-watch', true, '.tcb-watch'],
    ['.tcbignore', false, '.tcbignore'],
    ['index.js~', false, '*~'],
    ['.index.js.swp', false, '.*.sw?'],
    ['.index.js.swo', false, '.*.sw?'],
    ['4913', false, '4913'],
    ['.#index.js', false, '.#*'],
    ['#index.js#', false, '\\#*#'],
    ['index.js___jb_tmp___', false, '*___jb_tmp___'],
    ['index.js___jb_old___', false, '*___jb_old___'],
    ['.subl1a2.tmp', false, '.subl*.tmp'],
    ['index.js.crswap', false, '*.crswap'],
  ])('leaves out %s', (path, isDirectory, rule) => {
    const verdict = createIgnoreRules([]).explain(path, isDirectory);
    expect(verdict).toEqual({ ignored: true, rule, source: 'built-in' });
  });

  it.each([
    'index.js',
    'my.env',
    'environment.js',
    'node_modules.js',
    'log/index.js',
    'a.log.js',
    '.gitignore',
    '.github/x.yml',
    '14913',
    '#notes.md',
    'tilde~/index.js'.replace('~', ''),
    '中文.js',
    '.npmrc',
    '',
  ])('keeps %s', (path) => {
    expect(createIgnoreRules([]).ignores(path, false)).toBe(false);
  });
});

describe('patterns', () => {
  it.each([
    ['a directory pattern leaves files alone', ['fixtures/'], 'fixtures', false, false],
    ['a directory pattern takes the directory', ['fixtures/'], 'fixtures', true, true],
    ['and all below it', ['fixtures/'], 'fixtures/a.json', false, true],
    ['at any depth', ['fixtures/'], 'test/fixtures', true, true],
    ['an anchored one only at the root', ['/fixtures'], 'test/fixtures', true, false],
    ['globs over folders', ['**/*.test.js'], 'a/b.test.js', false, true],
    ['and in the root', ['**/*.test.js'], 'b.test.js', false, true],
    ['the last match wins', ['*.md', '!README.md'], 'README.md', false, false],
    ['in the order given', ['!README.md', '*.md'], 'README.md', false, true],
    ['a built-in one can be taken back', ['!*.log'], 'a.log', false, false],
    ['a file of an ignored directory cannot', ['data/', '!data/keep.json'], 'data/keep.json', false, true],
    [
      '.tcb-watch never comes back',
      ['!.tcb-watch', '!/.tcb-watch/files.json'],
      '.tcb-watch/files.json',
      false,
      true,
    ],
    ['.env never comes back', ['!.env', '!.env*', '!**/.env.local'], '.env.local', false, true],
    ['node_modules never comes back', ['!node_modules', '!**'], 'node_modules/a/index.js', false, true],
    ['.git never comes back', ['!.git/', '!.git/**'], '.git/config', false, true],
    ['case counts', ['README.md'], 'readme.md', false, false],
    ['a comment is none', ['# *.js'], 'a.js', false, false],
    ['nonsense matches nothing', ['[', '\\', '!'], 'a.js', false, false],
  ])('%s', (_what, patterns, path, isDirectory, ignored) => {
    expect(rules(...patterns).ignores(path, isDirectory)).toBe(ignored);
  });

  it('says which rule of which layer decided', () => {
    const layered = createIgnoreRules([
      { source: 'ignore', patterns: ['*.md'] },
      { source: '.tcbignore', patterns: ['!keep.md', 'docs/'] },
    ]);
    expect(layered.explain('a.md', false)).toEqual({ ignored: true, rule: '*.md', source: 'ignore' });
    expect(layered.explain('docs/a.txt', false)).toEqual({
      ignored: true,
      rule: 'docs/',
      source: '.tcbignore',
    });
    expect(layered.explain('keep.md', false)).toEqual({ ignored: false, rule: null, source: null });
  });

  it('keeps its answers right over many questions', () => {
    const list = rules('*.md');
    for (let round = 0; round < 260_000; round += 1) list.ignores(`f${round % 7}.js`, false);
    expect(list.ignores('a.md', false)).toBe(true);
  });
});

describe('where the rules come from', () => {
  const config = {
    ignore: ['*.a', '*.b'],
    functions: { pay: { ...plainFunction, ignore: ['!x.b', '*.c'] } },
  };

  it('puts configuration, function, the root’s file and the function’s file in this order', async () => {
    const project = freshProject();
    project.write({
      'fns/.tcbignore': '\uFEFF!x.c\r\n*.d\r\npay/only.txt\n!/pay/y.d\nother/z.txt\n',
      'fns/pay/.tcbignore': '!x.d\n',
    });
    const loaded = await loadIgnoreRules(config, 'pay', project.path('fns/pay'), project.path('fns'));
    const ignored = (path: string) => loaded.ignores(path, false);
    expect(['x.a', 'z.b', 'z.c', 'z.d', 'only.txt'].map(ignored)).toEqual([true, true, true, true, true]);
    expect(['x.b', 'x.c', 'x.d', 'y.d', 'z.txt'].map(ignored)).toEqual([false, false, false, false, false]);
    expect(loaded.explain('z.d', false).source).toBe('../.tcbignore');
    expect(loaded.explain('z.c', false).source).toBe('functions.pay.ignore');
    expect(loaded.problem).toBeNull();
  });

  it('sees an edited file at the next load', async () => {
    const project = freshProject();
    project.write({ 'fns/pay/.tcbignore': 'one.js\n' });
    const load = () => loadIgnoreRules(config, 'pay', project.path('fns/pay'), project.path('fns'));
    expect((await load()).ignores('one.js', false)).toBe(true);
    project.write({ 'fns/pay/.tcbignore': 'two.js\n' });
    expect((await load()).ignores('one.js', false)).toBe(false);
  });

  it('holds the function when its ignore file cannot be read', async () => {
    const project = freshProject();
    project.write({ 'fns/pay/.tcbignore/': '' });
    const loaded = await loadIgnoreRules(config, 'pay', project.path('fns/pay'), project.path('fns'));
    expect(loaded.problem).toEqual({ reason: 'unreadable', path: '.tcbignore', code: 'EISDIR' });
  });

  it('gives the same rules, object for object, until what makes them is another, also where a file cannot be read', async () => {
    const project = freshProject();
    const load = (name: string) =>
      loadIgnoreRules(config, name, project.path(`fns/${name}`), project.path('fns'));
    project.write({ 'fns/login/.tcbignore/': '' });
    const unreadable = await load('login');
    expect(await load('login')).toBe(unreadable);
    const readable = await load('order');
    expect(await load('order')).toBe(readable);
    expect(readable).not.toBe(unreadable);
    project.write({ 'fns/.tcbignore/': '' });
    const rootUnreadable = await load('order');
    expect(rootUnreadable.problem).toMatchObject({ path: '../.tcbignore' });
    expect(await load('order')).toBe(rootUnreadable);
  });
});

describe.skipIf(process.getuid?.() !== 0)('an ignore file of another user (needs root)', () => {
  it.each(['fns/.tcbignore', 'fns/pay/.tcbignore'])(
    '%s is not followed, and holds the function',
    async (file) => {
      const project = freshProject();
      project.write({ 'fns/pay/index.js': '', [file]: '!debug.log\n' });
      const config = { ignore: [], functions: {} };
      const load = () => loadIgnoreRules(config, 'pay', project.path('fns/pay'), project.path('fns'));
      expect((await load()).ignores('debug.log', false)).toBe(false);
      chownSync(project.path(file), 4321, 4321);
      const rules = await load();
      const path = file === 'fns/.tcbignore' ? '../.tcbignore' : '.tcbignore';
      expect(rules.problem).toEqual({ reason: 'unreadable', path, code: 'NOTOURS' });
      expect(rules.ignores('debug.log', false)).toBe(true);
      chownSync(project.path(file), 0, 0);
      expect((await load()).problem).toBeNull();
    },
  );
});
