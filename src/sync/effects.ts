/** Does what the scheduler decided. Every job ends in exactly one event; whatever is thrown becomes one too. */

import type { Cloud } from '../cloud/cloud.js';
import type { Redactor } from '../cloud/redact.js';
import type { Tokens } from '../cloud/token/token.js';
import type { Content } from '../content/content.js';
import type { Engine, Perform } from '../core/engine.js';
import type { FunctionState } from '../core/state.js';
import type { History } from '../history/history.js';
import type {
  EventOf,
  ListOutcome,
  PartOutcome,
  PushJob,
  PushOutcome,
  QuotaOutcome,
  ScanJob,
  ScanResult,
  TokenOutcome,
} from '../model/event.js';
import type { Failure, FunctionName } from '../model/nouns.js';
import type { Ledger } from '../state/ledger.js';
import type { UploadBodies, UploadContent } from '../upload/bodies.js';
import type { Earlier, EarlierContent } from './earlier.js';
import type { Timers } from './timers.js';

export interface EffectsOptions {
  readonly content: Pick<Content, 'scan'>;
  readonly bodies: Pick<UploadBodies, 'bodyFor' | 'done'>;
  readonly earlier: Pick<Earlier, 'bodyFor'>;
  readonly history: Pick<History, 'sent'>;
  /** Asked for at each job: a new configuration may bring another. */
  readonly cloud: () => Pick<Cloud, 'push' | 'listPage' | 'probe' | 'quota'>;
  readonly tokens: () => Pick<Tokens, 'read'>;
  readonly ledger: Pick<Ledger, 'marked'>;
  readonly timers: Timers;
  readonly redactor: Pick<Redactor, 'redactError'>;
  readonly now: () => number;
  readonly dispatch: Engine['dispatch'];
  /** Says what would be sent and sends nothing. */
  readonly dryRun: boolean;
  /** Git as it is on the disk right now. */
  readonly isGitBusy: (repository: string, forced: boolean) => boolean;
  /** Whether a person wants it still: asked when it is packed. */
  readonly mayStillGo: (job: PushJob) => boolean;
  readonly stateOf: (name: FunctionName) => FunctionState | undefined;
  /** Whether no other process has taken this configuration over. False: this one is about to stop. */
  readonly holdsLock: () => Promise<boolean>;
  /** Called with bugs, redacted. */
  readonly onBug: (text: string) => void;
}

export function createEffects(options: EffectsOptions): Perform {
  const push = createPush(options);
  const { cloud, timers, tokens, now } = options;
  /** A bug of ours must not stop the loop: the job counts as failed, and is retried like anything unknown. */
  const attempt = async <Outcome>(
    work: () => Promise<Outcome>,
    failed: (failure: Failure) => Outcome,
  ): Promise<Outcome> => {
    try {
      return await work();
    } catch (error) {
      const text = options.redactor.redactError(error);
      options.onBug(text);
      return failed(unexpected(text.split('\n')[0] ?? text));
    }
  };
  return async (job, signal) => {
    switch (job.type) {
      case 'scan': {
        const result = await attempt<ScanResult>(
          () => scan(options, job),
          ({ message }) => ({ ok: false, problem: { reason: 'unreadable', path: '.', code: message } }),
        );
        return { type: 'scan-ended', at: now(), job, result };
      }
      case 'push': {
        const outcome = await attempt<PushOutcome>(() => push(job, signal), asFailed);
        return { type: 'push-ended', at: now(), job, outcome, jitter: Math.random() };
      }
      case 'part': {
        const outcome = await attempt<PartOutcome>(() => timers.send(job, signal), asFailed);
        return { type: 'part-ended', at: now(), job, outcome, jitter: Math.random() };
      }
      case 'list': {
        const outcome = await attempt<ListOutcome>(() => cloud().listPage(job, signal), asRefused);
        return { type: 'list-ended', at: now(), job, outcome, jitter: Math.random() };
      }
      case 'read-token': {
        const outcome = await attempt<TokenOutcome>(
          () => tokens().read(signal),
          ({ message }) => ({ ok: false, problem: `unexpected:${message}` }),
        );
        return { type: 'token-ended', at: now(), job, outcome };
      }
      case 'probe': {
        const { reachable, detail } = await attempt(
          () => cloud().probe(signal),
          ({ message }) => ({ reachable: false, detail: message }),
        );
        return { type: 'probe-ended', at: now(), job, reachable, detail };
      }
      case 'quota': {
        const outcome = await attempt<QuotaOutcome>(() => cloud().quota(job.call, signal), asRefused);
        return { type: 'quota-ended', at: now(), job, outcome };
      }
      default:
        return job satisfies never;
    }
  };
}

const asFailed = (failure: Failure) => ({ type: 'failed', failure }) as const;
const asRefused = (failure: Failure) => ({ ok: false, failure }) as const;

function unexpected(message: string): Failure {
  const nothing = { errcode: null, httpStatus: null, rid: null, retryAfterMs: null };
  return { class: 'unknown', origin: 'unexpected', message, ...nothing };
}

async function scan({ content, timers }: EffectsOptions, job: ScanJob): Promise<ScanResult> {
  const result = await content.scan(job.function, job.full);
  return result.ok ? { ...result, parts: { timers: await timers.wanted(job.function) } } : result;
}

async function diskContent(options: EffectsOptions, job: PushJob): Promise<UploadContent | PushOutcome> {
  const waiting = gitWait(options, job);
  if (waiting !== null) return { type: 'not-sent', scan: waiting };
  const content = await options.bodies.bodyFor(job.function, job.fingerprint, job.envs);
  return content.ok ? content : { type: 'not-sent', scan: content.scan };
}

function createPush(options: EffectsOptions): (job: PushJob, signal: AbortSignal) => Promise<PushOutcome> {
  const { bodies, earlier, ledger, dispatch, now } = options;
  return async (job, signal) => {
    // Before anything is waited for: a configuration that moves on meanwhile must not take it to another cloud.
    const cloud = options.cloud();
    const content = job.isKept ? await earlier.bodyFor(job) : await diskContent(options, job);
    if ('type' in content) return content;
    const { body, zipBytes, files } = content;
    if (options.dryRun) return { type: 'answered', requestMs: 0, failures: [] };
    if (!(await options.holdsLock())) {
      dispatch({ type: 'pause', at: now(), paused: true });
      return { type: 'not-sent', scan: unchanged(options, job) };
    }
    await ledger.marked(job.function, job.envs);
    if (!options.mayStillGo(job)) return { type: 'not-sent', scan: unchanged(options, job) };
    const sending: EventOf<'push-sending'> = { type: 'push-sending', at: now(), job, zipBytes, files };
    dispatch(sending);
    const upload = { operation: job.operation, envs: job.envs, body };
    const onWritten = (): void => {
      dispatch({ type: 'push-written', at: now(), job });
      keep(options, job, content);
    };
    const outcome = await cloud.push(upload, signal, onWritten);
    // An answer can come before it was seen that the last byte was written.
    if (isAnswered(outcome)) keep(options, job, content);
    if (outcome.type === 'answered' && outcome.failures.length === 0) bodies.done(job.function, body);
    return outcome;
  };
}

function isAnswered(outcome: PushOutcome): boolean {
  return outcome.type === 'answered' || (outcome.type === 'failed' && outcome.failure.origin === 'answer');
}

/** While the answer is waited for, and never before the request: a save is not to wait for it. */
function keep(
  { history, stateOf }: EffectsOptions,
  job: PushJob,
  content: UploadContent & Partial<EarlierContent>,
): void {
  const files = content.takeFiles();
  if (files === null) return;
  const { dir = '', repository = null } = stateOf(job.function)?.spec ?? {};
  const { function: name, fingerprint } = job;
  const { zipBytes } = content;
  const again = content.version ?? null;
  history.sent({ function: name, fingerprint, files, zipBytes, at: Date.now(), dir, repository, again });
}

/** Git may have begun in this very millisecond: then nothing is sent, and what is known of the content stays as it is. */
function gitWait(options: EffectsOptions, job: PushJob): ScanResult | null {
  const fn = options.stateOf(job.function);
  const repository = fn?.spec.repository ?? null;
  // Who goes back to the disk asks for what is there as well.
  const isAsked = job.cause === 'forced' || job.cause === 'undo';
  if (fn === undefined || repository === null || !options.isGitBusy(repository, isAsked)) return null;
  return unchanged(options, job);
}

/** The facts that are known of the content stay as they are. */
function unchanged({ stateOf }: EffectsOptions, job: PushJob): ScanResult {
  const fn = stateOf(job.function);
  if (fn?.problem != null) return { ok: false, problem: fn.problem };
  const { wanted = null, dressed = null, fault = null, files = 0, bytes = 0 } = fn ?? {};
  // The content that was to be sent is not always the one on disk: it may carry the helper, or have been sent before.
  return { ok: true, fingerprint: wanted ?? job.fingerprint, dressed, fault, files, bytes, changed: [] };
}
