/** A found project as the configuration that a start without any file works with. */
import path from 'node:path';
import type { ConfigResult } from '../config/config.js';
import { closedValues, defaultConfig } from '../config/config.js';
import { CONFIG_NAME, readVariables, VARIABLE_FILES } from '../config/files.js';
import type { Config, FunctionConfig } from '../config/model.js';
import { risksOf } from '../config/risks.js';
import type { Variables } from '../config/text.js';
import { findProject } from './find.js';
import type { FoundFunction, FoundProject } from './model.js';

/** Where functions go when nothing says so: to the environments of the emulator. */
export const inventedEnvs: readonly string[] = ['dev', 'test'];

/**
 * The configuration that `init` would find in this folder, for the embedded emulator and its environments `dev` and `test`; null where
 * there is no function. Nothing is written.
 */
export async function configOfFound(
  folder: string,
  environment: Variables,
): Promise<Extract<ConfigResult, { ok: true }> | null> {
  const found = await findProject(folder, environment);
  if (found.names.length === 0) return null;
  const reread = async (): Promise<Variables> => (await readVariables(folder, environment)).variables;
  const { variables, written } = await readVariables(folder, environment);
  const files = [CONFIG_NAME, ...VARIABLE_FILES].map((name) => path.join(folder, name));
  const config = toConfig(found);
  const risks = await risksOf(config, { positions: new Map(), written: new Map(), ownEndpoint: true });
  return {
    ok: true,
    config,
    risks,
    secrets: closedValues(written, config),
    ownSecrets: [],
    watchFiles: files,
    variables,
    reread,
  };
}

function toConfig(found: FoundProject): Config {
  const { folder } = found;
  const functions = Object.entries(found.functions).map(([name, each]) => [name, toFunction(folder, each)]);
  return defaultConfig(folder, {
    functionsRoots: found.roots.map((root) => path.join(folder, root)),
    envs: inventedEnvs,
    endpoint: 'emulator',
    ignore: found.ignore,
    shared: found.shared,
    functions: Object.fromEntries(functions),
  });
}

function toFunction(folder: string, { dir, ignore, build }: FoundFunction): FunctionConfig {
  return {
    dir: dir === null ? null : path.join(folder, dir),
    envs: null,
    ignore,
    enabled: true,
    build: build === null ? null : build === 'esbuild' ? { kind: 'esbuild' } : { kind: 'command', ...build },
    answers: null,
    proof: null,
  };
}
