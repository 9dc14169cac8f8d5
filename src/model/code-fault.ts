/** The faults that keep code from running in the cloud though it may run here, as data. */

/**
 * A place in a file: `path` with forward slashes, from the zip's root where the fault is found, from the project's folder where it is
 * reported; `line` and `column` from 1.
 */
interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  /** Loading the function meets it, so that every call fails. false: only some calls may, or it cannot be known from here. */
  readonly certain: boolean;
}

interface FaultDetails {
  /** `<<<<<<<` of a merge. */
  'conflict-marker': Record<never, never>;
  /** `message`: the parser's own words. */
  'syntax-error': { readonly message: string };
  /** An ES module where the cloud calls `require`. */
  'module-syntax': Record<never, never>;
  /** `named` as the code has it. `where`: what is there of it on this disk. */
  'missing-file': { readonly named: string; readonly where: 'nowhere' | 'outside' };
  /** `actual`: the packed path, whose letters are of another case. */
  'wrong-case': { readonly named: string; readonly actual: string };
  /** No `dependencies` name it, so the cloud does not install it. `development`: `devDependencies` do. */
  'undeclared-package': { readonly name: string; readonly development: boolean };
  /** A dependency that only this machine can resolve. `range` as written: `workspace:*`, `file:../common`. */
  'local-package': { readonly name: string; readonly range: string };
  /** The package.json is no JSON. */
  'broken-manifest': Record<never, never>;
  /** The entry exports no `main`. */
  'no-main': Record<never, never>;
  /** There is no index.js, which is all that the cloud starts. `path` is the entry that there is. */
  'other-entry': Record<never, never>;
}

export type CodeFaultKind = keyof FaultDetails;

/** One reason why code cannot run in the cloud. */
export type CodeFault<Kind extends CodeFaultKind = CodeFaultKind> = {
  [K in Kind]: { readonly kind: K } & Place & FaultDetails[K];
}[Kind];
