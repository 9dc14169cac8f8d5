/** The nouns of the emulated cloud. Times are milliseconds since the epoch, durations end in `Ms`. */

/** The milliseconds since the epoch; tests may bring their own. */
export type Clock = () => number;

/** One unpacked file of a function. */
export interface PackedFile {
  readonly content: Buffer;
  readonly executable: boolean;
}

/** A function's files by path from its root, with forward slashes. */
export type FileMap = ReadonlyMap<string, PackedFile>;

/** The states that the emulator shows, out of cloud-api.md, "States of a function". */
export type FunctionStatus = 'Creating' | 'CreateFailed' | 'Active' | 'Updating' | 'UpdateFailed';

/** Why a deployment failed, as a row of `status_reason`. */
export interface StatusReason {
  readonly errcode: string;
  readonly errmsg: string;
}

export interface Trigger {
  readonly name: string;
  readonly type: string;
  readonly config: string;
}

/** What updatescfconfig has set. */
export interface FunctionSettings {
  readonly memorySize: number;
  readonly timeoutSeconds: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** One function of one environment. Replaced as a whole, never changed in place. */
export interface FunctionRecord {
  readonly env: string;
  readonly name: string;
  readonly status: FunctionStatus;
  /** Resolution 1 s, no zone: `YYYY-MM-DD HH:mm:ss`. */
  readonly modTime: string;
  readonly addTime: string;
  readonly reason: StatusReason | null;
  /** How the deployment under way will end, decided when it was accepted; null when none is under way. */
  readonly pending: { readonly failure: StatusReason | null } | null;
  readonly settings: FunctionSettings;
  readonly triggers: readonly Trigger[];
}

/** Which functions are meant: all that agree with every field given. */
export interface FunctionFilter {
  readonly env?: string | undefined;
  readonly function?: string | undefined;
}

export type UploadOperation = 'update' | 'create';

/** 3 s and 256 MB, the defaults of a new function (issue 3, point 10). */
export const DEFAULT_SETTINGS: FunctionSettings = { memorySize: 256, timeoutSeconds: 3, variables: {} };

/** The key of one function in one environment. Neither name can hold a slash. */
export const keyOf = (env: string, name: string): string => `${env}/${name}`;

/** cloud-api.md, `mod_time`: a string of 1 s resolution without a zone. Beijing time, as the vendor's own. */
export function cloudTime(at: number): string {
  const beijingMs = 8 * 60 * 60 * 1000;
  return new Date(at + beijingMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** A resolved promise's worth of what went wrong, for texts of the cloud and never for matching. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The `code` of a system error, else an empty string. */
export function errorCode(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
