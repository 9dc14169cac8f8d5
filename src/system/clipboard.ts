/** Puts text on the clipboard with the platform's own tool. */
import { type Environment, isRemote } from './remote.js';
import { runTool, type Tool } from './run-tool.js';

export type CopyResult = { readonly ok: true; readonly tool: string } | { readonly ok: false };

interface ClipboardTool extends Tool {
  readonly encoding: 'utf8' | 'utf16le';
}

/** The tools to try, in order; none over SSH, where they would fill the wrong machine's clipboard. */
export function clipboardTools(
  platform: NodeJS.Platform,
  environment: Environment,
): readonly ClipboardTool[] {
  const tool = (command: string, ...args: string[]): ClipboardTool => ({ command, args, encoding: 'utf8' });
  // clip reads what the console's code page says, unless the text is UTF-16.
  const clip: ClipboardTool = { command: 'clip.exe', args: [], encoding: 'utf16le' };
  if (isRemote(environment)) return [];
  if (platform === 'win32') return [clip];
  if (platform === 'darwin') return [tool('pbcopy')];
  return [
    ...(environment['WSL_DISTRO_NAME'] ? [clip] : []),
    ...(environment['WAYLAND_DISPLAY'] ? [tool('wl-copy')] : []),
    ...(environment['DISPLAY'] ? [tool('xclip', '-selection', 'clipboard'), tool('xsel', '-ib')] : []),
    ...(environment['TERMUX_VERSION'] ? [tool('termux-clipboard-set')] : []),
  ];
}

/** Tries one tool after the other. */
export async function copyText(
  text: string,
  platform: NodeJS.Platform,
  environment: Environment,
): Promise<CopyResult> {
  for (const tool of clipboardTools(platform, environment)) {
    const result = await runTool(tool, Buffer.from(text, tool.encoding));
    if (result.ok) return { ok: true, tool: tool.command };
  }
  return { ok: false };
}
