/** The questions to git about a commit, and what is made of the answers. git is played here; commits.process.test.ts asks the real one. */
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCommits, type Git } from '../../src/history/commits.js';

const repository = resolve('/project');
const folderOf = (name: string): string => join(repository, 'functions', name);
const head = '0123456789abcdef0123456789abcdef01234567';

interface Played {
  readonly head?: string | null;
  /** Scope and key by turns. */
  readonly config?: readonly string[] | null;
  /** Lines of `git status --porcelain`. */
  readonly status?: readonly string[] | null;
}

function played({ head: id = head, config = [], status = [] }: Played) {
  const asked: (readonly string[])[] = [];
  const joined = (parts: readonly string[] | null): string | null =>
    parts === null ? null : parts.map((part) => `${part}\0`).join('');
  const git: Git = async (where, args) => {
    expect(where).toBe(repository);
    asked.push(args);
    if (args[0] === 'rev-parse') return id;
    return joined(args[0] === 'config' ? config : status);
  };
  const commits = createCommits(git);
  return { asked, of: (name: string) => commits.of(repository, folderOf(name)) };
}

describe('a commit', () => {
  it.each<readonly [string, Played, unknown]>([
    ['of a clean folder', { head: `${head}\n` }, { id: head, dirty: false }],
    ['of 64 digits', { head: head + head.slice(0, 24) }, { id: head + head.slice(0, 24), dirty: false }],
    ['that git does not give', { head: null }, null],
    ['that is none', { head: 'HEAD' }, null],
    ['that is too short', { head: head.slice(1) }, null],
    ['whose settings git does not give', { config: null }, { id: head, dirty: null }],
    ['whose status git does not give', { status: null }, { id: head, dirty: null }],
    ['with an edited file', { status: [' M functions/pay/index.js'] }, { id: head, dirty: true }],
    ['with a new folder around it', { status: ['?? functions/'] }, { id: head, dirty: true }],
    ['with another function edited', { status: [' M functions/login/a.js'] }, { id: head, dirty: false }],
    ['with one of a like name edited', { status: [' M functions/pay2/a.js'] }, { id: head, dirty: false }],
    ['with a file of its own name', { status: ['?? functions/pay'] }, { id: head, dirty: false }],
  ])('%s', async (_, answers, expected) => {
    expect(await played(answers).of('pay')).toEqual(expected);
  });

  it('of a function that is the repository is dirty with any change', async () => {
    const git: Git = async (_, [command]) =>
      command === 'rev-parse' ? head : command === 'status' ? ' M a\0' : '';
    expect(await createCommits(git).of(repository, repository)).toEqual({ id: head, dirty: true });
  });
});

describe('a repository that could have something run', () => {
  it.each<readonly [string, readonly string[], boolean | null]>([
    ['a filter of its own', ['local', 'filter.lfs.clean'], null],
    ['one in a worktree’s settings', ['worktree', 'Filter.x.process'], null],
    ['a filter of the owner', ['global', 'filter.lfs.clean'], false],
    ['a filter of the system', ['system', 'filter.lfs.clean'], false],
    ['a filter of the command line', ['command', 'filter.lfs.clean'], false],
    ['settings of the owner before its own', ['global', 'filter.x.clean', 'local', 'filter.y.clean'], null],
    ['other settings', ['local', 'core.bare', 'local', 'user.filter.name'], false],
  ])('is not asked for its changes: %s', async (_, config, dirty) => {
    const { asked, of } = played({ config });
    expect(await of('pay')).toEqual({ id: head, dirty });
    expect(asked.some(([command]) => command === 'status')).toBe(dirty !== null);
  });
});

describe('many questions', () => {
  it('that come while git is at work are answered together, each folder asked for once', async () => {
    const { asked, of } = played({ status: [' M functions/pay/a.js'] });
    const answers = await Promise.all(['pay', 'login', 'pay', 'login'].map(of));
    expect(answers.map((each) => each?.dirty)).toEqual([true, false, true, false]);
    const folders = asked
      .filter(([command]) => command === 'status')
      .map((args) => args.slice(args.indexOf('--') + 1));
    expect(folders).toEqual([[folderOf('pay')], [folderOf('login'), folderOf('pay')]]);
    expect((await of('pay'))?.dirty).toBe(true);
  });

  it('name a hundred folders in one call', async () => {
    const { asked, of } = played({});
    await Promise.all([of('first'), ...Array.from({ length: 150 }, (_, at) => of(`f${at}`))]);
    const counts = asked
      .filter(([command]) => command === 'status')
      .map((args) => args.length - args.indexOf('--') - 1);
    expect(counts).toEqual([1, 100, 50]);
  });
});
