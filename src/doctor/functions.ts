/** The checks of `doctor` in one function. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { answersOf, chosenEvents } from '../answers/events.js';
import { buildOf, outputOf } from '../build/source.js';
import type { BuildConfig, Config } from '../config/model.js';
import type { Content } from '../content/content.js';
import { entryNames } from '../content/entry.js';
import { base64Length } from '../content/limits.js';
import type { FileListing } from '../content/snapshot.js';
import { sharedFolders } from '../content/source.js';
import type { ScanResult } from '../model/event.js';
import type { Finding, RuleUse } from '../model/finding.js';
import type { FunctionSpec } from '../model/nouns.js';
import { slashRelative } from '../system/paths.js';
import { checkFaults, checkSources, type FunctionCode, type SourceSyntax } from './code.js';
import { isLinked, type MissingLink } from './links.js';
import { checkPackages, checkSettings } from './packages.js';

export interface ExaminedFunction {
  readonly findings: readonly Finding[];
  readonly links: readonly MissingLink[];
  readonly sources: readonly SourceSyntax[];
}

/** A gateway in front of the API is said to stop at this body, bytes (docs/cloud-api.md, "Packing"). */
const warnedBytes = 10_485_760;

/** Where the code of functions is looked at. */
export interface Looking {
  /** Of functions that are sent as they are, and of what a command made some time ago. */
  readonly asIs: Content;
  /** Bundles with esbuild, to a folder of its own: that leaves no trace in the project. */
  readonly bundled: Content;
  readonly bundles: string;
}

/** The events that the function would be called with, and the problems of those. */
async function checkEvents(config: Config, name: string): Promise<Finding[]> {
  if (answersOf(config, name) === null) return [];
  const { file, events, problems } = await chosenEvents(config, name);
  const whom = { function: name, env: null } as const;
  if (file === null || problems.length > 0)
    return problems.map((problem) => ({ kind: 'events-wrong', ...whom, problem }));
  return [{ kind: 'events-ok', ...whom, count: events.length, file: slashRelative(config.folder, file) }];
}

export async function examineFunction(
  config: Config,
  spec: FunctionSpec,
  looking: Looking,
): Promise<ExaminedFunction> {
  const { name, dir } = spec;
  const whom = { function: name, env: null } as const;
  const inProject =
    (fileOf: FunctionCode['fileOf']): FunctionCode['shownAs'] =>
    (packed) =>
      slashRelative(config.folder, fileOf(packed));
  if (spec.problem !== null) return only({ kind: 'function-problem', ...whom, problem: spec.problem });
  const build = buildOf(config, name);
  const links = await missingLinks(config, spec);
  const settings = [
    ...(await checkPackages(name, dir)),
    ...(await checkSettings(name, dir, config.triggers)),
    ...(await checkEvents(config, name)),
  ];
  if (build === null) {
    const fileOf = placesOf(config, spec);
    const looked = await examineCode(name, looking.asIs, { dir, fileOf, shownAs: inProject(fileOf) });
    return { findings: [...looked.findings, ...settings], links, sources: looked.sources };
  }
  const output = outputOf(build, name, dir, looking.bundles);
  if (build.kind === 'command' && !existsSync(output)) {
    const unseen: Finding = { kind: 'build-unchecked', ...whom, output: build.output };
    return { findings: [unseen, ...settings], links, sources: [] };
  }
  const content = build.kind === 'esbuild' ? looking.bundled : looking.asIs;
  const fileOf = (packed: string): string => path.join(output, packed);
  // A bundle of doctor's own is gone before anybody could open it.
  const shownAs = build.kind === 'esbuild' ? (packed: string) => packed : inProject(fileOf);
  const looked = await examineCode(name, content, { dir: output, fileOf, shownAs });
  const findings = [...builtHow(name, build, looked.findings), ...settings];
  // esbuild makes it for each environment's runtime, so its syntax is never too new.
  return { findings, links, sources: build.kind === 'esbuild' ? [] : looked.sources };
}

/** The place that was looked at, before the findings. */
function builtHow(name: string, build: BuildConfig, findings: readonly Finding[]): readonly Finding[] {
  const whom = { function: name, env: null } as const;
  if (build.kind === 'command') return [{ kind: 'build-left', ...whom, output: build.output }, ...findings];
  const problem = findings.find((finding) => finding.kind === 'function-problem')?.problem;
  if (problem?.reason !== 'build-failed') return [{ kind: 'build-made', ...whom }, ...findings];
  return problem.fault === 'no-esbuild' ? [{ kind: 'esbuild-absent', ...whom }] : findings;
}

async function examineCode(
  name: string,
  content: Content,
  place: Omit<FunctionCode, 'name' | 'files'>,
): Promise<{ readonly findings: readonly Finding[]; readonly sources: readonly SourceSyntax[] }> {
  const scan = await content.scan(name, true);
  const listing = await content.files(name);
  const code: FunctionCode = { name, files: listing.files, ...place };
  const entry = entryOf(listing);
  // Without an entry nothing is loaded, which the scan says.
  const faults = entry === null && !scan.ok ? [] : await checkFaults(code);
  const sources = await checkSources(code);
  const findings = [
    ...(await checkContent(name, entry, content, scan)),
    ...leftOut(name, listing),
    ...reportedOnce(faults, sources.findings),
  ];
  return { findings, sources: sources.syntax };
}

/** Two looks see the same: what is ignored or outside has better words, what cannot be parsed has more when it is loaded. */
function reportedOnce(
  faults: readonly Finding<'code-fault'>[],
  others: readonly Finding[],
): readonly Finding[] {
  const unread = new Set(
    faults
      .filter(({ fault }) => fault.kind === 'syntax-error' || fault.kind === 'conflict-marker')
      .map(({ fault }) => fault.path),
  );
  // The others in a file with such a fault are about what it names: where a file cannot be parsed nothing is missing.
  const isNamed = ({ fault }: Finding<'code-fault'>): boolean =>
    fault.kind === 'missing-file' &&
    others.some((each) => 'line' in each && each.path === fault.path && each.line === fault.line);
  return [
    ...faults.filter((each) => !isNamed(each)),
    ...others.filter((each) => each.kind !== 'code-unread' || !unread.has(each.path)),
  ];
}

const only = (finding: Finding): ExaminedFunction => ({ findings: [finding], links: [], sources: [] });

async function checkContent(
  name: string,
  entry: string | null,
  content: Content,
  scan: ScanResult,
): Promise<Finding[]> {
  const whom = { function: name, env: null } as const;
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
    // A link to a shared folder is as it should be: the folder itself is packed.
    if (packed || source === 'shared') continue;
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
