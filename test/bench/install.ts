/** The peers' packages, in the system's temporary folder (about 290 MB, once), never next to this project. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const peers = { '@cloudbase/manager-node': '5.6.5', 'miniprogram-ci': '2.1.42' };
export const packages = join(tmpdir(), `tcb-watch-bench-peers-${Object.values(peers).join('-')}`);
export const installMs = 180_000;

const onWindows = process.platform === 'win32';

/** False where the registry cannot be reached. Again: a few seconds. */
export async function installPeers(): Promise<boolean> {
  await mkdir(packages, { recursive: true });
  await writeFile(join(packages, 'package.json'), JSON.stringify({ private: true, dependencies: peers }));
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const options = { cwd: packages, timeout: installMs, shell: onWindows };
  return promisify(execFile)(onWindows ? 'npm.cmd' : 'npm', args, options).then(
    () => true,
    () => false,
  );
}
