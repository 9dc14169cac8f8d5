/** Names and paths on the command line, and what is suggested for those that nothing answers to. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { functionNames, tellUnmatched } from '../../src/cli/names.js';
import { runPush } from '../../src/cli/push.js';
import { loadConfigValue } from '../../src/functions/load.js';
import { unmatchedOf } from '../../src/functions/selection.js';
import { deskIn, folderWith } from '../support/init-rig.js';

async function project() {
  const folder = await folderWith({
    'cloudfunctions/pay/index.js': 'exports.main = 1;\n',
    'cloudfunctions/pay-refund/index.js': 'exports.main = 1;\n',
    'cloudfunctions/login/index.js': 'exports.main = 1;\n',
    'cloudfunctions/login/lib/a.js': '1;\n',
  });
  const loaded = await loadConfigValue(
    { functionsRoot: 'cloudfunctions', envs: ['dev-3gewtf9c10f60c76', 'test-7gniu'], endpoint: 'emulator' },
    { from: folder, environment: {} },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return { folder, config: loaded.config };
}

describe('a path means the function that lies there', () => {
  it.each<readonly [cwd: string, given: string, name: string]>([
    ['', './cloudfunctions/pay', 'pay'],
    ['', 'cloudfunctions/pay/', 'pay'],
    ['', 'cloudfunctions/pay-refund', 'pay-refund'],
    ['', 'cloudfunctions/login/lib/a.js', 'login'],
    ['cloudfunctions', './pay', 'pay'],
    ['cloudfunctions', 'pay/', 'pay'],
    ['cloudfunctions/login', './', 'login'],
    ['cloudfunctions/login/lib', '../../pay', 'pay'],
    ['', 'pay/', 'pay'],
    ['', 'pay', 'pay'],
    ['', 'none', 'none'],
    ['', './elsewhere/pay', './elsewhere/pay'],
  ])('in %j, %s means %s', async (cwd, given, name) => {
    const { folder, config } = await project();
    const { context } = deskIn(join(folder, cwd));
    expect(await functionNames([given], config, context)).toEqual([name]);
  });

  it('as does an absolute one', async () => {
    const { folder, config } = await project();
    const { context } = deskIn('/');
    expect(await functionNames([join(folder, 'cloudfunctions', 'pay'), 'login'], config, context)).toEqual([
      'pay',
      'login',
    ]);
  });
});

describe('the nearest name is suggested', () => {
  it.each<readonly [kind: 'envIds' | 'only' | 'names', value: string, nearest: string | null]>([
    ['names', 'lgin', 'login'],
    ['names', 'Login', 'login'],
    ['names', 'log', 'login'],
    ['names', 'pay-', 'pay'],
    ['names', 'warehouse', null],
    ['only', 'logins', 'login'],
    ['envIds', 'dev', 'dev-3gewtf9c10f60c76'],
    ['envIds', 'test-7gnui', 'test-7gniu'],
    ['envIds', 'prod', null],
    ['names', 'apy', 'pay'],
  ])('%s %s: %s', async (kind, value, nearest) => {
    const { folder, config } = await project();
    const { context, err } = deskIn(folder);
    const none = { envIds: [], only: [], names: [] };
    const specs = ['login', 'pay', 'pay-refund'].map((name) => ({ name, envs: config.envs }));
    const unmatched = unmatchedOf({ ...none, [kind]: [value] }, config, specs);
    expect(unmatched).toMatchObject([{ value, nearest }]);
    tellUnmatched(unmatched, context);
    if (nearest === null) expect(err()).not.toContain('Did you mean');
    else expect(err()).toContain(`Did you mean ${nearest}?`);
    tellUnmatched(unmatched, { ...context, language: 'zh-CN' });
    expect(err()).not.toMatch(/。 /);
  });

  it('and push ends with 4 before anything is sent', async () => {
    const { folder } = await project();
    const config = { functionsRoot: 'cloudfunctions', envs: ['dev'], endpoint: 'emulator' };
    const desk = deskIn(await folderWith({}));
    const options = {
      ...{ envId: [], only: [], json: false, plain: true, ascii: false, dryRun: true, force: false },
      ...{
        yes: false,
        verbose: false,
        problems: false,
        stdinEnds: false,
        trust: false,
        adopt: false,
        config: join(folder, 'watch.config.json'),
      },
    };
    const { writeFile } = await import('node:fs/promises');
    await writeFile(options.config, JSON.stringify(config));
    expect(await runPush(options, ['lgin'], 600, desk.context)).toBe(4);
    expect(desk.err()).toContain('Did you mean login?');
    expect(desk.out()).toBe('');
  });
});
