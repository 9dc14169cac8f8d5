import { describe, expect, it } from 'vitest';
import { type Disk, realDisk } from '../../src/content/disk.js';
import { createIgnoreRules } from '../../src/content/ignore.js';
import { createSnapshots } from '../../src/content/snapshot.js';
import type { SnapshotSource } from '../../src/content/source.js';
import { freshProject, type Project, sourceOf } from '../support/snapshot-project.js';

const onWindows = process.platform === 'win32';

async function listing(source: SnapshotSource, disk: Disk = realDisk) {
  const { files, problem } = await createSnapshots({ maxZipBase64: () => 1_000_000, disk }).files(source);
  return { packed: files.filter(({ packed }) => packed).map(({ path }) => path), files, problem };
}

async function problemOf(source: SnapshotSource) {
  const scan = await createSnapshots({ maxZipBase64: () => 1_000_000 }).scan(source, false);
  return scan.ok ? null : scan.problem;
}

function project(): Project {
  const made = freshProject();
  made.write({ 'fn/index.js': 'exports.main = 1' });
  return made;
}

describe.skipIf(onWindows)('links', () => {
  it('inside the project are followed and packed as files', async () => {
    const made = project();
    made.write({ 'lib/deep/x.js': 'x', 'one.js': '1', 'node_modules/dep/index.js': 'dep' });
    made.link('fn/lib', '../lib');
    made.link('fn/one.js', made.path('one.js'));
    made.link('fn/vendor', '../node_modules/dep');
    const { packed, problem } = await listing(sourceOf(made));
    expect(problem).toBeNull();
    expect(packed).toEqual(['index.js', 'lib/deep/x.js', 'one.js', 'vendor/index.js']);
  });

  it('fingerprint like the files that they lead to', async () => {
    const [linked, plain] = [project(), project()];
    linked.write({ 'one.js': '1' });
    linked.link('fn/one.js', '../one.js');
    plain.write({ 'fn/one.js': '1' });
    const shots = createSnapshots({ maxZipBase64: () => 1_000_000 });
    const one = await shots.scan(sourceOf(linked), false);
    shots.forget('fn');
    expect(await shots.scan(sourceOf(plain), false)).toEqual(one);
  });

  it('to other content are seen as an edit', async () => {
    const made = project();
    made.write({ 'one.js': '1', 'two.js': '2' });
    made.link('fn/x.js', '../one.js');
    const shots = createSnapshots({ maxZipBase64: () => 1_000_000 });
    await shots.scan(sourceOf(made), false);
    made.remove('fn/x.js');
    made.link('fn/x.js', '../two.js');
    expect(await shots.scan(sourceOf(made), false)).toMatchObject({ changed: ['x.js'] });
  });

  it.each([
    ['a file', 'secret.js'],
    ['a folder', '.'],
  ])('that leave the project to %s hold the function', async (_what, target) => {
    const made = project();
    const elsewhere = freshProject();
    elsewhere.write({ 'secret.js': 'x' });
    made.link('fn/sub/away', elsewhere.path(target));
    expect(await problemOf(sourceOf(made))).toEqual({
      reason: 'outside-link',
      path: 'sub/away',
      target: elsewhere.path(target),
    });
  });

  it('to a folder whose name begins like the project’s leave it', async () => {
    const outer = freshProject();
    outer.write({ 'app/fn/index.js': '', 'app-secret/x.js': 'x' });
    outer.link('app/fn/x', '../../app-secret');
    const source = sourceOf(outer, { dir: outer.path('app/fn'), projectFolder: outer.path('app') });
    expect(await problemOf(source)).toMatchObject({ reason: 'outside-link', path: 'x' });
  });

  it('that leave the project are no matter where they are ignored', async () => {
    const made = project();
    made.link('fn/away', freshProject().folder);
    const rules = createIgnoreRules([{ source: 'ignore', patterns: ['away'] }]);
    expect(await problemOf(sourceOf(made, { rules }))).toBeNull();
  });

  it.each([
    ['itself', 'fn/loop', 'loop', 'loop'],
    ['its own folder', 'fn/sub/up', '.', 'sub/up'],
    ['the function', 'fn/sub/up', '../../fn', 'sub/up'],
  ])('that loop to %s hold the function', async (_what, at, target, path) => {
    const made = project();
    made.link(at, target);
    expect(await problemOf(sourceOf(made))).toEqual({ reason: 'link-loop', path, target });
  });

  it('that loop by way of each other hold the function', async () => {
    const made = project();
    made.write({ 'a/x.js': '', 'b/y.js': '' });
    made.link('a/b', '../b');
    made.link('b/a', '../a');
    made.link('fn/a', '../a');
    expect(await problemOf(sourceOf(made))).toMatchObject({ reason: 'link-loop', path: 'a/b/a' });
  });

  it('to one folder twice are no loop', async () => {
    const made = project();
    made.write({ 'lib/x.js': '' });
    made.link('fn/one', '../lib');
    made.link('fn/two', '../lib');
    expect((await listing(sourceOf(made))).packed).toEqual(['index.js', 'one/x.js', 'two/x.js']);
  });

  it('that are broken hold the function', async () => {
    const made = project();
    made.link('fn/x.js', '../lib/one.js');
    made.link('lib/one.js', 'nowhere.js');
    const linked: string[] = [];
    const source = sourceOf(made, { onLink: (real) => void linked.push(real) });
    expect(await problemOf(source)).toEqual({
      reason: 'unreadable',
      path: 'x.js',
      code: 'ENOENT',
      target: '../lib/one.js',
    });
    expect(linked).toEqual([made.path('lib/one.js'), made.path('lib/nowhere.js')]);
  });

  it('that are broken and lead out of the project are not waited for', async () => {
    const made = project();
    made.link('fn/x.js', '/nowhere/at-all.js');
    const linked: string[] = [];
    const source = sourceOf(made, { onLink: (real) => void linked.push(real) });
    expect(await problemOf(source)).toMatchObject({ reason: 'unreadable', target: '/nowhere/at-all.js' });
    expect(linked).toEqual([]);
  });

  it('never lead to secrets under another name', async () => {
    const made = project();
    made.write({ '.env.local': 'SECRET=1', '.git/config': 'x', 'env/.env/key': 'x' });
    made.write({ '.tcb-watch/probe.key': 'x', '.tcb-watch/log': 'x' });
    made.link('fn/state', '../.tcb-watch');
    made.link('fn/txt', '../.tcb-watch/log');
    made.link('fn/settings.js', '../.env.local');
    made.link('fn/history', '../.git');
    made.link('fn/key', '../env/.env/key');
    made.link('fn/env', '../env');
    const { packed, files } = await listing(sourceOf(made));
    expect(packed).toEqual(['index.js']);
    expect(files.filter((file) => !file.packed).map(({ path }) => path)).toEqual([
      'env/.env/',
      'history/',
      'key',
      'settings.js',
      'state/',
      'txt',
    ]);
  });

  it('may be the function’s folder itself, inside the project only', async () => {
    const made = freshProject();
    const elsewhere = freshProject();
    made.write({ 'real/index.js': '' });
    elsewhere.write({ 'index.js': '' });
    made.link('fn', 'real');
    made.link('fn2', elsewhere.folder);
    expect(await problemOf(sourceOf(made))).toBeNull();
    made.write({ '.tcb-watch/emulator/dev/pay/index.js': '' });
    made.link('fn3', '.tcb-watch/emulator/dev/pay');
    expect(await problemOf(sourceOf(made, { dir: made.path('fn3') }))).toMatchObject({
      reason: 'outside-link',
      path: '.',
    });
    const away = await problemOf(sourceOf(made, { dir: made.path('fn2') }));
    expect(away).toEqual({ reason: 'outside-link', path: '.', target: elsewhere.folder });
  });

  it('a function outside the project is fine where the configuration says so', async () => {
    const made = freshProject();
    const elsewhere = freshProject();
    elsewhere.write({ 'index.js': '', 'lib/x.js': '' });
    elsewhere.link('y', 'lib');
    const source = sourceOf(made, { dir: elsewhere.folder });
    expect((await listing(source)).packed).toEqual(['index.js', 'lib/x.js', 'y/x.js']);
  });
});

describe('shared folders', () => {
  const shared = (made: Project) => [
    { name: 'common', dir: made.path('common'), rules: createIgnoreRules([]) },
  ];

  it('are packed at their name, without what is ignored, with the local link left out', async () => {
    const made = project();
    made.write({ 'common/util.js': 'u', 'common/debug.log': 'x', 'common/lib/a.js': 'a' });
    made.link('fn/common', onWindows ? made.path('common') : '../common');
    const { packed, files, problem } = await listing(sourceOf(made, { shared: shared(made) }));
    expect(problem).toBeNull();
    expect(packed).toEqual(['common/lib/a.js', 'common/util.js', 'index.js']);
    expect(files.find(({ path }) => path === 'common')).toMatchObject({ packed: false, source: 'shared' });
    made.remove('fn/common');
    expect((await listing(sourceOf(made, { shared: shared(made) }))).packed).toEqual(packed);
  });

  it('change the fingerprint and are named among the changes', async () => {
    const made = project();
    made.write({ 'common/util.js': 'u' });
    const shots = createSnapshots({ maxZipBase64: () => 1_000_000 });
    await shots.scan(sourceOf(made, { shared: shared(made) }), false);
    made.write({ 'common/util.js': 'v' });
    const scan = await shots.scan(sourceOf(made, { shared: shared(made) }), false);
    expect(scan).toMatchObject({ ok: true, changed: ['common/util.js'] });
  });

  it.each([
    ['a folder', (made: Project) => made.write({ 'fn/common/own.js': '' })],
    ['a file', (made: Project) => made.write({ 'fn/common': '' })],
    [
      'a link elsewhere',
      (made: Project) => {
        made.write({ 'other/own.js': '' });
        made.link('fn/common', made.path('other'));
      },
    ],
  ])('clash with %s of that name', async (_what, add) => {
    const made = project();
    made.write({ 'common/util.js': 'u' });
    add(made);
    expect(await problemOf(sourceOf(made, { shared: shared(made) }))).toEqual({
      reason: 'clash',
      path: 'common',
      other: '../common',
    });
  });

  it('that are not there hold the function', async () => {
    const made = project();
    expect(await problemOf(sourceOf(made, { shared: shared(made) }))).toEqual({
      reason: 'unreadable',
      path: 'common',
      code: 'ENOENT',
    });
  });
});

describe.skipIf(onWindows)('odd names and files', () => {
  it.each([
    ['a backslash', 'a\\b.js'],
    ['the look of a drive', 'c:x.js'],
  ])('a name with %s holds the function', async (_what, name) => {
    const made = project();
    made.write({ [`fn/${name}`]: '' });
    expect(await problemOf(sourceOf(made))).toEqual({ reason: 'unreadable', path: name, code: 'EILSEQ' });
  });

  it('bytes that are no Unicode do as well, unless ignored', async () => {
    const made = project();
    const disk: Disk = {
      ...realDisk,
      entries: (dir) => [...realDisk.entries(dir), { name: 'b\uFFFDd.js', kind: 'file' }],
    };
    expect((await listing(sourceOf(made), disk)).problem).toMatchObject({ code: 'EILSEQ' });
    const rules = createIgnoreRules([{ source: 'ignore', patterns: ['b*.js'] }]);
    expect((await listing(sourceOf(made, { rules }), disk)).problem).toBeNull();
  });

  it.each([
    ['two files', 'caf\u00e9.js', 'cafe\u0301.js'],
    ['a file and a folder', 'caf\u00e9/x.js', 'cafe\u0301'],
  ])('%s whose names are one when composed clash', async (_what, ...names) => {
    const made = project();
    made.write(Object.fromEntries(names.map((name) => [`fn/${name}`, ''])));
    if (realDisk.entries(made.path('fn')).length < 3) return;
    const problem = await problemOf(sourceOf(made));
    expect(problem).toMatchObject({ reason: 'clash' });
    const spelled = problem?.reason === 'clash' ? [problem.path, problem.other].sort() : [];
    expect(spelled.map((path) => path.slice(-5))).toEqual(['(NFD)', '(NFC)']);
  });

  it('one composed in a folder that is not is packed as it is', async () => {
    const made = project();
    made.write({ 'fn/cafe\u0301/\u00e9.js': '' });
    if (process.platform === 'darwin') return;
    expect((await listing(sourceOf(made))).packed).toContain('cafe\u0301/\u00e9.js');
  });
});

describe('a listing', () => {
  it('says of each file whether it is packed, and by which rule not', async () => {
    const made = project();
    made.write({
      'fn/node_modules/a/x.js': '',
      'fn/a.test.js': '',
      'fn/data/.env': '',
      'fn/data/x.json': '{}',
    });
    const rules = createIgnoreRules([{ source: 'functions.fn.ignore', patterns: ['*.test.js'] }]);
    const { files } = await listing(sourceOf(made, { rules }));
    expect(files).toEqual([
      { path: 'a.test.js', packed: false, bytes: null, rule: '*.test.js', source: 'functions.fn.ignore' },
      { path: 'data/.env', packed: false, bytes: null, rule: '.env*', source: 'built-in' },
      { path: 'data/x.json', packed: true, bytes: 2, rule: null, source: null },
      { path: 'index.js', packed: true, bytes: 16, rule: null, source: null },
      { path: 'node_modules/', packed: false, bytes: null, rule: 'node_modules', source: 'built-in' },
    ]);
  });
});
