/** Lists in sentences, and sentences whose parts come from elsewhere: Chinese has marks of its own, and no blank behind them. */
import { describe, expect, it } from 'vitest';
import { lineOf } from '../../src/text/lines.js';
import { listOf } from '../../src/text/text.js';
import { historyWords } from '../../src/text/words/history.js';

describe('a list', () => {
  it.each([
    ['en', 'dev, test'],
    ['zh-CN', 'dev、test'],
  ] as const)('in %s', (language, text) => {
    expect(listOf(['dev', 'test'], language)).toBe(text);
  });

  it.each([
    ['en', 'index.js, a.js', 'dev, test'],
    ['zh-CN', 'index.js、a.js', 'dev、test'],
  ] as const)('of files and of environments in a line, in %s', (language, files, envs) => {
    const changed = { event: 'changed', function: 'pay', files: ['index.js', 'a.js'], more: 0 } as const;
    expect(lineOf(changed, language)?.text).toContain(files);
    const adopted = { event: 'adopted', function: 'pay', envs: ['dev', 'test'] } as const;
    expect(lineOf(adopted, language)?.text).toContain(envs);
  });
});

it('a version in brackets is followed by no blank in Chinese', () => {
  const words = historyWords['zh-CN'];
  expect(words.same(words.live('81f28433'), words.disk)).toBe('81f28433（已生效）与本地文件相同');
  expect(words.differ(2, '81f28433', words.disk)).toBe('81f28433 与本地文件相比，有 2 个文件不同');
});
