import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entry } from '../../support/rig.js';
import {
  has,
  type OnTerminal,
  onTerminal,
  pty,
  smallProject,
  stored,
  type TerminalOptions,
} from '../../support/terminal.js';

const functions = { pay: entry('1'), login: entry('1'), order: entry('1') };
const allLive = has('✔ 6 live', '▸ login');

async function started(over: Partial<TerminalOptions> = {}): Promise<OnTerminal & { folder: string }> {
  const project = await smallProject(functions);
  const terminal = onTerminal({ cwd: project.folder, ...over });
  await terminal.until(allLive);
  return { ...terminal, folder: project.folder };
}

/** The state that has to be true of a terminal after anything that used it. */
function expectRestored({ screen, raw }: OnTerminal): void {
  const { terminal } = screen;
  expect(terminal.buffer.active.type).toBe('normal');
  expect(terminal.modes.mouseTrackingMode).toBe('none');
  expect(terminal.modes.wraparoundMode).toBe(true);
  expect(terminal.modes.bracketedPasteMode).toBe(false);
  expect(raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(raw().lastIndexOf('\u001b[?25l'));
}

/** The main screen: what was there before and what was said after. */
function said({ screen }: OnTerminal): string[] {
  return screen
    .lines()
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

/** Resolves once there is no such process; one that only waits to be reaped is gone. */
async function gone(pid: number): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return status !== '' && !/\) [ZX] /.test(status);
  };
  while (await isThere()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe.skipIf(pty === null || process.platform === 'win32')('the monitor on a real terminal', () => {
  it.each([
    ['q', (terminal: OnTerminal) => terminal.type('q')],
    ['Ctrl-C', (terminal: OnTerminal) => terminal.type('\u0003')],
    ['SIGTERM', (terminal: OnTerminal) => terminal.kill('SIGTERM')],
    ['SIGINT', (terminal: OnTerminal) => terminal.kill('SIGINT')],
  ])('ends by %s: exit 0, the terminal as it was, a summary and nothing else', async (_, end) => {
    const terminal = await started();
    end(terminal);
    expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
    expectRestored(terminal);
    const lines = said(terminal);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d · stopped +6 targets updated, 0 failed, all is live$/);
  });

  it('ends by SIGQUIT with the terminal as it was', async () => {
    const terminal = await started();
    terminal.kill('SIGQUIT');
    expect((await terminal.exit).signal).toBe(3);
    expectRestored(terminal);
  });

  it('ends when its window is closed, and keeps what it knows', async () => {
    const terminal = await started();
    terminal.hangUp();
    await terminal.exit;
    await gone(terminal.pid);
    const ledger = await readFile(join(terminal.folder, '.tcb-watch', 'ledger.json'), 'utf8');
    expect(ledger).not.toContain('"sending":true');
    const log = await readFile(join(terminal.folder, '.tcb-watch', 'log'), 'utf8');
    expect(log.trimEnd().split('\n').at(-1)).toContain('stopped');
  });

  it('tells of an exception on the main screen', async () => {
    const project = await smallProject(functions);
    const thrower = 'process.on("SIGUSR2", () => { throw new Error("thrown on purpose"); });';
    const terminal = onTerminal({
      cwd: project.folder,
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(thrower)}` },
    });
    await terminal.until(allLive);
    terminal.kill('SIGUSR2');
    expect((await terminal.exit).code).not.toBe(0);
    expectRestored(terminal);
    expect(said(terminal).join('\n')).toContain('thrown on purpose');
  });

  it('shows a save, from the change to live', async () => {
    const project = await smallProject(functions);
    const terminal = onTerminal({ cwd: project.folder });
    await terminal.until(allLive);
    terminal.type('G');
    await terminal.until(has('pay · all'));
    await project.write('functions/pay/index.js', entry('2')['index.js'] ?? '');
    const seen = await terminal.until(has('changed index.js', 'save to live', 'after the'));
    expect(seen).toContain('✔ live');
  });

  it('keeps other writers off the screen', async () => {
    const project = await smallProject(functions);
    const warner = 'process.on("SIGUSR2", () => process.emitWarning("warned on purpose"));';
    const terminal = onTerminal({
      cwd: project.folder,
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(warner)}` },
    });
    await terminal.until(allLive);
    terminal.kill('SIGUSR2');
    const seen = await terminal.until(has('warned on purpose'));
    expect(seen).toMatch(/stderr .*warned on purpose/);
  });

  it('writes what it tells to the log file, for its owner alone', async () => {
    const terminal = await started();
    terminal.type('q');
    await terminal.exit;
    const file = join(terminal.folder, '.tcb-watch', 'log');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z · start {5}3 functions/);
    expect(lines.filter((line) => line.includes('✔ live'))).toHaveLength(6);
    expect(lines.at(-1)).toContain('stopped');
    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it.each([
    ['TERM=dumb', { env: { TERM: 'dumb' } }],
    ['CI', { env: { CI: 'true' } }],
    ['--plain', { args: ['--plain'] }],
  ])('stays with plain lines with %s', async (_, over) => {
    const project = await smallProject(functions);
    const terminal = onTerminal({ cwd: project.folder, rows: 40, ...over });
    await terminal.until(has('watching'));
    expect(terminal.raw()).not.toContain('\u001b[?1049h');
    terminal.type('\u0003');
    expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  });

  it('uses no colours with NO_COLOR, and ASCII only with --ascii or without UTF-8', async () => {
    const project = await smallProject({ pay: entry('1') });
    const terminal = onTerminal({
      cwd: project.folder,
      env: { NO_COLOR: '1', LC_ALL: 'C' },
    });
    await terminal.until(has('+ 2 live'));
    expect(terminal.raw()).not.toMatch(/\u001b\[[\d;]*3[1-6]m/);
    expect(terminal.raw()).toMatch(/^[\u0000-\u007e]*$/);
    terminal.type('q');
    await terminal.exit;
  });

  it.skipIf(process.platform !== 'linux')(
    'goes on uploading while the terminal does not read, and ends all the same',
    async () => {
      const project = await smallProject(functions);
      // The reader stops for good once the picture is there: the program's writes find a full buffer.
      const terminal = onTerminal({ cwd: project.folder, columns: 200, rows: 50 });
      await terminal.until(allLive);
      terminal.pause();
      for (let round = 2; round < 8; round += 1) {
        const text = entry(`${round}`)['index.js'] ?? '';
        await project.write('functions/pay/index.js', text);
        terminal.type('\u000c');
        await stored(project, 'test', 'pay', text);
      }
      terminal.kill('SIGTERM');
      await gone(terminal.pid);
      terminal.resume();
      await terminal.exit;
    },
  );
});
