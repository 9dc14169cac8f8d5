/** The order in which functions are called, with a caller that answers when the test says so. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Caller } from '../../src/answers/caller.js';
import { createFollower } from '../../src/answers/follower.js';
import { defaultConfig } from '../../src/config/config.js';
import type { Config } from '../../src/config/model.js';
import { temporaryFolder } from '../support/rig.js';
import { plainFunction } from '../support/snapshot-project.js';

const envs = ['dev', 'test', 'stage'];
const live = { fingerprint: 'f1'.repeat(32), carriesHelper: false, isLatest: true };

/** A project whose functions have the events `a` and `b` each. */
async function project(atOnce: number): Promise<Config> {
  const folder = await temporaryFolder();
  const names = ['pay', 'login'];
  const config = defaultConfig(folder, { envs });
  for (const name of names)
    await writeFile(join(folder, `${name}.json`), '[{"name":"a","value":{}},{"name":"b","value":{}}]');
  const called = { ...plainFunction, answers: 'all' as const };
  return {
    ...config,
    answers: { ...config.answers, events: folder, atOnce },
    functions: Object.fromEntries(names.map((name) => [name, called])),
  };
}

/** @param call what happens in the cloud; @param liveIn where each function is live */
function following(config: Config, call: (began: string) => Promise<void>, liveIn: readonly string[] = envs) {
  const begun: string[] = [];
  const caller: Caller = {
    async call(target, event) {
      const began = `${target.function} ${event.name} ${target.env}`;
      begun.push(began);
      await call(began);
      return null;
    },
  };
  const follower = createFollower({
    ...{ caller, config: () => config, envsOf: () => envs, causeOf: () => 'change' },
    liveOf: (_, env) => (liveIn.includes(env) ? live : null),
    ...{ tell: () => undefined, tellProblem: () => undefined, tellRight: () => undefined },
    onBug: (error) => {
      throw error;
    },
  });
  return { begun, follower };
}

it('calls an event in every environment before the next one, function by function', async () => {
  const config = await project(1);
  const { begun, follower } = following(config, async () => undefined);
  const signal = new AbortController().signal;
  await follower.call({ names: ['pay', 'login'], envs: null, signal, onAnswer: () => undefined });
  expect(begun).toEqual(
    ['pay', 'login'].flatMap((name) =>
      ['a', 'b'].flatMap((event) => envs.map((env) => `${name} ${event} ${env}`)),
    ),
  );
});

it('gives an event its turn in environments that become live a moment later', async () => {
  const config = await project(1);
  const all: Promise<unknown>[] = [];
  let release = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begin = (): void => undefined;
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const { begun, follower } = following(config, async (call) => {
    if (call !== 'pay a dev') return;
    begin();
    await first;
  });
  const signal = new AbortController().signal;
  const ask = (env: string): void =>
    void all.push(follower.call({ names: ['pay'], envs: [env], signal, onAnswer: () => undefined }));
  ask('dev');
  await began;
  ask('test');
  await follower.eventsOf('pay');
  await follower.eventsOf('pay');
  release();
  await Promise.all(all);
  expect(begun).toEqual(['pay a dev', 'pay a test', 'pay b dev', 'pay b test']);
});

it('calls no more when whoever asked has gone, but what somebody else waits for', async () => {
  const config = await project(1);
  const leaving = new AbortController();
  const stays: Promise<unknown>[] = [];
  const { begun, follower } = following(config, async (call) => {
    if (call !== 'pay a dev') return;
    const { signal } = new AbortController();
    stays.push(follower.call({ names: ['login'], envs: ['test'], signal, onAnswer: () => undefined }));
    await follower.eventsOf('login');
    await follower.eventsOf('login');
    leaving.abort();
  });
  const { signal } = leaving;
  await follower.call({ names: ['pay', 'login'], envs: null, signal, onAnswer: () => undefined });
  await Promise.all(stays);
  await follower.end();
  expect(begun).toEqual(['pay a dev', 'login a test', 'login b test']);
});

it('says why a function is not called: it may be called nowhere, nobody chose events of it, or it is not live there', async () => {
  const config = await project(1);
  const uncalled = (more: Partial<Config>, name = 'pay') =>
    following({ ...config, ...more }, async () => undefined).follower.uncalled(name, null);
  expect(uncalled({})).toBeNull();
  expect(uncalled({}, 'other')).toBe('unchosen');
  expect(uncalled({ protectedEnvs: envs })).toBe('closed');
  expect(uncalled({ answers: { ...config.answers, envs: ['prod'] } })).toBe('closed');
  expect(uncalled({ answers: { ...config.answers, envs: ['prod'] } }, 'other')).toBe('closed');
  expect(uncalled({ protectedEnvs: ['dev', 'test'] })).toBeNull();
  const onlyIn = (env: string, more: Partial<Config> = {}) =>
    following({ ...config, ...more }, async () => undefined, [env]).follower.uncalled('pay', null);
  expect(onlyIn('dev')).toBeNull();
  expect(onlyIn('dev', { protectedEnvs: ['dev'] })).toBe('not-live');
  expect(onlyIn('nowhere')).toBe('not-live');
  const { follower } = following(config, async () => undefined);
  follower.choose('other', ['a']);
  expect(follower.uncalled('other', null)).toBeNull();
});

it('says of one environment why a function is not called there, whatever is so elsewhere', async () => {
  const config = await project(1);
  const { follower } = following({ ...config, protectedEnvs: ['dev'] }, async () => undefined, ['stage']);
  const uncalled = [null, ...envs].map((env) => follower.uncalled('pay', env));
  expect(uncalled).toEqual([null, 'closed', 'not-live', null]);
});
