import { describe, expect, test } from 'vitest';
import { readCloudbase } from '../../src/io/project-cloudbase.js';
import { namedPaths, newSyntaxIn } from '../../src/io/project-code.js';
import { readExportedLiteral } from '../../src/io/project-literal.js';
import { carryGlob, carryPackEntry } from '../../src/io/project-patterns.js';
import { readYaml } from '../../src/io/project-yaml.js';
import { folderWith } from './init-rig.js';

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

  test.each([
    ['an anchor', 'a: 1\nb: &x 2\n', 2],
    ['an alias', 'a: *x\n', 1],
    ['a block of text', 'a: |\n  text\n', 1],
    ['a mapping in braces', 'a: { b: 1 }\n', 1],
    ['a tab', 'a:\n\tb: 1\n', 2],
    ['a wrong indent', 'a: 1\n   b: 2\n', 2],
    ['a line that is nothing', 'a: 1\nwhat\n', 2],
    ['a second document', 'a: 1\n---\nb: 2\n', 2],
  ])('%s ends the reading with its line', (_name, text, line) => {
    expect(readYaml(text)).toEqual({ ok: false, line });
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
    });
  });

  test.each([
    'const config: Config = { a: 1 }\nexport default config\n',
    'export default defineConfig({ a: 1 })',
    'var config = { a: 1 };\nmodule.exports = config;',
  ])('by way of %s', (text) => {
    expect(readExportedLiteral(text)).toEqual({ value: { a: 1 }, computed: [] });
  });

  test('what is computed is left out, with its line, and the rest is read on', () => {
    const text =
      'module.exports = {\n  a: "x" + y,\n  b: f({ c: "}" }),\n  ...rest,\n  d: `t${1}`,\n  e: [1, g(), 2],\n  h() { return 1 },\n  z: 1,\n}';
    expect(readExportedLiteral(text)).toEqual({ value: { e: [1, 2], z: 1 }, computed: [2, 3, 4, 5, 6, 7] });
  });

  test.each([
    '',
    'module.exports = ',
    'module.exports = {',
    'module.exports = { a: "',
    'module.exports = [[[',
    'x',
  ])('ends on a text that does not: %s', (text) => {
    expect(() => readExportedLiteral(text)).not.toThrow();
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

describe('code', () => {
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
    ].join('\n');
    expect(
      namedPaths(text)
        .map(({ path, line }) => `${line} ${path}`)
        .sort(),
    ).toEqual([
      '1 ./lib/a',
      '2 ../b.js',
      '2 ./side.js',
      '3 ./c.txt',
      '4 ./d/e.json',
      '5 ./f.pem',
      '6 ./g.bin',
      '7 ./h.js',
      '9 ./after',
    ]);
  });

  test('syntax newer than a runtime, but not in strings, comments and expressions', () => {
    const text =
      'const a = b?.c ?? 1;\n// x ||= 1\nconst s = "a?.b"; const r = /a??b/; const t = x ? .5 : 1;\na ||= 2;\n';
    expect(newSyntaxIn(text, 12).map(({ syntax, line }) => `${line} ${syntax}`)).toEqual([
      '1 ?.',
      '1 ??',
      '4 ??=, ||=, &&=',
    ]);
    expect(newSyntaxIn(text, 16)).toEqual([]);
  });
});
