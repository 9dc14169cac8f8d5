/** A functions root that is a file system of its own is unmounted while the program runs, and comes back. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { configFor, entry, makeProject, programFile, runEmulator, running, uploads } from '../support/rig.js';

/** A mount of one's own, in a namespace of one's own, is the one way to do it without being asked for a password. */
const canMount =
  spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' }).status === 0;

/** Runs the program next to a shell in the namespace; each line that the shell is given is done there. */
function startInside(folder: string, token: string) {
  const script = [
    'mount -t tmpfs none functions && cp -R seed/. functions',
    '"$NODE" "$PROGRAM" watch --json </dev/null & program=$!',
    'while read -r line; do eval "$line"; done',
    'wait $program',
  ].join('\n');
  const child = spawn('unshare', ['-Urm', 'sh', '-c', script], {
    cwd: folder,
    env: {
      ...process.env,
      NODE: process.execPath,
      PROGRAM: programFile,
      TEST_TOKEN: token,
      TCB_WATCH_LANG: 'en',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  onTestFinished(async () => {
    child.stdin.end('kill -KILL $program\n');
    await ended;
  });
  return {
    run: (line: string) => void child.stdin.write(`${line}\n`),
    out: () => out,
    async stop() {
      child.stdin.end('kill -INT $program\n');
      return ended;
    },
  };
}

it.skipIf(!canMount)(
  'stops its uploads with a reason, empties nothing, and resumes when it is mounted again',
  async () => {
    const emulator = await runEmulator({ envs: ['dev'] });
    const config = { ...configFor(emulator), sweepSeconds: 1 };
    const project = await makeProject({ login: entry('1'), pay: entry('1') }, config);
    await rename(project.root, join(project.folder, 'seed'));
    await mkdir(project.root);
    const inside = startInside(project.folder, emulator.token);
    const runs = (name: string, version: string): Promise<unknown> =>
      emulator.waitFor(
        async () => (await running(emulator, 'dev', name)).get('index.js') === entry(version)['index.js'],
        { what: `${name} runs ${version}: ${inside.out()}` },
      );
    const holds = (reason: string, from: number): Promise<unknown> =>
      emulator.waitFor(() => inside.out().slice(from).split(`"reason":"${reason}"`).length > 2, {
        what: `both are held, ${reason}: ${inside.out()}`,
      });
    const save = (name: string, version: string): void =>
      inside.run(`echo 'exports.main = async () => "${version}";' > functions/${name}/index.js`);
    await runs('login', '1');
    await runs('pay', '1');
    const before = uploads(emulator);
    for (const version of ['2', '3']) {
      const from = inside.out().length;
      // A file that is being read in this moment keeps it mounted.
      inside.run('cp -R functions/. seed; until umount functions; do sleep 0.05; done');
      await holds('root-gone', from);
      await runs('login', '1');
      // Mounted with one edit in it, which no event reports.
      inside.run(`mount -t tmpfs none functions && cp -R seed/. functions`);
      save('pay', version);
      await runs('pay', version);
      // And events come again.
      save('pay', `${version} again`);
      await runs('pay', `${version} again`);
    }
    // A change that a sweep finds without an event would be reported.
    expect(inside.out()).not.toContain('watch-missed');
    expect(uploads(emulator)).toBe(before + 4);
    expect(await inside.stop()).toBe(0);
  },
);
