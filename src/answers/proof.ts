/** Which uploads carry the helper that proves which code answers. */
import type { Config } from '../config/model.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import { answersOf, mayBeCalled } from './events.js';

type ProofConfig = Pick<Config, 'functions'> & Partial<Pick<Config, 'answers' | 'protectedEnvs'>>;

/** Where the function may be called, and nowhere else. */
export function takesHelper(config: ProofConfig, name: FunctionName, env: EnvId): boolean {
  const { answers, protectedEnvs } = config;
  if (answers === undefined || protectedEnvs === undefined || !hasProof(config, name)) return false;
  return mayBeCalled({ answers, protectedEnvs }, env);
}

/** Whether any of its uploads does. */
export function hasProof(config: ProofConfig, name: FunctionName): boolean {
  if (answersOf(config, name) === null) return false;
  return config.functions[name]?.proof ?? config.answers?.proof ?? false;
}
