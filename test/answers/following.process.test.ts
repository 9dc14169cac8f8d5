/** Functions are called when new code is live: what is called, when, and what is not. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { type SyncRig, syncRig } from '../support/sync-rig.js';

const saying = (text: string): string =>
  `exports.main = async (event) => ({ said: '${text}', n: event.n });\n`;
const events = JSON.stringify([
  { name: 'one', value: { n: 1 }, expect: { n: 1 } },
  { name: 'two', value: { n: 2 }, expect: { said: 'new' } },
]);
const isAnswer = (fact: Fact): fact is Extract<Fact, { event: 'answer' }> => fact.event === 'answer';

async function rig(config: Readonly<Record<string, unknown>> = {}, envs = ['dev', 'test']): Promise<SyncRig> {
  const functions = { pay: { 'index.js': saying('old') }, login: { 'index.js': saying('login') } };
  const made = await syncRig(functions, { functions: { pay: { answers: true } }, ...config }, { envs });
  await made.project.write('events/pay.json', events);
  await made.project.write('events/login.json', events);
  return made;
}

it('calls after a save, in every environment, and says what differs', async () => {
  const made = await rig();
  const { sync, of, until, rest } = await made.start();
  await sync.watch(() => undefined);
  await rest();
  await made.project.write('functions/pay/index.js', saying('new'));
  for (const env of ['dev', 'test'])
    for (const name of ['one', 'two'])
      await until((fact) => isAnswer(fact) && fact.env === env && fact.eventName === name);
  const answers = of('answer');
  expect(
    answers.every(({ function: name, ok, changed }) => name === 'pay' && ok && changed === 'first'),
  ).toBe(true);
  expect(answers.map(({ fingerprint }) => fingerprint)).toEqual(
    answers.map(
      ({ env }) => of('live').findLast((live) => live.function === 'pay' && live.env === env)?.fingerprint,
    ),
  );
  await made.project.write('functions/pay/index.js', saying('newest'));
  await until((fact) => isAnswer(fact) && fact.env === 'dev' && fact.changed === 'different');
  const [different] = of('answer').filter(
    ({ changed, eventName }) => changed === 'different' && eventName === 'one',
  );
  expect(different?.diff).toContain('"said": "newest"');
  const stored = await readdir(join(made.project.folder, '.tcb-watch/answers'));
  expect(stored.length).toBe(4);
  expect(await sync.stop(() => 0)).toBe(0);
  expect(of('stopped')[0]?.answers.ok).toBeGreaterThan(4);
});

it('calls nothing at the start, nothing without a choice, and nothing in a protected environment', async () => {
  const made = await rig({ protectedEnvs: ['test'] });
  const { sync, of, until, rest } = await made.start({ yes: true });
  await sync.watch(() => undefined);
  await rest();
  expect(of('answer')).toEqual([]);
  await made.project.write('functions/login/index.js', saying('login 2'));
  await made.project.write('functions/pay/index.js', saying('new'));
  await until((fact) => isAnswer(fact) && fact.eventName === 'two');
  await until((fact) => fact.event === 'live' && fact.function === 'pay' && fact.env === 'test');
  await sync.stop(() => 0);
  expect(new Set(of('answer').map(({ function: name, env }) => `${name} ${env}`))).toEqual(
    new Set(['pay dev']),
  );
  const response = await fetch(`${made.emulator.url}/__emulator/state?access_token=${made.emulator.token}`);
  const { invocations } = Object(await response.json());
  expect(invocations).toEqual({ dev: { pay: 2 } });
});

it('calls on demand what is live, and reports problems once', async () => {
  const made = await rig();
  const { sync, of, rest } = await made.start();
  await rest();
  await made.project.write('events/pay.json', '[{"name":"one","value":{}}, 1]');
  const call = () =>
    sync.answers.call({
      ...{ names: ['pay', 'login'], envs: ['dev'], signal: new AbortController().signal },
      onAnswer: () => undefined,
    });
  await call();
  await call();
  expect(of('answer').map(({ function: name, env, eventName }) => [name, env, eventName])).toEqual([
    ['pay', 'dev', 'one'],
    ['pay', 'dev', 'one'],
  ]);
  const notices = of('notice').filter(({ kind }) => kind === 'events-wrong');
  expect(notices.map(({ detail }) => detail)).toEqual(['events/pay.json:1:29: This is no event.']);
});

it('says when a file of events that was wrong is right, without a call', async () => {
  const made = await rig();
  const { sync, of, rest, until } = await made.start();
  await rest();
  const file = 'events/pay.json';
  await made.project.write(file, '[{"name":"one","value":{}}, 1]');
  const { signal } = new AbortController();
  await sync.answers.call({ names: ['pay'], envs: ['dev'], signal, onAnswer: () => undefined });
  await made.project.write(file, '[{"name":"one","value":{}}, "still wrong"]\n');
  await made.project.write(file, '[{"name":"one","value":{}}, {"name":"two"}]');
  await made.project.write(file, events);
  await until((fact) => fact.event === 'notice' && fact.kind === 'events-right');
  expect(of('notice').find(({ kind }) => kind === 'events-right')).toMatchObject({
    function: 'pay',
    detail: 'events/pay.json: all its events are used again.',
    place: null,
  });
  expect(of('answer').length).toBe(1);
  expect(await sync.stop(() => 0)).toBe(0);
});

it('keeps to the events that were chosen for this run', async () => {
  const made = await rig();
  const { sync, of, rest } = await made.start();
  await rest();
  sync.answers.choose('login', ['two']);
  expect(await sync.answers.eventsOf('login')).toEqual([
    { name: 'one', chosen: false },
    { name: 'two', chosen: true },
  ]);
  const signal = new AbortController().signal;
  await sync.answers.call({ names: ['login'], envs: null, signal, onAnswer: () => undefined });
  const called = of('answer').map(({ env, eventName, ok }) => `${env} ${eventName} ${ok}`);
  expect(called.sort()).toEqual(['dev two false', 'test two false']);
});

it('drops the answer of content that is replaced while it is called', async () => {
  const made = await rig();
  const slow =
    "exports.main = async () => { await new Promise((r) => setTimeout(r, 1500)); return 'slow'; };\n";
  const { sync, of, until, rest } = await made.start();
  await sync.watch(() => undefined);
  await rest();
  await made.project.write('functions/pay/index.js', slow);
  await until((fact) => fact.event === 'live' && of('changed').length > 0 && fact.function === 'pay');
  await made.project.write('functions/pay/index.js', saying('new'));
  await until((fact) => isAnswer(fact) && fact.ok && fact.eventName === 'two');
  await sync.stop(() => 0);
  expect(of('answer').some(({ result }) => result === 'slow')).toBe(false);
});

it('compares with the answer to the same event, not to one of the same name', async () => {
  const made = await rig();
  const { sync, of, until, rest } = await made.start();
  await sync.watch(() => undefined);
  await rest();
  const signal = new AbortController().signal;
  const call = () => sync.answers.call({ names: ['pay'], envs: ['dev'], signal, onAnswer: () => undefined });
  await call();
  await made.project.write('functions/pay/index.js', saying('new'));
  await until((fact) => isAnswer(fact) && fact.env === 'test' && fact.eventName === 'two');
  await rest();
  await made.project.write('events/pay.json', '[{"name":"one","value":{"n":7}}]');
  await call();
  expect(of('answer').at(-1)).toMatchObject({ result: { n: 7 }, changed: 'first', diff: null });
});

it('says nothing of events that are gone, nor of content that is', async () => {
  const made = await rig();
  const { sync, rest } = await made.start();
  await sync.watch(() => undefined);
  await rest();
  const signal = new AbortController().signal;
  const call = () => sync.answers.call({ names: ['pay'], envs: ['dev'], signal, onAnswer: () => undefined });
  await call();
  expect(sync.answers.standing('pay', 'dev')).toEqual({ ok: 1, failed: ['two'] });
  await made.project.write('events/pay.json', '[{"name":"one","value":{"n":1}}]');
  await call();
  expect(sync.answers.standing('pay', 'dev')).toEqual({ ok: 1, failed: [] });
  expect(sync.answers.standing('pay', 'test')).toBe(null);
});
