import { describe, expect, test } from 'vitest';
import { runStatusFiles } from '../../src/cli/status-files.js';
import { deskIn } from '../support/init-rig.js';
import { makeProject } from '../support/rig.js';

const files = {
  'index.js': 'exports.main = 1\n',
  'a.log': 'x',
  'docs/a.md': 'x',
  'docs/b.md': 'x',
  'lib/a.js': 'xyz',
};
const config = { envs: ['dev'], ignore: ['docs/'] };

async function list(name: string, json: boolean, more: Readonly<Record<string, unknown>> = {}) {
  const project = await makeProject({ fn: files }, { ...config, ...more });
  const desk = deskIn(project.folder);
  const code = await runStatusFiles({ json, trust: true }, name, desk.context);
  return { code, out: desk.out(), err: desk.err() };
}

describe('status --files', () => {
  test('what is packed with its size, what is not with its rule', async () => {
    const { code, out } = await list('fn', false);
    expect(code).toBe(0);
    expect(out).toBe(
      '2 files packed, 20 B before packing\n  index.js  17 B\n  lib/a.js  3 B\n2 left out\n  a.log     *.log (built-in)\n  docs/     docs/ (ignore)\n',
    );
  });

  test('one line each with --json, all of the one time', async () => {
    const project = await makeProject({ fn: files }, config);
    const { context } = deskIn(project.folder);
    const times: string[] = [];
    const out = (line: string): void => {
      const { at } = JSON.parse(line);
      times.push(at);
      // So long that the clock goes on.
      while (new Date().toISOString() === at);
    };
    await runStatusFiles({ json: true, trust: true }, 'fn', { ...context, out });
    expect(times.length).toBeGreaterThan(1);
    expect(new Set(times).size).toBe(1);
  });

  test('one line each with --json', async () => {
    const { out } = await list('fn', true);
    const rows = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toMatchObject([
      {
        v: 1,
        event: 'file',
        function: 'fn',
        path: 'a.log',
        packed: false,
        bytes: null,
        rule: '*.log',
        source: 'built-in',
      },
      { path: 'docs/', packed: false, rule: 'docs/', source: 'ignore' },
      { path: 'index.js', packed: true, bytes: 17, rule: null, source: null },
      { path: 'lib/a.js', packed: true },
    ]);
  });

  test('no such function: 4; one that cannot be sent: 6', async () => {
    expect(await list('other', false)).toMatchObject({
      code: 4,
      err: expect.stringContaining('no function other'),
    });
    expect(await list('bare', false, { functions: { bare: {} } })).toMatchObject({
      ...{ code: 6, err: expect.stringContaining('bare') },
    });
  });

  test('one that is built says that its folder is listed, not what is sent', async () => {
    const built = await list('fn', false, { functions: { fn: { build: { command: 'x', output: 'lib' } } } });
    expect(built.err).toContain('the output of the build');
    expect((await list('fn', false, { functions: { fn: {} } })).err).toBe('');
  });
});
