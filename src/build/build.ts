/**
 * Builds functions when what they are made of has changed, and only then. A build that newer edits have overtaken is
 * cancelled and begun again; a failed one leaves the last good result to nobody: the function is held.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ContentProblem, FunctionName } from '../model/nouns.js';
import { runBuildCommand } from './command.js';
import { runEsbuild } from './esbuild.js';
import type { BuildEnd, BuildTask } from './model.js';

export interface Builder {
  /**
   * null: the output is there, of the sources as they are now.
   * @param anew a person asks: what was found out before does not count
   */
  build(task: BuildTask, anew?: boolean): Promise<ContentProblem | null>;
  /** Newer edits have come: what is being built of this function is out of date. */
  interrupt(name: FunctionName): void;
  /** Resolves when nothing of this function is being built. */
  idle(name: FunctionName): Promise<void>;
  /** What the last build was made of besides the function's own files, absolute, without installed packages. */
  inputs(name: FunctionName): readonly string[];
  close(): void;
}

interface Known {
  readonly stamp: string;
  readonly inputs: readonly string[];
  readonly problem: ContentProblem | null;
}

/** @param redact takes secrets out of the compiler's lines */
export function createBuilder(redact: (text: string) => string): Builder {
  const known = new Map<FunctionName, Known>();
  const running = new Map<FunctionName, AbortController>();
  const turns = new Map<FunctionName, Promise<unknown>>();
  const closing = new AbortController();

  const build = async (task: BuildTask, anew: boolean): Promise<ContentProblem | null> => {
    for (;;) {
      const before = known.get(task.name);
      const stamp = await stampOf(task, before?.inputs ?? []);
      // What failed may be mended by a file that nobody has named yet: esbuild is quick enough to be asked again.
      const asksAgain = anew || (before?.problem != null && task.build.kind === 'esbuild');
      if (before?.stamp === stamp && !asksAgain && (await stands(before, task))) return before.problem;
      const startedAt = Date.now();
      const ended = await run(task);
      if (ended.type === 'cancelled' && closing.signal.aborted) return before?.problem ?? null;
      if (ended.type === 'cancelled') continue;
      await keep(task, ended, before?.inputs ?? [], startedAt);
      return known.get(task.name)?.problem ?? null;
    }
  };
  const keep = async (
    task: BuildTask,
    ended: Exclude<BuildEnd, { type: 'cancelled' }>,
    earlier: readonly string[],
    startedAt: number,
  ): Promise<void> => {
    const own = task.dir + path.sep;
    const named = [...new Set(ended.inputs)].filter((file) => !file.startsWith(own)).sort();
    // A failed build names few files: those of the last good one are still worth looking at.
    const inputs = ended.type === 'built' ? named : [...new Set([...named, ...earlier])].sort();
    const isStill = await allOlder(inputs, startedAt);
    const stamp = isStill ? await stampOf(task, inputs) : unstable;
    known.set(task.name, { stamp, inputs, problem: problemOf(ended, redact) });
  };
  const run = async (task: BuildTask): Promise<BuildEnd> => {
    const stopping = new AbortController();
    running.set(task.name, stopping);
    const signal = AbortSignal.any([stopping.signal, closing.signal]);
    const ended = isCommand(task) ? await runBuildCommand(task, signal) : await runEsbuild(task, signal);
    running.delete(task.name);
    return ended;
  };
  return {
    build(task, anew = false) {
      const turn = (turns.get(task.name) ?? Promise.resolve()).then(() => build(task, anew));
      turns.set(
        task.name,
        turn.catch(() => undefined),
      );
      return turn;
    },
    interrupt: (name) => running.get(name)?.abort(),
    idle: async (name) => void (await turns.get(name)),
    inputs: (name) => (known.get(name)?.inputs ?? []).filter((file) => !installed.test(file)),
    close: () => closing.abort(),
  };
}

/** Of sources that changed while they were built: no look finds the same. */
const unstable = '';
/** Thousands of files that change with an installation alone: they are looked at, and not watched. */
const installed = /[\\/]node_modules[\\/]/;

function isCommand(task: BuildTask): task is BuildTask & { readonly build: { readonly kind: 'command' } } {
  return task.build.kind === 'command';
}

function problemOf(ended: BuildEnd, redact: (text: string) => string): ContentProblem | null {
  if (ended.type === 'unreadable') return { reason: 'unreadable', path: ended.path, code: ended.code };
  if (ended.type !== 'failed') return null;
  return { reason: 'build-failed', fault: ended.fault, output: redact(ended.output) };
}

async function allOlder(files: readonly string[], atMs: number): Promise<boolean> {
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (stats) => stats.mtimeMs,
        () => 0,
      ),
    ),
  );
  return times.every((time) => time < atMs);
}

/** A good build whose output somebody removed has to be made again. */
async function stands({ problem }: Known, { output }: BuildTask): Promise<boolean> {
  return (
    problem !== null ||
    stat(output).then(
      () => true,
      () => false,
    )
  );
}

/**
 * What tells one state of what a build is made of from another. A file that is gone counts as well; of variables, which may
 * be secrets, nothing is left in it.
 */
async function stampOf(task: BuildTask, inputs: readonly string[]): Promise<string> {
  const { files, runtime, build, environment } = task;
  const stamp = createHash('sha256').update(`${JSON.stringify([runtime, build, environment])}\0`);
  for (const { path: name, stat: stats } of files) {
    stamp.update(`${name}\0${stats.size} ${stats.mtimeNs} ${stats.ctimeNs} ${stats.ino}\0`);
  }
  const states = inputs.map((file) =>
    stat(file).then(
      (stats) => `${file}\0${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino}\0`,
      () => `${file}\0gone\0`,
    ),
  );
  for (const state of await Promise.all(states)) stamp.update(state);
  return stamp.digest('hex');
}
