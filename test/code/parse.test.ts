/** Code as a tree, with places that people count from 1. */
import { expect, it } from 'vitest';
import { lineOf, parseAs, parseCode, placeOf } from '../../src/code/parse.js';

it('a place is counted from 1, and is the first one where nothing is known', () => {
  const parsed = parseCode('a;\n  b;');
  if (!parsed.ok) throw new Error(parsed.message);
  expect(parsed.program.body.map((node) => placeOf(node))).toEqual([
    { line: 1, column: 1 },
    { line: 2, column: 3 },
  ]);
  expect(parsed.program.body.map(lineOf)).toEqual([1, 2]);
  expect(placeOf({})).toEqual({ line: 1, column: 1 });
  expect(placeOf({ loc: null })).toEqual({ line: 1, column: 1 });
});

it('either kind of file is read, and what is neither is reported as a module', () => {
  expect(parseCode('import a from "a";')).toMatchObject({ ok: true, sourceType: 'module' });
  expect(parseCode('with (a) b;')).toMatchObject({ ok: true, sourceType: 'script' });
  expect(parseCode('return; await a;')).toMatchObject({ ok: true });
  expect(parseCode('a;\n  b c;')).toEqual({
    ok: false,
    line: 2,
    column: 5,
    message: 'Unexpected token',
    tooDeep: false,
  });
});

it('a file of one kind is read as that kind alone', () => {
  expect(parseAs('script', 'import a from "a";').ok).toBe(false);
  expect(parseAs('module', 'with (a) b;').ok).toBe(false);
  expect(parseAs('script', 'await a;').ok).toBe(false);
  expect(parseAs('script', 'await a;', true).ok).toBe(true);
  expect(parseAs('module', 'await a;').ok).toBe(true);
});

it('code that is nested too deeply is said to be that', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(parseAs('script', deep)).toMatchObject({ ok: false, line: 1, tooDeep: true });
});
