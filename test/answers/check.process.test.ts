/** `check`, `push --check` and `invoke --event`, as programs and people meet them. */
import { expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { inside } from '../support/inside.js';
import { configFor, makeProject, type Played, type Project, run, runEmulator } from '../support/rig.js';

const code = `exports.main = async (event) => {
  console.log('asked for', event.id);
  if (event.id === undefined) throw new TypeError('no id');
  return { ok: event.id !== 'bad', id: event.id };
};\n`;
const good = { name: 'good', value: { id: 'a' }, expect: { ok: true } };
const wrong = { name: 'wrong', value: { id: 'bad' }, expect: { ok: true } };
const throws = { name: 'throws', value: {}, expect: { $error: 'no id' } };

interface Rig {
  readonly emulator: Emulator;
  readonly project: Project;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Played;
  /** Where GitHub reads it: the process itself keeps texts from being commands. */
  startOnGithub(args: readonly string[]): Played;
}

async function rig(
  events: readonly unknown[],
  config: Readonly<Record<string, unknown>> = {},
  envs: readonly string[] = ['dev', 'test'],
): Promise<Rig> {
  const emulator = await runEmulator({ envs: [...envs] });
  const functions = { pay: { answers: true } };
  const project = await makeProject(
    { pay: { 'index.js': code } },
    { ...configFor(emulator), functions, ...config },
  );
  await project.write('events/pay.json', JSON.stringify(events, null, 2));
  const playBy =
    (how: (...of: Parameters<typeof inside>) => Played) =>
    (args: readonly string[], env: Readonly<Record<string, string>> = {}): Played =>
      how(args, {
        cwd: project.folder,
        env: { TEST_TOKEN: emulator.token, ...env },
        plain: !args.includes('--json'),
      });
  const startOnGithub = (args: readonly string[]): Played => playBy(run)(args, { GITHUB_ACTIONS: 'true' });
  return { emulator, project, start: playBy(inside), startOnGithub };
}

it('push --check sends, calls and judges, and check does without sending', async () => {
  const { start, emulator } = await rig([good, throws]);
  const push = start(['push', '--check', '--json']);
  expect((await push.exit).code).toBe(0);
  const answers = push.events.filter(({ event }) => event === 'answer');
  expect(answers.map((each) => `${each['env']} ${each['eventName']} ${each['ok']}`).sort()).toEqual([
    ...['dev good true', 'dev throws true', 'test good true', 'test throws true'],
  ]);
  for (const answer of answers) expect(Object.values(answer)).not.toContain(undefined);
  expect(push.events.at(-1)).toMatchObject({ event: 'stopped', answers: { ok: 4, failed: 0 } });
  const uploads = emulator.counts().batchuploadscf;
  const check = start(['check', 'pay', '--json']);
  expect((await check.exit).code).toBe(0);
  expect(check.events.map(({ event }) => event)).toEqual([
    ...['started', 'answer', 'answer', 'answer', 'answer', 'stopped'],
  ]);
  expect(check.events[1]).toMatchObject({ function: 'pay', changed: 'first', proven: null });
  expect(emulator.counts().batchuploadscf).toBe(uploads);
});

it('ends with 5 where an answer is wrong, and annotates the event in its file', async () => {
  const { startOnGithub } = await rig([good, wrong]);
  const push = startOnGithub(['push', '--check']);
  expect((await push.exit).code).toBe(5);
  expect(push.stdout()).toContain('/ok: expected true, got false');
  expect(push.stderr()).toContain('::error file=events/pay.json,line=11,');
});

it('push --check --problems names the event of an answer that is wrong, and the mistake in a file of events', async () => {
  const { start, project } = await rig([good, wrong]);
  const push = start(['push', '--check', '--problems']);
  expect((await push.exit).code).toBe(5);
  const places = (program: Played): string[] =>
    [...program.stdout().matchAll(/^(.*?:\d+:\d+): error: (.*)$/gm)].map(([line]) => line);
  expect(places(push).filter((line) => line.includes('→ dev'))).toEqual([
    expect.stringMatching(
      /^events\/pay\.json:11:1: error: pay → dev wrong: .*\/ok: expected true, got false/,
    ),
  ]);
  expect(push.stdout()).toMatch(/^\[tcb-watch\] end\n$/m);
  await project.write('events/pay.json', '[\n  {"name": "a", "value": 1}\n]');
  const broken = start(['push', '--check', '--problems', '--force']);
  // Nobody knows what the event would have shown, so it is no success.
  expect((await broken.exit).code).toBe(3);
  expect(places(broken)).toEqual([
    expect.stringMatching(/^events\/pay\.json:2:3: error: This is no event\./),
  ]);
});

it('what a function says is no command to the runner of GitHub Actions', async () => {
  const { startOnGithub, project } = await rig([{ name: 'x', value: {} }]);
  const hostile = '\\n  ::add-mask::e\\n##[set-env name=NODE_OPTIONS]x';
  await project.write(
    'functions/pay/index.js',
    `exports.main = () => { console.log('said${hostile}'); throw new Error('thrown${hostile}'); };\n`,
  );
  const push = startOnGithub(['push', '--check']);
  expect((await push.exit).code).toBe(5);
  expect(push.stdout()).toContain('add-mask');
  const calls = ['invoke', 'pay', '--event', 'x', '-e', 'dev'];
  const call = startOnGithub(calls);
  await call.exit;
  expect(call.stdout()).toContain('add-mask');
  const all = [push.stdout(), push.stderr(), call.stdout(), call.stderr()].join('\n').split('\n');
  const commands = all.filter((line) => line.trim().startsWith('::') || line.includes('##['));
  // Our own are there, one line each.
  expect(commands.length).toBeGreaterThan(0);
  for (const line of commands) expect(line).toMatch(/^::error file=events\/pay\.json,line=/);
});

it.each<readonly [string, Readonly<Record<string, unknown>>, readonly string[], number, string]>([
  ['a protected environment', { protectedEnvs: ['dev'] }, ['-e', 'dev'], 3, 'No function is called in dev'],
  ['a function without a choice', { functions: {} }, ['pay'], 3, 'pay is not called'],
  ['no function at all', { functions: {} }, [], 3, 'No function is called'],
  ['a name that is none', {}, ['pya'], 4, 'Did you mean pay?'],
  ['what is not live', {}, [], 1, ''],
])('check refuses %s', async (_, config, args, exitCode, said) => {
  const { start, emulator } = await rig([good], config);
  const check = start(['check', ...args]);
  expect((await check.exit).code).toBe(exitCode);
  expect(check.stderr()).toContain(said);
  expect(emulator.counts().invokecloudfunction).toBe(0);
});

it('a broken file of events ends with 3 and its place', async () => {
  const { startOnGithub, start, project } = await rig([good]);
  expect((await start(['push']).exit).code).toBe(0);
  await project.write('events/pay.json', '[\n  {"name": "a", "value": 1}\n]');
  const check = startOnGithub(['check']);
  expect((await check.exit).code).toBe(3);
  expect(check.stdout()).toContain('events/pay.json:2:3: This is no event.');
  expect(check.stderr()).toContain('::warning file=events/pay.json,line=2,col=3,title=pay::');
});

it('an event that the configuration names and the file lacks is a mistake there', async () => {
  const { start } = await rig([good], { functions: { pay: { answers: ['god'] } } });
  const push = start(['push']);
  expect((await push.exit).code).toBe(3);
  expect(push.stderr()).toContain('Did you mean "good"?');
});

it('invoke --event calls side by side, equal answers once', async () => {
  const { start } = await rig([good, wrong, throws]);
  expect((await start(['push']).exit).code).toBe(0);
  const both = start(['invoke', 'pay', '--event', 'good', '-e', 'dev', '-e', 'test']);
  expect((await both.exit).code).toBe(0);
  expect(both.stdout()).toMatch(/^✔ dev, test {2}[^{]+ {2}\{\n/);
  const bad = start(['invoke', 'pay', '--event', 'wrong', '-e', 'dev']);
  expect((await bad.exit).code).toBe(5);
  const lines = start(['invoke', 'pay', '{"id":"x"}', '-e', 'dev', '-e', 'test', '--json']);
  expect((await lines.exit).code).toBe(0);
  expect(lines.events).toMatchObject([
    { event: 'result', function: 'pay', env: 'dev', result: { id: 'x' }, logs: ['asked for x'] },
    { event: 'result', function: 'pay', env: 'test', result: { id: 'x' }, logs: ['asked for x'] },
  ]);
  const none = start(['invoke', 'pay', '--event', 'goo', '-e', 'dev']);
  expect((await none.exit).code).toBe(3);
  expect(none.stderr()).toContain('Did you mean good?');
});

it('invoke --event asks about a protected environment as ever', async () => {
  const { start, emulator } = await rig([good], { protectedEnvs: ['dev'] });
  expect((await start(['push', '--yes']).exit).code).toBe(0);
  const refused = start(['invoke', 'pay', '--event', 'good', '-e', 'test', '-e', 'dev']);
  expect((await refused.exit).code).toBe(3);
  expect(refused.stderr()).toContain('Add --yes');
  expect(emulator.counts().invokecloudfunction).toBe(0);
});

it('a running watch calls what became live, and answers push --check', async () => {
  const { start, project } = await rig([good]);
  const watch = start(['watch', '--json']);
  await watch.waitFor(({ event }) => event === 'watching');
  await watch.waitForLive([
    ['pay', 'dev'],
    ['pay', 'test'],
  ]);
  const push = start(['push', '--check', '--json']);
  expect((await push.exit).code).toBe(0);
  expect(push.events.filter(({ event }) => event === 'answer').length).toBe(2);
  const from = watch.events.length;
  await project.write('functions/pay/index.js', code.replace("'asked for'", "'wanted:'"));
  const answer = await watch.waitFor(({ event }) => event === 'answer', from);
  expect(answer).toMatchObject({ function: 'pay', ok: true, changed: 'same' });
  await project.write('events/pay.json', '[\n  {"name": "a", "value": 1}\n]');
  // The daemon reports it once, and each push all the same.
  const said = { en: ': This is no event.', 'zh-CN': '：这一项不是事件。' };
  for (const [language, words] of Object.entries(said)) {
    const wrong = start(['push', '--check'], { TCB_WATCH_LANG: language });
    expect((await wrong.exit).code).toBe(3);
    expect(wrong.stdout()).toContain(`events/pay.json:2:3${words}`);
  }
  expect(await watch.stop()).toBe(0);
});
