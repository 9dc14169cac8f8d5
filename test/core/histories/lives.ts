import { World } from '../world.js';

/**
 * Random histories of the core, in four files that run next to each other: seeds that are always the same, and one in eight that is
 * drawn with each run. `HISTORIES` sets how many in all, `HISTORY_SEED` plays one.
 */
const histories = Number(process.env['HISTORIES'] ?? 20_000);
export const timeout = 1_800_000;
const shares = 4;
const steps = 60;

/** Lives through one history, and counts where a person went back in it; the last events are shown where a check fails. */
function live(seed: number): number {
  const world = new World(seed);
  try {
    for (let step = 0; step < steps; step += 1) world.step();
    world.rest();
    return world.wentBack;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${seed}: ${text}\nHISTORY_SEED=${seed} plays it again\n${world.story(400)}`);
  }
}

/**
 * Each was red once: what was only believed to run failed to deploy; an upload that was refused for its number came true; a look
 * was waited for that nothing could make; what a person asked for past a used-up quota was held by what the quota hid, or waited for
 * the first list of an environment that refuses us; a look waited for its turn; a request that came late over what was gone back to.
 */
const onceRed: readonly number[] = [
  118_378_899, 700_173_197, 747_622_841, 100_000_154, 100_001_560, 2158, 300_014_436, 400_020_659, 13_161,
];

function seedsOf(share: number): number[] {
  const asked = process.env['HISTORY_SEED'];
  if (asked !== undefined) return share === 0 ? [Number(asked)] : [];
  const count = Math.ceil(histories / shares);
  const fresh = Math.ceil(count / 8);
  const start = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
  const fixed = Array.from({ length: count - fresh }, (_, index) => 1 + share + index * shares);
  const drawn = Array.from({ length: fresh }, (_, index) => start + index);
  return [...(share === 0 ? onceRed : []), ...fixed, ...drawn];
}

/** Plays a quarter of them. @returns how many were lived through */
export function liveShare(share: number): number {
  const seeds = seedsOf(share);
  const wentBack = seeds.reduce((sum, seed) => sum + live(seed), 0);
  // What nobody does in them shows nothing.
  if (seeds.length >= 100 && wentBack === 0) throw new Error('nobody went back in any of them');
  return seeds.length;
}

/** What a file has to have played at least. */
export function expectedOf(share: number): number {
  return process.env['HISTORY_SEED'] === undefined ? Math.ceil(histories / shares) : Number(share === 0);
}
