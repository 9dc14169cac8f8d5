/** Files of saved events: every form that is written, and everything that is wrong with one, with its place. */
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  chosenEvents,
  eventsFileOf,
  findEvents,
  isFor,
  largestEvent,
  mayBeCalled,
  parseEvents,
  versionOfEvents,
} from '../../src/answers/events.js';
import { defaultConfig } from '../../src/config/config.js';
import type { Config } from '../../src/config/model.js';
import { describeEventProblem } from '../../src/text/answers.js';
import { needs } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';
import { plainFunction } from '../support/snapshot-project.js';

const parse = (text: string) => {
  const { events, faults } = parseEvents(text, '/p/events/pay.json');
  return {
    events: events.map(({ name, value }) => [name, value]),
    faults: faults.map(({ fault, at }) => `${at.line}:${at.column} ${fault.kind}`),
  };
};

describe('the forms', () => {
  it.each<readonly [string, string, unknown]>([
    [
      'a list',
      '[{"name":"a","value":{"n":1}},{"name":"","value":{}}]',
      [
        ['a', { n: 1 }],
        ['', {}],
      ],
    ],
    ['one of them', '{"name":"a","value":{"n":1}}', [['a', { n: 1 }]]],
    ['any other object', '{"orderId":"A1"}', [['', { orderId: 'A1' }]]],
    ['an object whose value is none', '{"name":"a","value":1}', [['', { name: 'a', value: 1 }]]],
    ['a Chinese name', '[{"name":"正常","value":{}}]', [['正常', {}]]],
    ['keys that nobody knows', '[{"name":"a","value":{},"note":"x"}]', [['a', {}]]],
    ['comments', '// mine\n[{"name":"a","value":{}}]', [['a', {}]]],
    ['an empty list', '[]', []],
    ['a key __proto__', '{"__proto__":{"x":1}}', [['', JSON.parse('{"__proto__":{"x":1}}')]]],
  ])('%s', (_, text, events) => {
    expect(parse(text)).toEqual({ events, faults: [] });
  });

  it('reads what is expected, ignored, and for which environments', () => {
    const text =
      '[{"name":"a","value":{},"expect":{"ok":true},"ignore":["/result/at","/at","/error","/resultAt/0"],"envs":["dev-*"]},{"name":"b","value":{},"expect":{"$error":"no id"}},{"name":"c","value":{},"expect":null}]';
    const { events } = parseEvents(text, '/p/a.json');
    expect(events.map(({ expect: wanted, ignore, envs }) => [wanted, ignore, envs])).toEqual([
      [
        { kind: 'result', part: { ok: true } },
        ['/result/at', '/result/at', '/error', '/result/resultAt/0'],
        ['dev-*'],
      ],
      [{ kind: 'error', text: 'no id' }, [], null],
      [{ kind: 'result', part: null }, [], null],
    ]);
  });
});

describe('what is wrong', () => {
  const ofBytes = (bytes: number): string =>
    JSON.stringify([{ name: 'big', value: { text: 'x'.repeat(bytes - '{"text":""}'.length) } }]);
  it.each<readonly [string, string, readonly string[], number]>([
    ['no JSON', '[\n {"name": }\n]', ['2:11 syntax'], 0],
    ['nothing', '', ['1:1 syntax'], 0],
    ['too deep a nesting', `[\n${'['.repeat(100_000)}`, ['2:500 syntax'], 0],
    ['too deep a nesting that is closed', `${'['.repeat(9_000)}${']'.repeat(9_000)}`, ['1:501 syntax'], 0],
    ['a text', '"hello"', ['1:1 no-event'], 0],
    ['a member that is no object', '[\n 1, {"name":"a","value":{}}]', ['2:2 no-event'], 1],
    ['a value that is a list', '[{"name":"a","value":[1]}]', ['1:2 no-event'], 0],
    ['a value that is a text', '[{"name":"a","value":"x"}]', ['1:2 no-event'], 0],
    ['a name twice', '[{"name":"a","value":{}},\n{"name":"a","value":{"n":2}}]', ['2:1 twice'], 1],
    ['a name that is a number', '[{"name":1,"value":{}}]', ['1:2 field'], 0],
    ['an event of 256 KiB', ofBytes(largestEvent), [], 1],
    ['an event over 256 KiB', ofBytes(largestEvent + 1), ['1:2 too-big'], 0],
    ['the key of the helper', '[{"name":"a","value":{"$tcbWatch":{}}}]', ['1:2 reserved'], 0],
    ['an error that is no text', '[{"name":"a","value":{},"expect":{"$error":1}}]', ['1:2 field'], 0],
    ['an error and more', '[{"name":"a","value":{},"expect":{"$error":"x","ok":true}}]', ['1:2 field'], 0],
    ['one pointer that is none', '[{"name":"a","value":{},"ignore":["/a","b"]}]', ['1:2 field'], 0],
    ['a pointer to everything', '[{"name":"a","value":{},"ignore":[""]}]', ['1:2 field'], 0],
    ['environments that are no texts', '[{"name":"a","value":{},"envs":["dev",1]}]', ['1:2 field'], 0],
    ['no pointers', '[{"name":"a","value":{},"ignore":["time"]}]', ['1:2 field'], 0],
    ['no list of pointers', '[{"name":"a","value":{},"ignore":"/a"}]', ['1:2 field'], 0],
    ['environments that are no list', '[{"name":"a","value":{},"envs":"dev"}]', ['1:2 field'], 0],
  ])('%s', (_, text, faults, left) => {
    const parsed = parse(text);
    expect(parsed.faults).toEqual(faults);
    expect(parsed.events.length).toBe(left);
  });

  it('of many mistakes the first are named, and the others counted', () => {
    const wrong = (count: number) => `[{"name":"a","value":{}}${',\n1'.repeat(count)}]`;
    expect(parse(wrong(20)).faults).toHaveLength(20);
    const { events, faults } = parseEvents(wrong(25), '/p/a.json');
    expect(events).toHaveLength(1);
    expect(faults).toHaveLength(21);
    expect(faults.at(-1)).toEqual({ fault: { kind: 'more', count: 5 }, at: { line: 22, column: 1 } });
  });

  it('a list of something else is not read member by member', () => {
    const text = `[1${',1'.repeat(500_000)}]`;
    const parsed = parseEvents(text, '/p/a.json');
    expect(parsed.events).toEqual([]);
    expect(parsed.faults.map(({ fault }) => fault)).toEqual([
      { kind: 'too-many', count: 500_001, limit: 5000 },
    ]);
  });
});

async function project(files: Readonly<Record<string, string>>, more: Partial<Config> = {}): Promise<Config> {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const answers = { envs: ['*'], events: join(folder, 'events'), proof: false, atOnce: 2 };
  return defaultConfig(folder, {
    envs: ['dev'],
    answers,
    functions: { pay: { ...plainFunction, answers: 'all' } },
    ...more,
  });
}

const one = '[{"name":"one","value":{}}]';
const two = '[{"name":"two","value":{}}]';
const devtools = '{"cloudfunctionTemplateRoot": "cloudfunctionTemplate/"}';

describe('where they lie', () => {
  it.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    ['our own folder', { 'events/pay.json': one }, ['one']],
    [
      'the templates of DevTools',
      { 'project.config.json': devtools, 'cloudfunctionTemplate/pay.json': two },
      ['two'],
    ],
    [
      'our own folder before the templates',
      { 'events/pay.json': one, 'project.config.json': devtools, 'cloudfunctionTemplate/pay.json': two },
      ['one'],
    ],
    [
      'the templates of DevTools, as Windows writes the folder',
      {
        'project.config.json': '{"cloudfunctionTemplateRoot": "cloud\\\\templates\\\\"}',
        'cloud/templates/pay.json': two,
      },
      ['two'],
    ],
    ['nowhere', {}, []],
    [
      'templates outside the project',
      { 'project.config.json': '{"cloudfunctionTemplateRoot": "../"}', 'events/x.json': one },
      [],
    ],
  ])('%s', async (_, files, names) => {
    const { events } = await findEvents(await project(files), 'pay');
    expect(events.map(({ name }) => name)).toEqual(names);
  });

  it('DevTools’ own file is as it was, whatever is wrong with it', async () => {
    const template = 'cloudfunctionTemplate/pay.json';
    const text = '[{"name": "a", "value": {}},\n {"name": "a", "value": {}}, 1]\r\n';
    const config = await project({ 'project.config.json': devtools, [template]: text });
    const { folder } = config;
    const before = await stat(join(folder, template));
    expect((await findEvents(config, 'pay')).problems.length).toBe(2);
    expect(await readFile(join(folder, template), 'utf8')).toBe(text);
    expect((await stat(join(folder, template))).mtimeMs).toBe(before.mtimeMs);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual([
      'cloudfunctionTemplate',
      template,
      'project.config.json',
    ]);
  });

  it('follows no link out of the project', async () => {
    needs('links');
    const elsewhere = await temporaryFolder();
    await writeFile(join(elsewhere, 'secret.json'), one);
    const config = await project({ 'events/other.json': one });
    await symlink(join(elsewhere, 'secret.json'), join(config.folder, 'events/pay.json'));
    const { events, problems } = await findEvents(config, 'pay');
    expect(events).toEqual([]);
    expect(problems.map(({ fault }) => fault.kind)).toEqual(['outside']);
  });

  it('chooses by name, and says what was probably meant', async () => {
    const choice = { pay: { ...plainFunction, answers: ['on', 'one'] } };
    const config = await project({ 'events/pay.json': one }, { functions: choice });
    const { events, problems } = await chosenEvents(config, 'pay');
    expect(events.map(({ name }) => name)).toEqual(['one']);
    expect(problems.map((each) => describeEventProblem(each, 'en').hint)).toEqual(['Did you mean "one"?']);
  });

  it('says where they could be', async () => {
    const { problems } = await chosenEvents(await project({}), 'pay');
    const said = problems.map((each) => describeEventProblem(each, 'en'));
    expect(said[0]?.hint).toContain('events/pay.json');
  });
});

it.each<readonly [string, readonly string[]]>([
  ['[{"name":"a","value":{}}]', ['dev-1', 'dev-2', 'test']],
  ['[{"name":"a","value":{},"envs":["dev-*"]}]', ['dev-1', 'dev-2']],
  ['[{"name":"a","value":{},"envs":["dev-2","test"]}]', ['dev-2', 'test']],
  ['[{"name":"a","value":{},"envs":[]}]', []],
])('is for the environments that it names: %s', (text, envs) => {
  const [event] = parseEvents(text, '/p/a.json').events;
  expect(['dev-1', 'dev-2', 'test'].filter((env) => event !== undefined && isFor(event, env))).toEqual(envs);
});

it('functions are called where the configuration says, and nowhere else', async () => {
  const answers = { envs: ['dev*', 'test'], events: '/events', proof: false, atOnce: 2 };
  const config = await project({}, { answers, protectedEnvs: ['dev-live'] });
  const envs = ['dev', 'dev-1', 'test', 'test-1', 'dev-live'];
  expect(envs.filter((env) => mayBeCalled(config, env))).toEqual(['dev', 'dev-1', 'test']);
});

it('another version of the events is there when a file of them is written, is another, or is gone', async () => {
  const files = { 'project.config.json': devtools };
  const config = await project(files);
  const seen: string[] = [];
  const note = async (): Promise<void> => void seen.push(await versionOfEvents(config, 'pay'));
  await note();
  for (const folder of ['events', 'cloudfunctionTemplate']) {
    const file = join(config.folder, folder, 'pay.json');
    await mkdir(dirname(file));
    await writeFile(file, one);
    await note();
    await writeFile(file, '[]');
    await note();
    await rm(file);
    await note();
  }
  const [before, ...rest] = seen;
  expect(rest.map((each) => each === before)).toEqual([false, false, true, false, false, true]);
  expect(new Set(rest).size).toBe(5);
  await note();
  expect(seen.at(-1)).toBe(before);
});

it.each(['', 'a/b', 'a\\b'])('of what is no name there are none: %j', async (name) => {
  const { file, events, problems } = await findEvents(await project({ 'events/b.json': one }), name);
  expect([file, events, problems.length]).toEqual([null, [], 1]);
});

it('no protected environment is ever called, whatever the patterns say', async () => {
  const config = await project({}, { protectedEnvs: ['*prod*'] });
  expect(['dev', 'my-prod', 'PROD-1'].map((env) => mayBeCalled(config, env))).toEqual([true, false, false]);
});

it('the file for the events of a function is named as the configuration places it', async () => {
  const config = await project({});
  expect(eventsFileOf(config, 'pay')).toBe('events/pay.json');
  const elsewhere = { ...config, answers: { ...config.answers, events: join(config.folder, 'a', 'b') } };
  expect(eventsFileOf(elsewhere, 'pay')).toBe('a/b/pay.json');
});
