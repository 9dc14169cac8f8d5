/** The running program as others find it: it answers `status`, and does what `push` and `stop` ask, over a socket. */

import type { Sync } from '../sync/sync.js';
import { messageOf } from '../system/errno.js';
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
  /** A question that cannot be answered ends the conversation: whoever asked would wait for ever. */
  const answered = (serving: Promise<void>): Promise<void> =>
    serving.catch((error: unknown) => {
      sync.reportBug(error);
      conversation.destroy();
    });
  const begin = async (question: PushQuestion): Promise<void> => {
    const { signal } = ending;
    await servePush({ sync, question, say, signal, interrupted: () => interrupted, version });
    conversation.end();
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
      return void answered(serveAccept(sync, question.selection, say));
    }
    if (question.ask === 'forget') {
      const said = (trouble: string | null): void => say({ v: 1, say: 'forgotten', trouble });
      return void sync.history.forget(question.function).then(
        () => said(null),
        (error: unknown) => said(sync.redact(messageOf(error))),
      );
    }
    if (question.ask !== 'push') return void answered(answer(sync, question, say));
    push ??= answered(begin(question));
  });
  return {
    async close() {
      ending.abort();
      await push;
    },
  };
}

async function answer(
  sync: Sync,
  question: Extract<Question, { ask: 'status' | 'emulator' }>,
  say: (answer: Answer) => void,
): Promise<void> {
  sync.used();
  if (question.ask === 'emulator')
    return say({ v: 1, say: 'emulator', ...(sync.emulator() ?? { url: null, token: null }) });
  // Who asks may read on the disk next what the answer says.
  await sync.written();
  const reader = { language: question.language, place: 'lines', token: sync.config.token } as const;
  const rows = withAnswers(sync, targetRows(sync.engine.state(), reader, 'running'));
  say({ v: 1, say: 'status', rows });
}

/** The targets with what they answered to saved events in this run. */
function withAnswers({ answers }: Sync, rows: readonly TargetRow[]): TargetRow[] {
  return rows.map((row) => {
    const standing = answers.standing(row.function, row.env);
    return standing === null ? row : { ...row, answers: { ok: standing.ok, failed: [...standing.failed] } };
  });
}
