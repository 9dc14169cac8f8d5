/**
 * The work of people all day, with the built program on Windows: real processes, real files, a cloud of its own on loopback.
 * Runs on Windows' Node, also under Wine, which scripts/test-windows.mjs starts. Prints a line for each flow; ends with 1 where one failed.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const [program, preload, fingerprintElsewhere] = process.argv.slice(2);
const underWine = preload !== '-';
/** Long enough for a loaded machine: a flow that waits this long has failed. */
const boundMs = 30_000;

const base = mkdtempSync(join(tmpdir(), 'tcb-flows-'));
const project = join(base, '项目 one');
const place = (...parts) => join(project, 'cloud', 'functions', ...parts);
const entry = (text) => `exports.main = async (event) => (${text});\n`;

let failed = 0;
let passed = 0;
function report(name, good, why = '') {
  if (good) passed += 1;
  else failed += 1;
  const detail = good ? '' : `  ${String(why).trim().slice(-1200)}`;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${name}${detail}`);
}

/** A program that runs; `lines()` are its events so far. */
function start(args, { cwd = project, environment = {}, stdin = 'ignore' } = {}) {
  const child = spawn(process.execPath, [...(underWine ? ['--require', preload] : []), program, ...args], {
    cwd,
    env: { ...process.env, TCB_WATCH_TRUST: '1', TCB_WATCH_LANG: 'en', ...environment },
    stdio: [stdin, 'pipe', 'pipe'],
  });
  const run = { child, output: '', code: null };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      run.output += text;
    });
  }
  run.ended = new Promise((resolve) =>
    child.on('close', (code) => {
      run.code = code;
      resolve(run);
    }),
  );
  run.count = (event, name) => run.output.split(`"event":"${event}","function":"${name}"`).length - 1;
  return run;
}

async function runToEnd(args, options) {
  const run = start(args, options);
  const timer = setTimeout(() => run.child.kill(), 2 * boundMs);
  await run.ended;
  clearTimeout(timer);
  return run;
}

async function until(condition, ms = boundMs) {
  for (const since = Date.now(); Date.now() - since < ms; await pause(30)) if (condition()) return true;
  return false;
}

function configure(more = {}) {
  const config = { functionsRoot: 'cloud\\functions', envs: ['dev-1'], endpoint: 'emulator', ...more };
  writeFileSync(join(project, 'watch.config.json'), JSON.stringify(config));
}

/** Does something to a function while `watch` runs: one more upload must be live, or, where `ms` is given, within so long. */
async function saved(watch, name, act, { of = 'pay', ms = boundMs } = {}) {
  await pause(400);
  const before = watch.count('live', of);
  const afterwards = await act();
  report(name, await until(() => watch.count('live', of) > before, ms), watch.output);
  await afterwards?.();
}

mkdirSync(place('pay'), { recursive: true });
writeFileSync(place('pay', 'index.js'), entry('{ hi: event.name }'));

// ---------------------------------------------------------------- the first minutes

let run = await runToEnd(['--version'], { cwd: base });
report('--version', run.code === 0, run.output);
writeFileSync(join(project, 'project.config.json'), '{"cloudfunctionRoot":"cloud\\\\functions\\\\"}');
run = await runToEnd(['init', '--yes', '-e', 'dev-1']);
report('init, a root with backslashes', run.code === 0, run.output);
configure({ hooks: { afterLive: 'echo %TCB_WATCH_FUNCTION%>>hook.txt' } });
run = await runToEnd(['doctor']);
report('doctor', run.code === 0, run.output);
run = await runToEnd(['status', '--files', 'pay']);
report('status --files', run.output.includes('index.js'), run.output);

// ---------------------------------------------------------------- saves, with a handle on every folder

const byFolders = { environment: { TCB_WATCH_EVENTS: 'folders' } };
let watch = start(['watch', '--json'], byFolders);
report('watch: the first upload is live', await until(() => watch.count('live', 'pay') > 0), watch.output);
await until(() => watch.output.includes('"event":"watching"'));
await saved(watch, 'a save', () => writeFileSync(place('pay', 'index.js'), entry('{ ho: event.name }')));
await saved(watch, 'an atomic save', () => {
  writeFileSync(place('pay', 't~'), entry('{ ha: event.name }'));
  renameSync(place('pay', 't~'), place('pay', 'index.js'));
});
await saved(watch, 'new folders with Chinese names', () => {
  mkdirSync(place('pay', '库', '深'), { recursive: true });
  writeFileSync(place('pay', '库', '深', 'a.js'), '1');
});
await saved(watch, 'a folder renamed', () => renameSync(place('pay', '库'), place('pay', 'lib')));
await saved(watch, 'a save in it', () => writeFileSync(place('pay', 'lib', '深', 'a.js'), '2'));
await saved(watch, 'a path over 260 characters', () => {
  const deep = place('pay', 'a-long-folder-name-'.repeat(8), 'b'.repeat(120));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'x.js'), '1');
});
await saved(watch, 'a file deleted', () => rmSync(place('pay', 'lib', '深', 'a.js')));
report('a hook in cmd.exe', await until(() => existsSync(join(project, 'hook.txt'))));

// ---------------------------------------------------------------- other commands next to it

run = await runToEnd(['invoke', 'pay', '{"name":"é中"}', '-e', 'dev-1']);
report('invoke', run.code === 0 && run.output.includes('é中'), run.output);
run = await runToEnd(['watch', '--plain']);
report('a second watch: 3', run.code === 3, run.output);
const spellings = [
  ['as it is', project, []],
  ['with a small drive letter', project.replace(/^[A-Z]/, (drive) => drive.toLowerCase()), []],
  ['with \\\\?\\', base, ['--config', `\\\\?\\${join(project, 'watch.config.json')}`]],
  ['in capitals', base, ['--config', join(project, 'WATCH.CONFIG.JSON')]],
];
for (const [name, cwd, options] of spellings) {
  run = await runToEnd(['push', 'pay', '--force', ...options], { cwd });
  report(`push to it, its folder written ${name}`, run.code === 0, run.output);
}
run = await runToEnd(['status'], { cwd: project.toLowerCase() });
report('status, the folder in small letters: all is live', run.code === 0, run.output);

// ---------------------------------------------------------------- files that somebody has open

await saved(
  watch,
  'a file locked for a second is live long before the next sweep',
  async () => {
    const locked = openSync(place('pay', 'index.js'), constants.O_RDWR | 0x10000000); // UV_FS_O_EXLOCK: shared with nobody
    writeSync(locked, 'exports.main = async () => 3;//');
    await pause(1000);
    closeSync(locked);
  },
  { ms: 12_000 },
);
const ledger = join(project, '.tcb-watch', 'ledger.json');
await saved(watch, 'a save while somebody reads the ledger', () => {
  const reader = openSync(ledger, 'r');
  writeFileSync(place('pay', 'index.js'), entry('4'));
  return async () => {
    await pause(500);
    closeSync(reader);
  };
});
await pause(6_000);
watch.child.kill();
await watch.ended;
run = await runToEnd(['status']);
report('killed, then status: all is live', run.code === 0, run.output);

// ---------------------------------------------------------------- one handle for each root

writeFileSync(place('pay', 'index.js'), entry('5'));
watch = start(['watch', '--json']);
report('killed, then watch', await until(() => watch.output.includes('"event":"watching"')), watch.output);
await saved(
  watch,
  'a new function with folders',
  () => {
    mkdirSync(place('fresh', 'lib', 'deep'), { recursive: true });
    writeFileSync(place('fresh', 'lib', 'deep', 'a.js'), '1');
    writeFileSync(place('fresh', 'index.js'), entry('6'));
  },
  { of: 'fresh' },
);
if (!underWine) {
  await saved(watch, 'a save in a folder that was there', () =>
    writeFileSync(place('pay', 'index.js'), entry('7')),
  );
  await saved(
    watch,
    'a folder with folders below is renamed',
    () => renameSync(place('fresh', 'lib'), place('fresh', 'library')),
    { of: 'fresh' },
  );
}
run = await runToEnd(['stop']);
await until(() => watch.code !== null);
report(
  'stop ends it as Ctrl-C does',
  run.code === 0 && watch.code === 0 && watch.output.includes('"stopped"'),
  run.output,
);

// ---------------------------------------------------------------- what was sent, and saved events

configure({ functions: { pay: { answers: true } } });
mkdirSync(join(project, 'events'), { recursive: true });
writeFileSync(join(project, 'events', 'pay.json'), '[{"name":"你好","value":{"name":"中"}}]');
writeFileSync(place('pay', 'index.js'), entry('{ first: event.name }'));
await runToEnd(['push', 'pay']);
writeFileSync(place('pay', 'lib', '深', '文.js'), '// second\n');
writeFileSync(place('pay', 'index.js'), entry('{ second: event.name }'));
run = await runToEnd(['diff', 'pay']);
report(
  'diff, with forward slashes',
  run.code === 1 && run.output.includes('--- a/index.js') && run.output.includes('lib/深/文.js'),
  run.output,
);
// A file that Windows refuses to replace while somebody reads it.
const kept = join(project, '.tcb-watch', 'history', 'versions');
const readers = readdirSync(kept).map((name) => openSync(join(kept, name, 'index.json'), 'r'));
const pushed = start(['push', 'pay', '--plain']);
await until(() => pushed.output.includes('live') || pushed.code !== null);
await pause(300);
for (const reader of readers) closeSync(reader);
await pushed.ended;
run = await runToEnd(['history', 'pay', '--json']);
const versions = [...run.output.matchAll(/"fingerprint":"([0-9a-f]{64})"/g)].map(([, id]) => id);
report(
  'history, though somebody reads its files',
  new Set(versions).size >= 2,
  `${pushed.output}${run.output}`,
);
run = await runToEnd(['check', 'pay', '--plain']);
report('check, an event with a Chinese name', run.code === 0 && run.output.includes('你好'), run.output);
run = await runToEnd(['undo', 'pay', '-e', 'dev-1', '--yes']);
const undone = await runToEnd(['invoke', 'pay', '{"name":"旧"}', '-e', 'dev-1']);
report('undo: the version before runs', undone.output.includes('"first": "旧"'), run.output + undone.output);
watch = start(['watch', '--json'], byFolders);
await until(() => watch.output.includes('"event":"watching"'));
run = await runToEnd(['undo', 'pay', '-e', 'dev-1', '--to', 'disk', '--yes']);
const redone = await runToEnd(['invoke', 'pay', '{"name":"新"}', '-e', 'dev-1']);
report(
  'undo --to disk, through the one that runs',
  redone.output.includes('"second": "新"'),
  run.output + redone.output,
);
await runToEnd(['stop']);
await watch.ended;

const agent = start(['mcp'], { stdin: 'pipe' });
const ask = (id, method, params) =>
  agent.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
ask(1, 'initialize', {
  ...{ protocolVersion: '2025-06-18', capabilities: {} },
  clientInfo: { name: 'flows', version: '1' },
});
await until(() => agent.output.includes('"id":1') || agent.code !== null);
agent.child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
ask(2, 'tools/list', {});
ask(3, 'tools/call', { name: 'status', arguments: {} });
await until(() => agent.output.includes('"id":3') || agent.code !== null);
const said = agent.output;
agent.child.stdin.end();
report('mcp over stdio', said.includes('"id":2') && said.includes('"id":3') && said.includes('pay'), said);
report(
  'the end of its stdin ends mcp',
  (await until(() => agent.code !== null)) && agent.code === 0,
  agent.output,
);

run = await runToEnd(['complete', '--', 'push', 'p']);
report(
  'completion answers a name',
  run.output.startsWith('pay\t') || run.output.startsWith('pay\n'),
  run.output,
);
run = await runToEnd(['complete', 'powershell']);
report('the script for PowerShell', run.output.includes('Register-ArgumentCompleter'), run.output);
configure();

// ---------------------------------------------------------------- ends, code pages, tokens, paths

watch = start(['watch', '--json', '--stdin-ends'], { stdin: 'pipe', ...byFolders });
await until(() => watch.output.includes('"event":"watching"'));
watch.child.stdin.end();
report('--stdin-ends', (await until(() => watch.code !== null)) && watch.code === 0, watch.output);

const gbk = Buffer.from('b2bbcac7c4dab2bfbbf2cde2b2bfc3fcc1ee', 'hex'); // 不是内部或外部命令
writeFileSync(join(project, 'gbk.txt'), gbk);
configure({ hooks: { afterLive: 'type gbk.txt 1>&2 & exit 3' } });
run = await runToEnd(['push', 'pay', '--force', '--plain']);
report('a hook that prints GBK is readable', run.output.includes('不是内部或外部命令'), run.output);

configure({ ignore: ['lib\\*.js'] });
run = await runToEnd(['status']);
report(
  'a pattern with backslashes: 3, with the right one',
  run.code === 3 && run.output.includes('lib/*.js'),
  run.output,
);

configure();
writeFileSync(place('pay', 'index.js'), 'exports.main = async () => { throw new Error("no"); };\n');
run = await runToEnd(['push', 'pay']);
run = await runToEnd(['invoke', 'pay', '{}', '-e', 'dev-1']);
const stack = /\/var\/user\S*/.exec(run.output)?.[0] ?? '';
report(
  'a stack with forward slashes: 5',
  run.code === 5 && stack.startsWith('/var/user/index.js:1'),
  run.output,
);

rmSync(place('fresh'), { recursive: true, force: true });
rmSync(place('pay'), { recursive: true, force: true });
mkdirSync(place('pay', 'bin'), { recursive: true });
writeFileSync(place('pay', 'index.js'), entry('8'));
writeFileSync(place('pay', 'bin', 'run.sh'), '#!/bin/sh\necho 8\n');
run = await runToEnd(['status', '--json']);
const wanted = /"wanted":"([0-9a-f]{64})"/.exec(run.output)?.[1] ?? '';
report(
  'a script has the fingerprint that Linux gives it',
  fingerprintElsewhere === '-' ? wanted !== '' : wanted === fingerprintElsewhere,
  `${wanted} here, ${fingerprintElsewhere} there`,
);

const tokenFile = join(project, 'token');
const emulator = start(['emulator', '--env-id', 'dev-1', '--token', 'first-token', '--json'], { cwd: base });
await until(() => emulator.output.includes('"listening"'));
const url = /"url":"([^"]+)"/.exec(emulator.output)?.[1];
writeFileSync(tokenFile, 'wrong-token');
configure({ endpoint: url, token: { file: 'token' } });
watch = start(['watch', '--json'], byFolders);
await until(() => watch.output.includes('"state":"rejected"'));
writeFileSync(join(project, '.put'), 'first-token');
let replaced = '';
try {
  renameSync(join(project, '.put'), tokenFile);
} catch (error) {
  replaced = String(error);
}
report(
  'a token file replaced as writers do',
  replaced === '' && (await until(() => watch.count('live', 'pay') > 0)),
  replaced + watch.output,
);
await runToEnd(['stop']);
await until(() => watch.code !== null);

const secrets = join(project, 'secrets');
mkdirSync(secrets);
writeFileSync(join(secrets, 'token'), 'wrong-token');
configure({ endpoint: url, token: { file: 'secrets/token' } });
writeFileSync(place('pay', 'index.js'), entry('9'));
watch = start(['watch', '--json'], byFolders);
await until(() => watch.output.includes('"state":"rejected"'));
try {
  renameSync(secrets, join(project, 'before'));
  mkdirSync(secrets);
  writeFileSync(join(secrets, 'token'), 'first-token');
  replaced = '';
} catch (error) {
  replaced = String(error);
}
report(
  'the folder of a token file is made anew: heard within 10 s',
  replaced === '' && (await until(() => watch.count('live', 'pay') > 0, 10_000)),
  replaced + watch.output,
);
await runToEnd(['stop']);
await until(() => watch.code !== null);
emulator.child.kill();
await emulator.ended;
report(
  'nothing secret is in the log',
  !readFileSync(join(project, '.tcb-watch', 'log'), 'utf8').includes('first-token'),
);

rmSync(base, { recursive: true, force: true, maxRetries: 5 });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
