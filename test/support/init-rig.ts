/** A command's context without a process: answers are given, what is written is kept. Folders and files are real. */
import { cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from '../../src/cli/context.js';
import type { Language } from '../../src/text/language.js';
import { temporaryFolder } from './rig.js';

export interface Desk {
  readonly context: Context;
  out(): string;
  err(): string;
  /** Every question that was asked. */
  readonly questions: readonly string[];
}

export interface DeskOptions {
  /** Answers in order; with any, there is somebody at a terminal. */
  readonly answers?: readonly string[];
  readonly language?: Language;
  readonly environment?: Readonly<Record<string, string>>;
}

export function deskIn(cwd: string, options: DeskOptions = {}): Desk {
  const written = { out: '', err: '' };
  const answers = [...(options.answers ?? [])];
  const questions: string[] = [];
  const ask = async (question: string): Promise<string | null> => {
    questions.push(question);
    // Its last line waits for the answer.
    written.err += question.slice(0, question.lastIndexOf('\n') + 1);
    return answers.shift() ?? null;
  };
  const context: Context = {
    version: '0.0.0',
    cwd,
    environment: options.environment ?? {},
    language: options.language ?? 'en',
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    interactive: options.answers !== undefined,
    color: false,
    columns: null,
    ask,
    prompts: {
      async confirm(question, usual) {
        const answer = await ask(question);
        if (answer === null) return null;
        return answer === '' ? usual : answer === 'y';
      },
      async text(question, usual, check) {
        for (;;) {
          const answer = await ask(question);
          const wrong = answer === null ? null : await check(answer || usual);
          if (answer === null || wrong === null) return answer === null ? null : answer || usual;
          written.err += `${wrong}\n`;
        }
      },
    },
    waitedMs: () => 0,
    readInput: async () => '',
    onInterrupt: () => () => undefined,
    stop: () => undefined,
    stopAtEndOfInput: () => undefined,
  };
  return { context, out: () => written.out, err: () => written.err, questions };
}

export const projectNames = ['devtools', 'cloudbaserc', 'monorepo'] as const;

/** A fresh copy of a fixture project. Its `dot.env` files get their names: git leaves out files called `.env`. */
export async function copyProject(name: (typeof projectNames)[number]): Promise<string> {
  const folder = join(await temporaryFolder(), name);
  await cp(fileURLToPath(new URL(`../fixtures/projects/${name}`, import.meta.url)), folder, {
    recursive: true,
  });
  for (const file of await readdir(folder)) {
    if (file.startsWith('dot.')) await rename(join(folder, file), join(folder, file.slice('dot'.length)));
  }
  return folder;
}

/** A fresh folder with these files; a name with a slash at its end makes a folder. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    const place = join(folder, name);
    await mkdir(name.endsWith('/') ? place : dirname(place), { recursive: true });
    if (!name.endsWith('/')) await writeFile(place, text);
  }
  return folder;
}
