import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { needs } from '../support/needs.js';
import { createRig, put, type Rig } from '../support/watcher-rig.js';

/** inotify watches of this process, by what the kernel says. */
function kernelWatches(): number {
  const infos = readdirSync('/proc/self/fdinfo').map((name) => {
    try {
      return readFileSync(join('/proc/self/fdinfo', name), 'utf8');
    } catch {
      return '';
    }
  });
  return infos
    .join('\n')
    .split('\n')
    .filter((line) => line.startsWith('inotify ')).length;
}

describe('every way of saving gives a hint for the file', () => {
  const ways: Record<string, (rig: Rig) => void> = {
    'in place': (rig) => writeFileSync(rig.path('pay/index.js'), 'second'),
    'atomic rename': (rig) => {
      writeFileSync(rig.path('pay/index.js.tmp'), 'second');
      renameSync(rig.path('pay/index.js.tmp'), rig.path('pay/index.js'));
    },
    "vim's backup": (rig) => {
      renameSync(rig.path('pay/index.js'), rig.path('pay/index.js~'));
      writeFileSync(rig.path('pay/index.js'), 'second');
      unlinkSync(rig.path('pay/index.js~'));
    },
    'delete and recreate': (rig) => {
      unlinkSync(rig.path('pay/index.js'));
      writeFileSync(rig.path('pay/index.js'), 'second');
    },
    'hard link': (rig) => {
      writeFileSync(join(rig.base, 'other.js'), 'second');
      unlinkSync(rig.path('pay/index.js'));
      linkSync(join(rig.base, 'other.js'), rig.path('pay/index.js'));
    },
    'mode alone': (rig) => chmodSync(rig.path('pay/index.js'), 0o755),
  };
  for (const [name, save] of Object.entries(ways)) {
    test(name, async () => {
      const rig = await createRig();
      save(rig);
      await rig.until('the hint', () => rig.touched.includes(rig.path('pay/index.js')));
      await rig.untilSeenIsDisk();
      await rig.editUntilSeen('pay/index.js');
    });
  }
});

describe('directories come, go and change places', () => {
  test('mkdir -p and a file: a hint for the function, and later edits deep down are seen', async () => {
    const rig = await createRig();
    rig.write('pay/a/b/c/deep.js', 'new');
    await rig.until('a hint', () => rig.touched.includes(rig.path('pay/a')));
    await rig.untilSeenIsDisk();
    await rig.editUntilSeen('pay/a/b/c/deep.js');
    expect(rig.watcher.directories()).toBe(5);
  });

  test('a new function folder tells that the root changed', async () => {
    const rig = await createRig();
    rig.write('login/index.js', 'new');
    await rig.until('the root', () => rig.roots.includes(rig.root));
    await rig.editUntilSeen('login/index.js');
    rmSync(rig.path('login'), { recursive: true });
    const from = rig.roots.length;
    await rig.until('the root again', () => rig.roots.length > from);
  });

  test('renamed and back, with an edit under each name', async () => {
    const rig = await createRig({ before: (root) => put(join(root, 'pay/lib/deep/a.js'), 'a') });
    renameSync(rig.path('pay/lib'), rig.path('pay/other'));
    await rig.editUntilSeen('pay/other/deep/a.js');
    renameSync(rig.path('pay/other'), rig.path('pay/lib'));
    await rig.editUntilSeen('pay/lib/deep/a.js');
    renameSync(rig.path('pay/lib'), rig.path('pay/third'));
    renameSync(rig.path('pay/third'), rig.path('pay/lib'));
    await rig.editUntilSeen('pay/lib/deep/a.js');
    await rig.untilSeenIsDisk();
  });

  test('a renamed directory that is then deleted and made again is not deaf', async () => {
    const rig = await createRig({ before: (root) => put(join(root, 'pay/lib/deep/a.js'), 'a') });
    renameSync(rig.path('pay/lib'), rig.path('pay/other'));
    await rig.editUntilSeen('pay/other/deep/a.js');
    rmSync(rig.path('pay/other'), { recursive: true });
    rig.write('pay/other/deep/a.js', 'again');
    await rig.untilSeenIsDisk();
    await rig.editUntilSeen('pay/other/deep/a.js');
  });

  test('a file becomes a directory, and a file again', async () => {
    const rig = await createRig({ before: (root) => put(join(root, 'pay/x'), 'file') });
    unlinkSync(rig.path('pay/x'));
    rig.write('pay/x/inner.js', 'inner');
    await rig.untilSeenIsDisk();
    await rig.editUntilSeen('pay/x/inner.js');
    rmSync(rig.path('pay/x'), { recursive: true });
    rig.write('pay/x', 'file');
    await rig.untilSeenIsDisk();
    await rig.editUntilSeen('pay/x');
  });

  test('a child of the same name as its directory', async () => {
    const rig = await createRig({ before: (root) => put(join(root, 'pay/pay/pay'), 'file') });
    await rig.editUntilSeen('pay/pay/pay');
    rmSync(rig.path('pay/pay'), { recursive: true });
    rig.write('pay/pay/pay', 'again');
    await rig.untilSeenIsDisk();
    await rig.editUntilSeen('pay/pay/pay');
  });
});

describe('what is left out', () => {
  test.skipIf(process.platform !== 'linux')('is not watched: one kernel watch per directory', async () => {
    const before = kernelWatches();
    const rig = await createRig({
      before: (root) => {
        for (let i = 0; i < 50; i += 1) {
          put(join(root, `pay/node_modules/m${i}/index.js`), 'x');
          put(join(root, `pay/lib/f${i}.js`), 'x');
        }
      },
    });
    // root, pay, lib; in addition our own test folder and the root's parent.
    expect(rig.watcher.directories()).toBe(3);
    expect(kernelWatches() - before).toBe(5);
    rig.write('pay/node_modules/new/index.js', 'x');
    rig.write('pay/lib/index.js', 'last');
    await rig.until('the last write', () => rig.touched.includes(rig.path('pay/lib/index.js')));
    expect(rig.touched.filter((path) => path.includes('node_modules'))).toEqual([]);
    expect(rig.watcher.directories()).toBe(3);
    await rig.watcher.close();
    expect(kernelWatches()).toBe(before);
  });

  test('follows the rules when they change', async () => {
    let left = 'dist';
    const rig = await createRig({
      ignores: (path) => path.includes(`/${left}`),
      before: (root) => {
        put(join(root, 'pay/dist/a.js'), 'x');
        put(join(root, 'pay/src/a.js'), 'x');
      },
    });
    expect(rig.watcher.directories()).toBe(3);
    left = 'src';
    rig.watcher.recheck();
    await rig.until('the hint that it is watched now', () => rig.touched.includes(rig.path('pay/dist')));
    await rig.editUntilSeen('pay/dist/a.js');
    expect(rig.watcher.directories()).toBe(3);
  });
});

describe('places elsewhere', () => {
  test('extra folders and single files are watched, added and dropped while running', async () => {
    const rig = await createRig({
      before: (_root, base) => {
        put(join(base, 'shared/util.js'), 'x');
        put(join(base, 'lonely/config.json'), 'x');
      },
    });
    const util = join(rig.base, 'shared/util.js');
    const config = join(rig.base, 'lonely/config.json');
    const places = { roots: [rig.root], extra: [join(rig.base, 'shared')], files: [config] };
    rig.watcher.update(places);
    await rig.until('the new place', () => rig.touched.includes(join(rig.base, 'shared')));
    writeFileSync(config, 'y');
    await rig.until('the file', () => rig.touched.includes(config));
    await rig.editUntilSeen('../shared/util.js');
    rig.watcher.update({ roots: [rig.root], extra: [] });
    expect(rig.watcher.directories()).toBe(2);
    const from = rig.touched.length;
    writeFileSync(util, 'unheard');
    writeFileSync(rig.path('pay/index.js'), 'heard');
    await rig.until('the later one', () => rig.touched.includes(rig.path('pay/index.js'), from));
    expect(rig.touched.includes(util, from)).toBe(false);
  });

  test('a single file whose folder is made again', async () => {
    const rig = await createRig({ waits: { lookEveryMs: 20 } });
    const config = join(rig.base, 'lonely/config.json');
    rig.watcher.update({ roots: [rig.root], extra: [], files: [config] });
    for (let round = 0; round < 5; round += 1) {
      const from = rig.touched.length;
      put(config, `round ${round}`);
      await rig.until('the file', () => rig.touched.includes(config, from));
      rmSync(join(rig.base, 'lonely'), { recursive: true });
    }
    put(config, 'last');
    await rig.editUntilSeen('../lonely/config.json');
  });

  test.skipIf(process.platform === 'win32')(
    'a root behind a link is told by the name it was given',
    async () => {
      const rig = await createRig({
        before: (_root, base) => {
          put(join(base, 'real/login/index.js'), 'x');
          needs('links');
          symlinkSync(join(base, 'real'), join(base, 'linked'));
        },
      });
      const linked = join(rig.base, 'linked');
      rig.watcher.update({ roots: [linked], extra: [] });
      await rig.until('the new place', () => rig.roots.includes(linked));
      await rig.editUntilSeen('../linked/login/index.js');
      // The link points elsewhere: another root.
      put(join(rig.base, 'real2/login/index.js'), 'y');
      unlinkSync(linked);
      const from = rig.roots.length;
      needs('links');
      symlinkSync(join(rig.base, 'real2'), linked);
      await rig.until('the root changed', () => rig.roots.includes(linked, from));
      await rig.editUntilSeen('../linked/login/index.js');
    },
  );

  test('a loop of links neither hangs nor is followed', async () => {
    const rig = await createRig({
      before: (root) => symlinkSync(root, join(root, 'pay/self'), 'junction'),
    });
    expect(rig.watcher.directories()).toBe(2);
    await rig.editUntilSeen('pay/index.js');
  });
});

describe('the functions root itself', () => {
  test('removed and made again in one burst', async () => {
    const rig = await createRig();
    rmSync(rig.root, { recursive: true });
    rig.write('pay/index.js', 'again');
    await rig.until('the root', () => rig.roots.includes(rig.root));
    await rig.untilSeenIsDisk();
    await rig.editUntilSeen('pay/index.js');
  });

  test('removed, seen to be gone, and made again', async () => {
    const rig = await createRig();
    rmSync(rig.root, { recursive: true });
    await rig.until('gone', () => rig.roots.includes(rig.root) && rig.watcher.directories() === 0);
    const from = rig.roots.length;
    rig.write('pay/index.js', 'again');
    await rig.until('back', () => rig.roots.includes(rig.root, from));
    await rig.editUntilSeen('pay/index.js');
  });

  test('gone together with its parent, and back', async () => {
    const rig = await createRig({
      waits: { lookEveryMs: 50 },
      before: (_root, base) => put(join(base, 'app/functions/a/index.js'), 'x'),
    });
    const root = join(rig.base, 'app/functions');
    rig.watcher.update({ roots: [root], extra: [] });
    await rig.editUntilSeen('../app/functions/a/index.js');
    const from = rig.roots.length;
    rmSync(join(rig.base, 'app'), { recursive: true });
    await rig.until('gone', () => rig.roots.includes(root, from) && rig.watcher.directories() === 0);
    put(join(root, 'a/index.js'), 'again');
    await rig.editUntilSeen('../app/functions/a/index.js');
  });

  test('replaced by a rename', async () => {
    const rig = await createRig({ before: (_root, base) => put(join(base, 'next/pay/index.js'), 'next') });
    renameSync(rig.root, join(rig.base, 'old'));
    renameSync(join(rig.base, 'next'), rig.root);
    await rig.until('the root', () => rig.roots.includes(rig.root));
    await rig.untilSeenIsDisk();
    await rig.editUntilSeen('pay/index.js');
  });

  test('missing at the start', async () => {
    const rig = await createRig({ before: (root) => rmSync(root, { recursive: true }) });
    expect(rig.watcher.directories()).toBe(0);
    mkdirSync(rig.root);
    await rig.until('the root', () => rig.roots.includes(rig.root));
    rig.write('pay/index.js', 'new');
    await rig.editUntilSeen('pay/index.js');
  });
});
