// Runs the suite on the other supported versions of Node, which the npm package `node` brings as real binaries.
import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24'];
const windows = process.platform === 'win32';

/** Not below `npx`: it hands its options on to every `npx` that a test starts. */
function binaryOf(version) {
  const { status, stdout } = spawnSync(
    'npx',
    ['-y', '-p', `node@${version}`, 'node', '-p', 'process.execPath'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], shell: windows },
  );
  if (status !== 0) process.exit(status ?? 1);
  return stdout.trim();
}

for (const version of versions) {
  process.stdout.write(`\n=== Node ${version}\n`);
  const node = binaryOf(version);
  const path = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run'], {
    stdio: 'inherit',
    env: { ...process.env, [path]: `${dirname(node)}${delimiter}${process.env[path] ?? ''}` },
  });
  if (status !== 0) process.exit(status ?? 1);
}
