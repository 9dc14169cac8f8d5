/** `tcb-watch status`: what is live where, what waits, and why. */
import type { Config } from '../io/config-model.js';
import { discover } from '../io/functions.js';
import { silentDaemon, statusOfDaemon } from '../sync/daemon-client.js';
import type { DaemonFacts, TargetRow } from '../sync/daemon-protocol.js';
import { type Selection, targetsOf, unmatchedOf } from '../sync/settings.js';
import { statusOfDisk } from '../sync/status.js';
import type { LoadedConfig } from '../sync/sync.js';
import type { Language } from '../ui/language.js';
import { statusTable } from '../ui/status-table.js';
import { statusWords } from '../ui/words/status.js';
import type { Context } from './context.js';
import { loadOrTell } from './load.js';
import { otherProject, tellUnmatched } from './start.js';

export interface StatusOptions {
  readonly config?: string;
  readonly endpoint?: string;
  readonly envId: readonly string[];
  readonly only: readonly string[];
  readonly json: boolean;
}

/** Exit code 0 if all is live, else 1; 3 and 4 as everywhere. */
export async function runStatus(options: StatusOptions, context: Context): Promise<number> {
  const loaded = await loadOrTell(options, context);
  if (loaded === null) return 3;
  const found = await find(loaded, options, context);
  if (typeof found === 'number') return found;
  if (options.json) tellJson(found, context);
  else tellTable(found, loaded, context);
  return found.rows.every(({ state }) => state === 'live') ? 0 : 1;
}

/** Each with who answered; null: disk and ledger. */
type Row = TargetRow & { readonly daemon: DaemonFacts | null };

interface Found {
  /** null: nothing answers. */
  readonly daemon: DaemonFacts | null;
  /** Runs and does not answer. */
  readonly silent: number | null;
  readonly rows: readonly Row[];
}

async function find(
  { config }: LoadedConfig,
  options: StatusOptions,
  context: Context,
): Promise<Found | number> {
  const selection = { envIds: options.envId, only: options.only, names: [] };
  const running = await statusOfDaemon(config, context.language);
  if (running === null) {
    const looked = await statusOfDisk(config, selection, context.language);
    if (looked.ok) return { daemon: null, silent: await silentDaemon(config), rows: looked.rows.map(ofDisk) };
    tellUnmatched(looked.unmatched, context);
    return 4;
  }
  const { daemon, rows } = running;
  const other = otherProject(config, daemon, context);
  if (other !== null) {
    context.err(`${other}\n`);
    return 3;
  }
  const specs = [...rows.map(asSpec), ...(await discover(config))];
  const unmatched = unmatchedOf(selection, config, specs, new Set());
  if (unmatched.length > 0) {
    tellUnmatched(unmatched, context);
    return 4;
  }
  return { daemon, silent: null, rows: await rowsBeside(running, specs, config, selection, context) };
}

/** What the daemon says of the targets that are meant; disk and ledger speak for those that it was started without. */
async function rowsBeside(
  { daemon, rows }: { readonly daemon: DaemonFacts; readonly rows: readonly TargetRow[] },
  specs: Parameters<typeof targetsOf>[0],
  config: Config,
  selection: Selection,
  { language }: Context,
): Promise<Row[]> {
  const meant = new Set(targetsOf(specs, selection).map(({ name, env }) => `${name} ${env}`));
  const answered = rows.filter((row) => meant.has(keyOf(row))).map((row) => ({ ...row, daemon }));
  if (answered.length === meant.size) return answered;
  const looked = await statusOfDisk(config, selection, language);
  const known = new Set(rows.map(keyOf));
  const others = looked.ok ? looked.rows.filter((row) => !known.has(keyOf(row))) : [];
  return [...answered, ...others.map(ofDisk)];
}

function keyOf(row: TargetRow): string {
  return `${row.function} ${row.env}`;
}

function ofDisk(row: TargetRow): Row {
  return { ...row, daemon: null };
}

function asSpec(row: TargetRow): { readonly name: string; readonly envs: readonly string[] } {
  return { name: row.function, envs: [row.env] };
}

/** `daemon` stands on every line, so that each can be read alone. */
function tellJson({ rows }: Found, { out }: Context): void {
  for (const row of rows)
    out(`${JSON.stringify({ v: 1, at: new Date().toISOString(), event: 'target', ...row })}\n`);
}

function tellTable(found: Found, { config }: LoadedConfig, { out, language }: Context): void {
  out(`${[headOf(found, config.endpoint, language), ...statusTable(found.rows, language)].join('\n')}\n`);
}

function headOf({ daemon, silent }: Found, endpoint: string, language: Language): string {
  const words = statusWords[language];
  if (daemon !== null) return words.daemon(daemon.pid, daemon.endpoint);
  return silent === null ? words.noDaemon(endpoint) : words.silent(silent, endpoint);
}
