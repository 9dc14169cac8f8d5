/** States to look at: functions whose targets stand in every phase there is. */

import { idleScan } from '../../src/core/disk.js';
import type { FunctionState, State, TargetState } from '../../src/core/state.js';
import { emptyState, noParts, unreadToken } from '../../src/core/state.js';
import { Table } from '../../src/core/table.js';
import type { ContentProblem, Deployment, Failure } from '../../src/model/nouns.js';
import type { Size } from '../../src/monitor/frame.js';
import { textOf } from '../../src/monitor/frame.js';
import {
  firstMonitor,
  type MonitorAction,
  type MonitorEvent,
  type MonitorState,
} from '../../src/monitor/model.js';
import type { ViewOptions } from '../../src/monitor/scene.js';
import { update } from '../../src/monitor/update.js';
import { view } from '../../src/monitor/view.js';
import { failure, settings, spec } from '../core/make.js';

/** A time of day that reads the same everywhere: local. */
export const now = new Date(2026, 3, 1, 14, 3, 20).getTime();
export const wanted = 'a'.repeat(64);
const older = 'b'.repeat(64);

export type Stand = 'live' | 'sending' | 'deploying' | 'waiting' | 'queued' | 'failed' | 'unverified';

export interface Staged {
  readonly name: string;
  readonly stands: readonly Stand[];
  readonly problem?: ContentProblem;
  readonly failure?: Failure;
  readonly settling?: true;
}

export const options: ViewOptions = {
  language: 'en',
  ascii: false,
  now,
  endpoint: 'https://api.weixin.qq.com',
  redact: (text) => text,
  eventsFileOf: (name) => `fixtures/${name}.json`,
};

function targetOf(env: string, stand: Stand, why: Failure): TargetState {
  const deploying: Deployment | null =
    stand === 'deploying' || stand === 'unverified'
      ? {
          fingerprint: wanted,
          acceptedAt: now - 4000,
          savedAt: null,
          modTimeBefore: null,
          modTimeKnown: true,
          sawUpdating: true,
          unverified: stand === 'unverified',
        }
      : null;
  const failed =
    stand === 'failed' || stand === 'waiting'
      ? {
          failure: why,
          fingerprint: wanted,
          attempts: 2,
          retryAt: stand === 'waiting' ? now + 12_000 : null,
          since: now - 5000,
          activeSeen: false,
        }
      : null;
  return {
    env,
    live: stand === 'live' ? wanted : older,
    liveSince: now - 60_000,
    verified: true,
    presence: 'present',
    modTime: null,
    seenModTime: null,
    inFlight: stand === 'sending' ? 1 : null,
    pushedAt: 0,
    deploying,
    failed,
    foreign: null,
    undone: null,
    forced: null,
    urgent: false,
    sent: true,
    lookedAt: 0,
    unsureUntil: null,
    parts: noParts,
    goneSince: null,
  };
}

function functionOf(
  { name, stands, problem, failure: why, settling }: Staged,
  envs: readonly string[],
): FunctionState {
  const targets = stands.map((stand, index) => targetOf(envs[index] ?? '', stand, why ?? failure()));
  return {
    spec: spec(name, envs),
    wanted,
    wantedAt: now - 60_000,
    savedAt: null,
    cause: 'change',
    files: 3,
    bytes: 5120,
    zipBytes: 2048,
    problem: problem ?? null,
    fault: null,
    restless: false,
    settlingSince: settling ? now : null,
    scan: idleScan('change'),
    dressed: null,
    wantedParts: { timers: null },
    targets: new Map(targets.map((target) => [target.env, target])),
  };
}

export function stateOf(envs: readonly string[], staged: readonly Staged[]): State {
  return {
    ...emptyState(settings, now),
    token: { ...unreadToken(now, 1), status: 'ready', expiresAt: now + 6_720_000 },
    functions: Table.of(staged.map((each) => [each.name, functionOf(each, envs)])),
    envs: new Map(
      envs.map((id) => [
        id,
        {
          spec: { id, protected: false },
          contact: 'listed',
          askedSince: 0,
          listing: null,
          listedWhole: true,
          listedNames: null,
          listedAt: 0,
          lookAskedAt: null,
          pages: 1,
          unfound: null,
          listFailures: 0,
          listRetryAt: null,
          listFailure: null,
          blocked: null,
          apart: null,
        },
      ]),
    ),
  };
}

export const environments = ['dev-3gewtf9c10f60c76', 'mytestenv-7gniuaq95b51dcdc', 'staging-1a2b3c4d5e6f7'];

/** One of everything. */
export function motley(): State {
  return stateOf(environments, [
    { name: 'cart', stands: ['live', 'live', 'live'] },
    { name: 'login', stands: ['live', 'sending', 'deploying'] },
    {
      name: 'order',
      stands: ['live', 'failed', 'waiting'],
      failure: failure({
        class: 'function',
        errcode: -504_002,
        message: 'Function code exception caught: 依赖安装失败 npm ERR! code E404',
        rid: '65f0a1b2-1c2d3e4f-5a6b7c8d',
      }),
    },
    { name: 'pay', stands: ['queued', 'unverified', 'live'] },
    {
      name: '订单查询',
      stands: ['live', 'live', 'live'],
      problem: { reason: 'bad-name', rule: 'characters', env: null },
    },
    { name: 'report', stands: ['live', 'queued', 'live'], settling: true },
  ]);
}

/** A monitor after some events. */
export function played(
  events: readonly Omit<MonitorEvent, 'at'>[],
  state: State,
  size: Size,
  from: MonitorState = firstMonitor,
): { monitor: MonitorState; actions: MonitorAction[] } {
  const actions: MonitorAction[] = [];
  let monitor = from;
  for (const event of events) {
    const updated = update(monitor, { ...event, at: now } as MonitorEvent, { state, size, options });
    monitor = updated.monitor;
    if (updated.action !== null) actions.push(updated.action);
  }
  return { monitor, actions };
}

type Sent<Type extends MonitorEvent['type']> = Omit<Extract<MonitorEvent, { type: Type }>, 'at'>;

/** A key by its name, as blessed says it. */
export function key(name: string): Sent<'key'> {
  return { type: 'key', key: name };
}

export function text(value: string): Sent<'paste'> {
  return { type: 'paste', text: value };
}

/** The screen as lines of text. */
export function picture(
  state: State,
  monitor: MonitorState,
  size: Size,
  over: Partial<ViewOptions> = {},
): string[] {
  return view(state, monitor, size, { ...options, ...over }).rows.map(textOf);
}
