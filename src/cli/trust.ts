/** `tcb-watch trust`, and the question that every command asks before it does what nobody agreed to. */
import type { ConfigResult } from '../config/config.js';
import {
  type Agreed,
  createTrustGate,
  placeOf,
  shownOf,
  type TrustGate,
  type ValidConfig,
} from '../functions/trust.js';
import type { Risk } from '../model/risk.js';
import { createTrustStore, type StoreTrouble, type TrustStore } from '../state/trust.js';
import { labelled, listOf, said, visible } from '../text/text.js';
import { explainConfigProblem } from '../text/words/config.js';
import { trustWords } from '../text/words/trust.js';
import { wrap } from '../text/wrap.js';
import { isYes } from './consent.js';
import { type Context, interruptsOf } from './context.js';
import { type ConfigChoice, loadFor, tellConfigProblems } from './load.js';
import type { TrustOptions } from './options.js';

export interface TrustChoice extends ConfigChoice {
  /** `--trust`: agreed for this run. */
  readonly trust: boolean;
  readonly json: boolean;
}

export interface TrustedConfig {
  readonly loaded: ValidConfig;
  /** Reads the same file again: a problem for each thing that was not agreed to by then. */
  readonly reload: () => Promise<ConfigResult>;
}

/**
 * The configuration for a command that acts on it. Asks on a terminal for what is not agreed to; null where there is no
 * configuration or no agreement, with everything printed: exit code 3 then.
 */
export async function loadTrusted(choice: TrustChoice, context: Context): Promise<TrustedConfig | null> {
  const loaded = await loadFor(choice, context);
  if (!loaded.ok) {
    tellConfigProblems(loaded, context, choice);
    return null;
  }
  const store = createTrustStore(context.environment);
  const gate = createTrustGate(store);
  if (isGranted(choice, context)) gate.grant(loaded);
  const asked = context.interactive && !choice.json ? await askFor(loaded, gate, store, context) : null;
  const passed = asked === false ? null : await gate.pass(loaded);
  if (passed?.ok === true) {
    // A file that is gone for a moment is not looked for elsewhere: the folder above may have one, with other environments.
    const { file } = loaded.config;
    const again = file === null ? choice : { ...choice, config: file };
    return { loaded: passed, reload: async () => gate.pass(await loadFor(again, context)) };
  }
  if (passed !== null) tellConfigProblems(passed, context, choice);
  return null;
}

/**
 * The configuration for a command that only looks: what is not agreed to is left out of it and reported on stderr. null where there
 * is no configuration.
 */
export async function loadToLook(choice: TrustChoice, context: Context): Promise<ValidConfig | null> {
  const loaded = await loadFor(choice, context);
  if (!loaded.ok) {
    tellConfigProblems(loaded, context, choice);
    return null;
  }
  const { config, left } = await withoutOpen(loaded, choice, context);
  if (left.length > 0) {
    const title = trustWords[context.language].leftOut(left.length);
    const lines = left.map((problem) => `  ${explainConfigProblem(problem, context.language).detail}`);
    for (const line of [title, ...lines]) context.err(inRows(line, context));
  }
  return { ...loaded, config };
}

/** The configuration as far as it is agreed to. */
export function withoutOpen(
  loaded: ValidConfig,
  choice: Pick<TrustChoice, 'trust'>,
  context: Context,
): Promise<Agreed> {
  const gate = createTrustGate(createTrustStore(context.environment));
  if (isGranted(choice, context)) gate.grant(loaded);
  return gate.trim(loaded);
}

function isGranted({ trust }: Pick<TrustChoice, 'trust'>, { environment }: Context): boolean {
  return trust || environment['TCB_WATCH_TRUST'] === '1';
}

/** @returns true: agreed, or there was nothing to ask; false: a person said no, or ended it; null: no answer was to be had */
async function askFor(
  loaded: ValidConfig,
  gate: TrustGate,
  store: TrustStore,
  context: Context,
): Promise<boolean | null> {
  const words = trustWords[context.language];
  const { open, changed, trouble } = await gate.judge(loaded);
  tellTrouble(trouble, context);
  if (open.length === 0) return true;
  const listed = inRows(words.title(shownPlaceOf(loaded)), context) + linesOf(open, loaded, changed, context);
  const interrupts = interruptsOf(context);
  const answer = await context.ask(`${listed}${words.question}`, interrupts);
  if (interrupts.aborted) return false;
  if (answer === null) return null;
  if (!isYes(answer)) {
    context.err(inRows(words.declined, context));
    return false;
  }
  gate.grant(loaded);
  const failed = await store.agree(placeOf(loaded), loaded.risks);
  tellTrouble(failed, context);
  if (failed === null) context.err(inRows(words.agreed(store.file), context));
  return true;
}

/** A folder may be named like one of our lines. */
function shownPlaceOf(loaded: ValidConfig): string {
  return visible(placeOf(loaded));
}

/** One risk a line, with its place in the file. */
function linesOf(
  risks: readonly Risk[],
  loaded: ValidConfig,
  changed: ReadonlySet<string>,
  context: Context,
): string {
  const { language } = context;
  const words = trustWords[language];
  const lines = risks.map((risk) => {
    const { kind, path, at } = risk;
    const place = at === null ? path : `${at.line}:${at.column} ${path}`;
    const mark = changed.has(path) ? ` ${words.changed}` : '';
    return `  ${visible(labelled(place, words.risks[kind](shownOf(risk, loaded)), language))}${mark}`;
  });
  return lines.map((line) => inRows(line, context)).join('');
}

/** With its line feed. A terminal would break it in the middle of a word. */
function inRows(text: string, { columns }: Pick<Context, 'columns'>): string {
  const indent = text.startsWith(' ') ? '    ' : '';
  return `${wrap(text, columns, { indent, wholeWords: true }).join('\n')}\n`;
}

function tellTrouble(trouble: StoreTrouble | null, context: Context): void {
  if (trouble === null) return;
  const words = trustWords[context.language].trouble;
  const text =
    trouble.kind === 'unreadable'
      ? words.unreadable(trouble.file, trouble.code)
      : words[trouble.kind](trouble.file);
  context.err(inRows(said(text), context));
}

/** Exit codes: 0 everything is agreed to, 1 a person said no, 3 nobody could be asked or the configuration has mistakes. */
export async function runTrust(options: TrustOptions, context: Context): Promise<number> {
  const store = createTrustStore(context.environment);
  if (options.list) return listProjects(store, context);
  const loaded = await loadFor(options, context);
  if (!loaded.ok) {
    tellConfigProblems(loaded, context);
    return 3;
  }
  return options.forget ? forgetProject(loaded, store, context) : showAndAsk(loaded, store, context);
}

async function showAndAsk(loaded: ValidConfig, store: TrustStore, context: Context): Promise<number> {
  const words = trustWords[context.language];
  const place = shownPlaceOf(loaded);
  if (loaded.risks.length === 0) {
    context.out(`${words.nothing(place)}\n`);
    return 0;
  }
  const gate = createTrustGate(store);
  if (context.interactive) {
    const { open } = await gate.judge(loaded);
    if (open.length > 0) return (await askFor(loaded, gate, store, context)) === true ? 0 : 1;
  }
  const { open, changed, trouble } = await gate.judge(loaded);
  tellTrouble(trouble, context);
  context.out(inRows(words.title(place), context) + linesOf(loaded.risks, loaded, changed, context));
  if (open.length > 0) {
    context.err(inRows(said(words.nobodyToAsk), context));
    return 3;
  }
  context.out(`${words.alreadyAgreed}\n`);
  return 0;
}

async function listProjects(store: TrustStore, context: Context): Promise<number> {
  const words = trustWords[context.language];
  const { projects, trouble } = await store.list();
  tellTrouble(trouble, context);
  if (projects.length === 0) context.out(`${words.listEmpty(store.file)}\n`);
  else context.out(`${words.listTitle(store.file)}\n`);
  for (const { place, agreedAt, paths } of projects) {
    const project = labelled(place, listOf(paths, context.language), context.language);
    context.out(`  ${visible(`${agreedAt.slice(0, 10)} ${project}`)}\n`);
  }
  return trouble === null ? 0 : 6;
}

async function forgetProject(loaded: ValidConfig, store: TrustStore, context: Context): Promise<number> {
  const words = trustWords[context.language];
  const place = shownPlaceOf(loaded);
  const { forgotten, trouble } = await store.forget(placeOf(loaded));
  tellTrouble(trouble, context);
  if (trouble !== null) return 6;
  context.out(`${forgotten ? words.forgot(place) : words.nothingToForget(place)}\n`);
  return 0;
}
