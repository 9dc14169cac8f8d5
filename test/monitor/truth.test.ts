/** At each moment the screen says what is live, and truly why the rest is not: moments that a trial found reported wrongly. */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/state.js';
import type { Fact } from '../../src/model/fact.js';
import { firstMonitor, type MonitorEvent, type MonitorState } from '../../src/monitor/model.js';
import { failure } from '../core/make.js';
import { environments, key, now, picture, played, stateOf, text, wanted } from '../support/stage.js';

const [dev = '', test = '', staging = ''] = environments;
const wide = { columns: 160, rows: 30 };
const busy = failure({ class: 'busy', message: '当前函数处于Updating状态' });
const reset = failure({ class: 'transient', origin: 'broken', message: 'read ECONNRESET' });
const paused = (state: State): State => ({ ...state, paused: true });

function shown(state: State, monitor: MonitorState = firstMonitor, size = wide): string {
  // The keys in the last row have words of their own.
  return picture(state, monitor, size).slice(0, -1).join('\n');
}

function told(fact: Fact): Omit<Extract<MonitorEvent, { type: 'fact' }>, 'at'> {
  return { type: 'fact', fact };
}

function failing(state: State, envs: readonly string[]): State {
  const apart = { by: 'cart', failures: 0, retryAt: null, failure: reset };
  return {
    ...state,
    envs: new Map([...state.envs].map(([id, env]) => [id, envs.includes(id) ? { ...env, apart } : env])),
  };
}

/** The same, each environment live since another second. */
function oneAfterTheOther(state: State): State {
  const functions = state.functions.map((fn) => {
    const targets = [...fn.targets].map(
      ([env, target], index) => [env, { ...target, liveSince: now - 60_000 + index * 1000 }] as const,
    );
    return { ...fn, targets: new Map(targets) };
  });
  return { ...state, functions };
}

describe('an upload that the cloud is too busy for', () => {
  const state = stateOf(environments, [{ name: 'pay', stands: ['waiting', 'live', 'live'], failure: busy }]);

  it('is pending and no failure, without a time that means nothing', () => {
    const screen = shown(state);
    expect(screen).toContain('↻ busy');
    expect(screen).toContain('↑ 1 pending');
    expect(screen).not.toContain('failed');
    expect(screen).not.toMatch(/wait \d/);
  });

  it('goes on when the one before is done, says the log', () => {
    const fact = {
      event: 'push-failed',
      function: 'pay',
      envs: [dev],
      class: 'busy',
      errcode: null,
      message: 'Updating',
      hint: 'Wait.',
      rid: null,
      retryInMs: 300_000,
      final: false,
    } as const;
    const { monitor } = played([told(fact)], state, wide);
    expect(shown(state, monitor)).toContain('The cloud is still deploying');
    expect(shown(state, monitor)).not.toContain('5 min');
  });
});

describe('a function that is created', () => {
  it('has not failed where the environment did not have it', () => {
    const state = stateOf(environments, [{ name: 'pay', stands: ['queued', 'live', 'live'] }]);
    const fact = {
      event: 'push-failed',
      function: 'pay',
      envs: [dev],
      class: 'missing',
      errcode: null,
      message: 'ResourceNotFound.Function',
      hint: '',
      rid: null,
      retryInMs: 0,
      final: false,
    } as const;
    const screen = shown(state, played([told(fact)], state, wide).monitor);
    expect(screen).toContain('is created.');
    expect(screen).not.toMatch(/failed|0 ms/);
  });
});

describe('a folder that is gone', () => {
  const problem = { reason: 'gone', dir: '/home/somebody/project/cloudfunctions/pay' } as const;
  const state = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'], problem }]);

  it('is not told to be on the disk', () => {
    expect(shown(state)).toContain('still runs');
    expect(shown(state)).not.toContain('on disk');
  });

  it('says so before it names a long path', () => {
    expect(shown(state, firstMonitor, { columns: 200, rows: 20 })).toMatch(/The folder does not exist: .*…/);
  });
});

describe('environments that stand alike', () => {
  it('deploy together, though accepted one after the other', () => {
    const state = stateOf(environments, [{ name: 'pay', stands: ['deploying', 'deploying', 'live'] }]);
    const functions = state.functions.map((fn) => {
      const targets = [...fn.targets].map(([env, target], index) => {
        const { deploying } = target;
        const acceptedAt = now - 4000 - index * 1000;
        return [env, { ...target, deploying: deploying && { ...deploying, acceptedAt } }] as const;
      });
      return { ...fn, targets: new Map(targets) };
    });
    expect(shown({ ...state, functions })).toContain('⋯ deploying  dev, mytestenv');
  });

  it('are told together, though they became live one after the other', () => {
    const live = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
    expect(shown(oneAfterTheOther(live))).toContain('✔ live  all environments  since 14:02:22');
    const waits = stateOf(environments, [
      { name: 'pay', stands: ['waiting', 'waiting', 'waiting'], failure: reset },
    ]);
    const screen = shown(oneAfterTheOther(waits));
    expect(screen).toContain('↻ wait 12 s  all environments');
    expect(screen).toContain('dev, mytestenv, staging: still runs bbbbbbbb (14:02:22)');
  });
});

describe('an upload that waits for its turn', () => {
  const state = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'queued'] }]);

  it('says what is the matter with its environment', () => {
    const screen = shown(failing(state, [staging]));
    expect(screen).toContain('read ECONNRESET');
    expect(screen).toContain('one at a time');
    expect(screen).not.toContain('slot');
  });

  it('waits for a slot where nothing is the matter', () => {
    expect(shown(state)).toContain('as soon as a slot is free');
  });
});

describe('an upload without an answer', () => {
  it('says for how long there has been none', () => {
    const state = stateOf(environments, [{ name: 'pay', stands: ['sending', 'live', 'live'] }]);
    const job = { type: 'list', id: 1, env: dev, offset: 0, searchKey: null } as const;
    const wire = { bytes: 0, sentAt: null, writtenAt: null, answerBy: null };
    const since = { job, startedAt: now - 24_000, tokenGeneration: 0, ...wire };
    expect(shown({ ...state, requests: new Map([[1, since]]) })).toContain('began 24 s ago');
    const fresh = { ...since, startedAt: now - 1000 };
    expect(shown({ ...state, requests: new Map([[1, fresh]]) })).toContain('being uploaded');
  });
});

describe('the header', () => {
  const problem = { reason: 'gone', dir: '/x' } as const;
  const state = stateOf(environments, [
    { name: 'cart', stands: ['queued', 'live', 'live'] },
    { name: 'pay', stands: ['live', 'live', 'live'], problem },
  ]);

  it('says what to do about a pause, whatever the filter shows', () => {
    const { monitor } = played([key('/'), text('pay'), key('enter')], state, wide);
    expect(shown(paused(state), monitor)).toContain('PAUSED  → Press p to resume.');
  });

  it('does not call a cloud online in which every environment fails', () => {
    expect(shown(failing(state, [dev, test]))).toContain('online');
    const screen = shown(failing(state, environments));
    expect(screen).toContain('cloud failing');
    expect(screen).not.toContain('online');
  });

  it('says that an old configuration is active until there is a good one', () => {
    const config = (is: 'invalid' | 'reloaded') => told({ event: 'config', state: is, problems: [] });
    const wrong = played([config('invalid')], state, wide).monitor;
    expect(shown(state, wrong)).toContain('CONFIG INVALID');
    expect(shown(state, played([config('reloaded')], state, wide, wrong).monitor)).not.toContain(
      'CONFIG INVALID',
    );
  });
});

describe('the log and the history', () => {
  const state = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
  const pushing = (...envs: readonly string[]) => {
    const fact = { event: 'pushing', function: 'pay', envs, fingerprint: wanted } as const;
    return told({ ...fact, zipBytes: 1, files: 1, attempt: 1, cause: 'change' });
  };

  it('name the functions where none is chosen', () => {
    const { monitor } = played([pushing(dev), key('/'), text('nothing like it')], state, wide);
    const screen = shown(state, { ...monitor, prompt: null });
    expect(screen).toContain('Log of all functions');
    expect(screen).toMatch(/sending +pay /);
  });

  it('tell of the chosen environment alone what was sent there', () => {
    const { monitor } = played([pushing(test), key('right')], state, wide);
    expect(shown(state, monitor)).toContain(`pay · ${dev}`);
    expect(shown(state, monitor)).not.toContain('sent aaaaaaaa');
  });

  it('tell of the chosen environment alone how it ended there', () => {
    const two = pushing(dev, test);
    const ends = (env: string) =>
      env === dev
        ? told({
            event: 'live',
            function: 'pay',
            env,
            fingerprint: wanted,
            sinceSaveMs: 1400,
            verified: true,
            cannotRun: null,
          })
        : told({
            event: 'push-failed',
            function: 'pay',
            envs: [env],
            class: 'function',
            errcode: null,
            message: 'UpdateFailed',
            hint: '',
            rid: null,
            retryInMs: null,
            final: true,
          });
    const { monitor } = played([two, ends(dev), ends(test), key('right')], state, wide);
    expect(shown(state, monitor)).toContain('✔ dev 1.4 s');
    expect(shown(state, monitor)).not.toContain('✖ mytestenv');
  });

  it('do not call nothing what is not known', () => {
    const unknown = state.functions.map((fn) => {
      const targets = [...fn.targets].map(([env, target]) => [env, { ...target, live: null }] as const);
      return { ...fn, targets: new Map(targets) };
    });
    const { monitor } = played([pushing(dev), key('a')], { ...state, functions: unknown }, wide);
    expect(shown(state, monitor)).toContain('sent ? → aaaaaaaa');
  });
});

it('columns without room for names begin as they do', () => {
  const state = stateOf(environments, [{ name: 'pay', stands: ['live', 'live', 'live'] }]);
  expect(picture(state, firstMonitor, { columns: 30, rows: 8 }).join('\n')).toMatch(
    /function +dev +myte? +stag?/,
  );
});

it('a zoomed explanation is read to its end on a low screen', () => {
  const why = failure({
    class: 'function',
    message:
      'the container quota of this environment is exceeded, so that nothing more can be deployed to it today',
  });
  const state = stateOf(environments, [{ name: 'pay', stands: ['failed', 'live', 'live'], failure: why }]);
  const low = { columns: 40, rows: 10 };
  const { monitor } = played([key('enter')], state, low);
  expect(picture(state, monitor, low).join('\n')).toContain('→ Change the function and save;');
});
