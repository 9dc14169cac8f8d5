import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/options.js';
import { ambiguousColumns } from '../../src/cli/output.js';

function parse(...args: readonly string[]): { asked: unknown; exitCode: number; err: string } {
  const told: string[] = [];
  const output = { out: () => undefined, err: (text: string) => void told.push(text) };
  const invocation = parseArguments(args, '0.0.0', 'en', output);
  const err = told.join('');
  if (!('options' in invocation)) {
    return { asked: undefined, exitCode: 'exitCode' in invocation ? invocation.exitCode : 0, err };
  }
  const asked = 'ambiguousWidth' in invocation.options ? invocation.options.ambiguousWidth : undefined;
  return { asked, exitCode: 0, err };
}

describe('how wide ambiguous characters are', () => {
  it('is an option of watch and push', () => {
    expect(parse().asked).toBeUndefined();
    expect(parse('--ambiguous-width', '2').asked).toBe(2);
    expect(parse('push', '--ambiguous-width', '1').asked).toBe(1);
    const wrong = parse('--ambiguous-width', '3');
    expect(wrong.exitCode).toBe(3);
    expect(wrong.err).toContain('--ambiguous-width');
    expect(wrong.err).toContain('must be 1 or 2');
  });

  it.each([
    [undefined, {}, 1],
    [undefined, { TCB_WATCH_AMBIGUOUS_WIDTH: '2' }, 2],
    [undefined, { RUNEWIDTH_EASTASIAN: '1' }, 2],
    [undefined, { RUNEWIDTH_EASTASIAN: '0' }, 1],
    [undefined, { TCB_WATCH_AMBIGUOUS_WIDTH: '1', RUNEWIDTH_EASTASIAN: '1' }, 1],
    [1, { TCB_WATCH_AMBIGUOUS_WIDTH: '2' }, 1],
    [2, {}, 2],
  ] as const)('is %s on the command line, else what %o says: %i', (asked, environment, expected) => {
    expect(ambiguousColumns(asked, environment)).toBe(expected);
  });
});
