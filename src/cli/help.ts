/** How `--help` looks: titles in the user's language, and what `tcb-watch` alone takes. */
import type { Command, HelpConfiguration } from 'commander';
import type { Language } from '../text/language.js';
import type { CliWords, cliWords } from '../text/words/cli.js';

/** Whoever asks the program for help wants to see what `tcb-watch` alone takes. */
export function watchOptions(program: Command, words: CliWords): string {
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
export function helpFormat(words: CliWords): HelpConfiguration {
  return {
    styleTitle: (title) => titles(words)[title] ?? title,
    optionDescription: ({ description, defaultValue }) =>
      typeof defaultValue === 'number' ? `${description} (${defaultValue})` : description,
  };
}

function titles(words: (typeof cliWords)[Language]): Readonly<Record<string, string>> {
  return {
    'Usage:': words.usage,
    'Options:': words.optionsTitle,
    'Commands:': words.commandsTitle,
    'Arguments:': words.argumentsTitle,
  };
}
