/**
 * `tcb-watch mcp`: the commands as tools for coding agents, over stdio. stdout is the protocol's alone. The library that speaks it is
 * the user's to install.
 */
import { mcpWords } from '../text/words/mcp.js';
import type { Context } from './context.js';
import type { RunCommand } from './mcp-commands.js';
import type { McpOptions } from './options.js';
import { firstInterrupt } from './watch.js';

/** Until stdin ends. Exit code 3 where the library is missing. @param run runs another command, with what it is given to write to */
export async function runMcp(options: McpOptions, context: Context, run: RunCommand): Promise<number> {
  const library = await import('./mcp-tools.js').catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    return null;
  });
  if (library === null) {
    context.err(
      `tcb-watch: ${mcpWords[context.language].missing('npm install --save-dev @modelcontextprotocol/server')}\n`,
    );
    return 3;
  }
  const interrupted = firstInterrupt(context, () => undefined);
  const server = library.serve(options, context, run);
  // Its reading of stdin has to begin before the end is waited for.
  await new Promise(setImmediate);
  context.stopAtEndOfInput();
  await interrupted;
  await server.close();
  return 0;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
