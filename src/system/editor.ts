/** Somebody's own editor, on this terminal. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Edited =
  | { readonly ok: true; readonly text: string }
  /** `reason`: the editor and how it ended. */
  | { readonly ok: false; readonly reason: string };

/**
 * Opens the text in `VISUAL` or `EDITOR`, and waits for its end. The file is nobody else's, and gone afterwards.
 * @param name of the file, by whose ending editors know the language
 */
export async function editText(
  text: string,
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Edited> {
  const usual = process.platform === 'win32' ? 'notepad' : 'vi';
  const editor = environment['VISUAL'] || environment['EDITOR'] || usual;
  const folder = await mkdtemp(join(tmpdir(), 'tcb-watch-edit-'));
  const file = join(folder, name);
  try {
    await writeFile(file, text === '' ? '' : `${text}\n`, { mode: 0o600 });
    const reason = await run(editor, file);
    return reason === null ? { ok: true, text: await readFile(file, 'utf8') } : { ok: false, reason };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The variable holds a command line, as git and others take it. @returns why it failed */
function run(editor: string, file: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit' });
    child.on('error', (error) => resolve(`${editor}: ${error.message}`));
    child.on('close', (code) => resolve(code === 0 ? null : `${editor}: ${code ?? 'killed'}`));
  });
}
