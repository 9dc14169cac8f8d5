/**
 * One seed of the fault test: the real program over real sockets, a random sequence of the cloud's faults, and edits in
 * between. What is compared in the end is the content that runs in every environment, byte for byte.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Emulator, type FaultRule, startEmulator } from '../../src/emulator/index.js';
import { includes, judge, must } from './fault-seeds-judge.js';
import { randomEnd, randomFault } from './fault-seeds-rules.js';
import { type Random, seeded } from './random.js';
import { filesBelow, makeProject, type Program, type Project, run, type Seen, uploads } from './rig.js';

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
  /** The steps that were done, to be shown where one went wrong. */
  readonly story: string[];
  /** The last save of each function. */
  readonly versions: Map<string, number>;
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
    if (scene.forgiving) await undoFromRest(scene);
    await mend(scene);
    await rest(scene);
    const code = await scene.program.stop();
    must(code === 0, `exit code ${code}`);
    const { saves, faults } = scene;
    judge({ emulator, events: scene.program.events, envs, names, saves, faults });
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
  return {
    random,
    emulator,
    project,
    program,
    tokenFile,
    forgiving,
    story,
    versions: new Map(),
    saves: 0,
    faults,
  };
}

function content(name: string, version: number): Readonly<Record<string, string>> {
  const lines = `// ${'x'.repeat(version * 300)}\n`;
  return {
    'index.js': `exports.main = async () => '${name} ${version}';\n${lines}`,
    'lib/a.json': `{"v":${version}}`,
  };
}

async function act(scene: Scene): Promise<void> {
  const { random, program, emulator } = scene;
  const roll = random.below(100);
  if (roll < 40) await save(scene, random.pick(names), random.below(3));
  else if (roll < 50) await undo(scene, random.pick(names));
  else if (roll < 85) scene.faults += addFault(scene);
  else if (roll < 92) {
    scene.story.push('token expires');
    emulator.expireToken();
  } else await rotate(scene);
  const from = program.events.length;
  const count = random.below(4);
  if (count > 0) await somethingHappens(program, (_, index) => index + 1 >= count, from);
}

async function save(scene: Scene, name: string, version: number): Promise<void> {
  scene.story.push(`save ${name} ${version}`);
  scene.saves += 1;
  scene.versions.set(name, version);
  for (const [path, text] of Object.entries(content(name, version))) {
    await scene.project.write(`functions/${name}/${path}`, text);
  }
}

/**
 * An edit that is undone while its upload is on its way, and that upload ends badly. Where nobody knows whether it was carried
 * out, the old content must be sent again although it was live; where it was not, nothing must be sent.
 */
async function undo(scene: Scene, name: string): Promise<void> {
  const { random, emulator, program, story } = scene;
  const before = scene.versions.get(name) ?? 0;
  const where = { call: 'batchuploadscfcode', function: name, times: 1 } as const;
  const rules: readonly FaultRule[] = [
    { delayMs: 120, ...where },
    { ...randomEnd(random), ...where },
  ];
  story.push(JSON.stringify(rules));
  emulator.faults.add(rules);
  scene.faults += rules.length;
  const from = program.events.length;
  await save(scene, name, 3 + random.below(3));
  await somethingHappens(program, (seen) => seen.event === 'pushing' && seen['function'] === name, from);
  await save(scene, name, before);
}

/** Once everything is known to be live, so that an undone edit is what the program believes to be there. */
async function undoFromRest(scene: Scene): Promise<void> {
  scene.emulator.faults.clear();
  await rotate(scene);
  await rest(scene);
  scene.story.push('all live');
  for (const name of names) await undo(scene, name);
}

async function rotate({ emulator, tokenFile, story }: Scene): Promise<void> {
  story.push('new token');
  await writeFile(tokenFile, emulator.rotateToken());
}

/** Adds one, and returns how many requests it hits. */
function addFault(scene: Pick<Scene, 'random' | 'emulator' | 'story' | 'forgiving'>): number {
  const { emulator, story } = scene;
  const rule = randomFault(scene.random, scene.forgiving, envs, names);
  story.push(JSON.stringify(rule));
  emulator.faults.add(rule);
  return rule.times ?? 1;
}

/** An event of the program that fits, or a moment in which there is none: what interleaves with what is up to chance. */
async function somethingHappens(
  { child, events }: Program,
  fits: (seen: Seen, index: number) => boolean,
  from: number,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (events.slice(from).some(fits)) end();
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
  const { emulator, random } = scene;
  emulator.faults.clear();
  await rotate(scene);
  if (scene.forgiving) return;
  await deleteCreateFailed(scene);
  const version = 6 + random.below(2);
  for (const name of names) await save(scene, name, version);
  scene.story.push(`mended, all saved as ${version}`);
}

/** A function that could not be created must be deleted first, by a person in the console: this program never deletes. */
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
