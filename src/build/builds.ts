/** Functions that are built before they are looked at: the sources are walked, and the build's output is what is hashed and sent. */

import { resolve } from 'node:path';
import type { Config } from '../config/model.js';
import { type Content, createContent, type KeyDigestOf, type Sources } from '../content/content.js';
import { attempt, realDisk } from '../content/disk.js';
import type { FileIndex } from '../content/file-index.js';
import type { Slices } from '../content/slices.js';
import { type SnapshotSource, snapshotSource } from '../content/source.js';
import type { ContentProblem, FunctionName, FunctionSpec } from '../model/nouns.js';
import { buildsFolderOf } from '../state/folder.js';
import { isWithin } from '../system/paths.js';
import { type Builder, createBuilder } from './builder.js';
import { runBuildCommand } from './command.js';
import { runEsbuild } from './esbuild.js';
import { type BuildEnd, type BuildRun, type BuildTask, usualRuntime } from './model.js';
import { buildOf, isBuildWithheld, outputOf, sourceRules } from './source.js';

/** The surroundings that a build needs. Without it nothing is built: what the last build left is what counts. */
export interface Building {
  /** Where esbuild's results go, absolute. */
  readonly folder: string;
  /** The variables that commands see. */
  readonly environment: () => BuildTask['environment'];
  readonly redact: (text: string) => string;
  /** False: build commands, which write into the project, are not run, and what the last one left is what counts. */
  readonly runsCommands: boolean;
}

/** The content of functions whose builds are made as `building` says; null: what earlier builds left is what counts. */
export function createBuiltContent(
  config: Config,
  specs: readonly FunctionSpec[],
  building: Building | null = null,
  keyDigestOf?: KeyDigestOf,
  index?: FileIndex,
): Content {
  const leftIn = buildsFolderOf(config);
  return createContent(config, specs, (slices) => createBuilds(building, slices, leftIn), keyDigestOf, index);
}

/**
 * @param building null: nothing is built
 * @param leftIn where earlier builds left their results, should nothing be built
 */
function createBuilds(building: Building | null, slices: Slices, leftIn: string): Sources {
  const folder = building?.folder ?? leftIn;
  const builder: Builder | null =
    building === null ? null : createBuilder({ run: runBuild, redact: building.redact, slices });
  const runtimes = new Map<FunctionName, number>();

  /** null: it is not built, or not now; then `problem` says whether there is anything to send. */
  const planOf = async (
    config: Config,
    spec: FunctionSpec,
    onLink: NonNullable<SnapshotSource['onLink']>,
  ): Promise<{ task: BuildTask | null; problem: ContentProblem | null }> => {
    if (isBuildWithheld(config, spec.name)) return { task: null, problem: { reason: 'untrusted' } };
    const build = buildOf(config, spec.name);
    if (build === null || building === null) return { task: null, problem: null };
    if (build.kind === 'command' && !building.runsCommands)
      return { task: null, problem: problemOfLeft(spec.dir, build.output) };
    const source = await snapshotSource(config, spec);
    return {
      task: {
        name: spec.name,
        build,
        dir: spec.dir,
        projectFolder: config.folder,
        output: outputOf(build, spec.name, spec.dir, folder),
        source: { ...source, rules: sourceRules(source.rules, build), entries: null, onLink },
        runtime: runtimes.get(spec.name) ?? usualRuntime,
        environment: building.environment(),
      },
      problem: null,
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
      const { task, problem } = await planOf(config, spec, onLink);
      if (task === null || builder === null) return problem;
      return (await builder.build(task, again)) ?? outputProblem(task);
    },
    async stateOf(config, spec, { retries, onLink }) {
      const { task, problem } = await planOf(config, spec, onLink);
      if (task === null || builder === null) return { kind: 'built', problem };
      const state = await builder.stateOf(task, retries);
      return state.kind === 'built' && state.problem === null
        ? { kind: 'built', problem: outputProblem(task) }
        : state;
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
    forget(name) {
      builder?.forget(name);
      runtimes.delete(name);
    },
    close: () => builder?.close(),
  };
}

function runBuild(task: BuildRun, signal: AbortSignal): Promise<BuildEnd> {
  const { build } = task;
  return build.kind === 'command'
    ? runBuildCommand({ ...task, build }, signal)
    : runEsbuild({ ...task, build }, signal);
}

/** An output that is a link may lead anywhere in the project, and nowhere else. */
function outputProblem({ build, output, projectFolder }: BuildTask): ContentProblem | null {
  if (build.kind !== 'command') return null;
  const found = attempt(() => ({
    real: realDisk.realpath(output),
    project: realDisk.realpath(projectFolder),
    isLink: realDisk.lstat(output).kind === 'link',
  }));
  if (!found.ok || !found.value.isLink || isWithin(found.value.real, found.value.project)) return null;
  return { reason: 'outside-link', path: build.output, target: found.value.real };
}

/** The output that an earlier build left is what counts; without it there is nothing to send. */
function problemOfLeft(dir: string, output: string): ContentProblem | null {
  const left = attempt(() => realDisk.stat(resolve(dir, output)).kind === 'directory');
  return left.ok && left.value ? null : { reason: 'build-failed', fault: 'no-output', output };
}
