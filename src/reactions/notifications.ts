/**
 * `"notify": true`: the desktop says when uploads fail, and when all is well again, by the package `toasted-notifier`, which
 * is the user's to install.
 */
import type { Config } from '../config/model.js';
import type { Fact } from '../model/fact.js';
import { steadyNow } from '../system/clock.js';
import { messageOf } from '../system/errno.js';
import { isRecord } from '../system/json.js';
import { loadPeer, resolvePeer } from '../system/peer.js';
import type { Language } from '../text/language.js';
import { noticeFact } from '../text/notices.js';
import { listOf, noted } from '../text/text.js';
import { notifyWords } from '../text/words/notices.js';
import { type Alarm, dropped, type Failing, failed, noAlarm, recovered, spoken } from './alarm.js';

export interface NotificationsOptions {
  readonly config: () => Config;
  readonly language: Language;
  readonly tell: (fact: Fact) => void;
  readonly onBug: (error: unknown) => void;
  /** Absent: the desktop's own. */
  readonly showNote?: typeof desktopNote | undefined;
}

export interface Notifications {
  take(fact: Fact): void;
  /** Says what is left to say; resolves when it is shown, or could not be. */
  end(): Promise<void>;
}

/** The reasons that wait for a person. A wait that passes by itself, and one that somebody decided, do not. */
const wantsPerson: ReadonlySet<string> = new Set([
  ...[
    'build-failed',
    'cannot-run',
    'too-big',
    'bad-name',
    'unreadable',
    'outside-link',
    'link-loop',
    'clash',
    'secret',
  ],
  ...['token', 'quota', 'config', 'refused'],
]);

export function createNotifications(options: NotificationsOptions): Notifications {
  const { config, language, tell, onBug, showNote = desktopNote } = options;
  let alarm = noAlarm;
  let timer: NodeJS.Timeout | undefined;
  let showing: Promise<void> = Promise.resolve();
  /** Said once: somebody who has read it knows. */
  let isSaid = false;

  const complain = (kind: 'notify-absent' | 'notify-failed', detail: string): void => {
    if (!isSaid) tell(noticeFact(kind, detail, language));
    isSaid = true;
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
    const message = said.kind === 'recovered' ? words.recovered : failedText(said.failing, language);
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
      return recovered(alarm, fact.function, fact.env, at);
    case 'unchanged':
      return recovered(alarm, fact.function, null, at);
    case 'lost':
      return dropped(alarm, fact.function, at);
    default:
      return alarm;
  }
}

/** Functions that are named; a notification has room for little. */
const mostNamed = 4;

function failedText(failing: readonly Failing[], language: Language): string {
  const names = [...new Set(failing.map((each) => each.function))];
  const named = names.slice(0, mostNamed).map((name) => {
    const envs = failing.flatMap((each) => (each.function === name && each.env !== null ? [each.env] : []));
    return envs.length === 0 ? plain(name) : noted(plain(name), listOf(envs, language), language);
  });
  return notifyWords[language].failed(listOf(named, language), names.length - named.length);
}

/** A folder may have any name, and the package hands the text to a shell. */
function plain(name: string): string {
  return name.replace(/[^\p{L}\p{N}_.-]/gu, '?');
}

export const notifierPackage = 'toasted-notifier';

interface DesktopNote {
  readonly title: string;
  /** Without anything from outside that a shell could act on: the package hands it to one, though quoted. */
  readonly message: string;
}

type NoteOutcome =
  | { readonly type: 'shown' }
  | { readonly type: 'absent' }
  /** The words of the package, or of the program of the desktop. */
  | { readonly type: 'failed'; readonly detail: string };

/** A desktop that does not answer is not waited for, ms. */
const timeoutMs = 10_000;

/** @param folder where the package is looked for first */
async function desktopNote(folder: string, note: DesktopNote): Promise<NoteOutcome> {
  const loaded = await loadPeer(notifierPackage, [folder]);
  if (loaded === null) return { type: 'absent' };
  const notifier = isRecord(loaded) ? loaded['default'] : null;
  if (!isNotifier(notifier)) return { type: 'failed', detail: `${notifierPackage}: notify()` };
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ type: 'failed', detail: 'ETIMEDOUT' }), timeoutMs);
    timer.unref();
    notifier.notify({ ...note, wait: false }, (error) => {
      clearTimeout(timer);
      resolve(error ? { type: 'failed', detail: textOf(error) } : { type: 'shown' });
    });
  });
}

interface Notifier {
  /** `error`: an Error, or what the desktop's program wrote; empty or null where there is none. */
  notify(options: DesktopNote & { readonly wait: boolean }, done: (error: unknown) => void): unknown;
}

function isNotifier(value: unknown): value is Notifier {
  return isRecord(value) && typeof value['notify'] === 'function';
}

/** The desktop's program's own first line, where it is one that failed. */
function textOf(error: unknown): string {
  const lines = messageOf(error).trim().split(/\r?\n/);
  return lines.find((line) => !line.startsWith('Command failed:')) ?? lines[0] ?? '';
}
