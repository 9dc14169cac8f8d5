/** Whether the cloud can be reached at all, without sending it anything. */
import { connect } from 'node:net';
import { hostOf, portOf } from './proxy.js';

export interface ProbeResult {
  readonly reachable: boolean;
  /** `host:port`, and the network's error code where it failed. */
  readonly detail: string;
}

/** Milliseconds: the network's return is to be noticed within 2 s. */
const probeTimeoutMs = 1500;

/** Opens a TCP connection to a URL's host and closes it. Never rejects. */
export function probeHost(
  url: URL,
  signal: AbortSignal | null,
  timeoutMs = probeTimeoutMs,
): Promise<ProbeResult> {
  const place = `${url.hostname}:${portOf(url)}`;
  return new Promise((resolve) => {
    const socket = connect({ host: hostOf(url), port: portOf(url) });
    const end = (reachable: boolean, code: string): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve({ reachable, detail: code === '' ? place : `${code} ${place}` });
    };
    const onAbort = (): void => end(false, 'ABORTED');
    const timer = setTimeout(() => end(false, 'CONNECT_TIMED_OUT'), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => end(true, ''));
    socket.on('error', (error: NodeJS.ErrnoException) => end(false, error.code ?? error.name));
    if (signal?.aborted === true) onAbort();
  });
}
