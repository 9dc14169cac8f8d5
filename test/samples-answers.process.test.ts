/** The saved events of the samples, as `npm start` calls them: each is answered as it is expected to be, by the code that was sent. */
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parseJson } from '../src/system/json.js';
import { programFile, temporaryFolder } from './support/rig.js';

const project = fileURLToPath(new URL('..', import.meta.url));

it('are answered as expected and proven in every environment', async () => {
  const folder = await temporaryFolder();
  for (const name of ['watch.config.json', 'events', 'sample-functions'])
    await cp(join(project, name), join(folder, name), { recursive: true, verbatimSymlinks: true });
  const { CI: _, GITHUB_ACTIONS: __, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [programFile, 'push', '--check', '--json'], {
    cwd: folder,
    env: { ...env, TCB_WATCH_LANG: 'en' },
  });
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => Object(parseJson(line)));
  const answers = events.filter(({ event }) => event === 'answer');
  expect(answers.map((each) => `${each.function} ${each.eventName}`).sort()).toEqual(
    ['cart 满减', 'cart 空购物车', 'greeting 春节早上', 'pay 咖啡', 'pay 金额有误']
      .flatMap((name) => [name, name])
      .sort(),
  );
  expect(answers.every(({ ok, proven }) => ok && proven)).toBe(true);
  expect(events.at(-1)).toMatchObject({ event: 'stopped', code: 0, answers: { ok: 10, failed: 0 } });
}, 180_000);
