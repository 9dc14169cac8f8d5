/** Everything rewritten at once, while the program is busy with something else: all of it arrives. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startEmulator } from '../../src/emulator/index.js';
import { startProgram } from './chaos.js';

/** `BURST_FUNCTIONS=1000 BURST_TURNS=5 npx vitest run test/e2e/burst` is the size that was promised. */
const functions = Number(process.env['BURST_FUNCTIONS'] ?? '150');
const turns = Number(process.env['BURST_TURNS'] ?? '2');
const filesEach = 10;
const limitMs = Number(process.env['BURST_LIMIT_MS'] ?? '60000');

const names = Array.from({ length: functions }, (_, index) => `fn${index}`);

function rewrite(root: string, turn: number): void {
  for (const name of names) {
    for (let index = 0; index < filesEach; index += 1) {
      const path = index === 0 ? 'index.js' : `lib${index % 3}/f${index}.js`;
      mkdirSync(join(root, name, path, '..'), { recursive: true });
      writeFileSync(join(root, name, path), `// ${turn} ${name} ${index}\n`);
    }
  }
}

it.each([
  ['with file events', false],
  ['with all file events switched off', true],
])(
  `${functions} functions of ${filesEach} files, %s`,
  { timeout: turns * limitMs * 2 },
  async (_what, polling) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tcb-watch-burst-')));
    const root = join(folder, 'functions');
    const emulator = await startEmulator({ envs: ['dev'], deployMs: 5 });
    writeFileSync(join(folder, 'token.txt'), emulator.token);
    rewrite(root, 0);
    const config = { functionsRoot: 'functions', envs: ['dev'], endpoint: emulator.url };
    const pace = { requestsPerSecond: 1000, debounceMs: 50, sweepSeconds: polling ? 1 : 300 };
    writeFileSync(
      join(folder, 'watch.config.json'),
      JSON.stringify({ ...config, ...pace, token: { file: 'token.txt' } }),
    );
    const program = startProgram(folder, { polling });
    const stale = async (turn: number): Promise<string[]> => {
      const wrong: string[] = [];
      for (const name of names) {
        const files = await emulator.files('dev', name);
        const old = [...files.values()].some((bytes) => !bytes.toString().startsWith(`// ${turn} `));
        if (files.size !== filesEach || old) wrong.push(name);
      }
      return wrong;
    };
    const settled = async (turn: number): Promise<string[]> => {
      const until = performance.now() + limitMs;
      let wrong = await stale(turn);
      while (wrong.length > 0 && performance.now() < until && program.code() === null) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        wrong = await stale(turn);
      }
      return wrong;
    };
    try {
      expect(await settled(0)).toEqual([]);
      for (let turn = 1; turn <= turns; turn += 1) {
        const since = performance.now();
        // Twice in a row: the second burst meets a program that scans, packs and sends the first.
        rewrite(root, turn * 100);
        rewrite(root, turn);
        expect(await settled(turn)).toEqual([]);
        if (process.env['BURST_FUNCTIONS'] !== undefined)
          process.stdout.write(`turn ${turn}: ${Math.round(performance.now() - since)} ms\n`);
      }
      expect(program.code()).toBeNull();
    } finally {
      await program.end('SIGTERM');
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
