/** Bodies prepared are used for exactly the content they were made of, and made once. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createBuiltContent } from '../../src/build/builds.js';
import { discover } from '../../src/functions/discovery.js';
import { loadConfig } from '../../src/functions/load.js';
import { createUploadBodies, type UploadBodies } from '../../src/upload/bodies.js';
import { temporaryFolder } from '../support/rig.js';

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
