/**
 * Everything that `doctor` can find, good and bad, as data: `doctor` finds, `text` has the words. No token, and nothing that a variable
 * file holds, is ever part of one.
 */

import type { EventProblem } from './answer.js';
import type { CodeFault, CodeFaultKind } from './code-fault.js';
import type { ConfigProblem } from './config-problem.js';
import type { ContentProblem, EnvId, Failure, KeptRequest, MeteredCall } from './nouns.js';
import type { TextPosition } from './text-position.js';

/** A rule that leaves files out, and how many paths it took. A folder left out as a whole counts once. */
export interface RuleUse {
  /** null: not a rule's doing (a socket, the local link of a shared folder). */
  readonly rule: string | null;
  readonly source: string | null;
  readonly count: number;
}

interface UsedQuota {
  readonly api: MeteredCall;
  readonly used: number;
  readonly limit: number;
}

/** The data of each finding, in addition to whom it concerns. Paths are from the project's folder, with forward slashes. */
interface Details {
  'config-ok': { readonly file: string | null; readonly functions: number; readonly envs: number };
  'config-problem': { readonly problem: ConfigProblem };
  'no-functions': { readonly roots: readonly string[] };

  'function-ok': { readonly entry: string; readonly files: number; readonly zipBytes: number };
  'function-problem': { readonly problem: ContentProblem };
  /** The request would pass the size at which a gateway behind the API is said to stop. Characters of base64. */
  'request-large': { readonly base64: number; readonly limit: number };
  'left-out': { readonly rules: readonly RuleUse[] };
  'install-scripts': { readonly packages: readonly string[] };
  'code-fault': { readonly fault: CodeFault };
  /** No JavaScript that can be read: what it names and how new its syntax is was not looked at. */
  'code-unread': TextPosition & { readonly path: string };
  'new-syntax': TextPosition & {
    readonly path: string;
    readonly syntax: string;
    readonly since: number;
    readonly runtime: string;
  };
  permissions: Record<never, never>;
  /** Saved events that a function was to be called with. */
  'events-wrong': { readonly problem: EventProblem };
  'events-ok': { readonly count: number; readonly file: string };
  'timers-off': { readonly count: number };
  'timers-on': { readonly count: number };
  'names-ignored': TextPosition & {
    readonly path: string;
    readonly named: string;
    readonly rule: string;
    readonly source: string;
  };
  'names-outside': TextPosition & { readonly path: string; readonly named: string };
  'link-missing': { readonly shared: string };
  'link-made': { readonly shared: string };
  'link-failed': { readonly shared: string; readonly code: string };
  'esbuild-absent': Record<never, never>;
  /** The findings that follow are about the output that esbuild has just made. */
  'build-made': Record<never, never>;
  /** doctor runs no command. What follows is about what it left there some time ago. */
  'build-left': { readonly output: string };
  /** As before, and it left nothing. */
  'build-unchecked': { readonly output: string };

  /** `.tcb-watch` cannot be made or written. The system's code. */
  'state-unwritable': { readonly code: string };
  /** No file can be locked here, since the package for it cannot be loaded. The error's code, or what it says. */
  'lock-unavailable': { readonly code: string };
  /** `notify` is on, and what it needs is not installed. */
  'notifier-absent': Record<never, never>;
  /** The versions of earlier uploads that are kept. `bound` in bytes; null: nothing new is kept. */
  'history-kept': { readonly versions: number; readonly bytes: number; readonly bound: number | null };
  /** It cannot be read. The system's code. */
  'history-unread': { readonly code: string };
  'watch-ok': { readonly setting: string; readonly limit: number; readonly needed: number };
  'watch-limit': { readonly setting: string; readonly limit: number; readonly needed: number };
  /** This system has no such limit, or does not report it. */
  'watch-unlimited': Record<never, never>;
  'proxy-none': Record<never, never>;
  /** `host:port`, never its user and password. */
  'proxy-used': { readonly proxy: string };
  reachable: { readonly place: string };
  unreachable: { readonly detail: string };
  'clock-ok': { readonly skewMs: number };
  'clock-wrong': { readonly skewMs: number };
  'clock-unknown': Record<never, never>;

  'token-read': { readonly source: string };
  'token-missing': { readonly problem: string };
  'token-mints': { readonly appId: string };
  'token-accepted': Record<never, never>;
  'token-rejected': { readonly failure: Failure };
  'address-refused': { readonly failure: Failure };
  'cloud-refused': { readonly failure: Failure };
  /** The cloud was not asked, because something before it failed. */
  'cloud-unasked': Record<never, never>;
  /** The embedded emulator's store, of which a copy is asked. */
  'store-uncopied': { readonly store: string; readonly code: string };
  'env-ok': { readonly alias: string };
  'env-missing': { readonly known: readonly EnvId[] };
  'env-abnormal': { readonly status: string };
  'list-failed': { readonly failure: Failure };
  'functions-present': { readonly count: number };
  'functions-created': { readonly names: readonly string[] };
  'functions-missing': { readonly names: readonly string[] };
  /** Not in a list that the cloud did not give whole. */
  'functions-unlisted': { readonly names: readonly string[] };
  /** Of the calls of a day, where the vendor publishes it. */
  'quota-known': UsedQuota;
  /** More than half. `until`: epoch milliseconds at which nothing will be left; null: it lasts for the day. */
  'quota-high': UsedQuota & { readonly until: number | null };
  'quota-gone': UsedQuota;
  'quota-unknown': { readonly failure: Failure };
  /** Requests a second that the vendor publishes, fewer than the configuration's. */
  'rate-lowered': { readonly rate: number };
  /** The records that the vendor kept of a request, for `--rid`. */
  'request-kept': { readonly request: KeptRequest };
  'request-unknown': { readonly failure: Failure };
  /** Lines of our log that name it. */
  'request-logged': { readonly lines: readonly string[] };
  'request-unlogged': Record<never, never>;
  /** The version that was sent at that time, by history. */
  'request-sent': { readonly fingerprint: string; readonly files: number; readonly zipBytes: number };
  'function-broken': { readonly status: string; readonly reason: string };
}

export type FindingKind = keyof Details;

/** `function` and `env` say whom it concerns; null: the project as a whole. */
export type Finding<Kind extends FindingKind = FindingKind> = {
  [K in Kind]: {
    readonly kind: K;
    readonly function: string | null;
    readonly env: EnvId | null;
  } & Details[K];
}[Kind];

/** `skipped`: it could not be looked at, which is neither good nor bad. */
export type Level = 'good' | 'warning' | 'bad' | 'skipped';

interface Bad {
  /** `name` of a `check` line: what was looked at. */
  readonly name: string;
  readonly level: 'bad';
  /** The exit code; null: its failure decides. */
  readonly code: ExitCode | null;
}

type Verdict = Bad | { readonly name: string; readonly level: Exclude<Level, 'bad'> };

/** 2 token, 3 config, 4 no such env, 5 the cloud, 6 local files: of those that hold, the first in this order counts. As `push` has it. */
const exitCodes = [3, 2, 4, 6, 5] as const;
type ExitCode = (typeof exitCodes)[number];

const good = (name: string): Verdict => ({ name, level: 'good' });
const warning = (name: string): Verdict => ({ name, level: 'warning' });
const skipped = (name: string): Verdict => ({ name, level: 'skipped' });
const bad = (name: string, code: ExitCode | null): Verdict => ({ name, level: 'bad', code });

/** Of `code-fault`: see `faultNames`. */
const verdicts: Readonly<Record<Exclude<FindingKind, 'code-fault'>, Verdict>> = {
  'config-ok': good('config'),
  'config-problem': bad('config', 3),
  'no-functions': bad('functions', 6),
  'function-ok': good('content'),
  'function-problem': bad('content', 6),
  'request-large': warning('size'),
  'left-out': good('ignored'),
  'install-scripts': warning('install-scripts'),
  'code-unread': skipped('syntax'),
  'new-syntax': warning('runtime'),
  permissions: warning('permissions'),
  'events-wrong': warning('events'),
  'events-ok': good('events'),
  'timers-off': warning('triggers'),
  'timers-on': good('triggers'),
  'names-ignored': warning('names-ignored'),
  'names-outside': warning('names-outside'),
  'link-missing': warning('shared-link'),
  'link-made': good('shared-link'),
  'link-failed': warning('shared-link'),
  'esbuild-absent': bad('build', 6),
  'build-made': good('build'),
  'build-left': skipped('build'),
  'build-unchecked': skipped('build'),
  'state-unwritable': bad('state', 6),
  'lock-unavailable': warning('state'),
  'notifier-absent': warning('notify'),
  'history-kept': good('history'),
  'history-unread': warning('history'),
  'watch-ok': good('watch-limit'),
  'watch-limit': warning('watch-limit'),
  'watch-unlimited': good('watch-limit'),
  'proxy-none': good('proxy'),
  'proxy-used': good('proxy'),
  reachable: good('network'),
  unreachable: bad('network', 5),
  'clock-ok': good('clock'),
  'clock-wrong': warning('clock'),
  'clock-unknown': skipped('clock'),
  'token-read': good('token'),
  'token-missing': bad('token', 2),
  'token-mints': warning('token'),
  'token-accepted': good('token-accepted'),
  'token-rejected': bad('token-accepted', null),
  'address-refused': bad('address', null),
  'cloud-refused': bad('cloud', null),
  'cloud-unasked': skipped('cloud'),
  'store-uncopied': bad('cloud', 6),
  'env-ok': good('env'),
  'env-missing': bad('env', 4),
  'env-abnormal': bad('env', 5),
  'list-failed': bad('functions-there', null),
  'functions-present': good('functions-there'),
  'functions-created': warning('functions-there'),
  'functions-missing': bad('functions-there', 4),
  'functions-unlisted': warning('functions-there'),
  'quota-known': good('quota'),
  'quota-high': warning('quota'),
  'quota-gone': bad('quota', 2),
  'quota-unknown': skipped('quota'),
  'rate-lowered': good('rate'),
  'request-kept': good('request'),
  'request-unknown': bad('request', null),
  'request-logged': good('log'),
  'request-unlogged': skipped('log'),
  'request-sent': good('sent'),
  'function-broken': warning('deployed'),
};

/** The thing that was looked at to find each. */
const faultNames: Readonly<Record<CodeFaultKind, string>> = {
  'conflict-marker': 'syntax',
  'syntax-error': 'syntax',
  'module-syntax': 'syntax',
  'missing-file': 'requires',
  'wrong-case': 'requires',
  'undeclared-package': 'dependencies',
  'local-package': 'dependencies',
  'broken-manifest': 'dependencies',
  'no-main': 'handler',
  'other-entry': 'handler',
};

export function verdictOf(finding: Finding): Verdict {
  if (finding.kind !== 'code-fault') return verdicts[finding.kind];
  const { kind, certain } = finding.fault;
  const name = faultNames[kind];
  // A function that was only just begun has no `main` yet: nothing of it is broken.
  return certain && kind !== 'no-main' ? bad(name, 6) : warning(name);
}

/** The exit code of one finding; null for what is not bad. */
function codeOf(finding: Finding): ExitCode | null {
  const verdict = verdictOf(finding);
  if (verdict.level !== 'bad') return null;
  return 'failure' in finding ? codeOfFailure(finding.failure) : verdict.code;
}

function codeOfFailure(failure: Failure): ExitCode {
  switch (failure.class) {
    case 'token':
    case 'config':
    case 'quota':
      return 2;
    case 'env':
      return 4;
    case 'busy':
    case 'transient':
    case 'function':
    case 'missing':
    case 'unknown':
      return 5;
    default:
      return failure.class satisfies never;
  }
}

/** The exit code of all of them (docs/configuration.md, "Exit codes"); 0: none is bad. */
export function worstCode(findings: readonly Finding[]): number {
  const codes = new Set(findings.map(codeOf));
  return exitCodes.find((code) => codes.has(code)) ?? 0;
}
