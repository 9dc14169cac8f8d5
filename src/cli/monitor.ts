/** The monitor as the output of `watch`: opens it on the terminal, carries out what is asked there, falls back to lines. */

import { eventsFileOf } from '../answers/events.js';
import type { Config } from '../config/model.js';
import { emptyState } from '../core/state.js';
import type { Fact } from '../model/fact.js';
import type { Invoked } from '../monitor/model.js';
import type { Asked, Monitor } from '../monitor/monitor.js';
import { stateFolderOf } from '../state/folder.js';
import { readLogEnd } from '../state/log.js';
import { settingsOf } from '../sync/settings.js';
import type { Sync } from '../sync/sync.js';
import { steadyNow } from '../system/clock.js';
import { isRemote } from '../system/desktop.js';
import { describeEventProblem } from '../text/answers.js';
import { failureText } from '../text/describe.js';
import type { Language } from '../text/language.js';
import { loggedLines, plainRenderer, type Renderer } from '../text/stream.js';
import { monitorWords } from '../text/words/monitor.js';
import type { Context, Terminal } from './context.js';
import type { CommonOptions } from './options.js';
import { looksFor, wantsAscii } from './output.js';

export interface MonitorOutput {
  readonly render: Renderer;
  /** Takes the screen, unless it has it or was closed. Facts reported before are shown there. */
  open(config: Config): Promise<void>;
  /** Puts a question on the main screen: gives it back meanwhile, if it has it. It has to be opened again. */
  aside<T>(question: () => Promise<T>): Promise<T>;
  /** From here on it shows what happens, and its keys act. */
  attach(sync: Sync): void;
  /** Gives the screen back; from here on facts are plain lines. Idempotent. `idle`: no upload has to be waited for. */
  close(): 'idle' | 'busy';
}

/** The monitor wants a whole terminal and somebody in front of it. */
export function monitorTerminal(options: CommonOptions, context: Context): Terminal | null {
  const { terminal, environment } = context;
  if (terminal === undefined || options.json || options.plain || options.problems) return null;
  return environment['TERM'] === 'dumb' ? null : terminal;
}

/** Facts kept for a screen that is opened again: a question comes before much is reported. */
const earlyKept = 200;

/** Bytes of the log file that fill the log of a new screen: some hundred lines. */
const recalledBytes = 64 * 1024;

/** The screen is closed at first. */
export function monitorOutput(terminal: Terminal, options: CommonOptions, context: Context): MonitorOutput {
  /** Loaded while the configuration is claimed: both wait for the disk. */
  const code = import('../monitor/monitor.js');
  let monitor: Monitor | null = null;
  let sync: Sync | null = null;
  let closed = false;
  /** Reported first, for a screen that is opened after a question, and how it reads in lines. */
  let early: { readonly fact: Fact; readonly at: number }[] = [];
  let text = '';
  /** How to let go of the process and the engine. */
  let ends: (() => void)[] = [];

  // It sees every fact, for its counts, and is heard when there is no screen.
  const plain = plainRenderer(
    (line) => {
      if (closed) context.out(line);
      else if (monitor === null) text += line;
    },
    looksFor(false, context, options.ascii),
  );

  const open = async (config: Config): Promise<void> => {
    if (monitor !== null || closed) return;
    const { openMonitor } = await code;
    // An interrupt may have come meanwhile.
    if (closed) return;
    const nothingYet = emptyState(settingsOf(config, 1), steadyNow());
    monitor = openMonitor({
      input: terminal.input,
      output: terminal.output,
      language: context.language,
      ascii: options.ascii || wantsAscii(context.environment),
      color: context.color,
      remote: isRemote(context.environment),
      // A Windows console takes text selection away for it, and gives Node before 24 no mouse reports in return.
      mouse: process.platform !== 'win32',
      endpoint: () => sync?.config.endpoint ?? config.endpoint,
      redact: (shown) => sync?.redact(shown) ?? shown,
      token: () => (sync?.config ?? config).token,
      uncalled: (name, env) => sync?.answers.uncalled(name, env) ?? null,
      eventsFileOf: (name) => eventsFileOf(sync?.config ?? config, name),
      state: () => sync?.engine.state() ?? nothingYet,
      now: steadyNow,
      early,
      onAction: carryOut,
      onUse: () => sync?.used(),
      onFailure(error) {
        shut();
        const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
        context.err(`${monitorWords[context.language].screenFailed(trace)}\n`);
      },
    });
    text = '';
    ends = holdProcess(monitor);
    void recall(monitor, config);
    observe();
    await monitor.listen();
  };

  /** The lines that earlier runs logged, under the first picture. */
  const recall = async (opened: Monitor, config: Config): Promise<void> => {
    const before = early[0]?.at ?? steadyNow();
    const lines = loggedLines(await readLogEnd(stateFolderOf(config), recalledBytes));
    opened.recall(lines.filter(({ at }) => at < before));
  };

  const observe = (): void => {
    if (monitor === null || sync === null) return;
    ends.push(sync.engine.observe(monitor.stateChanged));
    monitor.stateChanged();
  };

  /** Everything of the process that concerns the screen while it is open. */
  const holdProcess = (opened: Monitor): (() => void)[] => {
    let before = '';
    const release = terminal.captureErrors((stray) => {
      opened.stray(stray);
      if (sync === null) before += stray;
    });
    return [
      terminal.onExit(opened.closeNow),
      terminal.onContinue(opened.resume),
      () => {
        release();
        // The lines that were said before anything ran say why nothing will.
        if (sync === null && before !== '') queueMicrotask(() => context.err(before));
      },
    ];
  };

  const giveBack = (): void => {
    for (const end of ends) end();
    monitor?.close();
    monitor = null;
    ends = [];
  };

  const shut = (): void => {
    if (closed) return;
    closed = true;
    giveBack();
    if (text !== '') context.out(text);
    early = [];
    text = '';
  };

  /** A promise: the screen opens something when it is kept. */
  const carryOut = (asked: Asked): Promise<void> | null => {
    if (asked.type === 'quit') terminal.interrupt();
    if (asked.type === 'quit' || monitor === null || sync === null) return null;
    const { engine, reportBug } = sync;
    const { language } = context;
    switch (asked.type) {
      case 'history':
      case 'diff':
      case 'undo':
        return lookUp(asked, sync, monitor, language).catch(reportBug);
      case 'events':
        return offer(asked, sync, monitor).catch(reportBug);
      case 'dispatch':
        for (const event of asked.events) engine.dispatch(event);
        if (asked.events.some(({ type }) => type === 'retry')) sync.sweep().catch(reportBug);
        return null;
      case 'invoke':
        invoke(asked, sync, language).then(monitor.invoked).catch(reportBug);
        return null;
      case 'differences':
        compareLive(asked, sync, monitor, language).catch(reportBug);
        return null;
      case 'call':
        callNow(asked, sync, monitor, context).catch(reportBug);
        return null;
      case 'choose':
        sync.answers.choose(asked.function, asked.events);
        return null;
      case 'copy':
        copy(asked.text, monitor, context).catch(reportBug);
        return null;
      case 'edit':
        edit(asked.text, monitor, terminal, context).catch(reportBug);
        return null;
      case 'open-folder':
        show(asked.folder, monitor, context).catch(reportBug);
        return null;
      case 'suspend':
        monitor.leave();
        terminal.suspend(monitor.resume);
        return null;
      default:
        return asked satisfies never;
    }
  };

  return {
    render(fact, at) {
      plain(fact, at);
      monitor?.fact(fact, at);
      if (!closed && early.length < earlyKept) early.push({ fact, at });
    },
    open,
    aside(question) {
      giveBack();
      return question();
    },
    attach(started) {
      sync = started;
      observe();
    },
    close() {
      shut();
      const requests = sync?.engine.state().requests.values() ?? [];
      return [...requests].some(({ job }) => job.type === 'push') ? 'busy' : 'idle';
    },
  };
}

async function invoke(
  asked: Extract<Asked, { type: 'invoke' }>,
  sync: Sync,
  language: Language,
): Promise<Invoked> {
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
  return { ...base, ok: false, text: failureText(outcome.failure, language), ms: null };
}

/** Loaded when it is first asked for: comparing is not part of a start. */
async function lookUp(
  { type, function: name, envs }: Extract<Asked, { type: 'history' | 'diff' | 'undo' }>,
  sync: Sync,
  monitor: Monitor,
  language: Language,
): Promise<void> {
  const { diffSheet, historySheet, undoSheet } = await import('./monitor-history.js');
  if (type === 'history') return monitor.show(await historySheet(sync, name, envs, language), null);
  if (type === 'diff') return monitor.show(await diffSheet(sync, name, envs, language), null);
  const found = await undoSheet(sync, name, envs, language);
  if (typeof found === 'string') monitor.say(found, 'warn');
  else monitor.show(found.sheet, found.question);
}

async function compareLive(
  { function: name, envs, key }: Extract<Asked, { type: 'differences' }>,
  sync: Sync,
  monitor: Monitor,
  language: Language,
): Promise<void> {
  const { differenceGroups } = await import('./monitor-history.js');
  monitor.differ({ key, groups: await differenceGroups(sync, name, envs, language) });
}

/** Calls it with its saved events; the answers come as facts. */
async function callNow(
  { function: name, env }: Extract<Asked, { type: 'call' }>,
  { answers }: Sync,
  monitor: Monitor,
  { language }: Context,
): Promise<void> {
  let count = 0;
  const onAnswer = (): void => {
    count += 1;
  };
  const { signal } = new AbortController();
  const envs = env === null ? null : [env];
  const [problem] = await answers.call({ names: [name], envs, signal, onAnswer });
  // Reported when it came about, perhaps long ago, and in the log, which the answers hide.
  if (problem !== undefined) monitor.say(describeEventProblem(problem, language).detail, 'warn');
  else if (count === 0) monitor.say(monitorWords[language].notCalled(name), 'warn');
}

async function offer(
  { function: name }: Extract<Asked, { type: 'events' }>,
  { answers }: Sync,
  monitor: Monitor,
): Promise<void> {
  monitor.offer(name, await answers.eventsOf(name));
}

async function copy(text: string, monitor: Monitor, context: Context): Promise<void> {
  const words = monitorWords[context.language];
  const lines = text.trimEnd().split('\n').length;
  const { copyText } = await import('../system/desktop.js');
  const result = await copyText(text, process.platform, context.environment);
  monitor.say(result.ok ? words.copiedBy(lines, result.tool) : words.copied(lines), 'good');
}

/** The screen makes room for somebody's own editor; uploads go on meanwhile. */
async function edit(text: string, monitor: Monitor, terminal: Terminal, context: Context): Promise<void> {
  const { editText } = await import('../system/editor.js');
  monitor.leave();
  const takeBack = terminal.handOver();
  const result = await editText(text, 'event.json', context.environment);
  takeBack();
  monitor.resume();
  if (result.ok) monitor.edited(result.text);
  else monitor.say(monitorWords[context.language].editorFailed(result.reason), 'bad');
}

async function show(folder: string, monitor: Monitor, context: Context): Promise<void> {
  const words = monitorWords[context.language];
  const { openFolder } = await import('../system/desktop.js');
  const result = await openFolder(folder, process.platform, context.environment);
  if (result.ok) monitor.say(words.opened(folder), 'good');
  else monitor.say(words.notOpened(folder, words.reasons[result.reason] ?? result.reason), 'warn');
}
