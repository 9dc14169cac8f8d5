/** How each phase looks: a symbol, a word, a colour. None of the three is needed to understand the other two. */
import type { Phase } from '../core/phase.js';
import { symbolFor } from '../text/text.js';
import type { MonitorWords } from '../text/words/monitor.js';
import { nextCountdownChange, shortTime } from './clock.js';
import type { Style } from './frame.js';

/** What a target counts as in the header, and the filter's own word for it. */
export type Group = 'live' | 'pending' | 'failed' | 'held';

export interface Mark {
  readonly symbol: string;
  readonly word: string;
  /** For cells that the word does not fit. */
  readonly brief: string;
  readonly style: Style;
  readonly group: Group;
  /** How much it wants to be looked at: 0 is live. */
  readonly rank: number;
}

type SymbolName = 'live' | 'sending' | 'deploying' | 'waiting' | 'queued' | 'failed' | 'held' | 'paused';

const symbols: Readonly<Record<SymbolName, { readonly unicode: string; readonly ascii: string }>> = {
  live: { unicode: '✔', ascii: '+' },
  sending: { unicode: '↑', ascii: '^' },
  deploying: { unicode: '⋯', ascii: '~' },
  waiting: { unicode: '↻', ascii: '@' },
  queued: { unicode: '·', ascii: '.' },
  failed: { unicode: '✖', ascii: 'x' },
  held: { unicode: '!', ascii: '!' },
  paused: { unicode: '‖', ascii: '=' },
};

export function symbolOf(name: SymbolName, ascii: boolean): string {
  return symbolFor(symbols[name].unicode, symbols[name].ascii, ascii);
}

export function markOf(phase: Phase, now: number, words: MonitorWords, ascii: boolean): Mark {
  const mark = (
    name: SymbolName,
    word: string,
    style: Style,
    group: Group,
    rank: number,
    brief = word,
  ): Mark => ({
    symbol: symbolOf(name, ascii),
    word,
    brief,
    style,
    group,
    rank,
  });
  switch (phase.kind) {
    case 'live':
      return mark('live', words.phase.live, { color: 'green' }, 'live', 0);
    case 'sending':
      return mark('sending', words.phase.sending, { color: 'cyan', bold: true }, 'pending', 3);
    case 'deploying':
      return mark('deploying', words.phase.deploying, { color: 'cyan' }, 'pending', 2, words.deploys);
    case 'queued':
      return mark('queued', words.phase.queued, {}, 'pending', 1);
    case 'waiting': {
      // It is sent as soon as the cloud has done the one before: nothing failed, and the last moment for it is no news.
      if (phase.failure.class === 'busy') return mark('waiting', words.busy, { color: 'cyan' }, 'pending', 2);
      const time = shortTime(phase.until - now);
      return mark('waiting', words.waitingFor(time), { color: 'yellow' }, 'failed', 5, time);
    }
    case 'held':
      return heldMark(phase, words, mark);
    default:
      return phase satisfies never;
  }
}

function heldMark(
  { hold }: Extract<Phase, { kind: 'held' }>,
  words: MonitorWords,
  mark: (name: SymbolName, word: string, style: Style, group: Group, rank: number) => Mark,
): Mark {
  const word = words.hold[hold.reason];
  switch (hold.reason) {
    case 'refused':
    case 'missing':
    case 'build-failed':
      return mark('failed', word, { color: 'red', bold: true }, 'failed', 7);
    case 'settling':
    case 'git-busy':
      return mark('queued', word, { color: 'cyan' }, 'pending', 1);
    case 'paused':
      return mark('paused', word, { color: 'yellow' }, 'held', 4);
    default:
      return mark('held', word, { color: 'yellow', bold: true }, 'held', 6);
  }
}

/** When the mark's word changes by itself; null: never. */
export function markChangesAt(phase: Phase, now: number): number | null {
  if (phase.kind !== 'waiting' || phase.failure.class === 'busy') return null;
  return nextCountdownChange(phase.until, now);
}
