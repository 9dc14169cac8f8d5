/**
 * Asks this Node to compile a file, and never runs it: about ten times as quick as making a tree of it, and as strict. For sources
 * that are too large for a tree while somebody waits for a save.
 */
import { compileFunction } from 'node:vm';
import type { SourceType } from './parse.js';

export type Compiled =
  | { readonly ok: true; readonly sourceType: SourceType }
  /** An ES module, which Node compiles only where it runs modules: nothing else is known of it. */
  | ({ readonly ok: false; readonly kind: 'module' } & Place)
  | ({ readonly ok: false; readonly kind: 'broken'; readonly message: string } & Place);

interface Place {
  readonly line: number;
  readonly column: number;
}

/** As Node wraps a script that is loaded by `require`. */
const wrapper = ['exports', 'require', 'module', '__filename', '__dirname'];

/** The words of V8 about ES modules where it expects a script. */
const moduleMessages =
  /^(?:Cannot use import statement|Cannot use 'import\.meta'|Unexpected token 'export'|await is only valid in async functions and the top level)/;

/** The name under which the compiler reports a place in the text. */
const name = '#text';

export function compileScript(text: string): Compiled {
  try {
    compileFunction(text, wrapper, { filename: name });
    return { ok: true, sourceType: 'script' };
  } catch (error) {
    // Too deep for this Node's stack, which another one may have more of: nothing is known against it.
    if (error instanceof RangeError) return { ok: true, sourceType: 'script' };
    if (!(error instanceof SyntaxError)) throw error;
    const place = placeIn(error.stack ?? '');
    if (moduleMessages.test(error.message)) return { ok: false, kind: 'module', ...place };
    return { ok: false, kind: 'broken', message: error.message, ...place };
  }
}

/** The stack begins with `name:line`, the line itself, and a mark below the place in it. */
function placeIn(stack: string): Place {
  const [head = '', , marks = ''] = stack.split('\n');
  const line = head.startsWith(`${name}:`) ? Number(head.slice(name.length + 1)) : 1;
  return { line: Number.isInteger(line) ? line : 1, column: Math.max(0, marks.indexOf('^')) + 1 };
}
