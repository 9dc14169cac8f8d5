/** The resources of a program while it rests: descriptors by what they are, watches, timers and the like, memory after a collection. */
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

/** Counts by kind: descriptors by /proc, resources by Node. */
export type Held = Readonly<Record<string, number>>;

export interface Rest {
  readonly held: Held;
  readonly heldKb: number;
}

/** How the program is to be started so that it can be asked. */
export function probed(answerFile: string): Readonly<Record<string, string>> {
  const probe = new URL('./probe.mjs', import.meta.url).href;
  return { NODE_OPTIONS: `--import ${probe}`, SOAK_ANSWER: answerFile };
}

const answer = z.object({ resources: z.array(z.string()), heldKb: z.number() });

/** Asks a program that was started as `probed` says. */
export async function restOf(pid: number, answerFile: string): Promise<Rest> {
  rmSync(answerFile, { force: true });
  process.kill(pid, 'SIGUSR2');
  let text: string | null = null;
  while (text === null) {
    await pause(5);
    text = orNull(() => readFileSync(answerFile, 'utf8'));
  }
  const { resources, heldKb } = answer.parse(JSON.parse(text));
  const kinds = [...descriptorKinds(pid), ...watched(pid), ...resources.map((name) => `resource ${name}`)];
  return { held: counted(kinds), heldKb };
}

/** null: the file, or the descriptor, is not there, or not any more. */
function orNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** To the cloud: the one kind of descriptor that is kept for a while although nothing needs it. */
const connection = 'descriptor connection';

function descriptorKinds(pid: number): string[] {
  const connections = ['tcp', 'tcp6']
    .map((kind) => readFileSync(`/proc/${pid}/net/${kind}`, 'utf8'))
    .join('\n');
  return descriptorsOf(pid).flatMap((fd) => {
    const target = orNull(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
    if (target === null) return [];
    const [, kind, inode] = /^(\w+):\[(\d+)\]$/.exec(target) ?? [];
    if (kind === 'socket' && connections.includes(` ${inode} `)) return [connection];
    return [`descriptor ${kind ?? target}`];
  });
}

/** Which folders are watched, so that a watch that is missing shows as well as one too many. */
function watched(pid: number): string[] {
  const inodes = inodesBelow(readlinkSync(`/proc/${pid}/cwd`));
  return descriptorsOf(pid).flatMap((fd) => {
    const info = orNull(() => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')) ?? '';
    const watches = [...info.matchAll(/^inotify wd:\w+ ino:(\w+)/gm)];
    return watches.map(([, inode]) => `watch ${inodes.get(Number.parseInt(inode ?? '', 16)) ?? '?'}`);
  });
}

function descriptorsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`);
}

function inodesBelow(folder: string): ReadonlyMap<number, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    ['.', ...paths].map((path) => [statSync(join(folder, path), { throwIfNoEntry: false })?.ino ?? 0, path]),
  );
}

function counted(kinds: readonly string[]): Held {
  const counts: Record<string, number> = {};
  for (const kind of [...kinds].sort()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/**
 * Connections to the cloud are kept for up to a minute after their last use, and the quotas are asked for every 3 minutes of such a run: just
 * before that minute is over, at worst. A sweep may be under way in the moment of asking.
 */
const patienceMs = 150_000;

/** Asks until nothing more ends: until two answers a second apart, and without a connection to the cloud, are alike. */
export async function restWhenCalm(pid: number, answerFile: string): Promise<Rest> {
  for (let before: Rest | null = null; ; await pause(1000)) {
    const now = await restOf(pid, answerFile);
    const calm = before !== null && sameHeld(before.held, now.held) && !(connection in now.held);
    if (calm) return now;
    before = now;
  }
}

/**
 * Asks until it holds what it held before; after two minutes and a half, what it holds instead.
 * @param aside connections to the cloud are left out, which end by themselves: then there is hardly anything to wait for
 */
export async function restLike(
  wanted: Held,
  pid: number,
  answerFile: string,
  aside: 'connections' | 'nothing',
): Promise<Rest> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const { held: all, heldKb } = await restOf(pid, answerFile);
    const held = aside === 'nothing' ? all : withoutConnections(all);
    if (sameHeld(wanted, held) || performance.now() > until) return { held, heldKb };
    await pause(500);
  }
}

function withoutConnections(held: Held): Held {
  return Object.fromEntries(Object.entries(held).filter(([kind]) => kind !== connection));
}

function sameHeld(one: Held, other: Held): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
