/** The calls of cloud-api.md, "Calls", by the name that counts, records and fault rules use. */
export const CALL_PATHS = {
  batchuploadscfcode: '/componenttcb/batchuploadscfcode',
  batchuploadscf: '/componenttcb/batchuploadscf',
  getscflist: '/componenttcb/getscflist',
  describeenvs: '/componenttcb/describeenvs',
  updatescfconfig: '/componenttcb/updatescfconfig',
  batchupdatetriggers: '/componenttcb/batchupdatetriggers',
  gettriggers: '/componenttcb/gettriggers',
  deletescf: '/componenttcb/deletescf',
  invokecloudfunction: '/tcb/invokecloudfunction',
  api_component_token: '/cgi-bin/component/api_component_token',
  getrid: '/cgi-bin/openapi/rid/get',
} as const;

export type CallName = keyof typeof CALL_PATHS;

const isCallName = (name: string): name is CallName => Object.hasOwn(CALL_PATHS, name);

export const CALL_NAMES: readonly CallName[] = Object.keys(CALL_PATHS).filter(isCallName);

/** The call behind a path; null where there is none. */
export const callOf = (path: string): CallName | null =>
  CALL_NAMES.find((name) => CALL_PATHS[name] === path) ?? null;
