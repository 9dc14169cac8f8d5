/** Asking the daemon that runs for this configuration. */
import type { Config } from '../config/model.js';
import { stateFolderOf } from '../state/folder.js';
import { type Holder, namedHolder } from '../state/lock.js';
import { type Conversation, connectTo, isOurSocket } from '../system/socket.js';
import type { Language } from '../text/language.js';
import { type Answer, type DaemonFacts, parseAnswer, type Question, type TargetRow } from './protocol.js';

/** A conversation with a daemon that has introduced itself. */
export interface Talk {
  readonly daemon: DaemonFacts;
  ask(question: Question): void;
  /** The next answer, however long it takes; null: the daemon is gone, or says what nobody understands. */
  next(): Promise<Answer | null>;
  /** The answer to what takes a moment; null, and the end of the conversation, also where it does not come in time. */
  reply(): Promise<Answer | null>;
  close(): void;
}

/**
 * A daemon that does not introduce itself within 5 s is not one. What it is asked then it answers at once, or it was stopped meanwhile (Ctrl-Z)
 * or hangs; the longer time is for a disk that is slow.
 */
const patience = { helloMs: 5000, replyMs: 30_000 };

/** Talks to the holder of the lock; null: nobody answers. */
export async function talkTo(
  holder: Pick<Holder, 'socket'>,
  { helloMs, replyMs } = patience,
): Promise<Talk | null> {
  const conversation = await conversationWith(holder);
  if (conversation === null) return null;
  const next = answersOf(conversation);
  const within = async (ms: number): Promise<Answer | null> => {
    const timer = setTimeout(() => conversation.destroy(), ms);
    return next().finally(() => clearTimeout(timer));
  };
  const hello = await within(helloMs);
  if (hello?.say !== 'hello') {
    conversation.destroy();
    return null;
  }
  return {
    daemon: hello.daemon,
    ask: (question) => conversation.send(question),
    next,
    reply: () => within(replyMs),
    close: () => conversation.end(),
  };
}

/** null: nobody of ours listens there. */
async function conversationWith({ socket }: Pick<Holder, 'socket'>): Promise<Conversation | null> {
  if (socket === null || !isOurSocket(socket)) return null;
  const connected = await connectTo(socket);
  return connected.ok ? connected.conversation : null;
}

function answersOf(conversation: Conversation): () => Promise<Answer | null> {
  const arrived: (Answer | null)[] = [];
  const waiting: ((answer: Answer | null) => void)[] = [];
  let ended = false;
  const take = (answer: Answer | null): void => {
    if (ended) return;
    ended = answer === null;
    const waiter = waiting.shift();
    if (waiter === undefined) arrived.push(answer);
    else waiter(answer);
  };
  conversation.onLine((line) => take(parseAnswer(line)));
  conversation.onClosed(() => take(null));
  return () => {
    const answer = arrived.shift();
    if (answer !== undefined) return Promise.resolve(answer);
    return ended ? Promise.resolve(null) : new Promise((resolve) => waiting.push(resolve));
  };
}

/** Talks to whoever is named in the lock; null: nobody is there to answer. */
export async function talkToDaemonOf(config: Config): Promise<Talk | null> {
  const holder = namedHolder(stateFolderOf(config));
  return holder === null ? null : talkTo(holder);
}

/** One question, one answer. */
async function askOnce(config: Config, question: Question): Promise<Reply | null> {
  const talk = await talkToDaemonOf(config);
  if (talk === null) return null;
  talk.ask(question);
  const answer = await talk.reply();
  talk.close();
  return answer === null ? null : { daemon: talk.daemon, answer };
}

interface Reply {
  readonly daemon: DaemonFacts;
  readonly answer: Answer;
}

/** Where each target stands, as the running daemon knows it; null without one. */
export async function statusOfDaemon(
  config: Config,
  language: Language,
): Promise<{ readonly daemon: DaemonFacts; readonly rows: readonly TargetRow[] } | null> {
  const reply = await askOnce(config, { v: 1, ask: 'status', language });
  return reply?.answer.say === 'status' ? { daemon: reply.daemon, rows: reply.answer.rows } : null;
}

/** The process that has the lock and takes connections without a word: stopped by Ctrl-Z, say; null: there is none. */
export async function silentDaemon(config: Config): Promise<number | null> {
  const holder = namedHolder(stateFolderOf(config));
  if (holder === null) return null;
  const conversation = await conversationWith(holder);
  if (conversation === null) return null;
  conversation.destroy();
  return holder.pid;
}

/**
 * The emulator inside the running daemon, for commands that must meet the same cloud as it; null where there is none. Its
 * store must not be opened a second time.
 */
export async function emulatorOfDaemon(
  config: Config,
): Promise<{ readonly url: string; readonly token: string } | null> {
  const reply = await askOnce(config, { v: 1, ask: 'emulator' });
  if (reply?.answer.say !== 'emulator') return null;
  const { url, token } = reply.answer;
  return url === null || token === null ? null : { url, token };
}
