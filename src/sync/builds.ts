/** What is built before it is looked at: the sources are walked, and the build's output is what is hashed and sent. */

import { resolve } from 'node:path';
import type { ContentProblem, FunctionName, FunctionSpec } from '../core/model.js';
import { createBuilder } from '../io/build.js';
import { type BuildTask, usualRuntime } from '../io/build-model.js';
import { buildOf, outputOf, sourceRules } from '../io/build-source.js';
import type { Config } from '../io/config-model.js';
import type { IgnoreRules } from '../io/ignore.js';
import type { SnapshotSource } from '../io/snapshot.js';
import { attempt, realDisk } from '../io/snapshot-disk.js';
import type { Slices } from '../io/snapshot-slices.js';
import { snapshotSource } from '../io/snapshot-source.js';
import { walk } from '../io/walk.js';

/** What content that is built needs. Without it nothing is built: what the last build left is what counts. */
export interface Building {
  /** Where esbuild's results go, absolute. */
  readonly folder: string;
  /** What commands see. */
  readonly environment: () => BuildTask['environment'];
  readonly redact: (text: string) => string;
  /** False: build commands, which write into the project, are not run, and what the last one left is what counts. */
  readonly runsCommands: boolean;
}

export interface Builds {
  /** Where a function's content is read from, and the rules for what is watched of it: those of its sources. */
  sourceOf(config: Config, spec: FunctionSpec): Promise<{ source: SnapshotSource; watched: IgnoreRules }>;
  /**
   * null: what is to be sent is there, made of the sources as they are now.
   * @param how `again`: also where nothing has changed since a build that failed; `onLink`: told of the sources' links
   */
  build(
    config: Config,
    spec: FunctionSpec,
    how: { readonly again: boolean; readonly onLink: NonNullable<SnapshotSource['onLink']> },
  ): Promise<ContentProblem | null>;
  /** What the function's last build read elsewhere. */
  inputs(name: FunctionName): Iterable<string>;
  /** Resolves when no build of it is under way. */
  idle(name: FunctionName): Promise<void>;
  /** What a cloud runs it with, as it writes it (`Nodejs12.16`). True: it has to be built anew, for something older. */
  noteRuntime(config: Config, name: FunctionName, runtime: string): boolean;
  /** Newer edits have come: a build under way begins again. */
  interrupt(name: FunctionName): void;
  close(): void;
}

/**
 * @param building null: nothing is built
 * @param leftIn where earlier builds left their results, should nothing be built
 */
export function createBuilds(building: Building | null, slices: Slices, leftIn: string): Builds {
  const folder = building?.folder ?? leftIn;
  const builder = building === null ? null : createBuilder(building.redact);
  const runtimes = new Map<FunctionName, number>();

  const taskOf = (config: Config, spec: FunctionSpec, environment: BuildTask['environment']) => {
    const build = buildOf(config, spec.name);
    if (build === null) return null;
    const output = outputOf(build, spec.name, spec.dir, folder);
    const runtime = runtimes.get(spec.name) ?? usualRuntime;
    return {
      name: spec.name,
      build,
      dir: spec.dir,
      projectFolder: config.folder,
      output,
      runtime,
      environment,
    };
  };
  return {
    async sourceOf(config, spec) {
      const source = await snapshotSource(config, spec);
      const build = buildOf(config, spec.name);
      if (build === null) return { source, watched: source.rules };
      const output = outputOf(build, spec.name, spec.dir, folder);
      const watched = sourceRules(source.rules, build);
      return { source: await snapshotSource(config, spec, output), watched };
    },
    async build(config, spec, { again, onLink }) {
      if (building === null || builder === null) return null;
      const task = taskOf(config, spec, building.environment());
      if (task === null) return null;
      const { build } = task;
      if (build.kind === 'command' && !building.runsCommands) return problemOfLeft(spec.dir, build.output);
      const sources = await snapshotSource(config, spec);
      const rules = sourceRules(sources.rules, build);
      const walked = await walk({ ...sources, rules, onLink }, realDisk, slices);
      return walked.problem ?? builder.build({ ...task, files: walked.files }, again);
    },
    inputs: (name) => builder?.inputs(name) ?? [],
    idle: async (name) => builder?.idle(name),
    noteRuntime(config, name, runtime) {
      const version = Number(/^Nodejs(\d+(?:\.\d+)?)/i.exec(runtime)?.[1] ?? usualRuntime);
      if (buildOf(config, name)?.kind !== 'esbuild') return false;
      if (version >= (runtimes.get(name) ?? usualRuntime)) return false;
      runtimes.set(name, version);
      return true;
    },
    interrupt: (name) => builder?.interrupt(name),
    close: () => builder?.close(),
  };
}

/** What an earlier build left is what counts; without it there is nothing to send. */
function problemOfLeft(dir: string, output: string): ContentProblem | null {
  const left = attempt(() => realDisk.stat(resolve(dir, output)).kind === 'directory');
  return left.ok && left.value ? null : { reason: 'build-failed', fault: 'no-output', output };
}
