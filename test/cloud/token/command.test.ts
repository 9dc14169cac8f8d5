/** The token in what a command has printed; test/cloud/token/command.process.test.ts runs real ones. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/cloud/redact.js';
import { readingOf } from '../../../src/cloud/token/command.js';

const read = (ended: { code?: string; stdout?: string; stderr?: string }, redactor = createRedactor()) => {
  const { code = '0', stdout = '', stderr = '' } = ended;
  return readingOf({ code, stdout, stderr, output: '' }, { timeoutMs: 2500 }, redactor);
};
const failed = (problem: string) => ({ ok: false, problem });

test.each<[string, Parameters<typeof read>[0], object]>([
  ['the token', { stdout: ' printed_token \n', stderr: 'a warning' }, { ok: true, value: 'printed_token' }],
  ['nothing', {}, failed('empty:command')],
  ['a sentence', { stdout: 'no such key' }, failed('malformed:command')],
  ['an end by the reader', { code: 'ABORTED', stdout: 'x', stderr: 'y' }, failed('aborted')],
  ['an exit code', { code: '3', stderr: 'no\n  route\t!' }, failed('command-failed:3:no route !')],
  ['a signal without a word', { code: 'SIGTERM' }, failed('command-failed:SIGTERM:')],
  ['no time left', { code: 'TIMED_OUT' }, failed('command-timeout:2.5 s')],
  [
    'no time left, and a word',
    { code: 'TIMED_OUT', stderr: 'asking' },
    failed('command-timeout:2.5 s: asking'),
  ],
])('%s', (_, ended, reading) => {
  expect(read(ended)).toMatchObject(reading);
});

test('of what it said on stderr, the last 400 characters', () => {
  const end = `b${'c'.repeat(399)}`;
  expect(read({ code: '1', stderr: end })).toEqual(failed(`command-failed:1:${end}`));
  expect(read({ code: '1', stderr: `a${end}` })).toEqual(failed(`command-failed:1:${end}`));
});

describe('a failure', () => {
  const long = 'sixteen-letters1';
  test.each([
    ['the whole', 'a few words', 'a few words'],
    ['a line', 'asking\r\n  a few words  \ndone', 'a few words'],
    ['a word of 16 characters', `not ${long} yet`, long],
    ['a word in quotes', `{"token": "${long}"}`, long],
    ['what is assigned', `export ACCESS=${long}`, long],
    ['what is assigned with a colon', `access:${long}`, long],
  ])('does not show again what stdout held as %s', (_, stdout, secret) => {
    const redactor = createRedactor();
    expect(read({ code: '1', stdout, stderr: `<${secret}>` }, redactor)).toEqual(
      failed('command-failed:1:<***>'),
    );
    expect(redactor.redact(secret)).toBe('***');
  });

  test('shows shorter words, which are ordinary ones', () => {
    const short = 'fifteen-letters';
    expect(read({ code: '1', stdout: `not ${short} yet`, stderr: short })).toEqual(
      failed(`command-failed:1:${short}`),
    );
  });
});
