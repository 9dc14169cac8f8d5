/** The real program against a cloud that fails in each way that the emulator can show. */
import { expect, it } from 'vitest';
import type { Emulator, FaultRule } from '../../src/emulator/index.js';
import { insideWith } from '../support/inside.js';
import {
  configFor,
  entry,
  makeProject,
  type Played,
  type Project,
  runEmulator,
  running,
  type Seen,
  uploads,
} from '../support/rig.js';

const envs = ['dev', 'test', 'stage'];
const names = ['login', 'pay'];

interface Scene {
  readonly emulator: Emulator;
  readonly project: Project;
  readonly program: Played;
  /** Puts the cloud's clock forward: mod_time has a resolution of 1 s. */
  readonly secondsPass: (seconds: number) => void;
}

/** Everything is live; waits take a twentieth of their time. */
async function settled(config: Readonly<Record<string, unknown>> = {}): Promise<Scene> {
  let ahead = 0;
  const emulator = await runEmulator({ envs, now: () => Date.now() + ahead });
  const secondsPass = (seconds: number): void => {
    ahead += seconds * 1000;
  };
  const functions = Object.fromEntries(names.map((name) => [name, entry('1')]));
  const usual = { ...configFor(emulator), requestsPerSecond: 100 };
  const project = await makeProject(functions, { ...usual, ...config });
  const program = insideWith(emulator, project, ['watch'], { TCB_WATCH_TIME_SCALE: '0.05' });
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(names.flatMap((name) => envs.map((env) => [name, env] as const)));
  return { emulator, project, program, secondsPass };
}

const isEvent =
  (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
  (seen: Seen): boolean =>
    seen.event === event && Object.entries(fields).every(([key, value]) => seen[key] === value);

const edited = { 'index.js': 'exports.main = async () => "2";\n' };

async function edit(project: Project, name: string): Promise<void> {
  await project.write(`functions/${name}/index.js`, edited['index.js']);
}

async function expectEverywhere({ emulator }: Scene, name: string): Promise<void> {
  for (const env of envs) expect(await running(emulator, env, name)).toEqual(new Map(Object.entries(edited)));
}

const upload = 'batchuploadscfcode' as const;
const html = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';

/**
 * A fault, how many upload requests it then takes at most, and what is said of it. On a slow machine a broken request counts
 * as a slow one, after which each environment goes alone; and what was carried out all the same is busy for a moment.
 */
const passing: readonly (readonly [string, FaultRule, number, Readonly<Record<string, unknown>>])[] = [
  ['-1', { call: upload, times: 1, errcode: -1 }, 2, { class: 'transient', errcode: -1 }],
  ['45011', { call: upload, times: 1, errcode: 45_011 }, 2, { class: 'transient', errcode: 45_011 }],
  ['HTML', { call: upload, times: 1, status: 502, body: html }, 2, { class: 'transient', errcode: null }],
  ['HTML with 200', { call: upload, times: 1, status: 200, body: html }, 2, { class: 'transient' }],
  ['an empty answer', { call: upload, times: 1, status: 200, body: '' }, 2, { class: 'transient' }],
  [
    '429',
    { call: upload, times: 1, status: 429, headers: { 'retry-after': '0' } },
    2,
    { class: 'transient' },
  ],
  ['a reset', { call: upload, times: 1, reset: true }, 4, { class: 'transient', errcode: null }],
  ['a lost answer', { call: upload, times: 1, lostAnswer: true }, 7, { class: 'transient' }],
  ['half an answer', { call: upload, times: 1, halfAnswer: true }, 7, { class: 'transient' }],
  ['a time-out', { call: upload, times: 1, hang: true }, 4, { class: 'transient', errcode: null }],
  ['an unknown errcode, once', { call: upload, times: 1, errcode: 77_777 }, 4, { class: 'unknown' }],
  [
    'one environment',
    { call: upload, times: 1, env: 'test', envError: 'InternalError' },
    2,
    { class: 'transient' },
  ],
];

it('goes on after each fault that passes, and sends the content again as often as it takes', async () => {
  const scene = await settled({ requestTimeoutSeconds: 1 });
  const { emulator, project, program } = scene;
  for (const [name, rule, requests, said] of passing) {
    const before = uploads(emulator);
    const from = program.events.length;
    emulator.faults.add(rule);
    const text = `exports.main = async () => ${JSON.stringify(name)};\n`;
    await project.write('functions/pay/index.js', text);
    const failed = await program.waitFor(isEvent('push-failed', { function: 'pay' }), from);
    expect(failed, name).toMatchObject(said);
    expect(String(failed['hint']), name).not.toBe('');
    await program.waitForLive(
      envs.map((env) => ['pay', env]),
      from,
    );
    for (const env of envs) {
      expect(await running(emulator, env, 'pay'), name).toEqual(new Map([['index.js', text]]));
    }
    expect(uploads(emulator) - before, name).toBeLessThanOrEqual(requests);
  }
  expect(await program.stop()).toBe(0);
});

it('waits for a busy function and then sends the newest content only', async () => {
  const scene = await settled();
  const { emulator, project, program } = scene;
  emulator.faults.add({ call: upload, env: 'test', times: 1, busyMs: 600 });
  const from = program.events.length;
  await project.write('functions/pay/index.js', 'exports.main = 0;\n');
  const failed = await program.waitFor(isEvent('push-failed', { class: 'busy' }), from);
  expect(failed).toMatchObject({ envs: ['test'], errcode: null });
  await edit(project, 'pay');
  await program.waitForLive([['pay', 'dev']], from);
  await program.waitFor(isEvent('live', { function: 'pay', env: 'test' }), from);
  await expectEverywhere(scene, 'pay');
});

it('holds what is refused twice for an unknown reason, as it came, and sends the next change', async () => {
  const scene = await settled();
  const { emulator, project, program } = scene;
  const before = uploads(emulator);
  emulator.faults.add({ call: upload, env: 'test', times: 2, envError: 'Some new trouble rid: 5f-6a-7b' });
  const from = program.events.length;
  await project.write('functions/pay/index.js', 'exports.main = 0;\n');
  const held = await program.waitFor(isEvent('held', { function: 'pay', env: 'test' }), from);
  expect(held).toMatchObject({ reason: 'refused', detail: 'Some new trouble (rid 5f-6a-7b)' });
  expect(uploads(emulator) - before).toBe(2);
  await edit(project, 'pay');
  await program.waitFor(isEvent('live', { function: 'pay', env: 'test' }), from);
  await expectEverywhere(scene, 'pay');
});

it('says what a failed deployment says, and leaves the old code until the next change', async () => {
  const scene = await settled();
  const { emulator, project, program } = scene;
  emulator.faults.add({
    call: upload,
    env: 'test',
    times: 1,
    updateFailed: 'npm install failed rid: 5f-6a-7b',
  });
  const from = program.events.length;
  await project.write('functions/pay/index.js', 'exports.main = 0;\n');
  const failed = await program.waitFor(isEvent('push-failed', { class: 'function' }), from);
  expect(failed).toMatchObject({ envs: ['test'], errcode: null, retryInMs: null, rid: '5f-6a-7b' });
  expect(String(failed['message'])).toContain('npm install failed');
  await program.waitFor(isEvent('held', { function: 'pay', env: 'test', reason: 'refused' }), from);
  expect(await running(emulator, 'test', 'pay')).toEqual(new Map(Object.entries(entry('1'))));
  await edit(project, 'pay');
  await program.waitFor(isEvent('live', { function: 'pay', env: 'test' }), from);
  await expectEverywhere(scene, 'pay');
});

it('holds everything where the address is not allow-listed, shows it, and goes on after the configuration', async () => {
  const scene = await settled();
  const { emulator, project, program } = scene;
  emulator.faults.add({
    call: upload,
    times: 1,
    errcode: 61_004,
    errmsg: 'invalid ip 203.0.113.7, not in whitelist',
  });
  const from = program.events.length;
  await edit(project, 'pay');
  const held = await program.waitFor(isEvent('held', { reason: 'config', function: 'pay' }), from);
  expect(String(held['hint'])).toContain('203.0.113.7');
  await project.configure({ ...configFor(emulator), debounceMs: 60 });
  await program.waitForLive(
    envs.map((env) => ['pay', env]),
    from,
  );
  await expectEverywhere(scene, 'pay');
});

it('holds everything when the quota is used up, and says until when', async () => {
  const { emulator, project, program } = await settled();
  emulator.faults.add({ call: upload, errcode: 45_009 });
  const before = uploads(emulator);
  const from = program.events.length;
  await edit(project, 'pay');
  const failed = await program.waitFor(isEvent('push-failed', { class: 'quota' }), from);
  expect(Number(failed['retryInMs'])).toBeGreaterThan(60_000);
  await edit(project, 'login');
  await program.waitFor(isEvent('held', { function: 'login', reason: 'quota' }), from);
  expect(uploads(emulator) - before).toBe(1);
});

it('goes on unverified where it may not list, and says so once', async () => {
  const emulator = await runEmulator({ envs });
  for (const env of envs) await emulator.deploy(env, 'pay', entry('old'));
  emulator.faults.add({ call: 'getscflist', errcode: 48_001, errmsg: 'api unauthorized' });
  const project = await makeProject({ pay: entry('1'), login: entry('1') }, configFor(emulator));
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(0);
  expect(program.events.filter(isEvent('notice', { kind: 'listing-refused' })).length).toBe(1);
  const live = program.events.filter(isEvent('live'));
  expect(live.map((seen) => seen['verified'])).toEqual([false, false, false, false, false, false]);
  expect(emulator.counts().getscflist).toBe(3);
  // Without lists nobody can wait for a deployment: the program ends when the cloud has taken the code.
  await emulator.finishDeployments();
  for (const env of envs) {
    expect(await running(emulator, env, 'pay')).toEqual(new Map(Object.entries(entry('1'))));
  }
});

it('holds a function that an environment lacks when it may not create it, and the rest goes on', async () => {
  const emulator = await runEmulator({ envs });
  for (const env of ['dev', 'test']) await emulator.deploy(env, 'pay', entry('old'));
  const project = await makeProject({ pay: entry('1') }, { ...configFor(emulator), createMissing: false });
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(4);
  expect(program.events.find(isEvent('held'))).toMatchObject({ env: 'stage', reason: 'missing' });
  expect(String(program.events.find(isEvent('held'))?.['hint'])).toContain('createMissing');
  expect(emulator.counts()).toMatchObject({ batchuploadscfcode: 1, batchuploadscf: 0 });
});

it.each([
  ['an environment', { envError: 'UnauthorizedOperation', env: 'stage' }, 2, 1],
  ['all environments', { errcode: 48001, errmsg: 'api unauthorized' }, 2, 3],
] as const)(
  'counts what a refusal for %s kept from going live as failed',
  async (_name, fault, code, failed) => {
    const emulator = await runEmulator({ envs });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    emulator.faults.add({ call: 'batchuploadscf', ...fault });
    const program = insideWith(emulator, project, ['push']);
    expect((await program.exit).code).toBe(code);
    expect(program.events.at(-1)).toMatchObject({ event: 'stopped', code, failed, pushed: 3 - failed });
  },
);

it('never pushes because somebody else deployed, and replaces that with the next change', async () => {
  const scene = await settled();
  const { emulator, project, program } = scene;
  const from = program.events.length;
  scene.secondsPass(2);
  await emulator.deploy('dev', 'pay', entry('theirs'));
  const before = uploads(emulator);
  await edit(project, 'login');
  await program.waitFor(isEvent('held', { function: 'pay', env: 'dev', reason: 'foreign' }), from);
  await program.waitForLive(
    envs.map((env) => ['login', env]),
    from,
  );
  expect(uploads(emulator) - before).toBe(1);
  await edit(project, 'pay');
  await program.waitForLive(
    envs.map((env) => ['pay', env]),
    from,
  );
  await expectEverywhere(scene, 'pay');
});

it('waits for a person where somebody else deployed and onForeignChange is "hold"', async () => {
  const scene = await settled({ onForeignChange: 'hold' });
  const { emulator, project, program } = scene;
  const from = program.events.length;
  scene.secondsPass(2);
  await emulator.deploy('dev', 'pay', entry('theirs'));
  await edit(project, 'pay');
  const held = await program.waitFor(
    isEvent('held', { function: 'pay', env: 'dev', reason: 'foreign' }),
    from,
  );
  expect(String(held['hint'])).toContain('--force');
  await program.waitForLive(
    ['test', 'stage'].map((env) => ['pay', env]),
    from,
  );
  expect(await running(emulator, 'dev', 'pay')).toEqual(new Map(Object.entries(entry('theirs'))));
  expect(await program.stop()).toBe(0);
  const forced = insideWith(emulator, project, ['push', '--force', 'pay']);
  expect((await forced.exit).code).toBe(0);
  await expectEverywhere(scene, 'pay');
});
