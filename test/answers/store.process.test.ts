/** A pipe among the kept answers: nobody writes into it, and it is not waited for. */
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createAnswerStore } from '../../src/answers/store.js';
import { temporaryFolder } from '../support/rig.js';

const place = { endpoint: 'e', function: 'pay', env: 'dev', question: 'happy' };

it.skipIf(process.platform === 'win32')('is no answer', async () => {
  const folder = await temporaryFolder();
  await createAnswerStore(folder).note(place, 'f1', 'one');
  const [name = ''] = await readdir(join(folder, 'answers'));
  await rm(join(folder, 'answers', name));
  await mkdir(join(folder, 'answers'), { recursive: true });
  execFileSync('mkfifo', [join(folder, 'answers', name)]);
  expect(await createAnswerStore(folder).note(place, 'f2', 'two')).toBeNull();
});
