/** The `main` of a function's package.json is edited while the program runs: the cloud runs what it names, or the function is held. */
import { expect, it } from 'vitest';
import {
  configFor,
  filesBelow,
  makeProject,
  runEmulator,
  running,
  runWith,
  uploads,
} from '../support/rig.js';

const manifest = (main: string): string => `${JSON.stringify({ name: 'pay', main })}\n`;

it('another file that is there goes out as the entry; one that is not holds the function, and says so', async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const files = { 'a.js': 'exports.main = () => 1;\n', 'lib/b.js': 'exports.main = () => 2;\n' };
  const project = await makeProject(
    { pay: { ...files, 'package.json': manifest('a.js') } },
    configFor(emulator),
  );
  const program = runWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive([['pay', 'dev']]);
  const point = async (main: string): Promise<number> => {
    const from = program.events.length;
    await project.write('functions/pay/package.json', manifest(main));
    return from;
  };
  await program.waitForLive([['pay', 'dev']], await point('lib/b'));
  expect(await running(emulator, 'dev', 'pay')).toEqual(await filesBelow(`${project.root}/pay`));

  const before = uploads(emulator);
  const from = await point('gone.js');
  const held = await program.waitFor((seen) => seen.event === 'held', from);
  expect(held).toMatchObject({ function: 'pay', reason: 'no-entry' });
  expect(held['detail']).toContain('gone.js');
  expect(uploads(emulator)).toBe(before);
  expect((await running(emulator, 'dev', 'pay')).get('package.json')).toBe(manifest('lib/b'));

  // The file that it names is enough: nobody has to touch the package.json again.
  await project.write('functions/pay/gone.js', 'exports.main = () => 3;\n');
  await program.waitForLive([['pay', 'dev']], from);
  expect(await running(emulator, 'dev', 'pay')).toEqual(await filesBelow(`${project.root}/pay`));

  // An entry that is not what it was is held although nothing of the package.json changed.
  const again = program.events.length;
  await project.remove('functions/pay/gone.js');
  await program.waitFor((seen) => seen.event === 'held' && seen['reason'] === 'no-entry', again);
  expect(await program.stop()).toBe(0);
});
