/** Names on the command line that nothing in the project answers to. */
import type { Unmatched } from '../functions/selection.js';
import { cliWords } from '../text/words/cli.js';
import type { Context } from './context.js';

/** Says which parts of the command line nothing answers to: exit code 4 then. */
export function tellUnmatched(unmatched: readonly Unmatched[], { err, language }: Context): void {
  for (const { kind, value } of unmatched) err(`tcb-watch: ${cliWords[language].unmatched[kind](value)}\n`);
}
