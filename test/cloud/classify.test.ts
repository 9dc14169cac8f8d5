import { describe, expect, test } from 'vitest';
import {
  classifyAnswer,
  classifyEnvMessage,
  classifyHttp,
  classifyNetwork,
  errcodeTable,
  messageTable,
  networkTable,
  retryAfterMs,
  splitRid,
  statusDecides,
  strangeAnswer,
} from '../../src/cloud/classify.js';
import type { FailureClass } from '../../src/model/nouns.js';

/** Copied from docs/cloud-api.md by hand, so that a slip in the product's table is seen. */
const errcodes: Record<string, FailureClass> = Object.fromEntries(
  (
    [
      ['token', '40001 40014 42001'],
      ['transient', '-1 -1000 45011 -501001 -501002 -501003 -501004 -601001 -601003 -604102'],
      ['quota', '45009'],
      [
        'config',
        '61004 40164 40013 40125 41001 41002 41004 61003 61005 61006 61007 61011 48001 48004 50001 50002 85088',
      ],
      ['function', '40097 40101 43002 44002 47001 -501007 -501020'],
    ] as const
  ).flatMap(([name, codes]) => codes.split(' ').map((code) => [code, name])),
);

const messages: readonly (readonly [string, FailureClass, 'answer' | 'exists'])[] = [
  ['function is Updating now', 'busy', 'answer'],
  ['still CREATING', 'busy', 'answer'],
  ['当前函数处于Active状态', 'busy', 'answer'],
  ['[FailedOperation.UpdateFunctionCode] no', 'busy', 'answer'],
  ['FunctionStatusError', 'busy', 'answer'],
  ['FunctionNameStatusError', 'busy', 'answer'],
  ['OperationConflict', 'busy', 'answer'],
  ['请稍后重试', 'busy', 'answer'],
  [
    'FailedOperation.UpdateFunctionCode 当前函数处于Updating状态，无法进行此操作，请稍后重试。',
    'busy',
    'answer',
  ],
  ['RequestLimitExceeded', 'transient', 'answer'],
  ['LimitExceeded.Request', 'transient', 'answer'],
  ['request frequency too high', 'transient', 'answer'],
  ['InternalError', 'transient', 'answer'],
  ['System Error', 'transient', 'answer'],
  ['call timeout', 'transient', 'answer'],
  ['ResourceNotFound.Function', 'missing', 'answer'],
  ['ResourceNotFound.FunctionName', 'missing', 'answer'],
  ['函数不存在', 'missing', 'answer'],
  ['the FunctionName parameter could not be found.', 'missing', 'answer'],
  ['ResourceInUse.FunctionName', 'transient', 'exists'],
  ['ResourceInUse.Function', 'transient', 'exists'],
  ['ResourceNotFound.Namespace', 'env', 'answer'],
  ["can't find the env x", 'env', 'answer'],
  ['env not exists', 'env', 'answer'],
  ['Environment dev is invalid', 'env', 'answer'],
  ['environment dev not found', 'env', 'answer'],
  ['ZipFile is broken', 'function', 'answer'],
  ['bad base64', 'function', 'answer'],
  ['InvalidParameterValue.Code', 'function', 'answer'],
  ['InsufficientBalance', 'env', 'answer'],
  ['env status is ISOLATE', 'env', 'answer'],
  ['UnauthorizedOperation.CAM', 'env', 'answer'],
  ['CodeSecret wanted', 'env', 'answer'],
  ['never seen before', 'unknown', 'answer'],
  ['', 'unknown', 'answer'],
  // Two rows at once: the code of the vendor's wins over the loose word.
  ['InternalError, 请稍后重试', 'transient', 'answer'],
  ['Creating: ResourceNotFound.Namespace', 'env', 'answer'],
];

describe('errcodes', () => {
  test.each(Object.entries(errcodes))('%s is %s', (code, failureClass) => {
    const failure = classifyAnswer(Number(code), 'text rid: 5f9e1a2b-0c3d4e5f-6a7b8c9d');
    expect(failure).toEqual({
      class: failureClass,
      origin: 'answer',
      errcode: Number(code),
      httpStatus: null,
      message: 'text',
      rid: '5f9e1a2b-0c3d4e5f-6a7b8c9d',
      retryAfterMs: null,
    });
  });

  test('the table holds those and no others', () => {
    const all = Object.values(errcodeTable).flat().map(String);
    expect(all.toSorted()).toEqual(Object.keys(errcodes).toSorted());
  });

  test('any other is unknown and shown as it came', () => {
    expect(classifyAnswer(12345, 'something odd, timeout')).toMatchObject({
      class: 'unknown',
      errcode: 12345,
      message: 'something odd, timeout',
    });
  });

  test('an unknown one whose message holds an error code of the vendor is what that code says', () => {
    expect(classifyAnswer(-504002, 'ResourceNotFound.Function').class).toBe('missing');
    expect(classifyAnswer(9, '当前函数处于Updating状态').class).toBe('busy');
    expect(classifyAnswer(9, "sorry, can't find the env dev").class).toBe('env');
    expect(classifyAnswer(9, 'InsufficientBalance').class).toBe('env');
    expect(classifyAnswer(9, 'ResourceInUse.Function')).toMatchObject({
      class: 'transient',
      origin: 'exists',
    });
  });

  test('Retry-After and the status of the answer are kept', () => {
    const context = { httpStatus: 200, headers: { 'retry-after': '7' } };
    expect(classifyAnswer(45011, 'slow', context)).toMatchObject({ httpStatus: 200, retryAfterMs: 7000 });
  });
});

describe("environments' messages", () => {
  test.each(messages)('%j is %s (%s)', (text, failureClass, origin) => {
    expect(classifyEnvMessage(text)).toMatchObject({
      class: failureClass,
      origin,
      errcode: null,
      message: text,
    });
  });

  test.each(messageTable.map((row) => [row.parts.join(' … '), row] as const))(
    'the row %j decides for itself',
    (_, row) => {
      const failure = classifyEnvMessage(`xx ${row.parts.join(' zz ').toUpperCase()} yy`);
      expect([failure.class, failure.origin]).toEqual([row.class, row.origin]);
    },
  );

  test('the rid is taken off', () => {
    expect(classifyEnvMessage('FunctionStatusError rid: aaaa-bbbb-cccc')).toMatchObject({
      class: 'busy',
      message: 'FunctionStatusError',
      rid: 'aaaa-bbbb-cccc',
    });
  });
});

describe('HTTP', () => {
  test.each([
    [408, 'transient', true],
    [425, 'transient', true],
    [429, 'transient', true],
    [500, 'transient', true],
    [502, 'transient', true],
    [503, 'transient', true],
    [504, 'transient', true],
    [599, 'transient', true],
    [413, 'function', true],
    [200, 'transient', false],
    [302, 'transient', false],
    [404, 'transient', false],
  ] as const)('%i is %s; the status alone decides: %s', (status, failureClass, decides) => {
    expect(classifyHttp(status, {}, '')).toMatchObject({
      class: failureClass,
      origin: 'http',
      errcode: null,
      httpStatus: status,
      message: `HTTP ${status}`,
    });
    expect(statusDecides(status)).toBe(decides);
  });

  test('the words of an HTML page are shown, not its tags nor its scripts', () => {
    const page = '<html><script>var a = "<b>"</script><h1>502 Bad\n Gateway</h1><hr>nginx</html>';
    expect(classifyHttp(502, {}, page).message).toBe('HTTP 502: 502 Bad Gateway nginx');
    expect(classifyHttp(502, {}, 'x'.repeat(5000)).message).toBe(`HTTP 502: ${'x'.repeat(200)}…`);
    expect(classifyHttp(502, {}, 'x'.repeat(200)).message).toBe(`HTTP 502: ${'x'.repeat(200)}`);
    expect(classifyHttp(502, {}, 'a < b <c').message).toBe('HTTP 502: a < b <c');
  });

  test('of a page, the first 4000 characters are looked at', () => {
    expect(classifyHttp(502, {}, `${' '.repeat(3999)}ab`).message).toBe('HTTP 502: a');
  });

  test.each([
    ['a script with a sign', '<script>if (1 > 0) go()</script>shown', 'shown'],
    ['a style', 'a<STYLE>b > c {}</STYLE>d', 'a d'],
    ['a script that does not end', '<script>let x = 1;', 'let x = 1;'],
    ['a script of which the end is cut', 'a<script>b</script', 'a<script>b</script'],
    ['a tag that is no script', 'a<scr>b', 'a b'],
  ])('%s', (_, page, words) => {
    expect(classifyHttp(502, {}, page).message).toBe(`HTTP 502: ${words}`);
  });

  const now = Date.parse('2026-11-01T00:00:00Z');
  test.each([
    ['3', 3000],
    [' 0 ', 0],
    ['1.5', 1500],
    ['301', 300_000],
    ['99999999', 300_000],
    ['Sun, 01 Nov 2026 00:00:30 GMT', 30_000],
    ['Sun, 01 Nov 2026 01:00:00 GMT', 300_000],
    ['Sat, 31 Oct 2026 23:59:00 GMT', 0],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('Retry-After %j is %j ms', (value, ms) => {
    expect(retryAfterMs(value, now)).toBe(ms);
  });
});

describe('the network', () => {
  /** Names that are not known, hosts and networks that do not answer, firewalls, and what no table has heard of. */
  const unreachable = [
    ...['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTDOWN'],
    ...[
      'ENETUNREACH',
      'ENETDOWN',
      'EADDRNOTAVAIL',
      'UND_ERR_CONNECT_TIMEOUT',
      'CONNECT_TIMED_OUT',
      'ETIMEDOUT',
    ],
    ...['TIMED_OUT', 'EACCES', 'EPERM', 'UNKNOWN', 'ESOMETHINGNEW'],
  ];

  test.each(unreachable)('%s before anything was sent: unreachable', (code) => {
    expect(classifyNetwork({ code, message: 'no', sent: false })).toMatchObject({
      class: 'transient',
      origin: 'unreachable',
      message: `${code}: no`,
    });
  });

  test.each([...unreachable, 'ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'ABORTED', 'CERT_HAS_EXPIRED'])(
    '%s after it was sent: broken',
    (code) => {
      expect(classifyNetwork({ code, message: 'no', sent: true })).toMatchObject({
        class: 'transient',
        origin: 'broken',
      });
    },
  );

  test.each([
    ...networkTable.config,
    'CERT_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ])('%s needs a person', (code) => {
    expect(classifyNetwork({ code, message: code, sent: false })).toMatchObject({
      class: 'config',
      origin: 'unreachable',
      message: code,
    });
  });

  test('a cut before the request went out is broken, since the next probe would connect', () => {
    for (const code of networkTable.cut)
      expect(classifyNetwork({ code, message: 'x', sent: false }).origin).toBe('broken');
  });

  test("a proxy's refusal is the gateway's trouble, with its status", () => {
    expect(classifyNetwork({ code: 'PROXY_502', message: 'x', sent: false })).toMatchObject({
      class: 'transient',
      origin: 'http',
      httpStatus: 502,
    });
    expect(classifyNetwork({ code: 'ANSWER_TOO_BIG', message: 'x', sent: true }).origin).toBe('http');
  });
});

describe('a text that two rows fit: the more final one wins', () => {
  test.each([
    ['FailedOperation.UpdateFunctionCode: ZipFile base64 decode failed', 'function'],
    ['InvalidParameterValue.CodeSecret: the secret is wrong', 'env'],
    [
      'FailedOperation.UpdateFunctionConfiguration 当前函数状态无法进行此操作，请在函数状态正常时重试。',
      'busy',
    ],
    ['FailedOperation.UpdateFunctionCode: 当前函数处于Updating状态，无法进行此操作，请稍后重试。', 'busy'],
    ['当前函数处于CreateFailed状态，无法进行此操作，请稍后重试', 'function'],
    ['FailedOperation.UpdateFunctionCode: InsufficientBalance, 请稍后重试', 'env'],
    ['Creating: ResourceNotFound.Namespace', 'env'],
    ['OperationConflict, UnauthorizedOperation', 'env'],
    ['InternalError: ResourceNotFound.Function', 'missing'],
    ['InternalError, 请稍后重试', 'transient'],
    ['Updating: timeout', 'busy'],
  ])('%s', (text, failureClass) => {
    expect(classifyEnvMessage(text).class).toBe(failureClass);
    if (text.startsWith('FailedOperation.')) expect(classifyAnswer(12_345, text).class).toBe(failureClass);
  });

  test.each([
    ...['Environment dev is invalid', 'environment dev not found', 'ISOLATE', 'ZipFile', 'base64'],
    ...['Updating', 'Creating', 'frequency', 'system error', 'timeout', '请稍后重试'],
  ])(
    '%j, a loose word, counts in the message of a whole call only behind a code of the function API',
    (text) => {
      expect(classifyAnswer(12_345, text).class).toBe('unknown');
      const { class: meant } = classifyEnvMessage(text);
      expect(meant).not.toBe('unknown');
      expect(classifyAnswer(12_345, `FailedOperation.X: ${text}`).class).toBe(meant);
    },
  );

  test.each([
    ...['CreateFailed', 'DeleteFailed', 'ResourceNotFound.Namespace', "can't find the env", 'env not exists'],
    ...['InsufficientBalance', 'UnauthorizedOperation', 'CodeSecret', 'InvalidParameterValue.Code'],
    ...['ResourceNotFound.Function', '函数不存在', 'FunctionName parameter could not be found'],
    ...['ResourceInUse.Function', '当前函数处于', '当前函数状态', 'FunctionStatusError'],
    ...['FunctionNameStatusError', 'OperationConflict', 'RequestLimitExceeded', 'LimitExceeded.Request'],
    ...['InternalError'],
  ])('%j, a code, counts in the message of a whole call as in that of an environment', (text) => {
    const { class: meant } = classifyEnvMessage(text);
    expect(meant).not.toBe('unknown');
    expect(classifyAnswer(12_345, text).class).toBe(meant);
  });

  test('a text without end is cut', () => {
    const [most, first] = ['x'.repeat(15_999), 'a'];
    expect(classifyEnvMessage(`${first}${most}y`).message).toBe(`${first}${most}`);
    expect(classifyEnvMessage('x'.repeat(300_000)).message.length).toBeLessThan(20_000);
    expect(classifyEnvMessage(`${' '.repeat(200_000)}InternalError`)).toMatchObject({
      message: 'InternalError',
    });
  });
});

test.each<[number, string, Readonly<Record<string, string>>, string | null]>([
  [200, '{}', {}, null],
  [200, '<p>hi', {}, 'HTTP 200: hi'],
  [299, '<p>hi', {}, 'HTTP 299: hi'],
  [200, `\uFEFF${' '.repeat(99)}<p>hi`, {}, 'HTTP 200: hi'],
  [200, `${' '.repeat(101)}<p>hi`, {}, null],
  [200, 'hi', { 'content-type': 'text/html; charset=utf-8' }, 'HTTP 200: hi'],
  [200, 'hi', { 'content-type': 'application/json' }, null],
  [300, '', {}, 'HTTP 300 to '],
  [399, '<p>hi', { location: '/a?b' }, 'HTTP 399 to /a'],
  [400, 'no', {}, 'HTTP 400: no'],
  [499, '', {}, 'HTTP 499'],
  ...[408, 413, 425, 429, 500].map(
    (status) => [status, '<p>hi', {}, null] as [number, string, Record<string, string>, null],
  ),
])('HTTP %i with %j and %j is strange to the API: %j', (status, body, headers, said) => {
  expect(strangeAnswer(status, headers, body)).toBe(said);
});

test.each([
  ['invalid token rid: 1a-2b-3c', 'invalid token', '1a-2b-3c'],
  ['invalid token, rid: 1a-2b-3c', 'invalid token', '1a-2b-3c'],
  ['rid: 1a-2b-3c', '', '1a-2b-3c'],
  ['no rid here', 'no rid here', null],
  ['the rid: abc comes early', 'the rid: abc comes early', null],
  ['a grid: 12', 'a grid: 12', null],
  // It is looked for in the last 200 characters.
  [`no ${'rid: 1a'.padEnd(200, '.')}`, 'no', '1a'],
  [`no ${'rid: 1a'.padEnd(201, '.')}`, `no ${'rid: 1a'.padEnd(201, '.')}`, null],
])('splitRid(%j)', (text, message, rid) => {
  expect(splitRid(text)).toEqual({ message, rid });
});
