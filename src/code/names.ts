/** The names and needs of JavaScript, from its tree: the files in it that are written out, and syntax by the age of Node. */
import type { AnyNode, Program } from 'acorn';
import { simple } from 'acorn-walk';
import type { TextPosition } from '../model/text-position.js';
import { placeOf, textOf } from './parse.js';

/** A file that code names. `module`: by `require` or `import`, whose ending may be left out. */
export interface NamedPath extends TextPosition {
  /** As written, with forward slashes, `./a` or `../a`. */
  readonly path: string;
  readonly kind: 'module' | 'file';
}

const readers: ReadonlySet<string> = new Set([
  ...['readFile', 'readFileSync', 'createReadStream', 'open', 'openSync', 'readdir', 'readdirSync'],
]);

/** The relative paths that stand in the code as literals. */
export function namedPaths(program: Program): NamedPath[] {
  const found: NamedPath[] = [];
  const add = (kind: NamedPath['kind'], node: AnyNode, path: string | null): void => {
    if (path !== null && /^\.{1,2}\//.test(path)) found.push({ path, kind, ...placeOf(node) });
  };
  const addModule = (node: AnyNode & { readonly source?: AnyNode | null }): void => {
    if (node.source != null) add('module', node, textOf(node.source));
  };
  simple(program, {
    ImportDeclaration: addModule,
    ExportNamedDeclaration: addModule,
    ExportAllDeclaration: addModule,
    ImportExpression: addModule,
    CallExpression(node) {
      const name = calledName(node.callee);
      const [first] = node.arguments;
      if (first === undefined) return;
      if (name === 'require') add('module', node, textOf(first));
      else if (name !== null && readers.has(name)) add('file', node, textOf(first));
      else if (name === 'join' || name === 'resolve') add('file', node, joinedPath(node.arguments));
    },
    BinaryExpression(node) {
      if (node.operator === '+' && isOwnFolder(node.left)) add('file', node, behind(textOf(node.right)));
    },
    TemplateLiteral(node) {
      const [own] = node.expressions;
      const [before, after] = node.quasis;
      if (node.quasis.length !== 2 || own === undefined || !isOwnFolder(own)) return;
      if (before?.value.cooked === '') add('file', node, behind(after?.value.cooked ?? null));
    },
    NewExpression(node) {
      const [path, base] = node.arguments;
      if (calledName(node.callee) !== 'URL' || path === undefined || base === undefined) return;
      if (isMetaProperty(base, 'url')) add('file', node, textOf(path));
    },
  });
  return found;
}

/** `f` of `f(…)` and of `fs.f(…)`, `fs.promises.f(…)`; `require` too of `require.resolve(…)`. */
function calledName(callee: AnyNode): string | null {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier')
    return null;
  const requires = callee.object.type === 'Identifier' && callee.object.name === 'require';
  return requires ? 'require' : callee.property.name;
}

/** `__dirname`, `import.meta.dirname`. */
function isOwnFolder(node: AnyNode): boolean {
  return (node.type === 'Identifier' && node.name === '__dirname') || isMetaProperty(node, 'dirname');
}

function isMetaProperty(node: AnyNode, name: string): boolean {
  return (
    node.type === 'MemberExpression' &&
    node.object.type === 'MetaProperty' &&
    !node.computed &&
    node.property.type === 'Identifier' &&
    node.property.name === name
  );
}

/** `path.join(__dirname, 'a', 'b.json')`, where every part is a literal. */
function joinedPath([own, ...rest]: readonly AnyNode[]): string | null {
  if (own === undefined || !isOwnFolder(own)) return null;
  const parts = rest.map(textOf);
  return parts.includes(null) ? null : below(parts.join('/'));
}

const below = (path: string | null): string | null =>
  path === null || path.startsWith('.') ? path : `./${path.replace(/^\/+/, '')}`;

/** A text that is put directly behind a folder's name is in it only after a slash. */
const behind = (path: string | null): string | null => (path?.startsWith('/') === true ? below(path) : null);

/** A piece of syntax and the first major version of Node that reads it. */
export interface NewSyntax extends TextPosition {
  readonly syntax: string;
  readonly since: number;
}

/** Syntax that older runtimes do not load: the first of each kind of syntax, in the order of the code. */
export function newSyntaxIn(program: Program): NewSyntax[] {
  const found = new Map<string, NewSyntax>();
  const note = (since: number, syntax: string, node: AnyNode): void => {
    const place = placeOf(node);
    const first = found.get(syntax);
    if (first === undefined || isBefore(place, first)) found.set(syntax, { syntax, since, ...place });
  };
  // Versions by node.green: the release whose V8 first took each without a flag.
  simple(program, {
    CatchClause: (node) => node.param == null && note(10, 'catch {', node),
    ForOfStatement: (node) => node.await && note(10, 'for await', node),
    PropertyDefinition: (node) =>
      note(12, node.key.type === 'PrivateIdentifier' ? '#private' : 'class { field = … }', node),
    MethodDefinition: (node) => node.key.type === 'PrivateIdentifier' && note(14, '#private()', node),
    ImportExpression: (node) => note(13, 'import(…)', node),
    ChainExpression: (node) => note(14, '?.', node),
    LogicalExpression: (node) => node.operator === '??' && note(14, '??', node),
    AssignmentExpression: (node) =>
      ['??=', '||=', '&&='].includes(node.operator) && note(15, '??=, ||=, &&=', node),
    StaticBlock: (node) => note(16, 'static {', node),
    BinaryExpression: (node) => node.left.type === 'PrivateIdentifier' && note(16, '#private in …', node),
    ImportDeclaration: (node) => node.attributes.length > 0 && note(18, 'import … with {', node),
    VariableDeclaration: (node) => /using/.test(node.kind) && note(24, node.kind, node),
    Literal(node) {
      if (node.bigint != null) note(10, '1n', node);
      if (typeof node.value === 'number' && /_/.test(node.raw ?? '')) note(12, '1_000', node);
      const flags = node.regex?.flags ?? '';
      if (flags.includes('d')) note(16, '/…/d', node);
      if (flags.includes('v')) note(20, '/…/v', node);
    },
  });
  return [...found.values()].sort((one, other) => one.line - other.line);
}

function isBefore(one: TextPosition, other: TextPosition): boolean {
  return one.line < other.line || (one.line === other.line && one.column < other.column);
}
