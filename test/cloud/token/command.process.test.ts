import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createHttp } from '../../../src/cloud/http.js';
import { createRedactor } from '../../../src/cloud/redact.js';
import { createTokenSource, type Tokens } from '../../../src/cloud/token/token.js';
import type { Variables } from '../../../src/config/text.js';

interface Rig {
  readonly folder: string;
  readonly tokens: Tokens;
  readonly redact: (text: string) => string;
}

/** A source that runs a script of ours with this Node, so that it is the same on every system. */
function running(
  script: string,
  timeoutMs = 20_000,
  known: readonly string[] = [],
  variables: Variables = {},
): Rig {
  const folder = mkdtempSync(join(tmpdir(), 'tcb-watch-command-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  writeFileSync(join(folder, 'script.cjs'), script);
  const redactor = createRedactor();
  for (const secret of known) redactor.add(secret);
  const command = `"${process.execPath}" script.cjs`;
  const tokens = createTokenSource(
    { kind: 'command', command, timeoutMs },
    { http: createHttp(), redactor, endpoint: '', folder, variables: async () => variables },
  );
  onTestFinished(() => tokens.close());
  return { folder, tokens, redact: redactor.redact };
}

test('what it prints, trimmed, is the token; its warnings do not matter', async () => {
  const { tokens } = running('console.error("warning"); console.log("  printed_token \\n")');
  expect(await tokens.read()).toEqual({ ok: true, changed: true, renewAt: null, expiresAt: null });
  expect(tokens.current()).toBe('printed_token');
});

test('it sees the variables of the configuration, and those alone', async () => {
  const { tokens } = running('console.log(process.env.KEPT + (process.env.VITEST ?? "_alone"))', 20_000, [], {
    KEPT: 'kept_in_dotenv',
  });
  await tokens.read();
  expect(tokens.current()).toBe('kept_in_dotenv_alone');
});

test('a failure shows code and stderr, without secrets, not even one that only stdout told', async () => {
  const { tokens } = running(
    'console.log("printed_token"); console.error("no\\nroute known-secret printed_token"); process.exitCode = 3',
    20_000,
    ['known-secret'],
  );
  expect(await tokens.read()).toEqual({ ok: false, problem: 'command-failed:3:no route *** ***' });
  expect(tokens.current()).toBe(null);
});

test.each([
  ['JSON', '{"data":{"token":"TOKEN"}}'],
  ['a line among others', 'asking\\nTOKEN\\ndone'],
  ['an assignment', 'export ACCESS=TOKEN'],
])('a failure does not show the token that stdout held in %s', async (_, output) => {
  const token = 'printed/token=4f6a91c0d3==';
  const said = output.replace('TOKEN', token);
  const { tokens } = running(
    `console.log('${said}'); console.error('cannot use ${token}'); process.exitCode = 1`,
  );
  expect(await tokens.read()).toEqual({ ok: false, problem: 'command-failed:1:cannot use ***' });
});

test.each([
  ['', 'empty:command'],
  ['console.log("(nil)")', 'malformed:command'],
  ['console.log("Could not connect to Redis")', 'malformed:command'],
])('%j is a problem although it ends well', async (script, problem) => {
  expect(await running(script).tokens.read()).toEqual({ ok: false, problem });
});

test('a command that does not exist', async () => {
  const { tokens } = running('process.exit(127)');
  expect(await tokens.read()).toEqual({ ok: false, problem: 'command-failed:127:' });
});

test('output that goes on and on is no token', async () => {
  const { tokens } = running('process.stdout.write("x".repeat(1e6))');
  expect(await tokens.read()).toEqual({ ok: false, problem: 'malformed:command' });
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Starts a child of its own, writes the child's process id down, and hangs with it. */
const hanging = `
const { spawn } = require('node:child_process');
const { writeFileSync, renameSync } = require('node:fs');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
writeFileSync('pids.tmp', process.pid + ' ' + child.pid);
renameSync('pids.tmp', 'pids');
setInterval(() => {}, 1000);`;

async function gone(folder: string): Promise<void> {
  const pids = readFileSync(join(folder, 'pids'), 'utf8').split(' ').map(Number);
  expect(pids.length).toBe(2);
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 });
}

test('the time limit ends it and everything it started, and shows what it said', async () => {
  const { folder, tokens } = running(`console.error('asking');${hanging}`, 4000);
  expect(await tokens.read()).toEqual({ ok: false, problem: 'command-timeout:4 s: asking' });
  await gone(folder);
});

test('closing ends it and everything it started', async () => {
  const { folder, tokens } = running(hanging);
  const reading = tokens.read();
  await vi.waitFor(() => expect(existsSync(join(folder, 'pids'))).toBe(true), { timeout: 10_000 });
  tokens.close();
  expect(await reading).toEqual({ ok: false, problem: 'aborted' });
  await gone(folder);
});

test('a helper left running with the output open does not keep the token back', async () => {
  const { folder, tokens } = running(
    `${hanging.replace(/setInterval\(\(\) => \{\}, 1000\);$/, '')}
child.unref(); console.log('printed_token');`,
  );
  expect(await tokens.read()).toMatchObject({ ok: true });
  expect(tokens.current()).toBe('printed_token');
  await gone(folder);
});
