import { chosenEvents } from '../answers/events.js';
import { chooseProxy, type Environment } from '../cloud/proxy.js';
import {
  type CheckNames,
  type ConfigResult,
  type LoadOptions,
  readConfig,
  readConfigValue,
} from '../config/config.js';
import { positionOf } from '../config/issues.js';
import type { Config } from '../config/model.js';
import { type KeyPath, pathText } from '../config/path.js';
import { tokenUrlOf } from '../config/token.js';
import type { ConfigProblem } from '../model/config-problem.js';
import type { TextPosition } from '../model/text-position.js';
import { findIntruder, stateFolderOf } from '../state/folder.js';
import { discover } from './discovery.js';

/**
 * Two functions of one name in the functions roots (a mistake of the configuration). Where a second one appears
 * while the program runs, both are held instead.
 */
async function checkNames(
  config: Config,
  positions: ReadonlyMap<string, TextPosition>,
): Promise<ConfigProblem[]> {
  if (config.functionsRoots.length < 2) return [];
  const specs = await discover(config);
  const at = positionOf(['functionsRoot'], positions);
  return specs.flatMap(({ name, problem }): ConfigProblem[] =>
    problem?.reason === 'clash'
      ? [{ kind: 'same-name', path: 'functionsRoot', at, name, folders: [problem.path, problem.other] }]
      : [],
  );
}

/** Events that the configuration names and a function's file, which is right otherwise, does not hold. */
async function checkEvents(
  config: Config,
  positions: ReadonlyMap<string, TextPosition>,
): Promise<ConfigProblem[]> {
  const problems = Object.entries(config.functions).map(async ([name, { enabled, answers }]) => {
    if (!enabled || answers === null || answers === 'all') return [];
    const chosen = await chosenEvents(config, name);
    return chosen.problems.flatMap(({ file, fault }): ConfigProblem[] => {
      if (fault.kind !== 'absent') return [];
      const keys: KeyPath = ['functions', name, 'answers', answers.indexOf(fault.name)];
      const { name: event, suggestion, known } = fault;
      const place = { path: pathText(keys), at: positionOf(keys, positions) };
      return [{ kind: 'no-event', ...place, name: event, file, suggestion, known }];
    });
  });
  return (await Promise.all(problems)).flat();
}

const checkProject: CheckNames = async (config, positions) => [
  ...(await checkNames(config, positions)),
  ...(await checkEvents(config, positions)),
];

/** The configuration, judged with the functions that it finds. */
export async function loadConfig(options: LoadOptions): Promise<ConfigResult> {
  const read = withProxy(await readConfig(options, checkProject), options.environment);
  return withoutIntruder(read);
}

/** As `loadConfig`, for a configuration that a program has in hand. */
export async function loadConfigValue(
  value: unknown,
  options: Omit<LoadOptions, 'file'>,
): Promise<ConfigResult> {
  const read = withProxy(await readConfigValue(value, options, checkProject), options.environment);
  return withoutIntruder(read);
}

/**
 * The configuration, unless the environment names a proxy for its addresses that cannot be used: to go there without one is what
 * whoever set it does not want.
 */
function withProxy(result: ConfigResult, environment: Environment): ConfigResult {
  if (!result.ok) return result;
  const { endpoint, token, file } = result.config;
  const addresses = [endpoint, tokenUrlOf(token) ?? ''].filter((each) => URL.canParse(each));
  const mistakes = addresses
    .map((address) => chooseProxy(new URL(address), environment))
    .filter((choice) => choice.kind === 'mistake');
  const [first] = mistakes;
  if (first === undefined) return result;
  return { ok: false, file, problems: [{ kind: 'proxy', path: first.variable, at: null, why: first.why }] };
}

/**
 * The configuration, unless what lies in its `.tcb-watch` is not this program's own.
 * @internal
 */
export async function withoutIntruder(result: ConfigResult): Promise<ConfigResult> {
  if (!result.ok) return result;
  const intruder = await findIntruder(stateFolderOf(result.config));
  if (intruder === null) return result;
  const { path: file, why } = intruder;
  return {
    ok: false,
    file: result.config.file,
    problems: [{ kind: 'intruder', path: '$', at: null, file, why }],
  };
}
