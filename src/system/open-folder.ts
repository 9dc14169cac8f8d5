/** Shows a folder in the platform's file manager. */
import { type Environment, isRemote } from './remote.js';
import { runTool, type Tool, type ToolResult } from './run-tool.js';

/** The tool that opens a folder; null where there is no desktop to open it on. */
export function folderTool(folder: string, platform: NodeJS.Platform, environment: Environment): Tool | null {
  if (platform === 'win32') return { command: 'explorer.exe', args: [folder] };
  if (isRemote(environment)) return null;
  if (platform === 'darwin') return { command: 'open', args: [folder] };
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
