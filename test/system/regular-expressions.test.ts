/**
 * Texts come from clouds, files, commands and people. An expression that starts over at each character of a long run keeps the thread
 * for half a minute at 200,000 blanks. Every expression of the source is found here by itself, and gets a megabyte of each kind.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { parse } from 'acorn';
import { simple } from 'acorn-walk';
import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';
import {
  classifyAnswer,
  classifyEnvMessage,
  classifyHttp,
  splitRid,
  strangeAnswer,
} from '../../src/cloud/classify.js';
import { createRedactor } from '../../src/cloud/redact.js';
import { matchesGlob } from '../../src/config/glob.js';
import { findSecret } from '../../src/content/secrets.js';
import { createSlices } from '../../src/content/slices.js';
import { nextMatch } from '../../src/monitor/log-pane.js';
import { firstMonitor, type LogLine } from '../../src/monitor/model.js';
import { withoutEnd } from '../../src/system/text-end.js';
import { displayable, shown } from '../../src/text/text.js';

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** By what they are, with the files that have them; and the files that put some together. */
function expressions(): {
  readonly literals: ReadonlyMap<string, string>;
  readonly built: ReadonlySet<string>;
} {
  const literals = new Map<string, string>();
  const built = new Set<string>();
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.d.ts')) continue;
    const file = name.replaceAll('\\', '/');
    const { code } = transformSync(readFileSync(join(source, name), 'utf8'), {
      loader: 'ts',
      target: 'esnext',
    });
    simple(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), {
      Literal({ regex }) {
        if (regex != null) literals.set(`/${regex.pattern}/${regex.flags}`, file);
      },
      Identifier({ name: used }) {
        if (used === 'RegExp') built.add(file);
      },
      NewExpression({ callee }) {
        if (callee.type === 'Identifier' && callee.name === 'RegExp') built.add(file);
      },
    });
  }
  return { literals, built };
}

const megabyte = 1_000_000;
const kinds = [
  ...[' ', '\n', 'a', '0', '-', '.', '/', '\\', '<', '"', ':', ',', '(', '[', '*', '\u0000', '\u001b['],
  ...['<a', '<script>', 'a-', '0.', './', '"a":', '\r\n', 'a ', '文', 'rid:'],
];
/** Far more than a megabyte takes at once, far less than it takes where it starts over at each character. */
const limitMs = 3000;
const context = createContext({ text: '', expression: /a/ });

function takesLong(pattern: RegExp, text: string): boolean {
  Object.assign(context, { text, expression: pattern });
  for (;;) {
    const from = process.cpuUsage();
    try {
      runInContext('expression.global ? text.replace(expression, "") : expression.test(text)', context, {
        timeout: limitMs,
      });
      return false;
    } catch {
      // By the clock. Where other programs had the processor meanwhile, it says nothing.
      const { user, system } = process.cpuUsage(from);
      if ((user + system) / 1000 > limitMs / 2) return true;
    }
  }
}

const found = expressions();
const texts = kinds.map((kind) => `${kind.repeat(megabyte / kind.length)}!`);

test('the limit catches what is not linear', () => {
  expect(takesLong(/\s+$/, texts[0] ?? '')).toBe(true);
  expect(takesLong(/^\s+/, texts[0] ?? '')).toBe(false);
  expect(found.literals.size).toBeGreaterThan(150);
});

test('every expression of the source goes through a megabyte of anything at once', {
  timeout: 120_000,
}, () => {
  const slow: string[] = [];
  for (const [literal, file] of found.literals) {
    const end = literal.lastIndexOf('/');
    const pattern = new RegExp(literal.slice(1, end), literal.slice(end + 1));
    const at = texts.findIndex((text) => takesLong(pattern, text));
    if (at !== -1) slow.push(`${file}: ${literal} on ${JSON.stringify(kinds[at])}`);
  }
  expect(slow).toEqual([]);
});

const line: LogLine = {
  ...{ seq: 1, at: 0, function: null, label: 'note', text: '' },
  ...{ tone: 'calm', live: null, alike: null },
};

/** Those that are put together when the program runs, by what uses them. */
const users: Readonly<Record<string, (text: string) => unknown>> = {
  'cloud/redact.ts': createRedactor(['a secret', '0'.repeat(20)]).redact,
  'monitor/log-pane.ts': (text) =>
    nextMatch({ monitor: { ...firstMonitor, log: [{ ...line, text }] }, row: null }, '<a.*)+(a', 1),
  'content/secrets.ts': (text) => findSecret('a.txt', Buffer.from(text), createSlices()),
};
/** Not for foreign texts: the name of a folder of Node versions; what the function that is run asks its own database for. */
const exempt = ['emulator/runner/runtimes.ts', 'emulator/store/documents.ts'];

test('what puts expressions together is known', () => {
  expect([...found.built].sort()).toEqual([...Object.keys(users), ...exempt].sort());
});

/** There are loops as well as expressions. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  ...users,
  displayable: (text) => shown(displayable(text)),
  classifyAnswer: (text) => classifyAnswer(1, text),
  classifyEnvMessage,
  classifyHttp: (text) => classifyHttp(500, {}, text),
  strangeAnswer: (text) => strangeAnswer(404, {}, text),
  splitRid,
  withoutEnd: (text) => withoutEnd(text, '/ '),
  matchesGlob: (text) => matchesGlob('*a*a*a*a*a*a*a*a*b', text),
};
/** Words that begin what is looked for: each is taken as the beginning of a match. */
const beginnings = ['authorization', 'access_token=', 'PRIVATE KEY', '-----BEGIN ', '_authToken', 'rid:'];

test.each(Object.keys(readers))('%s reads a megabyte of anything', { timeout: 60_000 }, async (name) => {
  for (const text of [
    ...texts,
    ...beginnings.map((each) => each.repeat(megabyte / each.length)),
    ...beginnings.map((each) => each + ' '.repeat(megabyte)),
  ]) {
    // Of the processor, not of the clock: other programs may have it in between.
    const from = process.cpuUsage();
    await readers[name]?.(text);
    expect(process.cpuUsage(from).user / 1000, JSON.stringify(text.slice(0, 20))).toBeLessThan(limitMs);
  }
});
