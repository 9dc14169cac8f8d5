/** An embedded emulator that cannot open its store: said with what to do, and nothing else suffers from it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSync } from '../../src/index.js';
import { configFor, entry, makeProject, run, runEmulator, runWith } from '../support/rig.js';

const embedded = { envs: ['dev'], endpoint: 'emulator', debounceMs: 50 };
/** A file, since a folder can be read by root whatever its mode. */
const store = '.tcb-watch/emulator';

it('ends a start with exit code 6 and a remedy', async () => {
  const project = await makeProject({ pay: entry('1') }, embedded);
  await project.write(store, '');
  for (const args of [
    ['push', '--json'],
    ['watch', '--json'],
    ['invoke', 'pay'],
  ]) {
    const program = run(args, { cwd: project.folder, plain: true });
    expect((await program.exit).code).toBe(6);
    expect(program.stderr()).toContain(`${join(project.folder, store)} (E`);
    expect(program.stderr()).toContain('Fix its permissions');
    expect(program.stderr()).not.toContain('    at ');
  }
  expect(await createSync({ cwd: project.folder })).toMatchObject({
    ...{ ok: false, code: 6, reason: 'config' },
    problems: [{ path: 'endpoint' }],
  });
});

it('leaves the old cloud in force, with its ledger, until the new one can be opened', async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  await project.write(store, '');
  const program = runWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive([['pay', 'dev']]);
  await project.configure(embedded);
  const told = await program.waitFor((seen) => seen.event === 'config');
  expect(told).toMatchObject({ state: 'invalid', problems: [{ path: 'endpoint' }] });
  const from = program.events.length;
  await project.write('functions/pay/index.js', 'exports.main = 2;\n');
  await program.waitForLive([['pay', 'dev']], from);
  const live = program.events.find(({ event }, index) => index >= from && event === 'live');
  await project.remove(store);
  await project.configure({ ...embedded, concurrency: 2 });
  await program.waitFor((seen) => seen['state'] === 'reloaded', from);
  await program.waitFor(({ event }) => event === 'live', program.events.length);
  expect(await program.stop()).toBe(0);
  expect(JSON.parse(await readFile(join(project.folder, '.tcb-watch/ledger.json'), 'utf8'))).toMatchObject({
    endpoints: {
      [emulator.url]: [{ live: live?.['fingerprint'] }],
      emulator: [{ live: live?.['fingerprint'] }],
    },
  });
});

it('opens the emulator again with the next configuration where the old one had to end for it', async () => {
  const project = await makeProject({ pay: entry('1') }, embedded);
  const program = run(['watch', '--json'], { cwd: project.folder });
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive([['pay', 'dev']]);
  await project.remove(store);
  await project.write(store, '');
  await project.configure({ ...embedded, envs: ['dev', 'test'] });
  await program.waitFor((seen) => seen['state'] === 'invalid');
  const from = program.events.length;
  await project.remove(store);
  await project.configure(embedded);
  await program.waitForLive([['pay', 'dev']], from);
  expect(await program.stop()).toBe(0);
  expect(program.events.filter((seen) => seen['kind'] === 'bug')).toEqual([]);
});
