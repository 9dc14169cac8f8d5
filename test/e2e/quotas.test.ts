/** Quotas as the vendor publishes them, and the requests that it kept, with the real program. */
import { expect, it } from 'vitest';
import type { FaultRule } from '../../src/emulator/index.js';
import { inside, insideWith } from '../support/inside.js';
import { configFor, entry, makeProject, runEmulator, uploads } from '../support/rig.js';

const update = '/componenttcb/batchuploadscfcode';
const tokenOf = (emulator: { readonly token: string }) => ({ TEST_TOKEN: emulator.token });

async function scene(faults: readonly FaultRule[]) {
  const emulator = await runEmulator({ envs: ['dev'], faults });
  return { emulator, project: await makeProject({ pay: entry('1') }, configFor(emulator)) };
}

it('watch says how much is used once all is live, and asks again when nothing is left', {
  timeout: 180_000,
}, async () => {
  const { emulator, project } = await scene([
    { call: 'batchuploadscfcode', dailyQuota: 1000, quotaUsed: 999 },
    { call: 'getscflist', rateLimit: 5 },
  ]);
  await emulator.deploy('dev', 'pay', { 'index.js': 'exports.main = () => 0;' });
  const watch = insideWith(emulator, project, ['watch', '--json']);
  const first = await watch.waitFor(({ event, ...fact }) => event === 'quota' && fact['api'] === update);
  expect(first).toMatchObject({ used: 1000, limit: 1000, forecastAt: expect.stringMatching(/Z$/) });
  await watch.waitForLive([['pay', 'dev']]);
  expect(watch.events.findIndex(({ event }) => event === 'pushed')).toBeLessThan(
    watch.events.findIndex(({ event }) => event === 'quota'),
  );
  const lowered = await watch.waitFor(
    ({ event, ...fact }) => event === 'notice' && fact['kind'] === 'rate-published',
  );
  expect(lowered['detail']).toContain('5 requests per second');
  const asked = emulator.counts().getquota;
  expect(asked).toBe(3);
  await project.write('functions/pay/index.js', 'exports.main = async () => 2;');
  await watch.waitFor(({ event, ...fact }) => event === 'held' && fact['reason'] === 'quota');
  await emulator.waitFor(() => emulator.counts().getquota > asked, { what: 'quotas are asked for again' });
});

it('where nothing is published nothing is shown, and push does not ask', { timeout: 180_000 }, async () => {
  const { emulator, project } = await scene([]);
  const push = insideWith(emulator, project, ['push', '--json']);
  expect((await push.exit).code).toBe(0);
  expect(emulator.counts().getquota).toBe(0);
  const watch = insideWith(emulator, project, ['watch', '--json']);
  await watch.waitFor(({ event }) => event === 'watching');
  await emulator.waitFor(() => emulator.counts().getquota === 3, { what: 'quotas are asked for' });
  await watch.stop();
  expect(watch.events.map(({ event }) => event)).not.toContain('quota');
});

it.each([
  [100, 10, 0, /✔ quota +10 of 100 uploads used today$/m],
  [100, 80, 0, /! quota +80 of 100 uploads used today/],
  [100, 100, 2, /✖ quota +100 of 100 uploads used today; none are left today\n.*midnight/],
] as const)(
  'doctor: of %i a day %i are used',
  { timeout: 180_000 },
  async (dailyQuota, quotaUsed, code, text) => {
    const { emulator, project } = await scene([{ call: 'batchuploadscfcode', dailyQuota, quotaUsed }]);
    const doctor = inside(['doctor'], { cwd: project.folder, env: tokenOf(emulator), plain: true });
    expect((await doctor.exit).code).toBe(code);
    expect(doctor.stdout()).toMatch(text);
  },
);

it('doctor --rid shows what the vendor kept next to the log and history, and no token', {
  timeout: 180_000,
}, async () => {
  const { emulator, project } = await scene([
    { call: 'batchuploadscfcode', errcode: 40097, errmsg: 'invalid args' },
  ]);
  await emulator.deploy('dev', 'pay', { 'index.js': 'exports.main = () => 0;' });
  const push = insideWith(emulator, project, ['push', '--json']);
  expect((await push.exit).code).toBe(5);
  const failed = push.events.find(({ event }) => event === 'push-failed');
  const rid = String(failed?.['rid']);
  const sent = uploads(emulator);
  const look = (given: string) =>
    inside(['doctor', '--rid', given], { cwd: project.folder, env: tokenOf(emulator), plain: true });
  const doctor = look(`rid: ${rid}`);
  expect((await doctor.exit).code).toBe(0);
  const said = doctor.stdout();
  expect(said).toMatch(
    /✔ request +\S+ +\d+ ms +from 127\.0\.0\.1 +\S+batchuploadscfcode\?access_token=\*\*\*/,
  );
  expect(said).toContain('sent      {"functionname":"pay","envs":["dev"]}');
  expect(said).toContain('"errcode":40097');
  expect(said).toMatch(new RegExp(`✔ log .*pay.*40097 invalid args \\(rid ${rid}\\)`));
  expect(said).toMatch(/✔ sent +pay {2}version [0-9a-f]{8}, 1 file, /);
  expect(said + doctor.stderr()).not.toContain(emulator.token);
  expect(uploads(emulator)).toBe(sent);
  const unknown = look('00000000-00000000-00000000');
  expect((await unknown.exit).code).toBe(5);
  expect(unknown.stdout()).toMatch(/✖ request +76001 rid not found.*\n.*seven days/);
});
