/** The file that stands for a function, or for the configuration, where a person is to look. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOf, folderOf } from '../../src/functions/files.js';
import { loaded } from '../support/config-folder.js';

const project = async (files: Readonly<Record<string, string>> = {}, more: object = {}) =>
  (await loaded({ envs: ['dev'], ...more }, files)).config;

describe('the file of a function', () => {
  const inOrder = ['index.ts', 'src/index.ts', 'index.js', 'index.mjs', 'index.cjs', 'package.json'];

  it.each(inOrder.map((name, at) => [name, inOrder.slice(at)] as const))(
    'is %s where %j are there',
    async (name, there) => {
      const files = Object.fromEntries(there.map((each) => [`cloudfunctions/pay/${each}`, '']));
      expect(filesOf(await project(files)).fileOf('pay')).toBe(`cloudfunctions/pay/${name}`);
    },
  );

  it('is the entry that it lacks, where nothing is there', async () => {
    expect(filesOf(await project()).fileOf('pay')).toBe('cloudfunctions/pay/index.js');
  });

  it('lies in the folder that the configuration gives it', async () => {
    const files = { 'src/pay/index.ts': '', 'cloudfunctions/pay/index.js': '' };
    const config = await project(files, { functions: { pay: { dir: 'src/pay' } } });
    expect(folderOf(config, 'pay')).toBe(join(config.folder, 'src/pay'));
    expect(filesOf(config).fileOf('pay')).toBe('src/pay/index.ts');
    expect(folderOf(config, 'constructor')).toBe(join(config.folder, 'cloudfunctions/constructor'));
  });

  it('lies in the first root that has it, or in the first of all', async () => {
    const files = { 'one/': '', 'two/pay/index.js': '' };
    const config = await project(files, { functionsRoot: ['one', 'two'], functions: { pay: {} } });
    expect(folderOf(config, 'pay')).toBe(join(config.folder, 'two/pay'));
    expect(folderOf(config, 'none')).toBe(join(config.folder, 'one/none'));
    expect(folderOf({ ...config, functionsRoots: [] }, 'none')).toBe(config.folder);
  });
});

it('the file of the configuration is its own, or the one that it would have', async () => {
  const config = await project();
  const { folder } = config;
  expect(filesOf({ ...config, file: join(folder, 'other.json') }).configFile).toBe('other.json');
  expect(filesOf({ ...config, file: null }).configFile).toBe('watch.config.json');
});
