/** The content that is known of each function: what a look reports, what the next scan still says, and what is forgotten. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createBuiltContent } from '../../src/build/builds.js';
import type { KeyDigestOf } from '../../src/content/content.js';
import { discover } from '../../src/functions/discovery.js';
import { loadConfig } from '../../src/functions/load.js';
import type { ScanResult } from '../../src/model/event.js';
import { HELPER_FILE } from '../../src/proof/helper.js';
import { needs } from '../support/needs.js';
import { type Files, makeProject } from '../support/rig.js';

const main = 'exports.main = async () => 1;\n';

async function contentOf(
  functions: Readonly<Record<string, Files>> = { pay: { 'index.js': main } },
  more: Readonly<Record<string, unknown>> = {},
  keyDigestOf?: KeyDigestOf,
) {
  const project = await makeProject(functions, { envs: ['dev'], endpoint: 'emulator', ...more });
  const load = async (change: object = {}) => {
    await project.configure({
      functionsRoot: 'functions',
      envs: ['dev'],
      endpoint: 'emulator',
      ...more,
      ...change,
    });
    const loaded = await loadConfig({ from: project.folder, environment: {} });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded.config;
  };
  const config = await load();
  const found = await discover(config);
  const specs = found.map((spec) => (keyDigestOf === undefined ? spec : { ...spec, helperIn: ['dev'] }));
  const content = createBuiltContent(config, specs, null, keyDigestOf);
  onTestFinished(() => content.close());
  const write = (name: string, text: string) => project.write(`functions/pay/${name}`, text);
  return { project, load, config, specs, content, write };
}

const changedOf = (result: ScanResult | null): readonly string[] | null =>
  result?.ok === true ? result.changed : null;
const fingerprintOf = (result: ScanResult): string =>
  result.ok ? result.fingerprint : result.problem.reason;
const allocate = (size: number): Buffer => Buffer.alloc(size);

it('nothing is known of a function that nobody configured', async () => {
  const { content } = await contentOf();
  const gone = { ok: false, problem: { reason: 'gone' } };
  expect(await content.scan('nowhere', false)).toMatchObject(gone);
  expect(await content.sweep('nowhere')).toMatchObject(gone);
  expect(await content.glance('nowhere')).toMatchObject(gone);
  expect(await content.pack('nowhere', 'f', allocate)).toMatchObject({ ok: false, scan: gone });
  expect(await content.files('nowhere')).toEqual({ files: [], problem: null });
  expect(content.scannedFiles('nowhere')).toBeNull();
  expect(content.rulesOf('nowhere')).toBeNull();
  expect(content.missingParts('nowhere')).toEqual([]);
  expect([...content.linksOf('nowhere')]).toEqual([]);
});

it('what a sweep finds is still a change for the scan after it, and only for that', async () => {
  const { content, write } = await contentOf();
  await content.scan('pay', false);
  await write('b.js', '1');
  expect(changedOf(await content.sweep('pay'))).toEqual(['b.js']);
  await write('a.js', '1');
  await content.sweep('pay');
  await write('c.js', '1');
  expect(changedOf(await content.scan('pay', false))).toEqual(['a.js', 'b.js', 'c.js']);
  expect(changedOf(await content.scan('pay', false))).toEqual([]);
});

it('a function that is not configured any more is forgotten, and read anew should it return', async () => {
  const { content, config, specs } = await contentOf();
  const before = await content.scan('pay', false);
  expect(content.scannedFiles('pay')?.size).toBe(1);
  expect(content.rulesOf('pay')).not.toBeNull();
  content.update(config, []);
  await expect.poll(() => content.scannedFiles('pay')).toBeNull();
  expect(content.rulesOf('pay')).toBeNull();
  expect(await content.scan('pay', false)).toMatchObject({ problem: { reason: 'gone' } });
  content.update(config, specs);
  expect(await content.scan('pay', false)).toEqual(before);
});

it('another configuration counts for the next look, and keeps what is known', async () => {
  const { content, load, specs, write } = await contentOf();
  await write('notes.txt', 'x');
  const before = await content.scan('pay', false);
  content.update(await load({ ignore: ['*.txt'] }), specs);
  expect(content.rulesOf('pay')).not.toBeNull();
  const after = await content.scan('pay', false);
  expect(changedOf(after)).toEqual(['notes.txt']);
  expect(fingerprintOf(after)).not.toBe(fingerprintOf(before));
});

describe('code that could not run', () => {
  const missing = { pay: { 'index.js': `require('./no');\n${main}` } };

  it('is a fault of the content, or holds it, as the configuration says', async () => {
    const { content, load, specs, write } = await contentOf(missing);
    const fault = { kind: 'missing-file', path: 'functions/pay/index.js' };
    expect(await content.scan('pay', false)).toMatchObject({ ok: true, fault });
    expect(await content.glance('pay')).toMatchObject({ ok: true, fault });
    content.update(await load({ onCannotRun: 'hold' }), specs);
    const held = { ok: false, problem: { reason: 'cannot-run', fault } };
    expect(await content.scan('pay', false)).toMatchObject(held);
    expect(await content.sweep('pay')).toMatchObject(held);
    await write('no.js', '');
    expect(await content.glance('pay')).toMatchObject({ ok: true });
    expect(await content.scan('pay', false)).toMatchObject({ ok: true, fault: null });
  });

  it('is none for sure where a package lies in the function’s own node_modules', async () => {
    const needing = {
      ...{ 'index.js': `require('x');\n${main}`, 'package.json': '{"dependencies": {"y": "1"}}' },
    };
    const { content, write } = await contentOf({ pay: needing });
    expect(await content.scan('pay', false)).toMatchObject({ fault: null });
    await write('node_modules/y/index.js', '');
    await write('a.js', '');
    expect(await content.scan('pay', false)).toMatchObject({ fault: { kind: 'undeclared-package' } });
    await write('node_modules/x/index.js', '');
    await write('a.js', '// again');
    expect(await content.scan('pay', false)).toMatchObject({ fault: null });
  });
});

it('the links that a look followed are told when they change', async () => {
  const { content, project, write } = await contentOf();
  await project.write('elsewhere/a.js', '1');
  let told = 0;
  content.onLinks(() => {
    told += 1;
  });
  await content.scan('pay', false);
  expect(told).toBe(0);
  needs('links');
  await symlink(join(project.folder, 'elsewhere'), join(project.folder, 'functions/pay/lib'));
  await content.scan('pay', false);
  expect([...content.linksOf('pay').values()]).toEqual([true]);
  expect(told).toBe(1);
  await write('b.js', '1');
  await content.scan('pay', false);
  expect(told).toBe(1);
});

describe('the helper', () => {
  it('goes along where there is a key: the content has a fingerprint of its own then, and is packed with it', async () => {
    const { content } = await contentOf(undefined, {}, () => 'k'.repeat(64));
    const result = await content.scan('pay', false);
    const dressed = result.ok ? (result.dressed ?? '') : '';
    expect(dressed).toMatch(/^[0-9a-f]{64}$/);
    expect(dressed).not.toBe(fingerprintOf(result));
    const [plain, helped] = await Promise.all(
      [fingerprintOf(result), dressed].map((fingerprint) => content.pack('pay', fingerprint, allocate)),
    );
    const text = (packed: typeof plain) => (packed?.ok === true ? packed.zip.toString('latin1') : packed);
    expect(text(plain)).not.toContain(HELPER_FILE);
    expect(text(helped)).toContain(HELPER_FILE);
  });

  it('does not where there is none', async () => {
    const { content } = await contentOf(undefined, {}, () => null);
    const result = await content.scan('pay', false);
    expect(result.ok && (result.dressed ?? null)).toBeNull();
  });
});

it('a content that is not there is not packed: what is there instead is said', async () => {
  const { content, write } = await contentOf();
  const before = await content.scan('pay', false);
  await write('index.js', `${main}\n// more`);
  const packed = await content.pack('pay', '0'.repeat(64), allocate);
  expect(packed).toMatchObject({ ok: false, scan: { ok: true, fault: null } });
  expect(packed.ok ? '' : fingerprintOf(packed.scan)).not.toBe(fingerprintOf(before));
  expect(packed.ok ? '' : fingerprintOf(packed.scan)).toBe(fingerprintOf(await content.scan('pay', false)));
});
