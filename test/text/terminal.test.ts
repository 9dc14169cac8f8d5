/** Nothing from files, the cloud, builds or functions can move the cursor, set the title or clip a line, on the way to any stream. */
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { jsonRenderer, plainRenderer } from '../../src/text/stream.js';
import { printable, shown, visible } from '../../src/text/text.js';
import { randomOf } from '../support/snapshot-project.js';

/** Sequences that do something, and pieces from which others come about. */
const pieces: readonly string[] = [
  ...[
    '\u001b]0;title\u0007',
    '\u001b]52;c;ZXZpbA==\u0007',
    '\u001b[2J',
    '\u001b[1A\u001b[2K',
    '\u001b[31m',
    '\u001b[8m',
  ],
  ...[
    '\u001b]8;;http://evil\u001b\\',
    '\u001bP+q\u001b\\',
    '\u001bc',
    '\u001b',
    '[',
    '3',
    '1',
    'm',
    ';',
    ']',
  ],
  ...[
    '\u009b2J',
    '\u009d0;t\u009c',
    '\u0090',
    '\r',
    '\b',
    '\u007f',
    '\u000b',
    '\u000c',
    '\u0000',
    '\u0085',
    '\t',
    '\n',
  ],
  ...['\u202e', '\u2066', '\u2069', '\u200f', '\u061c', '模块', '😀', '\ud83d', 'plain', ' ', '\\u001b', '"'],
];

function randomText(random: () => number): string {
  const length = 1 + Math.floor(random() * 12);
  return Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)] ?? '').join('');
}

/** Everything a terminal acts on, but for line feeds. */
const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** The colours of our own marks. */
const withoutOurs = (text: string): string => text.replace(/\u001b\[(?:3[1-6]|39)m/g, '');

function factsWith(text: string): readonly Fact[] {
  return [
    { event: 'changed', function: text, files: [text], more: 0 },
    { event: 'offline', detail: text, hint: text },
    { event: 'held', function: text, env: text, reason: 'unreadable', detail: text, hint: text },
    { event: 'notice', function: null, place: null, kind: 'bug', detail: text, hint: text },
    { event: 'lost', function: text, detail: text, hint: text },
    {
      ...{ event: 'push-failed', function: text, envs: [text], class: 'unknown', errcode: 1, message: text },
      ...{ hint: text, rid: text, retryInMs: null, final: true },
    },
  ];
}

describe('2,000 hostile texts', () => {
  const random = randomOf(15);
  const texts = Array.from({ length: 2000 }, () => randomText(random));

  it('are shown in plain lines, and change no colour but that of our marks', () => {
    const written: string[] = [];
    const render = plainRenderer((text) => written.push(text), {
      ...{ language: 'en', color: true, ascii: false, timestamps: true, columns: 60 },
    });
    for (const text of texts) for (const fact of factsWith(text)) render(fact, 0);
    expect(written.filter((text) => acting.test(withoutOurs(text)))).toEqual([]);
    expect(written.join('')).toContain('\\u001b]0;title\\u0007');
  });

  it('are escaped in JSON, and the same when they are read', () => {
    for (const text of texts) {
      const written: string[] = [];
      const render = jsonRenderer((line) => written.push(shown(line)));
      render({ event: 'offline', detail: text, hint: '' }, 0);
      const line = written.join('');
      expect(acting.test(line)).toBe(false);
      expect(JSON.parse(line)).toMatchObject({ detail: text });
    }
  });

  it('do nothing even where nobody thought of them', () => {
    for (const text of texts) {
      const ours = '\u001b[32m✔\u001b[39m';
      expect(acting.test(withoutOurs(shown(`${ours} ${text}`)).replaceAll(/\u001b\[[0-2]m|\t/g, ''))).toBe(
        false,
      );
      expect(shown(`${ours} x`)).toBe(`${ours} x`);
      expect(acting.test(printable(text))).toBe(false);
      expect(acting.test(visible(text)) || visible(text).includes('\n')).toBe(false);
    }
  });
});
