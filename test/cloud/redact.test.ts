import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createRedactor, type Redactor } from '../../src/cloud/redact.js';

const secret = 'aB3$/"q+\\z é9_k';

function redactorOf(...secrets: readonly string[]): Redactor {
  const redactor = createRedactor();
  for (const each of secrets) redactor.add(each);
  return redactor;
}

const encodings: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['in a URL', encodeURIComponent],
  ['in a form', (text) => new URLSearchParams({ q: text }).toString().slice(2)],
  ['in a URL in a URL', (text) => encodeURIComponent(encodeURIComponent(text))],
  ['in JSON', (text) => JSON.stringify(text).slice(1, -1)],
  ['in JSON in JSON', (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3)],
  ['in inspected text', (text) => inspect(text).slice(1, -1)],
  ['in base64', (text) => Buffer.from(text).toString('base64').replace(/=+$/, '')],
  ['in base64url', (text) => Buffer.from(text).toString('base64url')],
  ['in hexadecimal', (text) => Buffer.from(text).toString('hex')],
  ['in large hexadecimal', (text) => Buffer.from(text).toString('hex').toUpperCase()],
];

describe('known secrets', () => {
  test.each(encodings)('%s', (_, encode) => {
    const text = redactorOf(secret).redact(`before ${encode(secret)} after`);
    expect(text).not.toContain(encode(secret));
    expect(text).toMatch(/^before \*\*\*.{0,4} after$/);
  });

  test.each(['a:', 'ab:', 'abc:', 'user-with-name:'])('in basic credentials after %j', (user) => {
    const plain = 'PaSsWoRd0123456789';
    const encoded = Buffer.from(`${user}${plain}`).toString('base64');
    const text = redactorOf(plain).redact(`x ${encoded} y`);
    expect(Buffer.from(text.split(' ')[1]?.replaceAll('*', '') ?? '', 'base64').toString()).not.toContain(
      'PaSs',
    );
    expect(text).toContain('***');
  });

  test('overlapping ones leave no end of each other', () => {
    expect(redactorOf('abcdefgh', 'efghijkl').redact('1abcdefghijkl2')).toBe('1***2');
    expect(redactorOf('abcdefgh', 'abcdefghijkl').redact('abcdefghijkl')).toBe('***');
    expect(redactorOf('aaaaaa').redact('aaaaaaaaab')).toBe('***b');
  });

  test('short ones and empty ones change nothing', () => {
    expect(redactorOf('', 'a', 'abcde').redact('abcde a')).toBe('abcde a');
  });
});

describe('secrets by their name alone', () => {
  test.each([
    'https://h/x?access_token=VALUE&env=a',
    'https://h/x?env=a&component_access_token=VALUE',
    'https%3A%2F%2Fh%2Fx%3Faccess_token%3DVALUE',
    '{"component_appsecret":"VALUE","a":1}',
    '{"component_verify_ticket" : "VALUE"}',
    '{"text":"{\\"component_access_token\\":\\"VALUE\\"}"}',
    "{ component_appsecret: 'VALUE' }",
    'authorization: Bearer VALUE',
    'TCB_COMPONENT_ACCESS_TOKEN=VALUE',
  ])('%s', (text) => {
    expect(createRedactor().redact(text)).toBe(text.replace('VALUE', '***'));
  });

  test('the words alone are left', () => {
    const text = 'access_token is invalid; get wechat_component_access_token:wx1234';
    expect(createRedactor().redact(text)).toBe(text);
  });
});

describe('errors', () => {
  test('message, stack, causes and parts', () => {
    const inner = new Error(`inner ${secret}`);
    const error = new AggregateError([inner, `plain ${secret}`], `outer ${secret}`, {
      cause: { url: `x?access_token=${encodeURIComponent(secret)}` },
    });
    const text = redactorOf(secret).redactError(error);
    for (const word of ['outer ***', 'inner ***', 'plain ***', 'redact.test']) expect(text).toContain(word);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(encodeURIComponent(secret));
  });

  test('causes are followed for a while', () => {
    const chain = Array.from({ length: 9 }, (_, index) => index).reduceRight<Error | undefined>(
      (cause, index) => new Error(`number ${index}`, { cause }),
      undefined,
    );
    const text = createRedactor().redactError(chain);
    expect(text).toContain('caused by: Error: number 7\n');
    expect(text).toMatch(/caused by: …$/);
  });

  test('what is no error, what goes round in circles and what has lost its stack', () => {
    const redactor = redactorOf(secret);
    const circle = new Error('circle');
    circle.cause = circle;
    const bare = new Error(`bare ${secret}`);
    bare.stack = '';
    expect(redactor.redactError(circle)).toContain('circle');
    const renamed = new Error('as it was');
    renamed.stack = 'Error: as it was\n    at x';
    renamed.message = 'as it is now';
    expect(redactor.redactError(renamed)).toMatch(/^Error: as it is now\nError: as it was\n/);
    expect(redactor.redactError(new Error('once')).match(/once/g)).toHaveLength(1);
    expect(redactor.redactError(bare)).toContain('bare ***');
    expect(redactor.redactError({ a: secret })).not.toContain(secret);
    expect(redactor.redactError(undefined)).toBe('undefined');
    expect(redactor.redactError(Object.create(null))).toContain('{}');
  });
});

/** A small generator with a seed, so that a failure can be played again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('1000 random secrets in random texts and encodings are never seen', () => {
  const alphabet = 'abcXYZ019-_.~+/=%&?"\'\\ \n\t{}$é密🔑';
  for (let seed = 1; seed <= 1000; seed += 1) {
    const next = random(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] ?? (from[0] as never);
    const word = (length: number): string => Array.from({ length }, () => pick([...alphabet])).join('');
    const secrets = Array.from(
      { length: 1 + Math.floor(next() * 3) },
      () => `S${word(6 + Math.floor(next() * 20))}E`,
    );
    const redactor = redactorOf(...secrets);
    const parts = Array.from({ length: 8 }, () => word(5) + pick(encodings)[1](pick(secrets)) + word(5));
    const texts = [parts.join(' '), inspect(parts), JSON.stringify(parts)];
    for (const text of texts) {
      const redacted = redactor.redact(text);
      for (const each of secrets) {
        for (const [name, encode] of encodings) {
          if (encode(each).length >= 8 && redacted.includes(encode(each)))
            expect({ seed, name, redacted }).toBe('redacted');
        }
      }
    }
  }
});

test('what only may be a secret is remembered for a while, and costs no more than that', () => {
  const redactor = redactorOf('certainly-secret');
  const suspect = (index: number): string => `suspect-number-${index}-`;
  for (let index = 0; index < 5000; index += 1) redactor.addSuspect(suspect(index));
  expect(redactor.redact(`a ${suspect(4999)} b certainly-secret`)).toBe('a *** b ***');
  expect(redactor.redact(suspect(4700))).toBe('***');
  expect(redactor.redact(suspect(4699))).toBe(suspect(4699));
  expect(redactor.redact(suspect(0))).toBe(suspect(0));
  for (let index = 5000; index < 5299; index += 1) {
    redactor.addSuspect(suspect(4999));
    redactor.addSuspect(suspect(index));
  }
  expect(redactor.redact(suspect(4999))).toBe('***');
  for (const length of [2048, 2049]) redactor.addSuspect(`${length}`.padEnd(length, 'x'));
  expect(redactor.redact('2048'.padEnd(2048, 'x'))).toBe('***');
  expect(redactor.redact('2049'.padEnd(2049, 'x'))).toHaveLength(2049);
});
