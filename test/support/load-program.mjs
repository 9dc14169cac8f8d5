/**
 * The monitor alone under a steady load, for measuring: 10 changes of the state and 200 lines of log a second. Prints what it
 * cost, in percent of a core, once it has left the screen. Arguments: how long to run in ms, and `idle` for no load.
 */
import { importSource } from '../../scripts/bundle.mjs';

const { emptyState, idleScan, unreadToken, settingsOf, openMonitor } = await importSource(
  'core/state.ts',
  'core/disk.ts',
  'sync/settings.ts',
  'monitor/monitor.ts',
);

const [, , runMs = '5000', mode = 'load'] = process.argv;
const envs = ['dev-3gewtf9c10f60c76', 'test', 'staging'];
const config = {
  concurrency: 4,
  requestsPerSecond: 10,
  envsPerRequest: 50,
  createMissing: true,
  verify: true,
};
const fingerprint = 'a'.repeat(64);

function target(env, inFlight) {
  const nothing = { presence: 'present', modTime: null, seenModTime: null, deploying: null, failed: null };
  const live = { live: fingerprint, liveSince: 1_700_000_000_000, verified: true, pushedAt: 0 };
  const calm = {
    foreign: null,
    undone: null,
    forced: null,
    urgent: false,
    parts: { timers: { live: null, inFlight: null, failed: null } },
    unsureUntil: null,
    lookedAt: 0,
    sent: true,
    goneSince: null,
  };
  return { env, ...live, ...nothing, ...calm, inFlight };
}

function fn(name, inFlight) {
  const spec = {
    name,
    dir: `/project/${name}`,
    root: '/project',
    envs,
    repository: null,
    built: false,
    problem: null,
  };
  const content = {
    wanted: fingerprint,
    dressed: null,
    fault: null,
    wantedAt: 0,
    savedAt: null,
    cause: 'change',
    files: 3,
    bytes: 5000,
  };
  const wantedParts = { timers: null };
  const scan = { wantedParts, settlingSince: null, scan: idleScan('change') };
  const targets = new Map(envs.map((env) => [env, target(env, inFlight)]));
  return { spec, ...content, zipBytes: 2000, problem: null, ...scan, targets };
}

const env = (id) => ({ spec: { id, protected: false }, contact: 'listed', blocked: null, apart: null });
let state = {
  ...emptyState(settingsOf(config, 1), Date.now()),
  token: { ...unreadToken(Date.now(), 1), status: 'ready' },
  functions: new Map(Array.from({ length: 30 }, (_, index) => [`fn${index}`, fn(`fn${index}`, null)])),
  envs: new Map(envs.map((id) => [id, env(id)])),
};

const monitor = openMonitor({
  input: process.stdin,
  output: process.stdout,
  language: 'en',
  ascii: false,
  color: true,
  remote: false,
  mouse: true,
  endpoint: () => 'emulator',
  redact: (text) => text,
  uncalled: () => null,
  eventsFileOf: (name) => `events/${name}.json`,
  token: () => null,
  state: () => state,
  now: Date.now,
  early: [],
  onAction: () => undefined,
  onFailure: (error) => {
    throw error;
  },
});

let ticks = 0;
const timer =
  mode === 'idle'
    ? null
    : setInterval(() => {
        ticks += 1;
        for (let line = 0; line < 4; line += 1) {
          const text = `line ${ticks}.${line}: 依赖安装 npm WARN deprecated something@1.2.3 in node_modules`;
          monitor.fact({ event: 'changed', function: 'fn0', files: [text], more: 0 }, Date.now());
        }
        if (ticks % 5 !== 0) return;
        const name = `fn${ticks % 30}`;
        state = {
          ...state,
          functions: new Map(state.functions).set(name, fn(name, ticks % 2 === 0 ? 1 : null)),
        };
        monitor.stateChanged({ type: 'tick', at: Date.now() });
      }, 20);

// The cost of starting is not part of it.
await new Promise((resolve) => setTimeout(resolve, 1000));
const before = process.cpuUsage();
const began = performance.now();
await new Promise((resolve) => setTimeout(resolve, Number(runMs)));
const { user, system } = process.cpuUsage(before);
const percent = (user + system) / 10 / (performance.now() - began);
if (timer !== null) clearInterval(timer);
monitor.close();
process.stdout.write(`cpu ${percent.toFixed(2)} % lines ${ticks * 4}\n`);
process.exit(0);
