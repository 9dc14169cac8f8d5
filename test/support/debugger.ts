/** A debugger by the Chrome DevTools Protocol, as editors speak it. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { pathToFileURL } from 'node:url';
import { generatedPositionFor, LEAST_UPPER_BOUND, TraceMap } from '@jridgewell/trace-mapping';
import { WebSocket } from 'undici';
import { onTestFinished } from 'vitest';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface Debugger {
  ask(method: string, params?: Json): Promise<Json>;
  /** The next time that the code is paused. */
  paused(): Promise<Json>;
}

/** A port of this machine that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * Sets a breakpoint in a source, as editors do: they read the maps of the files that they know as output, and set it where the line
 * went. `line` counts from 1.
 */
export async function breakAtSource(
  client: Debugger,
  place: { readonly source: string; readonly line: number; readonly output: string },
): Promise<void> {
  const code = await readFile(place.output, 'utf8');
  const url = pathToFileURL(place.output);
  const named = /\n\/\/# sourceMappingURL=(\S+)\n$/.exec(code)?.[1] ?? '';
  const map = new TraceMap(await readFile(new URL(named, url), 'utf8'));
  const source = pathToFileURL(place.source).href;
  const found = generatedPositionFor(map, { source, line: place.line, column: 0, bias: LEAST_UPPER_BOUND });
  if (found.line === null) throw new Error(`${place.source}:${place.line} is not in ${place.output}`);
  const [lineNumber, columnNumber] = [found.line - 1, found.column];
  await client.ask('Debugger.setBreakpointByUrl', { url: url.href, lineNumber, columnNumber });
}

/** Comes to the port as soon as something listens there. */
export async function attach(port: number): Promise<Debugger> {
  const targets = async (): Promise<unknown> => {
    for (;;) {
      try {
        return await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const [target] = Object.values(Object(await targets()));
  const socket = new WebSocket(String(Object(target)['webSocketDebuggerUrl']));
  onTestFinished(() => socket.close());
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  const asked = new Map<number, (answer: Json) => void>();
  const pauses: Json[] = [];
  let onPause: () => void = () => undefined;
  socket.addEventListener('message', ({ data }) => {
    const message: unknown = JSON.parse(String(data));
    if (!isObject(message)) return;
    if (typeof message['id'] === 'number') asked.get(message['id'])?.(message);
    if (message['method'] === 'Debugger.paused' && isObject(message['params']))
      pauses.push(message['params']);
    onPause();
  });
  let last = 0;
  return {
    ask: (method, params = {}) =>
      new Promise((resolve) => {
        last += 1;
        asked.set(last, resolve);
        socket.send(JSON.stringify({ id: last, method, params }));
      }),
    paused: async () => {
      while (pauses.length === 0) {
        await new Promise<void>((resolve) => {
          onPause = resolve;
        });
      }
      return pauses.shift() ?? {};
    },
  };
}
