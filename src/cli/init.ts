/** `tcb-watch init`: watch.config.json from what the project already has. */
import { access, lstat, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CONFIG_NAME } from '../config/files.js';
import { DEFAULT_TOKEN_VARIABLE } from '../config/schema.js';
import { inventedEnvs } from '../init/config.js';
import { findProject } from '../init/find.js';
import type { FoundProject } from '../init/model.js';
import { slashRelative } from '../system/paths.js';
import { listOf } from '../text/text.js';
import { initWords } from '../text/words/init.js';
import type { Context } from './context.js';
import { offerEditorFiles } from './init-editor.js';
import { tellFound, tellLines } from './init-found.js';
import { configText, type InitChoice } from './init-text.js';
import { tellConfigProblems } from './load.js';
import type { InitOptions } from './options.js';

/** Exit codes: 0 written, 3 nothing written or the result is not valid, 6 the file cannot be written. */
export async function runInit(options: InitOptions, context: Context): Promise<number> {
  const words = initWords[context.language];
  const file = resolve(context.cwd, options.config ?? CONFIG_NAME);
  const asks = context.interactive && !options.yes;
  // A repository may have brought it: whatever it points to would be overwritten.
  if (await isLink(file)) {
    context.err(`${words.isLink(shown(file, context))}\n`);
    return 3;
  }
  const replace =
    (await isThere(file)) &&
    asks &&
    (await context.prompts.confirm(words.askOverwrite(shown(file, context)), false)) === true;
  if ((await isThere(file)) && !replace) {
    context.err(`${asks ? words.stopped : words.exists(shown(file, context))}\n`);
    return 3;
  }
  const found = await findProject(dirname(file), context.environment);
  tellFound(found, context);
  const choice = await choose(found, options, asks, context);
  if (choice === null) return 3;
  const code = await write(file, configText(choice, context.language), replace);
  if (code !== null) {
    context.err(`${words.unwritable(shown(file, context), code)}\n`);
    return 6;
  }
  return finish(file, choice, options, context);
}

async function choose(
  found: FoundProject,
  options: InitOptions,
  asks: boolean,
  context: Context,
): Promise<InitChoice | null> {
  const words = initWords[context.language];
  const roots = found.names.length > 0 ? found.roots : asks ? await askRoots(found, context) : null;
  if (roots === null) {
    context.err(`${asks ? words.stopped : words.needsFunctions}\n`);
    return null;
  }
  const envs = await chooseEnvs(found, options, asks, context);
  if (envs === null) return null;
  const endpoint = options.endpoint ?? null;
  const called = asks ? await chooseCalled(found, context) : [];
  return {
    found,
    roots,
    envs,
    endpoint,
    called,
    schema: await schemaFrom(found.folder),
    tokenVariable: DEFAULT_TOKEN_VARIABLE,
  };
}

/** Calls have effects, so nothing is called that nobody said yes to. */
async function chooseCalled({ events }: FoundProject, context: Context): Promise<readonly string[]> {
  const names = Object.keys(events);
  if (names.length === 0) return [];
  const question = initWords[context.language].askCalled(listOf(names, context.language));
  return (await context.prompts.confirm(question, true)) === true ? names : [];
}

async function askRoots(found: FoundProject, context: Context): Promise<string[] | null> {
  const words = initWords[context.language];
  const check = async (answer: string): Promise<string | null> =>
    (await isFolder(resolve(found.folder, answer))) ? null : words.rootNotThere(answer);
  const answer = await context.prompts.text(words.askRoot, 'cloudfunctions', check);
  return answer === null ? null : [slashRelative(found.folder, resolve(found.folder, answer))];
}

async function chooseEnvs(
  found: FoundProject,
  options: InitOptions,
  asks: boolean,
  context: Context,
): Promise<readonly string[] | null> {
  const words = initWords[context.language];
  const bad = options.envId.find((id) => !isEnvWritten(id));
  if (bad !== undefined) {
    context.err(`${words.badEnv(bad)}\n`);
    return null;
  }
  if (options.envId.length > 0) return [...new Set(options.envId)];
  const known = found.envs.map(({ written }) => written);
  const usual = known.length === 0 && options.endpoint === 'emulator' ? inventedEnvs : known;
  if (asks) return askEnvs(usual, context);
  if (usual.length > 0) return usual;
  context.err(`${words.needsEnvs}\n`);
  return null;
}

async function askEnvs(usual: readonly string[], context: Context): Promise<readonly string[] | null> {
  const words = initWords[context.language];
  const parts = (answer: string): string[] => answer.split(/[\s,，、]+/).filter((part) => part !== '');
  const check = (answer: string): string | null => {
    const ids = parts(answer);
    const bad = ids.find((id) => !isEnvWritten(id));
    return bad !== undefined ? words.badEnv(bad) : ids.length === 0 ? words.noEnvs : null;
  };
  const answer = await context.prompts.text(words.askEnvs, usual.join(' '), check);
  if (answer === null) context.err(`${words.stopped}\n`);
  return answer === null ? null : [...new Set(parts(answer))];
}

/** An id, or a variable that holds one. */
function isEnvWritten(text: string): boolean {
  return /^(?:[A-Za-z0-9][A-Za-z0-9_-]{0,63}|\$\{[A-Za-z_]\w*\})$/.test(text);
}

const schemaFile = 'node_modules/tcb-watch/watch.config.schema.json';

/** The schema of the installed package, from the configuration's folder; where it will be if it is not installed yet. */
async function schemaFrom(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    const path = slashRelative(folder, join(at, schemaFile));
    if (await isThere(join(at, schemaFile))) return path.startsWith('.') ? path : `./${path}`;
    if (dirname(at) === at) return `./${schemaFile}`;
  }
}

/** The system's code where it cannot be written. Nothing is overwritten that appeared since somebody looked. */
async function write(file: string, text: string, replace: boolean): Promise<string | null> {
  return writeFile(file, text, { flag: replace ? 'w' : 'wx' }).then(
    () => null,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

/** Reads back what was written as every other command will, and says how to go on. */
async function finish(
  file: string,
  choice: InitChoice,
  options: InitOptions,
  context: Context,
): Promise<number> {
  const words = initWords[context.language];
  const { loadConfig } = await import('../functions/load.js');
  const result = await loadConfig({ file, from: context.cwd, environment: context.environment });
  if (!result.ok) {
    context.err(`${words.wroteInvalid(shown(file, context))}\n`);
    tellConfigProblems(result, context);
    return 3;
  }
  if (context.interactive && !options.yes) await offerEditorFiles(result.config, context);
  const command = options.config === undefined ? 'npx tcb-watch' : `npx tcb-watch --config ${options.config}`;
  const own = choice.endpoint === 'emulator';
  const next = own ? command : command.replace('tcb-watch', 'tcb-watch doctor');
  const before = own
    ? []
    : [words.nextTry(`${command} --endpoint emulator`), words.nextToken(DEFAULT_TOKEN_VARIABLE)];
  tellLines(['', words.wrote(shown(file, context)), ...before, words.next(next)], '  ', context);
  return 0;
}

const shown = (file: string, context: Context): string => slashRelative(context.cwd, file);

async function isLink(file: string): Promise<boolean> {
  return lstat(file).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
