// Written by hand, for who reads it; a test holds it to the schema.
/** watch.config.json as a program may write it: docs/configuration.md says what each key means. */
export interface ConfigInput {
  $schema?: string;
  functionsRoot?: string | string[];
  envs: string[];
  protectedEnvs?: string[];
  /** A URL, or `emulator`. */
  endpoint?: string;
  token?: TokenInput;
  debounceMs?: number;
  debounceMaxMs?: number;
  sweepSeconds?: number;
  concurrency?: number;
  requestsPerSecond?: number;
  envsPerRequest?: number;
  connectTimeoutSeconds?: number;
  requestTimeoutSeconds?: number;
  createMissing?: boolean;
  verify?: boolean;
  onForeignChange?: 'warn' | 'hold';
  onCannotRun?: 'warn' | 'hold';
  maxZipBase64?: number;
  ignore?: string[];
  /** A shared folder's name → the globs of the functions that carry it. */
  shared?: Record<string, string[]>;
  functions?: Record<string, FunctionInput>;
  /** How functions that have `answers` are called when new code is live. */
  answers?: { envs?: string[]; events?: string; proof?: boolean; atOnce?: number };
  hooks?: { afterLive?: string; onFailure?: string };
  /** false: nothing that was sent is kept. */
  history?: false | { versions?: number; megabytes?: number };
  notify?: boolean;
  triggers?: boolean;
}

/** Where any text that is a token comes from. */
type ReadTokenInput =
  | { env: string }
  | { file: string }
  | { command: string; timeoutSeconds?: number }
  | { url: string; headers?: Record<string, string>; pointer?: string };

/** Where the token comes from. */
export type TokenInput =
  | ReadTokenInput
  | { wxcomponent: { url: string; username: string; password: string } }
  | { cloudbase: ReadTokenInput }
  | { component: { appId: string; appSecret: string; verifyTicket: string | { file: string } } };

/** The settings of one function that differ from the rest. */
export interface FunctionInput {
  dir?: string;
  envs?: string[];
  ignore?: string[];
  enabled?: boolean;
  build?: 'esbuild' | { command: string; output: string };
  /** The saved events that it is called with when new code is live. */
  answers?: boolean | string[];
  proof?: boolean;
}
