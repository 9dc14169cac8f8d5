/**
 * Every way in which files get changed, on a real file system. What is compared is what the cloud runs. No sweep helps: the
 * next one is five minutes away, so each way is noticed by its events, except where a test says so.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.js';
import { type Program, startProgram } from '../support/chaos.js';
import { packedFiles } from '../support/chaos-operations.js';
import { patienceMs } from '../support/rig.js';

const envs = ['dev', 'test'];

interface Stage {
  readonly folder: string;
  readonly emulator: Emulator;
  readonly program: Program;
}

const isThere = (tool: string): boolean => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;
/** Between the steps of somebody who saves; nothing is waited for. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function git(folder: string, ...args: string[]): void {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'pipe' });
}

interface Way {
  readonly name: string;
  /** The files that lie in the function before. `index.js` is added. */
  readonly before?: Readonly<Record<string, string>>;
  readonly needs?: string;
  /** Works on the function's folder. */
  readonly act: (folder: string) => void | Promise<void>;
  /** The step that follows once that is live. */
  readonly afterwards?: (folder: string) => void;
}

const files500 = Object.fromEntries(
  Array.from({ length: 500 }, (_, index) => [`d${index % 25}/f${index}.js`, `// ${index}\n`]),
);

const ways: readonly Way[] = [
  { name: 'plain', act: (dir) => writeFileSync(join(dir, 'index.js'), 'exports.main = 2;\n') },
  {
    name: 'atomic rename',
    act(dir) {
      writeFileSync(join(dir, '.index.js.tmp'), 'exports.main = 3;\n');
      renameSync(join(dir, '.index.js.tmp'), join(dir, 'index.js'));
    },
  },
  {
    name: 'vim’s backup',
    act(dir) {
      writeFileSync(join(dir, '4913'), '');
      unlinkSync(join(dir, '4913'));
      renameSync(join(dir, 'index.js'), join(dir, 'index.js~'));
      writeFileSync(join(dir, 'index.js'), 'exports.main = 4;\n');
      unlinkSync(join(dir, 'index.js~'));
    },
  },
  {
    name: 'vim itself',
    needs: 'vim',
    act(dir) {
      const edit = ['-es', '-u', 'NONE', '-c', '%s/1/vim/', '-c', 'wq', join(dir, 'index.js')];
      execFileSync('vim', edit, { stdio: 'ignore' });
    },
  },
  {
    name: 'JetBrains’ safe write',
    act(dir) {
      const path = join(dir, 'index.js');
      writeFileSync(`${path}___jb_tmp___`, 'exports.main = 5;\n');
      renameSync(path, `${path}___jb_old___`);
      renameSync(`${path}___jb_tmp___`, path);
      unlinkSync(`${path}___jb_old___`);
    },
  },
  {
    name: 'deleted and made again',
    act(dir) {
      unlinkSync(join(dir, 'index.js'));
      writeFileSync(join(dir, 'index.js'), 'exports.main = 6;\n');
    },
  },
  {
    name: 'renamed in case only',
    before: { 'util.js': '1\n' },
    act: (dir) => renameSync(join(dir, 'util.js'), join(dir, 'Util.js')),
  },
  {
    name: 'a directory renamed and back, then an edit in it',
    before: { 'lib/a.js': '1\n' },
    act(dir) {
      renameSync(join(dir, 'lib'), join(dir, 'bil'));
      renameSync(join(dir, 'bil'), join(dir, 'lib'));
      writeFileSync(join(dir, 'lib/a.js'), '2\n');
    },
  },
  {
    name: 'mkdir -p and a file at its end',
    act(dir) {
      mkdirSync(join(dir, 'a/b/c/d'), { recursive: true });
      writeFileSync(join(dir, 'a/b/c/d/e.js'), '1\n');
    },
  },
  {
    name: 'a file becomes a directory',
    before: { thing: '1\n' },
    act(dir) {
      unlinkSync(join(dir, 'thing'));
      mkdirSync(join(dir, 'thing'));
      writeFileSync(join(dir, 'thing/in.js'), '2\n');
    },
  },
  {
    name: 'a directory becomes a file',
    before: { 'thing/in.js': '1\n' },
    act(dir) {
      rmSync(join(dir, 'thing'), { recursive: true });
      writeFileSync(join(dir, 'thing'), '2\n');
    },
  },
  {
    name: 'directories deleted and made again in one burst, then an edit in them',
    before: { 'lib/deep/a.js': '1\n' },
    act(dir) {
      for (let turn = 0; turn < 5; turn += 1) {
        rmSync(join(dir, 'lib'), { recursive: true });
        mkdirSync(join(dir, 'lib/deep'), { recursive: true });
        writeFileSync(join(dir, 'lib/deep/a.js'), `${turn}\n`);
      }
    },
    afterwards: (dir) => writeFileSync(join(dir, 'lib/deep/a.js'), 'after\n'),
  },
  {
    name: 'a symbolic link turned to another target',
    before: { 'one.js': '1\n', 'two.js': '2\n', 'link.js': '-> one.js' },
    act(dir) {
      unlinkSync(join(dir, 'link.js'));
      symlinkSync('two.js', join(dir, 'link.js'));
    },
  },
  {
    name: 'what a symbolic link points to is edited',
    before: { 'link.js': '-> ../../linked.js' },
    act: (dir) => writeFileSync(join(dir, '../../linked.js'), '// edited\n'),
  },
  {
    name: 'git checkout of 500 files, and back, and there again',
    before: files500,
    needs: 'git',
    act(dir) {
      git(dir, 'init', '-q', '-b', 'one');
      git(dir, 'add', '-A');
      git(dir, 'commit', '-q', '-m', 'one');
      git(dir, 'checkout', '-q', '-b', 'two');
      for (const path of Object.keys(files500)) writeFileSync(join(dir, path), `// two ${path}\n`);
      git(dir, 'commit', '-q', '-a', '-m', 'two');
      git(dir, 'checkout', '-q', 'one');
      git(dir, 'checkout', '-q', 'two');
    },
  },
  {
    name: 'rsync of a folder',
    needs: 'rsync',
    act(dir) {
      const from = mkdtempSync(join(tmpdir(), 'tcb-watch-rsync-'));
      writeFileSync(join(from, 'index.js'), 'exports.main = "rsync";\n');
      mkdirSync(join(from, 'lib'));
      writeFileSync(join(from, 'lib/new.js'), '1\n');
      execFileSync('rsync', ['-a', '--delete', `${from}/`, `${dir}/`]);
      rmSync(from, { recursive: true });
    },
  },
  {
    name: 'npm install: hundreds of files in node_modules, then the lock file',
    act(dir) {
      for (let index = 0; index < 300; index += 1) {
        const path = join(dir, 'node_modules', `p${index % 30}`, `f${index}.js`);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, '1\n');
      }
      writeFileSync(join(dir, 'package.json'), '{"name":"way","version":"1.0.0"}\n');
      writeFileSync(join(dir, 'package-lock.json'), '{"lockfileVersion":3}\n');
    },
  },
  {
    name: 'a file written for far longer than the longest quiet time',
    async act(dir) {
      for (let index = 0; index < 60; index += 1) {
        appendFileSync(join(dir, 'data.txt'), `${index}\n`);
        await pause(25);
      }
    },
  },
  {
    name: 'truncated first, filled within the quiet time',
    async act(dir) {
      truncateSync(join(dir, 'index.js'));
      await pause(10);
      writeFileSync(join(dir, 'index.js'), 'exports.main = "full";\n');
    },
  },
  {
    name: 'moved away and back with another content',
    act(dir) {
      renameSync(dir, `${dir}-away`);
      writeFileSync(join(`${dir}-away`, 'index.js'), 'exports.main = "moved";\n');
      renameSync(`${dir}-away`, dir);
    },
  },
];

const nameOf = (index: number): string => `way${index}`;

function fill(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(folder, path));
    else writeFileSync(join(folder, path), text);
  }
}

async function setUp(
  sweepSeconds: number,
  functions: readonly (Way['before'] | undefined)[],
): Promise<Stage> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tcb-watch-saving-')));
  const emulator = await startEmulator({ envs, deployMs: 5 });
  writeFileSync(join(folder, 'token.txt'), emulator.token);
  writeFileSync(join(folder, 'linked.js'), '// before\n');
  for (const [index, before] of functions.entries()) {
    fill(join(folder, 'functions', nameOf(index)), { 'index.js': 'exports.main = 1;\n', ...before });
  }
  const config = { envs, endpoint: emulator.url, token: { file: 'token.txt' }, debounceMs: 50, sweepSeconds };
  writeFileSync(
    join(folder, 'watch.config.json'),
    JSON.stringify({ functionsRoot: 'functions', requestsPerSecond: 200, debounceMaxMs: 500, ...config }),
  );
  const program = startProgram(folder, { polling: false });
  await emulator.waitFor(() => program.lines.some((line) => line.includes('"watching"')), {
    timeoutMs: patienceMs,
  });
  return { folder, emulator, program };
}

async function tearDown({ program, emulator, folder }: Stage): Promise<void> {
  await program.end('SIGTERM');
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Resolves when every environment runs what is on disk; fails with what differs. */
async function expectLive({ folder, emulator, program }: Stage, name: string): Promise<void> {
  const alike = async (): Promise<boolean> => {
    const wanted = packedFiles(join(folder, 'functions', name));
    for (const env of envs) {
      const is = await emulator.files(env, name);
      const same = [...wanted].every(([path, bytes]) => is.get(path)?.equals(bytes) === true);
      if (!same || is.size !== wanted.size) return false;
    }
    return true;
  };
  const what = `what is on disk: ${program.lines.slice(-15).join('\n')}`;
  expect(await emulator.waitFor(alike, { timeoutMs: patienceMs, what })).toBe(true);
}

describe('every way of saving reaches every environment', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setUp(
      300,
      ways.map(({ before }) => before),
    );
  });
  afterAll(() => tearDown(stage));

  for (const [index, way] of ways.entries()) {
    it.skipIf(way.needs !== undefined && !isThere(way.needs))(way.name, async () => {
      await expectLive(stage, nameOf(index));
      const folder = join(stage.folder, 'functions', nameOf(index));
      await way.act(folder);
      await expectLive(stage, nameOf(index));
      way.afterwards?.(folder);
      await expectLive(stage, nameOf(index));
    });
  }
});

describe('a file that somebody goes on writing', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setUp(300, [{}]);
  });
  afterAll(() => tearDown(stage));

  it('goes out meanwhile, whole, and in the end is what is on disk', async () => {
    await expectLive(stage, 'way0');
    const path = join(stage.folder, 'functions/way0/data.txt');
    const line = (index: number): string => `${index} ${'x'.repeat(200)}\n`;
    const seen = new Set<number>();
    let written = 0;
    // No quiet time comes between two lines: only the longest wait (500 ms, then 10 s) lets anything go out.
    while (seen.size < 2) {
      appendFileSync(path, line(written));
      written += 1;
      await pause(5);
      const text = (await stage.emulator.files('dev', 'way0')).get('data.txt')?.toString() ?? '';
      const lines = text.split('\n').length - 1;
      if (lines === 0) continue;
      seen.add(lines);
      expect(text).toBe(Array.from({ length: lines }, (_, index) => line(index)).join(''));
    }
    await expectLive(stage, 'way0');
  }, 180_000);
});

describe('what makes no event is found by the sweep', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setUp(1, [{}]);
  });
  afterAll(() => tearDown(stage));

  it('a file written through its other name', async () => {
    await expectLive(stage, 'way0');
    const twin = join(stage.folder, 'twin.js');
    linkSync(join(stage.folder, 'functions/way0/index.js'), twin);
    writeFileSync(twin, 'exports.main = "twin";\n');
    await expectLive(stage, 'way0');
  });
});
