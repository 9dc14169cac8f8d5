/** Completion as somebody meets it: TAB in a real bash, zsh and fish, on a terminal. A shell that is not installed is skipped. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCompleteWords } from '../../src/cli/complete.js';
import { deskIn, folderWith } from '../support/init-rig.js';
import {
  configFor,
  makeProject,
  type Project,
  programFile,
  runEmulator,
  temporaryFolder,
} from '../support/rig.js';
import { has, type OnTerminal, onTerminal, pty } from '../support/terminal.js';

const shells = {
  bash: { command: ['bash', '--norc', '--noprofile', '-i'], load: 'source <(tcb-watch complete bash)' },
  zsh: {
    command: ['zsh', '-f', '-i'],
    load: 'autoload -U compinit; compinit -u -D; source <(tcb-watch complete zsh)',
  },
  fish: { command: ['fish', '--no-config', '-i'], load: 'tcb-watch complete fish | source' },
} as const;
const eraseLine = '\u0015';

/** A folder with the program under its name. */
async function programFolder(): Promise<string> {
  const folder = await temporaryFolder();
  const file = join(folder, 'tcb-watch');
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${programFile}' "$@"\n`);
  await chmod(file, 0o755);
  return folder;
}

/** macOS has bash 3.2, which has no word for completing files. */
const asBash3 = 'compopt() { return 1; }';

let project: Project;
beforeEach(async () => {
  const emulator = await runEmulator({ envs: ['dev-one', 'test-two'] });
  const functions = { payment: { enabled: true }, login: { enabled: true } };
  project = await makeProject({}, { ...configFor(emulator), functions });
});

describe.skipIf(pty === null).each(Object.entries(shells))('%s', (name, { command, load }) => {
  const isInstalled = spawnSync(name, ['--version']).status === 0;

  async function shell(): Promise<OnTerminal> {
    const path = `${await programFolder()}:${process.env['PATH'] ?? ''}`;
    const home = await temporaryFolder();
    const env = { PATH: path, HOME: home, XDG_CONFIG_HOME: home, PS1: 'ready> ', PROMPT: 'ready> ' };
    const terminal = onTerminal({ cwd: project.folder, command, env, columns: 120 });
    terminal.type(`${load}; echo load''ed\r`);
    await terminal.until(has('loaded'));
    return terminal;
  }

  it.skipIf(!isInstalled)('completes commands, options, names and values', { timeout: 180_000 }, async () => {
    const terminal = await shell();
    for (const [typed, completed] of [
      ['tcb-watch emul', 'tcb-watch emulator'],
      ['tcb-watch push --dry', 'tcb-watch push --dry-run'],
      ['tcb-watch push pay', 'tcb-watch push payment'],
      ['tcb-watch push -e te', 'tcb-watch push -e test-two'],
      ['tcb-watch push --env-id=de', 'tcb-watch push --env-id=dev-one'],
      ['tcb-watch -c watch.conf', 'tcb-watch -c watch.config.json'],
    ] as const) {
      terminal.type(`${typed}\t`);
      await terminal.until(has(completed));
      terminal.type(eraseLine);
    }
  });

  it.skipIf(!isInstalled)(
    'lists what there is, and runs nothing of the line',
    { timeout: 180_000 },
    async () => {
      const terminal = await shell();
      await project.write('precious', 'kept');
      terminal.type('tcb-watch push $(touch ran) > precious --tru\t');
      await terminal.until(has('--trust'));
      terminal.type(eraseLine);
      terminal.type('tcb-watch push \t\t');
      await terminal.until(has('payment', 'login'));
      expect(await readFile(join(project.folder, 'precious'), 'utf8')).toBe('kept');
      await expect(readFile(join(project.folder, 'ran'))).rejects.toThrow('ENOENT');
    },
  );

  it.skipIf(!isInstalled).each(name === 'bash' ? ['', asBash3] : [''])(
    'a file with a hostile name is inserted as a name, and nothing of it is run: %s',
    { timeout: 180_000 },
    async (first) => {
      const hostile = 'hostile $(touch ran);`touch ran` name';
      await project.write(hostile, '{}');
      const terminal = await shell();
      terminal.type(`${first === '' ? ':' : first}; echo re''ady-now\r`);
      await terminal.until(has('ready-now'));
      terminal.type('tcb-watch status -c host\t');
      await terminal.until(has('name'));
      terminal.type(`; echo do''ne\r`);
      await terminal.until(has('done'));
      await expect(readFile(join(project.folder, 'ran'))).rejects.toThrow('ENOENT');
    },
  );
});

it.skipIf(process.platform === 'win32')('does not wait for a configuration that nobody writes', async () => {
  const folder = await folderWith({});
  execFileSync('mkfifo', [join(folder, 'watch.config.json')]);
  const desk = deskIn(folder, {});
  expect(await runCompleteWords(['push', ''], desk.context)).toBe(0);
  expect(await runCompleteWords(['push', '-c', '/dev/zero', ''], desk.context)).toBe(0);
  expect([desk.out(), desk.err()]).toEqual(['', '']);
});
