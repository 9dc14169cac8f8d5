/** One handle for each place: what Windows says becomes hints, handles come and go with the places, and a real tree is seen. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPlaces } from '../../src/watch/places.js';
import { RecursiveSession, type WatchFolder } from '../../src/watch/recursive-session.js';
import { isRecursiveHere } from '../../src/watch/watcher.js';
import { needs } from '../support/needs.js';
import { createRig, put, tempFolder } from '../support/watcher-rig.js';

interface Handle {
  readonly folder: string;
  say: (kind: 'rename' | 'change', name: string | null) => void;
  fail: (error: Error) => void;
  closed: boolean;
}

/** A root `functions`, a folder `functions/pay` that is named as well, one elsewhere, and the self-test's in the root's parent. */
function stage({ refuse = () => false }: { readonly refuse?: (folder: string) => boolean } = {}) {
  const base = tempFolder('recursive');
  const root = join(base, 'functions');
  const extra = join(base, 'elsewhere');
  const probeDir = join(base, '.tcb-watch', 'test');
  for (const dir of [join(root, 'pay'), extra, probeDir]) mkdirSync(dir, { recursive: true });
  const handles: Handle[] = [];
  const told: string[] = [];
  const watchFolder: WatchFolder = (folder, say) => {
    if (refuse(folder)) throw new Error(`no handle on ${folder}`);
    const handle: Handle = { folder, say, fail: () => undefined, closed: false };
    handles.push(handle);
    return {
      close: () => {
        handle.closed = true;
      },
      on: (_event, listener) => {
        handle.fail = listener;
      },
    };
  };
  const places = createPlaces({ roots: [root], extra: [join(root, 'pay'), extra] }, (place, before) =>
    session.moved(place, before),
  );
  const named = (path: string): string => path.slice(base.length + 1).replaceAll('\\', '/');
  const session = new RecursiveSession(
    {
      places,
      probe: {
        dir: probeDir,
        seen: () => told.push('alive'),
        test: async () => true,
        close: () => undefined,
      },
      ignores: (path) => path.includes('node_modules'),
      onTouched: (path) => told.push(named(path)),
      onRootChanged: (path) => told.push(`root ${named(path)}`),
      onDeaf: () => undefined,
      onError: (error) => told.push(String(error)),
    },
    watchFolder,
  );
  onTestFinished(() => session.close());
  const open = (): string[] => handles.filter(({ closed }) => !closed).map(({ folder }) => named(folder));
  const of = (folder: string): Handle => {
    const handle = handles.findLast((one) => named(one.folder) === folder);
    if (handle === undefined) throw new Error(`no handle on ${folder}`);
    return handle;
  };
  return { base, root, session, places, told, open, of };
}

describe('handles', () => {
  it('one for each place, none for a place within another: folders between could not be renamed', () => {
    const { session, open } = stage();
    expect(open()).toEqual(['functions', 'elsewhere', '.tcb-watch/test']);
    expect(session.directories()).toBe(2);
  });

  it('a new one for a root that was replaced; the old one is silent', () => {
    const { root, places, told, open, of } = stage();
    const old = of('functions');
    rmSync(root, { recursive: true });
    places.look();
    expect(open()).not.toContain('functions');
    mkdirSync(root);
    places.look();
    expect(open()).toContain('functions');
    expect(told).toContain('root functions');
    told.length = 0;
    old.say('change', 'pay');
    old.fail(new Error('EPERM'));
    expect(told).toEqual([]);
    expect(open()).toContain('functions');
  });

  it('a new one for a root that was replaced before anybody looked', () => {
    const { base, root, places, open, of } = stage();
    const old = of('functions');
    renameSync(root, join(base, 'old'));
    mkdirSync(root);
    places.look();
    expect(old.closed).toBe(true);
    expect(open()).toContain('functions');
  });

  it('the same ones after a look that finds every place as it was', async () => {
    const { session, of } = stage();
    const before = of('functions');
    await session.recheck();
    expect(of('functions')).toBe(before);
  });

  it('none after the end', async () => {
    const { session, open } = stage();
    await session.close();
    await session.recheck();
    expect(open()).toEqual([]);
  });

  it('an error where the folder is gone waits for its return; an error where it is there ends the session', () => {
    const { root, told, open, of } = stage();
    rmSync(root, { recursive: true });
    of('functions').fail(new Error('EPERM'));
    expect(open()).not.toContain('functions');
    expect(told.filter((text) => text.includes('EPERM'))).toEqual([]);
    of('elsewhere').fail(new Error('EMFILE'));
    expect(told).toContain('Error: EMFILE');
  });

  it('one that cannot be had ends the session, once it is begun', async () => {
    const { told } = stage({ refuse: (folder) => folder.endsWith('elsewhere') });
    expect(told).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(told.map((text) => text.replace(/ on .*/, ''))).toEqual(['Error: no handle']);
  });
});

describe('hints', () => {
  it.each<[string, string, 'rename' | 'change', string | null, readonly string[]]>([
    ['a save far down', 'functions', 'change', join('pay', 'lib', 'a.js'), ['functions/pay/lib/a.js']],
    ['a new function', 'functions', 'rename', 'login', ['root functions', 'functions/login']],
    ['a folder whose entries changed', 'functions', 'change', 'pay', ['functions/pay']],
    ['what is ignored', 'functions', 'rename', join('pay', 'node_modules'), []],
    ['a buffer that ran over', 'elsewhere', 'change', null, everything()],
    ['the self-test', '.tcb-watch/test', 'change', 'touch', ['alive']],
    ['a folder that is no root', 'elsewhere', 'rename', 'new', ['elsewhere/new']],
  ])('%s', (_name, folder, kind, name, expected) => {
    const { told, of } = stage();
    of(folder).say(kind, name);
    expect(told).toEqual(expected);
  });
});

function everything(): readonly string[] {
  return ['root functions', 'functions', 'functions/pay', 'elsewhere'];
}

it('Windows alone, unless it is told otherwise', () => {
  expect(isRecursiveHere('win32', {})).toBe(true);
  expect(isRecursiveHere('win32', { TCB_WATCH_EVENTS: 'folders' })).toBe(false);
  expect(isRecursiveHere('linux', {})).toBe(false);
  expect(isRecursiveHere('darwin', {})).toBe(false);
});

describe('a real tree, by the system’s own recursion', () => {
  needs('windowsItself');
  it('a save, a new folder, a folder renamed with what is in it, and one moved in', async () => {
    const rig = await createRig({
      recursive: true,
      before: (root, base) => {
        put(join(root, 'pay', 'lib', 'deep', 'a.js'), 'first');
        put(join(base, 'aside', 'b', 'b.js'), 'first');
      },
    });
    expect(rig.watcher.directories()).toBe(1);
    writeFileSync(rig.path('pay', 'lib', 'deep', 'a.js'), 'second');
    await rig.untilSeenIsDisk();
    rig.write('pay/new/c.js', 'first');
    await rig.untilSeenIsDisk();
    renameSync(rig.path('pay', 'lib'), rig.path('pay', 'library'));
    await rig.untilSeenIsDisk();
    renameSync(join(rig.base, 'aside'), rig.path('login'));
    await rig.until('the root', () => rig.roots.includes(rig.root));
    await rig.untilSeenIsDisk();
  });
});
