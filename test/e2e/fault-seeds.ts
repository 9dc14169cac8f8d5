/**
 * One seed of the fault test: the real program over real sockets, a random sequence of the cloud's faults, and edits in
 * between. What is compared in the end is the content that runs in every environment, byte for byte.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CallName, type Emulator, type FaultRule, startEmulator } from '../../src/emulator/index.js';
import { type Random, seeded } from '../core/random.js';
import { filesBelow, makeProject, type Program, type Project, run, type Seen, uploads } from '../rig.js';

const envs = ['dev', 'test', 'stage'];
const names = ['login', 'order', 'pay'];
/** Each wait of the scheduler takes a fiftieth of its time, so that a minute's failures fit into a second. */
const timeScale = '0.02';
const steps = 12;

export interface SeedResult {
  readonly seed: number;
  readonly uploads: number;
  readonly faults: number;
}

interface Scene {
  readonly random: Random;
  readonly emulator: Emulator;
  readonly project: Project;
  readonly program: Program;
  readonly tokenFile: string;
  /** Only faults that pass, and no edit in the end: what was saved in the midst of them must go out by itself. */
  readonly forgiving: boolean;
  /** What was done, to be shown where it went wrong. */
  readonly story: string[];
  saves: number;
  faults: number;
}

/** @throws with the seed and the whole story where something was lost, sent needlessly or sent without end */
export async function playSeed(seed: number): Promise<SeedResult> {
  const random = seeded(seed);
  const emulator = await startEmulator({ envs, deployMs: 10 + random.below(60) });
  const scene = await begin(random, emulator);
  try {
    for (let step = 0; step < steps; step += 1) await act(scene);
    await mend(scene);
    await rest(scene);
    const code = await scene.program.stop();
    must(code === 0, `exit code ${code}`);
    judge(scene);
    return { seed, uploads: uploads(emulator), faults: scene.faults };
  } catch (error) {
    const { story, program } = scene;
    const why = error instanceof Error ? error.message : String(error);
    const told = program.events.map((seen) => JSON.stringify(seen)).slice(-80);
    throw new Error([`seed ${seed}: ${why}`, ...story, ...told, program.stderr()].join('\n'));
  } finally {
    scene.program.signal('SIGKILL');
    await scene.program.exit;
    await emulator.close();
    await rm(scene.project.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function begin(random: Random, emulator: Emulator): Promise<Scene> {
  for (const name of names) {
    for (const env of envs) if (random.chance(0.5)) await emulator.deploy(env, name, content(name, 9));
  }
  const config = {
    envs,
    endpoint: emulator.url,
    token: { file: 'token' },
    debounceMs: 20,
    requestsPerSecond: 200,
    requestTimeoutSeconds: 0.5,
    onForeignChange: 'warn',
  };
  const project = await makeProject(
    Object.fromEntries(names.map((name) => [name, content(name, 0)])),
    config,
  );
  const tokenFile = join(project.folder, 'token');
  await writeFile(tokenFile, emulator.token);
  const story: string[] = [];
  const forgiving = random.chance(0.6);
  // Some sequences begin with the very first contact, the others once all is live.
  const early = random.chance(0.4);
  const faults = early ? addFault({ random, emulator, story, forgiving }) : 0;
  const program = run(['watch', '--json'], {
    cwd: project.folder,
    env: { TCB_WATCH_TIME_SCALE: timeScale },
  });
  await program.waitFor((seen) => seen.event === 'watching');
  if (!early) {
    await program.waitForLive(names.flatMap((name) => envs.map((env) => [name, env] as const)));
  }
  return { random, emulator, project, program, tokenFile, forgiving, story, saves: 0, faults };
}

function content(name: string, version: number): Readonly<Record<string, string>> {
  const lines = `// ${'x'.repeat(version * 300)}\n`;
  return {
    'index.js': `exports.main = async () => '${name} ${version}';\n${lines}`,
    'lib/a.json': `{"v":${version}}`,
  };
}

async function act(scene: Scene): Promise<void> {
  const { random, project, program, emulator } = scene;
  const roll = random.below(100);
  if (roll < 45) {
    const name = random.pick(names);
    const version = random.below(3);
    scene.story.push(`save ${name} ${version}`);
    scene.saves += 1;
    for (const [path, text] of Object.entries(content(name, version))) {
      await project.write(`functions/${name}/${path}`, text);
    }
  } else if (roll < 85) scene.faults += addFault(scene);
  else if (roll < 92) {
    scene.story.push('token expires');
    emulator.expireToken();
  } else await rotate(scene);
  await somethingHappens(program, random.below(4));
}

async function rotate({ emulator, tokenFile, story }: Scene): Promise<void> {
  story.push('new token');
  await writeFile(tokenFile, emulator.rotateToken());
}

const html = '<html><body>502 Bad Gateway</body></html>';

/** Adds one, and returns how many requests it hits. */
function addFault(scene: Pick<Scene, 'random' | 'emulator' | 'story' | 'forgiving'>): number {
  const { emulator, story } = scene;
  const rule = randomFault(scene);
  story.push(JSON.stringify(rule));
  emulator.faults.add(rule);
  return rule.times ?? 1;
}

function randomFault({ random, forgiving }: Pick<Scene, 'random' | 'forgiving'>): FaultRule {
  const call: CallName = random.pick([
    'batchuploadscfcode',
    'batchuploadscfcode',
    'batchuploadscf',
    'getscflist',
  ]);
  const where = {
    call,
    times: 1 + random.below(3),
    ...(random.chance(0.4) ? { env: random.pick(envs) } : {}),
    ...(random.chance(0.3) && call !== 'getscflist' ? { function: random.pick(names) } : {}),
  };
  return { ...random.pick(forgiving ? passing : [...passing, ...lasting, ...lasting]), ...where };
}

/** Faults that pass: nobody has to do anything. */
const passing: readonly FaultRule[] = [
  { errcode: -1 },
  { errcode: 45_011 },
  { errcode: -501_001 },
  { status: 502, body: html },
  { status: 200, body: html },
  { status: 503, headers: { 'retry-after': '0.05' } },
  { reset: true },
  { lostAnswer: true },
  { halfAnswer: true },
  { hang: true },
  { delayMs: 80 },
  { envError: 'InternalError' },
  { envError: 'RequestLimitExceeded' },
  { busyMs: 150 },
  { deployMs: 300 },
];

/** Faults that hold a content until it changes. */
const lasting: readonly FaultRule[] = [
  { errcode: 77_777 },
  { errcode: 40_097 },
  { envError: 'Something new' },
  { updateFailed: 'npm install failed' },
];

/** So many events of the program, or a moment in which there are none: what interleaves with what is up to chance. */
async function somethingHappens({ child, events }: Program, count: number): Promise<void> {
  const wanted = events.length + count;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (events.length >= wanted) end();
    };
    const end = (): void => {
      clearTimeout(timer);
      child.stdout?.off('data', look);
      resolve();
    };
    const timer = setTimeout(end, 120);
    child.stdout?.on('data', look);
    look();
  });
}

/** The cloud answers and the token is good; what was refused for its content, if anything was, gets another. */
async function mend(scene: Scene): Promise<void> {
  const { emulator, project, random } = scene;
  emulator.faults.clear();
  await rotate(scene);
  if (scene.forgiving) return;
  await deleteCreateFailed(scene);
  const version = 6 + random.below(2);
  for (const name of names) {
    scene.saves += 1;
    for (const [path, text] of Object.entries(content(name, version))) {
      await project.write(`functions/${name}/${path}`, text);
    }
  }
  scene.story.push(`mended, all saved as ${version}`);
}

/** What could not be created must be deleted first, by a person in the console: this program never deletes. */
async function deleteCreateFailed({ emulator, story }: Scene): Promise<void> {
  for (const env of envs) {
    await emulator.finishDeployments({ env });
    for (const { name, status } of emulator.functions(env)) {
      if (status !== 'CreateFailed') continue;
      story.push(`delete ${name} in ${env}`);
      await fetch(`${emulator.url}/componenttcb/deletescf?access_token=${emulator.token}`, {
        method: 'POST',
        body: JSON.stringify({ env, functionname: name }),
      });
    }
  }
}

/** Until every environment runs what is on the disk, and the program knows it. */
async function rest({ emulator, project, program }: Scene): Promise<void> {
  const disk = await filesBelow(project.root);
  const differs = async (): Promise<string | null> => {
    for (const name of names) {
      const wanted = [...disk].filter(([path]) => path.startsWith(`${name}/`)).sort();
      for (const env of envs) {
        const files = await emulator.files(env, name);
        const runs = [...files].map(([path, bytes]) => [`${name}/${path}`, bytes.toString('utf8')]).sort();
        if (JSON.stringify(runs) !== JSON.stringify(wanted)) return `${name} in ${env} differs`;
      }
    }
    return null;
  };
  let last: string | null = null;
  await emulator
    .waitFor(
      async () => {
        last = await differs();
        return last === null;
      },
      { timeoutMs: 15_000 },
    )
    .catch(() => {
      throw new Error(last ?? 'differs');
    });
  for (const name of names) {
    for (const env of envs) await program.waitFor(() => isLive(program.events, name, env));
  }
}

/** The last that was said of the target is that the last content accepted there is live. */
function isLive(events: readonly Seen[], name: string, env: string): boolean {
  const about = events.filter((seen) => seen['function'] === name);
  const accepted = about.findLast((seen) => seen.event === 'pushed' && includes(seen['envs'], env));
  const live = about.findLast((seen) => seen.event === 'live' && seen['env'] === env);
  return live !== undefined && accepted !== undefined && live['fingerprint'] === accepted['fingerprint'];
}

function includes(list: unknown, value: string): boolean {
  return Array.isArray(list) && list.includes(value);
}

/** Nothing needless was sent, and not too much. */
function judge({ program, emulator, saves, faults }: Scene): void {
  const certain = new Map<string, unknown>();
  for (const seen of program.events) {
    for (const env of envs)
      if (includes(seen['envs'], env)) take(seen, `${seen['function']}/${env}`, certain);
  }
  const pushing = program.events.filter((seen) => seen.event === 'pushing').length;
  must(uploads(emulator) <= pushing, `${uploads(emulator)} uploads, ${pushing} told`);
  const most = envs.length * (2 * names.length + saves + faults) + 2;
  must(uploads(emulator) <= most, `${uploads(emulator)} uploads, ${most} at most`);
}

/** Failures after which nobody knows what the environment holds. */
const ambiguous = new Set(['transient', 'unknown', 'function']);

function take(seen: Seen, target: string, certain: Map<string, unknown>): void {
  if (seen.event === 'pushing') {
    must(certain.get(target) !== seen['fingerprint'], `${target} is sent again what it has`);
  }
  if (seen.event === 'pushed') certain.set(target, seen['fingerprint']);
  if (seen.event === 'push-failed' && ambiguous.has(String(seen['class']))) certain.delete(target);
}

function must(condition: boolean, complaint: string): void {
  if (!condition) throw new Error(complaint);
}
