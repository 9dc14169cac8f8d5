/** What `doctor` looks at in one function. */
import path from 'node:path';
import type { Finding, RuleUse } from '../core/finding.js';
import type { FunctionSpec } from '../core/model.js';
import type { Config } from '../io/config-model.js';
import { checkKeys, checkNames, checkSyntax, type FunctionCode, sourcesOf } from '../io/doctor-code.js';
import { isLinked } from '../io/doctor-links.js';
import { checkPackages, checkSettings } from '../io/doctor-packages.js';
import { canResolve } from '../io/project-find.js';
import type { FileListing } from '../io/snapshot.js';
import { entryNames } from '../io/snapshot-entry.js';
import { base64Length } from '../io/snapshot-limits.js';
import { sharedFolders } from '../io/snapshot-source.js';
import type { Content } from './content.js';
import type { MissingLink } from './doctor.js';

export type Sources = Awaited<ReturnType<typeof sourcesOf>>;

export interface ExaminedFunction {
  readonly findings: readonly Finding[];
  readonly links: readonly MissingLink[];
  readonly sources: Sources;
}

/** A gateway before the API is said to stop at this body, bytes: cloud-api.md, Packing rules. */
const warnedBytes = 10_485_760;

export async function examineFunction(
  config: Config,
  spec: FunctionSpec,
  content: Content,
): Promise<ExaminedFunction> {
  const { name, dir } = spec;
  if (spec.problem !== null)
    return only({ kind: 'function-problem', function: name, env: null, problem: spec.problem });
  const settings = [
    ...(await checkPackages(name, dir)),
    ...(await checkSettings(name, dir, config.triggers)),
  ];
  const build = Object.hasOwn(config.functions, name) ? (config.functions[name]?.build ?? null) : null;
  if (build !== null) {
    const absent = build.kind === 'esbuild' && !canResolve('esbuild', dir);
    const kind = absent ? 'esbuild-absent' : 'build-unchecked';
    return { findings: [{ kind, function: name, env: null }, ...settings], links: [], sources: [] };
  }
  const listing = await content.files(name);
  const code: FunctionCode = { name, dir, files: listing.files, fileOf: placesOf(config, spec) };
  const entry = entryOf(listing);
  const sources = await sourcesOf(code);
  const findings = [
    ...(await checkContent(name, entry, content)),
    ...leftOut(name, listing),
    ...settings,
    ...(entry === null ? [] : await checkSyntax(code, entry)),
    ...checkNames(code, sources),
    ...(await checkKeys(code)),
  ];
  return { findings, links: await missingLinks(config, spec), sources };
}

const only = (finding: Finding): ExaminedFunction => ({ findings: [finding], links: [], sources: [] });

async function checkContent(name: string, entry: string | null, content: Content): Promise<Finding[]> {
  const whom = { function: name, env: null } as const;
  const scan = await content.scan(name, true);
  if (!scan.ok) return [{ kind: 'function-problem', ...whom, problem: scan.problem }];
  const packed = await content.pack(name, scan.fingerprint);
  if (!packed.ok)
    return packed.scan.ok ? [] : [{ kind: 'function-problem', ...whom, problem: packed.scan.problem }];
  const base64 = base64Length(packed.zip.length);
  const large: Finding[] =
    base64 > warnedBytes ? [{ kind: 'request-large', ...whom, base64, limit: warnedBytes }] : [];
  const zipBytes = packed.zip.length;
  return [{ kind: 'function-ok', ...whom, entry: entry ?? 'main', files: scan.files, zipBytes }, ...large];
}

function entryOf({ files }: FileListing): string | null {
  return entryNames.find((entry) => files.some(({ path: file, packed }) => packed && file === entry)) ?? null;
}

/** Which rules take something away, the busiest first. */
function leftOut(name: string, { files }: FileListing): Finding[] {
  const uses = new Map<string, RuleUse>();
  for (const { packed, rule, source } of files) {
    if (packed) continue;
    const key = `${source} ${rule}`;
    uses.set(key, { rule, source, count: (uses.get(key)?.count ?? 0) + 1 });
  }
  const rules = [...uses.values()].sort((one, other) => other.count - one.count);
  return rules.length === 0 ? [] : [{ kind: 'left-out', function: name, env: null, rules }];
}

/** Where a packed path lies: in the function, or in a shared folder that it carries. */
function placesOf(config: Config, spec: FunctionSpec): FunctionCode['fileOf'] {
  const shared = sharedFolders(config, spec);
  return (packed) => {
    const carried = shared.find(({ name }) => packed.startsWith(`${name}/`));
    if (carried === undefined) return path.join(spec.dir, packed);
    return path.join(carried.dir, packed.slice(carried.name.length + 1));
  };
}

async function missingLinks(config: Config, spec: FunctionSpec): Promise<MissingLink[]> {
  const links = sharedFolders(config, spec).map(async ({ name, dir }) =>
    (await isLinked(spec.dir, name, dir))
      ? []
      : [{ function: spec.name, dir: spec.dir, shared: name, sharedDir: dir }],
  );
  return (await Promise.all(links)).flat();
}
