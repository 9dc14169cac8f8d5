/** The emulated cloud. Imports nothing of the product, so that it checks the client instead of echoing it. */

export type { FunctionRow } from './calls/functions.js';
export type { CallName } from './calls/table.js';
export type { ComponentCredentials } from './calls/tokens.js';
export { type Unzipped, unzip } from './calls/zip.js';
export { type Emulator, type EmulatorOptions, startEmulator } from './emulator.js';
export type { HeldFilter } from './faults/holding.js';
export {
  type FaultAction,
  type FaultMatch,
  type FaultProblem,
  type FaultRule,
  type ParsedFaults,
  parseFaults,
} from './faults/rules.js';
export type { EmulatorEvent, RecordedRequest } from './http/journal.js';
export type { FunctionFilter } from './model.js';
export { isEnvId } from './names.js';
