/** JavaScript as a tree. Nothing is run. */
import { type AnyNode, type Options, type Program, parse } from 'acorn';

export type SourceType = 'module' | 'script';

export type ParsedCode =
  | { readonly ok: true; readonly program: Program; readonly sourceType: SourceType }
  /** `message` in the parser's words, without the place. */
  | ({
      readonly ok: false;
      readonly message: string;
      /** It is nested deeper than this parser can follow, which says nothing about the code. */
      readonly tooDeep: boolean;
    } & TextPlace);

/** Both from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

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
    if (!isSyntaxError(error)) throw error;
    const { line, column } = error.loc;
    const message = error.message.replace(/ \(\d+:\d+\)$/, '');
    return { ok: false, line, column: column + 1, message, tooDeep: error.message.startsWith(depthMessage) };
  }
}

/** The words of acorn where its recursion ends. */
const depthMessage = 'Not enough stack space';

/** acorn's own, which says where. */
function isSyntaxError(error: unknown): error is SyntaxError & { readonly loc: TextPlace } {
  return error instanceof SyntaxError && 'loc' in error;
}

/** Where a text begins. */
export const start: TextPlace = { line: 1, column: 1 };

type Node = { readonly loc?: { readonly start: TextPlace } | null };

/** The line of a node, from 1. */
export function lineOf(node: Node): number {
  return placeOf(node).line;
}

/** Where a node begins. acorn counts columns from 0. */
export function placeOf({ loc }: Node): TextPlace {
  return loc == null ? start : { line: loc.start.line, column: loc.start.column + 1 };
}

/** The text of a literal; null for what is computed. */
export function textOf(node: AnyNode): string | null {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  if (node.type !== 'TemplateLiteral' || node.quasis.length !== 1) return null;
  return node.quasis[0]?.value.cooked ?? null;
}
