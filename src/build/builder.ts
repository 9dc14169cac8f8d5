/**
 * Builds functions when the content of their sources has changed, and only then. A build that newer edits have overtaken is
 * cancelled and begun again; a failed one blocks the function. A build that writes among its own sources (generated code, a
 * version stamp) neither sets itself off nor cancels itself, and one that never comes to rest is named.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { realDisk } from '../content/disk.js';
import { createFileHashes, type FileHashes } from '../content/file-hashes.js';
import type { Slices } from '../content/slices.js';
import { createSnapshots, type Snapshots } from '../content/snapshot.js';
import { walk } from '../content/walk.js';
import type { ContentProblem, Fingerprint, FunctionName } from '../model/nouns.js';
import { anySignal } from '../system/signals.js';
import type { BuildEnd, BuildRun, BuildTask } from './model.js';

export interface BuilderOptions {
  readonly run: (task: BuildRun, signal: AbortSignal) => Promise<BuildEnd>;
  /** Takes secrets out of the compiler's lines. */
  readonly redact: (text: string) => string;
  readonly slices: Slices;
  /** ms since the epoch. */
  readonly now?: () => number;
}

/** `unbuilt`: the sources are not those of the last build; `state` changes with them. */
export type BuildState =
  | { readonly kind: 'built'; readonly problem: ContentProblem | null }
  | { readonly kind: 'unbuilt'; readonly state: string };

export interface Builder {
  /**
   * null: the output is there, of the sources as they are now.
   * @param byPerson a person asks: earlier findings do not count
   */
  build(task: BuildTask, byPerson?: boolean): Promise<ContentProblem | null>;
  /**
   * Whether the output is there of the sources as they are; builds nothing.
   * @param retries a failed esbuild may be asked again: a file that it did not name may have come
   */
  stateOf(task: BuildTask, retries: boolean): Promise<BuildState>;
  /** Something has changed: if it is a source, what is being built of this function is out of date. */
  interrupt(name: FunctionName): void;
  /** Resolves when nothing of this function is being built. */
  idle(name: FunctionName): Promise<void>;
  /** The files that the last build was made of, other than the function's own files, absolute, without installed packages. */
  inputs(name: FunctionName): readonly string[];
  forget(name: FunctionName): void;
  close(): void;
}

export function createBuilder(options: BuilderOptions): Builder {
  const { slices } = options;
  const tools: Tools = {
    ...options,
    now: options.now ?? Date.now,
    // Sources have no limit of size, and their contents are not packed.
    snapshots: createSnapshots({
      maxZipBase64: () => Number.POSITIVE_INFINITY,
      keepBytes: 0,
      slices,
      ...(options.now === undefined ? {} : { now: options.now }),
    }),
    closing: new AbortController(),
  };
  const builds = new Map<FunctionName, FunctionBuild>();
  const buildOf = (name: FunctionName): FunctionBuild => {
    const build = builds.get(name) ?? new FunctionBuild(tools);
    builds.set(name, build);
    return build;
  };
  return {
    build: (task, byPerson = false) => buildOf(task.name).build(task, byPerson),
    stateOf: (task, retries) => buildOf(task.name).stateOf(task, retries),
    interrupt: (name) => builds.get(name)?.interrupt(),
    idle: async (name) => builds.get(name)?.idle(),
    inputs: (name) => builds.get(name)?.watchedInputs() ?? [],
    forget(name) {
      builds.get(name)?.abort();
      builds.delete(name);
      void tools.snapshots.forget(name);
    },
    close: () => tools.closing.abort(),
  };
}

interface Tools extends BuilderOptions {
  readonly now: () => number;
  readonly snapshots: Snapshots;
  readonly closing: AbortController;
}

/** The files that a build was made of. */
interface Made {
  readonly sources: Fingerprint;
  /** Hashes of the other files, by path. */
  readonly inputs: ReadonlyMap<string, string>;
  /** A hash: of variables, which may be secrets, nothing is left in it. */
  readonly settings: string;
}

interface Done extends Made {
  readonly problem: ContentProblem | null;
  /** When to build again to be sure; null: it is sure. */
  readonly doubtedAt: number | null;
}

/** Builds that came to their end, one after the other, while their sources changed. */
const mostInARow = 3;
/** Builds cancelled in a row; after that one is let to its end, whatever is saved meanwhile. */
const mostCancelled = 5;
/** When what only seems to be a build's own product is tried once more: a person who saved it twice waits no longer for it. */
const doubtMs = 20_000;
/** When a build that never came to rest is retried. */
const unsettledMs = 5 * 60_000;
/** Thousands of files that change with an installation alone: they are compared, and not watched. */
const installed = /[\\/]node_modules[\\/]/;

class FunctionBuild {
  readonly #tools: Tools;
  readonly #hashes: FileHashes;
  #turn: Promise<unknown> = Promise.resolve();
  #running: { readonly task: BuildTask; readonly stop: AbortController } | null = null;
  #done: Done | null = null;
  /** Other files that the last build read. */
  #inputs: readonly string[] = [];
  /** Sources that have changed since the last build began. */
  readonly #changed = new Set<string>();
  /** Sources that the build itself writes, every time. */
  readonly #products = new Set<string>();
  /** Sources that changed while it was built, once: the build's work, or a person's. */
  readonly #suspects = new Set<string>();
  /** Sources that changed while nothing was built. */
  readonly #edited = new Set<string>();

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#hashes = createFileHashes({ disk: realDisk, slices: tools.slices, now: tools.now });
  }

  build(task: BuildTask, byPerson: boolean): Promise<ContentProblem | null> {
    const turn = this.#turn.then(() => this.#build(task, byPerson));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async idle(): Promise<void> {
    await this.#turn;
  }

  abort(): void {
    this.#running?.stop.abort();
  }

  interrupt(): void {
    const { task, stop } = this.#running ?? {};
    if (task === undefined || stop === undefined) return;
    this.#scan(task).then(
      () => {
        if (this.#unexplained(this.#changed).some((file) => !this.#suspects.has(file))) stop.abort();
      },
      () => stop.abort(),
    );
  }

  watchedInputs(): readonly string[] {
    return this.#inputs.filter((file) => !installed.test(file));
  }

  async stateOf(task: BuildTask, retries: boolean): Promise<BuildState> {
    if (retries && this.#mayBeFixed(task)) return { kind: 'built', problem: await this.build(task, false) };
    const scanned = await this.#scan(task, 'glance');
    if (!scanned.ok) return { kind: 'built', problem: scanned.problem };
    const made = await this.#madeOf(task, scanned.fingerprint);
    if (await this.#stands(made, task)) return { kind: 'built', problem: this.#done?.problem ?? null };
    const state = createHash('sha256').update(JSON.stringify([made.sources, ...made.inputs, made.settings]));
    return { kind: 'unbuilt', state: state.digest('hex') };
  }

  async #build(task: BuildTask, byPerson: boolean): Promise<ContentProblem | null> {
    const isSure = this.#done?.doubtedAt == null;
    let isAsked = byPerson || this.#mayBeFixed(task);
    for (let [inARow, cancelled] = [0, 0]; ; isAsked = true) {
      const scanned = await this.#scan(task);
      if (!scanned.ok) return scanned.problem;
      const made = await this.#madeOf(task, scanned.fingerprint);
      if (!isAsked && (await this.#stands(made, task))) return this.#done?.problem ?? null;
      if (inARow + cancelled === 0) this.#noteEdits();
      this.#changed.clear();
      const ended = await this.#run(task, cancelled >= mostCancelled);
      if (this.#tools.closing.signal.aborted) return this.#done?.problem ?? null;
      if (ended.type === 'cancelled') {
        cancelled += 1;
        this.#suspect(this.#unexplained(this.#changed));
        continue;
      }
      inARow += 1;
      if (await this.#settle(task, ended, made, { isSure, isLast: inARow >= mostInARow }))
        return this.#done?.problem ?? null;
    }
  }

  /** A failed build may be fixed by a file that nobody has named yet: esbuild is quick enough to be asked again. */
  #mayBeFixed({ build }: BuildTask): boolean {
    return build.kind === 'esbuild' && this.#done !== null && this.#done.problem !== null;
  }

  #noteEdits(): void {
    for (const file of this.#unexplained(this.#changed)) this.#edited.add(file);
  }

  /** Notes what a build has come to. False: its sources changed meanwhile, and it has to be built again. */
  async #settle(
    task: BuildTask,
    ended: Exclude<BuildEnd, { type: 'cancelled' }>,
    before: Made,
    { isSure, isLast }: { readonly isSure: boolean; readonly isLast: boolean },
  ): Promise<boolean> {
    const scanned = await this.#scan(task);
    const unexplained = this.#unexplained(this.#changed);
    const inputs = await this.#inputsOf(task, ended);
    const made = { ...before, sources: scanned.ok ? scanned.fingerprint : before.sources, inputs };
    const finish = (problem: ContentProblem | null, doubtedAt: number | null): true => {
      this.#done = { ...made, problem, doubtedAt };
      this.#changed.clear();
      return true;
    };
    for (const file of [...this.#suspects]) {
      if (this.#changed.has(file)) continue;
      // The build would have written it again: a person did.
      this.#suspects.delete(file);
      this.#edited.add(file);
    }
    if (unexplained.length === 0 && !this.#haveMoved(before.inputs, inputs))
      return finish(problemOf(ended, this.#tools.redact), null);
    const isOwnWork = unexplained.every((file) => this.#suspects.has(file));
    if (isOwnWork && unexplained.length > 0) {
      if (!isSure) for (const file of unexplained) this.#products.add(file);
      return finish(problemOf(ended, this.#tools.redact), isSure ? this.#tools.now() + doubtMs : null);
    }
    this.#suspect(unexplained);
    if (!isLast) return false;
    const [file] = unexplained;
    return file === undefined
      ? finish(problemOf(ended, this.#tools.redact), this.#tools.now() + doubtMs)
      : finish({ reason: 'build-failed', fault: 'unsettled', output: file }, this.#tools.now() + unsettledMs);
  }

  async #run(task: BuildTask, toItsEnd: boolean): Promise<BuildEnd> {
    const walked = await walk(task.source, realDisk, this.#tools.slices);
    const stop = new AbortController();
    this.#running = toItsEnd ? null : { task, stop };
    const signal = anySignal([stop.signal, this.#tools.closing.signal]);
    const ended = await this.#tools.run({ ...task, files: walked.files }, signal);
    this.#running = null;
    return ended;
  }

  async #scan(
    { source }: BuildTask,
    how: 'scan' | 'glance' = 'scan',
  ): Promise<
    | { readonly ok: true; readonly fingerprint: Fingerprint }
    | { readonly ok: false; readonly problem: ContentProblem }
  > {
    const { snapshots } = this.#tools;
    const result = await (how === 'scan' ? snapshots.scan(source, false) : snapshots.glance(source));
    if (!result.ok) return result;
    for (const file of result.changed) this.#changed.add(file);
    return result;
  }

  async #madeOf(task: BuildTask, sources: Fingerprint): Promise<Made> {
    const inputs = await this.#hashes.of(this.#inputs);
    return { sources, inputs, settings: settingsOf(task) };
  }

  /** A failed build names few files: those of the last good one are still worth looking at. */
  async #inputsOf(
    { dir }: BuildTask,
    ended: Exclude<BuildEnd, { type: 'cancelled' }>,
  ): Promise<ReadonlyMap<string, string>> {
    const earlier = ended.type === 'built' ? [] : this.#inputs;
    const named = ended.inputs.filter((file) => !file.startsWith(dir + path.sep));
    this.#inputs = [...new Set([...named, ...earlier])].sort();
    return this.#hashes.of(this.#inputs);
  }

  /** Of those that were not known before the build, nobody knows what it has read: young ones are read once more. */
  #haveMoved(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): boolean {
    for (const [file, hash] of after) {
      const known = before.get(file);
      if (known === undefined ? this.#hashes.isYoung(file) : known !== hash) return true;
    }
    return false;
  }

  async #stands(made: Made, { output }: BuildTask): Promise<boolean> {
    const done = this.#done;
    if (done === null) return false;
    if (done.doubtedAt !== null && done.doubtedAt <= this.#tools.now()) return false;
    if (done.sources !== made.sources || done.settings !== made.settings) return false;
    for (const [file, hash] of done.inputs) if (made.inputs.get(file) !== hash) return false;
    return done.problem !== null || isThere(output);
  }

  #unexplained(files: Iterable<string>): string[] {
    return [...files].filter((file) => !this.#products.has(file)).sort();
  }

  #suspect(files: readonly string[]): void {
    for (const file of files) if (!this.#edited.has(file)) this.#suspects.add(file);
  }
}

function problemOf(
  ended: Exclude<BuildEnd, { type: 'cancelled' }>,
  redact: (text: string) => string,
): ContentProblem | null {
  switch (ended.type) {
    case 'built':
      return null;
    case 'unreadable':
      return { reason: 'unreadable', path: ended.path, code: ended.code };
    case 'failed':
      return { reason: 'build-failed', fault: ended.fault, output: redact(ended.output) };
    default:
      return ended satisfies never;
  }
}

/** A good build whose output somebody removed has to be made again. */
function isThere(output: string): Promise<boolean> {
  return stat(output).then(
    () => true,
    () => false,
  );
}

function settingsOf({ runtime, build, environment }: BuildTask): string {
  return createHash('sha256')
    .update(JSON.stringify([runtime, build, environment]))
    .digest('hex');
}
