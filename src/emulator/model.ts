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

/** docs/cloud-api.md, "The states of a function". The last four come from fault rules alone. */
export const FUNCTION_STATUSES = [
  'Creating',
  'CreateFailed',
  'Active',
  'Updating',
  'UpdateFailed',
  'Publishing',
  'PublishFailed',
  'Deleting',
  'DeleteFailed',
] as const;

export type FunctionStatus = (typeof FUNCTION_STATUSES)[number];

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

/** The settings that updatescfconfig made. */
export interface FunctionSettings {
  readonly memorySize: number;
  readonly timeoutSeconds: number;
  readonly variables: Readonly<Record<string, string>>;
  /** The private network that the function was put into; null for none. The emulator has none: it is kept and shown only. */
  readonly vpc: { readonly vpcId: string; readonly subnetId: string } | null;
}

/** A change under way. How it will end was decided when it was accepted. */
export interface Pending {
  readonly failure: StatusReason | null;
  /** Whether it brings code, which is staged; else settings alone. */
  readonly code: boolean;
}

/** One function of one environment. Replaced as a whole, never changed in place. */
export interface FunctionRecord {
  readonly env: string;
  readonly name: string;
  /** As `getscflist` names it: `Nodejs16.13`. */
  readonly runtime: string;
  readonly status: FunctionStatus;
  /** Resolution 1 s, no zone: `YYYY-MM-DD HH:mm:ss`. */
  readonly modTime: string;
  readonly addTime: string;
  readonly reason: StatusReason | null;
  /** The change under way; null when there is none. */
  readonly pending: Pending | null;
  readonly settings: FunctionSettings;
  readonly triggers: readonly Trigger[];
}

/** Which functions are meant: all that agree with every field given. */
export interface FunctionFilter {
  readonly env?: string | undefined;
  readonly function?: string | undefined;
}

export type UploadOperation = 'update' | 'create';

/** The runtime of a new function, as `getscflist` names it. */
export const DEFAULT_RUNTIME = 'Nodejs16.13';

/** 3 s and 256 MB, the defaults of a new function (docs/cloud-api.md). */
export const DEFAULT_SETTINGS: FunctionSettings = {
  memorySize: 256,
  timeoutSeconds: 3,
  variables: {},
  vpc: null,
};

/** The key of one function in one environment. Neither name can hold a slash. */
export const keyOf = (env: string, name: string): string => `${env}/${name}`;

/** docs/cloud-api.md, `mod_time`: a string of 1 s resolution without a zone. Beijing time, as the vendor's own. */
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
/** A JSON object whose values nobody has looked at yet. */
export type JsonObject = { readonly [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a JSON text, or why there is none. */
export function parseJson(
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value };
  } catch {
    return { ok: false };
  }
}
