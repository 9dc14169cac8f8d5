/**
 * A cloud that takes everything and does nothing with it: what is measured against it is the way to the wire, not the time
 * that an emulator takes to decode what it was sent.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Sink {
  readonly url: string;
  /** Resolves when so many more uploads have arrived whole, to the time of the last one by this process's clock. */
  uploads(count: number): Promise<number>;
}

/** @param names functions that every environment is said to run */
export async function openSink(names: readonly string[]): Promise<Sink> {
  const arrived = new Set<() => void>();
  const functions = names.map((name) => ({ name, status: 'Active', mod_time: '2026-01-01 00:00:00' }));
  const list = JSON.stringify({ errcode: 0, errmsg: 'ok', total_count: names.length, functions });
  const server = createServer((request, response) => {
    const isUpload = request.url?.includes('batchuploadscf') === true;
    request.resume().on('end', () => {
      if (isUpload) for (const listener of [...arrived]) listener();
      response.setHeader('content-type', 'application/json');
      response.end(isUpload ? '{"errcode":0,"errmsg":"ok"}' : list);
    });
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
  onTestFinished(() => void server.close().closeAllConnections());
  return {
    url: `http://127.0.0.1:${port}`,
    uploads: (count) =>
      new Promise((resolve) => {
        let left = count;
        const listener = (): void => {
          left -= 1;
          if (left > 0) return;
          arrived.delete(listener);
          resolve(performance.now());
        };
        arrived.add(listener);
      }),
  };
}

/** The keys of a project's configuration that send there. */
export function configForSink(sink: Sink, envs: readonly string[]): Readonly<Record<string, unknown>> {
  return { envs, endpoint: sink.url, token: { env: 'TEST_TOKEN' }, verify: false, requestsPerSecond: 1000 };
}
