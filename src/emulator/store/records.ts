import {
  cloudTime,
  DEFAULT_RUNTIME,
  DEFAULT_SETTINGS,
  FUNCTION_STATUSES,
  type FunctionRecord,
  type FunctionSettings,
  isJsonObject,
  type JsonObject,
  type Pending,
  parseJson,
  type StatusReason,
  type Trigger,
} from '../model.js';

/** The records of a store's file; null when the text is not one of ours. A record that makes no sense is left out. */
export function parseRecords(text: string): readonly FunctionRecord[] | null {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return null;
  const rows: unknown = parsed.value['functions'];
  if (parsed.value['v'] !== 1 || !Array.isArray(rows)) return null;
  return rows.flatMap((row: unknown) => {
    const record = isJsonObject(row) ? parseRecord(row) : null;
    return record === null ? [] : [record];
  });
}

function parseRecord(row: JsonObject): FunctionRecord | null {
  const status = FUNCTION_STATUSES.find((known) => known === row['status']);
  const { env, name, modTime, addTime } = row;
  if (typeof env !== 'string' || typeof name !== 'string' || status === undefined) return null;
  if (typeof modTime !== 'string' || typeof addTime !== 'string') return null;
  return {
    env,
    name,
    runtime: typeof row['runtime'] === 'string' ? row['runtime'] : DEFAULT_RUNTIME,
    status,
    modTime,
    addTime,
    reason: parseReason(row['reason']),
    pending: parsePending(row['pending']),
    settings: parseSettings(row['settings']),
    triggers: Array.isArray(row['triggers']) ? row['triggers'].flatMap(parseTrigger) : [],
  };
}

function parsePending(value: unknown): Pending | null {
  if (!isJsonObject(value)) return null;
  return { failure: parseReason(value['failure']), code: value['code'] !== false };
}

function parseReason(value: unknown): StatusReason | null {
  if (!isJsonObject(value)) return null;
  return { errcode: String(value['errcode']), errmsg: String(value['errmsg']) };
}

function parseSettings(value: unknown): FunctionSettings {
  if (!isJsonObject(value)) return DEFAULT_SETTINGS;
  const { memorySize, timeoutSeconds, variables, vpc } = value;
  const pairs = isJsonObject(variables) ? Object.entries(variables) : [];
  return {
    memorySize: typeof memorySize === 'number' ? memorySize : DEFAULT_SETTINGS.memorySize,
    timeoutSeconds: typeof timeoutSeconds === 'number' ? timeoutSeconds : DEFAULT_SETTINGS.timeoutSeconds,
    variables: Object.fromEntries(pairs.map(([key, text]) => [key, String(text)])),
    vpc: isJsonObject(vpc) ? { vpcId: String(vpc['vpcId']), subnetId: String(vpc['subnetId']) } : null,
  };
}

function parseTrigger(value: unknown): Trigger[] {
  if (!isJsonObject(value)) return [];
  return [{ name: String(value['name']), type: String(value['type']), config: String(value['config']) }];
}

/**
 * The state of a function after a start, given its record and whether content lies there. An accepted deployment has ended by
 * then; a folder without a record is a function that was there all along; a record of code that is gone is none.
 */
export function recordFound(
  env: string,
  name: string,
  known: FunctionRecord | undefined,
  present: boolean,
): FunctionRecord | null {
  if (known === undefined) return present ? freshRecord(env, name) : null;
  const failure = known.pending?.failure ?? null;
  if (failure !== null) {
    return { ...known, status: present ? 'UpdateFailed' : 'CreateFailed', reason: failure, pending: null };
  }
  if (known.pending !== null)
    return present ? { ...known, status: 'Active', reason: null, pending: null } : null;
  return present || known.status === 'CreateFailed' ? known : null;
}

function freshRecord(env: string, name: string): FunctionRecord {
  const time = cloudTime(Date.now());
  return {
    env,
    name,
    runtime: DEFAULT_RUNTIME,
    status: 'Active',
    modTime: time,
    addTime: time,
    reason: null,
    pending: null,
    settings: DEFAULT_SETTINGS,
    triggers: [],
  };
}
