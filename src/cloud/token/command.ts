/** A token that a command prints, as `redis-cli GET …` does. */

import type { TokenSource } from '../../config/model.js';
import { type CommandEnd, runCommand } from '../../system/command.js';
import type { Redactor } from '../redact.js';
import { checkToken, noToken, type Reading, type TokenDependencies } from './reading.js';

/** Characters of stderr that are shown. */
const shownStderr = 400;
type CommandSource = Extract<TokenSource, { readonly kind: 'command' }>;

/** Runs the command in a shell of its own process group, which is killed whole when its time is over. */
export async function readTokenCommand(
  source: CommandSource,
  { redactor, folder, variables }: TokenDependencies,
  signal: AbortSignal,
): Promise<Reading> {
  const environment = await variables();
  return readingOf(await runCommand({ ...source, folder, environment, signal }), source, redactor);
}

/** The token that a command has printed, or why there is none: its code and the end of what it said, redacted. */
export function readingOf(
  ended: CommandEnd,
  { timeoutMs }: Pick<CommandSource, 'timeoutMs'>,
  redactor: Redactor,
): Reading {
  const output = ended.stdout.trim();
  if (ended.code === '0') return checkToken(output, 'command');
  if (ended.code === 'ABORTED') return noToken('aborted');
  for (const each of secretsIn(output)) redactor.addSuspect(each);
  const shown = redactor.redact(ended.stderr).replace(/\s+/g, ' ').trim().slice(-shownStderr);
  if (ended.code === 'TIMED_OUT') {
    return noToken(`command-timeout:${timeoutMs / 1000} s${shown === '' ? '' : `: ${shown}`}`);
  }
  return noToken(`command-failed:${ended.code}:${shown}`);
}

/** Shorter words of an output are ordinary ones; the vendor's tokens have over 100 characters. */
const shortestSecretWord = 16;

/** The texts that may be a token in the output of a command that failed: each line, each long word, and what is assigned in one. */
function secretsIn(output: string): string[] {
  const lines = output.split(/\r?\n/).map((line) => line.trim());
  const words = output.split(/[\s"'`,;(){}<>[\]]+/);
  const values = words.map((word) => word.replace(/^[^=:]*[=:]/, ''));
  const long = [...words, ...values].filter((word) => word.length >= shortestSecretWord);
  return [output, ...lines, ...long];
}
