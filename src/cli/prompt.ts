/** Questions on a terminal, one line each. `null` as an answer: the terminal was closed. */
import type { Context } from './context.js';

/** Yes only where somebody says so. */
export async function confirm(question: string, context: Context): Promise<boolean> {
  return /^(?:y|yes|是|好)$/i.test((await context.ask(question))?.trim() ?? '');
}

/**
 * Asks until `check` finds nothing wrong; an empty answer takes `usual`.
 * @param check what is wrong with an answer, in words; null: nothing
 */
export async function askFor(
  question: string,
  usual: string,
  check: (answer: string) => Promise<string | null> | string | null,
  context: Context,
): Promise<string | null> {
  for (;;) {
    const answer = await context.ask(question);
    if (answer === null) return null;
    const text = answer.trim() || usual;
    const wrong = await check(text);
    if (wrong === null) return text;
    context.err(`${wrong}\n`);
  }
}
