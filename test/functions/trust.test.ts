/** The parts of a configuration that count: those that were agreed to before, or for this run, exactly as they are. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTrustGate, placeOf, type ValidConfig } from '../../src/functions/trust.js';
import { createTrustStore } from '../../src/state/trust.js';
import { loaded } from '../support/config-folder.js';
import { temporaryFolder } from '../support/rig.js';

async function gateIn(home: string) {
  const store = createTrustStore({ XDG_STATE_HOME: home }, 'linux');
  return { store, gate: createTrustGate(store) };
}

const hooked = (afterLive: string, more: object = {}): Promise<ValidConfig> =>
  loaded({ envs: ['dev'], hooks: { afterLive }, ...more });

describe('the gate', () => {
  it('refuses what nobody agreed to, with a problem for each, and lets the rest be looked at', async () => {
    const { gate } = await gateIn(await temporaryFolder());
    const config = await hooked('one', { token: { command: 'two' } });
    const passed = await gate.pass(config);
    expect(passed).toMatchObject({ ok: false, file: config.config.file });
    expect(passed.ok ? [] : passed.problems).toMatchObject([
      { kind: 'untrusted', path: 'token.command', changed: false, risk: { shown: 'two' } },
      { kind: 'untrusted', path: 'hooks.afterLive', changed: false, risk: { shown: 'one' } },
    ]);
    const { config: trimmed, left } = await gate.trim(config);
    expect(trimmed.hooks.afterLive).toBeNull();
    expect(trimmed.token).toEqual({ kind: 'withheld' });
    expect(left.map((problem) => problem.path)).toEqual(['token.command', 'hooks.afterLive']);
  });

  it('lets pass what was agreed to, and has the agreements watched', async () => {
    const home = await temporaryFolder();
    const { gate, store } = await gateIn(home);
    const config = await hooked('one');
    expect(await store.agree(placeOf(config), config.risks)).toBeNull();
    const passed = await gate.pass(config);
    expect(passed).toMatchObject({ ok: true });
    expect(passed.ok ? passed.watchFiles : []).toEqual([...config.watchFiles, store.file]);
    const { config: trimmed, left } = await gate.trim(config);
    expect([trimmed, left]).toEqual([config.config, []]);
  });

  it('says what stands where something else was agreed to', async () => {
    const { gate, store } = await gateIn(await temporaryFolder());
    const config = await hooked('one');
    await store.agree(placeOf(config), config.risks);
    const risks = config.risks.map((risk) => ({ ...risk, value: 'other' }));
    const passed = await gate.pass({ ...config, risks });
    expect(passed.ok ? [] : passed.problems).toMatchObject([{ path: 'hooks.afterLive', changed: true }]);
  });

  it('agrees for one run to what is asked for now, in that run alone', async () => {
    const home = await temporaryFolder();
    const { gate } = await gateIn(home);
    const config = await hooked('one');
    gate.grant(config);
    expect((await gate.pass(config)).ok).toBe(true);
    const later = { ...config, risks: config.risks.map((risk) => ({ ...risk, value: 'later' })) };
    expect((await gate.judge(later)).open).toHaveLength(1);
    expect((await (await gateIn(home)).gate.pass(config)).ok).toBe(false);
  });

  it('shows no secret of the process in what it refuses, and all that the project wrote', async () => {
    const { gate } = await gateIn(await temporaryFolder());
    const config = await hooked('curl -H secret-of-the-env access_token=$(evil)');
    const secrets = ['secret-of-the-env', 'curl -H'];
    const passed = await gate.pass({ ...config, secrets, ownSecrets: secrets.slice(0, 1) });
    expect(JSON.stringify(passed)).not.toContain('secret-of-the-env');
    expect(passed.ok ? [] : passed.problems).toMatchObject([
      { risk: { shown: 'curl -H *** access_token=$(evil)' } },
    ]);
  });

  it('hands on a configuration that is wrong as it is', async () => {
    const { gate } = await gateIn(await temporaryFolder());
    const wrong = { ok: false, file: null, problems: [] } as const;
    expect(await gate.pass(wrong)).toBe(wrong);
  });

  it('is about the file, or the folder where there is none', async () => {
    const config = await hooked('one');
    expect(placeOf(config)).toBe(join(config.config.folder, 'watch.config.json'));
    expect(placeOf({ ...config, config: { ...config.config, file: null } })).toBe(config.config.folder);
  });
});
