/** `doctor`'s findings in words, as lines for people, and as the `check` lines of `--json`. */

import { type Finding, type Level, verdictOf } from '../model/finding.js';
import { describeEventProblem } from './answers.js';
import { describeFailure, describeProblem, failureText } from './describe.js';
import { jsonLine } from './json-line.js';
import type { Language } from './language.js';
import { markOf, painted, type Tone } from './marks.js';
import {
  columnsOf,
  inAscii,
  inNaturalOrder,
  listOf,
  padColumns,
  printable,
  someOf,
  symbolFor,
} from './text.js';
import { describeFault } from './words/code.js';
import { explainConfigProblem } from './words/config.js';
import { doctorWords } from './words/doctor.js';
import { type Explanation, saidOf } from './words/explanation.js';
import { noticeWords } from './words/notices.js';
import { describeTokenProblem } from './words/tokens.js';
import { wrap } from './wrap.js';

export function describeFinding(finding: Finding, language: Language): Explanation {
  switch (finding.kind) {
    case 'config-problem':
      return explainConfigProblem(finding.problem, language);
    case 'events-wrong':
      return describeEventProblem(finding.problem, language);
    case 'function-problem':
      return describeProblem(finding.problem, language, { place: 'lines', function: finding.function });
    case 'code-fault':
      return describeFault(finding.fault, language);
    case 'esbuild-absent':
      return describeProblem({ reason: 'build-failed', fault: 'no-esbuild', output: '' }, language);
    case 'no-functions':
      return noticeWords[language]['no-functions'](listOf(finding.roots, language));
    case 'permissions':
      return noticeWords[language].permissions(finding.function ?? '');
    case 'state-unwritable':
      return noticeWords[language]['state-folder'](finding.code);
    case 'notifier-absent':
      return noticeWords[language]['notify-absent']('toasted-notifier');
    case 'token-mints':
      return noticeWords[language]['component-token'](finding.appId);
    case 'token-missing':
      return describeTokenProblem(finding.problem, language, 'once');
    case 'token-rejected':
    case 'address-refused':
    case 'cloud-refused':
    case 'list-failed':
      return {
        detail: failureText(finding.failure, language),
        hint: describeFailure(finding.failure, { language, place: 'once' }),
      };
    default:
      return saidOf(doctorWords[language].findings, finding.kind, finding);
  }
}

/** One line of `--json`. `ok` is false for what must be fixed; `level` marks warnings and what was not checked. */
export function checkLine(finding: Finding, language: Language, at: number): string {
  const { detail, hint } = describeFinding(finding, language);
  const { name, level } = verdictOf(finding);
  const { function: whose, env } = finding;
  const said = { name, ok: level !== 'bad', detail, hint: hint === '' ? null : hint };
  return jsonLine('check', { ...said, level, function: whose, env }, at);
}

const tones: Readonly<Record<Level, Tone>> = { good: 'good', warning: 'warn', bad: 'bad', skipped: 'calm' };

export interface FindingStyle {
  readonly language: Language;
  readonly color: boolean;
  readonly ascii: boolean;
  /** null: no line is broken. */
  readonly columns: number | null;
}

/** Columns of a check's name: the longest. */
const nameColumns = 15;

/** A finding as one line, and its remedy below it. */
export function findingText(finding: Finding, style: FindingStyle): string {
  return checkText(
    verdictOf(finding),
    finding.function ?? finding.env,
    describeFinding(finding, style.language),
    style,
  );
}

/** So many functions whose content is good have a line each. */
const goodNamed = 3;

/** Functions whose content is good: one after the other, or together where they are many. */
export function goodFunctionsText(findings: readonly Finding<'function-ok'>[], style: FindingStyle): string {
  const [first] = findings;
  if (first === undefined || findings.length <= goodNamed)
    return findings.map((finding) => findingText(finding, style)).join('');
  const names = inNaturalOrder(findings.map((finding) => finding.function ?? ''));
  const detail = doctorWords[style.language].goodFunctions(names.length, someOf(names, style.language));
  return checkText(verdictOf(first), null, { detail, hint: '' }, style);
}

/** Environments that one good thing is true of: one after the other, or together where they are many. */
export function goodEnvsText(findings: readonly Finding[], style: FindingStyle): string {
  const [first] = findings;
  if (first === undefined || findings.length <= goodNamed)
    return findings.map((finding) => findingText(finding, style)).join('');
  const envs = someOf(
    findings.map(({ env }) => env ?? ''),
    style.language,
  );
  return checkText(verdictOf(first), envs, describeFinding(first, style.language), style);
}

/** A finding that shares a line with others: the check and the words; null: it has a line of its own. */
export function sharedFinding(finding: Finding, language: Language): string | null {
  const { name, level } = verdictOf(finding);
  const { detail, hint } = describeFinding(finding, language);
  const isShared = level === 'good' && finding.function === null && finding.env !== null && hint === '';
  return isShared ? `${name}\n${detail}` : null;
}

function checkText(
  { name, level }: Pick<ReturnType<typeof verdictOf>, 'name' | 'level'>,
  whom: string | null,
  { detail, hint }: Explanation,
  { color, ascii, columns }: FindingStyle,
): string {
  const plain = markOf(tones[level], ascii);
  const head = `${padColumns(name, nameColumns)} ${whom === null ? '' : `${printable(whom)}  `}`;
  const indent = ' '.repeat(columnsOf(`${plain} ${padColumns('', nameColumns)} `));
  const [first = '', ...more] = printable(detail).split('\n');
  const below = [...more, ...(hint === '' ? [] : [`${symbolFor('→', '>', ascii)} ${printable(hint)}`])];
  // Colours take no columns, so they come after the breaking.
  const [start = '', ...rest] = [`${plain} ${head}${first}`, ...below.map((line) => indent + line)].flatMap(
    (line) => wrap(line, columns, { indent: `${indent}  `, wholeWords: true }),
  );
  const lines = [painted(plain, tones[level], color) + start.slice(plain.length), ...rest]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
  return ascii ? inAscii(lines) : lines;
}

/** The last line. */
export function findingsSummary(findings: readonly Finding[], language: Language): string {
  const count = (level: Level): number => findings.filter((each) => verdictOf(each).level === level).length;
  return doctorWords[language].summary(count('bad'), count('warning'));
}
