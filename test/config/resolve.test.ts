/** Paths of the configuration, in both styles on every system. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { pathResolver } from '../../src/config/resolve.js';

it.each([
  ['posix', 'cloud/functions', '/p/cloud/functions'],
  ['posix', 'cloud\\functions', '/p/cloud/functions'],
  ['posix', '..\\beside', '/beside'],
  ['posix', '~/fns', '/home/me/fns'],
  ['posix', '~\\fns', '/home/me/fns'],
  ['posix', '~fns', '/p/~fns'],
  ['posix', '/abs', '/abs'],
  ['win32', 'cloud/functions', 'C:\\p\\cloud\\functions'],
  ['win32', 'cloud\\functions', 'C:\\p\\cloud\\functions'],
  ['win32', '~\\fns', 'C:\\Users\\me\\fns'],
  ['win32', 'D:\\fns', 'D:\\fns'],
  ['win32', '\\\\server\\share\\fns', '\\\\server\\share\\fns'],
] as const)('%s: %s', (style, written, expected) => {
  const folder = style === 'posix' ? '/p' : 'C:\\p';
  const environment = { HOME: '/home/me', USERPROFILE: 'C:\\Users\\me' };
  expect(pathResolver(folder, environment, path[style])(written)).toBe(expected);
});
