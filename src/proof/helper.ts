/** The file that is added to uploads: `helper.cjs`, with what it is to answer. */
import { helperTemplate } from './helper-text.js';

/** Next to the function's own files. A function that has one of its own is left alone. */
export const HELPER_FILE = '__tcb-watch.cjs';

/** @param keyDigest SHA-256 of the key, in hex */
export function helperText(fingerprint: string, keyDigest: string): string {
  return helperTemplate.replace('@FINGERPRINT@', fingerprint).replace('@KEY@', keyDigest);
}
