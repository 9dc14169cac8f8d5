/** `tcb-watch emulator` as a program: every fault, from `--faults` and while it runs, and what the client makes of it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type FaultRule, parseFaults } from '../../src/emulator/index.js';
import { inside } from '../support/inside.js';
import {
  entry,
  makeProject,
  type Program,
  type Project,
  run,
  type Seen,
  temporaryFolder,
} from '../support/rig.js';

const envs = ['dev', 'test'];
const quick = { TCB_WATCH_TIME_SCALE: '0.05' };
const html = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';

interface Standalone {
  readonly program: Program;
  readonly url: string;
  readonly token: string;
  control(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Readonly<Record<string, unknown>>>;
}

async function startStandalone(faults: unknown): Promise<Standalone> {
  const folder = await temporaryFolder();
  const file = join(folder, 'faults.json');
  await writeFile(file, JSON.stringify(faults));
  const named = envs.flatMap((env) => ['--env-id', env]);
  const args = ['emulator', '--json', '--deploy', '20', '--faults', file, ...named];
  const program = run(args, { cwd: folder });
  const listening = await program.waitFor((seen) => seen.event === 'listening');
  const url = String(listening['url']);
  const token = String(listening['token']);
  return {
    program,
    url,
    token,
    async control(method, path, body) {
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${url}/__emulator/${path}?access_token=${token}`, { method, ...init });
      const answer: unknown = await response.json();
      expect([response.status, answer]).toMatchObject([200, {}]);
      return Object.fromEntries(Object.entries(typeof answer === 'object' && answer !== null ? answer : {}));
    },
  };
}

async function projectFor({ url, token }: Standalone, names: readonly string[]): Promise<Project> {
  const project = await makeProject(Object.fromEntries(names.map((name) => [name, entry('1')])), {
    ...{ envs, endpoint: url, token: { file: 'token' }, debounceMs: 50 },
    ...{ requestsPerSecond: 100, requestTimeoutSeconds: 1 },
  });
  await writeFile(join(project.folder, 'token'), token);
  return project;
}

type Fits = (seen: Seen, name: string) => boolean;

const isAbout = (seen: Seen, name: string): boolean => seen['function'] === name;
const failed =
  (fields: Readonly<Record<string, unknown>>, said: RegExp = /./): Fits =>
  (seen, name) =>
    seen.event === 'push-failed' &&
    isAbout(seen, name) &&
    said.test(String(seen['message'])) &&
    seen['hint'] !== '' &&
    Object.entries(fields).every(([key, value]) => JSON.stringify(seen[key]) === JSON.stringify(value));

interface Row {
  readonly rule: FaultRule;
  /** The client's message about it. */
  readonly fits: Fits;
  /** The step that lets it continue; absent: it needs none. */
  readonly mend?: 'release' | 'edit' | 'token' | 'push';
  /** It concerns everything, and not a function alone. */
  readonly global?: true;
}

const onTest = { env: 'test' } as const;

/** Faults that no upload alone can show; test/emulator/faults has a test for each. */
const shownElsewhere = [
  ...['slowRequest', 'cutRequest', 'failuresIn', 'extraFailure', 'isolated'],
  ...['state', 'listLagMs', 'listWithout', 'totalCountBy', 'oldCode'],
];

/** One for each action of docs/emulator.md, and for each way to choose what it hits. */
const rows: Readonly<Record<string, Row>> = {
  errcode: {
    rule: { errcode: -1, errmsg: 'system busy' },
    fits: failed({ class: 'transient', errcode: -1 }, /^system busy$/),
  },
  unknown: { rule: { errcode: 77_777, errmsg: 'odd' }, fits: failed({ class: 'unknown', errcode: 77_777 }) },
  status: {
    rule: { status: 502, body: html, headers: { 'retry-after': '1' } },
    fits: (seen, name) =>
      failed({ class: 'transient', errcode: null }, /^HTTP 502: 502 Bad Gateway nginx$/)(seen, name) &&
      Number(seen['retryInMs']) > 900,
  },
  reset: { rule: { reset: true }, fits: failed({ class: 'transient', errcode: null }) },
  hang: { rule: { hang: true }, fits: failed({ class: 'transient' }, /no answer within/) },
  delay: {
    rule: { delayMs: 150 },
    // Where waits are short, a request of several environments is overtaken meanwhile.
    fits: (seen, name) =>
      failed({ class: 'transient' }, /^no answer within/)(seen, name) ||
      (seen.event === 'pushed' && isAbout(seen, name) && Number(seen['requestMs']) >= 145),
  },
  hold: {
    rule: { hold: true },
    fits: (seen, name) => seen.event === 'pushing' && isAbout(seen, name),
    mend: 'release',
  },
  'lost-answer': { rule: { lostAnswer: true }, fits: failed({ class: 'transient', errcode: null }) },
  'half-answer': { rule: { halfAnswer: true }, fits: failed({ class: 'transient', errcode: null }) },
  'slow-answer': {
    rule: { slowAnswer: 200 },
    fits: (seen, name) => seen.event === 'pushed' && isAbout(seen, name),
  },
  gzip: { rule: { gzip: true }, fits: (seen, name) => seen.event === 'pushed' && isAbout(seen, name) },
  'one-env': {
    rule: { envError: 'InternalError', ...onTest },
    fits: failed({ class: 'transient', envs: ['test'], errcode: null }, /^InternalError$/),
  },
  'busy-ms': {
    rule: { busyMs: 400, ...onTest },
    fits: failed({ class: 'busy', envs: ['test'] }, /当前函数处于/),
  },
  'busy-seconds': {
    rule: { busySeconds: 1, ...onTest },
    fits: failed({ class: 'busy', envs: ['test'] }, /当前函数处于/),
  },
  deploy: {
    rule: { deployMs: 700 },
    fits: (seen, name) => seen.event === 'live' && isAbout(seen, name) && seen['verified'] === true,
  },
  'update-failed': {
    rule: { updateFailed: 'npm install failed', ...onTest },
    fits: failed(
      { class: 'function', envs: ['test'], retryInMs: null },
      /(Update|Create)Failed.*npm install failed/,
    ),
    mend: 'edit',
  },
  'rate-limit': {
    rule: { rateLimit: 0 },
    fits: failed({ class: 'transient', errcode: 45_011 }),
    global: true,
  },
  'token-expiry': {
    rule: { expireToken: true },
    fits: (seen, name) => seen.event === 'held' && isAbout(seen, name) && seen['reason'] === 'token',
    mend: 'token',
    global: true,
  },
  'token-replaced': {
    rule: { replaceToken: 0 },
    fits: (seen, name) => seen.event === 'held' && isAbout(seen, name) && seen['reason'] === 'token',
    mend: 'token',
    global: true,
  },
  'daily-quota': {
    rule: { dailyQuota: 0 },
    fits: (seen, name) =>
      failed({ class: 'quota', errcode: 45_009 })(seen, name) && Number(seen['retryInMs']) > 60_000,
    mend: 'push',
    global: true,
  },
  'allow-list': {
    rule: { errcode: 61_004, errmsg: 'invalid ip 203.0.113.7' },
    fits: (seen, name) =>
      seen.event === 'held' && isAbout(seen, name) && /203\.0\.113\.7/.test(String(seen['hint'])),
    mend: 'push',
    global: true,
  },
};

const names = Object.keys(rows);

it('has a row for every action, and so has docs/emulator.md', async () => {
  const parsed = parseFaults({ nothing: 1 });
  const actions = parsed.ok
    ? []
    : (/exactly one of (.*)/.exec(parsed.problems[0]?.expected ?? '')?.[1]?.split(', ') ?? []);
  const shown = new Set([...shownElsewhere, ...Object.values(rows).flatMap(({ rule }) => Object.keys(rule))]);
  expect(actions.length).toBeGreaterThan(10);
  expect(actions.filter((action) => !shown.has(action))).toEqual([]);
  const page = await readFile(new URL('../../docs/emulator.md', import.meta.url), 'utf8');
  expect(actions.filter((action) => !page.includes(`\`${action}\``))).toEqual([]);
});

const live = (name: string): (readonly [string, string])[] => envs.map((env) => [name, env] as const);

it('shows the faults of --faults FILE to the functions they name, once each', {
  timeout: 180_000,
}, async () => {
  const mine = names.filter((name) => rows[name]?.global === undefined);
  const rules = mine.map((name) => ({
    ...rows[name]?.rule,
    call: 'batchuploadscf',
    function: name,
    times: 1,
  }));
  const standalone = await startStandalone(rules);
  const project = await projectFor(standalone, [...mine, 'untouched']);
  // So many failures at once are the environment's trouble, which is then probed one request at a time: shorter waits.
  const program = inside(['watch', '--json'], { cwd: project.folder, env: { TCB_WATCH_TIME_SCALE: '0.01' } });
  for (const name of mine) await program.waitFor((seen) => rows[name]?.fits(seen, name) === true);
  await standalone.control('POST', 'release');
  // A function that could not be created must be deleted by a person first.
  const passing = [...mine, 'untouched'].filter((name) => name !== 'update-failed');
  await program.waitForLive(passing.flatMap(live));
  const others = program.events.filter(
    (seen) => seen.event === 'push-failed' && seen['function'] === 'untouched',
  );
  expect(others).toEqual([]);
  expect(await program.stop()).toBe(0);
});

it('shows the faults posted while it runs, and the client goes on after each', {
  timeout: 120_000,
}, async () => {
  const standalone = await startStandalone([]);
  const project = await projectFor(standalone, ['pay']);
  const program = inside(['watch', '--json'], { cwd: project.folder, env: quick });
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(live('pay'));
  const save = (version: string): Promise<void> =>
    project.write('functions/pay/index.js', entry(version)['index.js'] ?? '');
  for (const [name, row] of Object.entries(rows)) {
    const from = program.events.length;
    await standalone.control('POST', 'faults', {
      ...row.rule,
      call: 'batchuploadscfcode',
      ...(row.global ? {} : { times: 1 }),
    });
    await save(name);
    await program.waitFor((seen) => row.fits(seen, 'pay'), from);
    await standalone.control('DELETE', 'faults');
    if (row.mend === 'release') await standalone.control('POST', 'release');
    if (row.mend === 'edit') await save(`${name} mended`);
    if (row.mend === 'token') {
      const { token } = await standalone.control('POST', 'token');
      await writeFile(join(project.folder, 'token'), String(token));
    }
    if (row.mend === 'push') {
      const push = inside(['push', '--json'], { cwd: project.folder, env: quick });
      expect((await push.exit).code, name).toBe(0);
    }
    await program.waitForLive(live('pay'), from);
    const { envs: functions } = await standalone.control('GET', 'state');
    expect(JSON.stringify(functions), name).not.toContain('Failed');
  }
  expect(await program.stop()).toBe(0);
});

it('refuses a file of faults that it cannot read, with every place', async () => {
  const folder = await temporaryFolder();
  await writeFile(
    join(folder, 'faults.json'),
    '[{"reset":true},{"errcode":"x"},{"call":"getscflists","hang":true}]',
  );
  const program = run(['emulator', '--env-id', 'dev', '--faults', 'faults.json'], {
    cwd: folder,
    plain: true,
  });
  expect((await program.exit).code).toBe(3);
  expect(program.stderr()).toMatch(/\$\[1\]\.errcode/);
  expect(program.stderr()).toMatch(/\$\[2\]\.call/);
});
