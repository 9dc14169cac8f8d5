/** The monitor as the output of `watch`: opens it on the terminal, carries out what is asked there, falls back to lines. */
import { copyText, isRemote } from '../io/clipboard.js';
import { openFolder } from '../io/open-folder.js';
import type { Sync } from '../sync/sync.js';
import type { Fact } from '../ui/facts.js';
import type { Invoked } from '../ui/monitor/model.js';
import type { Asked, Monitor } from '../ui/monitor/monitor.js';
import { monitorWords } from '../ui/monitor/words.js';
import { plainRenderer, type Renderer } from '../ui/stream.js';
import type { Context, Terminal } from './context.js';
import type { CommonOptions } from './options.js';
import { looksFor, wantsAscii } from './output.js';

export interface MonitorOutput {
  readonly render: Renderer;
  /** Takes the screen. Facts told before are shown there. */
  open(sync: Sync): Promise<void>;
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
  let monitor: Monitor | null = null;
  let closed = false;
  /** Told before the screen was there. */
  let early: { readonly fact: Fact; readonly at: number }[] = [];
  let earlyText = '';
  // It sees every fact, for its counts, and is heard when there is no screen.
  const hear = (text: string): void => {
    if (closed) context.out(text);
    else if (monitor === null) earlyText += text;
  };
  const plain = plainRenderer(hear, looksFor(false, context, options.ascii));
  let release: (() => void) | null = null;

  let isIdle = (): boolean => true;

  const shut = (): void => {
    if (closed) return;
    closed = true;
    release?.();
    if (monitor === null) context.out(earlyText);
    monitor?.close();
    monitor = null;
    early = [];
    earlyText = '';
  };
  return {
    render(fact, at) {
      plain(fact, at);
      if (monitor !== null) monitor.fact(fact, at);
      else if (!closed) early.push({ fact, at });
    },
    async open(sync) {
      const { openMonitor } = await import('../ui/monitor/monitor.js');
      if (closed) return;
      const opened = await openMonitor({
        input: terminal.input,
        output: terminal.output,
        language: context.language,
        ascii: options.ascii || wantsAscii(context.environment),
        color: context.color,
        remote: isRemote(context.environment),
        endpoint: () => sync.config.endpoint,
        redact: sync.redact,
        state: () => sync.engine.state(),
        now: Date.now,
        early,
        onAction: (asked) => carryOut(asked, opened, sync, terminal, context),
        onFailure(error) {
          shut();
          const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
          context.err(`${monitorWords[context.language].screenFailed(text)}\n`);
        },
      });
      if (closed) return opened.close();
      monitor = opened;
      isIdle = () => ![...sync.engine.state().requests.values()].some(({ job }) => job.type === 'push');
      earlyText = '';
      early = [];
      release = hold(opened, sync, terminal);
    },
    close() {
      shut();
      return isIdle() ? 'idle' : 'busy';
    },
  };
}

/** Everything of the process that concerns the screen while it is open; returns how to let go of it. */
function hold(monitor: Monitor, sync: Sync, terminal: Terminal): () => void {
  const ends = [
    sync.engine.observe(monitor.stateChanged),
    terminal.onExit(monitor.closeNow),
    terminal.onContinue(monitor.resume),
    terminal.captureErrors(monitor.stray),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function carryOut(asked: Asked, monitor: Monitor, sync: Sync, terminal: Terminal, context: Context): void {
  const at = Date.now();
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
      open(asked.folder, monitor, context).catch(sync.reportBug);
      return;
    case 'suspend':
      monitor.leave();
      terminal.suspend(monitor.resume);
      return;
    case 'quit':
      terminal.interrupt();
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
  const result = await copyText(text, process.platform, context.environment);
  monitor.say(result.ok ? words.copiedBy(lines, result.tool) : words.copied(lines), 'good');
}

async function open(folder: string, monitor: Monitor, context: Context): Promise<void> {
  const words = monitorWords[context.language];
  const result = await openFolder(folder, process.platform, context.environment);
  if (result.ok) monitor.say(words.opened(folder), 'good');
  else monitor.say(words.notOpened(folder, words.reasons[result.reason] ?? result.reason), 'warn');
}
