/** `history` and `diff`: real files, an emulator, no process. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runDiff } from '../../src/cli/diff.js';
import { runHistory } from '../../src/cli/history.js';
import { runStatus } from '../../src/cli/status.js';
import { examineProject } from '../../src/doctor/project.js';
import type { Finding } from '../../src/model/finding.js';
import { printable } from '../../src/text/text.js';
import { deskIn } from '../support/init-rig.js';
import { configFor } from '../support/rig.js';
import { daemonFor, syncRig } from '../support/sync-rig.js';

const first = 'exports.main = () => {\n  return 1;\n};\n';
const second = first.replace('1', '2');

const options = { json: false, trust: false, envId: [], stat: false };

async function scene() {
  const clock = { ahead: 0 };
  const now = (): number => Date.now() + clock.ahead;
  const rig = await syncRig(
    {
      pay: { 'index.js': first, 'logo.png': '\u0089PNG\0' },
      login: { 'index.js': 'exports.main = 1;\n' },
    },
    {},
    { now },
  );
  const push = async (envIds: readonly string[] = []): Promise<void> => {
    const running = await rig.start({ selection: { envIds, only: [], names: [] } });
    await running.rest();
    await running.sync.stop(() => 0);
  };
  await push();
  const save = (text: string): Promise<void> => rig.project.write('functions/pay/index.js', text);
  const desk = () => deskIn(rig.project.folder);
  const told = async (
    run: (context: ReturnType<typeof deskIn>['context']) => Promise<number>,
    columns: number | null = null,
  ) => {
    const { context, out, err } = desk();
    const code = await run({ ...context, columns, environment: { TEST_TOKEN: rig.emulator.token } });
    return { code, out: out(), err: err() };
  };
  const diff = (name: string, more: Partial<Parameters<typeof runDiff>[0]> = {}) =>
    told((context) => runDiff({ ...options, ...more }, name, context));
  const diffOnTerminal = () => told((context) => runDiff(options, 'pay', context), 80);
  const history = (name?: string, more: Partial<Parameters<typeof runHistory>[0]> = {}) =>
    told((context) => runHistory({ ...options, forget: false, yes: true, ...more }, name, context));
  const status = (more: Partial<Parameters<typeof runStatus>[0]> = {}) =>
    told((context) => runStatus({ ...options, only: [], verbose: false, ...more }, context));
  const ids = async (): Promise<readonly string[]> =>
    linesOf((await history('pay', { json: true })).out).map(({ id }) => String(id));
  return { ...rig, told, push, save, diff, diffOnTerminal, history, status, ids, clock };
}

function linesOf(text: string): readonly Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Record<string, unknown> => JSON.parse(line));
}

const shape = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}/g, 'ID')
    .replace(/\d\d:\d\d:\d\d/g, 'TIME')
    .replace(/ +/g, ' ');

describe('history', () => {
  it('lists versions, newest first, with where each ran', async () => {
    const { push, save, history, emulator } = await scene();
    await save(second);
    await push(['dev']);
    const { code, out } = await history('pay');
    expect(code).toBe(0);
    expect(shape(out).split('\n')).toEqual([
      `2 versions of pay for ${emulator.url}:`,
      expect.stringMatching(/^ ID TIME 2 files \d+ B dev since TIME$/),
      // The one that became live last comes first: either may.
      expect.stringMatching(
        /^ ID TIME 2 files \d+ B (test since TIME, dev TIME to TIME|dev TIME to TIME, test since TIME)$/,
      ),
      '',
    ]);
  });

  it('adds up what a version holds, and says when it was sent first and last', async () => {
    const { push, save, history } = await scene();
    const of = async () => linesOf((await history('pay', { json: true })).out);
    const [before] = await of();
    expect(before).toMatchObject({ bytes: first.length + 6, firstSent: before?.['lastSent'] });
    await save(second);
    await push();
    await save(first);
    await push();
    const [again, between] = await of();
    expect([again?.['id'], again?.['firstSent']]).toEqual([before?.['id'], before?.['firstSent']]);
    const times = [before, between, again].map((line) => String(line?.['lastSent']));
    expect(times).toEqual([...times].sort());
  });

  it('that could not be forgotten by the running program is no success', async () => {
    const { start, history } = await scene();
    const { sync, rest } = await start();
    await rest();
    const forget = () => Promise.reject(new Error('EACCES: no'));
    await daemonFor({ ...sync, history: { ...sync.history, forget } });
    expect(await history('pay', { forget: true })).toMatchObject({
      ...{ code: 1, out: '', err: expect.stringContaining('EACCES: no') },
    });
  });

  it('that the running program was to forget as it ended is no success', async () => {
    const { start, history } = await scene();
    const { sync, rest } = await start();
    await rest();
    const forget = (): Promise<void> => {
      void daemon.close();
      return new Promise(() => undefined);
    };
    const daemon = await daemonFor({ ...sync, history: { ...sync.history, forget } });
    expect(await history('pay', { forget: true })).toMatchObject({
      ...{ code: 1, out: '', err: expect.stringContaining(`${process.pid}`) },
    });
    expect((await history('pay')).out).toContain('1 version of pay');
  });

  it('gives programs a line for each, with nothing left out', async () => {
    const { history } = await scene();
    const [line] = linesOf((await history('pay', { json: true })).out);
    expect(line).toEqual({
      ...{ v: 1, at: expect.any(String), event: 'version', function: 'pay', id: expect.any(String) },
      ...{ fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/), firstSent: expect.any(String) },
      ...{ lastSent: expect.any(String), files: 2, bytes: expect.any(Number), zipBytes: expect.any(Number) },
      ...{ commit: null, dirty: null },
      runs: ['dev', 'test'].map((env) => ({
        env,
        from: expect.any(String),
        to: null,
        ended: null,
        undo: false,
      })),
    });
  });

  it('lists what is kept of a function that is not there any more', async () => {
    const { history, project } = await scene();
    await rm(join(project.root, 'login'), { recursive: true });
    expect(await history('login')).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 version of login'),
    });
  });

  it('knows no other function, and wants one', async () => {
    const { history } = await scene();
    expect(await history('pya')).toMatchObject({
      code: 4,
      err: expect.stringContaining('Did you mean pay?'),
    });
    expect(await history()).toMatchObject({ code: 3 });
  });

  it('forgets one function, or everything', async () => {
    const { history, project } = await scene();
    expect(await history('pay', { forget: true })).toMatchObject({ code: 0 });
    expect((await history('pay')).out).toContain('No version of pay');
    expect((await history('login')).out).toContain('1 version of login');
    expect(await history(undefined, { forget: true })).toMatchObject({ code: 0 });
    expect(await readdir(join(project.folder, '.tcb-watch'))).not.toContain('history');
  });
});

it('status names the files in which what is live differs from the disk', async () => {
  const { save, status } = await scene();
  expect((await status()).out).not.toContain('index.js');
  await save(second);
  const { out } = await status();
  expect(out.match(/index\.js {2}\+1 -1/g)).toHaveLength(2);
  const lines = linesOf((await status({ json: true })).out);
  expect(lines.filter((line) => line['function'] === 'pay').map(({ differs }) => differs)).toEqual([
    [{ path: 'index.js', change: 'changed', added: 1, removed: 1 }],
    [{ path: 'index.js', change: 'changed', added: 1, removed: 1 }],
  ]);
});

it('status names eight files at most, and counts the others', async () => {
  const { project, push, status } = await scene();
  const write = async (count: number, text: string): Promise<void> => {
    for (let at = 0; at < count; at += 1) await project.write(`functions/pay/f${at}.txt`, text);
  };
  await write(12, 'one\n');
  await push();
  await write(9, 'other\n');
  expect((await status()).out.match(/f\d+\.txt/g)).toHaveLength(18);
  await write(12, 'other\n');
  const { out } = await status();
  expect(out.match(/f\d+\.txt/g)).toHaveLength(16);
  expect(out.match(/and 4 more files/g)).toHaveLength(2);
});

it('status compares twenty functions at most: nobody waits long for it', async () => {
  const { project, push, status } = await scene();
  const all = Array.from({ length: 21 }, (_, at) => `functions/f${at}/index.js`);
  for (const file of all) await project.write(file, first);
  await push(['dev']);
  for (const file of all) await project.write(file, second);
  const rows = linesOf((await status({ json: true, envId: ['dev'] })).out);
  expect(rows.filter(({ differs }) => differs !== null)).toHaveLength(20);
  expect(rows.filter(({ state }) => state === 'queued')).toHaveLength(21);
});

it('doctor says how much is kept, and of how much', async () => {
  const { load, history } = await scene();
  const found: Finding[] = [];
  await examineProject(await load(), (finding) => found.push(finding));
  const kept = { kind: 'history-kept', function: null, env: null, versions: 2, bound: 268_435_456 };
  expect(found).toContainEqual({ ...kept, bytes: expect.any(Number) });
  await history(undefined, { forget: true });
  await examineProject(await load(), (finding) => found.push(finding));
  expect(found.filter(({ kind }) => kind === 'history-kept')).toHaveLength(1);
});

describe('diff', () => {
  it('is 0 where nothing is different', async () => {
    const { diff } = await scene();
    const { code, out } = await diff('pay');
    expect({ code, out: shape(out) }).toEqual({
      code: 0,
      out: 'pay → dev, test: no difference between ID (live) and the disk\n',
    });
  });

  it('is 1 and a patch where something is', async () => {
    const { diff, save, project } = await scene();
    await save(second);
    await project.write('functions/pay/logo.png', '\u0089PNG\0\0');
    const { code, out } = await diff('pay');
    expect({ code, out: shape(out) }).toEqual({
      code: 1,
      out: [
        'pay → dev, test: 2 files changed from ID (live) to the disk, +1 -1',
        '--- a/index.js',
        '+++ b/index.js',
        '@@ -1,3 +1,3 @@',
        ' exports.main = () => {',
        '- return 1;',
        '+ return 2;',
        ' };',
        'logo.png: binary, 6 B (ID) to 7 B (ID)',
        '',
      ].join('\n'),
    });
  });

  it('is painted on a terminal with colours, as git does', async () => {
    const { told, save } = await scene();
    await save(second);
    const { out } = await told((context) => runDiff(options, 'pay', { ...context, color: true }), 80);
    expect(out).toContain('\u001b[1m--- a/index.js\u001b[0m\n');
    expect(out).toContain('\u001b[36m@@ -1,3 +1,3 @@\u001b[0m\n');
    expect(out).toContain('\u001b[31m-  return 1;\u001b[0m\n\u001b[32m+  return 2;\u001b[0m\n };\n');
  });

  it('says of what is built that the last build counts', async () => {
    const { told, project, emulator } = await scene();
    await project.configure({
      ...configFor(emulator),
      functions: { pay: { build: { command: 'true', output: 'out' } } },
    });
    await project.write('functions/pay/out/index.js', first);
    const trusted = { ...options, stat: true, trust: true };
    const { code, out, err } = await told((context) => runDiff(trusted, 'pay', context));
    expect([code, err]).toEqual([1, expect.stringContaining('last build')]);
    expect(out).toContain('logo.png  removed');
  });

  it('is one that patch takes, and acts on no terminal', async () => {
    const { diff, diffOnTerminal, save } = await scene();
    const line = '\treturn "\u001b[2J";\r';
    await save(`${first}${line}\n`);
    expect((await diff('pay')).out).toContain(`\n+${line}\n`);
    const [, patch] = linesOf((await diff('pay', { json: true })).out);
    expect(patch?.['patch']).toContain(`+${line}`);
    const { out } = await diffOnTerminal();
    expect(out).toContain(printable(line));
    expect(out).not.toMatch(/[\u001b\r\t]/);
  });

  it('counts alone with --stat', async () => {
    const { diff, save } = await scene();
    await save(second);
    expect(shape((await diff('pay', { stat: true, envId: ['dev'] })).out)).toBe(
      'pay → dev: 1 file changed from ID (live) to the disk, +1 -1\n index.js +1 -1\n',
    );
  });

  it('gives programs a line for each comparison and each file', async () => {
    const { diff, save } = await scene();
    await save(second);
    const lines = linesOf((await diff('pay', { json: true })).out);
    expect(lines).toMatchObject([
      { event: 'comparison', function: 'pay', envs: ['dev', 'test'], same: false, files: 1, reason: null },
      { event: 'difference', path: 'index.js', change: 'changed', added: 1, removed: 1, unshown: null },
    ]);
    const sum = { bytes: first.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
    expect(lines[1]).toMatchObject({ before: sum, after: sum });
    await save(first);
    expect(linesOf((await diff('pay', { json: true })).out)).toMatchObject([
      { event: 'comparison', same: true, files: 0, reason: null },
    ]);
  });

  it('gives programs nothing for the side that has no such file', async () => {
    const { diff, project } = await scene();
    await project.write('functions/pay/new.js', 'new\n');
    await project.remove('functions/pay/logo.png');
    const [, removed, added] = linesOf((await diff('pay', { json: true })).out);
    expect(removed).toMatchObject({
      ...{ path: 'logo.png', change: 'removed', before: { bytes: 6 }, after: null },
      ...{ added: null, removed: null, unshown: 'binary', patch: null },
    });
    expect(added).toMatchObject({
      ...{ path: 'new.js', change: 'added', before: null, after: { bytes: 4 }, added: 1, removed: 0 },
      ...{ patch: '--- /dev/null\n+++ b/new.js\n@@ -0,0 +1,1 @@\n+new' },
    });
  });

  it('gives programs a reason where what is live is not known', async () => {
    const { diff, history, project, save } = await scene();
    const reasons = async () =>
      linesOf((await diff('pay', { json: true })).out).map(({ envs, same, files, reason }) => [
        ...[envs, same, files, reason],
      ]);
    await history(undefined, { forget: true });
    await save(second);
    expect(await reasons()).toEqual([[['dev', 'test'], null, null, 'unkept']]);
    await rm(join(project.folder, '.tcb-watch/ledger.json'));
    expect(await reasons()).toEqual([
      [['dev'], null, null, 'unknown'],
      [['test'], null, null, 'unknown'],
    ]);
    expect((await diff('pay')).code).toBe(1);
  });

  it('of environments that run something else is one each', async () => {
    const { diff, save, push } = await scene();
    await save(second);
    await push(['dev']);
    const { code, out } = await diff('pay', { stat: true });
    expect(code).toBe(1);
    expect(shape(out)).toContain('pay → dev: no difference');
    expect(shape(out)).toContain('pay → test: 1 file changed');
  });

  it('compares versions with the disk, with what is live, and with each other', async () => {
    const { diff, save, push, ids } = await scene();
    await save(second);
    await push();
    const [newer = '', older = ''] = await ids();
    expect(shape((await diff('pay', { since: older, stat: true })).out)).toContain(
      'pay: 1 file changed from ID to the disk',
    );
    expect(shape((await diff('pay', { since: older, envId: ['dev'], stat: true })).out)).toContain(
      'from ID to ID (live)',
    );
    expect((await diff('pay', { since: `${newer}..${older}` })).out).toContain('-  return 2;\n+  return 1;');
    expect(await diff('pay', { since: newer })).toMatchObject({ code: 0 });
    expect(await diff('pay', { since: `${newer}..` })).toMatchObject({ code: 0 });
    expect(await diff('pay', { since: `${newer}..ffff` })).toMatchObject({ code: 4 });
  });

  it('says that somebody else’s code is unknown, and how to see what it replaced', async () => {
    const { diff, start, emulator, ids, clock } = await scene();
    // mod_time counts whole seconds.
    clock.ahead += 2000;
    await emulator.deploy('dev', 'pay', { 'index.js': 'theirs' });
    const running = await start();
    await running.rest();
    await running.sync.stop(() => 0);
    const { code, out } = await diff('pay', { envId: ['dev'] });
    expect(code).toBe(1);
    expect(out).toMatch(/^pay → dev: Somebody else deployed at .+ \(Beijing time\).+ not known here\. /);
    expect(out).toContain(`tcb-watch diff pay --since ${(await ids())[0]}`);
    expect(linesOf((await diff('pay', { envId: ['dev'], json: true })).out)).toMatchObject([
      { event: 'comparison', envs: ['dev'], from: null, same: null, reason: 'foreign' },
    ]);
  });

  it('is 4 for another environment or version, 6 for a function that could not be sent', async () => {
    const { diff, project } = await scene();
    expect(await diff('pay', { envId: ['tset'] })).toMatchObject({ code: 4 });
    expect(await diff('pay', { since: 'ffff' })).toMatchObject({
      code: 4,
      err: expect.stringContaining('There are: '),
    });
    await rm(join(project.root, 'pay/index.js'));
    expect(await diff('pay')).toMatchObject({ code: 6 });
  });

  it('of what is not kept is 0 where the disk has the same', async () => {
    const { diff, history, save } = await scene();
    await history(undefined, { forget: true });
    const { code, out } = await diff('pay');
    expect({ code, out: shape(out) }).toEqual({
      ...{ code: 0, out: 'pay → dev, test: no difference between ID and the disk\n' },
    });
    await save(second);
    expect(await diff('pay', { since: 'ffff', envId: ['dev'] })).toMatchObject({ code: 4 });
  });

  it('from a version to what is live has the code of the worst', async () => {
    const { diff, save, push, ids } = await scene();
    await save(second);
    await push(['dev']);
    const [newer = '', older = ''] = await ids();
    const from = async (since: string, ...envId: readonly string[]) =>
      (await diff('pay', { since, envId, stat: true })).code;
    expect(await from(newer, 'dev')).toBe(0);
    expect(await from(newer, 'dev', 'test')).toBe(1);
    expect(await from(older, 'dev', 'test')).toBe(1);
    expect(await from(older, 'test')).toBe(0);
  });

  it('says what is not kept', async () => {
    const { diff, history, save } = await scene();
    await history(undefined, { forget: true });
    await save(second);
    expect(await diff('pay')).toMatchObject({ code: 1, out: expect.stringContaining('is not kept') });
  });
});
