/** Dependencies that the cloud cannot install, and settings that an upload does not bring along. */
import path from 'node:path';
import { readFunctionSettings } from '../functions/settings.js';
import { readJson, readProjectFile, textAt } from '../init/read.js';
import type { Finding } from '../model/finding.js';
import { isRecord } from '../system/json.js';

/**
 * Packages that are known to run a script when they are installed, for where no installed copy can be looked at. The cloud
 * does not run such scripts, so the install fails there (docs/cloud-api.md, "Packing").
 */
const knownForScripts: ReadonlySet<string> = new Set([
  'bcrypt',
  'better-sqlite3',
  'canvas',
  'cpu-features',
  'electron',
  'esbuild',
  'fibers',
  'grpc',
  'libxmljs',
  'node-sass',
  'phantomjs-prebuilt',
  'playwright',
  'protobufjs',
  'puppeteer',
  're2',
  'sharp',
  'sqlite3',
]);
const installScripts = ['preinstall', 'install', 'postinstall'] as const;

/** The dependencies of a function's package.json with install scripts. */
export async function checkPackages(name: string, dir: string): Promise<Finding[]> {
  const manifest = await jsonAt(dir, 'package.json');
  const dependencies =
    isRecord(manifest) && isRecord(manifest['dependencies']) ? manifest['dependencies'] : {};
  const names = Object.keys(dependencies).sort();
  const found = await Promise.all(names.map(async (each) => ((await hasScripts(dir, each)) ? each : null)));
  const packages = found.filter((each) => each !== null);
  return packages.length === 0 ? [] : [{ kind: 'install-scripts', function: name, env: null, packages }];
}

async function hasScripts(dir: string, name: string): Promise<boolean> {
  const installed = await installedManifest(dir, name);
  if (installed === null) return knownForScripts.has(name);
  return (
    isRecord(installed['scripts']) &&
    installScripts.some((script) => textAt(installed['scripts'], script) !== null)
  );
}

/** The package.json of the copy that `require` would find from the function's folder. */
async function installedManifest(dir: string, name: string): Promise<Record<string, unknown> | null> {
  for (let at = dir; ; at = path.dirname(at)) {
    const manifest = await jsonAt(at, `node_modules/${name}/package.json`);
    if (isRecord(manifest)) return manifest;
    if (path.dirname(at) === at) return null;
  }
}

async function jsonAt(dir: string, file: string): Promise<unknown> {
  const read = await readProjectFile(dir, file);
  return read.kind === 'text' ? readJson(read.text).value : null;
}

/** `permissions` and `triggers` of a function's config.json. `synced`: timers are sent to the cloud, too. */
export async function checkSettings(name: string, dir: string, synced: boolean): Promise<Finding[]> {
  const { hasPermissions, written } = await readFunctionSettings(dir);
  const whom = { function: name, env: null } as const;
  const permissions: Finding[] = hasPermissions ? [{ kind: 'permissions', ...whom }] : [];
  if (written === 0) return permissions;
  return [...permissions, { kind: synced ? 'timers-on' : 'timers-off', ...whom, count: written }];
}
