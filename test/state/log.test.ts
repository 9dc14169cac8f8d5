import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createLogFile } from '../../src/state/log.js';
import { temporaryFolder } from '../support/rig.js';

describe('the log file', () => {
  it('gathers lines and writes them in their order, for its owner alone', async () => {
    const folder = await temporaryFolder();
    const log = createLogFile({ folder });
    for (let count = 0; count < 100; count += 1) log.write(`line ${count}\n`);
    expect(await readdir(folder)).toEqual([]);
    log.flush();
    log.flush();
    const lines = (await readFile(join(folder, 'log'), 'utf8')).trimEnd().split('\n');
    expect(lines).toEqual(Array.from({ length: 100 }, (_, index) => `line ${index}`));
    if (process.platform !== 'win32') expect((await stat(join(folder, 'log'))).mode & 0o777).toBe(0o600);
  });

  it('keeps one older file when it has grown to the limit', async () => {
    const folder = await temporaryFolder();
    const log = createLogFile({ folder, maxBytes: 1000 });
    for (let count = 0; count < 50; count += 1) {
      log.write(`${`${count}`.padStart(2, '0')}${'x'.repeat(97)}\n`);
      log.flush();
    }
    expect((await readdir(folder)).sort()).toEqual(['log', 'log.1']);
    const [older, newer] = await Promise.all(
      ['log.1', 'log'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    expect(older).toHaveLength(1000);
    expect(newer).toHaveLength(1000);
    expect(newer?.trimEnd().split('\n').at(-1)).toMatch(/^49x/);
    expect(older?.split('\n')[0]).toMatch(/^30x/);
  });

  it.each([
    [4_999_999, ['log']],
    [5_000_000, ['log', 'log.1']],
  ])('of %i bytes is followed by %j', async (bytes, names) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'log'), 'x'.repeat(bytes));
    const log = createLogFile({ folder });
    log.write('line\n');
    log.flush();
    expect((await readdir(folder)).sort()).toEqual(names);
    expect((await readFile(join(folder, 'log'), 'utf8')).endsWith('line\n')).toBe(true);
  });

  it('goes on in the same file when it cannot be renamed', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'log.1', 'in the way'), { recursive: true });
    const troubles: string[] = [];
    const log = createLogFile({ folder, maxBytes: 10, onTrouble: (code) => troubles.push(code) });
    for (const line of ['the first line\n', 'the second line\n']) {
      log.write(line);
      log.flush();
    }
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe('the first line\nthe second line\n');
    expect(troubles).toEqual([]);
  });

  it('tells once that it cannot be written, and goes on when it can', async () => {
    const parent = await temporaryFolder();
    const folder = join(parent, 'not-there');
    const troubles: string[] = [];
    const log = createLogFile({ folder, onTrouble: (code) => troubles.push(code) });
    for (const line of ['one\n', 'two\n']) {
      log.write(line);
      log.flush();
    }
    expect(troubles).toEqual(['ENOENT']);
    const again = createLogFile({ folder: parent });
    again.write('three\n');
    again.flush();
    expect(await readFile(join(parent, 'log'), 'utf8')).toBe('three\n');
    await rm(parent, { recursive: true, force: true });
  });

  it('reports again what fails after it had worked', async () => {
    const parent = await temporaryFolder();
    const folder = join(parent, 'state');
    const troubles: string[] = [];
    const log = createLogFile({ folder, onTrouble: (code) => troubles.push(code) });
    for (const exists of [false, true, false]) {
      if (exists) await mkdir(folder);
      else await rm(folder, { recursive: true, force: true });
      log.write(`${exists}\n`);
      log.flush();
    }
    expect(troubles).toEqual(['ENOENT', 'ENOENT']);
  });

  it('is written by itself after a moment', async () => {
    const folder = await temporaryFolder();
    createLogFile({ folder }).write('line\n');
    await vi.waitFor(async () => expect(await readFile(join(folder, 'log'), 'utf8')).toBe('line\n'));
  });

  it('takes no more than a megabyte at once', async () => {
    const folder = await temporaryFolder();
    const log = createLogFile({ folder });
    for (const letter of ['a', 'b', 'c']) log.write(letter.repeat(600_000));
    log.flush();
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe('a'.repeat(600_000) + 'b'.repeat(600_000));
  });
});
