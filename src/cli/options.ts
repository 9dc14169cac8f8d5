/** The command line, parsed by commander, with messages and exit codes of our own. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Language } from '../ui/language.js';
import { keysHelp } from '../ui/monitor/keys.js';
import type { AmbiguousColumns } from '../ui/text.js';
import { type CliWords, cliWords, type OptionName } from '../ui/words/cli.js';
import type { DoctorOptions } from './doctor.js';
import { helpFormat, watchOptions } from './help.js';
import type { InitOptions } from './init.js';
import type { InvokeOptions } from './invoke.js';
import type { StatusOptions } from './status.js';

/** Options that every command takes, as commander gives them. */
export interface CommonOptions {
  readonly config?: string;
  readonly envId: readonly string[];
  readonly only: readonly string[];
  readonly endpoint?: string;
  readonly json: boolean;
  readonly plain: boolean;
  readonly ascii: boolean;
  readonly ambiguousWidth?: AmbiguousColumns;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly yes: boolean;
  readonly verbose: boolean;
}

export interface EmulatorCommandOptions {
  readonly config?: string;
  readonly envId: readonly string[];
  readonly json: boolean;
  readonly port: number;
  readonly token?: string;
  readonly latency: number;
  readonly deploy?: number;
  readonly faults?: string;
  readonly store?: string;
}

/** What a command line asks for. */
export type Invocation =
  | { readonly command: 'watch'; readonly options: CommonOptions }
  | {
      readonly command: 'push';
      readonly options: CommonOptions;
      readonly names: readonly string[];
      readonly timeoutSeconds: number;
    }
  /** `files`: list this function's files instead. */
  | { readonly command: 'status'; readonly options: StatusOptions & { readonly files?: string } }
  | { readonly command: 'init'; readonly options: InitOptions }
  | { readonly command: 'doctor'; readonly options: DoctorOptions }
  | {
      readonly command: 'invoke';
      readonly options: InvokeOptions;
      readonly name: string;
      /** JSON text, or `-` for stdin. */
      readonly event: string | undefined;
    }
  | { readonly command: 'emulator'; readonly options: EmulatorCommandOptions }
  /** Help or a mistake: printed already. */
  | { readonly command: 'none'; readonly exitCode: number };

export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** `push --timeout`: how long to go on retrying, seconds (contract). */
const defaultTimeoutSeconds = 600;

/** Parses arguments (without node and script). Never exits: a mistake is printed and has exit code 3. */
export function parseArguments(
  args: readonly string[],
  version: string,
  language: Language,
  output: Output,
): Invocation {
  if (asksForKeys(args)) {
    output.out(`${cliWords[language].keysTitle}\n${keysHelp(language, args.includes('--ascii'))}`);
    return { command: 'none', exitCode: 0 };
  }
  let invocation: Invocation = { command: 'none', exitCode: 0 };
  const program = buildProgram(version, language, (found) => {
    invocation = found;
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: output.out, writeErr: () => undefined });
  }
  try {
    program.parse([...args], { from: 'user' });
    return invocation;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { command: 'none', exitCode: 0 };
    const words = cliWords[language];
    output.err(`${words.wrongArguments(describeMistake(error, args, program, words))}\n${words.seeHelp}\n`);
    return { command: 'none', exitCode: 3 };
  }
}

/** `--help keys`: the keys of the monitor, which no option takes. */
function asksForKeys(args: readonly string[]): boolean {
  const index = args.findIndex((arg) => arg === '--help' || arg === '-h');
  return index !== -1 && args[index + 1] === 'keys';
}

/** commander's own sentences are English only; its codes and the quoted word are enough to say it in both languages. */
function describeMistake(
  error: CommanderError,
  args: readonly string[],
  program: Command,
  words: CliWords,
): string {
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const [first = ''] = args;
  const commands = program.commands.map((command) => command.name());
  if (error.code === 'commander.excessArguments' && !first.startsWith('-') && !commands.includes(first)) {
    return words.mistakes.unknownCommand(first, commands.join(', '));
  }
  switch (error.code) {
    case 'commander.unknownOption':
      return words.mistakes.unknownOption(quoted);
    case 'commander.excessArguments':
      return words.mistakes.tooMany;
    case 'commander.optionMissingArgument':
      return words.mistakes.missingValue(quoted);
    case 'commander.missingArgument':
      return words.mistakes.missingArgument(quoted);
    case 'commander.invalidArgument':
      return quoted.startsWith('--ambiguous-width')
        ? words.mistakes.oneOrTwo(quoted)
        : words.mistakes.invalidValue(quoted);
    default:
      return error.message.replace(/^error: /, '');
  }
}

function buildProgram(version: string, language: Language, found: (invocation: Invocation) => void): Command {
  const words = cliWords[language];
  const program: Command = new Command('tcb-watch')
    .description(words.description)
    .version(version, '-v, --version', words.options.version)
    .helpOption('-h, --help', words.options.help)
    .helpCommand(false)
    .addHelpText('after', () => `\n${watchOptions(program, words)}\n\n${words.exitCodes}`)
    .configureHelp(helpFormat(words));
  const common = (command: Command): Command => addCommon(command, language);
  const watch = common(new Command('watch').description(words.commands.watch));
  watch.action((_options, command: Command) => found({ command: 'watch', options: commonOptions(command) }));
  const push = common(
    new Command('push').description(words.commands.push).argument('[name...]', words.names),
  );
  push.addOption(
    option('--timeout <SECONDS>', 'timeout', language).default(defaultTimeoutSeconds).argParser(wholeNumber),
  );
  push.action((names: string[], _options, command: Command) =>
    found({
      command: 'push',
      options: commonOptions(command),
      names,
      timeoutSeconds: Number(command.opts()['timeout']),
    }),
  );
  const emulator = addEmulator(new Command('emulator').description(words.commands.emulator), language);
  emulator.action((_options, command: Command) =>
    found({ command: 'emulator', options: emulatorOptions(command) }),
  );
  const status = statusCommand(language, found);
  const { init, doctor } = projectCommands(language, found);
  const invoke = invokeCommand(language, found);
  for (const command of [watch, push, status, invoke, init, doctor, emulator]) {
    command.helpOption('-h, --help', words.options.help).configureHelp(helpFormat(words));
  }
  program.addCommand(watch, { isDefault: true }).addCommand(push).addCommand(status);
  program.addCommand(invoke);
  program.addCommand(init).addCommand(doctor).addCommand(emulator);
  return program;
}

function statusCommand(language: Language, found: (invocation: Invocation) => void): Command {
  const status = new Command('status')
    .description(cliWords[language].commands.status)
    .addOption(option('--files <NAME>', 'files', language))
    .addOption(option('-c, --config <FILE>', 'config', language))
    .addOption(option('-e, --env-id <ID>', 'envId', language).default([]).argParser(repeated))
    .addOption(option('--only <GLOB>', 'only', language).default([]).argParser(repeated))
    .addOption(option('--endpoint <URL>', 'endpoint', language))
    .addOption(option('--json', 'json', language).default(false));
  return status.action((_options, command: Command) =>
    found({ command: 'status', options: command.opts<StatusOptions & { readonly files?: string }>() }),
  );
}

function invokeCommand(language: Language, found: (invocation: Invocation) => void): Command {
  const words = cliWords[language];
  const invoke = new Command('invoke')
    .description(words.commands.invoke)
    .argument('<name>', words.invokeName)
    .argument('[json]', words.invokeEvent)
    .addOption(option('-c, --config <FILE>', 'config', language))
    .addOption(option('-e, --env-id <ID>', 'invokeEnvId', language).default([]).argParser(repeated))
    .addOption(option('--endpoint <URL>', 'endpoint', language))
    .addOption(option('--json', 'invokeJson', language).default(false));
  return invoke.action((name: string, event: string | undefined, _options, command: Command) =>
    found({ command: 'invoke', options: command.opts<InvokeOptions>(), name, event }),
  );
}

/** What is run once, before anything is synced. */
function projectCommands(
  language: Language,
  found: (invocation: Invocation) => void,
): { readonly init: Command; readonly doctor: Command } {
  const words = cliWords[language];
  const init = new Command('init')
    .description(words.commands.init)
    .addOption(option('-c, --config <FILE>', 'initConfig', language))
    .addOption(option('-e, --env-id <ID>', 'initEnvId', language).default([]).argParser(repeated))
    .addOption(option('--endpoint <URL>', 'endpoint', language))
    .addOption(option('--yes', 'initYes', language).default(false));
  init.action((_options, command: Command) =>
    found({ command: 'init', options: command.opts<InitOptions>() }),
  );
  const doctor = new Command('doctor')
    .description(words.commands.doctor)
    .addOption(option('-c, --config <FILE>', 'config', language))
    .addOption(option('-e, --env-id <ID>', 'envId', language).default([]).argParser(repeated))
    .addOption(option('--endpoint <URL>', 'endpoint', language))
    .addOption(option('--json', 'json', language).default(false))
    .addOption(option('--yes', 'doctorYes', language).default(false));
  doctor.action((_options, command: Command) =>
    found({ command: 'doctor', options: command.opts<DoctorOptions>() }),
  );
  return { init, doctor };
}

function option(flags: string, name: OptionName, language: Language): Option {
  return new Option(flags, cliWords[language].options[name]);
}

function repeated(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is expected.');
  return Number(text);
}

function oneOrTwo(text: string): AmbiguousColumns {
  if (text !== '1' && text !== '2') throw new InvalidArgumentError('1 or 2 is expected.');
  return text === '2' ? 2 : 1;
}

function addCommon(command: Command, language: Language): Command {
  return command
    .addOption(option('-c, --config <FILE>', 'config', language))
    .addOption(option('-e, --env-id <ID>', 'envId', language).default([]).argParser(repeated))
    .addOption(option('--only <GLOB>', 'only', language).default([]).argParser(repeated))
    .addOption(option('--endpoint <URL>', 'endpoint', language))
    .addOption(option('--json', 'json', language).default(false))
    .addOption(option('--plain', 'plain', language).default(false))
    .addOption(option('--ascii', 'ascii', language).default(false))
    .addOption(option('--ambiguous-width <N>', 'ambiguousWidth', language).argParser(oneOrTwo))
    .addOption(option('--dry-run', 'dryRun', language).default(false))
    .addOption(option('--force', 'force', language).default(false))
    .addOption(option('--yes', 'yes', language).default(false))
    .addOption(option('--verbose', 'verbose', language).default(false));
}

function addEmulator(command: Command, language: Language): Command {
  return command
    .addOption(option('-c, --config <FILE>', 'config', language))
    .addOption(option('--port <N>', 'port', language).default(0).argParser(wholeNumber))
    .addOption(option('-e, --env-id <ID>', 'envId', language).default([]).argParser(repeated))
    .addOption(option('--token <TOKEN>', 'token', language))
    .addOption(option('--latency <MS>', 'latency', language).default(0).argParser(wholeNumber))
    .addOption(option('--deploy <MS>', 'deploy', language).argParser(wholeNumber))
    .addOption(option('--faults <FILE>', 'faults', language))
    .addOption(option('--store <DIR>', 'store', language))
    .addOption(option('--json', 'json', language).default(false));
}

function commonOptions(command: Command): CommonOptions {
  return command.opts<CommonOptions>();
}

function emulatorOptions(command: Command): EmulatorCommandOptions {
  return command.opts<EmulatorCommandOptions>();
}
