/** Two people, each with a secret of their own, and one environment: whose code answers is said to both, and no secret is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { probeKeys } from '../../src/proof/key.js';
import { configFor, makeProject, type Project, run, runEmulator } from '../support/rig.js';

const code = 'exports.main = async (event) => ({ seen: event });\n';

it('a colleague’s code is other code, and the secret of the one who asks stays his', async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const config = { ...configFor(emulator), functions: { pay: { answers: true } }, answers: { proof: true } };
  const colleague = async (): Promise<Project> => {
    const project = await makeProject({ pay: { 'index.js': code } }, config);
    await project.write('events/pay.json', '[{"name":"one","value":{"n":1}}]');
    return project;
  };
  const start = async ({ folder }: Project, ...args: readonly string[]) => {
    const program = run([...args, '--json'], { cwd: folder, env: { TEST_TOKEN: emulator.token } });
    const { code: exitCode } = await program.exit;
    const answer = program.events.find(({ event }) => event === 'answer');
    return { exitCode, proven: answer?.['proven'], text: program.stdout() + program.stderr() };
  };
  const [one, other] = [await colleague(), await colleague()];
  expect(await start(one, 'push', '--check')).toMatchObject({ exitCode: 0, proven: true });
  // The content is the same; the upload is not, since it answers to another secret.
  expect(await start(other, 'push', '--check')).toMatchObject({ exitCode: 0, proven: true });
  const asked = await start(one, 'check');
  expect(asked).toMatchObject({ exitCode: 5, proven: false });
  const secret = Buffer.from(
    (await readFile(join(one.folder, '.tcb-watch/probe.key'), 'utf8')).trim(),
    'hex',
  );
  expect(asked.text).toContain('"$tcbWatch"');
  expect(asked.text).not.toContain(probeKeys(secret).keyOf('pay'));
  await one.write('functions/pay/index.js', code.replace('seen', 'got'));
  expect(await start(one, 'push', '--check')).toMatchObject({ exitCode: 0, proven: true });
  expect(await start(other, 'check')).toMatchObject({ exitCode: 5, proven: false });
}, 120_000);
