/** The demands of one JavaScript file on the place that loads it: its kind, what it loads itself, and whether it exports `main`. */
import type { AnyNode, Expression, Program, SpreadElement } from 'acorn';
import { ancestor } from 'acorn-walk';
import { compileScript } from './compile.js';
import { parseAs, placeOf, type SourceType, start, type TextPlace, textOf } from './parse.js';

/** Something that the code loads by a name that is written out. */
export interface Need extends TextPlace {
  /** As written: `./a`, `lodash/fp`. */
  readonly specifier: string;
  readonly by: 'require' | 'import';
  /** Loading the file loads it, with no `try`, condition or function around it. */
  readonly certain: boolean;
  /** In a `try` with a `catch`: the code is ready for its absence. */
  readonly optional: boolean;
}

export type Source =
  | {
      readonly ok: true;
      readonly sourceType: SourceType;
      /** The place that makes it an ES module. */
      readonly modulePlace: TextPlace;
      readonly needs: readonly Need[];
      readonly exportsMain: boolean;
    }
  | ({ readonly ok: false; readonly message: string; readonly conflict: boolean } & TextPlace);

/**
 * Reads a file as Node would.
 * @param declared what its name or the package.json makes of it; null: neither says, so it is a script unless it cannot be one
 */
export function readSource(text: string, declared: SourceType | null): Source {
  try {
    return readTree(text, declared) ?? readLargeSource(text, declared);
  } catch (error) {
    // The tree could be made, and is too deep to be walked.
    if (error instanceof RangeError) return readLargeSource(text, declared);
    throw error;
  }
}

/** null: no tree can be made of it, which is nothing against it. */
function readTree(text: string, declared: SourceType | null): Source | null {
  const script = declared === 'module' ? null : parseAs('script', text);
  const parsed = script === null || (!script.ok && declared === null) ? parseAs('module', text) : script;
  // Node's own parser has the last word: it goes deeper, and knows syntax that came after this one.
  if (!parsed.ok && (parsed.tooDeep || (script !== null && compileScript(text).ok))) return null;
  // A file that is neither kind is reported as the script that it was taken for.
  if (!parsed.ok) return brokenSource(text, script !== null && !script.ok ? script : parsed);
  const { program, sourceType } = parsed;
  return {
    ok: true,
    sourceType,
    modulePlace: modulePlaceOf(program),
    needs: needsOf(program),
    exportsMain: mayExportMain(program),
  };
}

/** Reads no more of a file than whether it can be loaded: what it loads itself is not looked for, and `main` is taken to be there. */
export function readLargeSource(text: string, declared: SourceType | null): Source {
  const known = { ok: true, needs: [], exportsMain: true } as const;
  if (declared === 'module') return { ...known, sourceType: 'module', modulePlace: start };
  const compiled = compileScript(text);
  if (compiled.ok) return { ...known, sourceType: 'script', modulePlace: start };
  const { line, column } = compiled;
  if (compiled.kind === 'broken') return brokenSource(text, compiled);
  // Where the name says that it is a script, it cannot be loaded as a module either.
  return declared === null
    ? { ...known, sourceType: 'module', modulePlace: { line, column } }
    : brokenSource(text, { line, column, message: 'import and export belong to ES modules' });
}

/** A merge's marks stand at the start of their lines, and both kinds have to be there: `=======` alone may be anything. */
const conflictMarks = /^<{7} .*$/m;

function brokenSource(
  text: string,
  { line, column, message }: TextPlace & { readonly message: string },
): Source {
  const mark = conflictLine(text);
  if (mark !== null) return { ok: false, line: mark, column: 1, message, conflict: true };
  return { ok: false, line, column, message, conflict: false };
}

/** The line of the first mark of a merge conflict; null: there is none. */
export function conflictLine(text: string): number | null {
  const mark = conflictMarks.exec(text);
  if (mark === null || !/^>{7} /m.test(text)) return null;
  return text.slice(0, mark.index).split('\n').length;
}

/** The place that makes a file an ES module. */
function modulePlaceOf({ body }: Program): TextPlace {
  const statement = body.find(({ type }) => /^(?:Import|Export)/.test(type));
  return statement === undefined ? start : placeOf(statement);
}

const around: ReadonlySet<string> = new Set([
  ...['IfStatement', 'ConditionalExpression', 'LogicalExpression', 'SwitchStatement', 'TryStatement'],
  ...['ForStatement', 'ForInStatement', 'ForOfStatement', 'WhileStatement', 'DoWhileStatement'],
  ...['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression', 'PropertyDefinition'],
]);

function needsOf(program: Program): Need[] {
  const needs: Need[] = [];
  const add = (
    how: Pick<Need, 'by' | 'certain' | 'optional'>,
    node: AnyNode,
    named: AnyNode | null | undefined,
  ): void => {
    const specifier = named == null ? null : textOf(named);
    if (specifier !== null && specifier !== '') needs.push({ specifier, ...placeOf(node), ...how });
  };
  const addImport = (node: AnyNode & { readonly source?: AnyNode | null }): void =>
    add({ by: 'import', certain: true, optional: false }, node, node.source);
  ancestor(program, {
    ImportDeclaration: addImport,
    ExportNamedDeclaration: addImport,
    ExportAllDeclaration: addImport,
    ImportExpression: (node, _state, ancestors) =>
      add({ by: 'import', certain: false, optional: isGuarded(ancestors) }, node, node.source),
    CallExpression(node, _state, ancestors) {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'require') return;
      // A bundle hands its own `require` to the functions that it wraps around modules.
      if (ancestors.some((each) => parametersOf(each).includes('require'))) return;
      const outer = ancestors.slice(0, -1);
      const certain = !outer.some(({ type }) => around.has(type));
      add({ by: 'require', certain, optional: isGuarded(ancestors) }, node, node.arguments[0]);
    },
  });
  return needs;
}

/** Whether it stands in what a `try` tries, and something is there to catch its failing. */
function isGuarded(ancestors: readonly AnyNode[]): boolean {
  return ancestors.some(
    (each, index) =>
      each.type === 'TryStatement' && each.handler != null && ancestors[index + 1] === each.block,
  );
}

function parametersOf(node: AnyNode): readonly string[] {
  if (!('params' in node)) return [];
  return node.params.flatMap((parameter) => (parameter.type === 'Identifier' ? [parameter.name] : []));
}

/**
 * Whether `main` may be among the exports. Only a file whose every use of `exports` and `module` is plain to see, and none of them
 * is `main`, has none.
 */
function mayExportMain(program: Program): boolean {
  if (program.body.some(({ type }) => /^Export/.test(type))) return exportsMainByName(program);
  let uses = 0;
  let plain = 0;
  let main = false;
  ancestor(program, {
    // At the top of a script, `this` is `exports`.
    ThisExpression(_node, _state, ancestors) {
      if (!ancestors.some(({ type }) => ownThis.has(type))) uses += 1;
    },
    Identifier(node) {
      if (node.name === 'exports' || node.name === 'module') uses += 1;
    },
    AssignmentExpression(node) {
      const named = exportedName(node.left);
      if (named === null) return;
      if (named === 'main') main = true;
      if (named !== '') plain += 1;
      else if (node.right.type === 'ObjectExpression') {
        const names = node.right.properties.map(keyOf);
        if (names.includes('main') || names.includes(null)) main = true;
        plain += 1;
      }
    },
  });
  return main || uses > plain;
}

const ownThis: ReadonlySet<string> = new Set(['FunctionDeclaration', 'FunctionExpression', 'ClassBody']);

function exportsMainByName({ body }: Program): boolean {
  return body.some((statement) => {
    // `export *` and `export default` may bring it, the latter by what transpilers make of it.
    if (statement.type === 'ExportAllDeclaration' || statement.type === 'ExportDefaultDeclaration')
      return true;
    if (statement.type !== 'ExportNamedDeclaration') return false;
    const { declaration } = statement;
    if (declaration?.type === 'VariableDeclaration')
      return declaration.declarations.some(({ id }) => id.type !== 'Identifier' || id.name === 'main');
    if (declaration != null) return declaration.id?.name === 'main';
    return statement.specifiers.some(
      ({ exported }) => (exported.type === 'Identifier' ? exported.name : exported.value) === 'main',
    );
  });
}

/** `main` of `exports.main` and `module.exports.main`; an empty text for `module.exports` itself; null for anything else. */
function exportedName(node: AnyNode): string | null {
  if (node.type !== 'MemberExpression') return null;
  const name = propertyName(node);
  if (name === null) return null;
  if (isIdentifier(node.object, 'exports')) return name;
  if (isIdentifier(node.object, 'module')) return name === 'exports' ? '' : null;
  const { object } = node;
  const isWhole =
    object.type === 'MemberExpression' &&
    isIdentifier(object.object, 'module') &&
    propertyName(object) === 'exports';
  return isWhole ? name : null;
}

function propertyName(node: { readonly property: AnyNode; readonly computed: boolean }): string | null {
  if (node.computed) return textOf(node.property);
  return node.property.type === 'Identifier' ? node.property.name : null;
}

const isIdentifier = (node: Expression | AnyNode, name: string): boolean =>
  node.type === 'Identifier' && node.name === name;

/** The key of a member of an object literal; null: it is not plain to see. */
function keyOf(property: SpreadElement | AnyNode): string | null {
  if (property.type !== 'Property' || property.computed) return null;
  const { key } = property;
  return key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : null;
}
