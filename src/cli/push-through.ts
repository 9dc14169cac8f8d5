/** `tcb-watch push` beside a running daemon: it does the work, and its lines for these targets are printed here. */
import type { Talk } from '../daemon/client.js';
import { daemonWords } from '../text/words/daemon.js';
import { looksFor } from './output.js';
import type { PushRun } from './push.js';
import { otherProject, protectedAllowed, tellUnmatched } from './start.js';

/** Resolves to the exit code. */
export async function pushThrough(run: PushRun, talk: Talk): Promise<number> {
  const { options, loaded, names, context, signal } = run;
  const refusal = refusalOf(run, talk);
  if (refusal !== null) {
    context.err(`${refusal}\n`);
    talk.close();
    return 3;
  }
  const yes = options.yes || (await protectedAllowed(options, loaded, context, signal));
  const end = (): void => talk.ask({ v: 1, ask: 'end', interrupted: run.interrupted() });
  talk.ask({
    v: 1,
    ask: 'push',
    selection: { envIds: [...options.envId], only: [...options.only], names: [...names] },
    force: options.force,
    yes,
    looks: looksFor(options.json, context, options.ascii),
  });
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const code = await listen(run, talk);
  signal.removeEventListener('abort', end);
  talk.close();
  return code;
}

/** Another version: what it does is not what was asked for either. */
function refusalOf({ loaded, context }: PushRun, { daemon }: Talk): string | null {
  const other = otherProject(loaded.config, daemon, context);
  if (other !== null || daemon.version === context.version) return other;
  return daemonWords[context.language].otherVersion(daemon.pid, daemon.version, context.version);
}

async function listen({ context }: PushRun, { daemon, next }: Talk): Promise<number> {
  const words = daemonWords[context.language];
  for (;;) {
    const answer = await next();
    switch (answer?.say) {
      case 'text':
        context.out(answer.text);
        continue;
      case 'ended':
        return answer.code;
      case 'unmatched':
        tellUnmatched(answer.unmatched, context);
        return 4;
      case 'narrower':
        context.err(`${words.narrower(daemon.pid, answer.missing.join(', '))}\n`);
        return 3;
      default:
        context.err(`${words.ended(daemon.pid)}\n`);
        return 1;
    }
  }
}
