/** Twenty-three troubles, each at four sizes: without a key press the screen says what, where, why and what to do. */
import { describe, expect, it } from 'vitest';
import type { FunctionState, State } from '../../src/core/state.js';
import { mapValues } from '../../src/core/update.js';
import type { CodeFault } from '../../src/model/code-fault.js';
import type { Fact } from '../../src/model/fact.js';
import type { ContentProblem, Failure } from '../../src/model/nouns.js';
import type { Size } from '../../src/monitor/frame.js';
import { failure } from '../core/make.js';
import { environments, now, picture, played, type Stand, stateOf, wanted } from '../support/stage.js';

const [, , staging = ''] = environments;
const sizes: readonly Size[] = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 35 },
  { columns: 200, rows: 50 },
  { columns: 60, rows: 16 },
];

/** Far down the list, so that it has to come up by itself. */
const troubled = 'zz-order';
const calm = Array.from({ length: 29 }, (_, index) => ({
  name: `fn-${index + 1}`,
  stands: ['live', 'live', 'live'] as const,
}));

function project(stands: readonly Stand[], why?: Failure, problem?: ContentProblem): State {
  const more = {
    ...(why === undefined ? {} : { failure: why }),
    ...(problem === undefined ? {} : { problem }),
  };
  return stateOf(environments, [...calm, { name: troubled, stands, ...more }]);
}

interface Trouble {
  readonly state: State;
  readonly facts?: readonly Fact[];
  /** The facts that must be seen: which function and where, why, and what to do. */
  readonly sees: readonly RegExp[];
}

function refused(message: string, over: Partial<Failure> = {}): Trouble {
  const why = failure({ class: 'function', errcode: -504_002, message, rid: '65f0a1b2-1c2d3e4f', ...over });
  const fact: Fact = {
    ...{ event: 'push-failed', function: troubled, envs: [staging], class: why.class },
    ...{ errcode: why.errcode, message, hint: '', rid: why.rid, retryInMs: null, final: true },
  };
  return { state: project(['live', 'live', 'failed'], why), facts: [fact], sees: [/staging/, /→ /] };
}

function broken(problem: ContentProblem, detail: string): Trouble {
  const fact: Fact = {
    ...{ event: 'held', function: troubled, env: null, reason: problem.reason },
    ...{ detail, hint: '' },
  };
  return { state: project(['live', 'live', 'live'], undefined, problem), facts: [fact], sees: [/→ /] };
}

function everywhere(state: Partial<State>): State {
  return { ...project(['queued', 'queued', 'queued']), ...state };
}

function seeing(trouble: Trouble, ...more: readonly RegExp[]): Trouble {
  return { ...trouble, sees: [...trouble.sees, ...more] };
}

const token = project([]).token;

const troubles: Readonly<Record<string, Trouble>> = {
  'a refused upload': seeing(
    refused('Function code exception caught: 依赖安装失败 npm ERR! code E404'),
    /依赖安装失败/,
  ),
  'an isolated environment': seeing(
    refused('FailedOperation.UpdateFunctionCode: InsufficientBalance', { class: 'env' }),
    /InsufficientBalance/,
    /balance/,
  ),
  'a failed deployment': seeing(refused('UpdateFailed', { origin: 'deployment' }), /UpdateFailed/),
  'something undocumented': seeing(refused('nobody knows this', { class: 'unknown' }), /nobody knows this/),
  'a broken connection': {
    state: project(['live', 'waiting', 'live'], failure({ origin: 'broken', message: 'read ECONNRESET' })),
    sees: [/mytestenv/, /ECONNRESET/, /→ /],
  },
  'a busy gateway': {
    state: project(['waiting', 'live', 'live'], failure({ errcode: -1, message: 'system error' })),
    sees: [/↻ wait 12 s/, /system error/, /→ /],
  },
  'no entry file': seeing(
    broken({ reason: 'no-entry', expected: ['index.js'] }, 'There is no entry file (index.js).'),
    /no entry file/,
  ),
  'too much to send': seeing(
    broken(
      {
        ...{ reason: 'too-big', measure: 'unzipped', size: 600_000_000, limit: 500_000_000 },
        largest: [{ path: 'model.bin', bytes: 590_000_000 }],
      },
      'Too big.',
    ),
    /model\.bin|572\.2 MiB/,
  ),
  'a name that the cloud refuses': seeing(
    broken({ reason: 'bad-name', rule: 'start', env: null }, 'The cloud refuses this name.'),
    /must start with a letter/,
  ),
  'a file that cannot be read': seeing(
    broken({ reason: 'unreadable', path: 'secret.js', code: 'EACCES' }, 'secret.js cannot be read'),
    /secret\.js/,
    /EACCES/,
  ),
  'a link out of the project': seeing(
    broken({ reason: 'outside-link', path: 'lib', target: '/etc' }, 'The link lib leaves the project'),
    /lib/,
  ),
  'a link that leads to itself': seeing(
    broken({ reason: 'link-loop', path: 'loop', target: '.' }, 'The link loop leads back to itself'),
    /loop/,
  ),
  'a private key in what would be sent': seeing(
    broken(
      {
        ...{ reason: 'secret', what: 'private-key', path: 'cert/key.pem', line: 3, more: 0 },
        ...{ file: 'functions/pay/cert/key.pem', column: 1 },
        allow: { pattern: '!/cert/key.pem', file: '.tcbignore' },
      },
      'functions/pay/cert/key.pem:3:1 holds a private key.',
    ),
    /cert\/key\.pem:3/,
  ),
  'two things in one place': seeing(
    broken({ reason: 'clash', path: 'common', other: 'shared/common' }, 'common and shared/common clash'),
    /common/,
  ),
  'a build that fails': seeing(
    broken(
      {
        reason: 'build-failed',
        fault: 'compiler',
        output: 'index.ts:7:3: error TS2304: Cannot find name foo',
      },
      'The build failed.',
    ),
    /TS2304/,
  ),
  'a folder that is gone': seeing(
    broken({ reason: 'gone', dir: '/project/zz-order' }, 'The folder is gone.'),
    /folder/,
  ),
  'a protected environment': {
    state: withProtected(project(['live', 'live', 'queued']), staging),
    sees: [/staging/, /protected/, /→ Press y/],
  },
  'a deployment without an answer': {
    state: project(['live', 'live', 'unverified']),
    sees: [/staging/, /accepted/, /→ /],
  },
  'no network': {
    state: everywhere({
      offline: { since: now, detail: 'ECONNREFUSED', probing: null, probeAt: now + 1000 },
    }),
    sees: [/OFFLINE/, /Check the network/],
  },
  'a refused token': {
    state: everywhere({
      token: { ...token, status: 'rejected', failure: failure({ class: 'token', errcode: 42_001 }) },
    }),
    sees: [/TOKEN REFUSED/, /component_access_token/],
  },
  'code that cannot run': {
    state: withFault(project(['live', 'live', 'live'])),
    facts: [
      {
        ...{ event: 'notice', kind: 'cannot-run', function: troubled, place: 'index.js:7:3' },
        ...{
          detail: 'index.js:7:3 cannot be parsed: Unexpected token',
          hint: 'Fix it: every call would fail.',
        },
      },
    ],
    sees: [/cannot run/, /index\.js:7:3 cannot be parsed/, /→ Fix it/],
  },
  'code of somebody else': {
    state: withForeign(project(['live', 'live', 'live']), staging),
    facts: [{ event: 'changed', function: troubled, files: ['index.js'], more: 0 }],
    sees: [/≠ foreign/, /staging/, /Somebody else deployed/, /Beijing/, /→ Press A to keep it/],
  },
  'a pause': { state: everywhere({ paused: true }), sees: [/PAUSED/, /Press p/] },
};

function ofTroubled(state: State, change: (fn: FunctionState) => FunctionState): State {
  return { ...state, functions: state.functions.map((fn) => (fn.spec.name === troubled ? change(fn) : fn)) };
}

function withFault(state: State): State {
  const fault: CodeFault = {
    ...{ kind: 'syntax-error', path: 'index.js', line: 7, column: 3, certain: true },
    message: 'Unexpected token',
  };
  return ofTroubled(state, (fn) => ({ ...fn, fault }));
}

function withForeign(state: State, id: string): State {
  const foreign = { modTime: '2026-04-01 14:00:00', ours: wanted, adopted: false };
  return ofTroubled(state, (fn) => ({
    ...fn,
    targets: mapValues(fn.targets, (target) =>
      target.env === id ? { ...target, live: null, foreign } : target,
    ),
  }));
}

function withProtected(state: State, id: string): State {
  const envs = new Map(state.envs);
  const env = envs.get(id);
  if (env === undefined) throw new Error(`no environment ${id}`);
  return { ...state, envs: envs.set(id, { ...env, spec: { ...env.spec, protected: true } }) };
}

/** Somebody has just saved another function, and it went well. */
const elsewhere: readonly Fact[] = [
  { event: 'changed', function: 'fn-3', files: ['index.js'], more: 0 },
  ...environments.map(
    (env): Fact => ({
      ...{
        event: 'live',
        function: 'fn-3',
        env,
        fingerprint: wanted,
        sinceSaveMs: 900,
        verified: true,
        cannotRun: null,
      },
    }),
  ),
];

/** The remedy in its own words: no other text on the screen says it. */
const remedies: Readonly<Record<string, { readonly en: string; readonly 'zh-CN': string }>> = {
  'a refused upload': { en: '→ Change the function and save', 'zh-CN': '→ 请修改函数后保存' },
  'an isolated environment': { en: 'Settle it in the cloud console', 'zh-CN': '请在云开发控制台处理' },
  'a failed deployment': { en: 'Fix the function and save', 'zh-CN': '请修正函数后保存' },
  'something undocumented': { en: 'change the function', 'zh-CN': '请修改函数后保存' },
  'a broken connection': { en: 'so it is sent', 'zh-CN': '因此会重新上传' },
  'a busy gateway': { en: 'It is retried', 'zh-CN': '会自动重试' },
  'no entry file': { en: '→ Add one at the top of the function', 'zh-CN': '→ 请在函数根目录添加入口文件' },
  'too much to send': {
    en: '→ Leave out what the function does not need',
    'zh-CN': '→ 请忽略函数不需要的文件',
  },
  'a name that the cloud refuses': { en: '→ Rename the folder', 'zh-CN': '→ 请重命名文件夹' },
  'a file that cannot be read': { en: '→ Check its permissions', 'zh-CN': '→ 请检查权限' },
  'a link out of the project': { en: '→ Copy the file into the project', 'zh-CN': '→ 请把文件复制到项目内' },
  'a link that leads to itself': { en: '→ Remove the link', 'zh-CN': '→ 请删除或忽略该链接' },
  'a private key in what would be sent': { en: 'and ignore the file', 'zh-CN': '请改用函数的环境变量' },
  'two things in one place': { en: '→ Rename or remove one of them', 'zh-CN': '→ 请重命名或删除其中一个' },
  'a build that fails': { en: '→ Fix the source and save', 'zh-CN': '→ 请修正源码后保存' },
  'a folder that is gone': { en: '→ Restore it', 'zh-CN': '→ 请恢复该文件夹' },
  'a protected environment': { en: '→ Press y to allow', 'zh-CN': '→ 按 y 允许上传' },
  'a deployment without an answer': { en: '→ Look in the cloud console', 'zh-CN': '→ 请在云开发控制台查看' },
  'no network': { en: '→ Check the network', 'zh-CN': '→ 请检查网络' },
  'a refused token': { en: '→ Put a fresh component_access_token', 'zh-CN': '→ 请' },
  'code that cannot run': { en: '→ Fix it', 'zh-CN': '→ 请修正' },
  'code of somebody else': { en: '→ Press A to keep it', 'zh-CN': '→ 按 A 保留它' },
  'a pause': { en: '→ Press p to resume', 'zh-CN': '→ 按 p 继续' },
};

/** Pane by pane, without the spaces at which a sentence is broken. */
function unbroken(lines: readonly string[]): string {
  const panes: string[] = [];
  for (const line of lines)
    for (const [index, part] of line.split('│').entries()) panes[index] = (panes[index] ?? '') + part;
  return panes.join('│').replaceAll(/\s+/g, '');
}

function expectRemedy(lines: readonly string[], name: string, language: 'en' | 'zh-CN'): void {
  const remedy = remedies[name]?.[language];
  if (remedy === undefined) throw new Error(`no remedy for ${name}`);
  expect(unbroken(lines)).toContain(unbroken([remedy]));
}

describe.each(sizes)('at $columns×$rows', (size) => {
  it.each(Object.entries(troubles))('%s is seen at a glance', (name, { state, facts = [], sees }) => {
    const events = [...(facts.length === 0 ? [] : elsewhere), ...facts].map((fact) => ({
      type: 'fact' as const,
      fact,
    }));
    const lines = picture(state, played(events, state, size).monitor, size);
    expect(lines.join('\n')).toMatchSnapshot();
    expect(lines.join('\n')).toMatch(new RegExp(`▸ ${troubled} `));
    const flat = lines.join(' ').replaceAll(/[│\s]+/g, ' ');
    for (const part of sees) expect(flat).toMatch(part);
    expectRemedy(lines, name, 'en');
  });
});

/** The texts that are the same in either language: places, codes and messages of others. */
const neutral: Readonly<Record<string, RegExp>> = {
  'a refused upload': /依赖安装失败/,
  'an isolated environment': /InsufficientBalance/,
  'a failed deployment': /UpdateFailed/,
  'something undocumented': /nobody knows this/,
  'a broken connection': /ECONNRESET/,
  'a busy gateway': /system error/,
  'no entry file': /index\.js/,
  'a private key in what would be sent': /cert\/key\.pem:3/,
  'a build that fails': /TS2304/,
  'a file that cannot be read': /EACCES/,
  'a refused token': /component_access_token/,
  'code that cannot run': /index\.js:7:3/,
  'code of somebody else': /北京时间/,
  'a protected environment': /→ 按 y/,
  'a pause': /按 p/,
};

describe.each(sizes)('in Chinese at $columns×$rows', (size) => {
  it.each(Object.entries(troubles))('%s is seen at a glance', (name, { state, facts = [] }) => {
    const events = [...(facts.length === 0 ? [] : elsewhere), ...facts].map((fact) => ({
      type: 'fact' as const,
      fact,
    }));
    const { monitor } = played(events, state, size);
    const lines = picture(state, monitor, size, { language: 'zh-CN' });
    expect(lines.join('\n')).toMatch(new RegExp(`▸ ${troubled} `));
    const flat = lines.join(' ').replaceAll(/[│\s]+/g, ' ');
    expect(flat).toMatch(neutral[name] ?? /→ /);
    expectRemedy(lines, name, 'zh-CN');
  });
});

it('there are twenty-three of them', () => {
  expect(Object.keys(troubles)).toHaveLength(23);
});
