/** A function's content on disk, by its name: rules, snapshots and where they are read from. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createFaultFinder, largeTextAtSave } from '../code/faults.js';
import type { Config } from '../config/model.js';
import type { CodeFault } from '../model/code-fault.js';
import type { ScanResult } from '../model/event.js';
import type { ContentProblem, Fingerprint, FunctionName, FunctionSpec } from '../model/nouns.js';
import { slashRelative } from '../system/paths.js';
import type { Allocate } from '../zip/zip.js';
import { type FileIndex, type KnownContent, noFileIndex } from './file-index.js';
import type { IgnoreRules } from './ignore.js';
import { readAs, type ScannedFiles } from './read.js';
import { createSlices, type Slices } from './slices.js';
import { createSnapshots, type FileListing, type PackResult } from './snapshot.js';
import type { SnapshotSource } from './source.js';

export interface Content {
  /**
   * The content that is on disk now, and the fault that is sure to keep its code from running. Paths that a sweep has found changed meanwhile count as
   * changed.
   */
  scan(name: FunctionName, full: boolean): Promise<ScanResult>;
  /**
   * As `scan`, for a look that nobody asked for: what it finds is reported by the next `scan`, and nothing is built for it. null: it
   * has to be built first.
   */
  sweep(name: FunctionName): Promise<ScanResult | null>;
  /**
   * As `sweep`, at the least cost where nothing is different. Content that has to be built first has a fingerprint of its
   * sources, which no content has.
   */
  glance(name: FunctionName): Promise<ScanResult>;
  /** @param allocate gives the buffer to write the zip into, if its place is known already */
  pack(name: FunctionName, fingerprint: Fingerprint, allocate?: Allocate): Promise<PackResult>;
  files(name: FunctionName): Promise<FileListing>;
  /** The files of the last scan that found content to send; null: there was none. */
  scannedFiles(name: FunctionName): ScannedFiles | null;
  /**
   * Where the function's links led at the last look, and what its build read elsewhere: real path → whether it is a
   * directory.
   */
  linksOf(name: FunctionName): ReadonlyMap<string, boolean>;
  /** Called when links of a function point elsewhere than before; one listener at a time. */
  onLinks(listener: (name: FunctionName) => void): void;
  /** Files that the function's code still names and that were there at the last scan: it is being made again. */
  missingParts(name: FunctionName): readonly string[];
  /** Whether this file, by its absolute path, has only been added to since the last scan: it is being written in pieces. */
  hasGrown(name: FunctionName, file: string): boolean;
  /** The rules as last read; null before that. Cheap: it is asked for every file event. */
  rulesOf(name: FunctionName): IgnoreRules | null;
  /** Reads the rules of all functions, as each scan does with those of its own. */
  readRules(): Promise<void>;
  /** The runtime that a cloud runs it with, as the cloud writes it (`Nodejs12.16`). True: it has to be built again, for something older. */
  noteRuntime(name: FunctionName, runtime: string): boolean;
  /** Something has changed: a build of older sources begins again. */
  interrupt(name: FunctionName): void;
  update(config: Config, specs: readonly FunctionSpec[]): void;
  /** Writes down what is known of the files, for the next start. */
  keepIndex(): Promise<void>;
  /** Ends builds under way. */
  close(): void;
}

/** Where content comes from: a function's own files, or what a build makes of them. */
export interface Sources {
  /** Where a function's content is read from, and the rules for what is watched of it: those of its sources. */
  sourceOf(config: Config, spec: FunctionSpec): Promise<{ source: SnapshotSource; watched: IgnoreRules }>;
  /**
   * null: the content to send is there, made of the sources as they are now.
   * @param how `again`: also where nothing has changed since a build that failed; `onLink`: called with the sources' links
   */
  build(
    config: Config,
    spec: FunctionSpec,
    how: { readonly again: boolean; readonly onLink: NonNullable<SnapshotSource['onLink']> },
  ): Promise<ContentProblem | null>;
  /**
   * Whether it is there already; builds nothing.
   * @param how `retries`: but for a failed build that may have been fixed without a trace, if it is quick
   */
  stateOf(
    config: Config,
    spec: FunctionSpec,
    how: { readonly retries: boolean; readonly onLink: NonNullable<SnapshotSource['onLink']> },
  ): Promise<SourceState>;
  /** The files elsewhere that the function's last build read. */
  inputs(name: FunctionName): Iterable<string>;
  /** Resolves when no build of it is under way. */
  idle(name: FunctionName): Promise<void>;
  /** The runtime that a cloud runs it with, as the cloud writes it (`Nodejs12.16`). True: it has to be built again, for something older. */
  noteRuntime(config: Config, name: FunctionName, runtime: string): boolean;
  /** Something has changed: a build of older sources begins again. */
  interrupt(name: FunctionName): void;
  forget(name: FunctionName): void;
  close(): void;
}

/** `unbuilt`: it has to be built first; `state` is another text whenever the sources are others. */
export type SourceState =
  | { readonly kind: 'built'; readonly problem: ContentProblem | null }
  | { readonly kind: 'unbuilt'; readonly state: string };

type Look = 'full' | 'whole' | 'glance';

/** The digest of the key that a function's helper answers to; null: no secret is to be had, and uploads carry none. */
export type KeyDigestOf = (name: FunctionName) => string | null;

export function createContent(
  first: Config,
  specs: readonly FunctionSpec[],
  sourcesOf: (slices: Slices) => Sources,
  keyDigestOf: KeyDigestOf = () => null,
  index: FileIndex = noFileIndex,
): Content {
  let config = first;
  let byName = new Map(specs.map((spec) => [spec.name, spec]));
  const slices = createSlices();
  /** The content of an earlier run in whose code nothing was found. */
  const faultless = new Map<FunctionName, Fingerprint>();
  const snapshots = createSnapshots({
    maxZipBase64: () => config.maxZipBase64,
    slices,
    remembered(name) {
      const known = index.take(name);
      if (known !== null && known.faultless !== null) faultless.set(name, known.faultless);
      return known?.files ?? null;
    },
  });
  const sources = sourcesOf(slices);
  const finder = createFaultFinder({ breathe: slices.breathe, large: largeTextAtSave });
  /** The fault that was found in the content of the last scan. */
  const found = new Map<
    FunctionName,
    { readonly fingerprint: Fingerprint; readonly fault: CodeFault | null }
  >();
  const rules = new Map<FunctionName, IgnoreRules>();
  /** The functions that the last look found a problem in. */
  const failing = new Set<FunctionName>();
  const links = new Map<FunctionName, ReadonlyMap<string, boolean>>();
  let linksChanged = (_name: FunctionName): void => undefined;
  const untold = new Map<FunctionName, Set<string>>();
  /** Files as the last scan found them that somebody asked for: a look into a folder that is being made again does not count. */
  const settled = new Map<FunctionName, ScannedFiles>();

  const sourceOf = async (name: FunctionName): Promise<SnapshotSource | null> => {
    const spec = byName.get(name);
    if (spec === undefined) return null;
    const { source, watched } = await sources.sourceOf(config, spec);
    rules.set(name, watched);
    const keyDigest = spec.helperIn === undefined ? null : keyDigestOf(name);
    return keyDigest === null ? source : { ...source, keyDigest };
  };

  /** @param problemOf says whether the content is there, and hears of links */
  const lookAfter = async (
    name: FunctionName,
    how: Look,
    problemOf: (spec: FunctionSpec, onLink: NonNullable<SnapshotSource['onLink']>) => Promise<SourceState>,
  ): Promise<ScanResult | { readonly unbuilt: string }> => {
    const spec = byName.get(name);
    const source = await sourceOf(name);
    if (spec === undefined || source === null) return gone(name);
    const followed = new Map<string, boolean>();
    const onLink = (real: string, directory: boolean): void => void followed.set(real, directory);
    const state = await problemOf(spec, onLink);
    if (state.kind === 'unbuilt') return { unbuilt: state.state };
    const result =
      state.problem === null
        ? await snapshotOf({ ...source, onLink }, how)
        : { ok: false as const, problem: state.problem };
    for (const input of sources.inputs(name)) followed.set(input, false);
    if (result.ok) failing.delete(name);
    else failing.add(name);
    if (!sameLinks(links.get(name) ?? noLinks, followed)) {
      links.set(name, followed);
      linksChanged(name);
    }
    return result;
  };

  /** A function that is gone leaves nothing behind; should it return, it is read again. */
  const forget = (name: FunctionName): void => {
    void snapshots.forget(name);
    sources.forget(name);
    for (const about of [rules, failing, links, untold, settled, found, faultless]) about.delete(name);
  };

  const snapshotOf = (source: SnapshotSource, how: Look): Promise<ScanResult> =>
    how === 'glance' ? snapshots.glance(source) : snapshots.scan(source, how === 'full');

  const faultsIn = async (name: FunctionName, files: ScannedFiles): Promise<readonly CodeFault[]> => {
    const packages = join(byName.get(name)?.dir ?? '', 'node_modules');
    const isInstalled = existsSync(packages)
      ? (each: string) => existsSync(join(packages, each))
      : () => null;
    const faults = await finder.find(
      [...files.values()].map(({ path, sha256, file }) => ({
        path,
        sha256,
        read: async () => (await readAs(file, sha256))?.toString('utf8') ?? null,
      })),
      isInstalled,
    );
    return faults.map((fault) => {
      const file = files.get(fault.path)?.file;
      return file === undefined ? fault : { ...fault, path: slashRelative(config.folder, file) };
    });
  };

  /** With what is sure to keep the code from running, which is a problem where the configuration says so. */
  const judged = async (name: FunctionName, result: ScanResult): Promise<ScanResult> => {
    const files = result.ok ? snapshots.filesOf(name) : null;
    if (!result.ok || files === null) return result;
    if (found.get(name)?.fingerprint !== result.fingerprint) {
      const isKnown = faultless.get(name) === result.fingerprint;
      const faults = isKnown ? [] : await faultsIn(name, files);
      const fault = faults.find(({ certain }) => certain) ?? null;
      found.set(name, { fingerprint: result.fingerprint, fault });
    }
    return withFault(name, result);
  };

  /** As far as it was found already. */
  const withFault = (name: FunctionName, result: ScanResult): ScanResult => {
    const known = found.get(name);
    if (!result.ok || known?.fingerprint !== result.fingerprint) return result;
    const { fault } = known;
    if (fault === null || config.onCannotRun === 'warn') return { ...result, fault };
    return { ok: false, problem: { reason: 'cannot-run', fault } };
  };

  /** Builds nothing, and keeps what it finds to be reported by the next scan. */
  const unasked = async (name: FunctionName, how: 'whole' | 'glance') => {
    const result = await lookAfter(name, how, (spec, onLink) =>
      sources.stateOf(config, spec, { retries: how === 'glance', onLink }),
    );
    if ('ok' in result && result.ok && result.changed.length > 0) {
      untold.set(name, new Set([...(untold.get(name) ?? []), ...result.changed]));
    }
    return 'ok' in result ? withFault(name, result) : result;
  };
  const knownOf = (name: FunctionName): KnownContent | null => {
    const files = snapshots.filesOf(name);
    if (files === null) return index.untaken(name);
    const judgement = found.get(name);
    return { files, faultless: judgement?.fault === null ? judgement.fingerprint : null };
  };
  function* knownContents(): Generator<readonly [FunctionName, KnownContent]> {
    for (const name of byName.keys()) {
      const known = knownOf(name);
      if (known !== null) yield [name, known];
    }
  }
  const scan = async (name: FunctionName, full: boolean): Promise<ScanResult> => {
    const result = await lookAfter(name, full ? 'full' : 'whole', async (spec, onLink) => {
      const again = full && failing.has(name);
      return { kind: 'built', problem: await sources.build(config, spec, { again, onLink }) };
    });
    return 'ok' in result ? result : gone(name);
  };
  /** With the paths that sweeps found meanwhile. */
  const withUntold = (name: FunctionName, result: ScanResult): ScanResult => {
    const paths = untold.get(name);
    if (!result.ok || paths === undefined) return result;
    untold.delete(name);
    return { ...result, changed: [...new Set([...paths, ...result.changed])].sort() };
  };

  return {
    async scan(name, full) {
      const result = await scan(name, full);
      const files = result.ok ? snapshots.filesOf(name) : null;
      if (files !== null) settled.set(name, files);
      return judged(name, withUntold(name, result));
    },
    async sweep(name) {
      const result = await unasked(name, 'whole');
      // Compiling a bundle takes as long as all else: here it is done while somebody still saves.
      return 'ok' in result ? judged(name, result) : null;
    },
    async glance(name) {
      const result = await unasked(name, 'glance');
      if ('ok' in result) return result;
      return { ok: true, fingerprint: `unbuilt ${result.unbuilt}`, files: 0, bytes: 0, changed: [] };
    },
    async pack(name, fingerprint, allocate) {
      await sources.idle(name);
      const source = await sourceOf(name);
      if (source === null) return { ok: false, scan: gone(name) };
      const packed = await snapshots.pack(source, fingerprint, allocate);
      return packed.ok ? packed : { ok: false, scan: await judged(name, packed.scan) };
    },
    async files(name) {
      const source = await sourceOf(name);
      return source === null ? { files: [], problem: null } : snapshots.files(source);
    },
    scannedFiles: snapshots.filesOf,
    missingParts(name) {
      const files = settled.get(name);
      return files === undefined ? [] : snapshots.missingParts(files);
    },
    hasGrown: snapshots.hasGrown,
    linksOf: (name) => links.get(name) ?? noLinks,
    onLinks(listener) {
      linksChanged = listener;
    },
    rulesOf: (name) => rules.get(name) ?? null,
    async readRules() {
      for (const name of byName.keys()) {
        await slices.breathe();
        await sourceOf(name);
      }
    },
    update(next, nextSpecs) {
      config = next;
      byName = new Map(nextSpecs.map((spec) => [spec.name, spec]));
      for (const name of [...rules.keys(), ...links.keys()]) if (!byName.has(name)) forget(name);
    },
    noteRuntime: (name, runtime) => sources.noteRuntime(config, name, runtime),
    interrupt: sources.interrupt,
    keepIndex: () => index.write(knownContents(), slices.breathe),
    close: sources.close,
  };
}

const noLinks: ReadonlyMap<string, boolean> = new Map();

function sameLinks(one: ReadonlyMap<string, boolean>, other: ReadonlyMap<string, boolean>): boolean {
  return one.size === other.size && [...one].every(([real, directory]) => other.get(real) === directory);
}

function gone(name: FunctionName): ScanResult {
  return { ok: false, problem: { reason: 'gone', dir: name } };
}
