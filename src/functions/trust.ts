/** Lets a configuration pass where everything that it could do was agreed to: before, or for this run. */
import type { ConfigResult } from '../config/config.js';
import type { Config } from '../config/model.js';
import { withhold } from '../config/risks.js';
import type { ConfigProblem } from '../model/config-problem.js';
import type { Risk } from '../model/risk.js';
import type { Judgement, TrustStore } from '../state/trust.js';

export type ValidConfig = Extract<ConfigResult, { ok: true }>;

/** A configuration as far as it is agreed to, and the rest as problems. */
export interface Agreed {
  readonly config: Config;
  readonly left: readonly ConfigProblem[];
}

export interface TrustGate {
  /** The risks of it that are not agreed to. */
  judge(loaded: ValidConfig): Promise<Judgement>;
  /** Agrees for as long as this process runs, to what the configuration asks for now and to nothing that it may ask for later. */
  grant(loaded: ValidConfig): void;
  /** The configuration without what is not agreed to, for what only looks. */
  trim(loaded: ValidConfig): Promise<Agreed>;
  /** The configuration, or a problem for each thing that is not agreed to. */
  pass(result: ConfigResult): Promise<ConfigResult>;
}

export function createTrustGate(store: TrustStore): TrustGate {
  const granted = new Set<string>();
  const keyOf = ({ kind, path, value }: Risk): string => JSON.stringify([kind, path, value]);

  const judge = async (loaded: ValidConfig): Promise<Judgement> => {
    const judged = await store.judge(placeOf(loaded), loaded.risks);
    return { ...judged, open: judged.open.filter((risk) => !granted.has(keyOf(risk))) };
  };
  return {
    judge,
    grant: ({ risks }) => {
      for (const risk of risks) granted.add(keyOf(risk));
    },
    async trim(loaded) {
      const { open, changed } = await judge(loaded);
      return { config: withhold(loaded.config, open), left: problemsOf(loaded, open, changed) };
    },
    async pass(result) {
      if (!result.ok) return result;
      const { open, changed } = await judge(result);
      if (open.length === 0) return { ...result, watchFiles: [...result.watchFiles, store.file] };
      return { ok: false, file: result.config.file, problems: problemsOf(result, open, changed) };
    },
  };
}

/** The subject of an agreement: the configuration's file, or the project's folder where there is no file. */
export function placeOf({ config }: ValidConfig): string {
  return config.file ?? config.folder;
}

/** The risks as problems of the configuration. */
function problemsOf(
  loaded: ValidConfig,
  open: readonly Risk[],
  changed: ReadonlySet<string>,
): ConfigProblem[] {
  return open.map((risk) => ({
    kind: 'untrusted',
    path: risk.path,
    at: risk.at,
    risk: { kind: risk.kind, shown: shownOf(risk, loaded) },
    changed: changed.has(risk.path),
  }));
}

/**
 * A risk as people are to read it before they agree. Secrets of this process are taken out, and nothing that the project could have chosen:
 * a variable of its own, or a word that looks like a token's, must not hide a part of a command.
 */
export function shownOf({ shown }: Risk, { ownSecrets }: ValidConfig): string {
  return ownSecrets.reduce((text, secret) => text.replaceAll(secret, '***'), shown);
}
