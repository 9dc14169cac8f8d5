/**
 * Which commit a folder is at, and whether it holds something else. git itself is asked, and given nothing that a repository
 * could have brought along to run: no hook, no monitor of the file system, no fetching, no other program of any kind. Where the
 * repository's own configuration names filters, which git would run, only the commit is asked for.
 */
import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { slashRelative } from '../system/paths.js';
import type { Commit } from './model.js';

export interface Commits {
  /**
   * The commit that `folder` is at; null: there is none, or git cannot say. Calls that come while git is at work are answered
   * together.
   * @param repository the top folder of the repository
   */
  of(repository: string, folder: string): Promise<Commit | null>;
}

/** A repository that takes longer is not worth the wait, ms: whoever asks for a status, or ends the program, waits for what is written. */
const patienceMs = 1500;
/** The command line of Windows holds 32 KB. */
const foldersAtOnce = 100;
const mostOutput = 4 * 1024 * 1024;

const safely = [
  '--no-optional-locks',
  '--no-pager',
  '--literal-pathspecs',
  ...[
    'core.fsmonitor=false',
    'core.hooksPath=/dev/null',
    'core.untrackedCache=false',
    'protocol.allow=never',
  ],
].flatMap((word) => (word.startsWith('--') ? [word] : ['-c', word]));

interface Wish {
  readonly folder: string;
  readonly tell: (commit: Commit | null) => void;
}

/** The output of git with these arguments in a repository; null: it cannot be run, fails, or takes too long. */
export type Git = (repository: string, args: readonly string[]) => Promise<string | null>;

export function createCommits(git: Git = gitOf('git')): Commits {
  const waiting = new Map<string, Wish[]>();
  const atWork = new Set<string>();

  const work = async (repository: string): Promise<void> => {
    if (atWork.has(repository)) return;
    atWork.add(repository);
    for (let wishes = waiting.get(repository); wishes !== undefined; wishes = waiting.get(repository)) {
      waiting.delete(repository);
      const folders = [...new Set(wishes.map(({ folder }) => folder))];
      const found = await askGit(git, repository, folders);
      for (const { folder, tell } of wishes) tell(found(folder));
    }
    atWork.delete(repository);
  };

  return {
    of(repository, folder) {
      return new Promise((tell) => {
        waiting.set(repository, [...(waiting.get(repository) ?? []), { folder, tell }]);
        void work(repository);
      });
    },
  };
}

async function askGit(
  ask: Git,
  repository: string,
  folders: readonly string[],
): Promise<(folder: string) => Commit | null> {
  const git = (args: readonly string[]): Promise<string | null> => ask(repository, args);
  const head = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', 'HEAD']);
  const id = head?.trim() ?? '';
  if (!/^[0-9a-f]{40,64}$/.test(id)) return () => null;
  const config = await git(['config', '--list', '--includes', '--show-scope', '--name-only', '-z']);
  if (config === null || runsPrograms(config)) return () => ({ id, dirty: null });
  const changes: string[] = [];
  for (let at = 0; at < folders.length; at += foldersAtOnce) {
    const some = folders.slice(at, at + foldersAtOnce);
    const listed = await git([
      ...[
        'status',
        '--porcelain',
        '-z',
        '--no-renames',
        '--ignore-submodules=all',
        '--untracked-files=normal',
      ],
      ...['--', ...some],
    ]);
    if (listed === null) return () => ({ id, dirty: null });
    changes.push(...listed.split('\0').flatMap((line) => (line === '' ? [] : [line.slice(3)])));
  }
  return (folder) => {
    const own = `${slashRelative(repository, folder)}/`;
    // A folder that git does not know at all is named itself, with a slash at its end.
    const isOwn = (path: string): boolean =>
      own === './' || path.startsWith(own) || (path.endsWith('/') && own.startsWith(path));
    return { id, dirty: changes.some(isOwn) };
  };
}

/** Scope and key by turns: whether the repository itself, not its owner's own settings, names a filter. */
function runsPrograms(config: string): boolean {
  const words = config.split('\0');
  return words.some((scope, at) => {
    const isRepositorys = at % 2 === 0 && scope !== 'global' && scope !== 'system' && scope !== 'command';
    return isRepositorys && /^filter\./i.test(words[at + 1] ?? '');
  });
}

/** git itself, as a program of this name. */
export function gitOf(program: string): Git {
  return (repository, args) =>
    new Promise((resolve) => {
      const options = {
        // Windows looks for programs in the working folder first.
        cwd: homedir(),
        env: environment(),
        windowsHide: true,
        timeout: patienceMs,
        maxBuffer: mostOutput,
      };
      const child = execFile(program, [...safely, '-C', repository, ...args], options, (error, text) =>
        resolve(error === null ? text : null),
      );
      child.unref();
      // One who reads it would wait for us.
      child.stdin?.end();
    });
}

/** Nothing that leads git elsewhere, or makes it ask, or fetch. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^GIT_/i.test(name));
  return { ...Object.fromEntries(own), GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1', LC_ALL: 'C' };
}
