import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { ConfigResult, LoadOptions } from '../../src/config/config.js';
import { loadConfig } from '../../src/functions/load.js';

type Loaded = Extract<ConfigResult, { ok: true }>;
type Refused = Extract<ConfigResult, { ok: false }>;

/** A fresh folder with these files, gone after the test. A path with a slash at its end makes a folder. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tcb-config-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const place = path.join(folder, name);
    await mkdir(name.endsWith('/') ? place : path.dirname(place), { recursive: true });
    if (!name.endsWith('/')) await writeFile(place, content);
  }
  return folder;
}

/** The result of `loadConfig` for this text in a folder that also holds the files, and `cloudfunctions/`. */
export async function load(
  config: string | Uint8Array | object,
  files: Readonly<Record<string, string>> = {},
  options: Partial<LoadOptions> = {},
): Promise<ConfigResult> {
  const content =
    typeof config === 'string' || config instanceof Uint8Array ? config : JSON.stringify(config);
  const from = await folderWith({ 'cloudfunctions/': '', ...files, 'watch.config.json': content });
  return loadConfig({ from, environment: {}, ...options });
}

/** The same where it is expected to be valid. */
export async function loaded(...parameters: Parameters<typeof load>): Promise<Loaded> {
  const result = await load(...parameters);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problems)}`);
  return result;
}

/** The same where it is expected to be refused. */
export async function refused(...parameters: Parameters<typeof load>): Promise<Refused> {
  const result = await load(...parameters);
  if (result.ok) throw new Error('accepted');
  return result;
}
