import { component, describeEnvs, getRid } from './account.js';
import { deleteFunction, getFunctionList, getTriggers, updateConfig, updateTriggers } from './functions.js';
import type { Handler } from './input.js';
import { invoke } from './invoke.js';
import type { CallName } from './table.js';
import { upload } from './upload.js';

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
