/** Somebody's own editor, on this terminal. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from './errno.js';
import { retriedWhileHeld } from './held.js';
import { notUtf8, readTextFile } from './text-file.js';

export type Edited =
  | { readonly ok: true; readonly text: string }
  /** `reason`: the editor and how it ended, or what the system says of the file. */
  | { readonly ok: false; readonly reason: string };

/**
 * Opens the text in `VISUAL` or `EDITOR`, and waits for its end. The file is nobody else's, and gone afterwards. Never rejects.
 * @param name of the file, by whose ending editors know the language
 */
export async function editText(
  text: string,
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Edited> {
  const usual = process.platform === 'win32' ? 'notepad' : 'vi';
  const editor = environment['VISUAL'] || environment['EDITOR'] || usual;
  try {
    const folder = await mkdtemp(join(tmpdir(), 'tcb-watch-edit-'));
    try {
      return await editFile(editor, join(folder, name), text);
    } finally {
      await retriedWhileHeld(() => rm(folder, { recursive: true, force: true }));
    }
  } catch (error) {
    // The temporary folder is not there, read-only, or full.
    return { ok: false, reason: messageOf(error) };
  }
}

async function editFile(editor: string, file: string, text: string): Promise<Edited> {
  await writeFile(file, text === '' ? '' : `${text}\n`, { mode: 0o600 });
  const reason = await run(editor, file);
  if (reason !== null) return { ok: false, reason };
  const read = await readTextFile(file);
  return read.ok
    ? read
    : { ok: false, reason: `${editor}: ${read.code === notUtf8 ? 'not UTF-8' : read.code}` };
}

/** The variable holds a command line, as git and others take it. @returns why it failed */
function run(editor: string, file: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit' });
    child.on('error', (error) => resolve(`${editor}: ${error.message}`));
    child.on('close', (code) => resolve(code === 0 ? null : `${editor}: ${code ?? 'killed'}`));
  });
}
