/** Names of variables: as they are written, on Windows in any case of letters. */
import { expect, it } from 'vitest';
import { variableNamed } from '../../src/config/text.js';

const variables = { MY_TOKEN: 'loud', my_token: 'quiet', Path: 'p' };

it.each<[string, NodeJS.Platform, string | undefined]>([
  ['MY_TOKEN', 'linux', 'loud'],
  ['my_token', 'win32', 'quiet'],
  ['My_Token', 'linux', undefined],
  ['My_Token', 'win32', 'loud'],
  ['PATH', 'win32', 'p'],
  ['toString', 'win32', undefined],
  ['toString', 'linux', undefined],
])('%s on %s', (name, platform, value) => {
  expect(variableNamed(variables, name, platform)).toBe(value);
});
