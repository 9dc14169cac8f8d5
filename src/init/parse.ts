/** JavaScript as a tree. Nothing is run. */
import { type Options, type Program, parse } from 'acorn';

export type ParsedCode =
  | { readonly ok: true; readonly program: Program }
  /** From 1. */
  | { readonly ok: false; readonly line: number };

const options: Options = {
  ecmaVersion: 'latest',
  locations: true,
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
};

/** Either kind of file is read: a file's own name does not say which one it is. */
export function parseCode(text: string): ParsedCode {
  let failed: ParsedCode = { ok: false, line: 1 };
  for (const sourceType of ['module', 'script'] as const) {
    try {
      return { ok: true, program: parse(text, { ...options, sourceType }) };
    } catch (error) {
      if (!isSyntaxError(error)) throw error;
      if (sourceType === 'module') failed = { ok: false, line: error.loc.line };
    }
  }
  return failed;
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
