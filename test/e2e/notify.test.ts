/** `notify`: through the real package, to a program that stands where the desktop's would. */
import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configFor, entry, makeProject, runEmulator, runWith } from '../support/rig.js';

interface Desktop {
  /** Title and message of each notification so far. */
  readonly shown: readonly string[];
  /** Resolves when so many have been shown. */
  until(count: number): Promise<void>;
  readonly port: number;
}

async function openDesktop(): Promise<Desktop> {
  const shown: string[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((socket) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    socket.on('end', () => {
      shown.push(text);
      for (const waiter of [...waiting]) waiter();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return {
    shown,
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    until: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (shown.length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}

/** @param program what the package runs as `notify-send` */
async function notified(program: string) {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  const functions = { login: entry('1'), pay: entry('1'), report: entry('1') };
  const project = await makeProject(functions, { ...configFor(emulator), notify: true });
  const place = join(project.folder, 'notify-send');
  await project.write('desktop.cjs', program);
  await writeFile(
    place,
    `#!/bin/sh\nexec '${process.execPath}' '${join(project.folder, 'desktop.cjs')}' "$@"\n`,
  );
  await chmod(place, 0o755);
  return { emulator, project, env: { PATH: `${project.folder}${delimiter}${process.env['PATH'] ?? ''}` } };
}

describe.skipIf(process.platform !== 'linux')('on a desktop of Linux', () => {
  it('tells a burst of failures once, and the recovery once', async () => {
    const desktop = await openDesktop();
    const { emulator, project, env } = await notified(
      `require('net').connect(${desktop.port}, '127.0.0.1').end(process.argv.slice(2, 4).join('|'));\n`,
    );
    const rule = { call: 'batchuploadscf', envError: 'InternalError' } as const;
    emulator.faults.add(rule);
    emulator.faults.add({ ...rule, call: 'batchuploadscfcode' });
    const program = runWith(emulator, project, ['watch'], env);
    await desktop.until(1);
    expect(desktop.shown[0]).toMatch(/^tcb-watch\|Not live: (?:login|pay|report) \((?:dev|test)/);
    emulator.faults.clear();
    const names = ['login', 'pay', 'report'];
    for (const name of names) await project.write(`functions/${name}/index.js`, 'exports.main = 2;\n');
    await program.waitForLive(names.flatMap((name) => [[name, 'dev'] as const, [name, 'test'] as const]));
    await desktop.until(2);
    expect(await program.stop()).toBe(0);
    expect(desktop.shown.slice(1)).toEqual(['tcb-watch|Everything is live again']);
    expect(program.events.filter(({ event }) => event === 'notice')).toEqual([]);
  });

  it('a desktop that fails is said once, and uploads go on', async () => {
    const { emulator, project, env } = await notified('console.error("no bus"); process.exit(1);\n');
    await project.write('functions/pay/index.js', 'exports.main = 1;\n');
    emulator.faults.add({ call: 'batchuploadscf', envError: 'InternalError' });
    const program = runWith(emulator, project, ['watch'], env);
    await program.waitFor((seen) => seen.event === 'notice');
    // The end has something to say as well, and says nothing of the desktop again.
    const from = program.events.length;
    await project.write('functions/login/index.js', 'exports.main = 2;\n');
    await program.waitFor((seen) => seen.event === 'push-failed' && seen['function'] === 'login', from);
    expect(await program.stop()).toBe(0);
    const notices = program.events.filter(({ event }) => event === 'notice');
    expect(notices).toMatchObject([{ kind: 'notify-failed', detail: expect.stringMatching(/: no bus$/) }]);
  });

  it('nothing is shown unless it is asked for', async () => {
    const desktop = await openDesktop();
    const { emulator, project, env } = await notified(
      `require('net').connect(${desktop.port}, '127.0.0.1').end('shown');\n`,
    );
    await project.configure(configFor(emulator));
    emulator.faults.add({ call: 'batchuploadscf', envError: 'InternalError' });
    await runWith(emulator, project, ['push', '--timeout', '1'], env).exit;
    expect(desktop.shown).toEqual([]);
  });
});
