/**
 * Requests that may begin in any one window, and its length. A sliding window rather than a bucket: a bucket that is full
 * lets twice its rate through in the first second, which a gateway that counts by the second refuses.
 */
export function rateWindow(requestsPerSecond: number): { count: number; spanMs: number } {
  const count = Math.max(1, Math.floor(requestsPerSecond));
  return { count, spanMs: (count / requestsPerSecond) * 1000 };
}

/** How many of the times in `sent` lie in the window that ends now. */
export function recentRequests(sent: readonly number[], now: number, requestsPerSecond: number): number {
  const { spanMs } = rateWindow(requestsPerSecond);
  let count = 0;
  while (count < sent.length && (sent[sent.length - 1 - count] ?? 0) > now - spanMs) count += 1;
  return count;
}
