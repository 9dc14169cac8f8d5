import { component, describeEnvs, getRid } from './account-calls.js';
import type { Handler } from './call-input.js';
import type { CallName } from './calls.js';
import {
  deleteFunction,
  getFunctionList,
  getTriggers,
  updateConfig,
  updateTriggers,
} from './function-calls.js';
import { invoke } from './invoke-call.js';
import { upload } from './upload-calls.js';

export const HANDLERS: Readonly<Record<CallName, Handler>> = {
  batchuploadscfcode: (input) => upload(input, 'update'),
  batchuploadscf: (input) => upload(input, 'create'),
  getscflist: getFunctionList,
  describeenvs: describeEnvs,
  updatescfconfig: updateConfig,
  batchupdatetriggers: updateTriggers,
  gettriggers: getTriggers,
  deletescf: deleteFunction,
  invokecloudfunction: invoke,
  api_component_token: component,
  getrid: getRid,
};
