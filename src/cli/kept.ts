/** The subject of `history`, `diff` and `undo`: one function, what is kept of it, and what the ledger says runs where. */
import { nearestName } from '../config/suggest.js';
import { statusOfDaemon } from '../daemon/client.js';
import { discover } from '../functions/discovery.js';
import { unmatchedOf } from '../functions/selection.js';
import type { FunctionHistory, SentVersion } from '../history/model.js';
import { type HistoryStore, openStore } from '../history/store.js';
import type { EnvId, FunctionName, FunctionSpec, LedgerEntry } from '../model/nouns.js';
import { stateFolderOf } from '../state/folder.js';
import { openLedger } from '../state/ledger.js';
import type { LoadedConfig } from '../sync/sync.js';
import { listOf, short } from '../text/text.js';
import { historyWords } from '../text/words/history.js';
import type { Context } from './context.js';
import { functionName, tellUnmatched } from './names.js';

export interface KeptFunction {
  readonly name: FunctionName;
  /** null: it is not on the disk any more. */
  readonly spec: FunctionSpec | null;
  /** Every function on the disk. */
  readonly specs: readonly FunctionSpec[];
  /** The environments that are meant, in the configuration's order. */
  readonly envs: readonly EnvId[];
  /** null: the ledger knows nothing of it. */
  readonly entryOf: (env: EnvId) => LedgerEntry | null;
  readonly history: FunctionHistory;
  readonly store: HistoryStore;
}

/** The function, or the exit code where there is none: 4, and said. */
export async function findKept(
  { config }: LoadedConfig,
  given: string,
  envIds: readonly EnvId[],
  context: Context,
): Promise<KeptFunction | number> {
  const { endpoint } = config;
  // A running program answers when what it knows is on the disk.
  await statusOfDaemon(config, context.language);
  const name = await functionName(given, config, context);
  const specs = await discover(config);
  const store = openStore(stateFolderOf(config));
  const history = await store.read({ function: name, endpoint });
  const spec = specs.find((each) => each.name === name) ?? null;
  const known = history.versions.length > 0 && spec === null ? [{ name, envs: config.envs }] : [];
  const selection = { envIds, only: [], names: [name] };
  const unmatched = unmatchedOf(selection, config, [...specs, ...known]);
  if (unmatched.length > 0) {
    return tellUnmatched(unmatched, context);
  }
  const ledger = await openLedger({
    ...{ folder: stateFolderOf(config), endpoint, readOnly: true },
    onTrouble: () => undefined,
  });
  const envs = (spec?.envs ?? config.envs).filter((env) => envIds.length === 0 || envIds.includes(env));
  const entryOf = (env: EnvId): LedgerEntry | null =>
    ledger.entries.find((entry) => entry.function === name && entry.env === env) ?? null;
  return { name, spec, specs, envs, entryOf, history, store };
}

/** The version that begins with these digits, or the exit code: 4, and said. */
export function versionNamed(
  { name, history }: Pick<KeptFunction, 'name' | 'history'>,
  id: string,
  { err, language }: Context,
): SentVersion | number {
  const words = historyWords[language];
  const found = history.versions.filter(({ fingerprint }) => fingerprint.startsWith(id.toLowerCase()));
  const [version] = found;
  if (version !== undefined && found.length === 1 && id.length >= fewestDigits) return version;
  const ids = history.versions.map(({ fingerprint }) => short(fingerprint));
  const near = nearestName(id, ids);
  if (found.length > 1)
    err(
      `tcb-watch: ${words.manyVersions(
        id,
        listOf(
          found.map((each) => short(each.fingerprint)),
          language,
        ),
      )}\n`,
    );
  else
    err(
      `tcb-watch: ${words.noVersion(name, id)}${ids.length === 0 ? '' : ` ${words.knownIds(near ?? listOf(ids, language))}`}\n`,
    );
  return 4;
}

/** As git wants at least. */
const fewestDigits = 4;
