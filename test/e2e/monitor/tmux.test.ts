import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { entry, makeProject, programFile } from '../../support/rig.js';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
/** How often a picture is looked at until it fits. */
const lookEveryMs = 50;
const patienceMs = 20_000;

interface Tmux {
  run(...args: readonly string[]): string;
  keys(...keys: readonly string[]): void;
  resize(columns: number, rows: number): void;
  capture(): string;
  until(fits: (picture: string) => boolean): Promise<string>;
}

/** A server of its own, so that nobody's sessions are touched. */
function tmux(cwd: string, columns: number, rows: number, command: string): Tmux {
  const socket = `tcb-watch-test-${randomUUID()}`;
  const { TMUX: _, CI: __, NODE_OPTIONS: ___, ...environment } = process.env;
  const env = { ...environment, TERM: 'screen-256color', LC_ALL: 'C.UTF-8', TCB_WATCH_LANG: 'en' };
  const run = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-u', '-L', socket, '-f', '/dev/null', ...args], { env, cwd, encoding: 'utf8' });
  onTestFinished(() => void spawnSync('tmux', ['-L', socket, 'kill-server']));
  run('new-session', '-d', '-s', 'main', '-x', `${columns}`, '-y', `${rows}`, command);
  const capture = (): string => run('capture-pane', '-p', '-t', 'main');
  return {
    run,
    keys: (...keys) => void run('send-keys', '-t', 'main', ...keys),
    resize: (width, height) => void run('resize-window', '-t', 'main', '-x', `${width}`, '-y', `${height}`),
    capture,
    async until(fits) {
      const end = Date.now() + patienceMs;
      for (;;) {
        const seen = capture();
        if (fits(seen)) return seen;
        if (Date.now() > end) throw new Error(`waited in vain:\n${seen}`);
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      }
    },
  };
}

const names = Array.from({ length: 30 }, (_, index) => `fn${`${index}`.padStart(2, '0')}`);

describe.skipIf(!hasTmux)('the monitor in tmux', () => {
  it('fits 200×50, 80×24, 60×16 and 40×10, one after the other', async () => {
    const project = await makeProject(Object.fromEntries(names.map((name) => [name, entry('1')])), {
      envs: ['dev-3gewtf9c10f60c76', 'test', 'staging'],
      endpoint: 'emulator',
    });
    const screen = tmux(project.folder, 200, 50, `'${process.execPath}' '${programFile}'`);
    const large = await screen.until((seen) => seen.includes('✔ 90 live'));
    for (const part of ['Functions 30', 'last live', 'why', 'fn29', 'q quit']) expect(large).toContain(part);
    screen.resize(80, 24);
    const design = await screen.until((seen) => /^─ Functions 30 ─+ 1-\d+\/30 ─$/m.test(seen));
    expect(design).toContain('✔ 90 live');
    expect(design).toMatch(/^ {2}function +dev +test +staging +why *$/m);
    expect(design).toContain('Log of all functions');
    screen.keys('G');
    await screen.until((seen) => /▸ fn29/.test(seen));
    screen.resize(60, 16);
    await screen.until((seen) => !seen.includes('Functions 30') && /▸ fn29 .*✔ live/.test(seen));
    screen.keys('Enter');
    await screen.until((seen) => seen.includes('fn29 · all environments') && !seen.includes('fn28'));
    screen.keys('Escape');
    await screen.until((seen) => seen.includes('fn28'));
    screen.resize(40, 10);
    await screen.until((seen) => /^ tok.*✔ 90/m.test(seen) && /▸ fn29 .*✔/.test(seen));
    screen.resize(15, 3);
    await screen.until((seen) => seen.includes('too small'));
    screen.resize(200, 50);
    await screen.until((seen) => seen.includes('last live') && seen.includes('▸ fn29'));
  });

  it('gives the shell back for Ctrl-Z and at the end, as it was', async () => {
    const project = await makeProject(
      { pay: entry('1') },
      { envs: ['dev', 'test'], endpoint: 'emulator', debounceMs: 50 },
    );
    const screen = tmux(project.folder, 80, 24, 'PS1="ready> " bash --norc --noprofile -i');
    await screen.until((seen) => seen.includes('ready>'));
    screen.keys('stty -a > before; clear; echo first', 'Enter');
    await screen.until((seen) => seen.includes('first\n'));
    screen.keys(`'${process.execPath}' '${programFile}'`, 'Enter');
    await screen.until((seen) => seen.includes('✔ 2 live'));
    expect(screen.run('display-message', '-p', '-t', 'main', '#{alternate_on}').trim()).toBe('1');
    screen.keys('C-z');
    const shell = await screen.until((seen) => seen.includes('Stopped'));
    expect(shell).toContain('first');
    expect(shell).not.toContain('✔ 2 live');
    screen.keys('fg; echo ended $?', 'Enter');
    await screen.until((seen) => seen.includes('✔ 2 live') && seen.includes('Functions 1'));
    screen.keys('q');
    const after = await screen.until((seen) => /^ended 0$/m.test(seen));
    expect(after).toContain('stopped');
    expect(screen.run('display-message', '-p', '-t', 'main', '#{alternate_on}').trim()).toBe('0');
    screen.keys('stty -a > after; cmp before after && echo same', 'Enter');
    await screen.until((seen) => /^same$/m.test(seen));
  });
});

it.skipIf(hasTmux)('needs tmux to be tried in tmux', ({ skip }) => skip('tmux is not here'));
