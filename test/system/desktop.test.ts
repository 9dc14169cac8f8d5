import { describe, expect, it } from 'vitest';
import { clipboardTools, folderTool, isRemote, openFolder } from '../../src/system/desktop.js';

describe('the clipboard', () => {
  it('is filled by the tool of the platform, and by none over SSH', () => {
    const names = (...args: Parameters<typeof clipboardTools>): string[] =>
      clipboardTools(...args).map(({ command, encoding }) => `${command} ${encoding}`);
    expect(names('darwin', {})).toEqual(['pbcopy utf8']);
    expect(names('win32', {})).toEqual(['clip.exe utf16le']);
    expect(names('linux', { WSL_DISTRO_NAME: 'Ubuntu' })).toEqual(['clip.exe utf16le']);
    expect(names('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toEqual(['wl-copy utf8']);
    expect(names('linux', { DISPLAY: ':0' })).toEqual(['xclip utf8', 'xsel utf8']);
    expect(names('linux', {})).toEqual([]);
    expect(names('darwin', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' })).toEqual([]);
  });

  it('is filled by the tool whose arguments say so', () => {
    expect(clipboardTools('linux', { DISPLAY: ':0', TERMUX_VERSION: '0.118' })).toMatchObject([
      { command: 'xclip', args: ['-selection', 'clipboard'] },
      { command: 'xsel', args: ['-ib'] },
      { command: 'termux-clipboard-set', args: [] },
    ]);
  });
});

describe('a folder', () => {
  it('is opened by the tool of the platform', () => {
    expect(folderTool('/a', 'darwin', {})?.command).toBe('open');
    expect(folderTool('C:\\a', 'win32', {})?.command).toBe('explorer.exe');
    expect(folderTool('/a', 'linux', { DISPLAY: ':0' })?.command).toBe('xdg-open');
    expect(folderTool('/a', 'linux', {})).toBeNull();
    expect(folderTool('/a', 'darwin', { SSH_TTY: '/dev/pts/1' })).toBeNull();
  });

  it('is given whole to the tool', () => {
    for (const [tool, platform, environment] of [
      ['explorer.exe', 'win32', { SSH_TTY: 'a terminal' }],
      ['open', 'darwin', {}],
      ['wslview', 'linux', { WSL_DISTRO_NAME: 'Ubuntu', DISPLAY: ':0' }],
      ['xdg-open', 'linux', { WAYLAND_DISPLAY: 'wayland-0' }],
    ] as const)
      expect(folderTool('/a b', platform, environment)).toEqual({ command: tool, args: ['/a b'] });
  });

  it('is never started as a program, which it may be by its name on macOS', () => {
    const args = (folder: string) => folderTool(folder, 'darwin', {})?.args;
    expect(args('/a.b/pay')).toEqual(['/a.b/pay']);
    for (const folder of ['/a/pay.app', '/a/pay.workflow', '/a/.app'])
      expect(args(folder)).toEqual(['-R', folder]);
  });

  it('is opened nowhere without a desktop', async () => {
    expect(await openFolder('/a', 'linux', {})).toEqual({ ok: false, reason: 'no-desktop' });
  });
});

it.each([
  [{}, false],
  [{ SSH_CONNECTION: '', SSH_TTY: '' }, false],
  [{ SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, true],
  [{ SSH_TTY: '/dev/pts/1' }, true],
])('%j is remote: %s', (environment, remote) => {
  expect(isRemote(environment)).toBe(remote);
});
