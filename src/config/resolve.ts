import { homedir } from 'node:os';
import path from 'node:path';
import type { BuildConfig, Config, FunctionConfig, PlainTokenSource, TokenSource } from './model.js';
import {
  type ConfigFile,
  DEFAULT_ROOT,
  DEFAULT_TOKEN_VARIABLE,
  type FunctionEntry,
  type TokenEntry,
} from './schema.js';
import type { Variables } from './text.js';
import { normalizeEndpoint } from './url.js';

/** Turns a path of the configuration into an absolute one. */
export type ResolvePath = (written: string) => string;

/**
 * Paths start from the folder of the configuration; `~` is the home folder of this environment's user. A backslash is a slash on
 * every system, so that one file serves a team on several.
 */
export function pathResolver(folder: string, environment: Variables, style = path): ResolvePath {
  const home = environment[style.sep === '\\' ? 'USERPROFILE' : 'HOME'] || homedir();
  return (written) =>
    style.resolve(
      folder,
      written.replaceAll('\\', '/').replace(/^~(?=$|\/)/, () => home),
    );
}

/** The functions roots as absolute paths, in the order of the file. */
export function resolveRoots(entries: ConfigFile, resolve: ResolvePath): string[] {
  return [entries.functionsRoot ?? DEFAULT_ROOT].flat().map(resolve);
}

/** The folders that functions name for themselves, by function. */
export function resolveDirs(entries: ConfigFile, resolve: ResolvePath): Map<string, string> {
  const named = Object.entries(entries.functions).flatMap(([name, { dir }]) =>
    dir === undefined ? [] : [[name, resolve(dir)] as const],
  );
  return new Map(named);
}

/** Where the configuration stands; `file` is null when there is none. */
export interface ConfigPlace {
  readonly file: string | null;
  readonly folder: string;
  readonly functionsRoots: readonly string[];
}

/** The configuration that the program works with. */
export function resolveConfig(entries: ConfigFile, place: ConfigPlace, resolve: ResolvePath): Config {
  const {
    $schema: _schema,
    functionsRoot: _root,
    hooks,
    functions,
    token,
    answers,
    history,
    ...same
  } = entries;
  const resolved = Object.entries(functions).map(([name, entry]) => [name, resolveFunction(entry, resolve)]);
  return {
    ...same,
    ...place,
    endpoint: normalizeEndpoint(same.endpoint),
    token: resolveToken(token ?? { env: DEFAULT_TOKEN_VARIABLE }, resolve),
    functions: Object.fromEntries(resolved),
    answers: { ...answers, events: resolve(answers.events) },
    history: history === false ? null : history,
    hooks: { afterLive: hooks.afterLive ?? null, onFailure: hooks.onFailure ?? null },
  };
}

function resolveFunction(entry: FunctionEntry, resolve: ResolvePath): FunctionConfig {
  return {
    dir: entry.dir === undefined ? null : resolve(entry.dir),
    envs: entry.envs ?? null,
    ignore: entry.ignore,
    enabled: entry.enabled,
    build: resolveBuild(entry.build),
    answers: resolveAnswers(entry.answers),
    proof: entry.proof ?? null,
  };
}

function resolveAnswers(answers: FunctionEntry['answers']): FunctionConfig['answers'] {
  if (answers === true) return 'all';
  return answers === false ? null : answers;
}

function resolveBuild(build: FunctionEntry['build']): BuildConfig | null {
  if (build === undefined) return null;
  return build === 'esbuild' ? { kind: 'esbuild' } : { kind: 'command', ...build };
}

function resolveToken(token: TokenEntry, resolve: ResolvePath): TokenSource {
  if ('cloudbase' in token) return { kind: 'cloudbase', from: resolvePlainToken(token.cloudbase, resolve) };
  return resolvePlainToken(token, resolve);
}

function resolvePlainToken(
  token: Exclude<TokenEntry, { readonly cloudbase: unknown }>,
  resolve: ResolvePath,
): PlainTokenSource {
  if ('wxcomponent' in token) return { kind: 'wxcomponent', ...token.wxcomponent };
  if ('env' in token) return { kind: 'env', name: token.env };
  if ('file' in token) return { kind: 'file', path: resolve(token.file) };
  if ('command' in token) {
    return { kind: 'command', command: token.command, timeoutMs: Math.round(token.timeoutSeconds * 1000) };
  }
  if ('url' in token) {
    return { kind: 'url', url: token.url, headers: token.headers, pointer: token.pointer ?? null };
  }
  const { appId, appSecret, verifyTicket } = token.component;
  return {
    kind: 'component',
    appId,
    appSecret,
    verifyTicket:
      typeof verifyTicket === 'string'
        ? { kind: 'value', value: verifyTicket }
        : { kind: 'file', path: resolve(verifyTicket.file) },
  };
}
