/** The emulated cloud. Imports nothing of the product, so that it checks the client instead of echoing it. */

export type { CallName } from './calls/table.js';

export { unzip } from './calls/zip.js';
export { type Emulator, type EmulatorOptions, startEmulator } from './emulator.js';

export {
  type FaultRule,
  parseFaults,
} from './faults/rules.js';

export { isEnvId } from './names.js';
