/** The way to the cloud, and what it says of token and environments. Reads only. */

import type { Cloud } from '../cloud/cloud.js';
import type { Http } from '../cloud/http.js';
import { isLoopback, portOf } from '../cloud/proxy.js';
import type { Tokens } from '../cloud/token/token.js';
import type { TokenSource } from '../config/model.js';
import type { CloudFunction } from '../model/event.js';
import type { Finding } from '../model/finding.js';
import type { EnvId } from '../model/nouns.js';

const project = { function: null, env: null } as const;

/** Off by more than this, certificates and the token's times begin to be misjudged. */
const skewAllowedMs = 60_000;

/** Proxy, reachability and clock. `reached` false: asking further makes no sense. */
export async function checkNetwork(
  endpoint: string,
  http: Http,
  cloud: Cloud,
  now: () => number,
): Promise<{ readonly findings: readonly Finding[]; readonly reached: boolean }> {
  const url = new URL(endpoint);
  const proxy = http.proxyFor(url);
  const through: Finding =
    proxy === null
      ? { kind: 'proxy-none', ...project }
      : { kind: 'proxy-used', ...project, proxy: `${proxy.hostname}:${portOf(proxy)}` };
  const probe = await cloud.probe();
  if (!probe.reachable) {
    return { findings: [through, { kind: 'unreachable', ...project, detail: probe.detail }], reached: false };
  }
  const reachable: Finding = { kind: 'reachable', ...project, place: probe.detail };
  return { findings: [through, reachable, await checkClock(url, http, now)], reached: true };
}

/** Compares with the time in an answer's head. The request is a bare GET and carries no token. */
async function checkClock(url: URL, http: Http, now: () => number): Promise<Finding> {
  const outcome = await http.request({ method: 'GET', url: url.href, headers: {}, body: null, signal: null });
  const theirs = Date.parse((outcome.ok ? outcome.headers['date'] : undefined) ?? '');
  if (Number.isNaN(theirs)) return { kind: 'clock-unknown', ...project };
  // The header counts in whole seconds and was true some milliseconds ago.
  const skewMs = now() - theirs;
  const wrong = Math.abs(skewMs) > skewAllowedMs && !(isLoopback(url.hostname) && skewMs === 0);
  return { kind: wrong ? 'clock-wrong' : 'clock-ok', ...project, skewMs };
}

/** Whether there is a token to send. Reading a source that mints makes a new token, so that is told. */
export async function checkToken(tokens: Tokens, source: TokenSource | null): Promise<Finding[]> {
  const mints: Finding[] =
    source?.kind === 'component' ? [{ kind: 'token-mints', ...project, appId: source.appId }] : [];
  const outcome = await tokens.read();
  if (!outcome.ok) return [...mints, { kind: 'token-missing', ...project, problem: outcome.problem }];
  return [
    ...mints,
    { kind: 'token-read', ...project, source: source === null ? 'emulator' : sourceText(source) },
  ];
}

/** Where the token comes from, in the configuration's own words; never a secret. */
function sourceText(source: TokenSource): string {
  switch (source.kind) {
    case 'env':
      return source.name;
    case 'file':
      return source.path;
    case 'command':
      return 'token.command';
    case 'url':
      return new URL(source.url).host;
    case 'component':
      return source.appId;
    default:
      return source satisfies never;
  }
}

/** The address is not on the platform's allow list (docs/cloud-api.md, "Errors"). */
const notAllowListed: ReadonlySet<number> = new Set([61004, 40164]);

/** Token accepted, address allow-listed, each environment there and NORMAL. */
export async function checkEnvs(
  cloud: Cloud,
  envs: readonly EnvId[],
): Promise<{
  readonly findings: readonly Finding[];
  /** Those that can be asked further. */
  readonly usable: readonly EnvId[];
}> {
  const outcome = await cloud.describeEnvs();
  if (!outcome.ok) {
    const { failure } = outcome;
    if (failure.class === 'token')
      return { findings: [{ kind: 'token-rejected', ...project, failure }], usable: [] };
    if (failure.errcode !== null && notAllowListed.has(failure.errcode)) {
      return { findings: [{ kind: 'address-refused', ...project, failure }], usable: [] };
    }
    return { findings: [{ kind: 'cloud-refused', ...project, failure }], usable: [] };
  }
  const known = outcome.envs.map(({ env }) => env);
  const findings = envs.map((env): Finding => {
    const row = outcome.envs.find((each) => each.env === env);
    if (row === undefined) return { kind: 'env-missing', function: null, env, known };
    if (row.status !== 'NORMAL') return { kind: 'env-abnormal', function: null, env, status: row.status };
    return { kind: 'env-ok', function: null, env, alias: row.alias };
  });
  const usable = findings.flatMap((finding) =>
    finding.kind === 'env-ok' && finding.env !== null ? [finding.env] : [],
  );
  return { findings: [{ kind: 'token-accepted', ...project }, ...findings], usable };
}

function absence(listedWhole: boolean, createMissing: boolean) {
  if (!listedWhole) return 'functions-unlisted';
  return createMissing ? 'functions-created' : 'functions-missing';
}

/** What is deployed in one environment, compared with what should be. */
export async function checkDeployed(
  cloud: Cloud,
  env: EnvId,
  wanted: readonly string[],
  createMissing: boolean,
): Promise<{ readonly findings: readonly Finding[]; readonly functions: readonly CloudFunction[] }> {
  const outcome = await cloud.list(env);
  if (!outcome.ok) {
    return {
      findings: [{ kind: 'list-failed', function: null, env, failure: outcome.failure }],
      functions: [],
    };
  }
  const rows = outcome.functions.filter(({ name }) => wanted.includes(name));
  const names = wanted.filter((name) => !rows.some((row) => row.name === name));
  const there: Finding =
    names.length === 0
      ? { kind: 'functions-present', function: null, env, count: rows.length }
      : { kind: absence(outcome.whole, createMissing), function: null, env, names };
  const broken = rows
    .filter(({ status }) => status.endsWith('Failed'))
    .map(
      ({ name, status, statusReason }): Finding => ({
        kind: 'function-broken',
        function: name,
        env,
        status,
        reason: statusReason,
      }),
    );
  return { findings: [there, ...broken], functions: rows };
}
