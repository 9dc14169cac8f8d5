/** When a build runs again: for whatever it was made of, and for a person who asks. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createBuilder } from '../../src/build/build.js';
import type { BuildTask } from '../../src/build/model.js';
import { temporaryFolder } from '../support/rig.js';

/** Notes that it ran and with what; fails where there is something called `fail`. */
const script = `
const fs = require('node:fs');
fs.appendFileSync('ran.txt', (process.env.FLAVOUR ?? 'none') + ' ');
if (fs.existsSync('fail')) process.exit(1);
fs.mkdirSync('dist', { recursive: true });
`;
const command = `${JSON.stringify(process.execPath)} build.cjs`;

async function made() {
  const dir = await temporaryFolder();
  await writeFile(join(dir, 'build.cjs'), script);
  const task = (over: Partial<BuildTask> = {}): BuildTask => ({
    ...{ name: 'pay', build: { kind: 'command', command, output: 'dist' }, dir, projectFolder: dir },
    ...{ output: join(dir, 'dist'), files: [], runtime: 16.13, environment: process.env, ...over },
  });
  const builder = createBuilder((text) => text);
  const runs = async (): Promise<string[]> =>
    (await readFile(join(dir, 'ran.txt'), 'utf8')).trim().split(' ');
  return { dir, task, builder, runs };
}

it('runs once for what stays the same', async () => {
  const { task, builder, runs } = await made();
  expect(await builder.build(task())).toBe(null);
  expect(await builder.build(task())).toBe(null);
  expect(await runs()).toHaveLength(1);
});

it('runs again for another command and for other variables', async () => {
  const { task, builder, runs } = await made();
  await builder.build(task());
  const build = { kind: 'command', command: `${command} --again`, output: 'dist' } as const;
  await builder.build(task({ build }));
  await builder.build(task({ build, environment: { ...process.env, FLAVOUR: 'second' } }));
  await builder.build(task({ build, environment: { ...process.env, FLAVOUR: 'second' } }));
  expect(await runs()).toEqual(['none', 'none', 'second']);
});

it('runs again when its output was removed', async () => {
  const { dir, task, builder, runs } = await made();
  await builder.build(task());
  await rm(join(dir, 'dist'), { recursive: true });
  expect(await builder.build(task())).toBe(null);
  expect(await runs()).toHaveLength(2);
});

it('what failed runs again for a person who asks, and for nobody else', async () => {
  const { dir, task, builder, runs } = await made();
  await mkdir(join(dir, 'fail'));
  expect(await builder.build(task())).toMatchObject({ reason: 'build-failed' });
  await rm(join(dir, 'fail'), { recursive: true });
  expect(await builder.build(task())).toMatchObject({ reason: 'build-failed' });
  expect(await runs()).toHaveLength(1);
  expect(await builder.build(task(), true)).toBe(null);
  expect(await runs()).toHaveLength(2);
});
