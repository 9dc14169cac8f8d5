/** `tcb-watch diff NAME`: what is live in an environment against the disk, or two versions, file by file. */

import { createBuiltContent } from '../build/builds.js';
import { compare, type FileDifference, type Side, thorough } from '../history/compare.js';
import { previousOf } from '../history/runs.js';
import { asItIs, type PatchLine, patchLines, statLines, totalOf } from '../history/show.js';
import { sideOfDisk, sideOfVersion } from '../history/sides.js';
import type { EnvId, Fingerprint } from '../model/nouns.js';
import type { LoadedConfig } from '../sync/sync.js';
import { describeProblem } from '../text/describe.js';
import { jsonLine } from '../text/json-line.js';
import type { Language } from '../text/language.js';
import { clausesOf, inAscii, labelled, listOf, printable, sentences, short } from '../text/text.js';
import { type HistoryWords, historyWords } from '../text/words/history.js';
import type { Context } from './context.js';
import { findKept, type KeptFunction, versionNamed } from './kept.js';
import { withEnvIds } from './names.js';
import type { DiffOptions } from './options.js';
import { wantsAscii } from './output.js';
import { loadToLook } from './trust.js';

/** A content that is compared: what it is called, by which fingerprint it goes, and its files. */
interface Compared {
  readonly label: string;
  readonly fingerprint: Fingerprint;
  /** Of the files: what was sent with the helper (`proof/`) has another fingerprint than they. */
  readonly content: Fingerprint;
  readonly side: Side;
}

/** Exit codes: 0 the same · 1 different, or not known · 3 arguments or configuration · 4 no such function, environment or version · 6 the disk. */
export async function runDiff(options: DiffOptions, given: string, context: Context): Promise<number> {
  const loaded = await loadToLook(options, context);
  if (loaded === null) return 3;
  const kept = await findKept(loaded, given, withEnvIds(options, loaded.config).envId, context);
  if (typeof kept === 'number') return kept;
  if (options.since === undefined) return diffOfLive(kept, loaded, options, context);
  const [first = '', second] = options.since.split('..');
  const from = versionSide(kept, first, context);
  if (typeof from === 'number') return from;
  if (second !== undefined && second !== '') {
    const to = versionSide(kept, second, context);
    return typeof to === 'number' ? to : tell(kept, null, from, to, options, context);
  }
  if (options.envId.length > 0)
    return diffWithLive(kept, options, context, (live) => (live === null ? null : { from, to: live }));
  const disk = await diskSide(kept, loaded, context);
  return typeof disk === 'number' ? disk : tell(kept, null, from, disk, options, context);
}

function versionSide(kept: KeptFunction, id: string, context: Context): Compared | number {
  const version = versionNamed(kept, id, context);
  if (typeof version === 'number') return version;
  return keptSide(kept, version.fingerprint, short(version.fingerprint));
}

function keptSide(kept: KeptFunction, fingerprint: Fingerprint, label: string): Compared {
  const version = kept.history.versions.find((each) => each.fingerprint === fingerprint);
  const { files = [], content = fingerprint } = version ?? {};
  return {
    label,
    fingerprint,
    content,
    side: sideOfVersion({ files }, (file) => kept.store.contentOfFile(file)),
  };
}

/** The content that is on the disk, or the exit code where it is nothing that could be sent: 6, and said. */
async function diskSide(
  { name, spec, specs }: KeptFunction,
  { config }: LoadedConfig,
  context: Context,
): Promise<Compared | number> {
  const { language, err } = context;
  const content = createBuiltContent(config, specs);
  const scan =
    spec?.problem == null ? await content.scan(name, false) : { ok: false as const, problem: spec.problem };
  const files = content.scannedFiles(name);
  if (!scan.ok || files === null) {
    const problem = scan.ok ? ({ reason: 'gone', dir: name } as const) : scan.problem;
    const { detail, hint } = describeProblem(problem, language, { place: 'lines', function: name });
    err(`${printable(sentences(detail, hint))}\n`);
    return 6;
  }
  if (spec?.built === true) err(`${historyWords[language].built}\n`);
  const { fingerprint } = scan;
  const label = historyWords[language].disk;
  return { label, fingerprint, content: fingerprint, side: sideOfDisk(files) };
}

async function diffOfLive(
  kept: KeptFunction,
  loaded: LoadedConfig,
  options: DiffOptions,
  context: Context,
): Promise<number> {
  const disk = await diskSide(kept, loaded, context);
  if (typeof disk === 'number') return disk;
  return diffWithLive(kept, options, context, (live, fingerprint) => {
    if (live !== null) return { from: live, to: disk };
    // Nothing is kept of it, and nothing needs to be: it is what the disk holds.
    if (fingerprint === disk.fingerprint)
      return { from: { ...disk, label: short(disk.fingerprint) }, to: disk };
    return null;
  });
}

/**
 * Environments that run the same are compared once.
 * @param pairOf what to compare with what is live (null: that is not known, or not kept); null: nothing can be
 */
async function diffWithLive(
  kept: KeptFunction,
  options: DiffOptions,
  context: Context,
  pairOf: (
    live: Compared | null,
    fingerprint: Fingerprint | null,
  ) => { readonly from: Compared; readonly to: Compared } | null,
): Promise<number> {
  let code = 0;
  for (const [fingerprint, envs] of byLive(kept)) {
    const live = fingerprint === null ? null : liveSide(kept, fingerprint, context);
    const pair = pairOf(live, fingerprint);
    const told =
      pair === null
        ? tellUnknown(kept, envs, fingerprint, options, context)
        : await tell(kept, envs, pair.from, pair.to, options, context);
    code = Math.max(code, told);
  }
  return code;
}

/** The environments by what they run; those that run what nobody knows, each alone. */
function byLive({
  envs,
  entryOf,
}: KeptFunction): readonly (readonly [Fingerprint | null, readonly EnvId[]])[] {
  const groups = new Map<Fingerprint, EnvId[]>();
  const unknown: (readonly [null, readonly EnvId[]])[] = [];
  for (const env of envs) {
    const live = entryOf(env)?.live ?? null;
    if (live === null) unknown.push([null, [env]]);
    else groups.set(live, [...(groups.get(live) ?? []), env]);
  }
  return [...groups, ...unknown];
}

/** null: it is not kept. */
function liveSide(kept: KeptFunction, fingerprint: Fingerprint, { language }: Context): Compared | null {
  if (!kept.history.versions.some((each) => each.fingerprint === fingerprint)) return null;
  return keptSide(kept, fingerprint, historyWords[language].live(short(fingerprint)));
}

// ---------------------------------------------------------------- shown

/** @returns the exit code */
async function tell(
  { name }: KeptFunction,
  envs: readonly EnvId[] | null,
  from: Compared,
  to: Compared,
  options: DiffOptions,
  context: Context,
): Promise<number> {
  const isSame = from.content === to.content;
  const found = isSame ? [] : await compare(from.side, to.side, thorough);
  if (options.json) tellJson(name, envs, from, to, found, context);
  else tellText(name, envs, from, to, found, options, context);
  return isSame ? 0 : 1;
}

function tellText(
  name: string,
  envs: readonly EnvId[] | null,
  from: Compared,
  to: Compared,
  found: readonly FileDifference[],
  { stat }: DiffOptions,
  context: Context,
): void {
  const { language } = context;
  const words = historyWords[language];
  const write = writer(context);
  const text =
    found.length === 0
      ? words.same(from.label, to.label)
      : clausesOf([words.differ(found.length, from.label, to.label), totalOf(found)], language);
  write(labelled(headOf(name, envs, language), text, language));
  if (stat) for (const line of statLines(found, language)) write(`  ${line}`);
  if (stat) return;
  // A file that it is written to is to be given to `patch`, tabs and all.
  const isTerminal = context.columns !== null;
  for (const line of patchLines(found, language, isTerminal ? printable : asItIs)) {
    if (isTerminal) write(context.color ? painted(line) : line.text);
    else context.out(`${line.text}\n`);
  }
}

function headOf(name: string, envs: readonly EnvId[] | null, language: Language): string {
  return printable(envs === null ? name : `${name} → ${listOf(envs, language)}`);
}

function writer({ out, environment }: Context): (line: string) => void {
  const ascii = wantsAscii(environment);
  return (line) => out(`${ascii ? inAscii(line) : line}\n`);
}

/** As git paints a patch: bold, cyan, green, red. */
const colours: Readonly<Record<PatchLine['kind'], string>> = {
  file: '1',
  place: '36',
  added: '32',
  removed: '31',
  context: '',
  remark: '1',
};

function painted({ kind, text }: PatchLine): string {
  const colour = colours[kind];
  return colour === '' ? text : `\u001b[${colour}m${text}\u001b[0m`;
}

function tellJson(
  name: string,
  envs: readonly EnvId[] | null,
  from: Compared,
  to: Compared,
  found: readonly FileDifference[],
  { out, language }: Context,
): void {
  const base = { function: name, envs: envs ?? [], from: from.fingerprint, to: to.fingerprint };
  out(jsonLine('comparison', { ...base, same: found.length === 0, files: found.length, reason: null }));
  for (const each of found) {
    const { path, change, before, after, lines, unshown } = each;
    const patch =
      each.hunks.length === 0
        ? null
        : patchLines([each], language, asItIs)
            .map(({ text }) => text)
            .join('\n');
    const line = {
      ...{ ...base, path, change, unshown, patch },
      ...{ added: lines?.added ?? null, removed: lines?.removed ?? null },
      ...{ before: sumOf(before), after: sumOf(after) },
    };
    out(jsonLine('difference', line));
  }
}

function sumOf(file: FileDifference['before']): { readonly bytes: number; readonly sha256: string } | null {
  return file === null ? null : { bytes: file.size, sha256: file.sha256 };
}

/** The content that runs there is not ours, not known, or not kept. */
function tellUnknown(
  kept: KeptFunction,
  envs: readonly EnvId[],
  live: Fingerprint | null,
  { json }: DiffOptions,
  context: Context,
): number {
  const foreign = envs.map((env) => kept.entryOf(env)?.foreign ?? null).find((each) => each !== null) ?? null;
  const reason = live !== null ? 'unkept' : foreign === null ? 'unknown' : 'foreign';
  if (json) {
    const base = { function: kept.name, envs, from: live, to: null };
    context.out(jsonLine('comparison', { ...base, same: null, files: null, reason }));
    return 1;
  }
  const ours = foreign === null ? null : replacedIn(kept, envs[0] ?? '', foreign);
  const text = unknownText(historyWords[context.language], kept.name, live, foreign, ours);
  const { language } = context;
  writer(context)(labelled(headOf(kept.name, envs, language), printable(text), language));
  return 1;
}

function unknownText(
  words: HistoryWords,
  name: string,
  live: Fingerprint | null,
  foreign: { readonly modTime: string } | null,
  ours: Fingerprint | null,
): string {
  if (live !== null) return sentences(words.unkept(short(live)), words.unkeptHint);
  if (foreign === null) return sentences(words.unknown, words.unknownHint);
  return sentences(words.foreign(foreign.modTime), ours === null ? '' : words.foreignHint(name, short(ours)));
}

/** The version of ours that ran there last; somebody else's code that was accepted may have replaced none. */
function replacedIn(
  { history }: KeptFunction,
  env: EnvId,
  foreign: { readonly ours: Fingerprint; readonly adopted: boolean },
): Fingerprint | null {
  return previousOf(history.runs, env, null) ?? (foreign.adopted ? null : foreign.ours);
}
