import type { FunctionRecord, Trigger } from '../model.js';
import type { Cloud } from '../store/cloud.js';
import { type Answer, invalidArgs, noSuchEnv, noSuchFunction, refused, succeeded } from './answers.js';
import type { CallInput } from './input.js';
import { readParameters } from './parameters.js';

/** cloud-api.md says 20 by default; 100 is the most that a page holds here. */
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
  runtime: 'Nodejs16.13',
  status: record.status,
  mod_time: record.modTime,
  add_time: record.addTime,
  status_reason: record.reason === null ? [] : [record.reason],
});

export async function getFunctionList({ services, body }: CallInput): Promise<Answer> {
  const parameters = readParameters(body);
  const env = parameters.text('env');
  const offset = parameters.whole('offset', 0);
  const limit = Math.min(parameters.whole('limit', PAGE), MAX_PAGE);
  const searchkey = parameters.optionalText('searchkey').toLowerCase();
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  const all = services.cloud.list(env);
  if (all === null) return noSuchEnv(env);
  const found = all.filter((record) => record.name.toLowerCase().includes(searchkey));
  return succeeded({
    total_count: found.length,
    functions: found.slice(offset, offset + limit).map(rowOf),
  });
}

/** Environment variables are replaced, not merged (cloud-api.md, "Calls"). */
export async function updateConfig({ services, body }: CallInput): Promise<Answer> {
  const parameters = readParameters(body);
  const env = parameters.text('env');
  const name = parameters.text('functionname');
  const memorySize = parameters.whole('memorysize', 0);
  const timeoutSeconds = parameters.whole('timeout', 0);
  const variables = pairsOf(parameters.optionalObjects('environment_variables'));
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  if (variables === null) return invalidArgs('environment_variables must hold key and value');
  const found = findIn(services.cloud, env, name);
  if (!found.ok) return found.answer;
  const before = found.record.settings;
  const settings = {
    memorySize: memorySize === 0 ? before.memorySize : memorySize,
    timeoutSeconds: timeoutSeconds === 0 ? before.timeoutSeconds : timeoutSeconds,
    variables: body['environment_variables'] === undefined ? before.variables : variables,
  };
  await services.cloud.change(found.record, { settings });
  return succeeded();
}

function pairsOf(rows: readonly { readonly [key: string]: unknown }[]): Record<string, string> | null {
  const pairs = rows.map((row): [unknown, unknown] => [row['key'], row['value']]);
  const texts = pairs.filter((pair): pair is [string, string] =>
    pair.every((item) => typeof item === 'string'),
  );
  return texts.length === pairs.length ? Object.fromEntries(texts) : null;
}

export async function updateTriggers({ services, body, plan }: CallInput): Promise<Answer> {
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
  const failures: { env: string; errmsg: string }[] = [];
  for (const env of envs) {
    const forced = plan.envErrors.get(env);
    const found = findIn(services.cloud, env, name);
    if (forced !== undefined) failures.push({ env, errmsg: forced });
    else if (!found.ok) failures.push({ env, errmsg: found.answer.errmsg });
    else await services.cloud.change(found.record, { triggers: valid });
  }
  return succeeded(failures.length === 0 ? {} : { err_list: failures });
}

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
  if (cloud.list(env) === null) return { ok: false, answer: noSuchEnv(env) };
  const record = cloud.find(env, name);
  return record === null ? { ok: false, answer: noSuchFunction(name) } : { ok: true, record };
}
