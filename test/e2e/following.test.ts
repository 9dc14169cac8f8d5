/** The consequences of events: hooks, timers, and annotations for build servers. */
import { readFile, rm, symlink } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { insideWith } from '../support/inside.js';
import {
  configFor,
  entry,
  makeProject,
  type Project,
  run,
  runEmulator,
  runWith,
  uploads,
} from '../support/rig.js';

const node = JSON.stringify(process.execPath);
/** Appends what it is given to a file: stdin, and the variables. */
const keep = `${node} keep.cjs`;
const keeper = `
const fs = require('node:fs');
const { TCB_WATCH_EVENT, TCB_WATCH_FUNCTION, TCB_WATCH_ENV } = process.env;
const line = { stdin: JSON.parse(fs.readFileSync(0, 'utf8')), TCB_WATCH_EVENT, TCB_WATCH_FUNCTION, TCB_WATCH_ENV };
fs.appendFileSync('kept.jsonl', JSON.stringify(line) + '\\n');
console.log('kept ' + TCB_WATCH_ENV);
`;

async function hooked(hooks: Readonly<Record<string, string>>) {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  const project = await makeProject({ login: entry('1') }, { ...configFor(emulator), hooks });
  await project.write('keep.cjs', keeper);
  return { emulator, project };
}

async function kept(project: Project): Promise<unknown[]> {
  const text = await readFile(join(project.folder, 'kept.jsonl'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line): unknown => JSON.parse(line));
}

it('runs afterLive for each target with the event on stdin and in variables, and tells its output', async () => {
  const { emulator, project } = await hooked({ afterLive: keep });
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(0);
  const lines = await kept(project);
  expect(lines).toHaveLength(2);
  expect(lines).toContainEqual({
    stdin: program.events.find((seen) => seen.event === 'live' && seen['env'] === 'test'),
    TCB_WATCH_EVENT: 'live',
    TCB_WATCH_FUNCTION: 'login',
    TCB_WATCH_ENV: 'test',
  });
  const notices = program.events.filter((seen) => seen.event === 'notice');
  expect(notices.map((seen) => seen['detail']).sort()).toEqual([
    'afterLive: kept dev',
    'afterLive: kept test',
  ]);
  expect(program.events.at(-1)).toMatchObject({ event: 'stopped' });
});

it('runs onFailure for an upload that failed', async () => {
  const { emulator, project } = await hooked({ onFailure: keep });
  emulator.faults.add({ call: 'batchuploadscf', env: 'dev', times: 1, envError: 'InternalError' });
  expect((await insideWith(emulator, project, ['push']).exit).code).toBe(0);
  expect(await kept(project)).toMatchObject([
    { stdin: { v: 1, event: 'push-failed', envs: ['dev'] }, TCB_WATCH_ENV: 'dev' },
  ]);
});

it('says when a hook fails; uploads go on', async () => {
  const { emulator, project } = await hooked({ afterLive: 'echo no luck && exit 3' });
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(0);
  expect(program.events.find((seen) => seen.event === 'notice')).toMatchObject({
    kind: 'hook-failed',
    detail: expect.stringMatching(/afterLive \(3\) no luck/),
  });
});

it('does not wait with uploads for a hook that hangs', async () => {
  // It lives for as long as its connection.
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const begun = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const { emulator, project } = await hooked({
    afterLive: `${node} -e "net.connect(${port},'127.0.0.1').on('error',()=>{})"`,
  });
  const program = runWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive([
    ['login', 'dev'],
    ['login', 'test'],
  ]);
  const from = program.events.length;
  await project.write('functions/login/index.js', 'exports.main = 2;\n');
  await program.waitForLive([['login', 'dev']], from);
  expect(uploads(emulator)).toBe(2);
  program.signal('SIGKILL');
  (await begun).destroy();
  server.close();
});

it('runs no hook in a dry run', async () => {
  const { emulator, project } = await hooked({ afterLive: keep, onFailure: keep });
  expect((await insideWith(emulator, project, ['push', '--dry-run']).exit).code).toBe(0);
  expect(await kept(project)).toEqual([]);
});

const settings = (...triggers: readonly object[]): string =>
  JSON.stringify({ permissions: { openapi: ['subscribeMessage.send'] }, triggers });
const daily = { name: 'daily', type: 'timer', config: '0 0 9 * * * *' };

async function timed(config: Readonly<Record<string, unknown>>, text = settings(daily)) {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  const functions = { report: { ...entry('1'), 'config.json': text } };
  const project = await makeProject(functions, { ...configFor(emulator), ...config });
  return { emulator, project };
}

/** As the cloud says it has them. */
async function timersOf({ url, token }: Emulator, env: string): Promise<unknown> {
  const query = new URLSearchParams({ access_token: token });
  const asked = { method: 'POST', body: JSON.stringify({ env, funcname: 'report' }) };
  const answer = await fetch(`${url}/componenttcb/gettriggers?${query}`, asked);
  const text = await answer.text();
  return JSON.parse(text).triggers;
}

it('brings the timers of config.json to each environment, and warns of permissions', async () => {
  const { emulator, project } = await timed({ triggers: true });
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(0);
  expect([1, 2]).toContain(emulator.counts().batchupdatetriggers);
  const brought = { trigger_name: 'daily', type: 'Timer', config: '0 0 9 * * * *' };
  for (const env of ['dev', 'test']) expect(await timersOf(emulator, env)).toEqual([brought]);
  const notices = program.events.filter((seen) => seen.event === 'notice');
  expect(notices.map((seen) => seen['kind'])).toEqual(['permissions']);
});

it('brings the timers to a second cloud in the same run', async () => {
  const { emulator, project } = await timed({ triggers: true });
  const other = await runEmulator({ envs: ['dev', 'test'], token: emulator.token });
  const program = insideWith(emulator, project, ['watch']);
  const targets = [
    ['report', 'dev'],
    ['report', 'test'],
  ] as const;
  await program.waitForLive(targets);
  const from = program.events.length;
  await project.configure({ ...configFor(other), triggers: true });
  await program.waitForLive(targets, from);
  for (const env of ['dev', 'test'])
    await expect.poll(() => timersOf(other, env), { timeout: 20_000 }).toHaveLength(1);
  expect(await program.stop()).toBe(0);
});

it('leaves timers alone unless it is asked to bring them', async () => {
  const { emulator, project } = await timed({});
  expect((await insideWith(emulator, project, ['push']).exit).code).toBe(0);
  expect(emulator.counts().batchupdatetriggers).toBe(0);
});

it('says what is wrong with timers, and why the cloud did not take them', async () => {
  const wrong = await timed(
    { triggers: true },
    JSON.stringify({ triggers: [{ ...daily, config: '* * *' }] }),
  );
  const first = insideWith(wrong.emulator, wrong.project, ['push']);
  expect((await first.exit).code).toBe(0);
  expect(wrong.emulator.counts().batchupdatetriggers).toBe(0);
  expect(first.events.find((seen) => seen['kind'] === 'timers-wrong')?.['detail']).toContain('triggers[0]');
  const looped = await timed({ triggers: true });
  await looped.project.write('functions/report/.tcbignore', 'config.json\n');
  await rm(join(looped.project.root, 'report/config.json'));
  await symlink('config.json', join(looped.project.root, 'report/config.json'));
  const unread = insideWith(looped.emulator, looped.project, ['push']);
  expect((await unread.exit).code).toBe(0);
  expect(unread.events.find((seen) => seen['kind'] === 'timers-wrong')?.['detail']).toContain(
    'config.json (ELOOP)',
  );
  const refused = await timed({ triggers: true });
  refused.emulator.faults.add({ call: 'batchupdatetriggers', errcode: 40097 });
  const second = insideWith(refused.emulator, refused.project, ['push']);
  // The code is live, and the timers that were asked for are not.
  expect((await second.exit).code).toBe(5);
  expect(second.events.find((seen) => seen['kind'] === 'timers-failed')?.['detail']).toContain(
    'report → dev',
  );
  // A first list that takes long on a busy machine is reported as a hold, too.
  const held = second.events.find((seen) => seen.event === 'held' && seen['reason'] !== 'unlisted');
  expect(held).toMatchObject({ function: 'report', reason: 'refused' });
  expect(held?.['detail']).toContain('The code is live, its timers are not');
});

it('annotates failures for GitHub Actions on stderr, and leaves stdout as it is', async () => {
  const { emulator, project } = await timed({});
  await project.write('functions/broken/package.json', '{"main":"none.js"}');
  await project.configure({ ...configFor(emulator), functions: { broken: {} } });
  const program = runWith(emulator, project, ['push', '--yes'], { GITHUB_ACTIONS: 'true' });
  expect((await program.exit).code).toBe(6);
  expect(program.stderr()).toMatch(/^::error title=broken::There is no entry file/m);
  expect(program.stdout()).not.toContain('::error');
  await project.configure({ ...configFor(emulator), concurrency: 'four' });
  const wrong = run(['push', '--json'], { cwd: project.folder, env: { GITHUB_ACTIONS: 'true' } });
  expect((await wrong.exit).code).toBe(3);
  expect(wrong.stderr()).toMatch(/^::error file=watch\.config\.json,line=\d+,col=\d+,title=concurrency::/m);
  const quiet = runWith(emulator, project, ['push', '--yes'], { GITHUB_ACTIONS: 'false' });
  await quiet.exit;
  expect(quiet.stderr()).not.toContain('::error');
});
