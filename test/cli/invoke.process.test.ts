/** `invoke` in a protected environment: never without its own --yes, or an answer. In this process, against an emulator on loopback. */
import { describe, expect, it } from 'vitest';
import { runInvoke } from '../../src/cli/invoke.js';
import type { InvokeOptions } from '../../src/cli/options.js';
import { type Desk, type DeskOptions, deskIn } from '../support/init-rig.js';
import { configFor, makeProject, runEmulator } from '../support/rig.js';

const files = { 'index.js': 'exports.main = async () => "called";\n' };

async function invoke(
  options: Partial<InvokeOptions>,
  desk: DeskOptions = {},
  name = 'greet',
): Promise<{ code: number; calls: number; desk: Desk }> {
  const emulator = await runEmulator({ envs: ['dev', 'prod'] });
  for (const env of emulator.envs) await emulator.deploy(env, 'greet', files);
  const project = await makeProject({ greet: files }, configFor(emulator));
  const made = deskIn(project.folder, { environment: { TEST_TOKEN: emulator.token }, ...desk });
  const code = await runInvoke(
    { json: false, yes: false, trust: false, envId: ['prod'], ...options },
    name,
    undefined,
    made.context,
  );
  return { code, calls: emulator.counts().invokecloudfunction, desk: made };
}

describe('a protected environment', () => {
  it.each<readonly [string, Partial<InvokeOptions>, DeskOptions, { code: number; calls: number }]>([
    ['nobody to ask', {}, {}, { code: 3, calls: 0 }],
    ['--json on a terminal', { json: true }, { answers: ['y'] }, { code: 3, calls: 0 }],
    ['no', {}, { answers: ['n'] }, { code: 1, calls: 0 }],
    ['no answer', {}, { answers: [] }, { code: 1, calls: 0 }],
    ['yes', {}, { answers: ['y'] }, { code: 0, calls: 1 }],
    ['--yes', { yes: true }, {}, { code: 0, calls: 1 }],
    ['--yes on a terminal asks nothing', { yes: true }, { answers: ['n'] }, { code: 0, calls: 1 }],
  ])('%s', async (_, options, desk, expected) => {
    const { code, calls, desk: made } = await invoke(options, desk);
    expect({ code, calls }).toEqual(expected);
    expect(made.questions).toHaveLength(desk.answers !== undefined && !options.yes && !options.json ? 1 : 0);
    if (code === 3) expect(made.err()).toContain('Add --yes');
    if (code === 0) expect(made.out()).toContain('called');
  });

  it('the question names function and environment', async () => {
    const { desk } = await invoke({}, { answers: ['y'] });
    expect(desk.questions[0]).toContain('greet');
    expect(desk.questions[0]).toContain('prod');
  });
});

describe('elsewhere', () => {
  it('nothing is asked', async () => {
    const { code, calls, desk } = await invoke({ envId: ['dev'] }, { answers: ['n'] });
    expect({ code, calls, questions: desk.questions }).toEqual({ code: 0, calls: 1, questions: [] });
  });

  it('an environment that is not configured ends with 4, a function that is nowhere too, each with the nearest', async () => {
    const env = await invoke({ envId: ['deb'] });
    expect(env.code).toBe(4);
    expect(env.desk.err()).toContain('Did you mean dev?');
    const name = await invoke({ envId: ['dev'] }, {}, 'gret');
    expect(name.code).toBe(4);
    expect(name.desk.err()).toContain('Did you mean greet?');
  });

  it('the function’s folder may stand for its name', async () => {
    expect((await invoke({ envId: ['dev'] }, {}, './functions/greet/')).code).toBe(0);
  });

  it('without --env-id and with several, they are named: 3', async () => {
    const { code, desk } = await invoke({ envId: [] });
    expect(code).toBe(3);
    expect(desk.err()).toContain('dev, prod');
  });
});
