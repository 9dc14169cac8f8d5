/** The calls that `invoke` refuses before it asks the cloud anything. */
import { expect, it } from 'vitest';
import { runInvoke } from '../../src/cli/invoke.js';
import type { InvokeOptions } from '../../src/cli/options.js';
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
