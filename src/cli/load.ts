/** The configuration for a command, or the words why there is none. */

import { basename, relative } from 'node:path';
import type { ConfigResult } from '../config/config.js';
import { CONFIG_NAME } from '../config/files.js';
import type { ConfigProblem } from '../model/config-problem.js';
import type { LoadedConfig } from '../sync/sync.js';
import { annotationAt } from '../text/annotations.js';
import { problemsOfConfig } from '../text/problems.js';
import { sentences } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import { explainConfigProblem } from '../text/words/config.js';
import type { Context } from './context.js';
import { onGithub } from './output.js';

type BrokenConfig = Extract<ConfigResult, { ok: false }>;

export interface ConfigChoice {
  readonly config?: string;
  readonly endpoint?: string;
  /** Mistakes are printed for an editor, too. */
  readonly problems?: boolean;
}

/** Loads it, or prints every problem with its place and returns null: exit code 3 then. */
export async function loadOrTell(choice: ConfigChoice, context: Context): Promise<LoadedConfig | null> {
  const result = await loadFor(choice, context);
  if (result.ok) return result;
  tellConfigProblems(result, context, choice);
  return null;
}

/**
 * Reads the configuration. zod is loaded only here. For the emulator a project needs none: what `init` would find in this
 * folder is used then.
 */
export async function loadFor(choice: ConfigChoice, context: Context): Promise<ConfigResult> {
  const { loadConfig, withoutIntruder } = await import('../functions/load.js');
  const result = await loadConfig({
    from: context.cwd,
    environment: context.environment,
    ...(choice.config === undefined ? {} : { file: choice.config }),
    ...(choice.endpoint === undefined ? {} : { overrides: { endpoint: choice.endpoint } }),
  });
  if (result.ok || choice.endpoint !== 'emulator' || result.problems[0]?.kind !== 'no-config') return result;
  const { configOfFound } = await import('../init/config.js');
  return withoutIntruder((await configOfFound(context.cwd, context.environment)) ?? result);
}

/** Says why the embedded emulator cannot be opened. @returns the exit code */
export function tellNoStore(problem: ConfigProblem, { config }: LoadedConfig, context: Context): number {
  tellConfigProblems({ ok: false, file: config.file, problems: [problem] }, context);
  return 6;
}

export function tellConfigProblems(
  { file, problems }: BrokenConfig,
  context: Context,
  choice: Pick<ConfigChoice, 'problems'> = {},
): void {
  const { language, err, annotate = err } = context;
  const name = file === null ? CONFIG_NAME : basename(file);
  if (choice.problems === true) {
    const texts = problems.map((problem) => explainConfigProblem(problem, language));
    const placed = texts.map(({ detail, hint }, at) => ({
      at: problems[at]?.at ?? null,
      text: sentences(detail, hint),
    }));
    context.out(problemsOfConfig(name, placed));
  }
  // Without a file there is nothing to count in it.
  if (file !== null) err(`${cliWords[language].configTrouble(file, problems.length)}\n`);
  for (const problem of problems) {
    const { detail, hint } = explainConfigProblem(problem, language);
    const at = problem.at === null ? '' : `${name}:${problem.at.line}:${problem.at.column} `;
    err(`${file === null ? 'tcb-watch:' : ' '} ${at}${detail}\n      ${hint}\n`);
    if (file === null || problem.at === null || !onGithub(context)) continue;
    const place = { file: relative(context.cwd, file).replaceAll('\\', '/'), ...problem.at };
    annotate(annotationAt(place, problem.path, sentences(detail, hint)));
  }
}
