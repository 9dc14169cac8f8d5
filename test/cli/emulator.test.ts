/** `tcb-watch emulator` in this process: one emulator at a time may use a store. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/cli/options.js';
import { start } from '../support/emulator-command.js';
import { temporaryFolder } from '../support/rig.js';

describe('a store', () => {
  it('is refused while another emulator has it, and free again afterwards', async () => {
    const cwd = await temporaryFolder();
    const first = start(cwd, { envId: ['dev'], store: 'store' });
    await first.begun;
    expect(JSON.parse(first.desk.out())).toMatchObject({ v: 1, event: 'listening', envs: ['dev'] });
    const second = start(cwd, { envId: ['dev'], store: 'store' });
    expect(await second.code).toBe(6);
    expect(second.desk.out()).toBe('');
    expect(second.desk.err()).toContain(`EBUSY, PID ${process.pid}`);
    expect(second.desk.err()).toContain(join(cwd, 'store'));
    const other = start(cwd, { envId: ['dev'], store: 'other' });
    await other.begun;
    other.interrupt();
    expect(await other.code).toBe(0);
    first.interrupt();
    expect(await first.code).toBe(0);
    expect(await readdir(join(cwd, 'store'))).not.toContain('emulator.lock');
    const third = start(cwd, { envId: ['dev'], store: 'store' });
    await third.begun;
    third.interrupt();
    expect(await third.code).toBe(0);
  });

  it('that is a file is refused', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'store'), 'kept');
    const run = start(cwd, { envId: ['dev'], store: 'store' });
    expect(await run.code).toBe(6);
    expect(await readFile(join(cwd, 'store'), 'utf8')).toBe('kept');
  });
});

describe('mistakes', () => {
  it.each<readonly [string, Partial<EmulatorOptions>, number, string]>([
    ['no configuration and no environment', {}, 3, '--env-id'],
    ['an id that cannot be one', { envId: ['a b'] }, 3, 'a b'],
    ['a fault file that is not there', { envId: ['dev'], faults: 'none.json' }, 3, 'none.json'],
  ])('%s', async (_, options, code, said) => {
    const run = start(await temporaryFolder(), options);
    expect(await run.code).toBe(code);
    expect(run.desk.err()).toContain(said);
    expect(run.desk.out()).toBe('');
  });

  it('a port that is taken: 3', async () => {
    const cwd = await temporaryFolder();
    const first = start(cwd, { envId: ['dev'] });
    await first.begun;
    const { port } = new URL(JSON.parse(first.desk.out()).url);
    const second = start(cwd, { envId: ['dev'], port: Number(port) });
    expect(await second.code).toBe(3);
    expect(second.desk.err()).toContain(port);
    first.interrupt();
    await first.code;
  });
});
