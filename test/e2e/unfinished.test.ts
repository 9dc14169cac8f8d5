/** Work that is not finished is not sent: folders made again, files in pieces, operations of git; links that lead nowhere. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { insideWith } from '../support/inside.js';
import { configFor, entry, makeProject, runEmulator, running, uploads } from '../support/rig.js';

async function scene(
  files: Readonly<Record<string, string>>,
  prepare: (folder: string) => void = () => undefined,
) {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject({ pay: files }, { ...configFor(emulator), sweepSeconds: 300 });
  prepare(project.folder);
  const program = insideWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  const dir = join(project.root, 'pay');
  return { emulator, project, program, dir };
}

it('a folder that a build tool removes and makes again', async () => {
  const { emulator, program, dir } = await scene({
    'index.js': "exports.main = require('./dist/app').main;\n",
    'dist/app.js': 'exports.main = async () => 1;\n',
  });
  await program.waitForLive([['pay', 'dev']]);
  const before = uploads(emulator);
  const from = program.events.length;
  rmSync(join(dir, 'dist'), { recursive: true });
  await pause(1200);
  mkdirSync(join(dir, 'dist'));
  writeFileSync(join(dir, 'dist/app.js'), 'exports.main = async () => 2;\n');
  await program.waitForLive([['pay', 'dev']], from);
  expect(uploads(emulator)).toBe(before + 1);
  expect((await running(emulator, 'dev', 'pay')).get('dist/app.js')).toContain('2');
});

it('a file that is written in eight pieces', async () => {
  const { emulator, program, dir } = await scene({ 'index.js': 'exports.main = async () => 1;\n' });
  await program.waitForLive([['pay', 'dev']]);
  const before = uploads(emulator);
  const from = program.events.length;
  writeFileSync(join(dir, 'index.js'), '// piece 0\n');
  for (let piece = 1; piece < 8; piece += 1) {
    await pause(300);
    appendFileSync(join(dir, 'index.js'), `// piece ${piece}\n`);
  }
  await program.waitFor(
    (seen) => seen.event === 'changed' && String(seen['fingerprint']) !== '' && program.events.length > from,
    from,
  );
  while (!(await running(emulator, 'dev', 'pay')).get('index.js')?.includes('piece 7')) await pause(20);
  expect(uploads(emulator) - before).toBeLessThanOrEqual(2);
});

const git = (folder: string, ...args: readonly string[]): void => {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'ignore' });
};

/** A repository with two branches that change the same line, and one that changes another file. */
function repository(folder: string, dir: string): void {
  const commit = (text: string): void => {
    writeFileSync(join(dir, 'index.js'), text);
    git(folder, 'add', '.');
    git(folder, 'commit', '-m', 'next');
  };
  git(folder, 'init', '-b', 'main');
  writeFileSync(join(folder, '.gitignore'), '.tcb-watch\n');
  commit('exports.main = async () => 0;\n');
  commit('exports.main = async () => 1;\n');
  git(folder, 'checkout', '-b', 'other');
  commit('exports.main = async () => 2;\n');
  git(folder, 'checkout', 'main');
  commit('exports.main = async () => 3;\n');
}

/** Each of these stops in the middle, with what nobody means to keep in the working tree. */
const operations: readonly (readonly [name: string, begin: readonly string[], end: readonly string[]])[] = [
  ['merge', ['merge', 'other'], ['merge', '--abort']],
  ['rebase', ['rebase', 'other'], ['rebase', '--abort']],
  ['cherry-pick', ['cherry-pick', 'other'], ['cherry-pick', '--abort']],
  ['revert', ['revert', '--no-edit', 'HEAD~1'], ['revert', '--abort']],
];

it.each(operations)(
  'a %s that stops half-way holds a push, unless it is forced',
  { timeout: 120_000 },
  async (name, begin, end) => {
    const emulator = await runEmulator({ envs: ['dev'] });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    repository(project.folder, join(project.root, 'pay'));
    expect(() => git(project.folder, ...begin)).toThrow();
    const push = async (...args: readonly string[]) => {
      const program = insideWith(emulator, project, ['push', ...args]);
      return { code: (await program.exit).code, events: program.events };
    };
    const held = await push();
    expect(held.code).toBe(1);
    expect(held.events.find((seen) => seen.event === 'held')).toMatchObject({
      reason: 'git-busy',
      detail: expect.stringContaining(name),
      hint: expect.stringContaining('push --force'),
    });
    expect(uploads(emulator)).toBe(0);
    expect((await push('--force')).code).toBe(0);
    git(project.folder, ...end);
    expect((await push()).code).toBe(0);
    expect((await running(emulator, 'dev', 'pay')).get('index.js')).toContain('3');
  },
);

it('a lock of git that is there for a moment keeps a push waiting for as long', async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  git(project.folder, 'init', '-b', 'main');
  const lock = join(project.folder, '.git/index.lock');
  writeFileSync(lock, '');
  const program = insideWith(emulator, project, ['push']);
  await program.waitFor((seen) => seen.event === 'held' && seen['reason'] === 'git-busy');
  expect(uploads(emulator)).toBe(0);
  rmSync(lock);
  expect((await program.exit).code).toBe(0);
  expect(uploads(emulator)).toBe(1);
});

it('an operation of git holds what changes until it is over, and says which', async () => {
  const { emulator, project, program, dir } = await scene(
    { 'index.js': 'exports.main = async () => 1;\n' },
    (folder) => {
      git(folder, 'init', '-b', 'main');
      writeFileSync(join(folder, '.gitignore'), '.tcb-watch\n');
      git(folder, 'add', '.');
      git(folder, 'commit', '-m', 'first');
    },
  );
  await program.waitForLive([['pay', 'dev']]);
  const before = uploads(emulator);
  const from = program.events.length;
  git(project.folder, 'bisect', 'start');
  writeFileSync(join(dir, 'index.js'), 'exports.main = async () => 2;\n');
  const held = await program.waitFor((seen) => seen.event === 'held' && seen['reason'] === 'git-busy', from);
  expect(held['detail']).toContain('bisect');
  expect(held['hint']).toContain('git bisect reset');
  expect(uploads(emulator)).toBe(before);
  git(project.folder, 'bisect', 'reset');
  await program.waitForLive([['pay', 'dev']], from);
  expect((await running(emulator, 'dev', 'pay')).get('index.js')).toContain('2');
});

it('a link that leads nowhere is called one, and what comes to be there is seen at once', async () => {
  const { emulator, project, program, dir } = await scene({ 'index.js': 'exports.main = async () => 1;\n' });
  await program.waitForLive([['pay', 'dev']]);
  const from = program.events.length;
  symlinkSync('../../versions/next/current.js', join(dir, 'current.js'));
  const held = await program.waitFor((seen) => seen.event === 'held', from);
  expect(held).toMatchObject({ reason: 'unreadable' });
  expect(held['detail']).toContain('is a link to ../../versions/next/current.js');
  mkdirSync(join(project.folder, 'versions/next'), { recursive: true });
  writeFileSync(join(project.folder, 'versions/next/current.js'), '// one\n');
  await program.waitForLive([['pay', 'dev']], from);
  const next = program.events.length;
  rmSync(join(project.folder, 'versions'), { recursive: true });
  await program.waitFor((seen) => seen.event === 'held', next);
  mkdirSync(join(project.folder, 'versions/next'), { recursive: true });
  writeFileSync(join(project.folder, 'versions/next/current.js'), '// two\n');
  while (!(await running(emulator, 'dev', 'pay')).get('current.js')?.includes('two')) await pause(20);
});
