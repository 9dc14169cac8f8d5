/** What is wrong with a command line, in words. */
import type { Command, CommanderError } from 'commander';
import type { CliWords, ValueKind } from '../text/words/cli.js';

interface Line {
  readonly args: readonly string[];
  readonly commands: readonly string[];
  /** The command that it begins with. */
  readonly named: string | null;
}

/** commander's own sentences are English only; its codes and the quoted word are enough to say it in both languages. */
export function describeMistake(
  error: CommanderError,
  line: Line,
  program: Command,
  words: CliWords,
): string {
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const { mistakes } = words;
  switch (error.code) {
    case 'commander.unknownOption': {
      const options = program.commands.flatMap((command) => command.options);
      const elsewhere = options.some(({ long, short }) => long === quoted || short === quoted);
      return elsewhere ? mistakes.notTaken(line.named ?? 'watch', quoted) : mistakes.unknownOption(quoted);
    }
    case 'commander.excessArguments':
      return tooMany(line, mistakes);
    case 'commander.optionMissingArgument':
      return mistakes.missingValue(quoted);
    case 'commander.missingArgument':
      return mistakes.missingArgument(quoted);
    case 'commander.invalidArgument':
      return mistakes.invalidValue(quoted, mistakes.values[wantedFor(quoted)]);
    default:
      return error.message.replace(/^error: /, '');
  }
}

function wantedFor(option: string): ValueKind {
  if (option.startsWith('--port')) return 'port';
  return option.startsWith('--ambiguous-width') ? 'oneOrTwo' : 'wholeNumber';
}

/** Only some commands take names, and a command comes before its options. */
function tooMany({ args, commands, named }: Line, mistakes: CliWords['mistakes']): string {
  const [first = ''] = args;
  if (named === null && !first.startsWith('-')) return mistakes.unknownCommand(first, commands.join(', '));
  if (named !== null) return named === 'watch' ? mistakes.useOnly : mistakes.tooMany;
  const late = args.find((each) => commands.includes(each));
  const others = args.filter((each) => each !== late);
  return late === undefined ? mistakes.useOnly : mistakes.commandFirst([late, ...others].join(' '));
}
