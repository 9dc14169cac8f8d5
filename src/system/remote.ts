/** Whether somebody sits in front of another machine. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Over SSH. */
export function isRemote(environment: Environment): boolean {
  return Boolean(environment['SSH_CONNECTION'] || environment['SSH_TTY']);
}
