/** The one place that knows what a configuration could do to whoever merely opened its project. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Risk, RiskKind } from '../model/risk.js';
import type { TextPosition } from '../model/text-position.js';
import { isLoopback } from '../system/loopback.js';
import { isWithin } from '../system/paths.js';
import { positionOf } from './issues.js';
import type { Config, PlainTokenSource } from './model.js';
import { type KeyPath, pathText } from './path.js';
import { EMULATOR } from './url.js';

/** Whose API this program speaks. The others are the vendor's own spare hosts (docs/cloud-api.md). */
const vendorHost = /^(?:api2?|(?:sh|sz|hk)\.api)\.weixin\.qq\.com$/;

export interface RiskContext {
  /** Where each value stands in the file, by its path as text. */
  readonly positions: ReadonlyMap<string, TextPosition>;
  /** The texts that variables were filled into, as they stand in the file. */
  readonly written: ReadonlyMap<string, string>;
  /** The endpoint was named on the command line, by the person who runs it. */
  readonly ownEndpoint: boolean;
}

/**
 * Everything in a valid configuration that needs an agreement, in the order of its keys. Folders are compared by their real
 * paths: a link inside the project that points out of it counts as outside. Never rejects for what is on disk.
 */
export async function risksOf(config: Config, context: RiskContext): Promise<Risk[]> {
  const risk: MakeRisk = (kind, keys, value, shown = value) => ({
    kind,
    path: pathText(keys),
    at: positionOf(keys, context.positions),
    value,
    shown,
  });
  return [
    ...(await outsideRisks(config, risk)),
    ...(await eventRisks(config, risk)),
    ...endpointRisks(config, context, risk),
    ...tokenRisks(config, context, risk),
    ...buildRisks(config, risk),
    ...hookRisks(config, risk),
    ...(config.notify ? [risk('code', ['notify'], 'toasted-notifier')] : []),
  ];
}

type MakeRisk = (kind: RiskKind, keys: KeyPath, value: string, shown?: string) => Risk;

async function outsideRisks(config: Config, risk: MakeRisk): Promise<Risk[]> {
  const project = await real(config.folder);
  const several = config.functionsRoots.length > 1;
  const enabled = Object.entries(config.functions).filter(([, { enabled }]) => enabled);
  const shared = Object.keys(config.shared).flatMap((name) =>
    config.functionsRoots.map((root) => ({
      keys: ['shared', name] as KeyPath,
      place: path.join(root, name),
    })),
  );
  const named: { readonly keys: KeyPath; readonly place: string }[] = [
    ...config.functionsRoots.map((place, index) => ({
      keys: several ? ['functionsRoot', index] : ['functionsRoot'],
      place,
    })),
    ...enabled.flatMap(([name, { dir }]) =>
      dir === null ? [] : [{ keys: ['functions', name, 'dir'], place: dir }],
    ),
  ];
  const roots = await outsideOf(named, project, risk);
  // A folder that lies in a root that is outside anyway needs no agreement of its own.
  const inOutsideRoot = (place: string): boolean => roots.some(({ value }) => isWithin(place, value));
  const folders = await outsideOf(shared, project, risk);
  return [...roots, ...folders.filter(({ value }) => !inOutsideRoot(value))];
}

/** Whatever the configuration calls by itself: `invoke --event` and a key of the monitor call any function with them. */
async function eventRisks(config: Config, risk: MakeRisk): Promise<Risk[]> {
  const named = [{ keys: ['answers', 'events'], place: config.answers.events }];
  return outsideOf(named, await real(config.folder), risk, 'outside-events');
}

async function outsideOf(
  named: readonly { readonly keys: KeyPath; readonly place: string }[],
  project: string,
  risk: MakeRisk,
  kind: RiskKind = 'outside',
): Promise<Risk[]> {
  const places = await Promise.all(
    named.map(async ({ keys, place }) => ({ keys, place: await real(place) })),
  );
  return places
    .filter(({ place }) => !isWithin(place, project))
    .map(({ keys, place }) => risk(kind, keys, place));
}

/** The real path; where nothing is, that of the nearest folder that is there, and the rest as written. */
async function real(place: string): Promise<string> {
  try {
    return await realpath(place);
  } catch {
    const above = path.dirname(place);
    return above === place ? place : path.join(await real(above), path.basename(place));
  }
}

function endpointRisks({ endpoint }: Config, { ownEndpoint }: RiskContext, risk: MakeRisk): Risk[] {
  if (ownEndpoint || endpoint === EMULATOR) return [];
  const { hostname, port, protocol } = new URL(endpoint);
  const isVendor = protocol === 'https:' && port === '' && vendorHost.test(hostname);
  return isVendor || isLoopback(hostname) ? [] : [risk('endpoint', ['endpoint'], withHost(endpoint))];
}

/** The address, and next to it the host that it stands for, in ASCII, where a reader might take it for another. */
function withHost(address: string): string {
  const { protocol, host } = new URL(address);
  const plain = `${protocol}//${host}`;
  const isPlain = address.startsWith(plain) && /^(?:$|[/?#:])/.test(address.slice(plain.length));
  return isPlain ? address : `${address} (${host})`;
}

/**
 * The address without what it is asked with, which may be a secret, and with its variables by their names; never without its host.
 * @param written the text that variables were filled into; absent: there were none
 */
function shownAddress(address: string, written: string | undefined): string {
  const withoutQuery = (text: string): string => text.replace(/[?#].*/s, '?***');
  return written === undefined
    ? withHost(withoutQuery(address))
    : `${withoutQuery(written)} (${new URL(address).host})`;
}

/** The emulator has a token of its own: no source is asked. */
function tokenRisks({ endpoint, token }: Config, { written }: RiskContext, risk: MakeRisk): Risk[] {
  if (endpoint === EMULATOR || token === null) return [];
  return token.kind === 'cloudbase'
    ? sourceRisks(token.from, ['token', 'cloudbase'], written, risk)
    : sourceRisks(token, ['token'], written, risk);
}

function sourceRisks(
  token: PlainTokenSource,
  keys: KeyPath,
  written: RiskContext['written'],
  risk: MakeRisk,
): Risk[] {
  const asWritten = (path: KeyPath, value: string): string => written.get(pathText(path)) ?? value;
  const urlRisk = (path: KeyPath, url: string, agreed: readonly string[], shown: readonly string[]): Risk => {
    const address = shownAddress(url, written.get(pathText(path)));
    return risk('token-url', path, [withHost(url), ...agreed].join(', '), [address, ...shown].join(', '));
  };
  switch (token.kind) {
    case 'command':
      return [risk('command', [...keys, 'command'], token.command)];
    case 'url': {
      // Which variables go there is part of what is agreed to; their values may change.
      const headers = Object.entries(token.headers);
      const agreed = headers.map(
        ([name, value]) => `${name}: ${asWritten([...keys, 'headers', name], value)}`,
      );
      const shown = headers.map(([name]) => `${name}: ${asWritten([...keys, 'headers', name], '***')}`);
      return [urlRisk([...keys, 'url'], token.url, agreed, shown)];
    }
    case 'wxcomponent': {
      const at: KeyPath = [...keys, 'wxcomponent'];
      const login = (['username', 'password'] as const).map((name) =>
        written.has(pathText([...at, name]))
          ? `${name}: ${written.get(pathText([...at, name]))}`
          : `${name}: ${name === 'password' ? '***' : token[name]}`,
      );
      return [urlRisk([...at, 'url'], token.url, login, login)];
    }
    // A token, a secret or a ticket, wherever it lies, goes to the endpoint alone.
    case 'env':
    case 'withheld':
    case 'file':
    case 'component':
      return [];
    default:
      return token satisfies never;
  }
}

function buildRisks({ functions }: Config, risk: MakeRisk): Risk[] {
  return Object.entries(functions).flatMap(([name, { build, enabled }]) => {
    if (build === null || !enabled) return [];
    const keys: KeyPath = ['functions', name, 'build'];
    switch (build.kind) {
      case 'esbuild':
        return [risk('code', keys, 'esbuild')];
      case 'command':
        return [risk('command', [...keys, 'command'], build.command)];
      case 'withheld':
        return [];
      default:
        return build satisfies never;
    }
  });
}

function hookRisks({ hooks }: Config, risk: MakeRisk): Risk[] {
  return (['afterLive', 'onFailure'] as const).flatMap((name) => {
    const command = hooks[name];
    return command === null ? [] : [risk('command', ['hooks', name], command)];
  });
}

/**
 * The configuration without what was not agreed to, for what only looks (`doctor`, `--dry-run`): no command, no code of the project,
 * and no token, without which nothing is sent. Files outside the project are looked at and go nowhere.
 */
export function withhold(config: Config, open: readonly Risk[]): Config {
  const paths = new Set(open.map(({ path }) => path));
  const isOpen = (...keys: KeyPath): boolean => paths.has(pathText(keys));
  const functions = Object.entries(config.functions).map(([name, entry]) => {
    const keys: KeyPath = ['functions', name, 'build'];
    const withheld = isOpen(...keys) || isOpen(...keys, 'command');
    return [name, withheld ? { ...entry, build: { kind: 'withheld' } as const } : entry] as const;
  });
  const noToken = isOpen('endpoint') || open.some(({ path }) => path.startsWith('token.'));
  return {
    ...config,
    token: noToken ? { kind: 'withheld' } : config.token,
    functions: Object.fromEntries(functions),
    hooks: {
      afterLive: isOpen('hooks', 'afterLive') ? null : config.hooks.afterLive,
      onFailure: isOpen('hooks', 'onFailure') ? null : config.hooks.onFailure,
    },
    notify: config.notify && !isOpen('notify'),
  };
}
