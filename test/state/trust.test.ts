import { chmod, chown, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Risk } from '../../src/model/risk.js';
import { createTrustStore, trustFileOf } from '../../src/state/trust.js';
import { expectMode, needs } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';

const command: Risk = {
  kind: 'command',
  path: 'token.command',
  at: null,
  value: 'cat secret-9f31',
  shown: '',
};
const endpoint: Risk = {
  kind: 'endpoint',
  path: 'endpoint',
  at: null,
  value: 'https://a.example',
  shown: '',
};

async function store() {
  const home = await temporaryFolder();
  const project = await temporaryFolder();
  return { home, project, trust: createTrustStore({ XDG_STATE_HOME: home }, 'linux') };
}

test('what was agreed to is not asked again, and a changed or new one is', async () => {
  const { project, trust } = await store();
  expect(await trust.judge(project, [command])).toEqual({
    open: [command],
    changed: new Set(),
    trouble: null,
  });
  expect(await trust.agree(project, [command])).toBeNull();
  expect((await trust.judge(project, [command])).open).toEqual([]);
  const other = { ...command, value: 'cat other' };
  expect(await trust.judge(project, [other, endpoint])).toMatchObject({
    open: [other, endpoint],
    changed: new Set(['token.command']),
  });
  // A risk that is gone asks nothing.
  expect((await trust.judge(project, [])).open).toEqual([]);
});

test('the place in the file does not matter, and an agreement holds for its project alone', async () => {
  const { project, trust } = await store();
  await trust.agree(project, [command]);
  expect((await trust.judge(project, [{ ...command, at: { line: 9, column: 1 } }])).open).toEqual([]);
  const other = await temporaryFolder();
  expect((await trust.judge(other, [command])).open).toEqual([command]);
  await trust.agree(other, [endpoint]);
  expect((await trust.judge(project, [command])).open).toEqual([]);
  await trust.forget(other);
  expect((await trust.judge(project, [command])).open).toEqual([]);
});

test('each of several values at one place is agreed to by itself', async () => {
  const { project, trust } = await store();
  const other = { ...command, value: 'cat other' };
  await trust.agree(project, [command, other]);
  expect((await trust.judge(project, [other, command])).open).toEqual([]);
  await trust.agree(project, [other]);
  expect(await trust.judge(project, [other, command, endpoint])).toMatchObject({
    open: [command, endpoint],
    changed: new Set(['token.command']),
  });
});

test('a project that is gone is known by its path, and can be forgotten', async () => {
  const { project, trust } = await store();
  await trust.agree(project, [command]);
  await rm(project, { recursive: true });
  expect((await trust.judge(path.join(project, 'x', '..'), [command])).open).toEqual([]);
  expect(await trust.forget(project)).toEqual({ forgotten: true, trouble: null });
});

test('a project is known by its real path', async () => {
  const { home, project, trust } = await store();
  const link = path.join(home, 'link');
  needs('links');
  await symlink(project, link);
  await trust.agree(link, [command]);
  expect((await trust.judge(project, [command])).open).toEqual([]);
});

test('is for its owner alone, and holds no command', async () => {
  const { project, trust } = await store();
  await trust.agree(project, [command]);
  expectMode(trust.file, 0o600);
  expectMode(path.dirname(trust.file), 0o700);
  expect(await readFile(trust.file, 'utf8')).not.toContain('secret-9f31');
  await chmod(path.dirname(trust.file), 0o755);
  await trust.agree(project, [command]);
  expectMode(path.dirname(trust.file), 0o700);
});

test('the folders that are made on the way to it are their owner’s alone', async () => {
  const { home, project } = await store();
  const state = path.join(home, 'not', 'there');
  const trust = createTrustStore({ XDG_STATE_HOME: state }, 'linux');
  expect(await trust.agree(project, [command])).toBeNull();
  for (const folder of [path.dirname(state), state]) expectMode(folder, 0o700);
});

test('lists and forgets', async () => {
  const { project, trust } = await store();
  await trust.agree(project, [command, endpoint]);
  expect(await trust.list()).toMatchObject({
    projects: [{ place: project, paths: ['token.command', 'endpoint'] }],
    trouble: null,
  });
  expect((await trust.forget(project)).forgotten).toBe(true);
  expect((await trust.forget(project)).forgotten).toBe(false);
  expect((await trust.judge(project, [command])).open).toEqual([command]);
});

test('a damaged one counts as empty, says so, and is replaced by the next agreement', async () => {
  const { project, trust } = await store();
  await trust.agree(project, [command]);
  await writeFile(trust.file, '{"v":1,');
  expect(await trust.judge(project, [command])).toMatchObject({
    open: [command],
    trouble: { kind: 'damaged' },
  });
  expect(await trust.list()).toMatchObject({ projects: [], trouble: { kind: 'damaged', file: trust.file } });
  expect(await trust.agree(project, [command])).toBeNull();
  expect((await trust.judge(project, [command])).trouble).toBeNull();
});

test('a link in its place is not followed', async () => {
  const { home, project, trust } = await store();
  const elsewhere = path.join(home, 'elsewhere.json');
  await trust.agree(project, [command]);
  await writeFile(elsewhere, await readFile(trust.file));
  await mkdir(path.join(home, 'two', 'tcb-watch'), { recursive: true });
  const other = createTrustStore({ XDG_STATE_HOME: path.join(home, 'two') }, 'linux');
  needs('links');
  await symlink(elsewhere, other.file);
  expect(await other.judge(project, [command])).toMatchObject({
    open: [command],
    trouble: { kind: 'not-ours' },
  });
  expect(await other.agree(project, [endpoint])).toMatchObject({ kind: 'not-ours' });
});

test('a folder in its place is no file, and what stands above it cannot be read', async () => {
  const { home, project, trust } = await store();
  await mkdir(trust.file, { recursive: true });
  expect(await trust.judge(project, [command])).toMatchObject({
    open: [command],
    trouble: { kind: 'no-file', file: trust.file },
  });
  const other = createTrustStore({ XDG_STATE_HOME: path.join(home, 'file') }, 'linux');
  await writeFile(path.join(home, 'file'), '');
  expect(await other.judge(project, [command])).toMatchObject({ open: [command], trouble: null });
  expect(await other.agree(project, [command])).toMatchObject({ kind: 'unreadable' });
});

test('nothing is agreed to where the folder cannot be made, or is a link', async () => {
  needs('names');
  const { home, project } = await store();
  const long = createTrustStore({ XDG_STATE_HOME: path.join(home, 'x'.repeat(300)) }, 'linux');
  expect(await long.judge(project, [command])).toMatchObject({
    open: [command],
    trouble: { code: 'ENAMETOOLONG' },
  });
  expect(await long.agree(project, [command])).toMatchObject({ kind: 'unreadable', code: 'ENAMETOOLONG' });
  needs('links');
  await mkdir(path.join(home, 'elsewhere'));
  await symlink(path.join(home, 'elsewhere'), path.join(home, 'tcb-watch'));
  const { agree, judge } = createTrustStore({ XDG_STATE_HOME: home }, 'linux');
  expect(await agree(project, [command])).toEqual({ kind: 'not-ours', file: path.join(home, 'tcb-watch') });
  expect((await judge(project, [command])).open).toEqual([command]);
});

test.skipIf(process.getuid?.() !== 0)(
  'what cannot be written is not forgotten, and says so (needs root)',
  async () => {
    const { project, trust } = await store();
    await trust.agree(project, [command]);
    await chown(path.dirname(trust.file), 4321, 4321);
    const trouble = { kind: 'not-ours', file: path.dirname(trust.file) };
    expect(await trust.forget(project)).toEqual({ forgotten: false, trouble });
    expect((await trust.judge(project, [command])).open).toEqual([]);
  },
);

test.skipIf(process.getuid?.() !== 0)('one of another owner counts as empty (needs root)', async () => {
  const { project, trust } = await store();
  await trust.agree(project, [command]);
  await chown(trust.file, 4321, 4321);
  expect(await trust.judge(project, [command])).toMatchObject({
    open: [command],
    trouble: { kind: 'not-ours' },
  });
});

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'one that cannot be read counts as empty (needs a user but root)',
  async () => {
    const { project, trust } = await store();
    await trust.agree(project, [command]);
    await chmod(trust.file, 0);
    expect(await trust.judge(project, [command])).toMatchObject({
      trouble: { kind: 'unreadable', code: 'EACCES' },
    });
  },
);

test.each([
  ['linux', { HOME: '/h' }, '/h/.local/state/tcb-watch/trust.json'],
  ['linux', { HOME: '/h', XDG_STATE_HOME: '/s' }, '/s/tcb-watch/trust.json'],
  [
    'linux',
    { HOME: '', XDG_STATE_HOME: '' },
    `${homedir().replaceAll('\\', '/')}/.local/state/tcb-watch/trust.json`,
  ],
  ['linux', { HOME: '/h', XDG_STATE_HOME: 's' }, '/h/.local/state/tcb-watch/trust.json'],
  ['darwin', { HOME: '/h' }, '/h/Library/Application Support/tcb-watch/trust.json'],
  ['win32', { HOME: '/h', USERPROFILE: '/u' }, '/u/AppData/Local/tcb-watch/trust.json'],
  ['win32', { LOCALAPPDATA: '/l', USERPROFILE: '/u' }, '/l/tcb-watch/trust.json'],
] as const)('lies in the user’s state folder on %s with %o', (platform, environment, expected) => {
  expect(trustFileOf(environment, platform).replaceAll('\\', '/')).toBe(expected);
});
