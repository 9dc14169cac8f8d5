import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { ConfigProblem } from '../model/config-problem.js';
import type { TextPosition } from '../model/text-position.js';
import { tooDeepAt } from '../system/json.js';
import { positionsIn } from '../system/text-lines.js';
import { type KeyPath, pathText } from './path.js';

/** Values by name, as a shell's environment holds them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The value of a variable; on Windows names are the same in any case of letters.
 * @internal
 */
export function variableNamed(
  variables: Variables,
  name: string,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (Object.hasOwn(variables, name) || platform !== 'win32') return ownValue(variables, name);
  const same = Object.keys(variables).find((key) => key.toUpperCase() === name.toUpperCase());
  return same === undefined ? undefined : variables[same];
}

function ownValue(variables: Variables, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

/**
 * A configuration's text as data, before anything is known about what it should say.
 * @internal
 */
export interface ParsedText {
  /** Plain JSON data with every `${NAME}` filled in where it could be. */
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Where a `${…}` could not be filled in: what stands there is no value to judge. */
  readonly unfilled: readonly KeyPath[];
  /** The texts in which variables were filled in, as they stand in the file, by their path as text. */
  readonly written: ReadonlyMap<string, string>;
  /** The values that were filled in below `token`. */
  readonly tokenValues: readonly string[];
  /** Where each value stands, by its path as text. */
  readonly positions: ReadonlyMap<string, TextPosition>;
}

/** @internal */
export type ParseResult =
  | { readonly ok: true; readonly parsed: ParsedText }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const VARIABLE = /\$\{([^{}]*)\}/g;
/**
 * A variable's name in POSIX shells and `.env` files.
 * @internal
 */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** One slip often makes the parser stumble again and again: later ones are noise. */
const MOST_SYNTAX_PROBLEMS = 3;

/**
 * Reads JSON that may hold comments and trailing commas, and fills in `${NAME}` from the variables. Commands for a shell
 * are left as they stand: there the shell fills in its own.
 * @internal
 */
export function parseConfigText(text: string, variables: Variables): ParseResult {
  const positionOf = positionsIn(text);
  const deep = tooDeepAt(text);
  if (deep !== null)
    return { ok: false, problems: syntaxProblems([{ code: 'InvalidSymbol', at: positionOf(deep) }]) };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (root === undefined || errors.length > 0) {
    const faults = errors.map(({ error, offset }) => ({
      code: printParseErrorCode(error),
      at: positionOf(offset),
    }));
    return { ok: false, problems: syntaxProblems(faults) };
  }
  const notes: Notes = {
    problems: [],
    unfilled: [],
    tokenValues: [],
    written: new Map(),
    positions: new Map(),
  };
  const value = evaluate(root, [], { variables, positionOf, notes });
  return { ok: true, parsed: { value, ...notes } };
}

/** The facts that evaluating gathers in addition to the value. */
interface Notes {
  readonly problems: ConfigProblem[];
  readonly unfilled: KeyPath[];
  readonly tokenValues: string[];
  readonly written: Map<string, string>;
  readonly positions: Map<string, TextPosition>;
}

interface Evaluation {
  readonly variables: Variables;
  readonly positionOf: (offset: number) => TextPosition;
  readonly notes: Notes;
}

function evaluate(node: Node, path: KeyPath, evaluation: Evaluation): unknown {
  evaluation.notes.positions.set(pathText(path), evaluation.positionOf(node.offset));
  const children = node.children ?? [];
  if (node.type === 'array')
    return children.map((child, index) => evaluate(child, [...path, index], evaluation));
  if (node.type === 'object') return evaluateObject(children, path, evaluation);
  const value: unknown = node.value;
  return typeof value === 'string' && !isShellCommand(path) ? fillIn(value, path, evaluation) : value;
}

function evaluateObject(properties: readonly Node[], path: KeyPath, evaluation: Evaluation): unknown {
  const entries = new Map<string, unknown>();
  for (const property of properties) {
    const [keyNode, valueNode] = property.children ?? [];
    const key: unknown = keyNode?.value;
    if (keyNode === undefined || valueNode === undefined || typeof key !== 'string') continue;
    if (entries.has(key)) {
      const at = evaluation.positionOf(keyNode.offset);
      evaluation.notes.problems.push({ kind: 'duplicate-key', path: pathText([...path, key]), at, key });
    }
    entries.set(key, evaluate(valueNode, [...path, key], evaluation));
  }
  // fromEntries defines `__proto__` as a key like any other, so that it is refused like any other.
  return Object.fromEntries(entries);
}

/** `token.command`, the one below `cloudbase`, `hooks.*` and `functions.*.build.command` belong to the shell. */
function isShellCommand(path: KeyPath): boolean {
  const [top, ...rest] = path;
  if (top === 'hooks') return true;
  // A header may have any name.
  if (top === 'token') return rest[rest[0] === 'cloudbase' ? 1 : 0] === 'command';
  return top === 'functions' && rest[1] === 'build' && rest[2] === 'command';
}

function fillIn(text: string, path: KeyPath, { variables, notes }: Evaluation): string {
  const place = pathText(path);
  const at = notes.positions.get(place) ?? null;
  return text.replaceAll(VARIABLE, (whole: string, name: string) => {
    const value = VARIABLE_NAME.test(name) ? variableNamed(variables, name) : undefined;
    if (value !== undefined && path[0] === 'endpoint') {
      // The repository would choose both the variable and the host that it goes to.
      notes.problems.push({ kind: 'fixed-text', path: place, at, text: whole });
      notes.unfilled.push(path);
      return whole;
    }
    if (value !== undefined) {
      notes.written.set(place, text);
      if (path[0] === 'token') notes.tokenValues.push(value);
      return value;
    }
    notes.unfilled.push(path);
    notes.problems.push(
      VARIABLE_NAME.test(name)
        ? { kind: 'missing-variable', path: place, at, name }
        : { kind: 'bad-variable', path: place, at, text: whole },
    );
    return whole;
  });
}

interface SyntaxFault {
  readonly code: string;
  readonly at: TextPosition;
}

function syntaxProblems(faults: readonly SyntaxFault[]): ConfigProblem[] {
  const found = faults.length > 0 ? faults : [{ code: 'ValueExpected', at: { line: 1, column: 1 } }];
  const firstOfLine = found.filter(
    (fault, index) => found.findIndex(({ at }) => at.line === fault.at.line) === index,
  );
  return firstOfLine
    .slice(0, MOST_SYNTAX_PROBLEMS)
    .map(({ code, at }) => ({ kind: 'syntax', path: '$', at, code }));
}
