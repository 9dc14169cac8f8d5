/** The words that may stand at the cursor, and those that the configuration gives for it. */
import { expect, it } from 'vitest';
import { candidatesFor, runComplete, runCompleteWords } from '../../src/cli/complete.js';
import { commandShapes, parseArguments } from '../../src/cli/options.js';
import { deskIn, folderWith } from '../support/init-rig.js';

const commands = commandShapes('en');
const names = { functions: ['pay', 'payback', 'login'], envs: ['dev', 'test'] };

function offered(line: string): readonly string[] | 'files' {
  const found = candidatesFor(line.split(' '), commands, names);
  return found.kind === 'files' ? 'files' : found.rows.map(({ value }) => value);
}

it.each<readonly [line: string, values: readonly string[] | 'files']>([
  ['st', ['status', 'stop']],
  ['nothing-of-this', []],
  ['--pl', ['--plain']],
  ['push --time', ['--timeout']],
  ['status --time', []],
  ['push ', ['pay', 'payback', 'login']],
  ['push pay', ['pay', 'payback']],
  ['push pay ', ['payback', 'login']],
  ['push --json p', ['pay', 'payback']],
  ['push -e dev lo', ['login']],
  ['push -e ', ['dev', 'test']],
  ['--only lo', ['login']],
  ['push --env-id=t', ['--env-id=test']],
  ['push --env-id = t', ['test']],
  ['push --env-id =', ['dev', 'test']],
  ['push --unknown=t', []],
  ['push --timeout ', []],
  ['invoke lo', ['login']],
  ['invoke pay ', []],
  ['invoke pay --inspect ', []],
  ['status --files pa', ['pay', 'payback']],
  ['status ', []],
  ['stop -c ', 'files'],
  ['emulator --faults=a', 'files'],
  ['--endpoint e', ['emulator']],
  ['complete ', ['bash', 'zsh', 'fish', 'powershell']],
  ["push 'pa", ['pay', 'payback']],
  ["push ''", ['pay', 'payback', 'login']],
])('%s', (line, values) => {
  expect(offered(line)).toEqual(values);
});

it('offers every command with what it does, in the language of the person', () => {
  const rows = candidatesFor([''], commandShapes('zh-CN'), names);
  const { out } = helpOf();
  expect(rows).toMatchObject({
    rows: commands.map(({ name }) => ({ value: name, description: expect.any(String) })),
  });
  for (const { name } of commands) expect(out).toContain(`  ${name}`);
  expect(rows).toMatchObject({
    rows: expect.arrayContaining([{ value: 'doctor', description: expect.stringMatching('检查') }]),
  });
});

function helpOf(): { readonly out: string } {
  let out = '';
  const write = (text: string): void => {
    out += text;
  };
  parseArguments(['--help'], '1.2.3', 'en', { out: write, err: write });
  return { out };
}

it('takes nothing of an unfinished line for an option of its own', () => {
  const silent = { out: () => undefined, err: () => undefined };
  const found = parseArguments(['complete', '--', 'push', '--help', '-v', ''], '1.2.3', 'en', silent);
  expect(found).toEqual({ command: 'complete-words', words: ['push', '--help', '-v', ''] });
});

const config = {
  ...{ functionsRoot: 'nowhere', envs: ['dev-1', 'test-1'], endpoint: 'https://token-stealer.example' },
  token: { command: 'touch ran' },
  functions: { pay: {}, 'two words': {}, '$(reboot)': {}, '--yes': {}, '.profile': {} },
};

it.each<
  readonly [what: string, files: Readonly<Record<string, string>>, words: readonly string[], out: string]
>([
  ['environments', { 'watch.config.json': JSON.stringify(config) }, ['-e', ''], ''],
  [
    'environments of a root that is there',
    { 'watch.config.json': JSON.stringify({ ...config, functionsRoot: '.' }) },
    ['-e', ''],
    'dev-1\t\ntest-1\t\n',
  ],
  [
    'functions that need no quotes',
    { 'watch.config.json': JSON.stringify({ ...config, functionsRoot: '.' }) },
    ['push', ''],
    'pay\t\n',
  ],
  [
    'the file that the line names',
    { 'other.json': JSON.stringify({ ...config, functionsRoot: '.', envs: ['other-1'] }) },
    ['push', '-c', 'other.json', '-e', ''],
    'other-1\t\n',
  ],
  [
    'the file that the line names behind a sign',
    { 'other.json': JSON.stringify({ ...config, functionsRoot: '.', envs: ['other-1'] }) },
    ['push', '--config=other.json', '-e', ''],
    'other-1\t\n',
  ],
  [
    'the file that was named just before',
    { 'other.json': JSON.stringify({ ...config, functionsRoot: '.' }) },
    ['push', '--config=other.json', ''],
    'pay\t\n',
  ],
  [
    'the usual file, while the name of another is being typed',
    { 'watch.config.json': JSON.stringify({ ...config, functionsRoot: '.' }) },
    ['push', '--config=oth'],
    ':files\n',
  ],
  [
    'the usual file, while another one is being typed',
    { 'watch.config.json': JSON.stringify({ ...config, functionsRoot: '.' }) },
    ['invoke', '-e', 'dev-1', 'p'],
    'pay\t\n',
  ],
  ['a broken one', { 'watch.config.json': '{ "envs": [' }, ['-e', ''], ''],
  ['none', {}, ['push', ''], ''],
])('%s', async (_, files, words, out) => {
  const desk = deskIn(await folderWith(files), {});
  expect(await runCompleteWords(words, desk.context)).toBe(0);
  expect([desk.out(), desk.err()]).toEqual([out, '']);
});

it('in PowerShell passes on only what no command file takes for its own, and evaluates nothing', async () => {
  const desk = deskIn(await folderWith({}), {});
  runComplete('powershell', desk.context);
  expect(desk.out()).not.toMatch(/Invoke-Expression|\biex\b|\[scriptblock\]::Create/i);
  const pattern = /-match '(.+?)'/.exec(desk.out())?.[1] ?? '';
  const passed = (word: string): boolean => new RegExp(pattern, 'u').test(word);
  for (const word of ['push', '--env-id=dev-1', 'a\\b/c.json', '-e', 'dev,test'])
    expect(passed(word)).toBe(true);
  for (const word of ['"a&calc"', 'a|b', '$(calc)', '%PATH%', 'a^b', "'x'", 'a;b', '>out'])
    expect(passed(word)).toBe(false);
});

it('knows four shells', async () => {
  const desk = deskIn(await folderWith({}), {});
  expect(['bash', 'zsh', 'fish', 'powershell'].map((shell) => runComplete(shell, desk.context))).toEqual([
    0, 0, 0, 0,
  ]);
  expect(runComplete('tcsh', desk.context)).toBe(3);
  expect(desk.err()).toContain('bash, zsh, fish, powershell');
  expect(desk.out()).not.toContain('eval');
});
