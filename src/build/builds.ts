/** What is built before it is looked at: the sources are walked, and the build's output is what is hashed and sent. */

import { join, resolve } from 'node:path';
import type { Config } from '../config/model.js';
import { type Content, createContent, type Sources } from '../content/content.js';
import { attempt, realDisk } from '../content/disk.js';
import type { Slices } from '../content/slices.js';
import { snapshotSource } from '../content/source.js';
import { walk } from '../content/walk.js';
import type { ContentProblem, FunctionName, FunctionSpec } from '../model/nouns.js';
import { stateFolderOf } from '../state/folder.js';
import { createBuilder } from './build.js';
import { type BuildTask, usualRuntime } from './model.js';
import { buildOf, isBuildWithheld, outputOf, sourceRules } from './source.js';

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

/** The content of functions whose builds are made as `building` says; null: what earlier builds left is what counts. */
export function createBuiltContent(
  config: Config,
  specs: readonly FunctionSpec[],
  building: Building | null = null,
): Content {
  const leftIn = join(stateFolderOf(config), 'builds');
  return createContent(config, specs, (slices) => createBuilds(building, slices, leftIn));
}

/**
 * @param building null: nothing is built
 * @param leftIn where earlier builds left their results, should nothing be built
 */
function createBuilds(building: Building | null, slices: Slices, leftIn: string): Sources {
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
      if (isBuildWithheld(config, spec.name)) return { reason: 'untrusted' };
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
