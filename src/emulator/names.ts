/** docs/cloud-api.md, "Packing": environment and function name together. */
export const MAX_NAME_WITH_ENV = 118;

/**
 * Whether the cloud takes this as a function's name: 2–60 of letters, digits, `-` and `_`, starting with a letter, not
 * ending in `-` or `_` (docs/cloud-api.md, "Packing").
 */
export const isFunctionName = (name: string): boolean =>
  /^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$/.test(name);

/** Whether this can be an environment's id; it is also a folder in the store, so it can name no other place. */
export const isEnvId = (env: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(env);
