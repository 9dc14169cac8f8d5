/** The messages between a command and the running daemon: one JSON object a line, parsed strictly on both sides. */
import { z } from 'zod';
import { parseJson } from '../system/json.js';

const version = z.literal(1);
const language = z.enum(['en', 'zh-CN']);
const texts = z.array(z.string());
const textOrNull = z.string().nullable();

/** How the daemon is to word what it reports: it writes the lines itself, so that both ends need not agree on facts. */
const looks = z.strictObject({
  json: z.boolean(),
  language,
  color: z.boolean(),
  ascii: z.boolean(),
  timestamps: z.boolean(),
  /** Each fact on a line of its own. */
  verbose: z.boolean(),
  /** An editor's lines instead of all that. */
  problems: z.boolean(),
});

const selection = z.strictObject({ envIds: texts, only: texts, names: texts });

const question = z.discriminatedUnion('ask', [
  z.strictObject({ v: version, ask: z.literal('status'), language }),
  /** The embedded emulator's address and token: the one secret that is ever handed out, and only to the owner. */
  z.strictObject({ v: version, ask: z.literal('emulator') }),
  z.strictObject({
    v: version,
    ask: z.literal('push'),
    selection,
    force: z.boolean(),
    yes: z.boolean(),
    /** Instead of what is on disk: the version to go back to in each environment; null takes such a step back. */
    undo: z.array(z.strictObject({ env: z.string(), fingerprint: textOrNull })).optional(),
    /** When all is live, functions are called with their saved events. */
    check: z.boolean().default(false),
    /** The targets that failed are tried once more; false: the files are looked at, and requests that are under way are waited for. */
    retry: z.boolean(),
    looks,
  }),
  /** Code that somebody else deployed is taken as it is. */
  z.strictObject({ v: version, ask: z.literal('accept'), selection }),
  /** Deletes the kept versions of a function; null: of all. */
  z.strictObject({ v: version, ask: z.literal('forget'), function: textOrNull }),
  /** Ends the daemon, as an interrupt where it runs does. */
  z.strictObject({ v: version, ask: z.literal('stop') }),
  /** Ends a `push` before it is at rest. */
  z.strictObject({ v: version, ask: z.literal('end'), interrupted: z.boolean() }),
]);
export type Question = z.infer<typeof question>;

const daemonFacts = z.object({
  pid: z.number(),
  version: z.string(),
  endpoint: z.string(),
  /** The configuration's file; null where there is none. */
  config: textOrNull,
});
/** Who answers. */
export type DaemonFacts = z.infer<typeof daemonFacts>;

const row = z.object({
  function: z.string(),
  env: z.string(),
  state: z.enum(['live', 'adopted', 'sending', 'deploying', 'waiting', 'queued', 'held']),
  group: z.enum(['live', 'adopted', 'pending', 'failed', 'held']),
  word: z.string(),
  wanted: textOrNull,
  live: textOrNull,
  /** The content that is live carries the helper that says which code answers. */
  proof: z.boolean().default(false),
  /** The outcome of the last calls with saved events, where the daemon called it. */
  answers: z.object({ ok: z.number(), failed: texts }).nullable().default(null),
  since: textOrNull,
  inFlight: textOrNull,
  hold: textOrNull,
  detail: textOrNull,
  hint: textOrNull,
});
/**
 * A target as `status` shows it. `group` and `word` are the monitor's: what it counts as, and one or two words in the reader's
 * language. `since`: ISO time since when `live` is live. `inFlight`: the fingerprint that is being sent,
 * or was accepted and is not seen to run yet. `hold`: a reason to hold; null where it is live or goes on by itself.
 * `detail`, `hint`: where it stands and what to do; null where it is live.
 */
export type TargetRow = z.infer<typeof row>;

const answer = z.discriminatedUnion('say', [
  z.object({ v: version, say: z.literal('hello'), daemon: daemonFacts }),
  z.object({ v: version, say: z.literal('status'), rows: z.array(row) }),
  z.object({
    v: version,
    say: z.literal('emulator'),
    url: textOrNull,
    token: textOrNull,
  }),
  z.object({
    v: version,
    say: z.literal('unmatched'),
    unmatched: z.array(
      z.object({
        kind: z.enum(['env', 'only', 'name', 'disabled', 'together']),
        value: z.string(),
        nearest: textOrNull,
      }),
    ),
  }),
  /** The daemon was started for fewer functions or environments than these. */
  z.object({ v: version, say: z.literal('narrower'), missing: texts }),
  z.object({
    v: version,
    say: z.literal('accepted'),
    adopted: z.array(z.object({ function: z.string(), envs: texts })),
    /** Functions that are gone, and listed no more. */
    dismissed: texts,
  }),
  /** `trouble`: the system's words, where something is left; null: nothing is. */
  z.object({ v: version, say: z.literal('forgotten'), trouble: textOrNull }),
  z.object({ v: version, say: z.literal('text'), text: z.string() }),
  z.object({ v: version, say: z.literal('ended'), code: z.number() }),
]);
export type Answer = z.infer<typeof answer>;

/** A line as a question; null: not one of ours. */
export function parseQuestion(line: string): Question | null {
  return question.safeParse(parseJson(line)).data ?? null;
}

/** A line as an answer; null: not one of ours. */
export function parseAnswer(line: string): Answer | null {
  return answer.safeParse(parseJson(line)).data ?? null;
}
