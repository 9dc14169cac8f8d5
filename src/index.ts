/**
 * tcb-watch as a library: the same engine, typed.
 *
 * ```js
 * import { createSync } from 'tcb-watch';
 * const created = await createSync({ yes: true });
 * if (!created.ok) throw new Error(created.message);
 * const { code, pending } = await created.sync.push();
 * await created.sync.stop();
 * ```
 */
export type { ConfigResult, LoadOptions } from './config/config.js';
export type { ConfigInput } from './config/input.js';
export type { Config, FunctionConfig, TokenSource } from './config/model.js';
export { loadConfig, loadConfigValue } from './functions/load.js';
export type { Unmatched } from './functions/selection.js';
export type { Stopped, SyncEvent } from './library/event-stream.js';
export {
  createSync,
  type PushResult,
  type RunningSync,
  type StatusRow,
  type SyncCreated,
  type SyncOptions,
  type SyncRefused,
} from './library/library.js';
export { emulator, type LocalCloud, type LocalCloudOptions } from './library/local-cloud.js';

export type { Language } from './text/language.js';
export type { DescribedProblem } from './text/words/config.js';
