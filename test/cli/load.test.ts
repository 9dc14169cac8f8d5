/** The configuration of a command: the file, or for the emulator what is found in a project without one; and how its mistakes are shown. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ConfigChoice, loadFor, loadOrTell } from '../../src/cli/load.js';
import { deskIn, folderWith } from '../support/init-rig.js';

const hello = { 'cloudfunctions/hello/index.js': 'exports.main = async () => 1;\n' };
const config = (more: object = {}): string => JSON.stringify({ envs: ['dev'], ...more });

async function load(files: Readonly<Record<string, string>>, choice: ConfigChoice = {}, below = '') {
  const folder = await folderWith(files);
  const result = await loadFor(choice, deskIn(join(folder, below)).context);
  return { folder, result };
}

describe('the configuration', () => {
  it('is the nearest file, or the one that is named', async () => {
    const files = { ...hello, 'watch.config.json': config(), 'other.json': config({ envs: ['other'] }) };
    const near = await load(files, {}, 'cloudfunctions');
    expect(near.result).toMatchObject({
      ...{ ok: true, config: { envs: ['dev'], file: join(near.folder, 'watch.config.json') } },
    });
    expect((await load(files, { config: 'other.json' })).result).toMatchObject({
      config: { envs: ['other'] },
    });
    expect((await load(files, { endpoint: 'http://127.0.0.1:7' })).result).toMatchObject({
      config: { envs: ['dev'], endpoint: 'http://127.0.0.1:7' },
    });
  });

  it('is for the emulator what is found, where there is none: two environments of its own', async () => {
    const { folder, result } = await load(hello, { endpoint: 'emulator' });
    expect(result).toMatchObject({
      ok: true,
      config: {
        ...{ file: null, endpoint: 'emulator', envs: ['dev', 'test'] },
        functionsRoots: [join(folder, 'cloudfunctions')],
      },
    });
  });

  it('is missing for any other cloud, where nothing is found, and where the file has mistakes', async () => {
    const missing = { ok: false, file: null, problems: [{ kind: 'no-config' }] };
    expect((await load(hello)).result).toMatchObject(missing);
    expect((await load(hello, { endpoint: 'http://127.0.0.1:7' })).result).toMatchObject(missing);
    expect((await load({ 'readme.md': '' }, { endpoint: 'emulator' })).result).toMatchObject(missing);
    const broken = { ...hello, 'watch.config.json': config({ envs: [] }) };
    expect((await load(broken, { endpoint: 'emulator' })).result).toMatchObject({
      ...{ ok: false, problems: [{ path: 'envs' }] },
    });
  });
});

describe('mistakes', () => {
  const broken = {
    'app/cloudfunctions/': '',
    'app/watch.config.json': '{\n  "envs": ["dev"],\n  "debounceMS": 5\n}\n',
  };

  async function told(choice: ConfigChoice, environment: Readonly<Record<string, string>> = {}) {
    const folder = await folderWith(broken);
    const desk = deskIn(folder, { environment });
    const annotations: string[] = [];
    const context = { ...desk.context, annotate: (line: string) => void annotations.push(line) };
    expect(await loadOrTell({ config: 'app/watch.config.json', ...choice }, context)).toBeNull();
    return { folder, out: desk.out(), err: desk.err(), annotations };
  }

  it('are listed below the file, each with its place and what to do', async () => {
    const { folder, out, err, annotations } = await told({});
    const [title, first = ''] = err.split('\n');
    expect(title).toContain(join(folder, 'app/watch.config.json'));
    expect(first).toMatch(/^ {2}watch\.config\.json:3:17 debounceMS/);
    expect(err).toContain('debounceMs');
    expect([out, annotations]).toEqual(['', []]);
  });

  it('have their place in an editor, and next to the code on GitHub', async () => {
    const { out } = await told({ problems: true });
    expect(out).toMatch(/^watch\.config\.json:3:17: error: debounceMS/m);
    const { annotations } = await told({}, { GITHUB_ACTIONS: 'true' });
    expect(annotations).toEqual([
      expect.stringMatching(/^::error file=app\/watch\.config\.json,line=3,col=17,.*debounceMS/),
    ]);
    expect((await told({}, { GITHUB_ACTIONS: 'false' })).annotations).toEqual([]);
  });

  it('have no place where there is no file: one line says what is missing', async () => {
    const desk = deskIn(await folderWith({}), { environment: { GITHUB_ACTIONS: 'true' } });
    expect(await loadOrTell({}, desk.context)).toBeNull();
    expect(desk.err()).toMatch(/^tcb-watch: \S/);
    expect(desk.err()).not.toMatch(/^::error|:\d+:\d+ /m);
    expect(desk.err().trimEnd().split('\n')).toHaveLength(2);
  });
});
