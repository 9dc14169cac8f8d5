import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inside, insideWith } from '../support/inside.js';
import {
  configFor,
  entry,
  makeProject,
  run,
  runEmulator,
  runWith,
  temporaryFolder,
  uploads,
} from '../support/rig.js';

const envs = ['dev', 'test'];

async function smallProject(config: Record<string, unknown> = {}): Promise<{
  emulator: Awaited<ReturnType<typeof runEmulator>>;
  project: Awaited<ReturnType<typeof makeProject>>;
}> {
  const emulator = await runEmulator({ envs });
  const project = await makeProject(
    { login: entry('1'), pay: entry('1') },
    { ...configFor(emulator), ...config },
  );
  return { emulator, project };
}

describe('bad input', () => {
  it('tells all mistakes of a configuration with their paths, exits 3, and sends nothing', async () => {
    const { emulator, project } = await smallProject({ concurrency: 'four', envz: [], debounceMs: -1 });
    const program = run(['push', '--json'], { cwd: project.folder, env: { TEST_TOKEN: emulator.token } });
    expect((await program.exit).code).toBe(3);
    for (const path of ['concurrency', 'envz', 'debounceMs']) expect(program.stderr()).toContain(path);
    expect(program.stdout()).toBe('');
    expect(Object.values(emulator.counts()).every((count) => count === 0)).toBe(true);
  });

  it.each([
    ['no configuration', [], 'tcb-watch: There is no watch.config.json in '],
    ['a command that is not there', ['pusch'], 'no command "pusch"'],
    ['an option that is not there', ['--watch'], 'no option --watch'],
    ['a time that is no number', ['push', '--timeout', 'soon'], 'whole number'],
    ['a port that is none', ['emulator', '-e', 'dev', '--port', '99999'], /--port .*must be 0 to 65535/],
    ['an option of others', ['status', '--dry-run'], /^.*status does not take --dry-run\.\n.*status --help/],
    ['an option of push', ['--timeout', '3'], 'watch does not take --timeout'],
    ['a command behind its options', ['--json', 'push', 'pay'], 'first: tcb-watch push --json pay\n'],
    ['names for watch', ['watch', 'pay'], '--only'],
    ['a name too many', ['status', 'pay'], 'too many arguments'],
    [
      'a configuration that is not there',
      ['-c', 'none.json'],
      /^tcb-watch: There is no file \S+none\.json\.\n/,
    ],
  ])('%s: exit 3 and what to do', async (_name, args, expected) => {
    const program = inside(args, { cwd: await temporaryFolder(), plain: true });
    expect((await program.exit).code).toBe(3);
    expect(program.stderr()).toMatch(expected);
    expect(program.stdout()).toBe('');
  });

  it('says mistakes in Chinese too', async () => {
    const program = inside(['--watch'], {
      cwd: await temporaryFolder(),
      plain: true,
      env: { TCB_WATCH_LANG: 'zh-CN' },
    });
    expect((await program.exit).code).toBe(3);
    expect(program.stderr()).toContain('选项 --watch 不存在');
  });

  it('exits 3 for a functions root that is not there', async () => {
    const { emulator, project } = await smallProject({ functionsRoot: 'nowhere' });
    const program = insideWith(emulator, project, ['push']);
    expect((await program.exit).code).toBe(3);
    expect(program.stderr()).toContain('nowhere');
  });

  it('says so when the functions root is empty', async () => {
    const { emulator, project } = await smallProject({ functionsRoot: 'empty' });
    await mkdir(join(project.folder, 'empty'));
    const program = insideWith(emulator, project, ['push']);
    expect((await program.exit).code).toBe(0);
    expect(program.events.find((seen) => seen.event === 'notice')).toMatchObject({ kind: 'no-functions' });
  });

  it('holds a functions root that is not there beside others, and sends the rest', async () => {
    const { emulator, project } = await smallProject({ functionsRoot: ['functions', 'elsewhere'] });
    await project.write('elsewhere/cart/index.js', 'exports.main = 1;\n');
    expect((await insideWith(emulator, project, ['push']).exit).code).toBe(0);
    await project.remove('elsewhere');
    const known = insideWith(emulator, project, ['push']);
    expect((await known.exit).code).toBe(6);
    const held = known.events.filter((seen) => seen.event === 'held');
    expect(held).toMatchObject([{ function: 'cart', env: null, reason: 'root-gone' }]);
    await project.configure({ ...configFor(emulator), functionsRoot: ['functions', 'nowhere'] });
    await project.remove('.tcb-watch');
    const unknown = insideWith(emulator, project, ['push']);
    expect((await unknown.exit).code).toBe(0);
    const told = unknown.events.filter((seen) => seen.event === 'held');
    expect(told).toMatchObject([{ function: null, env: null, reason: 'root-gone' }]);
    expect(String(told[0]?.['detail'])).toContain('nowhere');
  });

  it('exits 2 without a token, and says which variable it looked for', async () => {
    const { project } = await smallProject();
    const program = inside(['push', '--json'], { cwd: project.folder });
    expect((await program.exit).code).toBe(2);
    const token = program.events.find((seen) => seen.event === 'token');
    expect(token).toMatchObject({ state: 'unavailable' });
    expect(JSON.stringify(token)).toContain('TEST_TOKEN');
    expect(program.events.some((seen) => seen.event === 'held' && seen['reason'] === 'token')).toBe(true);
  });

  it('exits 2 for a token that the cloud refuses, after one request at most', async () => {
    const { emulator, project } = await smallProject();
    const program = inside(['push', '--json'], {
      cwd: project.folder,
      env: { TEST_TOKEN: 'not-the-right-token' },
    });
    expect((await program.exit).code).toBe(2);
    expect(uploads(emulator)).toBeLessThanOrEqual(1);
    expect(program.events.some((seen) => seen.event === 'token' && seen['state'] === 'rejected')).toBe(true);
  });

  it.each([
    ['a name', ['push', 'nothing']],
    ['a glob', ['push', '--only', 'z*']],
    ['an environment', ['push', '--env-id', 'other']],
  ])('%s that matches nothing: exit 4 before anything is sent', async (_name, args) => {
    const { emulator, project } = await smallProject();
    const program = insideWith(emulator, project, args);
    expect((await program.exit).code).toBe(4);
    expect(program.stderr()).not.toBe('');
    expect(Object.values(emulator.counts()).every((count) => count === 0)).toBe(true);
  });

  it.each([
    ['a name and a glob', ['push', 'login', '--only', 'pay']],
    ['a name and an environment', ['push', 'pay', '-e', 'test']],
  ])('exits 4 where nothing answers to %s together', async (_name, args) => {
    const { emulator, project } = await smallProject({ functions: { pay: { envs: ['dev'] } } });
    const program = insideWith(emulator, project, args);
    expect((await program.exit).code).toBe(4);
    expect(program.stderr()).toContain(args.includes('login') ? 'login --only pay' : 'pay --env-id test');
    expect(uploads(emulator)).toBe(0);
  });

  it('exits 4 for a disabled function by name', async () => {
    const { emulator, project } = await smallProject({ functions: { pay: { enabled: false } } });
    const program = insideWith(emulator, project, ['push', 'pay']);
    expect((await program.exit).code).toBe(4);
    expect(program.stderr()).toContain('disabled');
  });
});

describe('narrowing', () => {
  it('--env-id and --only send just that', async () => {
    const { emulator, project } = await smallProject();
    const program = insideWith(emulator, project, ['push', '--env-id', 'test', '--only', 'p*']);
    expect((await program.exit).code).toBe(0);
    expect(emulator.functions('dev')).toEqual([]);
    expect(emulator.functions('test').map((row) => row.name)).toEqual(['pay']);
    expect(program.events[0]).toMatchObject({ envs: ['test'], functions: ['pay'] });
  });

  it('push NAME sends just that function', async () => {
    const { emulator, project } = await smallProject();
    expect((await insideWith(emulator, project, ['push', 'login']).exit).code).toBe(0);
    expect(emulator.functions('dev').map((row) => row.name)).toEqual(['login']);
  });
});

describe('--dry-run', () => {
  it('says what would be sent and why, sends nothing, writes nothing', async () => {
    const { emulator, project } = await smallProject();
    const program = insideWith(emulator, project, ['push', '--dry-run']);
    expect((await program.exit).code).toBe(0);
    const planned = program.events.filter((seen) => seen.event === 'planned');
    expect(planned.map((seen) => [seen['function'], seen['envs'], seen['cause']])).toEqual(
      expect.arrayContaining([
        ['login', envs, 'startup'],
        ['pay', envs, 'startup'],
      ]),
    );
    expect(planned).toHaveLength(2);
    expect(program.events.at(-1)).toMatchObject({ event: 'stopped', code: 0 });
    expect(uploads(emulator)).toBe(0);
    const real = insideWith(emulator, project, ['push']);
    expect((await real.exit).code).toBe(0);
    expect(uploads(emulator)).toBe(2);
    const after = insideWith(emulator, project, ['--dry-run']);
    expect((await after.exit).code).toBe(0);
    expect(after.events.filter((seen) => seen.event === 'planned')).toEqual([]);
  });
});

describe('--force', () => {
  it('sends what is live already, once', async () => {
    const { emulator, project } = await smallProject();
    await insideWith(emulator, project, ['push']).exit;
    const before = uploads(emulator);
    const program = insideWith(emulator, project, ['push', '--force', 'pay']);
    expect((await program.exit).code).toBe(0);
    expect(uploads(emulator)).toBe(before + 1);
    expect(program.events.find((seen) => seen.event === 'pushing')).toMatchObject({ cause: 'forced' });
  });
});

describe('protected environments', () => {
  it('are held without --yes, and the others go on', async () => {
    const emulator = await runEmulator({ envs: ['dev', 'my-prod-1'] });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    const program = insideWith(emulator, project, ['push']);
    expect((await program.exit).code).toBe(1);
    expect(emulator.functions('my-prod-1')).toEqual([]);
    expect(program.events.find((seen) => seen.event === 'held')).toMatchObject({
      function: 'pay',
      env: 'my-prod-1',
      reason: 'protected',
    });
    const status = inside(['status', '--json'], { cwd: project.folder });
    expect((await status.exit).code).toBe(1);
    const rows = status.events.map((row) => [row['env'], row['state'], row['hold']]);
    expect(rows).toEqual([
      ['dev', 'live', null],
      ['my-prod-1', 'held', 'protected'],
    ]);
    const sure = insideWith(emulator, project, ['push', '--yes']);
    expect((await sure.exit).code).toBe(0);
    expect(emulator.functions('my-prod-1')).toHaveLength(1);
  });
});

it('--verbose tells each request on stderr, without its query', async () => {
  const { emulator, project } = await smallProject();
  const told = runWith(emulator, project, ['push', '--verbose']);
  expect((await told.exit).code).toBe(0);
  const answered = `POST ${emulator.url}/componenttcb/batchuploadscf → 200, `;
  expect(told.stderr().split('\n')).toContainEqual(expect.stringMatching(`^${answered}\\d+ ms$`));
  expect(told.stderr()).not.toContain('access_token');
  await emulator.close();
  await project.write('functions/pay/index.js', entry('2')['index.js'] ?? '');
  const broken = runWith(emulator, project, ['push', '--verbose', '--timeout', '1']);
  await broken.exit;
  expect(broken.stderr()).toMatch(
    /^POST http\S+\/componenttcb\/\w+ → connect ECONNREFUSED [\d.:]+, \d+ ms$/m,
  );
});

describe('interrupts', () => {
  it('finishes the upload in flight, writes the ledger, says what waits, and exits 0', async () => {
    const { emulator, project } = await smallProject({ concurrency: 1 });
    emulator.faults.add({ call: 'batchuploadscf', times: 1, hold: true });
    const program = runWith(emulator, project, ['watch']);
    await emulator.waitFor(() => (emulator.held().length > 0 ? true : undefined));
    program.signal('SIGTERM');
    await program.waitForText('Stopping');
    emulator.release();
    expect((await program.exit).code).toBe(0);
    expect(program.events.filter((seen) => seen.event === 'pushed')).toHaveLength(1);
    const stopped = program.events.at(-1);
    expect(stopped).toMatchObject({ event: 'stopped', code: 0, pushed: 2 });
    expect(uploads(emulator)).toBe(1);
    const again = insideWith(emulator, project, ['push']);
    expect((await again.exit).code).toBe(0);
    expect(uploads(emulator)).toBe(2);
  });

  it('ends at once with 130 when interrupted a second time', async () => {
    const { emulator, project } = await smallProject();
    emulator.faults.add({ call: 'batchuploadscf', hold: true });
    const program = run(['watch'], { cwd: project.folder, plain: true, env: { TEST_TOKEN: emulator.token } });
    await emulator.waitFor(() => (emulator.held().length > 0 ? true : undefined));
    program.signal('SIGINT');
    await program.waitForText('Stopping');
    program.signal('SIGINT');
    expect((await program.exit).code).toBe(130);
  });
});

describe('tcb-watch emulator', () => {
  it('tells its address, token and environments first, and accepts uploads', async () => {
    const folder = await temporaryFolder();
    const emulator = run(['emulator', '--json', '--env-id', 'dev'], { cwd: folder });
    const listening = await emulator.waitFor((seen) => seen.event === 'listening');
    expect(emulator.events[0]).toBe(listening);
    expect(listening).toMatchObject({ v: 1, envs: ['dev'] });
    const url = String(listening['url']);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const project = await makeProject(
      { pay: entry('1') },
      { envs: ['dev'], endpoint: url, token: { env: 'TEST_TOKEN' } },
    );
    const push = inside(['push', '--json'], {
      cwd: project.folder,
      env: { TEST_TOKEN: String(listening['token']) },
    });
    expect((await push.exit).code).toBe(0);
    expect(await emulator.stop()).toBe(0);
  });

  it.each([
    ['an environment id', ['-e', 'not one!'], 3, 'not one! is not an environment id'],
    ['a store', ['-e', 'dev', '--store', 'watch.config.json'], 6, 'watch.config.json cannot be used'],
  ])('names %s that it cannot use', async (_name, args, code, text) => {
    const { project } = await smallProject();
    const program = inside(['emulator', ...args], { cwd: project.folder, plain: true });
    expect((await program.exit).code).toBe(code);
    expect(program.stderr()).toContain(text);
  });

  it('needs an environment', async () => {
    const program = inside(['emulator'], { cwd: await temporaryFolder(), plain: true });
    expect((await program.exit).code).toBe(3);
    expect(program.stderr()).toContain('--env-id');
  });
});
