/**
 * Reads the object that a configuration in JavaScript exports, without running it: a configuration may do anything, and
 * looking at a project must do nothing. Literals are read; what is computed is left out and its line reported.
 */
import type { AnyNode, Expression, MemberExpression, Program, Property, SpreadElement } from 'acorn';
import { lineOf, parseCode } from '../code/parse.js';

/** Lines are from 1. */
export interface LiteralResult {
  /** undefined: no object was found. */
  readonly value: unknown;
  /** Values that only running the file would give. */
  readonly computed: readonly number[];
  /** Where the file is no JavaScript; null: it is. */
  readonly broken: number | null;
}

/** Finds `module.exports = …` or `export default …`, or the variable that either names. */
export function readExportedLiteral(text: string): LiteralResult {
  const parsed = parseCode(text);
  if (!parsed.ok) return { value: undefined, computed: [], broken: parsed.line };
  const exported = exportedFrom(parsed.program);
  if (exported === null) return { value: undefined, computed: [], broken: null };
  const computed: number[] = [];
  const value = readValue(exported, { constants: constantsOf(parsed.program), computed });
  return { value: value === unread ? undefined : value, computed: [...new Set(computed)], broken: null };
}

interface Reading {
  readonly constants: ReadonlyMap<string, Expression>;
  readonly computed: number[];
}

/** A mark that stands for a value that could not be read; it is taken out of objects and lists. */
const unread = Symbol('computed');

function exportedFrom({ body }: Program): AnyNode | null {
  for (const statement of body) {
    if (statement.type === 'ExportDefaultDeclaration') return unwrapped(statement.declaration);
    if (statement.type !== 'ExpressionStatement') continue;
    const { expression } = statement;
    if (expression.type !== 'AssignmentExpression') continue;
    if (isMember(expression.left, 'module', 'exports')) return unwrapped(expression.right);
  }
  return null;
}

/** `defineConfig({…})` gives back what it is given. */
function unwrapped(node: AnyNode): AnyNode {
  const defines =
    node.type === 'CallExpression' &&
    node.callee.type === 'Identifier' &&
    node.callee.name === 'defineConfig';
  return defines ? (node.arguments[0] ?? node) : node;
}

/** The variables of the file itself, as they begin. */
function constantsOf({ body }: Program): Map<string, Expression> {
  const constants = new Map<string, Expression>();
  for (const statement of body) {
    if (statement.type !== 'VariableDeclaration') continue;
    for (const { id, init } of statement.declarations) {
      if (id.type === 'Identifier' && init != null) constants.set(id.name, init);
    }
  }
  return constants;
}

function readValue(node: AnyNode, reading: Reading): unknown {
  const named = variableOf(node);
  if (named !== null) return `{{env.${named}}}`;
  switch (node.type) {
    case 'ObjectExpression':
      return objectOf(node.properties, reading);
    case 'ArrayExpression':
      return node.elements
        .map((element) => (element === null ? unread : readValue(element, reading)))
        .filter((value) => value !== unread);
    case 'Identifier': {
      const init = reading.constants.get(node.name);
      const inner = { ...reading, constants: without(reading.constants, node.name) };
      return init === undefined ? computedAt(node, reading) : readValue(unwrapped(init), inner);
    }
    default: {
      const value = literalOf(node);
      return value === unread ? computedAt(node, reading) : value;
    }
  }
}

function computedAt(node: AnyNode, { computed }: Reading): typeof unread {
  computed.push(lineOf(node));
  return unread;
}

/** A variable that names itself must not be followed for ever. */
function without(constants: Reading['constants'], name: string): Reading['constants'] {
  return new Map([...constants].filter(([each]) => each !== name));
}

function literalOf(node: AnyNode): unknown {
  if (node.type === 'Literal') return node.regex == null && node.bigint == null ? node.value : unread;
  if (node.type === 'TemplateLiteral')
    return node.quasis.length === 1 ? node.quasis[0]?.value.cooked : unread;
  if (node.type !== 'UnaryExpression' || node.operator !== '-') return unread;
  const value = literalOf(node.argument);
  return typeof value === 'number' ? -value : unread;
}

function objectOf(
  properties: readonly (Property | SpreadElement)[],
  reading: Reading,
): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const property of properties) {
    const key = property.type === 'Property' ? keyOf(property) : null;
    if (property.type !== 'Property' || key === null || property.method) computedAt(property, reading);
    else entries.push([key, readValue(property.value, reading)]);
  }
  return Object.fromEntries(entries.filter(([, value]) => value !== unread));
}

function keyOf({ key, computed, kind }: Property): string | null {
  if (computed || kind !== 'init') return null;
  if (key.type === 'Identifier') return key.name;
  return key.type === 'Literal' ? String(key.value) : null;
}

/** The name in `process.env.NAME` and `process.env['NAME']`. */
function variableOf(node: AnyNode): string | null {
  if (node.type !== 'MemberExpression' || !isMember(node.object, 'process', 'env')) return null;
  return propertyName(node);
}

function isMember(node: AnyNode, object: string, property: string): boolean {
  return (
    node.type === 'MemberExpression' &&
    node.object.type === 'Identifier' &&
    node.object.name === object &&
    propertyName(node) === property
  );
}

function propertyName({ property, computed }: MemberExpression): string | null {
  if (!computed) return property.type === 'Identifier' ? property.name : null;
  return property.type === 'Literal' && typeof property.value === 'string' ? property.value : null;
}
