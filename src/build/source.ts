/** What a built function is made of and what of it is sent: two folders with one set of rules. */
import path from 'node:path';
import type { BuildConfig, Config } from '../config/model.js';
import type { IgnoreRules } from '../content/ignore.js';
import type { FunctionName } from '../model/nouns.js';

export function buildOf(config: Pick<Config, 'functions'>, name: FunctionName): BuildConfig | null {
  return Object.hasOwn(config.functions, name) ? (config.functions[name]?.build ?? null) : null;
}

/** The folder that is sent. What esbuild makes lies outside of everything that is watched. */
export function outputOf(build: BuildConfig, name: FunctionName, dir: string, buildsFolder: string): string {
  return build.kind === 'esbuild' ? path.join(buildsFolder, name) : path.resolve(dir, build.output);
}

/** The rules for the sources: a command's own output must neither count nor set the build off again. */
export function sourceRules(rules: IgnoreRules, build: BuildConfig): IgnoreRules {
  if (build.kind === 'esbuild') return rules;
  const output = path.posix.normalize(build.output.replaceAll('\\', '/')).replace(/\/$/, '');
  const isOutput = (name: string): boolean => name === output || name.startsWith(`${output}/`);
  return {
    problem: rules.problem,
    ignores: (name, isDirectory) => isOutput(name) || rules.ignores(name, isDirectory),
    explain: (name, isDirectory) =>
      isOutput(name)
        ? { ignored: true, rule: output, source: 'build.output' }
        : rules.explain(name, isDirectory),
  };
}
