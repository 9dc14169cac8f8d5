/**
 * Everything that can be wrong with a configuration, as data: config/ finds the problems, text/ has the words for them. No
 * value that stood under `token` is part of one, but for the command or address of an `untrusted` one, as it is to be shown.
 */
import type { Risk } from './risk.js';
import type { TextPosition } from './text-position.js';

/** The kind that a value has or should have, in JSON's terms. */
export type ValueType = 'text' | 'number' | 'integer' | 'boolean' | 'list' | 'object' | 'null' | 'nothing';

/** The texts that follow a pattern, each with its own words. */
export type TextFormat =
  | 'env-id'
  | 'endpoint'
  | 'url'
  | 'plain-http'
  | 'url-credentials'
  | 'url-query'
  | 'pointer'
  | 'folder-name'
  | 'variable-name'
  | 'header-name'
  | 'header-value';

/** The details of each kind of problem. Paths of files and folders in them are as the user may read them. */
interface Details {
  /** No watch.config.json in this folder or any above. */
  'no-config': { readonly from: string };
  /** `--config` names a file that is not there. */
  'absent-config': { readonly file: string };
  unreadable: { readonly file: string; readonly code: string };
  'not-utf8': { readonly file: string };
  /** Somebody else owns it: what it says is not to be followed. */
  'foreign-owner': { readonly file: string };
  /** A variable of the environment that names a proxy which cannot be used. Its value may hold a password. */
  proxy: { readonly why: 'not-a-url' | 'scheme' | 'percent' };
  /** Something in `.tcb-watch` that this program did not put there. */
  intruder: { readonly file: string; readonly why: 'link' | 'owner' | 'special' };
  /** `${…}` where the repository must not fill in what this machine's variables hold. */
  'fixed-text': { readonly text: string };
  /** It needs an agreement that was not given. */
  untrusted: { readonly risk: Pick<Risk, 'kind' | 'shown'>; readonly changed: boolean };
  /** `code` is jsonc-parser's name of the fault. */
  syntax: { readonly code: string };
  'duplicate-key': { readonly key: string };
  /** `${name}` stands there and nothing has a value for it. */
  'missing-variable': { readonly name: string };
  /** `${…}` around something that cannot be a variable's name. */
  'bad-variable': { readonly text: string };
  'unknown-key': {
    readonly key: string;
    readonly suggestion: string | null;
    readonly known: readonly string[];
  };
  missing: { readonly type: ValueType };
  type: { readonly types: readonly ValueType[]; readonly found: ValueType };
  choice: { readonly choices: readonly string[]; readonly suggestion: string | null };
  /** An object that must have exactly one of these forms, each named by its first key. */
  'one-of': { readonly choices: readonly string[]; readonly found: readonly string[] };
  'too-small': { readonly minimum: number };
  'too-large': { readonly maximum: number };
  empty: { readonly type: 'text' | 'list' | 'object' };
  format: { readonly format: TextFormat };
  duplicate: { readonly value: string; readonly first: string };
  'not-in-envs': {
    readonly env: string;
    readonly suggestion: string | null;
    readonly envs: readonly string[];
  };
  /** A protected environment where functions were to be called when new code is live. */
  'never-called': { readonly env: string };
  /** A saved event that the function's file does not hold. */
  'no-event': {
    readonly name: string;
    /** From the configuration's folder. */
    readonly file: string;
    readonly suggestion: string | null;
    readonly known: readonly string[];
  };
  'debounce-order': { readonly debounceMs: number; readonly debounceMaxMs: number };
  /** Without a look before each upload nobody could know whether somebody else has deployed. */
  'hold-unverified': Readonly<Record<never, never>>;
  /** A build's output that is the function's own folder, or one around it. */
  'build-output': { readonly output: string };
  /** Sources in `.tcb-watch`: each file that this program writes there would be a change of the function. */
  'own-folder': { readonly folder: string };
  'ignore-backslash': { readonly pattern: string };
  /** A folder that must be there; `found` says what stands in its place. */
  'no-folder': { readonly folder: string; readonly found: 'nothing' | 'file' };
  /** Not one of the functions roots exists. */
  'no-root': { readonly folders: readonly string[] };
  /** The folder that the emulator keeps its functions in cannot be read or written. */
  'no-store': { readonly folder: string; readonly code: string };
  /** Two folders of one name, from the configuration's folder: each would be the function. */
  'same-name': { readonly name: string; readonly folders: readonly [string, string] };
  /** A shared folder that lies in none of the functions roots. */
  'no-shared-folder': { readonly name: string; readonly folders: readonly string[] };
}

export type ConfigProblemKind = keyof Details;

/**
 * One mistake. `path` is where: `functions.pay.envs[0]`; `$` for the file as a whole; `--config` or `--endpoint` for an
 * option; `.env` or `.env.local` for a file next to the configuration; `HTTPS_PROXY` for a variable of the environment. `at` is null where no text stands for it.
 */
export type ConfigProblem<Kind extends ConfigProblemKind = ConfigProblemKind> = {
  [K in Kind]: {
    readonly kind: K;
    readonly path: string;
    readonly at: TextPosition | null;
  } & Details[K];
}[Kind];
