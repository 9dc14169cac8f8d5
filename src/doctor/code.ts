/** Faults of a function's code that show in the cloud alone. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createFaultFinder } from '../code/faults.js';
import { type NamedPath, type NewSyntax, namedPaths, newSyntaxIn } from '../code/names.js';
import { parseCode } from '../code/parse.js';
import type { Finding } from '../model/finding.js';

/** A row of a function's listing: what is packed and what is not, and why. Paths as in the zip. */
interface ListedPath {
  readonly path: string;
  readonly packed: boolean;
  readonly rule: string | null;
  readonly source: string | null;
}

/** A function's listed files and where they lie. */
export interface FunctionCode {
  readonly name: string;
  /** Absolute. */
  readonly dir: string;
  readonly files: readonly ListedPath[];
  /** Where a packed path lies on the disk, absolute: shared folders lie elsewhere. */
  readonly fileOf: (packed: string) => string;
  /** How a packed path is reported: from the project's folder, with forward slashes. */
  readonly shownAs: (packed: string) => string;
}

/** Larger sources are bundles; what they name was decided elsewhere. */
const sourceBytes = 1024 * 1024;
const isSource = ({ path: file, packed }: ListedPath): boolean => packed && /\.[cm]?js$/.test(file);

/** The faults that keep the code from running in the cloud. */
export async function checkFaults(code: FunctionCode): Promise<Finding<'code-fault'>[]> {
  const packages = path.join(code.dir, 'node_modules');
  const has = existsSync(packages) ? (name: string) => existsSync(path.join(packages, name)) : () => null;
  const packed = code.files.filter((file) => file.packed);
  const faults = await createFaultFinder().find(
    packed.map(({ path: file }) => ({
      path: file,
      sha256: null,
      read: () => readFile(code.fileOf(file), 'utf8').catch(() => null),
    })),
    has,
  );
  return faults.map((fault) => ({
    ...{ kind: 'code-fault', function: code.name, env: null },
    fault: { ...fault, path: code.shownAs(fault.path) },
  }));
}

/** The syntax of one file that older versions of Node do not load. */
export interface SourceSyntax {
  readonly path: string;
  readonly syntaxes: readonly NewSyntax[];
}

/** Reads the function's own JavaScript, one file after the other. The scan reports what cannot be read from the disk. */
export async function checkSources(
  code: FunctionCode,
): Promise<{ readonly findings: readonly Finding[]; readonly syntax: readonly SourceSyntax[] }> {
  const packed = new Set(code.files.filter((file) => file.packed).map((file) => file.path));
  const findings: Finding[] = [];
  const syntax: SourceSyntax[] = [];
  for (const { path: file } of code.files.filter(isSource)) {
    const text = await readFile(code.fileOf(file), 'utf8').catch(() => '');
    if (text.length > sourceBytes) continue;
    const parsed = parseCode(text);
    if (!parsed.ok) {
      findings.push({
        kind: 'code-unread',
        function: code.name,
        env: null,
        path: code.shownAs(file),
        line: parsed.line,
        column: parsed.column,
      });
      continue;
    }
    const { program } = parsed;
    findings.push(...namedPaths(program).flatMap((named) => nameFinding(code, packed, file, named)));
    syntax.push({ path: code.shownAs(file), syntaxes: newSyntaxIn(program) });
  }
  return { findings, syntax };
}

const endings: readonly string[] = [
  '',
  '.js',
  '.cjs',
  '.mjs',
  '.json',
  '/index.js',
  '/index.cjs',
  '/index.mjs',
];

/** A file that the code names, that is here, and that is not in the zip. */
function nameFinding(
  code: FunctionCode,
  packed: ReadonlySet<string>,
  file: string,
  named: NamedPath,
): Finding[] {
  const target = path.posix.join(path.posix.dirname(file), named.path).replace(/\/$/, '');
  const found = {
    function: code.name,
    env: null,
    path: code.shownAs(file),
    line: named.line,
    column: named.column,
    named: named.path,
  };
  if (target === '..' || target.startsWith('../')) return [{ kind: 'names-outside', ...found }];
  const candidates = named.kind === 'file' ? [target] : endings.map((ending) => target + ending);
  const isPacked =
    candidates.some((each) => packed.has(each)) || [...packed].some((each) => each.startsWith(`${target}/`));
  if (isPacked || !candidates.some((each) => existsSync(path.join(code.dir, each)))) return [];
  const by = code.files.find(
    (each) => !each.packed && candidates.some((each2) => isCovered(each2, each.path)),
  );
  if (by === undefined || by.rule === null) return [];
  return [{ kind: 'names-ignored', ...found, rule: by.rule, source: by.source ?? '' }];
}

const isCovered = (file: string, listed: string): boolean =>
  listed.endsWith('/') ? `${file}/`.startsWith(listed) : listed === file;

/** The syntax that the environment's own Node does not load. `runtime` as the cloud writes it: `Nodejs16.13`. */
export function checkRuntime(
  name: string,
  sources: readonly SourceSyntax[],
  env: string,
  runtime: string,
): Finding[] {
  // NaN for another runtime: nothing is newer than that.
  const major = Number(/^Nodejs(\d+)/i.exec(runtime)?.[1]);
  return sources.flatMap(({ path: file, syntaxes }) =>
    syntaxes
      .filter(({ since }) => since > major)
      .map((found) => ({
        kind: 'new-syntax' as const,
        function: name,
        env,
        path: file,
        runtime,
        ...found,
      })),
  );
}
