/** `tcb-watch status`: what is live where, what waits, and why. */

import { silentDaemon, statusOfDaemon } from '../daemon/client.js';
import type { DaemonFacts, TargetRow } from '../daemon/protocol.js';
import { statusOfDisk } from '../daemon/status.js';
import type { FileDifference } from '../history/compare.js';
import { statLines } from '../history/show.js';
import type { LoadedConfig } from '../sync/sync.js';
import { jsonLine } from '../text/json-line.js';
import type { Language } from '../text/language.js';
import { statusTable } from '../text/status-table.js';
import { inAscii } from '../text/text.js';
import { statusWords } from '../text/words/status.js';
import { otherProject } from './claim.js';
import type { Context } from './context.js';
import { tellUnmatched, withEnvIds } from './names.js';
import type { StatusOptions } from './options.js';
import { wantsAscii } from './output.js';
import { keyOf, statusDifferences } from './status-differences.js';
import { loadToLook } from './trust.js';

/** Exit code 0 if all is live, else 1; 3 and 4 as everywhere. */
export async function runStatus(asked: StatusOptions, context: Context): Promise<number> {
  const loaded = await loadToLook(asked, context);
  if (loaded === null) return 3;
  const options = withEnvIds(asked, loaded.config);
  const found = await find(loaded, options, context);
  if (typeof found === 'number') return found;
  const differences = await statusDifferences(loaded, found.rows);
  if (options.json) tellJson(found, differences, context);
  else tellTable(found, differences, loaded, context, options.verbose);
  return found.rows.every(({ state }) => state === 'live' || state === 'adopted') ? 0 : 1;
}

type Differences = ReadonlyMap<string, readonly FileDifference[]>;

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
    return tellUnmatched(looked.unmatched, context);
  }
  const rows = looked.rows.map((row) => ({ ...row, daemon: told.includes(row) ? daemon : null }));
  return { daemon, silent: daemon === null ? await silentDaemon(config) : null, rows };
}

/** `daemon` stands on every line, so that each can be read alone. */
function tellJson({ rows }: Found, found: Differences, { out }: Context): void {
  for (const row of rows) {
    const differs =
      found.get(keyOf(row))?.map(({ path, change, lines }) => ({
        ...{ path, change },
        ...{ added: lines?.added ?? null, removed: lines?.removed ?? null },
      })) ?? null;
    out(jsonLine('target', { ...row, differs: row.state === 'live' ? null : differs }));
  }
}

/** More are counted. */
const filesShown = 8;

function differenceLines(found: readonly FileDifference[], language: Language): readonly string[] {
  const lines = statLines(found, language);
  const more = lines.length - filesShown;
  return more > 1 ? [...lines.slice(0, filesShown), statusWords[language].moreFiles(more)] : lines;
}

function tellTable(
  found: Found,
  differences: Differences,
  { config }: LoadedConfig,
  { out, language, environment }: Context,
  verbose: boolean,
): void {
  const head = headOf(found, config.endpoint, language);
  const rows = found.rows.map((row) => ({
    ...row,
    differences: row.state === 'live' ? [] : differenceLines(differences.get(keyOf(row)) ?? [], language),
  }));
  const text = `${[head, ...statusTable(rows, language, verbose)].join('\n')}\n`;
  out(wantsAscii(environment) ? inAscii(text) : text);
}

function headOf({ daemon, silent }: Found, endpoint: string, language: Language): string {
  const words = statusWords[language];
  if (daemon !== null) return words.daemon(daemon.pid, daemon.endpoint);
  return silent === null ? words.noDaemon(endpoint) : words.silent(silent, endpoint);
}
