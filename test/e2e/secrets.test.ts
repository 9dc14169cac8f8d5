/** No secret leaves: every failure, and then a search of everything that the program wrote. */
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { inside } from '../support/inside.js';
import {
  configFor,
  entry,
  makeProject,
  type Played,
  type Project,
  run,
  runEmulator,
  type Seen,
  uploads,
} from '../support/rig.js';
import { careless, everythingBelow, formsOf } from '../support/secret-forms.js';

const envs = ['dev', 'test'];
const token = 'Zq8/token+of=this~Test%77_4f6a91c0d3';
const appSecret = 'Kp9b1f"\\/é+7c2e81Qz';
const ticket = 'ticket@@@Hk3+Vv/9x=44d1c0b7a2';
const header = 'Hv5e/+&=8a1177bbYx';
const parameter = 'Qp77/+&=ab31cc90Uw';

/** The texts that were written, by stdout, stderr and the files of the state folder, searched for every form of each secret. */
async function expectNone(
  programs: readonly Played[],
  project: Project,
  secrets: readonly string[],
): Promise<void> {
  const files = await everythingBelow(join(project.folder, '.tcb-watch'));
  const written = [files, ...programs.flatMap((program) => [program.stdout(), program.stderr()])].join('\n');
  const found = secrets.flatMap((secret) => formsOf(secret).filter((form) => written.includes(form)));
  expect(found).toEqual([]);
  expect(written.length).toBeGreaterThan(1000);
}

function isEvent(event: string, fields: Readonly<Record<string, unknown>> = {}): (seen: Seen) => boolean {
  return (seen) =>
    seen.event === event && Object.entries(fields).every(([key, value]) => seen[key] === value);
}

let version = 1;

async function fail(
  { emulator, project, program }: { emulator: Emulator; project: Project; program: Played },
  rule: Parameters<Emulator['faults']['add']>[0],
  fits: (seen: Seen) => boolean,
): Promise<void> {
  const from = program.events.length;
  emulator.faults.clear();
  emulator.faults.add(rule);
  version += 1;
  await project.write('functions/pay/index.js', entry(`${version}`)['index.js'] ?? '');
  await program.waitFor(fits, from);
}

it('keeps the token out of everything, whatever the cloud says', async () => {
  const emulator = await runEmulator({ envs, token });
  const project = await makeProject(
    { pay: entry('1') },
    { ...configFor(emulator), requestTimeoutSeconds: 1 },
  );
  const environment = { TEST_TOKEN: token, TCB_WATCH_TIME_SCALE: '0.02' };
  const program = run(['watch', '--json', '--verbose'], { cwd: project.folder, env: environment });
  const scene = { emulator, project, program };
  await program.waitForLive(envs.map((env) => ['pay', env]));
  const text = careless(token);
  const upload = 'batchuploadscfcode' as const;
  const failed = isEvent('push-failed');
  const html = `<html><body>${'x '.repeat(90)}POST /?access_token=${token} ${text}</body></html>`;
  await fail(scene, { call: upload, times: 1, errcode: -1, errmsg: text }, failed);
  await fail(scene, { call: upload, times: 1, errcode: 77_777, errmsg: text }, failed);
  await fail(scene, { call: upload, envError: text }, isEvent('held'));
  await fail(scene, { call: upload, times: 1, status: 502, body: html }, failed);
  for (let cut = 100; cut < 260; cut += 40) {
    const body = `${'y'.repeat(cut)} ${token}`;
    await fail(scene, { call: upload, times: 1, status: 500, body }, failed);
  }
  await fail(
    scene,
    { call: upload, times: 1, status: 200, body: `{"errcode":0,"fail_list":"${token}"}` },
    failed,
  );
  await fail(scene, { call: upload, updateFailed: text }, isEvent('push-failed', { class: 'function' }));
  await fail(scene, { call: upload, times: 1, hang: true }, failed);
  await fail(scene, { call: upload, times: 1, reset: true }, failed);
  await fail(scene, { call: 'getscflist', errcode: 48_001, errmsg: text }, isEvent('notice'));
  await fail(
    scene,
    { call: upload, times: 1, errcode: 61_004, errmsg: text },
    isEvent('held', { reason: 'config' }),
  );
  await project.configure({ ...configFor(emulator), debounceMs: 60 });
  await fail(scene, { call: upload, errcode: 42_001, errmsg: text }, isEvent('token', { state: 'rejected' }));
  const others = [
    ['status', '--json'],
    ['status'],
    ['doctor', '--json'],
    ['doctor'],
    ['invoke', 'pay', '-e', 'dev'],
    ['invoke', 'pay', '-e', 'dev', '--json'],
  ].map((args) => inside(args, { cwd: project.folder, env: environment, plain: true }));
  for (const other of others) await other.exit;
  await emulator.close();
  expect(await program.stop()).toBe(0);
  const late = run(['push'], { cwd: project.folder, env: { ...environment, NO_COLOR: '1' }, plain: true });
  await late.waitForText('ECONNREFUSED');
  late.signal('SIGINT');
  await late.exit;
  await expectNone([program, late, ...others], project, [token]);
  expect(program.stdout()).toContain('***');
});

it('keeps the headers and parameters of a token server out of everything', async () => {
  const emulator = await runEmulator({ envs, token });
  let answer: { readonly status: number; readonly body: string } = { status: 500, body: '' };
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    expect(request.headers['x-key']).toBe(header);
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/token?key=\${QUERY_KEY}`;
  const source = { url, headers: { 'x-key': '${TOKEN_KEY}' }, pointer: '/data/token' };
  const project = await makeProject({ pay: entry('1') }, { ...configFor(emulator), token: source });
  await writeFile(join(project.folder, '.env.local'), `TOKEN_KEY=${header}\n`);
  const environment = { QUERY_KEY: encodeURIComponent(parameter), TCB_WATCH_TIME_SCALE: '0.02' };
  const text = `${careless(header)} ${careless(parameter)}`;
  answer = { status: 500, body: text };
  const program = run(['watch', '--json'], { cwd: project.folder, env: environment });
  await program.waitFor(isEvent('token', { state: 'unavailable' }));
  const reading = async (next: typeof answer): Promise<void> => {
    const before = asked;
    answer = next;
    await emulator.waitFor(() => asked > before).catch(() => undefined);
  };
  await Promise.race([
    reading({ status: 200, body: text }),
    program.waitFor(isEvent('held', { reason: 'token' })),
  ]);
  answer = { status: 200, body: JSON.stringify({ data: { token } }) };
  await program.waitForLive(envs.map((env) => ['pay', env]));
  const doctor = inside(['doctor'], { cwd: project.folder, env: environment, plain: true });
  await doctor.exit;
  expect(await program.stop()).toBe(0);
  await expectNone([program, doctor], project, [token, header, parameter]);
});

it('keeps the app secret and the ticket of a minted token out of everything, and warns of minting', async () => {
  const emulator = await runEmulator({
    envs,
    component: { appId: 'wx1234567890', appSecret, verifyTicket: ticket },
  });
  const text = `${careless(appSecret)} ${careless(ticket)}`;
  const component = { appId: 'wx1234567890', appSecret: '${APP_SECRET}', verifyTicket: { file: 'ticket' } };
  const project = await makeProject({ pay: entry('1') }, { ...configFor(emulator), token: { component } });
  await writeFile(join(project.folder, 'ticket'), ticket);
  emulator.faults.add({ call: 'api_component_token', times: 1, errcode: 61_006, errmsg: text });
  emulator.faults.add({
    call: 'api_component_token',
    times: 1,
    status: 500,
    body: `${'z'.repeat(180)} ${text}`,
  });
  const environment = { APP_SECRET: appSecret, TCB_WATCH_TIME_SCALE: '0.005' };
  const program = run(['watch', '--json'], { cwd: project.folder, env: environment });
  const warning = await program.waitFor(isEvent('notice', { kind: 'component-token' }));
  expect(String(warning['detail'])).toContain('wx1234567890');
  await program.waitFor(isEvent('token', { state: 'unavailable' }));
  await program.waitForLive(envs.map((env) => ['pay', env]));
  expect(await program.stop()).toBe(0);
  expect(uploads(emulator)).toBeGreaterThan(0);
  await expectNone([program], project, [appSecret, ticket, emulator.token]);
});

it('keeps what a failing command prints out, where it is a secret of the configuration', async () => {
  const emulator = await runEmulator({ envs, token });
  const command = 'echo "asked with ${TOKEN_KEY}" >&2; echo ${TOKEN_KEY}; exit 3';
  const project = await makeProject({ pay: entry('1') }, { ...configFor(emulator), token: { command } });
  const program = run(['push', '--json'], {
    cwd: project.folder,
    env: { TOKEN_KEY: 'command-secret-18ac33' },
  });
  await program.exit;
  const told = program.events.find(isEvent('token', { state: 'unavailable' }));
  expect(String(told?.['detail'])).toContain('asked with ***');
  await expectNone([program], project, ['command-secret-18ac33']);
});

it.each([
  ['the endpoint', { endpoint: 'https://user:Pw7d1e90aa/x@cloud.example' }],
  ['the token’s server', { token: { url: 'https://user:Pw7d1e90aa/x@token.example/token' } }],
  ['the token’s server, from a variable', { token: { url: '${SECRET_URL}' } }],
])('refuses a password in the address of %s, without showing it', async (_, config) => {
  const project = await makeProject({ pay: entry('1') }, { envs, token: { env: 'TEST_TOKEN' }, ...config });
  const env = { TEST_TOKEN: token, SECRET_URL: 'https://user:Pw7d1e90aa/x@cloud.example' };
  const outputs = await Promise.all(
    [['push', '--json'], ['push'], ['status'], ['doctor'], ['doctor', '--json'], ['watch']].map(
      async (args) => {
        const program = inside(args, { cwd: project.folder, env, plain: true });
        const { code } = await program.exit;
        expect([args, code]).toEqual([args, 3]);
        return program.stdout() + program.stderr();
      },
    ),
  );
  for (const output of outputs) expect(output).not.toContain('Pw7d1e90aa');
  expect(outputs.join('')).toMatch(/endpoint|token/);
});

it('keeps the token of a command that works at first and then fails out of everything', async () => {
  const emulator = await runEmulator({ envs, token });
  const script = `
    const { existsSync, readFileSync } = require('node:fs');
    const token = readFileSync('kept', 'utf8');
    if (!existsSync('broken')) return console.log(token);
    console.error('cannot use ' + token + ' at https://h/?access_token=' + encodeURIComponent(token));
    console.log(JSON.stringify({ old: token, token: 'Nw4/fresh+token=of~the%Day_90aa77c1' }));
    console.error('nor Nw4/fresh+token=of~the%Day_90aa77c1');
    process.exitCode = 3;`;
  const command = `${JSON.stringify(process.execPath)} print.cjs`;
  const project = await makeProject({ pay: entry('1') }, { ...configFor(emulator), token: { command } });
  await project.write('print.cjs', script);
  await project.write('kept', token);
  const environment = { TCB_WATCH_TIME_SCALE: '0.02' };
  const program = run(['watch', '--json', '--verbose'], { cwd: project.folder, env: environment });
  await program.waitForLive(envs.map((env) => ['pay', env]));
  await project.write('broken', '');
  emulator.expireToken();
  await project.write('functions/pay/index.js', entry('again')['index.js'] ?? '');
  const told = await program.waitFor(isEvent('token', { state: 'unavailable' }));
  expect(String(told['detail'])).toMatch(/3 cannot use \*\*\*.*nor \*\*\*/);
  const others = [['status'], ['status', '--json'], ['doctor'], ['invoke', 'pay', '-e', 'dev']].map((args) =>
    inside(args, { cwd: project.folder, env: environment, plain: true }),
  );
  for (const other of others) await other.exit;
  expect(await program.stop()).toBe(0);
  await expectNone([program, ...others], project, [token, 'Nw4/fresh+token=of~the%Day_90aa77c1']);
});

it('keeps what a build prints of .env out of everything', async () => {
  const emulator = await runEmulator({ envs, token });
  const build = { command: 'cat ../../.env.local >&2; exit 1', output: 'dist' };
  const config = { ...configFor(emulator), functions: { pay: { build } }, hooks: { onFailure: 'cat' } };
  const project = await makeProject({ pay: entry('1') }, config);
  await project.write('.env.local', 'DATABASE=mysql://root:Zx81-spectrum@db.example\n');
  const program = run(['push', '--json', '--verbose'], { cwd: project.folder, env: { TEST_TOKEN: token } });
  await program.exit;
  const told = program.events.find(isEvent('held', { reason: 'build-failed' }));
  expect(JSON.stringify(told)).toContain('DATABASE=***');
  await expectNone([program], project, ['Zx81-spectrum']);
});
