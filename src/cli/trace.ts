/** `--verbose`: each request on stderr as it is answered. Neither its query nor its body, which hold secrets. */
import { subscribe } from 'node:diagnostics_channel';
import { isRecord } from '../system/json.js';

/** undici publishes its requests on these channels (its documentation, "Diagnostics Channel"). */
export function traceRequests(write: (text: string) => void): void {
  const begun = new WeakMap<object, number>();
  subscribe('undici:request:create', (message) => {
    const request = requestOf(message);
    if (request !== null) begun.set(request, performance.now());
  });
  const tell = (message: unknown, end: string): void => {
    const request = requestOf(message);
    if (request === null) return;
    const ms = Math.round(performance.now() - (begun.get(request) ?? performance.now()));
    const place = `${text(request['origin'])}${text(request['path']).replace(/\?.*/s, '')}`;
    write(`${text(request['method'])} ${place} → ${end}, ${ms} ms\n`);
  };
  subscribe('undici:request:headers', (message) => tell(message, statusOf(message)));
  subscribe('undici:request:error', (message) => tell(message, errorOf(message)));
}

function requestOf(message: unknown): Record<string, unknown> | null {
  return isRecord(message) && isRecord(message['request']) ? message['request'] : null;
}

function statusOf(message: unknown): string {
  return isRecord(message) && isRecord(message['response']) ? text(message['response']['statusCode']) : '';
}

function errorOf(message: unknown): string {
  return isRecord(message) && message['error'] instanceof Error ? message['error'].message : '';
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}
