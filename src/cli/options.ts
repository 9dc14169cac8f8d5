/** The command line, parsed by commander, with types that follow from its options and with messages and exit codes of our own. */
import {
  Command,
  CommanderError,
  Help,
  type HelpConfiguration,
  InvalidArgumentError,
  Option,
} from 'commander';
import { nearestName } from '../config/suggest.js';
import type { Language } from '../text/language.js';
import { type AmbiguousColumns, listOf, noted, said, sentences } from '../text/text.js';
import { type CliWords, cliWords, type OptionName, type ValueKind } from '../text/words/cli.js';

/** An option: how commander knows it, and the type of what it gives. */
interface Flag<Value, Text extends string = string> {
  readonly flags: Text;
  readonly configure: (option: Option) => Option;
  /** The words about a value that is none; null where every text is one. */
  readonly wants: ValueKind | null;
  /** Never there: it carries the type. */
  readonly gives?: Value;
}

/** Flags that take no value. `--no-…` gives true unless it is there, so it is no switch. */
type SwitchText<Text extends string> = Text extends
  | `${string}<${string}`
  | `${string}[${string}`
  | `${string}--no-${string}`
  ? never
  : Text;
type ValueText = `${string} <${string}>`;

const toggle = <const Text extends string>(flags: SwitchText<Text>): Flag<boolean, SwitchText<Text>> => ({
  flags,
  configure: (option) => option.default(false),
  wants: null,
});

/** A flag that makes no sense next to another one. */
const alone = <Kind extends Flag<unknown>>(flag: Kind, other: string): Kind => ({
  ...flag,
  configure: (option: Option) => flag.configure(option).conflicts(other),
});

const text = <const Text extends ValueText>(flags: Text): Flag<string | undefined, Text> => ({
  flags,
  configure: (option) => option,
  wants: null,
});

const repeatable = <const Text extends ValueText>(flags: Text): Flag<readonly string[], Text> => ({
  flags,
  configure: (option) => option.default([]).argParser(append),
  wants: null,
});

function append(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** @param usual the value where none is given */
function number<const Text extends ValueText>(flags: Text, usual: number, most?: number): Flag<number, Text>;
function number<const Text extends ValueText>(
  flags: Text,
  usual?: undefined,
  most?: number,
): Flag<number | undefined, Text>;
function number(flags: string, usual?: number, most = Number.MAX_SAFE_INTEGER): Flag<number | undefined> {
  const parse = (value: string): number => {
    if (!/^\d+$/.test(value) || Number(value) > most) throw new InvalidArgumentError('');
    return Number(value);
  };
  return {
    flags,
    configure: (option) => option.default(usual).argParser(parse),
    wants: most === mostPort ? 'port' : 'wholeNumber',
  };
}

const mostPort = 65_535;

/** Node's own port for debuggers. */
const usualInspectPort = '9229';

/** Its value may be left out. commander alone would take the name or the event that follows for one: see `withInspectPort`. */
const inspect: Flag<number | undefined, '--inspect [PORT]'> = {
  ...number('--inspect <PORT>', undefined, mostPort),
  flags: '--inspect [PORT]',
};

/** `--inspect` without a number after it means the usual port. */
function withInspectPort(args: readonly string[]): string[] {
  return args.map((arg, index) =>
    arg === '--inspect' && !/^\d+$/.test(args[index + 1] ?? '') ? `--inspect=${usualInspectPort}` : arg,
  );
}

const ambiguousWidth: Flag<AmbiguousColumns | undefined, '--ambiguous-width <N>'> = {
  flags: '--ambiguous-width <N>',
  configure: (option) =>
    option.argParser((value): AmbiguousColumns => {
      if (value !== '1' && value !== '2') throw new InvalidArgumentError('');
      return value === '2' ? 2 : 1;
    }),
  wants: 'oneOrTwo',
};

/** `push --timeout`: how long to go on retrying, seconds. */
const defaultTimeoutSeconds = 600;

const flags = {
  config: text('-c, --config <FILE>'),
  envId: repeatable('-e, --env-id <ID>'),
  only: repeatable('--only <GLOB>'),
  endpoint: text('--endpoint <URL>'),
  json: toggle('--json'),
  plain: toggle('--plain'),
  problems: alone(toggle('--problems'), 'json'),
  ascii: toggle('--ascii'),
  ambiguousWidth,
  dryRun: toggle('--dry-run'),
  force: toggle('--force'),
  yes: toggle('--yes'),
  stdinEnds: toggle('--stdin-ends'),
  trust: toggle('--trust'),
  adopt: toggle('--adopt'),
  list: toggle('--list'),
  forget: toggle('--forget'),
  verbose: toggle('--verbose'),
  timeout: number('--timeout <SECONDS>', defaultTimeoutSeconds),
  files: text('--files <NAME>'),
  since: text('--since <ID>'),
  to: text('--to <ID>'),
  stat: toggle('--stat'),
  rid: text('--rid <RID>'),
  port: number('--port <N>', 0, mostPort),
  token: text('--token <TOKEN>'),
  latency: number('--latency <MS>', 0),
  deploy: number('--deploy <MS>'),
  faults: text('--faults <FILE>'),
  store: text('--store <DIR>'),
  lenient: toggle('--lenient'),
  readOnly: toggle('--read-only'),
  allowProtected: toggle('--allow-protected'),
  inspect,
  check: toggle('--check'),
  event: text('--event <NAME>'),
} as const;

type FlagName = keyof typeof flags;

/** `dryRun` as it is written: `dry-run`. */
type Kebab<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${Kebab<Rest>}`
  : '';

/** commander finds an option's value under the long flag's name: another name here does not compile. */
flags satisfies {
  readonly [Name in FlagName]: Flag<
    unknown,
    `${string}--${Kebab<Name>}` | `${string}--${Kebab<Name>} ${'<' | '['}${string}`
  >;
};

type ValueOf<Name extends FlagName> = (typeof flags)[Name] extends Flag<infer Value> ? Value : never;
type Optional<Name extends FlagName> = Name extends FlagName
  ? undefined extends ValueOf<Name>
    ? Name
    : never
  : never;

/** The values that commander gives for these options. */
type OptionsOf<Name extends FlagName> = {
  readonly [Each in Exclude<Name, Optional<Name>>]: ValueOf<Each>;
} & { readonly [Each in Optional<Name>]?: Exclude<ValueOf<Each>, undefined> };

/** The options of `watch` and `push`. */
const common = [
  'config',
  'envId',
  'only',
  'endpoint',
  'json',
  'plain',
  'problems',
  'ascii',
  'ambiguousWidth',
  'dryRun',
  'force',
  'yes',
  'adopt',
  'stdinEnds',
  'trust',
  'verbose',
] as const;

/** By command, in the order of its help. */
const taken = {
  watch: common,
  push: [...common, 'timeout', 'check'],
  check: [
    ...['config', 'envId', 'only', 'endpoint', 'json', 'plain', 'ascii', 'ambiguousWidth', 'trust'],
    'verbose',
  ] as const,
  status: ['files', 'config', 'envId', 'only', 'endpoint', 'json', 'trust', 'verbose'],
  invoke: ['event', 'config', 'envId', 'endpoint', 'json', 'yes', 'trust', 'inspect'],
  stop: ['config'],
  accept: ['config', 'envId', 'only', 'endpoint', 'json', 'ascii', 'trust'],
  init: ['config', 'envId', 'endpoint', 'yes'],
  doctor: ['rid', 'config', 'envId', 'endpoint', 'json', 'yes', 'trust'],
  trust: ['config', 'list', 'forget'],
  emulator: [
    ...['config', 'port', 'envId', 'token', 'latency', 'deploy', 'faults', 'store', 'lenient', 'inspect'],
    ...['json', 'stdinEnds'],
  ] as const,
  history: ['config', 'envId', 'endpoint', 'json', 'forget', 'yes', 'trust'],
  diff: ['config', 'envId', 'since', 'stat', 'endpoint', 'json', 'trust'],
  undo: ['config', 'envId', 'to', 'endpoint', 'json', 'yes', 'trust'],
  complete: [],
  mcp: ['config', 'envId', 'endpoint', 'trust', 'readOnly', 'allowProtected'],
} as const satisfies Readonly<Record<keyof CliWords['commands'], readonly FlagName[]>>;

type CommandName = keyof typeof taken;

/** Options that mean something else in one command than in the others. */
const described: { readonly [Name in CommandName]?: Readonly<Partial<Record<FlagName, OptionName>>> } = {
  status: { verbose: 'statusVerbose' },
  invoke: { envId: 'invokeEnvId', json: 'invokeJson', yes: 'invokeYes', inspect: 'invokeInspect' },
  accept: { envId: 'acceptEnvId' },
  init: { config: 'initConfig', envId: 'initEnvId', yes: 'initYes' },
  doctor: { yes: 'doctorYes' },
  emulator: { envId: 'emulatorEnvId' },
  history: { forget: 'historyForget', yes: 'historyYes' },
};

type Takes<Name extends CommandName> = OptionsOf<(typeof taken)[Name][number]>;

/** Options that `watch` and `push` take. */
export type CommonOptions = Takes<'watch'>;
export type StatusOptions = Takes<'status'>;
export type CheckOptions = Takes<'check'>;
export type InvokeOptions = Takes<'invoke'>;
export type AcceptOptions = Takes<'accept'>;
export type StopOptions = Takes<'stop'>;
export type InitOptions = Takes<'init'>;
export type DoctorOptions = Takes<'doctor'>;
export type EmulatorOptions = Takes<'emulator'>;
export type TrustOptions = Takes<'trust'>;
export type McpOptions = Takes<'mcp'>;
export type HistoryOptions = Takes<'history'>;
export type DiffOptions = Takes<'diff'>;
export type UndoOptions = Takes<'undo'>;

/** A parsed command line. */
export type Invocation =
  | { readonly command: 'watch'; readonly options: CommonOptions }
  | {
      readonly command: 'push';
      readonly options: CommonOptions;
      readonly names: readonly string[];
      /** 0: without an end. */
      readonly timeoutSeconds: number;
      /** When all is live, functions are called with their saved events. */
      readonly check: boolean;
    }
  | { readonly command: 'check'; readonly options: CheckOptions; readonly names: readonly string[] }
  | { readonly command: 'status'; readonly options: StatusOptions }
  | {
      readonly command: 'accept';
      readonly options: AcceptOptions;
      readonly names: readonly string[];
    }
  | { readonly command: 'stop'; readonly options: StopOptions }
  | { readonly command: 'init'; readonly options: InitOptions }
  | { readonly command: 'doctor'; readonly options: DoctorOptions }
  | {
      readonly command: 'invoke';
      readonly options: InvokeOptions;
      readonly name: string;
      /** JSON text, or `-` for stdin. */
      readonly event: string | undefined;
    }
  | { readonly command: 'emulator'; readonly options: EmulatorOptions }
  | { readonly command: 'trust'; readonly options: TrustOptions }
  | {
      readonly command: 'history';
      readonly options: HistoryOptions;
      readonly name: string | undefined;
    }
  | { readonly command: 'diff'; readonly options: DiffOptions; readonly name: string }
  | { readonly command: 'undo'; readonly options: UndoOptions; readonly name: string }
  | { readonly command: 'mcp'; readonly options: McpOptions }
  | { readonly command: 'complete'; readonly shell: string }
  /** The words that a completion script asks about. */
  | { readonly command: 'complete-words'; readonly words: readonly string[] }
  /** `--help keys`. */
  | { readonly command: 'keys'; readonly ascii: boolean }
  /** Help or a mistake: printed already. */
  | { readonly command: 'none'; readonly exitCode: number };

/** A command: its arguments in the order of the line, and what a line with it asks for. */
interface CommandForm<Name extends CommandName> {
  readonly takes?: (words: CliWords) => readonly (readonly [argument: string, description: string])[];
  /** @param options in commander's own form */
  readonly invocation: (options: Takes<Name>, args: Command['processedArgs']) => Invocation;
}

/** In the order of the help. */
const commandForms: { readonly [Name in CommandName]: CommandForm<Name> } = {
  watch: {
    invocation: (options) =>
      // Without a watcher there is nothing to wait for: a dry run is the same for both.
      options.dryRun
        ? { command: 'push', options, names: [], timeoutSeconds: defaultTimeoutSeconds, check: false }
        : { command: 'watch', options },
  },
  push: {
    takes: (words) => [['[name...]', words.names]],
    invocation: ({ timeout, check, ...options }, [names]) => ({
      ...{ command: 'push', options },
      names: textsOf(names),
      timeoutSeconds: timeout,
      check,
    }),
  },
  check: {
    takes: (words) => [['[name...]', words.checkNames]],
    invocation: (options, [names]) => ({ command: 'check', options, names: textsOf(names) }),
  },
  status: { invocation: (options) => ({ command: 'status', options }) },
  invoke: {
    takes: (words) => [
      ['<name>', words.invokeName],
      ['[json]', words.invokeEvent],
    ],
    invocation: (options, args) => {
      const [name = '', event] = textsOf(args);
      return { command: 'invoke', options, name, event };
    },
  },
  accept: {
    takes: (words) => [['[name...]', words.acceptNames]],
    invocation: (options, [names]) => ({ command: 'accept', options, names: textsOf(names) }),
  },
  stop: { invocation: (options) => ({ command: 'stop', options }) },
  init: { invocation: (options) => ({ command: 'init', options }) },
  doctor: { invocation: (options) => ({ command: 'doctor', options }) },
  emulator: { invocation: (options) => ({ command: 'emulator', options }) },
  trust: { invocation: (options) => ({ command: 'trust', options }) },
  history: {
    takes: (words) => [['[name]', words.historyName]],
    invocation: (options, args) => ({ command: 'history', options, name: textsOf(args)[0] }),
  },
  diff: {
    takes: (words) => [['<name>', words.invokeName]],
    invocation: (options, args) => ({ command: 'diff', options, name: textsOf(args)[0] ?? '' }),
  },
  undo: {
    takes: (words) => [['<name>', words.invokeName]],
    invocation: (options, args) => ({ command: 'undo', options, name: textsOf(args)[0] ?? '' }),
  },
  complete: {
    takes: (words) => [['<shell>', words.completeShell]],
    invocation: (_, args) => ({ command: 'complete', shell: textsOf(args)[0] ?? '' }),
  },
  mcp: { invocation: (options) => ({ command: 'mcp', options }) },
};

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commandForms, name);
}

export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Parses arguments (without node and script). Never exits: a mistake is printed and has exit code 3. */
export function parseArguments(
  args: readonly string[],
  version: string,
  language: Language,
  output: Output,
): Invocation {
  if (asksForKeys(args)) {
    return { command: 'keys', ascii: args.includes('--ascii') };
  }
  if (args[0] === 'help') return parseArguments([...args.slice(1), '--help'], version, language, output);
  // The words are somebody's unfinished line: nothing in them is an option of ours.
  if (args[0] === 'complete' && args[1] === '--') return { command: 'complete-words', words: args.slice(2) };
  let invocation: Invocation = { command: 'none', exitCode: 0 };
  const program = buildProgram(version, language, (found) => {
    invocation = found;
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: output.out, writeErr: () => undefined });
  }
  try {
    program.parse(withInspectPort(args), { from: 'user' });
    return invocation;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { command: 'none', exitCode: 0 };
    output.err(mistakeText(error, args, program, language));
    return { command: 'none', exitCode: 3 };
  }
}

/** `--help keys`: the keys of the monitor, which no option takes. */
function asksForKeys(args: readonly string[]): boolean {
  if (args[0] === 'help' && args[1] === 'keys') return true;
  const index = args.findIndex((arg) => arg === '--help' || arg === '-h');
  return index !== -1 && args[index + 1] === 'keys';
}

function buildProgram(version: string, language: Language, found: (invocation: Invocation) => void): Command {
  const words = cliWords[language];
  const program: Command = new Command('tcb-watch')
    .description(words.description)
    .version(version, '-v, --version', words.options.version)
    .helpOption('-h, --help', words.options.help)
    .helpCommand(false)
    .addHelpText(
      'after',
      () =>
        `\n${watchOptions(program, words)}\n\n${words.examples}\n\n${words.variables}\n\n${words.exitCodes}`,
    )
    .configureHelp(helpFormat(language));

  const add = <Name extends CommandName>(name: Name): void => {
    const { takes, invocation }: CommandForm<Name> = commandForms[name];
    const command = new Command(name)
      .description(words.commands[name])
      .helpOption('-h, --help', words.options.help)
      .configureHelp(helpFormat(language));
    for (const each of taken[name]) {
      const { flags: text, configure } = flags[each];
      command.addOption(configure(new Option(text, words.options[described[name]?.[each] ?? each])));
    }
    for (const [argument, description] of takes?.(words) ?? []) command.argument(argument, description);
    command.action(() => found(invocation(command.opts<Takes<Name>>(), command.processedArgs)));
    program.addCommand(command, { isDefault: name === 'watch' });
  };
  Object.keys(commandForms)
    .filter(isCommandName)
    .forEach((name) => {
      add(name);
    });
  return program;
}

/** A command as completion sees it. */
export interface CommandShape {
  readonly name: string;
  readonly description: string;
  readonly arguments: readonly { readonly name: string; readonly repeats: boolean }[];
  readonly options: readonly OptionShape[];
}

export interface OptionShape {
  /** `-c`, `--config`. */
  readonly spellings: readonly string[];
  readonly description: string;
  /** The kind of its value; null where it has none. */
  readonly takes: 'file' | 'env' | 'function' | 'endpoint' | 'text' | null;
}

/** Options whose values are more than any text. */
const valueKinds: { readonly [Name in FlagName]?: OptionShape['takes'] } = {
  config: 'file',
  faults: 'file',
  store: 'file',
  envId: 'env',
  only: 'function',
  files: 'function',
  endpoint: 'endpoint',
};

/** Every command with what it takes. */
export function commandShapes(language: Language): readonly CommandShape[] {
  const kindOf = new Map<string, OptionShape['takes']>(
    Object.entries(valueKinds).map(([name, kind]) => [name, kind]),
  );
  return buildProgram('', language, () => undefined).commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    arguments: command.registeredArguments.map((each) => ({ name: each.name(), repeats: each.variadic })),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map((option) => ({
        spellings: spellingsOf(option.flags),
        description: option.description,
        takes: option.required ? (kindOf.get(option.attributeName()) ?? 'text') : null,
      })),
  }));
}

/** Arguments that are there, as commander gives them: texts. */
function textsOf(args: unknown): string[] {
  return Array.isArray(args) ? args.filter((each): each is string => typeof each === 'string') : [];
}

/** Whoever asks the program for help wants to see what `tcb-watch` alone takes. */
function watchOptions(program: Command, words: CliWords): string {
  // `push` takes what `watch` takes, and more.
  const push = program.commands.find((command) => command.name() === 'push');
  if (push === undefined) return '';
  const help = push.createHelp();
  const rows = help.visibleOptions(push).filter((shown) => !shown.flags.includes('--help'));
  const width = Math.max(...rows.map((shown) => help.optionTerm(shown).length));
  const lines = rows.map((shown) =>
    help.formatItem(help.optionTerm(shown), width, help.optionDescription(shown), help),
  );
  return `${words.watchOptionsTitle}\n${lines.join('\n')}`;
}

/** Titles in the user's language; a default is named only where it is a number to know. */
function helpFormat(language: Language): HelpConfiguration {
  const words = cliWords[language];
  const titles: Readonly<Record<string, string>> = {
    'Usage:': words.usage,
    'Options:': words.optionsTitle,
    'Commands:': words.commandsTitle,
    'Arguments:': words.argumentsTitle,
  };
  return {
    styleTitle: (title) => titles[title] ?? title,
    // A full-width colon has its space within itself.
    formatHelp: (command, help) => new Help().formatHelp(command, help).replace('： ', '：'),
    // One that has to say more of its usual value names it itself.
    optionDescription: ({ description, defaultValue }) =>
      typeof defaultValue === 'number' && !description.includes(`${defaultValue}`)
        ? noted(description, `${defaultValue}`, language)
        : description,
  };
}

/** A command line's mistake, and where to read on. */
function mistakeText(
  error: CommanderError,
  args: readonly string[],
  program: Command,
  language: Language,
): string {
  const words = cliWords[language];
  const named = commandNames.find((name) => name === args[0]) ?? null;
  const help = ['tcb-watch', ...(named === null ? [] : [named])].join(' ');
  return `${said(describeMistake(error, args, named, program, language))}\n${words.seeHelp(help)}\n`;
}

const commandNames = Object.keys(taken);

/**
 * commander's own sentences are English only; its codes and the quoted word are enough to say it in both languages.
 * @param named the command that the line begins with
 */
function describeMistake(
  error: CommanderError,
  args: readonly string[],
  named: string | null,
  program: Command,
  language: Language,
): string {
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const { mistakes } = cliWords[language];
  switch (error.code) {
    case 'commander.unknownOption': {
      const spellings = Object.values(flags).flatMap((flag) => spellingsOf(flag.flags));
      if (spellings.includes(quoted)) return mistakes.notTaken(named ?? 'watch', quoted);
      const own = program.commands.find((command) => command.name() === (named ?? 'watch'))?.options ?? [];
      const known = [...own.flatMap((option) => spellingsOf(option.flags)), '--help', '--version'];
      return withNearest(mistakes.unknownOption(quoted), nearestName(quoted, known), mistakes);
    }
    case 'commander.conflictingOption': {
      const [first = '', second = ''] = [...error.message.matchAll(/'([^']*)'/g)].map(([, option]) => option);
      return mistakes.eitherOr(first, second);
    }
    case 'commander.excessArguments':
      return tooMany(args, named, language);
    case 'commander.optionMissingArgument':
      return mistakes.missingValue(quoted);
    case 'commander.missingArgument':
      return mistakes.missingArgument(quoted);
    case 'commander.invalidArgument': {
      const wanted = Object.values(flags).find((flag) => flag.flags === quoted)?.wants ?? 'wholeNumber';
      return mistakes.invalidValue(quoted, mistakes.values[wanted]);
    }
    default:
      return error.message.replace(/^error: /, '');
  }
}

/** `-c, --config <FILE>` → `-c`, `--config`. */
function spellingsOf(flags: string): string[] {
  return flags.split(/[ ,]+/).filter((part) => part.startsWith('-'));
}

function withNearest(text: string, near: string | null, { didYouMean }: CliWords['mistakes']): string {
  return near === null ? text : sentences(text, didYouMean(near));
}

/** Only some commands take names, and a command comes before its options. */
function tooMany(args: readonly string[], named: string | null, language: Language): string {
  const { mistakes } = cliWords[language];
  const [first = ''] = args;
  if (named === null && !first.startsWith('-')) {
    const near = nearestName(first, commandNames);
    const known = near === null ? listOf(commandNames, language) : '';
    return withNearest(mistakes.unknownCommand(first, known), near, mistakes);
  }
  if (named !== null) return named === 'watch' ? mistakes.useOnly : mistakes.tooMany;
  const late = args.find((each) => commandNames.includes(each));
  const others = args.filter((each) => each !== late);
  return late === undefined ? mistakes.useOnly : mistakes.commandFirst([late, ...others].join(' '));
}
