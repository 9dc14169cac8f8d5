/** The output of commands, as text: UTF-8 everywhere, the console's code page on a Chinese Windows. */
import { expect, it } from 'vitest';
import { decoded } from '../../src/system/command.js';

/** `不是内部或外部命令` in code page 936, as cmd.exe prints it for a command that it does not find. */
const notFound = Buffer.from('b2bbcac7c4dab2bfbbf2cde2b2bfc3fcc1ee', 'hex');

it.each<[string, Buffer, NodeJS.Platform, string]>([
  ['GBK on Windows', notFound, 'win32', '不是内部或外部命令'],
  ['UTF-8 on Windows', Buffer.from('不是 ok\r\n'), 'win32', '不是 ok\r\n'],
  ['plain text on Windows', Buffer.from('failed\r\n'), 'win32', 'failed\r\n'],
  ['UTF-8 elsewhere', Buffer.from('不是'), 'linux', '不是'],
  ['other bytes elsewhere', Buffer.from([0x61, 0xb2, 0x62]), 'linux', 'a\ufffdb'],
  ['nothing', Buffer.alloc(0), 'win32', ''],
])('%s', (_name, bytes, platform, text) => {
  expect(decoded(bytes, platform)).toBe(text);
});

it('what is no UTF-8 at all is shown from its first byte, however much it is', () => {
  const bytes = Buffer.alloc(64 * 1024, 0x80);
  for (const length of [bytes.length, bytes.length - 1])
    expect(decoded(bytes.subarray(0, length), 'linux')).toBe('\ufffd'.repeat(length));
});

it('of output of which nothing was cut off, no beginning is left out', () => {
  const bytes = Buffer.concat([Buffer.from([0x80]), Buffer.alloc(64 * 1024 - 2, 'x')]);
  expect(decoded(bytes, 'linux')).toMatch(/^\ufffdx+$/);
  expect(decoded(Buffer.concat([bytes, Buffer.from('x')]), 'linux')).toMatch(/^x+$/);
});

it('is not taken for GBK because the end that is kept begins within a character', () => {
  for (const before of ['', 'x', 'xx']) {
    const kept = Buffer.from(`${'深'.repeat(30_000)}${before}`).subarray(-64 * 1024);
    expect(decoded(kept, 'win32')).toMatch(/^深+x*$/);
  }
});
