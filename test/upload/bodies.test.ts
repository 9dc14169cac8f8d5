/** Bodies prepared are used for exactly the content they were made of, and made once. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createBuiltContent } from '../../src/build/builds.js';
import { discover } from '../../src/functions/discovery.js';
import { loadConfig } from '../../src/functions/load.js';
import type { ContentProblem } from '../../src/model/nouns.js';
import { collectGarbage } from '../../src/system/garbage.js';
import { createUploadBodies, type UploadBodies } from '../../src/upload/bodies.js';
import { writeZip } from '../../src/zip/zip.js';
import { temporaryFolder } from '../support/rig.js';
import { entriesOf } from '../support/zip-sample.js';

async function scene() {
  const folder = await temporaryFolder();
  const entry = join(folder, 'functions/pay/index.js');
  await mkdir(join(folder, 'functions/pay'), { recursive: true });
  await writeFile(entry, 'exports.main = async () => 1;\n');
  await writeFile(
    join(folder, 'watch.config.json'),
    JSON.stringify({ functionsRoot: 'functions', envs: ['dev'], endpoint: 'emulator' }),
  );
  const loaded = await loadConfig({ from: folder, environment: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const content = createBuiltContent(loaded.config, await discover(loaded.config));
  const packs = { count: 0 };
  const counting = {
    ...content,
    pack: (...of: Parameters<typeof content.pack>) => {
      packs.count += 1;
      return content.pack(...of);
    },
  };
  const bodies: UploadBodies = createUploadBodies(counting);
  const fingerprint = async (): Promise<string> => {
    const scan = await content.scan('pay', false);
    return scan.ok ? scan.fingerprint : scan.problem.reason;
  };
  return { bodies, packs, fingerprint, entry };
}

it('what was prepared is what is sent, and nothing is packed again', async () => {
  const { bodies, packs, fingerprint } = await scene();
  await bodies.prepare('pay', null, ['dev']);
  const result = await bodies.bodyFor('pay', await fingerprint(), ['dev']);
  expect(result.ok && result.body.toString()).toContain('"envs":["dev"]');
  expect(packs.count).toBe(1);
});

it('content that changed since is packed again; content that is live already is not packed at all', async () => {
  const { bodies, packs, fingerprint, entry } = await scene();
  await bodies.prepare('pay', await fingerprint(), ['dev']);
  expect(packs.count).toBe(0);
  await bodies.prepare('pay', null, ['dev']);
  const old = await bodies.bodyFor('pay', await fingerprint(), ['dev']);
  await writeFile(entry, 'exports.main = async () => "another";\n');
  const next = await bodies.bodyFor('pay', await fingerprint(), ['dev']);
  expect(packs.count).toBe(2);
  expect(old.ok && next.ok && old.body.equals(next.body)).toBe(false);
});

it('other environments get a body of their own, and two askers share one that is being made', async () => {
  const { bodies, packs, fingerprint } = await scene();
  const wanted = await fingerprint();
  await Promise.all([bodies.bodyFor('pay', wanted, ['dev']), bodies.bodyFor('pay', wanted, ['dev'])]);
  expect(packs.count).toBe(1);
  const other = await bodies.bodyFor('pay', wanted, ['test']);
  expect(other.ok && other.body.toString()).toContain('"envs":["test"]');
});

const mebibyte = 1024 * 1024;

/** Content whose zips have the size asked for, and which counts how often it is packed. */
function bodiesOf({
  bytes = 9,
  problem = null as ContentProblem | null,
  swept = 'new' as string | null,
} = {}) {
  const packed: string[] = [];
  const bodies = createUploadBodies({
    async pack(name, fingerprint, allocate) {
      packed.push(`${name} ${fingerprint}`);
      if (problem !== null) return { ok: false, scan: { ok: false, problem } };
      const zip = (allocate ?? Buffer.alloc)(bytes).fill(0);
      return { ok: true, zip, files: 3, bytes, entries: [] };
    },
    async sweep() {
      if (problem !== null) return { ok: false, problem };
      return swept === null ? null : { ok: true, fingerprint: swept, files: 3, bytes, changed: [] };
    },
  });
  return { bodies, packed };
}

it('a body says what it is made of', async () => {
  const { bodies } = bodiesOf();
  const result = await bodies.bodyFor('pay', 'a', ['dev', 'test']);
  expect(result).toMatchObject({ ok: true, zipBytes: 9, files: 3 });
  expect(result.ok && result.body.toString()).toBe(
    '{"functionname":"pay","envs":["dev","test"],"zipfile":"AAAAAAAAAAAA"}',
  );
});

it('is kept until it was accepted everywhere: that very body, and no other', async () => {
  const { bodies, packed } = bodiesOf();
  const first = await bodies.bodyFor('pay', 'a', ['dev']);
  if (!first.ok) throw new Error('no body');
  bodies.done('pay', Buffer.from(first.body));
  bodies.done('login', first.body);
  expect(await bodies.bodyFor('pay', 'a', ['dev'])).toMatchObject({ body: first.body });
  expect(packed).toHaveLength(1);
  bodies.done('pay', first.body);
  await bodies.bodyFor('pay', 'a', ['dev']);
  expect(packed).toHaveLength(2);
});

it('of each function is kept, the newest of it alone', async () => {
  const { bodies, packed } = bodiesOf();
  for (const [name, fingerprint] of [
    ['pay', 'a'],
    ['login', 'a'],
    ['pay', 'b'],
    ['pay', 'b'],
    ['login', 'a'],
    ['pay', 'a'],
  ] as const)
    await bodies.bodyFor(name, fingerprint, ['dev']);
  expect(packed).toEqual(['pay a', 'login a', 'pay b', 'pay a']);
});

it('for one environment is another than for two, also while both are made', async () => {
  const { bodies, packed } = bodiesOf();
  const [one, two] = await Promise.all([
    bodies.bodyFor('pay', 'a', ['dev']),
    bodies.bodyFor('pay', 'a', ['dev', 'test']),
  ]);
  expect(packed).toHaveLength(2);
  expect([one, two].map((each) => each.ok && /"envs":\[[^\]]*\]/.exec(each.body.toString())?.[0])).toEqual([
    '"envs":["dev"]',
    '"envs":["dev","test"]',
  ]);
});

it('32 MiB of bodies are kept, and the newest whatever its size', async () => {
  // A zip of 7.5 MiB has 10 MiB of text.
  const { bodies, packed } = bodiesOf({ bytes: 7.5 * mebibyte });
  const ask = (name: string) => bodies.bodyFor(name, 'a', ['dev']);
  for (const name of ['one', 'two', 'three']) await ask(name);
  for (const name of ['one', 'two', 'three']) await ask(name);
  expect(packed).toHaveLength(3);
  await ask('four');
  expect(packed).toHaveLength(4);
  for (const name of ['two', 'three', 'four']) await ask(name);
  expect(packed).toHaveLength(4);
  await ask('one');
  expect(packed).toHaveLength(5);
});

it('larger than that is kept as well, alone', async () => {
  const { bodies, packed } = bodiesOf({ bytes: 30 * mebibyte });
  for (const name of ['one', 'one', 'two', 'two']) await bodies.bodyFor(name, 'a', ['dev']);
  expect(packed).toEqual(['one a', 'two a']);
});

it('cannot be made of what cannot be packed: that says why', async () => {
  const problem: ContentProblem = { reason: 'untrusted' };
  const { bodies, packed } = bodiesOf({ problem });
  expect(await bodies.bodyFor('pay', 'a', ['dev'])).toEqual({ ok: false, scan: { ok: false, problem } });
  await bodies.prepare('pay', null, ['dev']);
  expect(packed).toEqual(['pay a']);
});

it.each([
  ['new content', 'b', 'a', 1],
  ['what is live already', 'a', 'a', 0],
  ['content that is not looked at now', null, 'a', 0],
])('of %s is prepared or not', async (_, swept, wanted, times) => {
  const { bodies, packed } = bodiesOf({ swept });
  await bodies.prepare('pay', wanted, ['dev']);
  expect(packed).toHaveLength(times);
  await bodies.bodyFor('pay', 'b', ['dev']);
  expect(packed).toHaveLength(1);
});

it('exactly 32 MiB are kept, and not a byte more', async () => {
  const head = '{"functionname":"","envs":["dev"],"zipfile":""}'.length;
  const base64 = 16 * mebibyte - head - ((16 * mebibyte - head) % 4);
  /** Of a function whose body has 16 MiB, and so many bytes more. */
  const named = (letter: string, more = 0): string => letter.repeat(16 * mebibyte - head - base64 + 4 + more);
  const { bodies, packed } = bodiesOf({ bytes: ((base64 - 4) / 4) * 3 });
  const ask = (name: string) => bodies.bodyFor(name, 'a', ['dev']);
  const first = await ask(named('a'));
  expect(first.ok && first.body.length).toBe(16 * mebibyte);
  for (const name of [named('b'), named('a')]) await ask(name);
  expect(packed).toHaveLength(2);
  await ask(named('c', 1));
  await ask(named('b'));
  expect(packed).toHaveLength(4);
});

it('the files that a body was packed of are given once, also when another body was made meanwhile', async () => {
  const { bodies } = bodiesOf();
  const made = await bodies.bodyFor('pay', 'a', ['dev']);
  if (!made.ok) throw new Error('no body');
  await bodies.bodyFor('pay', 'a', ['test']);
  bodies.done('pay', made.body);
  expect(made.takeFiles()).toEqual([]);
  expect(made.takeFiles()).toBeNull();
});

it('is prepared with the helper where that goes along, else without it', async () => {
  const packed: string[] = [];
  const bodiesWith = (dressed: string | null): UploadBodies =>
    createUploadBodies({
      async pack(name, fingerprint, allocate) {
        packed.push(`${name} ${fingerprint}`);
        return { ok: true, zip: (allocate ?? Buffer.alloc)(9).fill(0), files: 3, bytes: 9, entries: [] };
      },
      async sweep() {
        return { ok: true, fingerprint: 'plain', dressed, files: 3, bytes: 9, changed: [] };
      },
    });
  const envsOf = async (bodies: UploadBodies, fingerprint: string, envs: readonly string[]) => {
    const body = await bodies.bodyFor('pay', fingerprint, envs);
    return body.ok ? body.body.toString() : '';
  };
  const dressed = bodiesWith('dressed');
  await dressed.prepare('pay', null, ['dev', 'test'], new Set(['dev']));
  expect(packed.splice(0)).toEqual(['pay dressed']);
  expect(await envsOf(dressed, 'dressed', ['dev'])).toContain('"envs":["dev"]');
  expect(packed).toEqual([]);
  for (const [fingerprint, helperIn] of [
    ['dressed', new Set<string>()],
    [null, new Set(['dev'])],
  ] as const) {
    await bodiesWith(fingerprint).prepare('pay', null, ['dev', 'test'], helperIn);
    expect(packed.splice(0)).toEqual(['pay plain']);
  }
});

it('of a version that was kept is the zip of what goes into it, and its files are given once', async () => {
  const { bodies, packed } = bodiesOf();
  const entries = await entriesOf([
    ['index.js', '1'],
    ['helper.cjs', '2'],
  ]);
  const [index] = entries;
  if (index === undefined) throw new Error('no entry');
  const files = [{ ...index, sha256: 'a'.repeat(64) }];
  const sent = await bodies.bodyOf('pay', files, entries, ['dev']);
  const zip = await writeZip(entries);
  expect(sent.body.toString()).toBe(
    `{"functionname":"pay","envs":["dev"],"zipfile":"${zip.toString('base64')}"}`,
  );
  expect(sent).toMatchObject({ zipBytes: zip.length, files: 1 });
  expect(sent.takeFiles()).toBe(files);
  expect(sent.takeFiles()).toBeNull();
  expect(packed).toEqual([]);
});

/** When garbage was collected because somebody asked for it, of all until one that is asked for here. */
async function collectionsDuring(work: () => Promise<void>): Promise<readonly number[]> {
  const collections: number[] = [];
  let done = (): void => undefined;
  const last = new Promise<void>((resolve) => {
    done = resolve;
  });
  let end = Number.POSITIVE_INFINITY;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail, startTime }: { detail?: { flags?: number }; startTime: number } = entry;
      if (((detail?.flags ?? 0) & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) === 0) continue;
      if (startTime >= end) return done();
      collections.push(startTime);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  await work();
  end = performance.now();
  collectGarbage();
  await last;
  observer.disconnect();
  return collections;
}

it('a zip of 4 MiB or more is made room for, a smaller one is not', async () => {
  let between = 0;
  const collections = await collectionsDuring(async () => {
    await bodiesOf({ bytes: 4 * mebibyte - 1 }).bodies.bodyFor('pay', 'a', ['dev']);
    between = performance.now();
    await bodiesOf({ bytes: 4 * mebibyte }).bodies.bodyFor('pay', 'a', ['dev']);
  });
  expect(collections).not.toEqual([]);
  expect(Math.min(...collections)).toBeGreaterThan(between);
});

it('the last body of a function is not held while its next is made', async () => {
  const zips: WeakRef<ArrayBufferLike>[] = [];
  const heldThen: boolean[] = [];
  const bodies = createUploadBodies({
    async pack(_name, _fingerprint, allocate) {
      // As the files are read: whoever asked has returned by then, and holds nothing.
      await nextTurn();
      const bytes = 4 * mebibyte;
      const zip = (allocate ?? Buffer.alloc)(bytes).fill(0);
      heldThen.push(zips.some((earlier) => earlier.deref() !== undefined));
      zips.push(new WeakRef(zip.buffer));
      return { ok: true, zip, files: 3, bytes, entries: [] };
    },
    sweep: async () => null,
  });
  for (const fingerprint of ['a', 'b']) await bodies.bodyFor('pay', fingerprint, ['dev']);
  expect(heldThen).toEqual([false, false]);
});

it('of one function in two requests counts as new when the later one is made', async () => {
  const packed: string[] = [];
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const bodies = createUploadBodies({
    async pack(name, _, allocate) {
      packed.push(name);
      if (packed.length === 1) await gate;
      const bytes = 7.5 * mebibyte;
      return { ok: true, zip: (allocate ?? Buffer.alloc)(bytes).fill(0), files: 3, bytes, entries: [] };
    },
    sweep: async () => null,
  });
  const ask = (name: string, env = 'dev') => bodies.bodyFor(name, 'a', [env]);
  const later = ask('pay', 'test');
  await ask('pay');
  await ask('login');
  open();
  await later;
  await ask('one');
  await ask('two');
  packed.length = 0;
  await ask('pay', 'test');
  await ask('login');
  expect(packed).toEqual(['login']);
});
