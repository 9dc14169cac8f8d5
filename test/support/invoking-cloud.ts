/** A real emulator whose functions are answered by the test: what runs code starts a process, and a unit test starts none. */
import { createServer, request } from 'node:http';
import type { Emulator, EmulatorOptions } from '../../src/emulator/index.js';
import { listen } from './cloud-rig.js';
import { runEmulator } from './rig.js';

/** One call of a function, as it arrived. */
export interface Invoked {
  readonly env: string;
  readonly name: string;
  readonly event: unknown;
}

export interface InvokingCloud {
  /** Knows the functions that were sent, and runs none of them. */
  readonly emulator: Emulator;
  readonly url: string;
  readonly invoked: readonly Invoked[];
  /** The bodies of the requests to wait for a debugger, in order. */
  readonly inspected: readonly unknown[];
}

/** @param answer the value that a function returns; a thrown error closes the connection without an answer */
export async function runInvokingCloud(
  answer: (call: Invoked) => unknown,
  options: EmulatorOptions = { envs: ['dev', 'test'] },
): Promise<InvokingCloud> {
  const emulator = await runEmulator(options);
  const invoked: Invoked[] = [];
  const inspected: unknown[] = [];
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', emulator.url);
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      if (url.pathname === '/__emulator/inspect') inspected.push(JSON.parse(body.toString()));
      const [env, name] = [url.searchParams.get('env') ?? '', url.searchParams.get('name') ?? ''];
      // A function that is not there is answered by the emulator, which has nothing to run.
      const isThere = emulator.envs.includes(env) && emulator.functions(env).some((row) => row.name === name);
      if (url.pathname !== '/tcb/invokecloudfunction' || !isThere) {
        const { method, headers } = incoming;
        const onward = request(url, { method, headers }, (answered) => {
          response.writeHead(answered.statusCode ?? 500, answered.headers);
          answered.pipe(response);
        });
        onward.on('error', () => response.destroy());
        onward.end(body);
        return;
      }
      const call = { env, name, event: JSON.parse(body.toString()) };
      invoked.push(call);
      try {
        const value = JSON.stringify(answer(call));
        response.end(JSON.stringify({ errcode: 0, errmsg: 'ok', resp_data: value }));
      } catch {
        response.destroy();
      }
    });
  });
  const port = await listen(server);
  return { emulator, url: `http://127.0.0.1:${port}`, invoked, inspected };
}
