/** The harm that a configuration could do to whoever runs it, as data. */
import type { TextPosition } from './text-position.js';

export type RiskKind =
  /** A shell command of the configuration. */
  | 'command'
  /** Code of the project that this process loads. */
  | 'code'
  /** A cloud other than the vendor's, which gets the token and the functions' code. */
  | 'endpoint'
  /** An address that gets what the configuration's headers hold. */
  | 'token-url'
  /** A file or folder outside the project, whose content would be uploaded. */
  | 'outside'
  /** Saved events outside the project, which functions would be called with. */
  | 'outside-events';

/** One thing that needs an agreement before it is done. */
export interface Risk {
  readonly kind: RiskKind;
  /** Where the configuration asks for it: `functions.pay.build.command`. */
  readonly path: string;
  /** null where no text stands for it: an option of the command line, or a default. */
  readonly at: TextPosition | null;
  /** The command, the package, the address or the absolute path: what is agreed to. May hold the values of variables. */
  readonly value: string;
  /** The same as people are shown it: variables of an address by their names, and nothing else left out. */
  readonly shown: string;
}
