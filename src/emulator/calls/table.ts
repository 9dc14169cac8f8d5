/**
 * The calls of the vendor's API that the emulator answers: one row a call, and no second list anywhere. What counts, records,
 * routes or matches calls is made from this table; `handlers.ts` must hold one handler for each row or does not compile.
 * Source: docs/cloud-api.md, "Calls".
 */

export interface CallRow {
  readonly path: string;
  /** `query`: the token stands in the query as `access_token`; `none`: the call takes no token. */
  readonly token: 'query' | 'none';
  /** Where the call names its function; null where it names none. */
  readonly functionIn: 'functionname' | 'funcname' | 'query' | null;
  /** Where the call names its environments. */
  readonly envsIn: 'env' | 'envs' | 'query' | null;
  /** The answer's list of failures of single environments, and the name of the message in it. */
  readonly failures: { readonly list: string; readonly message: string } | null;
  /** Whether it deploys code. */
  readonly uploads: boolean;
}

const plain = { token: 'query', functionIn: null, envsIn: null, failures: null, uploads: false } as const;

export const CALLS = {
  batchuploadscfcode: {
    ...{ ...plain, functionIn: 'functionname', envsIn: 'envs', uploads: true },
    path: '/componenttcb/batchuploadscfcode',
    failures: { list: 'fail_list', message: 'errormsg' },
  },
  batchuploadscf: {
    ...{ ...plain, functionIn: 'functionname', envsIn: 'envs', uploads: true },
    path: '/componenttcb/batchuploadscf',
    failures: { list: 'fail_env_list', message: 'errmsg' },
  },
  getscflist: { ...plain, path: '/componenttcb/getscflist', envsIn: 'env' },
  describeenvs: { ...plain, path: '/componenttcb/describeenvs' },
  updatescfconfig: {
    ...{ ...plain, functionIn: 'functionname', envsIn: 'env' },
    path: '/componenttcb/updatescfconfig',
  },
  batchupdatetriggers: {
    ...{ ...plain, functionIn: 'funcname', envsIn: 'envs' },
    path: '/componenttcb/batchupdatetriggers',
    failures: { list: 'err_list', message: 'errmsg' },
  },
  gettriggers: { ...plain, path: '/componenttcb/gettriggers', functionIn: 'funcname', envsIn: 'env' },
  deletescf: { ...plain, path: '/componenttcb/deletescf', functionIn: 'functionname', envsIn: 'env' },
  invokecloudfunction: {
    ...{ ...plain, functionIn: 'query', envsIn: 'query' },
    path: '/tcb/invokecloudfunction',
  },
  api_component_token: { ...plain, path: '/cgi-bin/component/api_component_token', token: 'none' },
  getrid: { ...plain, path: '/cgi-bin/openapi/rid/get' },
  getquota: { ...plain, path: '/cgi-bin/openapi/quota/get' },
} as const satisfies Readonly<Record<string, CallRow>>;

/** A call by the name that counts, records and fault rules use. */
export type CallName = keyof typeof CALLS;

const isCallName = (name: string): name is CallName => Object.hasOwn(CALLS, name);

export const CALL_NAMES: readonly CallName[] = Object.keys(CALLS).filter(isCallName);

export const rowOfCall = (call: CallName): CallRow => CALLS[call];

const byPath = new Map<string, CallName>(CALL_NAMES.map((name) => [CALLS[name].path, name]));

/** The call behind a path; null where there is none. */
export const callOf = (path: string): CallName | null => byPath.get(path) ?? null;

/** A value for each call. */
export function perCall<Value>(make: (call: CallName) => Value): Record<CallName, Value> {
  const pairs = CALL_NAMES.map((name): [CallName, Value] => [name, make(name)]);
  // Every name of the table is among the pairs, which `Object.fromEntries` cannot say.
  return Object.fromEntries(pairs) as Record<CallName, Value>;
}
