/** Everything rewritten at once, while the program is busy with something else: all of it arrives. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../../src/emulator/index.js';
import { startProgram } from './chaos.js';

export interface BurstOptions {
  readonly functions: number;
  readonly turns: number;
  /** All file events switched off: the program's own sweep does it all. */
  readonly polling: boolean;
  /** How long a turn may take, ms. */
  readonly limitMs: number;
}

export interface BurstResult {
  /** How long each turn took until all was live, ms. */
  readonly turnsMs: readonly number[];
  /** Functions that did not arrive, by turn: the first turn with any is the last. */
  readonly lost: readonly string[];
  readonly ended: boolean;
}

export const filesEach = 10;

/** Rewrites all files `turns` times, each time twice in a row: the second burst meets a program that scans, packs and sends the first. */
export async function playBurst(options: BurstOptions): Promise<BurstResult> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tcb-watch-burst-')));
  const root = join(folder, 'functions');
  const names = Array.from({ length: options.functions }, (_, index) => `fn${index}`);
  const emulator = await startEmulator({ envs: ['dev'], deployMs: 5 });
  prepare(folder, emulator, options);
  rewrite(root, names, 0);
  const program = startProgram(folder, options);
  const turnsMs: number[] = [];
  const settled = async (turn: number): Promise<string[]> => {
    const since = performance.now();
    let wrong = await stale(emulator, names, turn);
    while (wrong.length > 0 && performance.now() - since < options.limitMs && program.code() === null) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      wrong = await stale(emulator, names, turn);
    }
    if (turn > 0) turnsMs.push(Math.round(performance.now() - since));
    return wrong.map((name) => `${name} in turn ${turn}`);
  };
  try {
    let lost = await settled(0);
    for (let turn = 1; turn <= options.turns && lost.length === 0; turn += 1) {
      rewrite(root, names, turn * 100);
      rewrite(root, names, turn);
      lost = await settled(turn);
    }
    return { turnsMs, lost, ended: program.code() !== null };
  } finally {
    await program.end('SIGTERM');
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function prepare(folder: string, emulator: Emulator, { polling }: BurstOptions): void {
  writeFileSync(join(folder, 'token.txt'), emulator.token);
  const config = { functionsRoot: 'functions', envs: ['dev'], endpoint: emulator.url };
  const pace = { requestsPerSecond: 1000, debounceMs: 50, sweepSeconds: polling ? 1 : 300 };
  writeFileSync(
    join(folder, 'watch.config.json'),
    JSON.stringify({ ...config, ...pace, token: { file: 'token.txt' } }),
  );
}

function rewrite(root: string, names: readonly string[], turn: number): void {
  for (const name of names) {
    for (let index = 0; index < filesEach; index += 1) {
      const path = index === 0 ? 'index.js' : `lib${index % 3}/f${index}.js`;
      mkdirSync(join(root, name, path, '..'), { recursive: true });
      writeFileSync(join(root, name, path), `// ${turn} ${name} ${index}\n`);
    }
  }
}

/** The functions of which the cloud does not run this turn's content. */
async function stale(emulator: Emulator, names: readonly string[], turn: number): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of names) {
    const files = await emulator.files('dev', name);
    const old = [...files.values()].some((bytes) => !bytes.toString().startsWith(`// ${turn} `));
    if (files.size !== filesEach || old) wrong.push(name);
  }
  return wrong;
}
