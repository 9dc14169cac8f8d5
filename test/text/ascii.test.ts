/** Where only ASCII can be shown nothing else is written: every English sentence, every help, the monitor's frames. */
import { expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/options.js';
import { keysHelp } from '../../src/monitor/keys.js';
import { firstMonitor } from '../../src/monitor/model.js';
import { view } from '../../src/monitor/view.js';
import { languageOf } from '../../src/text/language.js';
import { inAscii } from '../../src/text/text.js';
import { allSentences } from '../support/sentences.js';
import { key, motley, options, played } from '../support/stage.js';

const ascii = /^[\t\n\x20-\x7e]*$/;

it('every English sentence has a form in ASCII', async () => {
  const left = (await allSentences()).filter(({ en }) => !ascii.test(inAscii(en)));
  expect(left.map(({ at, en }) => `${at}: ${en}`)).toEqual([]);
});

it.each([
  '',
  'watch',
  'push',
  'status',
  'invoke',
  'accept',
  'stop',
  'init',
  'doctor',
  'emulator',
  'trust',
  'history',
  'diff',
  'complete',
])('the help of %s', (command) => {
  let written = '';
  const out = (text: string): void => {
    written += inAscii(text);
  };
  parseArguments([...(command === '' ? [] : [command]), '--help'], '1', 'en', { out, err: out });
  expect(written).toContain('Usage:');
  expect(written).toMatch(ascii);
});

it('the keys, and the monitor wherever it stands', () => {
  expect(inAscii(keysHelp('en', true))).toMatch(ascii);
  const size = { columns: 120, rows: 35 };
  const state = motley();
  for (const typed of [[], ['?'], ['enter'], ['l', 'i'], ['/'], ['u'], ['R'], ['e'], ['tab', '/']]) {
    const { monitor } = played(typed.map(key), state, size);
    const { rows } = view(state, { ...firstMonitor, ...monitor }, size, { ...options, ascii: true });
    const shown = rows.map((row) => row.map(({ text }) => text).join('')).join('\n');
    // A function may be named in any script.
    expect(shown.replaceAll(/[\u3400-\u9fff]/g, '')).toMatch(ascii);
  }
});

it('a locale of another encoding gets English, unless Chinese is asked for', () => {
  expect(languageOf({ LC_ALL: 'zh_CN.GB18030' })).toBe('en');
  expect(languageOf({ LANG: 'zh_CN.UTF-8' })).toBe('zh-CN');
  expect(languageOf({ LC_ALL: 'zh_CN.GB18030', TCB_WATCH_LANG: 'zh-CN' })).toBe('zh-CN');
});
