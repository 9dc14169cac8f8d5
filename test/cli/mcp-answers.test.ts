/** The answers of `mcp`’s tools to what a command prints: the commands are played by the test, line by line. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve } from '../../src/cli/mcp-tools.js';
import type { McpOptions } from '../../src/cli/options.js';
import { listenAt, socketPathFor } from '../../src/system/socket.js';
import { deskIn } from '../support/init-rig.js';
import { entry, makeProject } from '../support/rig.js';

interface Line {
  readonly args: readonly string[];
  row(row: Readonly<Record<string, unknown>>): void;
  out(text: string): void;
  err(text: string): void;
  /** The command is asked to stop. */
  readonly stopped: Promise<void>;
}

/** Plays a command; resolves to its exit code. */
type Played = (line: Line) => number | Promise<number>;

async function scene(commands: Readonly<Record<string, Played>>, options: Partial<McpOptions> = {}) {
  const config = { envs: ['dev', 'test', 'prod'], token: { env: 'TEST_TOKEN' }, protectedEnvs: ['prod'] };
  const project = await makeProject({ pay: entry('1') }, config);
  const { context } = deskIn(project.folder, { environment: { TEST_TOKEN: 't' } });
  const lines: string[] = [];
  const progress: unknown[] = [];
  /** Said by the server without being asked for it. */
  const unasked: unknown[] = [];
  const all = { envId: [], readOnly: false, allowProtected: false, trust: false, ...options };
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const served = serve(
    all,
    context,
    async (args, given) => {
      lines.push(args.join(' '));
      const stopped = new Promise<void>((resolve) => void given.onInterrupt(() => resolve()));
      const row = (one: Readonly<Record<string, unknown>>): void => given.out(`${JSON.stringify(one)}\n`);
      // No command says anything before its first turn.
      await turn();
      return (await commands[args[0] ?? '']?.({ args, row, out: given.out, err: given.err, stopped })) ?? 0;
    },
    (make) => {
      const server = make();
      void server.connect(theirs);
      return server;
    },
  );
  const client = new Client({ name: 'test', version: '1' });
  const close = async (): Promise<void> => {
    await client.close();
    await served.close();
  };
  onTestFinished(close);
  await client.connect(ours);
  client.onerror = (error) => void unasked.push(error);
  const call = async (name: string, given: Readonly<Record<string, unknown>> = {}, isCurious = true) => {
    const { isError, content, structuredContent } = await client.callTool(
      { name, arguments: { ...given } },
      isCurious ? { onprogress: ({ message, progress: at }) => void progress.push(`${at} ${message}`) } : {},
    );
    expect(unasked).toEqual([]);
    const [said] = Array.isArray(content) ? content : [];
    const text = String((said as { readonly text?: unknown }).text);
    return { ok: isError !== true, text, value: structuredContent };
  };
  return { lines, progress, call, close, folder: project.folder };
}

/** Says one line, and ends. */
const saying =
  (code: number, one: Readonly<Record<string, unknown>>): Played =>
  ({ row }) => {
    row(one);
    return code;
  };

const pay = { function: 'pay', env: 'dev' };
const liveRow = { ...pay, state: 'live', live: 'a', wanted: 'a', since: 'now', hold: null, hint: null };

describe('the command lines', () => {
  const asked: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
    ['status', { names: ['pay'], envs: ['dev'] }, 'status --json --only pay -e dev'],
    ['doctor', {}, 'doctor --json'],
    ['history', { function: 'pay' }, 'history --json|pay'],
    ['diff', { function: 'pay', env: 'dev' }, 'diff -e dev|pay'],
    ['push', { names: ['pay'], envs: ['dev'] }, 'push --json --timeout 600 -e dev|pay'],
    ['push', {}, 'push --json --timeout 600 -e dev -e test|'],
    ['push', { names: ['pay'], envs: ['dev'], force: true }, 'push --json --timeout 600 -e dev --force|pay'],
    ['push', { envs: ['prod'] }, 'push --json --timeout 600 -e prod --yes|'],
    ['invoke', { ...pay, event: { a: 1 } }, 'invoke --json -e dev|pay {"a":1}'],
    ['invoke', { ...pay, env: 'prod' }, 'invoke --json -e prod --yes|pay {}'],
    ['undo', { function: 'pay' }, 'undo --json -e dev -e test|pay'],
    ['undo', { function: 'pay', envs: ['prod'], to: 'disk' }, 'undo --json --to disk --yes -e prod|pay'],
    ['check', { names: ['pay'] }, 'check --json -e dev -e test|pay'],
  ];

  it.each(asked)('of %s %j are %s', async (tool, given, line) => {
    const { call, lines } = await scene({}, { allowProtected: true });
    await call(tool, given);
    expect(lines[0]).toBe(line.replace('|', ' -- ').trimEnd());
  });

  it('all have what the server was started with', async () => {
    const started = { config: 'watch.config.json', endpoint: 'http://127.0.0.1:9', trust: true };
    const { call, lines } = await scene({}, started);
    for (const [tool, given] of asked.filter(([, { env, envs }]) => ![env, envs].flat().includes('prod')))
      await call(tool, given);
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines)
      expect(line).toMatch(
        / --config watch\.config\.json --endpoint http:\/\/127\.0\.0\.1:9 --trust(?: --|$)/,
      );
  });

  it('name the environments that the server was started for', async () => {
    const { call, lines } = await scene({}, { envId: ['test'] });
    for (const [tool, given] of [
      ['status', {}],
      ['doctor', {}],
      ['check', {}],
    ] as const)
      await call(tool, given);
    expect(lines).toEqual(['status --json -e test', 'doctor --json -e test', 'check --json -e test --']);
    for (const tool of ['status', 'check'])
      expect((await call(tool, { envs: ['dev'] })).text).toContain('started for test only');
    expect((await call('diff', { function: 'pay', env: 'dev' })).text).toContain('started for test only');
    expect(lines).toHaveLength(3);
  });
});

it('where some of the environments that the server was started for are protected, the others are meant', async () => {
  const { call, lines } = await scene({}, { envId: ['prod', 'test'] });
  await call('check');
  await call('push');
  await call('undo', { function: 'pay' });
  expect(lines.map((line) => line.replace(/ -- .*| --$/, ''))).toEqual([
    'check --json -e test',
    'push --json --timeout 600 -e test',
    'undo --json -e test',
    // Where it stands then.
    'status --json --only pay -e test',
  ]);
});

describe('what a command says no to', () => {
  const refusing =
    (code: number): Played =>
    ({ err }) => {
      err(`  no: ${'x'.repeat(8200)}\n`);
      return code;
    };
  it.each([
    ['status', 2, {}],
    ['why', 2, { function: 'pay' }],
    ['history', 1, { function: 'pay' }],
    ['diff', 2, pay],
    ['push', 1, { names: ['pay'] }],
    ['invoke', 3, pay],
    ['invoke', 4, pay],
    ['undo', 3, { function: 'pay' }],
    ['check', 0, {}],
  ])('%s says, from code %i on, as text of others, and cut', async (tool, code, given) => {
    const name = tool === 'why' ? 'status' : tool;
    const { call } = await scene({ [name]: refusing(code) });
    const { ok, text, value } = await call(tool, given);
    expect([ok, value]).toEqual([false, undefined]);
    const messages = `no: ${'x'.repeat(8188)}… (12 more characters)`;
    expect(JSON.parse(text)).toEqual({ error: 'refused', untrusted: { messages } });
  });

  it('a sentence of our own is said as it is', async () => {
    const { call } = await scene({});
    expect(JSON.parse((await call('push', { force: true })).text)).toEqual({
      error: 'force needs the names of functions',
    });
  });
});

describe('status', () => {
  const rows = [
    liveRow,
    { ...liveRow, env: 'test', hint: 'require fails', detail: 'line 1' },
    {
      function: 'pay',
      env: 'prod',
      state: 'held',
      hold: 'protected',
      hint: 'say yes',
      wanted: 7,
      live: null,
    },
  ];
  const untrusted = { detail: null };
  const told = [
    { ...liveRow, untrusted },
    { ...liveRow, env: 'test', hint: 'require fails', untrusted: { detail: 'line 1' } },
    {
      ...{ function: 'pay', env: 'prod', state: 'held', hold: 'protected', hint: 'say yes' },
      ...{ wanted: null, live: null, since: null, untrusted },
    },
  ];
  const status: Played = ({ row }) => {
    for (const one of rows) row(one);
    return 1;
  };

  it('is what the lines say, also where not all is live', async () => {
    const { call } = await scene({ status });
    expect(await call('status')).toMatchObject({ ok: true, value: { targets: told } });
  });

  it('why leaves out what is live and runs', async () => {
    const { call } = await scene({ status });
    expect((await call('why', { function: 'pay' })).value).toEqual({ targets: told.slice(1) });
  });
});

describe('an invocation', () => {
  it('says value, time and lines, at most 200 of 500 characters', async () => {
    const logs = [...Array.from({ length: 203 }, (_, index) => `line ${index}`)];
    logs[0] = 'x'.repeat(503);
    const { call } = await scene({
      invoke({ row }) {
        row({ ...pay, result: { a: [1] }, logs, ms: 12 });
        return 0;
      },
    });
    const { ok, value } = await call('invoke', pay);
    const cut = `${'x'.repeat(500)}… (3 more characters)`;
    expect({ ok, value }).toEqual({
      ...{ ok: true },
      value: {
        ok: true,
        ms: 12,
        untrusted: { result: '{"a":[1]}', logs: [cut, ...logs.slice(1, 200)], error: null },
      },
    });
  });

  it('that threw says so, with what it has', async () => {
    const { call } = await scene({
      invoke({ row, err }) {
        row({ ...pay, ms: 'soon', logs: 'none' });
        err(' threw\n');
        return 5;
      },
    });
    const { ok, value } = await call('invoke', pay);
    const untrusted = { result: 'null', logs: [], error: 'threw' };
    expect({ ok, value }).toEqual({ ok: false, value: { ok: false, ms: null, untrusted } });
  });
});

it('doctor says each check, and only true is right', async () => {
  const { call } = await scene({
    doctor({ row }) {
      row({ name: 'token', ok: true, hint: null, detail: 'read' });
      row({ name: 'network', ok: 'yes', hint: 'plug it in', detail: null });
      return 5;
    },
  });
  expect(await call('doctor')).toMatchObject({
    ok: true,
    value: {
      checks: [
        { name: 'token', ok: true, hint: null, untrusted: { detail: 'read' } },
        { name: 'network', ok: false, hint: 'plug it in', untrusted: { detail: null } },
      ],
    },
  });
});

it('history leaves out what is no version', async () => {
  const run = { env: 'dev', from: 'then', to: null };
  const kept = { id: 'a', fingerprint: 'aa', firstSent: 'x', lastSent: 'y', files: 1, bytes: 2, runs: [run] };
  const { call } = await scene({
    history({ row }) {
      row(kept);
      row({ ...kept, bytes: 'two' });
      return 0;
    },
  });
  expect((await call('history', { function: 'pay' })).value).toEqual({ versions: [kept] });
});

it.each([
  [0, true],
  [1, false],
])('diff that ends with %i: same %s', async (code, same) => {
  const { call } = await scene({
    diff({ out, err }) {
      out('-1\n+2\n');
      err('a note\n');
      return code;
    },
  });
  const { ok, value } = await call('diff', pay);
  expect({ ok, value }).toEqual({ ok: true, value: { same, untrusted: { patch: '-1\n+2\na note\n' } } });
});

describe('check', () => {
  const answer = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
    ...{ event: 'answer', function: name, env: 'dev', eventName: 'one', ok: true, proven: null, ms: 3 },
    ...{
      result: { a: 1 },
      error: null,
      logs: [],
      mismatches: [],
      diff: null,
      changed: 'same',
      failure: null,
    },
    ...{ file: 'events/pay.json', line: 4, ...more },
  });
  const checking =
    (rows: readonly Readonly<Record<string, unknown>>[], code: number): Played =>
    ({ row, err }) => {
      for (const one of rows) row(one);
      row({ event: 'stopped', pending: [{ ...pay, reason: 'queued' }] });
      err(' note \n');
      return code;
    };

  it('says each answer, what waits, and what was said', async () => {
    const logs = [{ text: 'y'.repeat(501), level: 'log' }, 'plain', ...Array(60).fill({ text: 'z' })];
    const full = { logs, mismatches: ['a'], diff: 'd'.repeat(2049), error: { name: 'E' }, proven: true };
    const notice = { event: 'notice', detail: 'no events of login' };
    const { call } = await scene({ check: checking([notice, answer('pay', full)], 0) });
    const { ok, value } = await call('check');
    expect({ ok, value }).toEqual({
      ok: true,
      value: {
        ...{ ok: true, note: 'all is as expected', moreAnswers: 0 },
        pending: [{ ...pay, reason: 'queued' }],
        untrusted: { messages: 'no events of login\nnote' },
        answers: [
          {
            ...{ ...pay, ok: true, proven: true, changed: 'same', failure: null, ms: 3 },
            place: 'events/pay.json:4',
            untrusted: {
              ...{ event: 'one', result: '{"a":1}', error: '{"name":"E"}', mismatches: '["a"]' },
              diff: `${'d'.repeat(2048)}… (1 more characters)`,
              logs: [`${'y'.repeat(500)}… (1 more characters)`, 'plain', ...Array(48).fill('z')],
            },
          },
        ],
      },
    });
  });

  it('shows a hundred, the wrong ones first, then by function and environment', async () => {
    const many = Array.from({ length: 101 }, (_, index) => answer(`fn${1000 - index}`));
    const wrong = [
      answer('z', { ok: false }),
      answer('y', { proven: false }),
      answer('y', { env: 'a', ok: 0 }),
    ];
    const { call } = await scene({ check: checking([...many, ...wrong], 5) });
    const { ok, value } = await call('check');
    const { answers, ...rest } = value as { readonly answers: readonly (typeof pay)[] };
    expect({ ok, ...rest }).toMatchObject({ ok: false, note: 'not all is as expected', moreAnswers: 4 });
    const places = answers.map(({ function: name, env }) => `${name} ${env}`);
    expect(places.slice(0, 5)).toEqual(['y a', 'y dev', 'z dev', 'fn1000 dev', 'fn900 dev']);
    expect(places.slice(3)).toEqual(places.slice(3).sort());
    expect(places).toHaveLength(100);
  });

  it('has nulls for what an answer does not say', async () => {
    const { call } = await scene({
      check: ({ row }) => {
        row({ event: 'answer', function: 'pay', env: 'dev', eventName: 'one', file: 'f', line: 1 });
        row({ event: 'stopped', pending: 'none' });
        return 5;
      },
    });
    expect((await call('check')).value).toMatchObject({
      pending: [],
      answers: [
        {
          ...{ ok: false, proven: null, changed: null, failure: null, ms: null },
          untrusted: { result: null, error: null, mismatches: null, diff: null, logs: [] },
        },
      ],
    });
  });

  it('that takes too long is stopped, and says that not every event was called', async () => {
    const { call, progress } = await scene({
      check: async ({ row, stopped }) => {
        row(answer('pay'));
        await stopped;
        row({ event: 'stopped', pending: [] });
        return 1;
      },
    });
    const { ok, value } = await call('check', { seconds: 1 });
    expect({ ok, value }).toMatchObject({
      ok: false,
      value: { ok: false, note: expect.stringMatching(/time is over/), answers: [pay] },
    });
    expect(progress).toEqual(['1 answer pay dev']);
  });
});

describe('a push', () => {
  /** Begins, and goes on until it is stopped. */
  const endless =
    (order: string[]): Played =>
    async ({ args, row, stopped }) => {
      order.push(`begins ${args.at(-1)}`);
      row({ event: 'started' });
      await stopped;
      order.push(`ends ${args.at(-1)}`);
      return 1;
    };

  it.each([
    ['push', { names: ['second'] }],
    ['undo', { function: 'second' }],
  ])('ends before the next %s begins', async (tool, given) => {
    const order: string[] = [];
    const undo: Played = () => {
      order.push('begins second');
      return 0;
    };
    const { call } = await scene({ push: endless(order), undo });
    expect(await call('push', { names: ['first'] })).toMatchObject({ ok: true, value: { begun: true } });
    await call(tool, given);
    expect(order).toEqual(['begins first', 'ends first', 'begins second']);
  });

  it('ends with the server', async () => {
    const order: string[] = [];
    const { call, close } = await scene({ push: endless(order) });
    await call('push', { names: ['first'] });
    await close();
    expect(order).toEqual(['begins first', 'ends first']);
  });

  it('that had nothing to do has begun, too', async () => {
    const { call } = await scene({ push: () => 0 });
    expect((await call('push')).value).toEqual({ begun: true, next: 'wait_until_live' });
  });

  it('is waited for once: after its end nothing is under way', async () => {
    const { call, progress } = await scene({
      async push({ row }) {
        row({ event: 'started' });
        while (progress.length < 2) {
          await turn();
          row({ event: 'pushed', function: 'pay', envs: ['dev', 'test'], requestMs: 5 });
        }
        return 0;
      },
      status({ row }) {
        row(liveRow);
        return 0;
      },
    });
    await call('push');
    const { ok, value } = await call('wait_until_live', { envs: ['dev'] });
    expect({ ok, value }).toMatchObject({
      ok: true,
      value: { live: true, note: 'nothing more is under way' },
    });
    expect(progress.slice(0, 2)).toEqual(['1 pushed pay dev test', '2 pushed pay dev test']);
    expect((await call('wait_until_live', { envs: ['dev'] })).value).toMatchObject({
      live: true,
      note: expect.stringContaining('no tcb-watch runs here'),
    });
  });

  it('that is over while something still moves is waited for once more', async () => {
    const states = [
      { state: 'queued' },
      { state: 'sending' },
      { state: 'deploying' },
      { state: 'held', hold: 'settling' },
      { state: 'held', hold: 'building' },
    ];
    for (const moving of states) {
      const seen = [moving, { state: 'live' }];
      const { call } = await scene({
        push: saying(0, { event: 'started' }),
        status({ row }) {
          row({ ...liveRow, ...(seen.shift() ?? moving) });
          return 0;
        },
      });
      await call('push');
      const { value } = await call('wait_until_live', { envs: ['dev'] });
      expect(value).toMatchObject({ live: true, note: expect.stringContaining('no tcb-watch runs here') });
      expect(seen).toEqual([]);
    }
  });

  it('that takes too long goes on, and can be waited for again', async () => {
    const order: string[] = [];
    const { call } = await scene({
      push: endless(order),
      status({ row }) {
        row(liveRow);
        row({ ...liveRow, env: 'test', state: 'sending' });
        return 1;
      },
    });
    await call('push', { names: ['first'] });
    for (let turn = 0; turn < 2; turn += 1)
      expect(await call('wait_until_live', { envs: ['dev'], seconds: 1 })).toMatchObject({
        ok: false,
        value: { live: false, note: 'the time is over; more may become live' },
      });
    expect(order).toEqual(['begins first']);
  });
});

describe('a tcb-watch that runs', () => {
  const facts = { pid: 4711, version: '0.0.0', endpoint: 'x', config: null };
  /** One that says this to a question, and then hangs up. */
  async function listening(folder: string, ...answers: readonly object[]) {
    const place = join(folder, '.tcb-watch');
    await mkdir(place);
    const socket = socketPathFor(place);
    const asked: unknown[] = [];
    const outcome = await listenAt(socket, (conversation) => {
      conversation.send({ v: 1, say: 'hello', daemon: facts });
      conversation.onLine((line) => {
        asked.push(JSON.parse(line));
        for (const one of answers) conversation.send({ v: 1, ...one });
        conversation.end();
      });
    });
    if (!outcome.ok) throw new Error(outcome.code);
    onTestFinished(() => outcome.listening.close());
    const holder = { v: 1, role: 'watch', socket, ...facts };
    await writeFile(join(place, 'daemon.lock'), JSON.stringify(holder));
    return asked;
  }
  const status: Played = saying(0, liveRow);
  const only = { names: ['pay'], envs: ['dev'] };

  it('is asked to look, and for nothing else; its lines are the progress', async () => {
    const { call, progress, folder } = await scene({ status });
    const text = '{"event":"live","function":"pay","env":"dev"}\nno line\n';
    const asked = await listening(folder, { say: 'text', text }, { say: 'ended', code: 1 });
    expect((await call('wait_until_live', only)).value).toMatchObject({ note: 'nothing more is under way' });
    const off = { color: false, ascii: false, timestamps: false, verbose: false, problems: false };
    expect(asked).toEqual([
      {
        ...{ v: 1, ask: 'push', selection: { envIds: ['dev'], only: [], names: ['pay'] } },
        ...{ force: false, yes: false, retry: false, check: false },
        looks: { json: true, language: 'en', ...off },
      },
    ]);
    expect(progress).toEqual(['1 live pay dev']);
  });

  it('and ends meanwhile is said to have ended', async () => {
    const { call, folder } = await scene({ status });
    await listening(folder);
    expect((await call('wait_until_live', only)).value).toMatchObject({
      note: expect.stringContaining('ended meanwhile'),
    });
  });

  it.each<readonly [object, string]>([
    [{ say: 'unmatched', unmatched: [] }, 'no such function or environment'],
    [{ say: 'narrower', missing: [] }, 'started for fewer'],
  ])('and says no (%j): %s', async (answer, text) => {
    const { call, folder } = await scene({ status });
    await listening(folder, answer);
    const { ok, text: said } = await call('wait_until_live', only);
    expect([ok, said]).toEqual([false, expect.stringContaining(text)]);
  });
});

it('progress is said to who asked for it alone', async () => {
  const { call, progress } = await scene({
    check({ row }) {
      row({ event: 'answer', function: 'pay', env: 'dev', eventName: 'one', file: 'f', line: 1 });
      row({ event: 'stopped', pending: [] });
      return 0;
    },
  });
  expect((await call('check', {}, false)).ok).toBe(true);
  expect((await call('check')).ok).toBe(true);
  expect(progress).toEqual(['1 answer pay dev', '2 stopped']);
});

describe('undo', () => {
  const status: Played = saying(0, liveRow);
  it.each([
    [0, true, 'done'],
    [1, false, 'not done everywhere'],
    [2, false, 'not done everywhere'],
  ])('that ends with %i is done: %s', async (code, done, note) => {
    const { call } = await scene({
      undo({ err }) {
        err(' note \n');
        return code;
      },
      status,
    });
    const { ok, value } = await call('undo', { function: 'pay', envs: ['dev'] });
    const targets = [{ ...liveRow, untrusted: { detail: null } }];
    expect({ ok, value }).toEqual({
      ok: done,
      value: { done, note, targets, untrusted: { messages: 'note' } },
    });
    // It is over, and nothing is left to wait for.
    expect((await call('wait_until_live', { envs: ['dev'] })).value).toMatchObject({
      note: expect.stringContaining('no tcb-watch runs here'),
    });
  });

  it('that takes too long goes on, and can be waited for', async () => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { call } = await scene({
      async undo() {
        await ended;
        return 0;
      },
      status,
    });
    expect(await call('undo', { function: 'pay', envs: ['dev'], seconds: 1 })).toMatchObject({
      ok: false,
      value: { done: false, note: 'not over yet: call wait_until_live' },
    });
    end();
    expect((await call('wait_until_live', { envs: ['dev'] })).value).toMatchObject({
      note: 'nothing more is under way',
    });
  });
});
