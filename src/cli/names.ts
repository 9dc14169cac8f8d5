/** Names on the command line: a path means the function that lies there, and what nothing answers to gets the nearest name. */
import { resolve, sep } from 'node:path';
import type { Config } from '../config/model.js';
import { discover } from '../functions/discovery.js';
import { shortEnvNames, type Unmatched } from '../functions/selection.js';
import { withoutEnd } from '../system/text-end.js';
import { sentences } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import type { Context } from './context.js';

/** A file's path never is a name: names have no separators. */
const looksLikePath = /[\\/]/;

/** `./cloudfunctions/pay`, a file in it, and `pay/` mean `pay`. Any other name stays as it is. */
export async function functionNames(
  given: readonly string[],
  config: Config,
  { cwd }: Context,
): Promise<readonly string[]> {
  if (!given.some((name) => looksLikePath.test(name))) return given;
  const specs = await discover(config);
  return given.map((name) => {
    if (!looksLikePath.test(name)) return name;
    const place = resolve(cwd, name);
    const holders = specs.filter(({ dir }) => place === dir || place.startsWith(dir + sep));
    // One function may lie in another's folder: the innermost is meant.
    const [holder] = holders.sort((one, other) => other.dir.length - one.dir.length);
    return holder?.name ?? withoutEnd(name, '\\/');
  });
}

/** The same of one. */
export async function functionName(given: string, config: Config, context: Context): Promise<string> {
  const [name = given] = await functionNames([given], config, context);
  return name;
}

/** The short names of environments that the monitor shows stand for their ids; what is none stays as it is. */
export function withEnvIds<Options extends { readonly envId: readonly string[] }>(
  options: Options,
  { envs }: Config,
): Options {
  const ids = new Map([...shortEnvNames(envs)].map(([env, short]) => [short, env]));
  return { ...options, envId: options.envId.map((id) => (envs.includes(id) ? id : (ids.get(id) ?? id))) };
}

/** Says which parts of the command line nothing answers to. @returns the exit code */
export function tellUnmatched(unmatched: readonly Unmatched[], { err, language }: Context): number {
  const { unmatched: words, mistakes } = cliWords[language];
  for (const { kind, value, nearest } of unmatched) {
    const near = nearest === null ? '' : mistakes.didYouMean(nearest);
    err(`tcb-watch: ${sentences(words[kind](value), near)}\n`);
  }
  return 4;
}
