/** The sources of a built function and the files of it that are sent: two folders with one set of rules. */
import path from 'node:path';
import type { BuildConfig, Config } from '../config/model.js';
import type { IgnoreRules } from '../content/ignore.js';
import type { FunctionName } from '../model/nouns.js';

/** A build that may be run. */
export type AgreedBuild = Exclude<BuildConfig, { kind: 'withheld' }>;

export function buildOf(config: Pick<Config, 'functions'>, name: FunctionName): AgreedBuild | null {
  const build = Object.hasOwn(config.functions, name) ? (config.functions[name]?.build ?? null) : null;
  return build?.kind === 'withheld' ? null : build;
}

/** Whether its build waits for an agreement: its sources alone are not what is to be sent. */
export function isBuildWithheld(config: Pick<Config, 'functions'>, name: FunctionName): boolean {
  return Object.hasOwn(config.functions, name) && config.functions[name]?.build?.kind === 'withheld';
}

/** The folder that is sent. What esbuild makes lies outside of everything that is watched. */
export function outputOf(build: AgreedBuild, name: FunctionName, dir: string, buildsFolder: string): string {
  return build.kind === 'esbuild' ? path.join(buildsFolder, name) : path.resolve(dir, build.output);
}

/** As made of which rules, by the output: whoever compares rules finds that they are the same. */
const made = new WeakMap<IgnoreRules, Map<string, IgnoreRules>>();

/** The rules for the sources: a command's own output must neither count nor set the build off again. */
export function sourceRules(rules: IgnoreRules, build: AgreedBuild): IgnoreRules {
  if (build.kind === 'esbuild') return rules;
  const output = path.posix.normalize(build.output.replaceAll('\\', '/')).replace(/\/$/, '');
  const byOutput = made.get(rules) ?? new Map<string, IgnoreRules>();
  const without = byOutput.get(output) ?? rulesWithout(rules, output);
  made.set(rules, byOutput.set(output, without));
  return without;
}

function rulesWithout(rules: IgnoreRules, output: string): IgnoreRules {
  const isOutput = (name: string): boolean => name === output || name.startsWith(`${output}/`);
  return {
    problem: rules.problem,
    takesIn: rules.takesIn,
    ignores: (name, isDirectory) => isOutput(name) || rules.ignores(name, isDirectory),
    explain: (name, isDirectory) =>
      isOutput(name)
        ? { ignored: true, rule: output, source: 'build.output' }
        : rules.explain(name, isDirectory),
  };
}
