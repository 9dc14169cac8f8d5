import { isJsonObject } from '../model.js';
import { EMULATED_APP_ID, type Invocation, MAX_PAYLOAD_BYTES } from '../runner/runner.js';
import { type Answer, type CallInput, invalidArgs, missingParameter, refused, succeeded } from './call.js';
import { findIn } from './functions.js';

/** docs/cloud-api.md, "Calls": the cloud stops waiting after 5 s. */
const MAX_WAIT_MS = 5000;

/**
 * `invokecloudfunction`: runs the code. The errcodes are those of the vendor's function service, as its SDK reports them:
 * -504002 code that threw, -504003 code that took too long; docs/cloud-api.md names neither.
 */
export async function invoke({ services, query, value, plan }: CallInput): Promise<Answer> {
  const env = query.get('env') ?? '';
  const name = query.get('name') ?? '';
  if (env === '') return missingParameter('env');
  if (name === '') return missingParameter('name');
  if (query.getAll('env').length > 1 || query.getAll('name').length > 1)
    return invalidArgs('env or name twice');
  const found = findIn(services.cloud, env, name);
  if (!found.ok) return found.answer;
  const bytes = bytesOf(value);
  if (bytes === null) return invalidArgs('the event is nested too deeply');
  if (bytes > MAX_PAYLOAD_BYTES) return invalidArgs(`the event has more than ${MAX_PAYLOAD_BYTES} bytes`);
  const limitMs = Math.min(found.record.settings.timeoutSeconds * 1000, MAX_WAIT_MS);
  const result = await services.runner.invoke(found.record, withUserInfo(value), limitMs, plan.oldCode);
  if (result.ok) return succeeded({ resp_data: result.value, emulator_logs: result.logs });
  return refusalFor(result);
}

/** As JSON; null for what can be read as JSON, and is nested too deeply to be written as such. */
function bytesOf(value: unknown): number | null {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    return null;
  }
}

/** As the vendor's own sample of this call shows it: the event gets the app's id, and nobody's openid. */
function withUserInfo(event: unknown): unknown {
  return isJsonObject(event) ? { ...event, userInfo: { appId: EMULATED_APP_ID } } : event;
}

function refusalFor(result: Extract<Invocation, { ok: false }>): Answer {
  const isLate = result.kind === 'too-long';
  const what = isLate ? 'functions time limit exceeded' : 'functions execute fail';
  const [first = ''] = result.text.split('\n');
  const stack = result.stack === '' ? [] : result.stack.split('\n');
  const answer = refused(isLate ? -504003 : -504002, `${what}. ${first}`);
  return { ...answer, emulator_logs: [...result.logs, ...stack] };
}
