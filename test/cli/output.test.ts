/** Where the facts of a run go and how they look there; and the version that somebody names by its first digits. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { versionNamed } from '../../src/cli/kept.js';
import { looksFor, rendererFor, wantsAscii, withLog } from '../../src/cli/output.js';
import { defaultConfig } from '../../src/config/config.js';
import type { SentVersion } from '../../src/history/model.js';
import type { Fact } from '../../src/model/fact.js';
import { makeStateFolder } from '../../src/state/folder.js';
import { noticeFact } from '../../src/text/notices.js';
import { deskIn } from '../support/init-rig.js';
import { temporaryFolder } from '../support/rig.js';

const plain = { json: false, problems: false, ascii: false, verbose: true };
const failed: Fact = {
  ...{ event: 'push-failed', function: 'pay', envs: ['dev'], class: 'function', errcode: 9, message: 'no' },
  ...{ hint: 'Fix it.', rid: null, retryInMs: null, final: true },
};

async function written(
  options: Partial<typeof plain>,
  environment: Readonly<Record<string, string>> = {},
  fact: Fact = failed,
) {
  const folder = await temporaryFolder();
  const desk = deskIn(folder, { environment: { TCB_WATCH_TIMESTAMPS: '0', ...environment } });
  const annotations: string[] = [];
  const context = { ...desk.context, annotate: (line: string) => void annotations.push(line) };
  const config = defaultConfig(folder, { envs: ['dev'] });
  rendererFor({ ...plain, ...options }, 'holds', config, context)(fact, 0);
  return { out: desk.out(), annotations };
}

describe('a fact is written', () => {
  it('as a line for people, for programs, and for editors', async () => {
    expect((await written({})).out).toMatch(/^✖ failed +pay +dev +9 no\n/);
    expect((await written({ ascii: true })).out).toMatch(/^x failed/);
    expect(JSON.parse((await written({ json: true })).out)).toMatchObject({ v: 1, event: 'push-failed' });
    const { out } = await written({ problems: true });
    expect(out).toContain('[tcb-watch] begin');
    expect(out).toMatch(/pay.*:1:1: error: no Fix it\./);
  });

  it.each([
    [{}, 0],
    [{ GITHUB_ACTIONS: 'false' }, 0],
    [{ GITHUB_ACTIONS: 'true' }, 1],
  ])('next to the code as well, where a build server shows it: %j', async (environment, count) => {
    const { out, annotations } = await written({ json: true }, environment);
    expect(annotations).toHaveLength(count);
    expect(JSON.parse(out)).toMatchObject({ event: 'push-failed' });
  });

  it.each([
    [
      'the folder above',
      'project/events/pay.json',
      (folder: string) => ({ GITHUB_WORKSPACE: dirname(folder) }),
    ],
    ['where the command runs', 'events/pay.json', () => ({})],
  ])('with its place, seen from %s', async (_, file, more) => {
    const folder = join(await temporaryFolder(), 'project');
    const desk = deskIn(folder, { environment: { GITHUB_ACTIONS: 'true', ...more(folder) } });
    const fact: Fact = {
      ...{ event: 'notice', kind: 'events-wrong', function: 'pay', place: 'events/pay.json:3:5' },
      ...{ detail: 'no', hint: '' },
    };
    rendererFor(plain, 'holds', defaultConfig(folder, { envs: ['dev'] }), desk.context)(fact, 0);
    expect(desk.err()).toMatch(new RegExp(`^::warning file=${file},line=3,col=5,`));
  });

  it('without an annotation where it has none', async () => {
    const unchanged: Fact = { event: 'unchanged', function: 'pay', fingerprint: 'a' };
    expect((await written({}, { GITHUB_ACTIONS: 'true' }, unchanged)).annotations).toEqual([]);
  });
});

describe('the log', () => {
  async function logged(folderExists: boolean, ...facts: readonly Fact[]) {
    const folder = await temporaryFolder();
    const desk = deskIn(folder);
    const ends: ((code: number) => unknown)[] = [];
    const context = { ...desk.context, atEnd: (task: (code: number) => unknown) => void ends.push(task) };
    const config = {
      ...defaultConfig(folder, { envs: ['dev'] }),
      folder: folderExists ? folder : join(folder, 'no'),
    };
    if (folderExists) await makeStateFolder(join(folder, '.tcb-watch'));
    const seen: Fact[] = [];
    const render = withLog((fact) => void seen.push(fact), config, context);
    for (const fact of facts) render(fact, 0);
    for (const end of ends) end(0);
    return { seen, file: join(config.folder, '.tcb-watch/log') };
  }

  it('has every fact with its date, at the latest when the process ends', async () => {
    const { seen, file } = await logged(true, failed);
    expect(seen).toEqual([failed]);
    expect(await readFile(file, 'utf8')).toMatch(/^\d\d-\d\d \d\d:\d\d|^\d{4}-\d\d-\d\d.*✖ failed +pay/);
  });

  it('that cannot be written is said, but not where the folder is what is missing', async () => {
    const kinds = (facts: readonly Fact[]) =>
      facts.map((fact) => (fact.event === 'notice' ? fact.kind : fact.event));
    expect(kinds((await logged(false, failed)).seen)).toEqual(['push-failed', 'log-unwritable']);
    const noFolder = noticeFact('state-folder', 'EACCES', 'en');
    expect(kinds((await logged(false, noFolder, failed)).seen)).toEqual(['state-folder', 'push-failed']);
  });
});

describe('the looks of lines', () => {
  it.each<readonly [Readonly<Record<string, string>>, boolean]>([
    [{}, false],
    [{ LANG: 'en_US.UTF-8' }, false],
    [{ LANG: 'zh_CN.utf8' }, false],
    [{ LANG: 'C' }, true],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, true],
    [{ LC_CTYPE: 'C', LANG: 'en_US.UTF-8' }, true],
    [{ LC_ALL: 'C.UTF-8', LC_CTYPE: 'C' }, false],
    [{ TERM: 'dumb', LANG: 'en_US.UTF-8' }, true],
    [{ LC_ALL: '', LANG: '' }, false],
  ])('%j: in ASCII %s', (environment, ascii) => {
    expect(wantsAscii(environment)).toBe(ascii);
    const { context } = deskIn('/p', { environment });
    expect(looksFor(false, context)).toMatchObject({ ascii, json: false, timestamps: true, color: false });
    expect(looksFor(true, context, true)).toMatchObject({ ascii: true, json: true });
  });

  it('have no times where that is wished', () => {
    const { context } = deskIn('/p', { environment: { TCB_WATCH_TIMESTAMPS: '0' } });
    expect(looksFor(false, context).timestamps).toBe(false);
  });
});

describe('a version by its first digits', () => {
  const version = (fingerprint: string): SentVersion => ({
    ...{
      fingerprint: fingerprint.padEnd(64, '0'),
      content: '',
      at: 0,
      sentAt: 0,
      zipBytes: 0,
      files: [],
      commit: null,
    },
  });
  const named = (id: string, ...kept: readonly string[]) => {
    const desk = deskIn('/p');
    const history = { versions: kept.map(version), runs: [], damaged: 0 };
    const found = versionNamed({ name: 'pay', history }, id, desk.context);
    return typeof found === 'number' ? `${found} ${desk.err().trim()}` : found.fingerprint.slice(0, 8);
  };

  it.each<readonly [string, readonly string[], string]>([
    ['abcd', ['abcd1234', 'abce1234'], 'abcd1234'],
    ['ABCD', ['abcd1234'], 'abcd1234'],
    ['abc', ['abcd1234'], '4 tcb-watch: There is no version abc of pay. There are: abcd1234.'],
    [
      'abcd',
      ['abcd1234', 'abcd5678'],
      '4 tcb-watch: abcd may be any of abcd1234, abcd5678. Give more digits.',
    ],
    ['ffff', [], '4 tcb-watch: There is no version ffff of pay.'],
    [
      'ffff',
      ['abcd1234', '12345678'],
      '4 tcb-watch: There is no version ffff of pay. There are: abcd1234, 12345678.',
    ],
    [
      'abcd1243',
      ['abcd1234', '12345678'],
      '4 tcb-watch: There is no version abcd1243 of pay. There are: abcd1234.',
    ],
  ])('%s of %j', (id, kept, expected) => {
    expect(named(id, ...kept)).toBe(expected);
  });
});
