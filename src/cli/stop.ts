/** `tcb-watch stop`: ends the daemon that runs for this configuration, as Ctrl-C does where it runs. */
import type { Config } from '../config/model.js';
import { claimConfig } from '../daemon/claim.js';
import { talkToDaemonOf } from '../daemon/client.js';
import { daemonWords } from '../text/words/daemon.js';
import { otherConfig } from './claim.js';
import type { Context } from './context.js';
import { loadOrTell } from './load.js';
import type { StopOptions } from './options.js';

/** Exit codes: 0 nothing runs any more · 1 it still does · 3 configuration. */
export async function runStop(options: StopOptions, context: Context): Promise<number> {
  const loaded = await loadOrTell(options, context);
  if (loaded === null) return 3;
  const { config } = loaded;
  const words = daemonWords[context.language];
  const say = (text: string, exitCode: number): number => {
    context.err(`${text}\n`);
    return exitCode;
  };
  const talk = await talkToDaemonOf(config);
  if (talk !== null) {
    const refusal = otherConfig(config, talk.daemon, context);
    if (refusal === null) talk.ask({ v: 1, ask: 'stop' });
    talk.close();
    if (refusal !== null) return say(refusal, 3);
    const { pid } = talk.daemon;
    return (await isReleased(config, context.version))
      ? say(words.stopped(pid), 0)
      : say(words.stillStopping(pid), 1);
  }
  const claimed = await claimConfig(config, 'push', context.version);
  if (claimed.type === 'alone') {
    claimed.lock?.release();
    return say(words.noneToStop, 0);
  }
  const { holder } = claimed;
  return say(
    holder?.role === 'push' ? words.pushNotStopped(holder.pid) : words.silent(holder?.pid ?? null),
    1,
  );
}

/** Its farewell takes 10 s at most, and what it closes afterwards a moment, ms. */
const patienceMs = 20_000;
const lookEveryMs = 50;

/** A daemon lets go of its lock last of all: everything is written then. */
async function isReleased(config: Config, version: string): Promise<boolean> {
  const since = performance.now();
  while (performance.now() - since < patienceMs) {
    const claimed = await claimConfig(config, 'push', version);
    if (claimed.type === 'alone') {
      claimed.lock?.release();
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  return false;
}
