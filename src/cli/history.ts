/** `tcb-watch history NAME`: what was sent of a function, when, and where each ran. */

import type { Config } from '../config/model.js';
import { claimConfig } from '../daemon/claim.js';
import { type Talk, talkToDaemonOf } from '../daemon/client.js';
import { versionLines } from '../history/list.js';
import type { Run, SentVersion } from '../history/model.js';
import { openStore } from '../history/store.js';
import { stateFolderOf } from '../state/folder.js';
import type { LoadedConfig } from '../sync/sync.js';
import { jsonLine } from '../text/json-line.js';
import { printable, short } from '../text/text.js';
import { daemonWords } from '../text/words/daemon.js';
import { historyWords } from '../text/words/history.js';
import { noReply, otherConfig } from './claim.js';
import { isYes } from './consent.js';
import { type Context, interruptsOf } from './context.js';
import { findKept, type KeptFunction } from './kept.js';
import { functionName, withEnvIds } from './names.js';
import type { HistoryOptions } from './options.js';
import { loadToLook } from './trust.js';

/** Exit codes: 0 · 1 not forgotten · 3 arguments or configuration · 4 no such function. */
export async function runHistory(
  options: HistoryOptions,
  given: string | undefined,
  context: Context,
): Promise<number> {
  const loaded = await loadToLook(options, context);
  if (loaded === null) return 3;
  if (options.forget) return forget(loaded, given, options, context);
  if (given === undefined) {
    context.err(`tcb-watch: ${historyWords[context.language].needsName}\n`);
    return 3;
  }
  const kept = await findKept(loaded, given, withEnvIds(options, loaded.config).envId, context);
  if (typeof kept === 'number') return kept;
  if (options.json) tellJson(kept, context);
  else tellTable(kept, loaded, context);
  return 0;
}

function runsOf({ history, envs }: KeptFunction, { fingerprint }: SentVersion): readonly Run[] {
  return history.runs.filter((run) => run.fingerprint === fingerprint && envs.includes(run.env));
}

function tellJson(kept: KeptFunction, { out }: Context): void {
  for (const version of kept.history.versions) {
    const { fingerprint, at, sentAt, files, zipBytes, commit } = version;
    const line = {
      function: kept.name,
      ...{ id: short(fingerprint), fingerprint },
      ...{ firstSent: new Date(at).toISOString(), lastSent: new Date(sentAt).toISOString() },
      ...{ files: files.length, bytes: bytesOf(version), zipBytes },
      ...{ commit: commit?.id ?? null, dirty: commit?.dirty ?? null },
      runs: runsOf(kept, version).map(({ env, from, to, ended, undo }) => ({
        env,
        from: new Date(from).toISOString(),
        to: to === null ? null : new Date(to).toISOString(),
        ended,
        undo,
      })),
    };
    out(jsonLine('version', line));
  }
}

function bytesOf({ files }: SentVersion): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}

function tellTable(kept: KeptFunction, { config }: LoadedConfig, { out, err, language }: Context): void {
  const words = historyWords[language];
  const { name, history } = kept;
  const { versions, damaged } = history;
  if (versions.length > 0) out(`${words.title(name, config.endpoint, versions.length)}\n`);
  else if (config.history !== null) out(`${words.none(name, config.endpoint)}\n`);
  for (const line of versionLines(history, kept.envs, Date.now(), language)) out(`  ${line}\n`);
  if (damaged > 0) err(`${words.damaged(damaged)}\n`);
  if (config.history === null) err(`${words.off}\n`);
}

// ---------------------------------------------------------------- to forget

async function forget(
  { config }: LoadedConfig,
  given: string | undefined,
  { yes, json }: HistoryOptions,
  context: Context,
): Promise<number> {
  const words = historyWords[context.language];
  const name = given === undefined ? null : await functionName(given, config, context);
  if (context.interactive && !yes && !json) {
    const answer = await context.ask(words.forgetQuestion(name), interruptsOf(context));
    if (!isYes(answer)) return 1;
  }
  const talk = await talkToDaemonOf(config);
  const done =
    talk === null
      ? await forgetAlone(config, name, context)
      : await forgetThrough(talk, config, name, context);
  if (typeof done === 'number') return done;
  context.err(`${done === null ? words.forgotten(name) : printable(words.notForgotten(done))}\n`);
  return done === null ? 0 : 1;
}

/** @returns null: it is gone; a text: what the system says of what is left; a number: the exit code where nobody could be asked */
async function forgetThrough(
  talk: Talk,
  config: Config,
  name: string | null,
  context: Context,
): Promise<string | null | number> {
  const refusal = otherConfig(config, talk.daemon, context);
  if (refusal === null) talk.ask({ v: 1, ask: 'forget', function: name });
  const answer = refusal === null ? await talk.reply() : null;
  talk.close();
  if (answer?.say === 'forgotten') return answer.trouble;
  context.err(`${refusal ?? (await noReply(talk, config, context))}\n`);
  return refusal === null ? 1 : 3;
}

/** As above, where nothing runs. */
async function forgetAlone(
  config: Config,
  name: string | null,
  context: Context,
): Promise<string | null | number> {
  const claimed = await claimConfig(config, 'push', context.version);
  if (claimed.type === 'held') {
    context.err(`${daemonWords[context.language].silent(claimed.holder?.pid ?? null)}\n`);
    return 1;
  }
  try {
    await openStore(stateFolderOf(config)).forget(name);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    claimed.lock?.release();
  }
}
