/** The calls that `invoke` refuses before it asks the cloud anything, and the refusals of the cloud. */
import { expect, it } from 'vitest';
import { runInvoke } from '../../src/cli/invoke.js';
import type { InvokeOptions } from '../../src/cli/options.js';
import { invokeWords } from '../../src/text/words/invoke.js';
import { type DeskOptions, deskIn } from '../support/init-rig.js';
import { configFor, entry, makeProject, runEmulator } from '../support/rig.js';

it.each<readonly [string, Partial<InvokeOptions>, string | undefined, DeskOptions, number, string]>([
  ['protected, and nobody to ask', {}, undefined, {}, 3, 'Add --yes'],
  ['protected, with --json on a terminal', { json: true }, undefined, { answers: ['y'] }, 3, 'Add --yes'],
  ['protected, and a person says no', {}, undefined, { answers: ['n'] }, 1, 'was not called'],
  ['protected, and no answer', {}, undefined, { answers: [] }, 1, 'was not called'],
  ['an event that is no JSON', { yes: true }, '{"a":', {}, 3, 'not JSON'],
  ['an environment that is not configured', { envId: ['dve'] }, undefined, {}, 4, 'Did you mean dev?'],
  ['several environments', { envId: [] }, undefined, {}, 3, 'dev, prod'],
  ['a configuration that is not there', { config: 'none.json' }, undefined, {}, 3, 'none.json'],
])('%s', async (_, options, event, desk, code, said) => {
  const emulator = await runEmulator({ envs: ['dev', 'prod'] });
  const project = await makeProject({ greet: entry('1') }, configFor(emulator));
  const made = deskIn(project.folder, { environment: { TEST_TOKEN: emulator.token }, ...desk });
  const all = { json: false, yes: false, trust: false, envId: ['prod'], ...options };
  expect(await runInvoke(all, 'greet', event, made.context)).toBe(code);
  expect(made.err()).toContain(said);
  expect(made.out()).toBe('');
  expect(Object.values(emulator.counts()).every((count) => count === 0)).toBe(true);
});

it.each<readonly [string, number, string, number, readonly string[]]>([
  ['a token that is not accepted', 40001, 'invalid credential', 2, ['pay in dev', '40001']],
  ['no permission for this call', 48001, 'api unauthorized', 2, ['48001']],
  ['a day’s calls that are used up', 45009, 'reach max api daily quota limit', 2, ['45009']],
  ['a cloud that is busy', -1, 'system error', 5, ['-1']],
  ['a call that it does not take', 47001, 'data format error', 5, ['47001']],
  ['code that threw', -504_002, 'TypeError: no price', 5, ['no price']],
  ['code that took too long', -504_003, 'Invoking task timed out', 5, ['timed out']],
  ['a function that is not there', -501_000, 'FunctionName parameter could not be found', 4, ['pay']],
  ['an environment that is not there', -501_000, 'ResourceNotFound.Namespace', 4, ['dev']],
])('%s (%d) is said, with its exit code', async (_, errcode, errmsg, code, said) => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  emulator.faults.add({ call: 'invokecloudfunction', errcode, errmsg });
  const made = deskIn(project.folder, { environment: { TEST_TOKEN: emulator.token } });
  const asked = { json: false, yes: false, trust: false, envId: [] };
  expect(await runInvoke(asked, 'pay', '{}', made.context)).toBe(code);
  expect(made.out()).toBe('');
  for (const text of said) expect(made.err()).toContain(text);
  // The trouble, and how to end it.
  expect(made.err().trimEnd().split('\n').length).toBeGreaterThanOrEqual(2);
  const isOfCode = errcode < -504_000;
  expect(made.err().startsWith('tcb-watch: ')).toBe(true);
  expect(made.err().includes(invokeWords.en.threwHint)).toBe(isOfCode);
});

it('says that it issues a token of its own, which ends the one before', async () => {
  const component = { appId: 'wx1', appSecret: 'the-app-secret', verifyTicket: 'the-verify-ticket' };
  const emulator = await runEmulator({ envs: ['dev'], component });
  emulator.faults.add({ call: 'invokecloudfunction', errcode: -1 });
  const asked = { json: false, yes: false, trust: false, envId: [] };
  for (const [token, isSaid] of [
    [{ component }, true],
    [{ env: 'TEST_TOKEN' }, false],
  ] as const) {
    const project = await makeProject({ pay: entry('1') }, { ...configFor(emulator), token });
    const made = deskIn(project.folder, { environment: { TEST_TOKEN: emulator.token } });
    expect(await runInvoke(asked, 'pay', '{}', made.context)).toBe(5);
    expect(made.err().includes('component_access_token was issued for wx1')).toBe(isSaid);
  }
});

it('a token that is not to be had is said with its own words, and 2', async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  const made = deskIn(project.folder);
  const asked = { json: false, yes: false, trust: false, envId: [] };
  expect(await runInvoke(asked, 'pay', '{}', made.context)).toBe(2);
  expect(made.err()).toContain('TEST_TOKEN');
});
