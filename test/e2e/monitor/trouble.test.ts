/** The words of the screen while something is wrong, and their end once it is fixed. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Emulator, startEmulator } from '../../../src/emulator/index.js';
import { entry, makeProject, type Project, temporaryFolder } from '../../support/rig.js';
import { has, type OnTerminal, onTerminal, pty } from '../../support/terminal.js';

const envs = ['dev', 'test', 'staging'];
const functions = { login: entry('1'), order: entry('1'), pay: entry('1') };
const allLive = has('✔ 9 live', 'online');

/** Everything in one picture. A frame arrives in pieces, so that what is asked of it is asked all at once. */
function all(...parts: readonly (RegExp | ((seen: string) => boolean))[]): (seen: string) => boolean {
  return (seen) => parts.every((part) => (part instanceof RegExp ? part.test(seen) : part(seen)));
}

function not(part: RegExp): (seen: string) => boolean {
  return (seen) => !part.test(seen);
}

interface Stage {
  readonly project: Project;
  readonly emulator: Emulator;
  readonly terminal: OnTerminal;
  /** The same cloud again, at the same place. */
  again(): Promise<void>;
  save(name: string, version: string): Promise<void>;
}

async function stage(env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const store = await temporaryFolder();
  const cloud = { envs, store, deployMs: 20 };
  const emulator = await startEmulator(cloud);
  onTestFinished(() => emulator.close());
  const project = await makeProject(functions, {
    envs,
    endpoint: emulator.url,
    token: { file: 'token' },
    debounceMs: 50,
  });
  await project.write('token', emulator.token);
  await project.write('.git/HEAD', 'ref: refs/heads/main\n');
  const terminal = onTerminal({ cwd: project.folder, columns: 100, rows: 30, env });
  await terminal.until(allLive);
  return {
    project,
    emulator,
    terminal,
    async again() {
      const { port } = new URL(emulator.url);
      const second = await startEmulator({ ...cloud, port: Number(port), token: emulator.token });
      onTestFinished(() => second.close());
    },
    save: (name, version) => project.write(`functions/${name}/index.js`, entry(version)['index.js'] ?? ''),
  };
}

describe.skipIf(pty === null)('the monitor in trouble', () => {
  it('says that the cloud is away, and that everything is live once it is back', async () => {
    const { emulator, terminal, again, save } = await stage();
    await emulator.close();
    await save('login', '2');
    await terminal.until(
      all(
        /OFFLINE \d\d:\d\d:\d\d .*Check the network, the proxy and `endpoint`/,
        /▸ login +! offline +! offline +! offline/,
        /3 held/,
        /The cloud cannot be reached/,
        /still runs [0-9a-f]{8}/,
        not(/online/),
      ),
    );
    await save('pay', '2');
    await terminal.until(has('6 held'));
    await again();
    await terminal.until(all(/✔ 9 live/, /online/, not(/OFFLINE|held|still runs/)));
  });

  it('says that the token is refused and where a new one belongs, until there is one', async () => {
    const { project, emulator, terminal, save } = await stage();
    emulator.expireToken();
    await save('login', '2');
    await terminal.until(
      all(
        /TOKEN REFUSED .*Put a fresh component_access_token in/,
        /▸ login +! token +! token +! token/,
        /3 held/,
        /42001 access_token expired/,
        not(/online/),
      ),
    );
    await project.write('token', emulator.rotateToken());
    await terminal.until(all(/✔ 9 live/, /token ok · online/, not(/REFUSED|held/)));
  });

  it('says which environment fails and what runs there, while the others are live', async () => {
    const { emulator, terminal, save } = await stage();
    emulator.faults.add([
      { call: 'batchuploadscfcode', env: 'staging', envError: 'FailedOperation: ISOLATED [ISOLATE]' },
    ]);
    await save('login', '2');
    await terminal.until(
      all(
        /✔ 8 live +✖ 1 failed/,
        /▸ login +✔ live +✔ live +✖ failed/,
        /\[ISOLATE\]/,
        /press r/,
        /staging: still runs [0-9a-f]{8}/,
      ),
    );
    emulator.faults.clear();
    terminal.type('r');
    await terminal.until(allLive);
  });

  it('says that git is at work, until it is done', async () => {
    const { project, terminal, save } = await stage();
    await project.write('.git/index.lock', '');
    await save('login', '2');
    await terminal.until(has('git busy', '· git', 'git is changing the files'));
    await rm(join(project.folder, '.git', 'index.lock'));
    await terminal.until(all(/✔ 9 live/, not(/git busy/)));
  });

  it('goes on in plain lines when its own painting breaks', async () => {
    const breaker = `let armed = false;
      process.on('SIGUSR2', () => { armed = true; });
      const { repeat } = String.prototype;
      String.prototype.repeat = function (count) {
        if (armed && /dist.monitor./.test(new Error().stack)) {
          armed = false;
          throw new Error('broken on purpose');
        }
        return repeat.call(this, count);
      };`;
    const options = `--stack-trace-limit=50 --import=data:text/javascript,${encodeURIComponent(breaker)}`;
    const { terminal, save } = await stage({ NODE_OPTIONS: options });
    terminal.kill('SIGUSR2');
    terminal.type('j');
    await terminal.until(has('The monitor failed; continuing with plain lines.', 'broken on purpose'));
    expect(terminal.screen.terminal.buffer.active.type).toBe('normal');
    expect(terminal.screen.terminal.modes.mouseTrackingMode).toBe('none');
    await save('pay', '2');
    await terminal.until((seen) => seen.split('✔ live').length === 4);
    terminal.type('\u0003');
    expect((await terminal.exit).code).toBe(0);
    expect(terminal.raw()).toContain('stopped');
  });

  it('paints at most ten frames a second over SSH, whatever is typed', async () => {
    const { terminal } = await stage({ SSH_CONNECTION: '192.0.2.1 50000 192.0.2.2 22' });
    const frames = (): number => terminal.raw().split('\u001b[?2026h').length - 1;
    const before = frames();
    const startedAt = performance.now();
    // Each round waits for what it asked for, so that no two of its keys share a frame by chance alone.
    for (let round = 0; round < 8; round += 1) {
      terminal.type('jj');
      await terminal.until(has('▸ pay'));
      terminal.type('kk');
      await terminal.until(has('▸ login'));
    }
    const seconds = (performance.now() - startedAt) / 1000;
    expect(frames() - before).toBeGreaterThanOrEqual(16);
    expect(frames() - before).toBeLessThanOrEqual(seconds * 10 + 2);
  });
});
