/** `tcb-watch invoke NAME [JSON|-]`: calls a function where it runs, and prints what it returns. */

import type { InvokeOutcome } from '../cloud/cloud.js';
import { nearestName } from '../config/suggest.js';
import { codeOfRefusal } from '../core/standing.js';
import { invokeFunction } from '../daemon/invoke.js';
import { discover } from '../functions/discovery.js';
import { unmatchedEnvs } from '../functions/selection.js';
import type { EnvId, Failure, FunctionName } from '../model/nouns.js';
import type { LoadedConfig } from '../sync/sync.js';
import { describeFailure, failureText } from '../text/describe.js';
import { jsonLine } from '../text/json-line.js';
import { noticeFact } from '../text/notices.js';
import { listOf, printable, sentences } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import { invokeWords } from '../text/words/invoke.js';
import { describeTokenProblem } from '../text/words/tokens.js';
import { refusedFor } from './consent.js';
import { type Context, interruptsOf } from './context.js';
import { invokeSideBySide } from './invoke-events.js';
import { tellNoStore } from './load.js';
import { functionName, tellUnmatched, withEnvIds } from './names.js';
import type { InvokeOptions } from './options.js';
import { loadTrusted } from './trust.js';

interface Target {
  readonly name: FunctionName;
  readonly env: EnvId;
}

/** Exit codes: 0 it returned · 2 token or permission · 3 arguments · 4 no such function or environment · 6 local files · 5 the rest. */
export async function runInvoke(
  asked: InvokeOptions,
  written: string,
  given: string | undefined,
  context: Context,
): Promise<number> {
  const trusted = await loadTrusted(asked, context);
  if (trusted === null) return 3;
  const { loaded } = trusted;
  const options = withEnvIds(asked, loaded.config);
  const name = await functionName(written, loaded.config, context);
  const isSideBySide = options.event !== undefined || new Set(options.envId).size > 1;
  const envs = isSideBySide ? chooseEnvs(loaded, options, context) : null;
  if (typeof envs === 'number') return envs;
  if (envs !== null) return invokeSideBySide({ name, envs, given, loaded, options }, context);
  const env = chooseEnv(loaded, options, context);
  if (typeof env === 'number') return env;
  const refused = await refusedFor({ name, env }, loaded.config, options, context);
  if (refused !== null) return refused;
  if (options.inspect !== undefined && loaded.config.endpoint !== 'emulator') {
    context.err(`tcb-watch: ${invokeWords[context.language].inspectsEmulatorOnly}\n`);
    return 3;
  }
  const event = (given === '-' ? await context.readInput() : (given ?? '{}')).replace(/^\uFEFF/, '');
  const problem = jsonProblem(event);
  if (problem !== null) {
    context.err(`tcb-watch: ${invokeWords[context.language].notJson(problem)}\n`);
    return 3;
  }
  warnOfMinting(loaded, context);
  const signal = interruptsOf(context);
  const inspectPort = options.inspect ?? null;
  const onInspect = (): void => {
    if (inspectPort !== null) context.err(`${invokeWords[context.language].waitsForDebugger(inspectPort)}\n`);
  };
  const outcome = await invokeFunction(loaded, { env, name, event, inspectPort, onInspect }, signal);
  if ('cannotInspect' in outcome) {
    const { cannotInspect } = invokeWords[context.language];
    context.err(`tcb-watch: ${cannotInspect(inspectPort ?? 0, outcome.cannotInspect)}\n`);
    return 3;
  }
  if ('problem' in outcome) return tellNoStore(outcome.problem, loaded, context);
  const code = tell({ name, env }, outcome, options, context);
  if (!outcome.ok && outcome.failure.class === 'missing') await suggest(name, loaded, context);
  return code;
}

/** The project's own function that was probably meant. */
async function suggest(name: FunctionName, { config }: LoadedConfig, context: Context): Promise<void> {
  const names = (await discover(config)).map((spec) => spec.name);
  const near = names.includes(name) ? null : nearestName(name, names);
  if (near !== null) context.err(`${cliWords[context.language].mistakes.didYouMean(near)}\n`);
}

/** The environments that are named, or the only one; else the exit code why there is none. */
function chooseEnvs(
  { config }: LoadedConfig,
  { envId }: InvokeOptions,
  context: Context,
): readonly EnvId[] | number {
  const strangers = unmatchedEnvs(envId, config);
  if (strangers.length > 0) {
    return tellUnmatched(strangers, context);
  }
  if (envId.length > 0 || config.envs.length === 1)
    return envId.length > 0 ? [...new Set(envId)] : config.envs;
  context.err(
    `tcb-watch: ${invokeWords[context.language].manyEnvs(listOf(config.envs, context.language))}\n`,
  );
  return 3;
}

/** The environment, or the exit code why there is none. */
function chooseEnv(loaded: LoadedConfig, options: InvokeOptions, context: Context): EnvId | number {
  const envs = chooseEnvs(loaded, options, context);
  return typeof envs === 'number' ? envs : (envs[0] ?? 3);
}

function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function warnOfMinting({ config }: LoadedConfig, { err, language }: Context): void {
  if (config.endpoint === 'emulator' || config.token?.kind !== 'component') return;
  const notice = noticeFact('component-token', config.token.appId, language);
  if (notice.event === 'notice') err(`${sentences(notice.detail, notice.hint)}\n`);
}

function tell(target: Target, outcome: InvokeOutcome, options: InvokeOptions, context: Context): number {
  if (!outcome.ok) return tellFailure(target, outcome, context);
  const { result, logs, ms } = outcome;
  const { name, env } = target;
  if (options.json) {
    context.out(jsonLine('result', { function: name, env, result, logs, ms }));
    return 0;
  }
  for (const line of logs) context.err(`${printable(line)}\n`);
  const text = typeof result === 'string' ? result : JSON.stringify(result, null, 2);
  context.out(`${printable(text)}\n`);
  context.err(`${invokeWords[context.language].answered(ms)}\n`);
  return 0;
}

/** The vendor's function service: the code threw, or took too long (src/emulator/README.md). */
const codeFailed = new Set([-504_002, -504_003]);

function tellFailure(
  { name, env }: Target,
  { failure, logs }: Extract<InvokeOutcome, { ok: false }>,
  { err, language }: Context,
): number {
  const words = invokeWords[language];
  for (const line of logs) err(`${printable(line)}\n`);
  const threw = failure.errcode !== null && codeFailed.has(failure.errcode);
  const say = threw ? words.threw : words.failed;
  const { detail, hint } = explain(failure, threw, language);
  err(`tcb-watch: ${printable(say(name, env, detail))}\n${printable(hint)}\n`);
  return threw ? 5 : exitCodeOf(failure);
}

function explain(
  failure: Failure,
  threw: boolean,
  language: Context['language'],
): { readonly detail: string; readonly hint: string } {
  const words = invokeWords[language];
  if (failure.origin === 'token-source') return describeTokenProblem(failure.message, language, 'once');
  const detail = failureText(failure, language);
  if (threw) return { detail, hint: words.threwHint };
  if (failure.class === 'missing') return { detail, hint: words.unknownHint };
  if (failure.class === 'env') return { detail, hint: words.envUnknownHint };
  return { detail, hint: describeFailure(failure, { language, place: 'once' }) };
}

function exitCodeOf(failure: Failure): number {
  switch (failure.class) {
    case 'token':
    case 'quota':
      return 2;
    case 'config':
      return failure.origin === 'answer' ? 2 : 5;
    case 'missing':
      return 4;
    case 'env':
    case 'busy':
    case 'transient':
    case 'function':
    case 'unknown':
      return codeOfRefusal(failure);
    default:
      return failure.class satisfies never;
  }
}
