// Runs the suite on the other supported versions of Node, which the npm package `node` brings as real binaries.
import { spawnSync } from 'node:child_process';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24'];
const windows = process.platform === 'win32';

for (const version of versions) {
  process.stdout.write(`\n=== Node ${version}\n`);
  const suite = ['node', 'node_modules/vitest/vitest.mjs', 'run'];
  const { status } = spawnSync('npx', ['-y', '-p', `node@${version}`, ...suite], {
    stdio: 'inherit',
    shell: windows,
  });
  if (status !== 0) process.exit(status ?? 1);
}
