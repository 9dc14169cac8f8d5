/** Entries of functions as people and tools write them: a table, and a generator that makes more of the same parts. */
import type { Dressing } from '../../src/proof/dress.js';
import type { Random } from '../support/random.js';

export interface EntryCase {
  /** Path → text; `index.js` or `index.mjs` is the entry, or the `main` of package.json. */
  readonly files: Readonly<Record<string, string>>;
  readonly how: Dressing['kind'];
  /** The least major version of Node that runs it. */
  readonly since?: number;
  /** The place in which a probe's answer stands, if it has one: 'error' or 'result'. */
  readonly says: 'result' | 'error' | 'nothing';
}

const cjs = (
  text: string,
  says: EntryCase['says'] = 'result',
  how: EntryCase['how'] = 'append',
): EntryCase => ({
  files: { 'index.js': text },
  how,
  says,
});
const esm = (
  text: string,
  says: EntryCase['says'] = 'result',
  more: Readonly<Record<string, string>> = {},
): EntryCase => ({
  files: { 'index.mjs': text, ...more },
  how: 'move-module',
  says,
});

export const entries: Readonly<Record<string, EntryCase>> = {
  'exports.main, async': cjs(`exports.main = async (event) => ({ got: event });`),
  'module.exports = { main }, sync, no end of line': cjs(
    `module.exports = { main: (e) => ({ sum: e.n + 1 }) } // end`,
  ),
  'frozen exports': cjs(`module.exports = Object.freeze({ main: async () => 'frozen', other: 1 });`),
  'sealed exports': cjs(`module.exports = Object.seal({ main: async () => 'sealed' });`),
  'main that is replaced later': cjs(
    `exports.main = async () => 'old'; process.nextTick(() => { exports.main = async () => 'new'; });`,
  ),
  'main that answers by its callback': cjs(
    `exports.main = (e, c, callback) => { setTimeout(() => callback(null, { n: e.n }), 5); };`,
  ),
  'a callback with an error': cjs(
    `exports.main = (e, c, callback) => { callback(new Error('no')); };`,
    'error',
  ),
  'return outside of functions': cjs(
    `exports.main = async () => 1;\nif (exports.main) return;\nexports.main = null;`,
    'result',
    'move',
  ),
  'use strict and #!': cjs(
    `#!/usr/bin/env node\n'use strict';\nexports.main = async function main() { return typeof this; };`,
  ),
  'a promise': cjs(`exports.main = () => new Promise((resolve) => setTimeout(resolve, 5, { p: 1 }));`),
  'a circle of requires': {
    files: {
      'index.js': `exports.x = 5; const h = require('./h'); exports.main = async () => h();`,
      'h.js': `const i = require('./index'); module.exports = () => i.x + 1;`,
    },
    how: 'append',
    says: 'result',
  },
  'an error': cjs(
    `const f = () => { throw Object.assign(new TypeError('boom'), { code: 'E1' }); };\nexports.main = async () => { f(); };`,
    'error',
  ),
  'a thrown text': cjs(`exports.main = () => { throw 'no'; };`, 'error'),
  'a thrown null': cjs(`exports.main = async () => { throw null; };`, 'error'),
  'a thrown undefined': cjs(`exports.main = async () => { throw undefined; };`, 'error'),
  'a huge result': cjs(`exports.main = async () => 'x'.repeat(400000);`),
  'a circular result': cjs(`exports.main = async () => { const a = {}; a.a = a; return a; };`, 'error'),
  'a BigInt': cjs(`exports.main = async () => ({ n: BigInt(1) });`, 'error'),
  undefined: cjs(`exports.main = async () => undefined;`),
  'NaN, dates and functions': cjs(`exports.main = async () => [NaN, new Date(0), () => 1, undefined];`),
  'BOM and CRLF': cjs(
    `\uFEFFexports.main = async () => {\r\nreturn 2\r\n}\r\n//# sourceMappingURL=index.js.map`,
  ),
  'properties on main': cjs(`exports.main = async () => exports.main.limit; exports.main.limit = 5;`),
  'main of a class': cjs(
    `class Handler { constructor() { this.n = 3; } async main() { return this.n; } }\nmodule.exports = new Handler();`,
  ),
  'main of a function': cjs(
    `module.exports = function other() {}; module.exports.main = async () => 'on a function';`,
  ),
  'a getter': cjs(
    `let n = 0; Object.defineProperty(exports, 'main', { enumerable: true, get: () => async () => { n += 1; return n; } });`,
  ),
  'a main that cannot be written': cjs(
    `Object.defineProperty(exports, 'main', { value: async () => 7, enumerable: true });`,
  ),
  'a name twice': cjs(`var module; exports.main = async () => typeof module;`, 'result', 'move'),
  'a require of its own': cjs(
    `exports.main = async () => 1; var require = function () { throw new Error('mine'); };`,
    'result',
    'move',
  ),
  'a require that is a function': cjs(
    `function require(name) { return name; }\nexports.main = async () => require('fs');`,
    'result',
    'move',
  ),
  'a module of its own, minified': cjs(
    `var e=require,module={exports:{}};module.exports=5;exports.main=async()=>[typeof e,module.exports];`,
    'result',
    'move',
  ),
  'a module of its own': cjs(`exports.main = async () => 1; module = null;`, 'result', 'move'),
  'a require of its own, as browserify has it': cjs(
    `require=(function (all) { return (name) => all[name]; })({ a: 5 });\nexports.main = async () => require('a');`,
    'result',
    'move',
  ),
  'a require of its own, and a return': cjs(
    `exports.main = async () => typeof require;\nvar require = 1;\nreturn;`,
    'result',
    'move',
  ),
  'a require that changes where nobody sees it': cjs(
    `exports.main = async () => 1; [require] = [() => { throw new Error('mine'); }];`,
    'nothing',
  ),
  arguments: cjs(`exports.main = function () { return arguments.length; };`),
  tsc: cjs(
    `"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.main = main;\nasync function main(event) { return event.n * 2; }\n`,
  ),
  esbuild: cjs(
    `"use strict";\nvar __defProp = Object.defineProperty;\nvar __getOwnPropDesc = Object.getOwnPropertyDescriptor;\nvar __getOwnPropNames = Object.getOwnPropertyNames;\nvar __hasOwnProp = Object.prototype.hasOwnProperty;\nvar __export = (target, all) => {\n  for (var name in all)\n    __defProp(target, name, { get: all[name], enumerable: true });\n};\nvar __copyProps = (to, from) => {\n  for (let key of __getOwnPropNames(from)) if (!__hasOwnProp.call(to, key)) __defProp(to, key, { get: () => from[key], enumerable: true });\n  return to;\n};\nvar __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);\nvar stdin_exports = {};\n__export(stdin_exports, { main: () => main });\nmodule.exports = __toCommonJS(stdin_exports);\nasync function main(e) { return e.n * 2; }\n0 && (module.exports = { main });\n`,
  ),
  'main in a folder': {
    files: {
      'package.json': '{"main":"src/app.js"}',
      'src/app.js': `exports.main = async () => require('./b');`,
      'src/b.js': 'module.exports = 3;',
    },
    how: 'append',
    says: 'result',
  },
  'no main': cjs(`exports.handler = async () => 1;`, 'nothing'),
  'no exports at all': cjs(`module.exports = null;`, 'nothing'),
  'code that does not parse': {
    files: { 'index.js': 'exports.main = async ( => 1;' },
    how: 'none',
    says: 'nothing',
  },
  'a file of ours': {
    files: { 'index.js': 'exports.main = async () => 1;', '__tcb-watch-old.js': '' },
    how: 'none',
    says: 'nothing',
  },
  'index.mjs': esm(
    `import { y } from './y.mjs'; export const z = 1; export const main = async (e) => ({ e, y });`,
    'result',
    { 'y.mjs': 'export const y = 7;' },
  ),
  'type module, with a default': {
    files: {
      'package.json': '{"type":"module"}',
      'index.js': `export async function main() { throw new Error('esm boom'); }\nexport default { a: 1 };`,
    },
    how: 'move-module',
    says: 'error',
  },
  'export { handler as main }': esm(`async function handler() { return 4; }\nexport { handler as main };`),
  'export *': esm(`export * from './other.mjs';`, 'result', {
    'other.mjs': 'export const main = async () => 9;',
  }),
  'let main that changes': esm(`export let main = async () => 'old'; main = async () => 'new';`),
  'a circle of modules': esm(
    `import { h } from './h.mjs'; export const k = 4; export const main = async () => h();`,
    'result',
    { 'h.mjs': `import { k } from './index.mjs'; export const h = () => k + 1;` },
  ),
  'top-level await': { ...esm(`await null; export const main = async () => 1;`), since: 16 },
  'import.meta': esm(`export const main = async () => typeof import.meta.url;`),
  'a module without main': {
    files: { 'index.mjs': 'export default { main: async () => 9 };' },
    how: 'none',
    says: 'nothing',
  },
};

const heads = ['', '\uFEFF', '#!/usr/bin/env node\n', `'use strict';\n`, '// a comment\n', '/* a */ '];
const kinds = [
  (body: string) => `async (event, context) => { ${body} }`,
  (body: string) => `async function main(event) { ${body} }`,
  (body: string) => `function (event, context) { ${body} }`,
  (body: string) =>
    `(event) => new Promise((resolve, reject) => { try { resolve((() => { ${body} })()); } catch (e) { reject(e); } })`,
  (body: string) =>
    `(event, context, callback) => { let value; try { value = (() => { ${body} })(); } catch (e) { return callback(e); } callback(null, value); }`,
];
const bodies = [
  'return event;',
  'return { n: event.n + 1 };',
  `throw new RangeError('far');`,
  `throw 'text';`,
  'throw null;',
  'return undefined;',
  'return null;',
  `console.log('said', event.n); return 1;`,
  'return typeof this;',
  'return [1, [2, { three: 3 }]];',
  'return { n: BigInt(3) };',
  'return Object.keys(event);',
  `return Promise.reject(new Error('later'));`,
  'return context === undefined ? 0 : Object.keys(context).length;',
];
const forms = [
  (main: string) => `exports.main = ${main};`,
  (main: string) => `module.exports = { main: ${main}, other: 1 };`,
  (main: string) => `module.exports.main = ${main}`,
  (main: string) => `module.exports = Object.freeze({ main: ${main} });`,
  (main: string) =>
    `const f = ${main};\nObject.defineProperty(exports, 'main', { enumerable: true, get: () => f });`,
  (main: string) => `exports.main = async () => 'old';\nexports.main = ${main};`,
  (main: string) => `exports.main = async () => 'old'; setImmediate(() => { exports.main = ${main}; });`,
  (main: string) => `module.exports = Object.create({ main: ${main} });`,
  (main: string) => `exports.main = ${main};\nreturn;`,
];
const tails = ['', '\n', ' // end', '\n/* end */', '\n//# sourceMappingURL=x.map', '\nvoid 0'];

/** One CommonJS entry of random parts. */
export function randomEntry(random: Random): string {
  const form = random.pick(forms);
  const main = random.pick(kinds)(random.pick(bodies));
  return `${random.pick(heads)}${form(main)}${random.pick(tails)}`;
}
