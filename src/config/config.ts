import path from 'node:path';
import type { ConfigProblem } from '../model/config-problem.js';
import type { Risk } from '../model/risk.js';
import type { TextPosition } from '../model/text-position.js';
import { isRecord } from '../system/json.js';
import { checkConfig, presentRoots } from './checks.js';
import { findConfigFile, type ReadVariables, readText, readVariables, VARIABLE_FILES } from './files.js';
import { faultyPaths, problemsOf } from './issues.js';
import type { Config } from './model.js';
import { pathText, without } from './path.js';
import { pathResolver, type ResolvePath, resolveConfig, resolveDirs, resolveRoots } from './resolve.js';
import { risksOf } from './risks.js';
import { type ConfigFile, configSchema, lenientSchema } from './schema.js';
import { type ParsedText, parseConfigText, type Variables } from './text.js';
import { secretsOf } from './token.js';
import { endpointFault, normalizeEndpoint } from './url.js';

export interface LoadOptions {
  /** The file that `--config` names; a relative one starts from `from`. */
  readonly file?: string;
  /** The folder where the search upward for watch.config.json begins. */
  readonly from: string;
  readonly environment: Variables;
  /** The values that options of the command line put in place of the file's. */
  readonly overrides?: { readonly endpoint?: string };
}

/**
 * Two functions of one name are a problem of the configuration; which folders are functions is not known here.
 * @internal
 */
export type CheckNames = (
  config: Config,
  positions: ReadonlyMap<string, TextPosition>,
) => Promise<readonly ConfigProblem[]>;

export type ConfigResult =
  | {
      readonly ok: true;
      readonly config: Config;
      /** The risks that need an agreement before they are taken. */
      readonly risks: readonly Risk[];
      /** Values that must never be printed: whatever the token's source was given. */
      readonly secrets: readonly string[];
      /** Those of them that this process was given, and no file of the project. */
      readonly ownSecrets: readonly string[];
      /** A change of any of these, or its appearing, asks for the configuration to be loaded again. */
      readonly watchFiles: readonly string[];
      /** The process environment over `.env.local` over `.env`: what a token's variable and commands see. */
      readonly variables: Variables;
      /** The same, read again now. */
      readonly reread: () => Promise<Variables>;
    }
  | {
      readonly ok: false;
      /** The file with the problems; null when none was found. */
      readonly file: string | null;
      /** All of them, in the order of the file. */
      readonly problems: readonly ConfigProblem[];
    };

/**
 * Finds, reads, checks and resolves the configuration. Everything that is wrong with it is reported at once; a thrown error is
 * a bug.
 * @internal
 */
export async function readConfig(options: LoadOptions, checkNames: CheckNames): Promise<ConfigResult> {
  const found = await findConfigFile(options.file, options.from);
  if (!found.ok) return { ok: false, file: null, problems: [found.problem] };
  const { file } = found;
  const folder = path.dirname(file);
  const [read, env] = await Promise.all([readText(file, '$'), readVariables(folder, options.environment)]);
  if (!read.ok) return { ok: false, file, problems: [read.problem, ...env.problems] };
  return resolveText(read.text, { file, folder, env }, options, checkNames);
}

/**
 * As `readConfig`, for a configuration that a program has in hand: what the file would hold, as a value. Its paths start
 * from `from`, where `.env` and `.tcb-watch` lie too.
 * @internal
 */
export async function readConfigValue(
  value: unknown,
  options: Omit<LoadOptions, 'file'>,
  checkNames: CheckNames,
): Promise<ConfigResult> {
  const folder = path.resolve(options.from);
  const env = await readVariables(folder, options.environment);
  return resolveText(JSON.stringify(value) ?? '', { file: null, folder, env }, options, checkNames);
}

interface TextPlace {
  readonly file: string | null;
  readonly folder: string;
  readonly env: ReadVariables;
}

async function resolveText(
  content: string,
  { file, folder, env }: TextPlace,
  options: LoadOptions,
  checkNames: CheckNames,
): Promise<ConfigResult> {
  const text = parseConfigText(content, env.variables);
  const elsewhere = [...overrideProblems(options), ...env.problems];
  if (!text.ok) return { ok: false, file, problems: [...elsewhere, ...text.problems] };
  const judged = await judge(text.parsed, folder, options.environment, checkNames);
  const problems = [...elsewhere, ...judged.problems];
  if (problems.length > 0) return { ok: false, file, problems };
  const place = { file, folder, functionsRoots: judged.roots };
  const config = overridden(resolveConfig(judged.entries, place, judged.resolve), options);
  const { positions, written } = text.parsed;
  const ownEndpoint = options.overrides?.endpoint !== undefined;
  return {
    ok: true,
    config,
    risks: await risksOf(config, { positions, written, ownEndpoint }),
    secrets: distinctSecrets([
      ...text.parsed.tokenValues,
      ...secretsOf(config.token, env.variables),
      ...closedValues([...env.written, ...namedSecrets(options.environment)], config),
    ]),
    ownSecrets: distinctSecrets(closedValues(namedSecrets(options.environment), config)),
    watchFiles: [...(file === null ? [] : [file]), ...VARIABLE_FILES.map((name) => path.join(folder, name))],
    variables: env.variables,
    reread: async () => (await readVariables(folder, options.environment)).variables,
  };
}

/**
 * A configuration without a file: every default, and what the caller knows better. Paths in `partial` must be absolute.
 * @internal
 */
export function defaultConfig(folder: string, partial: Partial<Config> = {}): Config {
  const entries = lenientSchema.parse({});
  const resolve = pathResolver(folder, {});
  const place = { file: null, folder: path.resolve(folder), functionsRoots: resolveRoots(entries, resolve) };
  return { ...resolveConfig(entries, place, resolve), ...partial };
}

interface Judgement {
  readonly entries: ConfigFile;
  readonly resolve: ResolvePath;
  readonly roots: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

async function judge(
  parsed: ParsedText,
  folder: string,
  environment: Variables,
  checkNames: CheckNames,
): Promise<Judgement> {
  const { entries, doubtful, problems } = validate(parsed);
  const resolve = pathResolver(folder, environment);
  const dirs = resolveDirs(entries, resolve);
  const byDefault = entries.functionsRoot === undefined;
  const roots = await presentRoots(resolveRoots(entries, resolve), byDefault, dirs);
  // A value that is not even an object has no parts to check.
  const parts = isRecord(parsed.value)
    ? await checkConfig({ entries, folder, roots, doubtful, dirs, positions: parsed.positions })
    : [];
  const looked = isRecord(parsed.value) && !doubtful.has('functionsRoot') && !doubtful.has('functions');
  const place = { file: null, folder: path.resolve(folder), functionsRoots: roots };
  const names = looked ? await checkNames(resolveConfig(entries, place, resolve), parsed.positions) : [];
  return {
    entries,
    resolve,
    roots,
    problems: inOrder([...parsed.problems, ...problems, ...parts, ...names]),
  };
}

interface Validated {
  readonly entries: ConfigFile;
  readonly doubtful: ReadonlySet<string>;
  readonly problems: readonly ConfigProblem[];
}

/** The problems of shape, and what is left to work with when the faulty parts are taken out. */
function validate(parsed: ParsedText): Validated {
  const issues = configSchema.safeParse(parsed.value).error?.issues ?? [];
  const unfilled = new Set(parsed.unfilled.map(pathText));
  const problems = issues
    .flatMap((issue) => problemsOf(issue, { data: parsed.value, positions: parsed.positions }))
    .filter((problem) => !unfilled.has(problem.path));
  const meant = new Set(problems.flatMap(meantPath));
  const faulty = [...parsed.unfilled, ...issues.flatMap(faultyPaths)];
  const rest = lenientSchema.safeParse(faulty.reduce<unknown>(without, parsed.value));
  const doubtful = new Set(faulty.map(([top]) => String(top)));
  const isNamed = ({ kind, path }: ConfigProblem): boolean => kind === 'missing' && meant.has(path);
  const apart = problems.filter((problem) => !isNamed(problem));
  return { entries: rest.data ?? lenientSchema.parse({}), doubtful, problems: apart };
}

/** The path of the key that a mistyped one stands for: that it is missing is the same mistake. */
function meantPath(problem: ConfigProblem): readonly string[] {
  if (problem.kind !== 'unknown-key' || !('suggestion' in problem)) return [];
  const { path, key, suggestion } = problem;
  return suggestion === null || !path.endsWith(key) ? [] : [path.slice(0, -key.length) + suggestion];
}

/** In the order of the file; what stands nowhere in it comes first. */
function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const line = ({ at }: ConfigProblem) => at?.line ?? 0;
  const column = ({ at }: ConfigProblem) => at?.column ?? 0;
  return problems.toSorted((a, b) => line(a) - line(b) || column(a) - column(b));
}

function overrideProblems({ overrides }: LoadOptions): ConfigProblem[] {
  const fault = overrides?.endpoint === undefined ? null : endpointFault(overrides.endpoint);
  return fault === null ? [] : [{ kind: 'format', path: '--endpoint', at: null, format: fault }];
}

function overridden(config: Config, { overrides }: LoadOptions): Config {
  return overrides?.endpoint === undefined
    ? config
    : { ...config, endpoint: normalizeEndpoint(overrides.endpoint) };
}

/** Shorter texts, such as a header's `1`, are no secrets, and to redact them would make every line unreadable. */
const SHORTEST_SECRET = 4;

/** The shortest value of `.env` that counts as a secret: shorter ones are ports, modes and words. */
const SHORTEST_CLOSED_VALUE = 8;

/**
 * The values that `.env` files hold are nobody's business, but for those that the configuration itself says openly: environment ids, addresses
 * and paths, which every line and event is about.
 * @internal
 */
export function closedValues(written: readonly string[], config: Config): string[] {
  const open = JSON.stringify([
    ...[
      config.endpoint,
      config.folder,
      config.file,
      config.functionsRoots,
      config.envs,
      config.protectedEnvs,
    ],
    ...[Object.keys(config.functions), config.shared],
  ]);
  return written
    .flatMap(partsOf)
    .filter((value) => value.length >= SHORTEST_CLOSED_VALUE && !open.includes(value));
}

/** Variables of the process that are secret by their names: builds and hooks see them, and may print them. */
const SECRET_NAME =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|AUTH|KEY|APIKEY|ACCESSKEY|SECRETKEY)(?:$|_)/i;

function namedSecrets(environment: Variables): string[] {
  return Object.entries(environment).flatMap(([name, value = '']) => {
    const isPlace = path.isAbsolute(value) || value.startsWith('~');
    // An address is no secret, the password in it is.
    return SECRET_NAME.test(name) && !isPlace ? [value] : partsOf(value).slice(-2);
  });
}

/** The value, each line of a longer one, and the password of an address: what prints it may print a part of it alone. */
function partsOf(value: string): readonly string[] {
  const lines = value.includes('\n') ? value.split('\n') : [];
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@]*?:([^@]*)@/i.exec(value)?.[1] ?? '';
  return [value, ...lines, password, unescaped(password)];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a password that is not escaped
  }
}

function distinctSecrets(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value.length >= SHORTEST_SECRET);
}
