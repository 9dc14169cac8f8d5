// Real Nodes of other versions, for the tests of the helper that goes with uploads and of the package: npm's `node-<system>` packages, kept in a cache folder.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../node_modules/.cache/nodes/', import.meta.url));
const system = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const versions = ['12.22', '16.20', '18', '20.19', '22', '24'];

mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}package.json`, '{"private":true}\n');
const packages = versions.map((version) => `node${version.split('.')[0]}@npm:${system}@${version}`);
const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', ...packages], {
  cwd: folder,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
process.exit(status ?? 1);
