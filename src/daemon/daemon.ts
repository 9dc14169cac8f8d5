/** The running program as others find it: it answers `status`, and does what `push` and `stop` ask, over a socket. */

import type { Sync } from '../sync/sync.js';
import { type Conversation, listenAt } from '../system/socket.js';
import { type Answer, parseQuestion, type Question } from './protocol.js';
import { type PushQuestion, servePush } from './push.js';
import { targetRows } from './status.js';

export interface Daemon {
  /** Reports to every client how far it came, and accepts no more. */
  close(): Promise<void>;
}

export type DaemonOutcome =
  | { readonly ok: true; readonly daemon: Daemon }
  | { readonly ok: false; readonly code: string };

/**
 * Begins to answer at this path.
 * @param version of this program, for those who ask
 * @param stop ends this program, as an interrupt does
 */
export async function openDaemon(
  sync: Sync,
  path: string,
  version: string,
  stop: () => void,
): Promise<DaemonOutcome> {
  const conversations = new Set<Held>();
  const outcome = await listenAt(path, (conversation) => {
    const held = hold(sync, conversation, version, stop);
    conversations.add(held);
    conversation.onClosed(() => {
      held.close();
      conversations.delete(held);
    });
  });
  if (!outcome.ok) return outcome;
  const close = async (): Promise<void> => {
    const endings = [...conversations].map((held) => held.close());
    await Promise.allSettled(endings);
    await outcome.listening.close();
  };
  return { ok: true, daemon: { close } };
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
      rows: targetRows(
        sync.engine.state(),
        { language: question.language, place: 'lines', token: sync.config.token },
        'running',
      ),
    });
  } else {
    say({ v: 1, say: 'emulator', ...(sync.emulator() ?? { url: null, token: null }) });
  }
}
