/** How each phase looks: a symbol, a word, a colour. None of the three is needed to understand the other two. */
import type { Phase } from '../core/phase.js';
import type { Language } from '../text/language.js';
import { faultOf, type Group, groupOf, type Target, wordOf } from '../text/standing.js';
import { symbolFor } from '../text/text.js';
import { countdown, nextCountdownChange } from '../text/time.js';
import { standingWords } from '../text/words/standing.js';
import type { Style } from './frame.js';

export interface Mark {
  readonly symbol: string;
  readonly word: string;
  /** For cells that the word does not fit. */
  readonly brief: string;
  readonly style: Style;
  readonly group: Group;
  /** It is live, and nobody who calls it is served. */
  readonly isBroken: boolean;
  /** How much it wants to be looked at: 0 is live. */
  readonly rank: number;
}

export type SymbolName =
  | 'live'
  | 'sending'
  | 'deploying'
  | 'waiting'
  | 'queued'
  | 'failed'
  | 'held'
  | 'paused'
  | 'foreign'
  | 'adopted';

const symbols: Readonly<Record<SymbolName, readonly [symbol: string, ascii: string]>> = {
  live: ['✔', '+'],
  sending: ['↑', '^'],
  deploying: ['⋯', '~'],
  waiting: ['↻', '@'],
  queued: ['·', '.'],
  failed: ['✖', 'x'],
  held: ['!', '!'],
  paused: ['‖', '='],
  foreign: ['≠', '#'],
  adopted: ['≈', '-'],
};

export function symbolOf(name: SymbolName, ascii: boolean): string {
  return symbolFor(...symbols[name], ascii);
}

export function markOf(
  standing: Pick<Target, 'phase' | 'fn' | 'target'>,
  now: number,
  language: Language,
  ascii: boolean,
): Mark {
  const { phase, fn, target } = standing;
  const word = wordOf(standing, language, now);
  const group = groupOf(phase);
  const isBroken = phase.kind === 'live' && faultOf(fn, target) !== null;
  const looks = isBroken ? pressing : looksOf(phase, now, language, group);
  const { name, style, rank, brief = word } = looks;
  return { symbol: symbolOf(name, ascii), word, brief, style, group, isBroken, rank };
}

interface Looks {
  readonly name: SymbolName;
  readonly style: Style;
  readonly rank: number;
  readonly brief?: string;
}

/** Somebody has to do something. */
const pressing: Looks = { name: 'held', style: { color: 'yellow', bold: true }, rank: 6 };

function looksOf(phase: Phase, now: number, language: Language, group: Group): Looks {
  switch (phase.kind) {
    case 'live':
      return { name: 'live', style: { color: 'green' }, rank: 0 };
    case 'adopted':
      return { name: 'adopted', style: { color: 'blue' }, rank: 0 };
    case 'sending':
      return { name: 'sending', style: { color: 'cyan', bold: true }, rank: 3 };
    case 'deploying':
      return { name: 'deploying', style: { color: 'cyan' }, rank: 2, brief: standingWords[language].deploys };
    case 'queued':
      return { name: 'queued', style: {}, rank: 1 };
    case 'waiting':
      if (group === 'pending') return { name: 'waiting', style: { color: 'cyan' }, rank: 2 };
      return {
        ...{ name: 'waiting', style: { color: 'yellow' }, rank: 5 },
        brief: countdown(phase.until - now, language),
      };
    case 'held':
      return heldLooks(phase, group);
    default:
      return phase satisfies never;
  }
}

function heldLooks({ hold }: Extract<Phase, { kind: 'held' }>, group: Group): Looks {
  if (group === 'failed') return { name: 'failed', style: { color: 'red', bold: true }, rank: 7 };
  if (group === 'pending') return { name: 'queued', style: { color: 'cyan' }, rank: 1 };
  // Usual where an environment is shared, and nothing is wrong with it: it neither calls for anybody nor moves up.
  if (hold.reason === 'foreign') return { name: 'foreign', style: { color: 'blue' }, rank: 3 };
  if (hold.reason === 'paused') return { name: 'paused', style: { color: 'yellow' }, rank: 4 };
  return pressing;
}

/** When the mark's word changes by itself; null: never. */
export function markChangesAt(phase: Phase, now: number): number | null {
  if (phase.kind !== 'waiting' || phase.failure.class === 'busy') return null;
  return nextCountdownChange(phase.until, now);
}
