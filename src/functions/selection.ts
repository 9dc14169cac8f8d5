/** Which functions and environments of the project a run is about. Pure. */

import { matchesGlob } from '../config/glob.js';
import type { Config } from '../config/model.js';
import { nearestName } from '../config/suggest.js';
import type { FunctionSpec } from '../model/nouns.js';

/**
 * The part that the command line narrows a run to; null and empty: everything.
 * @internal
 */
export interface Selection {
  readonly envIds: readonly string[];
  /** Globs of function names. */
  readonly only: readonly string[];
  /** Function names, as `push` takes them. */
  readonly names: readonly string[];
}

/** @internal */
export function isSelected(spec: Pick<FunctionSpec, 'name'>, selection: Selection): boolean {
  const named = selection.names.length === 0 || selection.names.includes(spec.name);
  const matched = selection.only.length === 0 || selection.only.some((glob) => matchesGlob(glob, spec.name));
  return named && matched;
}

/**
 * The function as this run sees it: in the chosen environments only.
 * @internal
 */
export function narrowed(spec: FunctionSpec, selection: Selection): FunctionSpec {
  if (selection.envIds.length === 0) return spec;
  return { ...spec, envs: spec.envs.filter((env) => selection.envIds.includes(env)) };
}

/** A part of the command line that nothing in the project answers to. */
export interface Unmatched {
  /** `together`: each part has something that answers to it, and nothing answers to all of them. */
  readonly kind: 'env' | 'only' | 'name' | 'disabled' | 'together';
  readonly value: string;
  /** The name that was probably meant; null: nothing is near. */
  readonly nearest: string | null;
}

type Selectable = Pick<FunctionSpec, 'name' | 'envs'>;

/**
 * Every name, glob and environment that matches nothing, alone or with the others, and every disabled function asked for by
 * name.
 * @internal
 */
export function unmatchedOf(selection: Selection, config: Config, specs: readonly Selectable[]): Unmatched[] {
  const alone = unmatchedAlone(selection, config, specs);
  return alone.length > 0 ? alone : unmatchedTogether(selection, specs);
}

function unmatchedTogether(selection: Selection, specs: readonly Selectable[]): Unmatched[] {
  const { envIds, only, names } = selection;
  const kinds = [envIds, only, names].filter((list) => list.length > 0).length;
  const meant = specs.some(
    (spec) =>
      isSelected(spec, selection) && (envIds.length === 0 || spec.envs.some((env) => envIds.includes(env))),
  );
  if (kinds < 2 || meant) return [];
  const parts = [...names, ...only.map((glob) => `--only ${glob}`), ...envIds.map((id) => `--env-id ${id}`)];
  return [{ kind: 'together', value: parts.join(' '), nearest: null }];
}

function unmatchedAlone(selection: Selection, config: Config, specs: readonly Selectable[]): Unmatched[] {
  const isDisabled = (name: string): boolean =>
    Object.hasOwn(config.functions, name) && config.functions[name]?.enabled === false;
  const names = specs.map((spec) => spec.name);
  return [
    ...unmatchedEnvs(selection.envIds, config),
    ...selection.only
      .filter((glob) => !names.some((name) => matchesGlob(glob, name)))
      .map((value) => ({ kind: 'only' as const, value, nearest: nearestName(value, names) })),
    ...selection.names
      .filter((name) => !names.includes(name))
      .map((value) =>
        isDisabled(value)
          ? { kind: 'disabled' as const, value, nearest: null }
          : { kind: 'name' as const, value, nearest: nearestName(value, names) },
      ),
  ];
}

/**
 * Environments by the part of their id that people gave them, where that still distinguishes them: `dev` of `dev-3gewtf9c10f60c76`.
 * @internal
 */
export function shortEnvNames(envs: readonly string[]): ReadonlyMap<string, string> {
  const short = envs.map((env) => env.replace(/-[0-9a-z]{10,}$/, ''));
  const unique = new Set(short).size === envs.length;
  return new Map(envs.map((env, index) => [env, (unique ? short[index] : undefined) ?? env]));
}

/**
 * Environments that are not configured.
 * @internal
 */
export function unmatchedEnvs(envIds: readonly string[], config: Config): Unmatched[] {
  // A short name is taken for the id, so that one may be mistyped, too.
  const known = [...config.envs, ...shortEnvNames(config.envs).values()];
  return envIds
    .filter((id) => !config.envs.includes(id))
    .map((value) => ({
      kind: 'env',
      value,
      nearest: nearestName(
        value,
        known.filter((name) => name !== value),
      ),
    }));
}
