/** `init` and `doctor` as somebody meets them: the built program in a real terminal of 80 columns. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyProject, folderWith } from '../support/init-rig.js';
import { programFile } from '../support/rig.js';
import { has, inShell, onTerminal, pty } from '../support/terminal.js';

const written = (folder: string): Promise<string> => readFile(join(folder, 'watch.config.json'), 'utf8');
const ctrlC = '\u0003';
const ctrlD = '\u0004';
const ctrlZ = '\u001a';
const erase = '\u0015';

describe.skipIf(pty === null)('on a terminal', () => {
  it.each([
    ['en', 'Which environments?', 'Looking at'],
    ['zh-CN', '上传到哪些环境？', '正在查看'],
  ])('init offers what it found, and Enter takes it (%s)', async (language, question, title) => {
    const folder = await copyProject('cloudbaserc');
    const terminal = onTerminal({ cwd: folder, args: ['init'], env: { TCB_WATCH_LANG: language } });
    const asked = await terminal.until(has(question, '${ENV_ID} shop-staging-1a2b3c4d5e6f7g8h'));
    expect(asked).toContain(title);
    terminal.type('\r');
    expect((await terminal.exit).code).toBe(0);
    expect(await written(folder)).toContain('"envs": ["${ENV_ID}", "shop-staging-1a2b3c4d5e6f7g8h"]');
    // No line was left to the terminal to break, which tears words.
    expect(terminal.screen.lines().join('\n')).toContain('npx tcb-watch doctor');
    expect(terminal.screen.lines().every((line) => !/TCB_COMPONENT_ACCESS_TOK$/.test(line.trimEnd()))).toBe(
      true,
    );
  });

  it('says what is wrong with an answer, and takes the next one', async () => {
    const folder = await folderWith({ 'cloudfunctions/hello/index.js': 'exports.main = 1;\n' });
    const terminal = onTerminal({ cwd: folder, args: ['init'] });
    await terminal.until(has('Which environments?'));
    terminal.type('no!\r');
    await terminal.until(has('no! is not an environment id'));
    terminal.type(`${erase}\r`);
    await terminal.until(has('At least one id is required'));
    terminal.type('dev-1, test-2\r');
    expect((await terminal.exit).code).toBe(0);
    expect(await written(folder)).toContain('"envs": ["dev-1", "test-2"]');
  });

  it.each([
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
    ['Escape', '\u001b'],
  ])('%s at a question writes nothing', async (_name, key) => {
    const folder = await folderWith({ 'cloudfunctions/hello/index.js': 'exports.main = 1;\n' });
    const terminal = onTerminal({ cwd: folder, args: ['init'] });
    await terminal.until(has('Which environments?'));
    terminal.type(key);
    expect((await terminal.exit).code).toBe(3);
    expect(terminal.screen.lines().join('\n')).toContain('Nothing was written.');
    await expect(access(join(folder, 'watch.config.json'))).rejects.toThrow('ENOENT');
  });

  it.skipIf(process.platform === 'win32')('so does SIGTERM', async () => {
    const folder = await folderWith({ 'cloudfunctions/hello/index.js': 'exports.main = 1;\n' });
    const terminal = onTerminal({ cwd: folder, args: ['init'] });
    await terminal.until(has('Which environments?'));
    terminal.kill('SIGTERM');
    expect((await terminal.exit).code).toBe(3);
    await expect(access(join(folder, 'watch.config.json'))).rejects.toThrow('ENOENT');
  });

  describe.skipIf(process.platform === 'win32')('in a shell', () => {
    const started = async (line: string, scripts = {}) => {
      const folder = await folderWith({
        'cloudfunctions/hello/index.js': 'exports.main = 1;\n',
        'package.json': JSON.stringify({ scripts }),
      });
      const terminal = inShell({ cwd: folder });
      terminal.type(`${line}\r`);
      await terminal.until(has('Which environments?'));
      return { folder, terminal };
    };
    const command = `'${process.execPath}' '${programFile}' init`;
    const questions = (seen: string): number => seen.split('Which environments?').length - 1;

    // An npm in front has the terminal, until it is stopped, too.
    it.each([
      ['node', command, {}],
      ['npm run', 'npm run --silent go', { go: command }],
    ])('goes on with its question after Ctrl-Z and fg (%s)', async (_, line, scripts) => {
      const { folder, terminal } = await started(line, scripts);
      terminal.type('dev');
      await terminal.until(has('│  dev'));
      terminal.type(ctrlZ);
      await terminal.until(has('Stopped'));
      terminal.type('fg; echo ended $?\r');
      await terminal.until((seen) => /fg; echo[\s\S]*Which environments\?[\s\S]*│ {2}dev/.test(seen));
      expect(questions(terminal.screen.lines().join('\n'))).toBe(2);
      terminal.type('-1\r');
      await terminal.until(has('ended 0'));
      expect(await written(folder)).toContain('"envs": ["dev-1"]');
    });

    it.each([
      ['Ctrl-C', ctrlC],
      ['Ctrl-D', ctrlD],
    ])('%s after Ctrl-Z and fg ends it', async (_, key) => {
      const { terminal } = await started(command);
      terminal.type(ctrlZ);
      await terminal.until(has('Stopped'));
      terminal.type('fg; echo ended $?\r');
      await terminal.until((seen) => questions(seen) === 2);
      terminal.type(key);
      await terminal.until(has('Nothing was written.', 'ended 3'));
    });

    it('goes on after a stop from outside, too', async () => {
      const { folder, terminal } = await started(`${command} & echo id $!; fg`);
      const [, id] = /id (\d+)/.exec(terminal.screen.lines().join('\n')) ?? [];
      process.kill(Number(id), 'SIGTSTP');
      await terminal.until(has('Stopped'));
      terminal.type('fg; echo ended $?\r');
      await terminal.until((seen) => questions(seen) === 2);
      terminal.type('dev-1');
      await terminal.until(has('│  dev-1'));
      terminal.type('\r');
      await terminal.until(has('ended 0'));
      expect(await written(folder)).toContain('"envs": ["dev-1"]');
    });
  });
});
