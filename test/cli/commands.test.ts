/** Whole command lines in this process: real files and sockets, and a cloud of which the test answers the calls. */
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../../src/cli/process.js';
import { traceRequests } from '../../src/cli/trace.js';
import { columnsOf, drawsAmbiguousIn } from '../../src/text/text.js';
import { invokeWords } from '../../src/text/words/invoke.js';
import { listen } from '../support/cloud-rig.js';
import { freePort } from '../support/free-port.js';
import { type DeskOptions, deskIn } from '../support/init-rig.js';
import { type Invoked, runInvokingCloud } from '../support/invoking-cloud.js';
import { configFor, entry, makeProject, running, type Seen } from '../support/rig.js';

const { inspectsEmulatorOnly } = invokeWords.en;
const events = [
  { name: 'good', value: { id: 1 }, expect: { id: 1 } },
  { name: 'bad', value: { id: 2 }, expect: { id: 1 } },
];

async function scene(
  config: Readonly<Record<string, unknown>> = {},
  answer: (call: Invoked) => unknown = ({ event }) => event,
) {
  const cloud = await runInvokingCloud(answer);
  const project = await makeProject(
    { login: entry('1'), pay: entry('1') },
    {
      ...{ ...configFor(cloud.emulator), endpoint: cloud.url },
      ...{ functions: { pay: { answers: true, proof: false } }, ...config },
    },
  );
  await project.write('events/pay.json', JSON.stringify(events));
  const environment = { TEST_TOKEN: cloud.emulator.token, TCB_WATCH_TIME_SCALE: '0.1' };
  const run = async (args: readonly string[], desk: DeskOptions & { readonly input?: string } = {}) => {
    const made = deskIn(project.folder, { environment, ...desk });
    const context = { ...made.context, readInput: async () => desk.input ?? '' };
    const code = await runCommand(args, context);
    const rows = (): Seen[] =>
      made
        .out()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    return { code, out: made.out(), err: made.err(), rows, questions: made.questions };
  };
  const push = async (): Promise<void> => {
    expect((await run(['push', '--yes'])).code).toBe(0);
  };
  return { cloud, project, environment, run, push };
}

describe('invoke', () => {
  it('prints what came back, as text for people', async () => {
    const { run, push } = await scene();
    await push();
    const { code, out, err } = await run(['invoke', 'pay', '{"a":[1]}', '-e', 'dev']);
    expect([code, out]).toEqual([0, '{\n  "a": [\n    1\n  ]\n}\n']);
    expect(err).toMatch(/\d+ ms/);
  });

  it('a text is printed as it is, a line for programs is JSON', async () => {
    const { run, push } = await scene({}, () => 'plain');
    await push();
    expect((await run(['invoke', 'pay', '-e', 'dev'])).out).toBe('plain\n');
    expect((await run(['invoke', 'pay', '-e', 'dev', '--json'])).rows()).toEqual([
      {
        ...{ v: 1, at: expect.any(String), event: 'result', function: 'pay', env: 'dev' },
        ...{ result: 'plain', logs: [], ms: expect.any(Number) },
      },
    ]);
  });

  it.each<readonly [string, string, unknown]>([
    ['{"b":2}', '{"b":2}', { b: 2 }],
    ['-', '\uFEFF{"c":3}', { c: 3 }],
  ])('takes the event from %s', async (given, input, event) => {
    const { run, push, cloud } = await scene();
    await push();
    expect((await run(['invoke', 'pay', given, '-e', 'test'], { input })).code).toBe(0);
    expect(cloud.invoked).toEqual([{ env: 'test', name: 'pay', event }]);
  });

  it.each<readonly [string, readonly string[], number, string]>([
    ['no JSON', ['invoke', 'pay', '{a', '-e', 'dev'], 3, 'JSON'],
    ['no environment of several', ['invoke', 'pay'], 3, 'dev, test'],
    ['another environment', ['invoke', 'pay', '-e', 'dve'], 4, 'Did you mean dev?'],
    ['a debugger of a real cloud', ['invoke', 'pay', '-e', 'dev', '--inspect'], 3, inspectsEmulatorOnly],
    ['a debugger for two', ['invoke', 'pay', '-e', 'dev', '-e', 'test', '--inspect'], 3, ''],
    ['an event that is not saved', ['invoke', 'pay', '--event', 'god', '-e', 'dev'], 3, 'Did you mean good?'],
    ['an event of a function without any', ['invoke', 'login', '--event', 'x', '-e', 'dev'], 3, 'events'],
    ['a list as event for several', ['invoke', 'pay', '[1]', '-e', 'dev', '-e', 'test'], 3, ''],
  ])('refuses %s', async (_, args, code, text) => {
    const { run, push, cloud } = await scene();
    await push();
    const done = await run(args);
    expect(done.code).toBe(code);
    expect(done.err).toContain(text);
    expect(done.err).not.toBe('');
    expect([done.out, cloud.invoked]).toEqual(['', []]);
  });

  it('a saved event is judged, in each environment', async () => {
    const { run, push, cloud } = await scene({}, ({ env }) => ({ id: env === 'dev' ? 1 : 2 }));
    await push();
    const one = await run(['invoke', 'pay', '--event', 'good', '-e', 'dev']);
    expect([one.code, one.out.includes('dev')]).toEqual([0, true]);
    const both = await run(['invoke', 'pay', '--event', 'good', '-e', 'test', '-e', 'dev', '--json']);
    expect(both.code).toBe(5);
    expect(both.rows()).toMatchObject([
      { event: 'result', env: 'test', ok: false, logs: [], ms: expect.any(Number) },
      { event: 'result', env: 'dev', ok: true },
    ]);
    expect(cloud.invoked).toHaveLength(3);
  });

  it('events that are given go side by side as well, without being judged', async () => {
    const { run, push } = await scene();
    await push();
    const { code, rows } = await run(['invoke', 'login', '{"a":1}', '-e', 'dev', '-e', 'test', '--json']);
    expect(code).toBe(0);
    expect(rows()).toMatchObject([
      { function: 'login', env: 'dev', result: { a: 1 } },
      { function: 'login', env: 'test', result: { a: 1 } },
    ]);
  });

  it('a function that is not there is 4, with the name that was meant', async () => {
    const { run, push } = await scene();
    await push();
    const { code, err } = await run(['invoke', 'pya', '-e', 'dev']);
    expect(err).toContain('Did you mean pay?');
    expect(code).toBe(4);
  });

  it('a token that is not set is 2', async () => {
    const { run, push } = await scene();
    await push();
    const { code, err } = await run(['invoke', 'pay', '-e', 'dev'], { environment: {} });
    expect(code).toBe(2);
    expect(err).toContain('TEST_TOKEN');
  });

  it('a connection that breaks is 5', async () => {
    const { run, push } = await scene({}, () => {
      throw new Error('cut off');
    });
    await push();
    const { code, err } = await run(['invoke', 'pay', '-e', 'dev']);
    expect(code).toBe(5);
    expect(err).toContain('pay');
  });

  it('a protected environment asks, and is not called without an answer', async () => {
    const { run, push, cloud } = await scene({ protectedEnvs: ['test'] });
    await push();
    expect((await run(['invoke', 'pay', '-e', 'test'])).code).not.toBe(0);
    const no = await run(['invoke', 'pay', '-e', 'test'], { answers: ['n'] });
    expect([no.code === 0, no.questions.length]).toEqual([false, 1]);
    expect(cloud.invoked).toEqual([]);
    expect((await run(['invoke', 'pay', '-e', 'test'], { answers: ['y'] })).code).toBe(0);
    expect((await run(['invoke', 'pay', '-e', 'test', '--yes'])).code).toBe(0);
    expect(cloud.invoked).toHaveLength(2);
  });
});

describe('check', () => {
  it('takes the short names of environments, as every command does', async () => {
    const envs = ['shop-0a1b2c3d4e5f', 'test-0a1b2c3d4e5f'];
    const { run } = await scene({ envs });
    const { code, rows } = await run(['check', '-e', 'shop', '--json']);
    expect(rows()).toMatchObject([
      { event: 'started', envs: [envs[0]] },
      { event: 'stopped', pending: [{ function: 'pay', env: envs[0] }] },
    ]);
    expect(code).toBe(1);
  });

  it('an event for each answer, and a sum', async () => {
    const { run, push } = await scene();
    await push();
    const { code, rows } = await run(['check', '--json']);
    expect(code).toBe(5);
    expect(rows().map(({ event }) => event)).toEqual([
      ...['started', 'answer', 'answer', 'answer', 'answer', 'stopped'],
    ]);
    expect(rows()[0]).toMatchObject({ envs: ['dev', 'test'], functions: ['pay'], pid: process.pid });
    expect(rows().at(-1)).toMatchObject({
      code: 5,
      pushed: 0,
      failed: 0,
      answers: { ok: 2, failed: 2 },
      pending: [],
    });
  });

  it('all as it should be is 0; not live as it is on disk is 1', async () => {
    const { run, push, project } = await scene({}, () => ({ id: 1 }));
    await push();
    expect((await run(['check', 'pay', '-e', 'dev'])).code).toBe(0);
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    const { code, rows } = await run(['check', '--json', '-e', 'dev']);
    expect(code).toBe(1);
    expect(rows().at(-1)).toMatchObject({ pending: [{ function: 'pay', env: 'dev', reason: 'queued' }] });
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>, readonly string[], number, string]>([
    ['nothing is chosen', { functions: {} }, ['check'], 3, 'answers'],
    ['a function has no choice', {}, ['check', 'login'], 3, 'login'],
    ['an environment is protected', { protectedEnvs: ['test'] }, ['check', '-e', 'test'], 3, 'test'],
    ['a name is not there', {}, ['check', 'pya'], 4, 'Did you mean pay?'],
    ['the configuration is wrong', { debounceMs: 'x' }, ['check'], 3, 'debounceMs'],
  ])('says where %s', async (_, config, args, code, text) => {
    const { run, cloud } = await scene(config);
    const done = await run(args);
    expect(done.code).toBe(code);
    expect(done.err).toContain(text);
    expect(cloud.invoked).toEqual([]);
  });

  it('a file of events that is wrong is 3', async () => {
    const { run, push, project } = await scene({}, () => ({ id: 1 }));
    await push();
    await project.write('events/pay.json', JSON.stringify([events[0], { name: 3 }]));
    const { code, rows } = await run(['check', '--json']);
    expect(code).toBe(3);
    expect(rows().filter(({ event }) => event === 'notice')).toHaveLength(1);
  });
});

describe('push --check', () => {
  it('calls what it has sent', async () => {
    const { run } = await scene();
    const { code, rows } = await run(['push', '--check', '--json']);
    expect(code).toBe(5);
    expect(rows().filter(({ event }) => event === 'answer')).toHaveLength(4);
    expect(rows().at(-1)).toMatchObject({ event: 'stopped', pushed: 4, answers: { ok: 2, failed: 2 } });
  });

  it('calls nothing in a dry run', async () => {
    const { run, push, cloud } = await scene();
    await push();
    expect((await run(['push', '--check', '--dry-run', '--json'])).code).toBe(0);
    expect(cloud.invoked).toEqual([]);
  });
});

describe('undo', () => {
  it('goes back, says so, and is 0 where that runs already', async () => {
    const { run, push, project, cloud } = await scene();
    await push();
    await project.write('functions/pay/index.js', 'exports.main = async () => "2";\n');
    await push();
    expect((await run(['undo', 'pay', '-e', 'dev'])).code).toBe(0);
    expect((await running(cloud.emulator, 'dev', 'pay')).get('index.js')).toContain('1');
    expect((await running(cloud.emulator, 'test', 'pay')).get('index.js')).toContain('2');
    const [now] = (await run(['history', 'pay', '--json'])).rows();
    const again = await run(['undo', 'pay', '-e', 'dev', '--to', String(now?.['id'])]);
    expect([again.code, again.out]).toEqual([0, '']);
    expect(again.err).toContain('pay');
    const disk = await run(['undo', 'pay', '-e', 'dev', '--to', 'disk', '--json']);
    expect(disk.code).toBe(0);
    expect((await running(cloud.emulator, 'dev', 'pay')).get('index.js')).toContain('2');
  });

  it('asks a person, with what differs; anything but yes sends nothing', async () => {
    const { run, push, project, cloud } = await scene({ protectedEnvs: ['test'] });
    await push();
    await project.write('functions/pay/index.js', 'exports.main = async () => "2";\n');
    await push();
    const before = cloud.emulator.counts().batchuploadscfcode;
    const no = await run(['undo', 'pay'], { answers: ['n'] });
    expect(no.code).toBe(1);
    expect(no.questions[0]).toMatch(/ {4}index\.js {2}\+1 -1\n[\s\S]*test/);
    // One file is its own sum.
    expect(no.questions[0]).not.toMatch(/^ +\+\d/m);
    expect(cloud.emulator.counts().batchuploadscfcode).toBe(before);
    const yes = await run(['undo', 'pay'], { answers: ['y'] });
    expect(yes.code).toBe(0);
    for (const env of ['dev', 'test'])
      expect((await running(cloud.emulator, env, 'pay')).get('index.js')).toContain('1');
  });

  it('adds up the files that differ, where they are several', async () => {
    const { run, push, project } = await scene({ envs: ['dev'] });
    await push();
    await project.write('functions/pay/index.js', 'exports.main = async () => "2";\n');
    await project.write('functions/pay/other.js', 'one\ntwo\n');
    await push();
    const { questions } = await run(['undo', 'pay'], { answers: ['n'] });
    expect(questions[0]).toMatch(/ {4}index\.js {2}\+1 -1\n {4}other\.js.*\n {4}\+1 -3\n/);
  });

  it('where nothing ran before there is nothing to go back to', async () => {
    const { run, push } = await scene();
    await push();
    const { code, err } = await run(['undo', 'pay']);
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(2);
    expect((await run(['undo', 'pya'])).code).toBe(4);
    expect((await run(['undo', 'pay', '--to', 'ffffffff'])).code).toBe(4);
  });
});

describe('history', () => {
  it('damaged versions and a history that is off are said', async () => {
    const { run, push, project } = await scene();
    await push();
    const whole = await run(['history', 'pay']);
    expect([whole.code, whole.err]).toEqual([0, '']);
    const folder = join(project.folder, '.tcb-watch/history');
    const found = await readdir(folder, { recursive: true });
    const versions = found.filter((name) => /[0-9a-f]{64}\.json$/.test(name));
    expect(versions.length).toBeGreaterThan(0);
    for (const name of versions) await writeFile(join(folder, name), '{');
    const damaged = await run(['history', 'pay']);
    expect([damaged.code, damaged.err.includes('1')]).toEqual([0, true]);
    await project.configure({
      envs: ['dev', 'test'],
      endpoint: 'http://127.0.0.1:9',
      token: { env: 'TEST_TOKEN' },
      history: false,
    });
    const off = await run(['history', 'pay']);
    expect(off.code).toBe(0);
    expect(off.err).not.toBe('');
  });

  it('forgetting asks a person, and nobody else', async () => {
    const { run, push } = await scene();
    await push();
    const count = async (): Promise<number> => (await run(['history', 'pay', '--json'])).rows().length;
    const no = await run(['history', 'pay', '--forget'], { answers: ['n'] });
    expect([no.code, no.questions.length, await count()]).toEqual([1, 1, 1]);
    const yes = await run(['history', 'pay', '--forget', '--yes'], { answers: [] });
    expect([yes.code, yes.questions.length, await count()]).toEqual([0, 0, 0]);
    expect((await run(['history', '--forget'])).code).toBe(0);
  });
});

describe('an emulator whose store is no folder', () => {
  it.each([
    [['push']],
    [['watch', '--plain']],
    [['accept']],
    [['check', 'pay']],
    [['invoke', 'pay', '-e', 'dev']],
    [['invoke', 'pay', '-e', 'dev', '-e', 'test']],
  ])('%j ends with 6, and says why', async (args) => {
    const { run, project } = await scene({ endpoint: 'emulator' });
    await project.write('.tcb-watch/emulator', 'no folder');
    const { code, err, out } = await run(args);
    expect([code, out]).toEqual([6, '']);
    expect(err).toContain('endpoint');
    expect(err).toContain('.tcb-watch');
  });
});

describe('the command line', () => {
  it('version, help and mistakes', async () => {
    const { run } = await scene();
    expect((await run(['--version'])).out).toBe('0.0.0\n');
    expect((await run(['help'])).out).toContain('Usage');
    expect((await run(['help', 'push'])).out).toContain('--force');
    const wrong = await run(['psuh']);
    expect(wrong.code).toBe(3);
    expect(wrong.err).toContain('push');
    expect((await run(['help', 'keys'])).out).toMatch(/\bq\b/);
  });

  it('completion: scripts, and words for the line so far', async () => {
    const { run } = await scene();
    expect((await run(['complete', 'bash'])).out).toContain('tcb-watch');
    const words = await run(['complete', '--', 'push', 'p']);
    expect(words.out).toContain('pay');
    expect(words.out).not.toContain('login');
    expect((await run(['complete', '--', 'invoke', '-e', 'dev', 'p'])).out).toContain('pay');
    expect((await run(['complete', '--', 'invoke', 'login', 'p'])).out).not.toContain('pay');
  });

  it('status, and its files', async () => {
    const { run, push } = await scene();
    const before = await run(['status', '--json']);
    expect(before.code).toBe(1);
    expect(before.rows()).toHaveLength(4);
    await push();
    expect((await run(['status'])).code).toBe(0);
    expect((await run(['status', '--files', 'pay'])).out).toContain('index.js');
  });

  it('accept, stop and trust', async () => {
    const { run, push } = await scene();
    await push();
    const accepted = await run(['accept', 'pay']);
    expect([accepted.code, accepted.out]).toEqual([0, '']);
    expect(accepted.err).toContain('othing');
    const asked = await run(['accept', 'pay'], { environment: {} });
    expect([asked.code, asked.out.includes('TEST_TOKEN')]).toEqual([2, true]);
    expect((await run(['accept', 'pya'])).code).toBe(4);
    expect((await run(['stop'])).code).toBe(0);
    expect((await run(['trust'])).code).toBe(0);
  });

  it('--verbose shows each request, without its secrets', async () => {
    const { run, cloud } = await scene();
    const { err } = await run(['push', '--verbose', '--json']);
    expect(err).toMatch(/POST http:\S+\/batchuploadscf → 200, \d+ ms/);
    expect(err).not.toContain(cloud.emulator.token);
    expect(err).not.toContain('access_token');
    expect((await run(['push', 'pay', '--force', '--json'])).err).not.toContain('batchuploadscf');
  });

  it('says how wide ambiguous characters are, for as long as it runs', async () => {
    const { run } = await scene();
    const widthAfter = async (args: readonly string[], environment = {}): Promise<number> => {
      await run(['push', '--dry-run', ...args], { environment });
      return columnsOf('…');
    };
    onTestFinished(() => drawsAmbiguousIn(1));
    expect(await widthAfter(['--ambiguous-width', '2'])).toBe(2);
    expect(await widthAfter([])).toBe(1);
    expect(await widthAfter([], { TCB_WATCH_AMBIGUOUS_WIDTH: '2' })).toBe(2);
  });
});

describe('the trace of requests', () => {
  it('says how each ended, and how long it took', async () => {
    const { cloud } = await scene();
    const lines: string[] = [];
    traceRequests((text) => lines.push(text));
    const began = performance.now();
    await (await request(`${cloud.url}/tcb/none?access_token=secret`, { method: 'POST' })).body.dump();
    const port = await freePort();
    await request(`http://127.0.0.1:${port}/gone?access_token=secret`).catch(() => undefined);
    const most = performance.now() - began;
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^POST http:\/\/127\.0\.0\.1:\d+\/tcb\/none → \d{3}, \d+ ms\n$/);
    expect(lines[1]).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/gone → connect ECONNREFUSED \S+, \d+ ms\n$/);
    for (const line of lines) {
      const ms = Number(/, (\d+) ms/.exec(line)?.[1]);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(Math.ceil(most));
    }
    expect(lines.join('')).not.toContain('secret');
  });

  it('counts from when it was sent', async () => {
    const port = await listen(createServer((_, response) => void setTimeout(() => response.end(), 60)));
    const lines: string[] = [];
    traceRequests((text) => lines.push(text));
    await (await request(`http://127.0.0.1:${port}/slow`)).body.dump();
    expect(Number(/slow → 200, (\d+) ms/.exec(lines.join(''))?.[1])).toBeGreaterThan(40);
  });
});
