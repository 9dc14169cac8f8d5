/** Each job ends in one event, with doubles for disk, cloud and ledger. */
import { describe, expect, it } from 'vitest';
import { reduce } from '../../src/core/reduce.js';
import { emptyState } from '../../src/core/state.js';
import type { Event, Job, PushJob } from '../../src/model/event.js';
import type { Failure } from '../../src/model/nouns.js';
import { createEffects, type EffectsOptions } from '../../src/sync/effects.js';
import { configured, failure, settings } from '../core/make.js';

const job: PushJob = {
  ...{ type: 'push', id: 1, function: 'pay', envs: ['dev', 'test'], fingerprint: 'f', operation: 'update' },
  ...{ attempt: 1, cause: 'change', isKept: false, savedAt: null },
};
const scan: Job = { type: 'scan', id: 2, function: 'pay', full: true };
const list: Job = { type: 'list', id: 3, env: 'dev', offset: 50, searchKey: null };
const token: Job = { type: 'read-token', id: 4 };
const probe: Job = { type: 'probe', id: 5 };
const quota: Job = { type: 'quota', id: 6, call: '/componenttcb/getscflist' };
const part: Job = { type: 'part', id: 7, part: 'timers', function: 'pay', envs: ['dev'], fingerprint: 't' };
const body = Buffer.from('{}');

/** Says its name for whatever is sent to it. */
function cloudNamed(message: string): ReturnType<EffectsOptions['cloud']> {
  const said: Failure = failure({ message });
  return {
    push: async () => ({ type: 'failed', failure: said }),
    listPage: async () => ({ ok: false, failure: said }),
    probe: async () => ({ reachable: false, detail: message }),
    quota: async () => ({ ok: false, failure: said }),
  };
}

interface Rig {
  readonly perform: (job: Job) => Promise<Event>;
  /** The steps that were done, in order. */
  readonly steps: readonly string[];
  readonly bugs: readonly string[];
  readonly dispatched: readonly Event[];
}

function rig(over: Partial<EffectsOptions> = {}): Rig {
  const steps: string[] = [];
  const bugs: string[] = [];
  const dispatched: Event[] = [];
  const note = <Value>(step: string, value: Value): Value => {
    steps.push(step);
    return value;
  };
  /** As of a real body: given once. */
  const takeFiles = (): (() => readonly never[] | null) => {
    let given = false;
    return () => {
      if (given) return null;
      given = true;
      return note('files', []);
    };
  };
  const perform = createEffects({
    content: {
      scan: async (name, full) =>
        note(`scan ${name} ${full}`, { ok: false, problem: { reason: 'gone', dir: 'pay' } }),
    },
    bodies: {
      bodyFor: async (name, fingerprint, envs) =>
        note(`body ${name} ${fingerprint} ${envs.join()}`, {
          ...{ ok: true, body, zipBytes: 7, files: 2, takeFiles: takeFiles() },
        }),
      done: (name) => note(`done ${name}`, undefined),
    },
    earlier: {
      bodyFor: async ({ function: name, fingerprint }) =>
        note(`earlier body ${name} ${fingerprint}`, {
          ...{ body, zipBytes: 7, files: 2, takeFiles: takeFiles() },
          version: { fingerprint, content: fingerprint, at: 1, zipBytes: 7, files: [], commit: null },
        }),
    },
    holdsLock: async () => true,
    history: {
      sent: ({ function: name, fingerprint, zipBytes }) =>
        steps.push(`keep ${name} ${fingerprint} ${zipBytes}`),
    },
    cloud: () => ({
      push: async (upload, _, onWritten) => {
        steps.push(`push ${upload.operation} ${upload.envs.join()} ${upload.body === body}`);
        onWritten?.();
        return { type: 'answered', requestMs: 3, failures: [] };
      },
      listPage: async ({ env, offset }) =>
        note(`list ${env} ${offset}`, { ok: true, functions: [], total: 0 }),
      probe: async () => note('probe', { reachable: true, detail: 'here' }),
      quota: async (call) =>
        note(`quota ${call}`, { ok: true, quota: { limit: 10, used: 1, perSecond: null } }),
    }),
    timers: {
      wanted: async () => null,
      send: async ({ function: name, envs }) =>
        note(`timers ${name} ${envs.join()}`, { type: 'not-sent', wanted: null }),
    },
    tokens: () => ({ read: async () => note('token', { ok: false, problem: 'none' }) }),
    ledger: { marked: async (name, envs) => note(`marked ${name} ${envs.join()}`, undefined) },
    redactor: { redactError: (error) => `redacted ${error instanceof Error ? error.message : ''}\n  at x` },
    now: () => 42,
    dispatch(event) {
      dispatched.push(event);
      steps.push(event.type);
    },
    dryRun: false,
    isGitBusy: () => false,
    mayStillGo: () => true,
    stateOf: () => undefined,
    onBug: (text) => bugs.push(text),
    ...over,
  });
  return { perform: (each) => perform(each, new AbortController().signal), steps, bugs, dispatched };
}

describe('an upload', () => {
  it('is noted in the ledger before it is on the wire, and forgotten where all of it was accepted', async () => {
    const { perform, steps, dispatched } = rig();
    expect(await perform(job)).toEqual({
      ...{ type: 'push-ended', at: 42, job, jitter: expect.any(Number) },
      outcome: { type: 'answered', requestMs: 3, failures: [] },
    });
    expect(steps).toEqual([
      'body pay f dev,test',
      'marked pay dev,test',
      'push-sending',
      'push update dev,test true',
      'push-written',
      'files',
      'keep pay f 7',
      'done pay',
    ]);
    expect(dispatched).toEqual([
      { type: 'push-sending', at: 42, job, zipBytes: 7, files: 2 },
      { type: 'push-written', at: 42, job },
    ]);
  });

  it.each<readonly [string, Awaited<ReturnType<ReturnType<EffectsOptions['cloud']>['push']>>]>([
    ['that failed', { type: 'failed', failure: failure() }],
    [
      'that one environment refused',
      { type: 'answered', requestMs: 1, failures: [{ env: 'dev', failure: failure() }] },
    ],
  ])('%s keeps its body for the next try', async (_, outcome) => {
    const { perform, steps } = rig({ cloud: () => ({ ...cloudNamed('x'), push: async () => outcome }) });
    expect(await perform(job)).toMatchObject({ outcome });
    expect(steps).not.toContain('done pay');
  });

  it('that was broken off before it was written is not kept in history: nobody has it', async () => {
    const { perform, steps } = rig({
      cloud: () => ({
        ...cloudNamed('broken'),
        push: async () => ({ type: 'failed', failure: failure({ origin: 'broken' }) }),
      }),
    });
    await perform(job);
    expect(steps).not.toContain('files');
  });

  it.each<readonly [string, Awaited<ReturnType<ReturnType<EffectsOptions['cloud']>['push']>>]>([
    ['is accepted', { type: 'answered', requestMs: 1, failures: [] }],
    ['is refused', { type: 'failed', failure: failure({ origin: 'answer' }) }],
  ])(
    'that %s is kept in history also where the answer is quicker than the notice that all is written',
    async (_, outcome) => {
      const { perform, steps } = rig({ cloud: () => ({ ...cloudNamed('x'), push: async () => outcome }) });
      await perform(job);
      expect(steps).toContain('keep pay f 7');
    },
  );

  it('goes to the cloud that it was begun for', async () => {
    let cloud = cloudNamed('old');
    const { perform } = rig({
      cloud: () => cloud,
      ledger: {
        marked: async () => {
          cloud = cloudNamed('new');
        },
      },
    });
    expect(await perform(job)).toMatchObject({ outcome: { failure: { message: 'old' } } });
  });

  it('whose content is another by now is not sent', async () => {
    const result = { ok: false, problem: { reason: 'gone', dir: 'pay' } } as const;
    const { perform, steps } = rig({
      bodies: {
        bodyFor: async () => ({ ok: false, scan: result }),
        done: () => undefined,
      },
    });
    expect(await perform(job)).toMatchObject({ outcome: { type: 'not-sent', scan: result } });
    expect(steps).toEqual([]);
  });

  it('that must not go leaves what is known of the disk as it is, whatever was to be sent', async () => {
    const base = reduce(emptyState(settings, 0), configured(0, ['pay'], ['dev', 'test']));
    const pay = base.functions.get('pay');
    const known = pay === undefined ? undefined : { ...pay, wanted: 'disk', dressed: 'disk and helper' };
    const kept = { ok: true, fingerprint: 'disk', dressed: 'disk and helper' };
    for (const isKept of [false, true]) {
      const { perform } = rig({ holdsLock: async () => false, stateOf: () => known });
      expect(await perform({ ...job, isKept })).toMatchObject({
        outcome: { type: 'not-sent', scan: kept },
      });
    }
    const problem = { reason: 'no-entry', expected: ['index.js'] } as const;
    const broken = known === undefined ? undefined : { ...known, problem };
    const { perform } = rig({ holdsLock: async () => false, stateOf: () => broken });
    expect(await perform({ ...job, isKept: true })).toMatchObject({
      outcome: { type: 'not-sent', scan: { ok: false, problem } },
    });
  });

  it('that nobody wants any more when it is packed is not sent', async () => {
    const { perform, steps } = rig({ mayStillGo: () => false });
    expect(await perform(job)).toMatchObject({ outcome: { type: 'not-sent', scan: { ok: true } } });
    expect(steps).toEqual(['body pay f dev,test', 'marked pay dev,test']);
  });

  it('of what was sent before takes its body from history', async () => {
    const { perform, steps } = rig();
    await perform({ ...job, isKept: true });
    expect(steps[0]).toBe('earlier body pay f');
  });

  it('of a dry run counts as accepted and is not sent', async () => {
    const { perform, steps } = rig({ dryRun: true });
    expect(await perform(job)).toMatchObject({ outcome: { type: 'answered', requestMs: 0, failures: [] } });
    expect(steps).toEqual(['body pay f dev,test']);
  });

  it.each<readonly [repository: string | null, busy: boolean, sent: boolean]>([
    ['/project', true, false],
    ['/project', false, true],
    [null, true, true],
  ])('in %s with git busy %s: sent %s', async (repository, busy, sent) => {
    const begin = configured(0, ['pay'], ['dev']);
    const [first] = begin.functions;
    const functions = first === undefined ? [] : [{ ...first, repository }];
    const state = reduce(emptyState(settings, 0), { ...begin, functions });
    const { perform, steps } = rig({
      isGitBusy: (asked) => busy && asked === '/project',
      stateOf: (name) => state.functions.get(name),
    });
    const ended = await perform(job);
    if (sent) expect(steps).toContain('push update dev,test true');
    else {
      expect(steps).toEqual([]);
      expect(ended).toMatchObject({
        outcome: { type: 'not-sent', scan: { ok: true, fingerprint: 'f', changed: [] } },
      });
    }
  });

  it.each<readonly [PushJob['cause'], boolean]>([
    ['change', false],
    ['startup', false],
    ['forced', true],
    ['undo', true],
  ])('by %s asks git whether anything but a lock is in the way of a person: %s', async (cause, isAsked) => {
    const begin = configured(0, ['pay'], ['dev']);
    const [first] = begin.functions;
    const functions = first === undefined ? [] : [{ ...first, repository: '/project' }];
    const state = reduce(emptyState(settings, 0), { ...begin, functions });
    const asked: boolean[] = [];
    const { perform } = rig({
      isGitBusy(_, forced) {
        asked.push(forced);
        return false;
      },
      stateOf: (name) => state.functions.get(name),
    });
    await perform({ ...job, cause });
    expect(asked).toEqual([isAsked]);
  });
});

it.each<readonly [Job, string, Partial<Extract<Event, { job: Job }>>]>([
  [
    scan,
    'scan pay true',
    { type: 'scan-ended', result: { ok: false, problem: { reason: 'gone', dir: 'pay' } } },
  ],
  [list, 'list dev 50', { type: 'list-ended', outcome: { ok: true, functions: [], total: 0 } }],
  [token, 'token', { type: 'token-ended', outcome: { ok: false, problem: 'none' } }],
  [probe, 'probe', { type: 'probe-ended', reachable: true, detail: 'here' }],
  [
    quota,
    'quota /componenttcb/getscflist',
    { type: 'quota-ended', outcome: { ok: true, quota: { limit: 10, used: 1, perSecond: null } } },
  ],
  [part, 'timers pay dev', { type: 'part-ended', outcome: { type: 'not-sent', wanted: null } }],
])('%o is done', async (each, step, event) => {
  const { perform, steps } = rig();
  expect(await perform(each)).toMatchObject({ ...event, at: 42, job: each });
  expect(steps).toEqual([step]);
});

describe('what is thrown is a bug, reported without secrets, and the job counts as failed', () => {
  const throwing = (): never => {
    throw new Error('secret');
  };
  const message = 'redacted secret';
  const unknown = { class: 'unknown', origin: 'unexpected', message };
  it.each<readonly [Job, object]>([
    [scan, { type: 'scan-ended', result: { ok: false, problem: { reason: 'unreadable', code: message } } }],
    [job, { type: 'push-ended', outcome: { type: 'failed', failure: unknown } }],
    [list, { type: 'list-ended', outcome: { ok: false, failure: unknown } }],
    [token, { type: 'token-ended', outcome: { ok: false, problem: `unexpected:${message}` } }],
    [probe, { type: 'probe-ended', reachable: false, detail: message }],
    [quota, { type: 'quota-ended', outcome: { ok: false, failure: unknown } }],
    [part, { type: 'part-ended', outcome: { type: 'failed', failure: unknown } }],
  ])('%o', async (each, event) => {
    const { perform, bugs } = rig({
      content: { scan: throwing },
      cloud: () => ({ push: throwing, listPage: throwing, probe: throwing, quota: throwing }),
      tokens: throwing,
      timers: { wanted: throwing, send: throwing },
    });
    expect(await perform(each)).toMatchObject({ ...event, job: each });
    expect(bugs).toEqual([`${message}\n  at x`]);
  });
});
