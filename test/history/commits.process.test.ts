/** Asking git, and nothing that a repository brings along. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCommits, gitOf } from '../../src/history/commits.js';
import { temporaryFolder } from '../support/rig.js';

async function repository() {
  const folder = await temporaryFolder();
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'core.hooksPath=/dev/null'];
  const git = (...args: readonly string[]): string =>
    execFileSync('git', [...identity, ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  git('init', '--quiet');
  for (const name of ['pay', 'login']) {
    await mkdir(join(folder, 'functions', name), { recursive: true });
    await writeFile(join(folder, 'functions', name, 'index.js'), 'exports.main = 1;\n');
  }
  git('add', '.');
  git('commit', '--quiet', '-m', 'first');
  const of = (name: string, program?: string) =>
    createCommits(program === undefined ? undefined : gitOf(program)).of(
      folder,
      join(folder, 'functions', name),
    );
  return { folder, git, of, head: git('rev-parse', 'HEAD').trim() };
}

describe('a folder', () => {
  it('is at the commit, and holds nothing else', async () => {
    const { of, head } = await repository();
    expect(await of('pay')).toEqual({ id: head, dirty: false });
  });

  it.each<readonly [string, string, string]>([
    ['an edited file', 'functions/pay/index.js', 'edited\n'],
    ['a new one', 'functions/pay/lib/new file.js', 'new\n'],
  ])('holds something else where there is %s', async (_, path, text) => {
    const { folder, of, head } = await repository();
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
    expect(await of('pay')).toEqual({ id: head, dirty: true });
    expect(await of('login')).toEqual({ id: head, dirty: false });
  });

  it('that git does not know at all holds something else', async () => {
    const { folder, of } = await repository();
    await mkdir(join(folder, 'functions/pay-out'), { recursive: true });
    await writeFile(join(folder, 'functions/pay-out/index.js'), '');
    expect((await of('pay-out'))?.dirty).toBe(true);
    expect((await of('pay'))?.dirty).toBe(false);
  });

  it('is at none where there is no commit yet, no repository, or no git', async () => {
    const { git, of } = await repository();
    expect(await of('pay', 'no-such-program')).toBeNull();
    git('checkout', '--quiet', '--orphan', 'fresh');
    expect(await of('pay')).toBeNull();
    const nowhere = await temporaryFolder();
    expect(await createCommits().of(nowhere, nowhere)).toBeNull();
  });

  it.skipIf(process.platform === 'win32')('is told by a git that reads its input', async () => {
    const { folder, of, head } = await repository();
    const program = join(folder, '.git', 'reading');
    await writeFile(program, '#!/bin/sh\ncat > /dev/null\nexec git "$@"\n', { mode: 0o755 });
    expect(await of('pay', program)).toEqual({ id: head, dirty: false });
  });

  it('is asked for once with others that come meanwhile', async () => {
    const { folder, head } = await repository();
    await writeFile(join(folder, 'functions/login/index.js'), 'edited');
    const commits = createCommits();
    const names = ['pay', 'login', 'pay', 'login'];
    const found = await Promise.all(names.map((name) => commits.of(folder, join(folder, 'functions', name))));
    expect(found).toEqual(names.map((name) => ({ id: head, dirty: name === 'login' })));
  });
});

describe.skipIf(process.platform === 'win32')('what a repository brings along', () => {
  /** Each leaves a mark where git runs it. */
  it.each<readonly [string, (mark: string) => string, string, boolean | null]>([
    ['a monitor of the file system', (mark) => `[core]\n\tfsmonitor = ${mark}\n`, '', true],
    ['hooks', (mark) => `[core]\n\thooksPath = ${mark}.d\n`, '', true],
    ['a filter', (mark) => `[filter "x"]\n\tclean = ${mark}\n\tprocess = ${mark}\n`, '* filter=x\n', null],
    ['a pager', (mark) => `[core]\n\tpager = ${mark}\n[pager]\n\tstatus = true\n`, '', true],
  ])('is not run: %s', async (_, config, attributes, dirty) => {
    const { folder, of, head } = await repository();
    const mark = join(folder, '.git', 'evil');
    const script = `#!/bin/sh\ntouch ${mark}.ran\ncat\n`;
    await mkdir(`${mark}.d`);
    for (const path of [mark, join(`${mark}.d`, 'post-index-change')]) {
      await writeFile(path, script);
      await chmod(path, 0o755);
    }
    await appendFile(join(folder, '.git', 'config'), config(mark));
    await writeFile(join(folder, '.git', 'info', 'attributes'), attributes);
    await writeFile(join(folder, 'functions/pay/index.js'), 'edited\n');
    expect(await of('pay')).toEqual({ id: head, dirty });
    expect(existsSync(`${mark}.ran`)).toBe(false);
  });
});
