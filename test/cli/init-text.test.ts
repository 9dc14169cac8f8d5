/** The file that `init` writes, and how it shows what it found: from the data alone, without a project on the disk. */
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { tellFound } from '../../src/cli/init-found.js';
import { configText, type InitChoice } from '../../src/cli/init-text.js';
import type { FoundProject } from '../../src/init/model.js';
import type { ProjectNote } from '../../src/model/project-note.js';
import { deskIn } from '../support/init-rig.js';

const nothing: FoundProject = {
  ...{ folder: '/project', files: [], roots: [], envs: [], ignore: [], shared: {}, functions: {} },
  ...{ names: [], events: {}, notes: [] },
};
const bare: InitChoice = {
  ...{ found: nothing, roots: ['functions'], envs: ['dev'], endpoint: null, called: [] },
  ...{ schema: './schema.json', tokenVariable: 'TOKEN' },
};

/** The written text, read as a configuration is. */
function written(over: Partial<InitChoice> = {}, found: Partial<FoundProject> = {}): Record<string, unknown> {
  return parse(configText({ ...bare, ...over, found: { ...nothing, ...found } }, 'en'), [], {
    disallowComments: false,
  });
}

describe('the configuration that is written', () => {
  const least = {
    ...{ $schema: './schema.json', functionsRoot: 'functions', envs: ['dev'] },
    ...{ protectedEnvs: ['*prod*', '*release*', '*online*'], token: { env: 'TOKEN' } },
  };

  it('has what every one needs, and nothing that was not found', () => {
    expect(written()).toEqual(least);
  });

  it.each<readonly [string, Partial<InitChoice>, Partial<FoundProject>, object]>([
    ['several roots', { roots: ['a', 'b'] }, {}, { functionsRoot: ['a', 'b'] }],
    ['another endpoint', { endpoint: 'emulator' }, {}, { endpoint: 'emulator' }],
    ['patterns', {}, { ignore: ['*.md'] }, { ignore: ['*.md'] }],
    ['shared folders', {}, { shared: { common: ['*'] } }, { shared: { common: ['*'] } }],
    [
      'functions that are called',
      { called: ['pay'] },
      {},
      { answers: { proof: true }, functions: { pay: { answers: true } } },
    ],
    [
      'a function with a name that objects have already',
      { called: ['constructor'] },
      {},
      { answers: { proof: true }, functions: { constructor: { answers: true } } },
    ],
    [
      'what single functions need, and no more',
      { called: ['pay'] },
      {
        functions: {
          pay: { dir: 'src/pay', ignore: ['*.ts'], build: 'esbuild' },
          login: { dir: null, ignore: [], build: { command: 'make', output: 'dist' } },
        },
      },
      {
        answers: { proof: true },
        functions: {
          pay: { dir: 'src/pay', ignore: ['*.ts'], build: 'esbuild', answers: true },
          login: { build: { command: 'make', output: 'dist' } },
        },
      },
    ],
  ])('has %s', (_, choice, found, more) => {
    expect(written(choice, found)).toEqual({ ...least, ...more });
  });

  it('leaves the roots out where there are none', () => {
    expect(written({ roots: [] })).not.toHaveProperty('functionsRoot');
  });

  it('says above each key what it is for; of the emulator another thing than of an address', () => {
    const lines = (over: Partial<InitChoice>): readonly string[] =>
      configText({ ...bare, ...over }, 'en').split('\n');
    const above = (key: string, over: Partial<InitChoice> = {}): string => {
      const all = lines(over);
      return all[all.findIndex((line) => line.startsWith(`  "${key}"`)) - 1] ?? '';
    };
    expect(above('envs')).toMatch(/^ {2}\/\/ .*uploaded/);
    expect(above('token')).toMatch(/^ {2}\/\/ /);
    const [emulator, address] = ['emulator', 'https://a.example'].map((endpoint) =>
      above('endpoint', { endpoint }),
    );
    expect(address).toContain('base address');
    expect(emulator).not.toBe(address);
    expect(lines({})[0]).toMatch(/^\/\/ Written by tcb-watch init/);
  });

  it('has short values on a line, and breaks those that are long', () => {
    const text = configText(
      {
        ...{ ...bare, envs: Array.from({ length: 9 }, (_, at) => `environment-${at}`) },
        found: {
          ...nothing,
          functions: {
            pay: { dir: 'a', ignore: [], build: null },
            cart: { dir: 'x'.repeat(90), ignore: [], build: null },
          },
        },
      },
      'en',
    );
    expect(text).toContain('  "envs": [\n    "environment-0",\n    "environment-1",');
    expect(text).toContain('    "environment-8"\n  ]');
    expect(text).toContain('    "pay": { "dir": "a" },\n    "cart": {\n      "dir": "xxx');
    expect(text).toContain('"protectedEnvs": ["*prod*", "*release*", "*online*"]');
  });
});

it.each([
  [90, true],
  [91, false],
])('a line of %d columns is one: %s', (columns, isOne) => {
  const dir = 'x'.repeat(columns - '    { "dir": "" }'.length);
  const pay = { dir, ignore: [], build: null };
  const text = configText({ ...bare, found: { ...nothing, functions: { pay } } }, 'en');
  expect(text.includes(`"pay": { "dir": "${dir}" }`)).toBe(isOne);
});

describe('what was found', () => {
  const shown = (found: Partial<FoundProject>): readonly string[] => {
    const desk = deskIn('/project');
    tellFound({ ...nothing, ...found }, desk.context);
    return desk.out().trimEnd().split('\n');
  };

  it('is nothing, and that is said', () => {
    expect(shown({})).toEqual([
      'Looking at /project',
      'Read          folders only: there is no project.config.json or cloudbaserc',
      'Functions     none: no folder here has an index.js that exports main',
    ]);
  });

  it('is a line for each thing', () => {
    const found: Partial<FoundProject> = {
      ...{
        files: ['project.config.json', '.env'],
        roots: ['a', 'b'],
        names: ['login', 'pay'],
        ignore: ['*.md', 'x'],
      },
      envs: [{ written: '${ENV}', id: 'dev', file: '.env' }],
      shared: { common: ['*'], lib: ['login', 'pay'] },
      functions: {
        pay: { dir: null, ignore: [], build: 'esbuild' },
        login: { dir: null, ignore: [], build: { command: 'make', output: 'dist' } },
        cart: { dir: 'x', ignore: [], build: null },
      },
      events: { pay: 'events/pay.json' },
    };
    expect(shown(found).slice(1)).toEqual([
      'Read          project.config.json, .env',
      'Functions in  a/',
      'Functions in  b/',
      'Functions     2: login, pay',
      'Environment   ${ENV}   (.env)',
      'Shared        common/ is packed into all functions',
      'Shared        lib/ is packed into login, pay',
      'Build         pay with esbuild',
      'Build         login with make',
      'Events        pay in events/pay.json',
      'Left out      *.md, x',
    ]);
  });

  it.each([
    [8, 'f0, f1, f2, f3, f4, f5, f6, f7'],
    [9, 'f0, f1, f2, f3, f4, f5, f6, f7, …'],
  ])('of %d functions names eight', (count, names) => {
    const all = Array.from({ length: count }, (_, at) => `f${at}`);
    expect(shown({ names: all })).toContain(`Functions     ${count}: ${names}`);
  });

  it.each<readonly [ProjectNote, RegExp]>([
    [{ kind: 'unreadable', file: 'f', code: 'EACCES' }, /f cannot be read \(EACCES\)/],
    [{ kind: 'not-understood', file: 'f', line: 3 }, /f, line 3: could not be read/],
    [{ kind: 'not-understood', file: 'f', line: null }, /f: could not be read/],
    [{ kind: 'computed', file: 'f', line: 3 }, /f, line 3: the value is computed/],
    [{ kind: 'placeholder', file: 'f', value: '{{id}}' }, /f: \{\{id\}\} is a placeholder/],
    [{ kind: 'odd-value', file: 'f', key: 'envId' }, /the value of envId was not understood/],
    [{ kind: 'root-missing', file: 'f', root: 'x' }, /names the folder x, which does not exist/],
    [{ kind: 'pattern-left', file: 'f', pattern: '/a/', why: 'regexp' }, /by the expression \/a\//],
    [
      { kind: 'pattern-left', file: 'f', pattern: '*.js', why: 'needed' },
      /ignores \*\.js, which functions need/,
    ],
    [{ kind: 'variable-unset', file: 'f', name: 'ENV' }, /from the variable ENV, which is not set/],
    [{ kind: 'production-left', file: '.env.production' }, /\.env\.production is for production/],
    [{ kind: 'esbuild-absent', functions: ['a', 'b'] }, /a, b: TypeScript is built with esbuild/],
  ])('and was left is a note: %j', (note, text) => {
    const lines = shown({ notes: [note] });
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^! /);
    expect(lines[3]).toMatch(text);
  });
});
