/** The running program as others find it: it answers `status`, and does what `push` and `stop` ask, over a socket. */

import type { Sync } from '../sync/sync.js';
import { type Bound, type Conversation, listenAt } from '../system/socket.js';
import { serveAccept } from './accept.js';
import { type Answer, parseQuestion, type Question, type TargetRow } from './protocol.js';
import { type PushQuestion, servePush } from './push.js';
import { targetRows } from './status.js';

export interface Daemon {
  /** Begins to listen again, should somebody have removed its socket. */
  renew(): Promise<void>;
  /** Reports to every client how far it came, and accepts no more. */
  close(): Promise<void>;
}

export type DaemonOutcome =
  | { readonly ok: true; readonly daemon: Daemon }
  | { readonly ok: false; readonly code: string };

/**
 * Begins to answer at this path, or where `place` is taken already.
 * @param version of this program, for those who ask
 * @param stop ends this program, as an interrupt does
 */
export async function openDaemon(
  sync: Sync,
  place: string | Bound,
  version: string,
  stop: () => void,
): Promise<DaemonOutcome> {
  const conversations = new Set<Held>();
  const onConversation = (conversation: Conversation): void => {
    const held = hold(sync, conversation, version, stop);
    conversations.add(held);
    conversation.onClosed(() => {
      held.close();
      conversations.delete(held);
    });
  };
  const outcome =
    typeof place === 'string'
      ? await listenAt(place, onConversation)
      : { ok: true as const, listening: place.serve(onConversation) };
  if (!outcome.ok) return outcome;
  const { listening } = outcome;
  const close = async (): Promise<void> => {
    const endings = [...conversations].map((held) => held.close());
    await Promise.allSettled(endings);
    await listening.close();
  };
  // A place that is the lock itself is renewed with the lock.
  const renew = async (): Promise<void> => {
    if (typeof place === 'string') await listening.renew(true);
  };
  return { ok: true, daemon: { renew, close } };
}

/** An open conversation. */
interface Held {
  /** Ends what it does; resolves when its last word is said. */
  close(): Promise<void>;
}

function hold(sync: Sync, conversation: Conversation, version: string, stop: () => void): Held {
  const { endpoint, file } = sync.config;
  const say = (answer: Answer): void => conversation.send(answer);
  const ending = new AbortController();
  let push: Promise<void> | null = null;
  let interrupted = false;
  const begin = async (question: PushQuestion): Promise<void> => {
    try {
      await servePush({
        sync,
        question,
        say,
        signal: ending.signal,
        interrupted: () => interrupted,
        version,
      });
      conversation.end();
    } catch (error) {
      sync.reportBug(error);
      conversation.destroy();
    }
  };
  say({ v: 1, say: 'hello', daemon: { pid: process.pid, version, endpoint, config: file } });
  conversation.onLine((line) => {
    const question = parseQuestion(line);
    if (question === null) return conversation.destroy();
    if (question.ask === 'end') {
      interrupted = question.interrupted;
      return ending.abort();
    }
    if (question.ask === 'stop') return stop();
    if (question.ask === 'accept') {
      sync.used();
      serveAccept(sync, question.selection, say).catch(sync.reportBug);
      return;
    }
    if (question.ask === 'forget') {
      const said = (): void => say({ v: 1, say: 'ended', code: 0 });
      return void sync.history.forget(question.function).then(said, sync.reportBug);
    }
    if (question.ask !== 'push') return answer(sync, question, say);
    push ??= begin(question);
  });
  return {
    async close() {
      ending.abort();
      await push;
    },
  };
}

function answer(
  sync: Sync,
  question: Extract<Question, { ask: 'status' | 'emulator' }>,
  say: (answer: Answer) => void,
): void {
  sync.used();
  if (question.ask === 'status') {
    say({
      v: 1,
      say: 'status',
      rows: withAnswers(
        sync,
        targetRows(
          sync.engine.state(),
          { language: question.language, place: 'lines', token: sync.config.token },
          'running',
        ),
      ),
    });
  } else {
    say({ v: 1, say: 'emulator', ...(sync.emulator() ?? { url: null, token: null }) });
  }
}

/** The targets with what they answered to saved events in this run. */
function withAnswers({ answers }: Sync, rows: readonly TargetRow[]): TargetRow[] {
  return rows.map((row) => {
    const standing = answers.standing(row.function, row.env);
    return standing === null ? row : { ...row, answers: { ok: standing.ok, failed: [...standing.failed] } };
  });
}
