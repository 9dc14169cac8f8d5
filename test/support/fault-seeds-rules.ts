/** The faults of the seeds: which there are, and how often each is chosen. */
import type { CallName, FaultRule } from '../../src/emulator/index.js';
import type { Random } from './random.js';

const html = '<html><body>502 Bad Gateway</body></html>';

/** @param forgiving only faults that pass by themselves */
export function randomFault(
  random: Random,
  forgiving: boolean,
  envs: readonly string[],
  names: readonly string[],
): FaultRule {
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
  { busyMs: 1500 },
  { deployMs: 300 },
];

/** Ends of an upload after which nobody knows whether it was carried out; in all of these but one, it was. */
const ambiguousEnds: readonly FaultRule[] = [
  { lostAnswer: true },
  { halfAnswer: true },
  { lostAnswer: true },
  { status: 502, body: html },
];

/** Ends of an upload after which it is certain that nothing was carried out. */
const cleanEnds: readonly FaultRule[] = [{ errcode: 45_011 }, { expireToken: true }];

/** Faults that hold a content until it changes. */
const lasting: readonly FaultRule[] = [
  { errcode: 77_777 },
  { errcode: 40_097 },
  { envError: 'Something new' },
  { updateFailed: 'npm install failed' },
];

/** How an upload ends whose edit is undone meanwhile. */
export function randomEnd(random: Random): FaultRule {
  return random.pick([...ambiguousEnds, ...ambiguousEnds, ...cleanEnds]);
}
