import { reasonOf } from '../faults/plan.js';
import type { FileMap, UploadOperation } from '../model.js';
import { isFunctionName, MAX_NAME_WITH_ENV } from '../names.js';
import { BUSY_UPDATING, refusalOf } from '../store/cloud.js';
import { dependenciesOf } from '../store/code.js';
import {
  type Answer,
  type CallInput,
  type CarriedZip,
  failureList,
  invalidArgs,
  readParameters,
  succeeded,
} from './call.js';
import { isolationIn } from './functions.js';
import { unzip } from './zip.js';

/** `batchuploadscfcode` and `batchuploadscf`: each environment takes the code or refuses it for itself. */
export async function upload(input: CallInput, operation: UploadOperation): Promise<Answer> {
  const { services, body, zip, plan, call } = input;
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
  const refusals = await Promise.all(
    envs.map(async (env) => {
      const message = await refusalIn(env, name);
      return message === null ? [] : [{ env, message }];
    }),
  );
  return succeeded(failureList(call, refusals.flat(), plan));

  async function refusalIn(env: string, functionName: string): Promise<string | null> {
    const { cloud } = services;
    const shown = plan.states.findLast((state) => state.function === null || state.function === functionName);
    const forced =
      plan.envErrors.get(env) ??
      isolationIn(env, plan) ??
      (shown === undefined ? null : refusalOf(operation, shown.status, functionName));
    if (forced !== null) return forced;
    const busyUntil = plan.busyUntil.get(env);
    if (busyUntil !== undefined) {
      cloud.occupy(env, functionName, busyUntil);
      return BUSY_UPDATING;
    }
    if (env.length + functionName.length > MAX_NAME_WITH_ENV) {
      return `InvalidParameterValue.FunctionName: env and function name exceed ${MAX_NAME_WITH_ENV} characters`;
    }
    if (cloud.envs.includes(env) && !unpacked.ok) return unpacked.problem;
    const files: FileMap = unpacked.ok ? unpacked.files : new Map();
    const failed = plan.deployFailures.get(env);
    // Where there are dependencies, the cloud installs them before the function is Active (docs/cloud-api.md, "Packing").
    const installMs = dependenciesOf(files).length > 0 ? services.installMs : 0;
    return cloud.accept({
      operation,
      env,
      name: functionName,
      files,
      failure: failed === undefined ? null : reasonOf(failed),
      deployMs: plan.deployMs.get(env) ?? services.deployMs + installMs,
    });
  }
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
