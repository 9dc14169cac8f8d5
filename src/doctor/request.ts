/** `doctor --rid`: what the vendor kept of a request, next to what is known here of the same. */
import { createRedactor } from '../cloud/redact.js';
import type { Config } from '../config/model.js';
import { emulatorOfDaemon } from '../daemon/client.js';
import { openStore } from '../history/store.js';
import type { Finding } from '../model/finding.js';
import type { KeptRequest } from '../model/nouns.js';
import { stateFolderOf } from '../state/folder.js';
import { readLogged } from '../state/log.js';
import { connect } from '../sync/connection.js';
import type { LoadedConfig } from '../sync/sync.js';
import { isRecord, parseJson } from '../system/json.js';
import type { Tell } from './project.js';

const project = { function: null, env: null } as const;
/** Between our clock and the vendor's, and between sending and the note of it, ms. */
const sameTimeMs = 30_000;
/** Lines of the log; a rid stands in one or two. */
const mostLines = 20;

/** The cloud is asked once. A running program's own emulator, if it has one, is the one that knows. */
export async function examineRequest(
  { config, secrets, reread }: LoadedConfig,
  rid: string,
  tell: Tell,
): Promise<void> {
  const redactor = createRedactor(secrets);
  const emulator = config.endpoint === 'emulator' ? await emulatorOfDaemon(config) : null;
  const connected = await connect({ config, variables: reread, redactor, emulator, mayWrite: false });
  if (!connected.ok) return tell({ kind: 'config-problem', ...project, problem: connected.problem });
  const { connection } = connected;
  try {
    const outcome = await connection.cloud.request(rid);
    if (outcome.ok) tell({ kind: 'request-kept', ...project, request: outcome.request });
    else tell({ kind: 'request-unknown', ...project, failure: outcome.failure });
    const lines = (await readLogged(stateFolderOf(config), rid)).slice(-mostLines);
    tell(
      lines.length > 0
        ? { kind: 'request-logged', ...project, lines }
        : { kind: 'request-unlogged', ...project },
    );
    const sent = outcome.ok ? await sentThen(config, outcome.request) : null;
    if (sent !== null) tell(sent);
  } finally {
    await connection.close();
  }
}

/** The version that history says was sent at that time. */
async function sentThen(config: Config, { at, body }: KeptRequest): Promise<Finding | null> {
  const named: unknown = parseJson(body ?? '');
  const name = isRecord(named) ? named['functionname'] : null;
  if (at === null || typeof name !== 'string') return null;
  const { versions } = await openStore(stateFolderOf(config)).read({
    function: name,
    endpoint: config.endpoint,
  });
  const found = versions.find((version) =>
    [version.at, version.sentAt].some((sent) => Math.abs(sent - at) <= sameTimeMs),
  );
  if (found === undefined) return null;
  const { fingerprint, files, zipBytes } = found;
  return { kind: 'request-sent', function: name, env: null, fingerprint, files: files.length, zipBytes };
}
