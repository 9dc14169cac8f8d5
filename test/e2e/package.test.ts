/** The package as others get it: packed, installed into an empty folder, and run there. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, onTestFinished, type TestContext } from 'vitest';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { resolvePeer } from '../../src/system/peer.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const onWindows = process.platform === 'win32';
/** The message of npm when there is no registry and the cache does not have it all. */
const unreachable = /ENOTCACHED|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|E40[13]|network/;

const packResult = z.array(z.object({ filename: z.string(), unpackedSize: z.number() })).length(1);
const lockfile = z.object({
  packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().optional() })),
});

let folder: string;
let tarball: string;
let unpackedSize: number;
let before: string[];
let after: string[];
/** Why nothing could be installed; null: it was. */
let trouble: string | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tcb-watch-package-'));
  before = await marksOf(join(repository, 'dist'));
  tarball = await pack();
  after = await marksOf(join(repository, 'dist'));
  await writeFile(join(folder, 'package.json'), '{"name":"empty","private":true}');
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--omit=dev', tarball];
  trouble = await run('npm', install, { cwd: folder, shell: onWindows }).then(
    () => null,
    (error: Error) => error.message,
  );
  if (trouble !== null && !unreachable.test(trouble)) throw new Error(trouble);
}, 180_000);

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** In the checkout, while other tests run its `dist`. */
async function pack(): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: repository,
    shell: onWindows,
  });
  const printed: unknown = JSON.parse(stdout);
  const [packed] = packResult.parse(
    Array.isArray(printed) ? printed : Object.values(z.looseObject({}).parse(printed)),
  );
  unpackedSize = packed?.unpackedSize ?? 0;
  return join(folder, packed?.filename ?? '');
}

/** Every file below, with what changes when it is written again. */
async function marksOf(place: string): Promise<string[]> {
  const items = await readdir(place, { withFileTypes: true, recursive: true });
  const files = items.filter((item) => item.isFile()).map((item) => join(item.parentPath, item.name));
  const marks = files.map(async (file) => {
    const { ino, size, mtimeMs } = await stat(file);
    return `${file} ${ino} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(marks)).sort();
}

function needsInstall(context: TestContext): void {
  if (trouble !== null) context.skip(`the registry cannot be reached: ${trouble.slice(0, 200)}`);
}

/** Bytes of all files below. */
async function sizeOf(place: string): Promise<number> {
  const sizes = (await readdir(place, { withFileTypes: true })).map(async (item) => {
    const path = join(place, item.name);
    if (item.isDirectory()) return sizeOf(path);
    return item.isFile() ? (await stat(path)).size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

it('is packed without touching what runs from the checkout', () => {
  expect(before.length).toBeGreaterThan(10);
  expect(after).toEqual(before);
});

// 1.5 MB until answers, history and the doors for editors and agents came in, which are a fifth of it.
it('has less than 1.75 MB, as npm counts them', () => {
  expect(unpackedSize).toBeGreaterThan(100_000);
  expect(unpackedSize).toBeLessThan(1_750_000);
});

it('says of all its code which source it comes from', async (context) => {
  needsInstall(context);
  const dist = join(folder, 'node_modules/tcb-watch/dist');
  const items = await readdir(dist, { withFileTypes: true, recursive: true });
  const files = items
    .filter((item) => item.name.endsWith('.js'))
    .map((item) => join(item.parentPath, item.name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const named = texts.flatMap((text) =>
    [...text.matchAll(/^\/\/ (src\/\S+)$/gm)].map(([, source]) => source ?? ''),
  );
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((source) => !existsSync(join(repository, source)))).toEqual([]);
  // A minifier would have joined the lines and shortened the names.
  expect(texts.join('\n')).toContain('\nasync function runProcess(');
});

it('installs at most 90 packages and 30 MB, without install scripts', async (context) => {
  needsInstall(context);
  const text = await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8');
  const { packages } = lockfile.parse(JSON.parse(text));
  expect(Object.keys(packages).length).toBeGreaterThan(10);
  expect(Object.keys(packages).length).toBeLessThanOrEqual(90);
  expect(Object.keys(packages).filter((name) => packages[name]?.hasInstallScript === true)).toEqual([]);
  expect(await sizeOf(join(folder, 'node_modules'))).toBeLessThan(30_000_000);
});

it('runs on a function folder without a configuration, against the embedded emulator', async (context) => {
  needsInstall(context);
  await mkdir(join(folder, 'cloudfunctions/hello'), { recursive: true });
  await writeFile(join(folder, 'cloudfunctions/hello/index.js'), "exports.main = async () => 'hello';\n");
  // As the cloud: it installs what package.json names, and nothing else.
  const manifest = { dependencies: { 'wx-server-sdk': '~2.6.3' } };
  await writeFile(join(folder, 'cloudfunctions/hello/package.json'), JSON.stringify(manifest));
  const child = npx(['tcb-watch', '--endpoint', 'emulator', '--json']);
  const lines = linesOf(child);
  const live = (env: string) => (line: string) => line.includes('"live"') && line.includes(`"env":"${env}"`);
  await Promise.all([
    lines.find(live('dev')),
    lines.find(live('test')),
    lines.find((line) => line.includes('"watching"')),
  ]);
  await writeFile(
    join(folder, 'cloudfunctions/hello/index.js'),
    "const cloud = require('wx-server-sdk');\nexports.main = async () => ['again', cloud.getWXContext().ENV];\n",
  );
  await lines.find((line) => line.includes('"cause":"change"'));
  await lines.find(live('test'), true);
  const store = join(folder, '.tcb-watch/emulator');
  expect(await filesHolding(store, "'again'")).toBeGreaterThan(0);
  const invoke = ['--no-install', 'tcb-watch', 'invoke', 'hello', '-e', 'test', '--endpoint', 'emulator'];
  const { stdout } = await run('npx', invoke, { cwd: folder, shell: onWindows });
  expect(JSON.parse(stdout)).toEqual(['again', 'test']);
}, 180_000);

it('without esbuild and a notifier it says how to get them, and holds only what needs them', async (context) => {
  needsInstall(context);
  const above = resolvePeer('esbuild', [folder]);
  if (above !== null && !above.startsWith(repository))
    context.skip(`some folder above has esbuild: ${above}`);
  const project = join(folder, 'typed');
  await mkdir(join(project, 'cloudfunctions/typed'), { recursive: true });
  await mkdir(join(project, 'cloudfunctions/plain'), { recursive: true });
  await writeFile(join(project, 'cloudfunctions/typed/index.ts'), 'export const main = (): number => 1;\n');
  await writeFile(join(project, 'cloudfunctions/plain/index.js'), 'exports.main = 1;\n');
  const config = { envs: ['dev'], notify: true, functions: { typed: { build: 'esbuild' } } };
  await writeFile(join(project, 'watch.config.json'), JSON.stringify(config));
  const child = npx(['tcb-watch', 'push', '--endpoint', 'emulator', '--json'], project);
  const lines = linesOf(child);
  await lines.find((line) => line.includes('"held"') && line.includes('"build-failed"'));
  await lines.find((line) => line.includes('npm install --save-dev esbuild'));
  await lines.find((line) => line.includes('npm install --save-dev toasted-notifier'));
  await lines.find((line) => line.includes('"live"') && line.includes('"function":"plain"'));
  await lines.find((line) => line.includes('"stopped"') && line.includes('"code":6'));
  const doctor = linesOf(npx(['tcb-watch', 'doctor', '--endpoint', 'emulator', '--json'], project));
  await doctor.find((line) => line.includes('"build"') && line.includes('npm install --save-dev esbuild'));
  await doctor.find((line) => line.includes('"notify"') && line.includes('"warning"'));
}, 180_000);

it('loads nothing for a question or a build before somebody asks', async (context) => {
  needsInstall(context);
  const files = async (args: readonly string[], cwd: string): Promise<string[]> => {
    const hook = join(folder, 'loaded.mjs');
    await writeFile(
      hook,
      "import { register } from 'node:module';\nregister('data:text/javascript,' + encodeURIComponent(`\n" +
        "import { appendFileSync } from 'node:fs';\nexport async function load(url, context, next) {\n" +
        "  appendFileSync(${JSON.stringify(process.env.LOADED)}, url + '\\\\n');\n  return next(url, context);\n}\n`));\n",
    );
    const list = join(folder, 'loaded.txt');
    await writeFile(list, '');
    const program = join(folder, 'node_modules/tcb-watch/dist/main.js');
    await run(process.execPath, ['--import', pathToFileURL(hook).href, program, ...args], {
      cwd,
      env: { ...process.env, LOADED: list },
    });
    return (await readFile(list, 'utf8')).split('\n');
  };
  // acorn reads every function's code: what could not run in the cloud is said before it is sent.
  const lazy = /node_modules[\\/](?:@clack|yaml|esbuild|toasted-notifier|diff)[\\/]/;
  const version = await files(['--version'], folder);
  expect(version.filter((url) => url.includes('node_modules')).length).toBe(1);
  const project = join(folder, 'synced');
  await mkdir(join(project, 'cloudfunctions/plain'), { recursive: true });
  await writeFile(join(project, 'cloudfunctions/plain/index.js'), 'exports.main = 1;\n');
  await writeFile(join(project, 'watch.config.json'), '{"envs": ["dev"], "endpoint": "emulator"}');
  const push = await files(['push', '--json'], project);
  expect(push.some((url) => /node_modules[\\/]zod[\\/]/.test(url))).toBe(true);
  expect(push.filter((url) => lazy.test(url))).toEqual([]);
  const init = await files(['init', '--yes', '--env-id', 'dev', '--config', 'other.json'], project);
  expect(init.some((url) => /node_modules[\\/]acorn[\\/]/.test(url))).toBe(true);
  expect(init.filter((url) => /@clack|toasted/.test(url))).toEqual([]);
}, 180_000);

it('gives the library, with types that a compiler follows to their end', async (context) => {
  needsInstall(context);
  const program = "import { createSync, emulator, loadConfig } from 'tcb-watch';\n";
  await writeFile(
    join(folder, 'use.mjs'),
    `${program}console.log(typeof createSync, typeof emulator, typeof loadConfig);\n`,
  );
  const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: folder });
  expect(stdout.trim()).toBe('function function function');
  await writeFile(
    join(folder, 'use.ts'),
    `${program}
const created = await createSync({ config: { envs: ['dev'], endpoint: 'emulator' }, only: ['a*'] });
if (created.ok) for await (const event of created.sync.events) if (event.event === 'live') event.env.trim();
// @ts-expect-error no such option
await createSync({ onlyy: [] });
export const kept = [emulator, loadConfig];
`,
  );
  await writeFile(join(folder, 'package.json'), '{"name":"empty","private":true,"type":"module"}');
  const compiler = join(repository, 'node_modules/typescript/bin/tsc');
  const resolutions = [
    { module: 'NodeNext' },
    { module: 'Node16' },
    { module: 'ESNext', moduleResolution: 'bundler' },
  ];
  for (const resolution of resolutions) {
    const compilerOptions = {
      ...resolution,
      target: 'ES2023',
      strict: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(repository, 'node_modules/@types')],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    const compiled = await run(process.execPath, [compiler, '-p', folder]).then(
      () => '',
      (error: Error & { stdout?: string }) => error.stdout ?? error.message,
    );
    expect([resolution, compiled]).toEqual([resolution, '']);
  }
}, 180_000);

it('declares what its exports are made of, and nothing that nobody can import', async () => {
  const types = join(repository, 'dist/types');
  const names = (await readdir(types, { recursive: true })).filter((name) => name.endsWith('.d.ts'));
  const texts = await Promise.all(names.map((name) => readFile(join(types, name), 'utf8')));
  const index = texts[names.indexOf('index.d.ts')] ?? '';
  const declarations = texts
    .filter((text) => text !== index)
    .flatMap((text) =>
      text
        .replaceAll(/\/\*\*[\s\S]*?\*\//g, '')
        .split(declares)
        .slice(1),
    );
  expect(declarations.length).toBeGreaterThan(50);
  const named = new Set(index.match(/\w+/g));
  for (let size = 0; size < named.size; ) {
    size = named.size;
    for (const declaration of declarations) {
      const [name = '', ...words] = declaration.match(/\w+/g) ?? [];
      if (named.has(name)) for (const word of words) named.add(word);
    }
  }
  const unused = declarations.map((declaration) => /\w+/.exec(declaration)?.[0] ?? '');
  expect(unused.filter((name) => !named.has(name))).toEqual([]);
});

/** Whatever stands between two of these is the body of the first. */
const declares = /^(?:export )?(?:declare )?(?:interface|type|function|const|class) /gm;

/** Links of the README for those who work on this program or judge it: the package has what its users need. */
const ofCheckout = [
  ...['sample-functions', 'src/README.md', 'CONTRIBUTING.md'],
  ...['architecture', 'decisions', 'performance', 'testing'].map((page) => `docs/${page}.md`),
];

it.for(['README.md', 'README.zh-CN.md'])('has what its %s links to', async (name, context) => {
  needsInstall(context);
  const own = join(folder, 'node_modules/tcb-watch');
  const text = await readFile(join(own, name), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#\s]+)/g)].map(([, link = '']) => link);
  const near = links.filter((link) => !link.includes('://'));
  expect(near.length).toBeGreaterThan(10);
  const absent = near.filter((link) => !existsSync(join(own, link)));
  expect(absent.filter((link) => !ofCheckout.includes(link))).toEqual([]);
});

/** Other Nodes, where `npm run nodes` has brought them. */
const nodes = fileURLToPath(new URL('../../node_modules/.cache/nodes/node_modules', import.meta.url));

it.for([20, 22, 24])(
  'on Node %i it is installed, set up, syncs, answers and stops',
  {
    timeout: 180_000,
  },
  async (major, context) => {
    const bin = join(nodes, `node${major}/bin`);
    if (!existsSync(bin)) context.skip(`npm run nodes brings Node ${major}`);
    needsInstall(context);
    const place = await mkdtemp(join(tmpdir(), 'tcb-watch-package-'));
    onTestFinished(() => rm(place, { recursive: true, force: true, maxRetries: 5 }));
    const path = `${bin}${delimiter}${process.env['PATH']}`;
    const install = async (...packages: readonly string[]): Promise<unknown> => {
      const options = ['--prefer-offline', '--no-audit', '--no-fund', '--engine-strict'];
      const env = { ...process.env, PATH: path };
      return run('npm', ['install', ...options, ...packages], { cwd: place, env, shell: onWindows });
    };
    await writeFile(join(place, 'package.json'), '{"name":"empty","private":true}');
    await install(tarball);
    const { stdout } = await run(join(bin, 'node'), ['--version']);
    expect(stdout).toContain(`v${major}.`);

    const token: Record<string, string> = {};
    const start = (...args: readonly string[]): Said =>
      linesOf(npx(['tcb-watch', ...args], place, { PATH: path, ...token }));
    const ended = async (...args: readonly string[]): Promise<string> => {
      const said = start(...args);
      expect([args, await said.code, said.errors()]).toEqual([args, 0, expect.any(String)]);
      return said.all();
    };
    expect((await ended('--version')).trim()).toBe(manifest.version);
    expect(await ended('--help')).toContain('tcb-watch push');

    for (const name of ['echo', 'login'])
      await cp(join(repository, 'sample-functions', name), join(place, 'cloudfunctions', name), {
        recursive: true,
      });
    await ended('init', '--yes', '--env-id', 'dev');
    const cloud = start('emulator', '--json', '--env-id', 'dev');
    const listening = z.object({ url: z.string(), token: z.string() });
    const { url, ...own } = listening.parse(
      JSON.parse(await cloud.find((line) => line.includes('"listening"'))),
    );
    token['TCB_COMPONENT_ACCESS_TOKEN'] = own.token;
    const at = ['--endpoint', url, '--json'];
    const watch = start('watch', ...at);
    await watch.find((line) => line.includes('"watching"'));
    const isLive = (line: string): boolean => line.includes('"live"') && line.includes('"function":"echo"');
    await watch.find(isLive);
    const changed = watch.find(isLive, true);
    await writeFile(join(place, 'cloudfunctions/echo/index.js'), 'exports.main = async () => 2;\n');
    await changed;
    expect(await ended('status', ...at)).toContain('"live"');
    expect(await ended('history', 'echo', ...at)).toContain('"echo"');
    await ended('push', '--check', ...at);
    await ended('stop');
    expect(await watch.code).toBe(0);

    const mcp = start('mcp', '--endpoint', url);
    expect([await mcp.code, mcp.errors()]).toEqual([3, expect.stringContaining('npm install')]);
    const { devDependencies } = manifest;
    const peers = ['esbuild', 'toasted-notifier', '@modelcontextprotocol/server'] as const;
    await install(...peers.map((name) => `${name}@${devDependencies[name]}`));
    await mkdir(join(place, 'cloudfunctions/typed'));
    await writeFile(join(place, 'cloudfunctions/typed/index.ts'), 'export const main = (): number => 3;\n');
    const config = {
      functionsRoot: 'cloudfunctions',
      envs: ['dev'],
      functions: { typed: { build: 'esbuild' } },
    };
    await writeFile(join(place, 'watch.config.json'), JSON.stringify({ ...config, notify: true }));
    expect(await ended('push', 'typed', '--trust', ...at)).not.toContain('npm install');
    expect(await ended('invoke', 'typed', '--endpoint', url)).toContain('3');
    const main = join(place, 'node_modules/tcb-watch/dist/main.js');
    const agent = spawn(join(bin, 'node'), [main, 'mcp', '--endpoint', url, '--trust'], {
      cwd: place,
      env: { ...process.env, ...token },
    });
    const initialize = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    };
    const tools = linesOf(agent);
    agent.stdin.end(
      `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize })}\n`,
    );
    await tools.find((line) => line.includes('"serverInfo"'));
    expect(await tools.code).toBe(0);
  },
);

function npx(
  args: readonly string[],
  cwd = folder,
  more: Readonly<Record<string, string>> = {},
): ChildProcess {
  const { TCB_COMPONENT_ACCESS_TOKEN: _, ...env } = process.env;
  const child = spawn('npx', ['--no-install', ...args], {
    cwd,
    env: { ...env, ...more },
    detached: !onWindows,
    shell: onWindows,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    if (!onWindows && child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    else child.kill();
    await ended;
  });
  return child;
}

interface Said {
  find(fits: (line: string) => boolean, later?: boolean): Promise<string>;
  all(): string;
  errors(): string;
  readonly code: Promise<number | null>;
}

/** Waits for lines of stdout; `later`: only ones that come from now on. Fails with everything that was said. */
function linesOf(child: ChildProcess): Said {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let text = '';
  let said = '';
  let ended = false;
  const look = (): void => {
    for (const waiter of [...waiting]) waiter();
  };
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    said += more;
  });
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    const parts = text.split('\n');
    text = parts.pop() ?? '';
    lines.push(...parts);
    look();
  });
  const code = new Promise<number | null>((resolve) => {
    child.once('close', (exitCode) => {
      ended = true;
      look();
      resolve(exitCode);
    });
  });
  return {
    code,
    all: () => lines.join('\n'),
    errors: () => said,
    find(fits, later = false) {
      const from = later ? lines.length : 0;
      return new Promise((resolve, reject) => {
        const check = (): void => {
          const found = lines.slice(from).find(fits);
          if (found === undefined && !ended) return;
          waiting.delete(check);
          if (found !== undefined) resolve(found);
          else reject(new Error(`it ended first:\n${lines.join('\n')}\n${said}`));
        };
        waiting.add(check);
        check();
      });
    },
  };
}

async function filesHolding(place: string, text: string): Promise<number> {
  const items = await readdir(place, { withFileTypes: true, recursive: true });
  const files = items.filter((item) => item.isFile() && item.name === 'index.js');
  const contents = await Promise.all(files.map((item) => readFile(join(item.parentPath, item.name), 'utf8')));
  return contents.filter((content) => content.includes(text)).length;
}
