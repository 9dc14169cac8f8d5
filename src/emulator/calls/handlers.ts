import { component, describeEnvs, getQuota, getRid } from './account.js';
import type { Handler } from './call.js';
import { deleteFunction, getFunctionList, getTriggers, updateSettings, updateTriggers } from './functions.js';
import { invoke } from './invoke.js';
import type { CallName } from './table.js';
import { upload } from './upload.js';

/** The handler of each call. A call of the table without a handler does not compile. */
export const HANDLERS: Readonly<Record<CallName, Handler>> = {
  batchuploadscfcode: (input) => upload(input, 'update'),
  batchuploadscf: (input) => upload(input, 'create'),
  getscflist: getFunctionList,
  describeenvs: describeEnvs,
  updatescfconfig: updateSettings,
  batchupdatetriggers: updateTriggers,
  gettriggers: getTriggers,
  deletescf: deleteFunction,
  invokecloudfunction: invoke,
  api_component_token: component,
  getrid: getRid,
  getquota: getQuota,
};
