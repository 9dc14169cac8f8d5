/** The right pane: why the chosen function stands where it does, what was sent and when, and its log. */
import { lastLookAt } from '../core/looks.js';
import type { EnvId } from '../model/nouns.js';
import type { Language } from '../text/language.js';
import {
  columnsOf,
  displayable,
  labelled,
  listOf,
  short,
  size as sizeText,
  symbolFor,
} from '../text/text.js';
import { clockTime, duration } from '../text/time.js';
import type { MonitorWords } from '../text/words/monitor.js';
import { wrap } from '../text/wrap.js';
import { answerRows, answersBeyondRows, answersTitle, ruleWith } from './answers-pane.js';
import { differenceRows } from './differences.js';
import { dimRows, fitRow, fitRows, type Row, type Style, span, widthOf } from './frame.js';
import { headNames, type PaneView } from './functions-pane.js';
import { historyOf, saveToLive } from './history.js';
import type { Rect } from './layout.js';
import { isWholeLog, logRows, matchPlace } from './log-pane.js';
import { type Mark, symbolOf } from './marks.js';
import type { FunctionHistory, Upload } from './model.js';
import type { Scene } from './scene.js';
import { envsText, type TableRow } from './table.js';
import { type Runs, type Why, whyOf } from './why.js';

/** The log keeps at least this many rows, its title included, where there are enough for both. */
const logAtLeast = 5;

const lowScreen = 12;
const lowPane = 8;

export function detailPane(scene: Scene, rect: Rect): PaneView {
  const { columns, rows } = rect;
  const { top, wakeAt } = topOf(scene, rect);
  const left = rows - top.length;
  const log = left < 2 ? [] : below(scene, columns, left);
  return { rows: fitRows([...top, ...log], rows, columns), wakeAt };
}

/** All that stands above the log or the answers. */
function topOf(
  scene: Scene,
  { columns, rows }: Rect,
): { readonly top: readonly Row[]; readonly wakeAt: number | null } {
  const { row } = scene;
  const about = row === null ? nothingAbout : aboutRows(scene, row, columns, rows);
  const whole = aboutRoom(scene, rows);
  // The trouble has all the room there is; a fact that is merely good to know leaves half of it to the log.
  const room = whole === rows ? rows : Math.min(whole, Math.max(about.pressing, Math.floor(rows / 2)));
  return { top: about.rows.slice(0, room), wakeAt: about.wakeAt };
}

/** How many rows of the answers can be scrolled away: then the last one is the last of the pane. */
export function answersBeyond(scene: Scene): number {
  const { detail } = scene.layout;
  if (detail === null) return 0;
  const rows = detail.rows - topOf(scene, detail).top.length - 1;
  return rows < 1 ? 0 : answersBeyondRows(scene, detail.columns, rows);
}

/** The log, or the answers in its place. */
function below(scene: Scene, columns: number, rows: number): Row[] {
  return scene.monitor.answers
    ? [answersTitle(scene, columns, rows - 1), ...answerRows(scene, columns, rows - 1)]
    : [logTitle(scene, columns), ...logRows(scene, columns, rows - 1)];
}

interface About extends PaneView {
  /** How many of the rows, from the first on, say how things stand and why. */
  readonly pressing: number;
}

const nothingAbout: About = { rows: [], wakeAt: null, pressing: 0 };

/** On a screen too low for both, the log gives way to what somebody zoomed to read, and to what is the matter. */
function aboutRoom({ monitor }: Scene, rows: number): number {
  // Answers are there because somebody asked for them.
  if (rows < (monitor.zoomed ? lowScreen : lowPane)) return monitor.answers ? Math.ceil(rows / 3) : rows;
  return Math.max(0, rows - Math.min(logAtLeast, Math.floor(rows / 3)));
}

/** Everything but the log, the most needed first: what does not fit is at the end. */
function aboutRows(scene: Scene, row: TableRow, columns: number, rows: number): About {
  const { whys, runs, wakeAt } = whyOf(scene.state, row, scene.env, scene.options);
  // Without it nobody knows whose cells those of the list are: the trouble leaves it its rows.
  const legend = legendRows(scene, columns);
  const room = Math.max(3, aboutRoom(scene, rows) - (scene.layout.detailTitle ? 0 : 1) - legend.length);
  // The remedy is said once, below the first that wants it.
  const told = (index: number): boolean => whys.findIndex(({ hint }) => hint === whys[index]?.hint) < index;
  const blocks = whys.map((each, index) =>
    whyRows(scene, told(index) ? { ...each, hint: '' } : each, columns),
  );
  const why = blocks.flatMap(({ head, detail, hint }) => [...head, ...detail, ...hint]);
  // Next to the log of all, or its answers, it is the function's standing that counts, and nothing more.
  const isBrief = scene.monitor.answers || (scene.monitor.logOf === 'auto' && isWholeLog(scene));
  const facts = [
    ...runsRows(scene, runs, columns),
    ...differenceRows(scene, columns),
    ...(isBrief ? [] : factRows(scene, row, columns)),
  ];
  const history = isBrief ? [] : historyRows(scene, row, columns);
  const kept = why.length > room ? shortened(scene, blocks, whys, columns, room) : why;
  // Where there is a border or a rule above, the title stands in it.
  const title = scene.layout.detailTitle
    ? []
    : [fitRow([span(detailTitle(scene), { bold: true })], columns, scene.mark)];
  const pressing = [...title, ...kept, ...legend];
  return { rows: [...pressing, ...facts, ...history], wakeAt, pressing: pressing.length };
}

/** The content that runs meanwhile where the newest does not. */
function runsRows({ envNames, mark, options }: Scene, runs: readonly Runs[], columns: number): Row[] {
  const { language } = options;
  const texts = runs.map(({ envs, text }) => labelled(envsText(envNames, envs, language), text, language));
  return dimRows(texts, columns, mark);
}

/** Which environment is which, where the list has no room for their names. */
function legendRows(scene: Scene, columns: number): Row[] {
  const { envNames, mark, options } = scene;
  const dot = symbolFor(' · ', ' | ', options.ascii);
  const parts = [...headNames(scene)].flatMap(([env, head]) => {
    const name = envNames.get(env) ?? env;
    return head === name ? [] : [`${head} ${name}`];
  });
  const lines: string[] = [];
  for (const part of parts) {
    const before = lines.at(-1);
    const joined = before === undefined ? part : before + dot + part;
    if (before === undefined || columnsOf(joined) > columns) lines.push(part);
    else lines[lines.length - 1] = joined;
  }
  return lines.map((text) => fitRow([span(text, { dim: true })], columns, mark));
}

/** Whose details these are: the function and where. */
export function detailTitle({ row, env, words, options }: Scene): string {
  if (row === null) return '';
  return `${row.shown}${symbolFor(' · ', ' - ', options.ascii)}${env === null ? words.allEnvironments : displayable(env)}`;
}

function moreRow({ mark, words, monitor }: Scene, columns: number): Row {
  return fitRow(
    [span(`  ${mark} ${monitor.zoomed ? words.copyText : words.wholeText}`, { dim: true })],
    columns,
    mark,
  );
}

/** The rows of one explanation: where things stand, what happened, what to do. */
interface WhyBlock {
  readonly head: readonly Row[];
  readonly detail: readonly Row[];
  readonly hint: readonly Row[];
}

/** Explanations in so many rows: the most pressing one as far as it goes, of the others where they are and what they are about. */
function shortened(
  scene: Scene,
  [first, ...others]: readonly WhyBlock[],
  whys: readonly Why[],
  columns: number,
  room: number,
): Row[] {
  if (first === undefined) return [];
  const whole = first.head.length + first.detail.length + first.hint.length;
  // An explanation without a remedy gives way first.
  const briefs = others.flatMap((_, index) => {
    const why = whys[index + 1];
    return why === undefined || isCalm(why.mark) ? [] : [briefRow(scene, why, columns)];
  });
  const left = Math.max(0, room - Math.max(leastRows, Math.min(whole, room - 1)));
  const shown = briefs.slice(0, left);
  return [...pressed(scene, first, columns, room - shown.length), ...shown];
}

/** Where it is, what it is, and as much of what happened as fits on one row. */
function briefRow(scene: Scene, why: Why, columns: number): Row {
  const { mark } = scene;
  const [detail = ''] = why.detail.split('\n');
  return fitRow([...headOf(scene, why), span(`  ${detail}`)], columns, mark);
}

/** The lines that the most pressing explanation keeps: where, what happened, what to do. */
const leastRows = 3;

/** The most pressing explanation in so many rows: what to do keeps its place, what happened is cut. */
function pressed(scene: Scene, block: WhyBlock, columns: number, room: number): Row[] {
  const { head, detail, hint } = block;
  const left = Math.max(1, room - head.length - hint.length);
  const rows = detail.length <= left ? [...detail] : detail.slice(0, Math.max(1, left - (left > 1 ? 1 : 0)));
  return [...head, ...rows, ...hint, moreRow(scene, columns)].slice(0, room);
}

function whyRows(scene: Scene, why: Why, columns: number): WhyBlock {
  const { mark, options } = scene;
  const head = headOf(scene, why);
  const indent = '  ';
  const body = (text: string, style: Style): Row[] =>
    wrap(text, Math.max(1, columns - indent.length)).map((part) =>
      fitRow([span(indent), span(part, style)], columns, mark),
    );
  const arrow = symbolFor('→', '>', options.ascii);
  const hint = why.hint === '' ? [] : body(`${arrow} ${why.hint}`, { bold: true });
  if (isCalm(why.mark)) {
    const whole = [...head, span(`  ${why.detail}`, { dim: true })];
    if (widthOf(whole) <= columns) return { head: [fitRow(whole, columns, mark)], detail: [], hint };
  }
  const detail = why.detail === '' ? [] : body(why.detail, isCalm(why.mark) ? { dim: true } : {});
  return { head: [fitRow(head, columns, mark)], detail, hint };
}

/** Its mark and its places. */
function headOf(scene: Scene, why: Why): Row {
  const { symbol, word, style } = why.mark;
  return [span(`${symbol} ${word}`, style), span(`  ${whereText(scene, why)}`)];
}

/** All environments as such, a few by name, many of which nothing is the matter with by number. */
function whereText({ row, envNames, options }: Scene, { envs, mark }: Why): string {
  const most = isCalm(mark) ? namedAtMost : envs.length;
  return envsText(envNames, envs, options.language, { most, all: row?.cells.size ?? 0 });
}

const namedAtMost = 4;

/** Nothing is to be done about it. */
function isCalm({ rank }: Mark): boolean {
  return rank === 0;
}

function factRows(scene: Scene, row: TableRow, columns: number): Row[] {
  const { words, options, monitor, mark } = scene;
  const { fn } = row;
  const history = historyOf(monitor, row.name);
  const zip = fn.zipBytes === null ? null : sizeText(fn.zipBytes);
  // The trouble with the disk is said above; the content that was read of it before is not there any more.
  const content =
    fn.wanted === null || fn.problem !== null
      ? []
      : [words.disk(words.content(fn.files, sizeText(fn.bytes), zip), short(fn.wanted))];
  const { changed } = history;
  const looked = lookedText(scene, row);
  const files = changed === null || changed.files.length === 0 ? [] : [changedText(scene, changed)];
  const upload = uploadsOf(scene, row).at(-1);
  const none = symbolFor('∅', '-', options.ascii);
  const sent =
    upload === undefined
      ? []
      : [
          words.sent(
            upload.before === null ? none : short(upload.before),
            short(upload.fingerprint),
            clockTime(upload.at, options.now),
          ),
        ];
  return dimRows([...content, ...files, ...sent, ...looked], columns, mark);
}

/** When its environments last said what they run: what a colleague deployed since is not seen yet. */
function lookedText({ state, env: chosen, words, options }: Scene, { cells }: TableRow): readonly string[] {
  const times = [...cells.values()].flatMap(({ env, target, phase }) => {
    const at = state.envs.get(env);
    const isMeant = phase.kind === 'live' && (chosen === null || chosen === env);
    return at === undefined || !isMeant ? [] : [lastLookAt(at, target)];
  });
  const oldest = Math.min(...times);
  return times.length === 0 || oldest === 0 ? [] : [words.lookedAt(clockTime(oldest, options.now))];
}

function changedText({ words, options }: Scene, changed: NonNullable<FunctionHistory['changed']>): string {
  const shown = listOf(changed.files.slice(0, 3), options.language);
  const rest = changed.files.length - Math.min(3, changed.files.length) + changed.more;
  return words.changed(
    rest === 0 ? shown : `${shown} ${words.more(rest)}`,
    clockTime(changed.at, options.now),
  );
}

/** From here on an upload's row has room for what was sent. */
const contentFrom = 50;
/** Uploads in the history pane; the chart shows all that are remembered. */
const uploadsShown = 3;

/** Those that went to the chosen environment, and what came of them there; or all. */
function uploadsOf({ monitor, env }: Scene, row: TableRow): readonly Upload[] {
  const { uploads } = historyOf(monitor, row.name);
  if (env === null) return uploads;
  return uploads
    .filter(({ envs }) => envs.includes(env))
    .map((upload) => {
      const end = upload.ends.get(env);
      return { ...upload, envs: [env], ends: new Map(end === undefined ? [] : [[env, end]]) };
    });
}

function historyRows(scene: Scene, row: TableRow, columns: number): Row[] {
  const { words, options, mark } = scene;
  const uploads = uploadsOf(scene, row);
  if (uploads.length === 0) return [];
  const times = uploads.flatMap((upload) => tookOf(upload));
  const head =
    times.length === 0
      ? [span(words.history, { bold: true })]
      : [
          span(`${words.history}  `, { bold: true }),
          span(chart(times, options.ascii), { color: 'cyan' }),
          span(`  ${timesText(times, words, options.language)}`, { dim: true }),
        ];
  const shown = uploads.slice(-uploadsShown).reverse();
  return [
    fitRow(head, columns, mark),
    ...shown.map((upload) => fitRow(uploadRow(scene, upload, columns), columns, mark)),
  ];
}

/** How long an upload took until it ran everywhere, ms; null: it failed somewhere; nothing: not ended, or no save. */
function tookOf(upload: Upload): (number | null)[] {
  if ([...upload.ends.values()].some((end) => end.type === 'failed')) return [null];
  const took = saveToLive(upload);
  return took === null ? [] : [took];
}

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const asciiBars = ['.', ':', '-', '=', '+', '*', '#', '@'];

/** Durations as a row of bars, the newest at the right: one character a value; null (a failure) is a mark of its own. The largest value is as high as it goes. */
function chart(values: readonly (number | null)[], ascii: boolean): string {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const inAscii = bars.some((bar, index) => symbolFor(bar, asciiBars[index] ?? '', ascii) !== bar);
  const steps = inAscii ? asciiBars : bars;
  return values
    .map((value) => {
      if (value === null) return symbolOf('failed', ascii);
      const index = Math.min(steps.length - 1, Math.floor((value / most) * steps.length));
      return steps[index] ?? '';
    })
    .join('');
}

function timesText(times: readonly (number | null)[], words: MonitorWords, language: Language): string {
  const known = times.filter((time) => time !== null);
  const last = known.at(-1);
  return last === undefined ? '' : `${words.toLive} ${duration(last, language)}`;
}

/** The environments of an upload; where the row is cut, it is what went well that is lost. */
function failedFirst({ envs, ends }: Upload): readonly EnvId[] {
  const rank = (env: EnvId): number => (ends.get(env)?.type === 'failed' ? 0 : ends.has(env) ? 2 : 1);
  return [...envs].sort((a, b) => rank(a) - rank(b));
}

function uploadRow(scene: Scene, upload: Upload, columns: number): Row {
  const { envNames, options, mark } = scene;
  const ends = failedFirst(upload).map((env) => {
    const end = upload.ends.get(env);
    const name = envNames.get(env) ?? env;
    // How it ended comes first: what is cut off on a narrow pane is the name.
    if (end === undefined) return span(`${mark} ${name}  `, { color: 'cyan' });
    if (end.type === 'failed')
      return span(`${symbolOf('failed', options.ascii)} ${name}  `, { color: 'red' });
    const took = end.sinceSaveMs === null ? '' : ` ${duration(end.sinceSaveMs, options.language)}`;
    return span(`${symbolOf('live', options.ascii)} ${name}${took}  `, { color: 'green' });
  });
  const content = columns < contentFrom ? '' : ` ${short(upload.fingerprint)}`;
  return [span(`${clockTime(upload.at, options.now)}${content}  `, { dim: true }), ...ends];
}

function logTitle(scene: Scene, columns: number): Row {
  const { words, monitor } = scene;
  const title = isWholeLog(scene) ? words.wholeLog : words.log;
  const notes = [
    monitor.search === '' ? '' : words.searching(monitor.search, matchPlace(scene)),
    monitor.logEnd === null ? '' : words.notFollowing,
  ].filter((note) => note !== '');
  return ruleWith(scene, title, notes, columns);
}

/** The whole of it as text without borders, for the clipboard. */
export function detailText(scene: Scene): string {
  const { row } = scene;
  const wide = 10_000;
  const open = { ...scene, layout: { ...scene.layout, detailTitle: false } };
  const about = row === null ? [] : aboutRows(open, row, wide, wide).rows;
  const log = scene.monitor.answers
    ? answerRows({ ...scene, monitor: { ...scene.monitor, answersTop: 0 } }, wide, wide)
    : logRows({ ...scene, monitor: { ...scene.monitor, logEnd: null } }, wide, wide);
  const text = (rows: readonly Row[]): string =>
    rows
      .map((each) =>
        each
          .map((part) => part.text)
          .join('')
          .trimEnd(),
      )
      .join('\n');
  return `${text(about)}\n\n${text(log)}\n`;
}
