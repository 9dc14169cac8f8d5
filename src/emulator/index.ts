/** The emulated cloud. Imports nothing of the product, so that it checks the contract instead of echoing it. */
export type { CallName } from './calls.js';
export { type Emulator, type EmulatorOptions, startEmulator } from './emulator.js';
export {
  type FaultAction,
  type FaultMatch,
  type FaultProblem,
  type FaultRule,
  type ParsedFaults,
  parseFaults,
} from './faults.js';
export type { FunctionRow } from './function-calls.js';
export type { HeldFilter } from './holding.js';
export type { EmulatorEvent, RecordedRequest } from './journal.js';
export type { FunctionFilter } from './model.js';
export { isEnvId } from './names.js';
export type { ComponentCredentials } from './tokens.js';
export { type Unzipped, unzip } from './unzip.js';
