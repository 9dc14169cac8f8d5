import { describe, expect, test } from 'vitest';
import { namedPaths, newSyntaxIn } from '../../src/code/names.js';
import { parseCode } from '../../src/code/parse.js';
import { readCloudbase } from '../../src/init/cloudbase.js';
import { readDevtools } from '../../src/init/devtools.js';
import { readExportedLiteral } from '../../src/init/literal.js';
import { carryGlob, carryPackEntry } from '../../src/init/patterns.js';
import { readYaml } from '../../src/init/yaml.js';
import { folderWith } from '../support/init-rig.js';

describe('YAML', () => {
  test('what a cloudbaserc.yaml is written in', () => {
    const text = [
      '# 云开发配置',
      'envId: "{{env.ENV_ID}}"   # from .env',
      'functionRoot: ./functions',
      'functions:',
      '  - name: hello',
      '    timeout: 5',
      '    installDependency: true',
      '    ignore: [\'*.md\', "node_modules", docs/**]',
      '  - name: "report"',
      '    envVariables:',
      '      KEY: a#b',
      '    triggers:',
      '    - name: daily',
      "      config: '0 0 9 * * * *'",
      'empty:',
      "note: it's fine",
    ].join('\r\n');
    expect(readYaml(text)).toEqual({
      ok: true,
      value: {
        envId: '{{env.ENV_ID}}',
        functionRoot: './functions',
        functions: [
          { name: 'hello', timeout: 5, installDependency: true, ignore: ['*.md', 'node_modules', 'docs/**'] },
          {
            name: 'report',
            envVariables: { KEY: 'a#b' },
            triggers: [{ name: 'daily', config: '0 0 9 * * * *' }],
          },
        ],
        empty: null,
        note: "it's fine",
      },
    });
  });

  test('anchors, blocks of text, braces, and templates without quotes', () => {
    const text = [
      'envId: {{env.ENV_ID}} # no YAML, but written',
      'defaults: &defaults { timeout: 5, ignore: [a] }',
      'functions:',
      '  - { name: a, config: *defaults }',
      '  - {{ env.NAME }}',
      'note: |',
      '  two',
      '  lines',
    ].join('\n');
    expect(readYaml(text)).toEqual({
      ok: true,
      value: {
        envId: '{{env.ENV_ID}}',
        defaults: { timeout: 5, ignore: ['a'] },
        functions: [{ name: 'a', config: { timeout: 5, ignore: ['a'] } }, '{{ env.NAME }}'],
        note: 'two\nlines\n',
      },
    });
  });

  test.each([
    ['a tab', 'a:\n\tb: 1\n', 2],
    ['a wrong indent', 'a:\n   b: 1\n  c: 2\n', 3],
    ['a line that is nothing', 'a: 1\nwhat\n', 2],
    ['a second document', 'a: 1\n---\nb: 2\n', 2],
    ['a key twice', 'a: 1\na: 2\n', 2],
  ])('%s ends the reading with its line', (_name, text, line) => {
    expect(readYaml(text)).toEqual({ ok: false, line });
  });

  test('aliases of nothing end it, and aliases of aliases do not fill the memory', () => {
    expect(readYaml('a: 1\nb: *x\n')).toEqual({ ok: false, line: null });
    const rows = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 9; at += 1)
      rows.push(
        `a${at}: &a${at} [${Array(9)
          .fill(`*a${at - 1}`)
          .join(', ')}]`,
      );
    expect(readYaml(rows.join('\n'))).toEqual({ ok: false, line: null });
  });
});

describe('literals in JavaScript', () => {
  test('objects, lists, strings, comments, and variables of the process', () => {
    const text = `
      const path = require('path') // not needed
      module.exports = {
        envId: process.env.ENV_ID,
        'functionRoot': "./functions", /* here */
        functions: [{ name: 'a', timeout: 5, ignore: ['it\\'s'] }, { name: \`b\`, on: true, off: null, n: -1.5 }],
      };
      console.log('after');`;
    expect(readExportedLiteral(text)).toEqual({
      value: {
        envId: '{{env.ENV_ID}}',
        functionRoot: './functions',
        functions: [
          { name: 'a', timeout: 5, ignore: ["it's"] },
          { name: 'b', on: true, off: null, n: -1.5 },
        ],
      },
      computed: [],
      broken: null,
    });
  });

  test.each([
    'const config = { a: 1 }\nexport default config\n',
    "const one = 1;\nmodule['exports'] = { a: one };",
    'export default defineConfig({ a: 1 })',
    'var config = { a: 1 };\nmodule.exports = config;',
  ])('by way of %s', (text) => {
    expect(readExportedLiteral(text)).toEqual({ value: { a: 1 }, computed: [], broken: null });
  });

  test('what is computed is left out, with its line, and the rest is read on', () => {
    const text =
      'module.exports = {\n  a: "x" + y,\n  b: f({ c: "}" }),\n  ...rest,\n  d: `t${1}`,\n  e: [1, g(), 2],\n  h() { return 1 },\n  z: 1,\n}';
    expect(readExportedLiteral(text)).toEqual({
      value: { e: [1, 2], z: 1 },
      computed: [2, 3, 4, 5, 6, 7],
      broken: null,
    });
  });

  test.each([
    '[k]: 1',
    'get a() { return 1 }',
    'set a(v) {}',
    'a: /x/',
    'a: 1n',
    "a: -'1'",
    'a: +1',
    'a: -b',
  ])('%s is left out as well', (member) => {
    expect(readExportedLiteral(`module.exports = {\n  ${member},\n  z: -1,\n}`)).toEqual({
      ...{ value: { z: -1 }, computed: [2], broken: null },
    });
  });

  test('keys of any form, and only what the module itself exports', () => {
    const text =
      "other.exports = { a: 1 };\nmodule.other = { b: 1 };\nmodule.exports = { 'c d': 1, 2: [,1] };";
    expect(readExportedLiteral(text).value).toEqual({ 'c d': 1, 2: [1] });
    expect(readExportedLiteral('export default other({ a: 1 })').value).toBeUndefined();
    expect(readExportedLiteral('module.exports = { a: process.env[name], b: env.B }').value).toEqual({});
  });

  test('a variable that leads back to itself is computed', () => {
    const text = 'const a = { b: c, d: 1 };\nconst c = a;\nmodule.exports = a;';
    expect(readExportedLiteral(text)).toMatchObject({ value: { d: 1 }, computed: [2] });
  });

  test.each([
    ['module.exports = ', 1],
    ['\nmodule.exports = {', 2],
    ['module.exports = { a: "', 1],
    ['a: [\n1,\n]]', 3],
  ])('%j is no JavaScript, and the line is told', (text, broken) => {
    expect(readExportedLiteral(text)).toEqual({ value: undefined, computed: [], broken });
  });

  test.each(['', 'x', 'exports.main = 1'])('%j exports no object', (text) => {
    expect(readExportedLiteral(text)).toEqual({ value: undefined, computed: [], broken: null });
  });
});

describe('patterns of other tools', () => {
  const pack = (type: string, value: string) =>
    carryPackEntry({ type, value }, 'p.json', 'miniprogram', ['cloudfunctions']);
  test.each([
    ['suffix', '.md', [{ function: null, pattern: '*.md' }]],
    ['prefix', 'test-', [{ function: null, pattern: 'test-*' }]],
    ['folder', '../cloudfunctions/pay/fixtures', [{ function: 'pay', pattern: '/fixtures/' }]],
    ['file', '../cloudfunctions/pay/a/b.txt', [{ function: 'pay', pattern: '/a/b.txt' }]],
    ['glob', '**/*.map', [{ function: null, pattern: '**/*.map' }]],
    ['folder', 'images', []],
    ['folder', '../..', []],
    ['glob', 'node_modules/**', []],
  ])('%s %s', (type, value, patterns) => {
    expect(pack(type, value)).toEqual({ patterns, notes: [] });
  });

  test('one that a function needs, and one that cannot be said, are told', () => {
    expect(pack('suffix', '.js').notes).toEqual([
      { kind: 'pattern-left', file: 'p.json', pattern: '*.js', why: 'needed' },
    ]);
    expect(pack('regexp', '^a').notes).toMatchObject([{ why: 'regexp' }]);
  });

  test('a glob through all functions counts in each', () => {
    expect(carryGlob('cloudfunctions/*/docs/**', 'p.json', '.', ['cloudfunctions']).patterns).toEqual([
      { function: null, pattern: '/docs/**' },
    ]);
  });
});

test('cloudbaserc.yaml and the older framework form say the same as JSON', async () => {
  const yaml = await folderWith({
    'cloudbaserc.yml':
      'envId: dev-1\nfunctionRoot: fns/\nfunctions:\n  - name: a\n    ignore:\n      - "*.md"\n',
  });
  const framework = await folderWith({
    'cloudbaserc.json': JSON.stringify({
      envId: 'dev-1',
      framework: {
        plugins: {
          server: {
            use: '@cloudbase/framework-plugin-function',
            inputs: { functionRootPath: 'fns', functions: [{ name: 'a', ignore: ['*.md'] }] },
          },
        },
      },
    }),
  });
  for (const folder of [yaml, framework]) {
    expect(await readCloudbase(folder, '.', {})).toMatchObject({
      roots: ['fns'],
      envs: [{ written: 'dev-1' }],
      functions: { a: { ignore: ['*.md'] } },
      notes: [],
    });
  }
});

test.each<readonly [string, string, readonly object[]]>([
  [
    'commas at the ends, and what is null',
    '{"envId": "dev-1", "functions": null, "functionRoot": null,}',
    [],
  ],
  ['a text for a list', '{"envId": "dev-1", "functions": "all"}', [{ kind: 'odd-value', key: 'functions' }]],
])('cloudbaserc.json: %s', async (_, text, notes) => {
  const read = await readCloudbase(await folderWith({ 'cloudbaserc.json': text }), '.', {});
  expect(read).toMatchObject({ envs: [{ id: 'dev-1' }] });
  expect(read?.notes).toMatchObject(notes);
  expect(read?.notes).toHaveLength(notes.length);
});

describe('project.config.json', () => {
  const read = (config: object, files: Readonly<Record<string, string>> = {}) =>
    folderWith({ 'project.config.json': JSON.stringify(config), ...files }).then((folder) =>
      readDevtools(folder, '.'),
    );

  test('patterns of all functions are of none by name, and those of one are', async () => {
    const watchOptions = { ignore: ['**/*.map', 'cf/pay/docs/**', 'cf/pay/a.txt', 'cf/login/b.txt'] };
    expect(await read({ cloudfunctionRoot: 'cf/', watchOptions })).toMatchObject({
      roots: ['cf'],
      ignore: ['**/*.map'],
      functions: {
        pay: { dir: null, build: null, ignore: ['/docs/**', '/a.txt'] },
        login: { dir: null, build: null, ignore: ['/b.txt'] },
      },
    });
    const { functions, notes } = (await read({ watchOptions: { ignore: ['**/*.map'] } })) ?? {};
    expect([functions, notes]).toEqual([{}, []]);
  });

  test('environments that the mini program names are found, and placeholders are noted', async () => {
    const init = (env: string): string => `wx.cloud.init({\n  traceUser: true, env: '${env}' })\n`;
    const files = {
      'mini/app.js': `${init('dev-1a2b3c4d')}${init('your-env-id')}// ${init('old-1a2b3c4d')}`,
      'mini/envList.js': 'const envList = [{ envId: "test-1a2b3c4d" }];',
      'app.js': init('outer-1a2b3c4d'),
    };
    expect(await read({ miniprogramRoot: 'mini/' }, files)).toMatchObject({
      envs: [
        { id: 'dev-1a2b3c4d', written: 'dev-1a2b3c4d', file: 'mini/app.js' },
        { id: 'test-1a2b3c4d', file: 'mini/envList.js' },
      ],
      notes: [{ kind: 'placeholder', file: 'mini/app.js', value: 'your-env-id' }],
    });
  });

  test('that is not there is nothing, and one that is no object is noted', async () => {
    expect(await readDevtools(await folderWith({}), '.')).toBeNull();
    for (const [text, line] of [
      ['[]', null],
      ['{\n"a": ]', 2],
    ] as const)
      expect(await readDevtools(await folderWith({ 'project.config.json': text }), '.')).toMatchObject({
        notes: [{ kind: 'not-understood', file: 'project.config.json', line }],
      });
  });
});

describe('code', () => {
  const programOf = (text: string) => {
    const parsed = parseCode(text);
    if (!parsed.ok) throw new Error(`line ${parsed.line}`);
    return parsed.program;
  };

  test('the files that it names, and none in comments or strings', () => {
    const text = [
      "const a = require('./lib/a') // require('./no')",
      "import b from '../b.js'; import './side.js'",
      "const c = fs.readFileSync('./c.txt')",
      "const d = path.join(__dirname, 'd', 'e.json')",
      "const e = __dirname + '/f.pem'",
      "const f = new URL('./g.bin', import.meta.url)",
      'const g = await import(`./h.js`)',
      '/* require("./no") */ const s = "require(./no)"; require(name); require("fs")',
      "const r = /'/; const t = require('./after')",
      "export * from './all.js'; export { x } from './some.js'",
      'const u = `${__dirname}/k.txt`, v = require.resolve("./m")',
      "const w = resolve(import.meta.dirname, '..', 'n'), y = path.join(__dirname, name), z = join('./o', 'p')",
    ].join('\n');
    expect(
      namedPaths(programOf(text))
        .map(({ path, line }) => `${line} ${path}`)
        .sort(),
    ).toEqual(
      [
        '1 ./lib/a',
        '2 ../b.js',
        '2 ./side.js',
        '3 ./c.txt',
        '4 ./d/e.json',
        '5 ./f.pem',
        '6 ./g.bin',
        '7 ./h.js',
        '9 ./after',
        '10 ./all.js',
        '10 ./some.js',
        '11 ./k.txt',
        '11 ./m',
        '12 ../n',
      ].sort(),
    );
  });

  test('syntax by its age, but not in strings, comments and expressions', () => {
    const text =
      'const a = b?.c ?? 1;\n// x ||= 1\nconst s = "a?.b"; const r = /a??b/; const t = x ? .5 : 1;\na ||= 2;\na ??= a?.b;';
    expect(newSyntaxIn(programOf(text)).map(({ syntax, line }) => `${line} ${syntax}`)).toEqual([
      '1 ?.',
      '1 ??',
      '4 ??=, ||=, &&=',
    ]);
  });

  test.each([
    ['try {} catch {}', 10],
    ['async function f() { for await (const x of y); }', 10],
    ['x = 1n', 10],
    ['class A { b = 1 }', 12],
    ['class A { #b = 1 }', 12],
    ['x = 1_000', 12],
    ['import("x")', 13],
    ['class A { #b() {} }', 14],
    ['class A { static {} }', 16],
    ['class A { #b; has(x) { return #b in x } }', 16],
    ['x = /a/d', 16],
    ['import x from "./x.json" with { type: "json" }', 18],
    ['x = /[a--b]/v', 20],
  ])('%s needs Node %i', (text, since) => {
    expect(Math.max(...newSyntaxIn(programOf(text)).map((found) => found.since))).toBe(since);
  });

  test('what every runtime loads is not told', () => {
    const text =
      'async () => { const { a, ...b } = { ...c }; for (const d of e) await d; } // class, `x`, /y/su';
    expect(newSyntaxIn(programOf(text))).toEqual([]);
  });
});
