/** Another branch: 200 functions change at once. Against reading, deflating and posting them with nothing else. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'vitest';
import { packContent } from '../../src/zip/deflate.js';
import { writeZip } from '../../src/zip/zip.js';
import { makeProject, run } from '../support/rig.js';
import { buildUploadBody } from '../support/upload-body.js';
import { sourceFiles } from './material.js';
import { post } from './post.js';
import { report } from './rows.js';
import { configForSink, openSink, type Sink } from './sink.js';

const functions = 200;
const filesEach = 5;
const debounceMs = 100;
const names = Array.from({ length: functions }, (_, index) => `fn-${index}`);

it('200 functions change at once', async (context) => {
  const sink = await openSink(names);
  const settings = { ...configForSink(sink, ['dev']), debounceMs };
  const material = Object.fromEntries(
    names.map((name, seed) => [name, sourceFiles(filesEach, 50_000, seed)]),
  );
  const project = await makeProject(material, settings);
  const program = run(['watch', '--json'], { cwd: project.folder, env: { TEST_TOKEN: 'token' } });
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(names.map((name) => [name, 'dev']));

  const from = program.events.length;
  const received = sink.uploads(functions);
  let lastSavedAt = 0;
  for (const [index, name] of names.entries()) {
    for (const [path, text] of Object.entries(sourceFiles(filesEach, 50_000, functions + index)))
      await writeFile(join(project.root, name, path), text);
    lastSavedAt = performance.now();
  }
  const ours = (await received) - lastSavedAt - debounceMs;
  await program.waitForLive(
    names.map((name) => [name, 'dev']),
    from,
  );
  await program.stop();
  report(context, {
    what: '200 functions changed at once, 10 MB → all requests received',
    unit: 'ms',
    median: ours,
    p99: null,
    reference: { name: 'read, deflate and post', median: await bareMs(sink, project.root) },
    reach: '≤ 1.5 ×',
  });
});

async function bareMs(sink: Sink, root: string): Promise<number> {
  const received = sink.uploads(functions);
  const startedAt = performance.now();
  const queue = [...names];
  const worker = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift())
      await bareUpload(sink, root, name);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return (await received) - startedAt;
}

async function bareUpload(sink: Sink, root: string, name: string): Promise<void> {
  const found = await readdir(join(root, name), { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const entries = await Promise.all(
    files.map(async (file) => ({
      path: file.slice(join(root, name).length + 1).replaceAll('\\', '/'),
      executable: false,
      packed: await packContent(await readFile(file)),
    })),
  );
  const body = await buildUploadBody({ functionname: name, envs: ['dev'], zip: await writeZip(entries) });
  await post(sink.url, body);
}
