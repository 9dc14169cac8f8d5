/** `tcb-watch status`: what is live where, what waits, and why. */
import { silentDaemon, statusOfDaemon } from '../daemon/client.js';
import type { DaemonFacts, TargetRow } from '../daemon/protocol.js';
import { statusOfDisk } from '../daemon/status.js';
import type { LoadedConfig } from '../sync/sync.js';
import type { Language } from '../text/language.js';
import { statusTable } from '../text/status-table.js';
import { inAscii } from '../text/text.js';
import { statusWords } from '../text/words/status.js';
import { otherProject } from './claim.js';
import type { Context } from './context.js';
import { tellUnmatched, withEnvIds } from './names.js';
import type { StatusOptions } from './options.js';
import { wantsAscii } from './output.js';
import { loadToLook } from './trust.js';

/** Exit code 0 if all is live, else 1; 3 and 4 as everywhere. */
export async function runStatus(asked: StatusOptions, context: Context): Promise<number> {
  const loaded = await loadToLook(asked, context);
  if (loaded === null) return 3;
  const options = withEnvIds(asked, loaded.config);
  const found = await find(loaded, options, context);
  if (typeof found === 'number') return found;
  if (options.json) tellJson(found, context);
  else tellTable(found, loaded, context, options.verbose);
  return found.rows.every(({ state }) => state === 'live' || state === 'adopted') ? 0 : 1;
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
  const other = running === null ? null : otherProject(config, running.daemon, context);
  if (other !== null) {
    context.err(`${other}\n`);
    return 3;
  }
  const daemon = running?.daemon ?? null;
  const told = running?.rows ?? [];
  const looked = await statusOfDisk(config, selection, context.language, told);
  if (!looked.ok) {
    tellUnmatched(looked.unmatched, context);
    return 4;
  }
  const rows = looked.rows.map((row) => ({ ...row, daemon: told.includes(row) ? daemon : null }));
  return { daemon, silent: daemon === null ? await silentDaemon(config) : null, rows };
}

/** `daemon` stands on every line, so that each can be read alone. */
function tellJson({ rows }: Found, { out }: Context): void {
  for (const row of rows)
    out(`${JSON.stringify({ v: 1, at: new Date().toISOString(), event: 'target', ...row })}\n`);
}

function tellTable(
  found: Found,
  { config }: LoadedConfig,
  { out, language, environment }: Context,
  verbose: boolean,
): void {
  const head = headOf(found, config.endpoint, language);
  const text = `${[head, ...statusTable(found.rows, language, verbose)].join('\n')}\n`;
  out(wantsAscii(environment) ? inAscii(text) : text);
}

function headOf({ daemon, silent }: Found, endpoint: string, language: Language): string {
  const words = statusWords[language];
  if (daemon !== null) return words.daemon(daemon.pid, daemon.endpoint);
  return silent === null ? words.noDaemon(endpoint) : words.silent(silent, endpoint);
}
