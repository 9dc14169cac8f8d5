/** A function's content on disk, by its name: rules, snapshots and where they are read from. */

import type { Fingerprint, FunctionName, FunctionSpec, ScanResult } from '../core/model.js';
import type { Config } from '../io/config-model.js';
import type { IgnoreRules } from '../io/ignore.js';
import { createSnapshots, type FileListing, type PackResult, type SnapshotSource } from '../io/snapshot.js';
import { snapshotSource } from '../io/snapshot-source.js';

export interface Content {
  /** What is on disk now. Paths that a sweep has found changed meanwhile count as changed. */
  scan(name: FunctionName, full: boolean): Promise<ScanResult>;
  /** As `scan`, for a look that nobody asked for: what it finds is told by the next `scan`. */
  sweep(name: FunctionName): Promise<ScanResult>;
  pack(name: FunctionName, fingerprint: Fingerprint): Promise<PackResult>;
  files(name: FunctionName): Promise<FileListing>;
  /** What the last scan found; null before the first. */
  last(name: FunctionName): ScanResult | null;
  /** The rules as last read; null before the first scan. Cheap: it is asked for every file event. */
  rulesOf(name: FunctionName): IgnoreRules | null;
  update(config: Config, specs: readonly FunctionSpec[]): void;
}

export function createContent(first: Config, specs: readonly FunctionSpec[]): Content {
  let config = first;
  let byName = new Map(specs.map((spec) => [spec.name, spec]));
  const snapshots = createSnapshots({ maxZipBase64: () => config.maxZipBase64 });
  const rules = new Map<FunctionName, IgnoreRules>();
  const last = new Map<FunctionName, ScanResult>();
  const untold = new Map<FunctionName, Set<string>>();

  const sourceOf = async (name: FunctionName): Promise<SnapshotSource | null> => {
    const spec = byName.get(name);
    if (spec === undefined) return null;
    const source = await snapshotSource(config, spec);
    rules.set(name, source.rules);
    return source;
  };

  const look = async (name: FunctionName, full: boolean): Promise<ScanResult> => {
    const source = await sourceOf(name);
    if (source === null) return gone(name);
    const result = await snapshots.scan(source, full);
    last.set(name, result);
    return result;
  };

  return {
    async scan(name, full) {
      const result = await look(name, full);
      const found = untold.get(name);
      untold.delete(name);
      if (!result.ok || found === undefined) return result;
      return { ...result, changed: [...new Set([...found, ...result.changed])].sort() };
    },
    async sweep(name) {
      const result = await look(name, false);
      if (result.ok && result.changed.length > 0) {
        untold.set(name, new Set([...(untold.get(name) ?? []), ...result.changed]));
      }
      return result;
    },
    async pack(name, fingerprint) {
      const source = await sourceOf(name);
      return source === null ? { ok: false, scan: gone(name) } : snapshots.pack(source, fingerprint);
    },
    async files(name) {
      const source = await sourceOf(name);
      return source === null ? { files: [], problem: null } : snapshots.files(source);
    },
    last: (name) => last.get(name) ?? null,
    rulesOf: (name) => rules.get(name) ?? null,
    update(next, nextSpecs) {
      config = next;
      byName = new Map(nextSpecs.map((spec) => [spec.name, spec]));
    },
  };
}

function gone(name: FunctionName): ScanResult {
  return { ok: false, problem: { reason: 'gone', dir: name } };
}
