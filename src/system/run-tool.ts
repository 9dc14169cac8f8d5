/** Runs a small tool of the platform to its end. Not being there is data. */
import { spawn } from 'node:child_process';

export interface Tool {
  readonly command: string;
  readonly args: readonly string[];
}

export type ToolResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** A tool that has not ended by then is left alone: it may be a window of its own. */
const patienceMs = 3000;

/** @param input written to its stdin */
export function runTool(tool: Tool, input: Buffer | null): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(tool.command, tool.args, {
      stdio: [input === null ? 'ignore' : 'pipe', 'ignore', 'ignore'],
      windowsHide: true,
    });
    const end = (result: ToolResult): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const timer = setTimeout(() => {
      child.unref();
      end({ ok: true });
    }, patienceMs);
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({ ok: false, reason: `${tool.command}: ${error.code ?? error.message}` }),
    );
    child.on('close', (code) =>
      end(code === 0 ? { ok: true } : { ok: false, reason: `${tool.command} ended with ${code}` }),
    );
    // It may end without reading all of it: that is told by its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
