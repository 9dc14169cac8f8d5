/** Calls what is live with its saved events, without a running sync: what is live is asked of the daemon, else of the ledger. */
import { type Caller, createCaller, createPace } from '../answers/caller.js';
import { answersOf, mayBeCalled } from '../answers/events.js';
import { createFollower, type Live } from '../answers/follower.js';
import { createAnswerStore } from '../answers/store.js';
import { createRedactor, type Redactor } from '../cloud/redact.js';
import { folderOf } from '../functions/files.js';
import type { Selection, Unmatched } from '../functions/selection.js';
import type { Answer, EventProblem, SavedEvent } from '../model/answer.js';
import type { ConfigProblem } from '../model/config-problem.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import { probeKeys, readProbeSecret } from '../proof/key.js';
import { makeStateFolder, stateFolderOf } from '../state/folder.js';
import type { LoadedConfig } from '../sync/sync.js';
import type { Language } from '../text/language.js';
import { statusOfDaemon } from './client.js';
import { connectOnce } from './invoke.js';
import type { TargetRow } from './protocol.js';
import { statusOfDisk } from './status.js';

export interface CheckWish {
  readonly loaded: LoadedConfig;
  readonly selection: Selection;
  readonly language: Language;
  readonly signal: AbortSignal;
  /** Before anything is called. */
  readonly onBegin: (functions: readonly FunctionName[], envs: readonly EnvId[]) => void;
  readonly onAnswer: (answer: Answer) => void;
  readonly onBug: (text: string) => void;
}

export type CheckOutcome =
  | Exclude<Opened, { kind: 'open' }>
  | {
      readonly kind: 'done';
      /** That have a choice of events. */
      readonly functions: number;
      readonly problems: readonly EventProblem[];
      /** Named by the caller, and never called. */
      readonly protectedEnvs: readonly EnvId[];
      /** Named by the caller, without a choice of events. */
      readonly unchosen: readonly FunctionName[];
      /** The targets that are to be called, and are not live as they are on disk. */
      readonly pending: readonly {
        readonly function: FunctionName;
        readonly env: EnvId;
        readonly reason: string;
      }[];
    };

export async function checkAnswers(wish: CheckWish): Promise<CheckOutcome> {
  const { loaded, selection, language, signal } = wish;
  const { config } = loaded;
  const opened = await openCalls(loaded, selection, language);
  if (opened.kind !== 'open') return opened;
  const { rows, caller, redactor, close } = opened;
  const meant = rows.filter(({ function: name, env }) => {
    return answersOf(config, name) !== null && mayBeCalled(config, env);
  });
  const names = [...new Set(meant.map((row) => row.function))];
  const follower = createFollower({
    caller,
    config: () => config,
    liveOf: (name, env) => liveIn(meant, name, env),
    envsOf: (name) => meant.filter((row) => row.function === name).map(({ env }) => env),
    causeOf: () => null,
    tell: () => undefined,
    tellProblem: () => undefined,
    tellRight: () => undefined,
    onBug: (error) => wish.onBug(redactor.redactError(error)),
  });
  let problems: readonly EventProblem[] = [];
  try {
    wish.onBegin(names, [...new Set(meant.map(({ env }) => env))]);
    problems = await follower.call({ names, envs: null, signal, onAnswer: wish.onAnswer });
  } finally {
    await follower.end();
    await close();
  }
  return {
    kind: 'done',
    functions: names.length,
    problems,
    protectedEnvs: selection.envIds.filter((env) => !mayBeCalled(config, env)),
    unchosen: selection.names.filter((name) => answersOf(config, name) === null),
    pending: meant
      .filter(({ state }) => state !== 'live')
      .map(({ function: name, env, state, hold }) => ({ function: name, env, reason: hold ?? state })),
  };
}

function liveIn(rows: readonly TargetRow[], name: FunctionName, env: EnvId): Live | null {
  const row = rows.find((each) => each.function === name && each.env === env);
  if (row?.live == null) return null;
  return { fingerprint: row.live, carriesHelper: row.proof, isLatest: row.live === row.wanted };
}

export interface SideBySide {
  readonly loaded: LoadedConfig;
  readonly name: FunctionName;
  readonly envs: readonly EnvId[];
  readonly event: SavedEvent;
  readonly language: Language;
  readonly signal: AbortSignal;
}

/** Calls one function with one event in several environments, in their order. A person has named them all. */
export async function callSideBySide(
  wish: SideBySide,
): Promise<
  Exclude<Opened, { kind: 'open' }> | { readonly kind: 'done'; readonly answers: readonly Answer[] }
> {
  const { loaded, name, envs, event, signal } = wish;
  const opened = await openCalls(loaded, { envIds: [], only: [], names: [] }, wish.language);
  if (opened.kind !== 'open') return opened;
  const { rows, caller, close } = opened;
  try {
    const calls = envs.map((env) => {
      const live = liveIn(rows, name, env);
      const target = {
        function: name,
        env,
        live: live?.fingerprint ?? null,
        carriesHelper: live?.carriesHelper ?? false,
        isLatest: live?.isLatest ?? false,
      };
      return caller.call(target, event, signal);
    });
    const answers = (await Promise.all(calls)).filter((answer) => answer !== null);
    return { kind: 'done', answers };
  } finally {
    await close();
  }
}

type Opened =
  | { readonly kind: 'unmatched'; readonly unmatched: readonly Unmatched[] }
  | { readonly kind: 'no-store'; readonly problem: ConfigProblem }
  | {
      readonly kind: 'open';
      /** The targets that are live, as far as the daemon or the ledger knows. */
      readonly rows: readonly TargetRow[];
      readonly caller: Caller;
      readonly redactor: Redactor;
      readonly close: () => Promise<void>;
    };

/** The sides of the cloud and of the disk that calls need. */
async function openCalls(loaded: LoadedConfig, selection: Selection, language: Language): Promise<Opened> {
  const { config } = loaded;
  const running = await statusOfDaemon(config, language);
  const looked = await statusOfDisk(config, selection, language, running?.rows ?? []);
  if (!looked.ok) return { kind: 'unmatched', unmatched: looked.unmatched };
  const redactor = createRedactor(loaded.secrets);
  const connected = await connectOnce(loaded, redactor);
  if (!connected.ok) return { kind: 'no-store', problem: connected.problem };
  const { connection } = connected;
  const folder = stateFolderOf(config);
  const canKeep = (await makeStateFolder(folder)) === null;
  const secret = canKeep ? await readProbeSecret(folder, false) : null;
  const keys = secret === null ? null : probeKeys(secret);
  if (secret !== null) redactor.add(secret.toString('hex'));
  const caller = createCaller({
    cloud: () => connection.cloud,
    config: () => config,
    folderOf: (name) => folderOf(config, name),
    store: createAnswerStore(canKeep ? folder : null),
    keyOf(name) {
      const key = keys?.keyOf(name) ?? null;
      if (key !== null) redactor.add(key);
      return key;
    },
    turn: createPace(config.requestsPerSecond),
  });
  return { kind: 'open', rows: looked.rows, caller, redactor, close: () => connection.close() };
}
