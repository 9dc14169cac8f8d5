/** The words for a fault of code that decide what to do about it: in both languages. */
import { expect, it } from 'vitest';
import type { CodeFault } from '../../src/model/code-fault.js';
import { describeFault } from '../../src/text/words/code.js';

const at = { path: 'pay/a.js', line: 7, column: 3, certain: true } as const;
const missing = { kind: 'missing-file', ...at, named: '../x' } as const;
const undeclared = { kind: 'undeclared-package', ...at, name: 'lodash' } as const;

it.each<readonly [string, CodeFault, hints: readonly [RegExp, RegExp]]>([
  ['a file outside of the function', { ...missing, where: 'outside' }, [/`shared`/, /`shared`/]],
  ['a file that is not sent', { ...missing, where: 'nowhere' }, [/^Create it/, /请创建该文件/]],
  [
    'a package for development only',
    { ...undeclared, development: true },
    [/^Move it to "dependencies"/, /请移到.*"dependencies"/],
  ],
  [
    'a package that nothing names',
    { ...undeclared, development: false },
    [/^Run npm install lodash/, /npm install lodash/],
  ],
])('%s', (_, fault, [english, chinese]) => {
  expect(describeFault(fault, 'en').hint).toMatch(english);
  expect(describeFault(fault, 'zh-CN').hint).toMatch(chinese);
  for (const language of ['en', 'zh-CN'] as const)
    expect(describeFault(fault, language).detail).toMatch(/^pay\/a\.js:7:3 .*(?:\.\.\/x|lodash)/);
});
