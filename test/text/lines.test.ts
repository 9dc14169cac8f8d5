/** The line that plain output has for each event, and what stands below it. */
import { expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import type { WatchProblem } from '../../src/model/watch-problem.js';
import { lineOf } from '../../src/text/lines.js';
import { watchNotice } from '../../src/text/notices.js';

type Of<Name extends Fact['event']> = Omit<Extract<Fact, { event: Name }>, 'event'>;

const pay = { function: 'pay', fingerprint: 'f1c2'.repeat(16) };

const live = (more: Partial<Of<'live'>>): Fact => ({
  ...{ event: 'live', ...pay, env: 'dev', sinceSaveMs: 1500, verified: true, cannotRun: null },
  ...more,
});
const pushing = (more: Partial<Of<'pushing'>>): Fact => ({
  ...{ event: 'pushing', ...pay, envs: ['dev', 'test'], zipBytes: 2048, files: 3 },
  ...{ attempt: 1, cause: 'change', ...more },
});
const failed = (more: Partial<Of<'push-failed'>>): Fact => ({
  ...{ event: 'push-failed', function: 'pay', envs: ['dev'], class: 'transient', errcode: null },
  ...{ message: 'no answer', hint: 'Wait.', rid: null, retryInMs: 1500, final: false, ...more },
});
const held = (more: Partial<Of<'held'>>): Fact => ({
  ...{ event: 'held', function: 'pay', env: 'dev', reason: 'paused', detail: 'paused', hint: 'Press p.' },
  ...more,
});
const started = (more: Partial<Of<'started'>>): Fact => ({
  ...{ event: 'started', version: '1', pid: 1, endpoint: 'emulator', envs: [], functions: [], ...more },
});
const quota = (used: number): Fact => ({
  ...{ event: 'quota', api: '/componenttcb/batchuploadscf', used, limit: 100, forecastAt: null },
});
const notice = (kind: string, name: string | null): Fact => ({
  ...{ event: 'notice', kind, detail: 'so it is', hint: 'Do this.', function: name, place: null },
});
const token = (state: Of<'token'>['state'], detail: string | null = null): Fact => ({
  ...{ event: 'token', state, detail },
});

/** Tone, label, text and what stands below it; blanks that only align are one. */
function shown(fact: Fact): string | null {
  const line = lineOf(fact, 'en');
  if (line === null) return null;
  return [line.tone, line.label, line.text.replace(/ {2,}/g, '  '), ...line.below].join(' | ');
}

it.each<readonly [string | null, Fact]>([
  [
    'calm | start | 1 function → dev, test  (emulator)',
    started({ envs: ['dev', 'test'], functions: ['pay'] }),
  ],
  [null, started({})],
  [
    'calm | watching | 2 functions in 7 folders, ready after 1.2 s. Save a file to upload it; Ctrl-C stops.',
    { event: 'watching', functions: 2, envs: 2, directories: 7, ms: 1234 },
  ],
  ['busy | changed | pay  content changed', { event: 'changed', function: 'pay', files: [], more: 0 }],
  ['busy | changed | pay  a, b, c', { event: 'changed', function: 'pay', files: ['a', 'b', 'c'], more: 0 }],
  [
    'busy | changed | pay  a, b, c and 17 more',
    { event: 'changed', function: 'pay', files: ['a', 'b', 'c', 'd'], more: 16 },
  ],
  [
    'busy | planned | pay  dev  shared code changed',
    { event: 'planned', ...pay, envs: ['dev'], cause: 'shared' },
  ],
  ['busy | sending | pay  dev, test  3 files, 2 KiB, f1c2f1c2  changed', pushing({})],
  [
    'busy | sending | pay  dev, test  3 files, 2 KiB, f1c2f1c2  attempt 2',
    pushing({ attempt: 2, cause: 'retry' }),
  ],
  [
    'busy | accepted | pay  dev  answered in 250 ms',
    { event: 'pushed', ...pay, envs: ['dev'], requestMs: 250, sinceSaveMs: null },
  ],
  ['good | live | pay  dev  f1c2f1c2', live({ sinceSaveMs: null })],
  ['good | live | pay  dev  1.5 s after the save', live({})],
  [
    'good | live | pay  dev  1.5 s after the save, not verified, but cannot run: pay/index.js:3',
    live({ verified: false, cannotRun: 'pay/index.js:3' }),
  ],
  ['bad | failed | pay  dev  no answer | Wait. Retrying in 1.5 s.', failed({})],
  [
    'bad | failed | pay  dev, test  no answer | Wait. Not retried automatically.',
    failed({ envs: ['dev', 'test'], final: true, retryInMs: null }),
  ],
  [
    'warn | busy | pay  dev  no answer | The cloud is still deploying the previous code. The newest content is sent as soon as that is done.',
    failed({ class: 'busy' }),
  ],
  ['warn | busy | pay  dev  no answer', failed({ class: 'busy', hint: '' })],
  ['bad | failed | pay  dev  no answer | Wait.', failed({ class: 'busy', retryInMs: null })],
  [
    'warn | missing | pay  dev  no answer | The environment does not have this function yet, so it is created.',
    failed({ class: 'missing', retryInMs: 0 }),
  ],
  ['bad | failed | pay  dev  no answer | Wait.', failed({ class: 'missing', retryInMs: null })],
  ['calm | same | pay  same content, nothing to send', { event: 'unchanged', ...pay }],
  ['warn | held | pay  dev  paused | Press p.', held({})],
  ['bad | failed | pay  dev  paused | Press p.', held({ reason: 'refused' })],
  ['warn | held | pay  all environments  paused | Press p.', held({ env: null })],
  ['warn | held | paused | Press p.', held({ function: null, env: null })],
  ['warn | held | pay  dev  paused', held({ hint: '' })],
  [null, held({ reason: 'token' })],
  [null, held({ reason: 'offline' })],
  [
    'calm | adopted | pay  dev  what somebody else deployed stays; only the next change here is uploaded',
    { event: 'adopted', function: 'pay', envs: ['dev'] },
  ],
  [
    'calm | dismissed | pay  its folder is gone; it is no longer listed until the folder is back',
    { event: 'dismissed', function: 'pay' },
  ],
  ['calm | found | pay  new function found', { event: 'found', function: 'pay' }],
  ['warn | removed | pay  gone | Look.', { event: 'lost', function: 'pay', detail: 'gone', hint: 'Look.' }],
  ['bad | offline | no way | Look.', { event: 'offline', detail: 'no way', hint: 'Look.' }],
  ['good | online | The cloud can be reached again.', { event: 'online', detail: '' }],
  [null, quota(50)],
  ['warn | quota | 51 of 100 creations used today', quota(51)],
  [null, token('read')],
  ['calm | token | A new token was read. Uploads resume.', token('refreshed')],
  ['bad | token | The cloud refuses the token. All uploads wait.', token('rejected')],
  ['bad | token | The token cannot be read. All uploads wait. | why', token('unavailable', 'why')],
  ['calm | config | The new configuration is active.', { event: 'config', state: 'reloaded', problems: [] }],
  [
    'bad | config | The new configuration has 2 mistakes. The previous one stays active: | envs: expected a list. Write one. | token: expected an object. Look.',
    {
      event: 'config',
      state: 'invalid',
      problems: [
        { path: 'envs', expected: 'a list', hint: 'Write one.', at: null },
        { path: 'token', expected: 'an object', hint: 'Look.', at: null },
      ],
    },
  ],
  ['bad | broken | pay  so it is | Do this.', notice('cannot-run', 'pay')],
  ['good | notice | pay  so it is | Do this.', notice('events-right', 'pay')],
  ['warn | notice | pay  so it is | Do this.', notice('events-wrong', 'pay')],
  ['warn | notice | so it is | Do this.', notice('watch-limit', null)],
])('%s', (expected, fact) => {
  expect(shown(fact)).toBe(expected);
});

it.each<readonly [string, WatchProblem, string]>([
  [
    'a limit of the system, with the setting and a value that leaves room',
    ...limit('fs.inotify.max_user_watches', 600_000),
    'sudo sysctl fs.inotify.max_user_watches=2097152',
  ],
  [
    'a small need, with what editors recommend',
    ...limit('fs.inotify.max_user_watches', 10),
    'sudo sysctl fs.inotify.max_user_watches=524288',
  ],
  [
    'a need that is not known',
    ...limit('fs.inotify.max_user_watches', null),
    'sudo sysctl fs.inotify.max_user_watches=524288',
  ],
])('names %s', (_, problem, command) => {
  expect(JSON.stringify(watchNotice(problem, 'en'))).toContain(`${command}`);
  expect(JSON.stringify(watchNotice(problem, 'zh-CN'))).toContain(`${command}`);
});

function limit(setting: string, needed: number | null): readonly [WatchProblem] {
  return [{ kind: 'limit', code: 'ENOSPC', setting, limit: 8192, current: 8192, needed }];
}

it('names no command where no setting is known, and says what is not known', () => {
  const problem: WatchProblem = {
    ...{ kind: 'limit', code: 'EMFILE', setting: 'open files', limit: null, current: null, needed: null },
  };
  const said = JSON.stringify(watchNotice(problem, 'en'));
  expect(said).not.toContain('sysctl');
  expect(said).toContain('?');
});

it.each<readonly [string, WatchProblem]>([
  ['watch-polling', { kind: 'polling', why: { cause: 'forced' } }],
  ['watch-restarted', { kind: 'restarted', detail: '/p/a' }],
  ['watch-missed', { kind: 'missed', functions: ['pay', 'cart'], total: 5 }],
  ['watch-restless', { kind: 'restless', function: 'pay', file: '/p/a.log' }],
  ['watch-deaf', { kind: 'deaf', dir: '/p/a' }],
])('trouble with watching is a notice of its own kind: %s', (kind, problem) => {
  const fact = watchNotice(problem, 'en');
  expect(fact).toMatchObject({ event: 'notice', kind, function: null });
  const said = JSON.stringify(fact);
  const named = Object.values(problem).flat().slice(1);
  for (const each of named) if (typeof each !== 'object') expect(said).toContain(`${each}`);
});
