import type { Context } from './context.js';

export interface DoctorOptions {
  readonly config?: string;
  readonly envId: readonly string[];
  readonly endpoint?: string;
  readonly json: boolean;
  readonly yes: boolean;
}

export async function runDoctor(_options: DoctorOptions, _context: Context): Promise<number> {
  return 0;
}
