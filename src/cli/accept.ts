/** `tcb-watch accept`: what somebody else deployed stays as it is, and nothing is sent over it until the next change here. */
import type { Config } from '../config/model.js';
import { isCloudAsked } from '../core/first-start.js';
import { type Accepted, accept } from '../daemon/accept.js';
import type { Talk } from '../daemon/client.js';
import type { Fact } from '../model/fact.js';
import type { LoadedConfig } from '../sync/sync.js';
import { createSync } from '../sync/sync.js';
import { until } from '../sync/waiting.js';
import { noticeFact } from '../text/notices.js';
import { gatheredText } from '../text/stream.js';
import { cliWords } from '../text/words/cli.js';
import { claim, noReply, otherProject, otherVersion } from './claim.js';
import { type Context, interruptsOf } from './context.js';
import { tellNoStore } from './load.js';
import { functionNames, tellUnmatched, withEnvIds } from './names.js';
import type { AcceptOptions } from './options.js';
import { looksFor, rendererFor } from './output.js';
import { timeScale } from './start.js';
import { loadTrusted } from './trust.js';

/** How long another `push` is waited for, seconds. */
const patienceSeconds = 600;

/**
 * Resolves to the exit code: 0 whatever there was to accept · 1 interrupted · 2 token · 3 configuration · 4 no such function or
 * environment · 5 an environment could not be asked.
 * @param given names or folders of functions; none: all
 */
export async function runAccept(
  asked: AcceptOptions,
  given: readonly string[],
  context: Context,
): Promise<number> {
  const trusted = await loadTrusted(asked, context);
  if (trusted === null) return 3;
  const { loaded } = trusted;
  const { config } = loaded;
  const options = withEnvIds(asked, config);
  const names = await functionNames(given, config, context);
  const selection = { envIds: [...options.envId], only: [...options.only], names: [...names] };
  const signal = interruptsOf(context);
  const claimed = await claim({ config, role: 'push', patienceSeconds, signal }, context);
  try {
    switch (claimed.type) {
      case 'alone':
        return await alone(loaded, selection, options, context, signal);
      case 'daemon':
        return await through(claimed.talk, config, selection, options, context);
      case 'refused':
        return claimed.exitCode;
      default:
        return claimed satisfies never;
    }
  } finally {
    if (claimed.type === 'alone') claimed.lock?.release();
  }
}

interface Selected {
  readonly envIds: string[];
  readonly only: string[];
  readonly names: string[];
}

/** The daemon knows what runs where; it takes note, and says of what. */
async function through(
  talk: Talk,
  config: Config,
  selection: Selected,
  options: AcceptOptions,
  context: Context,
): Promise<number> {
  const { err } = context;
  const refusal = otherProject(config, talk.daemon, context) ?? otherVersion(talk, context);
  if (refusal === null) talk.ask({ v: 1, ask: 'accept', selection });
  const answer = refusal === null ? await talk.reply() : null;
  talk.close();
  if (refusal !== null) {
    err(`${refusal}\n`);
    return 3;
  }
  switch (answer?.say) {
    case 'accepted':
      tell(answer, config, options, context);
      return 0;
    case 'unmatched':
      return tellUnmatched(answer.unmatched, context);
    default:
      err(`${await noReply(talk, config, context)}\n`);
      return 1;
  }
}

/** Asks every environment what it runs, sends nothing, and notes it in the ledger. */
async function alone(
  loaded: LoadedConfig,
  selection: Selected,
  options: AcceptOptions,
  context: Context,
  signal: AbortSignal,
): Promise<number> {
  const { language, version } = context;
  const { config } = loaded;
  const render = rendererFor({ ...options, verbose: true, problems: false }, 'holds', config, context);
  const started = await createSync({
    loaded,
    selection,
    ...{ yes: false, force: false, dryRun: false, askFirst: true },
    ...{ language, version, timeScale: timeScale(context.environment) },
    // The functions that were accepted are reported below; the reason that kept an environment from answering, as it comes.
    onFact: (fact, at) => isTrouble(fact) && render(fact, at),
    onBug: (text) => render(noticeFact('bug', text, language), Date.now()),
  });
  if (!started.ok && started.reason === 'no-store') return tellNoStore(started.problem, loaded, context);
  if (!started.ok) return tellUnmatched(started.unmatched, context);
  const { sync } = started;
  await until(sync.engine, signal, () => isCloudAsked(sync.engine.state()));
  if (signal.aborted) return sync.stop(() => 1);
  tell(accept(sync, selection), config, options, context);
  return sync.stop(({ envs, token }) => {
    if (token.status === 'rejected' || token.status === 'unavailable') return 2;
    const isAsked = [...envs.values()].every(({ contact }) => contact === 'listed');
    return isAsked ? 0 : 5;
  });
}

function isTrouble(fact: Fact): boolean {
  if (fact.event === 'token') return fact.state === 'rejected' || fact.state === 'unavailable';
  return fact.event === 'offline' || fact.event === 'notice';
}

function tell(
  { adopted, dismissed }: Accepted,
  config: Config,
  options: AcceptOptions,
  context: Context,
): void {
  const { out, err, language, columns } = context;
  const facts = adopted.map((one) => ({ event: 'adopted' as const, ...one }));
  const each = rendererFor({ ...options, verbose: true, problems: false }, 'holds', config, context);
  const looks = { ...looksFor(options.json, context, options.ascii), columns };
  if (options.json) for (const fact of facts) each(fact, Date.now());
  else if (facts.length > 0) out(gatheredText({ type: 'adoptions', facts }, Date.now(), looks));
  for (const name of dismissed) each({ event: 'dismissed', function: name }, Date.now());
  if (facts.length + dismissed.length === 0) err(`${cliWords[language].nothingToAccept}\n`);
}
