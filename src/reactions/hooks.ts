/** `hooks`: commands that run when something happened, with the event as JSON on stdin and its parts in variables. */

import type { Config } from '../config/model.js';
import type { Fact } from '../model/fact.js';
import { runCommand as systemCommand } from '../system/command.js';
import { jsonLine } from '../text/json-line.js';
import type { Language } from '../text/language.js';
import { noticeFact } from '../text/notices.js';
import { labelled, noted } from '../text/text.js';

export interface HooksOptions {
  readonly config: () => Config;
  readonly environment: () => Readonly<Record<string, string | undefined>>;
  readonly language: Language;
  readonly tell: (fact: Fact) => void;
  readonly runCommand?: typeof systemCommand;
}

/** Longer ones have hung. */
const timeoutMs = 30_000;
/** Lines of a hook's output that are shown. */
const linesShown = 20;

type HookName = 'afterLive' | 'onFailure';

/** A hook that is to run. Two of one key are about the same. */
export interface Hook {
  readonly key: string;
  readonly run: () => Promise<void>;
}

/** The hook to run for a fact; null: there is none. Hooks end when the signal aborts. */
export function createHooks(
  options: HooksOptions,
  signal: AbortSignal,
): (fact: Fact, at: number) => Hook | null {
  const { config, environment, language, tell, runCommand = systemCommand } = options;
  const run = async (name: HookName, command: string, fact: Fact, at: number): Promise<void> => {
    const { event, ...fields } = fact;
    const input = jsonLine(event, fields, at);
    const { code, output } = await runCommand({
      command,
      folder: config().folder,
      environment: { ...environment(), ...variablesOf(fact) },
      input,
      timeoutMs,
      signal,
    });
    const shown = output.split(/\r?\n/).slice(-linesShown).join('\n');
    if (code === 'ABORTED') return;
    if (code !== '0')
      tell(noticeFact('hook-failed', `${noted(name, code, language)} ${shown}`.trim(), language));
    else if (shown !== '') tell(noticeFact('hook-output', labelled(name, shown, language), language));
  };
  return (fact, at) => {
    const name = hookOf(fact);
    const command = name === null ? null : config().hooks[name];
    if (name === null || command === null) return null;
    const { TCB_WATCH_FUNCTION: about, TCB_WATCH_ENV: envs } = variablesOf(fact);
    return { key: `${name} ${fact.event} ${about} ${envs}`, run: () => run(name, command, fact, at) };
  };
}

function hookOf(fact: Fact): HookName | null {
  if (fact.event === 'live') return 'afterLive';
  if (fact.event === 'push-failed') return 'onFailure';
  const isRefused = fact.event === 'held' && (fact.reason === 'build-failed' || fact.reason === 'cannot-run');
  return isRefused ? 'onFailure' : null;
}

/** For shells, which do not read JSON. Several environments are separated by commas. */
function variablesOf(fact: Fact): Record<string, string> {
  const one = 'env' in fact ? (fact.env ?? '') : '';
  const envs = 'envs' in fact && typeof fact.envs !== 'number' ? fact.envs.join(',') : one;
  return {
    TCB_WATCH_EVENT: fact.event,
    TCB_WATCH_FUNCTION: 'function' in fact ? (fact.function ?? '') : '',
    TCB_WATCH_ENV: envs,
    TCB_WATCH_FINGERPRINT: 'fingerprint' in fact ? (fact.fingerprint ?? '') : '',
    TCB_WATCH_MESSAGE: asVariable(
      'message' in fact ? fact.message : 'detail' in fact ? (fact.detail ?? '') : '',
    ),
  };
}

/** Of a variable, characters: Linux takes 128 KB for one, Windows 32,767 characters. The whole text is in the event. */
const longestVariable = 8000;

/** No system takes a zero in a variable, nor one of any length. */
function asVariable(text: string): string {
  return text.slice(0, longestVariable).replaceAll('\0', '');
}
