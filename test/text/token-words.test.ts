import { describe, expect, it } from 'vitest';
import { tokenProblems } from '../../src/cloud/token/token.js';
import type { Language } from '../../src/text/language.js';
import { describeTokenProblem } from '../../src/text/words/tokens.js';

const languages: readonly Language[] = ['en', 'zh-CN'];

describe.each(languages)('a token that cannot be had, in %s', (language) => {
  it.each(tokenProblems)('%s says what happened and what to do', (code) => {
    const { detail, hint } = describeTokenProblem(`${code}:something`, language, 'lines');
    expect(detail).not.toBe('');
    expect(hint).not.toBe('');
  });

  it.each([
    ['61004:invalid ip 203.0.113.7', /61004 invalid ip/, /203\.0\.113\.7.*(allow list|白名单)/],
    ['40164:invalid ip 203.0.113.7', /40164/, /203\.0\.113\.7.*(allow list|白名单)/],
    ['61006:component ticket is expired', /61006/, /verifyTicket/],
    ['61005:component ticket is expired', /61005/, /verifyTicket/],
    ['40125:invalid appsecret', /40125/, /appSecret/],
    ['40013:invalid appid', /40013/, /appid/],
    ['45009:reach max api daily quota limit', /45009/, /clear_quota/],
    ['77777:new', /77777 new/, /configuration|配置/],
  ])('a refused one: %s', (subject, said, remedy) => {
    const { detail, hint } = describeTokenProblem(`component-refused:${subject}`, language, 'lines');
    expect(detail).toMatch(said);
    expect(hint).toMatch(remedy);
  });

  it('a command’s code and words are apart, and a path stays whole', () => {
    expect(describeTokenProblem('command-failed:3:no route', language, 'lines').detail).toContain(
      '3 no route',
    );
    const failed = (subject: string): string =>
      describeTokenProblem(`command-failed:${subject}`, language, 'lines').detail;
    expect(failed('3:no route')).toMatch(/(exit code|退出码) 3 no route$/);
    expect(failed('ENOENT:')).not.toMatch(/code|退出码/);
    expect(describeTokenProblem('command-timeout:10 s: asking', language, 'lines').detail).toContain(
      '10 s: asking',
    );
    expect(describeTokenProblem('file-missing:C:\\token', language, 'lines').detail).toContain('C:\\token');
    expect(describeTokenProblem('file-unreadable:EACCES:/t', language, 'lines').detail).toContain(
      'EACCES:/t',
    );
  });
});
