/** From nothing to the first live save, with the built program, as a new user would go. */
import { appendFile, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolvePeer } from '../../src/system/peer.js';
import { copyProject, folderWith } from '../support/init-rig.js';
import { inside } from '../support/inside.js';
import { type Played, run } from '../support/rig.js';

const main = 'exports.main = async () => 1;\n';

async function initialise(folder: string, language: string): Promise<void> {
  const program = inside(['init', '--yes'], { cwd: folder, plain: true, env: { TCB_WATCH_LANG: language } });
  expect((await program.exit).code).toBe(0);
  expect(program.stdout()).toContain(language === 'en' ? 'Next: ' : '下一步：');
}

/** Saves, and waits until that content is live everywhere. */
async function saveAndSee(
  program: Played,
  file: string,
  name: string,
  envs: readonly string[],
): Promise<void> {
  const from = program.events.length;
  await appendFile(file, '\n// edited\n');
  await program.waitForLive(
    envs.map((env) => [name, env] as const),
    from,
  );
}

describe('init and watch alone', () => {
  test('a DevTools project, in English', async () => {
    const folder = await copyProject('devtools');
    await initialise(folder, 'en');
    const program = run(['--endpoint', 'emulator', '--json'], { cwd: folder });
    const envs = ['diancai-dev-3g7f2c1d0a9b8e65'];
    await program.waitForLive(['getList', 'login', 'pay'].map((name) => [name, envs[0] ?? ''] as const));
    await program.waitFor(({ event }) => event === 'watching');
    await saveAndSee(program, join(folder, 'cloudfunctions/login/index.js'), 'login', envs);
    await saveAndSee(program, join(folder, 'cloudfunctions/common/money.js'), 'pay', envs);
    expect(await program.stop()).toBe(0);
  });

  test('a cloudbaserc project, in Chinese', async () => {
    const folder = await copyProject('cloudbaserc');
    await initialise(folder, 'zh-CN');
    const program = run(['--endpoint', 'emulator', '--json'], { cwd: folder });
    const envs = ['shop-dev-8gk1l2m3n4o5p6q7', 'shop-staging-1a2b3c4d5e6f7g8h'];
    await program.waitForLive(
      envs.flatMap((env) => ['cleanup', 'hello', 'report'].map((name) => [name, env] as const)),
    );
    await program.waitFor(({ event }) => event === 'watching');
    await saveAndSee(program, join(folder, 'jobs/cleanup/index.js'), 'cleanup', envs);
    expect(await program.stop()).toBe(0);
    expect(program.stdout() + program.stderr()).not.toContain('not-to-be-shown');
  });

  test('a monorepo, in Chinese: what needs no build', async () => {
    const folder = await copyProject('monorepo');
    await initialise(folder, 'zh-CN');
    const program = inside(['--endpoint', 'emulator', '--json'], { cwd: folder });
    const envs = ['mono-dev-2b3c4d5e6f7g8h9i'];
    await program.waitForLive([['webhook', envs[0] ?? '']]);
    await program.waitFor(({ event }) => event === 'watching');
    await saveAndSee(program, join(folder, 'services/functions/common/log.js'), 'webhook', envs);
    expect(await program.stop()).toBe(0);
  });

  test.skipIf(resolvePeer('esbuild', [process.cwd()]) === null)(
    'a monorepo: what esbuild makes of TypeScript',
    async () => {
      const folder = await copyProject('monorepo');
      const installed = join(folder, 'node_modules', 'esbuild');
      await mkdir(join(folder, 'node_modules'));
      await symlink(join(process.cwd(), 'node_modules', 'esbuild'), installed, 'junction');
      await initialise(folder, 'en');
      const program = inside(['--endpoint', 'emulator', '--json'], { cwd: folder });
      const envs = ['mono-dev-2b3c4d5e6f7g8h9i'];
      await program.waitForLive([['order', envs[0] ?? '']]);
      await program.waitFor(({ event }) => event === 'watching');
      const from = program.events.length;
      await writeFile(
        join(folder, 'packages/money/src/index.ts'),
        'export const yuan = (cents: number): string => `${cents}`;\n',
      );
      await program.waitForLive([['order', envs[0] ?? '']], from);
      expect(await program.stop()).toBe(0);
    },
  );
});

describe('without any configuration, for the emulator', () => {
  test('a folder with a function folder in it: environments dev and test, and no file is written', async () => {
    const folder = await folderWith({ 'hello/index.js': main });
    const program = inside(['--endpoint', 'emulator', '--json'], { cwd: folder });
    const started = await program.waitFor(({ event }) => event === 'started');
    expect(started).toMatchObject({ endpoint: 'emulator', envs: ['dev', 'test'], functions: ['hello'] });
    await program.waitForLive([
      ['hello', 'dev'],
      ['hello', 'test'],
    ]);
    await program.waitFor(({ event }) => event === 'watching');
    await saveAndSee(program, join(folder, 'hello/index.js'), 'hello', ['dev', 'test']);
    expect(await program.stop()).toBe(0);
    await expect(stat(join(folder, 'watch.config.json'))).rejects.toThrow('ENOENT');
  });

  test('what init would find counts: shared folders and ignore patterns', async () => {
    const folder = await copyProject('devtools');
    const program = inside(['push', '--endpoint', 'emulator', '--json'], { cwd: folder });
    await program.waitForLive([
      ['pay', 'dev'],
      ['pay', 'test'],
    ]);
    expect((await program.exit).code).toBe(0);
    const pay = program.events.find((seen) => seen.event === 'pushing' && seen['function'] === 'pay');
    // index.js and the two of common/: neither README.md nor fixtures/.
    expect(pay).toMatchObject({ files: 3 });
  });

  test('inside a single function’s folder', async () => {
    const folder = await folderWith({ 'hello/index.js': main });
    const program = inside(['push', '--endpoint', 'emulator', '--json'], { cwd: join(folder, 'hello') });
    expect((await program.exit).code).toBe(0);
    expect(program.events).toContainEqual(
      expect.objectContaining({ event: 'live', function: 'hello', env: 'test' }),
    );
  });

  test('with nothing to find, and for any other endpoint, it is exit 3 as ever', async () => {
    const empty = inside(['push', '--endpoint', 'emulator'], {
      cwd: await folderWith({ 'a.txt': '' }),
      plain: true,
    });
    const other = inside(['push', '--endpoint', 'http://127.0.0.1:9'], {
      cwd: await folderWith({ 'hello/index.js': main }),
      plain: true,
    });
    expect((await empty.exit).code).toBe(3);
    expect((await other.exit).code).toBe(3);
    expect(empty.stderr()).toContain('watch.config.json');
  });
});
