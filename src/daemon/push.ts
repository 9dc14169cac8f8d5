/** A `push` that another process asks of the running daemon: the same plan, reported for its targets alone. */

import { codeOfCalls } from '../answers/exit-code.js';
import { exitCodeOf, pendingOf, type Wants, worstOf } from '../core/standing.js';
import type { State } from '../core/state.js';
import { filesOf } from '../functions/files.js';
import { isSelected, type Selection, unmatchedOf } from '../functions/selection.js';
import type { Answer as EventAnswer } from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, FunctionName, FunctionSpec } from '../model/nouns.js';
import type { Sync } from '../sync/sync.js';
import { createTally, type Tally } from '../sync/tally.js';
import { steadyNow } from '../system/clock.js';
import { eventNotice } from '../text/answers.js';
import { problemsRenderer } from '../text/problems.js';
import { jsonRenderer, plainRenderer, type Renderer } from '../text/stream.js';
import type { Answer, Question } from './protocol.js';

export type PushQuestion = Extract<Question, { ask: 'push' }>;

export interface PushSession {
  readonly sync: Pick<Sync, 'aim' | 'answers' | 'atRest' | 'config' | 'discover' | 'engine' | 'observe'>;
  readonly question: PushQuestion;
  readonly say: (answer: Answer) => void;
  /** Aborts when nobody wants to wait any longer. */
  readonly signal: AbortSignal;
  readonly interrupted: () => boolean;
  readonly version: string;
}

/** Sends what differs of the targets, reports until they rest, and ends with the exit code. */
export async function servePush(session: PushSession): Promise<void> {
  const { sync, question, say, signal } = session;
  const { selection } = question;
  const specs = await sync.discover();
  const unmatched = unmatchedOf(selection, sync.config, specs);
  if (unmatched.length > 0) return say({ v: 1, say: 'unmatched', unmatched: [...unmatched] });
  const targets = targetsOf(specs, selection);
  const missing = targets.filter(({ name, env }) => !isKnown(sync.engine.state(), name, env));
  if (missing.length > 0) {
    return say({ v: 1, say: 'narrower', missing: missing.map(({ name, env }) => `${name} → ${env}`) });
  }
  const render = rendererOf(question, sync, say);
  const envs = [...new Set(targets.map(({ env }) => env))];
  const names = [...new Set(targets.map(({ name }) => name))];
  const meant = { names: new Set(names), envs: new Set(envs) };
  const wants: Wants = (name, env) => meant.names.has(name) && meant.envs.has(env);
  const { endpoint } = sync.config;
  render(
    { event: 'started', version: session.version, pid: process.pid, endpoint, envs, functions: names },
    Date.now(),
  );
  const tally = createTally();
  const stop = sync.observe(question.looks.language, (fact, at) => {
    const narrowed = narrowFact(fact, wants, envs);
    if (narrowed === null) return;
    tally.take(narrowed);
    render(narrowed, at);
  });
  wishes += 1;
  const id = `push-${wishes}`;
  try {
    await wish(sync, question, names, envs, id);
    await sync.atRest(signal, wants);
    const called = question.check ? await callAll(session, names, envs, tally, render) : 0;
    stop();
    // As long as its consent lasts: without it, all that was refused would only be protected.
    const state = sync.engine.state();
    const pending = pendingOf(state, wants);
    const ended = worstOf([exitCodeOf(state, wants, question.undo !== undefined), called]);
    const code = ended || (session.interrupted() ? 1 : 0);
    render({ event: 'stopped', code, ...tally.sum(pending), pending }, Date.now());
    say({ v: 1, say: 'ended', code });
  } finally {
    stop();
    sync.engine.dispatch({ type: 'revoke', at: steadyNow(), id });
  }
}

/** Calls what is live of these targets; the answers are reported here and where the daemon runs. @returns the exit code of it */
async function callAll(
  { sync, signal, question }: PushSession,
  names: readonly FunctionName[],
  envs: readonly EnvId[],
  tally: Tally,
  render: Renderer,
): Promise<number> {
  const answers: EventAnswer[] = [];
  const onAnswer = (answer: EventAnswer): void => {
    answers.push(answer);
    const fact = { event: 'answer', ...answer } as const;
    tally.take(fact);
    render(fact, Date.now());
  };
  const problems = await sync.answers.call({ names, envs, signal, onAnswer });
  // The daemon has reported them to its own terminal, perhaps long ago.
  for (const problem of problems) render(eventNotice(problem, question.looks.language), Date.now());
  return codeOfCalls(answers, problems);
}

function targetsOf(
  specs: readonly FunctionSpec[],
  selection: Selection,
): { name: FunctionName; env: EnvId }[] {
  return specs
    .filter((spec) => isSelected(spec, selection))
    .flatMap(({ name, envs }) => envs.map((env) => ({ name, env })))
    .filter(({ env }) => selection.envIds.length === 0 || selection.envIds.includes(env));
}

function isKnown(state: State, name: FunctionName, env: EnvId): boolean {
  return state.functions.get(name)?.targets.has(env) === true;
}

function rendererOf(
  { looks }: PushQuestion,
  { config }: Pick<Sync, 'config'>,
  say: PushSession['say'],
): Renderer {
  const write = (text: string): void => say({ v: 1, say: 'text', text });
  if (looks.problems) return problemsRenderer({ write, language: looks.language, ...filesOf(config) });
  return looks.json
    ? jsonRenderer(write)
    : plainRenderer(write, { ...looks, ...(looks.verbose ? {} : { gathering: 'outcomes' }) });
}

let wishes = 0;

/**
 * The request that a person makes by `push`: look at the files now, whatever the quiet time, and retry what failed. `--yes` opens these
 * functions in these environments; that, and `--force`, lasts until `id` is revoked.
 */
async function wish(
  { engine, aim }: Pick<Sync, 'aim' | 'engine'>,
  { force, yes, retry, undo }: PushQuestion,
  names: readonly FunctionName[],
  envs: readonly EnvId[],
  id: string,
): Promise<void> {
  const at = steadyNow();
  if (yes) engine.dispatch({ type: 'allow', at, id, envs, functions: names });
  if (undo !== undefined) {
    for (const name of names) {
      const steps = await aim(name, undo);
      engine.dispatch({ type: 'undo', at: steadyNow(), id, function: name, steps });
    }
    return;
  }
  const functions = names.map((name) => {
    // A build that failed may do better now, though no file has changed.
    const full = engine.state().functions.get(name)?.problem != null;
    return { function: name, cause: 'change', savedAt: null, full, capped: false } as const;
  });
  engine.dispatch({ type: 'settled', at, functions });
  const everyName = names.length === engine.state().functions.size;
  for (const env of envs) {
    for (const name of everyName ? [null] : names) {
      if (retry) engine.dispatch({ type: 'retry', at, function: name, env });
      if (force) engine.dispatch({ type: 'force', at, id, function: name, env });
    }
  }
}

/** The fact as it concerns these targets; null: it does not. */
function narrowFact(fact: Fact, wants: Wants, envs: readonly EnvId[]): Fact | null {
  switch (fact.event) {
    case 'started':
    case 'watching':
    case 'stopped':
    case 'quota':
      return null;
    case 'offline':
    case 'online':
    case 'token':
    case 'config':
      return fact;
    case 'notice': {
      const { function: name } = fact;
      return name === null || envs.some((env) => wants(name, env)) ? fact : null;
    }
    case 'changed':
    case 'unchanged':
    case 'found':
    case 'lost':
    case 'dismissed':
      return envs.some((env) => wants(fact.function, env)) ? fact : null;
    case 'live':
    case 'answer':
      return wants(fact.function, fact.env) ? fact : null;
    case 'held': {
      const { function: name } = fact;
      if (name === null) return fact;
      return envs.some((env) => (fact.env ?? env) === env && wants(name, env)) ? fact : null;
    }
    case 'adopted':
    case 'planned':
    case 'pushing':
    case 'pushed':
    case 'push-failed': {
      const meant = fact.envs.filter((env) => wants(fact.function, env));
      return meant.length === 0 ? null : { ...fact, envs: meant };
    }
    default:
      return fact satisfies never;
  }
}
