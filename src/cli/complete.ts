/**
 * `tcb-watch complete SHELL` prints the script of a shell; the script asks `tcb-watch complete -- WORDS` at each TAB. The answer
 * comes from the options' own table and from the configuration file alone: no folder is scanned, nothing is sent or run. A
 * configuration that is broken gives no names.
 */
import { readConfig } from '../config/config.js';
import { listOf, said } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import { type Shell, scripts, shells } from './complete-scripts.js';
import type { Context } from './context.js';
import { type CommandShape, commandShapes, type OptionShape } from './options.js';

/** The words that may stand at the cursor. */
export type Candidates =
  | { readonly kind: 'files' }
  | { readonly kind: 'list'; readonly rows: readonly Candidate[] };

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Names that the configuration holds. */
export interface KnownNames {
  readonly functions: readonly string[];
  readonly envs: readonly string[];
}

/** Prints the script of a shell. Exit code 3 for a shell that there is no script for. */
export function runComplete(shell: string, context: Context): number {
  const known = shells.find((each): each is Shell => each === shell);
  if (known !== undefined) context.out(scripts[known]);
  else
    context.err(
      `${said(cliWords[context.language].mistakes.unknownShell(shell, listOf(shells, context.language)))}\n`,
    );
  return known === undefined ? 3 : 0;
}

/** @param words what was typed after the program's name; the last one, maybe empty, is being typed */
export async function runCompleteWords(words: readonly string[], context: Context): Promise<number> {
  const commands = commandShapes(context.language);
  const names = await namesOf(configIn(words), context);
  const found = candidatesFor(words, commands, names);
  if (found.kind === 'files') context.out(':files\n');
  else context.out(found.rows.map(({ value, description }) => `${value}\t${description}\n`).join(''));
  return 0;
}

/** Pure: what may stand in the place of the last word. */
export function candidatesFor(
  words: readonly string[],
  commands: readonly CommandShape[],
  names: KnownNames,
): Candidates {
  const typed = joined(words);
  const current = typed.at(-1) ?? '';
  const before = typed.slice(0, -1);
  const watch = commands.find(({ name }) => name === 'watch');
  const command = commands.find(({ name }) => name === before[0]);
  const options = (command ?? watch)?.options ?? [];
  const awaiting = options.find(({ spellings }) => spellings.includes(before.at(-1) ?? ''));
  if (awaiting !== undefined && awaiting.takes !== null) return valuesOf(awaiting, current, '', names);
  const [, spelling = '', value] = /^(--[^=]+=)(.*)$/s.exec(current) ?? [];
  const assigned = options.find(({ spellings }) => spellings.includes(spelling.slice(0, -1)));
  if (value !== undefined) {
    return assigned === undefined ? list([], '') : valuesOf(assigned, value, spelling, names);
  }
  if (current.startsWith('-')) return list(options.map(asCandidate), current);
  const isFirst = command === undefined && before.length === 0;
  const commandRows = commands.map(({ name, description }) => ({ value: name, description }));
  return list(isFirst ? commandRows : argumentRows(command, before, options, names), current);
}

/** The last spelling is the long one, which says what it means. */
const asCandidate = ({ spellings, description }: OptionShape): Candidate => ({
  value: spellings.at(-1) ?? '',
  description,
});

function argumentRows(
  command: CommandShape | undefined,
  before: readonly string[],
  options: readonly OptionShape[],
  names: KnownNames,
): readonly Candidate[] {
  if (command === undefined) return [];
  const takesValue = (word: string | undefined): boolean =>
    options.some(({ spellings, takes }) => takes !== null && spellings.includes(word ?? ''));
  const rest = before.slice(1);
  const given = rest.filter((word, index) => !word.startsWith('-') && !takesValue(rest[index - 1]));
  const argument = command.arguments[given.length] ?? command.arguments.find(({ repeats }) => repeats);
  switch (argument?.name) {
    case 'name':
      return rowsOf(names.functions.filter((name) => !given.includes(name)));
    case 'shell':
      return rowsOf(shells);
    default:
      return [];
  }
}

/** @param prefix what of the word stays as it is: `--env-id=` */
function valuesOf({ takes }: OptionShape, word: string, prefix: string, names: KnownNames): Candidates {
  const prefixed = (values: readonly string[]): Candidates =>
    list(
      values.map((value) => ({ value: `${prefix}${value}`, description: '' })),
      `${prefix}${word}`,
    );
  switch (takes) {
    case 'file':
      return { kind: 'files' };
    case 'env':
      return prefixed(names.envs);
    case 'function':
      return prefixed(names.functions);
    case 'endpoint':
      return prefixed(['emulator']);
    case 'text':
    case null:
      return prefixed([]);
    default:
      return takes satisfies never;
  }
}

const rowsOf = (values: readonly string[]): readonly Candidate[] =>
  values.map((value) => ({ value, description: '' }));

const list = (rows: readonly Candidate[], word: string): Candidates => ({
  kind: 'list',
  rows: rows.filter(({ value }) => value.startsWith(word)),
});

/**
 * The words as the program would get them. bash hands over quotes as they were typed, and takes `=` for a word of its own, so that
 * the value after it is what it completes.
 */
function joined(words: readonly string[]): readonly string[] {
  const unquoted = words.map((word) => word.replace(/^['"]|['"]$/g, ''));
  const last = unquoted.at(-1) ?? '';
  return [...unquoted.slice(0, -1).filter((word) => word !== '='), last === '=' ? '' : last];
}

/** The file that the line names. */
function configIn(words: readonly string[]): string | undefined {
  const typed = joined(words);
  const index = typed.findIndex((word, at) => /^(?:-c|--config)$/.test(word) && at < typed.length - 2);
  const assigned = typed.slice(0, -1).find((word) => word.startsWith('--config='));
  return index === -1 ? assigned?.slice('--config='.length) : typed[index + 1];
}

/** A name that needs no quotes in any shell, and is no option; no other name can be a function's or an environment's. */
const plain = /^\w[\w.-]*$/;

async function namesOf(file: string | undefined, { cwd, environment }: Context): Promise<KnownNames> {
  const found = { from: cwd, environment, ...(file === undefined ? {} : { file }) };
  const read = await readConfig(found, () => Promise.resolve([]));
  if (!read.ok) return { functions: [], envs: [] };
  const { functions, envs } = read.config;
  return {
    functions: Object.keys(functions).filter((name) => plain.test(name)),
    envs: envs.filter((env) => plain.test(env)),
  };
}
