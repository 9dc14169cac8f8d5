/** The project's secret, which uploads carry digests of: `.tcb-watch/probe.key`, for its owner alone. Never in logs, events or uploads. */
import { createHmac, hash, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fingerprint, FunctionName } from '../model/nouns.js';
import { noFollow, readOnly } from '../system/open-flags.js';
import { helperTemplate } from './helper-text.js';

/** In the state folder. */
export const SECRET_FILE = 'probe.key';

/** 32 bytes. */
type ProbeSecret = Buffer;

const secretBytes = 32;

/**
 * The secret in this state folder; null: there is none, and none can be made.
 * @param make makes one where there is none
 */
export async function readProbeSecret(folder: string, make: boolean): Promise<ProbeSecret | null> {
  const file = join(folder, SECRET_FILE);
  const found = await readSecret(file);
  if (found !== null || !make) return found;
  const secret = randomBytes(secretBytes);
  // Whole before it has its name: a process that dies leaves no half of one, and none that is quicker reads one.
  const written = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(written, `${secret.toString('hex')}\n`, { flag: 'wx', mode: 0o600, flush: true });
    await link(written, file);
    return secret;
  } catch {
    // Another process may have been quicker.
    return readSecret(file);
  } finally {
    await rm(written, { force: true }).catch(() => undefined);
  }
}

async function readSecret(file: string): Promise<ProbeSecret | null> {
  const read = readFile(file, { encoding: 'utf8', flag: readOnly | noFollow });
  const text = (await read.catch(() => '')).trim();
  return /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : null;
}

/** The keys that follow from a secret for each function. */
export interface ProbeKeys {
  /** The key that a call of this function carries: another function's upload says nothing about it. 64 hex digits. */
  keyOf(name: FunctionName): string;
  /** The digest that the upload carries. */
  digestOf(name: FunctionName): string;
}

export function probeKeys(secret: ProbeSecret): ProbeKeys {
  const keyOf = (name: FunctionName): string =>
    createHmac('sha256', secret).update(`probe\0${name}`).digest('hex');
  return { keyOf, digestOf: (name) => hash('sha256', keyOf(name), 'hex') };
}

const helperDigest = hash('sha256', helperTemplate, 'hex');

/** The fingerprint of this content with the helper: another helper, or another secret, is another upload. */
export function dressedFingerprint(content: Fingerprint, keyDigest: string): Fingerprint {
  const parts = ['tcb-watch dressed 2', helperDigest, keyDigest, content];
  return hash('sha256', parts.join('\0'), 'hex');
}
