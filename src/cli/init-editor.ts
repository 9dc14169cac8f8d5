/** `init` offers to write what VS Code needs: `.vscode/tasks.json` and `.vscode/launch.json`. */
import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/model.js';
import { type EditorFile, editorFiles, withEntries } from '../init/editor.js';
import { errnoOf } from '../system/errno.js';
import { slashRelative } from '../system/paths.js';
import { initWords } from '../text/words/init.js';
import { protectedEnvsOf } from './consent.js';
import type { Context } from './context.js';

/** Asks where somebody uses VS Code here; adds to what is there and overwrites nothing. */
export async function offerEditorFiles(config: Config, context: Context): Promise<void> {
  const words = initWords[context.language];
  const folder = join(config.folder, '.vscode');
  const kind = await kindOf(folder);
  const isUsed = kind === 'folder' || context.environment['TERM_PROGRAM'] === 'vscode';
  if (!isUsed || kind === 'other') return;
  const isDone = (await plan(folder, config)).every(({ text, before }) => text === before);
  if (isDone || (await context.prompts.confirm(words.askEditor, true)) !== true) return;
  // Somebody may have written there since the question was asked.
  for (const { file, text, before } of await plan(folder, config)) {
    const shown = slashRelative(context.cwd, file);
    if (text === null) context.err(`${words.editorUnreadable(shown)}\n`);
    else if (text !== before) await write(folder, file, text, before === null, shown, context);
  }
}

interface Planned {
  readonly file: string;
  /** null: there is none. */
  readonly before: string | null;
  /** null: it cannot be added to. */
  readonly text: string | null;
}

async function plan(folder: string, config: Config): Promise<readonly Planned[]> {
  const closed = new Set(protectedEnvsOf(config, config.envs));
  const root = slashRelative(config.folder, config.functionsRoots[0] ?? config.folder);
  const all = editorFiles(
    root,
    config.envs.filter((env) => !closed.has(env)),
  );
  return Promise.all(all.map((each) => planFile(join(folder, each.name), each)));
}

async function planFile(file: string, content: EditorFile): Promise<Planned> {
  const kind = await kindOf(file);
  if (kind === null) return { file, before: null, text: withEntries(null, content) };
  const before = kind === 'file' ? await readFile(file, 'utf8').catch(() => null) : null;
  return { file, before, text: before === null ? null : withEntries(before, content) };
}

async function write(
  folder: string,
  file: string,
  text: string,
  isNew: boolean,
  shown: string,
  { err, out, language }: Context,
): Promise<void> {
  const words = initWords[language];
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, text, { flag: isNew ? 'wx' : 'w' });
    out(`  ${words.editorWrote(shown)}\n`);
  } catch (error) {
    err(`${words.unwritable(shown, errnoOf(error))}\n`);
  }
}

/** The entry that lies there itself; a link is not followed, since a repository may have brought it. */
async function kindOf(path: string): Promise<'file' | 'folder' | 'other' | null> {
  try {
    const stats = await lstat(path);
    return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  } catch {
    return null;
  }
}
