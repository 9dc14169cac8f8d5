/** The mistakes that a seed of the fault test must not have made: sent something needlessly, or without end. */
import type { Emulator } from '../../src/emulator/index.js';
import { type Seen, uploads } from './rig.js';

export interface Case {
  readonly emulator: Emulator;
  readonly events: readonly Seen[];
  readonly envs: readonly string[];
  readonly names: readonly string[];
  readonly saves: number;
  readonly faults: number;
}

/** Nothing needless was sent, and not too much. */
export function judge({ emulator, events, envs, names, saves, faults }: Case): void {
  const known: Known = { certain: new Map(), overtaken: new Map() };
  for (const seen of events) {
    for (const env of envs) if (includes(seen['envs'], env)) take(seen, `${seen['function']}/${env}`, known);
  }
  const pushing = events.filter((seen) => seen.event === 'pushing').length;
  must(uploads(emulator) <= pushing, `${uploads(emulator)} uploads, ${pushing} told`);
  const most = 2 * (names.length + saves) + envs.length * faults + 2;
  must(uploads(emulator) <= most, `${uploads(emulator)} uploads, ${most} at most`);
  // Where it does not wait, a busy function is asked hundreds of times.
  const busy = emulator.requests().filter(({ failures }) => failures.some(isBusy)).length;
  must(busy <= names.length + saves + faults, `${busy} uploads to busy functions`);
}

const isBusy = ({ message }: { readonly message: string }): boolean => message.includes('当前函数处于');

/** Failures after which nobody knows what the environment holds. */
const ambiguous: ReadonlySet<string> = new Set(['transient', 'unknown', 'function']);

/** 45011: refused for its frequency, and so not carried out. */
const tooFrequent = 45_011;

interface Known {
  /** The content that each target was said to have accepted, and that nothing has put in doubt since. */
  readonly certain: Map<string, unknown>;
  /** Requests that were overtaken on their way to it. How they end is not reported, and puts what came after them in doubt. */
  readonly overtaken: Map<string, number>;
}

function take(seen: Seen, target: string, { certain, overtaken }: Known): void {
  const late = overtaken.get(target) ?? 0;
  if (seen.event === 'pushing' && certain.get(target) === seen['fingerprint']) {
    must(late > 0, `${target} is sent again what it has`);
    overtaken.set(target, late - 1);
    certain.delete(target);
  }
  if (seen.event === 'pushed') certain.set(target, seen['fingerprint']);
  if (seen.event !== 'push-failed') return;
  if (String(seen['message']).startsWith('no answer within')) overtaken.set(target, late + 1);
  const told = seen['errcode'] !== tooFrequent;
  if (told && ambiguous.has(String(seen['class']))) certain.delete(target);
}

export function includes(list: unknown, value: string): boolean {
  return Array.isArray(list) && list.includes(value);
}

export function must(condition: boolean, complaint: string): void {
  if (!condition) throw new Error(complaint);
}
