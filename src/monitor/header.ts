/** The top rows: where it goes, whether it can, and how much of it is live. */

import { fullestMeter, usedUpAt } from '../core/quotas.js';
import type { State } from '../core/state.js';
import type { HoldReason } from '../model/nouns.js';
import { describeHold } from '../text/describe.js';
import { displayable, symbolFor } from '../text/text.js';
import { clockTime, countdown, nextCountdownChange, shortTime } from '../text/time.js';
import type { Counted } from '../text/words/monitor.js';
import { quotaWords, shareText } from '../text/words/quotas.js';
import { fitRow, type Row, type Span, type Style, span, widthOf } from './frame.js';
import { type SymbolName, symbolOf } from './marks.js';
import { readerOf, type Scene } from './scene.js';

export interface Header {
  readonly rows: readonly Row[];
  readonly wakeAt: number | null;
}

const alarming = { color: 'red', bold: true } as const;
const pressing = { color: 'yellow', bold: true } as const;
/** A row shorter than this has no room for everything. */
const shortRow = 70;
/** From here on the counters have words. */
const wordsFrom = 56;
/** From here on it is said since when there is no connection. */
const sinceFrom = 100;

export function headerOf(scene: Scene): Header {
  const { layout, size, mark } = scene;
  if (layout.headerRows === 0) return { rows: [], wakeAt: null };
  const { spans, wakeAt } = conditions(scene);
  const counts = countsOf(scene);
  const title: Row = [span(' '), span('tcb-watch', { bold: true }), span('  ')];
  const endpoint = displayable(scene.options.endpoint);
  if (layout.headerRows === 2) {
    const first = spread([...title, span(endpoint)], counts, size.columns, mark);
    return { rows: [first, fitRow([span(' '), ...spans], size.columns, mark)], wakeAt };
  }
  // On one short row what is wrong comes before where it goes.
  const left = size.columns < shortRow ? [span(' '), ...spans] : [...title, span(`${endpoint}  `), ...spans];
  return { rows: [spread(left, counts, size.columns, mark)], wakeAt };
}

/** One part at the left edge, one at the right; the left one gives way. */
function spread(left: Row, right: Row, columns: number, mark: string): Row {
  const width = widthOf(right);
  if (width + 1 >= columns) return fitRow(right, columns, mark);
  return [...fitRow(left, columns - width - 1, mark), span(' '), ...right];
}

interface Part {
  readonly span: Span;
  /** All is well: what gives way where there is little room. */
  readonly fine?: boolean;
  /** The hold that it stands for. */
  readonly hold?: HoldReason;
}

function conditions(scene: Scene): { spans: Row; wakeAt: number | null } {
  const { token, wakeAt } = tokenText(scene);
  const parts = arranged([tokenPart(scene, token), ...networkParts(scene), ...otherParts(scene)], scene);
  const all = [...joined(parts, scene), ...remedy(scene)];
  const wrong = parts.filter(({ fine }) => fine !== true);
  const isTight = wrong.length > 0 && widthOf(all) >= scene.size.columns;
  return { spans: isTight ? [...joined(wrong, scene), ...remedy(scene)] : all, wakeAt };
}

function joined(parts: readonly Part[], { options }: Scene): Row {
  const dot = symbolFor(' · ', ' | ', options.ascii);
  return parts.flatMap((part, index) => (index === 0 ? [part.span] : [span(dot), part.span]));
}

/** The remedy stands behind what it remedies, so that comes last. On one short row what is wrong has all the room. */
function arranged(parts: readonly Part[], { table, layout, size }: Scene): readonly Part[] {
  if (layout.headerRows === 1 && size.columns < shortRow) {
    const wrong = parts.filter(({ fine }) => fine !== true);
    return wrong.length > 0 ? wrong : parts;
  }
  const remedied = ({ hold }: Part): boolean => hold !== undefined && hold === table.global?.reason;
  return [...parts.filter((part) => !remedied(part)), ...parts.filter(remedied)];
}

function tokenPart({ state: { token } }: Scene, text: string): Part {
  const bad = token.status === 'rejected' || token.status === 'unavailable';
  return { span: span(text, bad ? alarming : {}), fine: token.status === 'ready', hold: 'token' };
}

/** While no token is accepted nothing is sent, so nobody knows. */
function networkParts(scene: Scene): Part[] {
  const { state, words } = scene;
  if (state.offline !== null)
    return [{ span: span(offlineText(scene, state.offline.since), alarming), hold: 'offline' }];
  if (isFailingEverywhere(state)) return [{ span: span(words.failing, pressing) }];
  return state.token.status === 'ready' ? [{ span: span(words.online), fine: true }] : [];
}

function otherParts({ state, words, options, monitor }: Scene): Part[] {
  const parts: Part[] = quotaParts({ state, options });
  const busy =
    state.gitOperations.size > 0 ||
    [...state.git.values()].some((since) => options.now < since + state.settings.waits.gitLockMs);
  if (busy) parts.push({ span: span(words.git, { color: 'cyan' }) });
  if (monitor.configWrong !== null) parts.push({ span: span(words.configWrong, alarming) });
  if (state.paused) parts.push({ span: span(words.paused, pressing), hold: 'paused' });
  if (state.stopping) parts.push({ span: span(words.stopping, { color: 'yellow' }) });
  return parts;
}

/** The call of which the largest part is used, where the vendor publishes that. */
function quotaParts({ state, options }: Pick<Scene, 'state' | 'options'>): Part[] {
  const fullest = fullestMeter(state);
  if (fullest === null) return [];
  const words = quotaWords[options.language];
  const { used, limit } = fullest.meter.last.quota;
  const endsAt = usedUpAt(fullest.meter);
  const text = words.brief(words.calls[fullest.call], shareText(used, limit));
  const until = endsAt === null || used >= limit ? '' : words.briefUntil(shortTime(endsAt));
  const isFine = used * 2 <= limit;
  return [{ span: span(`${text}${until}`, isFine ? {} : { color: 'yellow' }), fine: isFine }];
}

/** Somebody answers the connection, and no environment takes anything. */
function isFailingEverywhere({ envs }: State): boolean {
  return envs.size > 0 && [...envs.values()].every(({ apart }) => apart !== null);
}

/** Since when, where the remedy next to it keeps its room. */
function offlineText({ words, size, options }: Scene, since: number): string {
  return size.columns < sinceFrom ? words.offline : `${words.offline} ${clockTime(since, options.now)}`;
}

/** The remedy for something that blocks every upload, whatever is looked at, or for the configuration. */
function remedy({ table, monitor, options }: Scene): Row {
  const { global } = table;
  const hint = global === null ? (monitor.configWrong ?? '') : describeHold(global, readerOf(options)).hint;
  return hint === '' ? [] : [span(`  → ${displayable(options.redact(hint))}`)];
}

function tokenText({ state, words, options }: Scene): { token: string; wakeAt: number | null } {
  const { status, expiresAt } = state.token;
  if (status !== 'ready' || expiresAt === null) return { token: words.token[status], wakeAt: null };
  return {
    token: words.tokenFor(countdown(expiresAt - options.now, options.language)),
    wakeAt: nextCountdownChange(expiresAt, options.now),
  };
}

interface Counter {
  readonly group: Counted;
  readonly symbol: SymbolName;
  readonly style: Style;
}

/** In the order in which they stand. */
const counters: readonly Counter[] = [
  { group: 'live', symbol: 'live', style: { color: 'green' } },
  { group: 'broken', symbol: 'held', style: pressing },
  { group: 'adopted', symbol: 'adopted', style: { color: 'blue' } },
  { group: 'foreign', symbol: 'foreign', style: { color: 'blue' } },
  { group: 'pending', symbol: 'sending', style: { color: 'cyan' } },
  { group: 'failed', symbol: 'failed', style: alarming },
  { group: 'held', symbol: 'held', style: pressing },
];

function countsOf({ table, words, options, size }: Scene): Row {
  const brief = size.columns < wordsFrom;
  const spans = counters
    .filter(({ group }) => group === 'live' || table.counts[group] > 0)
    .flatMap(({ group, symbol, style }) => {
      const count = `${symbolOf(symbol, options.ascii)} ${table.counts[group]}`;
      return [span(brief ? count : `${count} ${words.counts[group]}`, style), span('  ')];
    });
  return spans.slice(0, -1).concat(span(' '));
}
