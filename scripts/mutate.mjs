// How much the unit tests notice: makes small faults in `src`, one at a time, and sees whether a test fails.
//   npm run mutate -- --room core --room cloud --count 40 --seed 7
// `--room`: repeatable, a folder of `src` (default: each); `--file`: a part of the path; `--count`: mutants for each room (20);
// `--test`: only tests with this part in their path, of which those that fail without a mutant say why (with `--count 0` nothing else happens);
// `--own`: only the tests of the room itself; `--processes`: also those of its tests that start processes, but no built program.
// The same sources, seed and options give the same mutants. Works in a copy. A run that never ends counts as noticed, and is counted
// apart; it is bounded by its own time, which other programs do not lengthen.
import { execFileSync, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { importsOf, mutationsOf } from './mutations.mjs';
import { watchOwnTime } from './own-time.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    room: { type: 'string', multiple: true },
    file: { type: 'string', default: '' },
    test: { type: 'string', default: '' },
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    own: { type: 'boolean', default: false },
    processes: { type: 'boolean', default: false },
  },
});

/** A test that starts the built program finds none in the copy, and is left out like any that fails without a mutant. */
const isUnitTest = (file) =>
  /^test\/(?!e2e\/|bench\/|soak\/).*\.test\.ts$/.test(file) &&
  file.includes(options.test) &&
  (options.processes || !file.endsWith('.process.test.ts'));
const roomOf = (file) => (file.split('/').length > 2 ? file.split('/')[1] : '');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
process.on('exit', () => {
  killRunner();
  rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
});

let runner = null;
const copy = await realpath(await mkdtemp(path.join(tmpdir(), 'tcb-watch-mutate-')));
const neverEnded = 'it never ended';
/** The files that were put right again since the warm process last heard. */
const stale = new Set();
try {
  const files = await copySources();
  const reach = await reachOf(files.filter((file) => isUnitTest(file)));
  const sources = files.filter((file) => /^src\/.*(?<!\.d)\.ts$/.test(file) && file.includes(options.file));
  const rooms = options.room ?? [...new Set(sources.map(roomOf))].filter((room) => room !== '').sort();
  const tests = await baseline(rooms, sources, reach);
  const results = [];
  for (const room of rooms)
    results.push(
      await mutateRoom(
        room,
        sources.filter((file) => roomOf(file) === room),
        reach,
        tests,
      ),
    );
  summarise(results);
} finally {
  killRunner();
}

async function copySources() {
  const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = listed.split('\0').filter((file) => file !== '');
  for (const file of files) {
    await cp(path.join(root, file), path.join(copy, file), { recursive: true, verbatimSymlinks: true }).catch(
      (error) => {
        // Deleted, and not committed yet.
        if (error.code !== 'ENOENT') throw error;
      },
    );
  }
  await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
  return files;
}

/** For each test, all files that it imports, directly or not, and over how many others. */
async function reachOf(tests) {
  const imports = new Map();
  const importsFrom = async (file) => {
    if (!imports.has(file)) {
      const code = await readFile(path.join(copy, file), 'utf8').catch(() => '');
      const found = /\.ts$/.test(file) ? importsOf(code) : [];
      imports.set(
        file,
        found.map((target) => path.posix.join(path.posix.dirname(file), target).replace(/\.js$/, '.ts')),
      );
    }
    return imports.get(file);
  };
  const reach = new Map();
  for (const test of tests) {
    const seen = new Map([[test, 0]]);
    for (const [file, steps] of seen)
      for (const next of await importsFrom(file)) if (!seen.has(next)) seen.set(next, steps + 1);
    reach.set(test, seen);
  }
  return reach;
}

/** The tests that are needed pass without a mutant; those that do not are left out. Returns of each how long it took and what passed. */
async function baseline(rooms, sources, reach) {
  const concerned = sources.filter((file) => rooms.includes(roomOf(file)));
  const wanted = [...reach.keys()].filter(
    (test) =>
      concerned.some((file) => reach.get(test).has(file)) && (!options.own || rooms.includes(roomOf(test))),
  );
  const tests = new Map();
  for (const test of wanted) {
    const { failed, reasons, passed, ownMs } = await run(test, [], 180_000);
    if (failed === null) tests.set(test, { passed, ownMs });
    else say([`left out, it fails without a mutant: ${test}`, ...reasons].join('\n  '));
  }
  say(
    `${tests.size} test files, ${Math.round([...tests.values()].reduce((sum, { ownMs }) => sum + ownMs, 0) / 1000)} s`,
  );
  return tests;
}

async function mutateRoom(room, sources, reach, tests) {
  const all = [];
  for (const file of sources) {
    const code = await readFile(path.join(copy, file), 'utf8');
    for (const mutation of mutationsOf(code)) all.push({ file, code, ...mutation });
  }
  const chosen = shuffled(all, `${options.seed} ${room}`).slice(0, Number(options.count));
  const survived = [];
  let unended = 0;
  for (const mutant of chosen) {
    const killer = await killerOf(mutant, reach, tests);
    if (killer?.endsWith(neverEnded) === true) unended += 1;
    const what = `${mutant.file}:${mutant.line}:${mutant.column}  ${shown(mutant.was)} → ${shown(mutant.text)}`;
    if (killer === null) survived.push(what);
    say(`${killer === null ? 'SURVIVED' : 'killed  '} ${what}${killer === null ? '' : `  (${killer})`}`);
  }
  return { room, count: chosen.length, places: all.length, survived, unended };
}

/** The name of the test that noticed, with `neverEnded` behind it where that is how; null: none did. Quick ones that are near the file come first. */
async function killerOf({ file, code, start, end, text }, reach, tests) {
  const rank = (test) => tests.get(test).ownMs * reach.get(test).get(file);
  const reaching = [...tests.keys()]
    .filter((test) => reach.get(test).has(file) && (!options.own || roomOf(test) === roomOf(file)))
    .sort((one, other) => rank(one) - rank(other));
  const place = path.join(copy, file);
  await writeFile(place, code.slice(0, start) + text + code.slice(end));
  try {
    for (const test of reaching) {
      const without = tests.get(test);
      const again = () => run(test, [place], 10_000 + 3 * without.ownMs);
      let { failed, passed } = await again();
      // The end of a run that a failure cut short may reach the next one: what it skipped has noticed nothing yet.
      if (failed === null && passed < without.passed) ({ failed } = await again());
      if (failed !== null) return failed === neverEnded ? `${test}, ${neverEnded}` : test;
    }
    return null;
  } finally {
    await writeFile(place, code);
    stale.add(place);
  }
}

/** Runs a test in the warm process. After `boundMs` of its own time it is ended, and the mutant counts as noticed. */
async function run(file, changed, boundMs) {
  runner ??= await startRunner();
  let time;
  const answer = await new Promise((resolve) => {
    const end = (reason) => resolve({ failed: neverEnded, reasons: [reason] });
    time = watchOwnTime(runner.pid, boundMs, () => end('it took too long'));
    runner.once('message', resolve).once('exit', () => end('it died'));
    runner.send({ file: path.join(copy, file), changed: [...changed, ...stale] });
  });
  const ownMs = time.end();
  stale.clear();
  runner.removeAllListeners();
  if (answer.failed === neverEnded) killRunner();
  return { ...answer, ownMs };
}

/** With its workers: one that a mutant keeps busy for ever hears nothing. */
function killRunner() {
  if (runner === null) return;
  try {
    process.kill(process.platform === 'win32' ? runner.pid : -runner.pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
  runner = null;
}

async function startRunner() {
  const script = path.join(copy, 'scripts/mutate-runner.mjs');
  const config = options.processes ? 'vitest.config.ts' : 'test/unit.config.ts';
  const started = fork(script, [config], {
    env: { ...process.env, MUTATE: '1', NO_COLOR: '1' },
    cwd: copy,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true,
  });
  await new Promise((resolve, reject) => {
    started.once('message', resolve).once('exit', () => reject(new Error('vitest did not start')));
  });
  started.removeAllListeners();
  return started;
}

function summarise(results) {
  say('');
  for (const { room, count, places, survived, unended } of results) {
    const killed = count - survived.length;
    const percent = count === 0 ? '–' : `${Math.round((100 * killed) / count)} %`;
    say(
      `${room.padEnd(10)} ${String(killed).padStart(3)} of ${String(count).padStart(3)} killed  ${percent.padStart(5)}  (${unended} never ended; ${places} places)`,
    );
  }
  const survived = results.flatMap((result) => result.survived);
  if (survived.length > 0) say(`\nSurvived with seed ${options.seed}:\n${survived.join('\n')}`);
}

/** Fisher and Yates, with mulberry32. */
function shuffled(items, seed) {
  let state = [...seed].reduce((hash, letter) => (Math.imul(hash, 31) + letter.codePointAt(0)) | 0, 17);
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

function shown(text) {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return '(nothing)';
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
