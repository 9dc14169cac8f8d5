/**
 * Facts as the lines that editors read from any compiler: `file:line:column: error: text`, and nothing else. A build is what lies
 * between two fixed lines; each says every mistake that stands, because an editor forgets those of the build before.
 */

import { posix } from 'node:path';
import { isGoodAnswer } from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, Fingerprint, FunctionName, HoldReason } from '../model/nouns.js';
import type { TextPosition } from '../model/text-position.js';
import { failureOfAnswer } from './answers.js';
import type { Language } from './language.js';
import type { Renderer } from './stream.js';
import { labelled, printable, sentences } from './text.js';
import { expectedAt } from './words/config.js';

/** The same in every language: editors look for exactly these. */
const buildBegins = '[tcb-watch] begin';
const buildEnds = '[tcb-watch] end';

export interface ProblemsOptions {
  readonly write: (text: string) => void;
  /** The file that a person opens for a function, from the project's folder, with forward slashes. */
  readonly fileOf: (name: FunctionName) => string;
  /** The configuration's. */
  readonly configFile: string;
  readonly language: Language;
}

export function problemsRenderer({ write, ...options }: ProblemsOptions): Renderer {
  const standing = new Standing(options);
  const busy = new Busy();
  let isOpen = false;
  let said = new Set<string>();
  const sayNew = (): void => {
    for (const line of standing.lines().filter((each) => !said.has(each))) {
      write(`${line}\n`);
      said.add(line);
    }
  };
  return (fact) => {
    const isDifferent = standing.take(fact);
    busy.take(fact);
    if (!isOpen && (busy.isBusy() || isDifferent)) {
      write(`${buildBegins}\n`);
      [isOpen, said] = [true, new Set()];
    }
    if (!isOpen) return;
    // A mistake is said at once, however long the rest takes.
    if (isDifferent || !busy.isBusy()) sayNew();
    if (busy.isBusy()) return;
    write(`${buildEnds}\n`);
    isOpen = false;
  };
}

/** The work that is being done. */
class Busy {
  /** Until the first comparison of everything. */
  private isStarting = false;
  private readonly changed = new Set<FunctionName>();
  private readonly sent = new Map<FunctionName, Set<EnvId>>();

  isBusy(): boolean {
    return this.isStarting || this.changed.size > 0 || this.sent.size > 0;
  }

  take(fact: Fact): void {
    switch (fact.event) {
      case 'started':
        this.isStarting = true;
        break;
      case 'watching':
        this.isStarting = false;
        break;
      case 'changed':
        this.changed.add(fact.function);
        break;
      case 'pushing':
        this.changed.delete(fact.function);
        this.sent.set(fact.function, new Set([...(this.sent.get(fact.function) ?? []), ...fact.envs]));
        break;
      case 'live':
        this.end(fact.function, [fact.env]);
        break;
      case 'push-failed':
        this.end(fact.function, fact.envs);
        break;
      case 'held':
        if (fact.function !== null) this.end(fact.function, fact.env === null ? null : [fact.env]);
        break;
      case 'unchanged':
        this.changed.delete(fact.function);
        break;
      case 'lost':
        this.end(fact.function, null);
        break;
      case 'stopped':
        this.isStarting = false;
        this.changed.clear();
        this.sent.clear();
        break;
      default:
    }
  }

  /** @param envs null: all */
  private end(name: FunctionName, envs: readonly EnvId[] | null): void {
    this.changed.delete(name);
    const left = [...(this.sent.get(name) ?? [])].filter((env) => envs !== null && !envs.includes(env));
    if (left.length > 0) this.sent.set(name, new Set(left));
    else this.sent.delete(name);
  }
}

/** The mistakes that stand. */
class Standing {
  /** By function and environment; of the whole project under a name that no function has. */
  private readonly found = new Map<string, readonly string[]>();
  /** The content of each function that was on its way last. */
  private readonly pushed = new Map<FunctionName, Fingerprint>();
  private readonly fileOf: ProblemsOptions['fileOf'];
  private readonly configFile: string;
  private readonly language: Language;

  constructor({ fileOf, configFile, language }: Omit<ProblemsOptions, 'write'>) {
    this.fileOf = fileOf;
    this.configFile = configFile;
    this.language = language;
  }

  lines(): readonly string[] {
    return [...new Set([...this.found.values()].flat())];
  }

  /** @returns whether other mistakes stand than before */
  take(fact: Fact): boolean {
    const before = this.lines().join('\n');
    this.note(fact);
    return this.lines().join('\n') !== before;
  }

  private note(fact: Fact): void {
    switch (fact.event) {
      case 'held': {
        if (fact.env === null) this.forget(fact.function, null);
        const lines = this.linesOfHold(fact);
        const key = keyOf(fact.function, fact.env);
        if (lines.length > 0) this.found.set(key, lines);
        else this.found.delete(key);
        break;
      }
      case 'push-failed': {
        // A failure that is retried is no mistake of anybody's.
        if (fact.retryInMs !== null) break;
        const line = lineAt(this.fileOf(fact.function), 1, 1, sentences(fact.message, fact.hint));
        for (const env of fact.envs) this.found.set(keyOf(fact.function, env), [line]);
        break;
      }
      case 'changed':
        // The problems of its files are looked for again; an upload that a cloud refuses may still be refused.
        this.found.delete(keyOf(fact.function, null));
        this.noteWhole(`code ${fact.function}`, []);
        break;
      case 'notice':
        if (fact.kind === 'events-right') this.forgetWhole(`events ${fact.function}.json `);
        if (fact.place === null) break;
        if (fact.kind === 'cannot-run')
          this.noteWhole(`code ${fact.function}`, [lineInCode(fact.place, fact)]);
        else this.noteWhole(`${eventsOf(fact.place)} ${fact.place}`, [lineInCode(fact.place, fact)]);
        break;
      case 'pushing':
        this.forget(fact.function, fact.envs);
        for (const env of fact.envs) this.forgetWhole(`answer ${fact.function}\0${env}\0`);
        // The file of events is read again with every other content.
        if (this.pushed.get(fact.function) !== fact.fingerprint)
          this.forgetWhole(`events ${fact.function}.json `);
        this.pushed.set(fact.function, fact.fingerprint);
        break;
      case 'answer': {
        const key = `answer ${fact.function}\0${fact.env}\0${fact.eventName}`;
        const reasons = isGoodAnswer(fact) ? [] : failureOfAnswer(fact, this.language);
        const target = `${fact.function} → ${fact.env}${fact.eventName === '' ? '' : ` ${fact.eventName}`}`;
        const text = labelled(target, reasons.join('\n'), this.language);
        this.noteWhole(key, reasons.length === 0 ? [] : [lineAt(fact.file, fact.line, 1, text)]);
        break;
      }
      case 'live':
        this.forget(fact.function, [fact.env]);
        break;
      case 'lost':
        this.forget(fact.function, null);
        this.noteWhole(`code ${fact.function}`, []);
        this.forgetWhole(`answer ${fact.function}\0`);
        this.forgetWhole(`events ${fact.function}.json `);
        break;
      case 'config':
        this.noteWhole(
          'config',
          fact.problems.map(({ at, path, expected, hint }) =>
            lineAt(
              this.configFile,
              at?.line ?? 1,
              at?.column ?? 1,
              sentences(expectedAt(path, expected, this.language), hint),
            ),
          ),
        );
        break;
      case 'offline':
        this.noteWhole('offline', [lineAt(this.configFile, 1, 1, sentences(fact.detail, fact.hint))]);
        break;
      case 'online':
        this.noteWhole('offline', []);
        break;
      default:
    }
  }

  /** @param envs null: all */
  private forget(name: FunctionName | null, envs: readonly EnvId[] | null): void {
    this.found.delete(keyOf(name, null));
    for (const key of [...this.found.keys()]) {
      const env = key.startsWith(`${name}\0`) ? key.slice(`${name}\0`.length) : null;
      if (env !== null && (envs === null || envs.includes(env))) this.found.delete(key);
    }
  }

  private noteWhole(what: string, lines: readonly string[]): void {
    if (lines.length > 0) this.found.set(`\0${what}`, lines);
    else this.found.delete(`\0${what}`);
  }

  /** @param what how its key begins */
  private forgetWhole(what: string): void {
    for (const key of [...this.found.keys()]) if (key.startsWith(`\0${what}`)) this.found.delete(key);
  }

  private linesOfHold({
    function: name,
    reason,
    detail,
    hint,
  }: Extract<Fact, { event: 'held' }>): readonly string[] {
    const where = whereOf(reason);
    if (where === null) return [];
    if (reason === 'cannot-run') return [lineInCode(placeBefore(detail), { detail, hint })];
    const placed = detail.split('\n').flatMap((line) => linePlaced(line) ?? []);
    if (placed.length > 0) return placed;
    const file = where === 'function' && name !== null ? this.fileOf(name) : this.configFile;
    return [lineAt(file, 1, 1, sentences(detail, hint))];
  }
}

/** The file of a function's events has the function's name (`answers/events.ts`). */
function eventsOf(place: string): string {
  return `events ${posix.basename(place.replace(/:\d+:\d+$/, ''))}`;
}

const keyOf = (name: FunctionName | null, env: EnvId | null): string => `${name ?? ''}\0${env ?? ''}`;

/** Where a person puts it right; null: nothing is wrong, it passes or somebody wants it so. */
function whereOf(reason: HoldReason): 'function' | 'configuration' | null {
  switch (reason) {
    case 'no-entry':
    case 'too-big':
    case 'bad-name':
    case 'unreadable':
    case 'outside-link':
    case 'link-loop':
    case 'clash':
    case 'build-failed':
    case 'cannot-run':
    case 'secret':
    case 'refused':
    case 'missing':
    case 'unverified':
      return 'function';
    case 'untrusted':
    case 'root-gone':
    case 'token':
    case 'quota':
    case 'config':
    case 'unlisted':
    case 'throttled':
      return 'configuration';
    // `lost` and `offline` have said it, or a person did.
    case 'gone':
    case 'offline':
    case 'git-busy':
    case 'settling':
    case 'building':
    case 'paused':
    case 'protected':
    case 'foreign':
    case 'undone':
      return null;
    default:
      return reason satisfies never;
  }
}

/** A compiler's own line with its place: `path:line:column: text`, `path:line:column - error TS1: text`. */
const placedLine = /^\s*(\S.*?\.\w+):(\d+):(\d+):?(?: - | )(?:error:? )?(.+)$/;

function linePlaced(line: string): string | null {
  const [, file, at, column, text] = placedLine.exec(line) ?? [];
  if (file === undefined || text === undefined) return null;
  return lineAt(file, Number(at), Number(column), text);
}

/** The place that a text begins with; the whole text where it begins with none. */
const placeBefore = (text: string): string => /^.*?:\d+:\d+/.exec(text)?.[0] ?? text;

/** @param place `functions/pay/index.js:7:3` */
function lineInCode(place: string, { detail, hint }: Readonly<Record<'detail' | 'hint', string>>): string {
  const [, file = '', line = '1', column = '1'] = /^(.*?):(\d+)(?::(\d+))?$/s.exec(place) ?? [];
  const said = detail.startsWith(place) ? detail.slice(place.length).replace(/^[:\s]+/, '') : detail;
  return lineAt(file, Number(line), Number(column), sentences(stopped(said, hint), hint));
}

function lineAt(file: string, line: number, column: number, text: string): string {
  return `${onOneLine(printable(file))}:${line}:${column}: error: ${onOneLine(printable(text))}`;
}

/** A mistake in the configuration before anything has begun, as a build of its own. */
export function problemsOfConfig(
  file: string,
  problems: readonly { readonly at: TextPosition | null; readonly text: string }[],
): string {
  const lines = problems.map(({ at, text }) => lineAt(file, at?.line ?? 1, at?.column ?? 1, text));
  return [buildBegins, ...lines, buildEnds].map((line) => `${line}\n`).join('');
}

function onOneLine(text: string): string {
  const lines = text.split('\n').map((line, index) => (index === 0 ? line.trimEnd() : line.trim()));
  return lines.filter((line, index) => index === 0 || line !== '').join(' ');
}

/** A parser's message ends without a stop, and what to do follows on the same line. */
function stopped(detail: string, hint: string): string {
  if (hint === '' || /[.!?。！？）)]$/.test(detail)) return detail;
  return `${detail}${hint.endsWith('。') ? '。' : '.'}`;
}
