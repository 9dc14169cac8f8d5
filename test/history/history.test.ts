/** The versions that a running sync keeps: real files, a real emulator, requests on the wire. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/content/fingerprint.js';
import { createSlices } from '../../src/content/slices.js';
import { createHistory } from '../../src/history/history.js';
import { openStore } from '../../src/history/store.js';
import { packContent } from '../../src/zip/deflate.js';
import { needs } from '../support/needs.js';
import { entry, temporaryFolder } from '../support/rig.js';
import { syncRig } from '../support/sync-rig.js';

async function scene(config: Readonly<Record<string, unknown>> = {}) {
  const rig = await syncRig({ pay: entry('1') }, config);
  const place = { function: 'pay', endpoint: rig.emulator.url };
  const state = join(rig.project.folder, '.tcb-watch');
  /** Sends what is on disk, once. */
  const push = async () => {
    const running = await rig.start();
    await running.rest();
    await running.sync.stop(() => 0);
    return running;
  };
  const save = (version: string): Promise<void> =>
    rig.project.write('functions/pay/index.js', entry(version)['index.js'] ?? '');
  return { ...rig, place, state, push, save, read: () => openStore(state).read(place) };
}

describe('what is sent', () => {
  it('is kept with where it ran from when to when', async () => {
    const { push, save, read } = await scene();
    await push();
    await save('2');
    await push();
    const { versions, runs } = await read();
    expect(versions.map(({ files }) => files.map(({ path }) => path))).toEqual([['index.js'], ['index.js']]);
    const [second, first] = versions;
    expect(runs.filter(({ env }) => env === 'dev')).toEqual([
      {
        env: 'dev',
        fingerprint: first?.fingerprint,
        from: expect.any(Number),
        to: runs[2]?.from,
        ended: 'replaced',
        undo: false,
      },
      {
        env: 'dev',
        fingerprint: second?.fingerprint,
        from: expect.any(Number),
        to: null,
        ended: null,
        undo: false,
      },
    ]);
  });

  it('is not kept where nothing is to be', async () => {
    const { push, state } = await scene({ history: false });
    await push();
    expect(await readdir(state)).not.toContain('history');
  });

  it('is kept up to the number of versions, the newest of them', async () => {
    const { push, save, read } = await scene({ history: { versions: 2 } });
    for (const version of ['1', '2', '3', '4']) {
      await save(version);
      await push();
    }
    const { versions, runs } = await read();
    expect(versions).toHaveLength(2);
    expect(runs.at(-1)?.fingerprint).toBe(versions[0]?.fingerprint);
  });

  it('holds nothing that a zip does not hold', async () => {
    const { push, project, state, emulator } = await scene();
    await project.write('functions/pay/.env', 'SECRET=very-secret-value');
    await project.write('.env', 'OTHER=other-secret-value');
    await push();
    for (const name of await readdir(join(state, 'history'), { recursive: true })) {
      const text = await readFile(join(state, 'history', name), 'latin1').catch(() => '');
      for (const secret of ['very-secret-value', 'other-secret-value', emulator.token])
        expect(text).not.toContain(secret);
    }
  });
});

it('is read with what was noted before, though that is still being written', async () => {
  let found: (commit: null) => void = () => undefined;
  const commit = new Promise<null>((resolve) => {
    found = resolve;
  });
  const history = createHistory({
    ...{ folder: join(await temporaryFolder(), '.tcb-watch'), endpoint: () => 'emulator' },
    ...{ bounds: () => ({ versions: 20, bytes: 1_000_000 }), commits: { of: () => commit } },
    onTrouble: (error) => {
      throw error;
    },
  });
  const content = Buffer.from('exports.main = 1;');
  const sha256 = createHash('sha256').update(content).digest('hex');
  const files = [{ path: 'index.js', executable: false, sha256, packed: await packContent(content) }];
  const fingerprint = await fingerprintOf(files, createSlices());
  history.sent({
    ...{ function: 'pay', fingerprint, files, zipBytes: 1, at: 1, dir: '/p', repository: '/p', again: null },
  });
  const reading = [history.read('pay'), history.filesOf('pay', fingerprint)] as const;
  found(null);
  expect((await reading[0]).versions).toHaveLength(1);
  expect(await reading[1]).toHaveLength(1);
});

describe('a store that cannot be written', () => {
  it('costs history alone, and is said once', async () => {
    const { start, state, save, project } = await scene();
    await mkdir(state, { recursive: true });
    await writeFile(join(state, 'history'), 'a file where a folder should be');
    const running = await start();
    await running.rest();
    await save('2');
    await project.write('functions/late/index.js', 'exports.main = 1;');
    await running.sync.discover();
    await running.rest();
    await running.sync.stop(() => 0);
    const notices = running.of('notice').filter(({ kind }) => kind === 'history-unwritable');
    expect(notices).toHaveLength(1);
    expect(running.of('live').length).toBeGreaterThan(3);
  });

  it('is left alone where it is a link that came meanwhile', async () => {
    needs('links');
    const { start, state, project } = await scene();
    const running = await start();
    await running.rest();
    await running.sync.history.written();
    await rm(join(state, 'history'), { recursive: true });
    await symlink(project.folder, join(state, 'history'));
    const before = await readdir(project.folder);
    await project.write('functions/late/index.js', 'exports.main = 1;');
    await running.sync.discover();
    await running.rest();
    await running.sync.stop(() => 0);
    expect(await readdir(project.folder)).toEqual(before);
    expect(running.of('notice').map(({ kind }) => kind)).toContain('history-unwritable');
  });
});

it('what could not be forgotten is no secret: it rejects', async () => {
  const { push, state, start } = await scene();
  await push();
  const outside = join(state, '..', 'outside');
  await mkdir(outside);
  const running = await start();
  await running.rest();
  await rm(join(state, 'history', 'objects'), { recursive: true });
  await symlink(outside, join(state, 'history', 'objects'));
  await expect(running.sync.history.forget('pay')).rejects.toMatchObject({ code: 'ELOOP' });
});

it('what was removed while it runs begins anew', async () => {
  const { start, state, save, read } = await scene();
  const running = await start();
  await running.rest();
  await running.sync.history.written();
  await rm(join(state, 'history'), { recursive: true });
  await save('2');
  running.sync.engine.dispatch({
    type: 'settled',
    at: Date.now(),
    functions: [{ function: 'pay', cause: 'change', savedAt: null, full: false, capped: false }],
  });
  await running.rest();
  await running.sync.stop(() => 0);
  expect(running.of('notice')).toEqual([]);
  expect(await read()).toMatchObject({ versions: [{}], runs: [{ env: 'dev' }, { env: 'test' }] });
});
