/**
 * The built program on a real folder, with random operations, random faults of the cloud, kills and restarts. What is compared
 * at the end of each round is the content that runs in every environment, byte for byte, not what the program says.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, type FaultRule, startEmulator } from '../../src/emulator/index.js';
import { createHistoryCheck, historyBounds } from './chaos-history.js';
import { type Ground, level, mend, operations, packedFiles, settingsOperations } from './chaos-operations.js';
import { type Random, seeded } from './random.js';

/** A long soak names a build of its own, which nobody rebuilds under it. */
const programFile =
  process.env['CHAOS_PROGRAM'] ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface ChaosOptions {
  readonly seed: number;
  /** Ends after this many operations. */
  readonly operations: number;
  readonly perRound: number;
  readonly functions: number;
  readonly envs: readonly string[];
  /** Ends and restarts of the program: the chance of one at each operation. */
  readonly killChance: number;
  readonly faults: boolean;
  /** No file events: the program's own sweep does it all. */
  readonly polling: boolean;
  /** Also answers, timers and configurations that are saved while it runs. */
  readonly everything: boolean;
  /** How long a round may take to come to rest, ms. */
  readonly patienceMs: number;
  /** Ends after the round in which this time is over, ms since the start; 0: never. */
  readonly forMs: number;
  readonly onRound: (sample: Sample) => void | Promise<void>;
  /** Looks at the program before the first round and after the last. It rests then on the ground of the beginning, as after each round; null: nobody looks. */
  readonly atEnds: ((pid: number) => Promise<void>) | null;
  /** Variables for the program. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How the program stands at the end of a round. Counts are null where the system does not report them. */
export interface Sample {
  readonly operations: number;
  readonly ms: number;
  /** How long it took until all was live, ms. */
  readonly restMs: number;
  readonly pid: number;
  readonly rssKb: number | null;
  readonly descriptors: number | null;
  readonly watches: number | null;
  /** Below the functions root, without what is ignored: each wants one watch. */
  readonly directories: number;
}

export interface ChaosResult {
  readonly operations: number;
  readonly rounds: number;
  readonly kills: number;
  readonly uploads: number;
  /** The difference, in words; empty: nothing was lost. */
  readonly divergences: readonly string[];
}

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tcb-watch-chaos-')));
  const emulator = await startEmulator({ envs: options.envs, deployMs: 15 });
  try {
    return await play(options, folder, emulator);
  } finally {
    await emulator.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function play(options: ChaosOptions, folder: string, emulator: Emulator): Promise<ChaosResult> {
  const ground = groundIn(folder, options);
  prepare(ground, options, emulator);
  const game: Game = {
    options,
    ground,
    emulator,
    program: startProgram(folder, options),
    played: [],
    kills: 0,
    refusing: false,
  };
  const history = createHistoryCheck(folder, emulator.url);
  const score = { operations: 0, rounds: 0 };
  const divergences: string[] = [];
  const levelled = async (): Promise<void> => {
    if (options.atEnds === null || divergences.length > 0) return;
    level(ground);
    divergences.push(...(await settle(game)));
  };
  await levelled();
  await options.atEnds?.(game.program.pid);
  const started = performance.now();
  const isOver = (): boolean => options.forMs > 0 && performance.now() - started > options.forMs;
  while (score.operations < options.operations && divergences.length === 0 && !isOver()) {
    score.rounds += 1;
    score.operations += await playRound(game);
    const since = performance.now();
    const wrong = [...(await settle(game))];
    wrong.push(...(await history.troubles(ground.names)));
    if (wrong.length > 0) divergences.push(story(game, wrong, score.rounds));
    const restMs = Math.round(performance.now() - since);
    await levelled();
    const ms = Math.round(performance.now() - started);
    const { pid } = game.program;
    const directories = directoriesBelow(ground.root);
    await options.onRound({ operations: score.operations, ms, restMs, pid, directories, ...figures(pid) });
  }
  await options.atEnds?.(game.program.pid);
  await game.program.end('SIGTERM');
  const { batchuploadscf, batchuploadscfcode } = emulator.counts();
  return { ...score, kills: game.kills, uploads: batchuploadscf + batchuploadscfcode, divergences };
}

interface Game {
  readonly options: ChaosOptions;
  readonly ground: Ground;
  readonly emulator: Emulator;
  program: Program;
  /** The operations of this round. */
  played: string[];
  kills: number;
  /** The cloud may refuse in this round what only somebody's asking brings back. */
  refusing: boolean;
}

function groundIn(folder: string, options: ChaosOptions): Ground {
  let counter = 0;
  return {
    random: seeded(options.seed),
    folder,
    root: join(folder, 'functions'),
    names: Array.from({ length: options.functions }, (_, index) => `fn${index}`),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    next: () => {
      counter += 1;
      return counter;
    },
  };
}

async function playRound(game: Game): Promise<number> {
  const { options, ground, emulator } = game;
  const { random } = ground;
  game.played = [];
  game.refusing = random.chance(0.3);
  for (let index = 0; index < options.perRound; index += 1) {
    if (options.faults && random.chance(0.06)) {
      emulator.faults.add(randomFault(random, options.envs, game.refusing));
    }
    if (random.chance(options.killChance)) {
      await game.program.end(random.chance(0.6) ? 'SIGKILL' : 'SIGTERM');
      game.kills += 1;
      game.program = startProgram(ground.folder, options);
      game.played.push('(restart)');
    }
    const possible = options.everything ? { ...operations, ...settingsOperations } : operations;
    const name = random.pick(Object.keys(possible));
    game.played.push(name);
    await possible[name]?.(ground);
    if (random.chance(0.7)) await ground.pause(random.below(20));
  }
  return options.perRound;
}

function prepare(ground: Ground, options: ChaosOptions, emulator: Emulator): void {
  const { folder, root } = ground;
  mkdirSync(root);
  mend(ground);
  writeFileSync(join(folder, 'token.txt'), emulator.token);
  const called = {
    answers: { envs: options.envs.slice(0, 1) },
    functions: { [ground.names[0] ?? '']: { answers: true } },
    triggers: true,
  };
  const config = {
    functionsRoot: 'functions',
    envs: options.envs,
    endpoint: emulator.url,
    token: { file: 'token.txt' },
    history: historyBounds,
    debounceMs: 40,
    debounceMaxMs: 400,
    sweepSeconds: 2,
    requestsPerSecond: 200,
    requestTimeoutSeconds: 2,
    ...(options.everything ? called : {}),
  };
  mkdirSync(join(folder, 'events'));
  writeFileSync(join(folder, 'events', `${ground.names[0]}.json`), '[{"name": "usual", "value": {}}]');
  writeFileSync(join(folder, 'watch.config.json'), JSON.stringify(config, null, 2));
  writeFileSync(join(folder, '.gitignore'), '.tcb-watch\ntoken.txt\ntwins\naway\n');
  try {
    const git = (...args: string[]): void =>
      void execFileSync('git', ['-c', 'user.name=chaos', '-c', 'user.email=chaos@example.com', ...args], {
        cwd: folder,
        stdio: 'ignore',
      });
    git('init', '-q', '-b', 'one');
    git('add', '-A');
    git('commit', '-q', '-m', 'one');
    git('checkout', '-q', '-b', 'two');
    writeFileSync(join(root, ground.names[0] ?? '', 'two.js'), '// two\n');
    git('add', '-A');
    git('commit', '-q', '-m', 'two');
  } catch {
    rmSync(join(folder, '.git'), { recursive: true, force: true }); // without git its operations do nothing
  }
}

export interface Program {
  readonly pid: number;
  readonly lines: readonly string[];
  /** The exit code (-1 for a signal); null while it runs. */
  code(): number | null;
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

const linesKept = 120;

type StartOptions = Pick<ChaosOptions, 'polling'> & Partial<Pick<ChaosOptions, 'environment'>>;

/** `watch --json` in this folder, its waits shortened; outlives a single test. */
export function startProgram(folder: string, options: StartOptions): Program {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child: ChildProcess = spawn(process.execPath, [programFile, 'watch', '--json'], {
    cwd: folder,
    env: {
      ...inherited,
      TCB_WATCH_LANG: 'en',
      TCB_WATCH_TIME_SCALE: '0.05',
      ...options.environment,
      ...(options.polling ? { CHOKIDAR_USEPOLLING: '1' } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let rest = '';
  const take = (text: string): void => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    lines.splice(0, Math.max(0, lines.length - linesKept));
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => lines.push(text));
  let ended: number | null = null;
  const end = new Promise<void>((resolve) => {
    child.once('close', (code) => {
      ended = code ?? -1;
      resolve();
    });
  });
  return {
    pid: child.pid ?? -1,
    lines,
    code: () => ended,
    end(signal) {
      child.kill(signal);
      return end;
    },
  };
}

/** @param refusing also refusals that hold a function until its content changes or somebody asks */
function randomFault(random: Random, envs: readonly string[], refusing: boolean): FaultRule {
  const call = random.pick(['batchuploadscfcode', 'batchuploadscf', 'getscflist'] as const);
  const times = 1 + random.below(3);
  const env = random.pick(envs);
  const busy = '当前函数处于Updating状态，无法进行此操作，请稍后重试。';
  const refusals: readonly FaultRule[] = [
    { call, times, errcode: 40097 },
    { call: 'batchuploadscfcode', env, times, envError: 'something that nobody has documented' },
    { call: 'batchuploadscfcode', env, times, updateFailed: 'InternalError.System' },
  ];
  return random.pick<FaultRule>([
    ...(refusing ? refusals : []),
    { call, times, errcode: -1 },
    { call, times, errcode: 45011 },
    { call, times, status: 502, body: '<html>Bad Gateway</html>' },
    { call, times, status: 429, headers: { 'retry-after': '1' } },
    { call, times, reset: true },
    { call, times: 1, hang: true },
    { call, times, delayMs: 100 },
    { call, times, lostAnswer: true },
    { call, times, halfAnswer: true },
    { call: 'batchuploadscfcode', env, times, envError: 'InternalError' },
    { call: 'batchuploadscfcode', env, times, envError: `FailedOperation.UpdateFunctionCode ${busy}` },
    { call: 'batchuploadscfcode', env, times, busyMs: 200 },
    { call: 'batchuploadscfcode', env, times, deployMs: 300 },
    { call, times: 1, expireToken: true },
  ]);
}

/** Ends the faults, makes what can be made whole, and waits until the cloud runs what is on disk. */
async function settle(game: Game): Promise<readonly string[]> {
  const { ground, options, emulator } = game;
  emulator.faults.clear();
  mend(ground);
  if (options.faults) writeFileSync(join(ground.folder, 'token.txt'), emulator.rotateToken());
  const since = performance.now();
  // Elsewhere nobody asks: a `push` looks at every file again, and would hide what the watching has missed.
  const mayAsk = options.faults && game.refusing;
  let askAt = 500;
  for (;;) {
    if (!startedAgain(game)) return ['the program ended'];
    const wrong = await differences(ground, options, emulator);
    if (wrong.length === 0) return [];
    const waited = performance.now() - since;
    if (waited > options.patienceMs) return [...wrong, ...(await askStatus(ground.folder))];
    if (mayAsk && waited > askAt) {
      await askPush(ground.folder);
      // Again: a request that was under way when the faults ended may be refused after that.
      askAt = performance.now() - since + 5000;
    }
    await ground.pause(30);
  }
}

/** Where it was started in the very moment in which the root was away, it ended with 3: no functions root exists. */
function startedAgain(game: Game): boolean {
  if (game.program.code() === null) return true;
  if (game.program.code() !== 3) return false;
  game.program = startProgram(game.ground.folder, game.options);
  return true;
}

/** `push`, through the running program: it retries what the cloud refused. */
async function askPush(folder: string): Promise<void> {
  await run(folder, ['push', '--json', '--timeout', '20']);
}

/** The program's own words for targets that are not live. */
async function askStatus(folder: string): Promise<readonly string[]> {
  const lines = (await run(folder, ['status', '--json'])).split('\n');
  return lines.filter((line) => line !== '' && !line.includes('"hold":null'));
}

/** The output of the program. */
function run(folder: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const stdio = ['ignore', 'pipe', 'ignore'] as const;
    const child = spawn(process.execPath, [programFile, ...args], { cwd: folder, stdio: [...stdio] });
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.once('close', () => resolve(printed));
  });
}

async function differences(ground: Ground, options: ChaosOptions, emulator: Emulator): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of ground.names) {
    const wanted = packedFiles(join(ground.root, name));
    for (const env of options.envs) {
      const is = await emulator.files(env, name);
      const paths = [...new Set([...wanted.keys(), ...is.keys()])];
      const differing = paths.filter((path) => {
        const [one, other] = [wanted.get(path), is.get(path)];
        return one === undefined || other === undefined || !one.equals(other);
      });
      if (differing.length > 0) wrong.push(`${name} in ${env}: ${differing.slice(0, 5).join(', ')}`);
    }
  }
  return wrong;
}

function story({ options, program, played }: Game, wrong: readonly string[], round: number): string {
  return [
    `seed ${options.seed}, round ${round}; play it again with CHAOS_SEED=${options.seed}`,
    ...wrong,
    `operations: ${played.join(' · ')}`,
    ...program.lines.slice(-60),
  ].join('\n');
}

function directoriesBelow(folder: string): number {
  const below = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'node_modules',
  );
  return below.reduce((sum, { name }) => sum + directoriesBelow(join(folder, name)), 1);
}

/** The resources of the process, by /proc. */
function figures(pid: number): Pick<Sample, 'rssKb' | 'descriptors' | 'watches'> {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const rssKb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    const descriptors = readdirSync(`/proc/${pid}/fd`);
    const watches = descriptors.map((fd) => {
      const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
      return info.split('\n').filter((line) => line.startsWith('inotify ')).length;
    });
    return { rssKb, descriptors: descriptors.length, watches: watches.reduce((sum, one) => sum + one, 0) };
  } catch {
    return { rssKb: null, descriptors: null, watches: null };
  }
}
