/** A private key in a function: every command names the same file and line, and nothing of it leaves until a pattern names it. */
import { expect, it } from 'vitest';
import { inside } from '../support/inside.js';
import { configFor, entry, makeProject, runEmulator } from '../support/rig.js';

const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n';

it('push, its dry run, doctor and status --files say the same of a key, and send the rest', async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject(
    { pay: { ...entry('1'), 'cert/key.pem': `# of the shop\n${key}` }, other: entry('1') },
    configFor(emulator),
  );
  const env = { TEST_TOKEN: emulator.token, TCB_WATCH_TIME_SCALE: '0.02' };
  const told = /functions\/pay\/cert\/key\.pem:2:1 holds a private key.*/;

  const dry = inside(['push', '--dry-run', '--json'], { cwd: project.folder, env });
  await dry.exit;
  expect(dry.events.filter(({ event }) => event === 'planned')).toMatchObject([{ function: 'other' }]);
  const push = inside(['push', '--json'], { cwd: project.folder, env });
  expect((await push.exit).code).toBe(6);
  await push.waitForLive([['other', 'dev']]);
  for (const program of [dry, push]) {
    const held = program.events.find(({ event }) => event === 'held');
    expect(held).toMatchObject({ function: 'pay', reason: 'secret', detail: expect.stringMatching(told) });
    expect(held?.['hint']).toContain('!/cert/key.pem to .tcbignore');
  }
  expect(emulator.functions('dev').map(({ name }) => name)).toEqual(['other']);

  for (const args of [['doctor'], ['status', '--files', 'pay'], ['status']]) {
    const program = inside(args, { cwd: project.folder, env, plain: true });
    await program.exit;
    expect(program.stdout() + program.stderr(), args.join(' ')).toMatch(told);
    expect(program.stdout() + program.stderr()).not.toContain('MIIEv');
  }

  await project.write('functions/pay/.tcbignore', '!/cert/key.pem\n');
  const again = inside(['push', '--json'], { cwd: project.folder, env });
  expect((await again.exit).code).toBe(0);
  await again.waitForLive([['pay', 'dev']]);
});
