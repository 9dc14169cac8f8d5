/**
 * The helper never changes an ordinary call: each entry is loaded and called as it is and dressed, in real Nodes. And it says what it is
 * asked, to whoever has the key. Further Nodes come with `npm run nodes`.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mainCandidates, mainOf } from '../../src/content/entry.js';
import { type Dressing, dressedFiles, dressingOf, isReserved } from '../../src/proof/dress.js';
import { HELPER_FILE, helperText } from '../../src/proof/helper.js';
import { isRecord, parseJson } from '../../src/system/json.js';
import { seeded } from '../support/random.js';
import { temporaryFolder } from '../support/rig.js';
import { type EntryCase, entries, randomEntry } from './entries.js';

const key = 'ab'.repeat(32);
const keyDigest = createHash('sha256').update(key).digest('hex');
const fingerprint = 'cd'.repeat(32);
const runner = fileURLToPath(new URL('run-entries.cjs', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/nodes/node_modules', import.meta.url));

const nodes = [
  process.execPath,
  ...[12, 16, 18, 22, 24].map((major) => join(cache, `node${major}/bin/node`)),
];
const majorOf = (node: string): number =>
  Number(/node(\d+)\/bin/.exec(node)?.[1] ?? process.versions.node.split('.')[0]);

interface Placed {
  readonly entry: string;
  readonly module: boolean;
}

const outcome = z.object({
  keys: z.array(z.string()).optional(),
  main: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
  printed: z.array(z.string()),
});

function entryPath(files: EntryCase['files']): string {
  const main = mainOf(files['package.json'] ?? '{}');
  const candidates = ['index.js', 'index.mjs', ...(main === null ? [] : mainCandidates(main))];
  return candidates.find((path) => files[path] !== undefined) ?? 'index.js';
}

function dressingFor(files: EntryCase['files']): Dressing {
  if (Object.keys(files).some(isReserved)) return { kind: 'none', why: 'no-main' };
  const path = entryPath(files);
  const type: unknown = parseJson(files['package.json'] ?? '{}');
  const isModulePackage = isRecord(type) && type['type'] === 'module';
  return dressingOf({ path, text: files[path] ?? '', isModulePackage });
}

/** Writes a function into a folder of its own, dressed or as it is. */
async function place(folder: string, files: EntryCase['files'], isDressed: boolean): Promise<Placed> {
  const path = entryPath(files);
  const all = new Map<string, Uint8Array>(
    Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]),
  );
  const dressing = dressingFor(files);
  if (isDressed && dressing.kind !== 'none') {
    for (const file of dressedFiles(dressing, path, Buffer.from(files[path] ?? '')))
      all.set(file.path, file.content);
    all.set(HELPER_FILE, Buffer.from(helperText(fingerprint, keyDigest)));
  }
  for (const [name, content] of all) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return {
    entry: join(folder, path),
    module: /\.mjs$/.test(path) || files['package.json']?.includes('module') === true,
  };
}

async function call(node: string, placed: readonly Placed[], event: Readonly<Record<string, unknown>>) {
  const folder = await temporaryFolder();
  const list = join(folder, 'cases.json');
  await writeFile(list, JSON.stringify(placed.map((each) => ({ ...each, event }))));
  const options = { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 };
  const { stdout } = await promisify(execFile)(node, [runner, list], options);
  return stdout
    .trim()
    .split('\n')
    .map((line) => outcome.parse(JSON.parse(line)));
}

async function placeAll(all: readonly EntryCase['files'][], isDressed: boolean): Promise<Placed[]> {
  const folder = await temporaryFolder();
  return Promise.all(all.map((files, index) => place(join(folder, `${index}`), files, isDressed)));
}

it.each(Object.entries(entries))('how it is dressed: %s', (_, { files, how }) => {
  expect(dressingFor(files).kind).toBe(how);
});

const probe = { n: 1, $tcbWatch: { key } };

describe.each(nodes)('in %s', (node) => {
  const run = existsSync(node) ? it : it.skip;
  const able = Object.entries(entries).filter(([, { since = 0 }]) => since <= majorOf(node));
  const files = able.map(([, each]) => each.files);

  run('an ordinary call is what it was', async () => {
    const plain = await call(node, await placeAll(files, false), { n: 1 });
    const dressed = await call(node, await placeAll(files, true), { n: 1 });
    for (const [index, [name]] of able.entries())
      expect([name, dressed[index]]).toEqual([name, plain[index]]);
  });

  run('a wrong key is an ordinary call', async () => {
    const wrong = [null, 1, {}, { key: 5 }, { key: 'x' }, { key: 'f'.repeat(64) }];
    const some = files.slice(0, 2);
    for (const each of wrong) {
      const event = { n: 1, $tcbWatch: each };
      const plain = await call(node, await placeAll(some, false), event);
      expect(await call(node, await placeAll(some, true), event)).toEqual(plain);
    }
  });

  run('a probe is answered with what the code did', async () => {
    const answers = await call(node, await placeAll(files, true), probe);
    for (const [index, [name, { says }]] of able.entries()) {
      const { result } = answers[index] ?? {};
      const heard = isRecord(result) && result['$tcbWatch'] === 1;
      const kind = !heard ? 'nothing' : result['error'] === null ? 'result' : 'error';
      expect([name, kind]).toEqual([name, says]);
      if (heard)
        expect([name, result['fingerprint'], result['requestId']]).toEqual([name, fingerprint, 'r1']);
    }
  });

  run('generated entries: an ordinary call is what it was', async () => {
    const random = seeded(20);
    const made = Array.from({ length: 300 }, () => ({ 'index.js': randomEntry(random) }));
    const plain = await call(node, await placeAll(made, false), { n: 1 });
    const dressed = await call(node, await placeAll(made, true), { n: 1 });
    for (const [index, each] of made.entries())
      expect([each['index.js'], dressed[index]]).toEqual([each['index.js'], plain[index]]);
  });
});

it('lines are those of the call that printed them, and are bounded', async () => {
  const text = `const { log } = console;
    exports.main = async ({ n }) => {
      log('bound'); process.stdout.write('raw\\n'); console.error('bad'); console.table([[1]]);
      for (let i = 0; i < 1000; i += 1) console.log('line', i);
      return n;
    };`;
  const [answer] = await call(process.execPath, await placeAll([{ 'index.js': text }], true), probe);
  const result = z
    .object({
      logs: z.array(z.tuple([z.number(), z.string(), z.string()])),
      moreLogs: z.number(),
      result: z.number(),
    })
    .parse(answer?.result);
  expect(result.logs.slice(0, 3).map(([, level, line]) => [level, line])).toEqual([
    ['log', 'bound'],
    ['log', 'raw'],
    ['error', 'bad'],
  ]);
  expect(result.logs.length).toBe(200);
  expect(result.logs.length + result.moreLogs).toBe(1004);
  // The output of the code is printed all the same.
  expect(answer?.printed.length).toBe(1004);
});
