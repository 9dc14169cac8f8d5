/** Each source of tokens with the real program: refused, read once more, held, read again, resumed without help. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { inside } from '../support/inside.js';
import {
  configFor,
  entry,
  type Files,
  makeProject,
  type Played,
  type Project,
  runEmulator,
  running,
  type Seen,
  uploads,
} from '../support/rig.js';

const envs = ['dev', 'test'];
const names = ['login', 'order', 'pay', 'report'];
const everyTarget = names.flatMap((name) => envs.map((env) => [name, env] as const));

/** Where the token is kept for one test. */
interface Home {
  readonly source: Readonly<Record<string, unknown>>;
  put(token: string): Promise<void>;
  /** How often it was asked for; null where that cannot be seen. */
  asked(): Promise<number | null>;
}

type MakeHome = (project: Project) => Promise<Home>;

/** All at once, as whoever keeps a token for others does: half a token is none. */
async function putFile(folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, '.put'), text);
  await rename(join(folder, '.put'), join(folder, name));
}

const unseen = async (): Promise<null> => null;

const inDotenv: MakeHome = async ({ folder }) => ({
  source: { env: 'TOKEN_OF_THE_DAY' },
  put: (token) => putFile(folder, '.env.local', `TOKEN_OF_THE_DAY=${token}\n`),
  asked: unseen,
});

const inFile: MakeHome = async ({ folder }) => ({
  source: { file: 'token' },
  put: (token) => putFile(folder, 'token', `${token}\n`),
  asked: unseen,
});

/** Notes each time it is asked in a file. */
const fromCommand: MakeHome = async ({ folder, write }) => {
  const script =
    "const fs = require('node:fs'); fs.appendFileSync('asked', 'x'); console.log(fs.readFileSync('kept', 'utf8'));";
  await write('print.cjs', script);
  return {
    source: { command: `${JSON.stringify(process.execPath)} print.cjs` },
    put: (token) => putFile(folder, 'kept', `${token}\n`),
    asked: async () => (await readFile(join(folder, 'asked'), 'utf8').catch(() => '')).length,
  };
};

const fromUrl: MakeHome = async () => {
  let kept = '';
  let count = 0;
  const server = createServer((_, response) => {
    count += 1;
    response.end(JSON.stringify({ data: { token: kept } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    source: { url: `http://127.0.0.1:${port}/`, pointer: '/data/token' },
    put: async (token) => {
      kept = token;
    },
    asked: async () => count,
  };
};

const isEvent =
  (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
  (seen: Seen): boolean =>
    seen.event === event && Object.entries(fields).every(([key, value]) => seen[key] === value);

async function saveAll(project: Project, version: string): Promise<void> {
  await Promise.all(
    names.map((name) => project.write(`functions/${name}/index.js`, entry(version)['index.js'] ?? '')),
  );
}

async function expectVersion(emulator: Emulator, version: string): Promise<void> {
  for (const [name, env] of everyTarget) {
    expect(await running(emulator, env, name)).toEqual(new Map(Object.entries(entry(version))));
  }
}

interface Scene {
  readonly emulator: Emulator;
  readonly project: Project;
  readonly home: Home;
}

async function scene(makeHome: MakeHome): Promise<Scene> {
  const emulator = await runEmulator({ envs });
  const functions = Object.fromEntries(names.map((name) => [name, entry('1')]));
  const project = await makeProject(functions, {});
  const home = await makeHome(project);
  await project.configure({ ...configFor(emulator), token: home.source });
  return { emulator, project, home };
}

async function watched({ project }: Scene, env: Files): Promise<Played> {
  const program = inside(['watch', '--json'], { cwd: project.folder, env });
  await program.waitFor(isEvent('watching'));
  await program.waitForLive(everyTarget);
  return program;
}

/** A minute is 1.2 s. */
const quick: Files = { TCB_WATCH_TIME_SCALE: '0.02' };

describe.each([
  ['a variable of .env.local', inDotenv],
  ['a file', inFile],
  ['a command', fromCommand],
  ['a url', fromUrl],
] as const)('a token from %s', (_, makeHome) => {
  it('that is refused costs what is in flight at most, is read again each minute, and goes on once it changes', async () => {
    const made = await scene(makeHome);
    const { emulator, project, home } = made;
    await home.put(emulator.token);
    const program = await watched(made, quick);
    const before = uploads(emulator);
    const asked = (await home.asked()) ?? 0;
    const from = program.events.length;
    emulator.expireToken();
    await saveAll(project, '2');
    await program.waitFor(isEvent('token', { state: 'rejected' }), from);
    const rereads = await home.asked();
    if (rereads !== null) expect(rereads - asked).toBe(1);
    for (const name of names) {
      const held = await program.waitFor(isEvent('held', { function: name, reason: 'token' }), from);
      expect(String(held['hint'])).toContain('component_access_token');
    }
    if (rereads !== null) {
      await expect.poll(home.asked, { timeout: 15_000 }).toBeGreaterThanOrEqual(asked + 3);
    }
    // The default of `concurrency`: the value was accepted before, so no upload waited for another's answer.
    expect(uploads(emulator) - before).toBeLessThanOrEqual(4);
    const again = program.events.length;
    await home.put(emulator.rotateToken());
    await program.waitFor(isEvent('token', { state: 'refreshed' }), again);
    await program.waitForLive(everyTarget, again);
    await expectVersion(emulator, '2');
    const seen = program.events.filter(isEvent('token'));
    expect(seen.map(({ state }) => state)).toEqual(['read', 'rejected', 'refreshed']);
    expect(await program.stop()).toBe(0);
  });

  it('that has been replaced meanwhile is tried at once, and nothing is held', async () => {
    const made = await scene(makeHome);
    const { emulator, project, home } = made;
    await home.put(emulator.token);
    const program = await watched(made, {});
    const before = uploads(emulator);
    const from = program.events.length;
    // The program learns of the new value by the refusal, or from its file before that.
    await home.put(emulator.rotateToken());
    await saveAll(project, '2');
    await program.waitForLive(everyTarget, from);
    await expectVersion(emulator, '2');
    const events = program.events.slice(from);
    expect(events.filter(isEvent('token')).map(({ state }) => state)).toEqual(['refreshed']);
    expect(events.filter(isEvent('held', { reason: 'token' }))).toEqual([]);
    // The default of `concurrency` is what can be in flight with the old value.
    expect(uploads(emulator) - before).toBeLessThanOrEqual(names.length + 4);
  });

  it('that cannot be had at the start holds everything, and goes on once it is there', async () => {
    const made = await scene(makeHome);
    const { emulator, project, home } = made;
    const program = inside(['watch', '--json'], { cwd: project.folder, env: quick });
    const told = await program.waitFor(isEvent('token', { state: 'unavailable' }));
    expect(String(told['detail'])).not.toBe('');
    await program.waitFor(isEvent('held', { reason: 'token' }));
    expect(uploads(emulator)).toBe(0);
    await home.put(emulator.token);
    await program.waitForLive(everyTarget);
    await expectVersion(emulator, '1');
  });
});

describe('a token of its own (component)', () => {
  const component = { appId: 'wx1234567890', appSecret: 'secret-of-the-app', verifyTicket: 'ticket@@@good' };
  const counts = ({ emulator }: Scene): number => emulator.counts().api_component_token;

  async function minting(ticket: string): Promise<Scene> {
    const emulator = await runEmulator({ envs, component });
    const functions = Object.fromEntries(names.map((name) => [name, entry('1')]));
    const { appId, appSecret } = component;
    const token = { component: { appId, appSecret, verifyTicket: { file: 'ticket' } } };
    const project = await makeProject(functions, { ...configFor(emulator), token });
    const put = (text: string): Promise<void> => putFile(project.folder, 'ticket', text);
    await put(ticket);
    return { emulator, project, home: { source: token, put, asked: unseen } };
  }

  it('is minted once, and anew when it is refused: nothing is held', async () => {
    const made = await minting(component.verifyTicket);
    const { emulator, project, home } = made;
    const program = await watched(made, {});
    expect(counts(made)).toBe(1);
    const before = uploads(emulator);
    const from = program.events.length;
    // Another ticket comes every ten minutes: no reason to mint.
    await home.put(`${component.verifyTicket}\n`);
    emulator.expireToken();
    await saveAll(project, '2');
    await program.waitForLive(everyTarget, from);
    await expectVersion(emulator, '2');
    expect(counts(made)).toBe(2);
    // The default of `concurrency` is what can be in flight with the old value.
    expect(uploads(emulator) - before).toBeLessThanOrEqual(names.length + 4);
    const events = program.events.slice(from);
    expect(events.filter(isEvent('token')).map(({ state }) => state)).toEqual(['refreshed']);
  });

  it('goes on at once when the ticket’s file is written, long before the minute is over', async () => {
    const made = await minting('ticket@@@stale');
    const { project, emulator, home } = made;
    const program = inside(['watch', '--json'], { cwd: project.folder });
    const told = await program.waitFor(isEvent('token', { state: 'unavailable' }));
    expect(String(told['detail'])).toMatch(/61006.*verifyTicket/);
    expect(program.stdout()).not.toContain('ticket@@@stale');
    await program.waitFor(isEvent('watching'));
    await home.put(component.verifyTicket);
    await program.waitForLive(everyTarget);
    await expectVersion(emulator, '1');
    expect(counts(made)).toBe(2);
  });
});
