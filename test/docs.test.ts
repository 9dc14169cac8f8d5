/**
 * All that people read says the same everywhere: help, schema, the reference in both languages, both READMEs, and the program's own
 * tables. What a page names is there.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseArguments } from '../src/cli/options.js';
import { errcodeTable, messageTable } from '../src/cloud/classify.js';
import { builtInPatterns } from '../src/content/ignore.js';
import { CALL_NAMES, rowOfCall } from '../src/emulator/calls/table.js';
import type { Fact } from '../src/model/fact.js';
import type { Cause, FailureClass, HoldReason } from '../src/model/nouns.js';
import type { Language } from '../src/text/language.js';
import { holdWords } from '../src/text/words/holds.js';
import { noticeWords } from '../src/text/words/notices.js';
import { floors } from './support/floors.js';

// ---------------------------------------------------------------- what other programs rely on, and may only grow

const commands = [
  'watch',
  'push',
  'status',
  'invoke',
  'accept',
  'stop',
  'init',
  'doctor',
  'emulator',
  'check',
];
const promisedOptions = [
  ...['-c, --config', '-e, --env-id', '--only', '--endpoint', '--json', '--plain', '--dry-run', '--force'],
  ...['--yes', '--adopt', '--timeout', '--verbose', '-h, --help', '-v, --version'],
];
const promisedEmulatorOptions = [
  ...['--port', '-e, --env-id', '--token', '--latency', '--deploy', '--faults', '--store', '--json'],
];
const promisedExitCodes = ['0', '1', '2', '3', '4', '5', '6', '130'];
const promisedKeys = [
  ...['functionsRoot', 'envs', 'protectedEnvs', 'endpoint', 'token', 'debounceMs', 'debounceMaxMs'],
  ...['concurrency', 'requestsPerSecond', 'envsPerRequest', 'createMissing', 'verify', 'maxZipBase64'],
  ...['ignore', 'shared', 'functions', 'hooks'],
];
/** The options of the commands that do not sync, in addition to `--help`. */
const lesserOptions: Readonly<Record<string, readonly string[]>> = {
  status: [
    '--files',
    '-c, --config',
    '-e, --env-id',
    '--only',
    '--endpoint',
    '--json',
    '--verbose',
    '--trust',
  ],
  check: [
    ...['-c, --config', '-e, --env-id', '--only', '--endpoint', '--json', '--plain', '--ascii'],
    ...['--ambiguous-width', '--trust', '--verbose'],
  ],
  invoke: [
    '--event',
    '-c, --config',
    '-e, --env-id',
    '--endpoint',
    '--json',
    '--yes',
    '--trust',
    '--inspect',
  ],
  accept: ['-c, --config', '-e, --env-id', '--only', '--endpoint', '--json', '--ascii', '--trust'],
  stop: ['-c, --config'],
  init: ['-c, --config', '-e, --env-id', '--endpoint', '--yes'],
  doctor: ['--rid', '-c, --config', '-e, --env-id', '--endpoint', '--json', '--yes', '--trust'],
  trust: ['-c, --config', '--list', '--forget'],
  history: ['-c, --config', '-e, --env-id', '--endpoint', '--json', '--forget', '--yes', '--trust'],
  diff: ['-c, --config', '-e, --env-id', '--since', '--stat', '--endpoint', '--json', '--trust'],
  undo: ['-c, --config', '-e, --env-id', '--to', '--endpoint', '--json', '--yes', '--trust'],
  complete: [],
  mcp: ['-c, --config', '-e, --env-id', '--endpoint', '--trust', '--read-only', '--allow-protected'],
};

// ---------------------------------------------------------------- the program's types, as lists: one more, or one less, does not compile

type FieldsOf<Name> = Exclude<keyof Extract<Fact, { event: Name }>, 'event'>;
const events: { readonly [Name in Fact['event']]: Readonly<Record<FieldsOf<Name>, true>> } = {
  started: { version: true, pid: true, endpoint: true, envs: true, functions: true },
  watching: { functions: true, envs: true, directories: true, ms: true },
  changed: { function: true, files: true, more: true },
  quota: { api: true, used: true, limit: true, forecastAt: true },
  planned: { function: true, envs: true, fingerprint: true, cause: true },
  pushing: {
    ...{ function: true, envs: true, fingerprint: true, zipBytes: true, files: true, attempt: true },
    cause: true,
  },
  pushed: { function: true, envs: true, fingerprint: true, requestMs: true, sinceSaveMs: true },
  live: { function: true, env: true, fingerprint: true, sinceSaveMs: true, verified: true, cannotRun: true },
  answer: {
    ...{ function: true, env: true, eventName: true, fingerprint: true, proven: true, ok: true },
    ...{ result: true, resultBytes: true, error: true, logs: true, moreLogs: true, ms: true, callMs: true },
    ...{ node: true, requestId: true, changed: true, diff: true, mismatches: true, file: true, line: true },
    ...{ failure: true, places: true, outcome: true, ignored: true },
  },
  'push-failed': {
    ...{ function: true, envs: true, class: true, errcode: true, message: true, hint: true, rid: true },
    ...{ retryInMs: true, final: true },
  },
  unchanged: { function: true, fingerprint: true },
  held: { function: true, env: true, reason: true, detail: true, hint: true },
  adopted: { function: true, envs: true },
  dismissed: { function: true },
  found: { function: true },
  lost: { function: true, detail: true, hint: true },
  offline: { detail: true, hint: true },
  online: { detail: true },
  token: { state: true, detail: true },
  config: { state: true, problems: true },
  notice: { kind: true, detail: true, hint: true, function: true, place: true },
  stopped: { code: true, pushed: true, failed: true, pending: true, p50Ms: true, p95Ms: true, answers: true },
};
const causes: Readonly<Record<Cause, true>> = {
  ...{
    startup: true,
    change: true,
    shared: true,
    config: true,
    found: true,
    retry: true,
    forced: true,
    undo: true,
  },
};
const classes: Readonly<Record<FailureClass, true>> = {
  ...{ token: true, busy: true, transient: true, quota: true, config: true, function: true, env: true },
  ...{ missing: true, unknown: true },
};
const reasons: Readonly<Record<HoldReason, true>> = {
  ...{ 'no-entry': true, 'too-big': true, 'bad-name': true, unreadable: true, 'outside-link': true },
  ...{
    'link-loop': true,
    clash: true,
    'build-failed': true,
    'cannot-run': true,
    untrusted: true,
    'root-gone': true,
    gone: true,
  },
  ...{ 'git-busy': true, settling: true, paused: true, protected: true, foreign: true, token: true },
  ...{ quota: true, config: true, offline: true, refused: true, unverified: true, missing: true },
  ...{ unlisted: true, throttled: true, building: true, secret: true, undone: true },
};
/** Said in the words of the failure behind them. */
const saidByFailure = ['refused', 'config', 'quota'];
/** Said in words of their own: the cloud's, the code's faults', and those of saved events. */
const noticesElsewhere = ['cannot-run', 'events-wrong'];

// ---------------------------------------------------------------- reading pages

const project = fileURLToPath(new URL('..', import.meta.url));
const text = (name: string): string => readFileSync(join(project, name), 'utf8');
const readmes = { en: text('README.md'), 'zh-CN': text('README.zh-CN.md') } as const;
const references = {
  en: text('docs/configuration.md'),
  'zh-CN': text('docs/configuration.zh-CN.md'),
} as const;
const cloudPage = text('docs/cloud-api.md');
const languages: readonly Language[] = ['en', 'zh-CN'];

/** Every `name` in a text. */
const names = (found: string): string[] => [...found.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** The rows of the table that has a row beginning like this, as cells. */
function rowsOf(page: string, beginning: string): string[][] {
  const table = page
    .split('\n\n')
    .find((part) => part.split('\n').some((row) => row.startsWith(`| ${beginning}`)));
  const rows = (table ?? '').split('\n').filter((row) => row.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

/** The names in the first cells of that table. */
function firstNames(page: string, beginning: string): string[] {
  return rowsOf(page, beginning).flatMap(([first = '']) => names(first));
}

/** The text below a heading. English headings name the parts; in Chinese the same part stands in the same place. */
function partOf(page: string, heading: string): string {
  const index = headings(references.en).indexOf(heading);
  const parts = page.split(/^#+ .*$/m);
  return parts[index + 1] ?? '';
}

const headings = (page: string): string[] =>
  [...page.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);

/** As GitHub makes an anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');

function help(language: Language, ...args: readonly string[]): string {
  let out = '';
  const write = (more: string): void => {
    out += more;
  };
  parseArguments([...args, '--help'], '0.0.0', language, { out: write, err: write });
  return out;
}

/** The options that help shows for a command: `-c, --config`, `--json` … */
function offered(language: Language, ...args: readonly string[]): string[] {
  const shown = help(language, ...args).matchAll(/^ {2}((?:-\w, )?--[\w-]+)/gm);
  return [...shown].map(([, flag = '']) => flag);
}

const withoutValue = (option: string): string => option.replace(/ [A-Z]+$/, '');
const sorted = (list: Iterable<string>): string[] => [...list].sort();

const schema = z
  .object({
    properties: z
      .object({
        token: z.object({ anyOf: z.array(z.object({ properties: z.looseObject({}) })) }),
        functions: z.object({ additionalProperties: z.object({ properties: z.looseObject({}) }) }),
        hooks: z.object({ properties: z.looseObject({}) }),
      })
      .catchall(z.looseObject({ default: z.json().optional() })),
  })
  .parse(JSON.parse(text('watch.config.schema.json'))).properties;

describe.each(languages)('in %s', (language) => {
  const readme = readmes[language];
  const reference = references[language];

  it('help, README and reference name every command', () => {
    const shown = [...help(language).matchAll(/^ {2}(\w+) (?:\[options\]|<)/gm)].map(([, name = '']) => name);
    expect(shown).toEqual(expect.arrayContaining(commands));
    for (const page of [readme, reference]) {
      const named = firstNames(page, '`tcb-watch [watch]`').map(
        (cell) => /^tcb-watch \[?(\w+)/.exec(cell)?.[1] ?? '',
      );
      expect(sorted(new Set(named))).toEqual(sorted(shown));
    }
  });

  it('help and reference name every option of watch and push, and no other', () => {
    const documented = firstNames(reference, '`--only GLOB`').map(withoutValue);
    const all = new Set([...offered(language, 'watch'), ...offered(language, 'push'), '-v, --version']);
    expect(sorted(documented)).toEqual(sorted(all));
    expect(documented).toEqual(expect.arrayContaining(promisedOptions));
    for (const option of ['-v, --version', '--timeout']) expect(help(language)).toContain(option);
  });

  it('help and reference name every option of the emulator, and no other', () => {
    const documented = firstNames(reference, '`--port N`').map(withoutValue);
    expect(sorted([...documented, '-h, --help'])).toEqual(sorted(offered(language, 'emulator')));
    expect(documented).toEqual(expect.arrayContaining(promisedEmulatorOptions));
    // Its environments are its own: there may be no configuration.
    expect(help(language, 'emulator')).not.toMatch(/only this configured|只处理这个环境/);
  });

  it.each(Object.entries(lesserOptions))('help of %s offers just its options', (command, options) => {
    expect(sorted(offered(language, command))).toEqual(sorted([...options, '-h, --help']));
    for (const option of options) expect(reference).toContain(option.replace(/^-\w, /, ''));
  });

  it('help and reference give every exit code', () => {
    const inHelp = help(language).split(/Exit codes|退出码/)[1] ?? '';
    const shown = [...inHelp.matchAll(/(?:^|[·：:])\s*(\d+) /g)].map(([, code = '']) => code);
    expect(shown).toEqual(promisedExitCodes);
    expect(rowsOf(reference, '0 |').map(([code]) => code)).toEqual(promisedExitCodes);
  });

  it('schema and reference give every key and its default', () => {
    const keys = Object.keys(schema).filter((key) => key !== '$schema');
    expect(sorted(firstNames(reference, '`functionsRoot`'))).toEqual(sorted(keys));
    expect(keys).toEqual(expect.arrayContaining(promisedKeys));
    const written = new Map(
      rowsOf(reference, '`functionsRoot`').map(([key = '', value = '']) => [key, value]),
    );
    const compared = keys.filter((key) => {
      const usual = 'default' in (schema[key] ?? {}) ? schema[key]?.['default'] : undefined;
      if (usual === undefined) return false;
      expect([key, JSON.parse(written.get(`\`${key}\``)?.replaceAll('`', '') ?? 'null')]).toEqual([
        key,
        usual,
      ]);
      return true;
    });
    expect(compared.length).toBeGreaterThan(15);
  });

  it('schema and reference give the keys of a function and of the hooks', () => {
    const ofFunction = Object.keys(schema.functions.additionalProperties.properties);
    expect(sorted(firstNames(reference, '`dir`'))).toEqual(sorted(ofFunction));
    expect(sorted(firstNames(reference, '`afterLive`'))).toEqual(
      sorted(Object.keys(schema.hooks.properties)),
    );
  });

  it('reference gives every form of the token and of the build', () => {
    const forms = firstNames(reference, '`{ "env"').filter((form) => form.startsWith('{'));
    const keys = schema.token.anyOf.map(({ properties }) => Object.keys(properties));
    expect(forms.map((form) => /"(\w+)"/.exec(form)?.[1])).toEqual(keys.map(([first]) => first));
    for (const key of keys.flat()) expect(forms.join(' ')).toContain(`"${key}":`);
    expect(reference).toContain('"build": "esbuild"');
    expect(reference).toMatch(/"build": \{ "command": .*"output": /);
  });

  it('reference gives every built-in pattern', () => {
    const part = names(partOf(reference, 'What is packed'));
    for (const pattern of builtInPatterns) expect(part).toContain(pattern.replace(/^\\/, ''));
  });

  it('reference gives every event with its fields, and no other', () => {
    const documented = rowsOf(reference, '`started`').map(([event = '', fields = '']) => [
      names(event)[0],
      sorted(names(fields)),
    ]);
    const known = Object.entries(events).map(([event, fields]) => [event, sorted(Object.keys(fields))]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(known));
  });

  it('reference gives every cause and every class of failure', () => {
    const part = partOf(reference, 'Events');
    const listed = (word: string): string[] => {
      const sentence = new RegExp(`\`${word}\` (?:is|为) ([^:：。]*?)(?:\\.|。|：|: )`).exec(
        part.replaceAll('\n', ' '),
      );
      return names(sentence?.[1] ?? '');
    };
    expect(sorted(listed('cause'))).toEqual(sorted(Object.keys(causes)));
    expect(sorted(listed('class'))).toEqual(sorted(Object.keys(classes)));
  });

  it('reference and words know every reason to hold, and no other', () => {
    expect(sorted(firstNames(reference, '`no-entry`'))).toEqual(sorted(Object.keys(reasons)));
    const { problems, states } = holdWords[language];
    const known = [...Object.keys(problems), ...Object.keys(states), ...saidByFailure];
    expect(sorted(known)).toEqual(sorted(Object.keys(reasons)));
  });

  it('reference gives every kind of notice, and no other', () => {
    const known = [...Object.keys(noticeWords[language]), ...noticesElsewhere];
    expect(sorted(firstNames(reference, '`no-functions`'))).toEqual(sorted(known));
  });

  it('reference gives every environment variable of ours, and no other', () => {
    const inCode = sourceFiles().flatMap((file) =>
      [...text(file).matchAll(/\bTCB_WATCH_[A-Z_]+\b/g)].map(([name]) => name),
    );
    const inPage = names(partOf(reference, 'Environment variables')).filter((name) =>
      name.startsWith('TCB_WATCH_'),
    );
    expect(sorted(new Set(inPage))).toEqual(sorted(new Set(inCode)));
  });
});

it('the page about the emulator names every call that it answers', () => {
  const page = text('docs/emulator.md');
  const missing = CALL_NAMES.map((name) => rowOfCall(name).path).filter((path) => {
    const [group = '', last = ''] = path.split('/').slice(-2);
    return ![last, `${group}/${last}`].some((name) => page.includes(`\`${name}\``));
  });
  expect(missing).toEqual([]);
});

describe('the page about the cloud', () => {
  it('gives every errcode in the row of its class, and no other', () => {
    const rows = rowsOf(cloudPage, '`token` |').map(([name = '', , codes = '']) => [
      names(name)[0],
      sorted([...codes.matchAll(/-?\d+/g)].map(([code]) => code)),
    ]);
    const known = Object.entries(errcodeTable).map(([name, codes]) => [name, sorted(codes.map(String))]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(known));
  });

  it('gives every text that decides', () => {
    const named = firstNames(cloudPage, '`Updating`');
    for (const { parts } of messageTable) for (const part of parts) expect(named).toContain(part);
  });
});

describe.each([
  ['READMEs', readmes],
  ['references', references],
] as const)('both %s', (_, pages) => {
  it('have the same parts, code and tables', () => {
    const shape = (page: string): string[] =>
      page
        .split('\n')
        .filter((line) => /^(?:#|```|\||- |!\[)/.test(line))
        .map((line) => (/^\|/.test(line) ? '|' : (/^(?:#+|```\w*|- |!\[)/.exec(line)?.[0] ?? '')));
    expect(shape(pages['zh-CN'])).toEqual(shape(pages.en));
    expect(codeOf(pages['zh-CN'])).toEqual(codeOf(pages.en));
  });

  it('name the same things in the same rows', () => {
    const first = (page: string): string[] =>
      page
        .split('\n')
        .flatMap((line) => (/^\| `/.test(line) ? [line.split(/(?<!\\)\|/)[1]?.trim() ?? ''] : []));
    expect(first(pages['zh-CN'])).toEqual(first(pages.en));
  });
});

/** Code in a named language, without its comments, which are translated. */
function codeOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```\w+\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split('\n').map((line) => line.replace(/ +(?:\/\/|#) .*$/, '')));
}

describe('the rooms', () => {
  const rooms = floors.map((floor) => floor.filter((room) => !room.endsWith('.ts')));

  it('stand on the same floors in the architecture', () => {
    const documented = rowsOf(text('docs/architecture.md'), '1 | `model`').map(([, cell = '']) =>
      names(cell),
    );
    expect(documented).toEqual(rooms.filter((floor) => floor.length > 0));
  });

  it('stand on the same floors in the table of src', () => {
    const rows = rowsOf(text('src/README.md'), '1 | `model/`').map(([floor = '', room = '']) => [
      names(room)[0]?.replace('/', '') ?? '',
      Number(floor),
    ]);
    const known = rooms.flatMap((floor, index) => floor.map((room) => [room, index + 1]));
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(known));
  });
});

it('the README begins with two commands of one line each', () => {
  for (const page of Object.values(readmes)) {
    const blocks = [...page.matchAll(/^```\w+\n([\s\S]*?)^```/gm)].map(([, block = '']) => block.trim());
    expect(blocks.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test']);
  }
});

describe('the figures', () => {
  it.each([
    ['en', 'first sync'],
    ['zh-CN', '首次同步'],
  ] as const)('are twelve rows at most in the README: %s', (language, first) => {
    const rows = rowsOf(readmes[language], first);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThanOrEqual(12);
  });

  it('stand below the command that takes them', () => {
    const parts = text('docs/performance.md').split(/^(?=`npm run bench -- \w+`$)/m);
    const [before = '', ...tables] = parts;
    expect(before).not.toMatch(/^\|/m);
    const taken = tables.map((part) =>
      /^`npm run bench -- (\w+)`\n\n<!-- \1 -->[^<]*<!-- \/\1 -->/.exec(part),
    );
    const apart = tables.map((part, index) => part.slice(taken[index]?.[0].length ?? 0));
    expect(apart.filter((rest) => /^\|/m.test(rest))).toEqual([]);
    const benches = readdirSync(join(project, 'test/bench')).filter((name) => name.endsWith('.bench.ts'));
    expect(sorted(taken.map((found) => `${found?.[1]}.bench.ts`))).toEqual(sorted(benches));
  });
});

// ---------------------------------------------------------------- what is named is there

const pages = [
  ...readdirSync(project).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(project, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'src/README.md',
  'src/emulator/README.md',
];

const everyFile = new Set([...sourceFiles(), ...sourceFiles('test')].map((file) => basename(file)));

describe.each(pages)('%s', (page) => {
  const content = text(page);

  it('links to what is there', () => {
    const links = [...content.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const missing = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(project, target))) return true;
      return anchor !== undefined && !headings(text(target)).map(anchorOf).includes(anchor);
    });
    expect(missing).toEqual([]);
  });

  it('names scripts that are there', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(text('package.json')));
    const named = [...content.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('names files that are there', () => {
    const files = names(content).filter((name) =>
      /^(?:src|test|docs|scripts|examples|\.ci)\/[\w./-]*$|^[\w./-]+\.ts$/.test(name),
    );
    expect(files.filter((name) => !isNamedFile(name, dirname(page)))).toEqual([]);
  });
});

describe('comments in the source', () => {
  const files = [...sourceFiles(), ...sourceFiles('test')].filter((file) => !/docs\.test/.test(file));
  const comments = files.flatMap((file) =>
    [...text(file).matchAll(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/.*$/gm)].map(([comment]) => ({
      file,
      comment: comment.replace(/\n\s*(?:\*|\/\/)\s*/g, ' '),
    })),
  );

  it('are found at all', () => {
    expect(comments.length).toBeGreaterThan(1000);
  });

  it('name files that are there', () => {
    const missing = comments.flatMap(({ file, comment }) =>
      [...comment.matchAll(/(?<![\w./-])[\w./-]*\w\.(?:ts|md)\b/g)]
        .map(([name]) => name)
        .filter((name) => !isNamedFile(name, dirname(file)))
        .map((name) => `${file}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('point to nothing that a reader does not have', () => {
    const papers = /the contract|\(contract|\bissue \d|\bpapers\b/i;
    const found = comments
      .filter(({ comment }) => papers.test(comment))
      .map(({ file, comment }) => `${file}: ${comment}`);
    expect(found).toEqual([]);
  });

  it('name headings of docs that are there', () => {
    const named = comments.flatMap(({ file, comment }) =>
      [...comment.matchAll(/(docs\/[\w.-]+\.md), "([^"]+)"/g)].map(([, page = '', heading = '']) => ({
        file,
        page,
        heading,
      })),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ page, heading }) => !headings(text(page)).includes(heading))).toEqual([]);
  });
});

/** A path from the project, from `src` or from where it is named; or the name alone of one of our files. */
function isNamedFile(name: string, folder: string): boolean {
  if (['', 'src', folder].some((from) => existsSync(join(project, from, name)))) return true;
  return !name.includes('/') && everyFile.has(name);
}

function sourceFiles(folder = 'src'): string[] {
  return readdirSync(join(project, folder), { withFileTypes: true }).flatMap((item) => {
    const path = `${folder}/${item.name}`;
    if (item.isDirectory()) return sourceFiles(path);
    return item.name.endsWith('.ts') ? [path] : [];
  });
}
