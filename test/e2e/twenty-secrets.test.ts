/** A project with twenty secrets of every kind: every command and failure, and then a search of all that was written and sent. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inside } from '../support/inside.js';
import { configFor, entry, makeProject, type Played, run, runEmulator } from '../support/rig.js';
import { careless, everythingBelow, formsOf } from '../support/secret-forms.js';

const envs = ['dev', 'mytest'];
const onUnix = it.skipIf(process.platform === 'win32');

const pemBody = Array.from({ length: 24 }, (_, at) => `Line${at}Of+Key/${'Qx7'.repeat(12)}${at}`).join('\n');
const secrets = {
  token: 'Tk1+token/of=this~test%41_9c0d3e',
  fromCommand: 'Tk2.printed-by-the-command.77aa',
  database: 'Pw3-spectrum!Zx81',
  apiKey: 'Ak4_live_51HxYqWmNpQr',
  spaced: 'Sp5 a pass phrase with words',
  base64: 'Bs6+/AbCdEfGhIjKlMnOpQrStUv==',
  chinese: 'Zh7密码是芝麻开门吧',
  quoted: `Qt8"double'single\\back`,
  pemLine: pemBody.split('\n')[3] ?? '',
  lastPemLine: pemBody.split('\n').at(-1) ?? '',
  header: 'Hd9-key-of-the-token-server',
  query: 'Qr10-key-in-the-address-33',
  appSecret: 'As11secret0f1e2d3c4b5a69788',
  ticket: 'ticket@@@Vt12ac55ee0b3',
  tokenFile: 'Tf13/token+in=a~file_42_b1',
  functionEnv: 'Fe14xK9qZ7mT2vB8wLr',
  npm: 'npm_Nt15abcdefghijklmnopqrstuvwx',
  key: 'MIIEvKy16IBADANBgkqhkiG9w0BAQEFAASC17',
  localOnly: 'Lo18-only-in-env-local-000',
  hookOnly: 'Hk19-what-the-hook-prints-44',
  proxy: 'Px20-password-of-the-proxy',
} as const;

const dotEnv = [
  `DATABASE=mysql://root:${secrets.database}@db.example/shop`,
  `API_KEY=${secrets.apiKey}`,
  `PHRASE="${secrets.spaced}"`,
  `BLOB=${secrets.base64}`,
  `WORD=${secrets.chinese}`,
  `QUOTED=\`${secrets.quoted}\``,
  `PEM="-----BEGIN KEY-----\n${pemBody}\n-----END KEY-----"`,
  `HEADER=${secrets.header}`,
  `APP_SECRET=${secrets.appSecret}`,
  `HOOK=${secrets.hookOnly}`,
].join('\n');

/**
 * Places that a build or a cloud cannot hand back redacted: files of functions that are not packed or not sent, and what a source of tokens
 * gives only once it is asked.
 */
const unknownAtFirst: readonly string[] = [
  ...['functionEnv', 'npm', 'key', 'tokenFile', 'fromCommand', 'ticket'],
];

/** Every text in which a careless cloud, build or hook may hand secrets back. */
const everything = Object.entries(secrets)
  .filter(([name]) => !unknownAtFirst.includes(name))
  .map(([, secret]) => careless(secret))
  .join('\n');

/** `--verbose` is for a whole process. */
const withoutTrace = (args: readonly string[]): string[] => args.filter((arg) => arg !== '--verbose');

const print = (stream: '1' | '2'): string => `cat "$PWD/leak.txt" ../../leak.txt >&${stream} 2>/dev/null`;

onUnix(
  'twenty secrets, every source of tokens, every command and failure',
  async () => {
    const component = { appId: 'wx1234567890', appSecret: secrets.appSecret, verifyTicket: secrets.ticket };
    const emulator = await runEmulator({ envs, token: secrets.token, component });
    const tokens: readonly unknown[] = [
      { env: 'TEST_TOKEN' },
      { file: 'functions/pay/token.txt' },
      { command: `echo ${secrets.fromCommand} >&2; ${print('2')}; cat token.txt; exit 1` },
      { url: `http://127.0.0.1:9/t?key=\${QUERY_KEY}`, headers: { 'x-key': '${HEADER}' } },
      { component: { appId: 'wx1234567890', appSecret: '${APP_SECRET}', verifyTicket: { file: 'ticket' } } },
    ];
    const written: string[] = [];
    const playAll = async (index: number, token: unknown): Promise<void> => {
      const hook = `${print('1')}; env | grep ^TCB_WATCH_[EFM] >> hook.txt; cat >> hook.txt; echo $HOOK; exit 1`;
      const config = {
        ...{
          ...configFor(emulator),
          token,
          requestTimeoutSeconds: 1,
          hooks: { afterLive: hook, onFailure: hook },
        },
        functions: { built: { build: { command: `${print('2')}; env >&2; exit 1`, output: 'dist' } } },
      };
      const project = await makeProject(
        {
          pay: {
            ...{ ...entry(`${index}`), '.env': `X=${secrets.functionEnv}` },
            ...(index === 1 ? { 'token.txt': secrets.tokenFile } : {}),
          },
          held: { ...entry('1'), '.npmrc': `//r.example/:_authToken=${secrets.npm}\n` },
          keyed: { ...entry('1'), 'k.pem': `-----BEGIN PRIVATE KEY-----\n${secrets.key}\n` },
          built: { 'src/index.js': '1' },
        },
        config,
      );
      await project.write('.env', dotEnv);
      await project.write('.env.local', `LOCAL=${secrets.localOnly}\n`);
      await project.write('ticket', secrets.ticket);
      await project.write('token.txt', secrets.token);
      await project.write('leak.txt', everything);
      const env = {
        ...{
          TEST_TOKEN: secrets.token,
          QUERY_KEY: encodeURIComponent(secrets.query),
          TCB_WATCH_TIME_SCALE: '0.02',
        },
        ...{ TCB_WATCH_TRUST: '1', HTTPS_PROXY: `http://me:${secrets.proxy}@127.0.0.1:9` },
      };
      const programs: Played[] = [];
      const play = async (...args: string[]): Promise<void> => {
        const how = { cwd: project.folder, env, plain: true };
        // Processes for the first source; for the others the same without what a start costs.
        const program = index === 0 ? run(args, how) : inside(withoutTrace(args), how);
        await program.exit;
        programs.push(program);
      };
      emulator.faults.clear();
      await play('push', '--json', '--verbose', '--timeout', '2');
      for (const rule of [
        { errcode: 77_777, errmsg: everything },
        { status: 502, body: everything },
        { envError: everything },
        { updateFailed: everything },
      ]) {
        emulator.faults.clear();
        emulator.faults.add({ call: 'batchuploadscfcode', ...rule });
        await play('push', '--force', '--timeout', '1', '--verbose');
      }
      emulator.faults.clear();
      const looks = [
        ['status'],
        ['status', '--json'],
        ['status', '--files', 'pay'],
        ['doctor', '--json'],
        ['--dry-run', '--json'],
        ['invoke', 'pay', '-e', 'dev'],
        ['trust'],
        ['history', 'pay'],
        ['diff', 'pay', '-e', 'dev'],
        ['stop'],
      ];
      if (index === 0) for (const args of looks) await play(...args);
      else for (const args of looks.slice(0, 5)) await play(...args);
      // Mistakes in a configuration, with variables where they do not belong.
      for (const wrong of [
        { envs: ['${API_KEY}'], concurrency: '${DATABASE}' },
        { endpoint: '${API_KEY}' },
        { onForeignChange: '${BLOB}', protectedEnvs: '${PHRASE}' },
        { functions: { '${API_KEY}': { envs: ['${QUOTED}'] } } },
        { shared: { '${HEADER}': ['*'] }, ignore: '${WORD}' },
      ]) {
        await project.configure({ ...config, ...wrong });
        await play('status', '--json');
        await play('doctor');
      }
      written.push(...programs.flatMap((program) => [program.stdout(), program.stderr()]));
      written.push(await everythingBelow(join(project.folder, '.tcb-watch')));
      written.push(await readFile(join(project.folder, 'hook.txt'), 'latin1').catch(() => ''));
    };
    const [first, ...others] = tokens;
    await playAll(0, first);
    await Promise.all(others.map((token, at) => playAll(at + 1, token)));
    for (const env of envs)
      for (const { name } of emulator.functions(env)) {
        const files = await emulator.files(env, name);
        written.push(
          [...files.keys()].join('\n'),
          ...[...files.values()].map((content) => content.toString('latin1')),
        );
        expect(['pay']).toContain(name);
      }
    const all = written.join('\n');
    const found = Object.entries(secrets).flatMap(([name, secret]) =>
      formsOf(secret).flatMap((form) => {
        const at = all.indexOf(form);
        return at === -1 ? [] : [`${name} as ${form}: …${all.slice(Math.max(0, at - 150), at + 60)}…`];
      }),
    );
    expect(found.slice(0, 3)).toEqual([]);
    expect(all.split('***').length).toBeGreaterThan(100);
    expect(Object.keys(secrets).length).toBeGreaterThanOrEqual(20);
  },
  240_000,
);
