// Function declarations as arrow functions, which are shorter.
import { parse } from 'acorn';
import { full } from 'acorn-walk';

/**
 * Left as they are: generators, what uses `this` or `arguments`, and what may be called while the code is first evaluated,
 * since a declaration can be called before its place and an arrow function cannot. Nothing moves to another line, nor within
 * one but behind it, so that the source map stays right.
 */
export function arrows(code) {
  const { body } = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
  const functions = body.filter(({ type }) => type === 'FunctionDeclaration');
  const early = calledEarly(body, functions);
  return functions
    .filter((each) => !early.has(each.id.name) && canBeArrow(each))
    .reverse()
    .reduce((text, { start, end, id, async, body }) => {
      const parameters = text.slice(id.end, body.start);
      const head = `const ${id.name} = ${async ? 'async ' : ''}${parameters}=> `;
      return `${text.slice(0, start)}${head}${text.slice(body.start, end)};${text.slice(end)}`;
    }, code);
}

/** The names of functions that some other statement names, or that a function so named names. */
function calledEarly(body, functions) {
  const byName = new Map(functions.map((each) => [each.id.name, each]));
  const early = new Set();
  const look = (node) =>
    full(node, ({ type, name }) => {
      if (type !== 'Identifier' || early.has(name) || !byName.has(name)) return;
      early.add(name);
      look(byName.get(name));
    });
  for (const statement of body) if (statement.type !== 'FunctionDeclaration') look(statement);
  return early;
}

function canBeArrow(declaration) {
  let can = !declaration.generator;
  full(declaration, ({ type, name }) => {
    if (type === 'ThisExpression' || (type === 'Identifier' && name === 'arguments')) can = false;
  });
  return can;
}

/** An arrow function cannot be called from a chunk that is evaluated before its own: chunks must not import in a circle. */
export function refuseCircles(chunks) {
  const imports = new Map(chunks.map(({ fileName, imports }) => [fileName, imports]));
  const done = new Set();
  const visit = (name, above) => {
    if (above.includes(name)) throw new Error(`Chunks import in a circle: ${[...above, name].join(' ')}`);
    if (done.has(name)) return;
    for (const next of imports.get(name) ?? []) visit(next, [...above, name]);
    done.add(name);
  };
  for (const name of imports.keys()) visit(name, []);
}
