/** `"notify": true`: the desktop says when uploads fail, and when all is well again. */

import type { Fact } from '../model/fact.js';
import { steadyNow } from '../system/clock.js';
import { resolvePeer } from '../system/peer.js';
import { noticeFact } from '../text/notices.js';
import { notifyWords } from '../text/words/notices.js';
import { type Alarm, dropped, type Failing, failed, mended, noAlarm, spoken } from './alarm.js';
import type { FollowingOptions } from './following.js';
import { notifierPackage, showNote } from './notifier.js';

export interface Notifying {
  take(fact: Fact): void;
  /** Says what is left to say; resolves when it is shown, or could not be. */
  end(): Promise<void>;
}

/** What waits for a person. What passes by itself, and what somebody decided, does not. */
const wantsPerson: ReadonlySet<string> = new Set([
  ...['build-failed', 'too-big', 'bad-name', 'unreadable', 'outside-link', 'link-loop', 'clash'],
  ...['token', 'quota', 'config', 'refused'],
]);

export function createNotifying(options: FollowingOptions): Notifying {
  const { config, language, tell, onBug } = options;
  let alarm = noAlarm;
  let timer: NodeJS.Timeout | undefined;
  let showing: Promise<void> = Promise.resolve();
  /** Said once: somebody who has read it knows. */
  let isTold = false;

  const complain = (kind: 'notify-absent' | 'notify-failed', detail: string): void => {
    if (!isTold) tell(noticeFact(kind, detail, language));
    isTold = true;
  };
  const show = async (message: string): Promise<void> => {
    const outcome = await showNote(config().folder, { title: 'tcb-watch', message });
    if (outcome.type === 'absent') complain('notify-absent', notifierPackage);
    if (outcome.type === 'failed') complain('notify-failed', outcome.detail);
  };
  const speak = (): void => {
    const { alarm: after, said } = spoken(alarm, steadyNow());
    alarm = after;
    if (said === null || !config().notify) return;
    const words = notifyWords[language];
    const message = said.kind === 'recovered' ? words.recovered : failedText(said.failing, words.failed);
    showing = showing.then(() => show(message)).catch(onBug);
  };
  return {
    take(fact) {
      if (!config().notify) return;
      const isStart = fact.event === 'started' || fact.event === 'config';
      if (isStart && resolvePeer(notifierPackage, [config().folder]) === null) {
        complain('notify-absent', notifierPackage);
      }
      alarm = afterFact(alarm, fact, steadyNow());
      clearTimeout(timer);
      if (alarm.dueAt === null) return;
      timer = setTimeout(speak, Math.max(0, alarm.dueAt - steadyNow()));
      timer.unref();
    },
    async end() {
      clearTimeout(timer);
      speak();
      await showing;
    },
  };
}

function afterFact(alarm: Alarm, fact: Fact, at: number): Alarm {
  switch (fact.event) {
    case 'push-failed':
      return failed(alarm, fact.function, fact.envs, at);
    case 'held':
      // A root that is missing at the start is nobody's: whoever starts sees it on the screen.
      return fact.function !== null && wantsPerson.has(fact.reason)
        ? failed(alarm, fact.function, [fact.env], at)
        : alarm;
    case 'live':
      return mended(alarm, fact.function, fact.env, at);
    case 'unchanged':
      return mended(alarm, fact.function, null, at);
    case 'lost':
      return dropped(alarm, fact.function, at);
    default:
      return alarm;
  }
}

/** Functions that are named; a notification has room for little. */
const mostNamed = 4;

function failedText(failing: readonly Failing[], text: (targets: string, more: number) => string): string {
  const names = [...new Set(failing.map((each) => each.function))];
  const named = names.slice(0, mostNamed).map((name) => {
    const envs = failing.flatMap((each) => (each.function === name && each.env !== null ? [each.env] : []));
    return envs.length === 0 ? name : `${name} (${envs.join(', ')})`;
  });
  return text(named.join(', '), names.length - named.length);
}
