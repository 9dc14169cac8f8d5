/** How long a sync takes, and how many requests, against what the rate allows: the real core in time that only the cloud passes. */
import { it } from 'vitest';
import { report } from './rows.js';
import { nameAt, pageRows, type Simulation, simulation } from './simulation.js';

const usual = { uploadMs: 500, listMs: 150, deployMs: 700 };

const sizes: readonly (readonly [functions: number, envs: number])[] = [
  ...[1, 30, 300].flatMap((functions) => [1, 5, 12].map((envs) => [functions, envs] as const)),
  [1000, 12],
];

/** The requests that nobody can do without: an upload each, a list of each environment before, and one after, by pages. */
function leastRequests(functions: number, envs: number): number {
  return functions + envs + envs * Math.ceil(functions / pageRows);
}

/** However high the rate, one function is asked for, sent, deployed and asked for again. */
const oneFunctionMs = usual.listMs + usual.uploadMs + usual.deployMs + usual.listMs;

/** One save when everything is live. @returns the requests that it takes */
function requestsOfSave(world: Simulation, functions: number): number {
  const before = world.wires.length;
  world.save([nameAt(Math.floor(functions / 2))]);
  world.rest();
  return world.wires.length - before;
}

it.for(sizes)('%i functions × %i environments', ([functions, envs], context) => {
  const size = `${functions.toLocaleString('en')} × ${envs}`;
  const world = simulation(functions, envs, usual);
  const took = world.rest();
  const row = { p99: null } as const;
  report(context, {
    ...{ ...row, unit: 'ms', what: `first sync, ${size}: ${world.wires.length} requests`, median: took },
    reference: {
      name: 'least requests ÷ rate, or one deployment',
      median: Math.max(leastRequests(functions, envs) * 100, oneFunctionMs),
    },
    reach: '≤ 1.3 ×',
  });
  const msPerEvent = world.spentMs / world.events;
  report(context, {
    ...{ ...row, unit: 'count', what: `requests for one save at peace, ${size}` },
    median: requestsOfSave(world, functions),
    reference: { name: 'one upload, one list of each', median: 1 + envs },
    reach: '≤ 1 + one of each a look',
  });
  if (functions < 300 || envs < 12) return;
  const core = { ...row, unit: 'ms', reference: null } as const;
  const what = `the core’s own time for one event of the first sync, ${size}`;
  report(context, { ...core, what, median: msPerEvent, reach: '≤ 1 ms' });
  world.slowestMs = 0;
  world.save(Array.from({ length: functions }, (_, index) => nameAt(index)));
  const block = `the core’s longest event when all of ${size} change at once`;
  report(context, { ...core, what: block, median: world.slowestMs, reach: '≤ 50 ms' });
});

it('a low rate', (context) => {
  const careful = simulation(100, 4, usual, { requestsPerSecond: 3 });
  careful.rest();
  report(context, {
    ...{ unit: 'count', p99: null, what: 'most requests in any second, 100 × 4, allowed 3' },
    ...{ median: careful.busiest(), reference: { name: 'allowed', median: 3 }, reach: '≤ 1 ×' },
  });
});
