/** The vendor's own sources of tokens with the real program: an agreement first, then uploads, and no secret anywhere. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { manager, password } from '../support/platform-manager.js';
import { configFor, entry, makeProject, run, runEmulator } from '../support/rig.js';

it('the platform manager: agreed to once, one login, and nothing of it in any output', {
  timeout: 180_000,
}, async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const { served, logins, jwt } = await manager(emulator.token);
  const { url } = served;
  const wxcomponent = { url, username: 'admin', password: '${MANAGER_PASSWORD}' };
  const project = await makeProject({ pay: entry('1') }, { ...configFor(emulator), token: { wxcomponent } });
  const unset = { MANAGER_PASSWORD: password, TCB_WATCH_TRUST: '' };
  const refused = run(['push', '--json'], { cwd: project.folder, env: unset });
  expect((await refused.exit).code).toBe(3);
  expect([refused.stderr().includes(url), logins()]).toEqual([true, 0]);
  const push = run(['push', '--json', '--trust', '--verbose'], {
    cwd: project.folder,
    env: { MANAGER_PASSWORD: password },
  });
  expect((await push.exit).code).toBe(0);
  await push.waitForLive([['pay', 'dev']]);
  const doctor = run(['doctor', '--trust'], {
    cwd: project.folder,
    env: { MANAGER_PASSWORD: password },
    plain: true,
  });
  expect((await doctor.exit).code).toBe(0);
  expect(doctor.stdout()).toContain(new URL(url).host);
  expect(logins()).toBe(2);
  const wrong = run(['push', '--json', '--trust'], {
    cwd: project.folder,
    env: { MANAGER_PASSWORD: 'not-the-password-at-all', TCB_WATCH_TIME_SCALE: '0.02' },
  });
  expect((await wrong.exit).code).toBe(2);
  expect([wrong.stdout().includes('token.wxcomponent'), logins()]).toEqual([true, 3]);
  const everything = [refused, push, doctor, wrong]
    .map((program) => program.stdout() + program.stderr())
    .join();
  expect(jwt()).toMatch(/^jwt-2-/);
  const secrets = [password, 'not-the-password-at-all', 'jwt-1-of-the-manager', jwt(), emulator.token];
  const md5s = secrets.map((secret) => createHash('md5').update(secret).digest('hex'));
  expect([...secrets, ...md5s].filter((secret) => everything.includes(secret))).toEqual([]);
});

it('a cloudbase_access_token goes to the cloud under its own name', { timeout: 180_000 }, async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const token = { cloudbase: { env: 'TEST_TOKEN' } };
  const project = await makeProject({ pay: entry('1') }, { ...configFor(emulator), token });
  const push = run(['push', '--json'], { cwd: project.folder, env: { TEST_TOKEN: emulator.token } });
  expect((await push.exit).code).toBe(0);
  expect(new Set(emulator.requests().map(({ tokenAs }) => tokenAs))).toEqual(
    new Set(['cloudbase_access_token']),
  );
});
