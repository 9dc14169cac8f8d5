/** `--problems` as an editor sees it: the expressions of docs/integrations.md on what the built program prints. */
import { readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { inside } from '../support/inside.js';
import { configFor, makeProject, type Played, type Project, runEmulator } from '../support/rig.js';

const tasks = z.object({
  tasks: z.tuple([
    z.object({
      command: z.string(),
      problemMatcher: z.object({
        pattern: z.object({
          ...{ regexp: z.string(), file: z.number(), line: z.number(), column: z.number() },
          message: z.number(),
        }),
        background: z.object({ beginsPattern: z.string(), endsPattern: z.string() }),
      }),
    }),
  ]),
});

const page = readFileSync(new URL('../../docs/integrations.md', import.meta.url), 'utf8');
const json = /^```json\n([\s\S]*?"problemMatcher"[\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
const { pattern, background } = tasks.parse(JSON.parse(json)).tasks[0].problemMatcher;

interface Marker {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The builds that an editor would have seen, each with its markers. */
function buildsIn(text: string): readonly (readonly Marker[])[] {
  const [begins, ends] = [new RegExp(background.beginsPattern), new RegExp(background.endsPattern)];
  const builds: Marker[][] = [];
  let build: Marker[] | null = null;
  for (const line of text.split('\n').slice(0, -1)) {
    const match = new RegExp(pattern.regexp).exec(line);
    if (begins.test(line)) build = [];
    else if (ends.test(line) && build !== null) builds.push(build);
    else if (match === null || build === null) throw new Error(`no editor understands: ${line}`);
    else
      build.push({
        file: match[pattern.file] ?? '',
        line: Number(match[pattern.line]),
        column: Number(match[pattern.column]),
        message: match[pattern.message] ?? '',
      });
  }
  return builds;
}

async function typescript(): Promise<{ readonly project: Project; readonly env: Record<string, string> }> {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  const project = await makeProject(
    { pay: { 'index.ts': 'export const main = async () => 1;\n' }, empty: { 'package.json': '{}' } },
    { ...configFor(emulator), functions: { pay: { build: 'esbuild' }, empty: {} } },
  );
  await mkdir(join(project.folder, 'node_modules'));
  const esbuild = fileURLToPath(new URL('../../node_modules/esbuild', import.meta.url));
  await symlink(esbuild, join(project.folder, 'node_modules/esbuild'), 'junction');
  return { project, env: { TEST_TOKEN: emulator.token, TCB_WATCH_TRUST: '1', TCB_WATCH_TIME_SCALE: '0.02' } };
}

/** The newest build, as soon as it is over and has these places. */
async function untilPlaces(program: Played, places: readonly string[]): Promise<readonly Marker[]> {
  const last = (text: string): readonly Marker[] => buildsIn(text).at(-1) ?? [];
  await program.waitForOutput(
    (text) => text.endsWith('end\n') && last(text).map(placeOf).join() === places.join(),
  );
  return last(program.stdout());
}

const placeOf = ({ file, line, column }: Marker): string => `${file}:${line}:${column}`;

it.each(['en', 'zh-CN'])('a mistake, another one, and none: %s', { timeout: 180_000 }, async (language) => {
  const { project, env } = await typescript();
  const args = ['watch', '--problems'];
  const program = inside(args, {
    cwd: project.folder,
    env: { ...env, TCB_WATCH_LANG: language },
    plain: true,
  });
  const empty = 'functions/empty/package.json:1:1';
  await untilPlaces(program, [empty]);
  await project.write('functions/pay/index.ts', 'export const main = ;\n');
  const [, first] = (await untilPlaces(program, [empty, 'functions/pay/index.ts:1:21'])).map(
    ({ message }) => message,
  );
  expect(first).toMatch(/Unexpected ";"/);
  await project.write('functions/pay/index.ts', 'export const main = async () => 2;\n\n  const = 3;\n');
  await untilPlaces(program, [empty, 'functions/pay/index.ts:3:9']);
  await project.write('functions/pay/index.ts', 'export const main = async () => 3;\n');
  await untilPlaces(program, [empty]);
  // A push that the running one carries out says it the same way.
  const push = inside(['push', '--problems'], { cwd: project.folder, env, plain: true });
  expect((await push.exit).code).toBe(6);
  expect(buildsIn(push.stdout()).at(-1)?.map(placeOf)).toEqual([empty]);
  await project.write('watch.config.json', '{\n  "functionsRoot": "functions",\n  "envs": 7\n}\n');
  await untilPlaces(program, [empty, 'watch.config.json:3:11']);
  expect(await program.stop()).toBe(0);
});

it('a configuration that is broken from the start, and two ways to print at once', async () => {
  const project = await makeProject({}, {});
  await project.write('watch.config.json', '{\n  "functionsRoot": "functions",\n  "envs": 7\n}\n');
  const program = inside(['--problems'], { cwd: project.folder, plain: true });
  expect((await program.exit).code).toBe(3);
  expect(buildsIn(program.stdout()).map((build) => build.map(placeOf))).toEqual([['watch.config.json:3:11']]);
  expect(program.stderr()).toContain('watch.config.json:3:11 ');
  const both = inside(['--problems', '--json'], { cwd: project.folder, plain: true });
  expect([(await both.exit).code, both.stdout()]).toEqual([3, '']);
  expect(both.stderr()).toContain('use --problems or --json, not both.');
});
