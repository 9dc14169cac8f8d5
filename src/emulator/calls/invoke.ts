import { type Answer, invalidArgs, missingParameter, refused, succeeded } from './answers.js';
import { findIn } from './functions.js';
import type { CallInput } from './input.js';

/** cloud-api.md, "Calls": the cloud stops waiting after 5 s. */
const MAX_WAIT_MS = 5000;

/**
 * `invokecloudfunction`: runs the code. The two errcodes are those of the vendor's function service: -504002 code that
 * threw, -504003 code that took too long; cloud-api.md names neither.
 */
export async function invoke({ services, query, value }: CallInput): Promise<Answer> {
  const env = query.get('env') ?? '';
  const name = query.get('name') ?? '';
  if (env === '') return missingParameter('env');
  if (name === '') return missingParameter('name');
  if (query.getAll('env').length > 1 || query.getAll('name').length > 1)
    return invalidArgs('env or name twice');
  const found = findIn(services.cloud, env, name);
  if (!found.ok) return found.answer;
  const limitMs = Math.min(found.record.settings.timeoutSeconds * 1000, MAX_WAIT_MS);
  const result = await services.runner.invoke(found.record, value, limitMs);
  if (result.ok) return succeeded({ resp_data: result.value, emulator_logs: result.logs });
  const errcode = result.kind === 'too-long' ? -504003 : -504002;
  const [first = ''] = result.text.split('\n');
  const what = result.kind === 'too-long' ? 'functions time limit exceeded' : 'functions execute fail';
  const stack = result.stack === '' ? [] : result.stack.split('\n');
  return { ...refused(errcode, `${what}. ${first}`), emulator_logs: [...result.logs, ...stack] };
}
