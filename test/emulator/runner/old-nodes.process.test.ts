/**
 * The code of an old runtime by a real Node of that version: its syntax, its globals, and all that the emulator puts around it. A
 * version that no version manager has installed is skipped; docs/testing.md says how to get one.
 */
import { expect, test } from 'vitest';
import { findNode } from '../../../src/emulator/runner/runtimes.js';
import { call, type Json, start } from '../rig.js';

const runtimes = [
  { runtime: 'Nodejs10.15', major: 10, chains: false, fetches: 'undefined' },
  { runtime: 'Nodejs12.16', major: 12, chains: false, fetches: 'undefined' },
  { runtime: 'Nodejs16.13', major: 16, chains: true, fetches: 'undefined' },
  { runtime: 'Nodejs18.15', major: 18, chains: true, fetches: 'function' },
] as const;

const code = `
const fs = require('fs');
const cloud = require('wx-server-sdk');
cloud.init();
const notes = cloud.database().collection('notes');
exports.main = async (event, context) => {
  console.log('one');
  console.error('two');
  fs.writeFileSync('/tmp/a', 'x');
  let refused = '';
  try { fs.writeFileSync('/var/user/index.js', ''); } catch (error) { refused = error.code; }
  await notes.doc('n').set({ data: { n: event.n } });
  const { data } = await notes.doc('n').get();
  const version = process.versions.node.split('.')[0];
  return { version, fetch: typeof fetch, refused, kept: data.n, limit: context.time_limit_in_ms };
};
`;

for (const { runtime, major, chains, fetches } of runtimes) {
  const installed = await findNode(major);
  test.skipIf(installed === null || process.versions.node.startsWith(`${major}.`))(
    `a real Node of the runtime runs the code: ${runtime}`,
    { timeout: 180_000 },
    async () => {
      const emulator = await start({ runtime });
      const invoke = (name: string): Promise<Json> =>
        call(emulator, `/tcb/invokecloudfunction?env=dev&name=${name}`, { n: 7 });
      const manifest = '{"dependencies":{"wx-server-sdk":"~2.6.3"}}';
      await emulator.deploy('dev', 'pay', { 'index.js': code, 'package.json': manifest });
      const answer = await invoke('pay');
      expect(answer).toMatchObject({ errcode: 0, emulator_logs: ['one', 'two'] });
      expect(JSON.parse(String(answer['resp_data']))).toEqual({
        ...{ version: String(major), fetch: fetches, refused: 'EROFS', kept: 7, limit: 3000 },
      });
      await emulator.deploy('dev', 'new', { 'index.js': 'exports.main = async (event) => event?.n;' });
      const expected = chains ? { errcode: 0, resp_data: '7' } : { errcode: -504002 };
      expect(await invoke('new')).toMatchObject(expected);
      await emulator.deploy('dev', 'late', {
        'index.js': 'exports.main = () => Promise.reject(new Error("no"));',
      });
      expect(await invoke('late')).toMatchObject({
        errcode: -504002,
        errmsg: expect.stringMatching('Error: no'),
      });
    },
  );
}
