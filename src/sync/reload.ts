/** Takes configurations that changed, one after the other. */
import type { ConfigResult } from '../config/config.js';
import type { Fact } from '../model/fact.js';
import type { Language } from '../text/language.js';
import { describeConfigProblem } from '../text/words/config.js';
import type { Sync } from './sync.js';

export interface ReloaderOptions {
  readonly sync: Pick<Sync, 'reconfigure' | 'reportBug'>;
  readonly load: () => Promise<ConfigResult>;
  readonly language: Language;
  readonly tell: (fact: Fact) => void;
}

/**
 * The function to call when the configuration may have changed. A valid edit takes effect at once; an invalid one is reported and the
 * old configuration stays. One that is made while another is being taken is read when that is done.
 */
export function createReloader({ sync, load, language, tell }: ReloaderOptions): () => void {
  const take = async (): Promise<void> => {
    const result = await load();
    const refused = result.ok ? await sync.reconfigure(result) : null;
    const found = result.ok ? (refused === null ? [] : [refused]) : result.problems;
    if (found.length === 0) return;
    const problems = found.map((problem) => ({
      ...describeConfigProblem(problem, language),
      at: problem.at,
    }));
    tell({ event: 'config', state: 'invalid', problems });
  };
  let busy = false;
  let again = false;
  const takeAll = async (): Promise<void> => {
    busy = true;
    do {
      again = false;
      await take().catch((error: unknown) => sync.reportBug(error));
    } while (again);
    busy = false;
  };
  return () => {
    again = true;
    if (!busy) void takeAll();
  };
}
