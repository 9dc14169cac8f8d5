/** The outcome of one call, judged: read from what the cloud answered, compared with what the event expects. Pure. */
import { z } from 'zod';
import type { InvokeOutcome } from '../cloud/cloud.js';
import {
  type Answer,
  type AnswerError,
  type AnswerLine,
  type Expectation,
  type Mismatch,
  probeMark,
  type SavedEvent,
  textOfError,
} from '../model/answer.js';
import type { EnvId, Fingerprint, FunctionName } from '../model/nouns.js';
import { isRecord } from '../system/json.js';
import { cutText } from '../system/text-end.js';

/** The function and the event of a call. */
export interface CallTarget {
  readonly function: FunctionName;
  readonly env: EnvId;
  /** The content that is known to run there. */
  readonly live: Fingerprint | null;
  /** It runs with the helper, which says by itself what answered. */
  readonly carriesHelper: boolean;
  /** The content that runs there is the one on disk. */
  readonly isLatest: boolean;
}

/** An answer before it is compared with the last one. */
export type Judged = Omit<Answer, 'places' | 'outcome' | 'changed' | 'diff' | 'ignored' | 'file' | 'line'>;

/** Kept of what a call prints, and of what it returns, as the helper does (`proof/helper.cjs`). */
const mostLines = 200;
const mostLogBytes = 64 * 1024;
/** Characters of one line. */
const longestLine = 8192;
const mostResultBytes = 256 * 1024;
/** Of a result that is too large to keep. */
const headBytes = 4096;

/** The vendor's function service: the code threw, or took too long. */
const threwCode = -504_002;
const lateCode = -504_003;

/** The helper cuts as well, but whatever answers says so. */
function firstOf(characters: number): (text: string) => string {
  return (text) => text.slice(0, characters);
}

const helperAnswer = z.object({
  [probeMark]: z.literal(1),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  node: z.string().max(40),
  ms: z.number(),
  requestId: z.string().max(200).nullable(),
  logs: z.array(z.tuple([z.number(), z.string(), z.string()])),
  moreLogs: z.number(),
  result: z.unknown(),
  resultBytes: z.number(),
  error: z
    .object({
      name: z.string().transform(firstOf(200)),
      message: z.string().transform(firstOf(4000)),
      stack: z.string().transform(firstOf(8000)),
      code: z.union([z.string(), z.number()]).nullable(),
    })
    .nullable(),
});

/** @param callMs from the request to its answer */
export function judge(
  target: CallTarget,
  event: Pick<SavedEvent, 'name' | 'expect'>,
  outcome: InvokeOutcome,
  callMs: number,
): Judged {
  // Nobody was asked for proof where no helper is known to run: an answer in its form is then a result like any other.
  const said = outcome.ok && target.carriesHelper ? helperAnswer.safeParse(outcome.result).data : undefined;
  const heard = said === undefined ? plainly(target, outcome) : fromHelper(target, said);
  const mismatches = mismatchesOf(event.expect, heard);
  const isExpected = event.expect?.kind === 'error' && heard.failure === null;
  const threw = isExpected ? heard.error === null : heard.error !== null;
  return {
    function: target.function,
    env: target.env,
    eventName: event.name,
    ...heard,
    ok: !threw && mismatches.length === 0,
    callMs,
    mismatches,
  };
}

type Heard = Omit<Judged, 'function' | 'env' | 'eventName' | 'ok' | 'callMs' | 'mismatches'>;

function fromHelper({ live }: CallTarget, said: z.infer<typeof helperAnswer>): Heard {
  return {
    fingerprint: said.fingerprint,
    proven: live === null ? null : said.fingerprint === live,
    ...cutResult(said.result, JSON.stringify(said.result) ?? 'null'),
    resultBytes: said.resultBytes,
    error: said.error,
    ...cutLines(
      said.logs.map(([ms, level, text]) => ({ ms, level, text })),
      said.moreLogs,
    ),
    ms: said.ms,
    node: said.node,
    failure: null,
    requestId: said.requestId,
  };
}

/** Without the helper's word. What should have carried it and did not is other code. */
function plainly({ live, carriesHelper }: CallTarget, outcome: InvokeOutcome): Heard {
  const nothing = { ms: null, node: null, requestId: null } as const;
  // A process that ended, took too long, or could not load its code says nothing; nor does one that was never reached.
  const isSilent = !outcome.ok;
  const proof = {
    fingerprint: carriesHelper ? null : live,
    proven: carriesHelper && !isSilent ? false : null,
  };
  if (outcome.ok) {
    const text = JSON.stringify(outcome.result) ?? 'null';
    return {
      ...proof,
      ...nothing,
      ...cutResult(outcome.result, text),
      failure: null,
      error: null,
      ...cutLines(outcome.logs.map(asLine)),
    };
  }
  const { error, lines } = errorOf(outcome);
  const { errcode } = outcome.failure;
  const failure = errcode === threwCode || errcode === lateCode ? null : outcome.failure.class;
  return {
    ...proof,
    ...nothing,
    failure,
    result: null,
    resultBytes: 0,
    error,
    ...cutLines(lines.map(asLine)),
  };
}

function cutResult(result: unknown, text: string): Pick<Judged, 'result' | 'resultBytes'> {
  const resultBytes = Buffer.byteLength(text);
  if (resultBytes <= mostResultBytes) return { result: result ?? null, resultBytes };
  return { result: { [probeMark]: 'cut', head: text.slice(0, headBytes) }, resultBytes };
}

const asLine = (text: string): AnswerLine => ({ ms: null, level: 'log', text });

/** @param more lines that were printed and did not come along */
function cutLines(lines: readonly AnswerLine[], more = 0): Pick<Judged, 'logs' | 'moreLogs'> {
  const logs: AnswerLine[] = [];
  let bytes = 0;
  for (const { ms, level, text } of lines) {
    const cut = cutText(text, longestLine);
    bytes += cut.length;
    if (logs.length >= mostLines || bytes > mostLogBytes) break;
    logs.push({ ms, level: level.slice(0, 20), text: cut });
  }
  return { logs, moreLogs: more + lines.length - logs.length };
}

/** `functions execute fail. TypeError: boom`. Behind the lines that were printed, the emulator puts the stack. */
function errorOf({ failure, logs }: Extract<InvokeOutcome, { ok: false }>): {
  readonly error: AnswerError;
  readonly lines: readonly string[];
} {
  const isOwn = failure.errcode === threwCode || failure.errcode === lateCode;
  const text = isOwn ? failure.message.replace(/^functions? [a-z ]+\. /, '') : failure.message;
  const [, name = '', message = text] = (isOwn && /^(\w*Error): (.*)$/s.exec(text)) || [];
  const at = logs.findLastIndex((line) => line.startsWith(text.split('\n')[0] ?? text));
  // A message may have several lines, as that of a module that is not found (`Require stack:`), and the frames stand behind the last.
  const hasStack = isOwn && at !== -1 && logs.slice(at + 1).some((line) => /^\s+at /.test(line));
  return {
    error: {
      name,
      message,
      code: isOwn ? null : failure.errcode,
      stack: hasStack ? logs.slice(at).join('\n') : null,
    },
    lines: hasStack ? logs.slice(0, at) : logs,
  };
}

/** Mismatches that are named; of a result that is wholly different nobody reads more. */
const mostMismatches = 20;

function mismatchesOf(
  expect: Expectation | null,
  { error, result, failure }: Pick<Heard, 'error' | 'result' | 'failure'>,
): readonly Mismatch[] {
  // A call that never came to the code is neither as expected nor otherwise.
  if (expect === null || failure !== null) return [];
  if (expect.kind === 'error') {
    if (error !== null && describesError(error, expect.text)) return [];
    const found = error === null ? null : textOfError(error);
    return [{ pointer: '', expected: { $error: expect.text }, found, absent: error === null }];
  }
  if (error !== null) return [];
  const found: Mismatch[] = [];
  compare(expect.part, result, '', found);
  return found;
}

function describesError(error: AnswerError, text: string): boolean {
  return textOfError(error).includes(text);
}

/** Of objects only the keys that are expected count; everything else has to be equal. */
function compare(expected: unknown, found: unknown, pointer: string, into: Mismatch[]): void {
  if (into.length >= mostMismatches) return;
  if (isRecord(expected) && isRecord(found)) {
    for (const [key, value] of Object.entries(expected)) {
      const inner = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (Object.hasOwn(found, key)) compare(value, found[key], inner, into);
      else into.push({ pointer: inner, expected: value, found: null, absent: true });
    }
    return;
  }
  if (Array.isArray(expected) && Array.isArray(found) && expected.length === found.length) {
    for (const [index, value] of expected.entries())
      compare(value, found[index], `${pointer}/${index}`, into);
    return;
  }
  if (JSON.stringify(expected) !== JSON.stringify(found))
    into.push({ pointer, expected, found: found ?? null, absent: found === undefined });
}
