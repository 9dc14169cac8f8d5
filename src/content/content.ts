/** A function's content on disk, by its name: rules, snapshots and where they are read from. */

import type { Config } from '../config/model.js';
import type { ScanResult } from '../model/event.js';
import type { ContentProblem, Fingerprint, FunctionName, FunctionSpec } from '../model/nouns.js';
import type { Allocate } from '../zip/zip.js';
import type { IgnoreRules } from './ignore.js';
import { createSlices, type Slices } from './slices.js';
import { createSnapshots, type FileListing, type PackResult } from './snapshot.js';
import type { SnapshotSource } from './source.js';

export interface Content {
  /** What is on disk now. Paths that a sweep has found changed meanwhile count as changed. */
  scan(name: FunctionName, full: boolean): Promise<ScanResult>;
  /** As `scan`, for a look that nobody asked for: what it finds is told by the next `scan`. */
  sweep(name: FunctionName): Promise<ScanResult>;
  /** As `sweep`, at the least cost where nothing is different. */
  glance(name: FunctionName): Promise<ScanResult>;
  /** @param allocate gives the buffer to write the zip into, if its place is known already */
  pack(name: FunctionName, fingerprint: Fingerprint, allocate?: Allocate): Promise<PackResult>;
  files(name: FunctionName): Promise<FileListing>;
  /**
   * Where the function's links led at the last look, and what its build read elsewhere: real path → whether it is a
   * directory.
   */
  linksOf(name: FunctionName): ReadonlyMap<string, boolean>;
  /** Told when links of a function lead elsewhere than before; one listener at a time. */
  onLinks(listener: () => void): void;
  /** The rules as last read; null before the first scan. Cheap: it is asked for every file event. */
  rulesOf(name: FunctionName): IgnoreRules | null;
  /** What a cloud runs it with, as it writes it (`Nodejs12.16`). True: it has to be built anew, for something older. */
  noteRuntime(name: FunctionName, runtime: string): boolean;
  /** Newer edits have come: a build under way begins again. */
  interrupt(name: FunctionName): void;
  update(config: Config, specs: readonly FunctionSpec[]): void;
  /** Ends builds under way. */
  close(): void;
}

/** Where content comes from: a function's own files, or what a build makes of them. */
export interface Sources {
  /** Where a function's content is read from, and the rules for what is watched of it: those of its sources. */
  sourceOf(config: Config, spec: FunctionSpec): Promise<{ source: SnapshotSource; watched: IgnoreRules }>;
  /**
   * null: what is to be sent is there, made of the sources as they are now.
   * @param how `again`: also where nothing has changed since a build that failed; `onLink`: told of the sources' links
   */
  build(
    config: Config,
    spec: FunctionSpec,
    how: { readonly again: boolean; readonly onLink: NonNullable<SnapshotSource['onLink']> },
  ): Promise<ContentProblem | null>;
  /** What the function's last build read elsewhere. */
  inputs(name: FunctionName): Iterable<string>;
  /** Resolves when no build of it is under way. */
  idle(name: FunctionName): Promise<void>;
  /** What a cloud runs it with, as it writes it (`Nodejs12.16`). True: it has to be built anew, for something older. */
  noteRuntime(config: Config, name: FunctionName, runtime: string): boolean;
  /** Newer edits have come: a build under way begins again. */
  interrupt(name: FunctionName): void;
  close(): void;
}

type Look = 'full' | 'whole' | 'glance';

export function createContent(
  first: Config,
  specs: readonly FunctionSpec[],
  sourcesOf: (slices: Slices) => Sources,
): Content {
  let config = first;
  let byName = new Map(specs.map((spec) => [spec.name, spec]));
  const slices = createSlices();
  const snapshots = createSnapshots({ maxZipBase64: () => config.maxZipBase64, slices });
  const sources = sourcesOf(slices);
  const rules = new Map<FunctionName, IgnoreRules>();
  /** What the last look found a problem in. */
  const failing = new Set<FunctionName>();
  const links = new Map<FunctionName, ReadonlyMap<string, boolean>>();
  let linksChanged = (): void => undefined;
  const untold = new Map<FunctionName, Set<string>>();

  const sourceOf = async (name: FunctionName): Promise<SnapshotSource | null> => {
    const spec = byName.get(name);
    if (spec === undefined) return null;
    const { source, watched } = await sources.sourceOf(config, spec);
    rules.set(name, watched);
    return source;
  };

  const look = async (name: FunctionName, how: Look): Promise<ScanResult> => {
    const spec = byName.get(name);
    const source = await sourceOf(name);
    if (spec === undefined || source === null) return gone(name);
    const followed = new Map<string, boolean>();
    const onLink = (real: string, directory: boolean): void => void followed.set(real, directory);
    const again = how === 'full' && failing.has(name);
    const problem = await sources.build(config, spec, { again, onLink });
    const result =
      problem === null ? await snapshotOf({ ...source, onLink }, how) : { ok: false as const, problem };
    for (const input of sources.inputs(name)) followed.set(input, false);
    if (result.ok) failing.delete(name);
    else failing.add(name);
    if (!sameLinks(links.get(name) ?? noLinks, followed)) {
      links.set(name, followed);
      linksChanged();
    }
    return result;
  };

  /** A function that is gone leaves nothing behind; should it return, it is read anew. */
  const forget = (name: FunctionName): void => {
    snapshots.forget(name);
    for (const about of [rules, failing, links, untold]) about.delete(name);
  };

  const snapshotOf = (source: SnapshotSource, how: Look): Promise<ScanResult> =>
    how === 'glance' ? snapshots.glance(source) : snapshots.scan(source, how === 'full');

  /** What it finds is kept to be told by the next scan. */
  const unasked = async (name: FunctionName, how: 'whole' | 'glance'): Promise<ScanResult> => {
    const result = await look(name, how);
    if (result.ok && result.changed.length > 0) {
      untold.set(name, new Set([...(untold.get(name) ?? []), ...result.changed]));
    }
    return result;
  };

  return {
    async scan(name, full) {
      const result = await look(name, full ? 'full' : 'whole');
      const found = untold.get(name);
      if (!result.ok || found === undefined) return result;
      untold.delete(name);
      return { ...result, changed: [...new Set([...found, ...result.changed])].sort() };
    },
    sweep: (name) => unasked(name, 'whole'),
    glance: (name) => unasked(name, 'glance'),
    async pack(name, fingerprint, allocate) {
      await sources.idle(name);
      const source = await sourceOf(name);
      return source === null
        ? { ok: false, scan: gone(name) }
        : snapshots.pack(source, fingerprint, allocate);
    },
    async files(name) {
      const source = await sourceOf(name);
      return source === null ? { files: [], problem: null } : snapshots.files(source);
    },
    linksOf: (name) => links.get(name) ?? noLinks,
    onLinks(listener) {
      linksChanged = listener;
    },
    rulesOf: (name) => rules.get(name) ?? null,
    update(next, nextSpecs) {
      config = next;
      byName = new Map(nextSpecs.map((spec) => [spec.name, spec]));
      for (const name of [...rules.keys(), ...links.keys()]) if (!byName.has(name)) forget(name);
    },
    noteRuntime: (name, runtime) => sources.noteRuntime(config, name, runtime),
    interrupt: sources.interrupt,
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
