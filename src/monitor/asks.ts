/** The requests of keys to the program, and the truth about them: the effect is worked out by the core before it is asked for. */
import { isAdoptable } from '../core/adopt.js';
import { lacksConsent } from '../core/consent.js';
import { reduce } from '../core/reduce.js';
import type { Event } from '../model/event.js';
import type { EnvId, FunctionName, HoldReason } from '../model/nouns.js';
import { displayable, listOf, sentences } from '../text/text.js';
import { historyOf, invoking } from './history.js';
import {
  coverScrolled,
  type EventChoice,
  type MonitorAction,
  type MonitorState,
  only,
  type Toast,
  toastOf,
  type Updated,
  uncovered,
} from './model.js';
import { detailHasKeys, nextTrouble } from './moves.js';
import { opened, typedName } from './prompt.js';
import type { Scene } from './scene.js';
import { envsText, isPressing, type TableRow, type TargetCell, tableOf } from './table.js';
import { whyOf } from './why.js';

export type Ask = (scene: Scene, at: number) => Updated;

/** Asks for something that says for itself what came of it. */
export function plainly(action: MonitorAction): Ask {
  return ({ monitor }) => ({ monitor, action });
}

function said(
  { monitor }: Scene,
  text: string,
  tone: Toast['tone'],
  at: number,
  action: MonitorAction | null = null,
): Updated {
  return { monitor: { ...monitor, toast: toastOf(text, tone, at) }, action };
}

function dispatch(events: readonly Event[]): MonitorAction {
  return { type: 'dispatch', events };
}

/** A target of one of the chosen functions. */
interface Chosen {
  readonly row: TableRow;
  readonly cell: TargetCell;
}

/**
 * A key that is about targets: those of the marked functions, or of the chosen one, in the chosen environment or in all. Where none of the marked
 * functions goes to that environment, it is about nothing, and nothing is done.
 */
function aboutTargets(act: (scene: Scene, targets: readonly Chosen[], at: number) => Updated): Ask {
  return (scene, at) => {
    const { monitor, table, row, env, words } = scene;
    const marked = table.every.filter(({ name }) => monitor.marked.has(name));
    const rows = marked.length > 0 ? marked : row === null ? [] : [row];
    const all = targetsOf(rows);
    const targets = all.filter(({ cell }) => env === null || cell.env === env);
    if (env !== null && targets.length === 0)
      return said(scene, words.notThere(namesText(scene, all), envsIn(scene, [env])), 'warn', at);
    return act(scene, targets, at);
  };
}

function targetsOf(rows: readonly TableRow[]): readonly Chosen[] {
  return rows.flatMap((row) => [...row.cells.values()].map((cell) => ({ row, cell })));
}

function names(targets: readonly Chosen[]): readonly FunctionName[] {
  return [...new Set(targets.map(({ row }) => row.name))];
}

function namesText(scene: Scene, targets: readonly Chosen[]): string {
  const all = names(targets).map(displayable);
  return all.length <= namedAtMost
    ? listOf(all, scene.options.language)
    : scene.words.functionCount(all.length);
}

function envsIn({ envNames, options }: Scene, envs: readonly EnvId[]): string {
  return envsText(envNames, envs, options.language, { most: namedAtMost });
}

/** Which functions, and where. */
function placesOf(scene: Scene, targets: readonly Chosen[]): readonly [names: string, envs: string] {
  return [namesText(scene, targets), envsIn(scene, envsOf(targets))];
}

const namedAtMost = 3;

// ---------------------------------------------------------------- sending

/** Uploads even what is live; that is asked first, and so is what goes to a protected environment. */
export const force: Ask = aboutTargets((scene, targets, at) => {
  const { words, env } = scene;
  if (targets.length === 0) return only(scene.monitor);
  const guarded = protectedIn(scene, targets);
  const events: Event[] = [
    ...allowed(guarded, targets, at),
    ...names(targets).map((name): Event => ({ type: 'force', at, id: `monitor ${at}`, function: name, env })),
  ];
  const live = targets.filter(({ cell }) => cell.phase.kind === 'live');
  const adopted = targets.filter(({ cell }) => cell.phase.kind === 'adopted');
  const questions = [
    adopted.length === 0 ? '' : words.askAdopted(...placesOf(scene, adopted)),
    live.length === 0 ? '' : words.askLive(...placesOf(scene, live)),
  ].filter((question) => question !== '');
  const named = (each: Chosen): boolean =>
    adopted.includes(each) || live.includes(each) || guarded.includes(each.cell.env);
  if (questions.length > 0 && !targets.every(named))
    questions.push(words.yesUploads(...placesOf(scene, targets)));
  const allowing = questions.length > 0 ? words.allowsToo : words.askProtected;
  if (guarded.length > 0) questions.push(allowing(envsIn(scene, guarded)));
  return askedFirst(scene, questions, { events, targets, at, begun: words.uploading });
});

/** Says yes to the protected environments of the chosen functions. */
export const allow: Ask = aboutTargets((scene, targets, at) => {
  const { words } = scene;
  const guarded = protectedIn(scene, targets);
  if (guarded.length === 0) return said(scene, words.notProtected, 'good', at);
  // A yes is for the environment, so that it is for every function that waits there.
  const waiting = targetsOf(scene.table.every).filter(
    ({ cell }) =>
      guarded.includes(cell.env) && cell.phase.kind === 'held' && cell.phase.hold.reason === 'protected',
  );
  const begun = waiting.length === 0 ? () => words.allowed(envsIn(scene, guarded)) : words.uploading;
  const asked = { events: allowed(guarded, null, at), targets: waiting, at, begun };
  return askedFirst(scene, [words.askProtected(envsIn(scene, guarded))], asked);
});

function protectedIn({ state }: Scene, targets: readonly Chosen[]): readonly EnvId[] {
  return envsOf(targets.filter(({ row, cell }) => lacksConsent(state, row.name, cell.env) === 'protected'));
}

function envsOf(targets: readonly Chosen[]): readonly EnvId[] {
  return [...new Set(targets.map(({ cell }) => cell.env))];
}

/** Until the program ends. @param targets for their functions alone; null: for all */
function allowed(envs: readonly EnvId[], targets: readonly Chosen[] | null, at: number): Event[] {
  const functions = targets === null ? null : names(targets);
  const id = `monitor ${at} ${functions?.join(' ') ?? ''}`;
  return envs.length === 0 ? [] : [{ type: 'allow', at, id, envs, functions }];
}

// ---------------------------------------------------------------- accepting

/** Takes what somebody else deployed as it is, and functions that are gone off the list. */
export const accept: Ask = aboutTargets((scene, targets, at) => {
  const { words, env } = scene;
  const gone = targets.filter(({ row }) => row.fn.spec.problem?.reason === 'gone');
  const theirs = targets.filter(({ row, cell }) => isAdoptable(row.fn, cell.target));
  const meant = names([...gone, ...theirs]).map((name) => ({
    function: name,
    envs: env === null ? null : [env],
  }));
  if (meant.length === 0) return said(scene, words.nothingToAccept(namesText(scene, targets)), 'good', at);
  const text = sentences(
    theirs.length === 0 ? '' : words.accepted(...placesOf(scene, theirs)),
    gone.length === 0 ? '' : words.dismissed(namesText(scene, gone)),
  );
  return said(scene, text, 'good', at, dispatch([{ type: 'adopt', at, meant }]));
});

// ---------------------------------------------------------------- retrying

/** Retries what failed of the chosen functions, and asks their environments what they run. */
export const retry: Ask = aboutTargets((scene, targets, at) => {
  const { words, env } = scene;
  // Code that is live and cannot run is not helped by another try.
  const failed = targets.filter(({ cell }) => isPressing(cell) && cell.phase.kind !== 'live');
  const chosen = names(targets);
  const events = (chosen.length === 0 ? [null] : chosen).map(
    (name): Event => ({ type: 'retry', at, function: name, env }),
  );
  if (failed.length > 0) return askedFirst(scene, [], { events, targets: failed, at, begun: words.retrying });
  const text = words.nothingToRetry(...placesOf(scene, targets));
  return said(scene, text, 'good', at, dispatch(events));
});

/** The targets that a retry changes nothing about: somebody has to say something first. */
function waitsForPerson({ phase }: TargetCell): boolean {
  return phase.kind === 'held' && personReasons.has(phase.hold.reason);
}

const personReasons: ReadonlySet<HoldReason> = new Set([
  'protected',
  'foreign',
  'gone',
  'undone',
  'paused',
  'untrusted',
]);

/** From so many targets on, retrying all of them is asked first. */
const manyTargets = 4;

export const retryAll: Ask = (scene, at) => {
  const { words, table } = scene;
  const pressing = targetsOf(table.every).filter(({ cell }) => isPressing(cell));
  const failed = pressing.filter(({ cell }) => !waitsForPerson(cell) && cell.phase.kind !== 'live');
  const events: Event[] = [{ type: 'retry', at, function: null, env: null }];
  if (failed.length === 0) {
    const text = pressing.length === 0 ? words.noTrouble : words.onlyHeld(pressing.length);
    return said(scene, text, 'good', at, dispatch(events));
  }
  const question = failed.length < manyTargets ? '' : words.askRetryAll(failed.length, names(failed).length);
  return askedFirst(scene, [question], { events, targets: failed, at, begun: words.retrying });
};

// ---------------------------------------------------------------- asking first, and saying what it comes to

interface Asked {
  readonly events: readonly Event[];
  readonly targets: readonly Chosen[];
  readonly at: number;
  /** Says what happens now: which functions, where. */
  readonly begun: (names: string, envs: string) => string;
}

/** Does it, unless there is something to ask first. */
function askedFirst(scene: Scene, questions: readonly string[], asked: Asked): Updated {
  const warning = questions.some((each) => each !== '') ? brokenText(scene, asked.targets) : '';
  const text = sentences(warning, ...questions);
  const toast = outcome(scene, asked);
  const action = dispatch(asked.events);
  if (text === '') return { monitor: { ...scene.monitor, toast }, action };
  return only({ ...scene.monitor, question: { text, action, said: toast } });
}

/** The outcome in the core: what is sent, and what keeps the rest. */
function outcome(scene: Scene, { events, targets, at, begun }: Asked): Toast {
  const { words, options, monitor } = scene;
  const after = events.reduce((state, event) => reduce(state, event), scene.state);
  const table = tableOf(after, monitor, { words, ...options });
  const rows = new Map(table.every.map((row) => [row.name, row]));
  const kept = targets.filter(({ row, cell }) => isKept(rows.get(row.name), cell.env));
  const goes = targets.filter((target) => !kept.includes(target));
  const first = kept[0];
  const row = first === undefined ? undefined : rows.get(first.row.name);
  const why = first === undefined || row === undefined ? [] : whyOf(after, row, first.cell.env, options).whys;
  const [reason = ''] = (why[0]?.detail ?? '').split('\n');
  const broken = brokenText(scene, goes);
  const parts = [
    goes.length === 0 && kept.length > 0 ? '' : begun(...placesOf(scene, goes)),
    kept.length === 0 ? '' : words.keptBack(...placesOf(scene, kept), reason),
    broken,
  ];
  return toastOf(
    options.redact(sentences(...parts)),
    kept.length === 0 && broken === '' ? 'good' : 'warn',
    at,
  );
}

/** Names the functions whose code is sure not to run there; empty: none. */
function brokenText(scene: Scene, targets: readonly Chosen[]): string {
  const broken = targets.filter(({ row }) => row.fn.fault !== null);
  return broken.length === 0 ? '' : scene.words.cannotRun(namesText(scene, broken));
}

/** It is held, and not only until its files are read. */
function isKept(row: TableRow | undefined, env: EnvId): boolean {
  const phase = row?.cells.get(env)?.phase;
  if (row === undefined || phase?.kind !== 'held' || phase.hold.reason === 'settling') return false;
  return phase.hold.problem === null || row.fn.scan.since === null;
}

/** A key while a question stands: yes, or no and nothing happens. */
export function answered(scene: Scene, key: string, at: number): Updated {
  const { monitor, words } = scene;
  const { question } = monitor;
  if (question === null) return only(monitor);
  const closed: MonitorState = { ...uncovered(monitor), question: null };
  const by = monitor.sheet === null ? undefined : scrolls.get(key);
  if (by !== undefined) return only(coverScrolled(monitor, by));
  if (key === 'y') {
    const toast = { ...question.said, until: question.said.until - question.said.at + at };
    const { action } = question;
    const begun = action.type === 'invoke' ? invoking(closed, action.function, action.event) : closed;
    return { monitor: { ...begun, toast }, action };
  }
  const isNo = key === 'n' || key === 'escape' || key === 'enter';
  return isNo ? said({ ...scene, monitor: closed }, words.nothingDone, 'good', at) : only(monitor);
}

/** While a question stands, what it is about can be read. */
const scrolls: ReadonlyMap<string, number> = new Map([
  ['up', -1],
  ['k', -1],
  ['down', 1],
  ['j', 1],
  ['pageup', -10],
  ['pagedown', 10],
]);

// ---------------------------------------------------------------- earlier versions

/** Looks something up about the chosen function, in the chosen environment or in all of its own. */
export function lookUp(type: 'history' | 'diff' | 'undo'): Ask {
  return ({ monitor, row, env }) => {
    if (row === null) return only(monitor);
    const envs = [...row.cells.keys()].filter((each) => env === null || each === env);
    return { monitor, action: { type, function: row.name, envs } };
  };
}

// ---------------------------------------------------------------- saved events

/** Calls the chosen function with its saved events where the answers are shown; elsewhere it goes to the next trouble. */
export const callOrTrouble: Ask = (scene, at) => {
  const { monitor, row, env, words } = scene;
  if (!monitor.answers || row === null) return only(nextTrouble(1)(scene, at));
  const action = { type: 'call', function: row.name, env } as const;
  return said(scene, words.calling(displayable(row.name)), 'good', at, action);
};

/** Which events the chosen function is called with in this run: the answer opens the line. */
export const askEvents: Ask = ({ monitor, row }) => ({
  monitor,
  action: row === null ? null : { type: 'events', function: row.name },
});

/** Opens the line with what is chosen, to be changed. */
export function chooseEvents(
  { monitor, words, options }: Scene,
  name: FunctionName,
  events: readonly EventChoice[],
  at: number,
): MonitorState {
  if (events.length === 0) {
    const said = words.noEvents(displayable(name), displayable(options.eventsFileOf(name)));
    return { ...monitor, toast: toastOf(said, 'warn', at) };
  }
  const chosen = events.filter((event) => event.chosen).map((event) => typedName(event.name));
  const about = { function: name, env: null, choices: events.map((event) => event.name) };
  return opened(uncovered(monitor), 'events', listOf(chosen, options.language), about);
}

// ---------------------------------------------------------------- the rest

export const pause: Ask = ({ monitor, state }, at) => ({
  monitor,
  action: dispatch([{ type: 'pause', at, paused: !state.paused }]),
});

export const openFolder: Ask = ({ monitor, row }) => ({
  monitor,
  action: row === null ? null : { type: 'open-folder', folder: row.fn.spec.dir },
});

/** A filter of the list, or a search in the log, whichever pane has the keys. The log is shown for it. */
export const filterOrSearch: Ask = (scene) => {
  const { monitor } = scene;
  return only(
    detailHasKeys(scene)
      ? opened({ ...monitor, answers: false }, 'search', monitor.search)
      : opened(monitor, 'filter', monitor.filter),
  );
};

/** Which event to call it with: the last one, to be changed. Tab goes to another environment. */
export const invoke: Ask = ({ monitor, row, env, state }) => {
  if (row === null) return only(monitor);
  const envs = [...row.cells.keys()];
  const open = envs.find((each) => state.envs.get(each)?.spec.protected !== true) ?? envs[0];
  const where = env ?? open ?? null;
  if (where === null) return only(monitor);
  const [last = ''] = historyOf(monitor, row.name).events;
  return only(opened(monitor, 'invoke', last, { function: row.name, env: where }));
};
