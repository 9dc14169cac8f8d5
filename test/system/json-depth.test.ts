import { expect, it } from 'vitest';
import { parseConfigText } from '../../src/config/text.js';
import { readJson } from '../../src/init/read.js';
import { readYaml } from '../../src/init/yaml.js';
import { tooDeepAt } from '../../src/system/json.js';

const deep = `{"a":\n${'['.repeat(100_000)}`;

it('what is nested too deeply for a parser is a mistake with a place, and no breakdown', () => {
  expect(tooDeepAt(deep)).toBe(505);
  expect(parseConfigText(deep, {})).toMatchObject({
    ok: false,
    problems: [{ kind: 'syntax', at: { line: 2 } }],
  });
  expect(readJson(deep)).toEqual({ value: null, line: 2 });
  expect(readYaml(`a:\n  ${'['.repeat(100_000)}`)).toEqual({ ok: false, line: 2 });
});

it('500 levels are not too many', () => {
  expect(tooDeepAt('[{'.repeat(250))).toBeNull();
  expect(tooDeepAt(`${'[{'.repeat(250)}[`)).toBe(500);
});

it.each([
  '',
  '{"a":[1,{}]}',
  `["${'['.repeat(1000)}"]`,
  '[]'.repeat(1000),
  '{}'.repeat(1000),
  `{"a":"\\"${'{'.repeat(600)}"}`,
])('nothing else is: %s', (text) => {
  expect(tooDeepAt(text)).toBeNull();
});
