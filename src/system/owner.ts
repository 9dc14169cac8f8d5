/** Whose a file is. */
import type { Stats } from 'node:fs';

/** The users who count as the one who runs this: under sudo, as git has it, the one who called it too. null on Windows. */
export function ourUsers(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  user: number | null = process.getuid?.() ?? null,
): readonly number[] | null {
  if (user === null) return null;
  const caller = user === 0 ? Number(environment['SUDO_UID']) : Number.NaN;
  return Number.isInteger(caller) ? [user, caller] : [user];
}

/** Whether this user owns it. Windows keeps owners elsewhere: there every file counts as ours. */
export function isOwnedByUs({ uid }: Pick<Stats, 'uid'>, us = ourUsers()): boolean {
  return us === null || us.includes(uid);
}

/** Whether what it says may be followed: ours, or the system administrator's, who can do everything anyway. */
export function isOwnedByUsOrRoot(stats: Pick<Stats, 'uid'>, us = ourUsers()): boolean {
  return stats.uid === 0 || isOwnedByUs(stats, us);
}
