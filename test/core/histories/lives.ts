import { noTally, sumOf, type Tally } from '../colleagues.js';
import { World } from '../world.js';

/**
 * Random histories of the core, in four files that run next to each other: seeds that are always the same, and one in eight that
 * is drawn with each run. `HISTORIES` sets how many in all, `FRESH_HISTORIES` how many of them are drawn,
 * `HISTORY_SEED` plays one.
 */
const histories = Number(process.env['HISTORIES'] ?? 20_000);
const freshHistories = Number(process.env['FRESH_HISTORIES'] ?? Math.ceil(histories / 8));
export const timeout = 1_800_000;
const shares = 4;
const steps = 60;

/** In a quarter of them the cloud is asked what of the quotas is used. */
const asksQuotas = (seed: number): boolean => Math.floor(seed / shares) % 4 === 3 && !onceRed.includes(seed);

/** In a third of them several people deploy to the same environments. */
const isShared = (seed: number): boolean => Math.floor(seed / shares) % 3 === 1 && !onceRed.includes(seed);

/** In a fifth of them each start asks before it replaces code that this project has never sent. */
const asksFirst = (seed: number): boolean =>
  Math.floor(seed / shares) % 5 === 2 && !onceRed.includes(seed) && !onceRedShared.includes(seed);

interface Lived {
  /** Targets where a person went back. */
  readonly wentBack: number;
  /** Questions of first starts that named something, and environments where there was nothing to name. */
  readonly asked: number;
  readonly unasked: number;
  readonly tally: Tally;
}

/** Lives through one history; the last events are shown where a check fails. */
function live(seed: number): Lived {
  const world = new World(seed, asksQuotas(seed), isShared(seed), asksFirst(seed));
  try {
    for (let step = 0; step < steps; step += 1) world.step();
    world.rest();
    const { asked, unasked } = world.questions.tally;
    return { wentBack: world.wentBack, asked, unasked, tally: world.colleagues.tally };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${seed}: ${text}\nHISTORY_SEED=${seed} plays it again\n${world.story(400)}`);
  }
}

/**
 * Each was red once. Other things are drawn since, so it may play differently now: the plain tests of `live`, `unsure`, `person` and `undo`
 * show the faults, but for a look that waited for its turn. What was only believed to run failed to deploy; an upload that was refused for its
 * number came true; a look was waited for that nothing could make; what a person asked for past a used-up quota was held by what
 * the quota hid, or waited for the first list of an environment that refuses us; a request that came late over what was gone back to.
 */
const onceRed: readonly number[] = [
  118_378_899, 700_173_197, 747_622_841, 100_000_154, 100_001_560, 2158, 300_014_436, 400_020_659, 13_161,
];

/**
 * The same where several people deploy (`adopt`, `undo`): an upload that was refused left what was adopted as it was; what a person asked
 * for again was on disk already; a word about theirs was forgotten by a restart; a deployment that failed hid the trace of a request that
 * came late; what was known of an environment that had left was forgotten with a function that was taken off the list.
 */
const onceRedShared: readonly number[] = [
  324_713_921, 387_091_578, 565_526_477, 968_782_396, 410_622_208, 420_332_680, 656_390_262, 465_397_937,
  365_615_491, 319_899_940,
];

function seedsOf(share: number): number[] {
  const asked = process.env['HISTORY_SEED'];
  if (asked !== undefined) return share === 0 ? [Number(asked)] : [];
  const count = Math.ceil(histories / shares);
  const fresh = Math.ceil(freshHistories / shares);
  const start = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
  const fixed = Array.from({ length: count - fresh }, (_, index) => 1 + share + index * shares);
  const drawn = Array.from({ length: fresh }, (_, index) => start + index);
  return [...(share === 0 ? [...onceRed, ...onceRedShared] : []), ...fixed, ...drawn];
}

/** Plays a quarter of them. @returns how many were lived through */
export function liveShare(share: number): number {
  const seeds = seedsOf(share);
  const lived = seeds.map(live);
  const wentBack = lived.reduce((sum, each) => sum + each.wentBack, 0);
  const questions = {
    asked: lived.reduce((sum, each) => sum + each.asked, 0),
    unasked: lived.reduce((sum, each) => sum + each.unasked, 0),
  };
  const tally = { ...lived.reduce((sum, each) => sumOf(sum, each.tally), noTally()), ...questions };
  console.info(`${seeds.length} histories: ${JSON.stringify({ wentBack, ...tally })}`);
  // A thing that nobody does in them shows nothing.
  if (seeds.length >= 100 && wentBack === 0) throw new Error('nobody went back in any of them');
  for (const [what, count] of seeds.length < 1000 ? [] : Object.entries(tally))
    if (count < seeds.length / 100) throw new Error(`${what}: ${count} times in ${seeds.length} histories`);
  return seeds.length;
}

/** The counts that a file has to have played at least. */
export function expectedOf(share: number): number {
  return process.env['HISTORY_SEED'] === undefined ? Math.ceil(histories / shares) : Number(share === 0);
}
