/** The desktop in front of this machine, through the platform's own tools: its clipboard and its file manager. */
import { spawn } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether somebody sits in front of another machine: over SSH. */
export function isRemote(environment: Environment): boolean {
  return Boolean(environment['SSH_CONNECTION'] || environment['SSH_TTY']);
}

interface Tool {
  readonly command: string;
  readonly args: readonly string[];
}

type ToolResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** A tool that has not ended by then is left alone: it may be a window of its own. */
const patienceMs = 3000;

/** @param input written to its stdin */
function runTool(tool: Tool, input: Buffer | null): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(tool.command, tool.args, {
      stdio: [input === null ? 'ignore' : 'pipe', 'ignore', 'ignore'],
      windowsHide: true,
    });
    const end = (result: ToolResult): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const timer = setTimeout(() => {
      child.unref();
      end({ ok: true });
    }, patienceMs);
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({ ok: false, reason: `${tool.command}: ${error.code ?? error.message}` }),
    );
    child.on('close', (code) =>
      end(code === 0 ? { ok: true } : { ok: false, reason: `${tool.command} ended with ${code}` }),
    );
    // It may end without reading all of it: its exit code says so.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

type CopyResult = { readonly ok: true; readonly tool: string } | { readonly ok: false };

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

/** The tool that opens a folder; null where there is no desktop to open it on. */
export function folderTool(folder: string, platform: NodeJS.Platform, environment: Environment): Tool | null {
  if (platform === 'win32') return { command: 'explorer.exe', args: [folder] };
  if (isRemote(environment)) return null;
  // A folder with an ending may be a program there, which would be started: it is shown where it lies instead.
  if (platform === 'darwin')
    return {
      command: 'open',
      args: /\.[^/]*$/.test(folder.slice(folder.lastIndexOf('/'))) ? ['-R', folder] : [folder],
    };
  if (environment['WSL_DISTRO_NAME']) return { command: 'wslview', args: [folder] };
  const desktop = environment['DISPLAY'] || environment['WAYLAND_DISPLAY'];
  return desktop ? { command: 'xdg-open', args: [folder] } : null;
}

export async function openFolder(
  folder: string,
  platform: NodeJS.Platform,
  environment: Environment,
): Promise<ToolResult> {
  const tool = folderTool(folder, platform, environment);
  if (tool === null) return { ok: false, reason: 'no-desktop' };
  const result = await runTool(tool, null);
  // explorer.exe ends with 1 when all is well.
  return platform === 'win32' && !result.ok && !result.reason.includes('ENOENT') ? { ok: true } : result;
}
