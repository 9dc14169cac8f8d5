import { expect, test } from 'vitest';
import { isLoopback } from '../../src/system/loopback.js';

test.each([
  ['localhost', true],
  ['LOCALHOST', true],
  ['127.0.0.1', true],
  ['127.9.8.7', true],
  ['127.1', true],
  ['[::1]', true],
  ['[0:0:0:0:0:0:0:1]', true],
  ['[::ffff:127.0.0.1]', true],
  // A resolver may ask the network for it.
  ['a.localhost', false],
  ['localhost.example.com', false],
  ['my-localhost', false],
  ['127.0.0.1.example.com', false],
  ['128.0.0.1', false],
  ['10.0.0.1', false],
  ['0.0.0.0', false],
  ['[::ffff:10.0.0.1]', false],
  ['[::2]', false],
])('%s is this machine: %s', (host, expected) => {
  expect(isLoopback(new URL(`http://${host}`).hostname)).toBe(expected);
});
