/** One line of `--json`, which stands by itself: `v`, `at`, `event`, then the event's own fields. @param at epoch milliseconds */
export function jsonLine(event: string, fields: object, at: number = Date.now()): string {
  return `${JSON.stringify({ v: 1, at: new Date(at).toISOString(), event, ...fields })}\n`;
}
