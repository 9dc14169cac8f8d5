// The small faults that `npm run mutate` makes in a source file: one place, one change, and the code still parses.
import { parseAst } from 'rolldown/parseAst';

const otherOperator = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
};

const otherMethod = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  trimStart: 'trimEnd',
  floor: 'ceil',
  ceil: 'floor',
};

/** Types are nothing at run time. These alone hold expressions. */
const typed = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression']);

/**
 * @param {string} code the text of a TypeScript module
 * @returns {{ start: number, end: number, text: string, line: number, column: number, was: string }[]} in the order of the
 *   places; `text` replaces the code from `start` to `end`
 */
export function mutationsOf(code) {
  const found = [];
  const add = (start, end, text) => found.push({ start, end, text });
  visit(parseAst(code, { lang: 'ts' }), (node) => mutate(node, code, add));
  return found.map((mutation) => ({
    ...mutation,
    ...placeOf(code, mutation),
    was: code.slice(mutation.start, mutation.end),
  }));
}

function mutate(node, code, add) {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return operator(node, code, add);
    case 'IfStatement':
    case 'ConditionalExpression':
      add(node.test.start, node.test.end, 'true');
      return add(node.test.start, node.test.end, 'false');
    case 'UnaryExpression':
      if (node.operator === '!') add(node.start, node.argument.start, '');
      return;
    case 'Literal':
      if (typeof node.value === 'boolean') add(node.start, node.end, String(!node.value));
      if (typeof node.value === 'number') add(node.start, node.end, String(node.value + 1));
      return;
    case 'ExpressionStatement':
      if (/^(?:Call|Await|Assignment|Update)Expression$/.test(node.expression.type))
        add(node.start, node.end, ';');
      return;
    case 'ContinueStatement':
    case 'BreakStatement':
      return add(node.start, node.end, ';');
    case 'ReturnStatement':
      if (node.argument === null) add(node.start, node.end, ';');
      return;
    case 'CallExpression':
      return method(node, add);
    case 'SpreadElement':
      if (node.argument.type === 'ConditionalExpression') return;
      return add(node.start, node.end, node.inArray ? '...[]' : '...{}');
  }
}

function operator(node, code, add) {
  const [from, to] = [node.left.end, node.right.start];
  const between = code.slice(from, to);
  const at = between.lastIndexOf(node.operator);
  if (node.operator === '??') return add(node.start, node.end, code.slice(node.right.start, node.right.end));
  // Joining texts is no arithmetic.
  if (node.operator === '+' && (isText(node.left) || isText(node.right))) return;
  const other = otherOperator[node.operator];
  if (other !== undefined) add(from + at, from + at + node.operator.length, other);
}

function method({ callee, arguments: given }, add) {
  if (callee.type !== 'MemberExpression' || callee.computed) return;
  // Not what every object inherits: `toString`, `constructor`.
  const other = Object.hasOwn(otherMethod, callee.property.name)
    ? otherMethod[callee.property.name]
    : undefined;
  if (other !== undefined) add(callee.property.start, callee.property.end, other);
  else if (callee.property.name === 'filter' && given.length === 1)
    add(given[0].start, given[0].end, '() => true');
}

function isText(node) {
  return (
    node.type === 'TemplateLiteral' ||
    (node.type === 'Literal' && typeof node.value === 'string') ||
    (node.type === 'BinaryExpression' && (isText(node.left) || isText(node.right)))
  );
}

function visit(node, tell) {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, tell);
    return;
  }
  if (typeof node?.type !== 'string') return;
  if (node.type.startsWith('TS') && !typed.has(node.type)) return;
  // `default: … satisfies never`, which nothing reaches.
  if (node.type === 'SwitchCase' && node.test === null) return;
  if (node.type === 'ArrayExpression') for (const child of node.elements) if (child) child.inArray = true;
  tell(node);
  for (const child of Object.values(node)) if (typeof child === 'object') visit(child, tell);
}

function placeOf(code, { start }) {
  const before = code.slice(0, start).split('\n');
  return { line: before.length, column: before.at(-1).length + 1 };
}

/** The modules that a module imports by path, as they are written. */
export function importsOf(code) {
  const found = [];
  visitAll(parseAst(code, { lang: 'ts' }), (node) => {
    const isImport = /^(?:Import|ExportNamed|ExportAll)(?:Declaration|Expression)$/.test(node.type);
    if (
      isImport &&
      node.importKind !== 'type' &&
      node.exportKind !== 'type' &&
      node.source?.value?.startsWith('.')
    ) {
      found.push(node.source.value);
    }
  });
  return found;
}

function visitAll(node, tell) {
  if (Array.isArray(node)) {
    for (const child of node) visitAll(child, tell);
    return;
  }
  if (typeof node?.type !== 'string') return;
  tell(node);
  for (const child of Object.values(node)) if (typeof child === 'object') visitAll(child, tell);
}
