/** The engine in this process, and programs that others start next to it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { made, started } from '../support/library-rig.js';
import { run } from '../support/rig.js';

it('answers tcb-watch status and push while it runs', async () => {
  const { cwd, environment } = await made();
  const sync = await started({ cwd, environment });
  await sync.watch();
  await sync.push();
  const push = run(['push', '--json'], { cwd, env: environment });
  expect((await push.exit).code).toBe(0);
  expect(push.events[0]).toMatchObject({ event: 'started', pid: process.pid });
});

it('the example for CI says what is live and ends with the exit code', async () => {
  const { cloud, project, cwd, environment } = await made();
  expect(await runExample(cwd, environment)).toMatchObject({ code: 0 });
  expect(cloud.functions('dev')).toHaveLength(2);
  await project.remove('functions/pay/index.js');
  const failed = await runExample(cwd, environment);
  expect(failed.code).toBe(6);
  expect(failed.text).toContain('There is no entry file');
  expect(failed.text).toContain('2 not live.');
});

const example = join(fileURLToPath(new URL('../../examples', import.meta.url)), 'ci.mjs');

function runExample(
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [example], { cwd, env: { ...process.env, ...env } });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
    }
    child.on('close', (code) => resolve({ code, text }));
  });
}
