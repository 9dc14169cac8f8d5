/** The command line, parsed by commander, with messages and exit codes of our own. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Language } from '../text/language.js';
import { type AmbiguousColumns, said } from '../text/text.js';
import { type CliWords, cliWords, type OptionName } from '../text/words/cli.js';
import type { DoctorOptions } from './doctor.js';
import { helpFormat, watchOptions } from './help.js';
import type { InitOptions } from './init.js';
import type { InvokeOptions } from './invoke.js';
import { describeMistake } from './mistakes.js';
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
  /** `--help keys`. */
  | { readonly command: 'keys'; readonly ascii: boolean }
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
    return { command: 'keys', ascii: args.includes('--ascii') };
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
    const commands = program.commands.map((command) => command.name());
    const named = commands.find((name) => name === args[0]) ?? null;
    const mistake = describeMistake(error, { args, commands, named }, program, words);
    output.err(
      `${said(mistake)}\n${words.seeHelp(['tcb-watch', ...(named === null ? [] : [named])].join(' '))}\n`,
    );
    return { command: 'none', exitCode: 3 };
  }
}

/** `--help keys`: the keys of the monitor, which no option takes. */
function asksForKeys(args: readonly string[]): boolean {
  const index = args.findIndex((arg) => arg === '--help' || arg === '-h');
  return index !== -1 && args[index + 1] === 'keys';
}

type Found = (invocation: Invocation) => void;

function buildProgram(version: string, language: Language, found: Found): Command {
  const words = cliWords[language];
  const program: Command = new Command('tcb-watch')
    .description(words.description)
    .version(version, '-v, --version', words.options.version)
    .helpOption('-h, --help', words.options.help)
    .helpCommand(false)
    .addHelpText('after', () => `\n${watchOptions(program, words)}\n\n${words.exitCodes}`)
    .configureHelp(helpFormat(words));
  addSyncing(program, words, found);
  addOthers(program, words, found);
  return program;
}

function addCommand(
  program: Command,
  words: CliWords,
  name: keyof CliWords['commands'],
  options: readonly FlagName[],
): Command {
  const command = new Command(name)
    .description(words.commands[name])
    .helpOption('-h, --help', words.options.help)
    .configureHelp(helpFormat(words));
  for (const each of options) command.addOption(optionOf(each, words));
  program.addCommand(command, { isDefault: name === 'watch' });
  return command;
}

function addSyncing(program: Command, words: CliWords, found: Found): void {
  const watch = addCommand(program, words, 'watch', common);
  watch.action(() => found({ command: 'watch', options: watch.opts() }));
  const push = addCommand(program, words, 'push', [...common, 'timeout']);
  push.argument('[name...]', words.names).action((names: string[]) => {
    const { timeout, ...options } = push.opts<CommonOptions & { readonly timeout: number }>();
    found({ command: 'push', options, names, timeoutSeconds: timeout });
  });
  const status = addCommand(program, words, 'status', ['files', ...listed, 'only', 'endpoint', 'json']);
  status.action(() => found({ command: 'status', options: status.opts() }));
}

function addOthers(program: Command, words: CliWords, found: Found): void {
  const invoke = addCommand(program, words, 'invoke', ['config', 'invokeEnvId', 'endpoint', 'invokeJson']);
  invoke
    .argument('<name>', words.invokeName)
    .argument('[json]', words.invokeEvent)
    .action((name: string, event: string | undefined) =>
      found({ command: 'invoke', options: invoke.opts(), name, event }),
    );
  const init = addCommand(program, words, 'init', ['initConfig', 'initEnvId', 'endpoint', 'initYes']);
  init.action(() => found({ command: 'init', options: init.opts() }));
  const doctor = addCommand(program, words, 'doctor', [...listed, 'endpoint', 'json', 'doctorYes']);
  doctor.action(() => found({ command: 'doctor', options: doctor.opts() }));
  const emulator = addCommand(program, words, 'emulator', emulating);
  emulator.action(() => found({ command: 'emulator', options: emulator.opts() }));
}

const config = '-c, --config <FILE>';
const envId = '-e, --env-id <ID>';
const json = '--json';
const yes = '--yes';
/** By the name of its words. */
const flags = {
  ...{ config, initConfig: config, envId, invokeEnvId: envId, initEnvId: envId, json, invokeJson: json },
  ...{ yes, initYes: yes, doctorYes: yes },
  only: '--only <GLOB>',
  endpoint: '--endpoint <URL>',
  plain: '--plain',
  ascii: '--ascii',
  ambiguousWidth: '--ambiguous-width <N>',
  dryRun: '--dry-run',
  force: '--force',
  verbose: '--verbose',
  timeout: '--timeout <SECONDS>',
  files: '--files <NAME>',
  port: '--port <N>',
  emulatorEnvId: envId,
  token: '--token <TOKEN>',
  latency: '--latency <MS>',
  deploy: '--deploy <MS>',
  faults: '--faults <FILE>',
  store: '--store <DIR>',
} satisfies Partial<Record<OptionName, string>>;

type FlagName = keyof typeof flags;

/** The whole numbers that need not be given. */
const usual: Partial<Record<FlagName, number>> = { timeout: defaultTimeoutSeconds, latency: 0 };

/** How a value is read follows from its flags: none is a switch, an id or a glob may be repeated. */
function optionOf(name: FlagName, words: CliWords): Option {
  const option = new Option(flags[name], words.options[name]);
  const value = /<(\w+)>/.exec(flags[name])?.[1];
  if (value === undefined) return option.default(false);
  if (value === 'ID' || value === 'GLOB') return option.default([]).argParser(repeated);
  if (name === 'ambiguousWidth') return option.argParser(oneOrTwo);
  if (name === 'port') return option.default(0).argParser(portNumber);
  return ['N', 'MS', 'SECONDS'].includes(value) ? option.default(usual[name]).argParser(wholeNumber) : option;
}

const listed: readonly FlagName[] = ['config', 'envId'];
const emulating: readonly FlagName[] = [
  'config',
  'port',
  'emulatorEnvId',
  'token',
  'latency',
  'deploy',
  'faults',
  'store',
  'json',
];
/** What `watch` and `push` take. */
const common: readonly FlagName[] = [
  ...listed,
  'only',
  'endpoint',
  'json',
  'plain',
  'ascii',
  'ambiguousWidth',
  'dryRun',
  'force',
  'yes',
  'verbose',
];

function repeated(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is expected.');
  return Number(text);
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port > 65_535) throw new InvalidArgumentError('0 to 65535 is expected.');
  return port;
}

function oneOrTwo(text: string): AmbiguousColumns {
  if (text !== '1' && text !== '2') throw new InvalidArgumentError('1 or 2 is expected.');
  return text === '2' ? 2 : 1;
}
