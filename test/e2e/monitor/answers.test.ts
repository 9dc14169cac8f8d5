/** The answers on a real terminal, as somebody who debugs with them: saved, wrong with its place, called again, chosen, put right. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeProject } from '../../support/rig.js';
import { has, onTerminal, pty } from '../../support/terminal.js';

const code = (cents: string): string =>
  `exports.main = async (event) => {\n  console.log('asked for ' + event.count);\n  return { cents: ${cents} };\n};\n`;
const events = JSON.stringify([
  { name: 'two', value: { count: 2 }, expect: { cents: 400 } },
  { name: 'none', value: {} },
]);

const languages = {
  en: {
    broken: 'This is not JSON',
    right: 'all its events are used again',
    changed: 'changed',
    prompt: 'events of pay (two, none): two, none',
    noName: 'There are: two, none',
    answers: 'answers',
  },
  'zh-CN': {
    broken: 'JSON 语法错误',
    right: '中的事件已全部恢复可用',
    changed: '有变化',
    prompt: 'pay 的事件（two、none）：two、none',
    noName: '现有：two',
    answers: '响应',
  },
} as const;

describe.skipIf(pty === null || process.platform === 'win32')('the answers on a real terminal', () => {
  it.each(Object.entries(languages))(
    'are called by t, wrong with their place, chosen by E, and right again: %s',
    async (language, words) => {
      const config = { functions: { pay: { answers: true } }, answers: { proof: true } };
      const project = await makeProject(
        { pay: { 'index.js': code('event.count * 200') } },
        { envs: ['dev', 'test'], endpoint: 'emulator', debounceMs: 50, ...config },
      );
      await project.write('events/pay.json', events);
      const env = { TCB_WATCH_LANG: language };
      const terminal = onTerminal({ cwd: project.folder, columns: 120, rows: 35, env });
      await terminal.until(has('✔ 2'));
      terminal.type('v');
      await project.write('events/pay.json', '[');
      terminal.type('t');
      // The log, which has it too, is hidden by the answers.
      await terminal.until(has('events/pay.json:1:', words.broken));
      await project.write('events/pay.json', events);
      await terminal.until(has(words.right));
      terminal.type('t');
      await terminal.until(has('{"cents":400}', '{"cents":null}', 'asked for undefined'));
      await project.write('functions/pay/index.js', code('event.basket.count * 200'));
      const broken = await terminal.until(has('at functions/pay/index.js:3:32', "'count'"));
      expect(broken).toContain('✖');
      for (const [columns, rows] of [
        [80, 24],
        [40, 10],
      ] as const) {
        terminal.resize(columns, rows);
        await terminal.until((seen) => seen.includes('TypeError') && seen.includes('✖'));
      }
      terminal.resize(120, 35);
      terminal.type('E');
      // Keys that come before it is there mean other things.
      await terminal.until(has(words.prompt));
      // Everything that stands there is replaced.
      terminal.type('\u0015three\r');
      await terminal.until(has(words.noName));
      terminal.type('\u0015two\r');
      await project.write('functions/pay/index.js', code('event.count * 200'));
      await terminal.until((seen) => seen.includes('{"cents":400}') && seen.includes(words.changed));
      terminal.type('q');
      expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
      const log = await readFile(join(project.folder, '.tcb-watch/log'), 'utf8');
      const answered = log.split('\n').filter((line) => line.includes(words.answers));
      expect(answered.some((line) => line.includes('TypeError'))).toBe(true);
      expect(answered.some((line) => line.includes(words.changed))).toBe(true);
    },
    180_000,
  );
});
