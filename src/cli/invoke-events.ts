/** `tcb-watch invoke NAME --event EVENT`, and calls in several environments: the answers side by side. */

import { findEvents } from '../answers/events.js';
import { codeOfAnswers } from '../answers/exit-code.js';
import { nearestName } from '../config/suggest.js';
import { callSideBySide } from '../daemon/answers.js';
import type { Answer, SavedEvent } from '../model/answer.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import type { LoadedConfig } from '../sync/sync.js';
import { isRecord, parseJson } from '../system/json.js';
import { answerTable, describeEventProblem } from '../text/answers.js';
import { jsonLine } from '../text/json-line.js';
import { inAscii, sentences } from '../text/text.js';
import { answerWords } from '../text/words/answers.js';
import { cliWords } from '../text/words/cli.js';
import { refusedFor } from './consent.js';
import { type Context, interruptsOf } from './context.js';
import { tellNoStore } from './load.js';
import { tellUnmatched } from './names.js';
import type { InvokeOptions } from './options.js';
import { wantsAscii } from './output.js';

interface SideBySide {
  readonly name: FunctionName;
  readonly envs: readonly EnvId[];
  /** JSON text, or `-` for stdin. */
  readonly given: string | undefined;
  readonly loaded: LoadedConfig;
  readonly options: InvokeOptions;
}

/** Exit codes as those of `check`; a protected environment is asked about as ever. */
export async function invokeSideBySide(wish: SideBySide, context: Context): Promise<number> {
  const { name, envs, loaded, options } = wish;
  const { language } = context;
  if (options.inspect !== undefined) {
    context.err(`tcb-watch: ${answerWords[language].inspectsOne}\n`);
    return 3;
  }
  const event = await eventOf(wish, context);
  if (typeof event === 'number') return event;
  for (const env of envs) {
    const refused = await refusedFor({ name, env }, loaded.config, options, context);
    if (refused !== null) return refused;
  }
  const signal = interruptsOf(context);
  const outcome = await callSideBySide({ name, envs, event, loaded, language, signal });
  switch (outcome.kind) {
    case 'unmatched':
      return tellUnmatched(outcome.unmatched, context);
    case 'no-store':
      return tellNoStore(outcome.problem, loaded, context);
    case 'done':
      tell(outcome.answers, options, context);
      return outcome.answers.length < envs.length ? 1 : codeOfAnswers(outcome.answers);
    default:
      return outcome satisfies never;
  }
}

function tell(answers: readonly Answer[], { json }: InvokeOptions, context: Context): void {
  if (!json) {
    const text = `${answerTable(answers, context.language).join('\n')}\n`;
    context.out(wantsAscii(context.environment) ? inAscii(text) : text);
    return;
  }
  for (const answer of answers) {
    // As `invoke` of one environment has them.
    const own = { logs: answer.logs.map(({ text }) => text), ms: answer.ms ?? answer.callMs };
    context.out(jsonLine('result', { ...answer, ...own }));
  }
}

/** The event, or the exit code why there is none. */
async function eventOf(wish: SideBySide, context: Context): Promise<SavedEvent | number> {
  const { options, loaded, given } = wish;
  if (options.event !== undefined) return savedEvent(wish.name, options.event, loaded, context);
  const text = given === '-' ? await context.readInput() : (given ?? '{}');
  const value = parseJson(text);
  if (!isRecord(value)) {
    context.err(`tcb-watch: ${answerWords[context.language].noObject}\n`);
    return 3;
  }
  const nothing = { expect: null, ignore: [], envs: null } as const;
  return { name: '', value, ...nothing, file: loaded.config.folder, at: { line: 1, column: 1 } };
}

async function savedEvent(
  name: FunctionName,
  wanted: string,
  { config }: LoadedConfig,
  { err, language }: Context,
): Promise<SavedEvent | number> {
  const { events, problems } = await findEvents(config, name);
  for (const problem of problems) {
    const { detail, hint } = describeEventProblem(problem, language);
    err(`tcb-watch: ${detail}\n${hint}\n`);
  }
  const found = events.find((event) => event.name === wanted);
  if (found !== undefined) return found;
  const known = events.map((event) => event.name);
  const near = nearestName(wanted, known);
  const hint = near === null ? '' : cliWords[language].mistakes.didYouMean(near);
  const text = sentences(answerWords[language].noEvent(name, wanted, known), hint);
  if (problems.length === 0) err(`tcb-watch: ${text}\n`);
  return 3;
}
