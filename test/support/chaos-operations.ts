/** Every way in which editors, people and tools change files: each operation leaves the folder in a state worth uploading. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from './random.js';

/** Where operations happen. */
export interface Ground {
  readonly random: Random;
  /** The project's folder. */
  readonly folder: string;
  readonly root: string;
  readonly names: readonly string[];
  readonly pause: (ms: number) => Promise<void>;
  /** Counts contents, so that no two are alike. */
  readonly next: () => number;
}

type Operation = (ground: Ground) => void | Promise<void>;

const fileNames = ['index.js', 'a.js', 'b.json', 'lib/a.js', 'lib/deep/c.js', 'data/d.txt', 'lib/x.js'];

function text(ground: Ground): string {
  const size = ground.random.chance(0.05) ? 40_000 : ground.random.below(600);
  return `// ${ground.next()}\n${'x'.repeat(size)}\n`;
}

function folderOf(ground: Ground): string {
  return join(ground.root, ground.random.pick(ground.names));
}

/** A random file's path, its folder made. What lies in its way is removed. */
function place(ground: Ground): string {
  const folder = folderOf(ground);
  const path = join(folder, ground.random.pick(fileNames));
  clear(dirname(path), ground.root);
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).isDirectory()) rmSync(path, { recursive: true });
  return path;
}

/** Removes files that stand where folders are wanted. */
function clear(folder: string, root: string): void {
  if (folder.length <= root.length) return;
  clear(dirname(folder), root);
  if (existsSync(folder) && !statSync(folder).isDirectory()) unlinkSync(folder);
}

const existing = (ground: Ground): string => {
  const path = place(ground);
  if (!existsSync(path)) writeFileSync(path, text(ground));
  return path;
};

/** By name, so that a failure says which. */
export const operations: Readonly<Record<string, Operation>> = {
  plain: (ground) => writeFileSync(place(ground), text(ground)),
  'atomic rename': (ground) => {
    const path = place(ground);
    writeFileSync(`${path}.tmp`, text(ground));
    renameSync(`${path}.tmp`, path);
  },
  'vim backup': async (ground) => {
    const path = existing(ground);
    writeFileSync(join(dirname(path), '4913'), '');
    unlinkSync(join(dirname(path), '4913'));
    renameSync(path, `${path}~`);
    if (ground.random.chance(0.5)) await ground.pause(ground.random.below(5));
    writeFileSync(path, text(ground));
    rmSync(`${path}~`, { force: true });
  },
  'safe write': (ground) => {
    const path = existing(ground);
    writeFileSync(`${path}___jb_tmp___`, text(ground));
    renameSync(path, `${path}___jb_old___`);
    renameSync(`${path}___jb_tmp___`, path);
    rmSync(`${path}___jb_old___`, { force: true });
  },
  'delete and recreate': async (ground) => {
    const path = existing(ground);
    unlinkSync(path);
    if (ground.random.chance(0.5)) await ground.pause(ground.random.below(30));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text(ground));
  },
  delete: (ground) => {
    const path = existing(ground);
    if (!path.endsWith('index.js')) unlinkSync(path);
  },
  'hard link': (ground) => {
    const path = existing(ground);
    const twin = join(ground.folder, 'twins', `${ground.next()}`);
    mkdirSync(dirname(twin), { recursive: true });
    linkSync(path, twin);
    // Written through its other name: no event comes in the function's folder.
    writeFileSync(twin, text(ground));
    unlinkSync(twin);
  },
  'case-only rename': (ground) => {
    const path = existing(ground);
    if (path.endsWith('index.js')) return;
    renameSync(path, join(dirname(path), 'Other.js'));
  },
  'directory rename and back': async (ground) => {
    const folder = join(folderOf(ground), 'lib');
    if (!existsSync(folder) || !statSync(folder).isDirectory()) return;
    rmSync(`${folder}2`, { recursive: true, force: true });
    renameSync(folder, `${folder}2`);
    await ground.pause(ground.random.below(20));
    renameSync(`${folder}2`, folder);
    writeFileSync(join(folder, 'after.js'), text(ground));
  },
  'new nested directories': (ground) => {
    const folder = join(folderOf(ground), 'new', `${ground.random.below(4)}`, 'deep');
    clear(folder, ground.root);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'n.js'), text(ground));
  },
  'directories deleted and made again': (ground) => {
    const folder = join(folderOf(ground), ground.random.pick(['new', 'lib', 'data']));
    clear(folder, ground.root);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'deep'), { recursive: true });
    writeFileSync(join(folder, 'deep', 'c.js'), text(ground));
    writeFileSync(join(folder, 'a.js'), text(ground));
  },
  'file to directory': (ground) => {
    const path = join(folderOf(ground), 'either');
    clear(dirname(path), ground.root);
    mkdirSync(dirname(path), { recursive: true });
    const wasFolder = existsSync(path) && statSync(path).isDirectory();
    rmSync(path, { recursive: true, force: true });
    if (wasFolder) return writeFileSync(path, text(ground));
    mkdirSync(path);
    writeFileSync(join(path, 'in.js'), text(ground));
  },
  'symbolic link': (ground) => {
    const target = existing(ground);
    const link = join(folderOf(ground), 'link.js');
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { recursive: true, force: true });
    symlinkSync(target, link);
  },
  burst: (ground) => {
    const folder = join(folderOf(ground), 'many');
    clear(folder, ground.root);
    mkdirSync(folder, { recursive: true });
    for (let index = 0; index < 40; index += 1) writeFileSync(join(folder, `${index}.js`), text(ground));
  },
  'function removed': async (ground) => {
    const folder = folderOf(ground);
    rmSync(folder, { recursive: true, force: true });
    if (ground.random.chance(0.5)) await ground.pause(ground.random.below(60));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.js'), text(ground));
  },
  'function moved and back': async (ground) => {
    const folder = folderOf(ground);
    if (!existsSync(folder)) return;
    renameSync(folder, join(ground.folder, 'away'));
    await ground.pause(ground.random.below(60));
    renameSync(join(ground.folder, 'away'), folder);
  },
  'root moved and back': async (ground) => {
    renameSync(ground.root, `${ground.root}-away`);
    await ground.pause(ground.random.below(80));
    renameSync(`${ground.root}-away`, ground.root);
  },
  'written for a while': async (ground) => {
    const path = place(ground);
    writeFileSync(path, '');
    for (let index = 0; index < 10; index += 1) {
      appendFileSync(path, text(ground));
      await ground.pause(ground.random.below(15));
    }
  },
  'truncated, then filled': async (ground) => {
    const path = existing(ground);
    truncateSync(path);
    await ground.pause(ground.random.below(25));
    writeFileSync(path, text(ground));
  },
  touch: (ground) => utimesSync(existing(ground), new Date(), new Date()),
  'size and time kept': (ground) => {
    const path = existing(ground);
    const { atime, mtime } = statSync(path);
    const before = readFileSync(path);
    if (before.length === 0) return;
    before[before.length - 1] = 0x61 + ground.random.below(26);
    writeFileSync(path, before);
    utimesSync(path, atime, mtime);
  },
  'edit undone': (ground) => {
    const path = existing(ground);
    const before = readFileSync(path);
    writeFileSync(path, text(ground));
    writeFileSync(path, before);
  },
  node_modules: (ground) => {
    const folder = join(folderOf(ground), 'node_modules', 'dependency');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.js'), text(ground));
  },
  'git commit': (ground) => {
    git(ground, 'add', '-A');
    git(ground, 'commit', '-q', '--allow-empty', '-m', `${ground.next()}`);
  },
  'git checkout': (ground) => {
    const branch = ground.random.pick(['one', 'two']);
    git(ground, 'checkout', '-q', '-f', '-B', 'here');
    git(ground, 'checkout', '-q', '-f', branch);
  },
};

/** Settings that are saved while the program runs. */
export const settingsOperations: Readonly<Record<string, Operation>> = {
  'configuration saved': (ground) => {
    const file = join(ground.folder, 'watch.config.json');
    const debounce = `"debounceMs": ${30 + ground.random.below(20)}`;
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"debounceMs": \d+/, debounce));
  },
  'timers saved': (ground) => {
    const hour = ground.random.below(24);
    const timer = { name: 'daily', type: 'timer', config: `0 0 ${hour} * * * *` };
    const triggers = ground.random.chance(0.3) ? [] : [timer];
    const folder = folderOf(ground);
    clear(folder, ground.root);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ triggers }));
  },
};

function git(ground: Ground, ...args: readonly string[]): void {
  if (!existsSync(join(ground.folder, '.git'))) return;
  const who = ['-c', 'user.name=chaos', '-c', 'user.email=chaos@example.com', '-c', 'gc.auto=0'];
  try {
    execFileSync('git', [...who, ...args], { cwd: ground.folder, stdio: 'ignore' });
  } catch {
    // Two branches that do not go together, or a branch that is not there: nothing changed then, which is fine.
  }
}

const left = /(^|\/)(node_modules|4913|\.git)(\/|$)|~$|___jb_(tmp|old)___$/;

/** The content that ought to run: the files below a function's folder, links followed, without what is never packed. */
export function packedFiles(folder: string, prefix = ''): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const item of readdirSync(folder)) {
    const path = `${prefix}${item}`;
    if (left.test(path)) continue;
    const stats = statSync(join(folder, item), { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (!stats.isDirectory()) found.set(path, readFileSync(join(folder, item)));
    else for (const [name, bytes] of packedFiles(join(folder, item), `${path}/`)) found.set(name, bytes);
  }
  return found;
}

/** Every function as at the beginning: whatever was done, the same lies on the ground afterwards. */
export function level(ground: Ground): void {
  rmSync(ground.root, { recursive: true, force: true, maxRetries: 5 });
  mend(ground);
}

/** Makes every function one that can run: an entry is there, and no link leads nowhere. */
export function mend(ground: Ground): void {
  if (!existsSync(ground.root)) mkdirSync(ground.root);
  for (const name of ground.names) {
    const folder = join(ground.root, name);
    clear(folder, ground.root);
    mkdirSync(folder, { recursive: true });
    const entry = join(folder, 'index.js');
    if (!existsSync(entry)) writeFileSync(entry, text(ground));
    const link = join(folder, 'link.js');
    if (!existsSync(link)) rmSync(link, { force: true });
  }
}
