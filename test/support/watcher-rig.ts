/** A real folder, a real watcher on it, and a consumer that does what the product does: it rescans at every hint. */

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  createWatcher,
  type Watcher,
  type WatcherOptions,
  type WatchProblem,
} from '../../src/watch/watcher.js';
import { soon } from './soon.js';

/** Far longer than anything takes here: a test that waits this long has found a hint that never comes. */
const BOUND_MS = 8_000;

export interface Rig {
  readonly base: string;
  readonly root: string;
  readonly watcher: Watcher;
  readonly touched: string[];
  readonly roots: string[];
  readonly problems: WatchProblem[];
  path(...parts: string[]): string;
  write(file: string, text: string): void;
  /** Resolves when the condition holds; asked after every hint and problem. Rejects after a bounded time. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** Edits a file until an event of exactly this file comes back: a deaf directory never gives one. */
  editUntilSeen(file: string): Promise<void>;
  /** Resolves when a consumer that looked at each hint has seen what is on disk now. */
  untilSeenIsDisk(): Promise<void>;
}

export type RigOptions = Partial<Omit<WatcherOptions, 'onTouched' | 'onRootChanged' | 'onProblem'>> & {
  /** Lays out files before the watcher starts. */
  readonly before?: (root: string, base: string) => void;
};

export function tempFolder(prefix: string): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), `tcb-${prefix}-`)));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const base = tempFolder('watch');
  const root = join(base, 'functions');
  mkdirSync(root);
  put(join(root, 'pay', 'index.js'), 'first');
  options.before?.(root, base);
  const waiters = new Set<() => void>();
  const rig = { touched: [] as string[], roots: [] as string[], problems: [] as WatchProblem[] };
  let seen = contentsOf(root);
  const news = (): void => {
    for (const waiter of waiters) waiter();
  };
  // Looks at once, with no quiet time: the harshest consumer. One look serves the hints of one turn.
  let looking = false;
  const lookSoon = (): void => {
    if (looking) return;
    looking = true;
    setImmediate(() => {
      looking = false;
      seen = contentsOf(root);
      news();
    });
  };
  const watcher = createWatcher({
    roots: [root],
    extra: [],
    stateDir: join(base, '.tcb-watch'),
    ignores: (path) => basename(path) === 'node_modules' || path.includes('/node_modules/'),
    ...options,
    onTouched: (path) => {
      rig.touched.push(path);
      lookSoon();
    },
    onRootChanged: (changed) => {
      rig.roots.push(changed);
      news();
    },
    onProblem: (problem) => {
      rig.problems.push(problem);
      news();
    },
  });
  onTestFinished(() => watcher.close());
  await soon('the watcher is ready', watcher.ready);
  const until = (what: string, condition: () => boolean): Promise<void> => bounded(waiters, what, condition);
  return {
    ...rig,
    base,
    root,
    watcher,
    until,
    path: (...parts) => join(root, ...parts),
    write: (file, text) => put(join(root, file), text),
    editUntilSeen: (file) => editUntilSeen(rig.touched, waiters, join(root, file)),
    untilSeenIsDisk: () => until('what hints led to is what is on disk', () => seen === contentsOf(root)),
  };
}

export function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Every path and content below a folder as one comparable text; a file that goes meanwhile is left out. */
function contentsOf(dir: string): string {
  const lines = list(dir).map((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? `${path}\n${contentsOf(path)}` : `${path}=${text(path)}`;
  });
  return lines.sort().join('\n');
}

function list(dir: string): readonly { name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function bounded(
  waiters: Set<() => void>,
  what: string,
  condition: () => boolean,
  boundMs = BOUND_MS,
): Promise<void> {
  if (condition()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = (act: () => void): void => {
      clearTimeout(timer);
      waiters.delete(check);
      act();
    };
    const timer = setTimeout(() => end(() => reject(new Error(`never happened: ${what}`))), boundMs);
    const check = (): void => {
      if (condition()) end(resolve);
    };
    waiters.add(check);
  });
}

async function editUntilSeen(touched: string[], waiters: Set<() => void>, file: string): Promise<void> {
  let error: unknown;
  for (let edit = 0; edit < 60; edit += 1) {
    const from = touched.length;
    writeFileSync(file, `edit ${edit} ${Math.random()}`);
    try {
      await bounded(waiters, `an event of ${file}`, () => touched.includes(file, from), 50);
      return;
    } catch (missed) {
      error = missed;
    }
  }
  throw error;
}
