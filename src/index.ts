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
export { type ConfigResult, type LoadOptions, loadConfig, loadConfigValue } from './io/config.js';
export type { ConfigInput } from './io/config-input.js';
export type { Config, FunctionConfig, TokenSource } from './io/config-model.js';
export type { Stopped, SyncEvent } from './sync/event-stream.js';
export {
  createSync,
  type PushResult,
  type RunningSync,
  type StatusRow,
  type SyncCreated,
  type SyncOptions,
  type SyncRefused,
} from './sync/library.js';
export { emulator, type LocalCloud, type LocalCloudOptions } from './sync/local-cloud.js';
export type { Unmatched } from './sync/settings.js';
export type { Language } from './ui/language.js';
export type { DescribedProblem } from './ui/words/config.js';
