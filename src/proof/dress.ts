/**
 * How an entry is made to load the helper. Never at the price of another behaviour: what is not understood is left as it is. Pure.
 *
 * V8 itself says what an entry is, by compiling it (never running it): a parser in JavaScript takes ten times as long, and holds the thread
 * that serves uploads. acorn is asked for the exports of ES modules alone.
 */
import { posix } from 'node:path';
import { Script } from 'node:vm';
import { type ExportAllDeclaration, type Program, parse } from 'acorn';
import { messageOf } from '../system/errno.js';
import { HELPER_FILE } from './helper.js';

/** `why` an entry is left as it is. */
export type Dressing =
  /** One line at its end: name, line numbers and `__filename` stay. */
  | { readonly kind: 'append' }
  /** It may end early, or has a `require` or `module` of its own: it moves next to itself, and a new entry loads it. */
  | { readonly kind: 'move' }
  | { readonly kind: 'move-module'; readonly hasDefault: boolean }
  | { readonly kind: 'none'; readonly why: 'broken' | 'no-main' | 'large-module' };

export interface Entry {
  /** From the function's folder. */
  readonly path: string;
  readonly text: string;
  /** The nearest package.json says `"type": "module"`. */
  readonly isModulePackage: boolean;
}

/** An ES module over this is left alone: acorn takes 86 ms for 1 MB. Characters. */
const largestModule = 1024 * 1024;

export function dressingOf({ path, text, isModulePackage }: Entry): Dressing {
  const isModule = path.endsWith('.mjs') || (path.endsWith('.js') && isModulePackage);
  if (isModule) return moduleDressing(text);
  const code = text.replace(/^\uFEFF/, '');
  if (faultOf(`${code}${ownNames}`) === null) return { kind: assignsNames(code) ? 'move' : 'append' };
  const asScript = faultOf(code);
  // Node puts a CommonJS file into a function, where more is allowed: `return` outside of functions, and a name twice.
  if (faultOf(asFunction(code, 'exports, require, module, __filename, __dirname')) === null) {
    const keepsNames = faultOf(asFunction(`${code}${ownNames}`, 'exports, __filename, __dirname')) === null;
    const returns = asScript !== null && /return/i.test(asScript);
    return { kind: keepsNames && !returns && !assignsNames(code) ? 'append' : 'move' };
  }
  return path.endsWith('.cjs') ? { kind: 'none', why: 'broken' } : moduleDressing(text);
}

/** Behind code that declares one of them, as bundles do, this does not compile; then a line at its end could not use them. */
const ownNames = '\n;let require, module;';

/** `require=(function…` at the beginning of a statement. One inside a function may be taken for it, which does no harm. */
function assignsNames(code: string): boolean {
  return /(?:^|[;{}])[ \t]*(?:module|require)\s*=(?![=>])/m.test(code);
}

function asFunction(code: string, parameters: string): string {
  return `(function (${parameters}) {${code.replace(/^#!.*/, '')}\n})`;
}

/** The words of V8; null: it compiles. */
function faultOf(code: string): string | null {
  try {
    void new Script(code, { filename: 'entry.js' });
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function moduleDressing(text: string): Dressing {
  if (text.length > largestModule) return { kind: 'none', why: 'large-module' };
  const program = parseModule(text.replace(/^\uFEFF/, ''));
  if (program === null) return { kind: 'none', why: 'broken' };
  const names = exportedNames(program);
  if (!names.has('main') && !names.has('*')) return { kind: 'none', why: 'no-main' };
  return { kind: 'move-module', hasDefault: names.has('default') };
}

function parseModule(text: string): Program | null {
  try {
    return parse(text, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  } catch {
    return null;
  }
}

/** `*` for what another module exports. */
function exportedNames({ body }: Program): ReadonlySet<string> {
  return new Set(body.flatMap(namesIn));
}

function namesIn(node: Program['body'][number]): readonly string[] {
  switch (node.type) {
    case 'ExportDefaultDeclaration':
      return ['default'];
    case 'ExportAllDeclaration':
      return [node.exported == null ? '*' : nameOf(node.exported)];
    case 'ExportNamedDeclaration': {
      const { declaration, specifiers } = node;
      if (declaration == null) return specifiers.map(({ exported }) => nameOf(exported));
      if (declaration.type !== 'VariableDeclaration') return [declaration.id.name];
      return declaration.declarations.map(({ id }) => (id.type === 'Identifier' ? id.name : ''));
    }
    default:
      return [];
  }
}

function nameOf(name: NonNullable<ExportAllDeclaration['exported']>): string {
  return name.type === 'Identifier' ? name.name : String(name.value);
}

/** The beginning of the name of an entry that moved for the helper's sake; its own name follows. */
export const MOVED_ENTRY = '__tcb-watch-entry.';

/** A file of the upload that replaces the function's own of that path, or is added. */
export interface DressedFile {
  readonly path: string;
  readonly content: Buffer;
}

/**
 * The files that differ from the function's own, but for the helper itself. The line is in a `try`, since code may change `require` or
 * `module` in ways that nobody sees before it runs: then it does nothing.
 */
export function dressedFiles(dressing: Dressing, path: string, entry: Buffer): readonly DressedFile[] {
  const folder = posix.dirname(path);
  const up = posix.relative(folder, '.');
  const helper = JSON.stringify(`${up === '' ? '.' : up}/${HELPER_FILE}`);
  const moved = posix.join(folder, `${MOVED_ENTRY}${posix.basename(path)}`);
  const real = JSON.stringify(`./${posix.basename(moved)}`);
  const text = (content: string): Buffer => Buffer.from(content);
  switch (dressing.kind) {
    case 'append':
      return [
        { path, content: Buffer.concat([entry, text(`\n;try{require(${helper})(module)}catch(_){}\n`)]) },
      ];
    case 'move':
      return [
        { path: moved, content: entry },
        { path, content: text(`module.exports = require(${real});\nrequire(${helper})(module);\n`) },
      ];
    case 'move-module':
      return [
        { path: moved, content: entry },
        {
          path,
          content: text(
            [
              `import * as real from ${real};`,
              `import { createRequire } from 'module';`,
              `export * from ${real};`,
              ...(dressing.hasDefault ? [`export { default } from ${real};`] : []),
              `export const main = createRequire(import.meta.url)(${helper}).live(real);`,
              '',
            ].join('\n'),
          ),
        },
      ];
    case 'none':
      return [];
    default:
      return dressing satisfies never;
  }
}

/** A function that holds such a file already may be an upload that was downloaded again. */
export function isReserved(path: string): boolean {
  return posix.basename(path).startsWith('__tcb-watch');
}
