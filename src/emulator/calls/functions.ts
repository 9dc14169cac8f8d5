import { type FunctionRecord, type FunctionSettings, isJsonObject, type Trigger } from '../model.js';
import type { Cloud } from '../store/cloud.js';
import {
  type Answer,
  type CallInput,
  failureList,
  invalidArgs,
  noSuchEnv,
  noSuchFunction,
  readParameters,
  refused,
  succeeded,
} from './call.js';

/** docs/cloud-api.md says 20 by default; 100 is the most that a page holds here. */
const PAGE = 20;
const MAX_PAGE = 100;

/** A row as `getscflist` shows it. */
export interface FunctionRow {
  readonly name: string;
  readonly runtime: string;
  readonly status: string;
  readonly mod_time: string;
  readonly add_time: string;
  readonly status_reason: readonly { readonly errcode: string; readonly errmsg: string }[];
}

export const rowOf = (record: FunctionRecord): FunctionRow => ({
  name: record.name,
  runtime: record.runtime,
  status: record.status,
  mod_time: record.modTime,
  add_time: record.addTime,
  status_reason: record.reason === null ? [] : [record.reason],
});

export async function getFunctionList({ services, body, plan }: CallInput): Promise<Answer> {
  const parameters = readParameters(body);
  const env = parameters.text('env');
  const offset = parameters.whole('offset', 0);
  const limit = Math.min(parameters.whole('limit', PAGE), MAX_PAGE);
  const searchkey = parameters.optionalText('searchkey').toLowerCase();
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  const { cloud } = services;
  const all = plan.listLagMs > 0 ? cloud.listBefore(env, plan.listLagMs) : cloud.list(env);
  if (all === null) return noSuchEnv(env);
  const found = all
    .filter(({ name }) => !plan.without.some((left) => left === null || left === name))
    .filter(({ name }) => name.toLowerCase().includes(searchkey))
    .map((record) => shownAs(record, plan));
  return succeeded({
    total_count: Math.max(0, found.length + plan.totalCountBy),
    functions: found.slice(offset, offset + limit).map(rowOf),
  });
}

function shownAs(record: FunctionRecord, { states }: CallInput['plan']): FunctionRecord {
  const shown = states.findLast((state) => state.function === null || state.function === record.name);
  return shown === undefined ? record : { ...record, status: shown.status, reason: shown.reason };
}

/** How long a function is Updating after a change of its settings [R: no source says]. */
const SETTINGS_MS = 300;

/** Sets what the body names and leaves the rest. Environment variables are replaced, not merged (docs/cloud-api.md, "Calls"). */
export async function updateSettings({ services, body }: CallInput): Promise<Answer> {
  const parameters = readParameters(body);
  const env = parameters.text('env');
  const name = parameters.text('functionname');
  const memorySize = parameters.whole('memorysize', 0);
  const timeoutSeconds = parameters.whole('timeout', 0);
  const variables = pairsOf(parameters.optionalObjects('environment_variables'));
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  if (variables === null) return invalidArgs('environment_variables must hold key and value');
  const { vpc_config: vpc = null } = body;
  if (vpc !== null && !isJsonObject(vpc)) return invalidArgs('vpc_config must be an object');
  const found = findIn(services.cloud, env, name);
  if (!found.ok) return found.answer;
  const before = found.record.settings;
  const settings: FunctionSettings = {
    memorySize: memorySize === 0 ? before.memorySize : memorySize,
    timeoutSeconds: timeoutSeconds === 0 ? before.timeoutSeconds : timeoutSeconds,
    variables: body['environment_variables'] === undefined ? before.variables : variables,
    vpc:
      vpc === null
        ? before.vpc
        : { vpcId: String(vpc['vpc_id'] ?? ''), subnetId: String(vpc['subnet_id'] ?? '') },
  };
  const outside = services.lenient ? null : settingsProblem(settings);
  if (outside !== null) return invalidArgs(outside);
  const ms = Math.min(services.deployMs, SETTINGS_MS);
  const busy = await services.cloud.configure(found.record, settings, ms);
  return busy === null ? succeeded() : refused(-501001, busy);
}

/** The limits of the cloud's function service (cloud.tencent.com/document/product/583/11637 and 583/30228). */
const MAX_TIMEOUT_SECONDS = 900;
const MAX_MEMORY_MB = 3072;
const MEMORY_STEP_MB = 128;
const SMALLEST_MEMORY_MB = 64;
const MAX_VARIABLES_BYTES = 4096;
const RESERVED_VARIABLE = /^(SCF|QCLOUD|TENCENTCLOUD|TECENTCLOUD)_/i;

function settingsProblem({ memorySize, timeoutSeconds, variables }: FunctionSettings): string | null {
  const isStep = memorySize % MEMORY_STEP_MB === 0 && memorySize <= MAX_MEMORY_MB;
  if (memorySize !== SMALLEST_MEMORY_MB && !isStep) {
    return `memorysize must be ${SMALLEST_MEMORY_MB}, or a multiple of ${MEMORY_STEP_MB} up to ${MAX_MEMORY_MB}`;
  }
  if (timeoutSeconds > MAX_TIMEOUT_SECONDS) return `timeout must be 1 to ${MAX_TIMEOUT_SECONDS} seconds`;
  const wrong = Object.keys(variables).find((key) => !/^[A-Za-z][A-Za-z0-9_]*$/.test(key));
  if (wrong !== undefined) {
    return `environment variable ${JSON.stringify(wrong)}: letters, digits and _, a letter first`;
  }
  const reserved = Object.keys(variables).find((key) => RESERVED_VARIABLE.test(key));
  if (reserved !== undefined) return `environment variable ${reserved} is reserved`;
  const bytes = Buffer.byteLength(Object.entries(variables).flat().join(''));
  return bytes > MAX_VARIABLES_BYTES
    ? `environment variables hold ${bytes} bytes, at most ${MAX_VARIABLES_BYTES}`
    : null;
}

function pairsOf(rows: readonly { readonly [key: string]: unknown }[]): Record<string, string> | null {
  const pairs = rows.map((row): [unknown, unknown] => [row['key'], row['value']]);
  const texts = pairs.filter((pair): pair is [string, string] =>
    pair.every((item) => typeof item === 'string'),
  );
  return texts.length === pairs.length ? Object.fromEntries(texts) : null;
}

export async function updateTriggers({ services, body, plan, call }: CallInput): Promise<Answer> {
  const parameters = readParameters(body);
  const envs = parameters.texts('envs');
  const name = parameters.text('funcname');
  const triggers = parameters.objects('triggers').map(triggerOf);
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  const valid = triggers.filter((trigger) => trigger !== null);
  if (valid.length !== triggers.length) {
    return invalidArgs('triggers must hold trigger_name, type "Timer" and config, a cron of 7 fields');
  }
  if (new Set(valid.map((trigger) => trigger.name)).size < valid.length) {
    return invalidArgs('triggers must have different names');
  }
  const failures: { env: string; message: string }[] = [];
  for (const env of envs) {
    const forced = plan.envErrors.get(env) ?? isolationIn(env, plan);
    const found = findIn(services.cloud, env, name);
    if (forced !== null) failures.push({ env, message: forced });
    else if (!found.ok) failures.push({ env, message: found.answer.errmsg });
    else await services.cloud.setTriggers(found.record, valid);
  }
  return succeeded(failureList(call, failures, plan));
}

/** The answer of an environment whose account is in arrears; docs/cloud-api.md, "Errors", names the two words. */
export const isolationIn = (env: string, { isolated }: CallInput['plan']): string | null =>
  isolated.has(env) ? `OperationDenied.InsufficientBalance: env [${env}] is ISOLATE` : null;

function triggerOf(row: { readonly [key: string]: unknown }): Trigger | null {
  const { trigger_name: name, type, config } = row;
  if (typeof name !== 'string' || name === '' || type !== 'Timer' || typeof config !== 'string') return null;
  return config.trim().split(/\s+/).length === 7 ? { name, type, config } : null;
}

export async function getTriggers({ services, body }: CallInput): Promise<Answer> {
  const parameters = readParameters(body);
  const env = parameters.text('env');
  const name = parameters.text('funcname');
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  const found = findIn(services.cloud, env, name);
  if (!found.ok) return found.answer;
  const rows = found.record.triggers.map(({ name: trigger_name, type, config }) => ({
    trigger_name,
    config,
    type,
  }));
  return succeeded({ triggers: rows });
}

export async function deleteFunction({ services, body }: CallInput): Promise<Answer> {
  const parameters = readParameters(body);
  const name = parameters.text('functionname');
  const env = parameters.text('env');
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  const found = findIn(services.cloud, env, name);
  if (!found.ok) return found.answer;
  if (found.record.pending !== null)
    return refused(-1, `当前函数处于${found.record.status}状态，请稍后重试。`);
  await services.cloud.remove(found.record);
  return succeeded();
}

type Found =
  | { readonly ok: true; readonly record: FunctionRecord }
  | { readonly ok: false; readonly answer: Answer };

/** A function for a call that names one environment. */
export function findIn(cloud: Cloud, env: string, name: string): Found {
  if (!cloud.envs.includes(env)) return { ok: false, answer: noSuchEnv(env) };
  const record = cloud.find(env, name);
  return record === null ? { ok: false, answer: noSuchFunction(name) } : { ok: true, record };
}
