/** JavaScript as a tree. Nothing is run. */
import { type Options, type Program, parse } from 'acorn';

export type SourceType = 'module' | 'script';

export type ParsedCode =
  | { readonly ok: true; readonly program: Program; readonly sourceType: SourceType }
  /** Line from 1; `message` in the parser's words, without the place. */
  | { readonly ok: false; readonly line: number; readonly message: string };

const options: Options = { ecmaVersion: 'latest', locations: true, allowReturnOutsideFunction: true };

/** Either kind of file is read: a file's own name does not say which one it is. */
export function parseCode(text: string): ParsedCode {
  const parsed = parseAs('module', text, true);
  if (parsed.ok) return parsed;
  const script = parseAs('script', text, true);
  return script.ok ? script : parsed;
}

/**
 * As Node reads a file of this kind.
 * @param awaits whether `await` may stand outside of functions in a script
 */
export function parseAs(sourceType: SourceType, text: string, awaits = sourceType === 'module'): ParsedCode {
  try {
    const program = parse(text, { ...options, sourceType, allowAwaitOutsideFunction: awaits });
    return { ok: true, program, sourceType };
  } catch (error) {
    // Nested deeper than this parser can follow.
    if (error instanceof RangeError) return { ok: false, line: 1, message: error.message };
    if (!isSyntaxError(error)) throw error;
    return { ok: false, line: error.loc.line, message: error.message.replace(/ \(\d+:\d+\)$/, '') };
  }
}

/** acorn's own, which says where. */
function isSyntaxError(error: unknown): error is SyntaxError & { readonly loc: { readonly line: number } } {
  return error instanceof SyntaxError && 'loc' in error;
}

/** The line of a node, from 1. */
export function lineOf(node: {
  readonly loc?: { readonly start: { readonly line: number } } | null;
}): number {
  return node.loc?.start.line ?? 1;
}
