/** Command lines, and what is made of them. */
import { describe, expect, it } from 'vitest';
import { type Invocation, parseArguments } from '../../src/cli/options.js';
import type { Language } from '../../src/text/language.js';

function parse(line: string, language: Language = 'en'): { found: Invocation; out: string; err: string } {
  const written = { out: '', err: '' };
  const output = {
    out: (text: string) => {
      written.out += text;
    },
    err: (text: string) => {
      written.err += text;
    },
  };
  const args = line.split(' ').filter((part) => part !== '');
  return { found: parseArguments(args, '1.2.3', language, output), ...written };
}

const common = {
  ...{ envId: [], only: [], json: false, plain: false, ascii: false, dryRun: false, force: false },
  ...{ yes: false, adopt: false, trust: false, stdinEnds: false, verbose: false, problems: false },
};

describe('what a line asks for', () => {
  it.each<readonly [line: string, asked: unknown]>([
    ['', { command: 'watch', options: common }],
    ['watch', { command: 'watch', options: common }],
    ['--plain', { command: 'watch', options: { ...common, plain: true } }],
    [
      '-c a.json -e dev --env-id test --only p* --only q*',
      {
        command: 'watch',
        options: { ...common, config: 'a.json', envId: ['dev', 'test'], only: ['p*', 'q*'] },
      },
    ],
    [
      'watch --endpoint emulator --json --ascii --ambiguous-width 2 --force --yes --verbose',
      {
        command: 'watch',
        options: {
          ...common,
          ...{ endpoint: 'emulator', json: true, ascii: true, ambiguousWidth: 2 },
          ...{ force: true, yes: true, verbose: true },
        },
      },
    ],
    ['push --check', { command: 'push', options: common, names: [], timeoutSeconds: 600, check: true }],
    ['push', { command: 'push', options: common, names: [], timeoutSeconds: 600, check: false }],
    [
      'push pay login --timeout 5',
      { command: 'push', options: common, names: ['pay', 'login'], timeoutSeconds: 5, check: false },
    ],
    [
      'watch --dry-run',
      { command: 'push', options: { ...common, dryRun: true }, names: [], timeoutSeconds: 600, check: false },
    ],
    [
      'status',
      { command: 'status', options: { envId: [], only: [], json: false, trust: false, verbose: false } },
    ],
    [
      'accept pay -e dev --json',
      {
        command: 'accept',
        options: { envId: ['dev'], only: [], json: true, ascii: false, trust: false },
        names: ['pay'],
      },
    ],
    [
      'status --files pay',
      {
        command: 'status',
        options: { envId: [], only: [], json: false, trust: false, verbose: false, files: 'pay' },
      },
    ],
    [
      'invoke pay',
      {
        command: 'invoke',
        options: { envId: [], json: false, yes: false, trust: false },
        name: 'pay',
        event: undefined,
      },
    ],
    ...(
      [
        ['invoke pay {} --inspect', 9229],
        ['invoke --inspect pay {}', 9229],
        ['invoke pay --inspect {}', 9229],
        ['invoke pay --inspect 9300 {}', 9300],
        ['invoke pay --inspect=9300 {}', 9300],
      ] as const
    ).map(([line, inspect]): readonly [string, unknown] => [
      line,
      {
        command: 'invoke',
        options: { envId: [], json: false, yes: false, trust: false, inspect },
        name: 'pay',
        event: '{}',
      },
    ]),
    [
      'invoke pay {} -e dev --json',
      {
        command: 'invoke',
        options: { envId: ['dev'], json: true, yes: false, trust: false },
        name: 'pay',
        event: '{}',
      },
    ],
    [
      'invoke pay -',
      {
        command: 'invoke',
        options: { envId: [], json: false, yes: false, trust: false },
        name: 'pay',
        event: '-',
      },
    ],
    ['init --yes', { command: 'init', options: { envId: [], yes: true } }],
    ['doctor --json', { command: 'doctor', options: { envId: [], json: true, yes: false, trust: false } }],
    ['trust --list', { command: 'trust', options: { list: true, forget: false } }],
    [
      'push --trust',
      { command: 'push', options: { ...common, trust: true }, names: [], timeoutSeconds: 600, check: false },
    ],
    [
      'emulator',
      {
        command: 'emulator',
        options: { envId: [], json: false, port: 0, latency: 0, lenient: false, stdinEnds: false },
      },
    ],
    ['stop -c a.json', { command: 'stop', options: { config: 'a.json' } }],
    ['watch --stdin-ends', { command: 'watch', options: { ...common, stdinEnds: true } }],
    [
      'invoke pay --yes',
      {
        command: 'invoke',
        options: { envId: [], json: false, yes: true, trust: false },
        name: 'pay',
        event: undefined,
      },
    ],
    [
      'emulator --port 65535 --deploy 0 --latency 7 --token T --faults f.json --store s --lenient --inspect 9229',
      {
        command: 'emulator',
        options: {
          ...{ envId: [], json: false, port: 65_535, latency: 7, deploy: 0 },
          ...{ token: 'T', faults: 'f.json', store: 's', stdinEnds: false, lenient: true, inspect: 9229 },
        },
      },
    ],
  ])('%s', (line, asked) => {
    expect(parse(line)).toEqual({ found: asked, out: '', err: '' });
  });

  it.each<readonly [line: string, shown: string]>([
    ['--help', 'Usage:'],
    ['push -h', '--timeout <SECONDS>'],
    ['--version', '1.2.3'],
  ])('%s is answered on stdout with 0', (line, shown) => {
    const { found, out, err } = parse(line);
    expect(found).toEqual({ command: 'none', exitCode: 0 });
    expect(out).toContain(shown);
    expect(err).toBe('');
  });

  it('--help keys is left to whoever has the keys', () => {
    const { found, out, err } = parse('--help keys --ascii');
    expect(found).toEqual({ command: 'keys', ascii: true });
    expect(out + err).toBe('');
  });

  it('the help of the program names what watch and push take, and defaults that are numbers', () => {
    const { out } = parse('--help', 'zh-CN');
    expect(out).toContain('用法：tcb-watch');
    expect(out).toMatch(/watch 和 push 的选项：[\s\S]*--dry-run[\s\S]*--timeout <SECONDS>.*（600）/);
    expect(out).not.toMatch(/default|\(false\)|\[\]/);
  });
});

it('lists the commands with Chinese marks', () => {
  expect(parse('xyzzy', 'zh-CN').err).toContain('可用的命令：watch、push、check、');
});

it.each([
  ['en', '(default 0: any free port)'],
  ['zh-CN', '（默认 0：任选空闲端口）'],
] as const)('the usual port stands in the help once (%s)', (language, expected) => {
  const { out } = parse('emulator --help', language);
  const [, after = ''] = out.replaceAll(/\s+/g, '').split(expected.replaceAll(' ', ''));
  expect(after).toMatch(/^-e,/);
});

it.each(['help', 'help push', '--help', 'push --help'])('%s shows help', (line) => {
  const { found, out } = parse(line);
  expect(found).toEqual({ command: 'none', exitCode: 0 });
  expect(out).toContain('Usage:');
  expect(out.includes('Examples:')).toBe(!line.includes('push'));
  expect(out.includes('TCB_WATCH_LANG')).toBe(!line.includes('push'));
});

it('help keys shows the keys', () => {
  for (const line of ['help keys', '-h keys', 'push --help keys'])
    expect(parse(line).found).toEqual({ command: 'keys', ascii: false });
  expect(parse('push keys').found).toMatchObject({ command: 'push', names: ['keys'] });
});

describe('mistakes end with 3 and say where to read on', () => {
  it.each<readonly [line: string, said: string, help: string]>([
    ['--what', 'there is no option --what.', 'tcb-watch --help'],
    ['--helo', 'there is no option --helo. Did you mean --help?', 'tcb-watch --help'],
    ['push --timout 5', 'there is no option --timout. Did you mean --timeout?', 'tcb-watch push --help'],
    ['stauts', 'there is no command "stauts". Did you mean status?', 'tcb-watch --help'],
    ['status --force', 'status does not take --force.', 'tcb-watch status --help'],
    ['--port 1', 'watch does not take --port.', 'tcb-watch --help'],
    ['watch pay', 'watch takes no function names. Use --only.', 'tcb-watch watch --help'],
    ['--json pay', 'watch takes no function names. Use --only.', 'tcb-watch --help'],
    ['--json push pay', 'put the command first: tcb-watch push --json pay', 'tcb-watch --help'],
    ['status pay', 'too many arguments.', 'tcb-watch status --help'],
    ['push --only', 'the option --only <GLOB> needs a value.', 'tcb-watch push --help'],
    ['invoke', 'the argument name is missing.', 'tcb-watch invoke --help'],
    [
      'push --timeout 1.5',
      'the value of --timeout <SECONDS> must be a whole number.',
      'tcb-watch push --help',
    ],
    [
      'push --timeout -1',
      'the value of --timeout <SECONDS> must be a whole number.',
      'tcb-watch push --help',
    ],
    ['emulator --port 65536', 'the value of --port <N> must be 0 to 65535.', 'tcb-watch emulator --help'],
    [
      'emulator --deploy soon',
      'the value of --deploy <MS> must be a whole number.',
      'tcb-watch emulator --help',
    ],
    ['--ambiguous-width 3', 'the value of --ambiguous-width <N> must be 1 or 2.', 'tcb-watch --help'],
  ])('%s', (line, said, help) => {
    const { found, out, err } = parse(line);
    expect(found).toEqual({ command: 'none', exitCode: 3 });
    expect(out).toBe('');
    expect(err).toContain(said);
    expect(err).toContain(`Run ${help} `);
  });

  it('an unknown command names those that there are', () => {
    const { found, err } = parse('begin');
    expect(found).toEqual({ command: 'none', exitCode: 3 });
    expect(err).toContain('there is no command "begin"');
    expect(err).toContain(
      'watch, push, check, status, invoke, stop, accept, init, doctor, trust, emulator, history, diff, undo, complete',
    );
  });
});
