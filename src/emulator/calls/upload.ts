import type { FaultPlan } from '../faults/plan.js';
import type { CarriedZip } from '../http/body.js';
import type { FileMap, StatusReason, UploadOperation } from '../model.js';
import { isFunctionName, MAX_NAME_WITH_ENV } from '../names.js';
import { BUSY_UPDATING } from '../store/refusals.js';
import { type Answer, type EnvFailure, invalidArgs, succeeded } from './answers.js';
import type { CallInput, Services } from './input.js';
import { readParameters } from './parameters.js';
import { unzip } from './unzip.js';

/** `batchuploadscfcode` and `batchuploadscf`: each environment takes the code or refuses it for itself. */
export async function upload(
  { services, body, zip, plan }: CallInput,
  operation: UploadOperation,
): Promise<Answer> {
  const parameters = readParameters(body);
  const name = parameters.text('functionname');
  const envs = parameters.texts('envs');
  parameters.text('zipfile');
  parameters.optionalText('vpcid');
  parameters.optionalText('subnetid');
  const problem = parameters.refusal();
  if (problem !== null) return problem;
  if (!isFunctionName(name)) return invalidArgs('functionname does not keep the rules for names');
  const unpacked = await unpack(zip, services.maxZipBase64);
  const failures = await Promise.all(
    envs.map(async (env) => {
      const text = await refusalIn(env, { services, name, operation, plan, unpacked });
      return text === null ? [] : [{ env, text }];
    }),
  );
  return succeeded(listOf(failures.flat(), operation));
}

/** The two calls name their list and its message differently: cloud-api.md, "Calls". Without failures, no list. */
function listOf(
  failures: readonly { readonly env: string; readonly text: string }[],
  operation: UploadOperation,
): Readonly<Record<string, readonly EnvFailure[]>> {
  if (failures.length === 0) return {};
  if (operation === 'create')
    return { fail_env_list: failures.map(({ env, text }) => ({ env, errmsg: text })) };
  return { fail_list: failures.map(({ env, text }) => ({ env, errormsg: text })) };
}

type Unpacked =
  | { readonly ok: true; readonly files: FileMap }
  | { readonly ok: false; readonly problem: string };

async function unpack(zip: CarriedZip | null, maxZipBase64: number): Promise<Unpacked> {
  if (zip !== null && zip.base64Chars > maxZipBase64) {
    return failed(`ZipFile is too large: ${zip.base64Chars} base64 characters, at most ${maxZipBase64}`);
  }
  if (zip?.bytes == null) return failed('ZipFile is not valid base64');
  const unzipped = await unzip(zip.bytes);
  return unzipped.ok ? unzipped : failed(`ZipFile: ${unzipped.problem}`);
}

const failed = (problem: string): Unpacked => ({
  ok: false,
  problem: `InvalidParameterValue.Code: ${problem}`,
});

interface Attempt {
  readonly services: Services;
  readonly name: string;
  readonly operation: UploadOperation;
  readonly plan: FaultPlan;
  readonly unpacked: Unpacked;
}

async function refusalIn(env: string, attempt: Attempt): Promise<string | null> {
  const { services, name, operation, plan, unpacked } = attempt;
  const forced = plan.envErrors.get(env);
  if (forced !== undefined) return forced;
  const busyUntil = plan.busyUntil.get(env);
  if (busyUntil !== undefined) {
    services.cloud.occupy(env, name, busyUntil);
    return BUSY_UPDATING;
  }
  if (env.length + name.length > MAX_NAME_WITH_ENV) {
    return `InvalidParameterValue.FunctionName: env and function name exceed ${MAX_NAME_WITH_ENV} characters`;
  }
  if (services.cloud.list(env) !== null && !unpacked.ok) return unpacked.problem;
  const files: FileMap = unpacked.ok ? unpacked.files : new Map();
  const failure = reasonOf(plan.deployFailures.get(env));
  const deployMs = plan.deployMs.get(env) ?? services.deployMs;
  return services.cloud.accept({ operation, env, name, files, failure, deployMs });
}

/** A text like `Some.Code: words` carries its own code. */
function reasonOf(text: string | undefined): StatusReason | null {
  if (text === undefined) return null;
  const code = /^[A-Z][A-Za-z]*(\.[A-Za-z]+)+/.exec(text)?.[0];
  return { errcode: code ?? 'FailedOperation', errmsg: text };
}
