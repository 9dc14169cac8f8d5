/** Where a run's facts go: stdout, and the log file; and how they are to look there. */
import type { Config } from '../config/model.js';
import { filesOf } from '../functions/files.js';
import { stateFolderOf } from '../state/folder.js';
import { createLogFile } from '../state/log.js';
import { slashRelative } from '../system/paths.js';
import { annotationOf } from '../text/annotations.js';
import type { Gathering } from '../text/gathering.js';
import { noticeFact } from '../text/notices.js';
import { problemsRenderer } from '../text/problems.js';
import { jsonRenderer, type PlainOptions, plainRenderer, type Renderer } from '../text/stream.js';
import type { AmbiguousColumns } from '../text/text.js';
import type { Context } from './context.js';
import type { CommonOptions } from './options.js';

/** Plain lines, JSON lines or an editor's problems on stdout. `--verbose`: each fact has a line of its own. */
export function rendererFor(
  { json, problems, ascii, verbose }: Pick<CommonOptions, 'json' | 'problems' | 'ascii' | 'verbose'>,
  gathering: Gathering,
  config: Config,
  context: Context,
): Renderer {
  if (problems)
    return problemsRenderer({ write: context.out, language: context.language, ...filesOf(config) });
  const render = json
    ? jsonRenderer(context.out)
    : plainRenderer(context.out, {
        ...looksFor(json, context, ascii),
        ...{ columns: context.columns, ...(verbose ? {} : { gathering }) },
      });
  return onGithub(context) ? annotated(render, context, config.folder) : render;
}

/** The same renderer, which writes every fact to `.tcb-watch/log` too. Facts hold no secrets when they come here. */
export function withLog(render: Renderer, config: Config, context: Context): Renderer {
  /** The folder cannot be made, and that was said: then the log needs no words of its own. */
  let hasNoFolder = false;
  const log = createLogFile({
    folder: stateFolderOf(config),
    onTrouble(code) {
      if (!hasNoFolder) render(noticeFact('log-unwritable', code, context.language), Date.now());
    },
  });
  context.atEnd?.(log.flush);
  const write = plainRenderer(log.write, {
    language: context.language,
    color: false,
    ascii: false,
    timestamps: true,
    dates: true,
  });
  return (fact, at) => {
    hasNoFolder ||= fact.event === 'notice' && fact.kind === 'state-folder';
    write(fact, at);
    render(fact, at);
  };
}

/** Runs in GitHub Actions, which shows certain lines next to the code. */
export function onGithub({ environment }: Pick<Context, 'environment'>): boolean {
  return environment['GITHUB_ACTIONS'] === 'true';
}

/** On stderr, where they are read as well, so that stdout stays what it is. */
function annotated(
  render: Renderer,
  { err, annotate = err, environment, cwd, language }: Context,
  folder: string,
): Renderer {
  const repository = environment['GITHUB_WORKSPACE'] ?? cwd;
  return (fact, at) => {
    render(fact, at);
    const line = annotationOf(fact, language, slashRelative(repository, folder));
    if (line !== null) annotate(line);
  };
}

/** How lines are to look here, for whoever writes them. */
export function looksFor(
  json: boolean,
  context: Context,
  ascii = false,
): Omit<PlainOptions, 'dates' | 'columns' | 'gathering'> & { readonly json: boolean } {
  return {
    json,
    language: context.language,
    color: context.color,
    ascii: ascii || wantsAscii(context.environment),
    timestamps: context.environment['TCB_WATCH_TIMESTAMPS'] !== '0',
  };
}

/**
 * How many columns this terminal gives to ambiguous characters: what the command line says, then our variable, then the one
 * that fzf and lazygit read (go-runewidth).
 */
export function ambiguousColumns(
  asked: AmbiguousColumns | undefined,
  environment: Context['environment'],
): AmbiguousColumns {
  const own = environment['TCB_WATCH_AMBIGUOUS_WIDTH'];
  if (asked !== undefined) return asked;
  if (own !== undefined && own !== '') return own === '2' ? 2 : 1;
  return environment['RUNEWIDTH_EASTASIAN'] === '1' ? 2 : 1;
}

/** A locale without UTF-8 would show the symbols as question marks. */
export function wantsAscii(environment: Context['environment']): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || 'UTF-8';
  return environment['TERM'] === 'dumb' || !/utf-?8/i.test(locale);
}
