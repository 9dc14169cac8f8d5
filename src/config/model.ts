/** The configuration once it is read, checked and resolved: every path absolute, every default filled in. */

/** A `cloudbase_access_token`, which goes to the cloud by a name of its own. */
interface CloudbaseSource {
  readonly kind: 'cloudbase';
  /** Where it comes from. */
  readonly from: PlainTokenSource;
}

export type TokenSource = PlainTokenSource | CloudbaseSource;

export type PlainTokenSource =
  /** Nobody has agreed yet to where the token comes from or goes to, so it is not read. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly command: string; readonly timeoutMs: number }
  | {
      readonly kind: 'url';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      /** JSON pointer to the token in the answer; null: the whole body is the token. */
      readonly pointer: string | null;
    }
  /** The vendor's own platform manager. */
  | {
      readonly kind: 'wxcomponent';
      readonly url: string;
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly kind: 'component';
      readonly appId: string;
      readonly appSecret: string;
      readonly verifyTicket:
        | { readonly kind: 'value'; readonly value: string }
        | { readonly kind: 'file'; readonly path: string };
    };

export type BuildConfig =
  /** Nobody has agreed yet to the build, so it is not run. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'esbuild' }
  | { readonly kind: 'command'; readonly command: string; readonly output: string };

export interface FunctionConfig {
  /** Absolute; null: the folder of this name in a functions root. */
  readonly dir: string | null;
  /** null: all of the configuration's. */
  readonly envs: readonly string[] | null;
  readonly ignore: readonly string[];
  readonly enabled: boolean;
  readonly build: BuildConfig | null;
  /** The names of the saved events that it is called with; `all`: whatever there is; null: it is never called. */
  readonly answers: 'all' | readonly string[] | null;
  /** null: as `answers.proof` says. */
  readonly proof: boolean | null;
}

export interface AnswersConfig {
  /** Patterns of environments. */
  readonly envs: readonly string[];
  /** The folder of the saved events, absolute. */
  readonly events: string;
  readonly proof: boolean;
  /** Calls in progress at the same time. */
  readonly atOnce: number;
}

export interface Config {
  /** null when there is no file and the program made do with what it found. */
  readonly file: string | null;
  /** The folder that relative paths start from, and that holds `.tcb-watch`. */
  readonly folder: string;
  readonly functionsRoots: readonly string[];
  readonly envs: readonly string[];
  readonly protectedEnvs: readonly string[];
  /** The word `emulator`, or a base URL without a slash at its end. */
  readonly endpoint: string;
  readonly token: TokenSource | null;
  readonly debounceMs: number;
  readonly debounceMaxMs: number;
  readonly sweepSeconds: number;
  readonly concurrency: number;
  readonly requestsPerSecond: number;
  readonly envsPerRequest: number;
  readonly connectTimeoutSeconds: number;
  readonly requestTimeoutSeconds: number;
  readonly createMissing: boolean;
  readonly verify: boolean;
  readonly onForeignChange: 'warn' | 'hold';
  readonly onCannotRun: 'warn' | 'hold';
  readonly maxZipBase64: number;
  readonly ignore: readonly string[];
  /** Shared folder's name → the globs of the functions that carry it. */
  readonly shared: Readonly<Record<string, readonly string[]>>;
  readonly functions: Readonly<Record<string, FunctionConfig>>;
  readonly answers: AnswersConfig;
  readonly hooks: { readonly afterLive: string | null; readonly onFailure: string | null };
  /** null: nothing that was sent is kept. */
  readonly history: { readonly versions: number; readonly megabytes: number } | null;
  readonly notify: boolean;
  readonly triggers: boolean;
}
