/** When a build runs again, and when not: by the content of its sources, whatever it writes among them itself. */
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { createBuilder } from '../../src/build/builder.js';
import type { BuildEnd, BuildTask } from '../../src/build/model.js';
import { sourceRules } from '../../src/build/source.js';
import { createIgnoreRules } from '../../src/content/ignore.js';
import { createSlices } from '../../src/content/slices.js';
import { freshProject } from '../support/snapshot-project.js';

/** A function whose build is `compile`, which is given how often it has run, and whether it has been cancelled. */
function scene(
  compile: (run: number, signal: AbortSignal) => Promise<BuildEnd> | BuildEnd | undefined = () => undefined,
) {
  const project = freshProject();
  const dir = project.path('fn');
  const clock = { now: Date.now() };
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  };
  write('index.ts', 'first');
  const build = { kind: 'command', command: 'make', output: 'dist' } as const;
  const task = (over: Partial<BuildTask> = {}): BuildTask => ({
    ...{ name: 'fn', build, dir, projectFolder: project.folder, output: join(dir, 'dist'), runtime: 16.13 },
    source: {
      ...{ name: 'fn', dir, projectFolder: project.folder, entries: null, shared: [] },
      rules: sourceRules(createIgnoreRules([]), build),
    },
    environment: {},
    ...over,
  });
  const counts = { runs: 0 };
  const builder = createBuilder({
    async run({ output }, signal) {
      counts.runs += 1;
      const ended = (await compile(counts.runs, signal)) ?? built();
      if (ended.type === 'built') {
        mkdirSync(output, { recursive: true });
        writeFileSync(join(output, 'index.js'), readFileSync(join(dir, 'index.ts')));
      }
      return ended;
    },
    redact: (text) => text.replaceAll('secret', '•••'),
    slices: createSlices(),
    now: () => clock.now,
  });
  return { project, dir, clock, write, task, builder, counts };
}

function built(inputs: readonly string[] = []): BuildEnd {
  return { type: 'built', inputs };
}

it('runs once for what stays the same, also where only the times differ', async () => {
  const { dir, task, builder, counts } = scene();
  expect(await builder.build(task())).toBe(null);
  expect(await builder.stateOf(task(), true)).toEqual({ kind: 'built', problem: null });
  utimesSync(join(dir, 'index.ts'), new Date(), new Date());
  expect(await builder.build(task())).toBe(null);
  expect(counts.runs).toBe(1);
});

it('runs again for a save of equal size in the same tick of the clock', async () => {
  const { dir, write, task, builder, counts } = scene();
  const time = new Date(1_700_000_000_000);
  utimesSync(join(dir, 'index.ts'), time, time);
  await builder.build(task());
  write('index.ts', 'other');
  utimesSync(join(dir, 'index.ts'), time, time);
  await builder.build(task());
  expect(counts.runs).toBe(2);
  expect(readFileSync(join(dir, 'dist/index.js'), 'utf8')).toBe('other');
});

it('runs again for other settings, for a lost output and for a person who asks, and for nothing else', async () => {
  const { dir, task, builder, counts } = scene();
  await builder.build(task());
  await builder.build(task({ runtime: 12.16 }));
  await builder.build(task({ runtime: 12.16, environment: { FLAVOUR: 'second' } }));
  const last = task({ runtime: 12.16, environment: { FLAVOUR: 'second' } });
  await builder.build(last);
  expect(counts.runs).toBe(3);
  rmSync(join(dir, 'dist'), { recursive: true });
  expect(await builder.stateOf(last, true)).toMatchObject({ kind: 'unbuilt' });
  await builder.build(last);
  expect(counts.runs).toBe(4);
  await builder.build(last, true);
  expect(counts.runs).toBe(5);
});

it('a failed build is not asked again for nothing, and its lines hold no secret', async () => {
  const { write, task, builder, counts } = scene((run) =>
    run < 2 ? { type: 'failed', fault: 'compiler', output: 'secret is wrong', inputs: [] } : undefined,
  );
  const problem = { reason: 'build-failed', fault: 'compiler', output: '••• is wrong' };
  expect(await builder.build(task())).toEqual(problem);
  expect(await builder.build(task())).toEqual(problem);
  expect(await builder.stateOf(task(), true)).toEqual({ kind: 'built', problem });
  expect(counts.runs).toBe(1);
  write('index.ts', 'fixed');
  expect(await builder.build(task())).toBe(null);
  expect(counts.runs).toBe(2);
});

it('a failed esbuild is asked again, but not to prepare an upload', async () => {
  const { task, builder, counts } = scene((run) =>
    run < 3 ? { type: 'failed', fault: 'compiler', output: 'no such file', inputs: [] } : undefined,
  );
  const esbuild = task({ build: { kind: 'esbuild' } });
  await builder.build(esbuild);
  await builder.stateOf(esbuild, false);
  expect(counts.runs).toBe(1);
  expect(await builder.stateOf(esbuild, true)).toMatchObject({ problem: { reason: 'build-failed' } });
  expect(await builder.stateOf(esbuild, true)).toEqual({ kind: 'built', problem: null });
  expect(counts.runs).toBe(3);
});

it('nothing is built to answer whether it is built; the answer changes with the sources', async () => {
  const { write, task, builder, counts } = scene();
  const first = await builder.stateOf(task(), true);
  expect(await builder.stateOf(task(), true)).toEqual(first);
  write('index.ts', 'other');
  const second = await builder.stateOf(task(), true);
  expect([first.kind, second.kind]).toEqual(['unbuilt', 'unbuilt']);
  expect(second).not.toEqual(first);
  expect(counts.runs).toBe(0);
});

it('code that is generated the same every time costs one more build at most', async () => {
  const { write, task, builder, counts } = scene(() => {
    write('generated.ts', 'always this');
    return undefined;
  });
  expect(await builder.build(task())).toBe(null);
  expect(counts.runs).toBe(2);
  write('index.ts', 'other');
  expect(await builder.build(task())).toBe(null);
  expect(counts.runs).toBe(3);
});

it('a stamp that differs every time costs two builds, is tried once more later, and then one', async () => {
  const { clock, write, task, builder, counts } = scene((run) => {
    write('stamp.ts', `build ${run}`);
    return undefined;
  });
  expect(await builder.build(task())).toBe(null);
  expect(counts.runs).toBe(2);
  expect(await builder.build(task())).toBe(null);
  expect(await builder.stateOf(task(), true)).toMatchObject({ kind: 'built' });
  expect(counts.runs).toBe(2);
  clock.now += 20_000;
  expect(await builder.stateOf(task(), true)).toMatchObject({ kind: 'unbuilt' });
  expect(await builder.build(task())).toBe(null);
  expect(counts.runs).toBe(3);
  clock.now += 60_000;
  expect(await builder.build(task())).toBe(null);
  expect(counts.runs).toBe(3);
  write('index.ts', 'other');
  expect(await builder.build(task())).toBe(null);
  expect(counts.runs).toBe(4);
});

it('what a person saves during two builds is built all the same, a moment later', async () => {
  const { dir, clock, write, task, builder, counts } = scene((run) => {
    if (run <= 2) write('other.ts', `save ${run}`);
    return undefined;
  });
  await builder.build(task());
  expect(counts.runs).toBe(2);
  clock.now += 20_000;
  await builder.build(task());
  expect(counts.runs).toBe(3);
  write('other.ts', 'a save that must count');
  await builder.build(task());
  expect(counts.runs).toBe(4);
  expect(existsSync(join(dir, 'dist'))).toBe(true);
});

it('a build that writes other sources every time ends after three, naming one; minutes later it is tried again', async () => {
  const { clock, write, task, builder, counts } = scene((run) => {
    write(`generated-${run}.ts`, '');
    return undefined;
  });
  const problem = { reason: 'build-failed', fault: 'unsettled', output: 'generated-3.ts' };
  expect(await builder.build(task())).toEqual(problem);
  expect(await builder.build(task())).toEqual(problem);
  clock.now += 60_000;
  expect(await builder.stateOf(task(), true)).toEqual({ kind: 'built', problem });
  expect(counts.runs).toBe(3);
  clock.now += 300_000;
  expect(await builder.stateOf(task(), true)).toMatchObject({ kind: 'unbuilt' });
});

/** A build that runs until it is released or cancelled, and reports when it has begun. */
function slow() {
  const began: (() => void)[] = [];
  const done: ((end: BuildEnd) => void)[] = [];
  return {
    began: () => new Promise<void>((resolve) => began.push(resolve)),
    finish: () => done.shift()?.(built()),
    compile: (_run: number, signal: AbortSignal) =>
      new Promise<BuildEnd>((resolve) => {
        done.push(resolve);
        signal.addEventListener('abort', () => {
          done.splice(done.indexOf(resolve), 1);
          resolve({ type: 'cancelled' });
        });
        began.shift()?.();
      }),
  };
}

it('a save cancels the build of older sources', async () => {
  const compiler = slow();
  const { dir, write, task, builder, counts } = scene(compiler.compile);
  let started = compiler.began();
  const ends = builder.build(task());
  await started;
  started = compiler.began();
  write('index.ts', 'other');
  builder.interrupt('fn');
  await started;
  compiler.finish();
  expect(await ends).toBe(null);
  expect(counts.runs).toBe(2);
  expect(readFileSync(join(dir, 'dist/index.js'), 'utf8')).toBe('other');
});

it('a build that was cancelled five times is let to its end, whatever is saved meanwhile', async () => {
  const compiler = slow();
  const cancelled: number[] = [];
  const { write, task, builder, counts } = scene((run, signal) => {
    signal.addEventListener('abort', () => cancelled.push(run));
    return compiler.compile(run, signal);
  });
  let started = compiler.began();
  const ends = builder.build(task());
  for (const save of [1, 2, 3, 4, 5, 6]) {
    await started;
    started = compiler.began();
    write(`save-${save}.ts`, '');
    builder.interrupt('fn');
  }
  compiler.finish();
  await started;
  compiler.finish();
  expect(await ends).toBe(null);
  expect(cancelled).toEqual([1, 2, 3, 4, 5]);
  expect(counts.runs).toBe(7);
});

it('what is no other content cancels nothing, and neither does what the last build wrote itself', async () => {
  const compiler = slow();
  const cancelled: number[] = [];
  const { write, task, builder, counts } = scene((run, signal) => {
    write('stamp.ts', `build ${run}`);
    signal.addEventListener('abort', () => cancelled.push(run));
    return compiler.compile(run, signal);
  });
  let started = compiler.began();
  const ends = builder.build(task());
  await started;
  started = compiler.began();
  builder.interrupt('fn');
  await started;
  expect(cancelled).toEqual([1]);
  builder.interrupt('fn');
  builder.interrupt('fn');
  await builder.stateOf(task(), false);
  compiler.finish();
  expect(await ends).toBe(null);
  expect(counts.runs).toBe(2);
  expect(cancelled).toEqual([1]);
});

it('a file elsewhere that the build read is compared by content, and told apart from installed packages', async () => {
  const project = freshProject();
  project.write({ 'lib/price.ts': 'first', 'node_modules/pad/index.js': 'pad' });
  const inputs = [project.path('lib/price.ts'), project.path('node_modules/pad/index.js')];
  const old = new Date(Date.now() - 7_200_000);
  for (const input of inputs) utimesSync(input, old, old);
  const { clock, task, builder, counts } = scene(() => built(inputs));
  clock.now += 7_200_000;
  await builder.build(task());
  expect(counts.runs).toBe(1);
  expect(builder.inputs('fn')).toEqual([project.path('lib/price.ts')]);
  utimesSync(project.path('lib/price.ts'), new Date(), new Date());
  await builder.build(task());
  expect(counts.runs).toBe(1);
  project.write({ 'lib/price.ts': 'other' });
  await builder.build(task());
  expect(counts.runs).toBe(2);
  project.write({ 'node_modules/pad/index.js': 'new' });
  await builder.build(task());
  expect(counts.runs).toBe(3);
  project.remove('lib/price.ts');
  await builder.build(task());
  expect(counts.runs).toBe(4);
});

it('a file elsewhere that was saved lately may have changed under the build: it is built once more', async () => {
  const project = freshProject();
  project.write({ 'lib/price.ts': 'first' });
  const { task, builder, counts } = scene(() => built([project.path('lib/price.ts')]));
  await builder.build(task());
  expect(counts.runs).toBe(2);
  await builder.build(task());
  expect(counts.runs).toBe(2);
});

it('closing ends what runs, and what was found out before stays', async () => {
  const compiler = slow();
  const { write, task, builder } = scene(compiler.compile);
  let started = compiler.began();
  const first = builder.build(task());
  await started;
  compiler.finish();
  expect(await first).toBe(null);
  write('index.ts', 'other');
  started = compiler.began();
  const second = builder.build(task());
  await started;
  builder.close();
  expect(await second).toBe(null);
});

it('forgets a function that is gone, and builds it anew should it return', async () => {
  const { task, builder, counts } = scene();
  await builder.build(task());
  builder.forget('fn');
  expect(builder.inputs('fn')).toEqual([]);
  await builder.build(task());
  expect(counts.runs).toBe(2);
});
