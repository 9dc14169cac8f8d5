/** What people read about options, keys, events and exit codes says the same everywhere: help, schema, contract, both READMEs. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseArguments } from '../src/cli/options.js';
import type { Fact } from '../src/model/fact.js';
import type { Language } from '../src/text/language.js';
import { holdWords } from '../src/text/words/holds.js';

// The contract's tables, copied: it is not part of this repository.

const commands = ['watch', 'push', 'status', 'invoke', 'init', 'doctor', 'emulator'];
const commonOptions = [
  '-c, --config',
  '-e, --env-id',
  '--only',
  '--endpoint',
  '--json',
  '--plain',
  '--dry-run',
  '--force',
  '--yes',
];
const otherOptions = ['--timeout', '--verbose', '-h, --help', '-v, --version'];
const emulatorOptions = [
  '--port',
  '--env-id',
  '--token',
  '--latency',
  '--deploy',
  '--faults',
  '--store',
  '--json',
];
const exitCodes = ['0', '1', '2', '3', '4', '5', '6', '130'];
const topKeys = [
  ...['functionsRoot', 'envs', 'protectedEnvs', 'endpoint', 'token', 'debounceMs', 'debounceMaxMs'],
  ...['concurrency', 'requestsPerSecond', 'envsPerRequest', 'createMissing', 'verify', 'maxZipBase64'],
  ...['ignore', 'shared', 'functions', 'hooks'],
];
/** Ours besides: adding is free. */
const addedKeys = [
  'sweepSeconds',
  'connectTimeoutSeconds',
  'requestTimeoutSeconds',
  'onForeignChange',
  'notify',
  'triggers',
];
const functionKeys = ['dir', 'envs', 'ignore', 'enabled', 'build'];
const hookKeys = ['afterLive', 'onFailure'];
/** An event that is not here, or a field that an event does not have, does not compile. */
const events: {
  readonly [Name in Fact['event']]: readonly Exclude<keyof Extract<Fact, { event: Name }>, 'event'>[];
} = {
  started: ['version', 'pid', 'endpoint', 'envs', 'functions'],
  watching: ['functions', 'envs', 'directories', 'ms'],
  changed: ['function', 'files', 'more'],
  planned: ['function', 'envs', 'fingerprint', 'cause'],
  pushing: ['function', 'envs', 'fingerprint', 'zipBytes', 'files', 'attempt', 'cause'],
  pushed: ['function', 'envs', 'fingerprint', 'requestMs', 'sinceSaveMs'],
  live: ['function', 'env', 'fingerprint', 'sinceSaveMs', 'verified'],
  'push-failed': ['function', 'envs', 'class', 'errcode', 'message', 'hint', 'rid', 'retryInMs'],
  unchanged: ['function', 'fingerprint'],
  held: ['function', 'env', 'reason', 'detail', 'hint'],
  found: ['function'],
  lost: ['function'],
  offline: ['detail'],
  online: ['detail'],
  token: ['state'],
  config: ['state', 'problems'],
  notice: ['kind', 'detail', 'hint'],
  stopped: ['code', 'pushed', 'failed', 'pending', 'p50Ms', 'p95Ms'],
};

const heldReasons = [
  ...['no-entry', 'too-big', 'bad-name', 'unreadable', 'outside-link', 'link-loop', 'clash', 'build-failed'],
  ...[
    'root-gone',
    'gone',
    'git-busy',
    'settling',
    'paused',
    'protected',
    'foreign',
    'token',
    'quota',
    'config',
  ],
  ...['offline', 'refused', 'unverified', 'missing'],
];
/** Said in the words of the failure behind them. */
const saidByFailure = ['refused', 'config', 'quota'];

/** What the commands take that do not sync, besides `--help`. */
const lesserOptions: Readonly<Record<string, readonly string[]>> = {
  status: ['--files', '-c, --config', '-e, --env-id', '--only', '--endpoint', '--json'],
  invoke: ['-c, --config', '-e, --env-id', '--endpoint', '--json'],
  init: ['-c, --config', '-e, --env-id', '--endpoint', '--yes'],
  doctor: ['-c, --config', '-e, --env-id', '--endpoint', '--json', '--yes'],
  emulator: ['-c, --config', '-e, --env-id', ...emulatorOptions.filter((name) => name !== '--env-id')],
};

const text = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');
const readmes = { en: text('README.md'), 'zh-CN': text('README.zh-CN.md') } as const;
const languages: readonly Language[] = ['en', 'zh-CN'];

function help(language: Language, ...args: readonly string[]): string {
  let out = '';
  const write = (more: string): void => {
    out += more;
  };
  parseArguments([...args, '--help'], '0.0.0', language, { out: write, err: write });
  return out;
}

const names = (found: string): string[] => [...found.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** The first cells of the rows of the table that has this row. */
function firstCells(readme: string, row: RegExp): string[] {
  const table = readme.split('\n\n').find((part) => part.startsWith('|') && row.test(part)) ?? '';
  return table
    .split('\n')
    .slice(2)
    .flatMap((line) => names(line.split(' | ')[0] ?? ''));
}

const schemaKeys = z.object({
  properties: z.looseObject({
    functions: z.object({ additionalProperties: z.object({ properties: z.looseObject({}) }) }),
    hooks: z.object({ properties: z.looseObject({}) }),
  }),
});

describe.each(languages)('in %s', (language) => {
  const readme = readmes[language];

  it('help and README name every command', () => {
    const shown = help(language);
    for (const command of commands) {
      expect(shown).toMatch(new RegExp(`^ +${command}\\b`, 'm'));
      expect(readme).toContain(`tcb-watch ${command === 'watch' ? '[watch]' : command}`);
    }
  });

  it('help and README name every option of watch and push, and no other', () => {
    const shown = help(language, 'push');
    for (const option of [...commonOptions, '--timeout', '--verbose', '-h, --help'])
      expect(shown).toContain(option);
    for (const option of ['-v, --version', '--timeout']) expect(help(language)).toContain(option);
    const documented = firstCells(readme, /`--only GLOB`/).map((cell) => cell.replace(/ [A-Z]+$/, ''));
    const offered = [...shown.matchAll(/^ {2}((?:-\w, )?--[\w-]+)/gm)].map(([, flag = '']) => flag);
    expect([...documented].sort()).toEqual(
      [...new Set([...commonOptions, ...otherOptions, '--ascii', '--ambiguous-width'])].sort(),
    );
    expect([...offered, '-v, --version'].sort()).toEqual([...documented].sort());
  });

  it('help and README name every option of the emulator', () => {
    const shown = help(language, 'emulator');
    const line = readme.split('\n\n').find((part) => part.startsWith('`tcb-watch emulator`')) ?? '';
    for (const option of emulatorOptions) expect(shown).toContain(option);
    // Its environments are its own: there may be no configuration.
    expect(shown).not.toMatch(/only these of the configured|只用这些已配置/);
    for (const option of emulatorOptions.filter((name) => name !== '--json'))
      expect(line).toContain(`\`${option} `);
  });

  it.each(Object.entries(lesserOptions))('help of %s offers just its options', (command, options) => {
    const offered = [...help(language, command).matchAll(/^ {2}((?:-\w, )?--[\w-]+)/gm)].map(
      ([, flag = '']) => flag,
    );
    expect(offered.sort()).toEqual([...options, '-h, --help'].sort());
    const named = options.map((option) => option.replace(/^-\w, /, ''));
    for (const option of named) expect(readme).toMatch(new RegExp(`\`?[^\`\n]*${option}\\b`));
  });

  it('the words know every reason to hold, and no other', () => {
    const { problems, states } = holdWords[language];
    const known = [...Object.keys(problems), ...Object.keys(states), ...saidByFailure];
    expect(known.sort()).toEqual([...heldReasons].sort());
  });

  it('README gives the defaults of the schema', () => {
    const { properties } = z
      .object({ properties: z.record(z.string(), z.looseObject({ default: z.json().optional() })) })
      .parse(JSON.parse(text('watch.config.schema.json')));
    const rows = readme.split('\n').filter((line) => /^\| `\w+`(?:, `\w+`)? \| /.test(line));
    let compared = 0;
    for (const row of rows) {
      const [, first = '', second = ''] = row.split(' | ').length > 2 ? ['', ...row.split(' | ')] : [];
      const keys = names(first).filter((key) => key in properties);
      const written = keys.length > 1 ? second.split(', ') : [second];
      for (const [index, key] of keys.entries()) {
        const usual = properties[key]?.default;
        if (usual === undefined || key === 'hooks') continue;
        compared += 1;
        expect([key, JSON.parse((written[index] ?? '').replaceAll('`', ''))]).toEqual([key, usual]);
      }
    }
    expect(compared).toBeGreaterThan(15);
  });

  it('README gives every form of the token and of the build', () => {
    const forms = z.object({
      properties: z.looseObject({
        token: z.object({ anyOf: z.array(z.object({ properties: z.looseObject({}) })) }),
        functions: z.object({
          additionalProperties: z.object({ properties: z.looseObject({ build: z.looseObject({}) }) }),
        }),
      }),
    });
    const { token } = forms.parse(JSON.parse(text('watch.config.schema.json'))).properties;
    const keys = token.anyOf.flatMap(({ properties }) => Object.keys(properties));
    expect(keys).toEqual(expect.arrayContaining(['env', 'file', 'command', 'url', 'component']));
    for (const key of keys.filter((name) => name !== 'timeoutSeconds')) expect(readme).toContain(`"${key}":`);
    expect(readme).toContain('"build": "esbuild"');
    expect(readme).toMatch(/"build": \{ "command": .*"output": /);
  });

  it('help and README give every exit code', () => {
    const listed = (part: string): string[] =>
      [...part.matchAll(/(?:^|[·：:])\s*(\d+) /g)].map(([, code = '']) => code);
    const inHelp = help(language).split(/Exit codes|退出码/)[1] ?? '';
    const inReadme = /\*\*(?:Exit codes|退出码)\*\*([\s\S]*?)\n\n/.exec(readme)?.[1] ?? '';
    expect(listed(inHelp)).toEqual(exitCodes);
    expect(listed(inReadme)).toEqual(exitCodes);
  });

  it('schema and README give every key', () => {
    const { properties } = schemaKeys.parse(JSON.parse(text('watch.config.schema.json')));
    const keys = Object.keys(properties).filter((key) => key !== '$schema');
    expect(keys.sort()).toEqual([...topKeys, ...addedKeys].sort());
    expect(firstCells(readme, /`functionsRoot`/).sort()).toEqual(keys.sort());
    expect(Object.keys(properties.functions.additionalProperties.properties).sort()).toEqual(
      [...functionKeys].sort(),
    );
    expect(Object.keys(properties.hooks.properties).sort()).toEqual([...hookKeys].sort());
    const row = (key: string): string =>
      readme.split('\n').find((line) => line.startsWith(`| \`${key}\``)) ?? '';
    for (const key of functionKeys) expect(row('functions')).toContain(`\`${key}\``);
    for (const key of hookKeys) expect(row('hooks')).toContain(`\`${key}\``);
  });

  it('README names every event, and no other', () => {
    const part = /## [^\n]*`--json`\n\n([\s\S]*?)\n\n/.exec(readme)?.[1] ?? '';
    const known = names(part).filter((name) => !['v', 'at', 'event'].includes(name));
    expect(known.sort()).toEqual(Object.keys(events).sort());
  });

  it('README names the variables that hooks get', () => {
    const given = [...text('src/reactions/hooks.ts').matchAll(/^ {4}(TCB_WATCH_\w+):/gm)].map(
      ([, name = '']) => name,
    );
    expect(given.length).toBeGreaterThan(3);
    for (const name of given) expect(readme).toContain(`\`${name}\``);
  });

  it('README leads to files that are there', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    const missing = links.filter(
      (link) => !/^https?:/.test(link) && !existsSync(new URL(`../${link}`, import.meta.url)),
    );
    expect(missing).toEqual([]);
  });
});

it('both READMEs have the same parts, code and tables', () => {
  const shape = (readme: string): string[] =>
    readme
      .split('\n')
      .filter((line) => /^(?:#|```|\||- |!\[|\*\*)/.test(line))
      .map((line) => (/^\|/.test(line) ? '|' : (/^(?:#+|```\w*|- |!\[|\*\*)/.exec(line)?.[0] ?? '')));
  expect(shape(readmes['zh-CN'])).toEqual(shape(readmes.en));
  expect(codeOf(readmes['zh-CN'])).toEqual(codeOf(readmes.en));
});

/** Code in a named language, without its comments, which are translated. */
function codeOf(readme: string): string[] {
  const blocks = [...readme.matchAll(/^```\w+\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split('\n').map((line) => line.replace(/ +(?:\/\/|#) .*$/, '')));
}
