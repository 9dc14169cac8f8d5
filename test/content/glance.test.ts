/** A glance says what a whole look says, and lists no directory where nothing is different. */
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Disk, realDisk } from '../../src/content/disk.js';
import { createIgnoreRules } from '../../src/content/ignore.js';
import { createSnapshots } from '../../src/content/snapshot.js';
import type { SnapshotSource } from '../../src/content/source.js';
import { needs } from '../support/needs.js';
import { freshProject, type Project, randomOf, sourceOf } from '../support/snapshot-project.js';

/** Long after everything was written: no change is too young to trust. */
const later = () => Date.now() + 7_200_000;

function watched(project: Project, over: Partial<SnapshotSource> = {}) {
  const listed: string[] = [];
  const disk: Disk = {
    ...realDisk,
    entries(dir) {
      listed.push(dir);
      return realDisk.entries(dir);
    },
  };
  const snapshots = createSnapshots({ maxZipBase64: () => 20_971_520, disk, now: later });
  const source = sourceOf(project, over);
  return { snapshots, source, listed };
}

/** Resolves once the file system's clock has ticked: what comes after has another time than what came before. */
async function nextTick(project: Project): Promise<void> {
  const probe = project.path('probe');
  const written = (): bigint => {
    writeFileSync(probe, '');
    return statSync(probe, { bigint: true }).mtimeNs;
  };
  const before = written();
  while (written() === before) await turn();
}

/** The result for somebody who has never looked before. */
async function fresh(source: SnapshotSource): Promise<unknown> {
  const result = await createSnapshots({ maxZipBase64: () => 20_971_520, now: later }).scan(source, true);
  return result.ok ? result.fingerprint : result.problem;
}

function made(): Project {
  const project = freshProject();
  project.write({
    'fn/index.js': 'exports.main = 1',
    'fn/lib/a.js': 'first a',
    'fn/lib/deep/b.js': 'first b',
    'fn/data/c.json': '{}',
    'fn/node_modules/x/index.js': 'x',
    'common/shared.js': 'shared',
    'other/o.js': 'other',
  });
  return project;
}

const shared = (project: Project): Partial<SnapshotSource> => ({
  shared: [{ name: 'common', dir: project.path('common'), rules: createIgnoreRules([]) }],
});

it('lists nothing while nothing is different, and everything again after ten glances', async () => {
  const project = made();
  const { snapshots, source, listed } = watched(project, shared(project));
  const first = await snapshots.scan(source, false);
  const whole = listed.length;
  expect(whole).toBeGreaterThan(4);
  for (let glance = 0; glance < 10; glance += 1) expect(await snapshots.glance(source)).toEqual(first);
  expect(listed.length).toBe(whole);
  await snapshots.glance(source);
  expect(listed.length).toBe(2 * whole);
});

it('believes nothing that changed a moment ago', async () => {
  const project = made();
  const { source, listed } = watched(project);
  const disk: Disk = {
    ...realDisk,
    entries(dir) {
      listed.push(dir);
      return realDisk.entries(dir);
    },
  };
  const snapshots = createSnapshots({ maxZipBase64: () => 20_971_520, disk });
  await snapshots.scan(source, false);
  const whole = listed.length;
  await snapshots.glance(source);
  expect(listed.length).toBe(2 * whole);
});

interface Change {
  readonly name: string;
  readonly before?: (project: Project) => void;
  readonly act: (project: Project) => void;
}

const changes: readonly Change[] = [
  { name: 'a longer file', act: (project) => project.write({ 'fn/lib/a.js': 'a longer second a' }) },
  {
    name: 'other bytes, size and time kept',
    act(project) {
      const { atime, mtime } = statSync(project.path('fn/lib/a.js'));
      project.write({ 'fn/lib/a.js': 'other a' });
      utimesSync(project.path('fn/lib/a.js'), atime, mtime);
    },
  },
  {
    name: 'written through another name',
    before: (project) => linkSync(project.path('fn/lib/a.js'), project.path('twin.js')),
    act: (project) => writeFileSync(project.path('twin.js'), 'other a'),
  },
  { name: 'a new file deep below', act: (project) => project.write({ 'fn/lib/deep/n.js': 'new' }) },
  { name: 'a new folder with a file', act: (project) => project.write({ 'fn/lib/deep/new/n.js': 'new' }) },
  { name: 'a file removed', act: (project) => unlinkSync(project.path('fn/lib/deep/b.js')) },
  {
    name: 'renamed in case only',
    act(project) {
      needs('caseRenames');
      renameSync(project.path('fn/lib/a.js'), project.path('fn/lib/A.js'));
    },
  },
  {
    name: 'a file becomes a folder',
    act(project) {
      unlinkSync(project.path('fn/lib/a.js'));
      project.write({ 'fn/lib/a.js/in.js': 'in' });
    },
  },
  {
    name: 'a folder becomes a link, and its target’s files count',
    act(project) {
      rmSync(project.path('fn/lib'), { recursive: true });
      needs('links');
      symlinkSync(project.path('other'), project.path('fn/lib'), 'junction');
    },
  },
  {
    name: 'a link leads elsewhere',
    before: (project) => project.link('fn/link', project.path('other')),
    act(project) {
      project.write({ 'third/o.js': 'third' });
      unlinkSync(project.path('fn/link'));
      project.link('fn/link', project.path('third'));
    },
  },
  {
    name: 'what a link leads to is edited',
    before: (project) => project.link('fn/link', project.path('other')),
    act: (project) => project.write({ 'other/o.js': 'other, edited' }),
  },
  {
    name: 'a link in the way of a link leads elsewhere',
    before(project) {
      project.link('way', project.path('other'));
      project.link('fn/link', project.path('way'));
    },
    act(project) {
      project.write({ 'third/o.js': 'other' });
      unlinkSync(project.path('way'));
      project.link('way', project.path('third'));
    },
  },
  {
    name: 'the very same file is reached from outside the project',
    before(project) {
      const outside = freshProject();
      linkSync(project.path('other/o.js'), outside.path('o.js'));
      project.link('outside', outside.folder);
      project.link('way', project.path('other'));
      project.link('fn/link.js', project.path('way/o.js'));
    },
    act(project) {
      unlinkSync(project.path('way'));
      project.link('way', project.path('outside'));
    },
  },
  { name: 'a shared file is edited', act: (project) => project.write({ 'common/shared.js': 'edited' }) },
  { name: 'a shared file is added', act: (project) => project.write({ 'common/more.js': 'more' }) },
  {
    name: 'something stands in the shared folder’s place',
    act: (project) => project.write({ 'fn/common/x.js': 'x' }),
  },
  {
    name: 'the function is another folder',
    act(project) {
      renameSync(project.path('fn'), project.path('away'));
      project.write({ 'fn/index.js': 'exports.main = 1', 'fn/lib/a.js': 'first a' });
    },
  },
  { name: 'the function is gone', act: (project) => rmSync(project.path('fn'), { recursive: true }) },
  { name: 'the entry is gone', act: (project) => unlinkSync(project.path('fn/index.js')) },
  {
    name: 'a file becomes a program of the same length',
    act: (project) => project.write({ 'fn/lib/a.js': '#!first' }),
  },
];

describe('after', () => {
  it.each(changes.map((change) => [change.name, change] as const))('%s', async (_name, { before, act }) => {
    const project = made();
    before?.(project);
    const { snapshots, source } = watched(project, shared(project));
    await snapshots.scan(source, false);
    const was = await fresh(source);
    await snapshots.glance(source);
    await nextTick(project);
    act(project);
    const now = await snapshots.glance(source);
    const wanted = await fresh(source);
    expect(now.ok ? now.fingerprint : now.problem).toEqual(wanted);
    if (!_name.includes('in the way')) expect(wanted).not.toEqual(was);
  });

  it('other rules, entries or limits', async () => {
    const project = made();
    const { snapshots, source } = watched(project);
    await snapshots.scan(source, false);
    const rules = createIgnoreRules([{ source: 'ignore', patterns: ['data/'] }]);
    const ignoring = { ...source, rules };
    const now = await snapshots.glance(ignoring);
    expect(now.ok && now.fingerprint).toBe(await fresh(ignoring));
    const without = await snapshots.glance({ ...ignoring, entries: ['main.js'] });
    expect(without).toMatchObject({ ok: false, problem: { reason: 'no-entry' } });
  });

  it('any history of edits', async () => {
    const random = randomOf(7);
    const pick = (items: readonly string[]): string => items[Math.floor(random() * items.length)] ?? '';
    const files = ['index.js', 'lib/a.js', 'lib/deep/b.js', 'data/c.json', 'lib/n.js', 'lib/deep/more/m.js'];
    const project = made();
    const { snapshots, source } = watched(project);
    await snapshots.scan(source, false);
    for (let round = 0; round < 120; round += 1) {
      const path = project.path(`fn/${pick(files)}`);
      const roll = random();
      await nextTick(project);
      const there = statSync(path, { throwIfNoEntry: false }) !== undefined;
      if (roll < 0.35) {
        mkdirSync(project.path('fn/lib/deep/more'), { recursive: true });
        writeFileSync(path, `${round % 7}`);
      } else if (roll < 0.5 && there) writeFileSync(path, readFileSync(path));
      else if (roll < 0.65 && there && !path.endsWith('index.js')) unlinkSync(path);
      else if (roll < 0.75 && there) renameSync(path, project.path(`fn/${pick(files.slice(0, 3))}`));
      const now = await snapshots.glance(source);
      expect(now.ok ? now.fingerprint : now.problem).toEqual(await fresh(source));
    }
  });
});
