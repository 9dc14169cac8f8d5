import { chmod, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { copyText, openFolder } from '../../src/system/desktop.js';
import { temporaryFolder } from '../support/rig.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A program of that name, first on the PATH, that keeps its input or its arguments in a file. */
async function fakeTool(name: string, script: string): Promise<string> {
  const folder = await temporaryFolder();
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
  return join(folder, 'seen');
}

const text = '订单查询 ✔\nrid 65f0';

describe('the clipboard', () => {
  it.skipIf(process.platform === 'win32')('gets the bytes that the tool reads', async () => {
    const seen = await fakeTool('clip.exe', 'cat > "$(dirname "$0")/seen"');
    expect(await copyText(text, 'win32', {})).toEqual({ ok: true, tool: 'clip.exe' });
    expect((await readFile(seen)).toString('utf16le')).toBe(text);
  });

  it.skipIf(process.platform === 'win32')(
    'goes on to the next tool where one fails or is not there',
    async () => {
      const seen = await fakeTool('xsel', 'cat > "$(dirname "$0")/seen"');
      await fakeTool('xclip', 'exit 1');
      expect(await copyText(text, 'linux', { DISPLAY: ':0' })).toEqual({ ok: true, tool: 'xsel' });
      expect(await readFile(seen, 'utf8')).toBe(text);
      await fakeTool('xsel', 'exit 1');
      expect(await copyText(text, 'linux', { DISPLAY: ':0' })).toEqual({ ok: false });
    },
  );

  it.skipIf(process.platform === 'win32')(
    'is filled where its tool has ended before it read all',
    async () => {
      await fakeTool('pbcopy', 'exec 0<&-');
      expect(await copyText('x'.repeat(1 << 20), 'darwin', {})).toEqual({ ok: true, tool: 'pbcopy' });
    },
  );
});

describe('a folder', () => {
  it.skipIf(process.platform === 'win32')('is named to it whole, and failures are told', async () => {
    const seen = await fakeTool('xdg-open', 'printf %s "$1" > "$(dirname "$0")/seen"');
    expect(await openFolder('/a b/订单', 'linux', { DISPLAY: ':0' })).toEqual({ ok: true });
    expect(await readFile(seen, 'utf8')).toBe('/a b/订单');
    expect(await openFolder('/a', 'linux', {})).toEqual({ ok: false, reason: 'no-desktop' });
    await fakeTool('xdg-open', 'exit 4');
    expect(await openFolder('/a', 'linux', { DISPLAY: ':0' })).toEqual({
      ok: false,
      reason: 'xdg-open ended with 4',
    });
    await fakeTool('explorer.exe', 'exit 1');
    expect(await openFolder('C:\\a', 'win32', {})).toEqual({ ok: true });
    // A window of its own goes on.
    await fakeTool('xdg-open', 'exec sleep 20');
    expect(await openFolder('/a', 'linux', { DISPLAY: ':0' })).toEqual({ ok: true });
    vi.stubEnv('PATH', '');
    for (const [platform, tool] of [
      ['linux', 'xdg-open'],
      ['win32', 'explorer.exe'],
    ] as const)
      expect(await openFolder('/a', platform, { DISPLAY: ':0' })).toEqual({
        ok: false,
        reason: `${tool}: ENOENT`,
      });
  });
});
