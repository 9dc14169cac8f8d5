/** Code that the cloud could not load is said with the save, in every output, and held where the configuration says so. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CommonOptions } from '../../src/cli/options.js';
import { runPush } from '../../src/cli/push.js';
import { runStatus } from '../../src/cli/status.js';
import { createSync, type SyncEvent } from '../../src/index.js';
import { deskIn } from '../support/init-rig.js';
import { configFor, entry, type Files, makeProject, runEmulator, running, uploads } from '../support/rig.js';

const none: CommonOptions = {
  ...{ envId: [], only: [], json: false, plain: false, ascii: false, dryRun: false, force: false },
  ...{ yes: false, adopt: false, trust: false, stdinEnds: false, verbose: false, problems: false },
};
const main = 'exports.main = async () => 1;\n';

async function scene(pay: Files, config: Readonly<Record<string, unknown>> = {}) {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject({ login: entry('1'), pay }, { ...configFor(emulator), ...config });
  const environment = { TEST_TOKEN: emulator.token, TCB_WATCH_TIMESTAMPS: '0' };
  const desk = () => deskIn(project.folder, { environment });
  const push = async (options: Partial<CommonOptions> = {}) => {
    const made = desk();
    const code = await runPush({ ...none, ...options }, [], 600, made.context);
    return { code, out: made.out() };
  };
  return { emulator, project, environment, desk, push };
}

describe('is said with its place', () => {
  it.each<readonly [string, Files, string, RegExp]>([
    [
      'a syntax error',
      { 'index.js': `${main}const a = ;\n` },
      'functions/pay/index.js:2:11',
      /^functions\/pay\/index\.js:2:11 cannot be parsed/,
    ],
    [
      'marks of a merge',
      { 'index.js': `<<<<<<< HEAD\n${main}=======\n${main}>>>>>>> theirs\n` },
      'functions/pay/index.js:1:1',
      /merge conflict/,
    ],
    [
      'a package that nothing declares',
      { 'index.js': `  const fp = require('lodash/fp');\n${main}` },
      'functions/pay/index.js:1:14',
      /requires lodash/,
    ],
    [
      'no exports.main',
      { 'index.js': 'exports.handler = () => 1;\n' },
      'functions/pay/index.js:1:1',
      /exports no main/,
    ],
    [
      'export in a script',
      { 'index.js': `${''}\nexport const main = () => 1;\n` },
      'functions/pay/index.js:2:1',
      /is an ES module/,
    ],
    [
      'index.mjs alone',
      { 'index.mjs': 'export const main = () => 1;\n' },
      'functions/pay/index.mjs:1:1',
      /starts index\.js/,
    ],
    [
      'a main elsewhere',
      { 'package.json': '{"main": "lib/a.js"}', 'lib/a.js': main },
      'functions/pay/lib/a.js:1:1',
      /starts index\.js/,
    ],
  ])('%s', async (_, files, place, detail) => {
    const { push, desk } = await scene(files);
    const { code, out } = await push({ json: true });
    expect(code).toBe(0);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
    const notices = events.filter(({ event }) => event === 'notice');
    expect(notices).toMatchObject([
      {
        kind: 'cannot-run',
        function: 'pay',
        place,
        detail: expect.stringMatching(detail),
        hint: expect.any(String),
      },
    ]);
    const live = events.filter(({ event }) => event === 'live');
    expect(live.map((each) => each['cannotRun'])).toEqual([null, place]);
    const looked = desk();
    expect(await runStatus({ ...none }, looked.context)).toBe(0);
    expect(looked.out()).toMatch(/pay +dev +cannot run /);
    expect(looked.out()).toContain(String(notices[0]?.['detail']));
  });
});

it('a line says it beside live', async () => {
  const { push } = await scene({ 'index.js': `${main}const a = ;\n` });
  const { code, out } = await push();
  expect(code).toBe(0);
  expect(out).toMatch(/^✖ broken {4}pay +functions\/pay\/index\.js:2:11 cannot be parsed/m);
  expect(out).toMatch(/^✔ live .*pay .*but cannot run: functions\/pay\/index\.js:2:11$/m);
});

it('a save of a running tcb-watch says it before it is sent, and again only when it differs', async () => {
  const { project, environment } = await scene({ 'index.js': main });
  const created = await createSync({ cwd: project.folder, environment });
  if (!created.ok) throw new Error(created.message);
  const { sync } = created;
  onTestFinished(async () => void (await sync.stop()));
  await sync.watch();
  await sync.push();
  const seen = untilLive(sync.events, 2);
  await project.write('functions/pay/index.js', `${main}oops(\n`);
  const events = await seen;
  const names = events.filter(
    (each) => each.event === 'notice' || each.event === 'pushing' || each.event === 'live',
  );
  expect(names.slice(-3).map(({ event }) => event)).toEqual(['notice', 'pushing', 'live']);
});

async function untilLive(events: AsyncIterable<SyncEvent>, saves: number): Promise<SyncEvent[]> {
  const seen: SyncEvent[] = [];
  let lives = 0;
  for await (const event of events) {
    seen.push(event);
    if (event.event === 'live' && event.function === 'pay') lives += 1;
    if (lives === saves) break;
  }
  return seen;
}

describe('with "onCannotRun": "hold"', () => {
  it('it is held, nothing is sent, and the next good save goes', async () => {
    const { emulator, push, project, desk } = await scene({ 'index.js': main }, { onCannotRun: 'hold' });
    expect((await push()).code).toBe(0);
    const before = uploads(emulator);
    await project.write('functions/pay/index.js', `${main}const a = ;\n`);
    const { code, out } = await push({ json: true });
    expect([code, uploads(emulator)]).toEqual([6, before]);
    const held = out.split('\n').find((line) => line.includes('"held"')) ?? '{}';
    expect(JSON.parse(held)).toMatchObject({ function: 'pay', env: null, reason: 'cannot-run' });
    expect(out).not.toContain('"notice"');
    const looked = desk();
    expect(await runStatus({ ...none }, looked.context)).toBe(1);
    expect(looked.out()).toContain('functions/pay/index.js:2:11');
    await project.write('functions/pay/index.js', `${main}// fixed\n`);
    expect((await push()).code).toBe(0);
    expect((await running(emulator, 'dev', 'pay')).get('index.js')).toContain('fixed');
  });
});
