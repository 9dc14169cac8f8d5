/** The monitor as the output of `watch`: opens it on the terminal, carries out what is asked there, falls back to lines. */

import type { Config } from '../config/model.js';
import { emptyState } from '../core/state.js';
import type { Fact } from '../model/fact.js';
import type { Invoked } from '../monitor/model.js';
import type { Asked, Monitor } from '../monitor/monitor.js';
import { settingsOf } from '../sync/settings.js';
import type { Sync } from '../sync/sync.js';
import { steadyNow } from '../system/clock.js';
import { isRemote } from '../system/remote.js';
import { plainRenderer, type Renderer } from '../text/stream.js';
import { monitorWords } from '../text/words/monitor.js';
import type { Context, Terminal } from './context.js';
import type { CommonOptions } from './options.js';
import { looksFor, wantsAscii } from './output.js';

export interface MonitorOutput {
  readonly render: Renderer;
  /** Takes the screen, unless it has it or was closed. Facts told before are shown there. */
  open(config: Config): Promise<void>;
  /** Puts a question on the main screen: gives it back meanwhile, if it has it. It has to be opened again. */
  aside<T>(question: () => Promise<T>): Promise<T>;
  /** From here on it shows what goes on, and its keys act. */
  attach(sync: Sync): void;
  /** Gives the screen back; from here on facts are plain lines. Idempotent. `idle`: no upload has to be waited for. */
  close(): 'idle' | 'busy';
}

/** The monitor wants a whole terminal and somebody in front of it. */
export function monitorTerminal(options: CommonOptions, context: Context): Terminal | null {
  const { terminal, environment } = context;
  if (terminal === undefined || options.json || options.plain) return null;
  return environment['TERM'] === 'dumb' ? null : terminal;
}

export function monitorOutput(terminal: Terminal, options: CommonOptions, context: Context): MonitorOutput {
  const run: Run = {
    terminal,
    options,
    context,
    code: import('../monitor/monitor.js'),
    monitor: null,
    sync: null,
    closed: false,
    early: [],
    text: '',
    ends: [],
  };
  // It sees every fact, for its counts, and is heard when there is no screen.
  const plain = plainRenderer(
    (text) => {
      if (run.closed) context.out(text);
      else if (run.monitor === null) run.text += text;
    },
    looksFor(false, context, options.ascii),
  );
  return {
    render(fact, at) {
      plain(fact, at);
      run.monitor?.fact(fact, at);
      if (!run.closed && run.early.length < earlyKept) run.early.push({ fact, at });
    },
    open: (config) => open(run, config),
    aside(question) {
      giveBack(run);
      return question();
    },
    attach(sync) {
      run.sync = sync;
      observe(run);
    },
    close() {
      shut(run);
      const requests = run.sync?.engine.state().requests.values() ?? [];
      return [...requests].some(({ job }) => job.type === 'push') ? 'busy' : 'idle';
    },
  };
}

/** Facts kept for a screen that is opened again: a question comes before much is told. */
const earlyKept = 200;

interface Run {
  readonly terminal: Terminal;
  readonly options: CommonOptions;
  readonly context: Context;
  /** Loaded while the configuration is claimed: both wait for the disk. */
  readonly code: Promise<typeof import('../monitor/monitor.js')>;
  monitor: Monitor | null;
  sync: Sync | null;
  closed: boolean;
  /** Told first, for a screen that is opened after a question, and how it reads in lines. */
  early: { readonly fact: Fact; readonly at: number }[];
  text: string;
  /** How to let go of the process and the engine. */
  ends: (() => void)[];
}

async function open(run: Run, config: Config): Promise<void> {
  if (run.monitor !== null || run.closed) return;
  const { terminal, options, context } = run;
  const { openMonitor } = await run.code;
  // An interrupt may have come meanwhile.
  if (run.closed) return;
  const nothingYet = emptyState(settingsOf(config, 1), steadyNow());
  const monitor = openMonitor({
    input: terminal.input,
    output: terminal.output,
    language: context.language,
    ascii: options.ascii || wantsAscii(context.environment),
    color: context.color,
    remote: isRemote(context.environment),
    endpoint: () => run.sync?.config.endpoint ?? config.endpoint,
    redact: (text) => run.sync?.redact(text) ?? text,
    state: () => run.sync?.engine.state() ?? nothingYet,
    now: steadyNow,
    early: run.early,
    onAction: (asked) => carryOut(asked, run),
    onUse: () => run.sync?.used(),
    onFailure(error) {
      shut(run);
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      context.err(`${monitorWords[context.language].screenFailed(text)}\n`);
    },
  });
  Object.assign(run, { monitor, text: '' });
  run.ends = hold(monitor, run);
  observe(run);
  await monitor.listen();
}

function observe({ monitor, sync, ends }: Run): void {
  if (monitor === null || sync === null) return;
  ends.push(sync.engine.observe(monitor.stateChanged));
  monitor.stateChanged();
}

function shut(run: Run): void {
  if (run.closed) return;
  run.closed = true;
  giveBack(run);
  if (run.text !== '') run.context.out(run.text);
  Object.assign(run, { early: [], text: '' });
}

function giveBack(run: Run): void {
  for (const end of run.ends) end();
  run.monitor?.close();
  Object.assign(run, { monitor: null, ends: [] });
}

/** Everything of the process that concerns the screen while it is open. */
function hold(monitor: Monitor, run: Run): (() => void)[] {
  const { terminal, context } = run;
  let before = '';
  const release = terminal.captureErrors((text) => {
    monitor.stray(text);
    if (run.sync === null) before += text;
  });
  return [
    terminal.onExit(monitor.closeNow),
    terminal.onContinue(monitor.resume),
    () => {
      release();
      // What was said before anything ran says why nothing will.
      if (run.sync === null && before !== '') queueMicrotask(() => context.err(before));
    },
  ];
}

function carryOut(asked: Asked, run: Run): void {
  const { monitor, sync, terminal, context } = run;
  if (asked.type === 'quit') terminal.interrupt();
  if (asked.type === 'quit' || monitor === null || sync === null) return;
  const at = steadyNow();
  const { engine } = sync;
  switch (asked.type) {
    case 'retry':
      engine.dispatch({ type: 'retry', at, function: asked.function, env: asked.env });
      sync.sweep().catch(sync.reportBug);
      return;
    case 'force':
      engine.dispatch({ type: 'force', at, function: asked.function, env: asked.env });
      return;
    case 'pause':
      engine.dispatch({ type: 'pause', at, paused: asked.paused });
      return;
    case 'invoke':
      invoke(asked, sync).then(monitor.invoked).catch(sync.reportBug);
      return;
    case 'copy':
      copy(asked.text, monitor, context).catch(sync.reportBug);
      return;
    case 'open-folder':
      show(asked.folder, monitor, context).catch(sync.reportBug);
      return;
    case 'suspend':
      monitor.leave();
      terminal.suspend(monitor.resume);
      return;
    default:
      asked satisfies never;
  }
}

async function invoke(asked: Extract<Asked, { type: 'invoke' }>, sync: Sync): Promise<Invoked> {
  const { function: name, env, event } = asked;
  const outcome = await sync.cloud().invoke(env, name, event);
  const base = { function: name, env, logs: outcome.logs };
  if (outcome.ok) {
    return {
      ...base,
      ok: true,
      text: JSON.stringify(outcome.result, null, 2) ?? 'undefined',
      ms: outcome.ms,
    };
  }
  const { errcode, message, rid } = outcome.failure;
  const text = `${errcode === null ? '' : `${errcode} `}${message}${rid === null ? '' : ` (rid ${rid})`}`;
  return { ...base, ok: false, text, ms: null };
}

async function copy(text: string, monitor: Monitor, context: Context): Promise<void> {
  const words = monitorWords[context.language];
  const lines = text.trimEnd().split('\n').length;
  const { copyText } = await import('../system/clipboard.js');
  const result = await copyText(text, process.platform, context.environment);
  monitor.say(result.ok ? words.copiedBy(lines, result.tool) : words.copied(lines), 'good');
}

async function show(folder: string, monitor: Monitor, context: Context): Promise<void> {
  const words = monitorWords[context.language];
  const { openFolder } = await import('../system/open-folder.js');
  const result = await openFolder(folder, process.platform, context.environment);
  if (result.ok) monitor.say(words.opened(folder), 'good');
  else monitor.say(words.notOpened(folder, words.reasons[result.reason] ?? result.reason), 'warn');
}
