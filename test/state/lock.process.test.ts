import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readProbeSecret } from '../../src/proof/key.js';
import { findIntruder } from '../../src/state/folder.js';
import { namedHolder, takeLock } from '../../src/state/lock.js';
import { createLogFile, readLogEnd } from '../../src/state/log.js';
import { createTrustStore } from '../../src/state/trust.js';
import { temporaryFolder } from '../support/rig.js';

it('a pipe in the place of the lock keeps nobody waiting', async () => {
  const folder = join(await temporaryFolder(), '.tcb-watch');
  await mkdir(folder);
  execFileSync('mkfifo', [join(folder, 'daemon.lock')]);
  expect(namedHolder(folder)).toBeNull();
  const outcome = await takeLock(folder, {
    ...{ v: 1, pid: 1, role: 'watch', socket: null, endpoint: 'e', config: null, version: '0' },
  });
  expect(outcome.type).toBe('taken');
  if (outcome.type === 'taken') outcome.lock.release();
});

it('a pipe in the place of the log keeps nobody waiting, and is found', async () => {
  const folder = await temporaryFolder();
  execFileSync('mkfifo', [join(folder, 'log')]);
  expect(await readLogEnd(folder, 100)).toBe('');
  const troubles: string[] = [];
  const log = createLogFile({ folder, onTrouble: (code) => troubles.push(code) });
  log.write('line\n');
  log.flush();
  expect(troubles).toEqual(['ENXIO']);
  expect(await findIntruder(folder)).toEqual({ path: join(folder, 'log'), why: 'special' });
});

it('a pipe in the place of the secret keeps nobody waiting, and is none', async () => {
  const folder = await temporaryFolder();
  execFileSync('mkfifo', [join(folder, 'probe.key')]);
  expect(await readProbeSecret(folder, true)).toBeNull();
});

it('a pipe in the place of the agreements keeps nobody waiting, and agrees to nothing', async () => {
  const home = await temporaryFolder();
  const trust = createTrustStore({ XDG_STATE_HOME: home }, 'linux');
  await mkdir(join(home, 'tcb-watch'));
  execFileSync('mkfifo', [trust.file]);
  const risk = {
    kind: 'endpoint',
    path: 'endpoint',
    at: null,
    value: 'https://a.example',
    shown: '',
  } as const;
  expect(await trust.judge(home, [risk])).toMatchObject({ open: [risk], trouble: { kind: 'no-file' } });
});
